#!/usr/bin/python3
"""Images a second of two workers of one core each beside one worker with one core, in turns, on an idle machine of two
cores or more. Beside them stand two programs of one core each that know nothing of each other, each with half of the
images: what the machine gives where nothing has to be shared out. Cores that share a narrow way to memory do not give twice.

    ISPLIT=./isplit tests/bench/bench_workers.py CFG WEIGHTS DATA [-n N] [--repeat N]

Prints the three rates and their ratios (asked for: two workers 1.9 times one at least). Start and tuning are not counted:
the time of a run of few images is subtracted.
"""
import argparse
import os
import statistics
import subprocess
import tempfile
import time

KINDS = 'one worker', 'two workers', 'two programs'
PROGRAM = os.path.abspath(os.environ.get('ISPLIT', './isplit'))


def curve(words, images, folder, core=None, workers=1):
    """A run that has begun, with one thread a worker."""
    command = [] if core is None else ['taskset', '-c', str(core)]
    command += [PROGRAM, 'curve', *words, '-n', str(images), '--threads', '1', '--no-store', '-o', os.devnull,
                '--tuning', os.path.join(folder, 'tuning')]
    command += ['--workers', str(workers)] if workers > 1 else []
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def begin(kind, words, images, folder):
    """The runs of that kind that together measure so many images."""
    first, second = sorted(os.sched_getaffinity(0))[:2]
    if kind == 'one worker':
        return [curve(words, images, folder, first)]
    if kind == 'two workers':
        return [curve(words, images, folder, workers=2)]
    return [curve(words, images // 2, folder, core) for core in (first, second)]


def seconds(kind, words, images, folder):
    start = time.monotonic()
    for run in begin(kind, words, images, folder):
        said = run.communicate()[1]
        if run.returncode:
            raise SystemExit(f'bench_workers: {said.strip()}')
    return time.monotonic() - start


def rate(kind, words, images, folder):
    """Images a second beyond the first 32."""
    few = seconds(kind, words, 32, folder)
    return (images - 32) / (seconds(kind, words, images, folder) - few)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument('cfg')
    p.add_argument('weights')
    p.add_argument('data')
    p.add_argument('-n', type=int, default=256)
    p.add_argument('--repeat', type=int, default=5)
    p.add_argument('--batch', default='16')
    o = p.parse_args()
    words = [o.cfg, o.weights, '-d', o.data, '--batch', o.batch, '--score', 'top']
    rates = {kind: [] for kind in KINDS}
    with tempfile.TemporaryDirectory() as folder:
        seconds('one worker', words, 32, folder)  # the tuning, and the page cache
        for _ in range(o.repeat):
            for kind in KINDS:
                rates[kind].append(rate(kind, words, o.n, folder))
    one, two, apart = (statistics.median(rates[kind]) for kind in KINDS)
    print(f'{os.path.basename(o.cfg)}: one worker {one:.1f} images/s, two workers {two:.1f}, two programs {apart:.1f}; two workers '
          f'are {two / one:.2f} times one (asked for: 1.90), {two / apart:.2f} times two programs')


if __name__ == '__main__':
    main()
