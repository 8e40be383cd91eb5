// pwl_tb - all 2^16 inputs through both activation units, against a file of 2^16 lines
// "sigmoid tanh" in hex, in the order of z = 0..65535. Ends with "pwl: N wrong".
`default_nettype none
module pwl_tb;
    reg         clk = 1'b0;
    reg  [15:0] z = 16'd0;
    wire [15:0] sigmoid, tanh;
    reg  [15:0] want_sigmoid, want_tanh;
    integer     file, n, wrong;

    brds_pwl #(.TANH(0)) u_sigmoid (.clk_i(clk), .z_i(z), .y_o(sigmoid));
    brds_pwl #(.TANH(1)) u_tanh (.clk_i(clk), .z_i(z), .y_o(tanh));

    always #1 clk = !clk;
    initial begin
        wrong = 0;
        file = $fopen("pwl.txt", "r");
        if (file == 0) $fatal(1, "no pwl.txt");
        // The unit is a pipeline of three: input n is there when input n + 3 is put in.
        for (n = 0; n < 65536 + 3; n = n + 1) begin
            @(negedge clk);
            if (n >= 3) begin
                if ($fscanf(file, "%h %h\n", want_sigmoid, want_tanh) != 2)
                    $fatal(1, "pwl.txt is short");
                if (sigmoid !== want_sigmoid || tanh !== want_tanh) wrong = wrong + 1;
            end
            z = n[15:0];
        end
        $display("pwl: %0d wrong", wrong);
        $finish;
    end
endmodule
`default_nettype wire
