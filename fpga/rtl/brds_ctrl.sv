// brds_ctrl - issues the words of every group of every pass of every step. It stops only where a
// group begins: for a pass's static gap, for an x that is not there yet, for room in the h FIFO.
// What it has issued runs through, so gaps that the host computed stay right under any stall.
//   U, M    units, multipliers a lane      PASSES, PA  passes, bits of their number
//   WA, VA  bits of a word's and of a value's address        CW  bits of the h FIFO's credit
`include "brds_defs.vh"
`default_nettype none
module brds_ctrl #(
    parameter U = 8,
    parameter M = 8,
    parameter PASSES = 16,
    parameter WA = 10,
    parameter VA = 10,
    parameter CW = 9,
    parameter PA = $clog2(PASSES)
) (
    input  wire          clk_i,
    input  wire          rst_i,
    input  wire          start_i,
    input  wire [31:0]   steps_i,
    output wire [PA-1:0] pass_o,        // the pass that comes next
    input  wire [64*`BRDS_PASS_BEATS-1:0] pass_i,
    input  wire [1:0]    x_full_i,      // x of even and of odd steps
    input  wire [CW-1:0] credit_i,      // values that the h FIFO can still take
    output wire          take_o,        // take this much of it
    output wire [CW-1:0] need_o,
    output reg           word_valid_o,
    output reg           word_first_o,
    output reg           word_last_o,
    output reg  [WA-1:0] word_addr_o,
    output reg  [M-1:0]  select_o,
    output reg  [VA-1:0] base_x_o,
    output reg  [VA-1:0] base_h_o,
    output reg  [3:0]    flags_o,       // {last step, odd step, first group of a pass, x read}
    output wire          running_o,
    output wire          issue_o,       // what this cycle counts as
    output wire          gap_o,
    output wire          wait_x_o,
    output wire          wait_h_o
);
    reg               run_q, odd_q;
    reg [31:0]        steps_q;
    reg [PA-1:0]      next_q;
    reg [64*`BRDS_PASS_BEATS-1:0] pass_q;
    reg [19:0]        k_q, group_q, left_q;
    reg [23:0]        gap_q;
    reg [WA-1:0]      addr_q;

    wire [PA-1:0] after = pass_i[`BRDS_PASS_LAST] ? {PA{1'b0}} : next_q + 1'b1;

    wire boundary = k_q == 20'd0;
    wire begins = boundary && group_q == 20'd0;
    wire to_h = pass_q[`BRDS_PASS_OUT];
    wire [19:0] left = begins ? (pass_q[`BRDS_PASS_ROWS] + 20'd3) & ~20'd3 : left_q;
    wire [19:0] of_group = pass_q[`BRDS_PASS_PROJECT] ? 20'd4 * U[19:0] : U[19:0];
    // The last group takes the rest of its last beat too, which gives back four values when it is sent.
    wire last_group = group_q == pass_q[`BRDS_PASS_GROUPS] - 20'd1;
    wire [19:0] need = last_group || left < of_group ? left : of_group;

    assign running_o = run_q;
    assign gap_o = run_q && begins && gap_q != 24'd0;
    assign wait_x_o = run_q && begins && !gap_o && pass_q[`BRDS_PASS_FIRST] && !x_full_i[odd_q];
    assign wait_h_o = run_q && boundary && !gap_o && !wait_x_o && to_h
                      && {{(20-CW){1'b0}}, credit_i} < need;
    assign issue_o = run_q && !gap_o && !wait_x_o && !wait_h_o;
    assign take_o = issue_o && boundary && to_h;
    assign need_o = need[CW-1:0];
    assign pass_o = next_q;

    wire group_ends = k_q == pass_q[`BRDS_PASS_KC] - 20'd1;
    wire pass_ends = group_ends && last_group;
    wire step_ends = pass_ends && pass_q[`BRDS_PASS_LAST];
    wire [23:0] word = pass_q[`BRDS_PASS_WORD];
    wire [15:0] select = pass_q[`BRDS_PASS_SELECT];
    wire [19:0] base_x = odd_q ? pass_q[`BRDS_PASS_X_BASE1] : pass_q[`BRDS_PASS_X_BASE0];
    wire [19:0] base_h = odd_q ? pass_q[`BRDS_PASS_H_BASE1] : pass_q[`BRDS_PASS_H_BASE0];
    wire [WA-1:0] addr = begins ? word[WA-1:0] : addr_q;

    always @(posedge clk_i) begin
        if (rst_i) begin
            run_q <= 1'b0;
            next_q <= {PA{1'b0}};
        end else if (start_i) begin
            run_q <= 1'b1;
            odd_q <= 1'b0;
            steps_q <= steps_i;
            pass_q <= pass_i;
            next_q <= after;
            k_q <= 20'd0;
            group_q <= 20'd0;
            gap_q <= 24'd0;
        end else if (gap_o) begin
            gap_q <= gap_q - 24'd1;
        end else if (issue_o) begin
            addr_q <= addr + 1'b1;
            k_q <= group_ends ? 20'd0 : k_q + 20'd1;
            if (boundary) left_q <= left - need;
            if (group_ends) group_q <= pass_ends ? 20'd0 : group_q + 20'd1;
            if (pass_ends) begin
                gap_q <= pass_q[`BRDS_PASS_GAP];
                pass_q <= pass_i;
                next_q <= after;
            end
            if (step_ends) begin
                odd_q <= !odd_q;
                steps_q <= steps_q - 32'd1;
                if (steps_q == 32'd1) begin
                    run_q <= 1'b0;
                    next_q <= {PA{1'b0}};
                end
            end
        end
        word_valid_o <= issue_o && !rst_i;
        word_first_o <= boundary;
        word_last_o <= group_ends;
        word_addr_o <= addr;
        select_o <= select[M-1:0];
        base_x_o <= base_x[VA-1:0];
        base_h_o <= base_h[VA-1:0];
        flags_o <= {steps_q == 32'd1, odd_q, group_q == 20'd0,
                    pass_q[`BRDS_PASS_FIRST] && pass_ends};
    end
endmodule
`default_nettype wire
