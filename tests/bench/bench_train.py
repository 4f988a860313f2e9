#!/usr/bin/python3
"""A step of training by isplit and by the best PyTorch can do (peer_train.py), side by side.

    tests/bench/bench_train.py [--rounds N] [--runs N] [--threads N] [NAME...]

The two take turns, so that both see the same machine, and the best of all rounds counts: milliseconds an image for one
forward pass, the gradients of all parameters, and their change; floats, batch 64. Random weights and images: timing
only. Peak is the most memory each process held.

The bound is the sum of the best single primitive times of oneDNN for each convolution and connected layer: forward, the
gradient by its input, and that by its weights, at the same batch, in the library's own layouts where these are quicker,
timed in isplit's process in turn with the steps. Share is how much of a step that is, with primitives that come cold, as
in a step, and with each run again at once (warm). What else a step does (activations, pools, norms, the change of the
parameters and their packing) is not in the bound.
"""
import argparse
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from bench import OURS, THEIRS, TOP, machine, number, output

PROGRAM = Path(os.environ.get('BENCH_TRAIN', TOP / 'build/bench_train'))
PEER = os.environ.get('PEER', str(Path(__file__).with_name('peer_train.py')))
BATCH = 64


class Case(NamedTuple):
    title: str
    name: str  # of the cfg, and for the peer
    size: int
    classes: int


CASES = [Case('letters-vgg16', 'letters-vgg16', 32, 10), Case('VGG16 at 64', 'vgg16', 64, 200),
         Case('ResNet-50 at 64', 'resnet50', 64, 200)]


def cfg_of(case, folder):
    text = (TOP / f'cfg/{case.name}.cfg').read_text(encoding='utf-8')
    text = re.sub(r'(?m)^(width|height)=\d+', rf'\g<1>={case.size}', text).replace('output=1000', f'output={case.classes}')
    path = Path(folder) / f'{case.name}.cfg'
    path.write_text(text, encoding='utf-8')
    return path


def measure(case, cfg, args):
    ours, theirs, bounds = [], [], []
    for _ in range(args.rounds):
        text, _ = output(OURS, PROGRAM, '--bound', cfg, BATCH, args.threads, args.runs)
        ours.append((number(r'^([\d.]+) ms/image', text), number(r', (\d+) MB', text)))
        bounds.append((number(r' cold ([\d.]+)', text), number(r' bound ([\d.]+)', text)))
        text, peak = output(THEIRS, '/usr/bin/python3', PEER, case.name, case.size, BATCH, args.threads, args.runs)
        theirs.append((number(r'^([\d.]+) ms/image', text), peak))
    return (*((min(time for time, _ in found), max(peak for _, peak in found)) for found in (ours, theirs)),
            tuple(map(min, zip(*bounds))))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--threads', type=int, default=os.cpu_count())
    parser.add_argument('names', nargs='*')
    args = parser.parse_args()
    if not PROGRAM.exists():
        sys.exit(f'bench_train: there is no {PROGRAM} (make bench makes it)')
    print(f'{machine()}; {args.threads} threads, batch {BATCH}, best of {args.rounds} rounds of {args.runs} steps in turn')
    print(f'{"network":18} {"isplit ms":>10} {"PyTorch ms":>10} {"ratio":>6} {"bound":>8} {"share":>6} {"warm":>6} '
          f'{"isplit MB":>10} {"PyTorch MB":>10}')
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            if args.names and not any(name in case.title for name in args.names):
                continue
            (ours, peak), (theirs, other), (cold, warm) = measure(case, cfg_of(case, folder), args)
            print(f'{case.title:18} {ours:10.3f} {theirs:10.3f} {theirs / ours:6.2f} {cold:8.3f} {100 * cold / ours:4.0f} % '
                  f'{100 * warm / ours:4.0f} % {peak:10.0f} {other:10.0f}', flush=True)


if __name__ == '__main__':
    main()
