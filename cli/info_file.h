/* info_file.h - the facts of `brds info --in` about a weights file. */
#ifndef CLI_INFO_FILE_H
#define CLI_INFO_FILE_H

#include "cli/sheet.h"
#include "model/net.h"

/* Shapes, kept weights, pattern, overall sparsity, packed bytes and padding, metadata. */
enum status info_file(struct sheet *s, const char *path, const struct net *net);

#endif
