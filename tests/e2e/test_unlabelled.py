#!/usr/bin/python3
"""Pictures without labels: measured with --score top alone. Each belongs to the class that the network predicts, and
nothing claims an accuracy."""
import csv
import unittest

from test_errors import png
from test_one_output import IMAGES, OneOutputTest, importance, output


class Unlabelled(OneOutputTest):
    """On the pictures of test_one_output, whose classes the network tells apart, in one folder."""

    def setUp(self):
        super().setUp()
        self.flat = self.top / 'flat'
        self.flat.mkdir()
        for _, grey in IMAGES:
            (self.flat / f'{grey}.png').write_bytes(png(8, 8, grey))

    def curve(self, data, *options, name='c'):
        out = self.top / f'{name}.csv'
        _, err = self.isplit('curve', self.cfg, self.weights, '-d', str(data), '-o', str(out), '--layers', 'all', *options)
        with open(f'{out}.meta.csv', encoding='utf-8') as file:
            return {row['key']: row['value'] for row in csv.DictReader(file)}, err

    def table(self, name):
        with open(self.top / name, encoding='utf-8') as file:
            return list(csv.DictReader(file))

    def test_rows(self):
        meta, err = self.curve(self.flat, '--score', 'top', '--no-store', '--images-csv', str(self.top / 'i.csv'),
                               '--classes-csv', str(self.top / 'k.csv'))
        self.assertIn('flat: none of its 6 images has a label: each belongs to the class that the network predicts, and there '
                      'is no accuracy', err)
        self.assertEqual((meta['images'], meta['accuracy']), ('6', ''))
        for row in self.table('i.csv'):
            grey = int(row['image'][:-4])
            label = int(output(grey) > 0)
            self.assertEqual((int(row['class_index']), int(row['top_index'])), (label, label))
            self.assertAlmostEqual(float(row['L0']), importance(grey, label), 8)
        self.assertEqual([(row['images'], row['accuracy']) for row in self.table('k.csv')], [('3', ''), ('3', '')])

    def test_as_with_labels_that_are_predicted(self):
        """The same pictures in class folders give the same curve, where the network is right; of a subset too."""
        for options in ((), ('-c', '1')):
            meta, _ = self.curve(self.flat, '--score', 'top', '--no-store', *options, name='flat')
            self.assertEqual(meta['images'], '6' if not options else '3')
            self.curve(self.data, '--score', 'top', '--no-store', *options, name='set')
            self.assertEqual((self.top / 'flat.csv').read_text(), (self.top / 'set.csv').read_text())

    def test_refused_without_it(self):
        for options in ((), ('--score', 'truth')):
            _, err = self.isplit('curve', self.cfg, self.weights, '-d', str(self.flat), '--no-store', *options, expect=1)
            self.assertIn('flat: holds 6 images but no class folders', err)
            self.assertIn('isplit curve --score top', err)

    def test_only_curve_does_without_labels(self):
        """What other commands suggest exists: they have no --score."""
        words = ('features', self.cfg, self.weights, '-d', str(self.flat))
        _, err = self.isplit(*words, expect=1)
        self.assertIn('isplit curve --score top', err)
        self.isplit(*words, '--score', 'top', expect=2)

    def test_lists(self):
        (self.top / 'x.list').write_text(''.join(f'flat/{grey}.png\n' for _, grey in IMAGES))
        (self.top / 'names.txt').write_text('night\nday\n')
        for labels in ((), ('--labels', str(self.top / 'names.txt'))):  # in no path
            meta, err = self.curve(self.top / 'x.list', '--score', 'top', '--no-store', *labels)
            self.assertEqual((meta['images'], meta['accuracy']), ('6', ''))
            self.assertIn('none of its 6 images has a label', err)

    def test_rows_are_kept(self):
        store = ('--store', str(self.top / 'x.db'), '--score', 'top')
        self.curve(self.flat, *store, '--images-csv', str(self.top / 'i.csv'))
        meta, _ = self.curve(self.flat, *store, name='again')
        self.assertEqual(meta['from_store'], '6')
        self.isplit('store', 'verify', '--store', str(self.top / 'x.db'))
        for number, source in enumerate(('x.db', 'i.csv')):
            self.isplit('curve', '--from', str(self.top / source), '-o', str(self.top / f'{number}.csv'))
            self.assertEqual((self.top / f'{number}.csv').read_text(), (self.top / 'c.csv').read_text())
            self.assertIn('\naccuracy,\n', (self.top / f'{number}.csv.meta.csv').read_text())
        # Where some have labels the others are none of the study's, whatever is known of them.
        (self.top / 'truth.txt').write_text('40.png 0\n60.png 1\n')
        meta, _ = self.curve(self.flat, *store, '--truth', str(self.top / 'truth.txt'), '--images-csv', str(self.top / 'i.csv'))
        self.assertEqual((meta['images'], meta['accuracy']), ('2', '0.5'))
        self.isplit('curve', '--from', str(self.top / 'x.db'), '--study', '2', '-o', str(self.top / 'two.csv'))
        self.assertIn('\nimages,2\n', (self.top / 'two.csv.meta.csv').read_text())

    def test_until_stable(self):
        many = self.top / 'many'
        many.mkdir()
        for i in range(120):
            (many / f'{i:03}.png').write_bytes(png(8, 8, 15 + 2 * i))
        meta, _ = self.curve(many, '--score', 'top', '--no-store', '--until-stable')
        self.assertEqual(meta['stable'], '1')
        self.assertLess(int(meta['images']), 120)

    def test_on_the_screen(self):
        out, _ = self.isplit(self.cfg, self.weights, '-d', str(self.flat), '--score', 'top', '--no-state', '--no-store',
                             '--dump', '100x30')
        self.assertIn('no labels', out)
        self.assertNotIn('accuracy 0', out)


if __name__ == '__main__':
    unittest.main()
