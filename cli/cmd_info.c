/* cmd_info.c - brds info: the machine, this build and its data; or a weights file. */
#include "cli/command.h"
#include "cli/data_list.h"
#include "cli/info_file.h"
#include "cli/info_machine.h"
#include "cli/shared_options.h"

static enum status gather(const struct options *o, struct sheet *s)
{
    struct net *net;
    if (options_text(o, "in") == NULL) {
        TRY(sheet_text(s, "brds", BRDS_VERSION));
        TRY(info_machine(s));
        return data_list_add(s, options_text(o, "data-dir"));
    }
    TRY(shared_net(o, 0, &net));
    enum status st = info_file(s, options_text(o, "in"), net);
    net_release(net);
    return st;
}

static enum status run(const struct options *o)
{
    struct strbuf text = {0};
    struct sheet s;
    enum status st = sheet_begin(&s, &text);
    if (st == OK)
        st = gather(o, &s);
    if (st == OK)
        st = sheet_print(&s, options_flag(o, "json"));
    sheet_release(&s);
    strbuf_release(&text);
    return st;
}

static const struct option_info options[] = {
    {"in", 'i', OPTION_TEXT, "FILE", .help = "tell about these weights (default: the machine)"},
    OPTION_PREFIX,
    {"json", 0, OPTION_FLAG, .help = "print a JSON object"},
    OPTION_DATA_DIR,
    {0},
};

const struct command cmd_info = {
    .name = "info",
    .about = "Tells about this machine, build and data, or about a weights file.",
    .operands = "",
    .details =
        "Of a file: shapes, weights kept in every row, overall sparsity, what the sparse\n"
        "backend packs it into, with the share of padding, the calibration (largest input x,\n"
        "output r and cell state c of each layer) and the metadata.\n",
    .options = options,
    .run = run,
};
