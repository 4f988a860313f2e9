#!/usr/bin/python3
"""Memory: --memory is never exceeded by the worker and is told closely, whatever the network; limits of the process
are seen before anything is loaded. And plan files that are no good."""
import csv
import io
import json
import os
import re
import resource
import shlex
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_errors import GOOD, HEADER, png, weights  # noqa: E402 (the path has to be set first)

TOP = Path(__file__).resolve().parent.parent.parent
PROGRAM = Path(os.environ.get('ISPLIT', './isplit')).resolve()
SANITIZED = bool(os.environ.get('ISPLIT_SANITIZED'))
SECONDS = 300
DECODING = 16  # MB that are always left for images being decoded; those of these tests take next to nothing
CLOSE = 1.4  # times what the worker then holds may it be that is asked for; most of the difference is a fixed reserve

# Runs the worker and writes into the file named first how much memory it held at the most, in kB; in a session of its
# own, so that it outlives a front end that will not wait for a slow end.
WATCH = '''import os, sys
os.setsid()
child = os.fork()
if child == 0:
    os.execv(sys.argv[2], sys.argv[2:])
usage = os.wait4(child, 0)
with open(sys.argv[1] + '.new', 'w') as file:
    file.write(str(usage[2].ru_maxrss))
os.rename(sys.argv[1] + '.new', sys.argv[1])
sys.exit(os.waitstatus_to_exitcode(usage[1]))
'''


def net(side, *layers):
    return f'[net]\nwidth={side}\nheight={side}\nchannels=3\n' + ''.join(layers) + '[softmax]\n'


def conv(filters, size=3, **more):
    keys = {'filters': filters, 'size': size, 'pad': 1, 'activation': 'relu', **more}
    return '[convolutional]\n' + ''.join(f'{key}={value}\n' for key, value in keys.items())


END = '[avgpool]\n[connected]\noutput=2\nactivation=linear\n'
NETS = {
    'groups': net(96, conv(64), *[conv(256, groups=32, batch_normalize=1), conv(256, size=1)] * 4, END),
    'deconvolution': net(64, conv(64, stride=2), '[deconvolutional]\nfilters=128\nsize=4\nstride=2\npad=1\n'
                         'activation=leaky\n', '[deconvolutional]\nbatch_normalize=1\nfilters=256\nsize=3\nstride=2\n'
                         'pad=1\nactivation=relu\n', conv(16), END),
    'connected': net(64, conv(32, stride=2), *['[connected]\noutput=1024\nactivation=relu\n'] * 3,
                     '[connected]\noutput=2\nactivation=linear\n'),
    'winograd': net(64, conv(128), *[conv(256)] * 4, END),
    'many small': net(48, *[conv(64, batch_normalize=1), conv(96, size=1, activation='elu')] * 20, END),
    'maps': net(96, conv(28), '[upsample]\nstride=2\n', conv(20, stride=2, activation='elu'), '[route]\nlayers=-1,0\n',
                '[reorg]\nstride=2\n', conv(64, batch_normalize=1), END),
}


class LimitsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = Path(folder.name)
        self.cfg = self.path('net.cfg')
        Path(self.path('watch.py')).write_text(WATCH, encoding='utf-8')
        for name in ('a', 'b'):
            (self.top / 'data' / name).mkdir(parents=True)
            for i in range(40):
                (self.top / 'data' / name / f'{i}.png').write_bytes(png(4, 4, 30 + 4 * i))

    def path(self, name):
        return str(self.top / name)

    def write_net(self, text):
        Path(self.cfg).write_text(text, encoding='utf-8')
        self.write_weights()

    def write_weights(self):
        """All of them 0: that costs no room on disk, and as much in memory as any."""
        table = subprocess.run([PROGRAM, 'layers', self.cfg, '--layers', 'all'], capture_output=True, text=True,
                               timeout=SECONDS, check=True).stdout
        params = sum(int(row['params']) for row in csv.DictReader(io.StringIO(table)))
        with open(self.path('net.weights'), 'wb') as file:
            file.write(HEADER)
            file.truncate(len(HEADER) + 4 * params)

    def curve(self, *options, before=None):
        """-> (exit status, what it said)"""
        run = subprocess.run([PROGRAM, 'curve', self.cfg, self.path('net.weights'), '-d', self.path('data'), '-o',
                              self.path('curve.csv'), '--no-store', *options], cwd=self.top, capture_output=True, text=True,
                             timeout=SECONDS, check=False, preexec_fn=before)
        return run.returncode, run.stderr

    def watched(self, *options):
        """-> (exit status, what it said, MiB that the worker held at the most)"""
        watch = [sys.executable, self.path('watch.py'), self.path('peak'), str(PROGRAM.with_name('isplit-engine'))]
        status, said = self.curve('--engine', shlex.join(watch), *options)
        peak, late = Path(self.path('peak')), time.monotonic() + SECONDS
        while not peak.exists() and time.monotonic() < late:
            time.sleep(.01)
        held = int(peak.read_text(encoding='utf-8')) / 1024
        peak.unlink()
        return status, said, held

    def assert_refused(self, pattern, *options, status=1, before=None):
        """One line, and nothing measured."""
        if os.path.exists(self.path('curve.csv')):
            os.unlink(self.path('curve.csv'))
        got, text = self.curve(*options, before=before)
        self.assertEqual(got, status, text)
        self.assertRegex(text, pattern)
        self.assertEqual(text.count('\n'), 1, text)
        self.assertFalse(os.path.exists(self.path('curve.csv')))


