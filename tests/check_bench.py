"""The kernels suite from outside: random weights, scopes, baselines, roofline, skips, resuming.

    check_bench.py BRDS

Cases are as small and short as they can be; needs nothing but Python.
"""

import csv
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import unittest

BRDS = os.path.abspath(sys.argv[1])
SUITE = """
[suite]
about = a test
judged = 0

[weights n]
random = 1
tag = only-tag
n_in = 153
n_hid = 64
n_proj = 32
sparsity = 0 0.875 0.8:0.9

[weights two]
random = 1
n_in = 64
n_hid = 48
layers = 2
sparsity_x = 0.5
sparsity_h = 0.75

[run all]
weights = n@* two
scope = gates step
backend = ref dense sparse onednn
precision = f32 q16 q8
seconds = 0.001
quick.weights = n@0.875
quick.backend = sparse

[run batch]
weights = n@0.875
scope = gates step
backend = sparse
batch = 8
seconds = 0.001
"""


def number(row, column):
    return float(row[column])


class Bench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.suite = cls.folder / "t.ini"
        cls.suite.write_text(SUITE)
        cls.full = cls.bench("full.csv")

    @classmethod
    def start(cls, *words):
        return subprocess.run([BRDS, "bench", *map(str, words), "--cache", cls.folder / "cache"],
                              capture_output=True, text=True, timeout=240, stdin=subprocess.DEVNULL)

    @classmethod
    def bench(cls, out, *words):
        run = cls.start(cls.suite, "--out", cls.folder / out, *words)
        assert (run.returncode, run.stderr) == (0, ""), run
        with open(cls.folder / out, newline="", encoding="utf-8") as f:
            return list(csv.DictReader(f))

    def ok(self, **want):
        rows = [r for r in self.full if r["status"] == "ok"
                and all(r[k] == v for k, v in want.items())]
        self.assertTrue(rows, want)
        return rows

    def test_every_case_has_a_row_and_none_failed(self):
        self.assertEqual(len(self.full), 4 * 2 * 4 * 3 + 2)
        self.assertLessEqual({r["status"] for r in self.full}, {"ok", "skip"})
        self.assertEqual(len({r["case_key"] for r in self.full}), len(self.full))

    def test_random_weights_give_latency_only(self):
        for row in self.full:
            self.assertEqual(row["weights_kind"], "random")
            for column in ("gops_effective", "metric", "metric_value", "dataset", "split",
                           "tokens_dense", "weights_sha256"):
                self.assertEqual(row[column], "", column)
        for row in self.ok():
            self.assertGreater(number(row, "latency_step_us_median"), 0)
            self.assertGreater(number(row, "gops_sparse"), 0)
            self.assertGreater(number(row, "weight_bytes"), 0)

    def test_counts_are_those_asked_for(self):
        for row in self.ok(net="n", sparsity_x="0.8", sparsity_h="0.9"):
            self.assertEqual((row["keep_x"], row["keep_h"], row["keep_r"]), ("31", "3", "6"))
            self.assertEqual(int(row["nnz"]), 256 * (31 + 3) + 32 * 6)
        for row in self.ok(net="two"):
            self.assertEqual((row["layers"], row["n_in"], row["keep_x"]), ("2", "64;48", "32;24"))

    def test_baselines(self):
        for row in self.ok():
            self.assertRegex(row["baseline"], r"\Adense:openblas .*:f32\Z")
            self.assertGreater(number(row, "speedup"), 0)
            self.assertGreater(number(row, "speedup_same"), 0)
            if row["precision"] == "f32":
                self.assertEqual(row["speedup"], row["speedup_same"])
        for row in self.ok(backend="dense"):
            self.assertEqual(number(row, "speedup_same"), 1)
            self.assertEqual(row["speedup"] == "1", row["precision"] == "f32")

    def test_gates_rows(self):
        for row in self.ok(scope="gates"):
            self.assertIn(row["backend"], ("dense", "sparse"))
            self.assertEqual((row["batch"], row["steps"]), ("1", "1"))
            self.assertGreater(number(row, "roofline_pct"), 0)
            self.assertRegex(row["note"], r"\Aweights in (L[123]|memory)")
        for row in self.ok(scope="step"):
            self.assertEqual(row["roofline_pct"], "")
        for row in self.full:
            if row["scope"] == "gates" and row["backend"] == "ref":
                self.assertEqual(row["status"], "skip")
                self.assertIn("apart from a step", row["note"])

    def test_gates_of_several_samples_are_skipped_with_the_reason(self):
        rows = [r for r in self.full if r["batch"] == "8"]
        self.assertEqual({(r["scope"], r["status"]) for r in rows},
                         {("gates", "skip"), ("step", "ok")})
        self.assertIn("not batch 8", next(r["note"] for r in rows if r["status"] == "skip"))

    def test_quick_threads_and_going_on(self):
        words = ("--quick", "--threads", 2, "--only", "tag:only-tag")
        first = self.bench("quick.csv", *words)
        self.assertEqual(len(first), 2 * 3 + 2)
        for row in first:
            self.assertEqual(row["threads"], "2")
            self.assertTrue(row["note"].startswith("quick"))
        self.assertEqual(self.bench("quick.csv", *words), first)

    def test_a_rows_command_makes_it_again(self):
        want = self.ok(scope="gates", precision="q16", sparsity_h="0.9")[0]
        for more in ((), ("--pin", "--cold", "--precision", "q10,f27", "--only", "n@0.875/sparse/*/gates")):
            if more:
                self.assertEqual(want["precision"], "q16")
                want = next(r for r in self.bench("more.csv", *more) if r["status"] == "ok"
                            and r["precision"] == "f27")
                self.assertEqual((want["pinned"], want["cache"]), ("yes", "cold"))
            words = shlex.split(want["repro"])
            self.assertEqual(words[:3], ["brds", "bench", str(self.suite)])
            name = f"again{len(more)}.csv"
            again, = self.bench(name, *words[3:])
            for column in ("case_key", "backend", "precision", "scope", "batch", "sparsity_x",
                           "pinned", "cache", "nnz", "weight_bytes"):
                self.assertEqual(again[column], want[column], column)

    def test_what_cannot_be_used_is_invalid_and_can_be_tried_again(self):
        """Two busy processes a processor leave a judged run too little of it."""
        suite = self.folder / "judged.ini"
        suite.write_text(SUITE.replace("judged = 0\n", "").replace("= 0.001", "= 0.1"))
        words = (suite, "--out", self.folder / "j.csv", "--only", "two", "--backend", "sparse",
                 "--precision", "q8")
        hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"])
                for _ in range(2 * len(os.sched_getaffinity(0)))]
        try:
            run = self.start(*words)
        finally:
            for hog in hogs:
                hog.kill()
                hog.wait()
        self.assertEqual(run.returncode, 0)
        with open(self.folder / "j.csv", newline="", encoding="utf-8") as f:
            rows = list(csv.DictReader(f))
        self.assertEqual([r["status"] for r in rows], ["invalid"] * 2)
        beside = json.loads((self.folder / "j.machine.json").read_text(encoding="utf-8"))
        self.assertEqual([r["run_id"] for r in beside["runs"]], [rows[0]["run_id"]])
        self.assertGreater(beside["runs"][0]["measured"]["fma_gflops"], 0)
        for row in rows:
            self.assertRegex(row["note"], r"latency invalid: .*foreign load \(the processor was ours")
            self.assertGreater(number(row, "latency_step_us_median"), 0)
        self.assertIn("brds: warning: 2 latencies are invalid", run.stderr)
        self.assertNotIn("invalid", self.start(*words).stderr)  # done, if badly
        self.start(*words, "--retry")
        with open(self.folder / "j.csv", newline="", encoding="utf-8") as f:
            again = list(csv.DictReader(f))
        self.assertEqual(again[:2], rows)
        self.assertEqual([r["case_key"] for r in again[2:]], [r["case_key"] for r in rows])

    def test_the_built_in_suite_is_known(self):
        run = self.start("kernels", "--quick", "--list", "--only", "*512*")
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertIn("kernels/512@0.875/sparse/q8/b1/s1/gates", run.stdout)
        self.assertNotIn("650", run.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
