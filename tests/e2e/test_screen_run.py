#!/usr/bin/python3
"""Both halves run from the screen (view !), and isplit run --live: what is shown while they work, keys meanwhile, a
tail that dies, and stopping. The tail's answers pass a gate, so that the middle of a run lasts as long as is wanted.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_screen_run.py [unittest options]
"""
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

from screen import DEMO, PROGRAM, SANITIZED, TOP, ScreenTest, dump, eventually, fake, rows_of, runs
from test_faults_files import faults_library

HALF = os.path.join(os.path.dirname(PROGRAM), "isplit-half")
IMAGES, FIRST = 24, 7  # of the run; answers that pass the gate before it closes
STAGES = ["decode", "head", "encode", "wire", "tail_decode", "tail", "answer"]
GATE = '''import os, subprocess, sys, time
gate, left = sys.argv[1], int(sys.argv[2])
tail = subprocess.Popen(sys.argv[3:], stdout=subprocess.PIPE)
with open(gate + ".pid", "w") as file:
    file.write(str(tail.pid))
while header := tail.stdout.read(32):
    payload = tail.stdout.read(int.from_bytes(header[16:20], "little"))
    if header[5:6] == b"a":
        while left == 0 and not os.path.exists(gate):
            if tail.poll() is not None:
                sys.exit(3)
            time.sleep(0.01)
        left -= left > 0
    os.write(1, header + payload)
sys.exit(tail.wait())
'''


