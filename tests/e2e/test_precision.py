#!/usr/bin/python3
"""--precision bf16: the same choice of a split as in f32, and a clear word where the processor cannot.

Run from the top of the repository, after `make`:  tests/e2e/test_precision.py [unittest options]
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / 'tests/reference'))
import program  # noqa: E402 (the path has to be set first)
from fixtures import write_tiny_imagenet  # noqa: E402

LETTERS = TOP / 'tests/samples/letters'
TINY = {'weights': TOP / '../shared/data/tiny-darknet/tiny.weights', 'cfg': Path('/usr/share/darknet/cfg/tiny.cfg'),
        'labels': Path('/usr/share/darknet/data/imagenet.labels.list'),
        'images': TOP / '../shared/data/tiny-imagenet-mini.tar'}
IMAGES = 200  # of the letters
DECADES = .02
REFUSED = '--precision bf16: the processor, as far as oneDNN may use it, has %s (expected avx512_core_bf16 or more)'


def arguments(name):
    return [TOP / f'cfg/{name}.cfg', TOP / f'weights/{name}.weights', '-d', LETTERS]


def refusal(isa=None, name='letters-vgg16', options=()):
    """What the program says when the processor is taken for a lesser one; None where it runs."""
    env = dict(os.environ, **({'ONEDNN_MAX_CPU_ISA': isa} if isa else {}))
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run([program.PROGRAM, 'curve', *map(str, arguments(name)), '--precision', 'bf16', '--no-store',
                              '-n', '2', '-o', folder + '/curve.csv', *options], env=env, capture_output=True,
                             timeout=120, check=False)
    return run.stderr.decode().strip() if run.returncode else None


class Refusal(unittest.TestCase):
    def test_lesser_processors(self):
        for isa, name in (('AVX512_CORE', 'avx512_core'), ('AVX2', 'avx2'), ('SSE41', 'sse41')):
            with self.subTest(isa=isa):
                said = refusal(isa)
                self.assertIsNotNone(said)
                self.assertEqual(len(said.splitlines()), 1, said)
                self.assertIn('(expected avx512_core_bf16 or more)', said)
                self.assertIn('--precision bf16', said)
                if refusal() is None:  # a processor that has them all
                    self.assertIn(REFUSED % name, said)


@unittest.skipIf('(expected avx512_core_bf16' in (refusal() or ''), 'this processor has no bfloat16')
class Bf16(unittest.TestCase):
    def check(self, *words):
        floats, halves = (program.curve(*words, '--precision', precision) for precision in ('f32', 'bf16'))
        self.assertNotEqual(floats.content['images'], halves.content['images'])
        self.assertEqual([row['local_max'] for row in floats.curve], [row['local_max'] for row in halves.curve])
        for one, other in zip(floats.curve, halves.curve):
            self.assertEqual(one['layer'], other['layer'])
            self.assertLess(abs(float(one['log10_cui']) - float(other['log10_cui'])), DECADES, one['layer'])
        self.assertGreaterEqual((floats.images.top == halves.images.top).mean(), .95)

    def check_demo(self, name, *options):
        cfg, weights, _, data = arguments(name)
        self.check(cfg, weights, data, '-n', IMAGES, *options)

    def test_vgg16(self):
        self.check_demo('letters-vgg16')

    def test_resnet50(self):
        self.check_demo('letters-resnet50')

    def test_tap_before_the_activation(self):
        self.check_demo('letters-resnet50', '--tap', 'pre')

    def test_tiny_darknet_on_real_images(self):
        missing = [str(path) for path in TINY.values() if not path.exists()]
        if missing:
            self.skipTest('not here: ' + ', '.join(missing))
        with tempfile.TemporaryDirectory() as folder:
            write_tiny_imagenet(TINY['images'], folder, 50, 5, 224)
            self.check(TINY['cfg'], TINY['weights'], folder, '--labels', TINY['labels'])

    def test_without_matrix_units(self):
        """Processors that have bfloat16 only in their vector units."""
        self.assertIsNone(refusal('AVX512_CORE_BF16'))

    def said_with(self, word):
        """What a run in bf16 says where the cache has that word for each layer that may be Winograd's in f32."""
        name, options = 'letters-vgg16', ['--precision', 'bf16', '--no-store', '-n', '2', '--batch', '32']
        with tempfile.TemporaryDirectory() as folder:
            env, cache = dict(os.environ, XDG_CACHE_HOME=folder), Path(folder) / 'isplit/algorithms.json'
            for _ in range(2):  # what the first one has timed is what is changed
                run = subprocess.run([program.PROGRAM, 'curve', *map(str, arguments(name)), *options, '-o', folder + '/c.csv'],
                                     env=env, capture_output=True, timeout=120, check=True)
                text = cache.read_text()
                self.assertIn(' in bf16', text)
                cache.write_text(re.sub(r'"(direct|winograd)"', f'"{word}"', text))
        return run.stderr.decode()

    def test_says_where_it_does_not_pay(self):
        said = self.said_with('winograd')
        self.assertRegex(said, r'--precision bf16 does not pay on this processor: f32 computes (8|9)\d % of the '
                               'convolutions. work as fast, by Winograd')
        self.assertNotIn('does not pay', self.said_with('direct'))

    def test_plan_file_of_another_precision(self):
        with tempfile.TemporaryDirectory() as folder:
            cfg, weights, _, data = arguments('letters-vgg16')
            plan = os.path.join(folder, 'plan.json')
            first, second = (program.curve(cfg, weights, data, '-n', 20, '--precision', 'bf16', '--plan-file', plan)
                             for _ in range(2))
            self.assertEqual(first.content, second.content)
            with self.assertRaises(RuntimeError) as caught:
                program.curve(cfg, weights, data, '-n', 20, '--plan-file', plan)
            self.assertIn('computes in bf16 (expected f32)', str(caught.exception))


if __name__ == '__main__':
    unittest.main()
