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

    def act(self, operator, name, opset=13, **attributes):
        sections, _, _ = self.read(model([CONV, node(operator, 'c', 'y', **attributes)], TENSORS, opset=opset))
        self.assertEqual([kind for kind, _ in sections], ['convolutional'])
        self.assertEqual(sections[0][1]['activation'], name)

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
        pieces = onnx.tensor_head('w', W.shape, onnx.FLOAT) + onnx.part(4, W.tobytes()[:40]) + onnx.part(4, W.tobytes()[40:])
        self.same(plain([pieces, tensor('b', B)]), plain())
        unknown = onnx.part(77, b'later') + tensor('w', W) + onnx.whole(78, 1 << 63)
        self.same(plain([unknown, tensor('b', B)]), plain())
        ahead = onnx.part(9, W.tobytes()) + onnx.tensor_head('w', W.shape, onnx.FLOAT)
        self.same(plain([ahead, tensor('b', B)]), plain())

    def test_integers(self):
        """Of every type and in every form; as a matrix that is turned, too."""
        for kind in ('int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64'):
            low, high = (0, 200) if kind[0] == 'u' else (-100, 100)
            values = RNG.integers(low, high, (70, 5)).astype(kind)
            if values.itemsize > 1:
                values[3] *= 129
            for form in ('raw', 'packed', 'single', 'pieces'):
                with self.subTest(kind=kind, form=form):
                    _, weights, _ = self.read(model([node('Gemm', 'x w', 'y')], [tensor('w', values, form)], shape=(1, 70)))
                    numpy.testing.assert_array_equal(weights[5:], values.T.ravel())

    def test_integers_without_an_end(self):
        for numbers_of in (b'\x01' * 107 + b'\x80', b'\x01' * 107 + b'\x80' * 10 + b'\x01'):
            damaged = onnx.tensor_head('w', W.shape, onnx.INT32) + onnx.part(5, numbers_of)
            self.refused(plain([damaged, tensor('b', B)]), "tensor 'w' has a number without an end")
        missing = onnx.tensor_head('w', W.shape, onnx.FLOAT16) + onnx.part(5, b'\x01' * 107)
        self.refused(plain([missing, tensor('b', B)]), "tensor 'w'", 'as many numbers')
        elsewhere = onnx.tensor_head('w', W.shape, onnx.INT64) + onnx.part(5, b'\x01' * 108)
        self.refused(plain([elsewhere, tensor('b', B)]), "tensor 'w'", 'as many numbers')

    @unittest.skipIf(os.environ.get('ISPLIT_SANITIZED'), 'no limit on memory')
    def test_memory(self):
        """Numbers are read where they are: a model of 12 MB or more with 10 MB of memory of its own (the mapped file is none)."""
        layers, shape = [node('Gemm', 'x m', 'y', transB=1)], (2048, 2048)
        values = numpy.arange(1 << 22, dtype='float32')
        half = (values * 4 + 1).astype('<u4') % (31 << 10) | (values.astype('<u4') & 1) << 15  # finite bits
        varints = numpy.stack([half & 127 | 128, half >> 7 & 127 | 128, half >> 14], 1).astype('u1')
        for kind, field, stored, expected in ((onnx.FLOAT, 9, values, values), (onnx.FLOAT, 4, values, values),
                                              (onnx.FLOAT16, 5, varints, half.astype('<u2').view('<f2').astype('<f4'))):
            tensors = [onnx.tensor_head('m', shape, kind) + onnx.part(field, stored.tobytes())]
            with self.subTest(field=field):
                done = self.run_import(model(layers, tensors, shape=(1, 2048)), preexec_fn=lambda: resource.setrlimit(
                    resource.RLIMIT_DATA, (10 << 20, 10 << 20)))
                self.assertEqual((done.returncode, done.stderr), (0, ''))
                written = numpy.fromfile(self.folder / 'net.weights', '<f4', offset=16)[2048:]
                numpy.testing.assert_array_equal(written, expected)

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

    def test_computed_constants_that_are_passed_on(self):
        """Each has its own numbers, whatever operator that does nothing passes them on: both are freed."""
        for idle, opset in (('Dropout', 10), ('Identity', 13)):
            nodes = [node('Add', 'half half', 'b0'), node(idle, 'b0', 'b'), CONV]
            self.same(model(nodes, [tensor('w', W), tensor('half', B / 2)], opset=opset), plain())

    def test_a_number_and_none(self):
        """Of which there is no first one to read."""
        for order in ('one none', 'none one'):
            self.refused(model([node('Mul', order, 'b'), CONV], [tensor('w', W), tensor('one', numbers(1)), tensor('none', numbers(0))]),
                         '(Mul)', 'unlike shapes')

    def test_constant_node(self):
        self.same(model([node('Constant', '', 'b', value=tensor('', B)), CONV], [tensor('w', W)]), plain())

    def test_tensors_as_inputs(self):
        """Before version 4 of the format."""
        self.same(plain(inputs=[onnx.value_info('w', W.shape), onnx.value_info('b', B.shape)], opset=8), plain())

    def test_batch(self):
        for batch in ('batch', 4, 0):
            self.same(plain(shape=(batch, 3, 8, 8)), plain())


