#!/usr/bin/python3
"""Write the four cfg files: the two demo networks, and torchvision's VGG16 and ResNet-50 at full size.

    write_cfg.py [FOLDER]        FOLDER is ../cfg by default

Stock Darknet computes a 1x1 convolution with stride > 1 wrongly. A projection shortcut with stride 2 is therefore
written as a max-pool of size 1 and stride 2, which only picks every second pixel, and a 1x1 convolution of stride 1.
"""
import pathlib
import sys

from networks import EXPANSION, RESNET50_STAGES, VGG16_STAGES


def section(kind, **keys):
    return "\n".join([f"[{kind}]", *(f"{key}={value}" for key, value in keys.items())]) + "\n"


def comment(text):
    return f"# {text}\n"


def convolution(filters, size, stride=1, norm=True, activation="relu"):
    keys = {"batch_normalize": 1} if norm else {}
    return section("convolutional", **keys, filters=filters, size=size, stride=stride, pad=1, activation=activation)


def connected(output, activation="linear"):
    return section("connected", output=output, activation=activation)


def net(side, channels):
    return section("net", batch=1, subdivisions=1, height=side, width=side, channels=channels)


def vgg16(side, channels, widen, norm, hidden, classes):
    parts = [net(side, channels)]
    for number, (filters, convolutions) in enumerate(VGG16_STAGES, 1):
        parts.append(comment(f"block{number}"))
        parts += [convolution(filters * widen, 3, norm=norm)] * convolutions
        parts.append(section("maxpool", size=2, stride=2))
    parts.append(comment("classifier"))
    parts += [connected(hidden, "relu"), section("dropout", probability=".5")] * 2
    return parts + [connected(classes), section("softmax", groups=1)]


def resnet50(side, channels, widen, norm, stem_size, stem_stride, classes):
    stem = RESNET50_STAGES[0][0] * widen
    parts = [net(side, channels), comment("stem"), convolution(stem, stem_size, stem_stride, norm),
             section("maxpool", size=3, stride=2)]
    for number, (width, blocks) in enumerate(RESNET50_STAGES, 1):
        for i in range(blocks):
            stride = 2 if number > 1 and i == 0 else 1
            parts.append(comment(f"layer{number}_block{i + 1}"))
            parts += bottleneck(width * widen, stride, norm, project=i == 0)
    return parts + [comment("classifier"), section("avgpool"), connected(classes), section("softmax", groups=1)]


def bottleneck(width, stride, norm, project):
    main = [convolution(width, 1, norm=norm), convolution(width, 3, stride, norm),
            convolution(width * EXPANSION, 1, norm=norm, activation="linear")]
    if not project:
        return [*main, section("shortcut", **{"from": -4}, activation="relu")]
    pick = [section("maxpool", size=1, stride=stride, padding=0)] if stride > 1 else []
    shortcut = [comment("projection of the block's input"), section("route", layers=-4), *pick,
                convolution(width * EXPANSION, 1, norm=norm, activation="linear")]
    back = -(2 + len(pick)) - 1
    return [*main, *shortcut, section("shortcut", **{"from": back}, activation="relu")]


def render(header, parts):
    """The cfg's text: header comment, then the parts with an empty line before each but after a comment."""
    text = "".join(comment(line) for line in header)
    after_comment = False
    for part in parts:
        text += part if after_comment else "\n" + part
        after_comment = part.startswith("#")
    return text


CFGS = {
    "letters-vgg16.cfg": render(
        ["VGG16 at a quarter of the width for 32x32 grey letters A-J.",
         "Batch norm is folded into the convolutions. Weights and how they were made: ../weights"],
        vgg16(32, 1, widen=1, norm=False, hidden=256, classes=10)),
    "letters-resnet50.cfg": render(
        ["ResNet-50 (v1.5) at a quarter of the width for 32x32 grey letters A-J.",
         "Batch norm is folded into the convolutions. Weights and how they were made: ../weights"],
        resnet50(32, 1, widen=1, norm=False, stem_size=3, stem_stride=1, classes=10)),
    "vgg16.cfg": render(
        ["VGG16 as torchvision has it. Input: RGB, (value / 255 - mean) / std as in training.",
         "A trained one, with a cfg of its own: isplit import."],
        vgg16(224, 3, widen=4, norm=False, hidden=4096, classes=1000)),
    "resnet50.cfg": render(
        ["ResNet-50 as torchvision has it (v1.5: the stride is in the 3x3 convolution).",
         "Input: RGB, (value / 255 - mean) / std as in training.",
         "A trained one, with a cfg of its own: isplit import."],
        resnet50(224, 3, widen=4, norm=True, stem_size=7, stem_stride=2, classes=1000)),
}


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "../cfg")
    for name, text in CFGS.items():
        (folder / name).write_text(text, encoding="ascii")


if __name__ == "__main__":
    main()
