// brds_pio - the streams through the registers, where no DMA exists: one beat to the accelerator waits
// here until its stream takes it, one beat of h at a time is seen and then given up.
`default_nettype none
module brds_pio (
    input  wire        clk_i,
    input  wire        rst_i,
    input  wire [31:0] wdata_i,
    input  wire        low_i,          // pulses: wdata is the low half of the next beat
    input  wire        send_i,         // wdata is its high half, and it is complete
    input  wire        to_x_i,         // with send: for the stream of x, else of images
    input  wire        last_i,         // with send: TLAST
    output wire        overrun_o,      // a beat was sent before the last one was taken: it is lost
    output wire        full_o,
    output wire [63:0] data_o,
    output reg         last_o,
    output wire        image_valid_o,
    input  wire        image_ready_i,
    output wire        x_valid_o,
    input  wire        x_ready_i
);
    reg        full_q, to_x_q;
    reg [31:0] low_q, high_q, next_q;

    assign full_o = full_q;
    assign data_o = {high_q, low_q};
    assign image_valid_o = full_q && !to_x_q;
    assign x_valid_o = full_q && to_x_q;
    assign overrun_o = send_i && full_q;
    wire taken = full_q && (to_x_q ? x_ready_i : image_ready_i);

    always @(posedge clk_i) begin
        if (low_i) next_q <= wdata_i;
        if (rst_i) full_q <= 1'b0;
        else if (send_i && !full_q) full_q <= 1'b1;
        else if (taken) full_q <= 1'b0;
        if (send_i && !full_q) begin
            low_q <= next_q;
            high_q <= wdata_i;
            to_x_q <= to_x_i;
            last_o <= last_i;
        end
    end
endmodule
`default_nettype wire
