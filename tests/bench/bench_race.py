#!/usr/bin/python3
"""The race over all splits of letters-vgg16, beside a plain PyTorch loop that trains them all (peer_race.py).

    tests/bench/bench_race.py [--images N] [--validation N] [--steps N] [--stages N] [--peer-steps N] [--measured]
                              [--threads N] [--cuts LAYERS]

First `isplit evaluate`, the race; then PyTorch, which trains every cut with as many starts as the race. Bottleneck ratio,
--train tail, two starts, batch 32, without trainings of the bottleneck alone, which PyTorch does not do either. How much
sooner the race is done than PyTorch with every cut for the winner's steps is the product of two things: speed, PyTorch's
time over that of a race that stops nobody; and stopping, the time of such a race over that of the race.

Two of these times are calculated where they are not asked for. A step takes as long as another of the same cut: so PyTorch
makes --peer-steps steps of each start, and the seconds of its steps are multiplied by what is missing to the winner's (those
of its features and looks are not). And what a stopped cut has left out would take as long a step as its last stage did, with
its looks (results.csv has the seconds). --measured does both in full: PyTorch all steps, and `isplit evaluate --exhaustive`.
isplit's times are those of whole commands, with the predictors and the start of the worker; PyTorch's are without the start
of Python and its choice of a layout.

Pictures: notMNIST's IDX files where BENCH_DATA names a folder that holds notmnist/ (tests/study/README.md tells where they
come from), else letters drawn by weights/render.py, for which the fonts of weights/fonts.py have to be there. A first
stage of --steps 40 instead of the usual epoch, 63, makes the bench short: some six minutes on two cores.
"""
import argparse
import csv
import os
import re
import sys
import tempfile
import time
from pathlib import Path

from bench import OURS, PROGRAM, THEIRS, TOP, machine, output

STARTS = 2
CFG, WEIGHTS = TOP / 'cfg/letters-vgg16.cfg', TOP / 'weights/letters-vgg16.weights'
PEER = os.environ.get('PEER', str(Path(__file__).with_name('peer_race.py')))


def notmnist(folder):
    """(letter, picture), each content once."""
    sys.path.append(str(TOP / 'tests/study'))
    import pictures
    return [(name, image) for _, name, image in pictures.distinct(pictures.notmnist(Path(folder), None))]


def rendered():
    """The same of letters in many faces."""
    sys.path.append(str(TOP / 'weights'))
    from PIL import Image
    from dataset import load_faces
    from render import LETTERS
    return [(LETTERS[k], Image.fromarray(image)) for face in load_faces().images() for k, image in enumerate(face)]


def write_pictures(folder, training, validation):
    """folder/train and folder/validation with as many pictures, as many of each letter."""
    source = os.environ.get('BENCH_DATA')
    found = {}
    for name, image in notmnist(source) if source else rendered():
        found.setdefault(name, []).append(image)
    first, rest = training // len(found), validation // len(found)
    if min(map(len, found.values())) < first + rest:
        sys.exit(f'bench_race: {min(map(len, found.values()))} pictures of a letter (expected {first + rest}: fewer --images, or '
                 'BENCH_DATA)')
    for name, images in found.items():
        for part, some in (('train', images[:first]), ('validation', images[first:first + rest])):
            (folder / part / name).mkdir(parents=True)
            for number, image in enumerate(some):
                image.save(folder / part / name / f'{number}.png')


def evaluate(folder, name, args, *more):
    """Seconds of the command, and its rows."""
    cuts = ['--cuts', args.cuts] if args.cuts else []
    start = time.perf_counter()
    output(OURS, PROGRAM, 'evaluate', CFG, WEIGHTS, '-d', folder / 'train', '--validation-data', folder / 'validation',
           '--train', 'tail', '--bottleneck', 'ratio', '--no-bottleneck-only', '--starts', STARTS, '--threads', args.threads,
           '--store', folder / f'{name}.rows', '-o', folder / name, '--steps', args.steps, *cuts, *more)
    seconds = time.perf_counter() - start
    return seconds, rows_of(folder / name / 'evaluate.csv')


