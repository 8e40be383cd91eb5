/* registry.h - the one list in which backends meet. */
#ifndef BRDS_REGISTRY_H
#define BRDS_REGISTRY_H

#include "base/status.h"
#include "kernels/lstm.h"

#include <stddef.h>

/* The backends of this build, in order of `brds info`; NULL past the end. */
const struct lstm_backend *registry_at(size_t i);

/* The backend of that name. E_ABSENT for one that SPEC knows but this build lacks, E_USAGE for any
 * other name, with the known ones. */
enum status registry_find(const char *name, const struct lstm_backend **out);

#endif
