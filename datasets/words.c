/* The words of SPEC 7 for the enums of dataset.h. */
#include "datasets/dataset.h"

#include <string.h>

static const char *const split_word[N_SPLITS] = {"train", "valid", "test"};
static const char *const kind_word[] = {"real", "sample", "synthetic"};
static const char *const task_word[] = {"lm", "classify", "frames", "ctc"};
enum { N_TASKS = sizeof task_word / sizeof *task_word };

const char *split_name(enum split s)
{
    return split_word[s];
}

const char *dataset_kind_name(enum dataset_kind k)
{
    return kind_word[k];
}

const char *task_name(enum task t)
{
    return task_word[t];
}

enum status split_parse(const char *word, enum split *out)
{
    for (int i = 0; i < N_SPLITS; i++)
        if (strcmp(word, split_word[i]) == 0) {
            *out = (enum split)i;
            return OK;
        }
    return fail(E_USAGE, "%s: unknown split (known: train, valid, test)", word);
}

enum status task_parse(const char *word, enum task *out)
{
    for (int i = 0; i < N_TASKS; i++)
        if (strcmp(word, task_word[i]) == 0) {
            *out = (enum task)i;
            return OK;
        }
    return fail(E_USAGE, "%s: unknown task (known: lm, classify, frames, ctc)", word);
}
