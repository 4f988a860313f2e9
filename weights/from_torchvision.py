#!/usr/bin/python3
"""Convert a torchvision vgg16 or resnet50 state_dict (.pth) to the .weights of cfg/vgg16.cfg or cfg/resnet50.cfg.

    from_torchvision.py vgg16|resnet50 MODEL.pth MODEL.weights [--classes N] [--check CFG]

With another number of classes than 1000, change `output` in the cfg's last [connected] too. --check runs both
PyTorch and the stock Darknet library on random images of the cfg's size and prints how far they are apart.
"""
import argparse
import re

import torch
import torchvision

from darknet_weights import write_weights
from evaluate import stock_difference

CHECK_IMAGES = 2


def load_model(architecture, path, classes):
    """The torchvision model in inference mode with the file's parameters."""
    state = torch.load(path, map_location="cpu")
    state = state.get("state_dict", state)
    state = {key.removeprefix("module."): value for key, value in state.items()}
    model = getattr(torchvision.models, architecture)(weights=None, num_classes=classes)
    model.load_state_dict(state)
    return model.eval()


def random_images(cfg):
    """Random images of the size that the cfg's [net] section states."""
    with open(cfg, encoding="utf-8") as file:
        keys = dict(re.findall(r"^(channels|height|width)\s*=\s*(\d+)", file.read(), re.MULTILINE))
    return torch.rand(CHECK_IMAGES, int(keys["channels"]), int(keys["height"]), int(keys["width"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("architecture", choices=["vgg16", "resnet50"])
    parser.add_argument("model", metavar="MODEL.pth")
    parser.add_argument("weights", metavar="MODEL.weights")
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--check", metavar="CFG", help="compare with stock Darknet")
    arguments = parser.parse_args()
    model = load_model(arguments.architecture, arguments.model, arguments.classes)
    write_weights(arguments.weights, model)
    if arguments.check:
        difference = stock_difference(model, random_images(arguments.check), arguments.check, arguments.weights)
        print("largest difference from stock Darknet: logits {:.1e}, probabilities {:.1e}".format(*difference))


if __name__ == "__main__":
    main()
