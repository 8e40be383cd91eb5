// brds_mac - one multiplier: its weights, their relative columns, its copy of the vectors, and one
// accumulator that is never reset within a run (a row's sum is the difference of two readings,
// exact modulo 2^32), so that accumulator, product and both operands pack into one DSP block.
// Columns are read two cycles before weights, which then meet their value without waiting.
//   DW      bits of a relative column
//   WORDS   words of the weight memory       WA  bits of their address
//   VALUES  values of the vector memory      VA  bits of their address
`default_nettype none
module brds_mac #(
    parameter DW = 8,
    parameter WORDS = 1024,
    parameter VALUES = 1024,
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
    output reg  [31:0]   acc_o       // c + 6
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
endmodule
`default_nettype wire
