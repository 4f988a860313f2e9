#!/usr/bin/python3
"""Twenty steps of training against PyTorch in float64, from the same weights on the same images: the loss of each step,
the weights and running statistics afterwards; and what the worker makes of a request to train.

    test_training.py [unittest options]

Where no kink is met, float32 is all that differs. At a kink a number that is a little above 0 here and below there
takes another way from then on (PyTorch's own float32 does so too), which is why rates are low where there are kinks.
"""
import glob
import os
import shutil
import subprocess
import tempfile
import unittest

import numpy

from bundled import net
from compare import read_pixels
from darknet_torch import Network, load
from importance import score_layer
from random_nets import random_cfg, random_weights, write_images, write_weights
from split_worker import Worker
from torch_setup import torch
from training import Plan, differences, numbers, train, train_by_isplit

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, '../..')
WRITER = os.path.join(os.environ.get('ISPLIT_BUILD', os.path.join(TOP, 'build')), 'bottleneck_writer')
LETTERS = os.path.join(TOP, 'tests/samples/letters')
SMOOTH, KINKED = 1e-4, 1e-2
CLASSES = 5

work = None


def setUpModule():
    global work
    work = tempfile.TemporaryDirectory()
    os.environ.setdefault('XDG_CACHE_HOME', path('cache'))


def tearDownModule():
    work.cleanup()


def path(name):
    return os.path.join(work.name, name)


def save(text, seed, fork=False):
    """-> cfg and weights of a network with random numbers; the version of the file says which batch norm it has."""
    files = path('net.cfg'), path('net.weights')
    net = Network(text)
    random_weights(net, seed)
    with open(files[0], 'w', encoding='ascii') as file:
        file.write(text)
    write_weights(net, files[1])
    with open(files[1], 'r+b') as file:
        file.seek(8)
        file.write(bytes([5 if fork else 0]))
    return files


def drawn(net, plan, seed):
    """Inputs, the teacher's scores and labels for all steps."""
    rng = numpy.random.default_rng(seed)
    n = plan.steps * plan.batch
    outputs = int(numpy.prod(net.layers[score_layer(net)[0]].shape))
    return (rng.random((n, *net.input_shape)).astype('f4'), rng.normal(0, 2, (n, outputs)).astype('f4'),
            rng.integers(0, max(outputs, 2), n))


class Training(unittest.TestCase):
    def compare(self, files, plan, data, tolerance):
        net = load(*files)
        before = {key: value.numpy().copy() for key, value in numbers(net, plan)}
        ours, written = train_by_isplit(*files, net, plan, data, work.name)
        theirs = train(net, plan, data)
        self.assertTrue(numpy.isfinite(theirs.losses).all())
        losses, values, changes = differences(ours, theirs, before)
        if 'ISPLIT_SHOW' in os.environ:
            print('%.1e  %.1e %s  %.1e %s' % (losses, *values, *changes), plan, flush=True)
        self.assertLess(losses, tolerance, plan)
        self.assertLess(values[0], tolerance, (plan, values))
        self.assertLess(changes[0], tolerance, (plan, changes))
        return ours, written

    def check(self, text, plan, tolerance=SMOOTH, seed=3):
        files = save(text, seed, plan.fork)
        return self.compare(files, plan, drawn(load(*files), plan, seed), tolerance)


BN = ' batch_normalize=1'
CONV = 'convolutional filters=%d size=3 pad=1 activation=%s'
SCORES = 'connected output=5 activation=linear', 'softmax'


