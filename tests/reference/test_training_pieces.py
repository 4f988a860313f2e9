#!/usr/bin/python3
"""The learning rate of each step, and the losses with their gradients, against PyTorch.

    test_training_pieces.py [unittest options]
"""
import ctypes
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import numpy

from torch_setup import torch
from training import torch_loss

TOP = os.path.join(HERE, '..', '..')
KINDS = 'labels', 'distill', 'both'  # enum retrain_loss

work = pieces = None


def setUpModule():
    global work, pieces
    work = tempfile.TemporaryDirectory()
    path = os.path.join(work.name, 'pieces.so')
    subprocess.run(['gcc', '-std=c17', '-D_GNU_SOURCE', '-O2', '-ffp-contract=off', '-shared', '-fPIC',
                    '-I' + os.path.join(TOP, 'engine'), os.path.join(TOP, 'engine/train/schedule.c'),
                    os.path.join(TOP, 'engine/train/loss.c'), '-o', path, '-lm'], check=True)
    pieces = ctypes.CDLL(path)
    for name in ('schedule_cycle', 'schedule_rate', 'loss_of'):
        getattr(pieces, name).restype = ctypes.c_double
    pieces.schedule_steps.restype = ctypes.c_long


def tearDownModule():
    work.cleanup()


def torch_rates(steps, peak):
    """PyTorch's rate of each step of one cycle, momentum left alone."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1, momentum=0.9, nesterov=True)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak, total_steps=steps, cycle_momentum=False)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        if len(rates) < steps:
            cycle.step()
    return rates


class Schedule(unittest.TestCase):
    def cycle(self, step, steps, peak):
        return pieces.schedule_cycle(ctypes.c_long(step), ctypes.c_long(steps), ctypes.c_double(peak))

    def test_one_cycle(self):
        for steps, peak in ((1, 0.1), (2, 0.3), (3, 1.0), (4, 0.05), (7, 0.1), (10, 0.1), (333, 0.02), (5000, 0.4)):
            for step, rate in enumerate(torch_rates(steps, peak)):
                self.assertAlmostEqual(self.cycle(step, steps, peak), rate, delta=1e-12, msg=(step, steps))

    def test_stages(self):
        """Each stage is twice as long as the one before, and its peak half as high."""
        first, peak = 25, 0.2
        expected = torch_rates(25, 0.2) + torch_rates(50, 0.1) + torch_rates(100, 0.05)
        self.assertEqual(pieces.schedule_steps(ctypes.c_long(first), 3), len(expected))
        for step, rate in enumerate(expected):
            got = pieces.schedule_rate(ctypes.c_long(step), ctypes.c_long(first), ctypes.c_double(peak))
            self.assertAlmostEqual(got, rate, delta=1e-12, msg=step)
        stages = [pieces.schedule_stage(ctypes.c_long(step), ctypes.c_long(first)) for step in range(len(expected))]
        self.assertEqual(stages, [0] * 25 + [1] * 50 + [2] * 100)


class Loss(unittest.TestCase):
    def ours(self, kind, temperature, scores, labels, teacher, used):
        gradient = numpy.full_like(scores, 7)
        pointer = lambda a: a.ctypes.data_as(ctypes.c_void_p)
        loss = pieces.loss_of(kind, ctypes.c_double(temperature), scores.shape[1], used, pointer(scores), pointer(labels),
                              pointer(teacher), pointer(gradient), scores.shape[0])
        return loss, gradient

    def test_value_and_gradient(self):
        random = numpy.random.default_rng(3)
        for outputs in (1, 2, 10, 1000):
            for kind, word in enumerate(KINDS):
                for temperature, used in ((1.0, 8), (2.0, 5), (4.0, 1)):
                    scores = (3 * random.standard_normal((8, outputs))).astype(numpy.float32)
                    teacher = (3 * random.standard_normal((8, outputs))).astype(numpy.float32)
                    labels = random.integers(0, max(outputs, 2), 8).astype(numpy.int32)
                    z = torch.tensor(scores[:used], dtype=torch.float64, requires_grad=True)
                    expected = torch_loss(word, temperature, z, torch.tensor(labels[:used], dtype=torch.int64),
                                          torch.tensor(teacher[:used], dtype=torch.float64))
                    expected.backward()
                    loss, gradient = self.ours(kind, temperature, scores, labels, teacher, used)
                    where = (outputs, kind, temperature, used)
                    self.assertAlmostEqual(loss, expected.item(), delta=1e-12 * max(1, expected.item()), msg=where)
                    numpy.testing.assert_allclose(gradient[:used], z.grad.numpy(), rtol=1e-6, atol=1e-8,
                                                  err_msg=str(where))
                    self.assertTrue((gradient[used:] == 0).all(), where)


if __name__ == '__main__':
    unittest.main()
