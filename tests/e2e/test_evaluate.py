#!/usr/bin/python3
"""isplit evaluate through the real program and the real worker: what a race leaves behind, that it goes on where it was
killed, that shares join, and what is refused.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_evaluate.py [unittest options]
"""
import csv
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from on_terminal import on_terminal

TOP = Path(__file__).resolve().parent.parent.parent
TIMEOUT = 300
PROGRAM = os.environ.get('ISPLIT', str(TOP / 'isplit'))
NETWORK = [TOP / 'cfg/letters-vgg16.cfg', TOP / 'weights/letters-vgg16.weights']
PER_CLASS = 12
CUTS = ['block3_pool', 'block4_conv1', 'block4_pool', 'block5_conv1', 'block5_conv2']  # late ones, quickly measured
USUAL = ['-n', '120', '--cuts', ','.join(CUTS), '--steps', '4', '--stages', '2', '--batch', '16', '--threads', '1', '--exact']


def rows_of(path):
    with open(path, newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


def results_of(folder):
    """What was measured, whatever file it is in: {(layer, start, stage): right}."""
    found = {}
    for path in Path(folder).glob('results*.csv'):
        for row in rows_of(path):
            found[row['layer'], row['start'], row['stage']] = row['right']
    return found


def setUpModule():
    """One evaluation of all cuts, which every test reads."""
    Evaluating.top = Path(tempfile.mkdtemp(prefix='isplit-evaluate-'))
    unittest.addModuleCleanup(shutil.rmtree, Evaluating.top, True)
    Evaluating.environment = {**os.environ, 'XDG_CACHE_HOME': str(Evaluating.top / 'cache'), 'HOME': str(Evaluating.top)}
    Evaluating.data = Evaluating.top / 'letters'
    for letter in sorted((TOP / 'tests/samples/letters').iterdir()):
        (Evaluating.data / letter.name).mkdir(parents=True)
        for image in sorted(letter.iterdir())[:PER_CLASS]:
            (Evaluating.data / letter.name / image.name).symlink_to(image)
    Evaluating.folder = Evaluating.top / 'whole'
    Evaluating.told, Evaluating.said = Evaluating.run_program(Evaluating.folder, '--exhaustive')


class Evaluating(unittest.TestCase):
    @classmethod
    def command(cls, folder, *options):
        return [PROGRAM, 'evaluate', *NETWORK, '-d', cls.data, '-o', folder, *options]

    @classmethod
    def run_program(cls, folder, *more, usual=None, expect=0):
        done = subprocess.run(cls.command(folder, *(USUAL if usual is None else usual), *more), timeout=TIMEOUT,
                              capture_output=True, encoding='utf-8', env=cls.environment, check=False)
        if done.returncode != expect:
            raise AssertionError(f'{done.returncode}: {done.stdout}{done.stderr}')
        if re.search(r'\b(nan|inf)\b', done.stdout):
            raise AssertionError(f'no number: {done.stdout}')
        return done.stdout, done.stderr

    def refused(self, *more, **how):
        _, said = self.run_program(self.top / 'refused', *more, **how)
        self.assertEqual(len(said.splitlines()), 1, said)
        return said


class What(Evaluating):
    def test_each_cut_has_a_row(self):
        rows = rows_of(self.folder / 'evaluate.csv')
        self.assertEqual([row['name'] for row in rows], CUTS)
        for row in rows:
            self.assertEqual((row['stages'], row['steps']), ('2', str(2 * (4 + 8))))
            self.assertLessEqual(float(row['accuracy_low']), float(row['accuracy']))
            self.assertLessEqual(float(row['accuracy']), float(row['accuracy_high']))
        best = max(rows, key=lambda row: float(row['accuracy']))
        self.assertEqual([row['name'] for row in rows if row['state'] == 'leader'], [best['name']])
        self.assertEqual(best['in_set'], '1')
        self.assertIn(best['name'], self.told)

    def test_how_far_it_is(self):
        """In a pipe a line for each training, which says how far the whole race is."""
        lines = [line for line in self.said.splitlines() if 'trainings' in line]
        n = len(CUTS) * 2 * 2
        self.assertEqual(len(lines), n)
        for i, line in enumerate(lines):
            self.assertRegex(line, rf': note: {i + 1} of at most {n} ' r'trainings(, ETA \d+:\d\d)?: block\w+, start [12], stage [12]: '
                             r'\d+\.\d % right$')

    def bars(self, folder, *options):
        """What stands on the terminal meanwhile."""
        status, seen = on_terminal(self.command(self.top / folder, '-n', '60', '--starts', '1', '--batch', '16', *options),
                                   subprocess.DEVNULL, env=self.environment)
        self.assertEqual(status, 0, seen)
        return seen

    def test_bar_of_the_bottleneck_alone(self):
        """Its cut, and no accuracy of a training before."""
        seen = self.bars('alone', '--cuts', 'block5_conv2', '--steps', '100', '--stages', '1', '--train', 'tail')
        self.assertRegex(seen, rb'block5_conv2 alone loss \d+\.\d{4} ')
        self.assertNotRegex(seen, rb'loss \d+\.\d{4}, ')

    def test_bar_of_the_race(self):
        """On a terminal: of all trainings, by their steps, with what the one under way has done."""
        seen = self.bars('bar', '--cuts', 'block5_conv1,block5_conv2', '--steps', '400', '--stages', '2', '--exhaustive')
        bars = re.findall(rb'(block5_conv[12]) loss \d+\.\d{4}.*? +(\d+)%  (\d)/4 trainings', seen)
        self.assertTrue(bars, seen)
        begin = [0, 16, 33, 66, 100]  # steps 400, 400, 800, 800
        for cut, percent, done in bars:
            self.assertEqual(cut, (b'block5_conv1', b'block5_conv2')[int(done) % 2])
            self.assertTrue(begin[int(done)] <= int(percent) <= begin[int(done) + 1] + 1, bars)
        self.assertEqual([int(percent) for _, percent, _ in bars], sorted(int(percent) for _, percent, _ in bars))
        self.assertTrue(any(int(percent) not in begin + [17, 67] for _, percent, _ in bars), bars)
        self.assertRegex(seen, rb'trainings  ETA \d+:\d\d')

    def test_accuracies_are_those_of_the_results(self):
        found = results_of(self.folder)
        self.assertEqual(len(found), len(CUTS) * 2 * 2)
        for row in rows_of(self.folder / 'evaluate.csv'):
            starts = [found[row['layer'], start, '1'] for start in '01']
            share = sum(right.count('1') / len(right) for right in starts) / 2
            self.assertAlmostEqual(float(row['accuracy']), share, places=8)

    def test_the_beginning_is_looked_at_once(self):
        """Of the first start, before its first stage."""
        for row in rows_of(self.folder / 'results.csv'):
            self.assertEqual(row['untrained'] != '', (row['start'], row['stage']) == ('0', '0'), row)

    def test_one_cut_is_what_retrain_gives(self):
        """The first stage of a race is a training of as many steps; the whole network's accuracy is the same."""
        out = self.top / 'one'
        subprocess.run([PROGRAM, 'retrain', *NETWORK, '-d', self.data, '-o', out, '--at', 'block4_pool', '-n', '120', '--batch',
                        '16', '--threads', '1', '--exact', '--epochs', '1'], timeout=TIMEOUT, check=True,
                       capture_output=True, env=self.environment)
        row, = rows_of(out / 'retrain.csv')
        raced, = [r for r in rows_of(self.folder / 'evaluate.csv') if r['name'] == 'block4_pool']
        self.assertEqual(float(row['accuracy_before']), float(raced['accuracy_before']))
        self.assertEqual(float(row['accuracy_untrained']), float(raced['accuracy_untrained']))
        self.assertEqual(row['floats_sent'], raced['floats_sent'])
        done = subprocess.run([PROGRAM, 'evaluate', out, '-d', self.data, '-o', self.top / 'second'], timeout=TIMEOUT, check=False,
                              capture_output=True, encoding='utf-8', env=self.environment)
        self.assertRegex(done.stderr, r'^isplit: .*whole.cfg: has no cut that can be evaluated, as layer 0 \(block1_conv1\): the '
                                      r'network has a bottleneck already\n$')

    def test_predictors(self):
        rows = {row['predictor']: row for row in rows_of(self.folder / 'predictors.csv')}
        self.assertEqual(list(rows), ['cui', 'cui_corrected', 'depth', 'trapped'])
        cuts = rows_of(self.folder / 'evaluate.csv')
        accuracy = {row['name']: float(row['accuracy']) for row in cuts}
        for name, row in rows.items():
            pick = max(cuts, key=lambda cut: float(cut[name]))  # pylint: disable=cell-var-from-loop
            self.assertEqual(row['pick'], pick['name'])
            self.assertAlmostEqual(float(row['regret']), max(accuracy.values()) - accuracy[row['pick']], places=8)
            self.assertLessEqual(abs(float(row['spearman'])), 1)
        self.assertEqual(rows['depth']['pick'], CUTS[-1])
        self.assertEqual(rows['depth']['partial'], '')  # nothing is left of depth without depth

    def test_trapped_energy_of_these_cuts_alone(self):
        """Of all listed ones it needs 149 MB; it is the same whichever others take part."""
        folder, cuts = self.top / 'two', ['block5_conv2', 'block5_conv3']
        self.run_program(folder, usual=['-n', '120', '--cuts', ','.join(cuts), '--steps', '1', '--stages', '1', *USUAL[8:],
                                        '--memory', '100M'])
        two, five = ({row['name']: row['trapped'] for row in rows_of(path / 'evaluate.csv')} for path in (folder, self.folder))
        self.assertEqual(list(two), cuts)
        self.assertEqual(two['block5_conv2'], five['block5_conv2'])
        self.assertGreater(float(two['block5_conv3']), float(two['block5_conv2']))

    def test_trapped_energy_is_kept(self):
        """It is measured once; again where it is of something else, or the file is damaged."""
        folder, whole = self.top / 'kept-energy', (self.folder / 'evaluate.csv').read_bytes()
        shutil.copytree(self.folder, folder)
        kept = folder / 'trapped.csv'
        text = kept.read_text(encoding='ascii')
        rows = rows_of(kept)
        self.assertEqual([row['layer'] for row in rows], [row['layer'] for row in rows_of(folder / 'evaluate.csv')])
        kept.write_text(text.replace(rows[1]['nats'], '10'), encoding='ascii')  # nobody measures that
        before = kept.read_bytes()
        self.run_program(folder, '--exhaustive')
        self.assertEqual([float(row['trapped']) for row in rows_of(folder / 'evaluate.csv')].index(-1), 1)
        self.run_program(folder, '--exhaustive', usual=[*USUAL[:3], CUTS[2], *USUAL[4:]])  # the others' stay
        self.assertEqual(kept.read_bytes(), before)
        for other in (text.replace(rows[0]['key'], rows[0]['key'][::-1]), text.replace(rows[0]['nats'], 'x'), text[:20], ''):
            kept.write_text(other, encoding='ascii')
            self.run_program(folder, '--exhaustive')
            self.assertEqual(kept.read_text(encoding='ascii'), text)
            self.assertEqual((folder / 'evaluate.csv').read_bytes(), whole)

    def test_kept_trapped_energy_of_other_images(self):
        """It stands on images of all classes, also where the race does not."""
        folder, data = self.top / 'energy-of-others', self.top / 'energy-images'
        shutil.copytree(self.data, data, symlinks=True)
        keys = []
        for _ in range(2):
            subprocess.run([PROGRAM, 'evaluate', *NETWORK, '-d', data, '-o', folder, '-c', 'A-D', '--cuts', 'block5_conv2', '--steps', '4',
                            '--stages', '1', '--starts', '1', '--batch', '16', '--threads', '1', '--exact'], timeout=TIMEOUT,
                           env=self.environment, check=True, capture_output=True)
            keys.append(rows_of(folder / 'trapped.csv')[0]['key'])
            sorted((data / 'J').iterdir())[0].unlink()
        self.assertNotEqual(keys[0], keys[1])

    def test_bottleneck_alone(self):
        """Where more learns, the bottleneck alone is trained too: to what --train bottleneck gives with the first start,
        which is the accuracy itself where nothing else learns."""
        for row in rows_of(self.folder / 'evaluate.csv'):
            self.assertEqual(row['accuracy_bottleneck'], row['accuracy'])
        folder, found = self.top / 'tail', results_of(self.folder)
        usual = ['-n', '120', '--cuts', 'block4_pool,block5_conv2', *USUAL[4:], '--train', 'tail', '--exhaustive']
        told, _ = self.run_program(folder, usual=usual)
        rows = rows_of(folder / 'evaluate.csv')
        self.assertEqual(told.count('bottleneck only'), 2)
        for row in rows:
            right = found[row['layer'], '0', '1']
            self.assertAlmostEqual(float(row['accuracy_bottleneck']), right.count('1') / len(right), places=8)
        self.assertNotEqual([row['accuracy'] for row in rows], [row['accuracy_bottleneck'] for row in rows])
        before = (folder / 'bottleneck/results.csv').read_bytes()
        told, _ = self.run_program(folder, '--max-memory', '2.5M', usual=usual)  # nothing is trained again
        self.assertEqual((folder / 'bottleneck/results.csv').read_bytes(), before)
        self.assertIn('outside the limits', told)
        self.assertEqual([row['state'] for row in rows_of(folder / 'evaluate.csv')], ['leader', 'outside'])

    def test_plan(self):
        """The plan takes the accuracies, and what the cuts cost with their bottleneck."""
        out = self.top / 'plan.csv'
        subprocess.run([PROGRAM, 'plan', *NETWORK, '--evaluation', self.folder,
                        '--min-accuracy', '0.2', '-o', out], timeout=TIMEOUT, capture_output=True,
                       env=self.environment, check=False)
        plan = {row['name']: row for row in rows_of(out)}
        cuts = rows_of(self.folder / 'evaluate.csv')
        for cut in cuts:
            row = plan[cut['name']]
            self.assertEqual((int(row['bytes']), row['accuracy']), (28 + int(cut['bytes_sent']), cut['accuracy']))  # in a frame
            self.assertAlmostEqual(float(row['head_ms']), 2 * int(cut['head_macs']) / 5e9 * 1e3, places=6)
        self.assertEqual(float(plan['server only']['accuracy']), float(cuts[0]['accuracy_before']))
        self.assertEqual(plan['block1_conv1']['accuracy'], '')
        meta = {row['key']: row['value'] for row in rows_of(str(out) + '.meta.csv')}
        self.assertEqual((meta['accuracy_from'], meta['evaluation']), ('evaluation', str(self.folder)))

    def test_some_starts_fail(self):
        """Of one cut a start, of another all: the others go on, and what is left out is said."""
        folder = self.top / 'few-images'
        shutil.copytree(self.folder, folder)
        rows, why = rows_of(folder / 'results.csv'), 'the training went astray'
        layer = {row['name']: row['layer'] for row in rows_of(folder / 'evaluate.csv')}
        def fails(row):
            one = row['layer'] == layer['block4_pool'] and row['start'] == '1'
            return (one and row['stage'] == '1') or row['layer'] == layer['block5_conv2']
        kept = [{**row, 'before': '', 'untrained': '', 'right': '', 'failed': why} if fails(row) else row for row in rows]
        kept = [row for row in kept if not (row['failed'] and row['layer'] == layer['block5_conv2'] and row['stage'] == '1')]
        with open(folder / 'results.csv', 'w', newline='', encoding='utf-8') as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(kept)
        before = (folder / 'results.csv').read_bytes()
        told, _ = self.run_program(folder, '--exhaustive')
        self.assertEqual((folder / 'results.csv').read_bytes(), before)  # none is tried again
        cuts = {row['name']: row for row in rows_of(folder / 'evaluate.csv')}
        failed = {name: row['starts_failed'] for name, row in cuts.items() if row['starts_failed'] != '0'}
        self.assertEqual(failed, {'block4_pool': '1', 'block5_conv2': '2'})
        self.assertEqual({name: row['reason'] for name, row in cuts.items() if row['reason']}, dict.fromkeys(failed, why))
        lost = cuts['block5_conv2']
        self.assertEqual((lost['state'], lost['accuracy'], lost['accuracy_low'], lost['stages'], lost['in_set'], lost['p']),
                         ('failed', '', '', '0', '0', ''))
        right, = [row['right'] for row in rows if (row['layer'], row['start'], row['stage']) == (layer['block4_pool'], '0', '1')]
        self.assertAlmostEqual(float(cuts['block4_pool']['accuracy']), right.count('1') / len(right), places=8)
        self.assertIn('1 of 5 cuts left out of the set and of the predictors', told)
        self.assertRegex(told, r'block5_conv2 .* the training went astray')
        self.assertRegex(told, r'block4_pool .*, 1 start failed')
        depth, = [row for row in rows_of(folder / 'predictors.csv') if row['predictor'] == 'depth']
        alive = [name for name, row in cuts.items() if row['accuracy']]
        self.assertEqual(depth['pick'], max(alive, key=lambda name: int(cuts[name]['layer'])))
        subprocess.run([PROGRAM, 'plan', TOP / 'cfg/letters-vgg16.cfg', TOP / 'weights/letters-vgg16.weights', '--evaluation',
                        folder, '-o', self.top / 'left.csv'], timeout=TIMEOUT, capture_output=True, env=self.environment, check=False)
        plan = {row['name']: row['accuracy'] for row in rows_of(self.top / 'left.csv')}
        self.assertEqual((plan['block5_conv2'], plan['block4_pool']), ('', cuts['block4_pool']['accuracy']))

    def test_all_starts_fail(self):
        """With a rate that no network bears: each start is told once, with a rate to try, and the race comes to its end."""
        folder, usual = self.top / 'all', [*USUAL[:2], '--cuts', 'block4_pool,block5_conv2', *USUAL[4:]]
        told, said = self.run_program(folder, '--rate', '1e30', usual=usual)
        self.assertEqual(len(said.splitlines()), 4, said)
        self.assertEqual(len(set(said.splitlines())), 4)
        for line in said.splitlines():
            self.assertRegex(line, r'^isplit: warning: block\w+, start [12], stage 1 has failed: the training went astray: at step '
                                   r'\d+ .* --rate than 1e\+30: try 0\.1')
        self.assertIn('2 of 2 cuts left out', told)
        self.assertIn('no cut has been measured\n', told)
        self.assertEqual([row['state'] for row in rows_of(folder / 'evaluate.csv')], ['failed'] * 2)
        self.assertEqual([row['spearman'] + row['pick'] for row in rows_of(folder / 'predictors.csv')], [''] * 4)
        self.assertEqual(self.run_program(folder, '--rate', '1e30', usual=usual), (told, ''))


class Odd(Evaluating):
    """Valid, but not what is usual."""
    def few(self, folder, cuts, *more, **how):
        return self.run_program(self.top / folder, *more, usual=['-n', '60', '--cuts', cuts, '--steps', '1', '--stages', '2',
                                                                 *USUAL[8:]], **how)

    def test_one_start(self):
        """How far starts differ is not known, so there is no interval; one line says why."""
        told, _ = self.few('start', 'block5_conv1,block5_conv2', '--starts', '1')
        self.assertEqual(len(re.findall(r'floats +\d+\.\d % - +2 stages', told)), 2, told)
        self.assertEqual(told.count('no intervals: each cut has one start'), 1)
        for row in rows_of(self.top / 'start/evaluate.csv'):
            self.assertEqual((row['accuracy_low'], row['in_set']), ('', '1'))
        told, _ = self.few('starts', 'block5_conv1,block5_conv2', '--starts', '3')
        self.assertNotIn('no intervals', told)
        self.assertEqual(len(re.findall(r'\[ *\d+\.\d, +\d+\.\d\]', told)), 2)

    def test_one_cut(self):
        """There is nobody to race against: it is trained to the end, as its accuracy is asked for."""
        told, _ = self.few('cut', 'block5_conv1')
        row, = rows_of(self.top / 'cut/evaluate.csv')
        self.assertEqual((row['stages'], row['steps'], row['state']), ('2', '6', 'leader'))
        self.assertIn('no other cut takes part (all stages are done)', told)
        self.assertIn('no rank correlation of fewer than 4 measured cuts', told)

    def test_cuts_in_any_order_and_twice(self):
        self.few('order', 'block5_conv2,block5_conv1,15,block5_conv2')
        rows = rows_of(self.top / 'order/evaluate.csv')
        self.assertEqual([row['name'] for row in rows], ['block5_conv1', 'block5_conv2'])

    def test_bottleneck_that_does_not_fit_everywhere(self):
        """Where it cannot be made the cut is left out, before anything is trained, and the others race."""
        _, said = self.few('small', 'block4_conv3,block5_conv1,block5_pool,fc3', '--bottleneck', 'floats:15')
        self.assertEqual(said.splitlines()[0], 'isplit: warning: 2 of 4 cuts are left out, as layer 12 (block4_conv3): a code of 4x4 '
                                               'places has 16 numbers at least (expected floats:16 or more)')
        self.assertEqual([row['name'] for row in rows_of(self.top / 'small/evaluate.csv')], ['block5_conv1', 'block5_pool'])
        _, said = self.few('none', 'fc3', expect=1)
        self.assertRegex(said, r'has no cut that can be evaluated, as layer 22 \(fc3\): the scores are there')
        _, said = self.few('large', 'block5_pool', '--bottleneck', 'floats:128', expect=1)
        self.assertIn('its code of 128 numbers is no smaller than the cut\'s tensor of 128', said)

    def test_without_labels(self):
        """What is distilled needs none; right is then what the whole network answers."""
        flat = self.top / 'flat'
        flat.mkdir()
        for i, image in enumerate(sorted(self.data.glob('*/*'))[::2]):
            (flat / f'{i}.png').symlink_to(image.resolve())
        usual = ['-d', flat, '--cuts', 'block5_conv1,block5_conv2', '--steps', '1', '--stages', '1', *USUAL[8:]]
        told, _ = self.run_program(self.top / 'distilled', '--loss', 'distill', usual=usual)
        self.assertIn('no image has a label: right is what the whole network answers, too', told)
        for row in rows_of(self.top / 'distilled/evaluate.csv'):
            self.assertEqual(row['accuracy_before'], '1')
            self.assertGreater(float(row['cui']), 0)
        _, said = self.run_program(self.top / 'labels', usual=usual, expect=1)
        self.assertIn('flat: holds 60 images but no class folders', said)
        self.few('labelled', 'block5_conv1', '--loss', 'distill')  # with labels, importance is of the labelled class
        self.few('labels', 'block5_conv1')
        (one,), (two,) = (rows_of(self.top / name / 'evaluate.csv') for name in ('labelled', 'labels'))
        self.assertEqual(one['cui'], two['cui'])

    def test_fewer_in_the_same_folder(self):
        """Fewer cuts, starts and stages use the results that are there; the others stay for another time."""
        folder = self.top / 'fewer'
        shutil.copytree(self.folder, folder)
        before = (folder / 'results.csv').read_bytes()
        found = results_of(folder)
        self.run_program(folder, '--exhaustive', '--starts', '1', '--stages', '1', '--cuts', ','.join(CUTS[1:3]))
        self.assertEqual((folder / 'results.csv').read_bytes(), before)
        rows = rows_of(folder / 'evaluate.csv')
        self.assertEqual([row['name'] for row in rows], CUTS[1:3])
        for row in rows:
            right = found[row['layer'], '0', '0']
            self.assertAlmostEqual(float(row['accuracy']), right.count('1') / len(right), places=8)
        self.run_program(folder, '--exhaustive', '--starts', '3', '--stages', '1', '--cuts', CUTS[1])  # something is trained
        self.assertEqual({**results_of(folder), **found}, results_of(folder))
        self.assertEqual(len(results_of(folder)), len(found) + 1)
        self.run_program(folder, '--exhaustive')
        self.assertEqual((folder / 'evaluate.csv').read_bytes(), (self.folder / 'evaluate.csv').read_bytes())

    def test_cuts_of_another_share(self):
        folder, cuts = self.top / 'share', 'block5_conv1,block5_conv2,block5_conv3'
        told, _ = self.few('share', cuts, '--shard', '2/2')
        self.assertEqual([row['state'] for row in rows_of(folder / 'evaluate.csv')], ['outside', 'leader', 'outside'])
        self.assertEqual(len(re.findall(r'floats  of another share$', told, re.MULTILINE)), 2, told)
        told, _ = self.few('share', cuts, '--shard', '1/2')
        self.assertEqual([row['state'] == 'outside' for row in rows_of(folder / 'evaluate.csv')], [False, True, False])
        self.assertRegex(told, r'block5_conv2 .* % .* of another share')
        self.assertRegex(told, r'of 1 other 1 cannot be told apart from it|it can be told apart from the other ')
        told, _ = self.few('share', cuts, '--shard', '4/4')
        self.assertIn('no cut of this share is within the limits', told)

    def test_time_is_over(self):
        """In the first stage: what is known is told, and that no cut leads yet."""
        folder = self.top / 'over'
        shutil.copytree(self.folder, folder)
        rows = rows_of(folder / 'results.csv')
        first = [row for row in rows if row['layer'] == rows[0]['layer'] and row['stage'] == '0']
        with open(folder / 'results.csv', 'w', newline='', encoding='utf-8') as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(first)
        told, said = self.run_program(folder, '--minutes', '0.0000001')
        self.assertIn('no cut leads yet: the first stage is not over', told)
        self.assertRegex(told, r'block3_pool .* 1 stage *\n')  # in no set yet
        self.assertIn('isplit: the time is over (--minutes): what is known is written; the same command goes on from here', said)


    def test_told_once(self):
        """The images are listed once, whether validation has some of its own or not; what one of them lacks is told once."""
        odd, some = self.top / 'told-once', self.top / 'told-once-validation'
        shutil.copytree(self.data, odd, symlinks=True)
        shutil.copytree(self.data, some, symlinks=True)
        for letter in some.iterdir():
            for image in sorted(letter.iterdir())[3:]:
                image.unlink()
        (odd / 'A/readme.txt').write_text('x')
        (odd / 'A/none.png').write_text('x')
        for i, more in enumerate(([], ['--validation-data', some])):
            command = [PROGRAM, 'evaluate', *NETWORK, '-d', odd, '-o', self.top / f'told-{i}', '--cuts', 'block5_conv2', '--steps', '4',
                       '--stages', '1', '--starts', '1', '--batch', '16', *more]
            said = subprocess.run(command, timeout=TIMEOUT, capture_output=True, encoding='utf-8', env=self.environment,
                                  check=True).stderr
            for warning in ('1 file passed over', 'A/none.png: cannot be decoded'):
                self.assertEqual(said.count(warning), 1, said)


class Again(Evaluating):
    def test_nothing_is_trained_twice(self):
        folder = self.top / 'copy'
        shutil.copytree(self.folder, folder)
        before = (folder / 'results.csv').read_bytes()
        self.run_program(folder, '--exhaustive')
        self.assertEqual((folder / 'results.csv').read_bytes(), before)
        self.assertEqual((folder / 'evaluate.csv').read_bytes(), (self.folder / 'evaluate.csv').read_bytes())
        self.run_program(folder, usual=[*USUAL[:7], '3', *USUAL[8:]])  # one stage more
        self.assertGreaterEqual(len(results_of(folder)), len(results_of(self.folder)))

    def killed(self, folder):
        """Begun three times and killed each time, later than the time before."""
        shutil.rmtree(folder, ignore_errors=True)
        for kills in range(3):
            with subprocess.Popen(self.command(folder, *USUAL, '--exhaustive'), stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, env=self.environment, start_new_session=True) as process:
                deadline = time.monotonic() + TIMEOUT
                while len(results_of(folder)) <= 3 * kills and process.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.02)
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)

    def test_killed_and_gone_on(self):
        folder, whole = self.top / 'killed', results_of(self.folder)
        for _ in range(20):  # where this process sleeps too long all is done before the kill
            self.killed(folder)
            if len(results_of(folder)) < len(whole):
                break
        self.assertLess(len(results_of(folder)), len(whole))
        self.run_program(folder, '--exhaustive')
        self.assertEqual(results_of(folder), whole)

    def test_killed_between_checkpoint_and_result(self):
        """The last training ended, but its line is not there."""
        folder, whole = self.top / 'between', results_of(self.folder)
        shutil.copytree(self.folder, folder)
        lines = (folder / 'results.csv').read_text(encoding='ascii').splitlines(keepends=True)
        (folder / 'results.csv').write_text(''.join(lines[:-1]), encoding='ascii')
        self.run_program(folder, '--exhaustive')
        self.assertEqual(results_of(folder), whole)

    def test_shown_while_it_runs(self):
        """For a screen that watches."""
        folder = self.top / 'watched'
        with subprocess.Popen(self.command(folder, *USUAL, '--exhaustive', '--steps', '200'), stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, env=self.environment, start_new_session=True) as process:
            deadline = time.monotonic() + TIMEOUT
            while not (folder / 'evaluate.csv').exists() and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
            running = process.poll() is None
            rows = rows_of(folder / 'evaluate.csv')
            os.killpg(process.pid, signal.SIGKILL)
        self.assertTrue(running)
        self.assertEqual([row['name'] for row in rows], CUTS)
        self.assertLess(len(results_of(folder)), 2 * len(CUTS))

    def test_one_at_a_time(self):
        """Results are written whole, so the last of two would win; whoever is killed is in nobody's way."""
        folder = self.top / 'at-a-time'
        words = self.command(folder, *USUAL, '--exhaustive', '--steps', '200')
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.environment,
                              start_new_session=True) as process:
            deadline = time.monotonic() + TIMEOUT
            while not results_of(folder) and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)
            os.killpg(process.pid, signal.SIGSTOP)
            for more in ([], ['--shard', '1/2'], ['--force']):
                _, said = self.run_program(folder, *more, expect=1)
                self.assertEqual(said, f'isplit: {folder}: another isplit works here: process {process.pid} on '
                                       f'{os.uname().nodename} (expected to wait for its end, or another folder)\n')
            os.killpg(process.pid, signal.SIGKILL)
        self.assertTrue((folder / '.isplit-lock').exists())
        known = results_of(folder)
        self.run_program(folder, '--steps', '200', '--minutes', '0.0000001')
        self.assertEqual(results_of(folder), {**results_of(folder), **known})
        self.assertFalse((folder / '.isplit-lock').exists())

    def test_shares_join(self):
        """Also those that run at the same time."""
        folder = self.top / 'shares'
        shares = [subprocess.Popen(self.command(folder, *USUAL, '--exhaustive', '--shard', share), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, env=self.environment) for share in ('1/2', '2/2')]
        for share in shares:
            said = share.communicate(timeout=TIMEOUT)[1]
            self.assertEqual(share.returncode, 0, said)
        self.assertEqual(results_of(folder), results_of(self.folder))
        self.run_program(folder, '--exhaustive')
        self.assertFalse((folder / 'results.csv').exists(), 'something was trained again')
        self.assertEqual((folder / 'evaluate.csv').read_bytes(), (self.folder / 'evaluate.csv').read_bytes())

    def test_no_time(self):
        """No training begins when the time is over; what was begun is finished."""
        said, _ = self.run_program(self.top / 'late', '--minutes', '0.0000001')
        self.assertLessEqual(len(results_of(self.top / 'late')), 1)
        self.assertRegex(said, 'the race is not over|no cut has been measured yet')


