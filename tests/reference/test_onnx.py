#!/usr/bin/python3
"""isplit import on what torch.onnx.export makes of torchvision's networks: logits and importance against PyTorch's own
hooks on the original module. The other architectures: make onnx-zoo.

    test_onnx.py [unittest options]
"""
import importlib.util
import os
import subprocess
import tempfile
import unittest

import numpy

import onnx_models
from compare import decades, read_all_pixels, share_within
from darknet_torch import load
from program import PROGRAM, curve
from torch_setup import torch

CLASSES, PER_CLASS = 8, 8
LOGITS = 1e-4  # of the largest
CELLS, SHARE, DECADES = 1e-3, .95, 5e-3  # engine/README.md, "Exactness": kinks, direct convolutions


def onnx_import(model, name):
    """Runs isplit import; what it said."""
    return subprocess.run([PROGRAM, 'import', model, '-o', name, '--force'], check=True, capture_output=True, text=True,
                          timeout=300).stdout


def in_order(layers, ours, names, theirs, single):
    """[(layer, name)]: for each column of `ours` the next column of `theirs` that agrees with it, as well as PyTorch's own
    float32 (`single`) does; name None: none does.

    Both lists are in the order of computing, so a match is one of the same place in the network.
    """
    def agrees(column, at):
        one, other = ours[:, column:column + 1], theirs[:, at:at + 1]
        share = min(SHARE, share_within(single[:, at:at + 1], other, CELLS) - .1)
        return share_within(one, other, CELLS) >= share and decades(one, other).max() <= DECADES
    found, start = [], 0
    known = ~numpy.isnan(theirs).any(0)
    for column, _ in enumerate(layers):
        match = next((at for at in range(start, len(names)) if known[at] and agrees(column, at)), None)
        found.append(match)
        start = start if match is None else match
    return found


def agreement(run, names, rows, single):
    """What of importance agrees: the layers' modules, and the share of all cells, beside that of PyTorch's float32."""
    matches = in_order(run.images.layers, run.images.rows, names, rows, single)
    columns = [column for column, match in enumerate(matches) if match is not None]
    at = [matches[column] for column in columns]
    return {'layers': [(layer, None if match is None else names[match]) for layer, match in zip(run.images.layers, matches)],
            'cells': share_within(run.images.rows[:, columns], rows[:, at], CELLS),
            'single': share_within(single[:, at], rows[:, at], CELLS)}


def runtime_scores(folder, model, pixels):
    """What ONNX Runtime makes of the images, where NODE_PATH has it (make onnx-zoo); else None."""
    if not os.path.isdir(os.path.join(os.environ.get('NODE_PATH', ''), 'onnxruntime-node')):
        return None
    images, scores = os.path.join(folder, 'images.raw'), os.path.join(folder, 'scores.raw')
    pixels.astype('<f4').tofile(images)
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'onnx_runtime.js')
    subprocess.run(['node', script, model, images, str(pixels.shape[-1]), scores], check=True, timeout=300)
    return numpy.fromfile(scores, '<f4').reshape(len(pixels), -1)


def compare(folder, name, classes=CLASSES, per_class=PER_CLASS, **options):
    """Exports, imports and measures an architecture: a dict of what was found."""
    side = onnx_models.SIDES[name]
    stem, data = os.path.join(folder, name), os.path.join(folder, name + '-images')
    model = onnx_models.build(name, classes)
    onnx_models.export(model, side, stem + '.onnx', **options)
    onnx_models.write_images(data, side, classes, per_class)
    onnx_import(stem + '.onnx', stem)
    run = curve(stem + '.cfg', stem + '.weights', data, '--exact', '--layers', 'backbone')
    pixels = read_all_pixels(data, run.images.paths, (3, side, side))
    _, _, single = onnx_models.measure(model, pixels, run.images.class_index)
    logits, names, rows = onnx_models.measure(model.double(), pixels.astype(numpy.float64), run.images.class_index)
    with torch.no_grad():
        read = load(stem + '.cfg', stem + '.weights').forward(torch.from_numpy(pixels[:16]).double()).post[-1].flatten(1)
    largest = abs(logits).max()
    runtime = runtime_scores(folder, stem + '.onnx', pixels[:16])
    return {'runtime': None if runtime is None else abs(read.numpy() - runtime).max() / largest,
            'read': abs(read.numpy() - logits[:16]).max() / largest,
            'scores': abs(run.images.score - logits[range(len(logits)), run.images.class_index]).max() / largest,
            **agreement(run, names, rows, single)}


@unittest.skipUnless(importlib.util.find_spec('torchvision'), 'python3-torchvision is not installed')
class Torchvision(unittest.TestCase):
    def setUp(self):
        work = tempfile.TemporaryDirectory()
        self.addCleanup(work.cleanup)
        self.folder = work.name

    def check(self, name, **options):
        found = compare(self.folder, name, **options)
        self.assertLess(found['read'], LOGITS, name)
        self.assertLess(found['scores'], LOGITS, name)
        self.assertEqual([layer for layer, module in found['layers'] if module is None], [], found['layers'])
        self.assertGreater(len(found['layers']), 5)
        self.assertGreaterEqual(found['cells'], min(SHARE, found['single'] - .02))

    def test_residual(self):
        self.check('resnet18')

    def test_concatenating(self):
        self.check('squeezenet1_1')

    def test_depthwise_and_gates(self):
        """Depthwise convolutions, hard_swish, squeeze-and-excite; exported the old way, with a dynamic batch."""
        self.check('mobilenet_v3_small', opset_version=11, input_names=['images'], dynamic_axes={'images': {0: 'n'}})


class Halved(torch.nn.Module):
    """Channels in parts, as networks with partial convolutions have them; the network's own input, too."""

    def __init__(self):
        super().__init__()
        self.stem, self.part = torch.nn.Conv2d(2, 8, 3, 1, 1), torch.nn.Conv2d(4, 4, 3, 1, 1)
        self.fc = torch.nn.Linear(6, 5)

    def forward(self, x):
        first, *others = x.split(1, 1)
        a, b = self.stem(torch.cat([first, others[1]], 1)).relu().chunk(2, 1)
        joined = torch.cat([self.part(a).sigmoid(), b], 1)
        return self.fc(torch.cat(joined.chunk(4, 1)[:3], 1).mean((2, 3)))


class Parts(unittest.TestCase):
    def test_chunk(self):
        torch.manual_seed(1)
        net, pixels = Halved().eval(), torch.rand(4, 3, 8, 8)
        with torch.no_grad(), tempfile.TemporaryDirectory() as folder:
            expected = net(pixels).numpy()
            for opset in (11, 13, 16):
                stem = os.path.join(folder, 'parts%d' % opset)
                onnx_models.export(net, 8, stem + '.onnx', opset_version=opset)
                onnx_import(stem + '.onnx', stem)
                read = load(stem + '.cfg', stem + '.weights').forward(pixels.double()).post[-1].flatten(1).numpy()
                scores = runtime_scores(folder, stem + '.onnx', pixels.numpy())
                for got in [read] if scores is None else [read, scores]:
                    numpy.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


if __name__ == '__main__':
    unittest.main()
