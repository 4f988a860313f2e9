#!/usr/bin/python3
"""What a run gains that moves the cut with the link, over the best fixed cut (isplit run DIR1 DIR2 ...).

    tests/bench/bench_adapt.py

Tiny Darknet (its cfg comes with Debian's darknet; weights are made up where ../shared/data has none), its head in libdarknet
and its tail in isplit's own graph, both on this machine. Between them
tests/e2e/shaped_wire.py, whose speed changes: each row is one way to run the same images over the same schedule, with the
mean time of an image (decoding left out, as it is the same everywhere), and how many images took which cut.
"""
import csv
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench_run import TINY, made_up  # noqa: E402 (the path has to be set first)

TOP = Path(__file__).resolve().parents[2]
PROGRAM = os.path.abspath(os.environ.get('ISPLIT', TOP / 'isplit'))
CFG = Path('/usr/share/darknet/cfg/tiny.cfg')
IMAGES = sorted((TOP / 'tests/samples/letters').rglob('*.png'))
CUTS = 'block3_conv1', 'block4_conv1', 'block5_conv1'  # 200, 100 and 50 KB
PHASE, FAST, SLOW = 40, 0, 500000  # images; bytes a second, 0: as fast as the pipe
SCHEDULE = ','.join(f'{PHASE}:{rate}' for rate in (FAST, SLOW, FAST, SLOW))


def isplit(*words):
    subprocess.run([PROGRAM, *map(str, words)], stdout=subprocess.DEVNULL, check=True)


def run(folder, cuts, plan):
    (folder / 'count').unlink(missing_ok=True)
    wire = shlex.join([sys.executable, str(TOP / 'tests/e2e/shaped_wire.py'), str(folder / 'count'), SCHEDULE])
    isplit('run', *(folder / cut for cut in cuts), *IMAGES[:4 * PHASE], '--no-pipeline', '--no-whole', '--to',
           f'{wire} {shlex.quote(PROGRAM)} serve {{}}', *plan, '--images-csv', folder / 'images.csv', '-o', folder / 'run.csv')
    with open(folder / 'images.csv', encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    times = [sum(float(value) for key, value in row.items() if key.endswith('_ms') and key != 'decode_ms') for row in rows]
    return sum(times) / len(times), [sum(row['cut'] == str(folder / cut) for row in rows) for cut in cuts]


def main():
    if not CFG.exists():
        print(f'skipped, as there is no {CFG}')
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        weights = TINY if TINY.exists() else made_up(CFG, folder)
        for cut in CUTS:
            isplit('split', CFG, weights, '--at', cut, '-o', folder / cut, '--check', 1)
        plan = []
        for side, runtime in ('edge', 'darknet'), ('server', 'onednn'):
            isplit('profile', CFG, weights, '--runtime', runtime, '-o', folder / f'{side}.csv')
            plan += [f'--{side}', folder / f'{side}.csv']
        means = []
        for cut in CUTS:
            means.append(run(folder, [cut], plan)[0])
            print('%-24s %8.2f ms an image' % (cut, means[-1]), flush=True)
        adapted, counts = run(folder, CUTS, plan)
        print('%-24s %8.2f ms an image   %s' % ('adapted', adapted, ', '.join(
            f'{n} over {cut}' for cut, n in zip(CUTS, counts))))
        print('%.1f %% less than the best fixed cut' % (100 * (1 - adapted / min(means))))


if __name__ == '__main__':
    main()
