"""Two small networks with one trait each, and real images in the shape a network takes."""
import io
import os
import tarfile

from PIL import Image

# %d: the classes. With biases far below zero layer 1 never fires.
DEAD_MIDDLE = """[net]
channels=3
height=16
width=14

[convolutional]
filters=6
size=3
pad=1
activation=tanh

[convolutional]
filters=6
size=3
pad=1
activation=relu

[convolutional]
filters=7
size=3
pad=1
activation=tanh

[convolutional]
filters=%d
size=1
activation=linear

[avgpool]

[softmax]
"""
DEAD_LAYER = 1

# Two residual blocks; the second shortcut joins maps of different sizes and channels.
TWO_BLOCKS = """[net]
channels=3
height=16
width=14

[convolutional]
filters=8
size=3
pad=1
activation=elu

[convolutional]
filters=5
size=1
activation=elu

[convolutional]
filters=8
size=3
pad=1
activation=linear

[shortcut]
from=-3
activation=elu

[convolutional]
filters=10
size=3
stride=2
pad=1
activation=elu

[convolutional]
filters=10
size=3
pad=1
activation=linear

[shortcut]
from=-3
activation=elu

[avgpool]

[connected]
output=%d
activation=linear

[softmax]
"""
BLOCK_OUTPUTS = [0, 3, 6]
INNER_LAYERS = [1, 2, 4, 5]


def write_tiny_imagenet(tar_path, folder, classes, per_class, side):
    """Class folders of PNGs of the network's size, made of training images in the tar."""
    with tarfile.open(tar_path) as tar:
        members = sorted((member for member in tar.getmembers() if '/train/' in member.name
                          and member.name.endswith('.JPEG')), key=lambda member: member.name)
        wnids = sorted({member.name.split('/')[2] for member in members})[::200 // classes][:classes]
        for wnid in wnids:
            os.makedirs(os.path.join(folder, wnid))
            for member in [member for member in members if '/%s/' % wnid in member.name][:per_class]:
                with Image.open(io.BytesIO(tar.extractfile(member).read())) as image:
                    name = os.path.basename(member.name).replace('.JPEG', '.png')
                    image.convert('RGB').resize((side, side), Image.BICUBIC).save(
                        os.path.join(folder, wnid, name), compress_level=1)