class SmoothKinds(Training):
    """Each kind of layer that has parameters, and what joins and parts, by the running statistics and by the batch's,
    with both formulas."""

    def each(self, *layers, shape=(3, 9, 8), **more):
        for fork in (False, True):
            for by_batch in (-1, 0):
                with self.subTest(layers=layers, fork=fork, by_batch=by_batch):
                    self.check(net(shape, *layers, *SCORES), Plan(fork=fork, by_batch=by_batch, **more))

    def test_convolutional(self):
        self.each(CONV % (19, 'elu'), CONV % (16, 'tanh'))
        self.each(CONV % (19, 'elu') + BN, CONV % (16, 'tanh') + BN)

    def test_strides_groups_and_depthwise(self):
        self.each(CONV % (16, 'elu') + BN, CONV % (12, 'elu') + ' stride=2 groups=4' + BN)
        self.each(CONV % (16, 'elu') + BN, CONV % (16, 'elu') + ' groups=16' + BN)
        self.each(CONV % (16, 'elu'), 'depthwise_convolutional size=3 pad=1 activation=tanh' + BN)

    def test_deconvolutional(self):
        self.each('deconvolutional filters=7 size=4 stride=2 padding=1 activation=elu', 'avgpool')
        self.each('deconvolutional filters=16 size=3 stride=2 pad=1 activation=tanh' + BN, CONV % (8, 'elu') + BN)

    def test_connected(self):
        self.each('connected output=17 activation=elu', 'connected output=9 activation=tanh')
        self.each('connected output=17 activation=elu' + BN, 'connected output=9 activation=tanh' + BN)

    def test_batchnorm(self):
        self.each(CONV % (9, 'elu'), 'batchnorm', CONV % (8, 'tanh'), 'avgpool', 'batchnorm')

    def test_shortcut_and_route(self):
        self.each(CONV % (12, 'elu') + BN, CONV % (12, 'elu') + BN, CONV % (12, 'linear') + BN,
                  'shortcut from=-3 activation=elu', 'route layers=-1,-3', CONV % (9, 'tanh') + BN)

    def test_winograd(self):
        # With a peak of 0.02 the running statistics' losses are 3.5e-4 apart after 20 steps; by direct convolutions 1.8e-4.
        self.each(CONV % (32, 'elu') + BN, CONV % (32, 'tanh') + BN, shape=(16, 12, 12), algorithms='winograd',
                  peak=.005)


class RandomNets(Training):
    """Three consecutive seeds use every kind of block once."""

    def test_smooth(self):
        for seed in range(3):
            for by_batch in (-1, 0):
                with self.subTest(seed=seed, by_batch=by_batch):
                    self.check(random_cfg(seed, True, CLASSES), Plan(batch=6, by_batch=by_batch, peak=.002), SMOOTH, seed)

    def test_smooth_of_forks(self):
        for seed in range(3):
            for by_batch in (-1, 0):
                with self.subTest(seed=seed, by_batch=by_batch):
                    self.check(random_cfg(seed, True, CLASSES, True), Plan(batch=6, by_batch=by_batch, peak=.002, fork=True), SMOOTH, seed)


class Losses(Training):
    LAYERS = CONV % (16, 'elu') + BN, 'avgpool', CONV.replace('3', '1').replace(' pad=1', '') % (12, 'tanh') + BN

    def test_distillation(self):
        for loss in ('distill', 'both'):
            for temperature in (1.0, 4.0):
                with self.subTest(loss=loss, temperature=temperature):
                    self.check(net((3, 9, 8), *self.LAYERS, *SCORES), Plan(loss=loss, temperature=temperature, by_batch=0))

    def test_one_output(self):
        for loss in ('labels', 'distill', 'both'):
            with self.subTest(loss=loss):
                self.check(net((3, 9, 8), *self.LAYERS, 'connected output=1 activation=logistic'),
                           Plan(loss=loss, by_batch=0))

    def test_tail_alone(self):
        """What does not train stays, and its batch norm stays with the running statistics."""
        self.check(net((3, 9, 8), *self.LAYERS, *SCORES), Plan(first=2, by_batch=2))


class Threads(Training):
    TEXT = net((16, 12, 12), CONV % (32, 'elu') + BN, CONV % (32, 'elu') + BN, 'avgpool', *SCORES)

    def test_equal_options_give_equal_bytes(self):
        files = save(self.TEXT, 3)
        for algorithms in ('exact', 'winograd'):
            for threads in (1, 2):
                plan = Plan(by_batch=0, threads=threads, algorithms=algorithms)
                with self.subTest(threads=threads, algorithms=algorithms):
                    reading = load(*files)
                    data = drawn(reading, plan, 3)
                    first, second = (train_by_isplit(*files, reading, plan, data, work.name) for _ in range(2))
                    self.assertEqual(first[1], second[1])
                    self.assertEqual(list(first[0].losses), list(second[0].losses))


