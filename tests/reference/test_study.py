#!/usr/bin/python3
"""The study's analysis on evaluations with known answers, and that its steps go on where they were killed."""
import csv
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest
import unittest.mock
from math import isnan
from pathlib import Path

import numpy as np
from PIL import Image

TOP = Path(__file__).resolve().parents[2]
STUDY = TOP / 'tests/study'
sys.path[:0] = [str(STUDY), str(TOP / 'weights')]

import claims  # noqa: E402
import measures  # noqa: E402
import pictures  # noqa: E402
import study  # noqa: E402
from programs import Programs  # noqa: E402
from runs import Run, Trained, all_runs, halves  # noqa: E402
from settings import PREDICTORS, Place, Settings  # noqa: E402

SCALE = Settings(side=32, train=10, epochs=1, images=8, validation=8, steps=1, starts=2, floats=4, learning='tail', seeds=1, rate=0.03)
CUTS, IMAGES = 8, 40
TIMEOUT = 60


def write_rows(path, rows):
    with open(path, 'w', newline='', encoding='utf-8') as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def write_evaluation(folder, right, cui, partial=0.25):
    """As isplit evaluate leaves it: right[cuts] images of IMAGES with the first start, one less with the second."""
    folder.mkdir(parents=True)
    marks = [['1' * (n - start) + '0' * (IMAGES - n + start) for n in right] for start in (0, 1)]
    accuracy = [(n - 0.5) / IMAGES for n in right]
    write_rows(folder / 'results.csv', [{'layer': cut, 'start': start, 'stage': 0, 'right': marks[start][cut]}
                                        for cut in range(CUTS) for start in (0, 1)])
    write_rows(folder / 'evaluate.csv', [
        {'name': f'cut{cut}', 'accuracy': accuracy[cut], 'accuracy_low': accuracy[cut] - 0.05, 'accuracy_high': accuracy[cut] + 0.05,
         'accuracy_before': 0.9, 'in_set': int(accuracy[cut] == max(accuracy)), 'layer': cut, 'cui': cui[cut],
         'cui_corrected': cui[cut], 'depth': (cut + 1) / CUTS, 'trapped': -cut} for cut in range(CUTS)])
    write_rows(folder / 'predictors.csv', [
        {'predictor': name, 'spearman': measures.spearman(cui if name.startswith('cui') else range(CUTS), accuracy),
         'kendall': 0.5, 'partial': '' if name == 'depth' else partial, 'pick': 'cut1'} for name in PREDICTORS])
    (folder / 'rate').write_text('0.03')
    (folder / 'done').write_text('')


