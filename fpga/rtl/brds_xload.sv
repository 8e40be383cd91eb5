// brds_xload - takes x of step t from its stream while step t-1 runs; two banks. Results of the
// array have the vector memories' write port first; x waits for them.
//   VA  bits of a value's address
`default_nettype none
module brds_xload #(
    parameter VA = 12
) (
    input  wire          clk_i,
    input  wire          rst_i,
    input  wire          start_i,
    input  wire [31:0]   steps_i,
    input  wire [31:0]   beats_i,      // of one x
    input  wire [VA-1:0] base0_i,
    input  wire [VA-1:0] base1_i,
    input  wire          port_used_i,  // results are written in this cycle
    input  wire          read_i,       // x of an even or odd step has been read for the last time
    input  wire          read_odd_i,
    output wire [1:0]    full_o,
    input  wire          x_tvalid_i,
    input  wire          x_tlast_i,
    output wire          x_tready_o,
    output wire          we_o,
    output wire [VA-3:0] addr_o,
    output wire          early_o,      // TLAST too early: nothing more is taken
    output wire          late_o        // no TLAST at the end of the run's last x
);
    reg [31:0]   steps_q, beat_q;
    reg          odd_q, drop_q;        // drop: since a reset no run has started
    reg [1:0]    full_q;
    reg [VA-3:0] addr_q;

    wire ends = beat_q == beats_i - 32'd1;
    wire run_ends = ends && steps_q == 32'd1;
    wire begins = beat_q == 32'd0;
    wire [VA-1:0] base = odd_q ? base1_i : base0_i;

    assign full_o = full_q;
    wire   takes = steps_q != 32'd0 && !full_q[odd_q] && !port_used_i;
    assign x_tready_o = takes || drop_q;
    assign we_o = takes && x_tvalid_i;
    assign addr_o = begins ? base[VA-1:2] : addr_q;
    assign early_o = we_o && x_tlast_i && !run_ends;
    assign late_o = we_o && !x_tlast_i && run_ends;

    always @(posedge clk_i) begin
        if (rst_i) begin
            steps_q <= 32'd0;
            full_q <= 2'b00;
            drop_q <= 1'b1;
        end else if (start_i) begin
            drop_q <= 1'b0;
            steps_q <= steps_i;
            beat_q <= 32'd0;
            odd_q <= 1'b0;
            full_q <= 2'b00;
        end else begin
            if (read_i) full_q[read_odd_i] <= 1'b0;
            if (we_o) begin
                addr_q <= addr_o + 1'b1;
                beat_q <= ends ? 32'd0 : beat_q + 32'd1;
                if (ends) begin
                    full_q[odd_q] <= 1'b1;
                    odd_q <= !odd_q;
                    steps_q <= steps_q - 32'd1;
                end
                if (early_o) steps_q <= 32'd0;
            end
        end
    end

endmodule
`default_nettype wire
