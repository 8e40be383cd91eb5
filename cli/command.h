/* command.h - the list of commands. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/options.h"

#define COMMAND(name) extern const struct command cmd_##name;
#include "cli/commands.def"
#undef COMMAND

/* All commands, in the order of commands.def. */
extern const struct command *const command_list[];
extern const size_t command_count;

/* The command of that name; E_USAGE with the nearest name for an unknown one. */
enum status command_find(const char *name, const struct command **out);

#endif
