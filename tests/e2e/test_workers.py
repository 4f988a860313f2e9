#!/usr/bin/python3
"""Many workers as one: whatever their number, their order and what happens to them, the tables are those of one worker
to the byte. With workers that make their numbers up, and with real ones, killed and stopped at random.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_workers.py [unittest options]
"""
import glob
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import unittest

from screen import TOP, ScreenTest, fake
from test_frontend import FrontEnd, PROGRAM, engine, read
from wrapper import wrapped

NETWORK = ("a.cfg", "a.weights", "-d", "data", "--no-store")
TABLES = ("-o", "--images-csv", "--classes-csv")
SLOW = "--slow 0.05"


class Workers(FrontEnd):
    def setUp(self):
        super().setUp()
        self.runs = 0

    def measure(self, *words, expect=0):
        """-> (the bytes of the tables, what was said)"""
        self.runs += 1
        names = [self.path("%d%s.csv" % (self.runs, option)) for option in TABLES]
        options = [word for pair in zip(TABLES, names) for word in pair]
        _, said = self.isplit("curve", *words, *options, expect=expect)
        return [read(name) for name in names] if expect == 0 else None, said

    def fakes(self, *each, expect=0):
        return self.measure(*NETWORK, *[word for one in each for word in engine(one)], expect=expect)


class Fakes(Workers):
    """Each of them alone, so that what happens is known."""

    def test_as_one(self):
        lost = "--skip 3 4 --nonfinite 7 " + SLOW
        whole, _ = self.fakes(lost)
        tables, said = self.fakes(lost, lost + " --reverse", lost)
        self.assertEqual(tables, whole)
        counts = [int(n) for n in re.findall(r"worker \d \([^)]*\): (\d+) images, [\d.]+ a second", said)]
        self.assertEqual((len(counts), sum(counts)), (3, 40), said)
        self.assertGreater(min(counts), 0, said)

    def test_one_that_dies(self):
        whole, _ = self.fakes("")
        for death, why in (("--die-after 3", "killed by signal 9"), ("--exit-after 2", "status 7"),
                           ("--rubbish-after 1", "not a message")):
            tables, said = self.fakes(SLOW, SLOW + " " + death)
            self.assertEqual(tables, whole)
            self.assertRegex(said, r"worker 2 \([^\n]*\) is lost: [^\n]*%s[^\n]*R starts it again\)" % why)
        self.assertIn("all 2 workers are lost", self.fakes("--die-after 3", "--die-after 4", expect=3)[1])

    def test_an_image_that_kills(self):
        whole, _ = self.fakes("--skip 7")
        # Five where each death is seen at once; more where another takes over from one that only seems slow.
        tables, said = self.fakes(*["--poison 7"] * 16)
        self.assertEqual(tables[0], whole[0])
        self.assertIn("workers crash on it", said)
        self.assertLess(said.count("is lost"), 16)

    def test_that_do_not_fit_together(self):
        for other, why in (("--plan 00000000000000aa", "worker 2 [^\n]* computes by another tuning"),
                           ("--weights 0123456789abcdef", "worker 2 [^\n]* has another network"),
                           ("--images 39", "worker 2 [^\n]* has other images"),
                           ("--darknet another", "worker 2 [^\n]* is of another version")):
            _, said = self.fakes(SLOW, SLOW + " " + other, expect=1)
            self.assertRegex(said, why)

    def test_how_many(self):
        self.assertIn("--workers '0'", self.isplit("curve", *NETWORK, "--workers", "0", expect=2)[1])


