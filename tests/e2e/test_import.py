#!/usr/bin/python3
"""isplit import: how each form of a model is read, what is refused, and that nothing is left of what was refused.

Run from anywhere:  tests/e2e/test_import.py [unittest options]
"""
import os
import re
import resource
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy

import onnx_writer as onnx
from onnx_writer import model, node, tensor

PROGRAM = os.path.abspath(os.environ.get('ISPLIT', './isplit'))
RNG = numpy.random.default_rng(1)


def numbers(*shape):
    return RNG.standard_normal(shape).astype('float32')


W, B = numbers(4, 3, 3, 3), numbers(4)
FC, FC_B = numbers(5, 4), numbers(5)
NORM = {'scale': numpy.float32([.5, 2, -1, 0]), 'shift': numpy.float32([1, -2, 3, 4]), 'mean': numpy.float32([1, 2, 3, 4]),
        'variance': numpy.float32([.25, 1, 4, 1e-20])}
CONV = node('Conv', 'x w b', 'c', kernel_shape=[3, 3], pads=[1, 1, 1, 1])
TENSORS = [tensor('w', W), tensor('b', B)]
END = [node('GlobalAveragePool', 'y', 'pooled'), node('Flatten', 'pooled', 'out')]


class Import(unittest.TestCase):
    def setUp(self):
        work = tempfile.TemporaryDirectory()
        self.addCleanup(work.cleanup)
        self.folder = Path(work.name)

    def run_import(self, content, name='net', **options):
        (self.folder / 'm.onnx').write_bytes(content)
        return subprocess.run([PROGRAM, 'import', 'm.onnx', '-o', name, '--force'], cwd=self.folder, capture_output=True,
                              text=True, timeout=60, check=False, **options)

    def read(self, content):
        """[(section, {key: value})] without [net], the numbers, and what was said."""
        done = self.run_import(content)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        sections = []
        for line in (self.folder / 'net.cfg').read_text().splitlines():
            if line.startswith('['):
                sections.append((line.strip('[]'), {}))
            elif '=' in line and line[0] != '#':
                sections[-1][1].update([line.split('=', 1)])
        weights = (self.folder / 'net.weights').read_bytes()
        self.assertEqual(struct.unpack('<4i', weights[:16]), (0, 1, 0, 0))
        return sections[1:], numpy.frombuffer(weights, '<f4', offset=16), done.stdout

    def same(self, content, expected):
        """That two models become the same network."""
        ours, theirs = self.read(content), self.read(expected)
        self.assertEqual(ours[0], theirs[0])
        numpy.testing.assert_allclose(ours[1], theirs[1], rtol=1e-6, atol=1e-7)

    def refused(self, content, *words):
        """One line that says so, and no file."""
        for name in ('net.cfg', 'net.weights'):
            (self.folder / name).unlink(missing_ok=True)
        done = self.run_import(content)
        self.assertEqual((done.returncode, done.stdout), (1, ''), done.stderr)
        self.assertEqual(done.stderr.count('\n'), 1, done.stderr)
        self.assertTrue(done.stderr.startswith('isplit: m.onnx: '), done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir() if path.suffix != '.bin'), ['m.onnx'])


def plain(tensors=TENSORS, **more):
    return model([CONV], list(tensors), **more)


