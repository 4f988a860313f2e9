#!/usr/bin/python3
"""More images than one message to the worker holds: which runs it is asked for, and that the results are the same.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_long_runs.py [unittest options]
"""
import os
import re
import shlex
import unittest

import test_frontend
from test_frontend import FrontEnd, engine, read

test_frontend.TIMEOUT = 300  # of a run; it takes some seconds where nothing else does
IMAGES, MOST, CLASSES = 33000, 32768, 4


class Long(FrontEnd):
    def measured(self, name, *arguments, worker="--runs %s"):
        """-> (the runs of a worker, each a list of images; the curve; what was said)"""
        log = self.path(name + ".runs")
        out = self.path(name + ".csv")
        words = engine(("--images %d " % IMAGES) + worker.replace("%s", shlex.quote(log)))
        _, said = self.isplit("curve", "a.cfg", "a.weights", "-d", "data", "--no-store", *words, *arguments, "-o", out)
        runs = read(log).decode().split("\n")[:-1] if os.path.exists(log) else []
        return [[int(image) for image in run.split()] for run in runs], read(out), said

    def test_one_run_follows_another(self):
        runs, curve, _ = self.measured("one")
        self.assertEqual([len(run) for run in runs], [MOST, IMAGES - MOST])
        images = sum(runs, [])
        self.assertEqual(sorted(images), list(range(IMAGES)))
        turns = [image % CLASSES for image in images]  # the classes take turns over the whole of it
        self.assertEqual(turns, [i % CLASSES for i in range(IMAGES)])

        more = engine("--images %d" % IMAGES)  # a second worker
        portions, pooled, said = self.measured("pool", *more)
        self.assertTrue(portions)
        self.assertLess(max(map(len, portions)), MOST)
        self.assertEqual(pooled, curve)
        counts = [int(n) for n in re.findall(r"worker \d \([^)]*\): (\d+) images, [\d.]+ a second", said)]
        self.assertEqual((len(counts), sum(counts)), (2, IMAGES), said)  # told once, of both runs

    def test_until_stable_ends_all_of_it(self):
        runs, _, _ = self.measured("stable", "--until-stable", worker="--layers 18 --runs %s")
        self.assertEqual([len(run) for run in runs], [MOST])


if __name__ == "__main__":
    unittest.main()
