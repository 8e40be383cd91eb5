"""The RTL under the tools that are not linked into the build.

    check_fpga_rtl.py lint|pwl|replay|formal FPGA_FOLDER BRDS_DEFS_VH FIXED_H [RECORD_FPGA]

lint: Verilator, Icarus and Yosys accept every parameter set without a warning (waivers and their
reasons: fpga/sim/lint.vlt). pwl: all 2^16 inputs of both activation units under Icarus, against the
definition in Python. replay: cycles recorded from the verilated RTL, again in four states. formal:
bounded proofs by yosys-smtbmc and z3. A missing tool is a skip (77).
"""

import importlib.util
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIP = 77


def need(*tools):
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        print(f"skipped: {' '.join(missing)} not installed")
        sys.exit(SKIP)


def run(command, cwd=None):
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True,
                          check=False)
    return done.returncode, done.stdout + done.stderr


def parameter_sets(folder):
    spec = importlib.util.spec_from_file_location("brds_defs", folder / "rtl/brds_defs.py")
    defs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(defs)
    return {name: dict(zip(defs.PARAMETERS, values)) for name, values in defs.SETS.items()}


def lint(folder, defs_vh, _fixed_h, _record):
    need("verilator", "iverilog", "yosys")
    rtl = sorted((folder / "rtl").glob("*.sv"))
    sets = parameter_sets(folder)
    sets["e4"] = dict(sets["small"], E=4)
    sets["bare"] = dict(sets["tiny"], PEEPHOLES=0)
    for name, values in sets.items():
        code, text = run(["verilator", "--lint-only", "-Wall", f"-I{defs_vh.parent}",
                          "--top-module", "brds_top", *(f"-G{k}={v}" for k, v in values.items()),
                          folder / "sim/lint.vlt", *rtl])
        if code or text.strip():
            yield f"verilator, set {name}: {text}"
        code, text = run(["iverilog", "-g2012", "-Wall", f"-I{defs_vh.parent}", "-o", "/dev/null",
                          "-s", "brds_top", *(f"-Pbrds_top.{k}={v}" for k, v in values.items()),
                          *rtl])
        if code or text.strip():
            yield f"iverilog, set {name}: {text}"
    chparam = " ".join(f"-set {k} {v}" for k, v in sets["tiny"].items())
    script = (f"read_verilog -sv -I{defs_vh.parent} {' '.join(map(str, rtl))}; "
              f"chparam {chparam} brds_top; hierarchy -check -top brds_top; proc; check -assert")
    code, text = run(["yosys", "-q", "-p", script])
    # Small delay lines become registers, which is what they are.
    left = re.sub(r"Warning: Replacing memory .* with list of registers.*\n", "", text)
    if code or left.strip():
        yield f"yosys: {text}"
    for path in rtl:
        source = path.read_text(encoding="utf-8")
        if f"module {path.stem} " not in source or "`default_nettype none" not in source:
            yield f"{path.name}: one module of that name, under default_nettype none"
        if source.count("endmodule") != 1 or not source.startswith(f"// {path.stem} - "):
            yield f"{path.name}: it opens with its purpose and ends with its one module"


def activation(knots, shift, sigmoid, z):
    magnitude = abs(z)
    i, part = magnitude >> shift, magnitude & ((1 << shift) - 1)
    y = knots[32] if i >= 32 else knots[i] + (
        ((knots[i + 1] - knots[i]) * part + (1 << (shift - 1))) >> shift)
    return y if z >= 0 else (32768 - y if sigmoid else -y)


def pwl(folder, defs_vh, fixed_h, _record):
    need("iverilog", "vvp")
    text = fixed_h.read_text(encoding="utf-8").replace("\\\n", " ")
    tables = [list(map(int, re.findall(r"\d+", re.search(
        rf"#define FIXED_{name}_TABLE\s*\{{([^}}]*)", text)[1]))) for name in ("SIGMOID", "TANH")]
    with tempfile.TemporaryDirectory() as scratch:
        with open(f"{scratch}/pwl.txt", "w", encoding="utf-8") as f:
            for n in range(65536):
                z = n - 65536 if n >= 32768 else n
                f.write(f"{activation(tables[0], 9, True, z) & 0xffff:x} "
                        f"{activation(tables[1], 8, False, z) & 0xffff:x}\n")
        code, text = run(["iverilog", "-g2012", f"-I{defs_vh.parent}", "-o", f"{scratch}/tb", "-s",
                          "pwl_tb", folder / "sim/pwl_tb.sv", folder / "rtl/brds_pwl.sv"])
        if code:
            yield text
            return
        _, text = run(["vvp", "-n", f"{scratch}/tb"], cwd=scratch)
        if "pwl: 0 wrong" not in text:
            yield text