@unittest.skipIf(SANITIZED, 'sanitizers take memory of their own')
class MemoryLimits(LimitsTest):
    def needed(self, *options):
        """What is asked for where nothing fits."""
        status, said, peak = self.watched('--memory', '1M', *options)
        self.assertEqual(status, 1, said)
        self.assertLess(peak, 120)  # the network is not loaded
        return int(re.search(r'net.cfg: needs (\d+) MB of memory with a batch of \d+ \(allowed: 1 MB; see --memory',
                             said).group(1))

    def check_bound(self, *options):
        least = self.needed(*options)
        self.assert_refused(f'needs {least} MB .*allowed: {least - 1} MB', '--memory', f'{least - 1}M', *options)
        for memory in (least, least + least // 2):
            status, said, peak = self.watched('--memory', f'{memory}M', '-n', '2', *options)
            self.assertEqual(status, 0, said)
            self.assertLessEqual(peak, memory)
            if memory == least:
                self.assertLess(memory - DECODING, CLOSE * peak)

    def test_memory_is_a_bound_and_close(self):
        for name, text in NETS.items():
            self.write_net(text)
            with self.subTest(net=name):
                self.check_bound()

    def test_bound_with_other_plans(self):
        self.write_net(net(64, conv(64), *[conv(256, groups=32, batch_normalize=1), conv(256, size=1)] * 2, END))
        for options in (('--exact',), ('--tap', 'pre'), ('--threads', '1'), ('--layers', 'all'), ('--batch', '5')):
            with self.subTest(options=options):
                self.check_bound(*options)

    def test_default_on_vgg16(self):
        """Under 1.6 GB with the batch that is chosen: so few images need no larger one."""
        self.cfg = str(TOP / 'cfg/vgg16.cfg')
        Path(self.path('labels')).write_text('a\nb\n' + ''.join(f'class {i}\n' for i in range(2, 1000)), encoding='utf-8')
        self.write_weights()
        status, said, peak = self.watched('--labels', self.path('labels'), '-n', '2')
        self.assertEqual(status, 0, said)
        with open(self.path('curve.csv.meta.csv'), encoding='utf-8') as file:
            self.assertEqual(int(dict(csv.reader(file))['batch']), 2)
        self.assertLess(peak * 2**20, 1.6e9)

    def test_limits_of_the_process(self):
        self.write_net(NETS['connected'])
        for kind, megabytes, name in ((resource.RLIMIT_AS, 450, '-v'), (resource.RLIMIT_DATA, 150, '-d')):
            def limit(kind=kind, megabytes=megabytes):
                resource.setrlimit(kind, (megabytes << 20, megabytes << 20))
            with self.subTest(limit=name):
                self.assert_refused(rf'net.cfg: needs \d+ MB .*\(allowed: \d+ MB by ulimit {name}\)', before=limit)


@unittest.skipIf(SANITIZED, 'sanitizers take memory of their own')
class Pictures(LimitsTest):
    """What decoding and fitting take is part of the bound."""
    LARGE = 3000  # pixels a side: 9 MB, and twice that unpacked

    def setUp(self):
        super().setUp()
        self.write_net(net(32, conv(8, stride=2), END))
        self.large = self.top / 'data/a/0.png'

    def least(self):
        """MB that the network needs."""
        status, said, _ = self.watched('--memory', '1M', '--batch', '1')
        self.assertEqual(status, 1, said)
        return int(re.search(r'needs (\d+) MB', said).group(1))

    def test_long_columns(self):
        """Some kB as a file, 4 MB decoded; with all its rows resampled at once, 2 GB."""
        self.large.write_bytes(png(1, 4_000_000))
        self.assertLess(self.large.stat().st_size, 20_000)
        for fit in ('stretch', 'crop', 'letterbox'):
            with self.subTest(fit=fit):
                memory = self.least() + 24
                status, said, peak = self.watched('--memory', f'{memory}M', '--batch', '1', '--fit', fit)
                self.assertEqual((status, 'decoded' in said), (0, False), said)
                self.assertLessEqual(peak, memory)

    def test_long_columns_that_are_turned(self):
        """By their EXIF orientation, 90 degrees: no turned copy is made."""
        tiff = b'II*\0' + struct.pack('<IHHHIII', 8, 1, 0x112, 3, 1, 6, 0)
        chunk = struct.pack('>I', len(tiff)) + b'eXIf' + tiff + struct.pack('>I', zlib.crc32(b'eXIf' + tiff))
        plain = png(1, 4_000_000)
        header = len(b'\x89PNG\r\n\x1a\n') + 12 + 13  # the signature and IHDR
        self.large.write_bytes(plain[:header] + chunk + plain[header:])
        memory = self.least() + 24
        status, said, peak = self.watched('--memory', f'{memory}M', '--batch', '1')
        self.assertEqual(status, 0, said)
        self.assertIn('1 of ', said)  # the orientation is seen
        self.assertIn('--exif', said)
        status, said, peak = self.watched('--memory', f'{memory}M', '--batch', '1', '--exif')
        self.assertEqual((status, 'decoded' in said), (0, False), said)
        self.assertLessEqual(peak, memory)

    def test_what_does_not_fit_is_told_and_not_remembered(self):
        self.large.write_bytes(png(self.LARGE, self.LARGE))
        store = ('--store', self.path('rows.db'))
        least = self.least()
        command = [PROGRAM, 'curve', self.cfg, self.path('net.weights'), '-d', self.path('data'), '-o', self.path('curve.csv'),
                   *store, '--batch', '1', '--memory']
        tight = subprocess.run([*command, f'{least + 1}M'], capture_output=True, text=True, timeout=SECONDS, check=True).stderr
        told = re.search(rf'a/0.png: cannot be decoded: has {self.LARGE} x {self.LARGE} pixels, which take (\d+) MB of memory '
                         r'\(allowed: (\d+) MB beside the network; see --memory\)\n', tight)
        self.assertTrue(told, tight)
        needed, allowed = map(int, told.groups())
        self.assertLess(allowed, needed)
        self.assertGreaterEqual(allowed, DECODING)
        wide = subprocess.run([*command, f'{least + needed}M'], capture_output=True, text=True, timeout=SECONDS, check=True).stderr
        self.assertNotIn('decoded', wide)
        status, said, peak = self.watched('--memory', f'{least + needed}M', '--batch', '1')
        self.assertEqual(status, 0, said)
        self.assertLessEqual(peak, least + needed)


class PlanFiles(LimitsTest):
    def setUp(self):
        super().setUp()
        Path(self.cfg).write_text(GOOD, encoding='utf-8')
        Path(self.path('net.weights')).write_bytes(weights())
        self.plan = self.path('plan.json')

    def make_plan(self):
        status, said = self.curve('--plan-file', self.plan, '-n', '4')
        self.assertEqual(status, 0, said)
        return Path(self.plan).read_text(encoding='utf-8')

    def test_files_that_are_no_plan_are_left_alone(self):
        text = self.make_plan()
        long = json.dumps({**json.loads(text), 'isa': 'x' * 64})
        for content, words in (('', 'is not a tuning'), ('garbage\n', 'is not a tuning'), (text[:len(text) // 2], 'is not a tuning'),
                               (text + text, 'is not a tuning'), ('[]', 'is not a tuning'),
                               (long, r'"isa" is wrong \(expected a string of less than 64 bytes\)'),
                               (re.sub('"isa": "[^"]*"', '"isa": "sse41"', text), 'was made for sse41')):
            Path(self.plan).write_text(content, encoding='utf-8')
            with self.subTest(content=content[:40]):
                self.assert_refused(f'plan.json(:[0-9]+)?: .*{words}', '--plan-file', self.plan)
                self.assertEqual(Path(self.plan).read_text(encoding='utf-8'), content)

    def test_places_that_are_no_file(self):
        os.symlink('nowhere', self.path('link'))
        for name, words in (('data', 'not a regular file'), ('none/plan.json', 'cannot write'), ('link', 'cannot open'),
                            ('net.cfg/plan.json', 'cannot open')):
            with self.subTest(name=name):
                self.assert_refused(f'{name}: .*{words}', '--plan-file', self.path(name))
        self.assertEqual(os.readlink(self.path('link')), 'nowhere')

    def test_names_that_cannot_be_meant(self):
        before = set(os.listdir(self.top))
        self.assert_refused(r"--tuning '-' \(expected the path of a file, as in ./-\)", '--tuning', '-', status=2)
        self.assert_refused(r'--tuning has 4096 bytes \(expected .* less than 4096\)', '--plan-file', 'x' * 4096, status=2)
        self.assertEqual(set(os.listdir(self.top)), before)

    def test_other_batch(self):
        text = self.make_plan()
        self.assert_refused('plan.json: the tuning has a batch of 32 .expected 3, as asked for', '--batch', '3',
                            '--plan-file', self.plan)
        self.assertEqual(Path(self.plan).read_text(encoding='utf-8'), text)

    def test_winograd_is_not_exact(self):
        text = self.make_plan()
        self.assertEqual(self.curve('--plan-file', self.plan, '--exact')[0], 0)
        Path(self.plan).write_text(re.sub('"forward": "[^"]*"', '"forward": "jit_wino_4x3:avx512_core"', text, count=1),
                                   encoding='utf-8')
        self.assert_refused('plan.json: the tuning has Winograd convolutions .not with --exact', '--exact',
                            '--plan-file', self.plan)


if __name__ == '__main__':
    unittest.main()
