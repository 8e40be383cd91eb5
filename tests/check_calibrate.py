"""Calibration through the command: measured, kept, shown, used, dropped; bad ones refused.

    check_calibrate.py BRDS

Runs on the stand-in; needs nothing but Python.
"""

import json

import st_file
from command import STANDIN, Case, main, shared_folder, start
from st_file import floats

HID, IN = 3, 2


class Calibrate(Case):
    @classmethod
    def setUpClass(cls):
        folder = shared_folder(cls)
        cls.net, cls.calibrated = folder / "net", folder / "calibrated"
        for words in (("train", *STANDIN, "--net", "smoke", "--epochs", "1", "--out", cls.net),
                      ("calibrate", "--in", cls.net, *STANDIN, "--out", cls.calibrated)):
            run = start(*words)
            _, err = run.communicate(timeout=120)
            assert (run.returncode, err) == (0, ""), err

    def score(self, path, precision, backend="sparse", warning=""):
        return json.loads(self.fine("eval", "--in", path, *STANDIN, "--split", "valid", "--json",
                                    "--precision", precision, "--backend", backend,
                                    warning=warning))

    def quant(self, path):
        return json.loads(st_file.read(path)[1]["quant"])

    def test_weights_stay_and_bytes_are_equal(self):
        again = self.folder / "again"
        self.fine("calibrate", "--in", self.net, *STANDIN, "--out", again, "--threads", "1")
        self.assertEqual(again.read_bytes(), self.calibrated.read_bytes())
        tensors, metadata = st_file.read(self.calibrated)
        before = st_file.read(self.net)
        metadata.pop("quant")
        self.assertEqual((tensors, metadata), before)

    def test_more_tokens_widen_ranges(self):
        few = self.folder / "few"
        self.fine("calibrate", "--in", self.net, *STANDIN, "--out", few, "--max-tokens", "50")
        for low, high in zip(self.quant(few)["layers"], self.quant(self.calibrated)["layers"]):
            self.assertLessEqual(low["x"], high["x"])
            self.assertLess(low["r"], high["r"])
            self.assertLess(low["c"], high["c"])

    def test_info_shows_it(self):
        info = json.loads(self.fine("info", "--in", self.calibrated, "--json"))
        self.assertEqual(info["calibrated"], "yes")
        for shown, kept in zip(info["layers"], self.quant(self.calibrated)["layers"]):
            for name in "xrc":
                self.assertAlmostEqual(shown[f"largest_{name}"], kept[name], places=6)
        self.assertEqual(json.loads(self.fine("info", "--in", self.net, "--json"))["calibrated"],
                         "no")

    def test_eval_with_and_without(self):
        f32 = self.score(self.net, "f32")
        self.assertNotIn("saturations", f32)
        for precision, most in (("q16", 0.005), ("q8", 0.01)):
            kept = self.score(self.calibrated, precision)
            self.assertIn("saturations", kept)
            self.assertLess(abs(kept["value"] / f32["value"] - 1), most)
            for backend in ("ref", "dense"):
                self.assertEqual(self.score(self.calibrated, precision, backend)["value"],
                                 kept["value"])
            fresh = self.score(self.net, precision, warning="holds no calibration")
            self.assertAlmostEqual(fresh["value"], kept["value"], places=6)

    def test_pruning_drops_it(self):
        out = self.folder / "pruned"
        self.fine("prune", "--in", self.calibrated, "--out", out, "-x.5", "-y.5")
        self.assertNotIn("quant", st_file.read(out)[1])

    def stack(self, quant=None):
        """A bare stack of one layer in a file, and an input for it."""
        value = [((7 * i) % 11 - 5) / 10 for i in range(4 * HID * HID)]
        st_file.write(self.folder / "w", {
            "weight_ih_l0": ("F32", (4 * HID, IN), floats(*value[:4 * HID * IN])),
            "weight_hh_l0": ("F32", (4 * HID, HID), floats(*value))}, quant and {"quant": quant})
        st_file.write(self.folder / "x",
                      {"input": ("F32", (4, 1, IN), floats(1, -2, 0.5, 3, 0, 0, 1, 1))})
        return ("run", "--in", self.folder / "w", "--input", self.folder / "x", "--output",
                self.folder / "y")

    def test_run_calibrates_on_its_input(self):
        words = self.stack()
        self.fine(*words)
        exact = st_file.read(self.folder / "y")[0]["output"]
        for precision in ("q16", "q8"):
            seen = set()
            for backend in ("ref", "dense", "sparse"):
                self.fine(*words, "--precision", precision, "--backend", backend,
                          warning="calibrating on this input")
                seen.add(st_file.read(self.folder / "y")[0]["output"][2])
            self.assertEqual(len(seen), 1, "backends differ")
            self.assertNotEqual(seen.pop(), exact[2])
            self.stack('{"layers":[{"x":3,"r":1,"c":2}]}')
            self.fine(*words, "--precision", precision)
            self.stack()

    def test_bad_calibrations(self):
        for quant, part in (("no", "is no JSON object"), ('{"layers":[]}', "0 layers for a net of 1"),
                            ('{"layers":[{"x":-3,"r":1,"c":2}]}', "x of layer 0")):
            words = self.stack(quant)
            self.refused(65, f"{self.folder / 'w'}: __metadata__ quant: ", *words, "-p", "q16")
            self.refused(65, part, *words, "-p", "q8")
            self.refused(65, part, "info", "--in", self.folder / "w")
            self.assertFalse((self.folder / "y").exists())
            self.fine(*words)
            (self.folder / "y").unlink()

    def test_what_cannot_be_calibrated(self):
        self.stack()
        self.refused(65, "embedding", "calibrate", "--in", self.folder / "w", *STANDIN, "--out",
                     self.folder / "q")
        self.refused(69, "brds data add ptb PATH", "calibrate", "--in", self.net, "--data", "ptb",
                     "--data-dir", self.folder, "--out", self.folder / "q")
        self.assertFalse((self.folder / "q").exists())


if __name__ == "__main__":
    main()
