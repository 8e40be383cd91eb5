"""Bad corpora through the command: one line on stderr with the place, status 65, no traces.

    check_badcorpora.py BRDS
"""

import io
import struct
import subprocess
import sys
import tarfile
import unittest

from check_badinput import BRDS, Check

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
