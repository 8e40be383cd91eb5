// brds_pwl - sigmoid or tanh of z in Q4.11 as Q0.15, piecewise linear, three cycles; equal to
// fixed_sigmoid and fixed_tanh of kernels/fixed.h, from which its knots are generated.
//   TANH  1: tanh, 0: sigmoid
`include "brds_defs.vh"
`default_nettype none
module brds_pwl #(
    parameter TANH = 0
) (
    input  wire               clk_i,
    input  wire signed [15:0] z_i,
    output reg  signed [15:0] y_o
);
    localparam SHIFT = TANH != 0 ? `BRDS_TANH_SHIFT : `BRDS_SIGMOID_SHIFT;

    `BRDS_SIGMOID_KNOTS
    `BRDS_TANH_KNOTS

    function [15:0] knot(input [5:0] i);
        knot = TANH != 0 ? tanh_knot(i) : sigmoid_knot(i);
    endfunction

    wire [15:0] magnitude = z_i[15] ? -z_i : z_i;  // 32768 for the least z
    wire        beyond = |magnitude[15:SHIFT+5];
    wire [5:0]  left = {beyond, beyond ? 5'd0 : magnitude[SHIFT+:5]};
    wire [5:0]  right = beyond ? left : left + 6'd1;

    reg [15:0]      knot_q, knot2_q, rise_q;
    reg [SHIFT-1:0] part_q;
    reg [20:0]      prod_q;
    reg             minus_q, minus2_q;

    wire [20:0] sum = {5'd0, knot2_q} + ((prod_q + 21'd1 * (1 << (SHIFT - 1))) >> SHIFT);
    wire [15:0] y = sum[15:0];

    always @(posedge clk_i) begin
        knot_q   <= knot(left);
        rise_q   <= knot(right) - knot(left);
        part_q   <= magnitude[SHIFT-1:0];
        minus_q  <= z_i[15];
        knot2_q  <= knot_q;
        prod_q   <= rise_q[11:0] * part_q;
        minus2_q <= minus_q;
        y_o      <= minus2_q ? (TANH != 0 ? 16'd0 : 16'd32768) - y : y;
    end
endmodule
`default_nettype wire
