// brds_counters - counts every cycle from the first x accepted to the last beat sent as exactly one
// of issue, gap, wait for x, wait for room, drain; the values clipped; the multipliers' activity.
//   CLIPS  values that may be clipped in one cycle
`include "brds_defs.vh"
`default_nettype none
module brds_counters #(
    parameter CLIPS = 5
) (
    input  wire             clk_i,
    input  wire             clear_i,    // a run begins
    input  wire             x_taken_i,
    input  wire             sent_last_i,
    input  wire             running_i,  // words are still to be issued
    input  wire             issue_i,
    input  wire             gap_i,
    input  wire             wait_x_i,
    input  wire             wait_h_i,
    input  wire [CLIPS-1:0] clipped_i,
    input  wire [11:0]      nonzero_i,  // 0 where they are not counted
    input  wire [16:0]      toggles_i,
    output wire [64*`BRDS_N_COUNTERS-1:0] counters_o
);
    reg [63:0] cycles_q, issue_q, gap_q, stall_x_q, stall_h_q, drain_q, clipped_q;
    reg [63:0] nonzero_q, toggles_q;
    reg        begun_q, over_q;
    wire       counts = (begun_q || x_taken_i) && !over_q;
    reg [7:0]  clips;
    integer    i;

    always @* begin
        clips = 8'd0;
        for (i = 0; i < CLIPS; i = i + 1) clips = clips + {7'd0, clipped_i[i]};
    end

    always @(posedge clk_i) begin
        if (clear_i) begin
            begun_q <= 1'b0;
            over_q <= 1'b0;
            cycles_q <= 64'd0;
            issue_q <= 64'd0;
            gap_q <= 64'd0;
            stall_x_q <= 64'd0;
            stall_h_q <= 64'd0;
            drain_q <= 64'd0;
            clipped_q <= 64'd0;
            nonzero_q <= 64'd0;
            toggles_q <= 64'd0;
        end else begin
            begun_q <= begun_q || x_taken_i;
            over_q <= over_q || sent_last_i;
            cycles_q <= cycles_q + {63'd0, counts};
            issue_q <= issue_q + {63'd0, counts && issue_i};
            gap_q <= gap_q + {63'd0, counts && gap_i};
            stall_x_q <= stall_x_q + {63'd0, counts && wait_x_i};
            stall_h_q <= stall_h_q + {63'd0, counts && wait_h_i};
            drain_q <= drain_q + {63'd0, counts && !running_i};
            clipped_q <= clipped_q + {56'd0, clips};
            nonzero_q <= nonzero_q + {52'd0, nonzero_i};
            toggles_q <= toggles_q + {47'd0, toggles_i};
        end
    end
    assign counters_o = {toggles_q, nonzero_q, clipped_q, drain_q, stall_h_q, stall_x_q, gap_q,
                         issue_q, cycles_q};
endmodule
`default_nettype wire