class Storage(Import):
    """Every form in which numbers are stored."""

    def test_numbers(self):
        sections, weights, said = self.read(plain())
        self.assertEqual(sections, [('convolutional', {'filters': '4', 'size': '3', 'stride': '1', 'padding': '1',
                                                       'activation': 'linear'})])
        numpy.testing.assert_array_equal(weights, numpy.concatenate([B, W.ravel()]))
        self.assertRegex(said, r'^net.cfg, net.weights: 1 layers, 112 params, \d+ multiply-adds, input 3x8x8, 256 scores\n')

    def test_forms(self):
        for form in ('packed', 'single'):
            with self.subTest(form=form):
                self.same(plain([tensor('w', W, form), tensor('b', B, form)]), plain())
        self.same(plain([tensor('w', W.astype('float64')), tensor('b', B.astype('float64'), 'packed')]), plain())

    def test_half(self):
        values = numpy.float32([0, -0., 1, -2.5, 65504, 6e-8, -6.1e-5, 1 / 3])
        rounded = values.astype('float16').astype('float32')
        rest = W.reshape(-1, 3, 3, 3)[:, :, :, :]
        mixed = rest.ravel().copy()
        mixed[:8] = values
        expected = mixed.astype('float16').astype('float32')
        numpy.testing.assert_array_equal(expected[:8], rounded)
        for form in ('half', 'half int32'):
            _, weights, _ = self.read(plain([tensor('w', mixed.reshape(W.shape), form), tensor('b', B)]))
            numpy.testing.assert_array_equal(weights[4:], expected)

    def test_bfloat16(self):
        bits = (W.ravel().view('<u4') >> 16).astype('<u2')
        raw = onnx.tensor_head('w', W.shape, onnx.BFLOAT16) + onnx.part(9, bits.tobytes())
        _, weights, _ = self.read(plain([raw, tensor('b', B)]))
        numpy.testing.assert_array_equal(weights[4:], (bits.astype('<u4') << 16).view('<f4'))

    def test_external(self):
        (self.folder / 'data.bin').write_bytes(b'12345' + W.tobytes() + B.tobytes())
        inside = plain([onnx.external('w', W.shape, 'data.bin', offset=5, length=W.nbytes),
                        onnx.external('b', B.shape, 'data.bin', offset=5 + W.nbytes)])
        self.same(inside, plain())
        self.refused(plain([onnx.external('w', W.shape, 'data.bin', offset=10, length=W.nbytes + 4), tensor('b', B)]),
                     "tensor 'w'", '432 bytes')
        self.refused(plain([onnx.external('w', W.shape, 'data.bin', offset=-1), tensor('b', B)]), "tensor 'w'")
        self.refused(plain([onnx.external('w', W.shape, 'other.bin'), tensor('b', B)]), 'cannot find its data')
        self.refused(plain([onnx.external('w', W.shape, ''), tensor('b', B)]), 'not named')

    def test_external_data_stays_below_the_folder(self):
        with tempfile.TemporaryDirectory() as other:
            (Path(other) / 'data').write_bytes(W.tobytes())
            (self.folder / 'link.bin').symlink_to(other + '/data')
            outside = os.path.relpath(other + '/data', self.folder)
            for location in (other + '/data', outside, 'link.bin', './../' + self.folder.name + '/' + outside):
                self.refused(plain([onnx.external('w', W.shape, location), tensor('b', B)]), "tensor 'w'", 'below')

    def test_wrong_counts(self):
        self.refused(plain([tensor('w', W[:3]), tensor('b', B)])[:-4] + b'', 'm.onnx')
        short = onnx.tensor_head('w', W.shape, onnx.FLOAT) + onnx.part(9, W.tobytes()[:-4])
        self.refused(plain([short, tensor('b', B)]), "tensor 'w'", 'as many numbers')
        typed = onnx.tensor_head('w', W.shape, onnx.FLOAT) + onnx.part(4, W.tobytes()[:-4])
        self.refused(plain([typed, tensor('b', B)]), "tensor 'w'", 'as many numbers')
        huge = onnx.tensor_head('w', (1 << 62, 1 << 62), onnx.FLOAT) + onnx.part(9, b'')
        self.refused(plain([huge, tensor('b', B)]), "tensor 'w'", 'shape')
        self.refused(plain([onnx.tensor_head('w', W.shape, 8), tensor('b', B)]), "tensor 'w'", 'real numbers')

    def test_not_finite(self):
        bad = W.copy()
        bad[1, 2, 0, 1] = numpy.nan
        self.refused(plain([tensor('w', bad), tensor('b', B)]), "node 'c_node' (Conv)", 'nan')
        self.refused(plain([tensor('w', W.astype('float64') * 1e300), tensor('b', B)]), "node 'c_node' (Conv)", 'inf')

    def test_identity_of_a_tensor(self):
        """torch 1.13 writes equal parameters so."""
        self.same(model([node('Identity', 'b0', 'b'), CONV], [tensor('w', W), tensor('b0', B)]), plain())

    def test_constant_node(self):
        self.same(model([node('Constant', '', 'b', value=tensor('', B)), CONV], [tensor('w', W)]), plain())

    def test_tensors_as_inputs(self):
        """Before version 4 of the format."""
        self.same(plain(inputs=[onnx.value_info('w', W.shape), onnx.value_info('b', B.shape)], opset=8), plain())

    def test_batch(self):
        for batch in ('batch', 4, 0):
            self.same(plain(shape=(batch, 3, 8, 8)), plain())


if __name__ == '__main__':
    unittest.main()
