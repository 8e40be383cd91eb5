"""Bad input through the command: one line on stderr with the place, the right status, no traces.

    check_badinput.py BRDS
"""

import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

import st_file
from st_file import floats

BRDS = os.path.abspath(sys.argv[1])
HID, IN = 2, 3
NAN, INF = float("nan"), float("inf")


def stack(**other):
    """One layer of 2 cells over 3 inputs, with some tensors replaced (None: left out)."""
    tensors = {
        "weight_ih_l0": ("F32", (4 * HID, IN), floats(*[0.5] * 4 * HID * IN)),
        "weight_hh_l0": ("F32", (4 * HID, HID), floats(*[0.25] * 4 * HID * HID)),
        "bias_ih_l0": ("F32", (4 * HID,), floats(*[0.1] * 4 * HID)), **other}
    return {name: t for name, t in tensors.items() if t}


def matrix(*shape, value=0.5):
    n = shape[0] * shape[1] if len(shape) == 2 else shape[0]
    return "F32", shape, floats(*[value] * n)


def raw(text, data=b""):
    return struct.pack("<Q", len(text)) + text.encode() + data


class Check(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def path(self, name, content=None):
        path = self.folder / name
        if content is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def listing(self):
        return sorted(str(p) for p in self.folder.rglob("*"))

    def refused(self, status, part, *words):
        """The command fails with this status and one line that holds `part`; nothing changes."""
        before = self.listing()
        run = subprocess.run([BRDS, *map(str, words)], capture_output=True, timeout=60, check=False,
                             cwd=self.folder, stdin=subprocess.DEVNULL,
                             env={**os.environ, "BRDS_DATA": str(self.folder / "data")})
        err = run.stderr.decode("utf-8", "replace")
        self.assertEqual(run.returncode, status, (words, err))
        self.assertRegex(err, r"\Abrds: (?!warning)[^\n]+\n\Z", words)
        self.assertIn(part, err)
        self.assertEqual(run.stdout, b"")
        self.assertEqual(self.listing(), before)


class Names(Check):
    """Unknown names are 64, known ones that this build lacks 69."""

    def setUp(self):
        super().setUp()
        st_file.write(self.path("w"), stack())
        st_file.write(self.path("x"), {"input": matrix(1, IN)})
        self.train = ("train", "--data", "ptb", "--standin", "--out", "o", "--net")
        self.prune = ("prune", "--in", "w", "--out", "o", "-x.5", "-y.5", "--pattern")
        self.eval = ("eval", "--in", "w", "--data", "ptb", "--standin")
        self.run_ = ("run", "--in", "w", "--input", "x", "--output", "o")

    def test_unknown(self):
        self.refused(64, "unknown net 'ptb-smal'", *self.train, "ptb-smal")
        self.refused(64, "unknown pattern 'rows'", *self.prune, "rows")
        self.refused(64, "unknown pattern 'bank:0'", *self.prune, "bank:0")
        self.refused(64, "unknown pattern 'nm:3:2'", *self.prune, "nm:3:2")
        for command in (self.eval, self.run_):
            self.refused(64, "unknown backend 'spars'", *command, "--backend", "spars")
            self.refused(64, "unknown precision 'f16'", *command, "--precision", "f16")
            self.refused(64, "unknown option '--presision' (did you mean --precision?", *command,
                         "--presision", "f32")
        self.refused(64, "dev", *self.eval, "--split", "dev")
        self.refused(64, "pbt: unknown data set", "eval", "--in", "w", "--data", "pbt")
        self.refused(64, "pbt: unknown corpus", "data", "add", "pbt", ".")
        self.refused(64, "unknown word 'lst'", "data", "lst")

    def test_known_but_not_here(self):
        self.refused(64, "net 'imdb-128' is for task classify", *self.train, "imdb-128")
        self.refused(64, "--sparsity-x: means nothing", *self.prune, "row", "--overall", ".9")
        self.refused(69, "brds data add ptb PATH", "train", "--data", "ptb", "--net", "smoke",
                     "--out", "o")
        for name in ("imdb", "imdb-kaggle", "timit", "timit-sample"):
            self.refused(69, f"brds data add {name.split('-')[0]} PATH", "train", "--data", name,
                         "--net", "smoke", "--out", "o")
        self.refused(69, "data: no corpus is there", "data", "verify")
        self.refused(69, "ptb: not in ", "data", "verify", "ptb")

    def test_precision_that_is_not_built(self):
        st_file.write(self.path("x"), {"input": ("F32", (1, 1, IN), floats(1, 2, 3))})
        self.refused(77, "no precision f27", *self.run_, "--backend", "dense",
                     "--precision", "f27")

    def test_options_that_do_not_go_together(self):
        self.refused(64, "--sparsity-h: must be given", "prune", "--in", "w", "--out", "o", "-x.5")
        self.refused(64, "--sparsity-x: means nothing", *self.prune, "dense")
        self.refused(64, "--data: must be given", *self.prune, "row", "--retrain-epochs", "1")
        self.refused(64, "--as: goes with", "data", "list", "--as", "x")
        self.refused(64, "keep is 0", *self.train, "smoke", "--keep", "0")
        self.refused(65, "w: holds no tensor 'embedding.weight'", *self.eval)


class Weights(Check):
    def bad(self, part, content, *more):
        """Every command that reads weights refuses them, naming the file."""
        if isinstance(content, dict):
            content = st_file.pack(content, *more)
        self.path("bad.st", content)
        self.refused(65, part, "info", "--in", "bad.st")
        for words in (("info",), ("prune", "-x.5", "-y.5", "--out", "o"),
                      ("run", "--input", "none", "--output", "o"),
                      ("eval", "--data", "ptb-standin")):
            self.refused(65, "bad.st: ", *words, "--in", "bad.st")

    def test_files(self):
        self.refused(2, "none: cannot open", "info", "--in", "none")
        self.path("folder").mkdir()
        self.refused(2, "folder: is a folder", "info", "--in", "folder")
        self.bad("0 bytes", b"")
        self.bad("header of", "<!DOCTYPE html><html><body>404</body></html>\n")
        self.bad("header of", "version https://git-lfs.github.com/spec/v1\noid sha256:00\n")

    def test_every_cut(self):
        whole = st_file.pack(stack())
        for size in (*range(0, 40, 3), *range(40, len(whole), 37), len(whole) - 1):
            self.path("cut", whole[:size])
            self.refused(65, "cut: ", "info", "--in", "cut")

    def test_headers(self):
        self.bad("header of 18446744073709551615", b"\xff" * 8 + b"{}")
        self.bad("header of", struct.pack("<Q", 200 << 20) + b"{}")
        for text in ("", "[]", "{", "{}x", '{"a":1,"a":2}', '{"a": {}}', "\0" * 8):
            self.bad("", raw(text))
        entry = '{"a":{"dtype":"F32","shape":%s,"data_offsets":%s}}'
        self.bad("overflow", raw(entry % ("[4294967296,4294967296,4]", "[0,4]"), b"1234"))
        self.bad("do not fit", raw(entry % ("[4611686018427387904]", "[0,4]"), b"1234"))
        self.bad("is not a size", raw(entry % ("[-1]", "[0,4]"), b"1234"))
        self.bad("leave the data", raw(entry % ("[1]", "[4,8]"), b"1234"))
        self.bad("leave the data", raw(entry % ("[1]", "[4,0]"), b"1234"))
        self.bad("follow the last tensor", raw(entry % ("[1]", "[0,4]"), b"12345"))
        self.bad("a hole", raw(entry % ("[1]", "[4,8]"), b"12345678"))
        self.bad("dtype", raw(entry.replace("F32", "F99") % ("[1]", "[0,4]"), b"1234"))
        two = '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},' \
              '"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}'
        self.bad("it overlaps", raw(two, b"123456789012"))
        self.bad("__metadata__", raw('{"__metadata__":{"k_x":1}}'))

    def test_values(self):
        for value in (NAN, INF, -INF):
            ih = list((0.5,) * 4 * HID * IN)
            ih[7] = value
            self.bad("tensor 'weight_ih_l0': element 7", stack(
                weight_ih_l0=("F32", (4 * HID, IN), floats(*ih))))
        nan16 = b"\x00\x7e" + b"\0\0" * (4 * HID - 1)
        self.bad("tensor 'bias_ih_l0': element 0", stack(bias_ih_l0=("F16", (4 * HID,), nan16)))
        huge = struct.pack(f"<{4 * HID}d", *[1e300] * 4 * HID)
        self.bad("tensor 'bias_ih_l0': element 0", stack(bias_ih_l0=("F64", (4 * HID,), huge)))
        ints = ("I32", (4 * HID,), floats(*[0] * 4 * HID))
        self.bad("tensor 'bias_ih_l0' is I32", stack(bias_ih_l0=ints))

    def test_stacks(self):
        self.bad("no LSTM layer", {"a": matrix(2, 2)})
        self.bad("'weight_hh_l0' is missing", stack(weight_hh_l0=None))
        self.bad("'weight_hh_l0' has another shape (expected [8, 2])",
                 stack(weight_hh_l0=matrix(8, 3)))
        self.bad("'weight_ih_l0' is no matrix", stack(weight_ih_l0=matrix(9, 3)))
        self.bad("'bias_ih_l0' has another shape", stack(bias_ih_l0=matrix(7)))
        self.bad("'weight_ih_l1' is missing", stack(weight_ih_l2=matrix(8, 2),
                                                    weight_hh_l2=matrix(8, 2)))
        self.bad("bidirectional", stack(weight_ih_l0_reverse=matrix(8, 3)))
        self.bad("two prefixes", {**stack(), **{f"rnn.{k}": v for k, v in stack().items()}})
        self.bad("element", stack(peephole_l0=matrix(3, HID, value=NAN)))
        self.bad("holds 3 weights (k is 2)", stack(), {"k_x": "2", "k_h": "2"})
        self.bad("k_x is not", stack(), {"k_x": "2;2"})

    def test_out_is_kept_when_the_input_is_bad(self):
        self.path("o", b"old")
        self.bad("0 bytes", b"")
        self.assertEqual(self.path("o").read_bytes(), b"old")


class Inputs(Check):
    def bad(self, part, **tensors):
        st_file.write(self.path("w"), stack())
        st_file.write(self.path("x"), {k: v for k, v in tensors.items() if v})
        self.refused(65, f"x: {part}", "run", "--in", "w", "--input", "x", "--output", "o")

    def test_shapes_are_named(self):
        good = ("F32", (2, 1, IN), floats(*range(2 * IN)))
        self.bad("tensor 'input' is missing (expected [steps, batch, 3])", len=("I64", (0,), b""))
        self.bad("tensor 'input' is [3] (expected [steps, batch, 3]", input=matrix(3))
        self.bad("tensor 'input' is [1, 1, 4] (expected [steps, batch, 3], as layer 0 reads 3",
                 input=("F32", (1, 1, 4), floats(1, 2, 3, 4)))
        self.bad("tensor 'input' is [0, 1, 3] (expected at least", input=("F32", (0, 1, 3), b""))
        self.bad("tensor 'h0' is [1, 2, 2] (expected [1, 1, 2])", input=good,
                 h0=("F32", (1, 2, 2), floats(1, 2, 3, 4)))
        self.bad("tensor 'c0' is [1, 2] (expected [1, 1, 2])", input=good, c0=matrix(1, 2))
        self.bad("tensor 'len' is [2] (expected [1])", input=good, len=("I32", (2,), bytes(8)))
        self.bad("tensor 'len': element 0 is 3 (expected 0 to 2 steps)", input=good,
                 len=("I32", (1,), b"\3\0\0\0"))
        self.bad("tensor 'len': element 0 is -1", input=good, len=("I64", (1,), b"\xff" * 8))
        self.bad("tensor 'len' is F32 (expected I64 or I32)", input=good, len=matrix(1))
        self.bad("unknown tensor 'h_0'", input=good, h_0=("F32", (1, 1, 2), floats(1, 2)))
        self.bad("tensor 'input' is I32", input=("I32", (1, 1, 3), bytes(12)))

    def test_output_folder(self):
        st_file.write(self.path("w"), stack())
        self.refused(2, "none/o: cannot write", "run", "--in", "w", "--input", "x", "--output",
                     "none/o")

    def test_prefix(self):
        st_file.write(self.path("w"), {f"rnn.{k}": v for k, v in stack().items()})
        self.refused(65, "w: no LSTM layer under prefix enc", "run", "--in", "w", "--input", "x",
                     "--output", "o", "--prefix", "enc")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
