"""Counts the results that meson's test runner wrote, one JSON object a line.

    count_results.py TESTLOG.json

Prints `N passed, N failed, N skipped`; exit 1 if any failed (or broke, or ran out of time) or none
passed. A log that is not there is no passed test.
"""

import collections
import json
import sys

PASSED = {"OK", "EXPECTEDFAIL"}
SKIPPED = {"SKIP"}


def count(lines):
    counts = collections.Counter()
    for line in lines:
        result = json.loads(line)["result"]
        counts["passed" if result in PASSED else "skipped" if result in SKIPPED else "failed"] += 1
    return counts


def main():
    try:
        with open(sys.argv[1], encoding="utf-8") as log:
            counts = count(log)
    except FileNotFoundError:
        counts = count([])
    print(", ".join(f"{counts[word]} {word}" for word in ("passed", "failed", "skipped")))
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
