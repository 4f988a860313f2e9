#!/usr/bin/python3
"""Sets of images as people have them, through the real program: what `isplit data` finds, says and refuses."""
import subprocess
import unittest

from small_network import SmallNetworkTest
from test_errors import PROGRAM, SECONDS, png, weights


class Data(SmallNetworkTest):
    def picture(self, name):
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(4, 4))

    def text(self, name, text):
        (self.top / name).write_text(text)

    def data(self, name, *options, expect=0):
        """Output and messages, with the temporary folder's name left out."""
        return self.run_program('data', str(self.top / name), '--format', 'table', *options, expect=expect)

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

    def test_copies(self):
        """Of what cannot be decoded none is a copy."""
        for name, side in (('cat/1', 4), ('cat/2', 5), ('cat/3', 4), ('dog/1', 4), ('dog/2', 6)):
            self.picture(f'set/{name}.png')
            (self.top / f'set/{name}.png').write_bytes(png(side, side))
        for name in ('cat/4', 'cat/5'):
            (self.top / f'set/{name}.png').write_bytes(b'nothing')
        out, _ = self.data('set')
        self.assertTrue(out.endswith('\n2 of 7 images are copies of others, 1 of them with another class:\n'
                                     '  cat/3.png: has the bytes of cat/1.png\n  dog/1.png: has the bytes of cat/1.png\n'), out)
        (self.top / 'set/dog/1.png').unlink()
        out, err = self.run_program('data', str(self.top / 'set'), '-o', str(self.top / 'classes.csv'))
        self.assertIn('warning: 1 of 6 images is a copy of another, and intervals take each for an independent image '
                      '(first: cat/3.png: has the bytes of cat/1.png)\n', err)
        self.assertIn('\nimages_copied,1\n', (self.top / 'classes.csv.meta.csv').read_text())
        (self.top / 'set/cat/3.png').unlink()
        self.assertNotIn('cop', ''.join(self.data('set')))

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
        self.assertIn('flat: folder "Test" holds 1 image but no class folders', err)
        out, err = self.data('flat', str(self.top / 'net.cfg'), *self.labels())
        self.assertRegex(out, r'(?m)^images     1$')

    def test_labels_in_a_file(self):
        for i in range(1, 5):
            self.picture(f'flat/v_{i}.png')
        self.text('truth.csv', 'image,class\n' + ''.join(f'v_{i},{("cat", "dog")[i % 2]}\n' for i in (3, 1, 2, 4)))
        self.text('truth.txt', '1\n0\n1\n0\n')
        self.text('caffe.txt', ''.join(f'flat/v_{i}.png {i % 2}\n' for i in range(1, 5)))
        self.text('names.txt', 'a cat\na dog\n')
        truth, names = ('--truth', str(self.top / 'truth.csv')), ('--names', str(self.top / 'names.txt'))
        net = str(self.top / 'net.cfg')
        out, _ = self.data('flat', net, *truth, *self.labels())
        self.assertRegex(out, r'(?m)^labels by  truth.csv: 4$')
        self.assertRegex(out, r'(?m)^ +1 +2  dog +dog$')
        out, err = self.data('flat', net, '--truth', str(self.top / 'truth.txt'), *names)
        self.assertRegex(out, r'(?m)^labels by  truth.txt in order: 4$')
        self.assertRegex(out, r'(?m)^ +1 +2  - +a dog$')
        self.assertIn('truth.txt: labels without names: they go with the 4 images in byte order', err)
        out, err = self.data('caffe.txt', net, *names)
        self.assertRegex(out, r"(?m)^labels by  the list's lines: 4$")
        self.assertEqual(err, '')

    def test_labels_are_no_outputs(self):
        """What is read is never written over."""
        for i in range(2):
            self.picture(f'flat/v_{i}.png')
        self.text('truth.txt', 'v_0.png 0\nv_1.png 1\n')
        self.text('names.txt', 'a cat\na dog\n')
        for option in ('truth', 'names'):
            path = str(self.top / f'{option}.txt')
            _, err = self.run_program('curve', str(self.top / 'net.cfg'), str(self.top / 'net.weights'), '-d',
                                      str(self.top / 'flat'), '--truth', str(self.top / 'truth.txt'), '--names',
                                      str(self.top / 'names.txt'), '--no-store', '-o', path, expect=2)
            self.assertIn(f'the output {option}.txt is the input {option}.txt', err)

    def test_paths_of_another_machine(self):
        for name in ('cat', 'dog'):
            self.picture(f'here/set/1_{name}.png')
        self.text('x.list', 'D:\\My Set\\set\\1_cat.png\nD:\\My Set\\set\\1_dog.png\n')
        out, err = self.data('x.list', *self.labels(), expect=1)
        self.assertIn('2 of 2 images are not there; --root DIR says where the paths begin', err)
        out, err = self.data('x.list', *self.labels(), '--root', str(self.top / 'here'))
        self.assertIn('every image can be decoded', out)
        self.assertIn('2 of 2 images are not where it says, and are taken from here by the ends of their paths (first: '
                      'line 1, D:\\My Set\\set\\1_cat.png is set/1_cat.png)', err)

    def test_display_names(self):
        """What the classes are called changes neither labels nor rows."""
        for name in ('cat', 'dog'):
            self.picture(f'set/{name}/1.png')
        self.text('names.txt', 'a cat\na dog\n')
        curve = ('curve', str(self.top / 'net.cfg'), str(self.top / 'net.weights'), '-d', str(self.top / 'set'),
                 '--store', str(self.top / 'x.db'), '--images-csv')
        self.run_program(*curve, str(self.top / 'plain.csv'), '-o', str(self.top / 'a.csv'))
        self.run_program(*curve, str(self.top / 'named.csv'), '-o', str(self.top / 'b.csv'), *self.labels(),
                         '--names', str(self.top / 'names.txt'), '-c', 'a cat,dog')
        plain, named = ((self.top / f'{name}.csv').read_text() for name in ('plain', 'named'))
        self.assertIn(',a cat,', named)
        self.assertEqual(named.replace('a cat', 'cat').replace('a dog', 'dog'), plain)
        meta = (self.top / 'b.csv.meta.csv').read_text()
        self.assertIn(f"\nnames,{self.top / 'names.txt'}\n", meta)
        self.assertIn('\nfrom_store,2\n', meta)

    def test_nothing_that_can_be_decoded(self):
        jpeg = b'\xff\xd8\xff\xe0\x00\x10JFIF\0'
        for name in ('a', 'b'):
            (self.top / f'data/{name}/1.jpg').write_bytes(jpeg)
        out, err = self.data('data', expect=1)
        self.assertIn('\n2 of 2 images cannot be decoded:\n  a/1.jpg: the JPEG is truncated\n', out)
        self.assertEqual(err, 'isplit: none of 2 images can be decoded\n')
        self.picture('data/b/2.png')
        out, err = self.data('data')
        self.assertIn('2 of 3 images cannot be decoded', out)
        self.assertEqual(err, '')

    def test_names_that_repeat(self):
        self.picture('data/a/1.png')
        self.picture('data/b/1.png')
        self.text('names.txt', 'crane\ncrane\n')
        self.text('x.data', 'valid=data\nnames=names.txt\n')
        self.assertIn('warning: x.data: 1 class name is not unique (first: "crane", outputs 0 and 1)',
                      self.data('x.data')[1])


