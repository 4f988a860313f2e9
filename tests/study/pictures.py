"""The public data sets as class folders of PNG files of one size, the same for the training of the networks and for
isplit: WORK/data/NAME/{train,test}/CLASS/NUMBER.png. Equal pictures stay once."""
import gzip
import hashlib
import io
import random
import re
import shutil
import tarfile

import numpy as np
from PIL import Image

LETTERS = 'ABCDEFGHIJ'
NOTMNIST_SIDE = 32    # that of the shipped networks
NOTMNIST_TEST = 0.2
TINY_CLASSES = (
    'n01742172 n01770393 n01882714 n01983481 n02125311 n02190166 n02279972 n02281406 n02669723 n02699494 n02837789 '
    'n02909870 n03201208 n03444034 n03804744 n03814639 n03838899 n03937543 n04146614 n04149813 n04275548 n04311004 '
    'n04376876 n04532670 n07579787 n07614500 n07615774 n07711569 n07715103 n07734744').split()


def files_of(folder, *names):
    """(path, bytes) of all files in the first that is there of the folders folder/NAME and folder/NAME.tar."""
    for name in names:
        if (folder / name).is_dir():
            for path in sorted(path for path in (folder / name).rglob('*') if path.is_file()):
                yield path.relative_to(folder).as_posix(), path.read_bytes()
            return
        if (folder / f'{name}.tar').exists():
            with tarfile.open(folder / f'{name}.tar') as tar:
                yield from ((member.name, tar.extractfile(member).read()) for member in tar if member.isfile())
            return
    raise SystemExit(f'study: {folder} holds no {" or ".join(names)} (STUDY_DATA names the folder; tests/study/README.md tells where '
                     'the data come from)')


def fitted(data, mode, side):
    """A picture of side x side, resized with the triangle filter where it has another size."""
    image = Image.open(io.BytesIO(data)).convert(mode)
    return image if image.size == (side, side) else image.resize((side, side), Image.BILINEAR)


def notmnist(folder, _side):
    """The 10,000 pictures of the small set, a fifth of them for tests."""
    arrays = {}
    for path, data in files_of(folder, 'notmnist'):
        kind = re.search(r't10k-(images|labels)-idx\d-ubyte\.gz$', path)
        if kind:
            arrays[kind[1]] = gzip.decompress(data)
    images = np.frombuffer(arrays['images'], np.uint8, offset=16).reshape(-1, 28, 28)
    labels = np.frombuffer(arrays['labels'], np.uint8, offset=8)
    chance = random.Random(0)
    for image, label in zip(images, labels):
        part = 'test' if chance.random() < NOTMNIST_TEST else 'train'
        yield part, LETTERS[label], Image.fromarray(image).resize((NOTMNIST_SIDE,) * 2, Image.BILINEAR)


def tiny_imagenet(folder, side):
    """Thirty of its classes; what it calls val is for tests."""
    kept, labels = {}, {}
    for path, data in files_of(folder, 'tiny-imagenet-30', 'tiny-imagenet-200'):
        if path.endswith('val/val_annotations.txt'):
            labels = dict(line.split('\t')[:2] for line in data.decode().splitlines())
        elif '/val/images/' in path:
            kept[path.rsplit('/', 1)[1]] = data
        elif '/train/' in path and path.endswith('.JPEG') and (name := path.rsplit('/', 1)[1].split('_')[0]) in TINY_CLASSES:
            yield 'train', name, fitted(data, 'RGB', side)
    for file, data in sorted(kept.items()):
        if labels.get(file) in TINY_CLASSES:
            yield 'test', labels[file], fitted(data, 'RGB', side)


def chest_xray(folder, side):
    """Both its classes, as unbalanced as they are."""
    for path, data in files_of(folder, 'chest-xray-64'):
        match = re.search(r'(train|test)/(NORMAL|PNEUMONIA)/[^./][^/]*\.jpe?g$', path)
        if match:
            yield match[1], match[2], fitted(data, 'L', side)


SOURCES = {'notmnist': notmnist, 'tiny-imagenet-30': tiny_imagenet, 'chest-xray': chest_xray}
MIRRORED = ('tiny-imagenet-30',)  # where a mirrored picture is as good a one


def distinct(pictures):
    """Each content once; a test picture that is one of training too is left out of the training."""
    pictures = sorted(pictures, key=lambda picture: picture[0])  # test before train
    seen = set()
    for part, name, image in pictures:
        content = hashlib.sha256(image.tobytes()).digest()
        if content not in seen:
            seen.add(content)
            yield part, name, image


def thinned(pictures, most):
    """At most most[part] pictures of each part, drawn at random; 0: all."""
    pictures = list(pictures)
    random.Random(1).shuffle(pictures)
    left = {part: number or len(pictures) for part, number in most.items()}
    for part, name, image in pictures:
        left[part] -= 1
        if left[part] >= 0:
            yield part, name, image


def prepare(name, place, settings):
    """Writes the folders of data set `name`, unless they are there."""
    folder = place.work / 'data' / name
    if (folder / 'done').exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    most = {'train': settings.train, 'test': settings.validation}
    pictures = thinned(distinct(SOURCES[name](place.data, settings.side)), most)
    for number, (part, label, image) in enumerate(pictures):
        (folder / part / label).mkdir(parents=True, exist_ok=True)
        image.save(folder / part / label / f'{number:05d}.png')
    classes = sorted(path.name for path in (folder / 'train').iterdir())
    (folder / 'labels').write_text('\n'.join(classes) + '\n', encoding='ascii')
    (folder / 'done').write_text('', encoding='ascii')
    return folder
