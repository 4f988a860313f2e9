"""The definitions of the importance of a layer and of the cuts, applied to the PyTorch reading.

    A       [N][K][H][W]  a layer's output, after (tap post) or before (tap pre) its activation
    s       [N]           one score an image: the labelled class (truth) or the class that wins (top), before softmax
    G       d s / d A     network in inference mode
    alpha_k = mean_ij G_kij                          (Selvaraju et al. 2017, equation 1)
    I       = mean_ij relu( mean_k alpha_k A_kij )   or the sum over k
"""
from typing import NamedTuple

import numpy

from torch_setup import torch

CLASSIFIER_KINDS = ('connected', 'conn', 'avgpool', 'avg')
UNLISTED_KINDS = ('dropout', 'softmax', 'soft', 'cost')
BATCH = 16


class Measured(NamedTuple):
    """One batch: logits [N][classes]; per layer A and G, None where there is no gradient of its own."""
    logits: torch.Tensor
    activations: list
    gradients: list


class Result(NamedTuple):
    """All images: rows [N][layers] (NaN: no own gradient), the winning class and the score of each."""
    rows: numpy.ndarray
    top: numpy.ndarray
    score: numpy.ndarray


def score_layer(net):
    """(layer, tap) of the tensor with the scores: the softmax's input, else the last output before its activation."""
    softmaxes = [layer for layer in net.layers if layer.kind in ('softmax', 'soft')]
    if softmaxes:
        return softmaxes[-1].sources[0], 'post'
    return max(layer.index for layer in net.layers if layer.kind != 'cost'), 'pre'


def has_gradient(net, index, tap):
    """Whether the layer's tapped output comes before the scores, or is them."""
    last, score_tap = score_layer(net)
    behind = score_tap == 'pre' and tap == 'post' and net.layers[last].activation != 'linear'
    return index < last or (index == last and not behind)


def chosen_scores(logits, labels, score):
    """[N]: of each image the score whose gradient is taken."""
    index = logits.argmax(1) if score == 'top' else labels
    return logits.gather(1, index[:, None])[:, 0]


def class_scores(outputs, tap):
    """[N][classes]: the scores. One output y before its activation tells two classes: -y is class 0, +y class 1."""
    return torch.cat([-outputs, outputs], 1) if tap == 'pre' and outputs.shape[1] == 1 else outputs


def differentiate(net, x, labels, score='truth', tap='post', objective=chosen_scores):
    """One forward and one backward pass over a batch."""
    trace = net.forward(x.requires_grad_())
    last, score_tap = score_layer(net)
    logits = class_scores(getattr(trace, score_tap)[last].flatten(1), score_tap)
    outputs = getattr(trace, tap)
    taps = [outputs[i] for i in range(len(outputs)) if has_gradient(net, i, tap)]
    found = torch.autograd.grad(objective(logits, labels, score).sum(), taps, allow_unused=True)
    gradients = [torch.zeros_like(a) if g is None else g for a, g in zip(taps, found)]
    missing = [None] * (len(outputs) - len(taps))
    return Measured(logits.detach(), [a.detach() for a in taps] + missing, gradients + missing)


def importance(activation, gradient, reduce='mean'):
    """[N]: I of one layer."""
    alpha = gradient.mean((2, 3), keepdim=True)
    weighted = alpha * activation
    joined = weighted.sum(1) if reduce == 'sum' else weighted.mean(1)
    return torch.relu(joined).mean((1, 2))


def rows_of(measured, reduce='mean', formula=importance):
    """[N][layers]: I of every layer, NaN where there is none."""
    empty = torch.full((len(measured.logits),), numpy.nan, dtype=measured.logits.dtype)
    columns = [empty if g is None else formula(a, g, reduce)
               for a, g in zip(measured.activations, measured.gradients)]
    return torch.stack(columns, 1).numpy()


def measure(net, images, labels, score='truth', reduce='mean', tap='post', batch=BATCH, **variant):
    """The Result for images [N][K][H][W] (numpy) with labels [N].

    variant: `objective` or `formula` in place of the right ones, to see what a wrong definition would give.
    """
    formula = variant.pop('formula', importance)
    dtype = next(value.dtype for layer in net.layers for value in layer.values.values())
    parts = []
    for start in range(0, len(images), batch):
        x = torch.from_numpy(images[start:start + batch]).to(dtype)
        y = torch.from_numpy(labels[start:start + batch])
        measured = differentiate(net, x, y, score, tap, **variant)
        chosen = chosen_scores(measured.logits, y, score)
        parts.append((rows_of(measured, reduce, formula), measured.logits.argmax(1).numpy(), chosen.numpy()))
    return Result(*(numpy.concatenate(column) for column in zip(*parts)))


def crossing(net, cut):
    """The layers 0..cut whose outputs are read behind the cut."""
    return {source for layer in net.layers[cut + 1:] for source in layer.sources if 0 <= source <= cut}


def listed_layers(net, which):
    """Indices of the layers which `--layers all|clean|features` lists."""
    if which == 'all':
        return [layer.index for layer in net.layers]
    weighted = [layer.index for layer in net.layers if layer.blocks]
    clean = [layer.index for layer in net.layers
             if crossing(net, layer.index) == {layer.index} and layer.kind not in UNLISTED_KINDS
             and not (layer.kind == 'crop' and layer.index < weighted[0])]
    if which == 'clean':
        return clean
    # One with something beside it, such as a gate's average, is no classifier yet.
    classifier = min([weighted[-1]] + [layer.index for layer in net.layers if layer.kind in CLASSIFIER_KINDS
                                       and len(crossing(net, layer.index)) <= 1])
    return [index for index in clean if index < classifier]
