// brds_regs - the AXI4-Lite registers: identity, control, latched errors, interrupts, and counters
// that CTRL_LATCH copies at one moment. What configures a run is locked while one is on.
//   the accelerator's parameters, for the capability registers
`include "brds_defs.vh"
`default_nettype none
module brds_regs #(
    parameter U = 8,
    parameter M = 8,
    parameter E = 1,
    parameter DW = 8,
    parameter WORDS = 1024,
    parameter VALUES = 1024,
    parameter ROWS = 1024,
    parameter PASSES = 16,
    parameter FIFO = 64,
    parameter PEEPHOLES = 1,
    parameter ACTIVITY = 0
) (
    input  wire        clk_i,
    input  wire        rst_ni,
    input  wire [7:0]  s_awaddr_i,
    input  wire        s_awvalid_i,
    output wire        s_awready_o,
    input  wire [31:0] s_wdata_i,
    input  wire        s_wvalid_i,
    output wire        s_wready_o,
    output wire [1:0]  s_bresp_o,
    output reg         s_bvalid_o,
    input  wire        s_bready_i,
    input  wire [7:0]  s_araddr_i,
    input  wire        s_arvalid_i,
    output wire        s_arready_o,
    output reg  [31:0] s_rdata_o,
    output wire [1:0]  s_rresp_o,
    output reg         s_rvalid_o,
    input  wire        s_rready_i,
    output wire        irq_o,
    output reg         reset_o,        // pulses
    output reg         start_o,
    output reg         dump_r_o,
    output reg         dump_c_o,
    output wire [31:0] steps_o,
    output wire [31:0] x_beats_o,
    output wire [31:0] x_base0_o,
    output wire [31:0] x_base1_o,
    output wire [31:0] dump_addr_o,
    output wire [31:0] dump_count_o,
    output wire        pio_o,          // the streams are those of the window
    output wire [31:0] pio_data_o,     // and its writes
    output wire        pio_low_o,
    output wire        pio_send_o,
    output wire        pio_to_x_o,
    output wire        pio_last_o,
    output wire        pio_take_o,
    input  wire [2:0]  pio_status_i,   // in the order of PIO_*
    input  wire        pio_overrun_i,
    input  wire [63:0] h_tdata_i,
    input  wire        busy_i,
    input  wire        loaded_i,
    input  wire        loading_i,
    input  wire        done_i,         // pulses
    input  wire        load_ended_i,
    input  wire [6:0]  err_i,          // pulses, in the order of ERR_*
    input  wire [64*`BRDS_N_COUNTERS-1:0] counters_i
);
    reg [31:0] scratch_q, steps_q, x_beats_q, x_base0_q, x_base1_q, dump_addr_q, dump_count_q;
    reg [6:0]  err_q;
    reg [2:0]  irq_q, irq_enable_q;
    reg        pio_q;
    reg [64*`BRDS_N_COUNTERS-1:0] latched_q;

    wire        write = s_awvalid_i && s_wvalid_i && !s_bvalid_o;
    wire        read = s_arvalid_i && !s_rvalid_o;
    wire [7:0]  waddr = {s_awaddr_i[7:2], 2'b00};
    wire [7:0]  raddr = {s_araddr_i[7:2], 2'b00};
    wire        control = write && waddr == `BRDS_REG_CTRL;
    wire        configure = write && waddr >= `BRDS_REG_STEPS && waddr <= `BRDS_REG_PIO;
    wire        to_reset = control && |(s_wdata_i & `BRDS_CTRL_RESET);
    wire        to_start = control && !to_reset && |(s_wdata_i & `BRDS_CTRL_START);
    wire        to_dump_r = control && !to_reset && |(s_wdata_i & `BRDS_CTRL_DUMP_R);
    wire        to_dump_c = control && !to_reset && |(s_wdata_i & `BRDS_CTRL_DUMP_C);
    wire        to_latch = control && |(s_wdata_i & `BRDS_CTRL_LATCH);
    wire        begins = to_start || to_dump_r || to_dump_c;
    wire        idle = !busy_i && !loading_i;
    wire        sound = loaded_i && (to_start ? steps_q != 32'd0 && x_beats_q != 32'd0
                                              : dump_count_q != 32'd0);

    assign s_awready_o = write;
    assign s_wready_o = write;
    assign s_arready_o = read;
    assign s_bresp_o = 2'b00;
    assign s_rresp_o = 2'b00;
    assign steps_o = steps_q;
    assign x_beats_o = x_beats_q;
    assign x_base0_o = x_base0_q;
    assign x_base1_o = x_base1_q;
    assign dump_addr_o = dump_addr_q;
    assign dump_count_o = dump_count_q;
    assign pio_o = pio_q;
    assign pio_data_o = s_wdata_i;
    assign pio_low_o = write && waddr == `BRDS_REG_PIO_LOW;
    assign pio_send_o = write && waddr >= `BRDS_REG_PIO_IMAGE && waddr <= `BRDS_REG_PIO_X_LAST;
    assign pio_to_x_o = waddr >= `BRDS_REG_PIO_X;
    assign pio_last_o = waddr == `BRDS_REG_PIO_IMAGE_LAST || waddr == `BRDS_REG_PIO_X_LAST;
    assign pio_take_o = write && waddr == `BRDS_REG_PIO_STATUS;
    assign irq_o = |(irq_q & irq_enable_q);

    wire [6:0] err = err_i
        | (begins && idle && !sound ? 7'd1 * `BRDS_ERR_CONFIG : 7'd0)
        | ((begins || configure) && !idle || pio_overrun_i ? 7'd1 * `BRDS_ERR_BUSY : 7'd0);
    wire [6:0] failures = err & ~(7'd1 * `BRDS_ERR_SATURATION);
    wire [6:0] err_clear = write && waddr == `BRDS_REG_ERR ? s_wdata_i[6:0] : 7'd0;
    wire [2:0] irq_clear = write && waddr == `BRDS_REG_IRQ ? s_wdata_i[2:0] : 3'd0;

    always @(posedge clk_i) begin
        if (!rst_ni) begin
            {scratch_q, steps_q, x_beats_q, x_base0_q, x_base1_q} <= 160'd0;
            {dump_addr_q, dump_count_q} <= 64'd0;
            err_q <= 7'd0;
            irq_q <= 3'd0;
            irq_enable_q <= 3'd0;
            pio_q <= 1'b0;
            s_bvalid_o <= 1'b0;
            {reset_o, start_o, dump_r_o, dump_c_o} <= 4'd0;
        end else begin
            if (write) s_bvalid_o <= 1'b1;
            else if (s_bready_i) s_bvalid_o <= 1'b0;
            if (write && waddr == `BRDS_REG_SCRATCH) scratch_q <= s_wdata_i;
            if (write && waddr == `BRDS_REG_IRQ_ENABLE) irq_enable_q <= s_wdata_i[2:0];
            if (configure && idle)
                case (waddr)
                `BRDS_REG_STEPS: steps_q <= s_wdata_i;
                `BRDS_REG_X_BEATS: x_beats_q <= s_wdata_i;
                `BRDS_REG_X_BASE0: x_base0_q <= s_wdata_i;
                `BRDS_REG_X_BASE1: x_base1_q <= s_wdata_i;
                `BRDS_REG_DUMP_ADDR: dump_addr_q <= s_wdata_i;
                `BRDS_REG_DUMP_COUNT: dump_count_q <= s_wdata_i;
                `BRDS_REG_PIO: pio_q <= s_wdata_i[0];
                default: ;
                endcase
            err_q <= (err_q & ~err_clear) | err;
            irq_q <= (irq_q & ~irq_clear)
                | (done_i ? 3'd1 * `BRDS_IRQ_DONE : 3'd0)
                | (load_ended_i ? 3'd1 * `BRDS_IRQ_LOADED : 3'd0)
                | (|failures ? 3'd1 * `BRDS_IRQ_ERROR : 3'd0);
            reset_o <= to_reset;
            start_o <= to_start && idle && sound;
            dump_r_o <= to_dump_r && !to_start && idle && sound;
            dump_c_o <= to_dump_c && !to_start && !to_dump_r && idle && sound;
        end
        if (to_latch) latched_q <= counters_i;
    end

    // Counter words, low one first, from REG_COUNTERS on.
    reg [31:0] counter;
    integer    i;
    always @* begin
        counter = 32'd0;
        for (i = 0; i < 2 * `BRDS_N_COUNTERS; i = i + 1)
            if (raddr[6:2] == i[4:0]) counter = latched_q[32*i +: 32];
    end

    always @(posedge clk_i) begin
        if (!rst_ni) s_rvalid_o <= 1'b0;
        else if (read) s_rvalid_o <= 1'b1;
        else if (s_rready_i) s_rvalid_o <= 1'b0;
        if (read)
            case (raddr)
            `BRDS_REG_MAGIC: s_rdata_o <= `BRDS_MAGIC;
            `BRDS_REG_VERSION: s_rdata_o <= `BRDS_VERSION_MAJOR << 16 | `BRDS_VERSION_MINOR;
            `BRDS_REG_CAPS_ARRAY: s_rdata_o <= U | M << 8 | E << 16 | DW << 24;
            `BRDS_REG_CAPS_WORDS: s_rdata_o <= WORDS;
            `BRDS_REG_CAPS_VALUES: s_rdata_o <= VALUES;
            `BRDS_REG_CAPS_ROWS: s_rdata_o <= ROWS;
            `BRDS_REG_CAPS_MISC: s_rdata_o <= PASSES | FIFO << 8 | PEEPHOLES << 24
                | ACTIVITY << 31;
            `BRDS_REG_SCRATCH: s_rdata_o <= scratch_q;
            `BRDS_REG_STATUS: s_rdata_o <= (busy_i ? `BRDS_STATUS_BUSY : 0)
                | (loaded_i ? `BRDS_STATUS_LOADED : 0) | (loading_i ? `BRDS_STATUS_LOADING : 0);
            `BRDS_REG_ERR: s_rdata_o <= {25'd0, err_q};
            `BRDS_REG_IRQ_ENABLE: s_rdata_o <= {29'd0, irq_enable_q};
            `BRDS_REG_IRQ: s_rdata_o <= {29'd0, irq_q};
            `BRDS_REG_STEPS: s_rdata_o <= steps_q;
            `BRDS_REG_X_BEATS: s_rdata_o <= x_beats_q;
            `BRDS_REG_X_BASE0: s_rdata_o <= x_base0_q;
            `BRDS_REG_X_BASE1: s_rdata_o <= x_base1_q;
            `BRDS_REG_DUMP_ADDR: s_rdata_o <= dump_addr_q;
            `BRDS_REG_DUMP_COUNT: s_rdata_o <= dump_count_q;
            `BRDS_REG_PIO: s_rdata_o <= {31'd0, pio_q};
            `BRDS_REG_PIO_STATUS: s_rdata_o <= {29'd0, pio_status_i};
            `BRDS_REG_PIO_H_LOW: s_rdata_o <= h_tdata_i[31:0];
            `BRDS_REG_PIO_H_HIGH: s_rdata_o <= h_tdata_i[63:32];
            default: s_rdata_o <= raddr[7] ? counter : 32'd0;
            endcase
    end
endmodule
`default_nettype wire
