#!/usr/bin/env python3
"""The one table of the accelerator's widths, offsets, formats and latencies.

    brds_defs.py vh FIXED_H OUT    Verilog: `define BRDS_* and the two activation tables as functions
    brds_defs.py h FIXED_H OUT     C: enum FPGA_* and the list of parameter sets

The knots of sigmoid and tanh come from kernels/fixed.h (FIXED_H). tests/check_fpga_defs.py holds
both outputs against each other and against that header.
"""

import pathlib
import re
import sys

# --- constants: name, value, meaning -----------------------------------------------------------
CONSTANTS = [
    ("MAGIC", 0x42524453, "register 0: 'BRDS'"),
    ("VERSION_MAJOR", 1, "another major version is another register map or load format"),
    ("VERSION_MINOR", 1, "1: with the window PIO_* and counts of activity"),
    # register offsets in bytes; CTRL to IRQ are the only ones that a write reaches while busy
    ("REG_MAGIC", 0x00, "ro"),
    ("REG_VERSION", 0x04, "ro: major << 16 | minor"),
    ("REG_CAPS_ARRAY", 0x08, "ro: U | M << 8 | E << 16 | DW << 24"),
    ("REG_CAPS_WORDS", 0x0C, "ro: words of a multiplier's weight memory"),
    ("REG_CAPS_VALUES", 0x10, "ro: values of the vector memory"),
    ("REG_CAPS_ROWS", 0x14, "ro: rows of E units in the element-wise memories"),
    ("REG_CAPS_MISC", 0x18, "ro: passes | beats of the h FIFO << 8 | peepholes << 24 | counts activity << 31"),
    ("REG_SCRATCH", 0x1C, "rw: no meaning"),
    ("REG_CTRL", 0x20, "wo: CTRL_*"),
    ("REG_STATUS", 0x24, "ro: STATUS_*"),
    ("REG_ERR", 0x28, "w1c: ERR_*"),
    ("REG_IRQ_ENABLE", 0x2C, "rw: IRQ_*"),
    ("REG_IRQ", 0x30, "w1c: IRQ_*"),
    ("REG_STEPS", 0x40, "rw: steps of the next run"),
    ("REG_X_BEATS", 0x44, "rw: beats of one x"),
    ("REG_X_BASE0", 0x48, "rw: value address of x in even steps"),
    ("REG_X_BASE1", 0x4C, "rw: and in odd ones"),
    ("REG_DUMP_ADDR", 0x50, "rw: first word of a dump"),
    ("REG_DUMP_COUNT", 0x54, "rw: words of a dump"),
    ("REG_PIO", 0x58, "rw: 1: the streams are those of the window below, their pins rest"),
    ("REG_PIO_LOW", 0x60, "wo: low half of the next beat"),
    ("REG_PIO_IMAGE", 0x64, "wo: its high half; the beat goes to the images' stream"),
    ("REG_PIO_IMAGE_LAST", 0x68, "wo: so with TLAST"),
    ("REG_PIO_X", 0x6C, "wo: to the stream of x"),
    ("REG_PIO_X_LAST", 0x70, "wo: so with TLAST"),
    ("REG_PIO_STATUS", 0x74, "ro: PIO_*; a write gives up the beat of h that is seen"),
    ("REG_PIO_H_LOW", 0x78, "ro: low half of that beat"),
    ("REG_PIO_H_HIGH", 0x7C, "ro: its high half"),
    ("REG_COUNTERS", 0x80, "ro: N_COUNTERS latched counters, low word first"),
    ("CTRL_START", 1, "begin a run"),
    ("CTRL_DUMP_R", 2, "send words of the vector memory"),
    ("CTRL_DUMP_C", 4, "send words of the cell memory"),
    ("CTRL_RESET", 8, "drop whatever runs, and x until the next start; memories and registers stay, no image is loaded"),
    ("CTRL_LATCH", 16, "copy the counters to where they are read"),
    ("PIO_FULL", 1, "the last beat was not taken yet; another one is lost with ERR_BUSY"),
    ("PIO_H", 2, "a beat of h is there"),
    ("PIO_H_LAST", 4, "it has TLAST"),
    ("STATUS_BUSY", 1, "a run or a dump"),
    ("STATUS_LOADED", 2, "the last image was complete and its CRC right"),
    ("STATUS_LOADING", 4, "in the middle of an image"),
    ("ERR_ADDRESS", 1, "a section of an image leaves its memory"),
    ("ERR_CRC", 2, "an image's CRC is wrong"),
    ("ERR_UNDERRUN", 4, "TLAST came before the end of an image or of a run's x"),
    ("ERR_OVERRUN", 8, "no TLAST at the end of an image or of a run's x"),
    ("ERR_SATURATION", 16, "a value was clipped (no failure)"),
    ("ERR_CONFIG", 32, "a start without image or steps, or a section of unknown type"),
    ("ERR_BUSY", 64, "a start, a configuration write or a beat of the window while busy"),
    ("IRQ_DONE", 1, "a run or a dump has sent its last beat"),
    ("IRQ_LOADED", 2, "an image has ended, well or not"),
    ("IRQ_ERROR", 4, "an error was latched"),
    # counters, in this order
    ("COUNT_CYCLES", 0, "from the first x accepted to the last beat of h sent"),
    ("COUNT_ISSUE", 1, "cycles that issue words to all multipliers"),
    ("COUNT_GAP", 2, "static gaps between passes"),
    ("COUNT_STALL_X", 3, "waits for x"),
    ("COUNT_STALL_H", 4, "waits for room in the h FIFO"),
    ("COUNT_DRAIN", 5, "from the last issue to the last beat of h"),
    ("COUNT_SATURATIONS", 6, "values clipped"),
    # activity, 0 in a device that does not count it: of all products of a weight that is not 0
    # (what padding reads depends on time)
    ("COUNT_NONZERO", 7, "products of which neither operand is 0"),
    ("COUNT_TOGGLES", 8, "bits of both operands that differ from the same multiplier's such product "
                         "before, from zeros for its first of a run"),
    ("N_COUNTERS", 9, ""),
    # sections of an image: a header beat {type 8, 0 24, words 32 at bit 32; then address beat}
    ("SECTION_WEIGHTS", 1, "a word: 2U*M beats of two multipliers each, low one in the low half"),
    ("SECTION_BIAS", 2, "a word: 2E beats, (I, F) and (G, O) of each unit"),
    ("SECTION_PEEPHOLE", 3, "a word: E beats, i f o in 16 bits each"),
    ("SECTION_CELL", 4, "a word: one beat of E cells"),
    ("SECTION_VECTOR", 5, "a word: one beat of 4 values"),
    ("SECTION_PASS", 6, "a word: PASS_BEATS beats"),
    ("SECTION_END", 15, "no words; the header's upper half is the CRC-32 of all beats before"),
    ("HEADER_ADDRESS_LSB", 8, "24 bits"),
    ("HEADER_COUNT_LSB", 32, "32 bits"),
    ("PASS_BEATS", 5, ""),
    ("VECTOR_WIDTH", 4, "values of a write to the vector memory, and of a stream beat"),
    ("WEIGHT_BITS", 16, ""),
    # latencies in cycles; c is the cycle in which the control unit's word register is valid
    ("LAT_READ", 2, "c + i + this: multiplier i presents the column to its vector memory"),
    ("LAT_HOLD", 7, "last c of a row + M + this: its sum is at the element-wise unit"),
    ("LAT_EW", 17, "from there to h or r in the write register's input"),
    ("LAT_WRITE", 2, "from there until a column may be presented"),
    ("LAT_CELL", 11, "least distance of two passes that share cells"),
    ("LAT_PASS", 4, "least distance of the starts of two passes"),
]

