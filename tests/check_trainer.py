"""Options of training through the command: logs, tied nets, schedules, distillation, full disks.

    check_trainer.py BRDS

Runs on the stand-in; needs nothing but Python.
"""

import csv
import math
import resource
import signal

import st_file
from command import STANDIN, Case, main, trained

TRAIN = ("train", *STANDIN, "--net", "smoke")
ADAM = ("--optimizer", "adam", "--lr", "0.01", "--lr-schedule", "cosine", "--warm-up", "20",
        "--weight-decay", "0.01", "--keep-in", "0.9", "--keep-between", "0.8", "--keep-out", "0.7")
COLUMNS = ["epoch", "step", "tokens", "loss", "valid", "lr", "grad_norm", "words_per_s",
           "gflops", "softmax_share"]
SAME = COLUMNS[:7]  # the others are times
ZERO = bytes(4)


class Training(Case):
    def log(self, name):
        text = self.path(name).read_bytes().decode("ascii")
        self.assertTrue(text.endswith("\n"))
        rows = list(csv.DictReader(text.splitlines()))
        self.assertEqual(list(rows[0]), COLUMNS)
        return rows

    def test_log(self):
        self.fine(*TRAIN, *ADAM, "--epochs", "1.1", "--out", self.path("a"), "--log",
                  self.path("a.csv"), "--log-every", "100")
        rows = self.log("a.csv")
        self.assertEqual([int(r["step"]) for r in rows], [100, 200, 299, 300, 329])
        self.assertEqual([int(r["epoch"]) for r in rows], [1, 1, 1, 2, 2])
        for r in rows:
            step, u = int(r["step"]), max(int(r["step"]) - 1 - 20, 0) / (329 - 20)
            self.assertEqual(int(r["tokens"]), step * 200)
            lr = 0.01 * (1 + math.cos(math.pi * u)) / 2
            self.assertAlmostEqual(float(r["lr"]) / lr, 1, delta=1e-6)
            self.assertTrue(0 < float(r["loss"]) < 6 and float(r["grad_norm"]) > 0)
            self.assertTrue(float(r["words_per_s"]) > 0 and float(r["gflops"]) > 0)
            self.assertTrue(0 < float(r["softmax_share"]) < 1)
        self.assertEqual([r["valid"] == "" for r in rows], [True, True, False, False, False])

    def test_log_and_adam_resume(self):
        words = (*TRAIN, *ADAM, "--tied", "--epochs", "2.5", "--log-every", "50")
        self.fine(*words, "--out", self.path("a"), "--log", self.path("a.csv"))
        again = (*words, "--out", self.path("b"), "--log", self.path("b.csv"))
        self.stopped(signal.SIGINT, *again)
        with open(self.path("b.csv"), "a", encoding="ascii") as f:  # what a killed run might leave
            f.write("9,100000,1,1,1,1,1,1,1,1\n9,1000")
        self.stopped(signal.SIGINT, *again, "--resume")
        self.fine(*again, "--resume")
        self.assertEqual(self.path("a").read_bytes(), self.path("b").read_bytes())
        first, second = self.log("a.csv"), self.log("b.csv")
        self.assertEqual([[r[c] for c in SAME] for r in first],
                         [[r[c] for c in SAME] for r in second])
        self.path("b.csv").write_text("something else\n", encoding="ascii")
        self.refused(65, "b.csv:1: is no log of a training", *again)
        self.assertEqual(self.path("b.csv").read_text(encoding="ascii"), "something else\n")

    def test_early_stop(self):
        # the rate is 0 from the second epoch on: no score is better than the first
        out = self.fine(*TRAIN, "--epochs", "9", "--decay", "0", "--decay-after", "1",
                        "--early-stop", "2", "--out", self.path("a"))
        self.assertEqual(out.count("epoch "), 3, out)

    def test_options_that_do_not_fit(self):
        out = ("--out", self.path("a"))
        self.refused(64, "--lr: must be given with --optimizer adam", *TRAIN, *out, "--optimizer",
                     "adam")
        self.refused(64, "weight_decay is 0.1 without Adam", *TRAIN, *out, "--weight-decay", "0.1")
        self.refused(64, "lr_floor is 2", *TRAIN, *out, "--lr-floor", "2")
        self.refused(64, "--lr-schedule", *TRAIN, *out, "--lr-schedule", "linear")
        self.assertFalse(self.path("a").exists())


