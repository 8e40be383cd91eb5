"""Bad input through the command: one line on stderr with the place, the right status, no traces.

    check_badinput.py BRDS
"""

import io
import os
import pathlib
import struct
import subprocess
import sys
import tarfile
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
        self.refused(69, "net 'imdb-128'", *self.train, "imdb-128")
        for command in (self.eval, self.run_):
            self.refused(69, "backend 'fpga'", *command, "--backend", "fpga")
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


GOOD = "the cat <unk> sat\non the mat\n"


class Corpora(Check):
    def add(self, status, part, source="in", *more):
        self.refused(status, part, "data", "add", "ptb", source, *more)

    def corpus(self, train=GOOD, valid=GOOD, test=GOOD):
        for name, text in (("train", train), ("valid", valid), ("test", test)):
            if text is not None:
                self.path(f"in/ptb.{name}.txt", text)

    def test_text(self):
        cases = {
            "ptb.train.txt:2: a NUL byte at column 3": b"a b\nc \0 d\n",
            "ptb.train.txt:1: invalid UTF-8 (byte 0xff at column 3)": b"a \xff b\n",
            "ptb.train.txt:2: invalid UTF-8": b"a\n\xc3",
            "ptb.train.txt:3: the line has 70000 bytes": b"a\nb\n" + b"c" * 70000 + b"\n",
            "ptb.train.txt:1: is an HTML page": b"<!DOCTYPE html>\n<html><title>404</title>\n",
            "ptb.train.txt:1: is a git-lfs pointer": b"version https://git-lfs\n",
            "ptb.train.txt:1: the file is empty": b"",
            "ptb.train.txt:1: begins with a byte-order mark": b"\xef\xbb\xbfa b\n",
            "ptb.train.txt:1: a carriage return": b"a b\r\n",
            "ptb.train.txt:1: is the PTB character corpus": b"n o _ i t _ w a s _ n t\n" * 200,
        }
        for part, train in cases.items():
            self.corpus(train)
            self.add(65, part, "in", "--as", "mine")
            self.path("in/ptb.train.txt", GOOD)
            self.path("in/ptb.test.txt", train)
            self.add(65, part.replace("train", "test"), "in", "--as", "mine")

    def test_members(self):
        self.refused(2, "none: cannot open", "data", "add", "ptb", "none")
        self.corpus(test=None)
        self.add(65, "in: ptb.test.txt is missing")
        self.corpus()
        self.add(65, "in/ptb.train.txt: sha256 is ")
        self.corpus(train="a b c\n", valid="a d\n")
        self.add(65, "ptb.valid.txt:1: the word 'd'", "in", "--as", "mine")

    def test_labels(self):
        self.corpus()
        for label in ("ptb", "imdb", "x-standin", "../x", "A B", ""):
            self.add(64, label, "in", "--as", label)

    def test_archives(self):
        self.corpus(train=GOOD * 50)
        memory = io.BytesIO()
        with tarfile.open(fileobj=memory, mode="w:xz") as tar:
            tar.add(self.path("in"), "in")
        whole = memory.getvalue()
        for size in (10, len(whole) // 2, len(whole) - 20):
            self.path("cut.tar.xz", whole[:size])
            self.add(65, "cut.tar.xz: cut short, damaged, or no tar", "cut.tar.xz", "--as", "mine")
        self.path("page.zip", "<html>not found</html>\n")
        self.add(65, "page.zip: cut short, damaged, or no tar", "page.zip")
        memory = io.BytesIO()
        with tarfile.open(fileobj=memory, mode="w") as tar:
            tar.add(self.path("in"), "../out")
        self.path("up.tar", memory.getvalue())
        self.add(65, "a name with '..'", "up.tar", "--as", "mine")

    def test_spoilt_after_adding(self):
        self.corpus()
        subprocess.run([BRDS, "data", "add", "ptb", self.path("in"), "--as", "mine", "--data-dir",
                        self.path("data")], check=True, stdout=subprocess.DEVNULL, timeout=60)
        member = self.path("data/mine/ptb.valid.txt")
        member.write_text("another text\n", encoding="utf-8")
        changed = f"{member}: sha256 is "
        self.refused(65, changed, "data", "verify")
        self.refused(65, changed, "data", "verify", "mine")
        self.refused(65, changed, "train", "--data", "mine", "--net", "smoke", "--out", "o")
        member.unlink()
        self.refused(65, f"{member}: is missing", "data", "verify", "mine")
        self.path("data/mine/corpus.json", "{")
        self.refused(65, "corpus.json", "data", "verify")


class Reviews(Check):
    HEAD = "review,sentiment\n"

    def add(self, part, source="in", *more):
        self.refused(65, part, "data", "add", "imdb", source, *more)

    def test_tree(self):
        self.path("in/readme", "none here")
        self.add("in: no review in it")
        name = "in/aclImdb/train/pos/0_9.txt"
        cases = {
            "0_9.txt:1: the file is empty": b"",
            "0_9.txt:1: a NUL byte at column 2": b"a\0",
            "0_9.txt:1: invalid UTF-8 (byte 0xff": b"a\xff",
            "0_9.txt:1: the line has 70000 bytes": b"a" * 70000,
            "0_9.txt:1: is an HTML page": b"<html>",
            "0_9.txt:1: is a git-lfs pointer": b"version https://git-lfs",
        }
        for part, text in cases.items():
            self.path(name, text)
            self.add(part)
        self.path(name, "fine")
        self.add("in: 0 reviews in train/neg/ (IMDB has 12500")
        self.add("in: train has no negative review", "in", "--as", "mine")
        self.path("in/aclImdb/train/pos/1_2.txt", "fine")
        self.add("1_2.txt: rated 2 among the positive reviews (expected 7 to 10)")
        self.path("in/aclImdb/train/pos/1_2.txt").rename(self.path("in/aclImdb/train/pos/x.txt"))
        self.add("x.txt: the name is no review's (expected ID_RATING.txt)")

    def test_csv(self):
        cases = {
            "x.csv:1: the header is not": "text,label\na,positive\n",
            "x.csv:2: the sentiment is 'fine'": self.HEAD + "a,fine\n",
            "x.csv:3": self.HEAD + "a,positive\n\"b,negative\n",
            "x.csv:2": self.HEAD + "a,positive,b\n",
            "x.csv: 1 reviews in csv/neg/ (IMDB has 25000": self.HEAD + "a,negative\n",
        }
        for part, text in cases.items():
            self.path("x.csv", text)
            self.add(part, "x.csv")

    def test_archives(self):
        self.path("in/aclImdb/train/pos/0_9.txt", "fine")
        memory = io.BytesIO()
        with tarfile.open(fileobj=memory, mode="w:gz") as tar:
            tar.add(self.path("in"), "in")
        whole = memory.getvalue()
        self.path("cut.tar.gz", whole[:len(whole) // 2])
        self.add("cut.tar.gz: cut short, damaged", "cut.tar.gz")
        link = tarfile.TarInfo("aclImdb/train/pos/1_9.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "../../../../secret"
        device = tarfile.TarInfo("aclImdb/train/pos/2_9.txt")
        device.type = tarfile.CHRTYPE
        for name, entry, part in (("/a", None, "an absolute name"), ("../a", None, "with '..'"),
                                  ("l", link, "a link that leaves the root"),
                                  ("d", device, "a device, pipe or socket")):
            memory = io.BytesIO()
            with tarfile.open(fileobj=memory, mode="w") as tar:
                tar.addfile(entry or tarfile.TarInfo(name))
            self.path("bad.tar", memory.getvalue())
            self.add(part, "bad.tar")


class Speech(Check):
    """An utterance of a speaker; its .WAV or .PHN is spoilt in turn."""

    STEM = "in/TIMIT/TRAIN/DR1/FCJF0/SI648"
    FIELDS = ("sample_count -i 800", "sample_rate -i 16000", "channel_count -i 1",
              "sample_n_bytes -i 2", "sample_byte_format -s2 01", "end_head")

    def sphere(self, *fields, data=bytes(1600)):
        head = "NIST_1A\n   1024\n" + "".join(f + "\n" for f in fields or self.FIELDS)
        return head.encode().ljust(1024) + data

    def add(self, part, source="in", *more):
        self.refused(65, part, "data", "add", "timit", source, *more)

    def test_speech(self):
        count, rate, channel, *rest = self.FIELDS
        cases = {
            " the file is empty": b"",
            " is neither a SPHERE nor a RIFF": b"anything",
            "1: is an HTML page": b"<html>",
            "1: is a git-lfs pointer": b"version https://git-lfs.github.com",
            " cut short: 100 bytes of samples where the header says 1600":
                self.sphere(data=bytes(100)),
            " the SPHERE header has no sample_count": self.sphere(rate, channel, *rest),
            " sample_count is -8": self.sphere("sample_count -i -8", rate, channel, *rest),
            " is compressed with shorten":
                self.sphere(count, rate, "sample_coding -s26 pcm,embedded-shorten-v2.00", *rest),
            " has 2 channels": self.sphere(count, rate, "channel_count -i 2", *rest),
            " has 8000 samples a second": self.sphere(count, "sample_rate -i 8000", *rest),
            " cut short at byte 36: the data chunk has 99 bytes, the file 2":
                b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 16000, 32000, 2, 16)
                + b"data" + struct.pack("<I", 99) + bytes(2),
        }
        for part, content in cases.items():
            self.path(self.STEM + ".PHN", "0 800 h#\n")
            self.path(self.STEM + ".WAV", content)
            self.add(f"{self.STEM}.WAV:{part}")

    def test_labels(self):
        self.path(self.STEM + ".WAV", self.sphere())
        self.add(f"{self.STEM}.WAV: there is no .PHN beside it")
        cases = {
            ":1: the file is empty": "",
            ":2: begins at 99 where 100 is expected (an overlap)": "0 100 h#\n99 800 aa\n",
            ":1: unknown phone 'zz'": "0 100 zz\n",
            ":1: is no line of a .PHN file": "h# 0 100\n",
            ":1: a NUL byte": "0 100 h#\0\n",
            ":1: is a git-lfs pointer": "version https://git-lfs.github.com\n",
        }
        for part, content in cases.items():
            self.path(self.STEM + ".PHN", content)
            self.add(self.STEM + ".PHN" + part)

    def test_whole_corpus(self):
        self.path("in/x", "no speech")
        self.add("in: no utterance in it")
        for stem in (self.STEM, "in/TIMIT/TEST/DR1/FAKS0/SI1", "in/TIMIT/TEST/DR1/MDAB0/SI1"):
            self.path(stem + ".WAV", self.sphere())
            self.path(stem + ".PHN", "0 700 h#\n")
        self.add("in: 1, 1 and 1 utterances (TIMIT has 3696")
        self.path(self.STEM + ".PHN", "0 801 h#\n")
        self.add(f"{self.STEM}.PHN:1: ends at 801, beyond the audio of 800 samples")
        self.path(self.STEM + ".PHN", "0 700 h#\n")
        self.path(self.STEM + ".WAV", self.sphere("sample_count -i 399", *self.FIELDS[1:]))
        self.path(self.STEM + ".PHN", "0 300 h#\n")
        self.add("399 samples are not one frame")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
