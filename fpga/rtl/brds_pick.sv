// brds_pick - one of up to 32 words by its number, 0 for a number beyond: a tree by the number's
// bits, which maps to wide multiplexers.
//   N  words        WIDTH  bits of a word
`default_nettype none
module brds_pick #(
    parameter N = 8,
    parameter WIDTH = 32
) (
    input  wire [N*WIDTH-1:0] words_i,
    input  wire [4:0]         number_i,
    output wire [WIDTH-1:0]   word_o
);
    wire [32*WIDTH-1:0] of_32;
    wire [16*WIDTH-1:0] of_16;
    wire [8*WIDTH-1:0]  of_8;
    wire [4*WIDTH-1:0]  of_4;
    wire [2*WIDTH-1:0]  of_2;

    genvar i;
    generate
        for (i = 0; i < 32; i = i + 1) begin : g_32
            if (i < N) assign of_32[i*WIDTH +: WIDTH] = words_i[i*WIDTH +: WIDTH];
            else assign of_32[i*WIDTH +: WIDTH] = {WIDTH{1'b0}};
        end
        for (i = 0; i < 16; i = i + 1) begin : g_16
            assign of_16[i*WIDTH +: WIDTH] = number_i[0] ? of_32[(2*i+1)*WIDTH +: WIDTH]
                                                         : of_32[2*i*WIDTH +: WIDTH];
        end
        for (i = 0; i < 8; i = i + 1) begin : g_8
            assign of_8[i*WIDTH +: WIDTH] = number_i[1] ? of_16[(2*i+1)*WIDTH +: WIDTH]
                                                        : of_16[2*i*WIDTH +: WIDTH];
        end
        for (i = 0; i < 4; i = i + 1) begin : g_4
            assign of_4[i*WIDTH +: WIDTH] = number_i[2] ? of_8[(2*i+1)*WIDTH +: WIDTH]
                                                        : of_8[2*i*WIDTH +: WIDTH];
        end
        for (i = 0; i < 2; i = i + 1) begin : g_2
            assign of_2[i*WIDTH +: WIDTH] = number_i[3] ? of_4[(2*i+1)*WIDTH +: WIDTH]
                                                        : of_4[2*i*WIDTH +: WIDTH];
        end
    endgenerate
    assign word_o = number_i[4] ? of_2[WIDTH +: WIDTH] : of_2[0 +: WIDTH];
endmodule
`default_nettype wire
