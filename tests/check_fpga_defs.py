"""The generated definitions of the accelerator: Verilog and C hold the same, and kernels/fixed.h's.

    check_fpga_defs.py BRDS_DEFS_VH FPGA_DEFS_H FIXED_H
"""

import re
import sys


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def knots_of_verilog(text, name):
    body = re.search(rf"`define BRDS_{name}_KNOTS (.*)", text)[1]
    arms = {int(i): int(v) for i, v in re.findall(r"6'd(\d+): \w+ = 16'd(\d+);", body)}
    last = int(re.search(r"default: \w+ = 16'd(\d+);", body)[1])
    return [arms[i] for i in range(len(arms))] + [last]


def numbers(text):
    return [int(v) for v in re.findall(r"-?\d+", text)]


def knots_of_c(text, name):
    return numbers(re.search(rf"#define FPGA_{name}_KNOTS \{{([^}}]*)", text)[1])


def knots_of_fixed(text, name):
    joined = text.replace("\\\n", " ")
    return numbers(re.search(rf"#define FIXED_{name}_TABLE\s*\{{([^}}]*)", joined)[1])


def shifts(vh, c, fixed, name):
    return [int(re.search(pattern, text)[1]) for pattern, text in (
        (rf"`define BRDS_{name}_SHIFT (\d+)", vh), (rf"#define FPGA_{name}_SHIFT (\d+)", c),
        (rf"FIXED_{name}_SHIFT = (\d+)", fixed))]


def fields_of_verilog(text):
    for name, high, low in re.findall(r"`define BRDS_PASS_(\w+) (\d+):(\d+)", text):
        yield name, int(low), int(high) - int(low) + 1


def fields_of_c(text):
    for name, beat, lsb, width in re.findall(
            r"#define FPGA_PASS_(\w+) (\d+), (\d+), (\d+)", text):
        yield name, 64 * int(beat) + int(lsb), int(width)


def faults(vh, c, fixed):
    in_vh = dict(re.findall(r"`define BRDS_(\w+) (\d+)$", vh, re.MULTILINE))
    in_c = dict(re.findall(r"^    FPGA_(\w+) = (\d+),", c, re.MULTILINE))
    for name in ("SIGMOID", "TANH"):
        in_vh.pop(f"{name}_SHIFT")
        tables = [knots_of_verilog(vh, name), knots_of_c(c, name), knots_of_fixed(fixed, name)]
        if len(tables[0]) != 33 or tables[1:] != tables[:-1]:
            yield f"{name}: the tables differ: {tables}"
        if len(set(shifts(vh, c, fixed, name))) != 1:
            yield f"{name}: the shifts differ: {shifts(vh, c, fixed, name)}"
    if in_vh != in_c or len(in_c) < 40:
        yield f"constants differ: {set(in_vh.items()) ^ set(in_c.items())} of {len(in_c)}"
    fields = list(fields_of_verilog(vh))
    if fields != list(fields_of_c(c)) or len(fields) < 20:
        yield "the fields of a pass differ"
    used = set()
    for name, lsb, width in fields:
        bits = set(range(lsb, lsb + width))
        if bits & used or lsb // 64 != (lsb + width - 1) // 64:
            yield f"field {name} overlaps another or a beat's end"
        used |= bits
    offsets = sorted(int(v) for k, v in in_c.items() if k.startswith("REG_"))
    if len(set(offsets)) != len(offsets) or any(v % 4 for v in offsets):
        yield "two registers share an offset, or one is not a multiple of 4"


def main():
    texts = [read(path) for path in sys.argv[1:]]
    found = list(faults(*texts))
    # Each kind of difference is seen at all.
    vh, c, fixed = texts
    spoiled = [
        (vh.replace("16'd18425", "16'd18426"), c, fixed),
        (vh, c, fixed.replace("8040", "8041")),
        (vh, c.replace("FPGA_REG_ERR = 40", "FPGA_REG_ERR = 44"), fixed),
        (vh, c.replace("FPGA_PASS_KC 0, 44, 20", "FPGA_PASS_KC 0, 43, 20"), fixed),
        (vh.replace("TANH_SHIFT 8", "TANH_SHIFT 9"), c, fixed),
    ]
    for i, each in enumerate(spoiled):
        if list(each) == texts or not list(faults(*each)):
            found.append(f"spoiled definitions {i} were not noticed")
    print(*found, f"{len(found)} faults", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
