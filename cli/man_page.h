/* man_page.h - brds(1), from the same tables as --help. */
#ifndef CLI_MAN_PAGE_H
#define CLI_MAN_PAGE_H

#include "base/strbuf.h"

/* Appends the manual page in roff's man macros: every command with its options. */
void man_page(struct strbuf *out);

#endif
