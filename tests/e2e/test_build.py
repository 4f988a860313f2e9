#!/usr/bin/python3
"""What the two programs are made of."""
import os
import subprocess
import unittest
from pathlib import Path

PROGRAM = Path(os.environ.get('ISPLIT', './isplit')).resolve()
WORKER = PROGRAM.with_name('isplit-engine')


def symbols(path, *options):
    """{name: kind letter} of the defined dynamic symbols."""
    out = subprocess.run(['nm', '-D', '--defined-only', *options, path], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1].split('@')[0]: line.split()[-2] for line in out.splitlines()}


def libraries(path):
    out = subprocess.run(['ldd', path], capture_output=True, text=True, check=True).stdout
    return {line.split()[0]: line.split()[2] for line in out.splitlines() if '=>' in line}


class BuildTest(unittest.TestCase):
    def test_front_end_never_links_the_engines_libraries(self):
        for name in libraries(PROGRAM):
            self.assertFalse(name.startswith(('libdarknet', 'libdnnl', 'libopencv', 'libgomp')), name)

    def test_the_worker_loads_none_of_what_opencv_needs(self):
        found = libraries(WORKER)
        self.assertIn('libdarknet.so', found)
        for name, path in found.items():
            self.assertFalse(name.startswith(('libQt', 'libgdal', 'libavcodec')), name)
            if name.startswith('libopencv'):
                self.assertIn('/no-opencv/', path)

    def test_no_function_of_ours_replaces_one_of_libdarknet(self):
        """But the two that are meant to (engine/worker/darknet.c): they spare it a random number a weight."""
        library = libraries(WORKER)['libdarknet.so']
        theirs = {name for name, kind in symbols(library).items() if kind == 'T'}
        ours = {name for name, kind in symbols(WORKER).items() if kind == 'T'}
        self.assertGreater(len(theirs), 100)
        self.assertEqual(ours & theirs, {'rand_normal', 'rand_uniform'})

    def test_the_worker_says_what_it_is(self):
        run = subprocess.run([WORKER, '--version'], capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0)
        self.assertTrue(run.stdout.startswith('isplit-engine '))
        self.assertEqual(subprocess.run([WORKER, 'x'], capture_output=True, check=False).returncode, 2)


if __name__ == '__main__':
    unittest.main()