class Operators(Import):
    """What each operator becomes, in every form that its versions have."""

    def kinds(self, nodes, tensors=(), **more):
        return [kind for kind, _ in self.read(model([CONV, *nodes], [*TENSORS, *tensors], **more))[0]]

    def test_activations(self):
        for operator, name, attributes in (
                ('Relu', 'relu', {}), ('Sigmoid', 'logistic', {}), ('Tanh', 'tanh', {}), ('Elu', 'elu', {}), ('Selu', 'selu', {}),
                ('LeakyRelu', 'relie', {}), ('LeakyRelu', 'leaky', {'alpha': .1}), ('Clip', 'relu', {'min': 0.})):
            self.act(operator, name, **attributes)
        self.refused(model([CONV, node('LeakyRelu', 'c', 'y', 'mine', alpha=.2)], TENSORS), "node 'mine' (LeakyRelu)", '0.2')
        self.refused(model([CONV, node('Elu', 'c', 'y', alpha=2.)], TENSORS), "node 'y_node' (Elu)")
        self.refused(model([CONV, node('HardSigmoid', 'c', 'y')], TENSORS), "node 'y_node' (HardSigmoid)")
        self.refused(model([CONV, node('Clip', 'c', 'y', min=0., max=5.)], TENSORS), 'from 0 to 5')
        self.refused(model([CONV, node('Softplus', 'c', 'y')], TENSORS), "node 'y_node' (Softplus)", 'no counterpart')

    def test_batch_norm(self):
        """Debian's formula with each node's own epsilon; a bias before it goes into the mean."""
        tensors = [*TENSORS, *(tensor(name, values) for name, values in NORM.items())]
        norm = node('BatchNormalization', 'c scale shift mean variance', 'y', epsilon=1e-3)
        sections, weights, _ = self.read(model([CONV, norm, node('Relu', 'y', 'z')], tensors))
        self.assertEqual([(kind, keys['batch_normalize'], keys['activation']) for kind, keys in sections],
                         [('convolutional', '1', 'relu')])
        shift, scale, mean, variance = weights[:16].astype('float64').reshape(4, 4)
        divisor = numpy.sqrt(NORM['variance'].astype('float64') + numpy.float32(1e-3))
        numpy.testing.assert_allclose(numpy.sqrt(variance) + 1e-6, divisor, rtol=1e-6)
        numpy.testing.assert_allclose(mean, NORM['mean'] - B, rtol=1e-6)
        numpy.testing.assert_array_equal((shift, scale), (NORM['shift'], NORM['scale']))
        numpy.testing.assert_array_equal(weights[16:], W.ravel())
        self.refused(model([CONV, node('BatchNormalization', 'c scale shift mean variance', 'y', training_mode=1)], tensors),
                     'training mode')

    def test_batch_norm_alone(self):
        """[batchnorm] has no biases in the file."""
        tensors = [*TENSORS, *(tensor(name, values) for name, values in NORM.items())]
        nodes = [CONV, node('Relu', 'c', 'r'), node('BatchNormalization', 'r scale shift mean variance', 'y', epsilon=1e-12)]
        sections, weights, _ = self.read(model(nodes, tensors))
        self.assertEqual([kind for kind, _ in sections], ['convolutional', 'batchnorm'])
        scale, mean, variance = weights[112:].astype('float64').reshape(3, 4)
        for x in (-1., 0., 2.5):
            expected = (x - NORM['mean']) / numpy.sqrt(NORM['variance'].astype('float64') + 1e-12) * NORM['scale'] + NORM['shift']
            numpy.testing.assert_allclose((x - mean) / (numpy.sqrt(variance) + 1e-6) * scale, expected, rtol=1e-5, atol=1e-5)

    def test_arithmetic_of_channels(self):
        """An addition is a bias; a factor makes a batch norm whose divisor is 1."""
        more = numbers(4)
        added = [tensor('k', more.reshape(1, 4, 1, 1))]
        _, weights, _ = self.read(model([CONV, node('Add', 'c k', 'y')], [*TENSORS, *added]))
        numpy.testing.assert_allclose(weights[:4], B + more, rtol=1e-6)
        _, weights, _ = self.read(model([CONV, node('Sub', 'k c', 'y')], [*TENSORS, *added]))
        shift, scale, mean, variance = weights[:16].reshape(4, 4)
        numpy.testing.assert_allclose(shift, more, rtol=1e-6)
        numpy.testing.assert_array_equal(scale, -numpy.ones(4))
        numpy.testing.assert_allclose((mean, numpy.sqrt(variance) + 1e-6), (-B, numpy.ones(4)), rtol=1e-6)
        self.refused(model([CONV, node('Div', 'k c', 'y')], [*TENSORS, *added]), "(Div)", 'divides')
        self.refused(model([CONV, node('Mul', 'c k', 'y')], [*TENSORS, tensor('k', numbers(1, 4, 8, 8))]), '(Mul)', 'channel')

    def test_connected(self):
        """Gemm and MatMul, with the matrix either way round, in Darknet's [out][in]."""
        head = [CONV, node('GlobalAveragePool', 'c', 'p')]
        flat = [*head, node('Flatten', 'p', 'f')]
        bias = tensor('v', FC_B)
        expected = model([*flat, node('Gemm', 'f m v', 'y', transB=1)], [*TENSORS, tensor('m', FC), bias])
        sections, weights, _ = self.read(expected)
        self.assertEqual(sections[2], ('connected', {'output': '5', 'activation': 'linear'}))
        numpy.testing.assert_array_equal(weights[112:], numpy.concatenate([FC_B, FC.ravel()]))
        across = [*TENSORS, tensor('m', FC.T.copy()), bias]
        self.same(model([*flat, node('Gemm', 'f m v', 'y')], across), expected)
        self.same(model([*flat, node('MatMul', 'f m', 'k'), node('Add', 'k v', 'y')], across), expected)
        self.same(model([*flat, node('MatMul', 'f m', 'k'), node('Add', 'v k', 'y')], across), expected)
        self.same(model([*flat, node('Transpose', 'm', 'n', perm=[1, 0]), node('MatMul', 'f n', 'k'), node('Add', 'k v', 'y')],
                        [*TENSORS, tensor('m', FC), bias]), expected)
        self.same(model([*flat, node('Gemm', 'f m v', 'y', transB=1, alpha=2., beta=.5)],
                        [*TENSORS, tensor('m', FC / 2), tensor('v', FC_B * 2)]), expected)
        for shape in (node('Squeeze', 'p', 'f', axes=[2, 3]), node('Squeeze', 'p axes', 'f'), node('Reshape', 'p to', 'f'),
                      node('Reshape', 'p zeros', 'f')):
            tensors = [*TENSORS, tensor('m', FC), bias, tensor('axes', numpy.int64([-1, 2])), tensor('to', numpy.int64([-1, 4])),
                       tensor('zeros', numpy.int64([0, -1]))]
            self.same(model([*head, shape, node('Gemm', 'f m v', 'y', transB=1)], tensors), expected)
        self.refused(model([*flat, node('Gemm', 'f m v', 'y', transA=1)], across), '(Gemm)')
        self.refused(model([*flat, node('Gemm', 'f m v', 'y', transB=1)], across), '(Gemm)', 'do not fit')
        self.refused(model([*flat, node('MatMul', 'f f', 'y')], across), '(MatMul)', 'constant')

    def test_lists(self):
        """A batch norm of a list; and a network whose input is one."""
        norm = [tensor(name, values) for name, values in NORM.items()]
        nodes = [node('Gemm', 'x m v', 'g', transB=1), node('BatchNormalization', 'g scale shift mean variance', 'n'), node('Relu', 'n', 'r'),
                 node('Gemm', 'r o', 'y', transB=1)]
        sections, weights, said = self.read(model(nodes, [*norm, tensor('m', numbers(4, 7)), tensor('v', B), tensor('o', FC)], shape=(1, 7)))
        self.assertEqual([(kind, keys.get('batch_normalize'), keys['activation']) for kind, keys in sections],
                         [('connected', '1', 'relu'), ('connected', None, 'linear')])
        numpy.testing.assert_array_equal(weights[:4], NORM['shift'])
        numpy.testing.assert_allclose(weights[36:40], NORM['mean'] - B, rtol=1e-6)
        self.assertIn('input 7x1x1, 5 scores', said)

    def test_flattened_map(self):
        """[C][H][W] is one list in both."""
        matrix = numbers(5, 256)
        sections, weights, _ = self.read(model([CONV, node('Flatten', 'c', 'f'), node('Gemm', 'f m', 'y', transB=1)],
                                               [*TENSORS, tensor('m', matrix)]))
        self.assertEqual([kind for kind, _ in sections], ['convolutional', 'connected'])
        numpy.testing.assert_array_equal(weights[117:], matrix.ravel())
        self.refused(model([CONV, node('Transpose', 'c', 't', perm=[0, 2, 3, 1]), node('Flatten', 't', 'f'),
                            node('Gemm', 'f m', 'y', transB=1)], [*TENSORS, tensor('m', matrix)]), "'t_node' (Transpose)", 'order')

    def test_shape_arithmetic(self):
        """As exporters write x.view(x.size(0), -1), with a dynamic batch."""
        nodes = [node('Shape', 'c', 's'), node('Gather', 's zero', 'n'), node('Unsqueeze', 'n', 'n1', axes=[0]),
                 node('Concat', 'n1 rest', 'to', axis=0), node('Reshape', 'c to', 'f'), node('Gemm', 'f m', 'y', transB=1)]
        tensors = [tensor('zero', numpy.int64(0)), tensor('rest', numpy.int64([-1])), tensor('m', numbers(5, 256))]
        self.assertEqual(self.kinds(nodes, tensors, shape=('n', 3, 8, 8), opset=11), ['convolutional', 'connected'])

    def test_resize(self):
        """size=(h, w) is computed from the input's shape: half of it, times four."""
        nodes = [node('Shape', 'c', 's'), node('Slice', 's two four', 'hw'), node('Cast', 'hw', 'f', to=1),
                 node('Mul', 'f k', 'm'), node('Floor', 'm', 'fl'), node('Cast', 'fl', 'i', to=7), node('Concat', 'nc i', 'size', axis=0),
                 node('Resize', 'c - - size', 'y', mode='nearest', coordinate_transformation_mode='asymmetric', nearest_mode='floor')]
        tensors = [tensor('two', numpy.int64([2])), tensor('four', numpy.int64([4])), tensor('k', numpy.float32(2.)),
                   tensor('nc', numpy.int64([1, 4]))]
        self.assertEqual(self.kinds(nodes, tensors), ['convolutional', 'upsample'])
        scales = tensor('scales', numpy.float32([1, 1, 3, 3]))
        self.assertEqual(self.kinds([node('Upsample', 'c scales', 'y', mode='nearest')], [scales], opset=9), ['convolutional', 'upsample'])
        self.assertEqual(self.kinds([node('Upsample', 'c', 'y', mode='nearest', scales=[1., 1., 2., 2.])], opset=7),
                         ['convolutional', 'upsample'])
        self.refused(model([CONV, node('Resize', 'c - scales', 'y', mode='linear')], [*TENSORS, scales]), '(Resize)')
        half = tensor('scales', numpy.float32([1, 1, 1.5, 1.5]))
        self.refused(model([CONV, node('Resize', 'c - scales', 'y', mode='nearest')], [*TENSORS, half]), '(Resize)', '1.5')
        floor = node('Resize', 'c - scales', 'y', mode='nearest', nearest_mode='floor')  # half_pixel: not a repetition
        self.refused(model([CONV, floor], [*TENSORS, scales]), '(Resize)')

    def test_pools(self):
        def pool(**attributes):
            return self.read(model([CONV, node('MaxPool', 'c', 'y', kernel_shape=[3, 3], **attributes)], TENSORS))[0][1][1]
        self.assertEqual(pool(), {'size': '3', 'stride': '1', 'padding': '0'})
        self.assertEqual(pool(strides=[2, 2], pads=[1, 1, 1, 1]), {'size': '3', 'stride': '2', 'padding': '2'})
        self.assertEqual(pool(strides=[2, 2], pads=[0, 0, 1, 1])['padding'], '1')
        self.assertEqual(pool(strides=[2, 2], ceil_mode=1)['padding'], '1')
        self.assertEqual(pool(strides=[2, 2], auto_pad='SAME_UPPER')['padding'], '1')
        for attributes in ({'pads': [1, 0, 1, 0]}, {'dilations': [2, 2]}, {'strides': [1, 2]}, {'pads': [1, 1, 0, 0]}):
            self.refused(model([CONV, node('MaxPool', 'c', 'y', kernel_shape=[3, 3], **attributes)], TENSORS), '(MaxPool)')
        self.refused(model([CONV, node('MaxPool', 'c', 'y', kernel_shape=[3, 2])], TENSORS), '(MaxPool)', '3x2')
        self.refused(model([CONV, node('MaxPool', 'c', 'y', kernel_shape=[3])], TENSORS), '(MaxPool)', 'two')

    def test_ceil_pool_begins_inside(self):
        """A last window that would begin in the far padding is none: windows of 2 in steps of 2 on 7 with 1 on either side are
        4, not 5."""
        nodes = [node('MaxPool', 'c', 'p', kernel_shape=[2, 2], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1),
                 node('Conv', 'p v', 'y', kernel_shape=[1, 1])]
        sections, _, said = self.read(model([CONV, *nodes], [*TENSORS, tensor('v', numbers(2, 4, 1, 1))], shape=(1, 3, 7, 7)))
        self.assertEqual(sections[1][1]['padding'], '2')
        self.assertIn('%d scores' % (2 * 4 * 4), said)

    def test_pads(self):
        zeros, ones = tensor('p', numpy.int64([0] * 8)), tensor('p', numpy.int64([0, 0, 1, 1, 0, 0, 1, 1]))
        unpadded = node('Conv', 'q w b', 'c', kernel_shape=[3, 3])
        for pad in (node('Pad', 'x p', 'q'), node('Pad', 'x p zero', 'q', mode='constant')):
            self.same(model([pad, unpadded], [*TENSORS, ones, tensor('zero', numpy.float32(0))]), plain())
        self.same(model([node('Pad', 'x', 'q', pads=[0, 0, 1, 1, 0, 0, 1, 1]), unpadded], TENSORS, opset=7), plain())
        self.assertEqual(self.kinds([node('Pad', 'c p', 'q'), node('MaxPool', 'q', 'y', kernel_shape=[2, 2])], [zeros]),
                         ['convolutional', 'maxpool'])
        self.assertEqual(self.kinds([node('Relu', 'c', 'r'), node('Pad', 'r p', 'q'), node('MaxPool', 'q', 'y', kernel_shape=[3, 3])],
                                    [ones]), ['convolutional', 'maxpool'])
        self.refused(model([CONV, node('Pad', 'c p', 'q'), node('MaxPool', 'q', 'y', kernel_shape=[3, 3])], [*TENSORS, ones]),
                     "'y_node' (MaxPool)", 'zeros')
        self.refused(model([CONV, node('Pad', 'c p', 'q'), node('Relu', 'q', 'y')], [*TENSORS, ones]), "'q_node' (Pad)")
        self.refused(model([node('Pad', 'x p', 'q', mode='reflect'), unpadded], [*TENSORS, ones]), "'q_node' (Pad)")
        uneven = tensor('p', numpy.int64([0, 0, 0, 0, 0, 0, 1, 1]))
        self.refused(model([node('Pad', 'x p', 'q'), unpadded], [*TENSORS, uneven]), "'c_node' (Conv)", '0, 0, 1, 1')

    def test_global_pools(self):
        for pool in (node('GlobalAveragePool', 'c', 'y'), node('ReduceMean', 'c', 'y', axes=[2, 3]),
                     node('ReduceMean', 'c', 'y', axes=[-1, -2], keepdims=0), node('AveragePool', 'c', 'y', kernel_shape=[8, 8])):
            self.assertEqual(self.kinds([pool]), ['convolutional', 'avgpool'])
        self.assertEqual(self.kinds([node('ReduceMean', 'c axes', 'y')], [tensor('axes', numpy.int64([2, 3]))], opset=18),
                         ['convolutional', 'avgpool'])
        self.assertEqual(self.kinds([node('AveragePool', 'c', 'y', kernel_shape=[1, 1])]), ['convolutional'])
        self.refused(model([CONV, node('ReduceMean', 'c', 'y', axes=[1])], TENSORS), '(ReduceMean)')

    def test_skips(self):
        """A residual block: the layer before is one of the two; and the network's input read twice."""
        again = node('Conv', 'c v', 'd', kernel_shape=[1, 1])
        one = tensor('v', numbers(4, 4, 1, 1))
        sections, _, _ = self.read(model([CONV, again, node('Add', 'c d', 'a'), node('Relu', 'a', 'y')], [*TENSORS, one]))
        self.assertEqual(sections[2], ('shortcut', {'from': '0', 'activation': 'relu'}))
        sections, _, _ = self.read(model([CONV, again, node('Concat', 'd c', 'y', axis=1)], [*TENSORS, one]))
        self.assertEqual(sections[2], ('route', {'layers': '1,0'}))
        branch = [node('Conv', 'x w b', 'e', kernel_shape=[3, 3], pads=[1, 1, 1, 1]), node('Add', 'c e', 'y')]
        sections, _, _ = self.read(model([CONV, *branch], TENSORS))
        self.assertEqual([kind for kind, _ in sections], ['maxpool', 'convolutional', 'route', 'convolutional', 'shortcut'])
        self.assertEqual(sections[0][1], {'size': '1', 'stride': '1'})  # an identity that OpenCV reads, too
        self.assertEqual((sections[2][1]['layers'], sections[4][1]['from']), ('0', '1'))
        sections, _, _ = self.read(model([CONV, node('Relu', 'c', 'r'), node('Concat', 'r c', 'y', axis=1)], TENSORS))
        self.assertEqual([keys.get('activation') for _, keys in sections], ['linear', 'relu', None])
        sections, _, _ = self.read(model([CONV, node('Mul', 'c two', 'm'), node('Add', 'm c', 'y')], [*TENSORS, tensor('two', numpy.float32(2))]))
        self.assertEqual([kind for kind, _ in sections], ['convolutional', 'batchnorm', 'shortcut'])
        self.refused(model([CONV, node('GlobalAveragePool', 'c', 'p'), node('Add', 'c p', 'y')], TENSORS), '(Add)', 'unlike')
        self.refused(model([CONV, node('Concat', 'c c', 'y', axis=2)], TENSORS), '(Concat)')

    def test_split(self):
        """Equal parts of the channels, in every form of the sizes; parts that nobody reads are left out."""
        sizes, join = tensor('s', numpy.int64([2, 2])), node('Concat', 'q p', 'y', axis=1)
        expected = ['convolutional', 'route', 'route', 'route']
        for opset, split, tensors in ((11, node('Split', 'c', 'p q', axis=1, split=[2, 2]), []), (13, node('Split', 'c s', 'p q', axis=1), [sizes]),
                                      (13, node('Split', 'c', 'p q', axis=-3), []), (18, node('Split', 'c', 'p q', axis=1, num_outputs=2), [])):
            sections, _, _ = self.read(model([CONV, split, join], [*TENSORS, *tensors], opset=opset))
            self.assertEqual([kind for kind, _ in sections], expected)
            self.assertEqual([keys for _, keys in sections[1:]], [{'layers': '0', 'groups': '2', 'group_id': '0'},
                                                                  {'layers': '0', 'groups': '2', 'group_id': '1'}, {'layers': '2,1'}])
        sections, _, _ = self.read(model([CONV, node('Split', 'c', 'p q', axis=1), node('Relu', 'q', 'y')], TENSORS))
        self.assertEqual([keys.get('group_id') for _, keys in sections], [None, '1', None])
        self.assertEqual(self.kinds([node('Split', 'c', 'y', axis=1)]), ['convolutional'])
        one = node('Conv', 'g v', 'y', kernel_shape=[1, 1])  # of the network's own input
        sections, _, _ = self.read(model([node('Split', 'x', 'r g b', axis=1), one], [tensor('v', numbers(4, 1, 1, 1))]))
        self.assertEqual([kind for kind, _ in sections], ['maxpool', 'route', 'convolutional'])
        uneven = [*TENSORS, tensor('s', numpy.int64([1, 3])), tensor('many', numpy.int64([1, 1, 1, 1]))]
        for split, why in ((node('Split', 'c s', 'p q', axis=1), 'not of one size'), (node('Split', 'c', 'p q r', axis=1), 'not of one size'),
                           (node('Split', 'c many', 'p q', axis=1), 'not 2 numbers'), (node('Split', 'c', 'p q', axis=2), 'channels'),
                           (node('Split', 'c', 'p q'), 'channels'), (node('Split', 'c', 'a b p q e', axis=1), '5 parts of 4')):
            self.refused(model([CONV, split, node('Relu', 'p', 'y')], uneven), "(Split)", why)

    def test_slice(self):
        """One of equal parts of the channels, with limits as attributes or inputs, from behind, or beyond the end."""
        def part(opset=13, operands='1 -1 9', **attributes):
            names = ['from', 'to', 'axis', 'step'] if opset > 9 else []
            tensors = [tensor(name, numpy.int64([number])) for name, number in zip(names, operands.split())]
            inputs = ' '.join(['c', *names[:len(tensors)]])
            return model([CONV, node('Slice', inputs, 'p', **attributes), node('Relu', 'p', 'y')], [*TENSORS, *tensors], opset=opset)
        for content, groups, number in ((part(9, starts=[2], ends=[4], axes=[1]), '2', '1'), (part(operands='0 2 1'), '2', '0'),
                                        (part(operands='-1 9223372036854775807 1'), '4', '3'), (part(operands='1 -2 -3 1'), '4', '1')):
            sections, _, _ = self.read(content)
            self.assertEqual(sections[1], ('route', {'layers': '0', 'groups': groups, 'group_id': number}))
        self.assertEqual([kind for kind, _ in self.read(part(operands='0 4 1'))[0]], ['convolutional'])
        for operands, why in (('1 3 1', '1 to 2 of 4'), ('0 3 1', '0 to 2 of 4'), ('2 1 1', '2 to 0'), ('-9 2 1', 'of 4'),
                              ('0 4 2', 'else than channels'), ('0 4 1 2', 'one after the other'), ('0 4', 'else than channels')):
            self.refused(part(operands=operands), "'p_node' (Slice)", why)

    def test_auto_pad(self):
        """TensorFlow's rule: as many places as strides; what is odd lies below and right, or above and left."""
        def padding(shape, pad='', size=3, **attributes):
            conv = node('Conv', ('q' if pad else 'x') + ' w', 'y', 'mine', **attributes)
            pads = [node('Pad', 'x', 'q', pads=pad)] if pad else []
            return model([*pads, conv], [tensor('w', numbers(4, 3, size, size))], shape=(1, 3, shape, shape), opset=10)
        for rule in ('SAME_UPPER', 'SAME_LOWER'):
            for side, stride in ((8, 1), (7, 2), (9, 2)):
                sections, _, _ = self.read(padding(side, auto_pad=rule, strides=[stride, stride]))
                self.assertEqual(sections[0][1]['padding'], '1')
        for rule, pads in (('SAME_UPPER', '0, 0, 1, 1'), ('SAME_LOWER', '1, 1, 0, 0')):
            self.refused(padding(8, auto_pad=rule, strides=[2, 2]), "node 'mine' (Conv)", pads)
        merged = padding(8, [0, 0, 1, 1, 0, 0, 0, 0], 2, auto_pad='SAME_UPPER', strides=[2, 2])  # 1 there, 1 here
        self.assertEqual(self.read(merged)[0][0][1]['padding'], '1')

    def test_convolutions(self):
        grouped = numbers(6, 1, 3, 3)
        sections, weights, _ = self.read(model([node('Conv', 'x w', 'y', group=3, strides=[2, 2], auto_pad='VALID')],
                                               [tensor('w', grouped)]))
        self.assertEqual(sections[0][1], {'filters': '6', 'size': '3', 'stride': '2', 'padding': '0', 'groups': '3',
                                          'activation': 'linear'})
        numpy.testing.assert_array_equal(weights, numpy.concatenate([numpy.zeros(6), grouped.ravel()]))
        for attributes in ({'pads': [1, 0, 1, 0]}, {'strides': [1, 2]}, {'group': 2}, {'auto_pad': 'SAME_UPPER', 'strides': [2, 2]},
                           {'pads': [1 << 40] * 4}, {'strides': [0, 0]}):
            self.refused(model([node('Conv', 'x w', 'y', 'mine', **attributes)], [tensor('w', W)]), "node 'mine' (Conv)")
        self.refused(model([node('Conv', 'x w', 'y')], [tensor('w', numbers(4, 3, 1, 3))]), '1x3')
        self.refused(model([node('Conv', 'x w', 'y')], [tensor('w', numbers(4, 3, 9, 9))]), 'larger')

    def test_softmax(self):
        nodes = [node('GlobalAveragePool', 'c', 'p'), node('Flatten', 'p', 'f')]
        for opset, attributes in ((7, {}), (12, {'axis': 1}), (13, {'axis': -1}), (13, {})):
            self.assertEqual(self.kinds([*nodes, node('Softmax', 'f', 'y', **attributes)], opset=opset)[-1], 'softmax')
        self.assertIn('LogSoftmax', self.read(model([CONV, *nodes, node('LogSoftmax', 'f', 'y', axis=1)], TENSORS))[2])
        self.refused(model([CONV, node('Softmax', 'c', 'y', axis=1)], TENSORS), '(Softmax)')

    def test_idle(self):
        nodes = [node('Dropout', 'c', 'd', ratio=.5), node('Identity', 'd', 'i'), node('Cast', 'i', 'y', to=10)]
        self.assertEqual(self.kinds(nodes, opset=7), ['convolutional'])
        training = [tensor('ratio', numpy.float32(.5)), tensor('on', numpy.bool_(True))]
        self.refused(model([CONV, node('Dropout', 'c ratio on', 'y')], [*TENSORS, *training]), '(Dropout)', 'training')

    def test_refused_operators(self):
        for operator in ('LSTM', 'If', 'LayerNormalization', 'Erf', 'QLinearConv', 'InstanceNormalization', 'ArgMax'):
            self.refused(model([CONV, node(operator, 'c', 'y', 'odd one')], TENSORS), "node 'odd one' (%s)" % operator, 'counterpart')
        self.refused(model([CONV, node('Relu', 'c', 'y', domain='com.microsoft')], TENSORS), "com.microsoft")
        shuffle = [node('Reshape', 'c five', 'r'), node('Transpose', 'r', 't', perm=[0, 2, 1, 3, 4]), node('Reshape', 't four', 'y')]
        self.refused(model([CONV, *shuffle], [*TENSORS, tensor('five', numpy.int64([1, 2, 2, 8, 8])),
                                              tensor('four', numpy.int64([1, 4, 8, 8]))]), "'t_node' (Transpose)",
                     'shuffles the channels')
        for operator in ('MaxPool', 'GlobalAveragePool', 'Conv'):
            self.refused(model([CONV, node('Flatten', 'c', 'f'), node(operator, 'f w', 'y', kernel_shape=[3, 3])], TENSORS),
                         "'y_node' (%s)" % operator, 'list of numbers')
        self.refused(model([CONV, node('Relu', 'nowhere', 'y')], TENSORS), "'nowhere'")
        self.refused(model([CONV, node('Mul', 'c d', 'y'), ], [*TENSORS]), "'d'")


