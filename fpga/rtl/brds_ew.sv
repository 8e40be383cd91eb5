// brds_ew - one element-wise unit: a row's four sums to c' and h', one unit a cycle, with its own
// bias, peephole and cell memories. Inputs arrive in stage 0, h leaves in stage LAT_EW (17); all
// arithmetic is that of kernels/fixed.h and fixed_cell.c. A projection passes its four sums through
// rounding and saturation only.
//   ROWS  words of its memories       PEEPHOLES  1: with the three diagonal products
`include "brds_defs.vh"
`default_nettype none
module brds_ew #(
    parameter ROWS = 1024,
    parameter PEEPHOLES = 1,
    parameter RA = $clog2(ROWS)
) (
    input  wire          clk_i,
    input  wire          rst_i,
    input  wire [RA-1:0] addr_i,      // stage -1: word of bias, peephole, cell
    input  wire [3:0]    use_i,       // stage 0: these of I F G O count (a cell: all or none)
    input  wire          project_i,
    input  wire [4:0]    shift_i,     // of z, or of r; 1..31
    input  wire [2:0]    c_shift_i,   // 15 - f_c
    input  wire [4:0]    p_shift_i,
    input  wire [127:0]  readings_i,  // of the lanes' totals: a sum is the difference
    input  wire [127:0]  befores_i,
    output wire [15:0]   c_o,         // stage 0: the cell read
    input  wire [RA-1:0] cell_addr_i, // stage 9: where c' goes
    output reg  [63:0]   out_o,       // stage 17: r of a projection, or h in each quarter
    output wire [4:0]    clipped_o,   // values saturated, each in its own stage
    input  wire          ld_bias_i,   // image
    input  wire          ld_half_i,   // 0: I F, 1: G O
    input  wire          ld_peep_i,
    input  wire          ld_cell_i,
    input  wire [RA-1:0] ld_addr_i,
    input  wire [63:0]   ld_data_i
);
    function [15:0] sat(input signed [36:0] v);
        sat = v > 37'sd32767 ? 16'h7fff : v < -37'sd32768 ? 16'h8000 : v[15:0];
    endfunction
    function clips(input signed [36:0] v);
        clips = v > 37'sd32767 || v < -37'sd32768;
    endfunction
    function signed [36:0] wide(input signed [31:0] v);
        wide = {{5{v[31]}}, v};
    endfunction
    function [31:0] half(input [4:0] shift);  // 2^(shift-1)
        half = 32'd1 << (shift - 5'd1);
    endfunction

    wire [127:0] bias;
    wire [47:0]  peep;
    wire         cell_we;
    reg  [15:0]  new_c_q;

    brds_ram #(.WIDTH(64), .DEPTH(ROWS)) u_bias0 (
        .clk_i, .we_i(ld_bias_i && !ld_half_i), .waddr_i(ld_addr_i), .wdata_i(ld_data_i),
        .raddr_i(addr_i), .rdata_o(bias[63:0])
    );
    brds_ram #(.WIDTH(64), .DEPTH(ROWS)) u_bias1 (
        .clk_i, .we_i(ld_bias_i && ld_half_i), .waddr_i(ld_addr_i), .wdata_i(ld_data_i),
        .raddr_i(addr_i), .rdata_o(bias[127:64])
    );
    brds_ram #(.WIDTH(16), .DEPTH(ROWS)) u_cell (
        .clk_i, .we_i(ld_cell_i || cell_we), .waddr_i(ld_cell_i ? ld_addr_i : cell_addr_i),
        .wdata_i(ld_cell_i ? ld_data_i[15:0] : new_c_q), .raddr_i(addr_i), .rdata_o(c_o)
    );

    // Control travels along: entry s belongs to stage s.
    reg [3:0] use_q [1:16];
    reg       project_q [1:16];
    reg [4:0] shift_q [1:11], p_shift_q [1:10];
    reg [2:0] c_shift_q [1:9];
    integer   s, sc, so, sr;
    always @(posedge clk_i) begin
        use_q[1] <= rst_i ? 4'd0 : use_i;
        project_q[1] <= project_i;
        shift_q[1] <= shift_i;
        p_shift_q[1] <= p_shift_i;
        c_shift_q[1] <= c_shift_i;
        for (s = 2; s <= 16; s = s + 1) begin
            use_q[s] <= rst_i ? 4'd0 : use_q[s-1];
            project_q[s] <= project_q[s-1];
        end
        for (s = 2; s <= 11; s = s + 1) shift_q[s] <= shift_q[s-1];
        for (s = 2; s <= 10; s = s + 1) p_shift_q[s] <= p_shift_q[s-1];
        for (s = 2; s <= 9; s = s + 1) c_shift_q[s] <= c_shift_q[s-1];
    end

    // What stages take of it; names of their own, as Icarus 11 cannot shift by an entry of an array.
    wire [4:0] shift2 = shift_q[2], shift11 = shift_q[11];
    wire [4:0] p_shift1 = p_shift_q[1], p_shift10 = p_shift_q[10];
    wire [2:0] c_shift7 = c_shift_q[7], c_shift8 = c_shift_q[8], c_shift9 = c_shift_q[9];

    // Peephole products: of the old cell in stage 1, of the new one in stage 10.
    wire [31:0] peep_i, peep_f, peep_o;
    generate
        if (PEEPHOLES != 0) begin : g_peephole
            reg signed [31:0] i_q, f_q, o_q;
            reg signed [15:0] po_q [1:9];
            integer           k;
            brds_ram #(.WIDTH(48), .DEPTH(ROWS)) u_peep (
                .clk_i, .we_i(ld_peep_i), .waddr_i(ld_addr_i), .wdata_i(ld_data_i[47:0]),
                .raddr_i(addr_i), .rdata_o(peep)
            );
            always @(posedge clk_i) begin
                i_q <= $signed(peep[15:0]) * $signed(c_o);
                f_q <= $signed(peep[31:16]) * $signed(c_o);
                po_q[1] <= peep[47:32];
                for (k = 2; k <= 9; k = k + 1) po_q[k] <= po_q[k-1];
                o_q <= po_q[9] * $signed(new_c_q);
            end
            assign peep_i = project_q[1] ? 32'd0 : i_q << p_shift1;
            assign peep_f = project_q[1] ? 32'd0 : f_q << p_shift1;
            assign peep_o = project_q[10] ? 32'd0 : o_q << p_shift10;
        end else begin : g_no_peephole
            assign peep = {47'd0, ld_peep_i};
            assign peep_i = 32'd0;
            assign peep_f = 32'd0;
            assign peep_o = 32'd0;
        end
    endgenerate

    // Stages 1 to 3: pre-activations of i, f, g.
    reg [31:0]        si_q, sf_q, sg_q, so_q, bi_q, bf_q, bg_q, bo_q, vi_q, vf_q, vg_q;
    reg [31:0]        vo_q [2:11];
    reg signed [15:0] zi_q, zf_q, zg_q;
    reg signed [15:0] c_q [1:6];
    wire signed [31:0] ri = $signed(vi_q) >>> shift2;
    wire signed [31:0] rf = $signed(vf_q) >>> shift2;
    wire signed [31:0] rg = $signed(vg_q) >>> shift2;
    wire [31:0]        vo11 = vo_q[11];
    wire signed [31:0] ro = $signed(vo11) >>> shift11;
    reg [2:0]         z_clipped_q;
    always @(posedge clk_i) begin
        si_q <= readings_i[31:0] - befores_i[31:0];
        sf_q <= readings_i[63:32] - befores_i[63:32];
        sg_q <= readings_i[95:64] - befores_i[95:64];
        so_q <= readings_i[127:96] - befores_i[127:96];
        bi_q <= (project_i ? 32'd0 : bias[31:0]) + half(shift_i);
        bf_q <= (project_i ? 32'd0 : bias[63:32]) + half(shift_i);
        bg_q <= (project_i ? 32'd0 : bias[95:64]) + half(shift_i);
        bo_q <= (project_i ? 32'd0 : bias[127:96]) + half(shift_i);
        vi_q <= si_q + bi_q + peep_i;
        vf_q <= sf_q + bf_q + peep_f;
        vg_q <= sg_q + bg_q;
        zi_q <= sat(wide(ri));
        zf_q <= sat(wide(rf));
        zg_q <= sat(wide(rg));
        z_clipped_q <= use_q[2][2:0] & {clips(wide(rg)), clips(wide(rf)), clips(wide(ri))};
        c_q[1] <= c_o;
        for (sc = 2; sc <= 6; sc = sc + 1) c_q[sc] <= c_q[sc-1];
    end

    // Stages 4 to 9: gates and the new cell.
    wire signed [15:0] gate_i, gate_f, gate_g;
    reg signed [31:0]  fc_q, ig_q;
    reg signed [36:0]  csum_q;
    wire signed [36:0] c_raw = csum_q >>> (5'd15 + {2'd0, c_shift8});
    reg                c_clipped_q;
    brds_pwl #(.TANH(0)) u_gate_i (.clk_i, .z_i(zi_q), .y_o(gate_i));
    brds_pwl #(.TANH(0)) u_gate_f (.clk_i, .z_i(zf_q), .y_o(gate_f));
    brds_pwl #(.TANH(1)) u_gate_g (.clk_i, .z_i(zg_q), .y_o(gate_g));
    always @(posedge clk_i) begin
        fc_q <= gate_f * c_q[6];
        ig_q <= gate_i * gate_g;
        csum_q <= (wide(fc_q) <<< c_shift7) + wide(ig_q) + (37'sd16384 <<< c_shift7);
        new_c_q <= sat(c_raw);
        c_clipped_q <= use_q[8][0] && !project_q[8] && clips(c_raw);
    end
    assign cell_we = use_q[9][0] && !project_q[9];

    // Stages 10 to 17: the output gate sees the new cell; h.
    reg signed [15:0]  cz_q, zo_q;
    wire signed [15:0] gate_o, tanh_c;
    reg signed [15:0]  tanh_q [14:15];
    reg signed [31:0]  oh_q;
    reg                o_clipped_q;
    wire signed [36:0] twice_c = {{20{new_c_q[15]}}, new_c_q, 1'b0};
    wire signed [36:0] h_raw = (wide(oh_q) + 37'sd16384) >>> 15;
    brds_pwl #(.TANH(1)) u_tanh_c (.clk_i, .z_i(cz_q), .y_o(tanh_c));
    brds_pwl #(.TANH(0)) u_gate_o (.clk_i, .z_i(zo_q), .y_o(gate_o));
    always @(posedge clk_i) begin
        vo_q[2] <= so_q + bo_q;
        for (so = 3; so <= 10; so = so + 1) vo_q[so] <= vo_q[so-1];
        vo_q[11] <= vo_q[10] + peep_o;
        zo_q <= sat(wide(ro));
        o_clipped_q <= use_q[11][3] && clips(wide(ro));
        cz_q <= c_shift9 == 3'd3 ? {new_c_q[15], new_c_q[15:1]} + {15'd0, new_c_q[0]}
              : c_shift9 == 3'd4 ? new_c_q : sat(twice_c);
        tanh_q[14] <= tanh_c;
        tanh_q[15] <= tanh_q[14];
        oh_q <= gate_o * tanh_q[15];
    end

    // r of a projection waits for the path of h.
    reg [47:0] r_q [4:16];
    reg [15:0] ro_q [13:16];
    always @(posedge clk_i) begin
        r_q[4] <= {zg_q, zf_q, zi_q};
        for (sr = 5; sr <= 16; sr = sr + 1) r_q[sr] <= r_q[sr-1];
        ro_q[13] <= zo_q;
        for (sr = 14; sr <= 16; sr = sr + 1) ro_q[sr] <= ro_q[sr-1];
        out_o <= project_q[16] ? {ro_q[16], r_q[16]} : {4{sat(h_raw)}};
    end
    assign clipped_o = {o_clipped_q, c_clipped_q, z_clipped_q};
endmodule
`default_nettype wire
