#!/usr/bin/python3
"""Per-layer Grad-CAM importance by PyTorch, as fast as PyTorch allows: the program to beat.

    peer_gradcam.py vgg16|resnet50 SIZE BATCH THREADS RUNS

Batch norm is folded, weights are frozen (only the data gradient is computed), memory is channels-last, and one
forward and one backward pass a batch serve every tap: each convolution after its ReLU and each pool of VGG16;
the stem, its pool and the 16 blocks of ResNet-50. Prints milliseconds an image, the best of RUNS.
"""
import sys
import time

import torch
import torchvision
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fold_batch_norm(module):
    previous_name = previous = None
    for name, child in module.named_children():
        if isinstance(child, torch.nn.BatchNorm2d) and isinstance(previous, torch.nn.Conv2d):
            setattr(module, previous_name, fuse_conv_bn_eval(previous, child))
            setattr(module, name, torch.nn.Identity())
        fold_batch_norm(child)
        previous_name, previous = name, child


def taps_of(name, net):
    if name == 'vgg16':
        return [m for m in net.features if isinstance(m, (torch.nn.ReLU, torch.nn.MaxPool2d))]
    blocks = [block for stage in (net.layer1, net.layer2, net.layer3, net.layer4) for block in stage]
    return [net.relu, net.maxpool, *blocks]


def make(name):
    net = getattr(torchvision.models, name)(weights=None).eval().requires_grad_(False)
    fold_batch_norm(net)
    for module in net.modules():
        if isinstance(module, torch.nn.ReLU):
            module.inplace = False  # a tap must not be overwritten
    return net.to(memory_format=torch.channels_last)


def importance(activation):
    alpha = activation.grad.mean((2, 3), keepdim=True)
    return torch.relu((alpha * activation.detach()).mean(1)).mean((1, 2))


def main():
    name = sys.argv[1]
    size, batch, threads, runs = map(int, sys.argv[2:6])
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    net, seen = make(name), []

    def keep(_module, _inputs, output):
        output.retain_grad()
        seen.append(output)

    for module in taps_of(name, net):
        module.register_forward_hook(keep)
    images = torch.rand(batch, 3, size, size).to(memory_format=torch.channels_last)
    classes = torch.randint(0, 1000, (batch, 1))
    best = float('inf')
    for run in range(runs + 1):  # the first one warms up
        start = time.perf_counter()
        seen.clear()
        net(images.clone().requires_grad_(True)).gather(1, classes).sum().backward()
        torch.stack([importance(activation) for activation in seen], 1)
        if run:
            best = min(best, time.perf_counter() - start)
    print(f'{name} {size} batch {batch} threads {threads}: {1000 * best / batch:.1f} ms/image, {len(seen)} layers')


if __name__ == '__main__':
    main()
