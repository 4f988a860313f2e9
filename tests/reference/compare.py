#!/usr/bin/python3
"""Compare isplit with the PyTorch reading on any network whose images need no fitting.

    compare.py CFG WEIGHTS DATA [--float32] [options of `isplit curve`]

DATA: PNGs of exactly the network's size and channels. Prints, layer by layer, the share of the images' cells
within 1e-4 and 1e-3 (relative) and the difference of the CUI in decades, then the same for all layers.
Run it where ./isplit is, or set ISPLIT.
"""
import argparse
import os

import numpy
from PIL import Image

import program
from darknet_torch import load
from importance import measure
from torch_setup import torch


def read_pixels(path, shape):
    """[K][H][W] of 0..1 in float32, as the program sees an image that needs no fitting."""
    with Image.open(path) as image:
        pixels = numpy.asarray(image.convert('RGB' if shape[0] == 3 else 'L'), numpy.float32) / numpy.float32(255)
    planes = pixels.transpose(2, 0, 1) if pixels.ndim == 3 else pixels[None]
    if planes.shape != tuple(shape):
        raise ValueError('%s is %s, the network takes %s: it would be fitted' % (path, planes.shape, tuple(shape)))
    return planes


def read_all_pixels(data, paths, shape):
    return numpy.stack([read_pixels(os.path.join(data, path), shape) for path in paths])


def differences(ours, theirs):
    """Cell by cell |a - b| / max(|a|, |b|): 0 where both are 0 or both empty, inf where one of them is empty."""
    largest = numpy.maximum(abs(ours), abs(theirs))
    relative = abs(ours - theirs) / numpy.where(largest == 0, 1, largest)
    empty = numpy.isnan(ours), numpy.isnan(theirs)
    return numpy.where(empty[0] & empty[1], 0, numpy.where(empty[0] | empty[1], numpy.inf, relative))


def share_within(ours, theirs, tolerance):
    """Share of the cells which agree. Cells that are empty in both do not count."""
    counted = ~(numpy.isnan(ours) & numpy.isnan(theirs))
    return (differences(ours, theirs)[counted] <= tolerance).mean()


def decades(ours, theirs):
    """[layers]: difference of log10 CUI; 0 where both are 0 or empty, inf where only one of them is."""
    cui = [rows.mean(0) for rows in (ours, theirs)]
    none = [~(values > 0) for values in cui]
    logs = [numpy.log10(numpy.where(absent, 1, values)) for absent, values in zip(none, cui)]
    return numpy.where(none[0] | none[1], numpy.where(none[0] == none[1], 0, numpy.inf), abs(logs[0] - logs[1]))


def reference_rows(net, data, images, **definition):
    """The Result of the PyTorch reading for the images of a Run, all layers."""
    pixels = read_all_pixels(data, images.paths, net.input_shape)
    return measure(net, pixels, images.class_index, **definition)


def report(net, layers, ours, theirs):
    def line(name, a, b):
        return '%-22s %9.4f %9.4f %12.2e' % (name, share_within(a, b, 1e-4), share_within(a, b, 1e-3),
                                             decades(a, b).max())
    yield '%-22s %9s %9s %12s' % ('layer', 'in 1e-4', 'in 1e-3', 'CUI, decades')
    for column, layer in enumerate(layers):
        one = slice(column, column + 1)
        if not numpy.isnan(theirs[:, one]).all():
            yield line('%d %s' % (layer, net.layers[layer].kind), ours[:, one], theirs[:, one])
    yield line('all, %d images' % len(ours), ours, theirs)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('cfg')
    parser.add_argument('weights')
    parser.add_argument('data')
    parser.add_argument('--float32', action='store_true', help='let PyTorch compute in float32 too')
    parser.add_argument('--score', default='truth')
    parser.add_argument('--reduce', default='mean')
    parser.add_argument('--tap', default='post')
    arguments, others = parser.parse_known_args()
    definition = {key: getattr(arguments, key) for key in ('score', 'reduce', 'tap')}
    options = [word for key, value in definition.items() for word in ('--' + key, value)]
    run = program.curve(arguments.cfg, arguments.weights, arguments.data, *options, *others)
    net = load(arguments.cfg, arguments.weights, torch.float32 if arguments.float32 else torch.float64)
    result = reference_rows(net, arguments.data, run.images, **definition)
    theirs = result.rows[:, run.images.layers]
    print('\n'.join(report(net, run.images.layers, run.images.rows, theirs)))
    print('winning class: %.4f of the images agree' % (result.top == run.images.top).mean())


if __name__ == '__main__':
    main()
