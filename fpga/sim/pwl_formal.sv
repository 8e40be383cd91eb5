// pwl_formal - an activation unit over all inputs of one segment, of both signs: three cycles later
// it gives what the table's formula gives, in range, never less than for the input before (of the
// next segment too), and for -z the mirrored value. The segment is a constant, so that z3 multiplies an
// unknown by a constant; over an unknown segment it did not end.
//   TANH  as in brds_pwl        SEGMENT  0..31; 32: all inputs beyond the table, with -32768
`include "brds_defs.vh"
`default_nettype none
module pwl_formal #(
    parameter TANH = 0,
    parameter SEGMENT = 0
) (
    input wire        clk_i,
    input wire [14:0] part_i,  // free in every cycle
    input wire        least_i  // free: -32768, which has no positive counterpart
);
    localparam SHIFT = TANH != 0 ? `BRDS_TANH_SHIFT : `BRDS_SIGMOID_SHIFT;
    localparam MIRROR = TANH != 0 ? 0 : 32768, LEAST = TANH != 0 ? 0 : 16384;
    localparam FROM = SEGMENT << SHIFT;
    localparam [5:0] LEFT = SEGMENT, RIGHT = SEGMENT + 1;
    `BRDS_SIGMOID_KNOTS
    `BRDS_TANH_KNOTS

    wire [15:0] inside = FROM + {1'b0, part_i[SHIFT-1:0]};
    wire [15:0] beyond = part_i < FROM ? FROM : {1'b0, part_i};
    wire [15:0] z = SEGMENT < 32 ? inside : beyond;
    wire [15:0] next_z = z == 16'd32767 ? z : z + 16'd1;
    wire [15:0] minus_z = SEGMENT == 32 && least_i ? 16'h8000 : -z;
    wire [15:0] y, next_y, minus_y;
    brds_pwl #(.TANH(TANH)) u_y (.clk_i(clk_i), .z_i(z), .y_o(y));
    brds_pwl #(.TANH(TANH)) u_next (.clk_i(clk_i), .z_i(next_z), .y_o(next_y));
    brds_pwl #(.TANH(TANH)) u_minus (.clk_i(clk_i), .z_i(minus_z), .y_o(minus_y));

    reg  [15:0] z1_q, z2_q, z3_q;
    reg  [1:0]  cycles_q = 2'd0;
    wire [31:0] knot = TANH != 0 ? tanh_knot(LEFT) : sigmoid_knot(LEFT);
    wire [31:0] after = TANH != 0 ? tanh_knot(RIGHT) : sigmoid_knot(RIGHT);
    wire [31:0] part = z3_q - FROM;
    wire [31:0] want = SEGMENT < 32
        ? knot + (((after - knot) * part[SHIFT-1:0] + (1 << (SHIFT - 1))) >> SHIFT) : knot;
    always @(posedge clk_i) begin
        z1_q <= z;
        z2_q <= z1_q;
        z3_q <= z2_q;
        if (cycles_q != 2'd3) cycles_q <= cycles_q + 2'd1;
        else begin
            assert ({16'd0, y} == want);
            assert (y >= LEAST && y <= 32767);
            assert (next_y >= y);
            assert (minus_y == MIRROR[15:0] - y);
        end
    end
endmodule
`default_nettype wire
