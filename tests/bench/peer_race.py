#!/usr/bin/python3
"""All splits of letters-vgg16 retrained by a plain PyTorch loop, as one who knows PyTorch writes it.

    peer_race.py WEIGHTS TRAIN VALIDATION STEPS STARTS THREADS [CUT...]

Prints a line a cut with the seconds of its steps, those of its features and looks, and its accuracies; then the seconds of
reading the images, and those of all.

For each cut (a layer of the cfg; all 18 where none is named) the head's features of all images are computed once and kept;
then bottleneck `ratio` and the tail are trained on them STARTS times from the trained weights, STEPS steps of 32 images
each, with shuffled batches, cross-entropy, SGD with Nesterov's momentum and weight decay and a one-cycle rate, and the
accuracy is measured at the end. Plain and channels-last memory are tried at each cut before the clock runs, and the
better one is taken. TRAIN and VALIDATION hold a folder for each class.
"""
import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional

from peer_train import letters

BATCH, RATE = 32, 0.01
HEADER = 20      # bytes of a weights file of version 0.2
TRIED = 8        # steps of each layout
SEEN = 500       # images at a time where nothing is trained


def trained(weights):
    """The network with its weights."""
    net, numbers = letters(), torch.from_numpy(np.fromfile(weights, '<f4', offset=HEADER))
    at = 0
    for layer in net:
        for parameter in (layer.bias, layer.weight) if hasattr(layer, 'weight') else ():
            parameter.data.copy_(numbers[at:at + parameter.numel()].view_as(parameter))
            at += parameter.numel()
    assert at == len(numbers), f'{weights} has {len(numbers)} numbers, the network {at}'
    return net


def cuts_of(net):
    """The modules of the head for each layer of the cfg: a convolution with its ReLU, or a pool."""
    return [i + 1 for i, module in enumerate(net) if isinstance(module, nn.MaxPool2d) or
            (isinstance(module, nn.ReLU) and isinstance(net[i - 1], nn.Conv2d))]


def step_down(before, after, side):
    size, stride, padding = (3, 2, 1) if side > 1 else (1, 1, 0)
    return [nn.Conv2d(before, after, size, stride, padding, bias=False), nn.BatchNorm2d(after), nn.ReLU(inplace=True)]


def step_up(before, after, side, last):
    up = [nn.Upsample(scale_factor=2)] if side > 1 else []
    size, padding = (3, 1) if side > 1 else (1, 0)
    return up + [nn.Conv2d(before, after, size, padding=padding, bias=last)] + (
        [] if last else [nn.BatchNorm2d(after), nn.ReLU(inplace=True)])


def bottleneck(channels, side):
    """`ratio`, as engine/partition/bottleneck.h has it; sides are powers of two."""
    half = max(1, (side + 1) // 2)
    sent = max(1, channels // 4)
    middle = max(1, channels // 8) if half > 1 else sent
    return nn.Sequential(*step_down(channels, middle, side), *step_down(middle, sent, half),
                         *step_up(sent, middle, half, False), *step_up(middle, channels, side, True))


def features_of(head, images):
    with torch.no_grad():
        return torch.cat([head(part) for part in images.split(SEEN)])


def train(net, features, labels, steps):
    """Milliseconds are counted by the caller."""
    net.train()
    descent = torch.optim.SGD(net.parameters(), lr=RATE, momentum=.9, weight_decay=5e-4, nesterov=True)
    rate = torch.optim.lr_scheduler.OneCycleLR(descent, RATE, total_steps=max(2, steps))
    order = torch.empty(0, dtype=torch.long)
    for _ in range(steps):
        if len(order) < BATCH:
            order = torch.randperm(len(labels))
        pick, order = order[:BATCH], order[BATCH:]
        descent.zero_grad(set_to_none=True)
        functional.cross_entropy(net(features[pick]), labels[pick]).backward()
        descent.step()
        rate.step()


def accuracy(net, features, labels):
    net.eval()
    return (features_of(net, features).argmax(1) == labels).double().mean().item()


def begin(weights, head, shape, layout):
    """Bottleneck and tail as they are before training."""
    tail = trained(weights)[head:]
    return nn.Sequential(bottleneck(*shape[1:3]), *tail).to(memory_format=layout)


def better_layout(weights, head, features, labels):
    """Of a few steps each; not on the clock."""
    took = {}
    for layout in (torch.contiguous_format, torch.channels_last):
        net, some = begin(weights, head, features.shape, layout), features[:256].contiguous(memory_format=layout)
        train(net, some, labels[:256], 2)
        start = time.perf_counter()
        train(net, some, labels[:256], TRIED)
        took[layout] = time.perf_counter() - start
    return min(took, key=took.get)


def read(folder):
    """(floats [N][1][32][32], labels)."""
    classes = sorted(path for path in Path(folder).iterdir() if path.is_dir())
    files = [(path, k) for k, name in enumerate(classes) for path in sorted(name.iterdir())]
    images = np.stack([np.array(Image.open(path).convert('L')) for path, _ in files])
    return torch.from_numpy(images)[:, None].float() / 255, torch.tensor([k for _, k in files])


def retrain(weights, head, sides, steps, starts):
    """One cut: (seconds of the steps, of features and looks, accuracies)."""
    net = trained(weights)
    (images, labels), (others, truth) = sides
    layout = better_layout(weights, head, features_of(net[:head], images[:256]), labels)
    start = time.perf_counter()
    features, shown = (features_of(net[:head], some).contiguous(memory_format=layout) for some in (images, others))
    found, stepping = [], 0
    for seed in range(starts):
        torch.manual_seed(seed)
        tail = begin(weights, head, features.shape, layout)
        begun = time.perf_counter()
        train(tail, features, labels, steps)
        stepping += time.perf_counter() - begun
        found.append(accuracy(tail, shown, truth))
    return stepping, time.perf_counter() - start - stepping, found


def main():
    weights, training, validation = sys.argv[1:4]
    steps, starts, threads = map(int, sys.argv[4:7])
    torch.set_num_threads(threads)
    heads = cuts_of(letters())
    start = time.perf_counter()
    sides = read(training), read(validation)
    total = time.perf_counter() - start
    print(f'images {total:.3f} s')
    for cut in map(int, sys.argv[7:] or range(len(heads))):
        stepping, beside, found = retrain(weights, heads[cut], sides, steps, starts)
        total += stepping + beside
        print(f'cut {cut} {stepping:.3f} s {beside:.3f} s ' + ' '.join(f'{share:.4f}' for share in found), flush=True)
    print(f'all {total:.3f} s')


if __name__ == '__main__':
    main()