def rows_of(path):
    with open(path, newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


def left_out(results, stages):
    """Seconds that the cuts which stopped before so many stages have left out."""
    last = {}
    for row in results:
        key = row['layer'], row['start']
        if key not in last or int(row['stage']) > int(last[key]['stage']):
            last[key] = row
    return sum(float(row['seconds']) * 2 ** more for row in last.values() for more in range(1, stages - int(row['stage'])))


def peer(folder, steps, made, cuts, threads):
    """(seconds for so many steps, {cut: mean accuracy}), of which it makes `made`."""
    text, _ = output(THEIRS, '/usr/bin/python3', PEER, WEIGHTS, folder / 'train', folder / 'validation', made, STARTS, threads,
                     *cuts)
    lines = re.findall(r'(?m)^cut (\d+) ([\d.]+) s ([\d.]+) s (.*)$', text)
    seconds = float(re.search(r'(?m)^images ([\d.]+) s$', text)[1])
    seconds += sum(float(stepping) * steps / made + float(beside) for _, stepping, beside, _ in lines)
    return seconds, {cut: sum(map(float, shares.split())) / STARTS for cut, _, _, shares in lines}


def steps_of(rows):
    return sum(int(row['steps']) for row in rows)


def best_of(accuracies):
    cut = max(accuracies, key=accuracies.get)
    return f'layer {cut}, {100 * accuracies[cut]:.1f} %'


def tell(race, everything, theirs):
    """Each is (seconds, steps, best)."""
    print(f'{"":22} {"seconds":>9} {"steps":>9}  best')
    for title, (seconds, steps, best) in (('race', race), ('exhaustive', everything), ('PyTorch, all cuts', theirs)):
        print(f'{title:22} {seconds:9.1f} {steps:9d}  {best}')
    print(f'the race is {theirs[0] / race[0]:.2f} times as fast: {theirs[0] / everything[0]:.2f} by speed, '
          f'{everything[0] / race[0]:.2f} by stopping ({everything[1] / race[1]:.2f} times fewer steps)')


def run(folder, args):
    write_pictures(folder, args.images, args.validation)
    seconds, rows = evaluate(folder, 'race', args, '--stages', args.stages)
    winner = next(row for row in rows if row['state'] == 'leader')
    race = seconds, steps_of(rows), best_of({winner['layer']: float(winner['accuracy'])})
    for row in rows:
        print(f"layer {row['layer']}: {row['state']}, {row['stages']} stages, {100 * float(row['accuracy']):.1f} %")
    cuts, steps = [row['layer'] for row in rows], int(winner['steps']) // STARTS
    made = steps if args.measured else min(steps, args.peer_steps)
    seconds, accuracies = peer(folder, steps, made, cuts, args.threads)
    theirs = seconds, steps * STARTS * len(cuts), best_of(accuracies) if made == steps else f'after {made} steps: not told'
    if args.measured:
        seconds, rows = evaluate(folder, 'everything', args, '--exhaustive', '--stages', winner['stages'])
        everything = seconds, steps_of(rows), best_of({row['layer']: float(row['accuracy']) for row in rows})
    else:
        more = left_out(rows_of(folder / 'race/results.csv'), int(winner['stages']))
        everything = race[0] + more, steps * STARTS * len(cuts), 'calculated'
    tell(race, everything, theirs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--images', type=int, default=2000)
    parser.add_argument('--validation', type=int, default=1000)
    parser.add_argument('--steps', type=int, default=int(os.environ.get('BENCH_RACE_STEPS', 40)))
    parser.add_argument('--stages', type=int, default=5)
    parser.add_argument('--peer-steps', type=int, default=40)
    parser.add_argument('--measured', action='store_true', help='nothing is calculated')
    parser.add_argument('--threads', type=int, default=os.cpu_count())
    parser.add_argument('--cuts', help='numbers of layers, separated by commas (default: all)')
    args = parser.parse_args()
    print(f'{machine()}; {args.threads} threads, {args.images} images, {STARTS} starts, {args.stages} stages from '
          f'{args.steps} steps on')
    with tempfile.TemporaryDirectory() as name:
        run(Path(name), args)


if __name__ == '__main__':
    main()
