#!/usr/bin/python3
"""Render the letters A-J, train the demo networks on them and write everything that is shipped.

    train_letters.py [--only NETWORK] [--notmnist FOLDER] [--epochs N] [--threads N] [--out FOLDER] [--isplit PROGRAM]

Writes into OUT (the project's folder by default):
    weights/letters-*.weights, weights/letters-*.log, tests/samples/letters/A..J/*.png, cfg/letters-mobilenet.cfg

Needs Debian's python3-torch, python3-pil, darknet, fontconfig, and the font packages of fonts.py.
"""
import argparse
import pathlib
import shutil

import numpy as np
import torch
from PIL import Image

from augment import augment
from darknet_weights import write_weights
from dataset import load_faces, split_by_design
from evaluate import accuracies, as_input, read_notmnist, stock_difference
from networks import MobileNetV2, ResNet50, VGG16
from render import LETTERS
from through_onnx import rounded, write_network
from training import Log, train

SEED = 2022
HELD_OUT_SHARE = 0.15
SAMPLE_FACES = 40
NETWORKS = {"letters-vgg16": VGG16, "letters-resnet50": ResNet50, "letters-mobilenet": MobileNetV2}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=NETWORKS, help="train this one alone")
    parser.add_argument("--notmnist", help="folder with notMNIST's t10k-*-ubyte.gz, to measure on too")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--isplit", default="isplit", help="the program that imports the MobileNet")
    return parser.parse_args()


def labels_of(data):
    """The labels of the faces' letters, one face after the other."""
    return torch.arange(len(LETTERS)).repeat(len(data.faces))


def report(net, held, samples, files, notmnist, log):
    """Log what the finished network does."""
    inputs = as_input(held.images())
    report_accuracy(net, "held-out faces", inputs, labels_of(held), log)
    report_accuracy(net, "tests/samples/letters", as_input(samples.images()), labels_of(samples), log)
    if notmnist:
        report_accuracy(net, "notMNIST (t10k)", *read_notmnist(notmnist), log)
    if isinstance(net, MobileNetV2):  # stock Darknet has no relu6
        return
    of_logits, of_probabilities = stock_difference(net, inputs, *files)
    log(f"largest difference from stock Darknet: logits {of_logits:.1e}, probabilities {of_probabilities:.1e}")


def report_accuracy(net, what, inputs, labels, log):
    mean, classes = accuracies(net, inputs, labels)
    log(f"{what}: accuracy {mean:.4f} on {len(labels)} images")
    log("  by class: " + "  ".join(f"{c} {a:.3f}" for c, a in zip(LETTERS, classes)))


def pick_samples(held):
    """SAMPLE_FACES held-out faces with names of their own, at random, as many families as possible."""
    order = np.random.default_rng(SEED).permutation(len(held.faces))
    by_family, names = {}, set()
    for i in order:
        if held.faces[i].name not in names:
            names.add(held.faces[i].name)
            by_family.setdefault(held.faces[i].family.split()[0], []).append(i)
    first = [members[0] for members in by_family.values()]
    rest = [i for members in by_family.values() for i in members[1:]]
    return held.take(sorted((first + rest)[:SAMPLE_FACES]))


def write_samples(folder, samples):
    """samples as folder/LETTER/face.png, replacing what was there."""
    shutil.rmtree(folder, ignore_errors=True)
    for k, letter in enumerate(LETTERS):
        (folder / letter).mkdir(parents=True)
        for face, images in zip(samples.faces, samples.images()):
            Image.fromarray(images[k]).save(folder / letter / f"{face.name}.png", optimize=True)


def main():
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    training, held = split_by_design(load_faces(), HELD_OUT_SHARE, SEED)
    samples = pick_samples(held)
    write_samples(arguments.out / "tests/samples/letters", samples)
    for name in [arguments.only] if arguments.only else NETWORKS:
        log = Log(arguments.out / f"weights/{name}.log")
        log(f"{name}: {len(training.faces)} faces train, {len(held.faces)} are held out; "
            f"10 letters each; PyTorch {torch.__version__}, seed {SEED}")
        torch.manual_seed(SEED)
        net = NETWORKS[name]().to(memory_format=torch.channels_last)
        masters = torch.from_numpy(training.masters).flatten(0, 1).unsqueeze(1)
        train(net, lambda pick, generator: augment(masters[pick].float() / 255, generator), labels_of(training),
              arguments.epochs, SEED, log)
        files = arguments.out / f"cfg/{name}.cfg", arguments.out / f"weights/{name}.weights"
        if isinstance(net, MobileNetV2):
            net = rounded(net)
            write_network(arguments.isplit, *files, net)
        else:
            write_weights(files[1], net, fold=True)
        report(net, held, samples, files, arguments.notmnist, log)


if __name__ == "__main__":
    main()
