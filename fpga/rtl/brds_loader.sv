// brds_loader - takes an image from its stream: sections for every memory, ended by a CRC. A
// section that leaves its memory is swallowed; an image with any fault does not count as loaded.
//   U, M, E         units, multipliers a lane, element-wise units
//   WORDS, VALUES, ROWS, PASSES   sizes of the memories; LW bits of a lane's number
`include "brds_defs.vh"
`default_nettype none
module brds_loader #(
    parameter U = 8,
    parameter M = 8,
    parameter E = 1,
    parameter WORDS = 1024,
    parameter VALUES = 1024,
    parameter ROWS = 1024,
    parameter PASSES = 16,
    parameter LW = $clog2(4 * U)
) (
    input  wire          clk_i,
    input  wire          rst_i,
    input  wire          enable_i,     // not while a run reads the memories
    input  wire [63:0]   ld_tdata_i,
    input  wire          ld_tvalid_i,
    input  wire          ld_tlast_i,
    output wire          ld_tready_o,
    // one beat for a memory, a cycle after it was taken
    output reg           weights_o,
    output reg           bias_o,
    output reg           peephole_o,
    output reg           cell_o,
    output reg           vector_o,
    output reg           pass_o,
    output reg  [23:0]   addr_o,       // word
    output reg  [LW-1:0] lane_o,       // weights
    output reg  [2:0]    pair_o,
    output reg  [3:0]    beat_o,       // of a word of bias, peephole, pass
    output reg  [63:0]   data_o,
    output reg           loaded_o,
    output wire          loading_o,
    output reg           ended_o,      // pulses
    output reg           bad_address_o,
    output reg           bad_crc_o,
    output reg           early_o,
    output reg           late_o,
    output reg           bad_type_o
);
    localparam HEADER = 2'd0, PAYLOAD = 2'd1, DROP = 2'd2;

    reg [1:0]    state_q;
    reg          begun_q, fault_q, skip_q;
    reg [7:0]    type_q;
    reg [23:0]   addr_q;
    reg [31:0]   count_q;
    reg [3:0]    beat_q;
    reg [LW-1:0] lane_q;
    reg [2:0]    pair_q;
    wire [31:0]  crc;

    wire       take = ld_tready_o && ld_tvalid_i;
    wire       header = take && state_q == HEADER;
    wire       payload = take && state_q == PAYLOAD;
    wire [7:0]  type_d = ld_tdata_i[7:0];
    wire [23:0] addr_d = ld_tdata_i[`BRDS_HEADER_ADDRESS_LSB +: 24];
    wire [31:0] count_d = ld_tdata_i[`BRDS_HEADER_COUNT_LSB +: 32];
    wire       end_d = header && type_d == `BRDS_SECTION_END;
    wire       known = type_d >= `BRDS_SECTION_WEIGHTS && type_d <= `BRDS_SECTION_PASS;
    wire [32:0] behind = {9'd0, addr_d} + {1'b0, count_d};
    wire [31:0] size = type_d == `BRDS_SECTION_WEIGHTS ? WORDS
                     : type_d == `BRDS_SECTION_VECTOR ? VALUES / 4
                     : type_d == `BRDS_SECTION_PASS ? PASSES : ROWS;
    wire       outside = behind > {1'b0, size};

    // Beats of a word.
    wire [3:0] beats = type_q == `BRDS_SECTION_BIAS ? 4'd2 * E[3:0]
                     : type_q == `BRDS_SECTION_PEEPHOLE ? E[3:0]
                     : type_q == `BRDS_SECTION_PASS ? 4'd`BRDS_PASS_BEATS : 4'd1;
    localparam PAIRS = M / 2, LANES = 4 * U;
    wire       pair_ends = pair_q == PAIRS[2:0] - 3'd1;
    wire       lane_ends = {1'b0, lane_q} == LANES[LW:0] - 1'b1;
    wire       word_ends = type_q == `BRDS_SECTION_WEIGHTS ? pair_ends && lane_ends
                                                           : beat_q == beats - 4'd1;
    wire       section_ends = word_ends && count_q == 32'd1;

    wire early = take && ld_tlast_i && !end_d && state_q != DROP;
    wire late = end_d && !ld_tlast_i;
    wire wrong_crc = end_d && count_d != crc;
    wire bad_type = header && !end_d && !known;
    wire bad_address = header && known && outside;
    wire fault = early || late || wrong_crc || bad_type || bad_address;

    brds_crc32 u_crc (
        .clk_i, .clear_i(rst_i || (take && ld_tlast_i)), .add_i(take), .data_i(ld_tdata_i),
        .crc_o(crc)
    );

    assign ld_tready_o = enable_i;
    assign loading_o = begun_q;

    always @(posedge clk_i) begin
        weights_o <= payload && !skip_q && type_q == `BRDS_SECTION_WEIGHTS;
        bias_o <= payload && !skip_q && type_q == `BRDS_SECTION_BIAS;
        peephole_o <= payload && !skip_q && type_q == `BRDS_SECTION_PEEPHOLE;
        cell_o <= payload && !skip_q && type_q == `BRDS_SECTION_CELL;
        vector_o <= payload && !skip_q && type_q == `BRDS_SECTION_VECTOR;
        pass_o <= payload && !skip_q && type_q == `BRDS_SECTION_PASS;
        addr_o <= addr_q;
        lane_o <= lane_q;
        pair_o <= pair_q;
        beat_o <= beat_q;
        data_o <= ld_tdata_i;
        bad_address_o <= !rst_i && bad_address;
        bad_crc_o <= !rst_i && wrong_crc;
        early_o <= !rst_i && early;
        late_o <= !rst_i && late;
        bad_type_o <= !rst_i && bad_type;
        ended_o <= !rst_i && take && ld_tlast_i;
        if (rst_i) begin
            state_q <= HEADER;
            begun_q <= 1'b0;
            fault_q <= 1'b0;
            loaded_o <= 1'b0;
        end else if (take) begin
            begun_q <= !ld_tlast_i;
            fault_q <= !ld_tlast_i && (fault_q || fault);
            loaded_o <= ld_tlast_i && end_d && !fault && !fault_q;
            case (state_q)
            HEADER: begin
                type_q <= type_d;
                addr_q <= addr_d;
                count_q <= count_d;
                beat_q <= 4'd0;
                lane_q <= {LW{1'b0}};
                pair_q <= 3'd0;
                skip_q <= outside;
                if (end_d || bad_type) state_q <= DROP;
                else if (count_d != 32'd0) state_q <= PAYLOAD;
            end
            PAYLOAD: begin
                pair_q <= pair_ends ? 3'd0 : pair_q + 3'd1;
                if (pair_ends) lane_q <= lane_ends ? {LW{1'b0}} : lane_q + 1'b1;
                beat_q <= word_ends ? 4'd0 : beat_q + 4'd1;
                if (word_ends) begin
                    addr_q <= addr_q + 24'd1;
                    count_q <= count_q - 32'd1;
                end
                if (section_ends) state_q <= HEADER;
            end
            default: state_q <= DROP;
            endcase
            if (ld_tlast_i) state_q <= HEADER;
        end
    end
endmodule
`default_nettype wire
