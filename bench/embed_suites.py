"""Writes the suite files given as a C source: embed_suites.py OUT.c FILE.ini..."""
import json
import pathlib
import sys

out, files = sys.argv[1], [pathlib.Path(f) for f in sys.argv[2:]]
lines = ['#include "bench/suite_texts.h"', "", "#include <stddef.h>", "",
         "const struct suite_file suite_texts[] = {"]
for f in files:
    lines.append(f'    {{"{f.stem}",')
    lines += [f"     {json.dumps(line)}" for line in f.read_text("ascii").splitlines(True)]
    lines.append("    },")
lines += ["    {NULL, NULL},", "};", ""]
pathlib.Path(out).write_text("\n".join(lines), "ascii")
