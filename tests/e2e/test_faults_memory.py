#!/usr/bin/python3
"""A call for a few bytes that fails, or a page of a store that cannot be read: the program says so and ends, or goes on to the
same result. What is missing is never taken for a fault of a message, of an image or of a store.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_faults_memory.py [unittest options]
"""
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from PIL import Image
from screen import PROGRAM, SANITIZED, TIMEOUT, fake
from test_faults_files import VGG, faults_library
from test_faults_terminal import Faults

KEPT = [word for word in fake() if word != "--no-store"]
WRONG = re.compile("damaged|not a message|JSON|is wrong|corrupt|known type|does not say|put aside|header")


@unittest.skipIf(SANITIZED, "the sanitizers' library has to come first")
class Failing(Faults):
    def setUp(self):
        super().setUp()
        self.library = faults_library(self.home.folder)

    def run_failing(self, which, only, *words):
        """Exit status, and what was written to both streams."""
        run = subprocess.run([PROGRAM, *words], cwd=self.folder, timeout=TIMEOUT, check=False, stdin=subprocess.DEVNULL, capture_output=True,
                             env={**self.home.environment(), "LD_PRELOAD": self.library, "FAULTS_FAIL": which, "FAULTS_ONLY": only})
        return run.returncode, run.stdout.decode(), run.stderr.decode()

    def check_store(self):
        """A store that was whole before is whole, and has its name."""
        self.assertEqual([name for name in os.listdir(self.folder) if "damaged" in name], [])
        self.assertEqual(self.run_program("store", "verify", "--store", "r.db")[1], "isplit: r.db: no fault\n")


class Memory(Failing):
    def sweep(self, only, calls, *words):
        """Each of these calls fails in a run of its own."""
        whole = self.run_program(*words)
        ended = 0
        for n in calls:
            status, out, said = self.run_failing("memory:%d" % n, only, *words)
            with self.subTest(n=n, status=status):
                self.assertNotRegex(said, WRONG)
                if status == 0:
                    self.assertEqual(out, whole[0])
                else:
                    self.assertRegex(said, "(?i)memory")
                ended += status != 0
        return ended

    def test_rows(self):
        command = ["curve", *KEPT, "--store", "r.db", "-o", "-"]
        self.run_program(*command)
        self.assertGreater(self.sweep("isplit", range(3, 6000, 67), *command), 20)
        self.check_store()

    def test_layers(self):
        self.assertGreater(self.sweep("isplit", range(1, 800, 11), "layers", VGG[0]), 20)

    def test_a_whole_store(self):
        self.run_program("curve", *KEPT, "--store", "r.db", "-o", "/dev/null")
        self.assertGreater(self.sweep("isplit", range(1, 4000, 53), "store", "verify", "--store", "r.db"), 20)
        self.check_store()

    def test_images(self):
        """An image for which there is no memory now is not taken for one that cannot be decoded."""
        for name in "ab":
            os.makedirs(self.path("data", name))
            Image.effect_noise((200, 200), 50).save(self.path("data", name, "1.jpg"))
        lost = 0
        for n in range(350, 600):
            said = "".join(self.run_failing("memory:%d" % n, "isplit-engine", "data", "data", "--format", "table")[1:])
            with self.subTest(n=n):
                self.assertNotRegex(said, WRONG)
            lost += "jpg: no memory" in said
        self.assertGreater(lost, 2)


class Pages(Failing):
    def test_a_disk_that_fails(self):
        """A store of which a page cannot be read now stays where it is."""
        command = ["curve", *KEPT, "--store", "r.db", "-o", "-"]
        whole = self.run_program(*command)[0]
        told = 0
        for n in range(1, 60):
            status, out, said = self.run_failing("pread:%d" % n, "isplit", *command)
            with self.subTest(n=n):
                self.assertEqual((status, out), (0, whole))
                self.assertNotRegex(said, WRONG)
                told += "isplit: warning: r.db: " in said
        self.assertGreater(told, 5)
        self.check_store()


if __name__ == "__main__":
    unittest.main()
