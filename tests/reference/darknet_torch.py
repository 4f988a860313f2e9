"""An independent reading of Darknet networks in PyTorch: cfg file, weights file, forward pass.

Written from the file formats and the layers' definitions, not from isplit's sources, so that the tests can
compare the two. Every tensor is [N][K][H][W]; a flat vector is [N][K][1][1]. `Network.forward` keeps each
layer's output before (`pre`) and after (`post`) its activation as nodes of the autograd graph.
test_reference.py compares the forward pass with stock libdarknet.
"""
from typing import NamedTuple

import numpy

from torch_setup import torch

F = torch.nn.functional

EPS = 1e-6  # Darknet adds it to the standard deviation; most others add theirs to the variance

NO_LAYER = -1  # the source of the first layer: the network's input


def stair(x):
    """Flat on [2n, 2n+1), slope 1 on [2n+1, 2n+2)."""
    n = torch.floor(x)
    return torch.where(n % 2 == 0, torch.floor(x / 2), (x - n) + torch.floor(x / 2))


def plse(x):
    return torch.where(x < -4, .01 * (x + 4), torch.where(x > 4, .01 * (x - 4) + 1, .125 * x + .5))


def lhtan(x):
    return torch.where(x < 0, .001 * x, torch.where(x > 1, .001 * (x - 1) + 1, x))


def hard_mish(x):
    return torch.where(x > 0, x, torch.where(x > -2, x * x / 2 + x, 0 * x))


ACTIVATIONS = {
    'linear': lambda x: x,
    'relu': torch.relu,
    'leaky': lambda x: torch.where(x > 0, x, .1 * x),
    'logistic': torch.sigmoid,
    'tanh': torch.tanh,
    'elu': F.elu,
    'ramp': lambda x: torch.relu(x) + .1 * x,
    'relie': lambda x: torch.where(x > 0, x, .01 * x),
    'plse': plse,
    'hardtan': F.hardtanh,
    'lhtan': lhtan,
    'loggy': lambda x: 2 * torch.sigmoid(x) - 1,
    'selu': lambda x: 1.0507 * F.elu(x, alpha=1.6732),
    'stair': stair,
}
STOCK_ACTIVATIONS = tuple(ACTIVATIONS)
ACTIVATIONS.update({
    'relu6': F.relu6,
    'swish': F.silu,
    'mish': F.mish,
    'hard_mish': hard_mish,
    'hard_swish': F.hardswish,
    'hard_sigmoid': F.hardsigmoid,
})

# What stock Darknet lacks: sections, and keys with a value other than the one that changes nothing.
FORK_KINDS = ('depthwise_convolutional', 'local_avgpool', 'local_avg', 'scale_channels', 'sam')


class Options(dict):
    """The keys of one section. As in Darknet, of a key given twice the first counts."""

    def integer(self, key, default):
        return int(self.get(key, default))

    def real(self, key, default):
        return float(self.get(key, default))

    def integers(self, key):
        return [int(word) for word in self[key].split(',') if word]


def read_sections(text):
    """Split a cfg into [(kind, Options)]. All white space is dropped, as Darknet does."""
    sections = []
    for line in text.splitlines():
        line = ''.join(line.split())
        if not line.startswith('tree='):
            line = line.replace(';', '#').split('#')[0]
        if not line:
            continue
        if line[0] == '[':
            sections.append((line.strip('[]'), Options()))
        else:
            key, value = line.split('=', 1)
            sections[-1][1].setdefault(key, value)
    return sections


def running_statistics(x, mean, variance):
    """Batch norm as a network in inference mode does it."""
    return (x - mean.view(1, -1, 1, 1)) / (torch.sqrt(variance) + EPS).view(1, -1, 1, 1)


