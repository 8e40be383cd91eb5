// brds_array - 4U lanes of M multipliers, and the shift registers that give multiplier i of every
// lane its control i cycles after multiplier 0. c is the cycle in which the inputs are valid.
// Lanes keep readings of totals that run on; a row's sum is a reading less the one before it, which
// is kept here in small memories and subtracted in the element-wise units.
//   U  units, four lanes each        M  multipliers of a lane       E  units given out at once
//   DW, WORDS, VALUES, ACTIVITY, WA, VA   as in brds_mac            LW  bits of a lane's number
`include "brds_defs.vh"
`default_nettype none
module brds_array #(
    parameter U = 8,
    parameter M = 8,
    parameter E = 1,
    parameter DW = 8,
    parameter WORDS = 1024,
    parameter VALUES = 1024,
    parameter ACTIVITY = 0,
    parameter WA = $clog2(WORDS),
    parameter VA = $clog2(VALUES),
    parameter LW = $clog2(4 * U)
) (
    input  wire              clk_i,
    input  wire              rst_i,
    input  wire              clear_i,       // before a run: accumulators to 0
    input  wire              word_valid_i,
    input  wire              word_first_i,  // of a row
    input  wire              word_last_i,
    input  wire [WA-1:0]     word_addr_i,
    input  wire [M-1:0]      select_i,      // 1: reads h
    input  wire [VA-1:0]     base_x_i,
    input  wire [VA-1:0]     base_h_i,
    input  wire [3:0]        flags_i,       // travel with a row's last word
    output wire              row_o,         // the sums are there in the next cycle
    output wire [3:0]        row_flags_o,
    input  wire [4:0]        next_unit_i,   // what unit_i will be in the next cycle
    input  wire              unit_valid_i,
    input  wire              one_i,         // a projection: unit_i is any, else a multiple of E
    input  wire [4:0]        unit_i,
    output wire [128*E-1:0]  readings_o,    // of unit_i and those behind it, I F G O from low
    output wire [128*E-1:0]  befores_o,     // their readings of the row before
    input  wire              ld_we_i,
    input  wire [LW-1:0]     ld_lane_i,
    input  wire [2:0]        ld_pair_i,
    input  wire [WA-1:0]     ld_addr_i,
    input  wire [63:0]       ld_data_i,
    input  wire [3:0]        vec_we_i,
    input  wire [VA-3:0]     vec_addr_i,
    input  wire [63:0]       vec_data_i,
    output wire [11:0]       nonzero_o,     // what the multipliers' products took, cycles ago
    output wire [16:0]       toggles_o
);
    // Stage s of each chain is valid in cycle c + s.
    wire [M+5:0]          valid;
    wire [M+6:0]          last;
    wire [M:0]            first;
    wire [(M+2)*WA-1:0]   addr;
    wire [(M+1)*VA-1:0]   base_x, base_h;
    wire [(M+1)*M-1:0]    select;
    wire [(M+7)*4-1:0]    flags;
    reg  [M+4:0]          valid_q;
    reg  [M+5:0]          last_q;
    reg  [M-1:0]          first_q;
    reg  [(M+1)*WA-1:0]   addr_q;
    reg  [M*VA-1:0]       base_x_q, base_h_q;
    reg  [M*M-1:0]        select_q;
    reg  [(M+6)*4-1:0]    flags_q;

    assign valid  = {valid_q, word_valid_i};
    assign last   = {last_q, word_valid_i && word_last_i};
    assign first  = {first_q, word_first_i};
    assign addr   = {addr_q, word_addr_i};
    assign base_x = {base_x_q, base_x_i};
    assign base_h = {base_h_q, base_h_i};
    assign select = {select_q, select_i};
    assign flags  = {flags_q, flags_i};

    always @(posedge clk_i) begin
        valid_q  <= rst_i ? {(M+5){1'b0}} : valid[M+4:0];
        last_q   <= rst_i ? {(M+6){1'b0}} : last[M+5:0];
        first_q  <= first[M-1:0];
        addr_q   <= addr[(M+1)*WA-1:0];
        base_x_q <= base_x[M*VA-1:0];
        base_h_q <= base_h[M*VA-1:0];
        select_q <= select[M*M-1:0];
        flags_q  <= flags[(M+6)*4-1:0];
    end

    // What multiplier i of every lane gets.
    wire [M*WA-1:0] caddr, waddr;
    wire [M*VA-1:0] base;
    wire [M-1:0]    add;
    genvar i;
    generate
        for (i = 0; i < M; i = i + 1) begin : g_column
            assign caddr[i*WA +: WA] = addr[i*WA +: WA];
            assign waddr[i*WA +: WA] = addr[(i+2)*WA +: WA];
            assign base[i*VA +: VA] = select[(i+1)*M + i] ? base_h[(i+1)*VA +: VA]
                                                          : base_x[(i+1)*VA +: VA];
            assign add[i] = valid[i+5];
        end
    endgenerate

    // The reduction visits multiplier i in cycle c + i + 6.
    reg       red_add_q, red_first_q, hold_q;
    reg [3:0] red_sel_q, row_flags_q;
    integer   j;
    always @(posedge clk_i) begin
        red_add_q   <= !rst_i && |last[5 +: M];
        red_first_q <= last[5];
        hold_q      <= !rst_i && last[M+5];
        row_flags_q <= flags[(M+5)*4 +: 4];
        red_sel_q   <= 4'd0;
        for (j = 1; j < M; j = j + 1)
            if (last[j+5]) red_sel_q <= j[3:0];
    end
    assign row_o = hold_q;
    assign row_flags_o = row_flags_q;

    // What the lanes read before their first row of a run is 0.
    reg first_row_q, row_seen_q;
    always @(posedge clk_i) begin
        if (clear_i) begin
            first_row_q <= 1'b1;
            row_seen_q <= 1'b0;
        end else if (hold_q) begin
            first_row_q <= !row_seen_q;
            row_seen_q <= 1'b1;
        end
    end

    wire [128*U-1:0] readings;
    wire [20*U-1:0]  nonzero;
    wire [40*U-1:0]  toggles;
    wire [128*E-1:0] kept;
    localparam EW = $clog2(E);
    localparam SLOTS = U / E, SW = SLOTS > 1 ? $clog2(SLOTS) : 1;
    wire [4:0] slot = unit_i >> EW, next_slot = next_unit_i >> EW;
    wire [4:0] of_slot = unit_i & (E[4:0] - 5'd1);
    wire [127:0] first_kept;
    brds_pick #(.N(E), .WIDTH(128)) u_kept (
        .words_i(kept), .number_i(one_i ? of_slot : 5'd0), .word_o(first_kept)
    );
    generate
        for (i = 0; i < 4 * U; i = i + 1) begin : g_lane
            brds_lane #(
                .M(M), .DW(DW), .WORDS(WORDS), .VALUES(VALUES), .ACTIVITY(ACTIVITY)
            ) u_lane (
                .clk_i, .clear_i,
                .caddr_i(caddr), .first_i(first[M:1]), .base_i(base), .waddr_i(waddr),
                .add_i(add),
                .red_add_i(red_add_q), .red_first_i(red_first_q), .red_sel_i(red_sel_q),
                .hold_i(hold_q),
                .reading_o(readings[i*32 +: 32]),
                .ld_we_i(ld_we_i && ld_lane_i == i),
                .ld_pair_i, .ld_addr_i, .ld_data_i,
                .vec_we_i, .vec_addr_i, .vec_data_i,
                .nonzero_o(nonzero[i*5 +: 5]), .toggles_o(toggles[i*10 +: 10])
            );
        end
        if (ACTIVITY != 0) begin : g_activity
            reg [11:0] nonzero_d, nonzero_q;
            reg [16:0] toggles_d, toggles_q;
            integer    l;
            always @* begin
                nonzero_d = 12'd0;
                toggles_d = 17'd0;
                for (l = 0; l < 4 * U; l = l + 1) begin
                    nonzero_d = nonzero_d + {7'd0, nonzero[l*5 +: 5]};
                    toggles_d = toggles_d + {7'd0, toggles[l*10 +: 10]};
                end
            end
            always @(posedge clk_i) begin
                nonzero_q <= nonzero_d;
                toggles_q <= toggles_d;
            end
            assign nonzero_o = nonzero_q;
            assign toggles_o = toggles_q;
        end else begin : g_no_activity
            assign nonzero_o = 12'd0;
            assign toggles_o = 17'd0;
        end
        for (i = 0; i < E; i = i + 1) begin : g_out
            // Unit i of every slot; a projection takes any unit as the first.
            localparam N = i == 0 ? U : SLOTS;
            wire [128*N-1:0] choices;
            genvar           k;
            for (k = 0; k < N; k = k + 1) begin : g_choice
                assign choices[128*k +: 128] = readings[128*(i == 0 ? k : E*k + i) +: 128];
            end
            brds_pick #(.N(N), .WIDTH(128)) u_pick (
                .words_i(choices), .number_i(i == 0 ? unit_i : slot),
                .word_o(readings_o[128*i +: 128])
            );
            brds_ram #(.WIDTH(128), .DEPTH(SLOTS), .AW(SW)) u_before (
                .clk_i, .we_i(unit_valid_i && (!one_i || of_slot == i)),
                .waddr_i(slot[SW-1:0]),
                .wdata_i(one_i ? readings_o[127:0] : readings_o[128*i +: 128]),
                .raddr_i(next_slot[SW-1:0]), .rdata_o(kept[128*i +: 128])
            );
            if (i == 0) assign befores_o[127:0] = first_row_q ? 128'd0 : first_kept;
            else assign befores_o[128*i +: 128] = first_row_q ? 128'd0 : kept[128*i +: 128];
        end
    endgenerate
endmodule
`default_nettype wire
