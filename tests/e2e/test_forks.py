#!/usr/bin/python3
"""Networks of Darknet's forks, which stock Darknet cannot run: it never sees them, and isplit says so, once.

Run from the top of the repository, after `make`:  tests/e2e/test_forks.py [unittest options]
The numbers are compared with PyTorch's in test_numbers.py.
"""
import csv
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'reference'))
# pylint: disable=wrong-import-position
import numpy

from darknet_torch import load
from random_nets import random_cfg, write_case
from torch_setup import torch

PROGRAM = './isplit'
TIMEOUT = 120

EXCITED = """[net]
channels=3
height=12
width=14
[convolutional]
filters=16 # was 32
size=3
pad=1
stride=2
batch_normalize=1
activation=%s
[depthwise]
[avgpool]
[convolutional]
filters=4
size=1
activation=%s
[convolutional]
filters=16
size=1
activation=logistic
[scale_channels]
from=-4
[convolutional]
filters=5
size=1
activation=linear
[avgpool]
[softmax]
"""
DEPTHWISE = {
    'groups': '[convolutional]\nfilters=16\ngroups=16\nsize=3\npad=1\nactivation=linear',
    'section': '[depthwise_convolutional]\nsize=3\npad=1\nactivation=linear',
}


def excited(activation='swish', depthwise='groups'):
    return (EXCITED % (activation, activation)).replace('[depthwise]', DEPTHWISE[depthwise])


work = None


def setUpModule():
    global work
    work = tempfile.TemporaryDirectory()


def tearDownModule():
    work.cleanup()


def written(name, text):
    folder = os.path.join(work.name, name)
    return write_case(folder, text, 5, 2, 1)


def isplit(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=TIMEOUT, check=False, encoding='utf-8', env={**os.environ, 'HOME': work.name,
                                                                              'XDG_CACHE_HOME': work.name})


