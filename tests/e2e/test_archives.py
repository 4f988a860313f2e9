#!/usr/bin/python3
"""No two of the libraries define one global name: the programs of the unit tests link all three, and would take
whichever comes first.

Run from the top of the repository, after `make`:  tests/e2e/test_archives.py [unittest options]
"""
import itertools
import os
import subprocess
import unittest
from pathlib import Path

BUILD = Path(os.environ.get('ISPLIT_BUILD', Path(__file__).resolve().parent.parent.parent / 'build')).resolve()


def names_of(library):
    """Global names of functions and of data that an archive defines."""
    listed = subprocess.run(['nm', '--defined-only', '--extern-only', '--format=posix', library], check=True,
                            capture_output=True, text=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    return {row[0] for row in rows if len(row) > 2 and row[1] in 'TDBRV' and not row[0].startswith('__')}


class Archives(unittest.TestCase):
    def test_names_are_in_one_archive(self):
        names = {path.name: names_of(path) for path in BUILD.glob('lib*.a')}
        self.assertGreaterEqual(len(names), 3)
        for name, found in names.items():
            self.assertGreater(len(found), 100, name)
        for one, other in itertools.combinations(names, 2):
            self.assertEqual(names[one] & names[other], set(), '%s and %s' % (one, other))


if __name__ == '__main__':
    unittest.main()
