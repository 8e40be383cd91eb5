"""Each header compiles alone and twice in a row.

    check_headers.py ROOT CC [ARGUMENT...]
"""

import pathlib
import subprocess
import sys

from check_layers import FLOORS

# Vector types in inline functions are fine where -m flags are given, which a header alone has not.
LIKE_THE_BUILD = ["-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-Wno-psabi"]


def compile_alone(root, cc, header):
    line = f'#include "{header}"\n'
    run = subprocess.run([*cc, *LIKE_THE_BUILD, "-fsyntax-only", f"-I{root}", "-x", "c", "-"],
                         input=2 * line, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        print(f"{header}: does not compile alone\n{run.stderr}")
    return run.returncode == 0


def main():
    root, cc = pathlib.Path(sys.argv[1]), sys.argv[2:]
    headers = [path.relative_to(root).as_posix()
               for folder in FLOORS for path in sorted((root / folder).rglob("*.h"))]
    good = [header for header in headers if compile_alone(root, cc, header)]
    print(f"{len(good)} of {len(headers)} headers compile alone")
    return 0 if headers and good == headers else 1


if __name__ == "__main__":
    sys.exit(main())
