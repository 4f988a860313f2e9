"""Trapped Fisher energy, written from its definition in NumPy and PyTorch (engine/README.md); drawing.py has the random
numbers that decide which images, answers and patches it stands on.

    G = d log p(y|x) / dA, y ~ p(.|x)    Sigma = covariance of patches of A    M = mean of G G^T over patches
    lambda = eigenvalues of Sigma^(1/2) M Sigma^(1/2)        T = u/2 * sum of lambda beyond the r largest
"""
import math
from typing import NamedTuple

import numpy

from drawing import Random, drawn_images
from importance import class_scores, has_gradient, score_layer
from torch_setup import torch

DRAWS = 2


def drawn_answer(p, image, draw, seed):
    """A class, as likely as p says."""
    left = Random(seed, DRAWS * image + draw).uniform()
    for y, share in enumerate(p):
        left -= share
        if left < 0:
            return y
    return len(p) - 1


class Geometry(NamedTuple):
    k_h: int
    k_w: int
    u: int
    d: int
    r: int


def geometry(shape, floats=None):
    channels, height, width = shape
    places = min(height, 4), min(width, 4)
    k_h, k_w = places if floats is None else (height // places[0], width // places[1])
    r = channels // 4 if floats is None else floats // (places[0] * places[1])
    return Geometry(k_h, k_w, (height // k_h) * (width // k_w), channels * k_h * k_w, max(r, 1))


def patches_of(maps, g):
    """[N][u][D] of [N][C][H][W]."""
    n, channels, height, width = maps.shape
    rows, columns = height // g.k_h, width // g.k_w
    cut = maps[:, :, :rows * g.k_h, :columns * g.k_w].reshape(n, channels, rows, g.k_h, columns, g.k_w)
    return cut.permute(0, 2, 4, 1, 3, 5).reshape(n, g.u, g.d).numpy()


class Reservoir:
    """At most so many random patches of those that pass."""

    def __init__(self, g, seed, stream):
        self.most = 2000 if g.d > 4800 else 4800
        self.random, self.rows, self.passed = Random(seed, stream), [], 0

    def take(self, patches):
        for patch in patches:
            self.passed += 1
            if self.passed <= self.most:
                self.rows.append(patch)
            else:
                at = self.random.below(self.passed)
                if at < self.most:
                    self.rows[at] = patch


def energy(activations, gradients, g):
    """T, by the definition; patches [n][D]. With fewer patches than D the same from the singular values of their
    products."""
    if g.r >= g.d:
        return 0.
    centred = activations - activations.mean(0)
    if len(activations) < g.d:
        products = gradients @ centred.T
        found = numpy.linalg.svd(products, compute_uv=False) ** 2 / products.size
        return g.u / 2 * found[g.r:].sum()
    sigma = centred.T @ centred / len(activations)
    values, vectors = numpy.linalg.eigh(sigma)
    values = numpy.where(values > 1e-15 * values.max(), values, 0)
    root = vectors * numpy.sqrt(values) @ vectors.T
    middle = root @ (gradients.T @ gradients / len(gradients)) @ root
    found = numpy.linalg.eigvalsh((middle + middle.T) / 2)[::-1]
    return g.u / 2 * found[g.r:].clip(0).sum()


def log_probabilities(net, trace):
    """[N][classes]: of a network with one output y before its activation log(1 - p) and log p, p = 1 / (1 + exp(-y))."""
    last, score_tap = score_layer(net)
    outputs = getattr(trace, score_tap)[last].flatten(1)
    scores = class_scores(outputs, score_tap)
    if scores.shape[1] != outputs.shape[1]:
        scores = torch.cat([torch.zeros_like(outputs), outputs], 1)
    return torch.log_softmax(scores, 1)


def measure(net, pixels, layers, seed=0, floats=None, batch=8):
    """{layer: T} over all images [N][K][H][W], of which up to 300 are drawn; in batches, as the program does it, since
    their order decides which patches stay."""
    shapes = {layer: net.layers[layer].shape for layer in layers if has_gradient(net, layer, 'post')}
    forms = {layer: geometry(shape, floats) for layer, shape in shapes.items()}
    kept = {layer: [Reservoir(g, seed, 2 ** 48 + 2 * layer + i) for i in range(2)] for layer, g in forms.items()}
    images = drawn_images(len(pixels), seed)
    for start in range(0, len(images), batch):
        numbers = images[start:start + batch]
        trace = net.forward(torch.from_numpy(pixels[numbers]).double().requires_grad_())
        logs = log_probabilities(net, trace)
        taps = [trace.post[layer] for layer in forms]
        for draw in range(DRAWS):
            drawn = [drawn_answer(p, image, draw, seed) for p, image in zip(logs.detach().exp().tolist(), numbers)]
            found = torch.autograd.grad(logs[range(len(drawn)), drawn].sum(), taps, retain_graph=True)
            for (layer, g), a, gradient in zip(forms.items(), taps, found):
                if draw == 0:
                    kept[layer][0].take(patches_of(a.detach(), g).reshape(-1, g.d))
                kept[layer][1].take(patches_of(gradient, g).reshape(-1, g.d))
    return {layer: energy(*(numpy.array(r.rows) for r in kept[layer]), g) for layer, g in forms.items()}


def shown(nats):
    return -math.log10(nats + 1e-9)
