#!/usr/bin/python3
"""isplit features of this tree and of another build, side by side: images a second, processor time, memory.

    tests/bench/bench_features.py BEFORE [--images N] [--rounds N] [NAME...]

BEFORE is the program of the other build (with its worker beside it), as of commit 9d9ab7f, which has none of the options
that keep this tree to the same work (WANTED); where it has them, both get the same. The two take turns, and the best
of all rounds counts (--rounds 3 where the machine is not quite idle; one takes some four minutes on two cores). Time is
that of --images less that of a tenth of them, so that loading and calibrating, which both do once, play no part; the
whole commands' ratio stands behind it. Last, this tree alone on VGG16 at 224 with random weights: 18 cuts, 64 images,
zstd. For a machine that does nothing else.
"""
import argparse
import os
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

TOP = Path(__file__).resolve().parent.parent.parent
PROGRAM = Path(os.environ.get('ISPLIT', TOP / 'isplit'))
SHARED = TOP.parent / 'shared/data'
LETTERS = TOP / 'tests/samples/letters'
WANTED = ('--dtypes', 'f32,f16,int8', '--coders', 'zstd', '--level', '3', '--no-jpeg')
LIMIT_S = 180


class Case(NamedTuple):
    title: str
    network: tuple
    data: tuple
    images: int


def cases(folder):
    """Tiny Darknet where its weights and images are; the demo network always."""
    tar, weights = SHARED / 'tiny-imagenet-30.tar', SHARED / 'tiny-darknet/tiny.weights'
    cfg, labels = Path('/usr/share/darknet/cfg/tiny.cfg'), Path('/usr/share/darknet/data/imagenet.labels.list')
    if all(path.exists() for path in (tar, weights, cfg, labels)):
        subprocess.run(['tar', 'xf', tar, '-C', folder], check=True)
        data = next(path for path in Path(folder).iterdir() if path.is_dir())
        yield Case('Tiny Darknet', (cfg, weights), ('-d', data, '--split', 'val', '--labels', labels, '--layers', 'clean'), 256)
    yield Case('letters-vgg16', (TOP / 'cfg/letters-vgg16.cfg', TOP / 'weights/letters-vgg16.weights'), ('-d', LETTERS), 336)


def measure(program, case, images, *more):
    """Seconds of the clock and of the processor, and the most memory of one process in MB."""
    command = [program, 'features', *case.network, *case.data, '-n', str(images), '-o', os.devnull, *more]
    began = time.monotonic()
    with subprocess.Popen([str(word) for word in command], stderr=subprocess.PIPE, text=True) as run:
        said = run.stderr.read()
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode:
        sys.exit(f'bench_features: {program} ended with {run.returncode}: {said.strip()}')
    return time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6


def knows(program):
    """Whether it measures other number types than three, and keeps what it measured."""
    help_text = subprocess.run([program, 'features', '--help'], capture_output=True, text=True, check=True).stdout
    return '--dtype' in help_text, '--no-store' in help_text


def compare(case, before, images, rounds):
    few, best = max(1, images // 10), {}
    for _ in range(rounds):
        for name, program in (('before', before), ('now', PROGRAM)):
            dtypes, keeps = knows(program)
            more = (*(WANTED if dtypes else ()), *(('--no-store',) if keeps else ()))
            short, long = measure(program, case, few, *more), measure(program, case, images, *more)
            wall, processor = long[0] - short[0], long[1] - short[1]
            if name not in best or wall < best[name][0]:
                best[name] = (wall, processor, long[2], long[0])
    for name, (wall, processor, memory, whole) in best.items():
        print(f'{case.title:14} {name:6}  {(images - few) / wall:7.1f} images/s  {1e3 * processor / (images - few):6.1f} ms of '
              f'processor an image  {processor / wall:4.2f} cores  {memory:5.0f} MB  {whole:6.1f} s in all', flush=True)
    print(f'{case.title:14} ratio   {best["before"][0] / best["now"][0]:.2f} (expected: 5 or more), '
          f'whole command {best["before"][3] / best["now"][3]:.2f}, memory {best["now"][2] / best["before"][2]:.2f}', flush=True)


def random_weights(path):
    """VGG16's 138 million numbers behind a header of 20 bytes: small ones, the same each time."""
    block = struct.pack('<4096f', *(((i * 2654435761) % 2000 - 1000) * 3e-5 for i in range(4096)))
    left = 553430196 - 20
    with open(path, 'wb') as file:
        file.write(struct.pack('<iiiq', 0, 2, 0, 0))
        while left:
            file.write(block[:left])
            left -= min(left, len(block))


def vgg16(folder):
    weights = Path(folder) / 'vgg16.weights'
    random_weights(weights)
    names = Path(folder) / 'names'
    names.write_text(''.join(f'{name}\n' for name in [*sorted(path.name for path in LETTERS.iterdir() if path.is_dir()),
                                                      *(f'class{i}' for i in range(990))]), encoding='ascii')
    case = Case('VGG16 at 224', (TOP / 'cfg/vgg16.cfg', weights), ('-d', LETTERS, '--labels', names), 64)
    wall, processor, memory = measure(PROGRAM, case, 64, *WANTED, '--no-store')
    print(f'{case.title:14} now     {wall:.1f} s (expected: under {LIMIT_S}), {processor / wall:.2f} cores, {memory:.0f} MB')


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('before', type=Path)
    parser.add_argument('names', nargs='*')
    parser.add_argument('--images', type=int)
    parser.add_argument('--rounds', type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for case in cases(folder):
            if not options.names or any(name in case.title for name in options.names):
                compare(case, options.before.resolve(), options.images or case.images, options.rounds)
        if not options.names or any(name in 'VGG16 at 224' for name in options.names):
            vgg16(folder)


if __name__ == '__main__':
    main()
