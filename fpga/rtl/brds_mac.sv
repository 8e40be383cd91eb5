// brds_mac - one multiplier: its weights, their relative columns, its copy of the vectors, and one
// accumulator that is never reset within a run (a row's sum is the difference of two readings,
// exact modulo 2^32), so that accumulator, product and both operands pack into one DSP block.
// Columns are read two cycles before weights, which then meet their value without waiting.
//   DW      bits of a relative column
//   WORDS   words of the weight memory       WA  bits of their address
//   VALUES  values of the vector memory      VA  bits of their address
//   ACTIVITY  1: tells what its products take (COUNT_NONZERO, COUNT_TOGGLES of brds_defs.py)
`default_nettype none
module brds_mac #(
    parameter DW = 8,
    parameter WORDS = 1024,
    parameter VALUES = 1024,
    parameter ACTIVITY = 0,
    parameter WA = $clog2(WORDS),
    parameter VA = $clog2(VALUES)
) (
    input  wire          clk_i,
    input  wire          clear_i,    // accumulator to 0
    input  wire [WA-1:0] caddr_i,    // c: word of the column
    input  wire          first_i,    // c + 1: first word of a row
    input  wire [VA-1:0] base_i,     // c + 1: address of column 0
    input  wire [WA-1:0] waddr_i,    // c + 2: word of the weight
    input  wire          add_i,      // c + 5: the product counts
    input  wire          ld_we_i,    // image
    input  wire [WA-1:0] ld_addr_i,
    input  wire [DW+15:0] ld_data_i, // column, weight
    input  wire [3:0]    vec_we_i,   // vectors
    input  wire [VA-3:0] vec_addr_i,
    input  wire [63:0]   vec_data_i,
    output reg  [31:0]   acc_o,      // c + 6
    output wire          nonzero_o,  // c + 5
    output wire [5:0]    toggles_o
);
    wire [DW-1:0]        dcol;
    wire [15:0]          weight, value;
    reg  [VA-1:0]        col_q;
    reg  signed [15:0]   a_q, b_q;
    reg  signed [31:0]   p_q;

    brds_ram #(.WIDTH(DW), .DEPTH(WORDS)) u_col (
        .clk_i, .we_i(ld_we_i), .waddr_i(ld_addr_i), .wdata_i(ld_data_i[DW+15:16]),
        .raddr_i(caddr_i), .rdata_o(dcol)
    );
    brds_ram #(.WIDTH(16), .DEPTH(WORDS)) u_weight (
        .clk_i, .we_i(ld_we_i), .waddr_i(ld_addr_i), .wdata_i(ld_data_i[15:0]),
        .raddr_i(waddr_i), .rdata_o(weight)
    );
    brds_vmem #(.VALUES(VALUES)) u_vec (
        .clk_i, .we_i(vec_we_i), .waddr_i(vec_addr_i), .wdata_i(vec_data_i),
        .raddr_i(col_q), .rdata_o(value)
    );

    always @(posedge clk_i) begin
        col_q <= (first_i ? base_i : col_q) + VA'(dcol);
        a_q <= weight;
        b_q <= value;
        p_q <= a_q * b_q;
        if (clear_i) acc_o <= 32'd0;
        else if (add_i) acc_o <= acc_o + p_q;
    end

    generate
        if (ACTIVITY != 0) begin : g_activity
            reg [31:0]  now_q, before_q;  // operands of p_q, and of the last product that counted
            // A padding word may read a value while it is written, so only others can count.
            wire        counts = add_i && |now_q[31:16];
            wire [31:0] turned = now_q ^ before_q;
            wire [31:0] in_2 = (turned & 32'h55555555) + (turned >> 1 & 32'h55555555);
            wire [31:0] in_4 = (in_2 & 32'h33333333) + (in_2 >> 2 & 32'h33333333);
            wire [31:0] in_8 = (in_4 & 32'h0f0f0f0f) + (in_4 >> 4 & 32'h0f0f0f0f);
            wire [5:0]  bits = in_8[5:0] + in_8[13:8] + in_8[21:16] + in_8[29:24];
            always @(posedge clk_i) begin
                now_q <= {a_q, b_q};
                if (clear_i) before_q <= 32'd0;
                else if (counts) before_q <= now_q;
            end
            assign nonzero_o = counts && |now_q[15:0];
            assign toggles_o = counts ? bits : 6'd0;
        end else begin : g_no_activity
            assign nonzero_o = 1'b0;
            assign toggles_o = 6'd0;
        end
    endgenerate
endmodule
`default_nettype wire
