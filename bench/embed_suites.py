"""Writes the suite files given as a C source: embed_suites.py OUT.c FILE.ini... As bytes: a compiler
need not take string literals of over 4,095 characters."""
import pathlib
import sys

out, files = sys.argv[1], [pathlib.Path(f) for f in sys.argv[2:]]
lines = ['#include "bench/suite_texts.h"', "", "#include <stddef.h>", ""]
for i, f in enumerate(files):
    text = f.read_text("ascii").encode("ascii") + b"\0"
    lines.append(f"static const char text_{i}[] = {{")
    lines += ["    " + ", ".join(map(str, text[j:j + 16])) + ","
              for j in range(0, len(text), 16)]
    lines += ["};", ""]
lines.append("const struct suite_file suite_texts[] = {")
lines += [f'    {{"{f.stem}", text_{i}}},' for i, f in enumerate(files)]
lines += ["    {NULL, NULL},", "};", ""]
pathlib.Path(out).write_text("\n".join(lines), "ascii")
