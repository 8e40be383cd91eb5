#include "brds/registry.h"

#include "base/strbuf.h"
#include "fpga/host/fpga_backend.h"

#include <string.h>

static const struct lstm_backend *const backends[] = {
    &cpu_ref_backend,    &cpu_dense_backend,
    &cpu_sparse_backend,
#ifdef BRDS_ONEDNN
    &cpu_onednn_backend,
#endif
    &fpga_backend,       NULL,
};

const struct lstm_backend *registry_at(size_t i)
{
    return i < sizeof backends / sizeof *backends ? backends[i] : NULL;
}

enum status registry_find(const char *name, const struct lstm_backend **out)
{
    static const char *const later[] = {"onednn"};
    struct strbuf known = {0};
    *out = NULL;
    for (size_t i = 0; backends[i] != NULL; i++) {
        if (strcmp(name, backends[i]->name) == 0) {
            *out = backends[i];
            strbuf_release(&known);
            return OK;
        }
        strbuf_addf(&known, "%s%s", i != 0 ? ", " : "", backends[i]->name);
    }
    enum status s = E_USAGE;
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        s = strcmp(name, later[i]) == 0 ? E_ABSENT : s;
    if (s == E_ABSENT)
        fail(s, "backend '%s' is not in this build (it has %s)", name, strbuf_text(&known));
    else
        fail(s, "unknown backend '%s' (expected %s)", name, strbuf_text(&known));
    strbuf_release(&known);
    return s;
}