class Kinked(Training):
    def test_activations_and_max_pool(self):
        for by_batch in (-1, 0):
            for activation in ('relu', 'leaky'):
                with self.subTest(by_batch=by_batch, activation=activation):
                    self.check(net((3, 12, 12), CONV % (16, activation) + BN, 'maxpool size=2 stride=2',
                                   CONV % (16, activation) + BN, 'maxpool size=3 stride=2', *SCORES),
                               Plan(by_batch=by_batch, peak=.005), KINKED)

    def check_demo(self, name, layer, **how):
        """The demo's network with a bottleneck, on its letters; the teacher is the network without."""
        plan = Plan(batch=16, loss='both', **how)
        demo = [os.path.join(TOP, where, name + '.' + where) for where in ('cfg', 'weights')]
        files = with_bottleneck(*demo, layer, 'whole')
        order = numpy.random.default_rng(1).permutation(len(letters()))[:plan.steps * plan.batch]
        pixels, labels = read_letters(order, load(*demo).input_shape)
        self.compare(files, plan, (pixels, teach(demo, pixels), labels), KINKED)

    def test_letters_vgg16(self):
        self.check_demo('letters-vgg16', 8, by_batch=0, peak=.005)

    def test_letters_resnet50(self):
        """One step: after twenty of the tail alone, PyTorch's float32 was as far from its float64 as isplit was, by a
        tenth of the largest weight."""
        self.check_demo('letters-resnet50', 26, by_batch=0, peak=.001, steps=1)


def with_bottleneck(cfg, weights, layer, which, seed=3):
    """-> cfg and weights of the `whole` network with a bottleneck, or the `rest` behind the cut"""
    folder = tempfile.mkdtemp(dir=work.name)
    subprocess.run([WRITER, cfg, weights, str(layer), 'ratio', str(seed), folder], check=True)
    return ['%s/%s.%s' % (folder, which, what) for what in ('cfg', 'weights')]


def load_whole(folder):
    return load(folder + '/whole.cfg', folder + '/whole.weights')


def letters():
    return sorted(glob.glob(LETTERS + '/*/*.png'))


def read_letters(order, shape):
    files = letters()
    labels = numpy.array([ord(os.path.basename(os.path.dirname(files[i]))) - ord('A') for i in order])
    return numpy.stack([read_pixels(files[i], shape) for i in order]), labels


def teach(files, pixels):
    """Scores of a network, as f32."""
    teacher = load(*files)
    layer, tap = score_layer(teacher)
    with torch.no_grad():
        return getattr(teacher.forward(torch.from_numpy(pixels).double()), tap)[layer].flatten(1).float().numpy()


