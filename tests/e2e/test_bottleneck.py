#!/usr/bin/python3
"""The folder of a retrained network in place of CFG and WEIGHTS, through the real program: every command that takes the
two takes it, with the same result, and says in one line what it lacks. That stock Darknet runs what is in it, at
every cut, is shown by tests/reference/test_bottleneck_nets.py.

Run from the top of the repository, after `make all unit-programs`:  python3 tests/e2e/test_bottleneck.py
"""
import csv
import io
import os
import subprocess
import sys
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, 'tests', 'reference'))
sys.path.insert(0, os.path.join(TOP, 'tests', 'e2e'))
from running import Running  # pylint: disable=wrong-import-position

WRITER = os.path.join(os.environ.get('ISPLIT_BUILD', os.path.join(TOP, 'build')), 'bottleneck_writer')
NETWORKS = {name: (f'{TOP}/cfg/letters-{name}.cfg', f'{TOP}/weights/letters-{name}.weights')
            for name in ('vgg16', 'resnet50')}
LETTERS = f'{TOP}/tests/samples/letters'
FEW = '-d', LETTERS, '-n', '20'


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


class Bottleneck(Running):
    SHEET = 'made'

    def make(self, network='vgg16', layer=9, form='ratio', seed=1, expect=0):
        os.makedirs(self.out, exist_ok=True)
        run = subprocess.run([WRITER, *NETWORKS[network], str(layer), form, str(seed), self.out], text=True,
                             stderr=subprocess.PIPE, check=False)
        self.assertEqual(run.returncode, expect, run.stderr)
        return run.stderr

    def path(self, name):
        return os.path.join(self.out, name)

    def both(self):
        return self.path('whole.cfg'), self.path('whole.weights')


def without_times(sheet):
    """The rows without what is timed, which is never the same twice."""
    return [{key: value for key, value in row.items() if key not in ('encode_ms', 'decode_ms')}
            for row in csv.DictReader(sheet.splitlines())]


class Folder(Bottleneck):
    def setUp(self):
        super().setUp()
        self.make()

    def same(self, command, *options):
        """What the folder gives is what its two files give."""
        folder, said = self.run_program(command, self.out, *options)
        files, _ = self.run_program(command, *self.both(), *options)
        self.assertEqual(without_times(folder), without_times(files))
        return folder, said

    def test_layers(self):
        listed = rows(self.run_program('layers', self.out)[0])
        self.assertEqual(rows(self.run_program('layers', self.path('whole.cfg'))[0]), listed)
        before = rows(self.run_program('layers', NETWORKS['vgg16'][0])[0])
        # Of the bottleneck only its end is listed, and all others are called what they were.
        self.assertEqual([row['name'] for row in listed if row['name'] != 'encoder2'], [row['name'] for row in before])
        sent = next(row for row in listed if row['name'] == 'encoder2')
        self.assertEqual((sent['out_c'], sent['out_h'], sent['out_w'], sent['cut_bytes']), ('16', '1', '1', '64'))
        pool = next(row for row in before if row['name'] == 'block3_pool')
        macs = 8 * 2 * 2 * 64 * 9 + 16 * 8 * 9  # two convolutions: 64x4x4 to 8x2x2, and to 16x1x1
        self.assertEqual(int(sent['head_macs']), int(pool['head_macs']) + macs)
        names = [row['name'] for row in rows(self.run_program('layers', self.out, '--layers', 'all')[0])]
        self.assertEqual(names[9:17], ['block3_pool', 'encoder1', 'encoder2', 'decoder1', 'decoder2', 'decoder3', 'decoder4',
                                       'block4_conv1'])

    def test_curve(self):
        self.same('curve', *FEW, '--no-store')

    def test_plan(self):
        # Times are measured, so they are given.
        self.run_program('profile', self.out, '--runs', '1', '-o', self.path('times.csv'))
        found, _ = self.same('plan', *FEW, '--no-store', '--edge', self.path('times.csv'), '--server', self.path('times.csv'))
        self.assertIn('encoder2', found)
        self.assertNotIn('decoder', found)

    def test_features(self):
        found, _ = self.same('features', *FEW, '--sample', '2')
        sent = {row['dtype']: row for row in rows(found) if (row['name'], row['coder']) == ('encoder2', 'none')}
        self.assertEqual({dtype: row['bytes'] for dtype, row in sent.items()}, {'f32': '92', 'f16': '60', 'int8': '44', 'int6': '40', 'int5': '38', 'int4': '36', 'int3': '34', 'int2': '32'})

    def test_data(self):
        self.assertEqual(self.run_program('data', LETTERS, self.out), self.run_program('data', LETTERS, self.path('whole.cfg')))

    def test_split(self):
        said, _ = self.run_program('split', self.out, '--at', 'encoder2', '-o', self.out, *FEW)
        self.assertIn('head then tail match the whole network bit for bit', said)
        self.assertEqual(sorted(name for name in os.listdir(self.out) if 'head' in name or 'tail' in name),
                         ['head.cfg', 'head.weights', 'tail.cfg', 'tail.weights'])
        with open(self.path('head.cfg'), encoding='utf-8') as file:
            self.assertIn('# It is the code of a bottleneck.\n', file.read())

    def test_screen(self):
        said, _ = self.run_program(self.out, *FEW, '--no-store', '--dump', '100x30')
        self.assertIn('whole.cfg', said)

    def refused(self, line, *words, status=1):
        self.assertEqual(self.run_program(*words, expect=status), ('', f'isplit: {line}\n'))

    def test_what_lacks(self):
        self.refused('no data: -d DATA is missing (see isplit curve --help)', 'curve', self.out, status=2)
        os.unlink(self.path('whole.weights'))
        self.refused(f'{self.path("whole.weights")}: cannot open: No such file or directory', 'curve', self.out, *FEW)
        os.unlink(self.path('whole.cfg'))
        no_whole = 'holds no whole.cfg (expected a folder that isplit retrain wrote, CFG WEIGHTS, or a .data file)'
        for command in (['curve', *FEW], ['features', *FEW], ['split', '--at', '1', '-o', self.out], ['profile'], ['plan']):
            with self.subTest(command):
                self.refused(f'{self.out}: {no_whole}', command[0], self.out, *command[1:])


