#!/usr/bin/python3
"""Pictures whose EXIF data say that they are to be turned: told, and turned with --exif, as Pillow turns them."""
import csv
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from PIL import Image, ImageOps

from test_errors import PROGRAM, SECONDS

TOP = Path(__file__).resolve().parent.parent.parent
CFG, WEIGHTS = TOP / 'cfg/letters-vgg16.cfg', TOP / 'weights/letters-vgg16.weights'
LETTERS = TOP / 'tests/samples/letters'
TAG = 0x0112
PER_CLASS = 8  # each orientation once


def with_orientation(image, path, orientation):
    exif = Image.Exif()
    exif[TAG] = orientation
    image.save(path, exif=exif)


class Exif(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """In set `turned`, letters with all orientations that are upright when they are turned; in `upright` the same,
        stored as Pillow turns them. They are no squares."""
        cls.folder = tempfile.TemporaryDirectory()
        cls.top = Path(cls.folder.name)
        for name in 'ABCDEFGHIJ':
            for number, path in enumerate(sorted((LETTERS / name).glob('*.png'))[:PER_CLASS]):
                letter = Image.open(path)
                orientation = number % 8 + 1
                stored = cls.stored(ImageOps.expand(letter, (0, 2, 0, 3), 0), orientation)
                for folder in ('turned', 'upright'):
                    (cls.top / folder / name).mkdir(parents=True, exist_ok=True)
                with_orientation(stored, cls.top / 'turned' / name / path.name, orientation)
                with Image.open(cls.top / 'turned' / name / path.name) as again:
                    ImageOps.exif_transpose(again).save(cls.top / 'upright' / name / path.name)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @staticmethod
    def stored(image, orientation):
        """What a camera stores that was held so."""
        turns = {1: (), 2: (Image.FLIP_LEFT_RIGHT,), 3: (Image.ROTATE_180,), 4: (Image.FLIP_TOP_BOTTOM,),
                 5: (Image.TRANSPOSE,), 6: (Image.ROTATE_90,), 7: (Image.TRANSVERSE,), 8: (Image.ROTATE_270,)}
        for turn in turns[orientation]:
            image = image.transpose(turn)
        return image

    def isplit(self, *arguments, expect=0):
        run = subprocess.run([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                             timeout=SECONDS, encoding='utf-8', env={**os.environ, 'XDG_CACHE_HOME': str(self.top)})
        self.assertEqual(run.returncode, expect, run.stderr)
        return run.stdout, run.stderr

    def curve(self, data, *options):
        """Rows by image, accuracy, messages."""
        out = self.top / 'c.csv'
        _, err = self.isplit('curve', CFG, WEIGHTS, '-d', self.top / data, '-o', out, '--images-csv', self.top / 'i.csv',
                             '--exact', *options)
        with open(self.top / 'i.csv', encoding='utf-8') as file:
            rows = {row['image']: row for row in csv.DictReader(file)}
        with open(f'{out}.meta.csv', encoding='utf-8') as file:
            meta = {row['key']: row['value'] for row in csv.DictReader(file)}
        return rows, meta, err

    TOLD = ('70 of 80 images have an EXIF orientation that is not upright, and are taken as they are stored; --exif turns '
            'them')

    def test_told(self):
        _, err = self.isplit('data', self.top / 'turned', CFG)
        self.assertIn(self.TOLD, err)
        self.assertRegex(err, r'\(first: A/[^/]+\.png\)\n')
        self.assertEqual(self.isplit('data', self.top / 'upright', CFG)[1], '')
        _, meta, err = self.curve('turned', '--no-store')
        self.assertIn(self.TOLD, err)
        self.assertLess(float(meta['accuracy']), .6)

    def test_turned_as_pillow_does(self):
        for fit in ((), ('--fit', 'stretch'), ('--fit', 'letterbox')):
            with self.subTest(fit=fit):
                expected, before, _ = self.curve('upright', '--no-store', *fit)
                rows, meta, err = self.curve('turned', '--no-store', '--exif', *fit)
                self.assertEqual(rows, expected)
                self.assertNotIn('EXIF', err)
                self.assertEqual((meta['exif'], meta['accuracy']), ('1', before['accuracy']))
                self.assertGreater(float(meta['accuracy']), .8)

    def test_rows_are_not_mixed(self):
        store = ('--store', self.top / 'x.db')
        plain, _, _ = self.curve('turned', *store)
        turned, meta, _ = self.curve('turned', *store, '--exif')
        self.assertEqual(meta['from_store'], '0')
        self.assertNotEqual(plain, turned)
        again, meta, err = self.curve('turned', *store, '--exif')
        self.assertEqual((again, meta['from_store']), (turned, '80'))
        out, _ = self.isplit('store', 'ls', *store, '--format', 'table')
        self.assertIn(' --exif', out)

    def test_saved_rows_say_so(self):
        self.curve('turned', '--no-store', '--exif')
        self.isplit('curve', '--from', self.top / 'i.csv', '-o', self.top / 'again.csv')
        self.assertIn('\nexif,1\n', (self.top / 'again.csv.meta.csv').read_text())


if __name__ == '__main__':
    unittest.main()
