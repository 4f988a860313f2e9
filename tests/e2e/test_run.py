#!/usr/bin/python3
"""isplit run: both halves of a small network over a command. Times, classes and bytes are those of the images, whatever
happens to the connection, the head or the tail meanwhile; who is the wrong one is refused.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_run.py [unittest options]
"""
import csv
import gzip
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_errors import GOOD, GOOD_FLOATS, HEADER, png  # noqa: E402 (the path has to be set first)
from test_faults_files import faults_library  # noqa: E402
import struct  # noqa: E402

PROGRAM = os.path.abspath(os.environ.get('ISPLIT', './isplit'))
HALF = os.path.join(os.path.dirname(PROGRAM), 'isplit-half')
SECONDS = 60
STAGES = ['decode', 'head', 'encode', 'wire', 'tail_decode', 'tail', 'answer']
HELLO, REPLIES = 32 + 16, 8 * (32 + 16)  # what a tail says before the first answer
ANSWER = 32 + 32 + 2 * 4
PROBES, FRAME = 8 * (32 + 4), 28 + 4 * 32
GUESSES = 'isplit: warning: accuracy 50.0 % is no better than chance (50.0 %): labels or preprocessing look wrong\n'
TIMES, AHEAD = 32 + 32, 8  # a head's message before a frame; images under way at once
IMAGES = 12
RELAY = '''import os, subprocess, sys, threading
tail = subprocess.Popen(sys.argv[3:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
def carry(source, to, left):
    while left and (some := os.read(source, min(left, 65536))):
        os.write(to, some)
        left -= len(some)
    return left
def there():
    if not carry(0, tail.stdin.fileno(), int(sys.argv[1])):
        tail.kill()
    tail.stdin.close()
threading.Thread(target=there, daemon=True).start()
carry(tail.stdout.fileno(), 1, int(sys.argv[2]))
tail.kill()
os._exit(1)
'''
PART = 'dd bs=1 status=none count='  # head keeps bytes back


def rows(path):
    with open(path, encoding='utf-8', newline='') as file:
        return list(csv.DictReader(file))


def children(pid):
    text = Path(f'/proc/{pid}/task/{pid}/children').read_text(encoding='ascii')
    return [int(word) for word in text.split()]


def written(pid):
    return int(re.search(r'^wchar: (\d+)', Path(f'/proc/{pid}/io').read_text(encoding='ascii'), re.M).group(1))


def waits(pid):
    return Path(f'/proc/{pid}/stat').read_text(encoding='utf-8').rsplit(')', 1)[1].split()[0] == 'S'


def wait_for(condition):
    end = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > end:
            raise AssertionError('in vain')
        time.sleep(0.01)


