"""meson install: command, library, header, pkg-config file, manual page, completion; the example
program is built against the installed copy.

    check_install.py BUILD BRDS MESON...

Skips (77) where no C compiler or pkg-config is to be had.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import st_file

BUILD, BRDS, MESON = sys.argv[1], sys.argv[2], sys.argv[3:]
SOURCE = pathlib.Path(__file__).resolve().parent.parent


def run(*words, **more):
    return subprocess.run([*map(str, words)], capture_output=True, text=True, timeout=120,
                          check=True, **more).stdout


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        run(*MESON, "install", "-C", BUILD, "--no-rebuild", "--destdir", cls.root, "--quiet")
        options = {o["name"]: o["value"] for o in
                   json.loads(run(*MESON, "introspect", BUILD, "--buildoptions"))}
        cls.prefix = cls.root / options["prefix"].lstrip("/")
        cls.lib = cls.prefix / options["libdir"]

    def test_what_is_there(self):
        for name in ("bin/brds", "include/brds.h", "share/man/man1/brds.1",
                     "share/bash-completion/completions/brds"):
            self.assertTrue((self.prefix / name).is_file(), name)
        self.assertTrue((self.lib / "libbrds.so.0").exists())
        self.assertEqual(list(self.root.glob("**/*.a")), [])
        env = {**os.environ, "LD_LIBRARY_PATH": str(self.lib)}
        self.assertRegex(run(self.prefix / "bin/brds", "--version", env=env), r"^brds \d")

    def test_only_our_symbols_are_shown(self):
        if not shutil.which("nm"):
            self.skipTest("no nm")
        shown = run("nm", "-D", "--defined-only", self.lib / "libbrds.so.0").split("\n")
        names = {line.split()[-1] for line in shown if line}
        self.assertIn("brds_plan_run", names)
        self.assertEqual({n for n in names if not n.startswith("brds_")}, set())

    def test_the_example_program(self):
        env = {**os.environ, "PKG_CONFIG_PATH": str(self.lib / "pkgconfig"),
               "PKG_CONFIG_SYSROOT_DIR": str(self.root), "LD_LIBRARY_PATH": str(self.lib)}
        flags = run("pkg-config", "--cflags", "--libs", "brds", env=env).split()
        program = self.root / "example"
        run("cc", "-Wall", "-Wextra", "-Werror", SOURCE / "docs" / "example.c", *flags, "-o",
            program)
        half = st_file.floats(*[0.5] * 64)
        st_file.write(self.root / "w", {"weight_ih_l0": ("F32", (16, 1), half[:64]),
                                        "weight_hh_l0": ("F32", (16, 4), half)})
        seen = {b: [float(v) for v in run(program, self.root / "w", b, "f32", env=env).split()]
                for b in ("ref", "sparse")}
        self.assertEqual(len(seen["ref"]), 4)
        for a, b in zip(seen["ref"], seen["sparse"]):
            self.assertAlmostEqual(a, b, delta=1e-5)
            self.assertTrue(0 < a < 1)
        bad = subprocess.run([program, self.root / "none", "ref", "f32"], env=env, timeout=60,
                             capture_output=True, text=True, check=False)
        self.assertEqual(bad.returncode, 1)
        self.assertRegex(bad.stderr, r"\Aexample: .*none.*\n\Z")

    def test_the_manual_page(self):
        page = self.prefix / "share/man/man1/brds.1"
        listing = run(BRDS, "--help").split("Commands:\n")[1].split("\n\n")[0]
        text = page.read_text(encoding="utf-8").replace("\\-", "-")
        for command in (line.split()[0] for line in listing.splitlines()):
            self.assertIn(f".SS brds {command} ", text)
        self.assertIn("--retrain-epochs", text)
        if not shutil.which("groff"):
            self.skipTest("no groff")
        made = subprocess.run(["groff", "-man", "-ww", "-Tascii", "-P-cbou", page], capture_output=True,
                              text=True, timeout=60, check=True)
        self.assertEqual(made.stderr, "")
        self.assertTrue("SYNOPSIS" in made.stdout and "iter" in made.stdout)

    def complete(self, *words):
        script = self.prefix / "share/bash-completion/completions/brds"
        line = " ".join(f"'{w}'" for w in words)
        return run("bash", "-c", f"source {script}; COMP_WORDS=({line}); "
                   f"COMP_CWORD={len(words) - 1}; _brds; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
                   cwd=self.root).split()

    def test_completion(self):
        self.assertEqual(self.complete("brds", "tr"), ["train"])
        self.assertEqual(self.complete("brds", "bench", "--qu"), ["--quick", "--quiet"])
        self.assertEqual(self.complete("brds", "table", "--format", "l"), ["latex"])
        (self.root / "some.csv").touch()
        self.assertEqual(self.complete("brds", "table", "som"), ["some.csv"])
        self.assertEqual(self.complete("brds", "nothing", "--x"), [])


if __name__ == "__main__":
    if not shutil.which("cc") or not shutil.which("pkg-config"):
        print("cc and pkg-config are needed")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
