#!/usr/bin/python3
"""Images a second of two workers of one core each beside one worker with one core, in turns, on an idle machine of two
cores or more: VGG16 at 224 and Tiny Darknet, with random weights where ../shared/data has none.

    ISPLIT=./isplit tests/bench/bench_workers.py CFG WEIGHTS DATA [-n N] [--repeat N]

Prints both rates, which isplit says itself or which follow from its time, and their ratio (asked for: 1.9 at least).
"""
import argparse
import os
import statistics
import subprocess
import tempfile
import time

PROGRAM = os.path.abspath(os.environ.get('ISPLIT', './isplit'))


def seconds(words, images, folder, workers, threads):
    """Of a run of that many images less one of few: start and tuning are not counted."""
    spent = []
    for n in (16 * workers, images):
        command = [PROGRAM, 'curve', *words, '-n', str(n), '--threads', str(threads), '--no-store', '-o', os.devnull,
                   '--tuning', os.path.join(folder, 'tuning')]
        command += ['--workers', str(workers)] if workers > 1 else []
        if workers == 1:
            command = ['taskset', '-c', str(min(os.sched_getaffinity(0))), *command]
        begin = time.monotonic()
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        spent.append(time.monotonic() - begin)
    return spent[1] - spent[0], images - 16 * workers


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
    rates = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as folder:
        seconds(words, 32, folder, 1, 1)  # the tuning, and the page cache
        for _ in range(o.repeat):
            for workers in rates:
                spent, images = seconds(words, o.n, folder, workers, 1)
                rates[workers].append(images / spent)
    one, two = (statistics.median(rates[workers]) for workers in (1, 2))
    print('%s: one worker %.1f images/s, two workers %.1f, ratio %.2f (asked for: 1.90)' %
          (os.path.basename(o.cfg), one, two, two / one))


if __name__ == '__main__':
    main()
