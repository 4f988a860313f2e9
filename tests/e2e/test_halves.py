#!/usr/bin/python3
"""isplit-half: head and tail of the demo joined by a pipe give what the whole network gives, and the right letters;
and whatever else comes through the pipe is refused with one line.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_halves.py [unittest options]
"""
import ctypes
import os
import re
import shutil
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
PROGRAM = os.path.abspath(os.environ.get('ISPLIT', TOP / 'isplit'))
HALF = os.path.join(os.path.dirname(PROGRAM), 'isplit-half')
CFG, WEIGHTS = TOP / 'cfg/letters-vgg16.cfg', TOP / 'weights/letters-vgg16.weights'
IMAGES = [min((TOP / 'tests/samples/letters' / letter).iterdir()) for letter in 'ABCDEFGHIJ']
HEADER = 32  # bytes of a message before its payload
SECONDS = 60


def split(folder, layer, *options):
    subprocess.run([PROGRAM, 'split', CFG, WEIGHTS, '--at', layer, '-o', folder, '--check', '1', *options], stdout=subprocess.DEVNULL,
                   check=True)
    return folder


def half(*words, sent=b''):
    """-> exit status, standard output, standard error as text."""
    run = subprocess.run([HALF, *words], input=sent, capture_output=True, check=False, timeout=SECONDS)
    return run.returncode, run.stdout, run.stderr.decode()


def lines(output):
    """image -> (class, scores as they are written)"""
    found = re.findall(r'^image (\d+): class (-?\d+); decoded in [\d.]+ ms, tail [\d.]+ ms; scores (.*)$', output.decode(), re.M)
    return {int(image): (int(top), scores) for image, top, scores in found}


