#!/usr/bin/python3
"""isplit's plan, the best PyTorch can do, and the bound that oneDNN's primitives set, side by side.

    tests/bench/bench.py [--quick] [--rounds N] [--threads N] [NAME...]

For each network (or those whose title holds a NAME) isplit and PyTorch take turns, so that both see the same
machine, and the best of all rounds counts: milliseconds an image for one forward and one backward pass with the
importance of every listed layer. Random weights and images: timing only. The bound is the sum of the best single
primitive time of each convolution and connected layer, forward and backward-data, timed in isplit's process; share
is how much of isplit's time that is. Peak is the most memory the plan's process held. PyTorch's side is
peer_gradcam.py beside this file, or the file named by PEER.
"""
import argparse
import os
import re
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple, Optional

TOP = Path(__file__).resolve().parent.parent.parent
PLAN = Path(os.environ.get('BENCH_PLAN', TOP / 'build/bench_plan'))
PROGRAM = Path(os.environ.get('ISPLIT', TOP / 'isplit'))
PEER = os.environ.get('PEER', str(Path(__file__).with_name('peer_gradcam.py')))
LETTERS = TOP / 'tests/samples/letters'
VGG16 = TOP / 'cfg/vgg16.cfg'


class Case(NamedTuple):
    title: str
    cfg: Path
    size: Optional[int]  # instead of the cfg's own
    batch: int
    peer: Optional[str]  # its name for the peer, or None: the peer does not know it


CASES = [Case('VGG16 at 224', VGG16, None, 8, 'vgg16'),
         Case('ResNet-50 at 224', TOP / 'cfg/resnet50.cfg', None, 8, 'resnet50'),
         Case('VGG16 at 64', VGG16, 64, 32, 'vgg16'),
         Case('Tiny Darknet', Path('/usr/share/darknet/cfg/tiny.cfg'), None, 8, None),
         Case('demo (letters)', TOP / 'cfg/letters-vgg16.cfg', None, 32, None)]


def output(*command):
    # As the front end does for the worker: threads that wait busily would measure the machine's other load.
    env = dict(os.environ, GOMP_SPINCOUNT='1000')
    run = subprocess.run([str(word) for word in command], env=env, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(f'bench: {command[0]} ended with {run.returncode}: {run.stderr.strip()}')
    return run.stdout


def number(pattern, text):
    return float(re.search(pattern, text).group(1))


def cfg_of(case, folder):
    """The cfg's path, with another input size where the case asks for one."""
    if not case.size:
        return case.cfg
    path = Path(folder) / f'{case.cfg.stem}-{case.size}.cfg'
    path.write_text(re.sub(r'(?m)^(width|height)=\d+', rf'\g<1>={case.size}', case.cfg.read_text()))
    return path


class Result(NamedTuple):
    ours: float   # milliseconds an image
    bound: float
    peak: float   # MB
    theirs: Optional[float]


def measure(case, cfg, args):
    rounds, theirs = [], []
    for _ in range(args.rounds):
        rounds.append(output(PLAN, '--bound', cfg, case.batch, args.threads, args.runs))
        if case.peer:
            theirs.append(output('/usr/bin/python3', PEER, case.peer, case.size or 224, case.batch, args.threads, args.runs))
    return Result(min(number(r'^([\d.]+) ms/image', text) for text in rounds),
                  min(number(r'bound ([\d.]+) ms/image', text) for text in rounds),
                  max(number(r'peak (\d+) MB', text) for text in rounds),
                  min((number(r'([\d.]+) ms/image', text) for text in theirs), default=None))


def row(case, result):
    theirs, ratio = '-', '-'
    if result.theirs:
        theirs, ratio = f'{result.theirs:.1f}', f'{result.theirs / result.ours:.2f}'
    return (f'{case.title:17} {case.batch:5} {result.ours:9.2f} {1000 / result.ours:9.1f} {theirs:>9} {ratio:>6} '
            f'{result.bound:9.2f} {100 * result.bound / result.ours:5.0f} % {result.peak:6.0f} MB')


def write_weights(path, numbers):
    """A weights file of small numbers: a million of them, over and over."""
    million = struct.pack('<1000000f', *((i * 7919 % 1000 / 1e3 - .5) * .03 for i in range(10 ** 6)))
    with open(path, 'wb') as file:
        file.write(struct.pack('<iiiQ', 0, 2, 0, 0))
        for first in range(0, numbers, 10 ** 6):
            file.write(million[:4 * min(10 ** 6, numbers - first)])


def worker_peak(pid):
    """VmHWM of the worker that the program with this pid has started, in MB; 0 where there is none."""
    try:
        child = Path(f'/proc/{pid}/task/{pid}/children').read_text().split()[0]
        return int(re.search(r'VmHWM:\s*(\d+)', Path(f'/proc/{child}/status').read_text()).group(1)) * 1024 / 1e6
    except (OSError, IndexError, AttributeError):
        return 0


def whole_run(folder):
    """A real run of VGG16 at 224 from its weights file at the default batch: seconds and the worker's peak."""
    weights, labels = Path(folder) / 'vgg16.weights', Path(folder) / 'labels'
    write_weights(weights, 138357544)
    names = sorted(entry.name for entry in LETTERS.iterdir() if entry.is_dir())
    labels.write_text('\n'.join(names + [f'other{i}' for i in range(1000 - len(names))]))
    start, peak = time.monotonic(), 0
    with subprocess.Popen([PROGRAM, 'curve', VGG16, weights, '-d', LETTERS, '--labels', labels, '-n', '20', '-o',
                           Path(folder) / 'curve.csv'], stderr=subprocess.DEVNULL) as run:
        while run.poll() is None:
            peak = max(peak, worker_peak(run.pid))
            time.sleep(.02)
    if run.returncode:
        sys.exit(f'bench: {PROGRAM} ended with {run.returncode}')
    return time.monotonic() - start, peak


def machine():
    model = re.search(r'model name\s*:\s*(.*)', Path('/proc/cpuinfo').read_text())
    return f'{model.group(1) if model else "unknown processor"}, {os.cpu_count()} cores'


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--quick', action='store_true', help='one round of few runs, nothing from a weights file')
    parser.add_argument('--rounds', type=int)
    parser.add_argument('--runs', type=int)
    parser.add_argument('--threads', type=int, default=os.cpu_count())
    parser.add_argument('names', nargs='*')
    args = parser.parse_args()
    args.rounds = args.rounds or (1 if args.quick else 3)
    args.runs = args.runs or (2 if args.quick else 5)
    print(f'{machine()}; {args.threads} threads, best of {args.rounds} rounds of {args.runs} runs in turn')
    print('                        isplit    images   PyTorch          bound\n'
          'network           batch ms/image a second  ms/image  ratio  ms/image   share      peak')
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            if not case.cfg.exists() or (args.names and not any(name in case.title for name in args.names)):
                continue
            print(row(case, measure(case, cfg_of(case, folder), args)), flush=True)
        if not args.quick and not args.names:
            seconds, peak = whole_run(folder)
            print(f'isplit curve, VGG16 at 224, 20 images, default batch: {seconds:.1f} s, the worker at most {peak:.0f} MB')


if __name__ == '__main__':
    main()
