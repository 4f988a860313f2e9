#!/usr/bin/python3
"""A program that keeps rows is killed 50 times, at points that it counts its way to (store_writer.c) and at moments of
chance: the store opens undamaged each time, every row in it is right, no row is lost that was there before, and all are
there that were flushed or for which it had the time."""
import os
import random
import select
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

WRITER = Path(os.environ.get('ISPLIT_BUILD', 'build')).resolve() / 'store_writer'
IMAGES = 20000
TIMEOUT = 120  # seconds; what works needs a small part of it
IN_LISTING = 800  # entries at most before a kill, so that the first kills leave the listing incomplete


def points(source):
    """(point, N) of each kill, as store_writer takes them. The listing comes first: it is written once."""
    schema = [('commit', 1)]
    listing = [('file', source.randint(1, IN_LISTING)) for _ in range(12)] + [('commit', n) for n in (2, 3, 1)]
    rows = [('rows', source.randint(1, 400)) for _ in range(10)] + [('content', source.randint(1, 300)) for _ in range(8)]
    rows += [('commit', source.randint(1, 2)) for _ in range(5)] + [('flushed', source.randint(1, 300)) for _ in range(4)]
    chance = [('chance', 400) for _ in range(4)]
    patient = [('never', source.randint(1, 300)) for _ in range(3)]
    rest = rows + chance + patient
    source.shuffle(rest)
    return schema + listing + rest


class KillTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / 'rows.db'
        self.first = 0  # the next image that is not handed over yet
        self.random = random.Random(4)

    def write_and_kill(self, point, n):
        """-> (numbers that were handed over, how many of them must be there)."""
        own = point not in ('never', 'chance')
        early = ''
        writer = subprocess.Popen([WRITER, 'write', self.path, str(IMAGES), str(self.first), point if own else 'never',
                                   str(n)], stdout=subprocess.PIPE)
        try:
            if point == 'chance':
                time.sleep(self.random.random() ** 2)
            elif point == 'never':
                early = self.wait_for_rows(writer, n)
            if not own:
                writer.kill()
            output = early + writer.communicate(timeout=TIMEOUT)[0].decode()
        finally:
            writer.kill()
            writer.communicate()
        self.assertEqual(writer.returncode, -9, output)
        lines = output.splitlines()
        self.assertEqual([line for line in lines if line.startswith('error')], [])
        numbers = [int(line) for line in lines if line.isdigit()]
        self.assertEqual('flushed' in lines, point == 'flushed')
        kept = lines.index('flushed') if point == 'flushed' else len(numbers) if point == 'never' else 0
        return numbers, kept

    def wait_for_rows(self, writer, n):
        """Until another program sees the rows, although the writer neither flushes nor hands over more: what it said."""
        last, text = b'%d\n' % (self.first + n - 1), b''
        end = time.monotonic() + TIMEOUT
        while last not in text[-len(last):]:
            self.assertTrue(select.select([writer.stdout], [], [], end - time.monotonic())[0])
            text += os.read(writer.stdout.fileno(), 1 << 16)
        while self.rows_n() < self.before + n:
            self.assertLess(time.monotonic(), end, 'rows that wait are not written')
            time.sleep(.02)
        return text.decode()

    def rows_n(self):
        store = sqlite3.connect(self.path, timeout=TIMEOUT)
        try:
            return store.execute('SELECT count(*) FROM measured').fetchone()[0]
        finally:
            store.close()

    def read(self):
        """-> (numbers of the rows that are there, whether the listing is complete)."""
        run = subprocess.run([WRITER, 'read', self.path, str(IMAGES)], capture_output=True, text=True, check=False,
                             timeout=TIMEOUT)
        lines = run.stdout.splitlines()
        self.assertEqual([line for line in lines if line.startswith('error')], [], run.stderr)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return {int(line) for line in lines if line.isdigit()}, 'listing complete' in lines

    def check_integrity(self):
        """SQLite's own word, without our code."""
        store = sqlite3.connect(self.path)
        self.assertEqual(store.execute('PRAGMA integrity_check').fetchall(), [('ok',)])
        self.assertEqual(store.execute('PRAGMA foreign_key_check').fetchall(), [])
        store.close()

    def test_kills(self):
        present, complete, kills_in_listing = set(), False, 0
        kills = points(self.random)
        self.assertEqual(len(kills), 50)
        for point, n in kills:
            with self.subTest(point=point, n=n, first=self.first):
                self.before = len(present)
                numbers, kept = self.write_and_kill(point, n)
                self.assertEqual(numbers, list(range(self.first, self.first + len(numbers))))
                self.check_integrity()
                before = present
                present, complete = self.read()
                self.assertLessEqual(before, present, 'a row was lost that was there before')
                self.assertLessEqual(set(numbers[:kept]), present, 'a row was lost that was written')
                self.assertLessEqual(present - before, set(numbers), 'a row that nobody handed over')
                if point == 'file':
                    self.assertFalse(complete)
                    kills_in_listing += 1
                self.first += len(numbers)
        self.assertEqual(kills_in_listing, 12)
        self.assertGreater(len(present), 0)
        self.assertTrue(complete)
        self.assertEqual([name for name in os.listdir(self.path.parent) if 'damaged' in name], [])


if __name__ == '__main__':
    if not WRITER.exists():
        sys.exit(f'{WRITER} is missing: make unit-programs')
    unittest.main()
