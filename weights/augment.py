"""Training images: random variations of the masters, so that the networks also read other people's letters."""
import torch
import torch.nn.functional as F

from render import SIZE

NOTMNIST_SIZE = 28
PLAIN = 0.2         # share of images that are not moved
THICKER, THINNER, OUTLINED = 0.12, 0.08, 0.06
COARSE = 0.4        # share that goes through notMNIST's 28x28


def augment(masters, generator):
    """float masters [N][1][64][64] in 0..1 -> images [N][1][32][32]."""
    images = F.avg_pool2d(_move(_restroke(masters, generator), generator), 2)
    small = F.interpolate(images, (NOTMNIST_SIZE,) * 2, mode="bilinear", align_corners=False, antialias=True)
    coarse = F.interpolate(small, (SIZE,) * 2, mode="bilinear", align_corners=False)
    return _where(COARSE, coarse, images, generator)


def _restroke(masters, generator):
    """Some letters bolder, some thinner, some as outlines."""
    bold = F.max_pool2d(masters, 5, 1, 2)
    thin = -F.max_pool2d(-masters, 3, 1, 1)
    outline = bold - thin
    masters = _where(THICKER, bold, masters, generator)
    masters = _where(THINNER, thin, masters, generator)
    return _where(OUTLINED, outline, masters, generator)


def _move(masters, generator):
    """Random rotation, slant, scale and shift."""
    count = len(masters)

    def uniform(low, high):
        return low + (high - low) * torch.rand(count, generator=generator)

    angle, slant = uniform(-0.18, 0.18), uniform(-0.25, 0.25)
    width, height = uniform(0.85, 1.15), uniform(0.9, 1.15)
    shift_x, shift_y = uniform(-0.12, 0.12), uniform(-0.12, 0.12)
    cos, sin = torch.cos(angle), torch.sin(angle)
    moved = torch.stack([
        torch.stack([cos * width, (slant * cos - sin) * height, shift_x], 1),
        torch.stack([sin * width, (slant * sin + cos) * height, shift_y], 1)], 1)
    still = torch.eye(2, 3).expand(count, 2, 3)
    theta = _where(PLAIN, still, moved, generator)
    grid = F.affine_grid(theta, masters.shape, align_corners=False)
    return F.grid_sample(masters, grid, align_corners=False)


def _where(share, chosen, other, generator):
    """Each row from `chosen` with probability `share`, else from `other`."""
    pick = torch.rand(len(other), generator=generator) < share
    return torch.where(pick.view(-1, *[1] * (other.dim() - 1)), chosen, other)
