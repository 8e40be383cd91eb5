// xload_formal - the two banks of x under any arrival of beats, any use of the memories' port, any
// reading of a bank that is full, and TLAST anywhere: each step's beats are in its bank, in order,
// as long as the bank counts as full; nothing is lost, doubled, overwritten or taken beyond the run.
`default_nettype none
module xload_formal (
    input wire clk_i,
    input wire valid_i,  // all free
    input wire last_i,
    input wire port_used_i,
    input wire read_i
);
    localparam BEATS = 2, STEPS = 3;
    reg         rst_q = 1'b1, start_q = 1'b0, running_q = 1'b0, cut_q = 1'b0;
    reg  [7:0]  taken_q = 8'd0, steps_read_q = 8'd0;
    reg  [7:0]  bank [0:7];  // what lies at which address: bank 0 from 0 on, bank 1 from 4 on
    wire [1:0]  full;
    wire        ready, we, early, late;
    wire [2:0]  addr;
    wire        odd = steps_read_q[0];
    wire        read = read_i && full[odd] && running_q;

    brds_xload #(.VA(5)) u_xload (
        .clk_i(clk_i), .rst_i(rst_q), .start_i(start_q), .steps_i(STEPS), .beats_i(BEATS),
        .base0_i(5'd0), .base1_i(5'd16), .port_used_i(port_used_i), .read_i(read),
        .read_odd_i(odd), .full_o(full), .x_tvalid_i(valid_i), .x_tlast_i(last_i),
        .x_tready_o(ready), .we_o(we), .addr_o(addr), .early_o(early), .late_o(late)
    );

    wire [7:0] first = BEATS * steps_read_q;  // beats that the bank to read next must hold
    wire [2:0] at = odd ? 3'd4 : 3'd0, then = odd ? 3'd0 : 3'd4;
    wire       ends = taken_q == BEATS * STEPS - 1;
    always @(posedge clk_i) begin
        rst_q <= 1'b0;
        start_q <= rst_q;
        if (start_q) running_q <= 1'b1;
        if (we && running_q) begin  // what a reset finds on the stream is dropped
            bank[addr] <= taken_q;
            taken_q <= taken_q + 8'd1;
            if (last_i) cut_q <= 1'b1;
        end
        if (read) steps_read_q <= steps_read_q + 8'd1;
        if (rst_q) assert (!running_q);
        else if (!running_q) assert (!we && full == 2'b00);
        else begin
            assert (we == (valid_i && ready));
            assert (!ready || !port_used_i);
            assert (taken_q <= BEATS * STEPS && taken_q <= BEATS * (steps_read_q + 8'd2));
            assert (full[odd] == (taken_q >= first + BEATS));
            assert (full[!odd] == (taken_q >= first + 2 * BEATS));
            if (full[odd]) assert (bank[at] == first && bank[at + 3'd1] == first + 8'd1);
            if (full[!odd]) assert (bank[then] == first + 8'd2 && bank[then + 3'd1] == first + 8'd3);
            assert (early == (we && last_i && !ends));
            assert (late == (we && !last_i && ends));
            assert (!cut_q || !ready);
            // It takes what there is room for.
            if (!cut_q && taken_q < BEATS * STEPS && taken_q < BEATS * (steps_read_q + 8'd2))
                assert (ready == !port_used_i);
        end
    end
endmodule
`default_nettype wire