class Requests(unittest.TestCase):
    """The worker's request `retrain`, on images of the network's size. A batch is all of them, so that their order does
    not matter."""

    A_CLASS = 5
    STEPS = 20
    CUT = 1
    SHAPE = 3, 16, 14
    TEXT = net(SHAPE, CONV % (16, 'elu') + BN, CONV % (16, 'elu') + BN, CONV % (16, 'tanh') + BN, 'batchnorm', CONV % (8, 'elu'),
               'avgpool', 'connected output=9 activation=elu' + BN, *SCORES)

    @classmethod
    def setUpClass(cls):
        cls.data = path('images')
        write_images(cls.data, cls.SHAPE, CLASSES, cls.A_CLASS, 1)
        for image in glob.glob(cls.data + '/*/i*.png'):  # so that the last loss is one of the last batch
            shutil.copy(image, image.replace('/i0', '/validation0'))

    def retrain(self, files, folder, **changes):
        """-> the answer, and what was said before it; the images and their labels"""
        with Worker(*files) as worker:
            worker.ask({'type': 'images', 'data': self.data, 'split': None, 'labels': None, 'probe': False}, 'dataset')
            items = [item for said in worker.logs if said['type'] == 'images' for item in said['items']]
            worker.logs.clear()
            training = [i for i, item in enumerate(items) if '/i' in item[0]]
            validation = [i for i in range(len(items)) if i not in training]
            request = worker.request(self.CUT, folder)
            request.update({
                'type': 'retrain', 'bottleneck': 'ratio', 'training': training, 'validation': validation, 'data': None,
                'checkpoint': None, 'train': 'tail', 'bn': 'train', 'loss': 'labels', 'temperature': 2, 'rate': .02,
                'epochs': 0, 'steps': self.STEPS, 'stages': 1, 'seed': 3, 'batch': len(training), 'threads': 1, 'exact': True,
                'memory': 0, 'flip': False, 'shift': 0}, **changes)
            del request['inputs'], request['images']
            answer = worker.ask(request, 'retrained')
            pixels = numpy.stack([read_pixels(os.path.join(self.data, items[i][0]), self.SHAPE) for i in training])
            return answer, worker.logs, pixels, numpy.array([items[i][1] for i in training])

    def test_twenty_steps(self):
        """Losses as they are told, and the network that is written."""
        for trains, loss in (('tail', 'labels'), ('all', 'both')):
            with self.subTest(trains=trains, loss=loss):
                folder, files = path('trained-' + trains), save(self.TEXT, 3)
                answer, said, pixels, labels = self.retrain(files, folder, train=trains, loss=loss)
                self.assertEqual(answer['type'], 'retrained', answer)
                checks = {check['when']: check for check in said if check['type'] == 'check'}
                self.assertEqual(checks['best']['step'], self.STEPS)
                self.compare(files, folder, said, checks, trains, loss, pixels, labels)

    def compare(self, files, folder, said, checks, trains, loss, pixels, labels):
        first = 0 if trains == 'all' else self.CUT + 1
        plan = Plan(batch=len(pixels), first=first, by_batch=first, loss=loss)
        reading, found = load(*with_bottleneck(*files, self.CUT, 'whole')), load_whole(folder)
        data = pixels, teach(files, pixels), labels
        expected = train(reading, plan, [numpy.concatenate([part] * self.STEPS) for part in data])
        told = 0
        for step in (message for message in said if message['type'] == 'step'):  # means of the steps since the last
            self.assertAlmostEqual(step['loss'], expected.losses[told:step['done']].mean(), delta=SMOOTH)
            told = step['done']
        self.assertEqual(told, self.STEPS)
        self.assertAlmostEqual(checks['best']['loss'], expected.losses[-1], delta=SMOOTH)
        for key, value in numbers(found, Plan()):
            right = reading.layers[key[0]].values[key[1]].detach()
            self.assertLess(abs(value - right).max(), SMOOTH * abs(right).max(), key)

    def test_statistics_taken_anew(self):
        """Those of the layers behind the bottleneck, each after those before it; a sample's variance."""
        folder, files = path('retaken'), save(self.TEXT, 3)
        answer, _, pixels, _ = self.retrain(files, folder, bn='retake', rate=1e-30)
        self.assertEqual(answer['type'], 'retrained', answer)
        reading, found = load(*with_bottleneck(*files, self.CUT, 'whole')), load_whole(folder)
        inserted = len(reading.layers) - len(load(*files).layers)
        for layer in reading.layers[self.CUT + 1 + inserted:]:
            layer.normalise = take_anew
        with torch.no_grad():
            reading.forward(torch.from_numpy(pixels).double())
        compared = 0
        for layer in reading.layers[self.CUT + 1 + inserted:]:
            for name in ('mean', 'variance'):
                if name in layer.values:
                    right, compared = layer.values[name], compared + 1
                    apart = abs(found.layers[layer.index].values[name] - right).max()
                    self.assertLess(apart, 1e-5 * abs(right).max(), (layer.index, name))
        self.assertEqual(compared, 6)

    def test_a_rate_too_high(self):
        """Told in one line, and nothing is written; or what is written is sound."""
        plain = net(self.SHAPE, *[CONV % (16, 'relu')] * 4, 'maxpool size=2 stride=2', *SCORES)
        kinds = {'elu': self.TEXT, 'relu': plain}
        astray = {kind: 0 for kind in kinds}
        for kind, text in kinds.items():
            files = save(text, 3)
            for bn, rate in (('frozen', 3.0), ('frozen', 1e3), ('frozen', 1e15), ('train', 1e20), ('frozen', 1e38)):
                folder = path('astray-%s-%g' % (kind, rate))
                answer, *_ = self.retrain(files, folder, bn=bn, rate=rate)
                with self.subTest(kind=kind, rate=rate, answer=answer):
                    if answer['type'] == 'error':
                        astray[kind] += 1
                        self.assertRegex(answer['text'], r'^the training went astray: at step \d+ the loss or a weight is not finite '
                                                         r'\(expected a lower --rate than [^\n]*\)$')
                        self.assertEqual(glob.glob(folder + '/*'), [])
                    else:
                        written = load_whole(folder)
                        self.assertTrue(all(torch.isfinite(value).all() for _, value in numbers(written, Plan())))
        self.assertGreater(min(astray.values()), 0, astray)


def take_anew(x, mean, variance):
    mean[:] = x.mean((0, 2, 3))
    variance[:] = x.var((0, 2, 3), unbiased=True)
    return (x - mean.view(1, -1, 1, 1)) / (torch.sqrt(variance) + 1e-6).view(1, -1, 1, 1)


if __name__ == '__main__':
    unittest.main()
