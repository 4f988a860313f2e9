#!/usr/bin/python3
"""A program that keeps rows is killed 50 times, at any moment: the store opens undamaged each time, every row in it
is right, and what is missing was handed over in the last second before the kill."""
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

WRITER = Path(os.environ.get('ISPLIT_BUILD', 'build')).resolve() / 'store_writer'
KILLS = 50
IMAGES = 60000  # the listing takes a good while, so that kills fall into it too
LAST_SECOND = 1000  # ms


class KillTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / 'rows.db'
        self.first = 0  # the next image that is not handed over yet
        self.random = random.Random(4)

    def write_and_kill(self):
        """-> [(number, ms)] of what was handed over until the kill."""
        writer = subprocess.Popen([WRITER, 'write', self.path, str(IMAGES), str(self.first)], stdout=subprocess.PIPE,
                                  text=True)
        lines = []
        reader = threading.Thread(target=lambda: lines.extend(writer.stdout))
        reader.start()
        time.sleep(self.random.choice((0.03, 0.2, 0.6, 1.8)) * self.random.random())
        writer.kill()
        writer.wait()
        reader.join()
        writer.stdout.close()
        self.assertEqual([line for line in lines if line.startswith('error')], [])
        whole = [line.split() for line in lines if line.endswith('\n')]
        return [(int(number), int(ms)) for number, ms in whole]

    def read(self):
        """-> (numbers of the rows that are there, whether the listing is complete)."""
        run = subprocess.run([WRITER, 'read', self.path, str(IMAGES)], capture_output=True, text=True, check=False,
                             timeout=300)
        lines = run.stdout.splitlines()
        self.assertEqual([line for line in lines if line.startswith('error')], [], run.stderr)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return {int(line) for line in lines if line.isdigit()}, 'listing complete' in lines

    def check_integrity(self):
        """SQLite's own word, without our code."""
        import sqlite3
        with sqlite3.connect(self.path) as store:
            self.assertEqual(store.execute('PRAGMA integrity_check').fetchall(), [('ok',)])
            self.assertEqual(store.execute('PRAGMA foreign_key_check').fetchall(), [])
        store.close()

    def test_kills(self):
        present, complete, kills_in_listing = set(), False, 0
        for kill in range(KILLS):
            with self.subTest(kill=kill):
                handed_over = self.write_and_kill()
                if not self.path.exists():
                    continue
                self.check_integrity()
                before = present
                present, complete = self.read()
                kills_in_listing += not complete
                self.assertLessEqual(before, present, 'a row was lost that was there before')
                # As the program saw the time: it hands over something every millisecond while it runs.
                end = handed_over[-1][1] if handed_over else 0
                old = {number for number, ms in handed_over if ms < end - LAST_SECOND}
                self.assertEqual(old - present, set(), 'a row was lost that is older than a second')
                if handed_over:
                    self.first = handed_over[-1][0] + 1
        self.assertGreater(len(present), 0)
        self.assertTrue(complete)
        self.assertGreater(kills_in_listing, 0, 'no kill fell into the listing')
        self.assertEqual([name for name in os.listdir(self.path.parent) if 'damaged' in name], [])


if __name__ == '__main__':
    if not WRITER.exists():
        sys.exit(f'{WRITER} is missing: make unit-programs')
    unittest.main()
