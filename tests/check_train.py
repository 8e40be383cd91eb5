"""Training, pruning and scoring through the command: equal bytes, resuming, masks, full disks.

    check_train.py BRDS

Runs on the stand-in; needs nothing but Python.
"""

import json
import resource
import signal
import time

import st_file
from command import STANDIN, Case, main, start, trained

# dropout, so that the state of the generator matters; short, so that the whole test is
TRAIN = ("train", *STANDIN, "--net", "smoke", "--keep", "0.9")
MATRICES = ("weight_ih_l0", "weight_hh_l0", "weight_ih_l1", "weight_hh_l1")
ZERO = bytes(4)


class Training(Case):
    def train(self, name, *words):
        self.fine(*TRAIN, "--out", self.path(name), *words)
        return self.path(name).read_bytes()

    def test_same_seed_and_threads_give_the_same_bytes(self):
        first = self.train("a", "--epochs", "0.1")
        self.assertEqual(first, self.train("other name", "--epochs", "0.1"))
        self.assertNotEqual(first, self.train("c", "--epochs", "0.1", "--seed", "2"))
        two = ("--epochs", "0.02", "--threads", "2")
        self.assertEqual(self.train("d", *two), self.train("e", *two))
        self.assertEqual(self.files(), ["a", "c", "d", "e", "other name"])

    def test_what_is_printed(self):
        words = ("--epochs", "1.05", "--out", self.path("a"))
        out = self.fine(*TRAIN, *words).splitlines()
        self.assertRegex(out[0], r"^epoch 1 of 2: loss \d\.\d+, valid ppl \d+\.\d+, \d+ words/s$")
        self.assertRegex(out[1], r"^epoch 2 of 2: loss ")
        self.assertRegex(out[2], r"^valid ppl \d+\.\d+$")
        self.assertRegex(out[3], r"^sha256 [0-9a-f]{64}  .*/a$")
        self.assertLess(float(out[2].split()[2]), 60)  # a uniform guess has 309
        quiet = self.fine(*TRAIN, *words, "--quiet").splitlines()
        self.assertEqual(quiet, out[2:])

    def test_interrupted_and_resumed(self):
        words = (*TRAIN, "--epochs", "2.5", "--out", self.path("b"))
        whole = self.train("a", "--epochs", "2.5")
        for again in ((), ("--resume",)):
            err = self.stopped(signal.SIGINT, *words, *again)
            self.assertRegex(err, r"\Abrds: interrupted [^\n]*--resume[^\n]*b\.ckpt\n\Z")
        self.refused(64, "another job", *words, "--resume", "--lr", "0.5")
        self.refused(64, "another job", *words, "--resume", "--seed", "2")
        self.assertEqual(self.stopped(signal.SIGKILL, *words, "--resume"), "")
        self.fine(*words, "--resume")
        self.assertEqual(self.path("b").read_bytes(), whole)
        self.assertFalse(self.path("b.ckpt").exists())

    def test_checkpoints_that_are_not_there_or_not_asked_for(self):
        whole = self.train("a", "--epochs", "0.02")
        for extra, part in (("--resume", "starts from the beginning"), (None, "left by a stopped")):
            if extra is None:
                self.path("b.ckpt").write_bytes(b"anything")
            run = start(*TRAIN, "--epochs", "0.02", "--out", self.path("b"), *filter(None, [extra]))
            _, err = run.communicate(timeout=60)
            self.assertEqual(run.returncode, 0, err)
            self.assertRegex(err, r"\Abrds: warning: [^\n]+\n\Z")
            self.assertIn(part, err)
            self.assertEqual(self.path("b").read_bytes(), whole)
            self.assertEqual(self.files(), ["a", "b"])
        self.path("b.ckpt").write_bytes(b"anything")
        self.refused(65, "b.ckpt: ", *TRAIN, "--epochs", "0.02", "--resume", "--out",
                     self.path("b"))


