#!/usr/bin/python3
"""This build beside an older one, in turn, in one run.

    OLD=FOLDER tests/bench/bench_old.py [--rounds N] [NAME...]

FOLDER holds another isplit that is built (`make bench OLD=COMMIT` makes it). For each case both programs run once to
choose and keep their tuning and to warm the system's cache of files, then N times in turn (5). Medians are printed, and
how many times faster this build is; peak is the most memory that the worker held.

start       `isplit curve -n 1 --no-store`: until the first image is measured, the program over; real sizes of weights,
            numbers made up
four        the same with -n 4
"""
import argparse
import csv
import os
import re
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import LETTERS, machine, worker_peak

TOP = Path(__file__).resolve().parent.parent.parent
NEW = Path(os.environ.get('ISPLIT', TOP / 'isplit')).resolve()
OLD = Path(os.environ['OLD']).resolve() / 'isplit' if 'OLD' in os.environ else None
NETWORKS = ('vgg16', 'resnet50')
HEAD = 'network    images   old s   new s  ratio   old MB   new MB  of old'


def parameters(cfg, folder):
    """How many numbers the weights of a network are."""
    path = Path(folder) / 'layers.csv'
    subprocess.run([NEW, 'layers', cfg, '-o', path], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(path, encoding='utf-8') as file:
        last = list(csv.DictReader(file))[-1]
    return int(last['head_params']) + int(last['tail_params'])


def write_weights(path, numbers):
    """Small and positive, since there are variances among them; nothing grows from layer to layer."""
    million = struct.pack('<1000000f', *((1 + i * 7919 % 1000) * 1e-6 for i in range(10 ** 6)))
    with open(path, 'wb') as file:
        file.write(struct.pack('<iiiQ', 0, 2, 0, 0))
        for first in range(0, numbers, 10 ** 6):
            file.write(million[:4 * min(10 ** 6, numbers - first)])


def write_labels(path):
    names = sorted(entry.name for entry in LETTERS.iterdir() if entry.is_dir())
    path.write_text('\n'.join(names + [f'other{i}' for i in range(1000 - len(names))]))


def run(program, cache, arguments):
    """Seconds, and the worker's peak in MB."""
    env = dict(os.environ, XDG_CACHE_HOME=str(cache), XDG_STATE_HOME=str(cache))
    begun, peak = time.monotonic(), 0
    with subprocess.Popen([program, *arguments], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True) as one:
        while one.poll() is None:
            peak = max(peak, worker_peak(one.pid))
            time.sleep(.01)
        said = one.stderr.read()
    if one.returncode:
        sys.exit(f'bench: {program} ended with {one.returncode}: {said.strip()}')
    return time.monotonic() - begun, peak


def compare(title, images, rounds, folder, arguments):
    sides = [(program, Path(folder) / name) for program, name in ((OLD, 'old'), (NEW, 'new'))]
    for program, cache in sides:
        run(program, cache, arguments)
    results = [[run(program, cache, arguments) for program, cache in sides] for _ in range(rounds)]
    old, new = (statistics.median(seconds) for seconds in zip(*([s for s, _ in both] for both in results)))
    old_peak, new_peak = (max(peaks) for peaks in zip(*([p for _, p in both] for both in results)))
    print(f'{title:10} {images:6} {old:7.2f} {new:7.2f} {old / new:6.2f} {old_peak:8.0f} {new_peak:8.0f} '
          f'{100 * new_peak / old_peak:5.0f} %', flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('names', nargs='*')
    args = parser.parse_args()
    if not OLD or not os.access(OLD, os.X_OK):
        sys.exit('bench: OLD=FOLDER names no folder with a built isplit')
    print(f'{machine()}; medians of {args.rounds} runs in turn')
    print(HEAD)
    with tempfile.TemporaryDirectory() as folder:
        labels = Path(folder) / 'labels'
        write_labels(labels)
        for name in NETWORKS:
            if args.names and name not in args.names:
                continue
            cfg, weights = TOP / f'cfg/{name}.cfg', Path(folder) / f'{name}.weights'
            write_weights(weights, parameters(cfg, folder))
            for images in (1, 4):
                compare(name, images, args.rounds, folder,
                        ['curve', cfg, weights, '-d', LETTERS, '--labels', labels, '--no-store', '-n', str(images),
                         '-o', Path(folder) / 'curve.csv'])
            weights.unlink()


if __name__ == '__main__':
    main()
