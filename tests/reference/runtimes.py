#!/usr/bin/python3
"""Head and tail in other runtimes: the table of `isplit help split`, and what test_runtimes.py asserts of it.

    runtimes.py [--fork DIR] [NAME...]      make runtimes

For each network, every clean cut is made by the worker, with models of ONNX, and one input goes through the whole and
through the halves. Debian's Darknet runs them, OpenCV's readNetFromDarknet and readNetFromONNX where python3-opencv is
installed, ONNX Runtime where NODE_PATH has onnxruntime-node (npm), and a fork where --fork names a tree of it, built.
Each row: in how many cuts head, then tail give the bits of the whole in the same runtime, and the largest difference of
an output from that of Debian's Darknet, relative to the largest number of it (of a softmax: of a probability).
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy

os.environ['OPENCV_LOG_LEVEL'] = 'SILENT'
try:
    import cv2
except ImportError:
    cv2 = None

import bundled
from split_worker import WITH_DARKNET, Worker

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
TINY_WEIGHTS = TOP / '../shared/data/tiny-darknet/tiny.weights'
# Of Debian's package, those that OpenCV reads and that are classifiers; with the sides and the part of the channels that
# keep them quick: the same layers in the same order.
NETWORKS = {'darknet19': ({256: 64}, 8), 'darknet53': ({256: 64}, 8), 'resnet18': ({256: 64}, 8), 'resnet34': ({256: 64}, 8),
            'resnet50': ({256: 64}, 8), 'resnext50': ({256: 64}, 4), 'densenet201': ({256: 64}, 4), 'extraction': ({224: 64}, 8),
            'darknet': ({224: 64, 256: 64}, 4), 'cifar': ({}, 4), 'alexnet': ({227: 67}, 8)}


def files_of(folder, name):
    """-> (cfg, weights), or None where they are not there. Bundled ones have random weights, and no softmax, which makes
    one class certain of most random scores; 'tiny' has its trained ones."""
    if name.startswith('letters'):
        return str(TOP / f'cfg/{name}.cfg'), str(TOP / f'weights/{name}.weights')
    text = bundled.installed(name)
    if text is None or (name == 'tiny' and not TINY_WEIGHTS.exists()):
        return None
    if name != 'tiny':
        return bundled.save(str(Path(folder) / name), bundled.rewrite(text.split('[softmax]')[0], *NETWORKS[name]))
    cfg = Path(folder) / 'tiny.cfg'
    cfg.write_text(bundled.rewrite(text), encoding='ascii')
    return str(cfg), str(TINY_WEIGHTS)


# ---- Runtimes: each a function (folder, part, x) -> output, flat, or None where it refuses the file ------------------


class Darknet:
    """A library of Darknet's, through run_network.c."""
    name = 'Darknet'

    def __init__(self, folder, tree=None):
        self.program, self.output = (str(Path(folder) / name) for name in ('run_network', 'output'))
        flags = WITH_DARKNET
        if tree:
            self.name, self.program = 'fork', self.program + '_fork'
            flags = ['-std=gnu17', '-O1', '-w', '-DFORK', f'-I{tree}/include', f'-L{tree}', f'-Wl,-rpath,{os.path.abspath(tree)}']
        subprocess.run(['gcc', *flags, str(HERE / 'run_network.c'), '-o', self.program, '-ldarknet', '-lm'], check=True)

    def run(self, stem, x):
        done = subprocess.run([self.program, stem + '.cfg', stem + '.weights', self.output], input=x.tobytes(),
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return None if done.returncode else numpy.fromfile(self.output, numpy.float32)


class OpenCV:
    def __init__(self, kind):
        self.name, self.kind = f'OpenCV, {kind}', kind
        cv2.setNumThreads(1)

    def run(self, stem, x):
        try:
            net = cv2.dnn.readNetFromONNX(stem + '.onnx') if self.kind == 'ONNX' else \
                cv2.dnn.readNetFromDarknet(stem + '.cfg', stem + '.weights')
            net.setInput(x)
            return net.forward().ravel().copy()
        except cv2.error:
            return None


class OnnxRuntime:
    name = 'ONNX Runtime'

    @staticmethod
    def there():
        return os.path.isdir(os.path.join(os.environ.get('NODE_PATH', ''), 'onnxruntime-node'))

    def run(self, stem, x):
        if not os.path.exists(stem + '.onnx'):
            return None
        with tempfile.TemporaryDirectory() as folder:
            images, scores = (os.path.join(folder, name) for name in ('x', 'y'))
            x.tofile(images)
            subprocess.run(['node', str(HERE / 'onnx_runtime.js'), stem + '.onnx', images, ','.join(map(str, x.shape)), scores,
                            'all'], check=True, timeout=300)
            return numpy.fromfile(scores, numpy.float32)


def runtimes(folder, fork=None):
    found = [Darknet(folder)]
    if fork:
        found.append(Darknet(folder, fork))
    if cv2:
        found += [OpenCV('cfg'), OpenCV('ONNX')]
    if OnnxRuntime.there():
        found.append(OnnxRuntime())
    return found


# ---- Cuts ---------------------------------------------------------------------------------------------------------


def distance(got, wanted):
    """The largest difference, relative to the largest number; of probabilities the difference itself."""
    probabilities = wanted.min() >= 0 and abs(wanted.sum() - 1) < 1e-3
    return float(abs(got - wanted).max() / (1 if probabilities else abs(wanted).max() or 1))


def picture(seed, shape):
    """[1][c][h][w]: patches of one colour, since on noise a trained network's numbers are far from what it knows."""
    channels, height, width = shape
    patches = numpy.random.default_rng(seed).random((1, channels, 8, 8), numpy.float32)
    return patches.repeat(-(-height // 8), 2).repeat(-(-width // 8), 3)[:, :, :height, :width].copy()


class Whole:
    """A network and what each runtime makes of one input, whose numbers begin at `lowest`; `stem`.cfg, .weights and, from a
    cut that sends the input's successor, .onnx are its files."""

    def __init__(self, folder, files, found, seed=3, lowest=0):
        self.folder, self.runtimes = folder, found
        self.cfg, self.weights = files
        self.stem = str(Path(folder) / 'whole')
        shutil.copy(self.cfg, self.stem + '.cfg')
        shutil.copy(self.weights, self.stem + '.weights')
        self.worker = Worker(self.cfg, self.weights)
        self.input = self.worker.layers['input']
        self.x = picture(seed, self.input) + numpy.float32(lowest)
        self.clean = [row for row in self.worker.layers['rows'] if row['clean']]
        self.outputs = {r.name: r.run(self.stem, self.x) for r in found if 'ONNX' not in r.name}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.worker.__exit__()

    def cut(self, row):
        """-> {runtime: (bits equal or None where there is no whole to compare with, difference)}, None where it refuses."""
        folder = str(Path(self.folder) / ('cut%d' % row['layer']))
        answer = self.worker.split(row['layer'], folder, onnx=True)
        if 'cannot be written as ONNX' in answer.get('text', ''):
            answer = self.worker.split(row['layer'], folder)
        if answer['type'] == 'error':
            raise RuntimeError(answer['text'])
        said, reference = {}, self.outputs['Darknet']
        for runtime in self.runtimes:
            sent = runtime.run(folder + '/head', self.x)
            y = None if sent is None else runtime.run(folder + '/tail', sent.reshape(1, *row['out']))
            whole = self.outputs.get(runtime.name)
            said[runtime.name] = None if y is None else (None if whole is None else bool((y == whole).all()),
                                                         distance(y, reference))
        shutil.rmtree(folder)
        return said


def line(folder, name, found):
    with Whole(folder, files_of(folder, name), found) as whole:
        cuts = [whole.cut(row) for row in whole.clean]
    cells = [f'{name}', str(len(cuts))]
    for runtime in found:
        ran = [cut[runtime.name] for cut in cuts if cut[runtime.name]]
        if not ran:
            cells.append('refused')
            continue
        same = sum(bool(bits) for bits, _ in ran)
        words = '' if ran[0][0] is None else f'{same}, '
        most = max(far for _, far in ran)
        cells.append(words + (f'{most:.0e}' if most else '0') + (f' ({len(ran)} run)' if len(ran) < len(cuts) else ''))
    return '| ' + ' | '.join(cells) + ' |'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--fork', help='the tree of a fork of Darknet, with its libdarknet.so')
    parser.add_argument('names', nargs='*')
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = runtimes(folder, args.fork)
        print('| network | cuts | ' + ' | '.join(r.name for r in found) + ' |\n' + '|---' * (2 + len(found)) + '|', flush=True)
        for name in args.names or ['letters-vgg16', 'letters-resnet50', 'tiny', *NETWORKS]:
            if files_of(folder, name):
                print(line(folder, name, found), flush=True)


if __name__ == '__main__':
    sys.exit(main())
