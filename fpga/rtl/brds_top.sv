// brds_top - the accelerator: AXI4-Lite registers, AXI4-Streams for images, x and h.
//   U      units in lockstep, four lanes each    M     multipliers of a lane (even, at most 16)
//   E      element-wise units: 1, 2 or 4, a divisor of U
//   DW     bits of a relative column (at most 16)
//   WORDS  words of a multiplier's weight memory      VALUES  values of the vectors (a multiple of 4)
//   ROWS   words of the element-wise memories         PASSES  passes of a step
//   FIFO   beats of the h FIFO (a power of two, at least 2U)        PEEPHOLES  0 or 1
//   ACTIVITY  1: counts nonzero products and toggles of the multipliers' operands
`include "brds_defs.vh"
`default_nettype none
module brds_top #(
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
    output wire        s_bvalid_o,
    input  wire        s_bready_i,
    input  wire [7:0]  s_araddr_i,
    input  wire        s_arvalid_i,
    output wire        s_arready_o,
    output wire [31:0] s_rdata_o,
    output wire [1:0]  s_rresp_o,
    output wire        s_rvalid_o,
    input  wire        s_rready_i,
    input  wire [63:0] ld_tdata_i,
    input  wire        ld_tvalid_i,
    input  wire        ld_tlast_i,
    output wire        ld_tready_o,
    input  wire [63:0] x_tdata_i,
    input  wire        x_tvalid_i,
    input  wire        x_tlast_i,
    output wire        x_tready_o,
    output wire [63:0] h_tdata_o,
    output wire [7:0]  h_tkeep_o,
    output wire        h_tlast_o,
    output wire        h_tvalid_o,
    input  wire        h_tready_i,
    output wire        irq_o
);
    localparam WA = $clog2(WORDS);
    localparam VA = $clog2(VALUES);
    localparam RA = $clog2(ROWS);
    localparam PA = $clog2(PASSES);
    localparam LW = $clog2(4 * U);
    localparam CW = $clog2(4 * FIFO) + 1;
    localparam DUMP_NEED = 4;
    localparam PW = 64 * `BRDS_PASS_BEATS;

    wire        reset, start, dump_r, dump_c;
    wire [31:0] steps, x_beats, x_base0, x_base1, dump_addr, dump_count;
    reg         run_q, dump_q, dump_cells_q;
    wire        rst = !rst_ni || reset;
    wire        busy = run_q || dump_q;
    wire        sent_last;

    always @(posedge clk_i) begin
        if (rst) begin
            run_q <= 1'b0;
            dump_q <= 1'b0;
        end else begin
            run_q <= start || (run_q && !sent_last);
            dump_q <= dump_r || dump_c || (dump_q && !sent_last);
        end
        if (dump_r || dump_c) dump_cells_q <= dump_c;
    end

    // The streams: those of the pins, or of the window in the registers.
    wire        pio, pio_low, pio_send, pio_to_x, pio_last, pio_take, pio_full, pio_overrun;
    wire        pio_beat_last, pio_image, pio_x, ld_tready, x_tready, h_tready;
    wire [31:0] pio_data;
    wire [63:0] pio_beat, h_tdata;
    wire [7:0]  h_tkeep;
    wire        h_tvalid, h_tlast;
    wire        ld_tvalid = pio ? pio_image : ld_tvalid_i;
    wire        ld_tlast = pio ? pio_beat_last : ld_tlast_i;
    wire [63:0] ld_tdata = pio ? pio_beat : ld_tdata_i;
    wire        x_tvalid = pio ? pio_x : x_tvalid_i;
    wire        x_tlast = pio ? pio_beat_last : x_tlast_i;
    wire [63:0] x_tdata = pio ? pio_beat : x_tdata_i;
    assign h_tready = pio ? pio_take : h_tready_i;
    assign ld_tready_o = ld_tready && !pio;
    assign x_tready_o = x_tready && !pio;
    assign h_tvalid_o = h_tvalid && !pio;
    assign h_tdata_o = h_tdata;
    assign h_tkeep_o = h_tkeep;
    assign h_tlast_o = h_tlast;
    brds_pio u_pio (
        .clk_i, .rst_i(rst), .wdata_i(pio_data), .low_i(pio_low), .send_i(pio_send),
        .to_x_i(pio_to_x), .last_i(pio_last), .overrun_o(pio_overrun), .full_o(pio_full),
        .data_o(pio_beat), .last_o(pio_beat_last), .image_valid_o(pio_image),
        .image_ready_i(ld_tready), .x_valid_o(pio_x), .x_ready_i(x_tready)
    );

    // Images.
    wire          ld_weights, ld_bias, ld_peephole, ld_cell, ld_vector, ld_pass;
    wire [23:0]   ld_addr;
    wire [LW-1:0] ld_lane;
    wire [2:0]    ld_pair;
    wire [3:0]    ld_beat;
    wire [63:0]   ld_data;
    wire          loaded, loading, ld_ended, bad_address, bad_crc, ld_early, ld_late, bad_type;
    brds_loader #(
        .U(U), .M(M), .E(E), .WORDS(WORDS), .VALUES(VALUES), .ROWS(ROWS), .PASSES(PASSES)
    ) u_loader (
        .clk_i, .rst_i(rst), .enable_i(!busy && !start && !dump_r && !dump_c && !rst),
        .ld_tdata_i(ld_tdata), .ld_tvalid_i(ld_tvalid), .ld_tlast_i(ld_tlast),
        .ld_tready_o(ld_tready),
        .weights_o(ld_weights), .bias_o(ld_bias), .peephole_o(ld_peephole), .cell_o(ld_cell),
        .vector_o(ld_vector), .pass_o(ld_pass), .addr_o(ld_addr), .lane_o(ld_lane),
        .pair_o(ld_pair), .beat_o(ld_beat), .data_o(ld_data), .loaded_o(loaded),
        .loading_o(loading), .ended_o(ld_ended), .bad_address_o(bad_address),
        .bad_crc_o(bad_crc), .early_o(ld_early), .late_o(ld_late), .bad_type_o(bad_type)
    );

    // Passes, for issue and for the element-wise units.
    wire [PA-1:0] issue_pass, ew_pass;
    wire [PW-1:0] issue_fields, ew_fields;
    genvar i;
    generate
        for (i = 0; i < `BRDS_PASS_BEATS; i = i + 1) begin : g_pass
            brds_ram #(.WIDTH(64), .DEPTH(PASSES)) u_issue (
                .clk_i, .we_i(ld_pass && ld_beat == i), .waddr_i(ld_addr[PA-1:0]),
                .wdata_i(ld_data), .raddr_i(issue_pass), .rdata_o(issue_fields[64*i +: 64])
            );
            brds_ram #(.WIDTH(64), .DEPTH(PASSES)) u_ew (
                .clk_i, .we_i(ld_pass && ld_beat == i), .waddr_i(ld_addr[PA-1:0]),
                .wdata_i(ld_data), .raddr_i(ew_pass), .rdata_o(ew_fields[64*i +: 64])
            );
        end
    endgenerate

    // Issue.
    wire [1:0]    x_full;
    wire [CW-1:0] credit, need;
    wire          take, word_valid, word_first, word_last, running, issues, gaps, waits_x, waits_h;
    wire [WA-1:0] word_addr;
    wire [M-1:0]  select;
    wire [VA-1:0] base_x, base_h;
    wire [3:0]    flags;
    brds_ctrl #(
        .U(U), .M(M), .PASSES(PASSES), .WA(WA), .VA(VA), .CW(CW)
    ) u_ctrl (
        .clk_i, .rst_i(rst), .start_i(start), .steps_i(steps), .pass_o(issue_pass),
        .pass_i(issue_fields), .x_full_i(x_full), .credit_i(credit), .take_o(take),
        .need_o(need), .word_valid_o(word_valid), .word_first_o(word_first),
        .word_last_o(word_last), .word_addr_o(word_addr), .select_o(select),
        .base_x_o(base_x), .base_h_o(base_h), .flags_o(flags), .running_o(running),
        .issue_o(issues), .gap_o(gaps), .wait_x_o(waits_x), .wait_h_o(waits_h)
    );

    // The write port of all vector memories: results, else x, else an image.
    wire [3:0]    ew_we;
    wire [VA-3:0] ew_addr, x_addr;
    wire          ew_one, ew_to_h, ew_last, ew_final, x_we;
    wire [64*E-1:0] ew_out;
    reg  [63:0]   result;
    reg  [3:0]    vec_we_q;
    reg  [VA-3:0] vec_addr_q;
    reg  [63:0]   vec_data_q;
    integer       j;
    always @* begin
        result = ew_out[63:0];
        for (j = 0; j < 4; j = j + 1)
            if (!ew_one) result[16*j +: 16] = ew_out[64*(j % E) +: 16];
    end
    always @(posedge clk_i) begin
        vec_we_q <= ew_we | {4{x_we || ld_vector}};
        vec_addr_q <= |ew_we ? ew_addr : ld_vector ? ld_addr[VA-3:0] : x_addr;
        vec_data_q <= |ew_we ? result : ld_vector ? ld_data : x_tdata;
    end

    wire x_early, x_late, row;
    wire [3:0] row_flags;
    brds_xload #(.VA(VA)) u_xload (
        .clk_i, .rst_i(rst), .start_i(start), .steps_i(steps), .beats_i(x_beats),
        .base0_i(x_base0[VA-1:0]), .base1_i(x_base1[VA-1:0]), .port_used_i(|ew_we),
        .read_i(row && row_flags[0]), .read_odd_i(row_flags[2]), .full_o(x_full),
        .x_tvalid_i(x_tvalid), .x_tlast_i(x_tlast), .x_tready_o(x_tready), .we_o(x_we), .addr_o(x_addr),
        .early_o(x_early), .late_o(x_late)
    );

    wire [4:0]       next_unit, unit;
    wire             unit_valid, ew_project;
    wire [128*E-1:0] readings, befores;
    wire [11:0]      nonzero;
    wire [16:0]      toggles;
    brds_array #(
        .U(U), .M(M), .E(E), .DW(DW), .WORDS(WORDS), .VALUES(VALUES), .ACTIVITY(ACTIVITY)
    ) u_array (
        .clk_i, .rst_i(rst), .clear_i(start), .word_valid_i(word_valid),
        .word_first_i(word_first), .word_last_i(word_last), .word_addr_i(word_addr),
        .select_i(select), .base_x_i(base_x), .base_h_i(base_h), .flags_i(flags),
        .row_o(row), .row_flags_o(row_flags), .next_unit_i(next_unit),
        .unit_valid_i(unit_valid), .one_i(ew_project), .unit_i(unit), .readings_o(readings),
        .befores_o(befores),
        .ld_we_i(ld_weights), .ld_lane_i(ld_lane), .ld_pair_i(ld_pair),
        .ld_addr_i(ld_addr[WA-1:0]), .ld_data_i(ld_data),
        .vec_we_i(vec_we_q), .vec_addr_i(vec_addr_q), .vec_data_i(vec_data_q),
        .nonzero_o(nonzero), .toggles_o(toggles)
    );

    wire [RA-1:0]  ew_cell, ew_cell_back;
    wire [4*E-1:0] ew_use;
    wire [4:0]     ew_shift, ew_p_shift;
    wire [2:0]     ew_c_shift;
    brds_ewctl #(
        .U(U), .E(E), .PASSES(PASSES), .RA(RA), .VA(VA)
    ) u_ewctl (
        .clk_i, .rst_i(rst), .start_i(start), .row_i(row), .row_flags_i(row_flags),
        .pass_o(ew_pass), .pass_i(ew_fields), .next_unit_o(next_unit), .unit_o(unit),
        .unit_valid_o(unit_valid), .cell_o(ew_cell),
        .use_o(ew_use), .project_o(ew_project), .shift_o(ew_shift), .c_shift_o(ew_c_shift),
        .p_shift_o(ew_p_shift), .cell_back_o(ew_cell_back), .we_o(ew_we), .addr_o(ew_addr),
        .one_o(ew_one), .to_h_o(ew_to_h), .last_o(ew_last), .final_o(ew_final)
    );

    // Dumps read the copy of the vectors here, or the cell memories while no run uses them.
    wire [VA-1:0]   dump_at;
    wire            dump_take, dump_push, dump_last;
    wire [63:0]     cells;
    wire [63:0]     vectors;
    wire [5*E-1:0]  clipped;
    generate
        for (i = 0; i < E; i = i + 1) begin : g_ew
            brds_ew #(.ROWS(ROWS), .PEEPHOLES(PEEPHOLES)) u_ew (
                .clk_i, .rst_i(rst), .addr_i(dump_q ? dump_at[RA-1:0] : ew_cell),
                .use_i(ew_use[4*i +: 4]), .project_i(ew_project), .shift_i(ew_shift),
                .c_shift_i(ew_c_shift), .p_shift_i(ew_p_shift), 
                .readings_i(readings[128*i +: 128]), .befores_i(befores[128*i +: 128]),
                .c_o(cells[16*i +: 16]), .cell_addr_i(ew_cell_back),
                .out_o(ew_out[64*i +: 64]), .clipped_o(clipped[5*i +: 5]),
                .ld_bias_i(ld_bias && ld_beat[3:1] == i), .ld_half_i(ld_beat[0]),
                .ld_peep_i(ld_peephole && ld_beat == i), .ld_cell_i(ld_cell),
                .ld_addr_i(ld_addr[RA-1:0]), .ld_data_i(ld_cell ? ld_data >> (16 * i) : ld_data)
            );
        end
        for (i = E; i < 4; i = i + 1) begin : g_no_ew
            assign cells[16*i +: 16] = 16'd0;
        end
        for (i = 0; i < 4; i = i + 1) begin : g_copy
            brds_ram #(.WIDTH(16), .DEPTH(VALUES / 4)) u_copy (
                .clk_i, .we_i(vec_we_q[i]), .waddr_i(vec_addr_q),
                .wdata_i(vec_data_q[16*i +: 16]), .raddr_i(dump_at[VA-3:0]),
                .rdata_o(vectors[16*i +: 16])
            );
        end
    endgenerate
    brds_dump #(.VA(VA), .CW(CW)) u_dump (
        .clk_i, .rst_i(rst), .start_i(dump_r || dump_c), .addr_i(dump_addr),
        .count_i(dump_count), .credit_i(credit), .take_o(dump_take), .addr_o(dump_at),
        .push_o(dump_push), .last_o(dump_last)
    );
    brds_hout #(.FIFO(FIFO)) u_hout (
        .clk_i, .rst_i(rst), .take_i(take || dump_take), .need_i(dump_take ? DUMP_NEED[CW-1:0] : need),
        .credit_o(credit), .we_i(ew_to_h ? ew_we : 4'd0), .data_i(result), .last_i(ew_last),
        .final_i(ew_final), .dump_i(dump_push),
        .dump_data_i(dump_cells_q ? cells : vectors),
        .dump_last_i(dump_last), .h_tdata_o(h_tdata), .h_tkeep_o(h_tkeep), .h_tlast_o(h_tlast),
        .h_tvalid_o(h_tvalid), .h_tready_i(h_tready),
        .sent_last_o(sent_last)
    );

    wire [64*`BRDS_N_COUNTERS-1:0] counters;
    brds_counters #(.CLIPS(5 * E)) u_counters (
        .clk_i, .clear_i(start || rst), .x_taken_i(x_we), .sent_last_i(sent_last && run_q),
        .running_i(running), .issue_i(issues), .gap_i(gaps), .wait_x_i(waits_x),
        .wait_h_i(waits_h), .clipped_i(clipped), .nonzero_i(nonzero), .toggles_i(toggles),
        .counters_o(counters)
    );
    brds_regs #(
        .U(U), .M(M), .E(E), .DW(DW), .WORDS(WORDS), .VALUES(VALUES), .ROWS(ROWS),
        .PASSES(PASSES), .FIFO(FIFO), .PEEPHOLES(PEEPHOLES), .ACTIVITY(ACTIVITY)
    ) u_regs (
        .clk_i, .rst_ni, .s_awaddr_i, .s_awvalid_i, .s_awready_o, .s_wdata_i, .s_wvalid_i,
        .s_wready_o, .s_bresp_o, .s_bvalid_o, .s_bready_i, .s_araddr_i, .s_arvalid_i,
        .s_arready_o, .s_rdata_o, .s_rresp_o, .s_rvalid_o, .s_rready_i, .irq_o,
        .reset_o(reset), .start_o(start), .dump_r_o(dump_r), .dump_c_o(dump_c),
        .steps_o(steps), .x_beats_o(x_beats), .x_base0_o(x_base0), .x_base1_o(x_base1),
        .dump_addr_o(dump_addr), .dump_count_o(dump_count), .pio_o(pio), .pio_data_o(pio_data),
        .pio_low_o(pio_low), .pio_send_o(pio_send), .pio_to_x_o(pio_to_x),
        .pio_last_o(pio_last), .pio_take_o(pio_take),
        .pio_status_i({h_tvalid && h_tlast, h_tvalid, pio_full}), .pio_overrun_i(pio_overrun),
        .h_tdata_i(h_tdata), .busy_i(busy), .loaded_i(loaded),
        .loading_i(loading), .done_i(sent_last), .load_ended_i(ld_ended),
        .err_i({1'b0, bad_type, |clipped, ld_late || x_late, ld_early || x_early, bad_crc,
                bad_address}),
        .counters_i(counters)
    );
endmodule
`default_nettype wire
