"""The RTL under the tools that are not linked into the build.

    check_fpga_rtl.py lint|pwl|replay|formal FPGA_FOLDER BRDS_DEFS_VH FIXED_H [RECORD_FPGA]
    check_fpga_rtl.py proofs FPGA_FOLDER BRDS_DEFS_VH FIXED_H OUT.csv

lint: Verilator, Icarus and Yosys accept every parameter set without a warning (waivers and their
reasons: fpga/sim/lint.vlt). pwl: all 2^16 inputs of both activation units under Icarus, against the
definition in Python. replay: cycles recorded from the verilated RTL, again in four states. formal:
bounded proofs by yosys-smtbmc and z3, of the activation units only some segments; proofs: of all of
them, a row each. A missing tool is a skip (77).
"""

import csv
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


# What is proved of what, over how many cycles, and a change that must make the proof fail.
PROOFS = [
    ("hout_formal", "brds_hout", 11, ("in_q <= in_q + 1'b1", "in_q <= in_q + 2'd2")),
    ("xload_formal", "brds_xload", 12, ("!full_q[odd_q] && !port_used_i", "!port_used_i")),
]
PWL_SPOIL = ("prod_q + 21'd1 * (1 << (SHIFT - 1))", "prod_q")
SEGMENTS = range(33)
SOME_SEGMENTS = (0, 9, 31, 32)


class Proof:
    """A module under its formal top, with parameters."""

    def __init__(self, top, module, cycles, spoil, parameters=None):
        self.top, self.module, self.cycles, self.spoil = top, module, cycles, spoil
        self.parameters = parameters or {}
        self.name = " ".join([top, *(f"{k}={v}" for k, v in self.parameters.items())])

    def run(self, folder, defs_vh, spoiled):
        source = (folder / f"rtl/{self.module}.sv").read_text(encoding="utf-8")
        assert self.spoil[0] in source
        chparam = "".join(f"chparam -set {k} {v} {self.top}; " for k, v in self.parameters.items())
        with tempfile.TemporaryDirectory() as scratch:
            rtl = pathlib.Path(scratch, f"{self.module}.sv")
            rtl.write_text(source.replace(*self.spoil) if spoiled else source, encoding="utf-8")
            sources = f"{rtl} {folder}/sim/{self.top}.sv"
            script = (f"read_verilog -formal -sv -I{defs_vh.parent} {sources}; "
                      f"{chparam}prep -top {self.top} -flatten; memory_map; opt -full; async2sync; "
                      f"dffunmap; write_smt2 -wires {scratch}/proof.smt2")
            code, text = run(["yosys", "-q", "-p", script])
            if code:
                return f"yosys: {text}"
            return run(["yosys-smtbmc", "--noprogress", "--unroll", "-s", "z3", "-t", self.cycles,
                        f"{scratch}/proof.smt2"])[1]

    def fault(self, folder, defs_vh):
        text = self.run(folder, defs_vh, False)
        return None if "Status: PASSED" in text else f"{self.name}: {text}"


def pwl_proofs(segments):
    # Three cycles fill the pipeline, and what a clock edge asserts is seen in the step behind it.
    return [Proof("pwl_formal", "brds_pwl", 5, PWL_SPOIL, {"TANH": tanh, "SEGMENT": segment})
            for tanh in (0, 1) for segment in segments]


def formal(folder, defs_vh, _fixed_h, _record):
    need("yosys", "yosys-smtbmc", "z3")
    proofs = [Proof(*row) for row in PROOFS] + pwl_proofs(SOME_SEGMENTS)
    yield from filter(None, (proof.fault(folder, defs_vh) for proof in proofs))
    for proof in proofs[:len(PROOFS) + 1]:
        text = proof.run(folder, defs_vh, True)
        if "Status: FAILED" not in text:
            yield f"{proof.name}: the spoiled module passes: {text}"


def proofs(folder, defs_vh, _fixed_h, out):
    need("yosys", "yosys-smtbmc", "z3")
    tools = " ".join(run(["yosys", "-V"])[1].split()[:2] + run(["z3", "--version"])[1].split()[:3])
    inputs = "fpga build/fpga/brds_defs.vh kernels/fixed.h"
    command = f"tests/check_fpga_rtl.py proofs {inputs} {out.name}"
    with open(out, "w", encoding="utf-8", newline="") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(["proof", "module", "cycles", "status", "tools", "command"])
        for proof in [Proof(*row) for row in PROOFS] + pwl_proofs(SEGMENTS):
            fault = proof.fault(folder, defs_vh)
            status = "failed" if fault else "proved"
            writer.writerow([proof.name, proof.module, proof.cycles, status, tools, command])
            f.flush()
            if fault:
                yield fault


def main():
    part, folder, defs_vh, fixed_h = sys.argv[1], *map(pathlib.Path, sys.argv[2:5])
    extra = pathlib.Path(sys.argv[5]) if len(sys.argv) > 5 else None  # RECORD_FPGA or OUT.csv
    check = {"lint": lint, "pwl": pwl, "replay": replay, "formal": formal, "proofs": proofs}[part]
    faults = list(check(folder, defs_vh.resolve(), fixed_h, extra))
    print(*faults, f"{part}: {len(faults)} faults", sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
