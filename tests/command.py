"""The command under test: started, stopped at a checkpoint, and what it must say.

Scripts that use this get the path of brds as their first argument.
"""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

BRDS = os.path.abspath(sys.argv[1])
STANDIN = ("--data", "ptb", "--standin", "--threads", "1")


def start(*words, **more):
    return subprocess.Popen([BRDS, *map(str, words)], stdout=subprocess.PIPE, text=True,
                            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, **more)


def shared_folder(cls):
    """A folder for all tests of a class, gone after the last."""
    folder = tempfile.TemporaryDirectory()
    cls.addClassCleanup(folder.cleanup)
    return pathlib.Path(folder.name)


def trained(cls, epochs, *words):
    """A file for all tests of a class: a small net, trained for a moment on the stand-in."""
    path = shared_folder(cls) / "dense"
    subprocess.run([BRDS, "train", *STANDIN, "--net", "smoke", "--epochs", epochs, "--out", path,
                    *words], check=True, stdout=subprocess.DEVNULL, timeout=120)
    return path


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def path(self, name):
        return self.folder / name

    def files(self):
        return sorted(p.name for p in self.folder.iterdir())

    def fine(self, *words, warning=""):
        """Runs to a good end with one warning that holds this text, or none; standard output."""
        run = start(*words)
        out, err = run.communicate(timeout=180)
        self.assertEqual(run.returncode, 0, err)
        self.assertRegex(err, r"\Abrds: warning: [^\n]+\n\Z" if warning else r"\A\Z")
        self.assertIn(warning, err)
        return out

    def refused(self, status, part, *words, **more):
        """Ends with this status and one line that holds this text; standard output."""
        run = start(*words, **more)
        out, err = run.communicate(timeout=120)
        self.assertEqual(run.returncode, status, err)
        self.assertRegex(err, r"\Abrds: (?!warning)[^\n]+\n\Z")
        self.assertIn(part, err)
        return out

    def stopped(self, number, *words):
        """Runs until a checkpoint is written anew, then sends the signal; standard error. An
        interrupted one says how to go on, a killed one nothing."""
        out = words[words.index("--out") + 1]
        ckpt = pathlib.Path(f"{out}.ckpt")
        before = ckpt.stat().st_ino if ckpt.exists() else None
        run = start(*words, "--checkpoint-seconds", "0.1")
        self.addCleanup(run.kill)
        limit = time.monotonic() + 100
        while not ckpt.exists() or ckpt.stat().st_ino == before:
            self.assertIsNone(run.poll(), "ended before its first checkpoint")
            self.assertLess(time.monotonic(), limit)
            time.sleep(0.01)
        run.send_signal(number)
        _, err = run.communicate(timeout=100)
        self.assertEqual(run.returncode, 130 if number == signal.SIGINT else -number, err)
        self.assertTrue(ckpt.exists())
        self.assertFalse(pathlib.Path(out).exists())
        return err


def main():
    unittest.main(argv=sys.argv[:1])
