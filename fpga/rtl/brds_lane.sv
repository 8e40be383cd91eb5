// brds_lane - M multipliers that share a row, and its serial reduction. Multiplier i works i cycles
// behind multiplier 0, so one adder visits the accumulators in turn.
//   M       multipliers (even)
//   DW, WORDS, VALUES, ACTIVITY, WA, VA        as in brds_mac
`default_nettype none
module brds_lane #(
    parameter M = 8,
    parameter DW = 8,
    parameter WORDS = 1024,
    parameter VALUES = 1024,
    parameter ACTIVITY = 0,
    parameter WA = $clog2(WORDS),
    parameter VA = $clog2(VALUES)
) (
    input  wire            clk_i,
    input  wire            clear_i,
    input  wire [M*WA-1:0] caddr_i,    // each multiplier's, in its own time
    input  wire [M-1:0]    first_i,
    input  wire [M*VA-1:0] base_i,
    input  wire [M*WA-1:0] waddr_i,
    input  wire [M-1:0]    add_i,
    input  wire            red_add_i,  // the selected accumulator is final
    input  wire            red_first_i,
    input  wire [3:0]      red_sel_i,
    input  wire            hold_i,     // the row's total is there
    output reg  [31:0]     reading_o,  // the last row's total; its sum is what this has grown by
    input  wire            ld_we_i,
    input  wire [2:0]      ld_pair_i,
    input  wire [WA-1:0]   ld_addr_i,
    input  wire [63:0]     ld_data_i,
    input  wire [3:0]      vec_we_i,
    input  wire [VA-3:0]   vec_addr_i,
    input  wire [63:0]     vec_data_i,
    output wire [4:0]      nonzero_o,  // of its products, two cycles behind the first of them
    output wire [9:0]      toggles_o
);
    wire [32*M-1:0] acc;
    wire [M-1:0]    nonzero;
    wire [6*M-1:0]  toggles;
    wire [31:0]     picked;
    reg  [31:0]     total_q;

    genvar i;
    generate
        for (i = 0; i < M; i = i + 1) begin : g_mac
            brds_mac #(
                .DW(DW), .WORDS(WORDS), .VALUES(VALUES), .ACTIVITY(ACTIVITY)
            ) u_mac (
                .clk_i, .clear_i,
                .caddr_i(caddr_i[i*WA +: WA]),
                .first_i(first_i[i]),
                .base_i(base_i[i*VA +: VA]),
                .waddr_i(waddr_i[i*WA +: WA]),
                .add_i(add_i[i]),
                .ld_we_i(ld_we_i && ld_pair_i == (i / 2)),
                .ld_addr_i,
                .ld_data_i(ld_data_i[(i % 2) * 32 +: DW + 16]),
                .vec_we_i, .vec_addr_i, .vec_data_i,
                .acc_o(acc[i*32 +: 32]), .nonzero_o(nonzero[i]), .toggles_o(toggles[i*6 +: 6])
            );
        end
    endgenerate

    // A tree by the bits of red_sel_i, which maps to wide multiplexers.
    wire [32*16-1:0] of_16;
    wire [32*8-1:0]  of_8;
    wire [32*4-1:0]  of_4;
    wire [32*2-1:0]  of_2;
    generate
        for (i = 0; i < 16; i = i + 1) begin : g_16
            if (i < M) assign of_16[i*32 +: 32] = acc[i*32 +: 32];
            else assign of_16[i*32 +: 32] = 32'd0;
        end
        for (i = 0; i < 8; i = i + 1) begin : g_8
            assign of_8[i*32 +: 32] = red_sel_i[0] ? of_16[(2*i+1)*32 +: 32]
                                                   : of_16[2*i*32 +: 32];
        end
        for (i = 0; i < 4; i = i + 1) begin : g_4
            assign of_4[i*32 +: 32] = red_sel_i[1] ? of_8[(2*i+1)*32 +: 32]
                                                   : of_8[2*i*32 +: 32];
        end
        for (i = 0; i < 2; i = i + 1) begin : g_2
            assign of_2[i*32 +: 32] = red_sel_i[2] ? of_4[(2*i+1)*32 +: 32]
                                                   : of_4[2*i*32 +: 32];
        end
    endgenerate
    assign picked = red_sel_i[3] ? of_2[63:32] : of_2[31:0];

    always @(posedge clk_i) begin
        if (red_add_i) total_q <= (red_first_i ? 32'd0 : total_q) + picked;
        if (hold_i) reading_o <= total_q;
    end

    generate
        if (ACTIVITY != 0) begin : g_activity
            reg [4:0] nonzero_d, nonzero_q;
            reg [9:0] toggles_d, toggles_q;
            integer   k;
            always @* begin
                nonzero_d = 5'd0;
                toggles_d = 10'd0;
                for (k = 0; k < M; k = k + 1) begin
                    nonzero_d = nonzero_d + {4'd0, nonzero[k]};
                    toggles_d = toggles_d + {4'd0, toggles[k*6 +: 6]};
                end
            end
            always @(posedge clk_i) begin
                nonzero_q <= nonzero_d;
                toggles_q <= toggles_d;
            end
            assign nonzero_o = nonzero_q;
            assign toggles_o = toggles_q;
        end else begin : g_no_activity
            assign nonzero_o = 5'd0;
            assign toggles_o = 10'd0;
        end
    endgenerate
endmodule
`default_nettype wire
