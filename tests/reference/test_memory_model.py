#!/usr/bin/python3
"""The memory of a head against instrumented use.

Model: isplit says that the head 0..l takes 4 * head_params + head_peak_bytes. Here networks run whose every output is
made when its layer runs and goes when nobody wants it any more, and the bytes of the outputs that exist are counted
when they come and go. The parameters are counted in the files that isplit split writes.
Runtime: what isplit profile measured in libdarknet's process is what libdarknet is known to keep, and never less than
the model.

    test_memory_model.py [unittest options]      networks of Debian's darknet package are skipped where it is not there
"""
import csv
import io
import os
import subprocess
import tempfile
import unittest
import weakref


import bundled
from darknet_torch import ACTIVATIONS, NO_LAYER, Network, read_header
from split_worker import PROGRAM, Worker
from torch_setup import torch

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, '../..')
TINY_WEIGHTS = os.path.join(TOP, '../shared/data/tiny-darknet/tiny.weights')
DEMOS = ('letters-vgg16', 'letters-resnet50')
TIMEOUT = 300
SMALLER = {256: 128, 224: 112}  # sides of what runs

# A tensor that waits long, one that nobody reads, one that is read twice by one layer, a layer that makes more than it
# takes, a flattened one, and what does nothing at inference.
TANGLED = """[net]
channels=3
height=12
width=10
[convolutional]
filters=7
size=3
pad=1
activation=leaky
[convolutional]
filters=31
size=3
pad=1
activation=relu
[maxpool]
size=2
stride=2
[route]
layers=0
[upsample]
stride=3
[route]
layers=3,0
[shortcut]
from=0
activation=linear
[route]
layers=-1,-1
[maxpool]
size=2
stride=2
[route]
layers=-1,2
[dropout]
probability=.5
[connected]
output=9
activation=relu
[connected]
output=5
activation=linear
[softmax]
[cost]
"""

# What is blurred is there beside the blur of it; a gate is read with its map; a part is read from the whole tensor.
FORKS = """[net]
channels=4
height=16
width=12
[convolutional]
filters=6
size=3
pad=1
stride=2
antialiasing=1
activation=mish
[avgpool]
[convolutional]
filters=6
size=1
activation=logistic
[scale_channels]
from=-3
[route]
layers=-1
groups=3
group_id=1
[maxpool]
size=2
stride=2
antialiasing=2
[depthwise_convolutional]
size=3
pad=1
activation=swish
[route]
layers=3
[local_avgpool]
size=2
stride=2
[avgpool]
[softmax]
"""


class Counter:
    """Bytes of the tensors that exist, by their birth and death, and the most there have been."""

    def __init__(self):
        self.alive = self.peak = 0

    def watch(self, tensor):
        size = tensor.numel() * tensor.element_size()
        self.alive += size
        self.peak = max(self.peak, self.alive)
        weakref.finalize(tensor, self.died, size)
        return tensor

    def died(self, size):
        self.alive -= size


def hollow(net):
    """Parameters that have shapes and no numbers, as all that is made of them: nothing is computed."""
    for layer in net.layers:
        layer.values = {name: torch.empty(shape, device='meta') for name, shape in layer.blocks}
    return net


def head_peaks(net):
    """[layers] the most bytes of outputs, input included, that there have been when each layer is done.

    Nothing here knows how long a tensor lives: each reader is handed what it is to read, and forgets it when it ran.
    """
    counter = Counter()
    inbox = [[] for _ in net.layers]
    readers = {source: [] for source in range(NO_LAYER, len(net.layers))}
    for layer in net.layers:
        for source in layer.sources:
            readers[source].append(layer.index)

    def hand_out(source, tensor):
        for reader in readers[source]:
            inbox[reader].append((source, tensor))

    hand_out(NO_LAYER, counter.watch(torch.empty(1, *net.input_shape, device='meta')))
    peaks = []
    for layer in net.layers:
        given = dict(inbox[layer.index])
        before = torch.empty(1, *layer.made_shape, device='meta') if getattr(layer, 'blur', None) else None
        if before is not None:
            counter.watch(before)
        hand_out(layer.index, counter.watch(run(layer, given)))
        inbox[layer.index].clear()
        del given, before
        peaks.append(counter.peak)
    assert counter.alive == 0
    return peaks


def run(layer, given):
    return ACTIVATIONS[layer.activation](layer.pre(*[given[source] for source in layer.sources]))


def isplit(*arguments):
    """What it writes to standard output."""
    return subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT,
                          check=True, encoding='utf-8').stdout


def layer_rows(cfg):
    return list(csv.DictReader(io.StringIO(isplit('layers', cfg, '--layers', 'all'))))


def read(name):
    with open(name, encoding='utf-8') as file:
        return file.read()


