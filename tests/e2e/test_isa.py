#!/usr/bin/python3
"""The same curve on lesser processors: other vector widths mean other memory layouts and other kernels."""
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / 'tests/reference'))
import program  # noqa: E402 (the path has to be set first)

DEMOS = [('letters-vgg16', 64), ('letters-resnet50', 64)]
ISAS = ['SSE41', 'AVX2', 'AVX2_VNNI', 'AVX512_CORE']


def rows(name, images, isa=None):
    """The images CSV's importances, as {image: [number of each layer]}."""
    env = dict(os.environ)
    if isa:
        env['ONEDNN_MAX_CPU_ISA'] = isa
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / 'images.csv'
        subprocess.run([program.PROGRAM, 'curve', TOP / f'cfg/{name}.cfg', TOP / f'weights/{name}.weights', '-d',
                        TOP / 'tests/samples/letters', '--no-store', '--exact', '-n', str(images),
                        '-o', Path(folder) / 'curve.csv', '--images-csv', out], env=env, check=True, capture_output=True, timeout=300)
        table = program.read_table(out.read_bytes())
    cells = program.layer_cells(table)
    return {row['image']: values for row, values in zip(table, cells)}


class IsaTest(unittest.TestCase):
    def test_rows_agree(self):
        for name, images in DEMOS:
            expected = rows(name, images)
            self.assertEqual(len(expected), images)
            for isa in ISAS:
                with self.subTest(network=name, isa=isa):
                    got = rows(name, images, isa)
                    self.assertEqual(got.keys(), expected.keys())
                    pairs = [(a, b) for image in got for a, b in zip(got[image], expected[image])]
                    close = sum(abs(a - b) <= 1e-3 * abs(b) for a, b in pairs)
                    # The rest: where a ReLU or a max-pool changes its mind, rounding is amplified.
                    self.assertGreaterEqual(close, 0.95 * len(pairs))


if __name__ == '__main__':
    unittest.main()
