/* main.c - finds the command, runs it, and tells a failure in one line on stderr. */
#include "base/log.h"
#include "cli/command.h"
#include "cli/nearest.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const struct command *const command_list[] = {
#define COMMAND(name) &cmd_##name,
#include "cli/commands.def"
#undef COMMAND
};
enum { N_COMMANDS = sizeof command_list / sizeof command_list[0] };
const size_t command_count = N_COMMANDS;

enum status command_find(const char *name, const struct command **out)
{
    const char *names[N_COMMANDS];
    for (size_t i = 0; i < N_COMMANDS; i++) {
        names[i] = command_list[i]->name;
        if (strcmp(name, names[i]) == 0) {
            *out = command_list[i];
            return OK;
        }
    }
    const char *near = nearest_name(name, names, N_COMMANDS);
    return fail(E_USAGE, "unknown command '%s' (%s%s%ssee brds --help)", name,
                near != NULL ? "did you mean '" : "", near != NULL ? near : "",
                near != NULL ? "'? " : "");
}

static void print_overview(FILE *to)
{
    fputs("Usage: brds COMMAND [OPTION...] [OPERAND...]\n"
          "Row-balanced dual-ratio sparse LSTMs: train, prune, run, compare.\n\nCommands:\n",
          to);
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(to, "  %-10s %s\n", command_list[i]->name, command_list[i]->about);
    fputs("\nbrds COMMAND --help tells the options of a command, brds --version the version.\n",
          to);
}

static enum status run_command(int argc, char **argv)
{
    const struct command *c;
    struct options *o = NULL;
    TRY(command_find(argv[0], &c));
    enum status s = options_parse(c, argc, argv, &o);
    if (s == OK && options_wants_help(o)) {
        struct strbuf text = {0};
        options_help(c, &text);
        s = strbuf_check(&text);
        fputs(strbuf_text(&text), stdout);
        strbuf_release(&text);
    } else if (s == OK) {
        s = c->run(o);
    }
    options_release(o);
    return s;
}

static enum status run_line(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : "";
    if (strcmp(first, "--version") == 0 || strcmp(first, "-V") == 0) {
        puts("brds " BRDS_VERSION);
        return OK;
    }
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0) {
        print_overview(stdout);
        return OK;
    }
    if (argc < 2)
        return fail(E_USAGE, "no command (see brds --help)");
    if (first[0] == '-')
        return fail(E_USAGE, "unknown option '%s' (see brds --help)", first);
    return run_command(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    if (!isatty(STDERR_FILENO))
        log_set_level(LOG_QUIET);
    signal(SIGXFSZ, SIG_IGN); /* a file size limit is then a failed write, which cleans up */
    enum status s = run_line(argc, argv);
    if (s == OK && (fflush(stdout) != 0 || ferror(stdout)))
        s = fail(E_IO, "standard output: cannot write: %s", strerror(errno));
    if (s != OK)
        fprintf(stderr, "brds: %s\n", status_message());
    return status_exit_code(s);
}