# --- fields of a pass: name, beat, lowest bit, width, meaning ------------------------------------
FIELDS = [
    ("WORD", 0, 0, 24, "first word in the weight memories"),
    ("GROUPS", 0, 24, 20, "groups of rows, each on all lanes"),
    ("KC", 0, 44, 20, "words of a group"),
    ("GAP", 1, 0, 24, "cycles from the last issue to the next pass"),
    ("ROWS", 1, 24, 20, "units of the layer, or rows of the projection"),
    ("SELECT", 1, 44, 16, "bit i: multiplier i reads the vector h, else x"),
    ("X_BASE0", 2, 0, 20, "value address of x in even steps"),
    ("X_BASE1", 2, 20, 20, "in odd ones"),
    ("H_BASE0", 2, 40, 20, "of h"),
    ("H_BASE1", 3, 0, 20, ""),
    ("OUT_BASE0", 3, 20, 20, "of what is written"),
    ("OUT_BASE1", 3, 40, 20, ""),
    ("CELL", 4, 0, 20, "first row of the element-wise memories"),
    ("SHIFT", 4, 20, 5, "of z, or of r"),
    ("C_SHIFT", 4, 25, 3, "15 - f_c"),
    ("P_SHIFT", 4, 28, 5, "of the peephole products"),
    ("PROJECT", 4, 33, 1, "a projection: no element-wise function"),
    ("OUT", 4, 34, 1, "its rows are the output"),
    ("FIRST", 4, 35, 1, "reads x of the step"),
    ("LAST", 4, 36, 1, "the last pass of a step"),
]

