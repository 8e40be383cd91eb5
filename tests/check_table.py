"""Tables that hold rows against each other: one ratio and two, number formats, old and new files,
published systems; LaTeX that compiles.

    check_table.py BRDS

Needs nothing but Python; LaTeX is compiled where pdflatex is there.
"""

import csv
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

BRDS = os.path.abspath(sys.argv[1])


def header():
    """The header line, from a suite of one short case."""
    with tempfile.TemporaryDirectory() as folder:
        ini, out = pathlib.Path(folder, "t.ini"), pathlib.Path(folder, "t.csv")
        ini.write_text("[suite]\nabout = t\njudged = 0\n[weights n]\nrandom = 1\nn_in = 8\nn_hid = 8\n"
                       "[run r]\nweights = n\nbackend = ref\nseconds = 0.001\n")
        subprocess.run([BRDS, "bench", ini, "--out", out, "--cache", folder], check=True,
                       capture_output=True)
        return out.read_text().splitlines()[0].split(",")


HEADER = header()
BASE = {"schema": "1", "status": "ok", "dataset": "ptb", "dataset_kind": "real",
        "dataset_sha256": "d" * 64, "split": "test", "host_id": "h", "cpu": "C", "threads": "1",
        "scope": "step", "steps": "1", "batch": "1", "cache": "warm", "net": "ptb-small",
        "weights_kind": "trained", "backend": "sparse", "precision": "f32", "metric": "ppl",
        "latency_source": "measured"}


def net(seed, x, h, value, valid, nnz, **more):
    return {**BASE, "seed": str(seed), "pattern": "row", "schedule": "one-shot",
            "sparsity_x": str(x), "sparsity_h": str(h), "keep_x": "20", "keep_h": "20",
            "nnz": str(nnz), "overall_sparsity": "0.9", "metric_value": str(value),
            "metric_valid": str(valid), "metric_dense": "118",
            "weights_sha256": f"{seed}-{x}-{h}", "case_key": f"k{seed}{x}{h}", **more}