class Tied(Case):
    def test_all_commands_take_it(self):
        a, p = self.path("a"), self.path("p")
        self.fine(*TRAIN, "--tied", "--epochs", "0.3", "--out", a)
        tensors, meta = st_file.read(a)
        self.assertEqual(meta["tied"], "1")
        self.assertEqual(tensors["embedding.weight"], tensors["classifier.weight"])
        self.fine("prune", "--in", a, *STANDIN, "--sparsity-x", "0.5", "--sparsity-h", "0.5",
                  "--retrain-epochs", "0.1", "--out", p)
        tensors, meta = st_file.read(p)
        self.assertEqual(meta["tied"], "1")
        self.assertEqual(tensors["embedding.weight"], tensors["classifier.weight"])
        self.fine("calibrate", "--in", p, *STANDIN, "--out", p)
        ppl = {}
        for words in (("ref", "f32"), ("sparse", "f32"), ("dense", "q16"), ("sparse", "q8")):
            line = self.fine("eval", "--in", p, *STANDIN, "--max-tokens", "500", "--backend",
                             words[0], "--precision", words[1])
            ppl[words] = float(line.split("ppl ")[1].split()[0])
        for words, v in ppl.items():
            self.assertAlmostEqual(v / ppl["ref", "f32"], 1, delta=0.02, msg=words)
        self.assertRegex(self.fine("info", "--in", p), r"tied +yes")
        self.fine("bench", self.suite(), "--cache", self.path("cache"), "--out", self.path("r.csv"))
        rows = list(csv.DictReader(self.path("r.csv").read_text(encoding="utf-8").splitlines()))
        self.assertEqual([(r["status"], r["schedule"]) for r in rows], [("ok", "")] +
                         [("ok", "gradual")] * 2)
        self.assertEqual({r["overall_sparsity"] for r in rows[1:]}, {"0.849609375"})

    def suite(self):
        path = self.path("tied.ini")
        path.write_text("""
            [suite]
            about = a tied net through bench
            judged = 0
            dataset = ptb-standin
            [weights dense]
            net = ptb-tied
            epochs = 0.02
            [weights dual]
            parent = dense
            control = dense
            pattern = row
            sparsity_x = 0.8
            sparsity_h = 0.9
            epochs = 0.1
            lr = 0.001
            schedule = gradual
            distill = 0.5
            temperature = 2
            [run step]
            weights = dense
            backend = dense
            precision = f32
            max_tokens = 100
            seconds = 0.01
            [run more]
            weights = dual
            backend = sparse
            precision = f32 q8
            max_tokens = 100
            seconds = 0.01
        """.replace("            ", ""), encoding="utf-8")
        return path


class Pruning(Case):
    @classmethod
    def setUpClass(cls):
        cls.dense = trained(cls, "0.5")

    def prune(self, name, *words):
        return ("prune", "--in", self.dense, "--sparsity-x", "0.8", "--sparsity-h", "0.9", *STANDIN,
                "--retrain-epochs", "1.5", "--out", self.path(name), *words)

    def test_gradual_resumes_and_reaches_its_target(self):
        words = ("--schedule", "gradual", "--keep", "0.9")
        shown = self.fine(*self.prune("a", *words))
        self.assertIn("layer 0  k_x 13 of 64  k_h 6 of 64\n", shown)
        self.stopped(signal.SIGINT, *self.prune("b", *words))
        self.fine(*self.prune("b", *words, "--resume"))
        self.assertEqual(self.path("a").read_bytes(), self.path("b").read_bytes())
        tensors, meta = st_file.read(self.path("a"))
        self.assertIn("schedule=gradual", meta["prune"])
        for name in ("weight_ih_l0", "weight_hh_l0", "weight_ih_l1", "weight_hh_l1"):
            for row in st_file.rows(tensors[name]):
                self.assertEqual(sum(w != ZERO for w in row), 13 if "_ih_" in name else 6)
        self.refused(64, "--schedule: means nothing without --retrain-epochs", "prune", "--in",
                     self.dense, "--sparsity-x", "0.5", "--sparsity-h", "0.5", "--schedule",
                     "gradual", "--out", self.path("c"))

    def test_distillation(self):
        words = ("--distill", "0.5", "--distill-temperature", "2")
        self.fine(*self.prune("a", *words))
        self.stopped(signal.SIGINT, *self.prune("b", *words))
        self.fine(*self.prune("b", *words, "--resume"))
        self.assertEqual(self.path("a").read_bytes(), self.path("b").read_bytes())
        self.fine(*self.prune("plain"))
        self.assertNotEqual(self.path("a").read_bytes(), self.path("plain").read_bytes())
        self.assertIn("distill=0.5 temperature=2", st_file.read(self.path("a"))[1]["retrain"])
        self.assertNotIn("distill", st_file.read(self.path("plain"))[1]["retrain"])


class FullDisk(Case):
    def test_the_old_checkpoint_survives(self):
        words = (*TRAIN, *ADAM, "--epochs", "1.5")
        self.fine(*words, "--out", self.path("a"))
        again = (*words, "--out", self.path("b"))
        self.stopped(signal.SIGINT, *again)
        before = self.path("b.ckpt").read_bytes()
        self.refused(2, "b.ckpt: cannot write", *again, "--resume", "--checkpoint-seconds", "0.1",
                     preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
        self.assertEqual(self.path("b.ckpt").read_bytes(), before)
        self.assertEqual(self.files(), ["a", "b.ckpt"])
        self.fine(*again, "--resume")
        self.assertEqual(self.path("a").read_bytes(), self.path("b").read_bytes())


if __name__ == "__main__":
    main()