class Measures(unittest.TestCase):
    def test_ranks_share_ties(self):
        self.assertEqual(list(measures.ranks([3, 1, 3, 0])), [3.5, 2, 3.5, 1])
        self.assertAlmostEqual(measures.spearman([1, 2, 3, 4], [1, 3, 2, 4]), 0.8)
        self.assertAlmostEqual(measures.spearman([1, 1, 2, 3], [5, 6, 7, 8]), 0.9486832980505138)  # 3 / sqrt(10)
        self.assertTrue(isnan(measures.spearman([1, 1, 1], [1, 2, 3])))

    def test_regret(self):
        accuracy, all_of_them = np.array([0.5, 0.9, 0.7]), np.full(3, True)
        self.assertAlmostEqual(measures.regret(np.array([3, 1, 2]), accuracy, all_of_them), 40)
        self.assertAlmostEqual(measures.regret(np.array([3, 1, 3]), accuracy, all_of_them), 30)  # the mean of 40 and 20
        self.assertAlmostEqual(measures.regret(np.array([1, 3, 2]), accuracy, np.array([True, False, True])), 0)
        self.assertTrue(isnan(measures.regret(np.array([1, 3, 2]), accuracy, np.array([True, False, False]))))
        self.assertAlmostEqual(measures.regret(np.array([np.nan, 3, 2]), accuracy, all_of_them), 0)

    def test_local_maxima(self):
        values = np.array([9, 1, 3, 2, 5, 5, 4, 8], float)
        self.assertEqual(list(np.flatnonzero(measures.local_maxima(values))), [2, 4])
        self.assertEqual(np.nanargmax(measures.candidate(values)), 4)
        accuracy = np.array([0, 0.1, 0.4, 0.2, 0.5, 0.6, 0, 0])
        self.assertAlmostEqual(measures.above_neighbours(values, accuracy), 100 * (0.25 + 0.1) / 2)

    def test_own_choice_gains_what_it_is_worth(self):
        mine, other = np.zeros((2, 3, IMAGES), bool), np.zeros((2, 3, IMAGES), bool)
        mine[:, 1, :30] = mine[:, 2, :20] = other[:, 2, :30] = True
        self.assertAlmostEqual(measures.gain_of_own(mine, other, np.full(3, True)), 25)
        self.assertAlmostEqual(measures.gain_of_own(mine, other, np.array([True, False, True])), 0)
        self.assertTrue(isnan(measures.gain_of_own(mine[:1], other[:1], np.full(3, True))))

    def unbiased(self, draw):
        gains = [measures.gain_of_own(draw(), draw(), np.full(10, True)) for _ in range(400)]
        self.assertLess(abs(np.mean(gains)), min(2, 4 * np.std(gains) / 20))

    def test_own_choice_is_not_biased_by_luck_with_images(self):
        """All cuts are equally good, and both starts have the same images right."""
        chance = np.random.default_rng(1)
        self.unbiased(lambda: np.repeat(chance.random((1, 10, IMAGES)) < 0.5, 2, 0))

    def test_own_choice_is_not_biased_by_luck_with_starts(self):
        """All cuts are equally good, but single starts are better or worse with all images."""
        chance = np.random.default_rng(1)
        self.unbiased(lambda: chance.random((2, 10, IMAGES)) < chance.uniform(0.3, 0.7, (2, 10, 1)))

    def test_interval_draws_networks_not_sets(self):
        """Sets of one network that all say the same count as one."""
        values = np.arange(6.0)
        one = measures.mean_and_interval(values, list('abcdef'))
        three = measures.mean_and_interval(np.repeat(values, 3), np.repeat(list('abcdef'), 3))
        self.assertEqual(one, three)
        self.assertEqual(one[0], 2.5)
        self.assertTrue(abs(one[1] - 0.54) < 0.2 and abs(one[2] - 4.46) < 0.2, one)  # Student's t: 2.5 -+ 2.571 * 1.871 / 6**0.5
        self.assertTrue(isnan(measures.mean_and_interval([1, 2, 3, np.nan], list('abcd'))[1]))

    def test_interval_of_few_networks_holds_the_mean(self):
        """95 % is promised; the usual percentiles of five hold it in 83 of 100 cases."""
        chance = np.random.default_rng(2)
        found = [measures.mean_and_interval(chance.normal(size=5), list('abcde')) for _ in range(300)]
        self.assertGreater(np.mean([low <= 0 <= high for _, low, high in found]), 0.9)
        self.assertLess(np.mean([high - low for _, low, high in found]), 2 * 2.776 / 5**0.5)

    def test_agreement_of_starts(self):
        right = np.zeros((2, 4, IMAGES), bool)
        for start, numbers in enumerate(([1, 2, 3, 4], [1, 3, 2, 4])):
            for cut, n in enumerate(numbers):
                right[start, cut, :n] = True
        self.assertAlmostEqual(measures.agreement(right), 0.8)


class Verdicts(unittest.TestCase):
    def test_first(self):
        for signs, words in (((None, None, None), 'Undecided'), ((0, 0, 0), 'Not confirmed'), ((1, -1, 1), 'Confirmed: CUI'),
                             ((1, -1, 0), 'worse than depth does, and with depth removed nothing'),
                             ((1, 0, -1), 'no better than depth does with certainty, and with depth removed it points')):
            self.assertIn(words, claims.first_verdict(*signs), signs)

    def test_second(self):
        nan = float('nan')
        for found, words in (((5, nan, nan), 'undecided, of too few'), ((5, 2, 8), 'confirmed'), ((0.9, 0.2, 2), 'may be less'),
                             ((0, -0.5, 0.6), 'not confirmed'), ((1, -1, 4), 'undecided')):
            self.assertTrue(claims.second_verdict(found).startswith(words) or words in claims.second_verdict(found), found)

    def test_sign(self):
        self.assertEqual([claims.sign((0, *ends)) for ends in ((1, 2), (-2, -1), (-1, 1), (float('nan'),) * 2)], [1, -1, 0, None])


