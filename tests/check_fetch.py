"""datasets/fetch.sh against a server on the loopback: resuming, digests, adding.

    check_fetch.py BRDS ROOT        skips (77) without curl
"""

import hashlib
import http.server
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import unittest

BRDS, ROOT = map(os.path.abspath, sys.argv[1:3])
FETCH = os.path.join(ROOT, "datasets", "fetch.sh")


def tiny_archive():
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w:gz") as tar:
        for split in ("train", "valid", "test"):
            text = f"the cat <unk> {split}\n".encode() if split == "train" else b"the cat\n"
            entry = tarfile.TarInfo(f"simple-examples/data/ptb.{split}.txt")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text))
    return memory.getvalue()


class Server(http.server.SimpleHTTPRequestHandler):
    """Serves `content` as /tiny.tgz; knows ranges unless told not to."""

    content, ranges, served = tiny_archive(), True, []

    def do_GET(self):  # pylint: disable=invalid-name
        if self.path != "/tiny.tgz":
            self.send_error(404)
            return
        start = 0
        if self.ranges and "Range" in self.headers:
            start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range",
                             f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        self.send_header("Content-Length", str(len(self.content) - start))
        self.end_headers()
        self.wfile.write(self.content[start:])
        self.served.append(len(self.content) - start)

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


class Fetch(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.to = self.folder / "to"
        Server.served, Server.ranges = [], True
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.base = f"http://127.0.0.1:{server.server_address[1]}"
        self.digest = "sha256:" + hashlib.sha256(Server.content).hexdigest()

    def run_(self, *words):
        env = {**os.environ, "no_proxy": "127.0.0.1", "BRDS_DATA": str(self.folder / "data"),
               "HOME": str(self.folder)}
        return subprocess.run(["bash", FETCH, *words], capture_output=True, text=True, timeout=60,
                              check=False, env=env, stdin=subprocess.DEVNULL)

    def fetch(self, *words, file="tiny.tgz", digest=None):
        return self.run_("ptb", "--to", str(self.to), "--url", f"{self.base}/{file}", "--digest",
                         digest or self.digest, *words)

    def files(self):
        return sorted(p.name for p in self.to.glob("*")) if self.to.exists() else []

    def assert_whole(self, run, served):
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertEqual(run.stdout, f"{self.to}/tiny.tgz\n")
        self.assertEqual((self.to / "tiny.tgz").read_bytes(), Server.content)
        self.assertEqual(self.files(), ["tiny.tgz"])
        self.assertEqual(Server.served, served)

    def part(self, n):
        self.to.mkdir()
        (self.to / "tiny.tgz.part").write_bytes(Server.content[:n])

    def test_whole_and_again(self):
        n = len(Server.content)
        self.assert_whole(self.fetch(), [n])
        self.assert_whole(self.fetch(), [n])  # nothing is fetched twice
        md5 = "md5:" + hashlib.md5(Server.content).hexdigest()
        self.assert_whole(self.fetch(digest=md5), [n])

    def test_resumes(self):
        self.part(100)
        self.assert_whole(self.fetch(), [len(Server.content) - 100])

    def test_whole_part_is_only_renamed(self):
        self.part(len(Server.content))
        self.assert_whole(self.fetch(), [])

    def test_server_without_ranges(self):
        Server.ranges = False
        self.part(100)
        run = self.fetch()
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual((self.to / "tiny.tgz").read_bytes(), Server.content)
        self.assertEqual(self.files(), ["tiny.tgz"])

    def test_wrong_digest_is_never_used(self):
        run = self.fetch("--add", BRDS, "--as", "tiny", digest="sha256:" + "0" * 64)
        self.assertEqual(run.returncode, 65)
        self.assertIn("another digest than sha256:000", run.stderr)
        self.assertEqual(self.files(), [])
        self.assertFalse((self.folder / "data").exists())

    def test_adds(self):
        run = self.fetch("--add", BRDS, "--as", "tiny")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertTrue((self.folder / "data/tiny/corpus.json").exists())

    def test_refusals(self):
        run = self.fetch(file="none.tgz")
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        self.assertIn("none.tgz: curl ended with status 22", run.stderr)
        for status, part, *words in ((64, "no corpus named"), (64, "wsj: unknown", "wsj"),
                                     (64, "--x: unknown", "ptb", "--x", "1"),
                                     (64, "--to: needs a value", "imdb", "--to"),
                                     (64, "is no digest", "imdb", "--digest", "md5:0"),
                                     (69, "catalog.ldc.upenn.edu/LDC93S1", "timit")):
            run = self.run_(*words)
            self.assertEqual((run.returncode, run.stdout), (status, ""), words)
            self.assertIn(part, run.stderr)
            self.assertEqual(run.stderr.count("\n"), 1)


if __name__ == "__main__":
    if shutil.which("curl") is None:
        print("skipped: no curl")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
