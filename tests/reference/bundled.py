"""Networks whose cfgs Debian's darknet package brings, made smaller where that is asked for, and small ones made
layer by layer; with weights drawn at random."""
import os
import re
import struct

import numpy

from darknet_torch import Network
from random_nets import drawn, write_weights
from torch_setup import torch

CFGS = '/usr/share/darknet/cfg'


def installed(name):
    """The text of a cfg, or None where the package is not installed."""
    path = '%s/%s.cfg' % (CFGS, name)
    if not os.path.exists(path):
        return None
    with open(path, encoding='utf-8') as file:
        return file.read()


def net(shape, *layers):
    """A cfg: [net] with (channels, height, width), then 'kind key=value ...' for each layer."""
    text = '[net]\nbatch=1\nchannels=%d\nheight=%d\nwidth=%d\n' % shape
    for layer in layers:
        kind, *options = layer.split()
        text += '\n[%s]\n' % kind + ''.join(option + '\n' for option in options)
    return text


def rewrite(text, changes=(), narrower=1):
    """`changes`: {side: side} of inputs and crops; the numbers of filters and outputs are divided by `narrower`."""
    changes = dict(changes)

    def number(match):
        key, value = match.group(1), int(match.group(2))
        if key in ('filters', 'output'):
            return '%s=%d' % (key, max(1, value // narrower))
        return '%s=%d' % (key, changes.get(value, value))
    text = re.sub(r'^(filters|output|(?:crop_)?(?:height|width))\s*=\s*(\d+)', number, text, flags=re.M)
    return re.sub(r'^(batch|subdivisions)\s*=.*$', r'\1=1', text, flags=re.M)


def save(stem, text, seed=1, **weights_format):
    """-> (cfg, weights) beside each other, with random weights under which signals keep their size."""
    net = Network(text)
    rng = numpy.random.default_rng(seed)
    for layer in net.layers:
        for block, shape in layer.blocks:
            values = drawn(rng, block, shape) * (2 ** .5 if block == 'weights' else 1)
            layer.values[block] = torch.from_numpy(values)
    files = stem + '.cfg', stem + '.weights'
    with open(files[0], 'w', encoding='ascii') as file:
        file.write(text)
    write_weights(net, files[1], **weights_format)
    with open(files[1], 'r+b') as file:
        file.seek(12)
        file.write(struct.pack('<i', 64013))  # images seen in training
    return files
