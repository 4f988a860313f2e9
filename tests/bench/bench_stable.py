#!/usr/bin/python3
"""How soon `isplit curve --until-stable` has its pick, beside a pass of PyTorch over all images (peer_pass.py).

    BENCH_DATA=FOLDER tests/bench/bench_stable.py [--seeds N] [--rounds N] [--threads N] [OPTION...]

letters-vgg16 on the 10,000 letters whose IDX files are in FOLDER/notmnist (tests/study/README.md tells where they come
from). OPTIONs go to isplit, as in `--until-stable 0.99` or `--look bf16`. In each round (4) PyTorch makes one pass, and isplit looks for
its pick from some of the seeds 0..N-1 (20), each time in an order of its own; so both see the same machine.

pick        from the moment that the worker's network is ready (its message `plan`) until isplit says on standard error
            that the pick is stable, or that it is not after all images: decoding, the first batch, all looks, and the way
            through a relay that notes the time. What is before, loading the network and listing the images, is not
            counted, and neither is it on PyTorch's side
whole       the command without the relay, from its start to its end
images      that the stopping rule asked for
right       whether the pick is that of all images, which isplit measures first, in f32

PyTorch's time is the least of all rounds and of the batches tried. The ratio is that over the median of the picks.
"""
import argparse
import csv
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench import PROGRAM, THEIRS, TOP, machine, output

CFG, WEIGHTS = TOP / 'cfg/letters-vgg16.cfg', TOP / 'weights/letters-vgg16.weights'
PEER = os.environ.get('PEER', str(Path(__file__).with_name('peer_pass.py')))
PEER_BATCHES = (128, 256)


def relay(path):
    """Passes on what the worker says; notes when it said `plan`."""
    noted, tail = False, b''
    while data := os.read(0, 1 << 16):
        if not noted and b'"plan"' in tail + data:
            Path(path).write_text(repr(time.monotonic()), encoding='ascii')
            noted = True
        tail = data[-16:]
        while data:
            data = data[os.write(1, data):]


class Pick(NamedTuple):
    layer: int
    images: int
    stable: bool
    seconds: float


class Isplit:
    def __init__(self, folder, data, threads, options):
        self.folder = Path(folder)
        self.base = [str(PROGRAM), 'curve', str(CFG), str(WEIGHTS), '-d', str(data), '--no-store', '--threads',
                     str(threads), '-o', str(self.folder / 'curve.csv')]
        self.options = ['--until-stable', *options] if '--until-stable' not in options else list(options)
        self.env = dict(os.environ, XDG_CACHE_HOME=folder, XDG_STATE_HOME=folder)

    def run(self, *options):
        """When the last line came on standard error, and that line; when the command ended."""
        with subprocess.Popen([*self.base, *options], env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True) as one:
            said = ''
            when = None
            for line in one.stderr:
                said, when = line, time.monotonic()
        if one.returncode:
            sys.exit(f'bench_stable: {PROGRAM} ended with {one.returncode}: {said.strip()}')
        return when, said, time.monotonic()

    def picked(self):
        """The layer of the curve that was written last."""
        with open(self.folder / 'curve.csv', encoding='utf-8') as file:
            peaks = [row for row in csv.DictReader(file) if row['local_max'] == '1']
        return int(max(peaks, key=lambda row: float(row['cui']))['layer'])

    def of_all(self):
        self.run()
        return self.picked()

    def pick(self, seed):
        stamp = self.folder / 'stamp'
        engine = f"'{PROGRAM.with_name('isplit-engine')}' | /usr/bin/python3 '{Path(__file__).resolve()}' --relay '{stamp}'"
        when, said, _ = self.run(*self.options, '--seed', str(seed), '--engine', engine)
        stable = re.search(r'stable at \S+ after (\d+) of', said)
        images = int(stable[1]) if stable else int(re.search(r'before all (\d+) images', said)[1])
        return Pick(self.picked(), images, stable is not None, when - float(stamp.read_text(encoding='ascii')))

    def whole(self, seed):
        begun = time.monotonic()
        return self.run(*self.options, '--seed', str(seed))[2] - begun


def peer_pass(data, batch, threads):
    """Seconds, and the pick."""
    text, _ = output(THEIRS, '/usr/bin/python3', PEER, CFG, WEIGHTS, data, batch, threads)
    found = re.search(r'([\d.]+) ms for .* pick (\d+)', text)
    return float(found[1]) / 1000, int(found[2])


def main():
    if sys.argv[1:2] == ['--relay']:
        relay(sys.argv[2])
        return
    parser = argparse.ArgumentParser()
    parser.add_argument('--seeds', type=int, default=20)
    parser.add_argument('--rounds', type=int, default=4)
    parser.add_argument('--threads', type=int, default=os.cpu_count())
    args, options = parser.parse_known_args()
    data = Path(os.environ.get('BENCH_DATA', '')) / 'notmnist'
    if 'BENCH_DATA' not in os.environ or not data.is_dir():
        sys.exit('bench_stable: BENCH_DATA=FOLDER names no folder with notmnist/ in it')
    with tempfile.TemporaryDirectory() as folder:
        isplit = Isplit(folder, data, args.threads, options)
        truth, peers, picks, wholes = isplit.of_all(), [], [], []
        print(f'{machine()}; {args.threads} threads; the pick of all images is layer {truth}')
        print('seed  images  pick ms  whole ms  layer  right')
        for part in range(args.rounds):
            peers.append(peer_pass(data, PEER_BATCHES[part % len(PEER_BATCHES)], args.threads))
            for seed in range(part, args.seeds, args.rounds):
                picks.append(isplit.pick(seed))
                wholes.append(isplit.whole(seed))
                p = picks[-1]
                print(f'{seed:4} {p.images:7} {1000 * p.seconds:8.1f} {1000 * wholes[-1]:9.1f} {p.layer:6}  '
                      f'{"yes" if p.layer == truth else "NO"}{"" if p.stable else ", never stable"}', flush=True)
    pick, whole, theirs = (statistics.median(p.seconds for p in picks), statistics.median(wholes),
                           min(seconds for seconds, _ in peers))
    print(f'median: {statistics.median(p.images for p in picks):.0f} images, pick {1000 * pick:.1f} ms, whole {1000 * whole:.1f} '
          f'ms; {sum(p.layer == truth for p in picks)} of {len(picks)} picks right')
    print(f'PyTorch, all images: {theirs:.2f} s (picks {", ".join(sorted({str(layer) for _, layer in peers}))}); {theirs / pick:.1f} '
          f'times the pick, {theirs / whole:.1f} times the whole')


if __name__ == '__main__':
    main()
