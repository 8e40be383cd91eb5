"""brds plot and brds report: the figures that rows give, and one page without a network.

    check_figures.py BRDS

Pictures need gnuplot; without it the page must still be written, and say so.
"""

import html.parser
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

BRDS = os.path.abspath(sys.argv[1])
SUITE = """[suite]
about = t
judged = 0
[weights n]
random = 1
n_in = 16
n_hid = 16
sparsity = 0 0.5 0.75
[run r]
weights = n@*
backend = dense sparse
seconds = 0.001
"""
VOID = {"meta", "br", "hr", "link", "img", "input"}


class Page(html.parser.HTMLParser):
    """Fails on tags that do not close in order; keeps what refers elsewhere."""

    def __init__(self):
        super().__init__()
        self.open, self.links, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        self.links += [v for k, v in attrs if k in ("src", "href", "xlink:href")
                       and not (v or "").startswith("#")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        self.text.append(data)


class Figures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        (cls.folder / "t.ini").write_text(SUITE)
        cls.csv = cls.folder / "t.csv"
        subprocess.run([BRDS, "bench", cls.folder / "t.ini", "--out", cls.csv, "--cache",
                        cls.folder], check=True, capture_output=True)

    def run_brds(self, *words, status=0, path=None):
        env = dict(os.environ, **({"PATH": path} if path is not None else {}))
        run = subprocess.run([BRDS, *map(str, words)], capture_output=True, text=True, env=env)
        self.assertEqual(run.returncode, status, run)
        return run

    def page(self, **env):
        out = self.folder / "page.html"
        self.run_brds("report", self.csv, "--published", "--out", out, **env)
        page = Page()
        page.feed(out.read_text("utf-8"))
        self.assertEqual(page.open, [])
        self.assertEqual(page.links, [])
        return " ".join(page.text)

    def test_pictures(self):
        if shutil.which("gnuplot") is None:
            self.skipTest("no gnuplot here")
        out = self.folder / "plots"
        self.run_brds("plot", self.csv, "--out", out)
        names = sorted(p.name for p in out.iterdir())
        self.assertEqual(names, ["latency-n-step-b1-s1-t1-warm.pdf",
                                 "latency-n-step-b1-s1-t1-warm.svg",
                                 "roofline-step-s1-t1.pdf", "roofline-step-s1-t1.svg"])
        for name in names:
            data = (out / name).read_bytes()
            if name.endswith("svg"):
                text = "".join(xml.etree.ElementTree.fromstring(data).itertext())
                self.assertIn("sparse f32", text)
            else:
                self.assertTrue(data.startswith(b"%PDF"))

    def test_page_with_pictures(self):
        if shutil.which("gnuplot") is None:
            self.skipTest("no gnuplot here")
        text = self.page()
        for word in ("Machines, builds and data", "sparse f32", "overall sparsity",
                     "Published systems", "brds bench", "The command of every row"):
            self.assertIn(word, text)

    def test_roofs_from_beside_the_rows(self):
        if shutil.which("gnuplot") is None:
            self.skipTest("no gnuplot here")
        copy, beside = self.folder / "roofs.csv", self.folder / "roofs.machine.json"
        shutil.copy(self.csv, copy)
        facts = json.loads((self.folder / "t.machine.json").read_text("utf-8"))
        run, = facts["runs"]
        self.assertNotIn("measured", run)  # of a suite that is not judged
        facts["runs"] = [run, {**run, "measured": {"fma_gflops": 118.4, "read_gb_per_s": {
            "L1": 165.2, "memory": 12.6}}}]
        beside.write_text(json.dumps(facts), "utf-8")
        self.run_brds("plot", copy, "--out", self.folder / "roofs")
        picture = (self.folder / "roofs" / "roofline-step-s1-t1.svg").read_bytes()
        text = "".join(xml.etree.ElementTree.fromstring(picture).itertext())
        for word in ("L1 165 GB/s", "memory 13 GB/s", "f32 118 GFLOP/s"):
            self.assertIn(word, text)
        self.assertNotIn("L2 ", text)
        self.run_brds("report", copy, "--out", self.folder / "roofs.html")
        page = (self.folder / "roofs.html").read_text("utf-8")
        self.assertIn("its peaks by one thread", page)
        self.assertIn("165", page)
        for bad in ("{", '{"runs": {"a": 1}}', "{}", '{"runs": [3, "x", {"machine": 7}]}'):
            beside.write_text(bad, "utf-8")
            status = 0 if "[" in bad else 65  # what is not there is unknown
            run = self.run_brds("report", copy, "--out", self.folder / "x.html", status=status)
            self.assertIn("roofs.machine.json" if status else "", run.stderr)

    def test_a_browser_shows_the_page(self):
        browser = shutil.which("chromium") or shutil.which("chromium-browser")
        if browser is None or shutil.which("gnuplot") is None:
            self.skipTest("no chromium, or no gnuplot")
        self.page()
        picture = self.folder / "page.png"
        words = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" +
                 str(self.folder / "profile"), "--virtual-time-budget=2000"]
        address = (self.folder / "page.html").as_uri()
        shown = subprocess.run([*words, "--dump-dom", address], capture_output=True, text=True,
                               timeout=50).stdout
        self.assertIn("Machines, builds and data", shown)
        self.assertIn("<svg", shown)
        subprocess.run([*words, "--window-size=1000,3000", f"--screenshot={picture}", address],
                       capture_output=True, timeout=50)
        data = picture.read_bytes()
        self.assertTrue(data.startswith(b"\x89PNG"))
        self.assertGreater(len(data), 20000)  # a blank page packs into less

    def test_without_gnuplot(self):
        self.assertIn("gnuplot is not here", self.page(path="/nowhere"))
        run = self.run_brds("plot", self.csv, "--out", self.folder / "none", status=69,
                            path="/nowhere")
        self.assertIn("gnuplot", run.stderr)

    def test_rows_without_a_figure(self):
        lines = self.csv.read_text().splitlines()
        (self.folder / "one.csv").write_text("\n".join(lines[:2]) + "\n")
        run = self.run_brds("plot", self.folder / "one.csv", "--out", self.folder / "x", status=65)
        self.assertIn("no figure", run.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
