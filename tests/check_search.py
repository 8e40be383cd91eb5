"""The search for ratios, sensitivity curves and all patterns through the command.

    check_search.py BRDS

Runs on the stand-in with a net trained for a moment; needs nothing but Python.
"""

import csv
import re
import signal
import time

import st_file
from command import STANDIN, Case, main, start, trained

POINT = re.compile(r"^point (\d+): (\d+:\d+  )?S_x [\d.;]+  S_h [\d.;]+  k_x [\d;]+  k_h [\d;]+  "
                   r"loss [\d.]+  ppl [\d.]+(  best)?(  \(known\))?$")


class Prune(Case):
    """What is said of one dense net."""

    @classmethod
    def setUpClass(cls):
        cls.dense = trained(cls, "0.5")

    def fine(self, *words, warning="", source=None):
        return super().fine("prune", "--in", source or self.dense, *words, warning=warning)

    def refused(self, status, part, *words, **more):
        out = super().refused(status, part, "prune", "--in", self.dense, *words, **more)
        self.assertEqual(out, "")

    def rows(self, name):
        """Rows without what differs between equal runs."""
        with open(self.path(name), newline="", encoding="utf-8") as f:
            rows = list(csv.DictReader(f))
        for row in rows:
            row["utc"] = row["run_id"] = ""
        return rows


class Search(Prune):
    def words(self, name, *more):
        return ("--search", "--overall", "0.875", "--search-tokens", "6000", *STANDIN, "--csv",
                self.path(name), *more)

    def test_points_rows_and_the_net_that_is_made(self):
        shown = self.fine(*self.words("a.csv", "--out", self.path("p"))).splitlines()
        points = [line for line in shown if line.startswith("point ")]
        self.assertEqual(shown[:len(points)], points)
        for number, line in enumerate(points):
            self.assertEqual(POINT.match(line)[1], str(number + 1))
        self.assertRegex(shown[len(points)], r"^one ratio: S_x 0\.875  S_h 0\.875  k_x 8;8  k_h 8;8")
        rows = self.rows("a.csv")
        self.assertEqual(len(rows), len(points))
        for number, row in enumerate(rows):
            kept = 256 * 2 * (int(row["keep_x"]) + int(row["keep_h"]))
            self.assertEqual((row["nnz"], row["status"]), (str(kept), "ok"))
            self.assertLessEqual(kept, 8192)
            self.assertEqual(row["tokens_search"], str((number + 1) * 6000))
            self.assertEqual((row["pattern"], row["split"]), ("row", "valid"))
        self.assertEqual(len({row["case_key"] for row in rows}), len(rows))
        best = min(rows, key=lambda row: float(row["metric_valid"]))
        _, meta = st_file.read(self.path("p"))
        self.assertEqual(meta["k_x"].split(";")[0], best["keep_x"])
        self.assertEqual(meta["k_h"].split(";")[0], best["keep_h"])
        again = self.fine(*self.words("a.csv")).splitlines()  # all known; no row twice
        self.assertTrue(all(line.endswith("(known)") for line in again[:len(points)]))
        self.assertEqual(self.rows("a.csv"), rows)

    def stopped_at(self, lines, number, name):
        """Runs until the journal has so many lines, waits a moment, sends the signal."""
        run = start("prune", "--in", self.dense, *self.words(name, "--checkpoint-seconds", "0.1"))
        self.addCleanup(run.kill)
        journal, limit = self.path(f"{name}.points"), time.monotonic() + 60
        while not journal.exists() or journal.read_text().count("\n") < lines:
            self.assertIsNone(run.poll(), "ended before it could be stopped")
            self.assertLess(time.monotonic(), limit)
            time.sleep(0.005)
        time.sleep(0.03)
        run.send_signal(number)
        _, err = run.communicate(timeout=60)
        return run.returncode, err

    def test_stopped_and_resumed_to_the_same_bytes(self):
        whole = self.fine(*self.words("a.csv"))
        status, err = self.stopped_at(2, signal.SIGINT, "b.csv")
        self.assertEqual(status, 130)
        self.assertRegex(err, r"\Abrds: interrupted after \d points; the same command goes on from "
                              r"\S+b\.csv\.points\n\Z")
        status, err = self.stopped_at(4, signal.SIGKILL, "b.csv")
        self.assertEqual((status, err), (-signal.SIGKILL, ""))
        resumed = self.fine(*self.words("b.csv"))
        self.assertEqual(resumed.replace("  (known)", ""), whole)
        self.assertEqual(self.rows("b.csv"), self.rows("a.csv"))
        self.assertEqual(self.path("b.csv.points").read_bytes(),
                         self.path("a.csv.points").read_bytes())
        self.assertFalse(self.path("b.csv.points.ckpt").exists())
        self.refused(64, "journal of another job", *self.words("b.csv", "--lr", "0.1"))

    def test_another_search_after_a_stop(self):
        """The net in progress was one of other ratios: its checkpoint is dropped."""
        self.stopped_at(2, signal.SIGINT, "b.csv")
        other = [w if w != "0.875" else "0.8" for w in map(str, self.words("b.csv"))]
        alone = [str(self.path("c.csv")) if w == str(self.path("b.csv")) else w for w in other]
        self.assertEqual(self.fine(*other).splitlines()[-2:], self.fine(*alone).splitlines()[-2:])

    def test_grid_and_layers(self):
        words = ("--search", "--overall", "0.75", "--search-tokens", "400", *STANDIN)
        grid = self.fine(*words, "--grid", "4", "--csv", self.path("g")).splitlines()
        self.assertEqual([POINT.match(line)[2] for line in grid[:3]],
                         [None, "1:3  ", "3:1  "])  # 2:2 is the one ratio that was there before
        layers = self.fine(*words, "--per-layer", "--csv", self.path("l"), "--points",
                           self.path("pts"))
        self.assertIn("S_x 0.7;0.75  S_h ", layers)
        self.assertTrue(self.path("pts").exists())
        self.refused(64, "--grid: ", *words, "--grid", "4", "--per-layer", "--csv", self.path("x"))

    def test_refusals(self):
        base = (*STANDIN, "--csv", self.path("x"))
        self.refused(64, "--overall: must be given", "--search", *base)
        self.refused(64, "but one a row is already", "--search", "--overall", "0.999", *base)
        self.refused(64, "not between 0 and 1", "--search", "--overall", "1", *base)
        self.refused(64, "--csv: must be given", "--search", "--overall", "0.8", *STANDIN)
        self.refused(64, "less than one batch", "--search", "--overall", ".8", "--search-tokens",
                     "5", *base)
        self.refused(64, "--data: ", "--search", "--overall", "0.8", "--csv", self.path("x"))
        self.refused(64, "--sparsity-x: ", "--search", "--overall", "0.8", "-x", "0.5", *base)
        self.refused(64, "--pattern: ", "--search", "--overall", "0.8", "--pattern", "nm:2:4",
                     *base)
        self.refused(64, "--search: ", "--search", "--sensitivity", *base)
        self.refused(64, "--levels: ", "--sensitivity", "--levels", ".5,.4", *base)
        self.refused(64, "--csv: means nothing", "-x", ".5", "-y", ".5", *base)
        self.assertEqual(self.files(), [])


