"""The real program on files in a folder of the test's own."""
import os
import subprocess
import tempfile
import unittest

from split_worker import PROGRAM

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TIMEOUT = 300


class Running(unittest.TestCase):
    SHEET = ""  # the name of what the program writes

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.out = os.path.join(self.folder, self.SHEET)

    def run_program(self, *arguments, expect=0):
        run = subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                             timeout=TIMEOUT, encoding="utf-8", cwd=TOP)
        self.assertEqual(run.returncode, expect, run.stderr)
        return run.stdout, run.stderr
