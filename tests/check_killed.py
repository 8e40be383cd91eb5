"""A suite killed at 100 random moments: whole rows only, and the next run goes on.

    check_killed.py BRDS

Needs nothing but Python.
"""

import csv
import random
import signal
import time

from command import Case, main, start

SHAPES = 40
SUITE = """[suite]
about = many short cases
judged = 0
""" + "".join(f"""
[weights w{n}]
random = 1
n_in = {8 + n}
n_hid = {8 + n}
""" for n in range(SHAPES)) + """
[run all]
weights = w*
backend = ref sparse
precision = f32 q16
seconds = 0.001
"""


class Killed(Case):
    def rows(self):
        """Every line is whole: as many cells as the header, an LF at its end."""
        text = self.path("r.csv").read_bytes().decode("ascii") if self.path("r.csv").exists() else ""
        self.assertTrue(text == "" or text.endswith("\n"), text[-200:])
        lines = list(csv.reader(text.splitlines()))
        self.assertLessEqual({len(line) for line in lines}, {len(lines[0])} if lines else set())
        return [dict(zip(lines[0], line)) for line in lines[1:]]

    def test_a_hundred_times(self):
        draw, grown = random.Random(7), 0
        self.path("s.ini").write_text(SUITE, encoding="ascii")
        words = ("bench", self.path("s.ini"), "--out", self.path("r.csv"), "--cache",
                 self.path("cache"))
        before = []
        for _ in range(100):
            run = start(*words)
            time.sleep(draw.uniform(0.005, 0.5))
            run.send_signal(signal.SIGKILL)
            run.communicate(timeout=60)
            now = self.rows()
            self.assertEqual(now[:len(before)], before)
            grown += len(now) > len(before)
            before = now
        self.assertGreater(grown, 0)
        self.fine(*words)
        rows = self.rows()
        self.assertEqual(rows[:len(before)], before)
        self.assertEqual(len(rows), 4 * SHAPES)
        self.assertEqual(len({r["case_key"] for r in rows}), len(rows))
        self.assertEqual({r["status"] for r in rows}, {"ok"})


if __name__ == "__main__":
    main()
