/* cmd_data.c - brds data: lists, adds and verifies corpora. */
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/data_list.h"
#include "datasets/folder.h"
#include "datasets/label.h"

#include <stdio.h>
#include <string.h>

static enum status list(const struct options *o, char *const *word, size_t n)
{
    struct strbuf text = {0};
    struct sheet s;
    char *dir = NULL;
    enum status st = sheet_begin(&s, &text);
    if (st == OK)
        st = label_root(options_text(o, "data-dir"), &dir);
    if (st == OK)
        st = sheet_text(&s, "data_folder", dir);
    if (st == OK)
        st = data_list_add(&s, options_text(o, "data-dir"));
    if (st == OK)
        st = sheet_print(&s, options_flag(o, "json"));
    mem_free(dir);
    sheet_release(&s);
    strbuf_release(&text);
    return st;
}

/* One corpus, as `list` would show it. */
static enum status print_entry(const struct options *o, const struct store_entry *e)
{
    struct strbuf text = {0};
    struct sheet s;
    enum status st = sheet_begin(&s, &text);
    if (st == OK)
        st = sheet_text(&s, "name", e->label);
    if (st == OK)
        st = data_list_entry(&s, e);
    if (st == OK)
        st = sheet_print(&s, options_flag(o, "json"));
    sheet_release(&s);
    strbuf_release(&text);
    return st;
}

static enum status add(const struct options *o, char *const *word, size_t n)
{
    struct store_entry entry;
    log_note("adding %s from %s", word[0], word[1]);
    TRY(store_add(options_text(o, "data-dir"), word[0], word[1], options_text(o, "as"), &entry));
    return print_entry(o, &entry);
}

static enum status verify_one(const struct options *o, const char *label)
{
    struct store_entry entry;
    TRY(store_verify(options_text(o, "data-dir"), label, &entry));
    TRY(print_entry(o, &entry));
    if (!options_flag(o, "json"))
        puts("verified");
    return OK;
}

/* Every corpus of the folder; one whose record is spoilt fails, though `list` only warns of it. */
static enum status verify_all(const struct options *o, const char *dir)
{
    struct names names = {0};
    struct store_entry entry;
    size_t n = 0;
    enum status s = file_exists(dir) ? folder_names(dir, &names) : OK;
    for (size_t i = 0; s == OK && i < names.n; i++) {
        const char *label = names.name[i];
        if (!label_is_valid(label) || store_find(dir, label, &entry) == E_ABSENT)
            continue;
        s = verify_one(o, label);
        n++;
    }
    names_release(&names);
    if (s == OK && n == 0)
        return fail(E_ABSENT, "%s: no corpus is there (add one: brds data add ptb PATH)", dir);
    return s;
}

static enum status verify(const struct options *o, char *const *word, size_t n)
{
    char *dir;
    if (n != 0)
        return verify_one(o, word[0]);
    TRY(label_root(options_text(o, "data-dir"), &dir));
    enum status s = verify_all(o, dir);
    mem_free(dir);
    return s;
}

static const struct verb {
    const char *name, *takes;
    size_t least, most;
    enum status (*run)(const struct options *o, char *const *word, size_t n);
} verbs[] = {
    {"list", "no operand", 0, 0, list},
    {"add", "NAME PATH", 2, 2, add},
    {"verify", "[LABEL]", 0, 1, verify},
};

static enum status run(const struct options *o)
{
    size_t n;
    char *const *word = options_operands(o, &n);
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        const struct verb *v = &verbs[i];
        if (strcmp(word[0], v->name) != 0)
            continue;
        if (n - 1 < v->least || n - 1 > v->most)
            return fail(E_USAGE, "data %s takes %s (see brds data --help)", v->name, v->takes);
        if (options_given(o, "as") && v->run != add)
            return fail(E_USAGE, "--as: goes with data add only");
        return v->run(o, word + 1, n - 1);
    }
    return fail(E_USAGE, "data: unknown word '%s' (expected list, add or verify)", word[0]);
}

static const struct option_info options[] = {
    {"as", 0, OPTION_TEXT, "LABEL",
     .help = "with add: keep another corpus of the same form under this name, which becomes the "
             "dataset column (default: NAME, whose checksum must be known)"},
    {"data-dir", 0, OPTION_TEXT, "DIR",
     .help = "the data folder (default: BRDS_DATA, else $XDG_DATA_HOME/brds)"},
    {"json", 0, OPTION_FLAG, .help = "print a JSON object"},
    {0},
};

const struct command cmd_data = {
    .name = "data",
    .about = "Lists, adds and verifies corpora.",
    .operands = "list|add NAME PATH|verify [LABEL]",
    .details =
        "add takes a folder, one of the files or a tar (gz, xz) or zip archive, checks it and\n"
        "copies what is needed into the data folder. verify reads all of it again. NAME is\n"
        "ptb, imdb (aclImdb, or Kaggle's CSV as imdb-kaggle) or timit (LDC93S1, or the public\n"
        "sample as timit-sample).\n",
    .min_operands = 1,
    .max_operands = 3,
    .options = options,
    .run = run,
};