class Table(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, rows):
        text = io.StringIO()
        out = csv.DictWriter(text, HEADER, restval="", lineterminator="\n")
        out.writeheader()
        out.writerows(rows)
        (self.folder / name).write_text(text.getvalue())
        return str(self.folder / name)

    def table(self, *words, status=0):
        run = subprocess.run([BRDS, "table", *words], capture_output=True, text=True)
        self.assertEqual(run.returncode, status, run)
        return run.stdout

    def part(self, text, title):
        return text.split(f"### {title}")[1].split("\n### ")[0]

    def test_controls_seeds_and_schedules_are_told_apart(self):
        dense = {**BASE, "pattern": "dense", "seed": "3", "metric_value": "120",
                 "weights_sha256": "d"}
        rows = [dense, {**dense, "tokens_retrain": "2788000", "weights_sha256": "e"},
                net(3, .9, .9, 130, 135, 64000, schedule="gradual", tokens_retrain="9")]
        for i, row in enumerate(rows):
            row["case_key"] = str(i)
        text = self.table(self.write("r.csv", rows))
        cells = [[c.strip() for c in line.split("|")[1:5]] for line in text.splitlines()
                 if line.startswith("| ptb-small")]
        self.assertEqual(cells, [["ptb-small", "3", "dense", ""],
                                 ["ptb-small", "3", "dense, trained on", ""],
                                 ["ptb-small", "3", "row, gradual", "0.9/0.9"]])

    def test_a_line_for_every_net(self):
        one = net(1, .9, .9, 130, 135, 64000, latency_step_us_median="7.5")
        rows = [one,
                {**one, "backend": "dense", "latency_step_us_median": "41"},
                {**one, "precision": "q16", "metric_value": "131", "latency_step_us_median": "3"},
                {**one, "precision": "q16", "metric_value": "131", "latency_step_us_median": "2",
                 "status": "invalid"},
                {**one, "precision": "q8", "metric_value": "132", "latency_step_us_median": "1",
                 "threads": "2"},
                {**one, "metric_value": "99", "note": "metric_value over the first 300 tokens; x"},
                {**one, "metric_value": "98", "note": "without the texts that stand in train too"},
                net(2, .9, .9, 129, 134, 64000)]
        for i, row in enumerate(rows):
            row["case_key"] = str(i)
        part = self.part(self.table(self.write("r.csv", rows)), "Nets")
        cells = [[c.strip() for c in line.split("|")[2:-1]] for line in part.splitlines()
                 if line.startswith("| ptb")]
        same = ["0.9/0.9", "0.900", "ppl", "135.00"]
        self.assertEqual(cells, [
            ["test", "ptb-small", "1", "row", *same, "130.00", "131.00", "132.00", "7.50", "3.00"],
            ["test, the first 300 tokens", "ptb-small", "1", "row", *same, "99.000", "", "", "7.50",
             "3.00"],
            ["test, unseen texts", "ptb-small", "1", "row", *same, "98.000", "", "", "7.50",
             "3.00"],
            ["test", "ptb-small", "2", "row", *same[:3], "134.00", "129.00", "", "", "", ""]])

    def test_the_spread_over_seeds(self):
        rows = [net(1, .9, .9, 120, 125, 64000), net(2, .9, .9, 124, 125, 64000),
                net(3, .9, .9, 116, 125, 64000), net(4, .8, 1, 110, 125, 63950),
                {**net(1, .9, .9, 90, 95, 64000), "weights_sha256": "again"},
                {**net(4, .9, .9, 90, 95, 64000), "metric_dense": ""}]
        for i, row in enumerate(rows):
            row["case_key"] = str(i)
        part = self.part(self.table(self.write("r.csv", rows)), "Over seeds")
        lines = [[c.strip() for c in line.split("|")[4:-1]] for line in part.splitlines()
                 if line.startswith("| ptb")]
        self.assertEqual(lines, [["row", "one", "0.900", "3", "120.00", "116.00", "124.00", "+2.00",
                                  "-2.00", "+6.00"]])

    def pairs(self, differences):
        rows = []
        for seed, d in enumerate(differences, 1):
            rows += [net(seed, .9, .9, 130, 135, 64000), net(seed, .8, 1, 130 + d, 135 + d, 63950)]
        return self.part(self.table(self.write("r.csv", rows)), "One ratio and two")

    def test_better_only_with_one_sign_on_three_seeds(self):
        self.assertIn("test: two ratios have the better value on 3 of 3 seeds: two ratios are "
                      "better", self.pairs([-1, -.5, -2]))
        self.assertIn("2 of 3 seeds: no claim", self.pairs([-1, .5, -2]))
        self.assertIn("0 of 3 seeds: one ratio is better", self.pairs([1, .5, 2]))
        self.assertIn("2 of 2 seeds (under 3 seeds: no claim)", self.pairs([-1, -1]))

    def test_a_pair_shows_its_differences(self):
        lines = [line for line in self.pairs([-1.25]).splitlines() if line.startswith("| ptb")]
        self.assertEqual(len(lines), 1)
        cells = [c.strip() for c in lines[0].strip("|").split("|")]
        self.assertEqual(cells[:9], ["ptb", "ptb-small", "0.900", "1", "0.8/1", "130.00", "128.75",
                                     "-1.25", "135.00"])

    def test_more_weights_or_another_seed_make_no_pair(self):
        rows = [net(1, .9, .9, 130, 135, 64000), net(1, .8, .99, 120, 125, 64001),
                net(2, .8, 1, 120, 125, 64000)]
        self.assertNotIn("One ratio and two", self.table(self.write("r.csv", rows)))

    def test_number_formats(self):
        rows = [net(1, .9, .9, 100, 105, 64000),
                net(1, .9, .9, 101, 105, 64000, precision="q8", case_key="b"),
                net(1, .9, .9, 99.5, 105, 64000, precision="q16", case_key="c"),
                net(2, .9, .9, 99.5, 105, 64000, precision="q16")]
        text = self.part(self.table(self.write("r.csv", rows)), "Number formats")
        self.assertIn("+1.0 %", text)
        self.assertIn("-0.50 %", text)
        self.assertEqual(len([line for line in text.splitlines() if "ptb-small" in line]), 1)

    def test_a_score_counts_where_the_latency_is_invalid(self):
        rows = [net(1, .9, .9, 100, 105, 64000),
                net(1, .9, .9, 101, 105, 64000, precision="q8", case_key="b", status="invalid",
                    note="latency invalid: spread", latency_step_us_median="1")]
        text = self.table(self.write("r.csv", rows))
        self.assertIn("+1.0 %", self.part(text, "Number formats"))
        self.assertIn("- invalid: ptb-small row 0.9/0.9 sparse q8: latency invalid: spread", text)

    def test_what_is_measured_and_what_is_modelled_stand_apart(self):
        rows = [net(1, .9, .9, 100, 105, 64000, energy_source="rapl", energy_step_uj="12.5",
                    power_w="40"),
                net(2, .9, .9, 100, 105, 64000, energy_source="model:jouppi2021",
                    energy_lo_uj="0.25", energy_hi_uj="3.5"),
                net(3, .9, .9, 100, 105, 64000, energy_source="none")]
        text = self.table(self.write("r.csv", rows))
        measured = self.part(text, "Energy, measured")
        modelled = self.part(text, "Energy by models, not measured: bounds")
        self.assertTrue("12.5" in measured and "jouppi" not in measured, measured)
        self.assertTrue("0.250" in modelled and "3.50" in modelled and "rapl" not in modelled)
        self.assertNotIn("Energy", self.table(self.write("s.csv", rows[2:])))

    def test_the_accelerators_cycles(self):
        rows = [net(1, .9, .9, 100, 105, 64000, backend="fpga", precision="q16", device="sim:bench",
                    latency_source="simulated", device_cycles_step="1234.5", mac_utilisation="0.987",
                    device_mhz="200", clock_source="assumed", latency_step_us_median="6.1725"),
                net(3, .9, .9, 100, 105, 64000, backend="fpga", precision="q16", device="model:x",
                    latency_source="modelled", device_cycles_step="99"),
                net(2, .9, .9, 100, 105, 64000)]
        text = self.part(self.table(self.write("r.csv", rows)), "Accelerator: RTL simulation; clock "
                         "assumed, not placed or routed; resources are synthesis counts")
        lines = [line for line in text.splitlines() if "sim:bench" in line]
        self.assertEqual(len(lines), 1)
        for word in ("1234.5", "98.7", "200", "6.17"):
            self.assertIn(word, lines[0])
        self.assertIn("model:x (modelled)", text)
        self.assertNotIn("sim:bench (modelled)", text)

    def test_diff(self):
        def timed(us, lo, hi, value=100, **more):
            return net(1, .9, .9, value, 105, 64000, latency_step_us_median=us,
                       latency_step_us_ci95_lo=lo, latency_step_us_ci95_hi=hi, **more)
        old = self.write("old.csv", [timed(10, 9, 11)])
        self.assertIn("0 values got worse", self.table(
            self.write("a.csv", [timed(11, 10.5, 12)]), "--diff", old))
        text = self.table(self.write("b.csv", [timed(12, 11.5, 13)]), "--diff", old, status=1)
        self.assertIn("us a step of ptb-small row 0.9/0.9 sparse f32", text)
        self.assertIn("+20.0 %", text)
        self.assertIn("better", self.table(self.write("c.csv", [timed(8, 7, 8.5)]), "--diff", old))
        self.table(self.write("d.csv", [timed(12, 11.5, 13, host_id="x")]), "--diff", old)
        self.table(self.write("e.csv", [timed(10, 9, 11, 101)]), "--diff", old, status=1)
        self.table(self.write("f.csv", [timed(10, 9, 11, 99)]), "--diff", old)
        self.assertIn("1 only in the old, 1 only in the new", self.table(
            self.write("g.csv", [timed(99, 98, 100, case_key="other")]), "--diff", old))

    def test_published_systems_are_marked(self):
        text = self.part(self.table(self.write("r.csv", [net(1, .9, .9, 100, 105, 64000)]),
                                    "--published"), "Published systems")
        self.assertIn("C-LSTM \u2020", text)
        self.assertIn("POLAR ", text)
        self.assertIn("derived from other published figures", text)

    def test_latex_compiles(self):
        rows = [net(1, .9, .9, 100, 105, 64000, note="50 % & more_of {it}^~\\"),
                net(1, .8, 1, 99, 104, 63990),
                net(1, .9, .9, 101, 105, 64000, precision="q8", case_key="b", status="fail",
                    note="a #1 $5 <b> \u2013 \u00b1")]
        text = self.table(self.write("r.csv", rows), "--format", "latex", "--published")
        for word in ("\\toprule", "\\midrule", "\\bottomrule", "\\begin{document}",
                     "\\end{document}"):
            self.assertIn(word, text)
        if shutil.which("pdflatex") is None:
            self.skipTest("no pdflatex here")
        (self.folder / "t.tex").write_text(text, "utf-8")
        run = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"],
                             cwd=self.folder, capture_output=True, text=True, errors="replace")
        self.assertEqual(run.returncode, 0, run.stdout[-2000:])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
