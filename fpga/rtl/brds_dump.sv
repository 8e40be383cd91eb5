// brds_dump - reads words of the vector or cell memory into the h FIFO, as fast as it has room.
//   VA, CW  bits of an address of words, of the FIFO's credit
`default_nettype none
module brds_dump #(
    parameter VA = 10,
    parameter CW = 9
) (
    input  wire          clk_i,
    input  wire          rst_i,
    input  wire          start_i,
    input  wire [31:0]   addr_i,
    input  wire [31:0]   count_i,
    input  wire [CW-1:0] credit_i,
    output wire          take_o,      // room for one beat; its word is read in this cycle
    output reg  [VA-1:0] addr_o,
    output reg           push_o,      // the word read in the cycle before
    output reg           last_o
);
    reg [31:0] left_q;

    assign take_o = left_q != 32'd0 && credit_i >= 4;

    always @(posedge clk_i) begin
        push_o <= take_o && !rst_i;
        last_o <= left_q == 32'd1;
        if (rst_i) begin
            left_q <= 32'd0;
        end else if (start_i) begin
            left_q <= count_i;
            addr_o <= addr_i[VA-1:0];
        end else if (take_o) begin
            left_q <= left_q - 32'd1;
            addr_o <= addr_o + 1'b1;
        end
    end
endmodule
`default_nettype wire