class Memory(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def bundled(self, name):
        text = bundled.installed(name)
        if text is None:
            self.skipTest('no %s.cfg of the darknet package here' % name)
        return bundled.rewrite(text)

    def written(self, text):
        with open(self.path('net.cfg'), 'w', encoding='ascii') as file:
            file.write(text)
        return self.path('net.cfg')


class Heads(Memory):
    """Each head of networks at their real size: as a run of the first layers, cut or not."""

    def check(self, cfg):
        with torch.no_grad():
            peaks = head_peaks(hollow(Network(read(cfg))))
        said = [int(row['head_peak_bytes']) for row in layer_rows(cfg)]
        self.assertEqual(said, peaks)
        return peaks

    def test_by_hand(self):
        """Layer 0 waits for layer 6, layer 2 for layer 9, and layer 4, which nobody reads, is the largest."""
        first, second, pooled, copied, large = 7 * 120, 31 * 120, 31 * 30, 7 * 120, 7 * 9 * 120
        peaks = self.check(self.written(TANGLED))
        self.assertEqual(peaks[0], 4 * (3 * 120 + first))
        self.assertEqual(peaks[1], 4 * (first + second))
        self.assertEqual(peaks[2:4], 2 * [4 * (first + second + pooled)])
        self.assertEqual(peaks[4:], 11 * [4 * (first + pooled + copied + large)])

    def test_layers_of_forks_by_hand(self):
        made, blurred, part = 6 * 192, 6 * 48, 2 * 48
        peaks = self.check(self.written(FORKS))
        self.assertEqual(peaks[0], 4 * (4 * 192 + made + blurred))
        self.assertEqual(peaks[-1], peaks[0])
        text = FORKS.replace('antialiasing=1\n', '')
        peaks = self.check(self.written(text))
        self.assertEqual(peaks[:4], [4 * (4 * 192 + blurred)] * 4)
        pool = 2 * 7 * 5, 2 * 3 * 2
        self.assertLess(4 * (blurred + part + sum(pool)), peaks[0])

    def test_demos(self):
        for name in DEMOS:
            with self.subTest(name):
                self.check('%s/cfg/%s.cfg' % (TOP, name))

    def test_vgg16(self):
        self.check(self.written(self.bundled('vgg-16')))

    def test_resnet18(self):
        self.check(self.written(self.bundled('resnet18')))

    def test_resnet50(self):
        self.check(self.written(self.bundled('resnet50')))

    def test_darknet19(self):
        self.check(self.written(self.bundled('darknet19')))

    def test_darknet53(self):
        self.check(self.written(self.bundled('darknet53')))

    def test_densenet201(self):
        self.check(self.written(self.bundled('densenet201')))

    def test_tiny(self):
        self.check(self.written(self.bundled('tiny')))


class Files(Memory):
    """The cuts that can be made, as files: the head's parameters, and head and tail as networks of their own."""

    def check(self, cfg, weights):
        rows = layer_rows(cfg)
        with Worker(cfg, weights) as worker:
            clean = [row['layer'] for row in worker.layers['rows'] if row['clean']]
            for layer in clean:
                with self.subTest(layer=layer):
                    answer = worker.split(layer, self.path('cut'), force=True)
                    self.assertEqual(answer['type'], 'split', answer)
                    self.check_head(rows[layer])
                    if not answer['lead']:
                        self.assertEqual(self.peak('cut/tail.cfg'), int(rows[layer]['tail_peak_bytes']))
        return len(clean)

    def check_head(self, row):
        with open(self.path('cut/head.weights'), 'rb') as file:
            header, _ = read_header(file.read(20))
        self.assertEqual(os.path.getsize(self.path('cut/head.weights')) - header, 4 * int(row['head_params']))
        self.assertEqual(self.peak('cut/head.cfg'), int(row['head_peak_bytes']))
        last = layer_rows(self.path('cut/head.cfg'))[-1]
        self.assertEqual((last['head_params'], last['head_peak_bytes']), (row['head_params'], row['head_peak_bytes']))

    def peak(self, name):
        """Of the whole network in a file."""
        with torch.no_grad():
            return head_peaks(hollow(Network(read(self.path(name)))))[-1]

    def check_bundled(self, name, sides):
        return self.check(*bundled.save(self.path('net'), bundled.rewrite(self.bundled(name), sides, 16)))

    def test_demos(self):
        for name in DEMOS:
            self.assertGreater(self.check('%s/cfg/%s.cfg' % (TOP, name), '%s/weights/%s.weights' % (TOP, name)), 10)

    def test_vgg16(self):
        self.assertGreater(self.check_bundled('vgg-16', {256: 72, 224: 64}), 10)

    def test_resnet18(self):
        self.assertGreater(self.check_bundled('resnet18', {256: 64}), 10)


def count(shape):
    number = 1
    for side in shape:
        number *= side
    return number


def libdarknet_numbers(layer, inputs):
    """-> (numbers it keeps for a layer, those of them that a forward pass touches)

    After the library's constructors: every layer has its output and a gradient of it (delta), layers with weights an
    update for each number and a batch norm two more outputs and six sets of statistics, of which an inference reads
    one; the best place of each maximum; a random number and no output for each input of a dropout. A crop has no
    delta, a softmax a loss.
    """
    outputs = count(layer.shape)
    stored = {name: count(shape) for name, shape in layer.blocks}
    if layer.kind in ('convolutional', 'connected'):
        sets = stored['biases']
        kept, used = 2 * (stored['weights'] + sets) + 2 * outputs, sum(stored.values()) + 2 * outputs
        if layer.batch_normalize:
            return kept + 8 * sets + 2 * outputs, used + outputs
        return kept, used
    own = {'dropout': (count(inputs), 0), 'crop': (outputs, outputs), 'maxpool': (3 * outputs, 3 * outputs),
           'softmax': (3 * outputs, 2 * outputs)}
    return own.get(layer.kind, (2 * outputs, 2 * outputs))


def libdarknet_bytes(net):
    """-> (bytes it allocates, those of them that a forward pass touches): the layers, the caller's input and a copy,
    and the largest matrix that a convolution is unfolded to."""
    shapes = {NO_LAYER: net.input_shape}
    allocated = touched = workspace = 0
    for layer in net.layers:
        shapes[layer.index] = layer.shape
        kept, used = libdarknet_numbers(layer, shapes[layer.sources[0]])
        allocated, touched = allocated + kept, touched + used
        if layer.kind == 'convolutional':
            channels, _, _ = shapes[layer.sources[0]]
            unfolded = layer.size ** 2 * channels // layer.groups * count(layer.shape[1:])
            workspace = max(workspace, unfolded)
    taken = count(net.input_shape)
    return 4 * (allocated + workspace + 2 * taken), 4 * (touched + workspace + taken)


class Runtime(Memory):
    """What isplit profile says that libdarknet took: by malloc's counters and by the system's pages."""

    def measured(self, cfg, weights, runtime):
        isplit('profile', cfg, weights, '--runtime', runtime, '--threads', '1', '--runs', '1', '-o',
               self.path('profile.csv'))
        with open(self.path('profile.csv.meta.csv'), encoding='utf-8', newline='') as file:
            said = {row['key']: row['value'] for row in csv.DictReader(file)}
        last = layer_rows(cfg)[-1]
        self.assertEqual(int(said['model_bytes']), 4 * int(last['head_params']) + int(last['head_peak_bytes']))
        return [int(said[key]) for key in ('model_bytes', 'memory_loaded_bytes', 'memory_peak_bytes',
                                           'memory_resident_bytes')]

    def check(self, cfg, weights):
        model, loaded, peak, resident = self.measured(cfg, weights, 'darknet')
        allocated, touched = libdarknet_bytes(Network(read(cfg)))
        small = 1 << 20  # structs, what malloc and the system round up
        self.assertLessEqual(model, touched)
        self.assertLessEqual(allocated, loaded)
        self.assertLess(loaded, 1.01 * allocated + small)
        self.assertLess(peak - loaded, small)  # a forward pass allocates nothing that lasts
        self.assertGreater(resident, 0.99 * touched)
        self.assertLess(resident, 1.05 * touched + 4 * small)

    def test_demos(self):
        for name in DEMOS:
            with self.subTest(name):
                self.check('%s/cfg/%s.cfg' % (TOP, name), '%s/weights/%s.weights' % (TOP, name))

    def test_tiny_trained(self):
        if not os.path.exists(TINY_WEIGHTS):
            self.skipTest('no trained tiny.weights here')
        self.check(self.written(self.bundled('tiny')), TINY_WEIGHTS)

    def test_vgg16(self):
        """With half the channels: dropout, a crop and large connected layers."""
        self.check(*bundled.save(self.path('net'), bundled.rewrite(self.bundled('vgg-16'), SMALLER, 2)))

    def test_resnet50(self):
        self.check(*bundled.save(self.path('net'), bundled.rewrite(self.bundled('resnet50'), narrower=2)))

    def test_onednn(self):
        """Packed weights and padded activations: no less than the model either."""
        cfg, weights = bundled.save(self.path('net'), bundled.rewrite(self.bundled('resnet18'), SMALLER, 2))
        model, loaded, peak, resident = self.measured(cfg, weights, 'onednn')
        self.assertLess(model, loaded)
        self.assertLessEqual(loaded, peak)
        self.assertLess(model, resident)


if __name__ == '__main__':
    unittest.main()
