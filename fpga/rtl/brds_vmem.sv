// brds_vmem - a multiplier's copy of the vectors: written four values at once, read one at a time.
//   VALUES  16-bit values (a multiple of 4)       VA  bits of a value's address
`default_nettype none
module brds_vmem #(
    parameter VALUES = 1024,
    parameter VA = $clog2(VALUES)
) (
    input  wire          clk_i,
    input  wire [3:0]    we_i,
    input  wire [VA-3:0] waddr_i,
    input  wire [63:0]   wdata_i,
    input  wire [VA-1:0] raddr_i,
    output reg  [15:0]   rdata_o
);
    reg [15:0] mem [0:VALUES-1];

    always @(posedge clk_i) begin
        rdata_o <= mem[raddr_i];
        // Blocking, behind the read: simulation keeps no copy of what is written.
        if (we_i[0]) mem[{waddr_i, 2'd0}] = wdata_i[15:0];
        if (we_i[1]) mem[{waddr_i, 2'd1}] = wdata_i[31:16];
        if (we_i[2]) mem[{waddr_i, 2'd2}] = wdata_i[47:32];
        if (we_i[3]) mem[{waddr_i, 2'd3}] = wdata_i[63:48];
    end

`ifndef SYNTHESIS
    integer i;
    initial for (i = 0; i < VALUES; i = i + 1) mem[i] = 16'd0;
`endif
endmodule
`default_nettype wire
