// brds_crc32 - CRC-32 of IEEE 802.3 (as zlib's crc32) over 64-bit beats, low byte first.
`default_nettype none
module brds_crc32 (
    input  wire        clk_i,
    input  wire        clear_i,
    input  wire        add_i,
    input  wire [63:0] data_i,
    output wire [31:0] crc_o     // of what was added up to the cycle before
);
    reg [31:0] state_q;

    function [31:0] next(input [31:0] state, input [63:0] data);
        integer i;
        begin
            next = state;
            for (i = 0; i < 64; i = i + 1)
                next = {1'b0, next[31:1]} ^ ({32{next[0] ^ data[i]}} & 32'hedb88320);
        end
    endfunction

    assign crc_o = ~state_q;
    always @(posedge clk_i)
        if (clear_i) state_q <= 32'hffffffff;
        else if (add_i) state_q <= next(state_q, data_i);
endmodule
`default_nettype wire
