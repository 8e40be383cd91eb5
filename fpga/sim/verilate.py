#!/usr/bin/env python3
"""Verilates one parameter set and joins what came out into one C++ file.

    verilate.py [--coverage] VERILATOR SET BRDS_DEFS_PY BRDS_DEFS_VH WAIVERS OUT_CPP RTL...

OUT_CPP defines `sim_type_SET` (fpga/sim/sim_core.h). Generated files lie beside it, in a folder
of its name. With --coverage it counts how often each line runs (fpga/sim/coverage.py).
"""

import importlib.util
import pathlib
import shutil
import subprocess
import sys


def parameters(defs_py, name):
    spec = importlib.util.spec_from_file_location("brds_defs", defs_py)
    defs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(defs)
    return dict(zip(defs.PARAMETERS, defs.SETS[name]))


def main():
    sys.dont_write_bytecode = True
    arguments = sys.argv[1:]
    coverage = arguments[:1] == ["--coverage"]
    verilator, name, defs_py, defs_vh, waivers, out_cpp, *rtl = arguments[coverage:]
    out = pathlib.Path(out_cpp).resolve()
    folder = out.with_suffix(".dir")
    shutil.rmtree(folder, ignore_errors=True)
    top = f"Vbrds_{name}"
    done = subprocess.run(
        [verilator, "--cc", "-O3", "--x-assign", "fast", "--noassert", "--prefix", top,
         "--top-module", "brds_top", "--Mdir", str(folder), "-Wall",
         *(["--coverage-line"] if coverage else []), f"-I{pathlib.Path(defs_vh).resolve().parent}",
         *(f"-G{key}={value}" for key, value in parameters(defs_py, name).items()),
         waivers, *rtl], check=False)
    if done.returncode != 0:
        return done.returncode
    lines = [f'#include "{path}"' for path in sorted(folder.glob("*.cpp"))]
    lines += ['#include "fpga/sim/sim_top.hpp"', f"SIM_TYPE({name}, {top})"]
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
