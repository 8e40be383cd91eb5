"""All tracked C and C++ files are as clang-format leaves them, and no line of them, comments too, is
longer than 100 columns. Exit 77 (skipped) without the tool.

    check_format.py ROOT
"""

import pathlib
import shutil
import subprocess
import sys

SKIPPED = 77
COLUMNS = 100


def long_lines(root, files):
    """file:line of what clang-format lets be: it breaks no comment."""
    for name in files:
        lines = (root / name).read_text(encoding="utf-8").splitlines()
        yield from (f"{name}:{i}: {len(line)} columns (at most {COLUMNS})"
                    for i, line in enumerate(lines, 1) if len(line) > COLUMNS)


def main():
    root = pathlib.Path(sys.argv[1])
    if shutil.which("clang-format") is None:
        print("clang-format is not installed")
        return SKIPPED
    listing = subprocess.run(["git", "-C", root, "ls-files", "*.c", "*.h", "*.cpp"],
                             capture_output=True, text=True, check=False)
    files = listing.stdout.split()
    if listing.returncode != 0 or not files:
        print(f"no tracked files: {listing.stderr}")
        return SKIPPED
    run = subprocess.run(["clang-format", "--dry-run", "-Werror", *files], cwd=root, check=False)
    long = list(long_lines(root, files))
    print(*long, f"{len(files)} files looked at", sep="\n")
    return 1 if run.returncode != 0 or long else 0


if __name__ == "__main__":
    sys.exit(main())