class Layer:
    """One section of a cfg.

    sources     layers whose output it reads
    shape       (K, H, W) of its output
    blocks      [(name, shape)] of its stored numbers, in the order of the weights file
    values      {name: tensor}, filled when weights are read
    """

    default_activation = 'linear'

    def __init__(self, kind, options, index, shapes):
        """shapes: the (K, H, W) of the layers so far; shapes[-1] is the network's input."""
        self.kind = kind
        self.index = index
        self.sources = [index - 1]
        self.activation = options.get('activation', self.default_activation)
        if self.activation not in ACTIVATIONS:
            raise ValueError('layer %d: unknown activation %s' % (index, self.activation))
        self.blocks = []
        self.values = {}
        self.normalise = running_statistics
        self.shape = self.build(options, shapes)

    def build(self, options, shapes):
        """Read the options, list the blocks, and return the output's shape."""
        return shapes[self.sources[0]]

    def pre(self, x):
        """The output before the activation."""
        raise NotImplementedError

    def absolute(self, reference):
        return reference if reference >= 0 else self.index + reference

    def norm_blocks(self, channels):
        return [(name, (channels,)) for name in ('scales', 'mean', 'variance')]

    def normalised(self, x):
        x = self.normalise(x, self.values['mean'], self.values['variance'])
        return x * self.values['scales'].view(1, -1, 1, 1)

    def biased(self, x):
        return x + self.values['biases'].view(1, -1, 1, 1)


