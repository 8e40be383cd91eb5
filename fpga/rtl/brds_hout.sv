// brds_hout - gathers results into beats of four values, keeps them in a FIFO that issue has
// reserved room for, and sends them; also sends dumps. Credit is counted in values: a group takes
// what it will write before it is issued, each beat sent gives four back.
//   FIFO  beats (a power of two)       CW  bits of the credit
`default_nettype none
module brds_hout #(
    parameter FIFO = 64,
    parameter CW = $clog2(4 * FIFO) + 1,
    parameter FA = $clog2(FIFO)
) (
    input  wire          clk_i,
    input  wire          rst_i,
    input  wire          take_i,
    input  wire [CW-1:0] need_i,
    output wire [CW-1:0] credit_o,
    input  wire [3:0]    we_i,        // results, and which of four they are
    input  wire [63:0]   data_i,
    input  wire          last_i,      // of a step: the beat is full as it is
    input  wire          final_i,     // of a run
    input  wire          dump_i,      // a whole beat of a dump
    input  wire [63:0]   dump_data_i,
    input  wire          dump_last_i,
    output wire [63:0]   h_tdata_o,
    output wire [7:0]    h_tkeep_o,
    output wire          h_tlast_o,
    output wire          h_tvalid_o,
    input  wire          h_tready_i,
    output wire          sent_last_o
);
    localparam ALL = 4 * FIFO;
    reg [CW-1:0]  credit_q;
    reg [FA:0]    in_q, out_q;
    reg [47:0]    part_q;
    reg [3:0]     keep_q;
    reg [68:0]    beats [0:FIFO-1];

    wire [3:0] keep = keep_q | we_i;
    wire       push = dump_i || (we_i != 4'd0 && (we_i[3] || last_i));
    wire       pop = h_tvalid_o && h_tready_i;
    wire [63:0] whole = {we_i[3] ? data_i[63:48] : 16'd0,
                         we_i[2] ? data_i[47:32] : keep_q[2] ? part_q[47:32] : 16'd0,
                         we_i[1] ? data_i[31:16] : keep_q[1] ? part_q[31:16] : 16'd0,
                         we_i[0] ? data_i[15:0] : keep_q[0] ? part_q[15:0] : 16'd0};
    wire [68:0] beat = beats[out_q[FA-1:0]];

    assign credit_o = credit_q;
    assign h_tvalid_o = in_q != out_q;
    assign {h_tlast_o, h_tdata_o} = {beat[68], beat[63:0]};
    assign h_tkeep_o = {{2{beat[67]}}, {2{beat[66]}}, {2{beat[65]}}, {2{beat[64]}}};
    assign sent_last_o = pop && h_tlast_o;

    always @(posedge clk_i) begin
        if (push) beats[in_q[FA-1:0]] <= dump_i ? {dump_last_i, 4'b1111, dump_data_i}
                                                : {final_i, keep, whole};
        part_q <= whole[47:0];
        if (rst_i) begin
            credit_q <= ALL[CW-1:0];
            in_q <= {FA+1{1'b0}};
            out_q <= {FA+1{1'b0}};
            keep_q <= 4'd0;
        end else begin
            credit_q <= credit_q - (take_i ? need_i : {CW{1'b0}}) + (pop ? 4 : 0);
            if (push) in_q <= in_q + 1'b1;
            if (pop) out_q <= out_q + 1'b1;
            if (we_i != 4'd0) keep_q <= push ? 4'd0 : keep;
        end
    end
endmodule
`default_nettype wire
