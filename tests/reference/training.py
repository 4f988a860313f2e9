"""Training of the PyTorch reading, by PyTorch's own optimiser, schedule, losses and batch norm; and the program that
lets isplit's trainer make the same steps (trainer_steps.c)."""
import os
import subprocess
from typing import NamedTuple

import numpy

from importance import score_layer
from torch_setup import torch

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(os.environ.get('ISPLIT_BUILD', os.path.join(HERE, '../../build')), 'trainer_steps')
F = torch.nn.functional

MOMENTUM, DECAY = 0.9, 5e-4
FOLLOW = 0.1  # the share of a batch in the running statistics; PyTorch's default
STATISTICS = 'mean', 'variance'


class Plan(NamedTuple):
    """How a network is trained. Layers from `first` on train; of these the batch norms from `by_batch` on normalise by
    the batch's statistics (-1: none)."""
    batch: int = 8
    first: int = 0
    by_batch: int = -1
    loss: str = 'labels'
    temperature: float = 2.0
    peak: float = 0.02
    steps: int = 20
    fork: bool = False
    threads: int = 1
    algorithms: str = 'exact'


class Trained(NamedTuple):
    """losses: of each step, then that of the last batch after training, by the running statistics; values: {(layer,
    block): numbers} of the layers that train."""
    losses: numpy.ndarray
    values: dict


def torch_loss(kind, temperature, scores, labels, teacher):
    """Mean over the images; one output is a logit."""
    single = scores.shape[1] == 1
    parts = []
    if kind != 'distill':
        parts.append(F.binary_cross_entropy_with_logits(scores[:, 0], labels.to(scores.dtype)) if single else
                     F.cross_entropy(scores, labels))
    if kind != 'labels':
        if single:  # two classes with the logits 0 and y
            scores = torch.cat([torch.zeros_like(scores), scores], 1)
            teacher = torch.cat([torch.zeros_like(teacher), teacher], 1)
        parts.append(temperature ** 2 * F.kl_div(F.log_softmax(scores / temperature, 1),
                                                 F.softmax(teacher / temperature, 1), reduction='batchmean'))
    return sum(parts) / len(parts)


class Norm:
    """Batch norm of a layer while it is trained: by the batch in training, if it is to be so, or by the running
    statistics. `fork`: PyTorch's own, else Darknet's, which adds 1e-6 to the standard deviation."""

    def __init__(self, by_batch, fork):
        self.by_batch, self.fork, self.training = by_batch, fork, True

    def __call__(self, x, mean, variance):
        by_batch = self.by_batch and self.training
        if self.fork:
            return F.batch_norm(x, mean, variance, training=by_batch, momentum=FOLLOW, eps=1e-5)
        if by_batch:
            now, spread = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
            with torch.no_grad():
                F.batch_norm(x, mean, variance, training=True, momentum=FOLLOW)  # for the running ones alone
            mean, variance = now, spread
        return (x - mean.view(1, -1, 1, 1)) / (torch.sqrt(variance) + 1e-6).view(1, -1, 1, 1)


def prepare(net, plan):
    """-> the optimiser over the parameters that train; the net's batch norms are those of the plan."""
    decaying, free = [], []
    for layer in net.layers:
        layer.normalise = Norm(0 <= plan.by_batch <= layer.index and layer.index >= plan.first, plan.fork)
        for name, value in layer.values.items():
            if layer.index >= plan.first and name not in STATISTICS:
                (decaying if name == 'weights' else free).append(value.requires_grad_())
    groups = [{'params': decaying, 'weight_decay': DECAY}, {'params': free, 'weight_decay': 0}]
    return torch.optim.SGD([group for group in groups if group['params']], lr=0.1, momentum=MOMENTUM, nesterov=True)


def loss_of(net, plan, x, teacher, labels):
    layer, tap = score_layer(net)
    scores = getattr(net.forward(x), tap)[layer].flatten(1)
    return torch_loss(plan.loss, plan.temperature, scores, labels, teacher)


def batches(data, plan, dtype):
    for step in range(plan.steps):
        x, teacher, labels = (a[step * plan.batch:(step + 1) * plan.batch] for a in data)
        yield torch.from_numpy(x).to(dtype), torch.from_numpy(teacher).to(dtype), torch.from_numpy(labels)


def train(net, plan, data):
    """data: (inputs, the teacher's scores, labels) of all steps. Changes the net."""
    dtype = next(value.dtype for layer in net.layers for value in layer.values.values())
    optimizer = prepare(net, plan)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, plan.peak, total_steps=plan.steps,
                                                cycle_momentum=False)
    losses = []
    for batch in batches(data, plan, dtype):
        optimizer.zero_grad()
        loss = loss_of(net, plan, *batch)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if len(losses) < plan.steps:
            cycle.step()
    for layer in net.layers:
        layer.normalise.training = False
    losses.append(loss_of(net, plan, *batch).item())
    return Trained(numpy.array(losses), {key: value.numpy() for key, value in numbers(net, plan)})


def numbers(net, plan):
    return [((layer.index, name), layer.values[name].detach()) for layer in net.layers if layer.index >= plan.first
            for name, _ in layer.blocks]


def train_by_isplit(cfg, weights, net, plan, data, folder):
    """The same by isplit's trainer. -> Trained, the bytes that it wrote"""
    files = [os.path.join(folder, name) for name in ('steps.in', 'steps.out')]
    inputs, teacher, labels = (a.reshape(len(a), -1).astype('<f4') for a in data)
    numpy.hstack([inputs, teacher, labels]).tofile(files[0])
    run = subprocess.run([PROGRAM, cfg, weights, *files, *map(str, (
        plan.batch, plan.first, plan.by_batch, plan.loss, plan.temperature, repr(plan.peak), DECAY, plan.steps,
        plan.threads, plan.algorithms))], capture_output=True, text=True, check=False)
    if run.returncode:
        raise RuntimeError(run.stderr.strip())
    with open(files[1], 'rb') as file:
        written = file.read()
    state, used, values = numpy.frombuffer(written, '<f4'), 0, {}
    for key, value in numbers(net, plan):
        values[key] = state[used:used + value.numel()].reshape(value.shape)
        used += value.numel()
    if used != state.size:
        raise ValueError('%d numbers, the reading has %d' % (state.size, used))
    return Trained(numpy.array([float(line) for line in run.stdout.split()]), values), written


def differences(ours, theirs, before):
    """Largest differences: of losses, relative to the largest; of numbers, relative to the largest of their tensor;
    and of what training changed in them, relative to the tensor's largest change, beyond what rounding of the numbers
    at each step explains (with the tensor's key)."""
    losses = abs(ours.losses - theirs.losses).max() / abs(theirs.losses).max()
    apart = {key: abs(ours.values[key] - value).max() for key, value in theirs.values.items()}
    largest = {key: abs(value).max() for key, value in theirs.values.items()}
    moved = {key: abs(value - before[key]).max() for key, value in theirs.values.items()}
    rounding = (len(theirs.losses) - 1) * 2.0 ** -23
    return (losses, max((apart[key] / max(largest[key], 1e-30), key) for key in apart),
            max((max(apart[key] - rounding * largest[key], 0) / max(moved[key], 1e-30), key) for key in apart))