class InFolder(unittest.TestCase):
    def setUp(self):
        self.work = Path(tempfile.mkdtemp(prefix='isplit-study-'))
        self.addCleanup(shutil.rmtree, self.work)
        (self.work / 'settings').write_text(SCALE.text(), encoding='ascii')

    def environment(self):
        kept = {name: text for name, text in os.environ.items() if not name.startswith('STUDY_')}
        return {**kept, 'STUDY_WORK': str(self.work), 'STUDY_RESULTS': str(self.work)}

    def results(self):
        subprocess.run(['/usr/bin/python3', STUDY / 'study.py', '--results'], env=self.environment(), check=True, timeout=TIMEOUT)
        return (self.work / 'RESULTS.md').read_text(encoding='utf-8')


class Results(InFolder):
    def test_all_sets(self):
        """CUI the reverse of the accuracy, which grows with depth: what a head of all, and of half of the work loses."""
        rising = [10 + 2 * cut for cut in range(CUTS)]
        for run in (run for runs in all_runs(SCALE) for run in runs):
            right = rising[::-1] if run.half == 'b' else rising
            write_evaluation(self.work / 'evaluations' / run.name, right, [-n for n in rising])
        text = self.results()
        self.assertIn('**Measured: 12 of 12 sets, of 6 networks**; for halves of the classes 8 of 8.', text)
        self.assertNotIn('Missing', text)
        self.assertIn('STUDY_SIDE=32 (64), STUDY_TRAIN=10 (0)', text)
        self.assertIn("| CUI | -1.00 [-1.00, -1.00] | 0.25 [0.25, 0.25] | -2.00 [-2.00, -2.00] |", text)
        self.assertIn('| CUI | 35.0 [35.0, 35.0] | 25.0 [25.0, 25.0] | 15.0 [15.0, 15.0] | 5.0 [5.0, 5.0] |', text)
        self.assertIn('| depth | 0.0 [0.0, 0.0] | 0.0 [0.0, 0.0] | 0.0 [0.0, 0.0] | 0.0 [0.0, 0.0] |', text)
        self.assertIn('Not confirmed: CUI does not order', text)
        self.assertIn('Without a limit confirmed; with at most', text)
        self.assertRegex(text, r'\*\*2\..*\n(.*\n)*?.*gains 3\d\.\d \[3\d\.\d, 3\d\.\d\] points without a limit')
        self.assertEqual(len(re.findall('<polygon', (self.work / 'curves.svg').read_text(encoding='utf-8'))), 12)
        self.assertIn('</svg>', (self.work / 'predictors.svg').read_text(encoding='utf-8'))

    def test_sets_without_an_order_are_told_apart(self):
        """Where all cuts are alike CUI is right by chance; where they are not it is the reverse, with depth removed 0."""
        for run in (run for runs in all_runs(SCALE) for run in runs if not run.half):
            alike = run.bottleneck == 'ratio'
            right = [20] * CUTS if alike else range(10, 10 + CUTS)
            write_evaluation(self.work / 'evaluations' / run.name, right, [-n for n in range(CUTS)], partial=0.25 if alike else 0)
        text = self.results()
        self.assertIn('### Sets in which none can (6)', text)
        self.assertRegex(text, r'### Sets in which some cut can be told apart from the best \(6\)\n\n.*\n.*\n\| CUI \| -1.00 \[-1.00, '
                               r'-1.00\] \| 0.00 \[0.00, 0.00\]')
        claim = ' '.join(text.split('**2.')[0].split('**1.')[1].split())
        self.assertIn('In 6 of the 12 sets no cut can be told apart from the best, and any order may be chance; in the other 6 the '
                      'correlation with the accuracy is -1.00 [-1.00, -1.00]', claim)
        self.assertTrue(claim.endswith('with depth removed 0.00 [0.00, 0.00], so that nothing certain remains there.'), claim)

    def test_what_is_not_done_is_named(self):
        net = Trained('notmnist', 'vgg16', 0)
        for form in SCALE.bottlenecks():
            write_evaluation(self.work / 'evaluations' / Run(net, form).name, range(10, 10 + CUTS), range(CUTS))
        unfinished = all_runs(SCALE)[1][0].name
        (self.work / 'evaluations' / unfinished).mkdir()
        text = self.results()
        self.assertIn('**Measured: 2 of 12 sets, of 1 networks**; for halves of the classes 0 of 8.', text)
        self.assertIn(f'Missing sets: {unfinished}, ', text)
        self.assertIn('Undecided: too few networks', text)
        self.assertIn('**2. The best split depends on the classes.** Not measured.', text)


