/* completion.h - completion for bash, from the same tables as --help. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "base/strbuf.h"

/* Appends a script that bash sources: commands, their options, and the words that options choose
 * from; everywhere else file names. */
void completion_bash(struct strbuf *out);

#endif
