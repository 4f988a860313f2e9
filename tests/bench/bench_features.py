#!/usr/bin/python3
"""isplit features of this tree and of another build, side by side: images a second, processor time, memory.

    tests/bench/bench_features.py BEFORE [--images N] [--rounds N] [NAME...]

BEFORE is the program of the other build (with its worker beside it), as of commit 9d9ab7f, which has none of the options
that keep this tree to the same work (SAME); where it has them, both get the same. The two take turns, and the best of
all rounds counts (--rounds 3 where the machine is not quite idle; one takes two minutes on two idle cores). Ratios are
given in time of the clock and, for a machine that does something else, in processor time:

beyond   of the images beyond the first 64, as a long list has them: commands of --images less those of 64, so that
         loading, calibrating and the sample play no part. BEFORE takes bytes and f16's answers of all images; this tree
         of the sample, the first 64, which is what the table needs
equal    the same with a sample of all images: as much as before, but for what features/sampling.h leaves out of the
         bytes of large tensors
whole    the whole commands of --images

Then what this tree measures beyond that where no option holds it back, on 64 images: eight dtypes, three coders, level
11, and the pictures as JPEG. Last, VGG16 at 224 with random weights and 18 cuts, zstd: 16 images, of which the 64 that
the limit is about are made up. For a machine that does nothing else.
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
SAME = ('--dtypes', 'f32,f16,int8', '--coders', 'zstd', '--level', '3', '--no-jpeg')
LIMIT_S = 180
SAMPLE = 64  # images, as --sample has it by itself
VGG16_IMAGES = 8, 16  # a batch, and two


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
        yield Case('Tiny Darknet', (cfg, weights), ('-d', data, '--split', 'val', '--labels', labels, '--layers', 'clean'), 160)
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


class Run(NamedTuple):
    wall: float
    processor: float
    memory: float

    def less(self, other):
        return Run(self.wall - other.wall, self.processor - other.processor, self.memory)


def best_of(runs):
    return Run(*(min(values) for values in zip(*runs)))


def run_all(case, before, images, rounds):
    """The best of each command: of the sample, and of all images; here also with a sample of all, and with all there is."""
    runs = {}

    def take(name, program, n, *more):
        runs.setdefault(name, []).append(Run(*measure(program, case, n, *more)))
    for _ in range(rounds):
        for name, program in (('before', before), ('now', PROGRAM)):
            dtypes, keeps = knows(program)
            more = (*(SAME if dtypes else ()), *(('--no-store',) if keeps else ()))
            take(f'{name} few', program, SAMPLE, *more)
            take(f'{name} many', program, images, *more)
        take('now equal', PROGRAM, images, *SAME, '--no-store', '--sample', str(images))
        take('now few equal', PROGRAM, SAMPLE, *SAME, '--no-store', '--sample', str(images))
    take('now unlimited', PROGRAM, SAMPLE, '--no-store')
    return {name: best_of(some) for name, some in runs.items()}


def compare(case, before, images, rounds):
    runs = run_all(case, before, images, rounds)
    was, now = runs['before many'], runs['now many']
    beyond = was.less(runs['before few'])
    for title, old, new, n in (('beyond', beyond, now.less(runs['now few']), images - SAMPLE),
                               ('equal', beyond, runs['now equal'].less(runs['now few equal']), images - SAMPLE),
                               ('whole', was, now, images)):
        print(f'{case.title:14} {title:7} {n:4} images  before {n / old.wall:6.1f} now {n / new.wall:6.1f} images/s  ratio '
              f'{old.wall / new.wall:5.2f}  processor {1e3 * old.processor / n:6.1f} {1e3 * new.processor / n:6.1f} ms an image  '
              f'ratio {old.processor / new.processor:5.2f}', flush=True)
    more = runs['now unlimited']
    print(f'{case.title:14} memory  before {was.memory:.0f} now {now.memory:.0f} MB, with a sample of all '
          f'{runs["now equal"].memory:.0f} MB; all dtypes, coders and pictures of {SAMPLE} images: {more.wall:.1f} s '
          f'({more.wall / runs["now few"].wall:.1f} times the same work), {more.memory:.0f} MB', flush=True)


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
    few, some = VGG16_IMAGES
    case = Case('VGG16 at 224', (TOP / 'cfg/vgg16.cfg', weights), ('-d', LETTERS, '--labels', names), some)
    short, long = (Run(*measure(PROGRAM, case, n, *SAME, '--no-store', '--calibrate', '4')) for n in (few, some))
    each = (long.wall - short.wall) / (some - few)
    print(f'{case.title:14} now     {long.wall:.1f} s of {some} images, {each:.2f} s each: {long.wall + (64 - some) * each:.0f} s '
          f'of 64 (expected: under {LIMIT_S}), {long.processor / long.wall:.2f} cores, {long.memory:.0f} MB')


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('before', type=Path)
    parser.add_argument('names', nargs='*')
    parser.add_argument('--images', type=int, help='above 64')
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