class Gates(Import):
    """Layers and activations of newer forks."""

    def last(self, nodes, tensors=(), **more):
        return self.read(model([CONV, *nodes], [*TENSORS, *tensors], **more))[0][-1]

    def test_limits(self):
        self.act('Clip', 'relu6', opset=7, min=0., max=6.)
        for low, high, name in ((0, 6, 'relu6'), (-1, 1, 'hardtan'), (0, numpy.inf, 'relu')):
            tensors = [tensor('low', numpy.float32(low)), tensor('high', numpy.float32(high))]
            self.assertEqual(self.last([node('Clip', 'c low high', 'y')], tensors)[1]['activation'], name)
        constants = [node('Constant', '', 'low', value=tensor('', numpy.float32(0))), node('Constant', '', 'high', value_float=6.)]
        self.assertEqual(self.last([*constants, node('Clip', 'c low high', 'y')])[1]['activation'], 'relu6')

    def test_one_node(self):
        self.act('HardSwish', 'hard_swish', opset=14)
        self.act('HardSigmoid', 'hard_sigmoid', alpha=1 / 6)

    def test_activations_in_several_nodes(self):
        sigmoid, tanh = node('Sigmoid', 'c', 's'), [node('Softplus', 'c', 'p'), node('Tanh', 'p', 's')]
        hard = node('HardSigmoid', 'c', 's', alpha=1 / 6, beta=.5)
        three, six = tensor('three', numpy.float32(3)), tensor('six', numpy.float32(6))
        moved = [node('Add', 'c three', 'm'), node('Clip', 'm', 'k', min=0., max=6.)]
        for nodes, name in (([sigmoid, node('Mul', 'c s', 'y')], 'swish'), ([sigmoid, node('Mul', 's c', 'y')], 'swish'),
                            ([*tanh, node('Mul', 'c s', 'y')], 'mish'), ([hard, node('Mul', 'c s', 'y')], 'hard_swish'),
                            ([*moved, node('Div', 'k six', 'y')], 'hard_sigmoid'),
                            ([*moved, node('Div', 'k six', 's'), node('Mul', 'c s', 'y')], 'hard_swish'),
                            ([*moved, node('Mul', 'c k', 's'), node('Div', 's six', 'y')], 'hard_swish')):
            sections, _, _ = self.read(model([CONV, *nodes], [*TENSORS, three, six], opset=9))
            self.assertEqual([(kind, keys['activation']) for kind, keys in sections], [('convolutional', 'linear'), ('activation', name)]
                             if len(sections) > 1 else [('convolutional', name)], name)
        self.refused(model([CONV, *moved, node('Mul', 'c k', 'y')], [*TENSORS, three], opset=9), "'y_node' (Mul)", 'counterpart')

    def test_squeeze_and_excite(self):
        one = tensor('v', numbers(4, 4, 1, 1))
        gate = [node('GlobalAveragePool', 'c', 'p'), node('Conv', 'p v', 'q'), node('Sigmoid', 'q', 'g')]
        for order in ('g c', 'c g'):
            sections, _, _ = self.read(model([CONV, *gate, node('Mul', order, 'y')], [*TENSORS, one]))
            self.assertEqual([kind for kind, _ in sections], ['convolutional', 'avgpool', 'convolutional', 'scale_channels'])
            self.assertEqual((sections[2][1]['activation'], sections[3][1]['from']), ('logistic', '0'))
        flat = [node('GlobalAveragePool', 'c', 'p'), node('Flatten', 'p', 'f'), node('Gemm', 'f m', 'k'), node('Sigmoid', 'k', 's'),
                node('Unsqueeze', 's', 'u', axes=[2, 3]), node('Mul', 'c u', 'y')]
        sections, _, _ = self.read(model([CONV, *flat], [*TENSORS, tensor('m', numbers(4, 4))], opset=11))
        self.assertEqual([kind for kind, _ in sections], ['convolutional', 'avgpool', 'connected', 'scale_channels'])

    def test_dilation(self):
        self.assertEqual(self.last([node('Conv', 'c v', 'y', dilations=[2, 2], pads=[2] * 4)], [tensor('v', numbers(2, 4, 3, 3))])[1],
                         {'filters': '2', 'size': '3', 'stride': '1', 'padding': '1', 'dilation': '2', 'activation': 'linear'})
        self.refused(model([CONV, node('Conv', 'c v', 'y', dilations=[2, 2])], [*TENSORS, tensor('v', numbers(2, 4, 3, 3))]),
                     "'y_node' (Conv)", 'dilations')
        self.assertNotIn('dilation', self.last([node('Conv', 'c v', 'y', dilations=[2, 2])], [tensor('v', numbers(2, 4, 1, 1))])[1])

    def test_average_of_windows(self):
        self.assertEqual(self.last([node('AveragePool', 'c', 'y', kernel_shape=[2, 2], strides=[2, 2])]),
                         ('local_avgpool', {'size': '2', 'stride': '2', 'padding': '0'}))
        self.assertEqual(self.last([node('AveragePool', 'c', 'y', kernel_shape=[3, 3], pads=[1] * 4)])[1]['padding'], '2')
        counting = node('AveragePool', 'c', 'y', kernel_shape=[3, 3], pads=[1] * 4, count_include_pad=1)
        self.refused(model([CONV, counting], TENSORS), '(AveragePool)', 'count')


