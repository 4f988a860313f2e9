"""Write a PyTorch VGG or ResNet (torchvision's module names) as a Darknet .weights file.

The file is int32 major, minor, revision, uint64 images seen, then little-endian float32 layer by layer:
a convolution is its biases, [batch norm scales, means, variances,] weights [out][in][k][k];
a connected layer is its biases, weights [out][in].
"""
import struct

import numpy as np
import torch
from torch import nn

HEADER = struct.pack("<iiiQ", 0, 2, 0, 0)
DARKNET_EPS = 1e-6


def write_weights(path, net, fold=False):
    """Write the network's weights in the order of its cfg; with `fold` batch norm goes into the convolutions."""
    with open(path, "wb") as file:
        file.write(HEADER)
        for layer, norm in weighted_layers(net):
            for array in _layer_arrays(layer, norm, fold):
                file.write(np.ascontiguousarray(array, "<f4").tobytes())


def weighted_layers(net):
    """(convolution or linear, its batch norm or None) in the order of the cfg's sections."""
    if hasattr(net, "layer1"):
        return _resnet_layers(net)
    return _pair_norms([*net.features, *net.classifier])


def _resnet_layers(net):
    pairs = [(net.conv1, net.bn1)]
    for stage in (net.layer1, net.layer2, net.layer3, net.layer4):
        for block in stage:
            pairs += [(block.conv1, block.bn1), (block.conv2, block.bn2), (block.conv3, block.bn3)]
            if block.downsample is not None:
                pairs.append((block.downsample[0], block.downsample[1]))
    return pairs + [(net.fc, None)]


def _pair_norms(modules):
    pairs = []
    for module, following in zip(modules, [*modules[1:], None]):
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            pairs.append((module, following if isinstance(following, nn.BatchNorm2d) else None))
    return pairs


def _layer_arrays(layer, norm, fold):
    """The arrays of one layer in Darknet's order, float64."""
    weight = _array(layer.weight)
    bias = np.zeros(len(weight)) if layer.bias is None else _array(layer.bias)
    if norm is None:
        return [bias, weight]
    if fold:
        scale = _array(norm.weight) / np.sqrt(_array(norm.running_var) + norm.eps)
        return [_array(norm.bias) + (bias - _array(norm.running_mean)) * scale, weight * scale[:, None, None, None]]
    # Darknet adds its bias after the batch norm, PyTorch before it: there it only moves the mean.
    mean = _array(norm.running_mean) - bias
    variance = darknet_variance(_array(norm.running_var), norm.eps)
    return [_array(norm.bias), _array(norm.weight), mean, variance, weight]


def darknet_variance(variance, eps):
    """The variance with which Darknet's (x - m) / (sqrt(v) + 1e-6) equals PyTorch's (x - m) / sqrt(v + eps)."""
    return np.square(np.sqrt(variance + eps) - DARKNET_EPS)


def _array(tensor):
    return tensor.detach().to(torch.float64).numpy()
