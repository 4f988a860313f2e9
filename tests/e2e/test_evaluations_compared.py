#!/usr/bin/python3
"""isplit evaluate --compare: two evaluations side by side, by sheets that are written here.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_evaluations_compared.py [unittest options]
"""
import csv
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
PROGRAM = os.environ.get('ISPLIT', str(TOP / 'isplit'))
HEADER = ['layer', 'name', 'floats_sent', 'bytes_sent', 'accuracy_before', 'accuracy_untrained', 'accuracy', 'accuracy_low',
          'accuracy_high', 'stages', 'steps', 'state', 'in_set', 'bottleneck']
NAMES = ['conv1', 'pool1', 'conv2', 'pool2', 'conv3']
# accuracy in percent, and whether it is in the set, for each cut
ONE = [(50, 0), (62, 0), (70, 1), (71, 1), (60, 0)]
TWO = [(40, 0), (81, 1), (55, 0), (60, 0), (80, 1)]


def ranks(values):
    return [1 + sum(other > value for other in values) for value in values]


def spearman(x, y):
    """Without ties."""
    n = len(x)
    return 1 - 6 * sum((a - b) ** 2 for a, b in zip(ranks(x), ranks(y))) / (n * (n * n - 1))


class Compared(unittest.TestCase):
    def setUp(self):
        self.top = Path(tempfile.mkdtemp(prefix='isplit-compared-'))
        self.addCleanup(shutil.rmtree, self.top, True)
        self.write('one', ONE)
        self.write('two', TWO)

    def write(self, folder, cuts, names=NAMES, classes='a,b', leads=True):
        """A folder as isplit evaluate leaves it; None: a cut that was not trained."""
        (self.top / folder).mkdir(exist_ok=True)
        best = max((cut[0] for cut in cuts if cut), default=None)
        with open(self.top / folder / 'evaluate.csv', 'w', newline='', encoding='utf-8') as file:
            rows = csv.writer(file)
            rows.writerow(HEADER)
            for layer, cut in enumerate(cuts):
                known = [cut[0] / 100, cut[0] / 100 - 0.03, cut[0] / 100 + 0.02] if cut else ['', '', '']
                state = 'outside' if not cut else 'leader' if leads and cut[0] == best else 'racing'
                rows.writerow([layer, names[layer], 8, 32, 0.9, 0.1, *known, 2, 50, state, cut[1] if cut else 0, 'ratio'])
        with open(self.top / folder / 'evaluate.csv.meta.csv', 'w', newline='', encoding='utf-8') as file:
            csv.writer(file).writerows([['key', 'value'], ['classes', classes]])

    def compare(self, *words, expect=0):
        how = [] if '-o' in words else ['--format', 'table']
        done = subprocess.run([PROGRAM, 'evaluate', '--compare', *words, *how], capture_output=True, encoding='utf-8',
                              cwd=self.top, timeout=60, check=False)
        self.assertEqual(done.returncode, expect, done.stderr)
        return done.stderr if expect else done.stdout

    def rows(self, path):
        with open(self.top / path, newline='', encoding='utf-8') as file:
            return list(csv.DictReader(file))

    def test_csv(self):
        self.compare('one', 'two', '-o', 'compared.csv')
        rows = self.rows('compared.csv')
        self.assertEqual([row['name'] for row in rows], NAMES)
        for row, (a, in_one), (b, in_two) in zip(rows, ONE, TWO):
            difference, below, above = (a - b) / 100, (0.03 ** 2 + 0.02 ** 2) ** 0.5, (0.02 ** 2 + 0.03 ** 2) ** 0.5
            self.assertAlmostEqual(float(row['difference']), difference, places=8)
            self.assertAlmostEqual(float(row['difference_low']), difference - below, places=8)
            self.assertAlmostEqual(float(row['difference_high']), difference + above, places=8)
            self.assertEqual((row['in_set_1'], row['in_set_2']), (str(in_one), str(in_two)))
        for i, cuts in (('1', ONE), ('2', TWO)):
            self.assertEqual([int(row['rank_' + i]) for row in rows], ranks([cut[0] for cut in cuts]))
        meta = {row['key']: row['value'] for row in self.rows('compared.csv.meta.csv')}
        self.assertEqual((meta['folder_1'], meta['folder_2'], meta['classes_1']), ('one', 'two', 'a,b'))
        self.assertAlmostEqual(float(meta['spearman']), spearman([c[0] for c in ONE], [c[0] for c in TWO]), places=8)
        self.assertAlmostEqual(float(meta['regret_1']), 0.71 - 0.62, places=8)  # the best of two is pool1
        self.assertAlmostEqual(float(meta['regret_2']), 0.81 - 0.60, places=8)
        self.assertEqual((meta['holds_other_1'], meta['holds_other_2']), ('0', '0'))

    def test_in_words(self):
        told = self.compare('one', 'two')
        self.assertIn('the best splits differ, pool2 and pool1, and neither is in the other\'s set', told)
        self.assertIn('regret of the other\'s best: in one 9.0 points, in two 21.0 points', told)
        self.assertRegex(told, r'Spearman between both: 0\.20 \[|Spearman between both: 0\.10 \[|Spearman between both: ')
        self.assertIn('Spearman between both: %.2f [' % spearman([c[0] for c in ONE], [c[0] for c in TWO]), told)
        self.assertRegex(told, r'0  conv1 +50\.0 % \[ 47\.0,  52\.0\] +40\.0 % \[ 37\.0,  42\.0\] +\+10\.0 \[')
        self.assertRegex(told, r'3  pool2 +71\.0 % .* best ')
        self.write('two', [(40, 0), (81, 1), (55, 0), (80, 1), (70, 0)])
        self.assertIn('the one of two is not in the set of one, the other way round it is', self.compare('one', 'two'))
        self.write('one', [(50, 0), (70, 1), (60, 1), (71, 1), (60, 0)])
        self.assertIn('each is in the other\'s set: that may be chance', self.compare('one', 'two'))
        self.assertIn('the best split is the same: pool2', self.compare('one', 'one'))

    def test_what_is_missing(self):
        self.write('two', [None, (81, 1), None, None, (80, 1)])
        told = self.compare('one', 'two')
        self.assertIn('in one 9.0 points, in two it was not measured there', told)
        self.assertIn('Spearman between both: not known of 2 cuts', told)
        self.assertNotIn('conv1', told)
        self.assertIn('the one of one was not measured in two, the other way round it is not in the set', told)
        self.write('one', [(50, 0), None, (70, 1), (71, 1), (60, 0)])
        self.assertIn('and neither was measured in the other\'s evaluation', self.compare('one', 'two'))

    def test_no_interval_of_the_correlation(self):
        """Most draws of such cuts do not vary."""
        self.write('one', [(50, 0), (50, 0), (50, 0), (71, 1)])
        told = self.compare('one', 'one')
        self.assertIn('Spearman between both: 1.00, 4 cuts (too few for an interval)', told)

    def test_race_that_is_not_over(self):
        with open(self.top / 'two/evaluate.csv.meta.csv', 'a', newline='', encoding='utf-8') as file:
            csv.writer(file).writerow(['state', 'interrupted'])
        done = subprocess.run([PROGRAM, 'evaluate', '--compare', 'one', 'two', '--format', 'table'], capture_output=True,
                              encoding='utf-8', cwd=self.top, timeout=60, check=True)
        self.assertEqual(done.stderr, 'isplit: warning: two: the race is not over (interrupted)\n')

    def test_sheet_beside_the_meta_of_another(self):
        for of, state in (('one', 'interrupted'), ('two', 'complete')):
            with open(self.top / of / 'evaluate.csv.meta.csv', 'a', newline='', encoding='utf-8') as file:
                csv.writer(file).writerows([['state', state], ['rows_xxh3', '0123456789abcdef']])
        done = subprocess.run([PROGRAM, 'evaluate', '--compare', 'one', 'two', '-o', 'compared.csv'], capture_output=True,
                              encoding='utf-8', cwd=self.top, timeout=60, check=True)
        for of in 'one', 'two':
            self.assertIn(f'isplit: warning: {of}/evaluate.csv: does not hold the rows that its .meta.csv was written with',
                          done.stderr)
        self.assertNotIn('not over', done.stderr)
        meta = {row['key']: row['value'] for row in self.rows('compared.csv.meta.csv')}
        self.assertEqual((meta['classes_1'], meta['state_2']), ('', ''))

    def test_refused(self):
        self.assertIn('--compare takes two folders', self.compare('one', expect=2))
        self.assertIn('three/evaluate.csv: cannot open', self.compare('one', 'three', expect=1))
        self.write('three', ONE, leads=False)
        self.assertIn('three: has no leader yet', self.compare('one', 'three', expect=1))
        self.write('three', ONE, names=['other', *NAMES[1:]])
        self.assertIn("three: layer 0 has the name 'other' here, but 'conv1' in one", self.compare('one', 'three', expect=1))
        self.write('three', [None, (81, 1)])
        self.write('four', [(81, 1)])
        self.assertIn('four: has no cut measured that three has measured', self.compare('three', 'four', expect=1))
        self.compare('one', 'two', '-o', 'one/evaluate.csv', expect=2)
        self.assertEqual(len(self.rows('one/evaluate.csv')), len(NAMES))


if __name__ == '__main__':
    unittest.main()