class Refused(Evaluating):
    def test_usage(self):
        self.assertIn('--bottleneck none leaves nothing to train', self.refused('--bottleneck', 'none', expect=2))
        self.assertIn('sixth', self.refused('--bottleneck', 'sixth', expect=2))
        self.assertIn('exclude each other', self.refused('--validation', '.5', '--validation-data', 'x', expect=2))
        self.assertIn('--max-energy needs --joule-mac', self.refused('--max-energy', '1', expect=2))

    def test_cuts(self):
        self.assertIn('block9', self.refused(usual=['--cuts', 'block9'], expect=1))
        _, said = self.run_program(self.top / 'refused', usual=['--cuts', 'softmax', '-n', '50'], expect=1)
        self.assertIn('no cut', said)

    def test_limits(self):
        folder = self.top / 'limits'
        shutil.copytree(self.folder, folder)
        limit = sorted(int(row['head_macs']) for row in rows_of(folder / 'evaluate.csv'))[2]
        self.run_program(folder, '--exhaustive', '--max-head-macs', str(limit))
        for where, told in ((self.folder, ''), (folder, str(limit))):
            meta = {row['key']: row['value'] for row in rows_of(where / 'evaluate.csv.meta.csv')}
            self.assertEqual((meta['max_head_macs'], meta['max_bytes']), (told, ''))
        rows = {row['name']: row for row in rows_of(folder / 'evaluate.csv')}
        for row in rows.values():
            self.assertEqual(row['state'] == 'outside', int(row['head_macs']) > limit, row['name'])
        self.assertIn('outside', [row['state'] for row in rows.values()])
        said = self.refused('--max-memory', '100K', '--max-latency', '1', '--edge', '5', '--server', '500', '--link', 'wifi',
                            expect=1)
        self.assertRegex(said, r'has no cut within the limits: the nearest is block\w+: takes .* \(at most 1 ms\), the head '
                               r'needs .* \(at most 100\.0 KiB\)')
        self.assertIn('leader', [row['state'] for row in rows.values()])

    def test_results_of_something_else(self):
        folder = self.top / 'foreign'
        shutil.copytree(self.folder, folder)
        for other in (['--seed', '3'], ['--rate', '0.5'], ['-c', 'A,B,C'], ['--train', 'tail']):
            _, said = self.run_program(folder, *other, expect=1)
            self.assertIn('results.csv:2: is of another evaluation', said, other)
            self.assertEqual(len(said.splitlines()), 1)

    def test_nothing_is_measured_before_that(self):
        folder, cache = self.top / 'foreign-at-once', self.top / 'cache-at-once'
        shutil.copytree(self.folder, folder)
        for more, status in ((['--seed', '3'], 1), (['--minutes', '0.0000001'], 0)):
            done = subprocess.run(self.command(folder, *USUAL, *more), timeout=TIMEOUT, capture_output=True, encoding='utf-8',
                                  env={**self.environment, 'XDG_CACHE_HOME': str(cache)}, check=False)
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertEqual((cache / 'isplit/rows.db').exists(), status == 0)

    def test_damaged_results(self):
        text = (self.folder / 'results.csv').read_text(encoding='utf-8')
        head, first, *rest = text.splitlines()
        cells = first.split(',')
        for column, value in ((1, 'x'), (1, '-1'), (2, '-1'), (3, '24'), (3, '1'), (3, ''), (4, '3'), (5, '9999'), (6, '-3'), (7, ''),
                              (7, cells[7] + '1'), (7, 'x' * len(cells[7])), (8, 'nan'), (8, '-1')):
            folder = self.top / 'damaged'
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            wrong = ','.join([*cells[:column], value, *cells[column + 1:]])
            (folder / 'results.csv').write_text('\n'.join([head, wrong, *rest]) + '\n', encoding='utf-8')
            _, said = self.run_program(folder, expect=1)
            self.assertRegex(said, r'results\.csv:2: \w+ is', (column, value))
            self.assertEqual(len(said.splitlines()), 1)


if __name__ == '__main__':
    unittest.main()