def replay(folder, defs_vh, _fixed_h, record):
    need("iverilog", "vvp")
    if record is None:
        print("skipped: this build has no verilated RTL")
        sys.exit(SKIP)
    with tempfile.TemporaryDirectory() as scratch:
        code, text = run([record, f"{scratch}/replay.txt"])
        if code:
            yield f"record_fpga: {text}"
            return
        values = parameter_sets(folder)["tiny"]
        code, text = run(["iverilog", "-g2012", f"-I{defs_vh.parent}", "-o", f"{scratch}/tb", "-s",
                          "replay_tb", *(f"-Preplay_tb.{k}={v}" for k, v in values.items()),
                          folder / "sim/replay_tb.sv", *sorted((folder / "rtl").glob("*.sv"))])
        if code:
            yield text
            return
        _, text = run(["vvp", "-n", f"{scratch}/tb"], cwd=scratch)
        print(text.strip())
        found = re.search(r"replay: (\d+) cycles, (\d+) wrong", text)
        if not found or int(found[1]) < 5000 or int(found[2]) != 0:
            yield f"replay: {text}"
        # One bit of one output changed must be seen.
        lines = pathlib.Path(f"{scratch}/replay.txt").read_text(encoding="utf-8").splitlines()
        at = next(i for i, line in enumerate(lines) if line.split()[24] == "1")
        words = lines[at].split()
        words[26] = f"{int(words[26], 16) ^ 4:x}"
        lines[at] = " ".join(words)
        pathlib.Path(f"{scratch}/replay.txt").write_text("\n".join(lines[:at + 9]) + "\n",
                                                         encoding="utf-8")
        _, text = run(["vvp", "-n", f"{scratch}/tb"], cwd=scratch)
        if ", 1 wrong" not in text:
            yield f"a spoiled bit was not seen: {text}"


# What is proved of what, in how many cycles, and a change that must make the proof fail. The
# activation units need no proof: they have 2^16 inputs and no state, which `pwl` sweeps.
PROOFS = [
    ("hout_formal", "brds_hout", 11, ("in_q <= in_q + 1'b1", "in_q <= in_q + 2'd2")),
]


def prove(folder, defs_vh, scratch, top, module, depth, spoil):
    source = (folder / f"rtl/{module}.sv").read_text(encoding="utf-8")
    assert spoil is None or spoil[0] in source
    rtl = pathlib.Path(scratch, f"{module}.sv")
    rtl.write_text(source.replace(*spoil) if spoil else source, encoding="utf-8")
    script = (f"read_verilog -formal -sv -I{defs_vh.parent} {rtl} {folder}/sim/{top}.sv; prep -top {top} -flatten; memory_map; async2sync; "
              f"dffunmap; write_smt2 -wires {scratch}/{top}.smt2")
    code, text = run(["yosys", "-q", "-p", script])
    if code:
        return f"yosys: {text}"
    return run(["yosys-smtbmc", "--noprogress", "--unroll", "-s", "z3", "-t", depth,
                f"{scratch}/{top}.smt2"])[1]


def formal(folder, defs_vh, _fixed_h, _record):
    need("yosys", "yosys-smtbmc", "z3")
    with tempfile.TemporaryDirectory() as scratch:
        for top, module, depth, spoil in PROOFS:
            text = prove(folder, defs_vh, scratch, top, module, depth, None)
            if "Status: PASSED" not in text:
                yield f"{top}: {text}"
            text = prove(folder, defs_vh, scratch, top, module, depth, spoil)
            if "Status: FAILED" not in text:
                yield f"{top}: the spoiled module passes: {text}"


def main():
    part, folder, defs_vh, fixed_h = sys.argv[1], *map(pathlib.Path, sys.argv[2:5])
    record = sys.argv[5] if len(sys.argv) > 5 else None
    check = {"lint": lint, "pwl": pwl, "replay": replay, "formal": formal}[part]
    faults = list(check(folder, defs_vh.resolve(), fixed_h, record))
    print(*faults, f"{part}: {len(faults)} faults", sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
