"""Accuracy, agreement with stock Darknet, and notMNIST's files."""
import gzip
import pathlib
import tempfile

import numpy as np
import torch
import torch.nn.functional as F

from render import LETTERS, SIZE
from stock_darknet import StockDarknet

AGREEMENT_SAMPLES = 400


def as_input(images):
    """uint8 [..][H][W] -> float tensor [N][1][H][W] in 0..1."""
    return torch.tensor(images).reshape(-1, 1, *images.shape[-2:]).float() / 255


def logits(net, inputs, batch=500):
    net.eval()
    with torch.no_grad():
        return torch.cat([net(part) for part in inputs.split(batch)])


def accuracies(net, inputs, labels):
    """The accuracy over everything and class by class."""
    right = (logits(net, inputs).argmax(1) == labels).double()
    return right.mean().item(), [right[labels == c].mean().item() for c in range(len(LETTERS))]


def read_notmnist(folder):
    """notMNIST's t10k IDX files: (inputs resized to 32x32 with the triangle filter, labels)."""
    folder = pathlib.Path(folder)
    images = _read_idx(folder / "t10k-images-idx3-ubyte.gz")
    labels = _read_idx(folder / "t10k-labels-idx1-ubyte.gz")
    inputs = F.interpolate(as_input(images), (SIZE, SIZE), mode="bilinear", align_corners=False)
    return inputs, torch.from_numpy(labels.astype(np.int64))


def _read_idx(path):
    with gzip.open(path) as file:
        data = file.read()
    sides = np.frombuffer(data, ">i4", count=data[3], offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(sides)


def stock_difference(net, inputs, cfg, weights):
    """The largest differences from stock Darknet over some of the inputs: (logits, probabilities)."""
    inputs = inputs[:: max(1, len(inputs) // AGREEMENT_SAMPLES)]
    ours = logits(net, inputs)
    outputs = ours.shape[1]
    stock = StockDarknet(cfg, weights, outputs).predict(inputs.numpy())
    with tempfile.TemporaryDirectory() as folder:
        headless = pathlib.Path(folder, "logits.cfg")
        headless.write_text(pathlib.Path(cfg).read_text(encoding="ascii").split("[softmax]")[0], encoding="ascii")
        stock_logits = StockDarknet(headless, weights, outputs).predict(inputs.numpy())
    return (np.abs(stock_logits - ours.numpy()).max(), np.abs(stock - ours.softmax(1).numpy()).max())
