// brds_ram - simple dual-port memory: one write port, one registered read port.
// A read of the word that is written in the same cycle gives the old word.
//   WIDTH  bits of a word       DEPTH  words       AW  address bits
`default_nettype none
module brds_ram #(
    parameter WIDTH = 16,
    parameter DEPTH = 1024,
    parameter AW = $clog2(DEPTH)
) (
    input  wire             clk_i,
    input  wire             we_i,
    input  wire [AW-1:0]    waddr_i,
    input  wire [WIDTH-1:0] wdata_i,
    input  wire [AW-1:0]    raddr_i,
    output reg  [WIDTH-1:0] rdata_o
);
    reg [WIDTH-1:0] mem [0:DEPTH-1];

    always @(posedge clk_i) begin
        rdata_o <= mem[raddr_i];
        if (we_i) mem[waddr_i] = wdata_i;  // blocking, behind the read: simulation keeps no copy
    end

`ifndef SYNTHESIS
    // Block memory is zero after configuration; so it is here, or 0 * X would spread in four states.
    integer i;
    initial for (i = 0; i < DEPTH; i = i + 1) mem[i] = {WIDTH{1'b0}};
`endif
endmodule
`default_nettype wire
