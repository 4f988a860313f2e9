#!/usr/bin/python3
"""Per-layer Grad-CAM importance by PyTorch, as fast as PyTorch allows: the program to beat.

    peer_gradcam.py vgg16|resnet50 SIZE BATCH THREADS RUNS

Batch norm is folded, weights are frozen (only the data gradient is computed), memory is channels-last, and one
forward and one backward pass a batch serve every tap: each convolution after its ReLU and each pool of VGG16;
the stem, its pool and the 16 blocks of ResNet-50. A tap's importance is computed when its gradient passes, so that
none is copied. Connected layers are 1x1 convolutions: PyTorch leaves the product of matrices to the BLAS it finds,
and Debian's default is the slow reference. bench.py says with which settings of the allocator it runs best. Prints
milliseconds an image, the best of RUNS.
"""
import sys
import time

import torch
import torchvision
from torch.nn.utils.fusion import fuse_conv_bn_eval


class ConnectedByConvolution(torch.nn.Module):
    def __init__(self, linear):
        super().__init__()
        self.bias = linear.bias
        self.weight = torch.nn.Parameter(linear.weight[:, :, None, None], requires_grad=False)

    def forward(self, x):
        return torch.nn.functional.conv2d(x[:, :, None, None], self.weight, self.bias).flatten(1)


def replace(module, wanted, make_new):
    for name, child in module.named_children():
        if isinstance(child, wanted):
            setattr(module, name, make_new(child))
        replace(child, wanted, make_new)


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


def make(name, size):
    net = getattr(torchvision.models, name)(weights=None).eval()
    if name == 'vgg16' and size != 224:
        # As the cfg's: the classifier reads the last pool as it is, not blown up to 7x7.
        net.avgpool = torch.nn.Identity()
        net.classifier[0] = torch.nn.Linear(512 * (size // 32) ** 2, 4096)
    net.requires_grad_(False)
    fold_batch_norm(net)
    replace(net, torch.nn.ReLU, lambda _: torch.nn.ReLU())  # not in place: a tap must not be overwritten
    replace(net, torch.nn.Linear, ConnectedByConvolution)
    return net.to(memory_format=torch.channels_last)


def importance(activation, gradient):
    alpha = gradient.mean((2, 3), keepdim=True)
    return torch.relu((alpha * activation).mean(1)).mean((1, 2))


def attach(tap, module, rows):
    """rows[tap] becomes the importance whenever the gradient passes."""
    def seen(_module, _inputs, output):
        activation = output.detach()

        def passed(gradient):
            rows[tap] = importance(activation, gradient)
        output.register_hook(passed)
    module.register_forward_hook(seen)


def main():
    name = sys.argv[1]
    size, batch, threads, runs = map(int, sys.argv[2:6])
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    net, rows = make(name, size), {}
    taps = taps_of(name, net)
    for tap, module in enumerate(taps):
        attach(tap, module, rows)
    images = torch.rand(batch, 3, size, size).to(memory_format=torch.channels_last)
    classes = torch.randint(0, 1000, (batch, 1))
    best = float('inf')
    for run in range(runs + 1):  # the first one warms up
        start = time.perf_counter()
        net(images.clone().requires_grad_(True)).gather(1, classes).sum().backward()
        torch.stack([rows.pop(tap) for tap in range(len(taps))], 1)
        if run:
            best = min(best, time.perf_counter() - start)
    print(f'{name} {size} batch {batch} threads {threads}: {1000 * best / batch:.1f} ms/image, {len(taps)} layers')


if __name__ == '__main__':
    main()