class Run(ScreenTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.base = folder.name
        cls.halves = os.path.join(cls.base, "halves")
        cls.script = os.path.join(cls.base, "gate.py")
        with open(cls.script, "w", encoding="utf-8") as file:
            file.write(GATE)
        subprocess.run([PROGRAM, "split", DEMO, "--at", "block5_pool", "-o", cls.halves, "--check", "1"], check=True,
                       stdout=subprocess.DEVNULL)

    def setUp(self):
        self.gate = os.path.join(self.base, self.id())

    def command(self):
        return shlex.join([sys.executable, self.script, self.gate, str(FIRST), HALF, "tail"]) + " {}"

    def tail(self):
        with open(self.gate + ".pid", encoding="ascii") as file:
            return int(file.read())

    def open_gate(self):
        with open(self.gate, "w", encoding="ascii"):
            pass

    def shows_stages(self, p):
        """Each stage with its median, and the plan's time beside those that it knows."""
        for stage in STAGES:
            p.wait_for(r"^%s +-?\d+\.\d+" % stage)
        for stage in ("head", "wire", "tail", "answer"):
            p.wait_for(r"^%s +-?\d+\.\d+ +-?\d+\.\d+ +\d+\.\d+ +[+-]?\d+\.\d+" % stage)

    def begin(self, p):
        p.press("!", "Enter", *self.halves, "Enter", *self.command(), "Enter")
        p.wait_for(r"running: %d of %d images" % (FIRST, IMAGES))

    def test_view(self):
        """Bars and numbers while it runs, keys and other views meanwhile, nothing sent while nothing comes."""
        p = self.pty(DEMO, "-n", str(IMAGES), "--no-store", size=(80, 24))
        p.wait_for("measured %d/%d" % (IMAGES, IMAGES))
        p.press("!")
        p.wait_for("Both halves have not run yet")
        self.begin(p)
        self.shows_stages(p)
        predicted = p.wait_for(r"^wire +\S+ +\S+ +(\S+)").group(1)
        p.wait_for(r"^head .*█")
        p.wait_for(r"^head .*●")
        p.wait_for(r"^agreement +\?")
        p.press("j")
        p.wait_for("head: the head")
        p.press("9", "]", "+")  # another link: the plan beside it follows
        p.press("!")
        p.wait_for(r"^wire +\S+ +\S+ +(?!%s)\S" % re.escape(predicted))
        p.rest()
        sent = len(p.sent)
        p.collect(1)
        self.assertEqual(len(p.sent), sent)
        p.press("Enter")
        p.wait_for(r"both halves run \(Esc stops it\)")
        self.open_gate()
        p.wait_for(r"done: %d of %d images answered" % (IMAGES, IMAGES))
        p.wait_for(r"^agreement +100\.0 %% .* of %d" % IMAGES)
        p.wait_for(r"^accuracy +\d+\.\d %")
        tail = self.tail()
        self.assertTrue(eventually(lambda: not runs(tail)))
        p.press("Q")
        self.assertEqual(p.wait()[0], 0)

    def test_a_tail_that_dies(self):
        """It is said in one line, made again, and nothing counts twice; Esc ends both sides; who is wrong is refused."""
        p = self.pty(DEMO, "-n", str(IMAGES), "--no-store", size=(132, 43))
        p.wait_for("measured %d/%d" % (IMAGES, IMAGES))
        p.press("!", "Enter", *self.base, "Enter")
        p.wait_for(r"split\.csv: cannot open: No such file")  # and it is asked for again
        p.press("Esc", "1")
        p.wait_for(r"\[1 Curve\]")
        self.begin(p)
        os.kill(self.tail(), signal.SIGKILL)
        self.open_gate()
        p.wait_for(r"done: %d of %d images answered" % (IMAGES, IMAGES))
        p.wait_for(r"connection lost 1 times, \d+ frames sent again")
        p.wait_for(r"^accuracy .* of %d" % IMAGES)
        p.press("8")
        p.wait_for(r"warning: the tail ended with exit status \d+; trying again in 0\.25 s")
        os.remove(self.gate)
        self.begin(p)
        tail = self.tail()
        self.assertTrue(runs(tail))
        p.press("1", "Esc")
        p.wait_for(r"stopped: %d of %d images answered" % (FIRST, IMAGES))
        self.assertTrue(eventually(lambda: not runs(tail)))
        p.press("!", "Enter", "Enter", *(HALF + " probe"), "Enter")
        p.wait_for("error: the run has ended: the other side only answers probes")
        self.begin(p)
        tail = self.tail()
        p.press("Ctrl-C")
        self.assertEqual(p.wait()[0], 0)
        self.assertFalse(runs(tail))

    def test_halves_of_another_network(self):
        """The devices and the link that have numbers of their own plan them, too; those that are assumed do not."""
        row, = rows_of(os.path.join(self.halves, "split.csv"))
        usual = fake("--layers 3 --images 4")
        script = '! Enter "%s" Enter "%s tail {}" Enter' % (self.halves, HALF)
        for given in (["--edge", "0.5"], []):
            words = ["a.cfg", "a.weights", "-d", os.path.join(TOP, "tests", "samples", "letters"), "-n", "4", *given, *usual[4:]]
            text = dump((80, 24), words, script)
            self.assertIn("done: 4 of 4 images answered", text)
            head, = re.findall(r"(?m)^head +\S+ +\S+ (.*)", text)
            if given:
                self.assertAlmostEqual(float(head.split()[0]), 2e3 * int(row["head_macs"]) / 0.5e9, delta=0.06)
            else:
                self.assertNotRegex(head, r"\d")

    def test_halves_that_tell_nothing(self):
        """Where nothing says which network they are of, they are held to be of that on the screen, if they can be."""
        bare = os.path.join(self.base, "bare")
        shutil.copytree(self.halves, bare, ignore=shutil.ignore_patterns("*.meta.csv"))
        words = ["a.cfg", "a.weights", "-d", os.path.join(TOP, "tests", "samples", "letters"), "-n", "4",
                 *fake("--layers 3 --images 4")[4:]]
        text = dump((120, 24), words, '! Enter "%s" Enter "%s tail {}" Enter' % (bare, HALF))
        self.assertRegex(text, r"bare: its tail has \d+ outputs, but a\.cfg \d+ \(expected halves of that network\)")
        self.assertNotIn("images answered", text)

    def live(self, size, environment=None):
        p = self.pty("run", self.halves, "-d", DEMO, "-n", str(IMAGES), "--live", "--no-pipeline", "--no-whole", "--edge",
                     "0.5", "--server", "5", "--link", "wifi", "--to", self.command(), size=size,
                     environment=environment)
        p.wait_for(r"\b%d(/| of )%d\b" % (FIRST, IMAGES))
        return p

    def test_live(self):
        p = self.live((80, 24))
        self.shows_stages(p)
        p.wait_for("images/s, one at a time")
        p.resize(40, 12)
        p.wait_for(r"^tail_decode +-?\d")
        self.open_gate()
        self.assertEqual(p.wait()[0], 0)
        self.assertIn("%d of %d images answered, one at a time" % (IMAGES, IMAGES), p.sent.decode())
        os.remove(self.gate)

    def test_live_with_damaged_settings(self):
        """It takes their look from the screen's: what is put aside is told."""
        config = os.path.join(self.base, "config")
        settings = os.path.join(config, "isplit", "settings.json")
        os.makedirs(os.path.dirname(settings))
        with open(settings, "w", encoding="ascii") as file:
            file.write("{")
        p = self.live((80, 24), {"XDG_CONFIG_HOME": config})
        self.open_gate()
        self.assertEqual(p.wait()[0], 0)
        self.assertRegex(p.sent.decode(), r"isplit: warning: \S*settings\.json: is damaged .*put aside as")
        self.assertEqual(os.listdir(os.path.dirname(settings)), ["settings.json.damaged"])
        os.remove(self.gate)

    @unittest.skipIf(SANITIZED, "the sanitizers' library has to come first")
    def test_live_in_a_storm(self):
        """A window of another size at each look: both halves work on, and no more is drawn than was looked."""
        looks = os.path.join(self.base, "looks")
        p = self.live((80, 24), {"LD_PRELOAD": faults_library(self.base), "FAULTS_SIZES": looks, "FAULTS_ONLY": "isplit"})
        self.open_gate()
        self.assertEqual(p.wait()[0], 0)
        self.assertIn("%d of %d images answered, one at a time" % (IMAGES, IMAGES), p.sent.decode())
        self.assertLess(p.sent.decode().count("\x1b[2J"), os.path.getsize(looks))

    def test_live_is_stopped(self):
        p = self.live((40, 12))
        tail = self.tail()
        p.press("Esc")
        self.assertEqual(p.wait()[0], 130)
        self.assertFalse(runs(tail))
        self.assertIn("%d of %d images answered, one at a time" % (FIRST, IMAGES), p.sent.decode())
        run = subprocess.run([PROGRAM, "run", self.halves, "-d", DEMO, "--live", "--to", "x"], stdin=subprocess.DEVNULL,
                             capture_output=True, check=False, encoding="utf-8")
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        self.assertIn("--live needs a terminal", run.stderr)


if __name__ == "__main__":
    unittest.main()
