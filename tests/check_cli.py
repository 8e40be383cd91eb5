"""The command line: help, errors in one line, exit codes, tables.

    check_cli.py BRDS SOURCE_ROOT

What holds for every command is tested on every command that `brds --help` lists.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

BRDS, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])
OPTION = re.compile(r"^ {2,6}(?:-(\w), )?--([\w-]+)(?: (\S+))?(?: {2,}|$)", re.MULTILINE)


def brds(*words, stdout=subprocess.PIPE):
    return subprocess.run([BRDS, *words], stdout=stdout, stderr=subprocess.PIPE, text=True,
                          stdin=subprocess.DEVNULL, timeout=60, check=False)


def commands():
    listing = brds("--help").stdout.split("Commands:\n")[1].split("\n\n")[0]
    return [line.split()[0] for line in listing.splitlines()]


def options(command):
    """(key, name, value word, explanation) of every option in the help of a command."""
    text = brds(command, "--help").stdout.split("\nOptions:\n")[1]
    found = list(OPTION.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    return [(m[1], m[2], m[3], " ".join(text[m.end():end].split())) for m, end in zip(found, ends)]


def columns():
    text = (ROOT / "results" / "columns.def").read_text(encoding="utf-8")
    return re.findall(r"^COLUMN\((\w+),", text, re.MULTILINE)


def csv_file(folder, **cells):
    path = pathlib.Path(folder, "rows.csv")
    cells = {"schema": "1", "status": "ok", **cells}
    lines = [",".join(columns()), ",".join(cells.get(name, "") for name in columns())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


class Check(unittest.TestCase):
    def refused(self, status, part, *words):
        """The command ends with this status and one line on stderr that holds `part`."""
        run = brds(*words)
        self.assertEqual((run.returncode, run.stdout), (status, ""), (words, run.stderr))
        self.assertRegex(run.stderr, r"\Abrds: [^\n]+\n\Z")
        self.assertIn(part, run.stderr)


class EveryCommand(Check):
    def test_there_are_commands(self):
        self.assertGreaterEqual(set(commands()), {"help", "table"})

    def test_help(self):
        for command in commands():
            run = brds(command, "--help")
            self.assertEqual((run.returncode, run.stderr), (0, ""))
            self.assertTrue(run.stdout.startswith(f"Usage: brds {command} "), run.stdout)
            self.assertEqual(run.stdout, brds("help", command).stdout)
            self.assertEqual([len(s) for s in run.stdout.splitlines() if len(s) > 90], [])

    def test_options_are_told_once(self):
        for command in commands():
            told = options(command)
            names, keys = [o[1] for o in told], [o[0] for o in told if o[0]]
            self.assertEqual(len(names), len(set(names)), command)
            self.assertEqual(len(keys), len(set(keys)), command)
            self.assertLessEqual({"help", "quiet", "verbose"}, set(names))

    def test_told_options_are_known(self):
        for command in commands():
            for key, name, value, _ in options(command):
                if value:
                    self.refused(64, f"--{name}: needs a value ({value})", command, f"--{name}")
                    if key:
                        self.refused(64, f"--{name}: needs a value", command, f"-{key}")
                else:
                    self.refused(64, f"--{name}: takes no value", command, f"--{name}=1")

    def test_values_are_checked(self):
        for command in commands():
            for _, name, _, about in options(command):
                bounds = re.search(r"\((?:.*; )?([-\d.e+]+)\.\.([-\d.e+]+)[;)]", about)
                least = re.search(r"\((?:.*; )?>= ([-\d.e+]+)[;)]", about)
                outside = []
                if bounds:
                    outside = [float(bounds[1]) - 1, float(bounds[2]) + 1]
                elif least:
                    outside = [float(least[1]) - 1]
                for value in (f"{v:.17g}" for v in outside):
                    self.refused(64, f"--{name}: '{value}' is not", command, f"--{name}={value}")
                if bounds or least:
                    for bad in ("x", "", "1x", " 1", "nan", "inf", "0x1"):
                        self.refused(64, f"--{name}: ", command, f"--{name}={bad}")

    def test_unknown_options(self):
        for command in commands():
            self.refused(64, f"unknown option '--zzzz' (see brds {command} --help)", command,
                         "--zzzz=1")
            self.refused(64, "unknown option '-Z'", command, "-Z")


class Overview(Check):
    def test_version(self):
        run = brds("--version")
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertRegex(run.stdout, r"\Abrds \d+\.\d+\.\d+\n\Z")

    def test_usage_errors(self):
        self.refused(64, "no command (see brds --help)")
        self.refused(64, "unknown command 'tabel' (did you mean 'table'?", "tabel")
        self.refused(64, "unknown command 'zzzzzz' (see brds --help)", "zzzzzz")
        self.refused(64, "unknown option '--zz'", "--zz")
        self.refused(64, "did you mean --format?", "table", "--fromat=csv")
        self.refused(64, "unknown topic 'zz'", "help", "zz")
        self.refused(64, "help does not take 'two'", "help", "one", "two")

    def test_names_with_line_ends_stay_one_line(self):
        self.refused(64, "unknown command", "a\nb")

    def test_topics(self):
        listing = brds("help").stdout.split("Topics of brds help TOPIC:\n")[1].split("Commands")[0]
        topics = [line.split()[0] for line in listing.splitlines()]
        self.assertIn("metrics", topics)
        for topic in topics:
            run = brds("help", topic)
            self.assertEqual((run.returncode, run.stderr), (0, ""))
            self.assertGreater(len(run.stdout.splitlines()), 3)

    def test_metrics_explains_every_column(self):
        text = brds("help", "metrics").stdout
        self.assertEqual(re.findall(r"^  (\w+) +\S", text, re.MULTILINE), columns())
        self.assertIn("[gates|step|network]", text)

    def test_info_names_what_every_backend_takes(self):
        backends = {entry["name"]: entry for entry in json.loads(brds("info", "--json").stdout)
                    ["backends"]}
        for name in ("ref", "dense", "sparse"):
            self.assertLessEqual({"f32", "q16", "q8"}, set(backends[name]["precisions"].split()))
        self.assertEqual(backends["fpga"]["precisions"], "q16")

    def test_a_full_disk_is_told(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            run = brds("help", "metrics", stdout=full)
        self.assertEqual(run.returncode, 2)
        self.assertRegex(run.stderr, r"\Abrds: standard output: cannot write: [^\n]+\n\Z")


class Table(Check):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.rows = csv_file(self.folder, dataset="ptb", net="smoke", backend="ref")

    def test_markdown_and_csv(self):
        run = brds("table", self.rows)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertEqual(run.stdout, "### ptb\n\n| net   | backend | status |\n"
                                     "| ----- | ------- | ------ |\n"
                                     "| smoke | ref     | ok     |\n")
        run = brds("table", self.rows, "--format", "csv")
        self.assertEqual(run.stdout, "dataset,net,backend,status\nptb,smoke,ref,ok\n")
        self.assertEqual(run.stdout, brds("table", "-fcsv", "--", self.rows).stdout)

    def test_several_files(self):
        run = brds("table", self.rows, self.rows)
        self.assertEqual(run.stdout.count("| smoke | ref "), 2)

    def test_out(self):
        out = pathlib.Path(self.folder, "t.md")
        run = brds("table", self.rows, "--out", str(out))
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, "", ""))
        self.assertEqual(out.read_text(encoding="utf-8"), brds("table", self.rows).stdout)

    def test_refusals(self):
        out = pathlib.Path(self.folder, "t.md")
        empty = pathlib.Path(self.folder, "empty.csv")
        empty.touch()
        self.refused(64, "table needs FILE.csv...", "table")
        self.refused(64, "--format: 'html' is not one of markdown, csv, latex", "table", "x.csv",
                     "--format", "html")
        self.refused(2, "absent.csv: cannot open", "table", "absent.csv")
        self.refused(65, "empty.csv: no rows", "table", str(empty))
        empty.write_text("a,b\n1,2\n", encoding="utf-8")
        self.refused(65, "empty.csv:1: column 1 is 'a' (expected schema)", "table", str(empty))
        bad = csv_file(self.folder, threads="many")
        self.refused(65, "rows.csv:2: column threads is 'many'", "table", bad, "--out", str(out))
        self.assertFalse(out.exists())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
