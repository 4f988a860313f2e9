#!/usr/bin/python3
"""Bad input, through the real program and the real worker: exit code 1, one line that says where and what,
within seconds, and the worker alive to say it (a lost worker would be exit code 3)."""
import os
import re
import struct
import subprocess
import tempfile
import unittest
import zlib
from pathlib import Path

PROGRAM = os.path.abspath(os.environ.get('ISPLIT', './isplit'))
SECONDS = 60  # "within seconds"; the limit is wide for a loaded machine under sanitizers

GOOD = '''[net]
width=4
height=4
channels=1
[convolutional]
filters=2
size=3
pad=1
activation=relu
[connected]
output=2
activation=linear
[softmax]
'''
GOOD_FLOATS = 2 + 2 * 9 + 2 + 2 * 32
HEADER = struct.pack('<iiiQ', 0, 2, 0, 0)


def png(width, height, value=128):
    """A grey PNG of one value."""
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    rows = (b'\0' + bytes([value]) * width) * height
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 0, 0, 0, 0)) +
            chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))


def weights(floats=GOOD_FLOATS, value=0.1, header=HEADER):
    return header + struct.pack(f'<{floats}f', *[value] * floats)


# (what is wrong, the cfg, what the one line must say); CFG stands for the file's name
CFG_CASES = [
    ('empty', '', r'CFG.*(empty|\[net\])'),
    ('binary', '\x00\x01\x02\x7fELF', r'CFG.*(NUL|binary)'),
    ('no [net]', '[convolutional]\nfilters=1\n', r'CFG:1: .*\[net\]'),
    ('key before a section', 'width=3\n[net]\n', r'CFG:1: '),
    ('no layers', '[net]\nwidth=4\nheight=4\nchannels=1\n', r'CFG.*layer'),
    ('no equals sign', GOOD.replace('filters=2', 'filters 2'), r'CFG:6: '),
    ('zero filters', GOOD.replace('filters=2', 'filters=0'), r'CFG:6: .*filters'),
    ('negative filters', GOOD.replace('filters=2', 'filters=-2'), r'CFG:6: .*filters'),
    ('huge filters', GOOD.replace('filters=2', 'filters=99999999999999999999'), r'CFG:6: .*filters'),
    ('filters no number', GOOD.replace('filters=2', 'filters=two'), r'CFG:6: .*filters'),
    ('huge input', GOOD.replace('width=4', 'width=1000000000'), r'CFG:\d+: '),
    ('negative width', GOOD.replace('width=4', 'width=-4'), r'CFG:2: .*width'),
    ('zero stride', GOOD.replace('size=3', 'size=3\nstride=0'), r'CFG:8: .*stride'),
    ('zero groups', GOOD.replace('size=3', 'size=3\ngroups=0'), r'CFG:8: .*groups'),
    ('groups that do not divide', GOOD.replace('size=3', 'size=3\ngroups=3'), r'CFG:8: .*groups'),
    ('unknown key', GOOD.replace('filters=2', 'filtres=2'), r'CFG:6: .*filtres.*filters'),
    ('unknown section', GOOD.replace('[connected]', '[conected]'), r'CFG:10: .*conected'),
    ('unsupported section', GOOD.replace('[connected]', '[yolo]'), r'CFG:10: .*yolo'),
    ('unknown activation', GOOD.replace('relu', 'rely'), r'CFG:9: .*rely'),
    ('activation that no one has', GOOD.replace('relu', 'norm_chan'), r'CFG:9: .*norm_chan'),
    ('key of a newer fork', GOOD.replace('size=3', 'size=3\nxnor=1'), r'CFG:8: .*xnor'),
    ('route out of range', GOOD.replace('[connected]', '[route]\nlayers=-9\n[connected]'), r'CFG:11: '),
    ('route to itself', GOOD.replace('[connected]', '[route]\nlayers=1\n[connected]'), r'CFG:11: '),
    ('route of different sizes', GOOD.replace('[connected]', '[maxpool]\nsize=2\nstride=2\n[route]\nlayers=-1,-2\n[connected]'),
     r'CFG:1[34]: '),
    ('shortcut without from', GOOD.replace('[connected]', '[shortcut]\nactivation=relu\n[connected]'), r'CFG:10: .*from'),
    ('shortcut out of range', GOOD.replace('[connected]', '[shortcut]\nfrom=-7\n[connected]'), r'CFG:11: '),
    ('crop larger than the image', GOOD.replace('[convolutional]', '[crop]\ncrop_height=9\ncrop_width=9\n[convolutional]'),
     r'CFG:5: .*crop'),
    ('window larger than the image', GOOD.replace('size=3\npad=1', 'size=9\npad=0'), r'CFG:\d+: '),
    ('softmax in the middle', GOOD.replace('[connected]', '[softmax]\n[connected]'), r'CFG:11: .*softmax'),
]

