#!/usr/bin/env python3
"""Which lines of the RTL its tests run, as a CSV.

    coverage.py TEST [OUT.csv]

TEST holds the tests of the simulation, linked with RTL that counts its lines (`ninja -C build
tests/cover_fpga`). A line is one of a procedural block; it counts as covered if every branch that
begins or passes there has run, an else that is not written too. Fails under 95 % in all.
"""

import csv
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

LEAST_PCT = 95
SKIP = 77
COLUMNS = ["file", "lines", "covered", "percent", "missed", "command"]


def run_test(test, folder):
    done = subprocess.run([test], env=dict(os.environ, BRDS_COVERAGE=folder), check=False,
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{test}: {done.stdout}{done.stderr}")


def merged(folder):
    files = sorted(map(str, pathlib.Path(folder).glob("*.dat")))
    subprocess.run(["verilator_coverage", "--write", f"{folder}/all", *files], check=True,
                   capture_output=True)
    return pathlib.Path(folder, "all").read_text(encoding="utf-8")


def lines_of(keys):
    """What a point covers: "72-74,80", or its own line if that is empty."""
    for part in (keys.get("S") or keys["l"]).split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def count(text):
    """{file: {line: least runs of what begins or passes there, in all instances}}"""
    points, files = {}, {}
    for point, runs in re.findall(r"^C '(.*)' (\d+)$", text, re.MULTILINE):
        keys = dict(part.split("\2", 1) for part in point.split("\1")[1:])
        place = (pathlib.Path(keys["f"]).name, tuple(lines_of(keys)), keys["n"], keys["o"])
        points[place] = points.get(place, 0) + int(runs)
    for (name, lines, _, _), runs in points.items():
        runs_of = files.setdefault(name, {})
        for line in lines:
            runs_of[line] = min(runs_of.get(line, runs), runs)
    return files


def table(files):
    test = "build/tests/cover_fpga"
    command = f"ninja -C build tests/cover_fpga && fpga/sim/coverage.py {test} OUT.csv"
    sums = {}
    for name, runs in sorted(files.items()):
        sums[name] = (len(runs), [line for line, n in sorted(runs.items()) if n == 0])
    sums["all"] = (sum(n for n, _ in sums.values()), [0 for _, m in sums.values() for _ in m])
    for name, (lines, missed) in sums.items():
        yield {"file": name, "lines": lines, "covered": lines - len(missed),
               "percent": f"{100 * (lines - len(missed)) / lines:.4g}",
               "missed": ";".join(map(str, missed)) if name != "all" else "", "command": command}


def main():
    if shutil.which("verilator_coverage") is None or not pathlib.Path(sys.argv[1]).exists():
        print(f"skipped: no verilator_coverage, or {sys.argv[1]} is not built")
        return SKIP
    with tempfile.TemporaryDirectory() as folder:
        run_test(sys.argv[1], folder)
        rows = list(table(count(merged(folder))))
    if len(sys.argv) > 2:
        with open(sys.argv[2], "w", encoding="utf-8", newline="") as f:
            writer = csv.DictWriter(f, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    for row in rows:
        print(f"{row['file']:20} {row['lines']:5} {row['percent']:>6} %  {row['missed']}")
    return 0 if float(rows[-1]["percent"]) >= LEAST_PCT and len(rows) > 10 else 1


if __name__ == "__main__":
    sys.exit(main())
