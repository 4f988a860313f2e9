"""torchvision's architectures with random weights, exported as ONNX, and what PyTorch itself says of them."""
import os
import warnings

import numpy
from PIL import Image

from importance import importance
from torch_setup import torch

BATCH, BATCH_LARGE = 16, 2  # images at once; VGG16's maps of 16 in double precision are 11 GB

# name: (side of the images, where the exporter allows a small one; or less memory than the original)
SIDES = {
    'alexnet': 224, 'vgg11_bn': 224, 'vgg16': 224,  # adaptive pools export only where they divide
    'resnet18': 64, 'resnet50': 64, 'resnext50_32x4d': 64, 'wide_resnet50_2': 64, 'densenet121': 64, 'squeezenet1_1': 64,
    'mobilenet_v2': 64, 'mobilenet_v3_small': 64, 'mnasnet1_0': 64, 'efficientnet_b0': 64, 'regnet_y_400mf': 64,
}


def build(name, classes, seed=1):
    """The module in evaluation mode. No two batch norms are alike, and none is the identity; nothing is computed in
    place, since hooks would see it afterwards."""
    import torchvision  # pylint: disable=import-outside-toplevel
    torch.manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        model = getattr(torchvision.models, name)(weights=None, num_classes=classes).eval()
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if hasattr(module, 'inplace'):
            module.inplace = False
        if isinstance(module, torch.nn.BatchNorm2d):
            module.weight.data.uniform_(.7, 1.3, generator=generator)
            module.bias.data.uniform_(.6, 1.4, generator=generator)
            module.running_mean.uniform_(-.2, .2, generator=generator)
            module.running_var.uniform_(.5, 1.5, generator=generator)
    settle(model, SIDES.get(name, 64), generator)
    return model


def settle(model, side, generator):
    """Gives batch norms statistics near those of images, or signals of a deep random network vanish or explode; what is
    random about them stays."""
    pixels = torch.rand(4, 3, side, side, generator=generator)
    hooks = []

    def fit(module, inputs):
        x = inputs[0]
        module.running_mean.copy_(x.mean((0, 2, 3)) + module.running_mean * x.std((0, 2, 3)))
        module.running_var.mul_(x.var((0, 2, 3)) + 1e-3)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            hooks.append(module.register_forward_pre_hook(fit))
    with torch.no_grad():
        model(pixels)
    for hook in hooks:
        hook.remove()


def export(model, side, path, **options):
    options.setdefault('opset_version', 13)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        torch.onnx.export(model, torch.zeros(1, 3, side, side), path, **options)


def write_images(folder, side, classes, per_class, seed=0):
    """Class folders of noise whose blocks are of several sizes, as PNGs of the network's size."""
    rng = numpy.random.default_rng(seed)
    for label in range(classes):
        os.makedirs('%s/c%03d' % (folder, label))
        for number in range(per_class):
            block = 2 ** int(rng.integers(0, 5))
            coarse = rng.integers(0, 256, ((side + block - 1) // block,) * 2 + (3,), dtype=numpy.uint8)
            pixels = coarse.repeat(block, 0).repeat(block, 1)[:side, :side]
            Image.fromarray(pixels).save('%s/c%03d/%02d.png' % (folder, label, number))


def hooked(model, outputs):
    """Every module's output that is a map goes into `outputs` as (name, tensor), in the order of computing. What reads it
    gets a copy: densenet's own code computes a ReLU in place of it. That one's map is kept as well."""
    def keep(name):
        def hook(_module, _inputs, output):
            if isinstance(output, torch.Tensor) and output.dim() == 4 and output.requires_grad:
                copy = output.clone()
                outputs.extend([(name, output), (name + ' in place', copy)])
                return copy
            return None
        return hook
    return [module.register_forward_hook(keep(name)) for name, module in model.named_modules() if name]


def kept(outputs):
    """Without copies in whose place nothing was computed."""
    return [(name, a) for name, a in outputs if not name.endswith(' in place') or a._version]  # pylint: disable=protected-access


def measure(model, pixels, labels):
    """logits [N][classes]; names of the maps; I of each [N][maps]; all in the model's type."""
    dtype = next(model.parameters()).dtype
    logits, rows, names = [], [], []
    batch = BATCH if pixels.shape[-1] <= 64 else BATCH_LARGE
    for start in range(0, len(pixels), batch):
        outputs = []
        hooks = hooked(model, outputs)
        x = torch.from_numpy(pixels[start:start + batch]).to(dtype).requires_grad_()
        scores = model(x)
        for hook in hooks:
            hook.remove()
        outputs = kept(outputs)
        y = torch.from_numpy(labels[start:start + batch])
        chosen = scores.gather(1, y[:, None]).sum()
        gradients = torch.autograd.grad(chosen, [a for _, a in outputs], allow_unused=True)
        rows.append(torch.stack([importance(a.detach(), g) if g is not None else torch.full((len(y),), numpy.nan, dtype=dtype)
                                 for (_, a), g in zip(outputs, gradients)], 1).numpy())
        logits.append(scores.detach().numpy())
        names = [name for name, _ in outputs]
    return numpy.concatenate(logits), names, numpy.concatenate(rows)
