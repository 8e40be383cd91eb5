// replay_tb - replays recorded cycles of the whole accelerator in four states: inputs from a file,
// outputs compared with those recorded. A line a cycle, all in hex (fpga/sim/fpga_sim.c):
//   rst awaddr awvalid wdata wvalid bready araddr arvalid rready ld_tdata ld_tvalid ld_tlast x_tdata
//   x_tvalid x_tlast h_tready | awready bvalid arready rvalid rdata irq ld_tready x_tready h_tvalid
//   h_tlast h_tdata
// Ends with "replay: N cycles, M wrong". An output that is not defined is wrong.
`default_nettype none
module replay_tb #(
    parameter U = 2,
    parameter M = 2,
    parameter E = 1,
    parameter DW = 4,
    parameter WORDS = 2048,
    parameter VALUES = 512,
    parameter ROWS = 128,
    parameter FIFO = 16,
    parameter PASSES = 16,
    parameter ACTIVITY = 0
);
    reg         clk = 1'b0, rst_n;
    reg  [7:0]  awaddr, araddr;
    reg         awvalid, wvalid, bready, arvalid, rready;
    reg  [31:0] wdata;
    reg  [63:0] ld_tdata, x_tdata;
    reg         ld_tvalid, ld_tlast, x_tvalid, x_tlast, h_tready;
    wire        awready, wready, bvalid, arready, rvalid, irq, ld_tready, x_tready;
    wire        h_tvalid, h_tlast;
    wire [31:0] rdata;
    wire [63:0] h_tdata;
    wire [7:0]  h_tkeep;
    wire [1:0]  bresp, rresp;

    brds_top #(
        .U(U), .M(M), .E(E), .DW(DW), .WORDS(WORDS), .VALUES(VALUES), .ROWS(ROWS),
        .FIFO(FIFO), .PASSES(PASSES), .ACTIVITY(ACTIVITY)
    ) u_top (
        .clk_i(clk), .rst_ni(rst_n),
        .s_awaddr_i(awaddr), .s_awvalid_i(awvalid), .s_awready_o(awready), .s_wdata_i(wdata),
        .s_wvalid_i(wvalid), .s_wready_o(wready), .s_bresp_o(bresp), .s_bvalid_o(bvalid),
        .s_bready_i(bready), .s_araddr_i(araddr), .s_arvalid_i(arvalid), .s_arready_o(arready),
        .s_rdata_o(rdata), .s_rresp_o(rresp), .s_rvalid_o(rvalid), .s_rready_i(rready),
        .ld_tdata_i(ld_tdata), .ld_tvalid_i(ld_tvalid), .ld_tlast_i(ld_tlast),
        .ld_tready_o(ld_tready),
        .x_tdata_i(x_tdata), .x_tvalid_i(x_tvalid), .x_tlast_i(x_tlast), .x_tready_o(x_tready),
        .h_tdata_o(h_tdata), .h_tkeep_o(h_tkeep), .h_tlast_o(h_tlast), .h_tvalid_o(h_tvalid),
        .h_tready_i(h_tready), .irq_o(irq)
    );

    reg         e_awready, e_bvalid, e_arready, e_rvalid, e_irq, e_ld, e_x, e_h, e_last;
    reg  [31:0] e_rdata;
    reg  [63:0] e_data;
    integer     file, got, n, wrong;
    reg         differs;
    initial begin
        n = 0;
        wrong = 0;
        file = $fopen("replay.txt", "r");
        if (file == 0) $fatal(1, "no replay.txt");
        got = 27;
        while (got == 27) begin
            got = $fscanf(file, "%h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h\n",
                rst_n, awaddr, awvalid, wdata, wvalid, bready, araddr, arvalid, rready, ld_tdata,
                ld_tvalid, ld_tlast, x_tdata, x_tvalid, x_tlast, h_tready, e_awready, e_bvalid,
                e_arready, e_rvalid, e_rdata, e_irq, e_ld, e_x, e_h, e_last, e_data);
            #1;
            if (got == 27 && n >= 6) begin
                differs = {awready, bvalid, arready, rvalid, irq, ld_tready, x_tready, h_tvalid}
                          !== {e_awready, e_bvalid, e_arready, e_rvalid, e_irq, e_ld, e_x, e_h};
                if (e_rvalid && rdata !== e_rdata) differs = 1'b1;
                if (e_h && {h_tlast, h_tdata} !== {e_last, e_data}) differs = 1'b1;
                if (differs) wrong = wrong + 1;
            end
            if (got == 27) n = n + 1;
            clk = 1'b1;
            #1 clk = 1'b0;
        end
        $display("replay: %0d cycles, %0d wrong", n, wrong);
        $finish;
    end
endmodule
`default_nettype wire
