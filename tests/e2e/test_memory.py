#!/usr/bin/python3
"""Both programs under valgrind, over a whole measurement: no bad access, nothing of ours leaked."""
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from small_network import SmallNetworkTest  # noqa: E402 (the path has to be set first)
from test_errors import GOOD, png  # noqa: E402 (the path has to be set first)

PROGRAM = Path(os.environ.get('ISPLIT', './isplit')).resolve()
SUPPRESSIONS = Path(__file__).resolve().parent.parent / 'valgrind.supp'


@unittest.skipIf(os.environ.get('ISPLIT_SANITIZED'), 'the sanitizers watch already')
@unittest.skipUnless(shutil.which('valgrind'), 'valgrind is not installed')
class MemoryTest(SmallNetworkTest):
    def setUp(self):
        super().setUp()
        for name in ('a', 'b'):
            for i in range(3):
                (self.top / 'data' / name / f'{i}.png').write_bytes(png(4, 4, 30 + 40 * i))

    def valgrind(self, log):
        return ['valgrind', '-q', '--leak-check=full', '--show-leak-kinds=definite,indirect',
                f'--suppressions={SUPPRESSIONS}', f'--log-file={self.top / log}']

    def run_both(self, *arguments):
        worker = ' '.join([*self.valgrind('worker.log'), str(PROGRAM.with_name('isplit-engine'))])
        run = subprocess.run([*self.valgrind('front.log'), PROGRAM, *arguments, '--engine', worker], cwd=self.top,
                             capture_output=True, text=True, timeout=600, check=False)
        self.assertEqual((self.top / 'front.log').read_text(), '')
        self.assertEqual((self.top / 'worker.log').read_text(), '')
        return run

    def test_curve(self):
        run = self.run_both('curve', 'net.cfg', 'net.weights', '-d', 'data', '--layers', 'all', '--images-csv', 'i.csv',
                            '--classes-csv', 'c.csv', '--chart', '--store', 'rows.db', '--trapped', '-o', 't.csv')
        self.assertEqual(run.returncode, 0, run.stderr)
        for name in ('i.csv', 'c.csv', 't.csv', 'rows.db'):
            self.assertTrue((self.top / name).exists(), name)
        self.assertIn('trapped_nats', (self.top / 't.csv').read_text())

    def test_features(self):
        run = self.run_both('features', 'net.cfg', 'net.weights', '-d', 'data', '-o', 'f.csv')
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_bad_input(self):
        (self.top / 'net.cfg').write_text(GOOD.replace('filters=2', 'filters=0'))
        self.assertEqual(self.run_both('curve', 'net.cfg', 'net.weights', '-d', 'data').returncode, 1)

    def test_layers_and_data(self):
        self.assertEqual(self.run_both('layers', 'net.cfg').returncode, 0)
        self.assertEqual(self.run_both('data', 'data', 'net.cfg').returncode, 0)


if __name__ == '__main__':
    unittest.main()
