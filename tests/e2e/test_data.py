#!/usr/bin/python3
"""Sets of images as people have them, through the real program: what `isplit data` finds, says and refuses."""
import subprocess
import unittest

from small_network import SmallNetworkTest
from test_errors import PROGRAM, SECONDS, png


class Data(SmallNetworkTest):
    def picture(self, name):
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(4, 4))

    def text(self, name, text):
        (self.top / name).write_text(text)

    def data(self, name, *options, expect=0):
        """Output and messages, with the temporary folder's name left out."""
        return self.run_program('data', str(self.top / name), *options, expect=expect)

    def run_program(self, *arguments, expect=0):
        run = subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                             timeout=SECONDS, encoding='utf-8')
        self.assertEqual(run.returncode, expect, run.stderr)
        return run.stdout.replace(f'{self.top}/', ''), run.stderr.replace(f'{self.top}/', '')

    def labels(self, text='cat\ndog\n'):
        self.text('labels.txt', text)
        return '--labels', str(self.top / 'labels.txt')

    def test_how_labels_were_found(self):
        for name in ('set/cat/1.png', 'set/cat/x_dog.png', 'set/dog/2.png'):
            self.picture(name)
        self.text('x.list', 'set/cat/1.png\nset/cat/x_dog.png\nset/dog/2.png\n')
        out, err = self.data('x.list', *self.labels())
        self.assertRegex(out, r'(?m)^labels by  file name: 1, folder: 2$')
        self.assertIn('file name counts (first: set/cat/x_dog.png, file name "dog", folder "cat")', err)
        self.assertRegex(self.data('set', *self.labels())[0], r'(?m)^labels by  class folder: 3$')

    def test_darknets_rule(self):
        for i in range(3):
            self.picture(f'train/cat00{i}.png')
            self.picture(f'train/dog00{i}.png')
        out, err = self.data('train', *self.labels('cat\ndog\ntrain\n'))
        self.assertRegex(out, r"(?m)^labels by  Darknet's rule: 6$")
        self.assertIn('warning: train: 6 of 6 images are labelled by Darknet\'s own rule', err)

    def test_splits_are_never_classes(self):
        for split in ('Train', 'Test'):
            for name in ('cat', 'dog'):
                self.picture(f'set/{split}/{name}/1.png')
            self.picture(f'flat/{split}/1_cat.png')
        out, err = self.data('set', str(self.top / 'net.cfg'))
        self.assertRegex(out, r'(?m)^split      Test$')
        self.assertRegex(out, r'(?m)^ +1 +1  dog +dog$')
        self.assertIn('using split "Test"', err)
        out, err = self.data('flat', str(self.top / 'net.cfg'), expect=1)
        self.assertEqual(out, '')
        self.assertIn('flat: folder "Test" holds 1 images but no class folders', err)
        out, err = self.data('flat', str(self.top / 'net.cfg'), *self.labels())
        self.assertRegex(out, r'(?m)^images     1$')


if __name__ == '__main__':
    unittest.main()