class Normalisation(Import):
    """A normalisation of the input is no layer, but options."""

    def test_mean_and_std(self):
        mean, std = numpy.float32([.485, .456, .406]), numpy.float32([.229, .224, .225])
        tensors = [*TENSORS, tensor('m', mean.reshape(1, 3, 1, 1)), tensor('s', std.reshape(1, 3, 1, 1))]
        conv = node('Conv', 'q w b', 'c', kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        content = model([node('Sub', 'x m', 'p'), node('Div', 'p s', 'q'), conv], tensors)
        self.same(content, plain())
        self.assertIn('--mean 0.485,0.456,0.406 --std 0.229,0.224,0.225', self.read(content)[2])
        self.assertNotIn('--scale', self.read(content)[2])
        byte = model([node('Div', 'x k', 'q'), conv], [*TENSORS, tensor('k', numpy.float32(255))])
        self.assertIn('--scale 255 --mean 0 --std 255\n', self.read(byte)[2])
        norm = model([node('BatchNormalization', 'x one zero m v', 'q', epsilon=0.), conv],
                     [*TENSORS, tensor('one', numpy.ones(3, 'float32')), tensor('zero', numpy.zeros(3, 'float32')), tensor('m', mean),
                      tensor('v', std * std)])
        self.assertIn('--mean 0.485,0.456,0.406 --std 0.229,0.224,0.225', self.read(norm)[2])
        self.assertIn('does not normalise', self.read(plain())[2])

    def test_what_no_option_says(self):
        """A factor below zero, or a second reader of the input: a layer then."""
        conv = node('Conv', 'q w b', 'c', kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        sections, _, said = self.read(model([node('Mul', 'x k', 'q'), conv], [*TENSORS, tensor('k', numpy.float32(-1))]))
        self.assertEqual(sections[0][0], 'batchnorm')
        self.assertIn('does not normalise', said)

    def test_channels_last(self):
        """As TensorFlow's models begin."""
        turned = node('Transpose', 'x', 'q', perm=[0, 3, 1, 2])
        conv = node('Conv', 'q w b', 'c', kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        self.same(model([turned, conv], TENSORS, shape=(1, 8, 8, 3)), plain())


class Models(Import):
    """What is wrong with a model as a whole."""

    def test_versions(self):
        for opset in (7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17):
            self.same(plain(opset=opset), plain())
        for opset in (6, 99):
            self.refused(plain(opset=opset), 'opset %d' % opset)

    def test_inputs_and_outputs(self):
        self.refused(plain(shape=(1, 3, 'height', 8)), 'fixed size')
        self.refused(plain(shape=(1, 3, 8)), 'not an image')
        self.refused(plain(shape=(1, 3, 1 << 40, 8)), 'larger')
        self.refused(plain(inputs=[onnx.value_info('z', (1, 3, 8, 8))]), 'several inputs')
        self.refused(model([CONV, node('Relu', 'c', 'y')], TENSORS, outputs=['c', 'y']), 'several outputs')
        self.refused(plain(outputs=[]), 'no output')
        self.refused(plain(output='nowhere'), 'no node')
        self.refused(plain(output='x'), 'its input')
        self.refused(model([CONV, CONV], TENSORS), 'name is taken')
        self.refused(plain([*TENSORS, TENSORS[0]]), 'one name')

    def test_damaged(self):
        whole = plain()
        for length in sorted({0, 1, 7, len(whole) // 2, len(whole) - 1, *range(2, len(whole), 61)}):
            with self.subTest(length=length):
                self.refused(whole[:length])
        self.refused(b'[net]\nwidth=3\n')
        self.refused(whole + whole, 'twice')

    def test_numbers_beyond(self):
        """Ranks, axes, groups, pads, offsets and sides beyond what there can be: refused before they are counted with."""
        large, deep = (1 << 62), [1] * 9
        k = tensor('k', numpy.int64([0] * 9))
        conv = lambda **more: node('Conv', 'x w b', 'c', **{'kernel_shape': [3, 3], 'pads': [1, 1, 1, 1], **more})
        for name, nodes, tensors in (
                ('rank', [CONV], [onnx.tensor_head('w', [1] * 7 + [2, 2], onnx.FLOAT) + onnx.part(9, bytes(16)), TENSORS[1]]),
                ('dims', [CONV], [onnx.tensor_head('w', [large, large, 3, 3], onnx.FLOAT), TENSORS[1]]),
                ('dims below 0', [CONV], [onnx.tensor_head('w', [(1 << 64) - 4, 3, 3, 3], onnx.FLOAT), TENSORS[1]]),
                ('no group', [conv(group=0)], TENSORS), ('groups below 0', [conv(group=(1 << 64) - 1)], TENSORS),
                ('groups', [conv(group=large)], TENSORS), ('groups of two channels', [conv(group=2)], TENSORS),
                ('pads', [conv(pads=[large] * 4)], TENSORS), ('pads below 0', [conv(pads=[(1 << 64) - 1] * 4)], TENSORS),
                ('many pads', [conv(pads=deep)], TENSORS), ('strides', [conv(strides=[large, large])], TENSORS),
                ('no strides', [conv(strides=[0, 0])], TENSORS),
                ('dilations', [conv(dilations=[large, large])], TENSORS),
                ('pool', [node('MaxPool', 'x', 'y', kernel_shape=[large, large])], []),
                ('pool of none', [node('MaxPool', 'x', 'y', kernel_shape=[0, 0])], []),
                ('pads of a pool', [node('MaxPool', 'x', 'y', kernel_shape=[2, 2], pads=[large, 0, 0, 0])], []),
                ('order', [node('Transpose', 'x', 'y', perm=[0, large, 2, 3])], []),
                ('order below 0', [node('Transpose', 'x', 'y', perm=[0, (1 << 64) - 1, 2, 3])], []),
                ('order twice', [node('Transpose', 'x', 'y', perm=[0, 1, 1, 3])], []),
                ('long order', [node('Transpose', 'x', 'y', perm=deep)], []),
                ('axis', [node('Flatten', 'x', 'y', axis=large)], []),
                ('axis of a softmax', [node('Softmax', 'x', 'y', axis=99)], []),
                ('parts', [node('Concat', 'x x', 'y', axis=large)], []),
                ('shape', [node('Reshape', 'x k', 'y')], [tensor('k', numpy.int64([large, large, large, large]))]),
                ('long shape', [node('Reshape', 'x k', 'y')], [k]),
                ('axes', [node('Unsqueeze', 'x k', 'y')], [k]),
                ('many axes', [node('Unsqueeze', 'x k', 'y')], [tensor('k', numpy.arange(8))]),
                ('axes of a mean', [node('ReduceMean', 'x', 'y', axes=[2, large])], []),
                ('squeezed', [node('Squeeze', 'x k', 'y')], [tensor('k', numpy.int64([large]))]),
                ('scales', [node('Resize', 'x - k', 'y')], [tensor('k', numpy.float32([1, 1, 1e30, 1e30]))]),
                ('sizes', [node('Upsample', 'x k', 'y')], [tensor('k', numpy.float32([1, 1, 65536, 65536]))]),
                ('padded', [node('Pad', 'x k', 'y')], [tensor('k', numpy.int64([0, 0, large, 0, 0, 0, large, 0]))])):
            with self.subTest(name=name):
                self.refused(model(nodes, tensors))
        (self.folder / 'w.bin').write_bytes(bytes(100))
        for entries in ({'offset': 101}, {'offset': -1}, {'offset': large}, {'length': large}, {'offset': 100, 'length': 1},
                        {'offset': 'x'}, {'length': -4}):
            with self.subTest(entries=entries):
                self.refused(plain([onnx.external('w', W.shape, 'w.bin', **entries), TENSORS[1]]), "tensor 'w'", 'data file')

    def test_deep(self):
        """A graph in an attribute of a node in a graph ..."""
        content = node('If', 'x', 'y')
        for _ in range(2000):
            content = onnx.part(1, onnx.part(4, 'If') + onnx.part(5, onnx.part(6, content)))
        self.refused(onnx.part(7, content), 'deep')

    def test_many(self):
        """Two bytes each, for which an unpacker takes a hundred."""
        self.refused(onnx.part(7, b'\x0a\x00' * (1 << 20) + b'\x0a\x00'), 'parts')

    @unittest.skipIf(os.environ.get('ISPLIT_SANITIZED'), 'the sanitizer takes all addresses')
    def test_numbers_one_by_one(self):
        """Ten bytes of memory for each that is read, at most: 2 MB of them that are no network's end in a line."""
        content = onnx.part(7, onnx.part(5, b'\x08\x00' * (1 << 24)))
        limit = 2 << 30
        (self.folder / 'm.onnx').write_bytes(content)
        done = subprocess.run([PROGRAM, 'import', 'm.onnx', '-o', 'net'], cwd=self.folder, capture_output=True, text=True,
                              timeout=120, check=False, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
        self.assertEqual((done.returncode, done.stderr.count('\n')), (1, 1), done.stderr)

    @unittest.skipIf(os.environ.get('ISPLIT_SANITIZED'), 'the sanitizer has memory of its own')
    def test_memory(self):
        """The tensors once, and the mapped file: less than 2.3 times the model."""
        large = numbers(2048, 4096)
        nodes = [CONV, node('GlobalAveragePool', 'c', 'p'), node('Flatten', 'p', 'f'), node('Gemm', 'f a', 'g', transB=1),
                 node('Gemm', 'g m', 'y')]
        (self.folder / 'm.onnx').write_bytes(model(nodes, [*TENSORS, tensor('a', numbers(2048, 4)), tensor('m', large)]))
        size = (self.folder / 'm.onnx').stat().st_size
        code = ('import resource, subprocess, sys\nsubprocess.run(sys.argv[1:], check=True)\n'
                'print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)')
        said = subprocess.run(['/usr/bin/python3', '-c', code, PROGRAM, 'import', 'm.onnx'], cwd=self.folder, check=True,
                              capture_output=True, text=True).stdout
        self.assertLess(1024 * int(said.split()[-1]), 2.3 * size)


class Files(Import):
    def test_nothing_is_replaced(self):
        (self.folder / 'm.onnx').write_bytes(plain())
        (self.folder / 'm.weights').write_text('mine')
        def run(*words):
            return subprocess.run([PROGRAM, 'import', *words], cwd=self.folder, capture_output=True, text=True, check=False)
        self.assertRegex(run('m.onnx').stderr, r'^isplit: m\.weights: exists already .*--force')
        self.assertEqual((self.folder / 'm.weights').read_text(), 'mine')
        self.assertFalse((self.folder / 'm.cfg').exists())
        self.assertEqual(run('m.onnx', '--force').returncode, 0)
        self.assertNotEqual((self.folder / 'm.weights').read_bytes(), b'mine')
        (self.folder / 'n.cfg').write_bytes(plain())
        self.assertEqual(run('n.cfg', '-o', 'n', '--force').returncode, 2)
        self.assertEqual((self.folder / 'n.cfg').read_bytes(), plain())
        self.assertRegex(run('other.onnx').stderr, r'^isplit: other\.onnx: cannot open: .*\n$')
        self.assertRegex(run('m.onnx', '-o', 'no/where').stderr, r'no/where\.cfg: ')
        self.assertEqual(run().returncode, 2)

    def test_names_of_several_lines(self):
        """Of a node and of the model's file: in the cfg they stay comments of one line."""
        lines = 'a\n[softmax]\nb'
        sections, _, _ = self.read(model([node('Conv', 'x w b', 'c', lines, kernel_shape=[3, 3], pads=[1, 1, 1, 1])], TENSORS))
        self.assertEqual([kind for kind, _ in sections], ['convolutional'])
        (self.folder / (lines + '.onnx')).write_bytes(plain())
        subprocess.run([PROGRAM, 'import', lines + '.onnx', '-o', 'net', '--force'], cwd=self.folder, capture_output=True, check=True)
        self.assertNotIn('[softmax]', (self.folder / 'net.cfg').read_text().splitlines())

    def test_other_commands_name_this_one(self):
        (self.folder / 'm.onnx').write_bytes(plain())
        done = subprocess.run([PROGRAM, 'layers', 'm.onnx'], cwd=self.folder, capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr),
                         (1, 'isplit: m.onnx: is an ONNX model (expected a cfg, as isplit import makes of it)\n'))

    def test_pipes_that_nobody_writes(self):
        os.mkfifo(self.folder / 'm.onnx')
        done = subprocess.run([PROGRAM, 'import', 'm.onnx'], cwd=self.folder, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (1, 'isplit: m.onnx: is not a regular file\n'))

    def test_full_disk(self):
        (self.folder / 'm.onnx').write_bytes(plain())
        limit = 400  # bytes: enough for the cfg, not for the weights
        done = subprocess.run([PROGRAM, 'import', 'm.onnx'], cwd=self.folder, capture_output=True, text=True, check=False,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(done.stderr.count('\n'), 1)
        self.assertEqual([path.name for path in self.folder.iterdir()], ['m.onnx'])

    def test_the_network_is_one(self):
        """Its layer table, from the worker."""
        self.read(model([CONV, node('Relu', 'c', 'y'), *END], TENSORS))
        done = subprocess.run([PROGRAM, 'layers', 'net.cfg', '--layers', 'all'], cwd=self.folder, capture_output=True, text=True,
                              check=True)
        self.assertEqual(len(re.findall(r'^\d+,', done.stdout, re.M)), 2)


if __name__ == '__main__':
    unittest.main()
