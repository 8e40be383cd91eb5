"""Suites that search: every point becomes a row, what was found decides the weights, a stopped run
goes on.

    check_points.py BRDS

On the stand-in; needs nothing but Python.
"""

import csv
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

BRDS = os.path.abspath(sys.argv[1])
SUITE = """
[suite]
about = a test
judged = 0
dataset = ptb-standin

[weights dense]
net = smoke
epochs = 0.5

[points curves]
kind = sensitivity
parent = dense
tokens = 3000
tag = tier:A

[points search]
kind = search
parent = dense
overall = 0.8 0.9
tokens = 3000

[weights one]
parent = dense
pattern = row
overall = 0.8 0.9
epochs = 0.1

[weights dual]
parent = dense
pattern = row
overall = 0.8 0.9
ratios = search
epochs = 0.1

[weights proposed]
parent = dense
pattern = row
overall = 0.8
ratios = curves

[weights er]
parent = dense
pattern = bank:16
overall = 0.8
ratios = erdos-renyi

[run all]
weights = one@* dual@* proposed@* er@*
backend = sparse
max_tokens = 500
seconds = 0.001
"""


class Points(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        (cls.folder / "t.ini").write_text(SUITE)
        cls.rows = cls.bench("a.csv", "cache")

    @classmethod
    def command(cls, out, cache):
        return [BRDS, "bench", str(cls.folder / "t.ini"), "--out", str(cls.folder / out), "--cache",
                str(cls.folder / cache)]

    @classmethod
    def bench(cls, out, cache):
        run = subprocess.run(cls.command(out, cache), capture_output=True, text=True, timeout=240,
                             stdin=subprocess.DEVNULL)
        assert (run.returncode, run.stderr) == (0, ""), run
        return cls.read(out)

    @classmethod
    def read(cls, out):
        with open(cls.folder / out, newline="", encoding="utf-8") as f:
            return list(csv.DictReader(f))

    def of(self, *words):
        return [r for r in self.rows if all(w in r["note"] for w in words)]

    def test_curves_have_every_level_twice_and_a_control(self):
        self.assertEqual(len(self.of("sensitivity: W_x of all layers")), 12)
        self.assertEqual(len(self.of("sensitivity: W_h of all layers")), 12)
        self.assertEqual(len(self.of("sensitivity: dense-continued")), 1)
        for row in self.of("sensitivity"):
            self.assertTrue(row["note"].startswith("tier:A"), row["note"])
            self.assertEqual((row["split"], row["metric_value"]), ("valid", ""))

    def test_the_best_point_is_what_weights_get(self):
        for overall in ("0.8", "0.9"):
            outcome = [r for r in self.of("search outcome")
                       if abs(float(r["overall_sparsity"]) - float(overall)) < 0.02]
            self.assertEqual(len(outcome), 1)
            trained = [r for r in self.rows if r["backend"] == "sparse" and
                       r["pattern"] == "row" and
                       (r["sparsity_x"], r["keep_h"]) == (outcome[0]["sparsity_x"],
                                                          outcome[0]["keep_h"])]
            self.assertTrue(trained, overall)
            points = [float(r["metric_valid"]) for r in self.of("search: ")
                      if r["overall_sparsity"] == outcome[0]["overall_sparsity"]]
            self.assertEqual(float(outcome[0]["metric_valid"]), min(points))

    def test_two_ratios_keep_no_more_than_one(self):
        for overall in (0.8, 0.9):
            nnz = [int(r["nnz"]) for r in self.rows if r["backend"] == "sparse" and
                   r["pattern"] == "row" and abs(float(r["overall_sparsity"]) - overall) < 0.02]
            self.assertLessEqual(max(nnz) - min(nnz), 0.02 * max(nnz))

    def test_keys_are_unique_and_a_second_run_adds_nothing(self):
        self.assertEqual(len({r["case_key"] for r in self.rows}), len(self.rows))
        self.assertEqual(self.bench("a.csv", "cache"), self.rows)

    def test_another_file_gets_the_same_points_from_the_journal(self):
        again = self.bench("b.csv", "cache")
        same = [(r["case_key"], r["metric_valid"], r["note"]) for r in self.of("se")]
        self.assertEqual([(r["case_key"], r["metric_valid"], r["note"]) for r in again
                          if "se" in r["note"]], same)

    def test_stopped_and_gone_on(self):
        for wait in (0.3, 0.9):
            run = subprocess.Popen(self.command("c.csv", "other"), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
            time.sleep(wait)
            run.send_signal(signal.SIGINT)
            run.communicate(timeout=60)
            self.assertIn(run.returncode, (0, 130))
        rows = self.bench("c.csv", "other")
        wanted = {r["case_key"]: r["metric_valid"] for r in self.rows}
        self.assertEqual({r["case_key"]: r["metric_valid"] for r in rows}, wanted)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
