// sim_top.hpp - the functions of struct sim_type over a verilated class. Nothing thrown leaves.
#include "fpga/sim/sim_core.h"

#include <verilated.h>

#if VM_COVERAGE
#include <unistd.h>
#include <verilated_cov.h>

// Writes how often each line ran to a file of its own in the folder $BRDS_COVERAGE.
static void write_coverage(VerilatedContext *context, const char *set)
{
    static int number;
    const char *folder = getenv("BRDS_COVERAGE");
    if (folder == nullptr)
        return;
    std::string file = std::string(folder) + "/" + set + "-" + std::to_string(getpid()) + "-" +
                       std::to_string(number++) + ".dat";
    context->coveragep()->write(file.c_str());
}
#else
static void write_coverage(VerilatedContext *, const char *)
{
}
#endif

template <class Top>
struct Sim {
    VerilatedContext context;
    Top top{&context};

    static void *make() noexcept
    {
        try {
            Sim *s = new Sim;
            s->top.clk_i = 0;
            return s;
        } catch (...) {
            return nullptr;
        }
    }

    static int settle(void *sim, sim_pins *p) noexcept
    {
        Top &t = static_cast<Sim *>(sim)->top;
        try {
            t.clk_i = 0;
            t.rst_ni = p->rst_n;
            t.s_awaddr_i = p->awaddr;
            t.s_awvalid_i = p->awvalid;
            t.s_wdata_i = p->wdata;
            t.s_wvalid_i = p->wvalid;
            t.s_bready_i = p->bready;
            t.s_araddr_i = p->araddr;
            t.s_arvalid_i = p->arvalid;
            t.s_rready_i = p->rready;
            t.ld_tdata_i = p->ld_tdata;
            t.ld_tvalid_i = p->ld_tvalid;
            t.ld_tlast_i = p->ld_tlast;
            t.x_tdata_i = p->x_tdata;
            t.x_tvalid_i = p->x_tvalid;
            t.x_tlast_i = p->x_tlast;
            t.h_tready_i = p->h_tready;
            t.eval();
        } catch (...) {
            return 0;
        }
        p->awready = t.s_awready_o;
        p->wready = t.s_wready_o;
        p->bvalid = t.s_bvalid_o;
        p->arready = t.s_arready_o;
        p->rvalid = t.s_rvalid_o;
        p->rdata = t.s_rdata_o;
        p->irq = t.irq_o;
        p->ld_tready = t.ld_tready_o;
        p->x_tready = t.x_tready_o;
        p->h_tvalid = t.h_tvalid_o;
        p->h_tlast = t.h_tlast_o;
        p->h_tkeep = t.h_tkeep_o;
        p->h_tdata = t.h_tdata_o;
        return 1;
    }

    static int edge(void *sim) noexcept
    {
        Top &t = static_cast<Sim *>(sim)->top;
        try {
            t.clk_i = 1;
            t.eval();
        } catch (...) {
            return 0;
        }
        return 1;
    }

    static void free(void *sim) noexcept
    {
        try {
            static_cast<Sim *>(sim)->top.final();
            write_coverage(&static_cast<Sim *>(sim)->context,
                           static_cast<Sim *>(sim)->top.modelName());
            delete static_cast<Sim *>(sim);
        } catch (...) {
        }
    }
};

#define SIM_TYPE(set, top)                                                                         \
    extern "C" const sim_type sim_type_##set;                                                      \
    const sim_type sim_type_##set = {#set, Sim<top>::make, Sim<top>::settle, Sim<top>::edge,       \
                                     Sim<top>::free};
