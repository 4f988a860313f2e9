"""What a run gains that moves the cut with the link, over the best fixed cut (isplit run DIR1 DIR2 ...): the last rows of
bench_run.py's table.

Tiny Darknet (its cfg comes with Debian's darknet; weights are made up where ../shared/data has none), its head in libdarknet
and its tail in isplit's own graph, both on this machine. Between them tests/e2e/shaped_wire.py, whose speed changes: each row
is one way to run the same images over the same schedule, with the mean time of an image (decoding left out, as it is the same
everywhere) and how many images took which cut.
"""
import csv
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
PROGRAM = os.path.abspath(os.environ.get('ISPLIT', TOP / 'isplit'))
CFG = Path('/usr/share/darknet/cfg/tiny.cfg')
IMAGES = sorted((TOP / 'tests/samples/letters').rglob('*.png'))
CUTS = 'block3_conv1', 'block4_conv1', 'block5_conv1'  # 200, 100 and 50 KB
PHASE, QUICK_PHASE = 40, 5  # images; a cut that moves costs three, so that the quick ones gain nothing
FAST, SLOW = 0, 500000  # bytes a second, 0: as fast as the pipe


def isplit(*words):
    subprocess.run([PROGRAM, *map(str, words)], stdout=subprocess.DEVNULL, check=True)


def run(folder, cuts, plan, phase):
    """The mean time of an image, and how many took each cut."""
    (folder / 'count').unlink(missing_ok=True)
    schedule = ','.join(f'{phase}:{rate}' for rate in (FAST, SLOW, FAST, SLOW))
    wire = shlex.join([sys.executable, str(TOP / 'tests/e2e/shaped_wire.py'), str(folder / 'count'), schedule])
    isplit('run', *(folder / cut for cut in cuts), *IMAGES[:4 * phase], '--no-pipeline', '--no-whole', '--to',
           f'{wire} {shlex.quote(PROGRAM)} serve {{}}', *plan, '--images-csv', folder / 'images.csv', '-o', folder / 'run.csv')
    with open(folder / 'images.csv', encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    times = [sum(float(value) for key, value in row.items() if key.endswith('_ms') and key != 'decode_ms') for row in rows]
    return sum(times) / len(times), [sum(row['cut'] == str(folder / cut) for row in rows) for cut in cuts]


def prepare(folder, weights):
    """Halves of each cut; the options for what both sides take."""
    for cut in CUTS:
        isplit('split', CFG, weights, '--at', cut, '-o', folder / cut, '--check', 1)
    plan = []
    for side, runtime in ('edge', 'darknet'), ('server', 'onednn'):
        isplit('profile', CFG, weights, '--runtime', runtime, '-o', folder / f'{side}.csv')
        plan += [f'--{side}', folder / f'{side}.csv']
    return plan


def compare(row, made_up, tiny, quick):
    """Writes the rows."""
    if not CFG.exists():
        row('tiny', 'adapt', 'skipped', '', '', '', f'there is no {CFG}')
        return
    phase = QUICK_PHASE if quick else PHASE
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plan = prepare(folder, tiny if tiny.exists() else made_up(CFG, folder))
        means = []
        for cut in CUTS:
            means.append(run(folder, [cut], plan, phase)[0])
            row('tiny, shaped wire', cut, 'mean', means[-1], '', '', f'fixed, {4 * phase} images')
        adapted, counts = run(folder, CUTS, plan, phase)
        row('tiny, shaped wire', 'adapted', 'mean', adapted, '', '', ', '.join(
            f'{n} over {cut}' for cut, n in zip(CUTS, counts)))
        row('tiny, shaped wire', 'adapted', 'gain', '', '', adapted / min(means),
            '%.1f %% %s than the best fixed cut' % (100 * abs(1 - adapted / min(means)), 'less' if adapted < min(means) else 'MORE'))