class Sensitivity(Prune):
    def test_curves(self):
        shown = self.fine("--sensitivity", "--levels", "0.5,0.9", "--search-tokens", "2000",
                          "--per-layer", "--overall", "0.8", "--csv", self.path("c"), *STANDIN)
        lines, rows = shown.splitlines(), self.rows("c")
        self.assertEqual(len(rows), 3 * 2 * 2 * 2)
        self.assertRegex(lines[0], r"^W_x at 0\.5 as it is: 16384 weights removed  loss \S+  rise ")
        self.assertRegex(lines[-1], r"^curves propose: S_x ")
        self.assertEqual([row["sparsity_x"] for row in rows[:5]], ["0.5", "0.9", "0.5", "0.9", "0"])
        self.assertEqual([row["tokens_retrain"] for row in rows[:3]], ["0", "0", "2000"])
        by_layer = [row for row in rows if "layer 1" in row["note"]]
        self.assertEqual(by_layer[0]["sparsity_x"], "0;0.5")
        self.assertTrue(all(float(row["metric_dense"]) > 1 for row in rows))


class Patterns(Prune):
    def test_every_pattern_is_made_loaded_and_scored(self):
        each = ("row", "bank:16", "nm:1:8", "unstructured", "unstructured:global", "block:4x4",
                "column", "row+random", "bank:8+random")
        for pattern in each:
            out = self.path("p")
            ratios = () if pattern.startswith("nm") else ("--overall", "0.875")
            self.fine("--pattern", pattern, *ratios, "--out", out, "--retrain-epochs", "0.02",
                      *STANDIN)
            tensors, meta = st_file.read(out)
            self.assertEqual(meta["pattern"], pattern)
            kept = sum(w != bytes(4) for name, tensor in tensors.items() if "weight_" in name
                       for row in st_file.rows(tensor) for w in row)
            self.assertEqual(kept, 8192, pattern)
            scores = set()
            for backend in ("ref", "dense", "sparse"):
                shown = Case.fine(self, "eval", "--in", out, *STANDIN, "--backend", backend,
                                  "--max-tokens", "300")
                scores.add(f"{float(shown.split()[3]):.3f}")
            self.assertEqual(len(scores), 1, pattern)

    def test_a_count_that_is_missed_is_told(self):
        self.fine("--pattern", "block:64x64", "--overall", "0.875", "--out", self.path("p"),
                  warning="weights where 8192 are")

    def test_ratios_without_a_search(self):
        for way in ("one", "threshold", "erdos-renyi"):
            for more in ((), ("--per-layer",)):
                shown = self.fine("--overall", "0.9", "--allocate", way, *more, "--out",
                                  self.path("p"))
                sparsity = float(re.search(r"overall sparsity (\S+)", shown)[1])
                self.assertTrue(0.9 <= sparsity < 0.92, shown)

    def test_tensors_that_are_left_out_are_named(self):
        tensors, meta = st_file.read(self.dense)
        tensors["head.bias"] = ("F32", (2,), st_file.floats(1, 2))
        st_file.write(self.path("more"), tensors, meta)
        self.fine("-x", ".5", "-y", ".5", "--out", self.path("p"), source=self.path("more"),
                  warning="more: tensor 'head.bias' is no part")

    def info(self):
        run = start("info", "--in", self.path("q"))
        run.communicate(timeout=60)
        return run.returncode

    def test_metadata_that_lies(self):
        self.fine("-x", ".5", "-y", ".5", "--pattern", "unstructured", "--out", self.path("p"))
        tensors, meta = st_file.read(self.path("p"))
        for pattern, k in (("bank:8", "64;64"), ("nm:1:8", "64;64")):
            st_file.write(self.path("q"), tensors, {**meta, "pattern": pattern, "k_x": k, "k_h": k})
            ends = (0, 65) if pattern == "bank:8" else (65,)
            self.assertIn(self.info(), ends)
        for pattern in ("bank:0", "x" * 5000, "row:3", "block:1x99999999999"):
            st_file.write(self.path("q"), tensors, {**meta, "pattern": pattern})
            self.assertEqual(self.info(), 0)  # words of others: the row rule holds


if __name__ == "__main__":
    main()