class Words(SmallNetworkTest):
    """What commands say about words that lead nowhere."""
    run_program = Data.run_program

    def test_option_d_forgotten(self):
        out, err = self.run_program('curve', 'net.cfg', 'net.weights', 'photos', expect=2)
        self.assertEqual((out, err), ('', 'isplit: too many arguments for curve: "photos" (expected -d before DATA; '
                                          'see isplit curve --help)\n'))
        _, err = self.run_program('curve', 'net.cfg', 'net.weights', 'photos', '-d', 'photos', expect=2)
        self.assertEqual(err, 'isplit: too many arguments for curve (see isplit curve --help)\n')

    def test_layers_of_a_network_without_cuts(self):
        (self.top / 'mlp.cfg').write_text('[net]\nwidth=4\nheight=4\nchannels=1\n[connected]\noutput=3\n'
                                          'activation=relu\n[connected]\noutput=2\nactivation=linear\n[softmax]\n')
        path = str(self.top / 'mlp.cfg')
        out, err = self.run_program('layers', path)
        self.assertEqual(len(out.splitlines()), 1)
        self.assertRegex(err, r'\Aisplit: note: no layer is listed: .*\(--layers clean or all lists others\)\n\Z')
        for listed in ('clean', 'all'):
            out, err = self.run_program('layers', path, '--layers', listed)
            self.assertGreater(len(out.splitlines()), 1)
            self.assertEqual(err, '')

    def test_millions(self):
        (self.top / 'big.cfg').write_text('[net]\nwidth=640\nheight=512\nchannels=8\n[convolutional]\nfilters=8\n'
                                          'size=7\npad=1\nactivation=relu\n[maxpool]\nsize=2\nstride=2\n'
                                          '[convolutional]\nfilters=8\nsize=1\nactivation=relu\n[avgpool]\n[softmax]\n')
        (self.top / 'big.weights').write_bytes(weights(8 + 8 * 8 * 49 + 8 + 64))
        out, _ = self.run_program('split', str(self.top / 'big.cfg'), str(self.top / 'big.weights'), '--at', '1', '--check', '1', '-o',
                                  str(self.top / 'halves'))
        self.assertRegex(out, r'(?m)^head  0\.00314 M params, 1028 M multiply-adds')
        self.assertRegex(out, r'(?m)^tail  0\.000072 M params, 5\.24 M multiply-adds')


if __name__ == '__main__':
    unittest.main()