class Forks(unittest.TestCase):
    def setUp(self):
        self.output = os.path.join(work.name, 'output.csv')

    def warning(self, run):
        self.assertEqual(run.returncode, 0, run.stderr)
        lines = [line for line in run.stderr.splitlines() if 'stock Darknet' in line]
        self.assertEqual(len(lines), 1, run.stderr)
        return lines[0]

    def meta(self):
        with open(self.output + '.meta.csv', encoding='utf-8', newline='') as file:
            return {row['key']: row['value'] for row in csv.DictReader(file)}

    def test_layers_says_it_once(self):
        for activation, depthwise, can in (('swish', 'groups', 'a fork of it and isplit can'),
                                           ('hard_swish', 'groups', 'isplit can'),
                                           ('swish', 'section', 'isplit can')):
            with self.subTest(activation=activation, depthwise=depthwise):
                case = written('%s-%s' % (activation, depthwise), excited(activation, depthwise))
                self.assertEqual(self.warning(isplit('layers', case.cfg, '-o', self.output)),
                                 "isplit: warning: stock Darknet cannot run the network, but %s: it lacks activation "
                                 "'%s' of layer 0 (conv1)" % (can, activation))

    def test_nothing_is_said_of_what_stock_darknet_runs(self):
        text = excited('leaky').replace('[scale_channels]\nfrom=-4\n', '[dropout]\n')
        case = written('stock', text)
        run = isplit('layers', case.cfg, '-o', self.output)
        self.assertEqual((run.returncode, run.stderr), (0, ''))

    def test_profile_times_what_can_run_it(self):
        case = written('profiled', excited())
        run = isplit('profile', case.cfg, case.weights, '--runs', 1, '--threads', 1, '-o', self.output)
        self.assertIn("it lacks activation 'swish' of layer 0 (conv1)", self.warning(run))
        self.assertEqual(self.meta()['runtime'], 'onednn')
        run = isplit('profile', case.cfg, case.weights, '--runtime', 'darknet', '-o', self.output, '--runs', 1)
        self.assertEqual(run.returncode, 1)
        self.assertEqual(run.stderr, "isplit: %s: --runtime darknet: stock Darknet cannot run it: it lacks activation "
                         "'swish' of layer 0 (conv1) (expected --runtime onednn)\n" % case.cfg)

    def split(self, case, layer):
        """-> (the row of split.csv, standard error)"""
        folder = os.path.join(work.name, 'parts')
        run = isplit('split', case.cfg, case.weights, '--at', layer, '-o', folder, '--force', '--check', 2)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn('head then tail match the whole network bit for bit on 2 made-up inputs', run.stdout)
        with open(os.path.join(folder, 'split.csv'), encoding='utf-8', newline='') as file:
            row, = csv.DictReader(file)
        return row, run.stderr

    def check_halves(self, case):
        """Read and run by PyTorch, head then tail are the whole."""
        x = torch.from_numpy(numpy.random.default_rng(3).random((2, *case.net.input_shape)))
        with torch.no_grad():
            whole = case.net.forward(x).post[-1]
            for half in ('head', 'tail'):
                parts = os.path.join(work.name, 'parts', half)
                x = load(parts + '.cfg', parts + '.weights').forward(x).post[-1]
        self.assertEqual(abs(whole - x).max().item(), 0)

    def clean(self, case):
        rows = csv.DictReader(isplit('layers', case.cfg, '--layers', 'clean').stdout.splitlines())
        return [int(row['layer']) for row in rows]

    def test_every_clean_cut_of_random_networks(self):
        """The worker finds its own graph's halves equal to the whole; so does PyTorch. A gate reads the cut, a part is
        taken of it, a blur ends the head."""
        cuts = 0
        for seed in range(3):
            case = write_case(os.path.join(work.name, 'random%d' % seed), random_cfg(seed, False, 5, True), 5, 2, seed)
            for layer in self.clean(case):
                with self.subTest(seed=seed, layer=layer):
                    self.split(case, layer)
                    self.check_halves(case)
                    cuts += 1
        self.assertGreater(cuts, 15)

    def test_which_darknet_the_halves_need(self):
        case = written('halves', excited('leaky'))
        row, said = self.split(case, 1)  # what is gated; the gate is in the tail
        self.assertEqual((row['head_runs_in'], row['tail_runs_in'], row['check_by']), ('stock', 'fork', 'isplit'))
        self.assertEqual(said.count('stock Darknet'), 1)
        self.assertIn('stock Darknet cannot run tail.cfg: it lacks section [scale_channels] of layer 5 (scale1)', said)
        case = written('swish', excited('hard_swish'))
        row, said = self.split(case, 0)
        self.assertEqual((row['head_runs_in'], row['tail_runs_in']), ('isplit', 'isplit'))
        self.assertEqual(said.count('stock Darknet'), 1)
        self.assertIn("stock Darknet cannot run head.cfg: it lacks activation 'hard_swish' of layer 0 (conv1); nor "
                      "tail.cfg: it lacks activation 'hard_swish' of layer 3 (conv3)", said)

    def test_a_half_that_stock_darknet_runs_is_for_it(self):
        """The head has no comments, and groups under the name it reads: libdarknet's own program is given it."""
        text = excited('leaky').replace('groups=16', 'group=16')
        case = written('group', text)
        self.split(case, 1)
        with open(os.path.join(work.name, 'parts', 'head.cfg'), encoding='utf-8') as file:
            head = file.read()
        self.assertIn('\ngroups=16\n', head)
        self.assertNotIn('# was', head)
        run = isplit('profile', os.path.join(work.name, 'parts', 'head.cfg'),
                     os.path.join(work.name, 'parts', 'head.weights'), '--runtime', 'darknet', '--runs', 1,
                     '-o', self.output)
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_libdarknet_never_sees_it(self):
        """Nothing is compared with it, and nothing is remembered of that."""
        case = written('measured', excited())
        run = isplit('curve', case.cfg, case.weights, '-d', case.data, '--no-store', '-o', self.output)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertNotIn('libdarknet', run.stderr)
        self.assertFalse([name for _, _, names in os.walk(work.name) for name in names if name == 'compared'])


if __name__ == '__main__':
    unittest.main(verbosity=2, argv=sys.argv)
