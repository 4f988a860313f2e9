#!/usr/bin/python3
"""One step of training by PyTorch, as fast as PyTorch allows: the program to beat.

    peer_train.py letters-vgg16|vgg16|resnet50 SIZE BATCH THREADS RUNS

A step is a forward pass, cross-entropy, the gradients of all parameters, and SGD with Nesterov's momentum and weight
decay. Batch norms keep their statistics; their scale and bias are trained. Plain and channels-last memory are both
tried, and the better one counts. VGG16's classifier reads the last pool as it is, as the cfg's does. Debian's
PyTorch leaves products of matrices to the BLAS it finds: with libopenblas0-pthread installed it is a fair peer. Prints
milliseconds an image, the best of RUNS.
"""
import sys
import time

import torch
import torchvision
from torch import nn
from torch.nn import functional

CLASSES = 200
CHANNELS = ((16, 2), (32, 2), (64, 3), (128, 3), (128, 3))  # of cfg/letters-vgg16.cfg, and layers of each block


def letters():
    layers, before = [], 1
    for width, count in CHANNELS:
        for _ in range(count):
            layers += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU(inplace=True)]
            before = width
        layers.append(nn.MaxPool2d(2))
    layers.append(nn.Flatten())
    for width in (256, 256):
        layers += [nn.Linear(before, width), nn.ReLU(inplace=True)]
        before = width
    return nn.Sequential(*layers, nn.Linear(before, 10))


def make(name, size):
    if name == 'letters-vgg16':
        return letters(), 1
    net = getattr(torchvision.models, name)(weights=None, num_classes=CLASSES)
    if name == 'vgg16':
        net.avgpool = nn.Identity()
        net.classifier[0] = nn.Linear(512 * (size // 32) ** 2, 4096)
    return net, 3


def best_step(name, size, batch, runs, memory_format):
    torch.manual_seed(0)
    net, channels = make(name, size)
    net.train()
    for module in net.modules():
        if isinstance(module, (nn.BatchNorm2d, nn.Dropout)):
            module.eval()
    net = net.to(memory_format=memory_format)
    descent = torch.optim.SGD(net.parameters(), lr=1e-4, momentum=.9, weight_decay=5e-4, nesterov=True)
    images = torch.rand(batch, channels, size, size).contiguous(memory_format=memory_format)
    labels = torch.randint(0, 10, (batch,))
    best = float('inf')
    for run in range(runs + 2):
        begin = time.perf_counter()
        descent.zero_grad(set_to_none=True)
        functional.cross_entropy(net(images), labels).backward()
        descent.step()
        if run > 1:
            best = min(best, time.perf_counter() - begin)
    return best


def main():
    name = sys.argv[1]
    size, batch, threads, runs = map(int, sys.argv[2:6])
    torch.set_num_threads(threads)
    best = min(best_step(name, size, batch, runs, layout) for layout in (torch.contiguous_format, torch.channels_last))
    print(f'{1000 * best / batch:.3f} ms/image')


if __name__ == '__main__':
    main()
