#!/usr/bin/python3
"""Train one of the two demo networks on class folders of one's own, and write it for Darknet.

    train_images.py vgg16|resnet50 TRAIN TEST -o NAME [--epochs N] [--seed N] [--threads N] [--mirror]

TRAIN and TEST hold a folder for each class, with pictures of one size, all grey or all in colour; the outputs are the
folders in the order of their names. Writes NAME.cfg, NAME.weights (last of all) and NAME.log. Each epoch is kept in
NAME.checkpoint: the same command goes on there after a kill. Training shifts the pictures, and mirrors half of them
with --mirror. Needs Debian's python3-torch and python3-pil.
"""
import argparse
import os
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from darknet_weights import write_weights
from evaluate import logits
from networks import ResNet50, VGG16
from training import Log, train
from write_cfg import render, resnet50, vgg16

SHIFT = 16  # a picture moves by up to its side / SHIFT


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=("vgg16", "resnet50"))
    parser.add_argument("train", type=pathlib.Path)
    parser.add_argument("test", type=pathlib.Path)
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True, metavar="NAME")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--mirror", action="store_true")
    return parser.parse_args()


def read_folders(folder):
    """(uint8 [N][planes][side][side], labels [N], the classes' names)."""
    classes = sorted(path.name for path in folder.iterdir() if path.is_dir())
    files = [(path, k) for k, name in enumerate(classes) for path in sorted((folder / name).iterdir())]
    images = np.stack([np.array(Image.open(path)) for path, _ in files])
    images = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
    return torch.from_numpy(np.ascontiguousarray(images)), torch.tensor([k for _, k in files]), classes


def varied(images, mirror, generator):
    """uint8 [N][planes][side][side] -> floats from 0 to 1, each shifted, some mirrored."""
    images = images.float() / 255
    if mirror:
        turned = torch.rand(len(images), generator=generator) < 0.5
        images = torch.where(turned.view(-1, 1, 1, 1), images.flip(3), images)
    side = images.shape[3]
    most = side // SHIFT
    padded = F.pad(images, (most,) * 4, mode="replicate")
    corners = torch.randint(0, 2 * most + 1, (len(images), 2), generator=generator).tolist()
    return torch.stack([image[:, y:y + side, x:x + side] for image, (y, x) in zip(padded, corners)])


def make_network(name, planes, side, classes):
    """(the network, its cfg's text)."""
    if name == "vgg16":
        net = VGG16(classes, planes, side)
        parts = vgg16(side, planes, widen=1, norm=False, hidden=256, classes=classes)
    else:
        net = ResNet50(classes, planes)
        parts = resnet50(side, planes, widen=1, norm=False, stem_size=3, stem_stride=1, classes=classes)
    return net.to(memory_format=torch.channels_last), render([f"{name} at a quarter of the width."], parts)


def report(net, images, labels, classes, log):
    found = torch.cat([logits(net, part.float() / 255) for part in images.split(500)]).argmax(1)
    right = (found == labels).double()
    log(f"test: accuracy {right.mean().item():.4f} on {len(labels)} images; largest class "
        f"{labels.bincount(minlength=len(classes)).max().item() / len(labels):.4f}")
    log("  by class: " + "  ".join(f"{name} {right[labels == k].mean().item():.3f}" for k, name in enumerate(classes)))


def main():
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    (images, labels, classes), (others, truth, names) = read_folders(arguments.train), read_folders(arguments.test)
    if classes != names:
        raise SystemExit(f"train_images: {arguments.test} has other classes than {arguments.train}")
    file = {kind: arguments.output.with_name(f"{arguments.output.name}.{kind}") for kind in
            ("cfg", "weights", "log", "checkpoint", "weights.new")}
    log = Log(file["log"], go_on=file["checkpoint"].exists())
    log(f"{arguments.network}: {len(images)} images of {len(classes)} classes, {tuple(images.shape[1:])}; "
        f"PyTorch {torch.__version__}, seed {arguments.seed}")
    torch.manual_seed(arguments.seed)
    net, cfg = make_network(arguments.network, images.shape[1], images.shape[3], len(classes))
    train(net, lambda pick, generator: varied(images[pick], arguments.mirror, generator), labels, arguments.epochs,
          arguments.seed, log, file["checkpoint"])
    report(net, others, truth, classes, log)
    file["cfg"].write_text(cfg, encoding="ascii")
    write_weights(file["weights.new"], net, fold=True)
    os.replace(file["weights.new"], file["weights"])


if __name__ == "__main__":
    main()
