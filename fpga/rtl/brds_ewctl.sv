// brds_ewctl - walks the element-wise units over the rows that have just been summed, E units a
// cycle (a projection: one unit's four rows), and writes what comes out LAT_EW cycles later.
// Stage -1 is the cycle of row_i or of a later slot; the units' stage 0 is the next one.
//   U, E    units, element-wise units      PASSES, PA  passes, bits of their number
//   RA, VA  bits of a cell row, of a value's address
`include "brds_defs.vh"
`default_nettype none
module brds_ewctl #(
    parameter U = 8,
    parameter E = 1,
    parameter PASSES = 16,
    parameter RA = 10,
    parameter VA = 12,
    parameter PA = $clog2(PASSES)
) (
    input  wire               clk_i,
    input  wire               rst_i,
    input  wire               start_i,
    input  wire               row_i,        // a group's sums arrive in the next cycle
    input  wire [3:0]         row_flags_i,  // {last step, odd step, first group of a pass, x read}
    output wire [PA-1:0]      pass_o,       // the pass that comes next
    input  wire [64*`BRDS_PASS_BEATS-1:0] pass_i,
    output wire [RA-1:0]      cell_o,       // stage -1
    output wire [4:0]         next_unit_o,  // stage -1: the first unit of the slot
    output reg  [4:0]         unit_o,       // stage 0
    output reg                unit_valid_o,
    output reg  [4*E-1:0]     use_o,
    output reg                project_o,
    output reg  [4:0]         shift_o,
    output reg  [2:0]         c_shift_o,
    output reg  [4:0]         p_shift_o,
    output wire [RA-1:0]      cell_back_o,  // stage 9
    output wire [3:0]         we_o,         // stage 17: these of four values are written
    output wire [VA-3:0]      addr_o,
    output wire               one_o,        // a projection: all four are of one unit
    output wire               to_h_o,       // also to the h stream
    output wire               last_o,       // the last values of a step
    output wire               final_o       // and of a run
);
    localparam SLOTS = U / E;
    localparam LAST = `BRDS_LAT_EW;
    localparam MW = 4 + (VA - 2) + 4;

    reg [PA-1:0] next_q;
    reg [4:0]    shift_q, p_shift_q;
    reg [2:0]    c_shift_q;
    reg          project_q, to_h_q, final_q;
    reg [19:0]   rows_q, index_q;
    reg [VA-1:0] base_q;
    reg [RA-1:0] cell_q;
    reg [5:0]    slots_q;

    wire fresh = row_i && row_flags_i[1];
    wire project = fresh ? pass_i[`BRDS_PASS_PROJECT] : project_q;
    wire [19:0] rows = fresh ? pass_i[`BRDS_PASS_ROWS] : rows_q;
    wire [19:0] index = fresh ? 20'd0 : index_q;
    wire [19:0] new_base = row_flags_i[2] ? pass_i[`BRDS_PASS_OUT_BASE1]
                                          : pass_i[`BRDS_PASS_OUT_BASE0];
    wire [19:0] new_cell = pass_i[`BRDS_PASS_CELL];
    wire [VA-1:0] base = fresh ? new_base[VA-1:0] : base_q;
    wire to_h = fresh ? pass_i[`BRDS_PASS_OUT] : to_h_q;
    wire final_step = row_i ? row_flags_i[3] : final_q;
    wire active = row_i || slots_q != 6'd0;

    assign pass_o = next_q;
    assign next_unit_o = row_i ? 5'd0 : unit_o + (project ? 5'd1 : E[4:0]);
    assign cell_o = fresh ? new_cell[RA-1:0] : cell_q;

    // Which of the slot's rows there are.
    wire [19:0] step = project ? 20'd4 : E[19:0];
    wire [19:0] left = rows > index ? rows - index : 20'd0;
    reg  [4*E-1:0] use_d;
    reg  [3:0]     we_d;
    integer        e;
    always @* begin
        use_d = {4*E{1'b0}};
        we_d = 4'd0;
        for (e = 0; e < 4; e = e + 1)
            if (project) begin
                use_d[e] = left > e[19:0];
                we_d[e] = left > e[19:0];
            end
        for (e = 0; e < E; e = e + 1)
            if (!project && left > e[19:0]) begin
                use_d[4*e +: 4] = 4'b1111;
                we_d = we_d | (4'd1 << (index[1:0] + e[1:0]));
            end
    end
    wire [VA-1:0] target = base + index[VA-1:0];

    always @(posedge clk_i) begin
        if (rst_i || start_i) begin
            next_q <= {PA{1'b0}};
            slots_q <= 6'd0;
        end else begin
            if (fresh) next_q <= pass_i[`BRDS_PASS_LAST] ? {PA{1'b0}} : next_q + 1'b1;
            if (row_i) slots_q <= project ? U[5:0] - 6'd1 : SLOTS[5:0] - 6'd1;
            else if (slots_q != 6'd0) slots_q <= slots_q - 6'd1;
        end
        if (fresh) begin
            shift_q <= pass_i[`BRDS_PASS_SHIFT];
            p_shift_q <= pass_i[`BRDS_PASS_P_SHIFT];
            c_shift_q <= pass_i[`BRDS_PASS_C_SHIFT];
        end
        project_q <= project;
        rows_q <= rows;
        base_q <= base;
        to_h_q <= to_h;
        final_q <= final_step;
        if (active) begin
            index_q <= index + step;
            cell_q <= cell_o + 1'b1;
        end
        use_o <= active && !rst_i ? use_d : {4*E{1'b0}};
        unit_o <= next_unit_o;
        unit_valid_o <= active && !rst_i;
        project_o <= project;
        shift_o <= fresh ? pass_i[`BRDS_PASS_SHIFT] : shift_q;
        p_shift_o <= fresh ? pass_i[`BRDS_PASS_P_SHIFT] : p_shift_q;
        c_shift_o <= fresh ? pass_i[`BRDS_PASS_C_SHIFT] : c_shift_q;
    end

    // Where results go travels along: entry s belongs to stage s.
    wire last = left != 20'd0 && left <= step;
    reg [MW-1:0] meta_q [0:LAST];
    reg [RA-1:0] cell_at_q [0:9];
    integer      s;
    always @(posedge clk_i) begin
        meta_q[0] <= {active && !rst_i ? we_d : 4'd0, target[VA-1:2], project, to_h, last,
                      last && final_step};
        cell_at_q[0] <= cell_o;
        for (s = 1; s <= LAST; s = s + 1)
            meta_q[s] <= rst_i ? {MW{1'b0}} : meta_q[s-1];
        for (s = 1; s <= 9; s = s + 1) cell_at_q[s] <= cell_at_q[s-1];
    end
    assign {we_o, addr_o, one_o, to_h_o, last_o, final_o} = meta_q[LAST];
    assign cell_back_o = cell_at_q[9];
endmodule
`default_nettype wire