class Real(Workers):
    """The demo network, and something that befalls each worker after some of its rows."""
    TROUBLE = """
    rows = globals().setdefault("rows", [])
    if message["type"] == "result":
        rows.append(line)
        if len(rows) == int(words[1]) and words[0] != "none":
            worker.send_signal(getattr(signal, words[0]))
"""

    def demo(self, *words):
        return self.measure(os.path.join(TOP, "cfg", "letters.data"), "-n", "48", "--batch", "4", "--threads", "1",
                            "--tuning", "tuning.json", "--no-store", *words)

    def beside(self, line):
        """-> a copy of isplit, which finds this worker beside it"""
        program, worker = self.path("isplit"), self.path("isplit-engine")
        shutil.copy(PROGRAM, program)
        with open(worker, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\n" + line + "\n")
        os.chmod(worker, 0o755)
        return program

    def test_memory_is_shared_out(self):
        asked = self.path("asked")
        real = os.path.join(os.path.dirname(PROGRAM), "isplit-engine")
        program = self.beside("tee %s-$$ | %s" % (shlex.quote(asked), shlex.quote(real)))
        for words, total in ((("--memory", "600M"), 600 * 2 ** 20), ((), None)):
            subprocess.run([program, "curve", os.path.join(TOP, "cfg", "letters.data"), "-n", "96", "--batch", "4", "--no-store",
                            "--workers", "3", "-o", os.devnull, *words], check=True, stderr=subprocess.DEVNULL)
            paths = glob.glob(asked + "-*")
            self.assertEqual(len(paths), 3)
            shares = set()
            for path in paths:
                with open(path, encoding="ascii") as file:
                    shares |= {request["memory"] for request in map(json.loads, file) if request["type"] == "run"}
                os.remove(path)
            self.assertEqual(len(shares), 1, shares)  # in all of their runs
            share = shares.pop()
            if total:
                self.assertEqual(share, total // 3)
            self.assertTrue(0 < 3 * share < os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))

    def test_each_makes_its_network_once(self):
        """Whatever is free on the machine when the next portion is dealt."""
        told = self.path("told")
        real = os.path.join(os.path.dirname(PROGRAM), "isplit-engine")
        line = wrapped(self.folder.name, """
    if message["type"] == "progress" and message["what"] == "loading the network":
        open(words[0], "a").write("x")
""", real, told)[1]
        subprocess.run([self.beside(line), "curve", os.path.join(TOP, "cfg", "letters.data"), "-n", "96", "--batch", "4",
                        "--no-store", "--workers", "2", "-o", os.devnull], check=True, stderr=subprocess.DEVNULL)
        self.assertEqual(read(told), b"xx")

    def test_killed_and_stopped_at_random(self):
        seed = int(os.environ.get("SEED", "0")) or random.randrange(1, 1 << 30)
        dice = random.Random(seed)
        whole, _ = self.demo()
        self.assertEqual(self.demo("--workers", "3")[0], whole)
        real = os.path.join(os.path.dirname(PROGRAM), "isplit-engine")
        for _ in range(2):
            fates = ["SIGKILL", "SIGSTOP", "none"]
            dice.shuffle(fates)
            words = []
            for fate in fates:
                words += wrapped(self.folder.name, self.TROUBLE, real, fate, str(dice.randrange(1, 9)))
            tables, said = self.demo(*words)
            self.assertEqual(tables, whole, "SEED=%d" % seed)
            self.assertNotIn("none 0", said)
        self.assert_nobody_runs(self.folder.name)


class Screen(ScreenTest):
    def test_one_that_is_lost_comes_back(self):
        flag = self.home().path("lost")
        once = "if [ -e %s ]; then exec %s; else touch %s; exec %s --die-after 2; fi"
        worker = shlex.join([sys.executable, os.path.join(TOP, "tests/e2e/fake_engine.py")]) + \
            " --layers 18 --classes 10 --images 120 --delay 80"
        t = self.terminal(*fake("--layers 18 --classes 10 --images 120 --delay 80"), "--engine",
                          once % (flag, worker, flag, worker))
        t.wait_for(r"(?s)worker 2 .*is lost")
        t.wait_for(r"measuring \d+/120 +[\d.]+/s \([\d.]+ \+ lost\)")
        t.press("R")
        t.wait_for("measured 120/120")
        t.press("8")
        t.wait_for("is started again")
        t.wait_for(r"images, [\d.]+ a second; worker 2")
        t.press("R")  # now there is none to be started
        t.wait_for("all 2 workers run: none is lost")
        self.assertNotIn("starting the worker again", t.text())
        self.assertEqual(t.quit(), 0)


if __name__ == "__main__":
    unittest.main()