# --- parameter sets: units, multipliers a lane, element-wise units, column bits, words of a weight
# memory, values of the vector memory, rows of the cell memory, beats of the h FIFO, passes, whether
# activity is counted (in the sets that are for tests)
SETS = {
    "tiny": (2, 2, 1, 4, 2048, 512, 128, 16, 16, 1),
    "small": (4, 4, 2, 8, 2048, 1024, 128, 32, 16, 1),
    "wide": (4, 6, 4, 12, 2048, 1024, 128, 32, 16, 1),
    "bench": (8, 8, 1, 8, 4096, 4096, 2048, 64, 16, 0),
    "ku9p": (14, 8, 2, 8, 2048, 2560, 640, 64, 16, 0),
    "ptb": (16, 8, 2, 8, 4096, 4096, 1024, 64, 16, 0),
}
PARAMETERS = "U M E DW WORDS VALUES ROWS FIFO PASSES ACTIVITY".split()


def knots(fixed_h, name):
    """The table FIXED_<name>_TABLE of kernels/fixed.h."""
    text = pathlib.Path(fixed_h).read_text(encoding="utf-8").replace("\\\n", " ")
    body = re.search(rf"#define FIXED_{name}_TABLE\s*\{{([^}}]*)\}}", text)[1]
    return [int(v) for v in body.split(",")]


def shift_of(fixed_h, name):
    text = pathlib.Path(fixed_h).read_text(encoding="utf-8")
    return int(re.search(rf"FIXED_{name}_SHIFT = (\d+)", text)[1])


def verilog(fixed_h):
    yield "// Made by fpga/rtl/brds_defs.py; not to be edited."
    yield "`ifndef BRDS_DEFS_VH\n`define BRDS_DEFS_VH"
    for name, value, _ in CONSTANTS:
        yield f"`define BRDS_{name} {value}"
    for name, beat, lsb, width, _ in FIELDS:
        yield f"`define BRDS_PASS_{name} {64 * beat + lsb + width - 1}:{64 * beat + lsb}"
    for name in ("SIGMOID", "TANH"):
        yield f"`define BRDS_{name}_SHIFT {shift_of(fixed_h, name)}"
        table = knots(fixed_h, name)
        knot = f"{name.lower()}_knot"
        arms = "".join(f" 6'd{i}: {knot} = 16'd{v};" for i, v in enumerate(table[:-1]))
        yield (f"`define BRDS_{name}_KNOTS function [15:0] {knot}(input [5:0] i); case (i)"
               f"{arms} default: {knot} = 16'd{table[-1]}; endcase endfunction")
    yield "`endif"


def header(fixed_h):
    yield "/* Made by fpga/rtl/brds_defs.py; not to be edited. */"
    yield "#ifndef FPGA_FPGA_DEFS_H\n#define FPGA_FPGA_DEFS_H\n\nenum {"
    for name, value, about in CONSTANTS:
        yield f"    FPGA_{name} = {value}," + (f" /* {about} */" if about else "")
    yield "};\n\n/* Fields of a pass: beat, lowest bit, width. */"
    for name, beat, lsb, width, about in FIELDS:
        yield f"#define FPGA_PASS_{name} {beat}, {lsb}, {width}" + (
            f" /* {about} */" if about else "")
    yield "\n/* name, " + ", ".join(p.lower() for p in PARAMETERS) + " */"
    rows = [f'    X("{name}", {", ".join(map(str, v))})' for name, v in SETS.items()]
    yield "#define FPGA_SETS(X) \\\n" + " \\\n".join(rows)
    for name in ("SIGMOID", "TANH"):
        yield f"#define FPGA_{name}_SHIFT {shift_of(fixed_h, name)}"
        yield f"#define FPGA_{name}_KNOTS {{{', '.join(map(str, knots(fixed_h, name)))}}}"
    yield "\n#endif"


def main():
    kind, fixed_h, out = sys.argv[1:]
    lines = {"vh": verilog, "h": header}[kind](fixed_h)
    pathlib.Path(out).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
