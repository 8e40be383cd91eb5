/* prune_options.h - what the command line of brds prune asks for. */
#ifndef CLI_PRUNE_OPTIONS_H
#define CLI_PRUNE_OPTIONS_H

#include "base/status.h"
#include "cli/options.h"
#include "model/prune.h"

enum prune_mode { PRUNE_ONCE, PRUNE_SEARCH, PRUNE_SENSITIVITY };

/* By --search and --sensitivity. */
enum prune_mode prune_options_mode(const struct options *o);

/* E_USAGE for options that mean nothing in this mode, and where --out is missing. */
enum status prune_options_check(const struct options *o, enum prune_mode mode);

/* --pattern, --sparsity-*, and --seed for +random. E_USAGE where ratios are missing, or are given
 * though --overall, --search or the pattern sets them. */
enum status prune_options_spec(const struct options *o, enum prune_mode mode,
                               struct prune_spec *spec);

#endif
