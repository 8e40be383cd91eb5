#!/usr/bin/env python3
"""Counts what Yosys makes of every parameter set, and writes a CSV.

    resources.py BRDS_DEFS_VH OUT.csv [SET[:FAMILY]...]

A row a set, family (xc7, xcup) and scope (top, or one lane). What it is: synthesis counts of Yosys,
not placed, not routed, no timing. xc7 is the meaningful family: Yosys packs accumulators and operand
registers into DSP48E1 there, not into the DSP48E2 of xcup, whose LUT and FF counts are several times
too high. bram36 counts a RAMB18 as a half. lut_levels: the most LUTs on a path between registers,
memories and DSPs, carry chains not counted (depth.py; yosys ltp does not stop at mapped registers). fits: by count, on an XCKU9P (274,080 LUT, 548,160 FF, 2,520 DSP, 912
BRAM36; from memory, not verified). Counters of the multipliers' activity are left out of every set.
"""

import csv
import importlib.util
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import depth  # beside this file

HERE = pathlib.Path(__file__).resolve().parent
XCKU9P = {"lut": 274080, "ff": 548160, "dsp": 2520, "bram36": 912}
LUTRAM = {"RAM32M": 4, "RAM64M": 4, "RAM32X1D": 2, "RAM64X1D": 2, "RAM128X1D": 4, "RAM32M16": 8,
          "RAM64M8": 8, "SRL16E": 1, "SRLC32E": 1}
COLUMNS = ["set", "family", "scope", "macs", "lut", "ff", "dsp", "bram36", "lut_a_mac", "ff_a_mac",
           "lut_levels", "fits", "yosys", "command"]


def definitions():
    spec = importlib.util.spec_from_file_location("brds_defs", HERE.parent / "rtl/brds_defs.py")
    defs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(defs)
    return defs


def count(cells):
    def of(pattern):
        return sum(n for name, n in cells.items() if re.fullmatch(pattern, name))
    lutram = sum(n * LUTRAM[name] for name, n in cells.items() if name in LUTRAM)
    return {"lut": of(r"LUT[1-6]|INV") + lutram, "ff": of(r"FD[A-Z]+"), "dsp": of(r"DSP48E[12]"),
            "bram36": of(r"RAMB36E[12]") + of(r"RAMB18E[12]") / 2}


def synthesize(defs_vh, family, top, values):
    rtl = " ".join(map(str, sorted((HERE.parent / "rtl").glob("*.sv"))))
    chparam = " ".join(f"-set {k} {v}" for k, v in values.items())
    with tempfile.TemporaryDirectory() as scratch:
        script = (f"read_verilog -sv -I{defs_vh.parent} {rtl}; chparam {chparam} {top}; "
                  f"synth_xilinx -family {family} -noiopad -noclkbuf -top {top}; "
                  f"tee -o {scratch}/stat.json stat -json; flatten; write_json {scratch}/net.json")
        subprocess.run(["yosys", "-q", "-p", script], check=True, capture_output=True)
        # Yosys 0.23 puts its tree of modules into the JSON as plain text; the whole design is last.
        stat = pathlib.Path(scratch, "stat.json").read_text(encoding="utf-8")
        cells = json.loads(re.findall(r'"num_cells_by_type":\s*(\{[^}]*\})', stat)[-1])
        netlist = json.loads(pathlib.Path(scratch, "net.json").read_text(encoding="utf-8"))
    return dict(count(cells), lut_levels=depth.depth(netlist))


def main():
    defs_vh, out = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    defs = definitions()
    version = subprocess.run(["yosys", "-V"], capture_output=True, text=True,
                             check=True).stdout.split()[1]
    with open(out, "w", encoding="utf-8", newline="") as f:
        writer = csv.DictWriter(f, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for wanted in sys.argv[3:] or defs.SETS:
            name, _, only = wanted.partition(":")
            values = dict(zip(defs.PARAMETERS, defs.SETS[name]), ACTIVITY=0)
            lane = {k: values[k] for k in ("M", "DW", "WORDS", "VALUES")}
            for family in [only] if only else ["xc7", "xcup"]:
                for top, given in (("brds_lane", lane), ("brds_top", values)):
                    n = synthesize(defs_vh, family, top, given)
                    macs = values["M"] * (1 if top == "brds_lane" else 4 * values["U"])
                    fits = top == "brds_top" and all(n[k] <= XCKU9P[k] for k in XCKU9P)
                    writer.writerow({
                        "set": name, "family": family, "scope": top[5:], "macs": macs, **n,
                        "lut_a_mac": f"{n['lut'] / macs:.4g}", "ff_a_mac": f"{n['ff'] / macs:.4g}",
                        "fits": ("yes" if fits else "no") if top == "brds_top"
                        else "", "yosys": version,
                        "command": f"fpga/syn/resources.py build/fpga/brds_defs.vh OUT.csv {wanted}"})
                    f.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
