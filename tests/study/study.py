#!/usr/bin/python3
"""Which cut is best after retraining, and what predicts it? Makes everything that tests/study/RESULTS.md tells.

    tests/study/study.py [--results]

Each step leaves a file in STUDY_WORK and is passed over when that is there, so that it goes on after a kill: pictures,
networks, evaluations of all their cuts. --results only writes RESULTS.md and the figures, from what is there. README.md
has the variables.
"""
import argparse
import shutil
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from pictures import MIRRORED, SOURCES, prepare
from evaluation import trainings_lost
from programs import Astray, Failed, Programs
from results import write_results
from runs import all_runs, halves
from settings import SHIPPED, TOP, Place, Settings


def network_files(trained, programs, place, settings, folder):
    """(cfg, weights), trained where they are not there."""
    if trained.data == 'notmnist' and trained.seed == 0:
        name = SHIPPED[trained.network]
        return TOP / f'cfg/{name}.cfg', TOP / f'weights/{name}.weights'
    base = place.work / 'networks' / trained.name
    cfg, weights = base.with_name(base.name + '.cfg'), base.with_name(base.name + '.weights')
    if not weights.exists():
        say(f'training {trained.name}')
        programs.call(place.work / 'logs' / f'{trained.name}.txt', '/usr/bin/python3', TOP / 'weights/train_images.py',
                      trained.network, folder / 'train', folder / 'test', '-o', base, '--epochs', settings.epochs, '--seed',
                      trained.seed, '--threads', place.threads, *(['--mirror'] if trained.data in MIRRORED else []))
    return cfg, weights


def evaluate(run, programs, place, settings, files, folder, classes):
    """Retrains the network at every cut; all cuts anew at a lower rate where one training of them goes
    astray."""
    output = place.work / 'evaluations' / run.name
    say(f'evaluating {run.name}')
    begun = output / 'rate'
    left = [rate for rate in settings.rates() if not begun.exists() or rate <= float(begun.read_text(encoding='ascii'))]
    for rate in left:
        output.mkdir(parents=True, exist_ok=True)
        begun.write_text(f'{rate}', encoding='ascii')
        try:
            call_evaluate(run, programs, place, settings, files, folder, classes, rate)
            (output / 'done').write_text('', encoding='ascii')
            return
        except Astray as astray:
            if rate == left[-1]:
                raise
            say(f'study: {astray}; again at a lower rate')
            shutil.rmtree(output)


def call_evaluate(run, programs, place, settings, files, folder, classes, rate):
    output = place.work / 'evaluations' / run.name
    chosen = ['-c', ','.join(halves(classes, run.trained.seed)[run.half])] if run.half else []
    without = ['--no-bottleneck-only'] if settings.learning != 'bottleneck' else []
    programs.call(place.work / 'logs' / f'{run.name}.txt', place.program, 'evaluate', *files, '-d', folder / 'train',
                  '--validation-data', folder / 'test', '--labels', folder / 'labels', *chosen, '-n', settings.images,
                  '--bottleneck', run.bottleneck, '--train', settings.learning, *without, '--exhaustive', '--stages', 1, '--steps',
                  settings.steps, '--starts', settings.starts, '--rate', f'{rate:.4g}', '--seed', run.trained.seed, '--threads',
                  place.threads, '--store', place.work / 'networks' / f'{run.trained.name}.rows', '-o', output)
    lost = trainings_lost(output)
    if lost:
        raise Astray(f'{run.name}: numbers of {lost} training{"s" if lost > 1 else ""} were not finite')


class Chains:
    """Work on one network at a time, several networks at once."""

    def __init__(self, programs, place, settings):
        self.programs, self.place, self.settings = programs, place, settings
        self.locks = {run.trained: threading.Lock() for runs in all_runs(settings) for run in runs}

    def __call__(self, runs):
        runs = [run for run in runs if not (self.place.work / 'evaluations' / run.name / 'done').exists()]
        if not runs:
            return True
        trained = runs[0].trained
        folder = self.place.work / 'data' / trained.data
        classes = (folder / 'labels').read_text(encoding='ascii').split()
        with self.locks[trained]:
            try:
                files = network_files(trained, self.programs, self.place, self.settings, folder)
                for run in runs:
                    evaluate(run, self.programs, self.place, self.settings, files, folder, classes)
            except Failed as failure:
                say(f'study: {failure}')
                return False
        return True


def say(text):
    print(text, flush=True)


def claim_folder(place, settings):
    """A folder's results are of one scale."""
    (place.work / 'networks').mkdir(parents=True, exist_ok=True)
    file = place.work / 'settings'
    if not file.exists():
        file.write_text(settings.text(), encoding='ascii')
    elif Settings.read(file) != settings:
        raise SystemExit(f'study: {place.work} holds a study of another scale (expected STUDY_* as {file} says, or another '
                         'STUDY_WORK)')


def work(place, settings):
    """Does what is not done yet. False: something failed, or was interrupted."""
    programs = Programs(place)
    for name in SOURCES:
        prepare(name, place, settings)
    programs.end_with_us()
    with ThreadPoolExecutor(place.jobs) as pool:
        return all(list(pool.map(Chains(programs, place, settings), all_runs(settings))))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--results', action='store_true', help='only write RESULTS.md and the figures')
    arguments = parser.parse_args()
    place, fine = Place.asked(), True
    if not arguments.results:
        claim_folder(place, Settings.asked())
        fine = work(place, Settings.asked())
    write_results(place, Settings.read(place.work / 'settings'))
    return 0 if fine else 1


if __name__ == '__main__':
    sys.exit(main())
