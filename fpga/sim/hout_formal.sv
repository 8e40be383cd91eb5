// hout_formal - the h FIFO under any pushes that keep to its credit and any readiness of the host:
// credit and contents always add up, nothing is lost, doubled or overwritten, and a beat that waits
// does not change. Beats are whole and numbered; a dump's path is the results' path behind them.
`default_nettype none
module hout_formal (
    input wire clk_i,
    input wire push_i,   // free: a beat's room is taken and the beat pushed in one cycle
    input wire ready_i   // free
);
    localparam FIFO = 4;
    reg         rst_q = 1'b1;
    reg [7:0]   in_q = 8'd0, out_q = 8'd0;
    wire [4:0]  credit;
    wire        push = push_i && credit >= 5'd4 && !rst_q;
    wire [63:0] data;
    wire        valid, last, sent;
    wire [7:0]  keep;

    brds_hout #(.FIFO(FIFO)) u_hout (
        .clk_i(clk_i), .rst_i(rst_q), .take_i(push), .need_i(5'd4), .credit_o(credit),
        .we_i({4{push}}), .data_i({56'd0, in_q}), .last_i(1'b0), .final_i(in_q[0]),
        .dump_i(1'b0), .dump_data_i(64'd0), .dump_last_i(1'b0),
        .h_tdata_o(data), .h_tkeep_o(keep), .h_tlast_o(last), .h_tvalid_o(valid),
        .h_tready_i(ready_i), .sent_last_o(sent)
    );

    reg        waits_q = 1'b0;
    reg [63:0] waiting_q;
    wire [7:0] held = in_q - out_q;
    always @(posedge clk_i) begin
        rst_q <= 1'b0;
        if (!rst_q) begin
            in_q <= in_q + {7'd0, push};
            out_q <= out_q + {7'd0, valid && ready_i};
            assert (held <= FIFO);
            assert (valid == (held != 8'd0));
            assert ({3'd0, credit} + 4 * held == 4 * FIFO);
            if (valid) begin
                assert (data == {56'd0, out_q});
                assert (last == out_q[0]);
                assert (keep == 8'hff);
            end
            if (waits_q) assert (valid && data == waiting_q);
            assert (sent == (valid && ready_i && last));
        end
        waits_q <= !rst_q && valid && !ready_i;
        waiting_q <= data;
    end
endmodule
`default_nettype wire