FAKE = '''#!/usr/bin/python3
import os, pathlib, sys, time
folder = pathlib.Path(sys.argv[sys.argv.index('-o') + 1])
if (folder.parent / 'sleeps').exists():
    (folder.parent / 'new').write_text(str(os.getpid()))
    os.replace(folder.parent / 'new', folder.parent / 'begun')
    time.sleep(60)
rate = float(sys.argv[sys.argv.index('--rate') + 1])
with open(folder.parent / 'calls', 'a') as file:
    file.write(folder.name + ' ' + ' '.join(sys.argv) + chr(10))
if (folder.parent / 'diverges').exists() and rate > float((folder.parent / 'diverges').read_text()):
    sys.exit('isplit: the training went astray: at step 13 the loss or a weight is not finite')
loses = (folder.parent / 'loses').exists() and rate > float((folder.parent / 'loses').read_text())
(folder / 'evaluate.csv').write_text('name,starts_failed' + chr(10) + 'cut0,0' + chr(10) + f'cut1,{int(loses)}' + chr(10))
sys.exit(pathlib.Path(folder.parent / 'fails').exists() and folder.name.endswith('floats4'))
'''


class Steps(InFolder):
    """With a program in isplit's place, which writes down how it was called."""

    def setUp(self):
        super().setUp()
        self.place = Place(self.work, self.work, self.work, self.work / 'program', 1, 1)
        self.place.program.write_text(FAKE, encoding='ascii')
        self.place.program.chmod(0o755)
        (self.work / 'data/notmnist/').mkdir(parents=True)
        (self.work / 'data/notmnist/labels').write_text('a\nb\nc\nd\n', encoding='ascii')
        (self.work / 'evaluations').mkdir()
        programs = Programs(self.place)
        self.addCleanup(programs.close)
        patcher = unittest.mock.patch.object(study, 'say')
        patcher.start()
        self.addCleanup(patcher.stop)
        self.chains = study.Chains(programs, self.place, SCALE)
        self.net = Trained('notmnist', 'vgg16', 0)

    def calls(self):
        return [line.split()[0] for line in (self.work / 'evaluations/calls').read_text(encoding='utf-8').splitlines()]

    def test_nothing_is_done_twice_and_what_failed_is(self):
        runs = [Run(self.net, form) for form in SCALE.bottlenecks()]
        (self.work / 'evaluations/fails').touch()
        self.assertFalse(self.chains(runs))
        self.assertEqual(self.calls(), ['notmnist-vgg16-0-ratio', 'notmnist-vgg16-0-floats4'])
        (self.work / 'evaluations/fails').unlink()
        self.assertTrue(self.chains(runs))
        self.assertTrue(self.chains(runs))
        self.assertEqual(self.calls(), ['notmnist-vgg16-0-ratio'] + ['notmnist-vgg16-0-floats4'] * 2)

    def test_lower_rate_where_training_goes_astray(self):
        runs = [Run(self.net, 'ratio')]
        (self.work / 'evaluations/diverges').write_text('0.001')
        self.assertFalse(self.chains(runs))
        (self.work / 'evaluations/diverges').write_text('0.01')
        (self.work / 'evaluations/calls').unlink()
        shutil.rmtree(self.work / 'evaluations/notmnist-vgg16-0-ratio')
        self.assertTrue(self.chains(runs))
        lines = (self.work / 'evaluations/calls').read_text(encoding='utf-8').splitlines()
        self.assertEqual([re.search(r' --rate (\S+) ', line)[1] for line in lines], ['0.03', '0.01'])
        self.assertEqual((self.work / 'evaluations/notmnist-vgg16-0-ratio/rate').read_text(), '0.01')

    def test_lower_rate_where_one_start_of_a_cut_goes_astray(self):
        """isplit evaluate ends well then, without that start."""
        (self.work / 'evaluations/loses').write_text('0.005')
        self.assertTrue(self.chains([Run(self.net, 'ratio')]))
        lines = (self.work / 'evaluations/calls').read_text(encoding='utf-8').splitlines()
        self.assertEqual([re.search(r' --rate (\S+) ', line)[1] for line in lines], ['0.03', '0.01', '0.003'])

    def test_halves_are_all_classes_and_disjoint(self):
        self.assertTrue(self.chains([Run(self.net, 'ratio', half) for half in 'ab']))
        lines = (self.work / 'evaluations/calls').read_text(encoding='utf-8').splitlines()
        chosen = [re.search(r' -c (\S+) ', line)[1].split(',') for line in lines]
        self.assertEqual(sorted(chosen[0] + chosen[1]), list('abcd'))
        self.assertEqual(chosen[0], halves('dcba', 0)['a'])

    def test_one_study_at_a_time(self):
        with self.assertRaisesRegex(SystemExit, 'still works in'):
            Programs(self.place)

    def test_another_scale_is_refused(self):
        study.claim_folder(self.place, SCALE)
        with self.assertRaisesRegex(SystemExit, 'of another scale'):
            study.claim_folder(self.place, SCALE._replace(steps=2))