class Pruning(Case):
    @classmethod
    def setUpClass(cls):
        cls.dense = trained(cls, "0.5", "--keep", "0.9")

    def prune(self, name, *words):
        return ("prune", "--in", self.dense, "--sparsity-x", "0.8", "--sparsity-h", "0.9", "--out",
                self.path(name), *words)

    def check_rows(self, tensors):
        for name in MATRICES:
            kept = 13 if "_ih_" in name else 6  # floor(64 * .2 + .5), floor(64 * .1 + .5)
            for row in st_file.rows(tensors[name]):
                self.assertEqual(sum(w != ZERO for w in row), kept, name)

    def test_every_row_keeps_k_and_retraining_keeps_the_mask(self):
        shown = self.fine(*self.prune("once"))
        self.assertIn("layer 0  k_x 13 of 64  k_h 6 of 64\n", shown)
        self.assertIn("overall sparsity 0.851562\n", shown)
        self.assertNotIn("ppl", shown)
        once, meta = st_file.read(self.path("once"))
        self.check_rows(once)
        self.assertEqual((meta["k_x"], meta["k_h"], meta["pattern"]), ("13;13", "6;6", "row"))
        dense, dense_meta = st_file.read(self.dense)
        shown = self.fine(*self.prune("more"), *STANDIN, "--retrain-epochs", "0.2")
        again, more_meta = st_file.read(self.path("more"))
        self.check_rows(again)
        for name in MATRICES:
            self.assertNotEqual(once[name][2], again[name][2])
            for old, new, all_of in zip(*(st_file.rows(t[name]) for t in (once, again, dense))):
                self.assertEqual([w != ZERO for w in old], [w != ZERO for w in new])
                self.assertTrue(all(w in (ZERO, whole) for w, whole in zip(old, all_of)))
                least = min(abs(v) for v in unpacked(old) if v)
                rest = (v for v, w in zip(unpacked(all_of), old) if w == ZERO)
                self.assertLessEqual(max(map(abs, rest)), least)
        self.assertEqual(more_meta["vocab"], dense_meta["vocab"])
        before, after, retrained = (
            float(line.split()[-1]) for line in shown.splitlines() if line.startswith("valid ppl"))
        self.assertLess(before, after)
        self.assertLess(retrained, after)

    def test_retraining_resumes(self):
        words = (*STANDIN, "--retrain-epochs", "1.5", "--keep", "0.9")
        self.fine(*self.prune("a"), *words)
        self.stopped(signal.SIGINT, *self.prune("b"), *words)
        self.refused(64, "another job", *self.prune("b"), *words, "--resume", "--sparsity-x", "0.5")
        self.fine(*self.prune("b"), *words, "--resume")
        self.assertEqual(self.path("a").read_bytes(), self.path("b").read_bytes())
        self.assertEqual(self.files(), ["a", "b"])

    def test_backends_agree(self):
        self.fine(*self.prune("p"))
        words = ("--in", self.path("p"), *STANDIN)
        found = {b: json.loads(self.fine("eval", *words, "--backend", b, "--json"))
                 for b in ("ref", "dense", "sparse")}
        for backend, facts in found.items():
            self.assertEqual((facts["backend"], facts["metric"]), (backend, "ppl"))
            self.assertEqual((facts["tokens"], facts["dataset"]), (6004, "ptb-standin"))
            self.assertAlmostEqual(facts["value"] / found["ref"]["value"], 1, delta=5e-6)
        few = self.fine("eval", *words, "--max-tokens", "100", "--split", "valid")
        self.assertRegex(few, r"\Aptb-standin valid: ppl [\d.]+ over 100 tokens \(sparse, .+\n\Z")

    def test_a_file_without_words_needs_vocab(self):
        tensors, meta = st_file.read(self.dense)
        words = meta.pop("vocab")
        st_file.write(self.path("bare"), tensors, meta)
        ask = ("eval", "--in", self.path("bare"), *STANDIN, "--max-tokens", "50")
        self.refused(65, "--vocab FILE", *ask)
        self.path("words").write_text(words, encoding="utf-8")
        whole = self.fine("eval", "--in", self.dense, *ask[3:]).split(" (")[0]
        self.assertEqual(self.fine(*ask, "--vocab", self.path("words")).split(" (")[0], whole)
        self.path("words").write_text("too few\nwords\n", encoding="utf-8")
        self.refused(65, "words: 2 words for an embedding of 309", *ask, "--vocab",
                     self.path("words"))


class FullDisk(Case):
    """A write that fails leaves what was there, and nothing else."""

    def limited(self, part, *words):
        self.refused(2, part, *words, preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (4096, 4096)))

    def test_train_and_prune(self):
        train = (*TRAIN, "--epochs", "0.01", "--out", self.path("a"))
        self.limited("a.ckpt: cannot write", *train)
        self.assertEqual(self.files(), [])
        self.fine(*train)
        self.path("p").write_bytes(b"old")
        self.limited("p: cannot write", "prune", "--in", self.path("a"), "--sparsity-x", "0.5",
                     "--sparsity-h", "0.5", "--out", self.path("p"))
        self.assertEqual(self.files(), ["a", "p"])
        self.assertEqual(self.path("p").read_bytes(), b"old")

    def test_run(self):
        st_file.write(self.path("w"), {
            "weight_ih_l0": ("F32", (16, 1), st_file.floats(*[0.5] * 16)),
            "weight_hh_l0": ("F32", (16, 4), st_file.floats(*[0.5] * 64))})
        st_file.write(self.path("x"), {
            "input": ("F32", (500, 1, 1), st_file.floats(*range(500)))})
        self.limited("y: cannot write", "run", "--in", self.path("w"), "--input", self.path("x"),
                     "--output", self.path("y"), "--threads", "1")
        self.assertEqual(self.files(), ["w", "x"])

    def test_out_is_looked_at_before_training(self):
        begun = time.monotonic()
        long = (*TRAIN, "--epochs", "1000", "--out")
        self.refused(2, "none/a: cannot write", *long, self.path("none") / "a")
        self.path("folder").mkdir()
        self.refused(2, "folder: is a folder", *long, self.path("folder"))
        self.assertLess(time.monotonic() - begun, 20)
        self.assertEqual(self.files(), ["folder"])


def unpacked(row):
    return memoryview(b"".join(row)).cast("f")


if __name__ == "__main__":
    main()
