#!/usr/bin/python3
"""What commands say on a terminal while they work, and at the end: a bar, and a last line with the result and the files.

Run from anywhere, after make:  tests/e2e/test_conclusion.py [unittest options]
"""
import json
import os
import pty
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
PROGRAM = os.path.abspath(os.environ.get('ISPLIT', TOP / 'isplit'))
DEMO = str(TOP / 'cfg/letters-vgg16.cfg')
WEIGHTS = str(TOP / 'weights/letters-vgg16.weights')


class OnTerminal(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def run_isplit(self, *words, out=None):
        """Standard error is a terminal, and standard output where `out` is None. -> what it got, (standard output)"""
        master, slave = pty.openpty()
        process = subprocess.Popen([PROGRAM, *words], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out or slave, stderr=slave)
        os.close(slave)
        got = b''
        while True:
            try:
                part = os.read(master, 4096)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            got += part
        os.close(master)
        rest = process.stdout.read().decode() if process.stdout else ''
        if process.stdout:
            process.stdout.close()
        self.assertEqual(process.wait(60), 0, got)
        return got.decode(), rest

    def last(self, text):
        return re.sub(r'.*\r(\x1b\[K)?', '', text.replace('\r\n', '\n').rstrip('\n').split('\n')[-1])

    def test_the_last_line(self):
        text, _ = self.run_isplit('layers', DEMO, '-o', 'l.csv')
        self.assertRegex(self.last(text), r'^isplit: 18 of \d+ layers are listed; the cut after block5_pool sends least, 512 B; '
                                          r'written: l\.csv, l\.csv\.meta\.csv$')
        text, _ = self.run_isplit('plan', DEMO, WEIGHTS, '-o', 'p.csv')
        self.assertRegex(self.last(text), r'^isplit: .*; written: p\.csv, p\.csv\.meta\.csv$')

    def test_formats(self):
        """A table where standard output is a terminal, CSV in a pipe, JSON where it is asked for."""
        text, _ = self.run_isplit('layers', DEMO)
        self.assertRegex(text, r'layer +name +kernel +stride +filters +params +macs')
        self.assertRegex(text, r'1 +block1_conv2 +3 +1 +16 +2320 +2,359,296')
        _, rows = self.run_isplit('layers', DEMO, out=subprocess.PIPE)
        self.assertTrue(rows.startswith('layer,name,type,'))
        _, rows = self.run_isplit('layers', DEMO, '--format', 'json', '--columns', 'name,kernel,macs', out=subprocess.PIPE)
        self.assertEqual(json.loads(rows)[2], {'name': 'block1_pool', 'kernel': 2, 'macs': 0})

    def test_a_bar_while_it_works(self):
        text, _ = self.run_isplit('profile', DEMO, WEIGHTS, '-o', 'p.csv')
        self.assertRegex(text, r'profiling \[#*\.*\] +\d+%  \d+/\d+ runs')
        self.assertRegex(self.last(text), r'^isplit: the whole network takes .* ms on .*; written: p\.csv, p\.csv\.meta\.csv$')


if __name__ == '__main__':
    unittest.main()