WEIGHTS_CASES = [
    ('truncated', weights()[:-4], r'net\.weights.*expected'),
    ('too long', weights() + b'\0\0\0\0', r'net\.weights.*expected'),
    ('empty', b'', r'net\.weights'),
    ('header only', HEADER, r'net\.weights'),
    ('NaN', weights(value=float('nan')), r'net\.weights.*(NaN|finite)'),
    ('infinite', weights(value=float('inf')), r'net\.weights.*(inf|finite)'),
    ('text', b'these are no weights\n' * 20, r'net\.weights'),
]


class ErrorsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = Path(folder.name)
        self.cfg = self.top / 'net.cfg'
        self.weights = self.top / 'net.weights'
        self.data = self.top / 'data'
        self.cfg.write_text(GOOD)
        self.weights.write_bytes(weights())
        for name in ('a', 'b'):
            (self.data / name).mkdir(parents=True)
            (self.data / name / '1.png').write_bytes(png(4, 4))

    def run_isplit(self, *arguments):
        own = ['--no-store'] if arguments[0] == 'curve' else []
        return subprocess.run([PROGRAM, *map(str, arguments), *own], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=SECONDS, cwd=self.top, check=False)

    def curve(self, *more):
        return self.run_isplit('curve', self.cfg, self.weights, '-d', self.data, *more)

    def assert_one_line(self, run, pattern, code=1):
        text = run.stderr.decode()
        errors = [line for line in text.splitlines() if not line.startswith('isplit: warning: ')]
        self.assertEqual(run.returncode, code, text)
        self.assertEqual(len(errors), 1, text)
        self.assertTrue(errors[0].startswith('isplit: '), text)
        self.assertRegex(errors[0], pattern)
        self.assertTrue(errors[0].isprintable(), text)
        self.assertEqual(run.stdout, b'')

    def test_good_input_runs(self):
        run = self.curve()
        self.assertEqual(run.returncode, 0, run.stderr.decode())
        self.assertIn(b'\n0,', run.stdout)

    def test_cfg(self):
        for name, text, pattern in CFG_CASES:
            with self.subTest(name):
                self.cfg.write_text(text)
                pattern = pattern.replace('CFG', re.escape(str(self.cfg)))
                self.assert_one_line(self.curve(), pattern)
                self.assert_one_line(self.run_isplit('layers', self.cfg), pattern)

    def test_weights(self):
        for name, content, pattern in WEIGHTS_CASES:
            with self.subTest(name):
                self.weights.write_bytes(content)
                self.assert_one_line(self.curve(), pattern)

    def test_missing_files(self):
        self.assert_one_line(self.run_isplit('curve', 'none.cfg', self.weights, '-d', self.data), r'none\.cfg.*No such file')
        self.assert_one_line(self.run_isplit('curve', self.cfg, 'none.weights', '-d', self.data), r'none\.weights.*No such file')
        self.assert_one_line(self.run_isplit('curve', self.cfg, self.weights, '-d', 'none'), r'none.*No such file')
        self.assert_one_line(self.run_isplit('curve', self.cfg, self.weights, '-d', self.data, '--labels', 'none.txt'),
                             r'none\.txt.*No such file')
        self.assert_one_line(self.curve('-o', 'no/such/folder/x.csv'), r'no/such/folder/x\.csv')

    def test_folders_in_place_of_files(self):
        self.assert_one_line(self.run_isplit('curve', self.data, self.weights, '-d', self.data), 'regular file')
        self.assert_one_line(self.run_isplit('curve', self.cfg, self.data, '-d', self.data), 'regular file')

    def test_data(self):
        (self.data / 'c').mkdir()
        (self.data / 'c' / '1.png').write_bytes(png(4, 4))
        self.assert_one_line(self.curve(), r'3 class folders.*2')
        for folder in ('b', 'c'):
            (self.data / folder / '1.png').unlink()
            (self.data / folder).rmdir()
        self.assert_one_line(self.curve(), r'1 class folder.*2')
        (self.data / 'a' / '1.png').unlink()
        self.assert_one_line(self.curve(), r'no images')

    def test_folder_that_matches_no_label(self):
        (self.top / 'labels').write_text('a\nx\n')
        self.assert_one_line(self.curve('--labels', 'labels'), r'"?b"?.*label')

    def test_nothing_can_be_decoded(self):
        for name in ('a', 'b'):
            (self.data / name / '1.png').write_bytes(b'no image')
        run = self.curve()
        self.assertEqual(run.returncode, 1)
        self.assertNotIn(b'cui', run.stdout)

    def test_undecodable_image_is_named_and_passed_over(self):
        (self.data / 'a' / '2.png').write_bytes(b'')
        run = self.curve()
        self.assertEqual(run.returncode, 0)
        self.assertRegex(run.stderr.decode(), r'warning: .*a/2\.png')

    def test_hostile_names(self):
        hostile = ['$(touch pwned).png', '; rm -rf x.png', 'new\nline.png', '`id`.png', '-n.png', "quote'\".png",
                   '%41.png', 'caf\u00e9.png']
        for name in hostile:
            (self.data / 'a' / name).write_bytes(png(4, 4))
        with open(os.path.join(os.fsencode(self.data), b'b', b'\xff\xfe.png'), 'wb') as file:
            file.write(png(4, 4))
        run = self.curve('--images-csv', 'rows.csv')
        self.assertEqual(run.returncode, 0, run.stderr.decode())
        self.assertEqual(len(list(self.top.glob('**/pwned'))), 0)
        text = (self.top / 'rows.csv').read_bytes()
        for name in hostile:
            self.assertIn(name.replace('"', '""').encode(), text)

    def test_hostile_cfg_name_stays_one_line(self):
        self.cfg = self.top / 'new\nline\x1b[31m.cfg'
        self.cfg.write_text('[net]\nwidth=x\n')
        self.assert_one_line(self.curve(), r'new\\nline\\x1b\[31m\.cfg:2: ')

    def test_crlf_and_duplicate_keys_are_accepted(self):
        self.cfg.write_text(GOOD.replace('filters=2', 'filters=2\nfilters=7').replace('\n', '\r\n'))
        run = self.curve()
        self.assertEqual(run.returncode, 0, run.stderr.decode())
        self.assertRegex(run.stderr.decode(), r'warning: .*net\.cfg:7: .*filters')

    def test_training_keys_are_accepted(self):
        self.cfg.write_text(GOOD.replace('[convolutional]', 'learning_rate=0.1\nmosaic=1\npolicy=steps\n[convolutional]', 1))
        self.assertEqual(self.curve().returncode, 0)

    def test_network_that_does_not_read_images(self):
        text = GOOD.replace('channels=1', 'channels=4')
        self.cfg.write_text(text)
        self.weights.write_bytes(weights(GOOD_FLOATS + 3 * 2 * 9))
        pattern = r'net\.cfg: the network reads 4 channels \(expected 1 or 3'
        self.assert_one_line(self.curve(), pattern)
        self.assert_one_line(self.run_isplit('data', self.data, self.cfg), pattern)

    def test_output_through_a_link_replaces_what_it_names(self):
        (self.top / 'real.csv').write_text('old')
        (self.top / 'link.csv').symlink_to('real.csv')
        self.assertEqual(self.curve('-o', 'link.csv').returncode, 0)
        self.assertTrue((self.top / 'link.csv').is_symlink())
        self.assertTrue((self.top / 'real.csv').read_text().startswith('layer,'))

    def test_usage(self):
        for arguments in (['nonsense'], ['curve'], ['curve', self.cfg], ['curve', '--nonsense'],
                          ['curve', self.cfg, self.weights, '-d', self.data, '-n', 'x'],
                          ['curve', self.cfg, self.weights, '-d', self.data, '--tap', 'middle']):
            with self.subTest(arguments=arguments):
                run = self.run_isplit(*arguments)
                self.assertEqual(run.returncode, 2, run.stderr.decode())
                self.assertTrue(run.stderr.startswith(b'isplit: '))


if __name__ == '__main__':
    unittest.main()
