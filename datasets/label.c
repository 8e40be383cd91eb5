#include "datasets/label.h"

#include "base/file.h"
#include "base/mem.h"

#include <string.h>

static int ends_with(const char *text, const char *tail)
{
    size_t n = strlen(text), m = strlen(tail);
    return n >= m && strcmp(text + n - m, tail) == 0;
}

int label_is_valid(const char *label)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t n = strspn(label, letters);
    return n >= 1 && n <= 63 && label[n] == '\0' && strchr("._-", label[0]) == NULL;
}

int label_is_reserved(const char *label)
{
    static const char *const reserved[] = {"ptb", "imdb", "imdb-kaggle", "timit", "timit-sample"};
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strcmp(label, reserved[i]) == 0)
            return 1;
    return ends_with(label, "-standin");
}

enum status label_check(const char *label)
{
    if (!label_is_valid(label))
        return fail(E_USAGE,
                    "'%s': not a label (expected a-z, 0-9 and . _ -, a letter or digit "
                    "first, at most 63)",
                    label);
    if (label_is_reserved(label))
        return fail(E_USAGE, "'%s': the label is reserved (choose another)", label);
    return OK;
}

enum status label_root(const char *data_dir, char **out)
{
    return data_dir != NULL ? mem_text(out, data_dir) : file_data_home(out);
}

enum status label_path(const char *data_dir, const char *label, const char *file, char **out)
{
    char *dir, *folder = NULL;
    *out = NULL;
    TRY(label_root(data_dir, &dir));
    enum status s = file_join(&folder, dir, label);
    if (s == OK && file != NULL)
        s = file_join(out, folder, file);
    else if (s == OK)
        s = mem_text(out, folder);
    mem_free(folder);
    mem_free(dir);
    return s;
}
