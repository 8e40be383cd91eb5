"""Writes a text file as a C source that defines it: embed_text.py OUT.c FILE HEADER NAME. As bytes: a
compiler need not take string literals of over 4,095 characters."""
import pathlib
import sys

out, source, header, name = sys.argv[1:]
text = pathlib.Path(source).read_bytes() + b"\0"
lines = [f'#include "{header}"', "", f"const char {name}[] = {{"]
lines += ["    " + ", ".join(str(b if b < 128 else b - 256) for b in text[i:i + 16]) + ","
          for i in range(0, len(text), 16)]
pathlib.Path(out).write_text("\n".join(lines + ["};", ""]), "ascii")