class Ended(InFolder):
    """The study itself, with a program in isplit's place that works for a minute."""

    def setUp(self):
        super().setUp()
        self.program, self.evaluations = self.work / 'program', self.work / 'evaluations'
        self.program.write_text(FAKE, encoding='ascii')
        self.program.chmod(0o755)
        self.evaluations.mkdir()
        (self.evaluations / 'sleeps').touch()
        for name in pictures.SOURCES:
            (self.work / 'data' / name).mkdir(parents=True)
            (self.work / 'data' / name / 'labels').write_text('a\nb\nc\nd\n', encoding='ascii')
            (self.work / 'data' / name / 'done').touch()

    def start(self):
        scale = {f'STUDY_{name.upper()}': str(value) for name, value in SCALE._asdict().items()}
        return subprocess.Popen(['/usr/bin/python3', STUDY / 'study.py'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                env={**self.environment(), **scale, 'ISPLIT': str(self.program)})

    def program_began(self):
        """Its process."""
        begun, end = self.evaluations / 'begun', time.monotonic() + TIMEOUT
        while not begun.exists() and time.monotonic() < end:
            time.sleep(0.05)
        number = int(begun.read_text())
        begun.unlink()
        return number

    def test_program_ends_with_the_study(self):
        with self.start() as running:
            number = self.program_began()
            running.terminate()
            said = running.communicate(timeout=TIMEOUT)[0]
        self.assertEqual(running.returncode, 1)
        self.assertIn('notmnist-vgg16-0-ratio was interrupted', said)
        self.assertNotIn('Traceback', said)
        with self.assertRaises(ProcessLookupError):
            os.kill(number, 0)
        self.assertFalse((self.evaluations / 'notmnist-vgg16-0-ratio/done').exists())

    def test_program_that_outlives_it_is_seen(self):
        with self.start() as running:
            number = self.program_began()
            running.kill()
            running.wait()
            with self.start() as second:
                said = second.communicate(timeout=TIMEOUT)[0]
            os.kill(number, signal.SIGKILL)
        self.assertIn('another one, or a program that it started, still works in', said)
        self.assertEqual(second.returncode, 1)


class Pictures(InFolder):
    """Data sets in their original layouts."""

    def picture(self, path, colour, mode='RGB', size=64):
        """A flat one, so that JPEG changes nothing that matters."""
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new(mode, (size, size), colour).save(path, 'JPEG')

    def prepared(self, name, **scale):
        place = Place(self.work, self.work / 'made', self.work, self.work, 1, 1)
        folder = pictures.prepare(name, place, SCALE._replace(train=0, validation=0, **scale))
        return {path.relative_to(folder).parent.as_posix(): sum(1 for _ in path.parent.iterdir()) for path in folder.rglob('*.png')}

    def test_chest_xray(self):
        """Equal pictures once, and where the tests are; what is no picture is left out; from a tar."""
        for number, path in enumerate(('train/NORMAL/a', 'train/NORMAL/b', 'train/PNEUMONIA/c', 'test/NORMAL/d', 'test/PNEUMONIA/e')):
            self.picture(self.work / 'source' / f'{path}.jpeg', 40 * number, 'L', 70)
        self.picture(self.work / 'source/train/NORMAL/f.jpeg', 120, 'L', 70)  # that of d
        self.picture(self.work / 'source/train/PNEUMONIA/g.jpeg', 80, 'L', 70)  # that of c
        (self.work / 'source/train/NORMAL/.DS_Store').write_bytes(b'x')
        with tarfile.open(self.work / 'chest-xray-64.tar', 'w') as tar:
            tar.add(self.work / 'source', 'chest-xray-64')
        self.assertEqual(self.prepared('chest-xray'), {'train/NORMAL': 2, 'train/PNEUMONIA': 1, 'test/NORMAL': 1, 'test/PNEUMONIA': 1})
        with Image.open(next((self.work / 'made').rglob('train/NORMAL/*.png'))) as image:
            self.assertEqual((image.size, image.mode), ((32, 32), 'L'))

    def test_tiny_imagenet(self):
        """Of two hundred classes those of the study, grey pictures in colour, tests by the list of annotations."""
        ours, other = pictures.TINY_CLASSES[3], 'n00000000'
        folder = self.work / 'tiny-imagenet-200'
        for number, name in enumerate((ours, other)):
            self.picture(folder / f'train/{name}/images/{name}_0.JPEG', 50 + number, 'L')
            self.picture(folder / f'val/images/val_{number}.JPEG', (number, 99, 0))
        (folder / 'val/val_annotations.txt').write_text(f'val_0.JPEG\t{ours}\t0\nval_1.JPEG\t{other}\t0\n')
        self.assertEqual(self.prepared('tiny-imagenet-30', side=64), {f'train/{ours}': 1, f'test/{ours}': 1})
        with Image.open(next((self.work / 'made').rglob('train/*/*.png'))) as image:
            self.assertEqual((image.size, image.mode), ((64, 64), 'RGB'))

    def test_missing(self):
        with self.assertRaisesRegex(SystemExit, 'holds no tiny-imagenet-30 or tiny-imagenet-200'):
            self.prepared('tiny-imagenet-30')


class Killed(InFolder):
    """Training of a network ends and goes on: the same bytes as in one piece."""

    def test_goes_on(self):
        chance = np.random.default_rng(0)
        for part in ('train', 'test'):
            for name in 'ab':
                (self.work / part / name).mkdir(parents=True)
                for i in range(4):
                    Image.fromarray(chance.integers(0, 256, (32, 32), np.uint8)).save(self.work / part / name / f'{i}.png')
        code = ('import sys, train_images, training\n'
                'save = training.Training.save\n'
                'def dies(self, path):\n    save(self, path)\n    raise KeyboardInterrupt\n'
                'base = sys.argv.pop(1)\n'
                'arguments = sys.argv[1:]\n'
                'for name, killed in (("whole", 0), ("pieces", 1), ("pieces", 1), ("pieces", 0)):\n'
                '    sys.argv = ["", *arguments, "-o", base + name]\n'
                '    training.Training.save = dies if killed else save\n'
                '    try: train_images.main()\n'
                '    except KeyboardInterrupt: pass\n')
        subprocess.run(['/usr/bin/python3', '-c', code, f'{self.work}/', 'vgg16', self.work / 'train', self.work / 'test',
                        '--epochs', '3', '--threads', '1', '--mirror'], check=True, timeout=TIMEOUT, stdout=subprocess.DEVNULL,
                       env={**os.environ, 'PYTHONPATH': str(TOP / 'weights')})
        whole, pieces = ((self.work / f'{name}.weights').read_bytes() for name in ('whole', 'pieces'))
        self.assertEqual(whole, pieces)
        self.assertFalse((self.work / 'pieces.checkpoint').exists())
        log = (self.work / 'pieces.log').read_text(encoding='ascii')
        self.assertEqual(re.findall('(?m)^epoch +(\\d)', log), ['1', '2', '3'])


if __name__ == '__main__':
    unittest.main()
