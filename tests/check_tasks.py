"""Reviews and speech through the command: train, prune, search, calibrate, eval and bench on the
stand-ins.

    check_tasks.py BRDS

What nets learn is tested in test_tasks.c; here it is what the commands say and write. Needs nothing
but Python.
"""

import csv
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

BRDS = os.path.abspath(sys.argv[1])
SUITE = """
[suite]
about = a test
dataset = timit
judged = 0
folds = 2

[weights dense]
net = timit-128
epochs = 0.4

[weights more]
parent = dense
epochs = 0.1

[points curves]
kind = sensitivity
parent = dense

[weights dual]
parent = dense
control = more
pattern = row
overall = 0.8
ratios = curves
epochs = 0.1

[run all]
weights = dual@*
backend = dense sparse
precision = f32 q8
seconds = 0.001
"""


class Tasks(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.path = pathlib.Path(self.dir.name)
        self.env = dict(os.environ, BRDS_DATA=str(self.path / "no-data"), NO_COLOR="1")

    def brds(self, *args, code=0):
        run = subprocess.run([BRDS, *map(str, args)], capture_output=True, text=True, env=self.env,
                             cwd=self.path, timeout=120)
        self.assertEqual(run.returncode, code, run.stderr)
        return run.stdout if code == 0 else run.stderr

    def train(self, net, data, out, *more):
        return self.brds("train", "--data", data, "--standin", "--net", net, "--threads", 1,
                         "--out", out, *more)

    def evaluate(self, file, data, *more):
        return json.loads(self.brds("eval", "--in", file, "--data", data, "--standin", "--json",
                                    "--threads", 1, *more))

    def test_frames(self):
        shown = self.train("timit-128", "timit", "a.st", "--epochs", 2, "--batch", 4, "--fold", 1,
                           "--log", "a.csv")
        self.assertRegex(shown, r"epoch 2 of 2: loss \d\.\d+, valid fer \d+\.\d\d, \d+ frames/s\n")
        with open(self.path / "a.csv", newline="", encoding="utf-8") as f:
            last = list(csv.DictReader(f))[-1]
        self.assertIn("valid fer %.2f" % float(last["valid"]), shown)
        facts = self.evaluate("a.st", "timit", "--backend", "ref")
        self.assertEqual(facts["metric"], "fer")
        self.assertGreater(facts["frames"], 1000)
        line = self.brds("eval", "--in", "a.st", "--data", "timit", "--standin", "--threads", 1,
                         "--backend", "ref")
        self.assertIn("(frame accuracy %.4g)" % (100 - facts["value"]), line)
        # the fold is the net's own; another one is warned of
        warned = subprocess.run([BRDS, "eval", "--in", "a.st", "--data", "timit", "--standin",
                                 "--fold", "0"], capture_output=True, text=True, env=self.env,
                                cwd=self.path, check=True)
        self.assertIn("trained on fold 1 of timit-standin", warned.stderr)
        self.assertNotIn(" %.7g " % facts["value"], warned.stdout)

    def test_search_and_calibration(self):
        self.train("timit-128", "timit", "a.st", "--epochs", 1, "--batch", 4, "--quiet")
        shown = self.brds("prune", "--in", "a.st", "--data", "timit", "--standin", "--search",
                          "--overall", .9, "--search-tokens", 5000, "--csv", "p.csv", "--out",
                          "p.st", "--retrain-epochs", .3, "--threads", 1)
        self.assertRegex(shown, r"point 1: S_x .*  loss \d+\.\d+  fer [\d.]+  best\n")
        self.assertRegex(shown, r"valid fer after retraining [\d.]+\n")
        with open(self.path / "p.csv", newline="", encoding="utf-8") as f:
            rows = list(csv.DictReader(f))
        self.assertTrue(all(r["metric"] == "fer" and 0 < float(r["metric_valid"]) <= 100
                            for r in rows))
        self.assertIn("fold 0 of 6; search: one ratio", rows[0]["note"])
        # the journal knows loss and metric: the same command trains nothing and says the same
        again = self.brds("prune", "--in", "a.st", "--data", "timit", "--standin", "--search",
                          "--overall", .9, "--search-tokens", 5000, "--points", "p.csv.points",
                          "--threads", 1)
        said = [l.split("  best")[0] for l in shown.splitlines() if l.startswith("point")]
        self.assertEqual([l.replace("  (known)", "").split("  best")[0]
                          for l in again.splitlines() if l.startswith("point")], said)
        self.assertEqual(again.count("(known)"), len(said))
        self.brds("calibrate", "--in", "p.st", "--data", "timit", "--standin", "--out", "q.st")
        f32 = self.evaluate("q.st", "timit", "--backend", "dense")
        for backend in "dense", "sparse":
            for precision in "q16", "q8":
                value = self.evaluate("q.st", "timit", "--backend", backend, "--precision",
                                      precision)["value"]
                self.assertLess(abs(value - f32["value"]), 1, precision)

    def test_label_sequences(self):
        shown = self.train("timit-128-ctc", "timit", "a.st", "--epochs", .5)
        self.assertRegex(shown, r"valid per \d+\.\d\d, \d+ frames/s\n")
        facts = self.evaluate("a.st", "timit", "--split", "valid")
        self.assertEqual((facts["metric"], facts["infeasible"]), ("per", 0))
        self.assertGreater(facts["phones"], 100)

    def test_reviews(self):
        self.train("imdb-128-bare", "imdb", "bare.st", "--epochs", 1, "--quiet")
        shown = self.train("imdb-128", "imdb", "a.st", "--epochs", .02, "--batch", 8)
        self.assertRegex(shown, r"valid accuracy \d+\.\d\d, \d+ words/s\n")
        facts = self.evaluate("bare.st", "imdb")
        self.assertEqual((facts["metric"], facts["reviews"], facts["variant"]),
                         ("accuracy", 1500, "no LSTM"))
        facts = json.loads(self.brds("info", "--in", "bare.st", "--json"))
        self.assertEqual((facts["task"], facts["pool"], facts["layers"]), ("classify", "mean", []))
        self.assertIn("the net has no LSTM",
                      self.brds("prune", "--in", "bare.st", "--sparsity-x", .5, "--sparsity-h", .5,
                                "--out", "x.st", code=64))
        few = self.evaluate("a.st", "imdb", "--max-tokens", 20, "--backend", "ref")
        self.assertEqual(few["reviews"], 20)
        self.assertEqual(self.evaluate("a.st", "imdb", "--max-tokens", 20)["value"], few["value"])

    def test_what_does_not_go_together(self):
        self.assertIn("net 'imdb-128' is for task classify, but ptb-standin is for task lm",
                      self.brds("train", "--data", "ptb", "--standin", "--net", "imdb-128",
                                "--out", "a.st", code=64))
        self.assertIn("fold 6: there are 6, from 0",
                      self.brds("train", "--data", "timit", "--standin", "--net", "timit-128",
                                "--fold", 6, "--out", "a.st", code=64))
        self.assertIn("--fold 1: imdb-standin has one parting only",
                      self.brds("train", "--data", "imdb", "--standin", "--net", "imdb-128",
                                "--fold", 1, "--out", "a.st", code=64))
        self.train("timit-128", "timit", "a.st", "--epochs", 0, "--quiet")
        (self.path / "two").write_text("aa\nae\n", encoding="utf-8")
        self.assertIn("2 words for a classifier of 61 rows",
                      self.brds("eval", "--in", "a.st", "--data", "timit", "--standin", "--labels",
                                "two", code=65))
        self.assertIn("the net is for task frames, but imdb-standin is for task classify",
                      self.brds("eval", "--in", "a.st", "--data", "imdb", "--standin", code=64))

    def test_suite_over_folds(self):
        (self.path / "t.ini").write_text(SUITE, encoding="utf-8")
        self.brds("bench", "t.ini", "--cache", "cache", "--out", "r.csv", "--energy", "none")
        with open(self.path / "r.csv", newline="", encoding="utf-8") as f:
            rows = list(csv.DictReader(f))
        cases = [r for r in rows if r["backend"]]
        self.assertEqual({(r["backend"], r["precision"]) for r in cases},
                         {(b, p) for b in ("dense", "sparse") for p in ("f32", "q8")})
        self.assertEqual(sorted(re.search("fold ([01]) of 6", r["note"]).group(1)
                                for r in rows if not r["backend"]), ["0"] * 25 + ["1"] * 25)
        files = {p.name for p in (self.path / "cache" / "weights").glob("*.safetensors")}
        self.assertEqual(len(files), 6)
        for r in cases:
            self.assertEqual((r["dataset"], r["dataset_kind"], r["metric"], r["status"]),
                             ("timit-standin", "synthetic", "fer", "ok"))
            self.assertIn("scores pooled over 2 folds", r["note"])
            self.assertRegex(r["note"], r"fer [+-][\d.e-]+ to more "
                             r"\(95 % by bootstrap over 4 speakers: -?[\d.]+ to -?[\d.]+\)")
            self.assertGreater(float(r["latency_step_us_median"]), 0)
            self.assertAlmostEqual(float(r["metric_value"]), float(cases[0]["metric_value"]),
                                   delta=1)
        self.assertEqual(len({r["case_key"] for r in rows}), len(rows))
        shown = self.brds("bench", "t.ini", "--cache", "cache", "--out", "r.csv", "--list")
        self.assertEqual(shown.count("done"), len(shown.splitlines()))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
