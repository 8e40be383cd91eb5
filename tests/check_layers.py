"""The house rules that an include graph can show (HOUSE.md of the project: its floors and doors).

    check_layers.py ROOT          checks the tree; one line a fault, exit 1 if there is any
    check_layers.py --self-test   checks that each rule catches what it forbids

Rules: a folder includes only the floors below it; no circle of includes; local includes are written
"folder/file.h"; file names are unique in the tree; a dependency's header enters by one door.
"""

import collections
import pathlib
import re
import sys
import tempfile

# folder -> the folders that it may include, besides itself
FLOORS = {
    "base": "",
    "results": "base",
    "datasets": "base",
    "kernels": "base",
    "fpga": "base kernels",
    "model": "base kernels datasets",
    "brds": "base kernels fpga datasets model",
    "bench": "base results kernels fpga datasets model brds",
    "cli": "base results kernels fpga datasets model brds bench",
    "tests": "base results kernels fpga datasets model brds bench",
}

# header of a dependency -> the one file that may include it; "" is any one file
DOORS = {
    r"cblas\.h": "kernels/gemm.c",
    r"csv\.h": "base/csv.c",
    r"jansson\.h": "base/json.c",
    r"openssl/.*": "base/hash.c",
    r"pcg_.*\.hpp": "base/rng.cpp",
    r"archive(_entry)?\.h": "datasets/archive.c",
    r"ini\.h": "",
    r"sndfile\.h": "",
    r"(kissfft/)?kiss_?fft.*\.hh?": "datasets/fft.cpp",
    r"(oneapi/.*/)?dnnl.*\.hp*": "",
    r"verilated.*\.h": "fpga/sim/sim_top.hpp",
}

SOURCES = {".c", ".h", ".cpp", ".hpp", ".def", ".inc"}
NOT_UNIQUE = {"meson.build", "README.md", ".gitignore"}
DATA_FOLDERS = {"corpus", "runs", "__pycache__"}  # what lies here is data, its names are its own
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)


def files_of(root):
    for folder in [*FLOORS, "docs"]:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and not DATA_FOLDERS & set(path.relative_to(root).parts):
                yield path.relative_to(root).as_posix()


def check_names(names):
    places = collections.defaultdict(list)
    for name in names:
        places[name.rsplit("/", 1)[-1]].append(name)
    for base, found in sorted(places.items()):
        if len(found) > 1 and base not in NOT_UNIQUE:
            yield f"{base}: {len(found)} files have this name: {' '.join(found)}"


def check_edge(name, line, quote, target):
    """Faults of one include; an include of the tree's own starts with the name of a floor."""
    folder, below = name.split("/")[0], target.split("/")[0]
    if below in FLOORS and "/" in target:
        if below != folder and below not in FLOORS[folder].split():
            yield f"{name}:{line}: {folder} may not include {target} (allowed: {FLOORS[folder]})"
    elif quote == '"':
        yield f'{name}:{line}: "{target}" (expected "folder/file.h")'


def find_circle(graph):
    """A list of files that include each other in a ring, or None."""
    state = {}

    def visit(name, trail):
        state[name] = "open"
        for target in graph.get(name, ()):
            if state.get(target) == "open":
                return trail[trail.index(target):] + [target]
            if target not in state:
                circle = visit(target, trail + [target])
                if circle:
                    return circle
        state[name] = "done"
        return None

    for name in sorted(graph):
        circle = None if name in state else visit(name, [name])
        if circle:
            return circle
    return None


def check_doors(outside):
    """`outside` lists (file, line, header) of includes that leave the tree."""
    for pattern, door in DOORS.items():
        users = [u for u in outside
                 if re.fullmatch(pattern, u[2]) and not u[0].startswith("tests/")]
        expected = door or (users[0][0] if users else "")
        for name, line, header in users:
            if name != expected:
                yield f"{name}:{line}: <{header}> is included by {expected} only"


def check(root):
    root = pathlib.Path(root)
    names = list(files_of(root))
    known, graph, outside = set(names), {}, []
    faults = list(check_names(names))
    for name in names:
        if pathlib.PurePath(name).suffix not in SOURCES:
            continue
        text = (root / name).read_text(encoding="utf-8")
        graph[name] = []
        for match in INCLUDE.finditer(text):
            line = text.count("\n", 0, match.start(2)) + 1
            faults += check_edge(name, line, *match.groups())
            if match[2] in known:
                graph[name].append(match[2])
            else:
                outside.append((name, line, match[2]))
    circle = find_circle(graph)
    if circle:
        faults.append("circle of includes: " + " -> ".join(circle))
    return faults + list(check_doors(outside)), len(graph)


# what a tree holds -> a part of the one fault that it must give; "" for none
CASES = [
    ({"base/a.h": "", "model/b.c": '#include "base/a.h"\n#include "model/c.h"\n', "model/c.h": ""},
     ""),
    ({"base/a.c": '\n#include "kernels/b.h"\n', "kernels/b.h": ""},
     "base/a.c:2: base may not include kernels/b.h"),
    ({"results/a.c": "#  include <datasets/b.h>\n"}, "results may not include datasets/b.h"),
    ({"model/a.c": '#include "bench/b.h"\n'}, "model may not include bench/b.h"),
    ({"bench/a.c": '#include "tests/b.h"\n'}, "bench may not include tests/b.h"),
    ({"tests/a.c": '#include "cli/b.h"\n'}, "tests may not include cli/b.h"),
    ({"base/a.h": '#include "base/b.h"\n', "base/b.h": '#include "base/a.h"\n'},
     "circle of includes: base/a.h -> base/b.h -> base/a.h"),
    ({"base/a.c": '#include "a.h"\n', "base/a.h": ""}, 'base/a.c:1: "a.h" (expected'),
    ({"base/a.h": "", "fpga/host/a.h": ""}, "a.h: 2 files have this name"),
    ({"base/meson.build": "", "model/meson.build": ""}, ""),
    ({"tests/fuzz/corpus/x/1": "", "tests/fuzz/corpus/y/1": ""}, ""),
    ({"kernels/gemm.c": "#include <cblas.h>\n", "base/csv.c": "#include <csv.h>\n"}, ""),
    ({"model/a.c": "#include <cblas.h>\n"}, "<cblas.h> is included by kernels/gemm.c only"),
    ({"model/a.c": "#include <openssl/sha.h>\n"}, "<openssl/sha.h> is included by base/hash.c"),
    ({"bench/a.c": "#include <ini.h>\n", "bench/b.c": "#include <ini.h>\n"},
     "bench/b.c:1: <ini.h> is included by bench/a.c only"),
    ({"tests/a.c": "#include <jansson.h>\n"}, ""),
]


def self_test():
    for files, expected in CASES:
        with tempfile.TemporaryDirectory() as root:
            for name, text in files.items():
                path = pathlib.Path(root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            faults, _ = check(root)
        right = len(faults) == 1 and expected in faults[0] if expected else not faults
        if not right:
            return [f"self-test: {files} gave {faults} (expected '{expected}')"]
    return []


def main():
    if sys.argv[1] == "--self-test":
        faults, n = self_test(), len(CASES)
    else:
        faults, n = check(sys.argv[1])
    print(*faults, f"{n} looked at, {len(faults)} faults", sep="\n")
    return 1 if faults or n == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