class Steps:
    """How a window moves, and the blur of `antialiasing`: then the window moves by one pixel, and the blur, after the
    activation, by the strides. To the taps such a layer is its blur, with no activation behind it."""

    def read_steps(self, options):
        stride = options.integer('stride', 1)
        self.stride = (options.integer('stride_y', stride), options.integer('stride_x', stride))
        self.blur = {0: None, 1: (.25, .5, .25), 2: (.5, .5)}[options.integer('antialiasing', 0)]
        self.blur_stride = self.stride
        if self.blur:
            self.stride = (1, 1)
            self.inner_activation, self.activation = self.activation, 'linear'

    def blurred_shape(self, channels, height, width):
        self.made_shape = (channels, height, width)
        if not self.blur:
            return (channels, height, width)
        padding = len(self.blur) // 3
        return (channels, *((side + 2 * padding - len(self.blur)) // step + 1
                            for side, step in zip((height, width), self.blur_stride)))

    def blurred(self, x):
        if not self.blur:
            return x
        x = ACTIVATIONS[self.inner_activation](x)
        window = torch.tensor(self.blur, dtype=x.dtype)
        window = torch.outer(window, window).expand(x.shape[1], 1, -1, -1)
        return F.conv2d(x, window, None, self.blur_stride, len(self.blur) // 3, groups=x.shape[1])


class Kernel(Steps, Layer):
    """What convolution and deconvolution share."""

    default_activation = 'logistic'

    def build(self, options, shapes):
        channels = shapes[self.sources[0]][0]
        self.read_filters(options, channels)
        self.size = options.integer('size', 1)
        self.dilation = options.integer('dilation', 1)
        self.read_steps(options)
        self.padding = self.size // 2 if options.integer('pad', 0) else options.integer('padding', 0)
        self.batch_normalize = options.integer('batch_normalize', 0)
        self.flipped = options.integer('flipped', 0)
        self.blocks = [('biases', (self.filters,))]
        if self.batch_normalize:
            self.blocks += self.norm_blocks(self.filters)
        self.blocks.append(('weights', self.weights_shape(channels)))
        return self.blurred_shape(*self.output_shape(*shapes[self.sources[0]]))

    def read_filters(self, options, _channels):
        self.filters = options.integer('filters', 1)
        self.groups = options.integer('groups', options.integer('group', 1))

    def pre(self, x):
        x = self.linear(x)
        return self.blurred(self.biased(self.normalised(x) if self.batch_normalize else x))


class Convolutional(Kernel):
    def weights_shape(self, channels):
        return (self.filters, channels // self.groups, self.size, self.size)

    def output_shape(self, _channels, height, width):
        return (self.filters, *((side + 2 * self.padding - self.size) // step + 1
                                for side, step in zip((height, width), self.stride)))

    def linear(self, x):
        """The padding grows with the dilation, so that the size stays what it is without."""
        return F.conv2d(x, self.values['weights'], None, self.stride, self.padding * self.dilation, self.dilation,
                        self.groups)


class Depthwise(Convolutional):
    """One window for each channel."""

    def read_filters(self, _options, channels):
        self.filters = self.groups = channels


class Deconvolutional(Kernel):
    def weights_shape(self, channels):
        return (channels, self.filters, self.size, self.size)

    def output_shape(self, _channels, height, width):
        return (self.filters, *((side - 1) * step + self.size - 2 * self.padding
                                for side, step in zip((height, width), self.stride)))

    def linear(self, x):
        return F.conv_transpose2d(x, self.values['weights'], None, self.stride, self.padding)


class Connected(Layer):
    default_activation = 'logistic'

    def build(self, options, shapes):
        inputs = int(numpy.prod(shapes[self.sources[0]]))
        outputs = options.integer('output', 1)
        self.batch_normalize = options.integer('batch_normalize', 0)
        self.blocks = [('biases', (outputs,)), ('weights', (outputs, inputs))]
        if self.batch_normalize:
            self.blocks += self.norm_blocks(outputs)
        return (outputs, 1, 1)

    def pre(self, x):
        x = F.linear(x.flatten(1), self.values['weights'])[:, :, None, None]
        return self.biased(self.normalised(x) if self.batch_normalize else x)


class BatchNorm(Layer):
    """Stores no biases, so they stay 0."""

    def build(self, options, shapes):
        shape = shapes[self.sources[0]]
        self.activation = 'linear'
        self.blocks = self.norm_blocks(shape[0])
        return shape

    def pre(self, x):
        return self.normalised(x)


class MaxPool(Steps, Layer):
    """`padding` is the total of both sides; its smaller half goes to the left and the top."""

    def build(self, options, shapes):
        channels, height, width = shapes[self.sources[0]]
        self.read_steps(options)
        self.size = options.integer('size', options.integer('stride', 1))
        self.padding = options.integer('padding', self.size - 1)
        return self.blurred_shape(channels, *((side + self.padding - self.size) // step + 1
                                              for side, step in zip((height, width), self.stride)))

    def padded(self, x, value):
        before = self.padding // 2
        after = self.padding - before
        return F.pad(x, (before, after, before, after), value=value)

    def pre(self, x):
        return self.blurred(F.max_pool2d(self.padded(x, -numpy.inf), self.size, self.stride))


class LocalAvgPool(MaxPool):
    """The mean over the pixels of the image in the window: padding does not count."""

    def pre(self, x):
        inside = self.padded(torch.ones_like(x), 0)
        return F.avg_pool2d(self.padded(x, 0), self.size, self.stride) / F.avg_pool2d(inside, self.size, self.stride)


class AvgPool(Layer):
    def build(self, options, shapes):
        return (shapes[self.sources[0]][0], 1, 1)

    def pre(self, x):
        return x.mean((2, 3), keepdim=True)


class Shortcut(Layer):
    """alpha * own input + beta * the other, but only where the two overlap; elsewhere the own input alone."""

    def build(self, options, shapes):
        self.sources = [self.index - 1, self.absolute(options.integer('from', 0))]
        self.alpha, self.beta = options.real('alpha', 1), options.real('beta', 1)
        (own_k, own_h, own_w), (other_k, other_h, other_w) = (shapes[source] for source in self.sources)
        self.other_step = max(other_w // own_w, 1)
        self.own_step = max(own_w // other_w, 1)
        if (max(other_h // own_h, 1), max(own_h // other_h, 1)) != (self.other_step, self.own_step):
            raise ValueError('layer %d: shortcut between sizes which do not fit' % self.index)
        self.overlap = (min(own_k, other_k), min(own_h, other_h), min(own_w, other_w))
        return shapes[self.index - 1]

    def window(self, step):
        """The places of one of the two tensors which meet the other, when every step-th is taken."""
        channels, height, width = self.overlap
        return (slice(None), slice(channels), slice(0, height * step, step), slice(0, width * step, step))

    def pre(self, own, other):
        out = own.clone()
        out[self.window(self.own_step)] = self.alpha * own[self.window(self.own_step)] \
            + self.beta * other[self.window(self.other_step)]
        return out


class Route(Layer):
    def build(self, options, shapes):
        self.sources = [self.absolute(reference) for reference in options.integers('layers')]
        self.groups, self.group_id = options.integer('groups', 1), options.integer('group_id', 0)
        inputs = [shapes[source] for source in self.sources]
        if len({shape[1:] for shape in inputs}) != 1:
            raise ValueError('layer %d: route of maps of different sizes' % self.index)
        return (sum(shape[0] // self.groups for shape in inputs), *inputs[0][1:])

    def pre(self, *inputs):
        """Of each tensor one of the equal parts."""
        return torch.cat([x.chunk(self.groups, 1)[self.group_id] for x in inputs], 1)


class Gate(Layer):
    """[scale_channels] and [sam]: the layer before times another one, which is as large or larger."""

    def build(self, options, shapes):
        self.sources = [self.index - 1, self.absolute(options.integer('from', 0))]
        return shapes[self.sources[1]]

    def pre(self, gate, x):
        return gate * x


class Upsample(Layer):
    def build(self, options, shapes):
        self.stride = options.integer('stride', 2)
        self.scale = options.real('scale', 1)
        channels, height, width = shapes[self.sources[0]]
        return (channels, height * self.stride, width * self.stride)

    def pre(self, x):
        return self.scale * F.interpolate(x, scale_factor=self.stride, mode='nearest')


class Reorg(Layer):
    """Darknet's own mapping, which is not space-to-depth of the input.

    Its loop takes the input's sizes for those of the *output* of the inverse operation: the buffer is read as
    if it were [K/s^2][H*s][W*s], and space-to-depth of that is written.
    """

    def build(self, options, shapes):
        self.stride = options.integer('stride', 1)
        self.reverse = options.integer('reverse', 0)
        channels, height, width = shapes[self.sources[0]]
        s = self.stride
        if channels % (s * s) or (not self.reverse and (height % s or width % s)):
            raise ValueError('layer %d: reorg of a map which does not divide' % self.index)
        if self.reverse:
            return (channels // (s * s), height * s, width * s)
        return (channels * s * s, height // s, width // s)

    def pre(self, x):
        count, channels, height, width = x.shape
        s = self.stride
        if self.reverse:
            out = x.reshape(count, s, s, channels // (s * s), height, width).permute(0, 3, 4, 1, 5, 2)
        else:
            out = x.reshape(count, channels // (s * s), height, s, width, s).permute(0, 3, 5, 1, 2, 4)
        return out.reshape(count, *self.shape)


class Crop(Layer):
    """At inference the centre; stretches 0..1 to -1..1 unless told not to."""

    def build(self, options, shapes):
        self.activation = 'linear'
        self.noadjust = options.integer('noadjust', 0)
        return (shapes[self.sources[0]][0], options.integer('crop_height', 1), options.integer('crop_width', 1))

    def pre(self, x):
        _, height, width = self.shape
        top, left = (x.shape[2] - height) // 2, (x.shape[3] - width) // 2
        x = x[:, :, top:top + height, left:left + width]
        return x.clone() if self.noadjust else 2 * x - 1


class Identity(Layer):
    """[activation], and what does nothing at inference: dropout and cost. A node of its own all the same."""

    def pre(self, x):
        return x.clone()


class Softmax(Layer):
    def build(self, options, shapes):
        shape = shapes[self.sources[0]]
        outputs = int(numpy.prod(shape))
        groups = options.integer('groups', 1)
        self.temperature = options.real('temperature', 1)
        self.sizes = read_tree(options['tree']) if 'tree' in options else [outputs // groups] * groups
        return (outputs, 1, 1)

    def pre(self, x):
        parts = torch.split(x.flatten(1) / self.temperature, self.sizes, 1)
        return torch.cat([torch.softmax(part, 1) for part in parts], 1)[:, :, None, None]


def read_tree(path):
    """The group sizes of a label tree: a group is a run of lines with one parent."""
    with open(path, encoding='utf-8') as lines:
        parents = [line.split()[1] for line in lines if line.strip()]
    starts = [i for i, parent in enumerate(parents) if i == 0 or parent != parents[i - 1]]
    return [end - start for start, end in zip(starts, starts[1:] + [len(parents)])]


KINDS = {
    'convolutional': Convolutional, 'conv': Convolutional,
    'deconvolutional': Deconvolutional, 'deconv': Deconvolutional,
    'depthwise_convolutional': Depthwise, 'local_avgpool': LocalAvgPool, 'local_avg': LocalAvgPool,
    'scale_channels': Gate, 'sam': Gate,
    'connected': Connected, 'conn': Connected,
    'maxpool': MaxPool, 'max': MaxPool, 'avgpool': AvgPool, 'avg': AvgPool,
    'shortcut': Shortcut, 'route': Route, 'upsample': Upsample, 'reorg': Reorg, 'crop': Crop,
    'batchnorm': BatchNorm, 'softmax': Softmax, 'soft': Softmax,
    'activation': Identity, 'dropout': Identity, 'cost': Identity,
}


class Trace(NamedTuple):
    """What a forward pass leaves behind: for each layer its output before and after the activation."""
    pre: list
    post: list


class Network:
    """A network read from the text of a cfg; `read_weights` gives it its numbers."""

    def __init__(self, text):
        (_, options), *rest = read_sections(text)
        self.input_shape = tuple(options.integer(key, 0) for key in ('channels', 'height', 'width'))
        self.layers = []
        shapes = {NO_LAYER: self.input_shape}
        for index, (kind, section) in enumerate(rest):
            layer = KINDS[kind](kind, section, index, shapes)
            shapes[index] = layer.shape
            self.layers.append(layer)

    def read_weights(self, path, dtype=torch.float64):
        """Fill every layer's values. The file must end exactly where the last layer does."""
        with open(path, 'rb') as file:
            data = file.read()
        header, transposed = read_header(data)
        numbers = numpy.frombuffer(data, '<f4', offset=header)
        used = 0
        for layer in self.layers:
            for name, shape in layer.blocks:
                size = int(numpy.prod(shape))
                block = numbers[used:used + size]
                used += size
                if block.size < size:
                    raise ValueError('%s ends within layer %d' % (path, layer.index))
                layer.values[name] = torch.from_numpy(stored(layer, name, shape, block, transposed)).to(dtype)
        if used != numbers.size:
            raise ValueError('%s has %d numbers too many' % (path, numbers.size - used))

    def convert(self, dtype):
        for layer in self.layers:
            layer.values = {name: value.to(dtype) for name, value in layer.values.items()}

    def forward(self, x):
        """x: [N][K][H][W] of the weights' type. Returns the Trace."""
        trace = Trace([], [])
        for layer in self.layers:
            self.step(layer, x, trace)
        return trace

    def step(self, layer, x, trace):
        """Run one layer, all of whose sources stand in the trace, and append its outputs."""
        inputs = [x if source == NO_LAYER else trace.post[source] for source in layer.sources]
        trace.pre.append(layer.pre(*inputs))
        trace.post.append(ACTIVATIONS[layer.activation](trace.pre[-1]))


def read_header(data):
    """Length of the header in bytes, and whether the matrices are stored transposed."""
    major, minor, _revision = numpy.frombuffer(data, '<i4', count=3)
    wide_seen = major * 10 + minor >= 2 and major < 1000 and minor < 1000
    return (20 if wide_seen else 16), (major > 1000 or minor > 1000)


def stored(layer, name, shape, block, transposed):
    """Undo the two ways in which a matrix can lie transposed in a weights file."""
    matrix_transposed = name == 'weights' and (transposed if isinstance(layer, Connected) else layer.flipped)
    if matrix_transposed:
        rows = shape[0]
        return block.reshape(-1, rows).T.copy().reshape(shape)
    return block.reshape(shape).copy()


def load(cfg, weights, dtype=torch.float64):
    """Read a network with its weights from two files."""
    with open(cfg, encoding='utf-8', errors='surrogateescape') as file:
        net = Network(file.read())
    net.read_weights(weights, dtype)
    return net