class Run(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.base = Path(folder.name)
        chance = random.Random(4)  # both classes are predicted
        numbers = [chance.uniform(-1, 1) for _ in range(GOOD_FLOATS)]
        (cls.base / 'net.cfg').write_text(GOOD)
        (cls.base / 'net.weights').write_bytes(HEADER + struct.pack(f'<{GOOD_FLOATS}f', *numbers))
        for i in range(IMAGES):
            (cls.base / 'data' / 'ab'[i % 2]).mkdir(parents=True, exist_ok=True)
            (cls.base / 'data' / 'ab'[i % 2] / f'{i}.png').write_bytes(png(4, 4, 20 * i))
        for name, value in (('halves', 0), ('other', 0.5)):
            weights = cls.base / f'{name}.weights'
            weights.write_bytes(HEADER + struct.pack(f'<{GOOD_FLOATS}f', *[x + value for x in numbers]))
            subprocess.run([PROGRAM, 'split', cls.base / 'net.cfg', weights, '--at', '0', '-o', cls.base / name],
                           stdout=subprocess.DEVNULL, check=True)
        cls.tail = f'{shlex.quote(HALF)} tail {cls.base}/halves'
        images = sorted((cls.base / 'data').rglob('*.png'))
        text = subprocess.run([HALF, 'whole', cls.base / 'halves', '--text', *images], capture_output=True, check=True,
                              encoding='utf-8').stdout
        cls.expected = dict(zip(map(str, images), re.findall(r'class (\d)', text)))
        assert len(set(cls.expected.values())) == 2

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.words = [PROGRAM, 'run', str(self.base / 'halves'), '-d', str(self.base / 'data'), '-o', str(self.folder / 'run.csv'),
                      '--images-csv', str(self.folder / 'images.csv')]

    def run_to(self, command, *options, status=0, env=None):
        run = subprocess.run([*self.words, '--to', command, *options], capture_output=True, check=False, timeout=SECONDS,
                             encoding='utf-8', env=env)
        self.assertEqual(run.returncode, status, run.stderr)
        return run.stderr

    def measures(self):
        return {row['measure']: row for row in rows(self.folder / 'run.csv')}

    def meta(self):
        return {row['key']: row['value'] for row in rows(self.folder / 'run.csv.meta.csv')}

    def check_images(self, n=IMAGES):
        """Each once, with its own class."""
        images = [row for row in rows(self.folder / 'images.csv') if row['predicted']]
        self.assertEqual(len(images), n)
        self.assertEqual(len({row['path'] for row in images}), n)
        for row in images:
            self.assertEqual(row['predicted'], self.expected[row['path']])
            self.assertEqual(int(row['bytes']), FRAME)
            self.assertGreaterEqual(int(row['sent']), 1)
            self.assertTrue(all(float(row[stage + '_ms']) >= 0 for stage in STAGES))
        return images

    def test_measures_and_plan(self):
        for options in ([], ['--no-pipeline']):
            self.assertEqual(self.run_to(self.tail, '--edge', '0.001', '--server', '0.002', '--link',
                                         'bandwidth=8,rtt=20,mtu=1500,header=100', *options), GUESSES)
            images, table = self.check_images(), self.measures()
            self.assertEqual(list(table), [*STAGES, 'total', 'throughput', 'bytes', 'accuracy', 'agreement'])
            for stage in STAGES:
                times = sorted(float(row[stage + '_ms']) for row in images)
                self.assertAlmostEqual(float(table[stage]['value']), (times[5] + times[6]) / 2, places=6)
            totals = sorted(sum(float(row[stage + '_ms']) for stage in STAGES) for row in images)
            self.assertAlmostEqual(float(table['total']['value']), (totals[5] + totals[6]) / 2, places=4)
            self.assertGreater(totals[0], 0)
            right = sum(self.expected[row['path']] == row['label'] for row in images) / IMAGES
            self.assertAlmostEqual(float(table['accuracy']['value']), right, places=6)
            self.assertEqual((table['agreement']['value'], table['bytes']['value']), ('1', str(FRAME)))
            # 9 * 2 * 16 multiply-adds of the head, 64 of the tail, 2 operations each; a frame of 156 bytes and 100 in one packet
            plan = {'head': 2 * 288 / 1e3, 'tail': 2 * 64 / 2e3, 'wire': 10 + 8 * (FRAME + 100) / 8e3, 'answer': 10 + 8 * 108 / 8e3}
            plan['total'] = sum(plan.values())
            slowest = plan['total'] if options else plan['wire']
            for name, value in {**plan, 'throughput': 1000 / slowest, 'bytes': FRAME}.items():
                self.assertAlmostEqual(float(table[name]['plan']), value, places=4)
                measured = float(table[name]['value'])  # of nine digits, as the difference: 31173.608 images a second are well possible
                self.assertAlmostEqual(float(table[name]['difference']), measured - float(table[name]['plan']),
                                       delta=max(5e-5, 1e-8 * measured))
            self.assertEqual(table['decode']['plan'], '')
            self.assertEqual({key: self.meta()[key] for key in ('state', 'images', 'losses', 'resent', 'pipeline')},
                             {'state': 'complete', 'images': '12', 'losses': '0', 'resent': '0', 'pipeline': str(int(not options))})

    def flaky(self, limits):
        """The tail, killed with its connection when so many bytes went (there, back) over the n-th one; then a good one."""
        (self.folder / 'limits').write_text(''.join(f'{there} {back}\n' for there, back in limits))
        (self.folder / 'relay.py').write_text(RELAY)
        return (f'cd {self.folder}; echo >>count; set -- $(sed -n $(wc -l <count)p limits); '
                f'if [ "$1" ]; then exec {sys.executable} relay.py $1 $2 {self.tail}; else exec {self.tail}; fi')

    @unittest.skipIf(os.environ.get('ISPLIT_SANITIZED'), "the sanitizers' library has to come first")
    def test_a_frame_goes_on_at_once(self):
        """What the head says between two looks at it is seen when it is waited for, not when that has lasted too long."""
        library, held = faults_library(self.folder), self.folder / 'held'
        self.run_to(self.tail, '--no-pipeline', '--no-whole', '-n', '4', env={
            **os.environ, 'LD_PRELOAD': library, 'FAULTS_HELD': str(held), 'FAULTS_ONLY': 'isplit'})
        self.assertEqual(held.read_text(encoding='ascii').split(), ['on'] * 4)

    def test_a_connection_that_is_lost(self):
        """At chosen and at random places, in what goes there and in what comes back."""
        chance = random.Random(2)
        most, there, back = 10**6, PROBES + 2 * FRAME, HELLO + REPLIES + 2 * ANSWER
        chosen = [(most, back), (PROBES + FRAME + 5, most), (most, HELLO + REPLIES + ANSWER - 3)]
        drawn = [(most, back), (chance.randrange(there), most), (most, chance.randrange(back))]
        for options, limits in ([], chosen), (['--no-pipeline'], drawn):
            (self.folder / 'count').unlink(missing_ok=True)
            said = self.run_to(self.flaky(limits), '--retries', '9', '--no-whole', *options)
            self.check_images()
            meta = self.meta()
            self.assertEqual((meta['images'], meta['losses']), ('12', '3'))
            self.assertEqual(len(re.findall(r'^isplit: warning: the tail.*; trying again in [\d.]+ s$', said, re.M)), 3)
            if not options:
                self.assertGreaterEqual(int(meta['resent']), 2)
            self.assertEqual(int(meta['resent']), sum(int(row['sent']) - 1 for row in rows(self.folder / 'images.csv')))
        (self.folder / 'count').unlink()
        said = self.run_to(self.flaky([(most, back), (0, 0), (0, 0)]), '--retries', '1', status=3)
        self.assertRegex(said, r'isplit: the tail.*; given up after 1 try in a row\n\Z')
        images = [row for row in rows(self.folder / 'images.csv') if row['predicted']]
        self.assertGreaterEqual(len(images), 2)
        self.assertEqual(self.meta()['state'], 'connection lost')
        (self.folder / 'count').unlink()
        said = self.run_to(self.flaky([(most, back), (most, most)]), '--retries', '0', status=3)
        self.assertRegex(said, r'\Aisplit: the tail[^\n]*; not tried again \(--retries 0\)\n\Z')
        self.assertEqual((self.folder / 'count').read_text(), '\n')  # one connection

    def test_who_is_refused(self):
        for command, status, text in (
                (self.tail.replace('/halves', '/other'), 1, r'the other side has other halves: its split\.csv is [0-9a-f]{16} \(.*\)'),
                (f'{shlex.quote(HALF)} probe', 1, r'the other side only answers probes .*'),
                (self.tail + '-none', 1, r'the tail refuses: .*halves-none/split\.csv: cannot open: .*'),
                ('echo hello', 3, r'the tail: what comes is no message of isplit-half; nothing was measured'),
                ('exit 5', 3, r'the tail ended with exit status 5; nothing was measured'),
                ('exec sleep 1000', 3, r'no greeting from the tail for 0\.2 s; nothing was measured')):
            with self.subTest(command=command):
                self.assertRegex(self.run_to(command, '--timeout', '0.2' if 'sleep' in command else '30', status=status),
                                 r'\Aisplit: ' + text + r'\n\Z')
        self.assertFalse((self.folder / 'run.csv').exists())
        slow = f'{self.tail} | ({PART}{HELLO + REPLIES}; exec sleep 1000)'
        said = self.run_to(slow, '--timeout', '1', '--retries', '1', status=3)  # where the machine is slow, the second greeting is late
        self.assertRegex(said, r'warning: no answer to image 0 for 1 s; trying again in [\d.]+ s\n.* for 1 s; given up after 1 try')
        self.words[2] = str(self.folder / 'none')
        self.assertRegex(self.run_to(self.tail, status=1), r'\Aisplit: .*none/split\.csv: cannot open: No such file or directory '
                         r'\(expected a folder of isplit split or isplit retrain\)\n\Z')

    def test_images(self):
        bad = self.folder / 'bad.png'
        bad.write_bytes(b'\x89PNG\r\n\x1a\n')
        good = sorted(self.expected)[:2]
        self.words[3:5] = [good[0], str(bad), good[1]]
        self.assertRegex(self.run_to(self.tail), r'\Aisplit: warning: .*bad\.png: no answer: the PNG is truncated\n\Z')
        self.assertEqual([row['path'] for row in self.check_images(2)], good)
        self.assertEqual(self.measures()['accuracy']['value'], '')
        self.words[3:6] = [str(bad)]
        self.assertRegex(self.run_to(self.tail, status=1), r'isplit: none of 1 images has an answer\n\Z')
        for words in (['-d', str(self.base / 'data'), good[0]], []):
            self.words[3:4] = words
            self.run_to(self.tail, status=2)
            self.words[3:3 + len(words)] = [str(bad)]

    def test_kinds_of_data(self):
        """IDX, gzipped or not, and lists: the same pixels give the same classes, and labels their accuracy."""
        order = [0, 3, 5, 8, 11]
        classes = [int(self.expected[str(self.base / 'data' / 'ab'[i % 2] / f'{i}.png')]) for i in order]
        labels = [1 - top if i == 5 else top for i, top in zip(order, classes)]
        idx = self.folder / 'idx'
        idx.mkdir()
        images = struct.pack('>IIII', 0x803, len(order), 4, 4) + b''.join(bytes([20 * i]) * 16 for i in order)
        (idx / 't10k-labels-idx1-ubyte').write_bytes(struct.pack('>II', 0x801, len(order)) + bytes(labels))
        paths = [self.base / 'data' / 'ab'[i % 2] / f'{i}.png' for i in order]
        (self.folder / 'all.list').write_text(''.join(f'{path}\n' for path in paths))
        (self.folder / 'truth').write_text(''.join(f'{"ab"[label]}\n' for label in labels))
        (self.folder / 'labels').write_text('a\nb\n')
        place = self.folder / 'tmp'  # of its own: other runs make such folders, too
        place.mkdir()
        for name, data, options in (('idx3-ubyte', images, []), ('idx3-ubyte.gz', gzip.compress(images), []),
                                    (None, None, ['--truth', str(self.folder / 'truth'), '--labels', str(self.folder / 'labels')])):
            self.words[4] = str(self.folder / 'all.list')
            if name:
                self.words[4] = str(idx / f't10k-images-{name}')
                Path(self.words[4]).write_bytes(data)
            self.run_to(self.tail, *options, env={**os.environ, 'TMPDIR': str(place)})
            rows_ = sorted(rows(self.folder / 'images.csv'), key=lambda row: int(re.search(r'(\d+)(\.png)?$', row['path'])[1]))
            self.assertEqual([int(row['predicted']) for row in rows_], classes)
            self.assertEqual([int(row['label']) for row in rows_], labels)
            self.assertEqual([row['path'] for row in rows_],
                             [f't10k-images-{name}#{i}' for i in range(len(order))] if name else list(map(str, paths)))
            self.assertEqual((self.measures()['accuracy']['value'], self.measures()['agreement']['value']), ('0.8', '1'))
            if name:
                os.remove(self.words[4])
        self.assertEqual(os.listdir(place), [])

    def test_images_without_labels(self):
        """A flat folder: in the order of the names, and there is no accuracy."""
        flat = self.folder / 'flat'
        flat.mkdir()
        for i in range(IMAGES):
            (flat / f'{i:02}.png').write_bytes(png(4, 4, 20 * i))
        self.words[4] = str(flat)
        self.run_to(self.tail)
        images = rows(self.folder / 'images.csv')
        self.assertEqual([row['path'] for row in images], [str(flat / f'{i:02}.png') for i in range(IMAGES)])
        self.assertEqual([row['predicted'] for row in images],
                         [self.expected[str(self.base / 'data' / 'ab'[i % 2] / f'{i}.png')] for i in range(IMAGES)])
        self.assertEqual({row['label'] for row in images}, {''})
        self.assertEqual((self.measures()['accuracy']['value'], self.measures()['agreement']['value']), ('', '1'))

    def gate(self, answers):
        """The tail, whose answers stop after so many until the file `go` is there; `reached` tells."""
        script = self.folder / 'gate.py'
        script.write_text('import os, sys, time\n'
                          f'left = {HELLO + REPLIES + answers * ANSWER}\n'
                          'while left:\n'
                          '    b = os.read(0, min(left, 65536))\n'
                          '    left -= len(b)\n'
                          '    os.write(1, b)\n'
                          f'open({str(self.folder / "reached")!r}, "w").close()\n'
                          f'while not os.path.exists({str(self.folder / "go")!r}):\n'
                          '    time.sleep(0.01)\n'
                          'while b := os.read(0, 65536):\n'
                          '    os.write(1, b)\n')
        return f'{self.tail} | {sys.executable} {script}'

    def start(self, *options):
        run = subprocess.Popen([*self.words, '--to', self.gate(3), '--no-whole', *options], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, encoding='utf-8')
        self.addCleanup(run.kill)
        wait_for((self.folder / 'reached').exists)
        return run

    def test_a_head_that_is_killed(self):
        """Once while it has nothing to do, and once with images in its hands."""
        run = self.start()

        def head():
            found = [pid for pid in children(run.pid) if b'\0head\0' in Path(f'/proc/{pid}/cmdline').read_bytes()]
            return found[0] if found else None
        old = head()
        wait_for(lambda: waits(old) and written(old) >= (3 + AHEAD) * (TIMES + FRAME))  # what it was asked for
        os.kill(old, signal.SIGKILL)
        wait_for(lambda: head() not in (None, old))
        old = head()
        os.kill(old, signal.SIGSTOP)
        (self.folder / 'go').touch()
        time.sleep(0.3)  # by now it was asked, most likely; nothing depends on it
        os.kill(old, signal.SIGKILL)
        said = run.communicate(timeout=SECONDS)[1]
        self.assertEqual(run.returncode, 0, said)
        self.check_images()
        self.assertEqual((self.meta()['head_losses'], self.meta()['losses']), ('2', '0'))

    def test_interrupted(self):
        run = self.start()
        group = children(run.pid)
        run.send_signal(signal.SIGINT)
        said = run.communicate(timeout=SECONDS)[1]
        self.assertEqual((run.returncode, said), (130, 'isplit: interrupted\n'))
        images = self.check_images(3)
        self.assertEqual(self.meta()['state'], 'interrupted')
        self.assertEqual(self.measures()['total']['images'], str(len(images)))
        for pid in group:
            wait_for(lambda pid=pid: not os.path.exists(f'/proc/{pid}'))

    def test_interrupted_before_the_whole_network_is_done(self):
        """That what agreement stands on is not all of it is no secret."""
        program = shutil.copy(PROGRAM, self.folder / 'isplit')
        half = self.folder / 'isplit-half'
        half.write_text(f'#!/bin/sh\n[ "$1" = whole ] || exec {shlex.quote(HALF)} "$@"\ntouch {shlex.quote(str(self.folder))}/whole\nexec sleep 600\n')
        half.chmod(0o755)
        run = subprocess.Popen([program, *self.words[1:], '--to', self.tail], stderr=subprocess.PIPE, text=True)
        self.addCleanup(run.kill)
        wait_for((self.folder / 'whole').exists)
        run.send_signal(signal.SIGINT)
        said = run.communicate(timeout=SECONDS)[1]
        self.assertEqual((run.returncode, said), (130, 'isplit: interrupted before all images passed the whole network\n' + GUESSES))
        self.check_images()
        self.assertEqual((self.measures()['total']['images'], self.measures()['agreement']['images']), (str(IMAGES), '0'))
        self.assertEqual(self.meta()['state'], 'interrupted')

    def test_a_link_that_is_measured(self):
        links = self.folder / 'links'
        links.write_text('[mine]\nbandwidth=1\n[keep]\nlike=lte\n')
        words = [PROGRAM, 'link', '--links', str(links)]
        for save in ('mine', 'new'):
            run = subprocess.run([*words, '--measure', f'{shlex.quote(HALF)} probe', '--save', save], capture_output=True,
                                 check=True, timeout=SECONDS, encoding='utf-8')
            measured, = csv.DictReader(run.stdout.split('\n')[:-1])
            self.assertEqual((measured['link'], measured['messages']), (save, '20'))
        listed = subprocess.run(words, capture_output=True, check=True, encoding='utf-8').stdout
        own = {row['link']: row for row in csv.DictReader(listed.split('\n')[:-1]) if row['source'] == str(links)}
        self.assertEqual(list(own), ['keep', 'mine', 'new'])
        for name in 'bandwidth_mbit_s', 'bandwidth_low', 'bandwidth_high', 'rtt_ms', 'rtt_low', 'rtt_high':
            self.assertAlmostEqual(float(own['new'][name]), float(measured[name]), delta=1e-6 * float(measured[name]))
        self.assertEqual((own['keep']['bandwidth_low'], own['keep']['rtt_ms']), ('', '55'))
        for options, status, text in ((['--measure', 'exit 3'], 3, 'the other side ended with exit status 3'),
                                      (['--measure', self.tail + 'x'], 1, 'the other side refuses: '),
                                      (['--measure', 'true', '--save', 'a,b'], 1, 'a link cannot be called that'),
                                      (['--save', 'x'], 2, '--save is for what --measure finds'),
                                      (['wifi', '--measure', 'true'], 2, '--measure takes no LINK')):
            run = subprocess.run([*words, *options], capture_output=True, check=False, timeout=SECONDS, encoding='utf-8')
            self.assertEqual((run.returncode, text in run.stderr), (status, True), run.stderr)


if __name__ == '__main__':
    unittest.main()
