"""A network for Darknet as a user makes one: torch.onnx.export, then isplit import."""
import copy
import pathlib
import subprocess
import tempfile

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def rounded(net):
    """A copy in evaluation mode with batch norm folded into the convolutions, and numbers that half floats hold: they
    take half the room in an archive."""
    net = copy.deepcopy(net).eval()
    for part in [module for module in net.modules() if isinstance(module, nn.Sequential)]:
        for i in range(1, len(part)):
            if isinstance(part[i - 1], nn.Conv2d) and isinstance(part[i], nn.BatchNorm2d):
                part[i - 1], part[i] = fuse_conv_bn_eval(part[i - 1], part[i]), nn.Identity()
    with torch.no_grad():
        for numbers in net.parameters():
            numbers.copy_(numbers.half().float())
    return net.to(memory_format=torch.contiguous_format)


def write_network(program, cfg, weights, net, planes=1, side=32):
    """Export `net`, import it with PROGRAM, and put the two files in their places."""
    with tempfile.TemporaryDirectory() as folder:
        model = pathlib.Path(folder, cfg.stem + ".onnx")
        torch.onnx.export(net, torch.zeros(1, planes, side, side), model, opset_version=13)
        subprocess.run([program, "import", model.name], cwd=folder, check=True)
        cfg.write_bytes(model.with_suffix(".cfg").read_bytes())
        weights.write_bytes(model.with_suffix(".weights").read_bytes())