class Forms(Bottleneck):
    """Other cuts and networks; 7x7, 14x14 and the like are in the reference's tests."""

    def split(self, network, layer, form, seed=1):
        self.make(network, layer, form, seed)
        listed = rows(self.run_program('layers', self.out, '--layers', 'all')[0])
        sent = [row for row in listed if row['name'].startswith('encoder')][-1]
        said, _ = self.run_program('split', self.out, '--at', sent['name'], '-o', self.path('parts'), '--force')
        self.assertIn('match the whole network bit for bit', said)
        return int(sent['cut_bytes'])

    def test_forms(self):
        self.assertLessEqual(self.split('resnet50', 15, 'floats:200'), 800)
        self.assertLessEqual(self.split('vgg16', 2, 'bytes:100'), 400)
        with open(self.path('parts/head.cfg'), encoding='utf-8') as file:
            self.assertIn('accuracy was measured with it sent as int8', file.read())
        self.assertLessEqual(self.split('vgg16', 18, 'floats:8'), 32)

    def test_bytes_are_planned_as_bytes(self):
        for form, options, expected in (('floats:100', (), '412'), ('bytes:100', (), '124'),
                                        ('bytes:100', ('--dtype', 'f16'), '220'), ('floats:100', ('--dtype', 'int8'), '124')):
            with self.subTest(form=form, options=options):
                self.make(form=form)
                self.run_program('plan', self.out, '-o', self.path('plan.csv'), *options)
                with open(self.path('plan.csv'), encoding='utf-8') as file:
                    said = rows(file.read())
                self.assertEqual([row['bytes'] for row in said if row['name'] == 'encoder1'], [expected])

    def test_none_is_the_network(self):
        self.make(form='none')
        before, _ = self.run_program('layers', NETWORKS['vgg16'][0], '--layers', 'all')
        self.assertEqual(self.run_program('layers', self.out, '--layers', 'all')[0], before)
        with open(self.path('whole.weights'), 'rb') as made, open(NETWORKS['vgg16'][1], 'rb') as original:
            self.assertTrue(made.read()[16:] == original.read()[-(os.path.getsize(self.path('whole.weights')) - 16):])

    def test_seeds(self):
        contents = []
        for seed in (1, 2, 1):
            self.make(seed=seed)
            with open(self.path('whole.weights'), 'rb') as file:
                contents.append(file.read())
        self.assertTrue(contents[0] == contents[2])
        self.assertFalse(contents[0] == contents[1])

    def test_refused(self):
        for layer, form, why in ((9, 'floats:1024', 'its code of 1024 numbers is no smaller than the cut\'s tensor of 1024'),
                                 (9, 'floats:15', 'a code of 4x4 places has 16 numbers at least (expected floats:16 or more)'),
                                 (9, 'half', "'half' is no bottleneck (expected none, ratio, floats:N or bytes:N"),
                                 (-1, 'ratio', 'the network has no layer -1'),
                                 (19, 'ratio', 'a dropout passes on what it is given'),
                                 (99, 'ratio', 'the network has no layer 99'),
                                 (22, 'ratio', 'the scores are there')):
            with self.subTest(layer=layer, form=form):
                said = self.make(layer=layer, form=form, expect=1)
                self.assertIn(why, said)
                self.assertEqual(said.count('\n'), 1)


if __name__ == '__main__':
    unittest.main()
