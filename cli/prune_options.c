#include "cli/prune_options.h"

enum prune_mode prune_options_mode(const struct options *o)
{
    return options_flag(o, "search")        ? PRUNE_SEARCH
           : options_flag(o, "sensitivity") ? PRUNE_SENSITIVITY
                                            : PRUNE_ONCE;
}

/* --sparsity-*: all that the pattern needs, and none that another option sets. */
static enum status read_shares(const struct options *o, const char *by, struct prune_spec *spec)
{
    static const char *const name[] = {"sparsity-x", "sparsity-h", "sparsity-r"};
    double *share[] = {&spec->s_x, &spec->s_h, &spec->s_r}, own = 0;
    int has_own = pattern_own_sparsity(&spec->pattern, &own);
    char text[PATTERN_TEXT];
    for (int i = 0; i < 3; i++) {
        int given = options_given(o, name[i]);
        if (by != NULL && given)
            return fail(E_USAGE, "--%s: means nothing with %s", name[i], by);
        if (by == NULL && !given && !has_own && i < 2)
            return fail(E_USAGE, "--%s: must be given with --pattern %s", name[i],
                        pattern_text(&spec->pattern, text));
        *share[i] = given ? options_real(o, name[i]) : i < 2 ? own : -1;
    }
    return OK;
}

/* Options that mean nothing in this mode. */
enum status prune_options_check(const struct options *o, enum prune_mode mode)
{
    static const struct {
        const char *name;
        int prune, search, sensitivity; /* 1: allowed there */
    } option[] = {{"allocate", 1, 0, 0},      {"grid", 0, 1, 0},       {"levels", 0, 0, 1},
                  {"search-tokens", 0, 1, 1}, {"csv", 0, 1, 1},        {"points", 0, 1, 1},
                  {"out", 1, 1, 0},           {"overall", 1, 1, 1},    {"schedule", 1, 0, 0},
                  {"log", 1, 1, 0},           {"early-stop", 1, 0, 0}, {"keep-best", 1, 0, 0}};
    static const char *const word[] = {"prune", "--search", "--sensitivity"};
    if (options_flag(o, "search") && options_flag(o, "sensitivity"))
        return fail(E_USAGE, "--search: cannot be given with --sensitivity");
    for (size_t i = 0; i < sizeof option / sizeof *option; i++) {
        const int allowed[] = {option[i].prune, option[i].search, option[i].sensitivity};
        if (!allowed[mode] && options_given(o, option[i].name))
            return fail(E_USAGE, "--%s: means nothing %s%s", option[i].name,
                        mode == PRUNE_ONCE ? "without --search or --sensitivity" : "with ",
                        mode == PRUNE_ONCE ? "" : word[mode]);
    }
    if (mode == PRUNE_ONCE && options_text(o, "out") == NULL)
        return fail(E_USAGE, "--out: must be given");
    return OK;
}

enum status prune_options_spec(const struct options *o, enum prune_mode mode,
                               struct prune_spec *spec)
{
    TRY(pattern_parse(options_text(o, "pattern"), &spec->pattern));
    int dense = spec->pattern.kind == PATTERN_DENSE, global = spec->pattern.kind == PATTERN_GLOBAL;
    int is_found = mode != PRUNE_ONCE || options_given(o, "overall");
    if (is_found && !pattern_takes_ratios(&spec->pattern) && !(global && mode == PRUNE_ONCE))
        return fail(E_USAGE, "--pattern: %s sets its ratios by itself, there are none to find",
                    options_text(o, "pattern"));
    TRY(schedule_parse(options_text(o, "schedule"), &spec->schedule));
    if (spec->schedule.kind != SCHEDULE_ONE_SHOT && !(options_real(o, "retrain-epochs") > 0))
        return fail(E_USAGE, "--schedule: means nothing without --retrain-epochs");
    if (options_given(o, "distill-temperature") && !options_given(o, "distill"))
        return fail(E_USAGE, "--distill-temperature: means nothing without --distill");
    spec->seed = (uint64_t)options_whole(o, "seed");
    TRY(read_shares(o,
                    dense                         ? "--pattern dense"
                    : mode != PRUNE_ONCE          ? "--search and --sensitivity"
                    : options_given(o, "overall") ? "--overall"
                                                  : NULL,
                    spec));
    if (mode == PRUNE_ONCE && !options_given(o, "overall"))
        for (int i = 0; i < 2; i++)
            if (options_given(o, i == 0 ? "allocate" : "per-layer"))
                return fail(E_USAGE, "--%s: means nothing without --overall",
                            i == 0 ? "allocate" : "per-layer");
    return OK;
}