class Halves(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.halves = split(cls.folder / 'halves', 'block4_pool')
        cls.frames = half('head', cls.halves, *IMAGES)[1]

    def test_pipe(self):
        status, output, error = half('tail', self.halves, '--text', '--stats', sent=self.frames)
        self.assertEqual(status, 0, error)
        self.assertRegex(error, r'\Aisplit-half: \d+ KiB of memory at the most\n\Z')
        _, whole, _ = half('whole', self.halves, '--text', *IMAGES)
        answers = lines(output)
        self.assertEqual(answers, lines(whole))
        self.assertEqual(list(answers), list(range(10)))
        self.assertGreaterEqual(sum(top == image for image, (top, _) in answers.items()), 9)
        for top, scores in answers.values():
            numbers = [float(score) for score in scores.split()]
            self.assertEqual(top, numbers.index(max(numbers)))
            self.assertAlmostEqual(sum(numbers), 1, places=5)  # a softmax
        names = b''.join(os.fsencode(path) + b'\0' for path in IMAGES)
        self.assertEqual(lines(half('tail', self.halves, '--text', sent=half('head', self.halves, '-', sent=names)[1])[1]), answers)

    def test_dtypes_and_coders(self):
        """What is sent are the codes that Python makes of the tensor; a coder changes nothing but the size."""
        size = (len(self.frames) - HEADER) // len(IMAGES)
        tensors = [struct.unpack(f'<{size // 4 - 7}f', self.frames[i * size + 20:(i + 1) * size - 8]) for i in range(len(IMAGES))]
        low, high = min(0, *map(min, tensors)), max(map(max, tensors))
        scale = struct.unpack('<f', struct.pack('<f', (high - low) / 255))[0]
        features = self.folder / 'features.csv'
        features.write_text('layer,name,dtype,coder,bytes,coded_bytes,accuracy,agreement,images,scale,zero_point\n' +
                            ''.join(f'13,block4_pool,int8,{coder},540,540,1,1,10,{scale:.9g},{round(-low / scale)}\n'
                                    for coder in ('none', 'zstd', 'lzma')))
        answers, sizes = {}, {}
        for coder in 'none', 'zstd', 'lzma':
            halves = split(self.folder / f'sent-{coder}', 'block4_pool', '--dtype', 'int8', '--coder', coder, '--features', features)
            frames = half('head', halves, *IMAGES)[1]
            answers[coder], sizes[coder] = lines(half('tail', halves, '--text', sent=frames)[1]), len(frames)
            if coder == 'none':
                codes = [min(max(round(x / scale) + round(-low / scale), 0), 255) for x in tensors[0]]
                self.assertLessEqual(max(abs(a - b) for a, b in zip(codes, frames[20:20 + len(codes)])), 1)  # x / scale is a float there
        self.assertEqual(answers['none'], answers['zstd'])
        self.assertEqual(answers['none'], answers['lzma'])
        self.assertGreaterEqual(sum(top == image for image, (top, _) in answers['none'].items()), 9)
        self.assertLess(max(sizes['zstd'], sizes['lzma']), sizes['none'])
        self.assertEqual(sizes['none'], (size - 3 * (size - 28) // 4) * len(IMAGES) + HEADER)

    def refused(self, sent, text, folder=None):
        status, output, error = half('tail', folder or self.halves, sent=sent)
        self.assertEqual(status, 1)
        self.assertRegex(error, r'\Aisplit-half: ' + text + r'\n\Z')
        return output

    def test_what_is_no_frame_of_the_head(self):
        frames, size = self.frames, (len(self.frames) - HEADER) // len(IMAGES)  # behind them comes a farewell
        first, second, bye = frames[:size], frames[size:2 * size], frames[-HEADER:]
        self.assertEqual(self.refused(first + second[:100], r'standard input: ends within a message, after 100 bytes of it')
                         .count(b'ISPM'), 2)  # greeting and answer: who is gone is told nothing
        self.refused(first + second, r'standard input: ended without a farewell: the other side is gone')
        for wrong, text in ((first + second + first + bye, r'standard input: frame 0 came after frame 1 \(.*\)'),
                            (first[:200] + bytes([first[200] ^ 1]) + first[201:], r'standard input: is a damaged frame: .*'),
                            (first[:16] + b'\xff\xff\xff\xff' + first[20:], r'standard input: a frame of 4294967323 bytes .*'),
                            (first[:3] + b'\x02' + first[4:], r'standard input: a frame of version 2 \(expected 1\)'),
                            (bye[:16] + b'\xff\xff\xff\xff' + bye[20:], r'standard input: a message of 4294967295 bytes .*'),
                            (bye[:9] + b'\x01' + bye[10:], r'standard input: message \d+ is damaged: its checksum is wrong'),
                            (bye[:5] + b'?' + bye[6:], r'standard input: a message of an unknown kind'),
                            (b'GET / HTTP/1.1\r\n', r'standard input: what comes is no message of isplit-half')):
            with self.subTest(text=text):
                self.assertRegex(self.refused(wrong, text)[-300:], rb'ISPM\x01e')  # the other side is told
        other = split(self.folder / 'other', 'block3_pool')
        self.refused(frames, r'standard input: is a frame of another split: [0-9a-f]{16} \(expected [0-9a-f]{16}\)', other)
        status, _, error = half('probe', sent=first)
        self.assertEqual((status, 'only probes are answered here' in error), (1, True))

    @staticmethod
    def probe(payload):
        """A message that asks for a reply."""
        library = ctypes.CDLL('libxxhash.so.0')
        library.XXH3_64bits.restype = ctypes.c_uint64
        library.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
        head = struct.pack('<4sBBHQII', b'ISPM', 1, ord('p'), 0, 7, len(payload), 0)
        return head + struct.pack('<Q', library.XXH3_64bits(head + payload, len(head + payload))) + payload

    def test_probes(self):
        """No reply has more bytes than there are."""
        most = 4 << 20
        status, output, _ = half('probe', sent=self.probe(struct.pack('<I', most)))
        self.assertEqual((status, len(output)), (1, 2 * (HEADER + 16) + most))
        for payload, text in ((struct.pack('<I', most + 1), 'a probe asks for 4194305 bytes (expected at most 4194304)'),
                              (b'\xff' * 4, 'a probe asks for 4294967295 bytes (expected at most 4194304)'),
                              (b'abc', 'message 7 has 3 bytes (expected at least 4)')):
            status, output, error = half('probe', sent=self.probe(payload))
            self.assertEqual((status, error), (1, 'isplit-half: %s\n' % text))
            self.assertLess(len(output), 1000)

    def test_files_that_are_not_those_of_the_split(self):
        broken = self.folder / 'broken'
        for name, place, text in (('tail.weights', 2000, r'.*tail\.weights: is not the file that split\.csv names .*'),
                                  ('tail.cfg', 0, r'.*tail\.cfg.*'), ('split.csv', 0, r'.*split\.csv:2: .*')):
            with self.subTest(name=name):
                shutil.copytree(self.halves, broken)
                self.addCleanup(shutil.rmtree, broken, ignore_errors=True)
                content = bytearray((broken / name).read_bytes())
                content[place] ^= 1
                (broken / name).write_bytes(content)
                self.refused(b'', text, broken)
                shutil.rmtree(broken)
        self.refused(b'', r'.*split\.csv: cannot open: No such file or directory '
                     r'\(expected a folder of isplit split or isplit retrain\)', self.folder / 'none')

    def test_images_that_do_not_decode(self):
        bad = self.folder / 'bad.png'
        bad.write_bytes(IMAGES[0].read_bytes()[:60])
        status, output, error = half('head', self.halves, bad, IMAGES[3], '/nonexistent')
        self.assertEqual(status, 1)
        self.assertRegex(error, r'\Aisplit-half: .*bad\.png: the PNG is truncated\nisplit-half: /nonexistent: cannot open: .*\n\Z')
        _, answers, _ = half('tail', self.halves, '--text', sent=output)
        self.assertEqual([(image, top) for image, (top, _) in lines(answers).items()], [(1, 3)])
        status, output, error = half('head', self.halves, '-', sent=b'cut off')
        self.assertEqual((status, 'a name has no end' in error), (1, True))
        for words in (), ('tail',), ('head', self.halves), ('probe', 'x'), ('tail', self.halves, '--loud'), ('waist', 'x'):
            self.assertEqual(half(*words)[0], 2)

    def test_nobody_reads(self):
        """It ends although its input stays open and nothing comes."""
        with subprocess.Popen([HALF, 'tail', self.halves], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as tail:
            self.assertEqual(tail.stdout.read(4), b'ISPM')
            tail.stdout.close()
            self.assertEqual(tail.wait(SECONDS), 1)
            self.assertEqual(tail.stderr.read(), b'isplit-half: the other side is gone\n')


if __name__ == '__main__':
    unittest.main()
