#!/usr/bin/python3
"""Heatmaps, and runs that are stopped and continued, with the real worker over its pipe (engine/wire/PROTOCOL.md)."""
import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_errors import GOOD, png, weights  # noqa: E402 (the path has to be set first)

TOP = Path(__file__).resolve().parent.parent.parent
ENGINE = Path(os.environ.get('ISPLIT', './isplit')).resolve().with_name('isplit-engine')
LETTERS = TOP / 'tests/samples/letters'
SECONDS = 120  # the limit is wide for a loaded machine under sanitizers
LAYERS = [0, 2, 9, 13, 17]  # of the demo network: 16x32x32, 16x16x16, 64x4x4, 128x2x2, 128x1x1
OPTIONS = {'layers': LAYERS, 'score': 'truth', 'reduce': 'mean', 'tap': 'post', 'fit': 'crop', 'mean': [0, 0, 0],
           'std': [1, 1, 1], 'scale': 1, 'bgr': False, 'batch': 4, 'threads': 2}


class Worker:
    def __init__(self, **environment):
        self.process = subprocess.Popen([ENGINE], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, env={**os.environ, **environment})
        self.logs = []
        # A worker that cannot be far ahead of what was read is still running when the next request comes.
        fcntl.fcntl(self.process.stdout, fcntl.F_SETPIPE_SZ, 4096)
        self.bytes = self.asked = b''

    def ask(self, kind, **fields):
        """Sent, in one go with others, when the next message is waited for."""
        self.asked += json.dumps({'type': kind, **fields}).encode() + b'\n'

    def next(self):
        """The next message that is no chatter."""
        self.process.stdin.write(self.asked)
        self.process.stdin.flush()
        self.asked = b''
        while True:
            while b'\n' not in self.bytes:
                assert select.select([self.process.stdout], [], [], SECONDS)[0], 'the worker does not answer'
                portion = os.read(self.process.stdout.fileno(), 65536)
                assert portion, 'the worker is gone'
                self.bytes += portion
            line, self.bytes = self.bytes.split(b'\n', 1)
            message = json.loads(line)
            if message['type'] == 'log':
                self.logs.append(message)
            elif message['type'] != 'progress':
                return message

    def until(self, *kinds):
        """Messages up to the first of one of these kinds, that one included."""
        messages = [self.next()]
        while messages[-1]['type'] not in kinds:
            messages.append(self.next())
        return messages

    def ready(self, data=LETTERS, cfg=TOP / 'cfg/letters-vgg16.cfg', trained=TOP / 'weights/letters-vgg16.weights'):
        self.ask('hello', protocol=2)
        self.ask('open', cfg=str(cfg), weights=str(trained))
        self.ask('images', data=str(data), split=None, labels=None, probe=False)
        return self.until('dataset')

    def run(self, images, **options):
        self.ask('run', images=images, **{**OPTIONS, **options})

    def rows(self, images, **options):
        self.run(images, **options)
        return rows_of(self.until('done', 'error'))

    def heatmap(self, image, side=64, **options):
        self.ask('heatmap', image=image, side=side, **{**OPTIONS, **options})

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(SECONDS)


def rows_of(messages):
    return {m['image']: (m['top'], m['score'], m['row']) for m in messages if m['type'] == 'result'}


def picture(p, bytes_a_pixel=1):
    data = base64.b64decode(p['data'], validate=True)
    assert len(data) == p['w'] * p['h'] * bytes_a_pixel
    return data


def values(m):
    return [byte / 255 * m['max'] for byte in picture(m)]


class HeatmapTest(unittest.TestCase):
    def setUp(self):
        self.worker = Worker()
        self.addCleanup(lambda: self.assertEqual(self.worker.close(), 0))
        listed = [item for m in self.worker.ready() if m['type'] == 'images' for item in m['items']]
        self.labels = [label for _, label in listed]

    def assert_fits(self, heatmap, row, layers):
        """The heatmap says of its image what the run's row does, to the last bit."""
        top, score, importances = row
        self.assertIsNone(heatmap['error'])
        self.assertEqual(heatmap['top'], top)
        self.assertEqual(heatmap['score'], score)
        self.assertGreaterEqual(heatmap['top_score'], score)
        self.assertEqual({m['layer']: m['importance'] for m in heatmap['maps']},
                         {layer: x for layer, x in zip(layers, importances) if x is not None})
        for m in heatmap['maps']:
            mean = sum(values(m)) / (m['w'] * m['h'])
            self.assertAlmostEqual(mean, m['importance'], delta=m['max'] / 255 / 2 + 1e-12)
            self.assertEqual(max(picture(m)), 255 if m['max'] else 0)

    def test_as_a_run_tells_it(self):
        """In every slot of a batch, for every definition; also before there is a plan."""
        wrong = [i for i, (top, _, _) in self.worker.rows(list(range(400))).items() if top != self.labels[i]]
        images = [0, wrong[0], 57, 222, wrong[1], 399]
        for options in ({}, {'score': 'top'}, {'reduce': 'sum'}, {'tap': 'pre', 'fit': 'stretch', 'mean': [.5, .4, .3]},
                        {'layers': list(range(24)), 'batch': 8}):
            with self.subTest(options=options):
                self.worker.heatmap(images[1], **options)
                first = self.worker.next()
                rows = self.worker.rows(images, **options)
                self.assertEqual(len(rows), len(images))
                self.assert_fits(first, rows[images[1]], options.get('layers', LAYERS))
                for image in images:
                    self.worker.heatmap(image, **options)
                    self.assert_fits(self.worker.next(), rows[image], options.get('layers', LAYERS))

    def test_pictures(self):
        self.worker.heatmap(7)
        whole = self.worker.next()
        self.assertEqual((whole['pixels']['w'], whole['pixels']['h']), (32, 32))
        self.assertEqual([(m['w'], m['h']) for m in whole['maps']], [(32, 32), (16, 16), (4, 4), (2, 2), (1, 1)])
        # The pixels are what stands in the file, whatever the network is given.
        self.worker.heatmap(7, mean=[0.5, 0.4, 0.3], std=[0.2, 0.1, 0.3], scale=255, bgr=True)
        self.assertEqual(self.worker.next()['pixels'], whole['pixels'])
        self.assertGreater(len(set(picture(whole['pixels'], 3))), 20)

    def test_smaller_is_the_mean_over_boxes(self):
        self.worker.heatmap(7)
        whole = self.worker.next()
        for side in (8, 5, 1):
            self.worker.heatmap(7, side=side)
            small = self.worker.next()
            self.assertEqual(max(small['pixels']['w'], small['pixels']['h']), side)
            for large, little in zip(whole['maps'], small['maps']):
                self.assertEqual(large['importance'], little['importance'])
                self.assertEqual(little['w'], min(large['w'], side))
                self.assertAlmostEqual(sum(values(little)) / len(values(little)), little['importance'],
                                       delta=little['max'] / 255 + 1e-12)
            for c in range(3):
                a, b = (picture(h['pixels'], 3)[c::3] for h in (whole, small))
                self.assertAlmostEqual(sum(a) / len(a), sum(b) / len(b), delta=0.5)
        boxes = [sum(picture(whole['pixels'], 3)[3 * (32 * (4 * (i // 8) + y) + 4 * (i % 8) + x)]
                     for y in range(4) for x in range(4)) / 16 for i in range(64)]
        self.worker.heatmap(7, side=8)
        for box, got in zip(boxes, picture(self.worker.next()['pixels'], 3)[::3]):
            self.assertAlmostEqual(box, got, delta=1)  # the boxes' pixels were rounded before

    def test_beside_a_run(self):
        images = list(range(400))
        alone = self.worker.rows(images)
        self.worker.run(images)
        messages = self.worker.until('result')
        self.worker.heatmap(399)
        messages += self.worker.until('heatmap', 'done')
        heatmap = messages.pop()
        self.assertEqual(heatmap['type'], 'heatmap')
        messages += self.worker.until('done')
        self.assertEqual(rows_of(messages), alone)
        self.assertEqual(messages[-1]['images'], len(images))
        self.assert_fits(heatmap, self.worker.rows([399])[399], LAYERS)

    def test_no_moment_loses_one(self):
        """Asked for at any moment of a short run, its end included, and together with a stop."""
        for after in range(13):
            with self.subTest(after=after):
                self.worker.run(list(range(12)))
                for _ in range(after):
                    self.worker.until('result')
                self.worker.heatmap(20)
                if after % 3 == 1:
                    self.worker.ask('stop')
                kinds = [self.worker.until('heatmap', 'done')[-1]['type'] for _ in range(2)]
                self.assertEqual(sorted(kinds), ['done', 'heatmap'])

    def test_run_and_heatmap_in_one_go(self):
        self.worker.run(list(range(40)))
        self.worker.heatmap(3)
        kinds = [m['type'] for m in self.worker.until('done')]
        self.assertLess(kinds.index('heatmap'), kinds.index('result'))
        self.assertEqual(kinds.count('result'), 40)

    def test_stop_and_go_on(self):
        images = list(range(0, 400, 2))
        whole = self.worker.rows(images)
        got = {}
        while len(got) < len(images):
            self.worker.run([i for i in images if i not in got])
            messages = self.worker.until('result', 'done')
            self.worker.ask('stop')
            if messages[-1]['type'] != 'done':
                messages += self.worker.until('done')
            rows = rows_of(messages)
            self.assertFalse(rows.keys() & got.keys())
            self.assertTrue(rows)
            got.update(rows)
        self.assertEqual(got, whole)

    def test_what_cannot_be_shown(self):
        cases = [({'image': 400}, 'no image 400'), ({'layers': [0, 99]}, 'no layer 99'), ({'side': 0}, '"side"'),
                 ({'layers': [2, 0]}, 'ascending'), ({'std': [0, 1, 1]}, '"std"')]
        for fields, words in cases:
            for running in (False, True):
                with self.subTest(fields=fields, running=running):
                    if running:
                        self.worker.run(list(range(40)))
                    self.worker.heatmap(**{'image': 1, **fields})
                    answer = self.worker.until('heatmap', 'done', 'error')[-1]
                    self.assertEqual(answer['type'], 'heatmap')
                    self.assertIn(words, answer['error'])
                    self.assertEqual(answer['image'], fields.get('image', 1))
                    if running:
                        self.assertEqual(self.worker.until('done')[-1]['images'], 40)

    def test_another_plan_than_the_runs(self):
        for options in ({'layers': [1]}, {'tap': 'pre'}, {'batch': 8}):
            with self.subTest(options=options):
                self.worker.run(list(range(40)))
                self.worker.heatmap(1, **options)
                self.assertIn('another tuning', self.worker.until('heatmap', 'done')[-1]['error'])
                self.assertEqual(self.worker.until('done')[-1]['images'], 40)
        self.worker.run(list(range(40)))
        self.worker.heatmap(1, layers=[2, 13], score='top')  # the same plan: fewer layers, another score
        self.assertEqual([m['layer'] for m in self.worker.until('heatmap', 'done')[-1]['maps']], [2, 13])
        self.worker.until('done')


class DataTest(unittest.TestCase):
    def setUp(self):
        self.worker = Worker()
        self.addCleanup(lambda: self.assertEqual(self.worker.close(), 0))

    def test_undecodable_image(self):
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / 'letters'
            shutil.copytree(LETTERS, data)
            bad = sorted((data / 'A').iterdir())[0]
            bad.write_bytes(b'no image')
            self.worker.ready(data)
            self.worker.heatmap(0)
            self.assertRegex(self.worker.next()['error'], 'cannot be decoded: .')
            self.worker.run(list(range(12)))
            self.worker.heatmap(0)
            messages = self.worker.until('done')
            heatmap, = [m for m in messages if m['type'] == 'heatmap']
            self.assertRegex(heatmap['error'], 'cannot be decoded: .')
            self.assertEqual(messages[-1]['images'], 11)
            self.worker.heatmap(1)
            self.assertIsNone(self.worker.next()['error'])

    def test_numbers_that_are_not_finite(self):
        """Weights that are finite, activations that are not; a grey network."""
        with tempfile.TemporaryDirectory() as folder:
            top = Path(folder)
            for name in ('a', 'b'):
                (top / 'data' / name).mkdir(parents=True)
                (top / 'data' / name / '1.png').write_bytes(png(4, 4, 200))
            (top / 'net.cfg').write_text(GOOD)
            for value, words in ((1e30, 'not finite'), (0.1, None)):
                (top / 'net.weights').write_bytes(weights(value=value))
                self.worker.ready(top / 'data', top / 'net.cfg', top / 'net.weights')
                self.worker.heatmap(0, layers=[0])
                answer = self.worker.next()
                self.assertRegex(str(answer['error']), words or 'None')
            self.assertEqual(picture(answer['pixels'], 3), bytes([200] * 48))

    def test_nothing_open(self):
        self.worker.heatmap(0)
        self.assertIn('network', self.worker.next()['error'])
        self.worker.ask('open', cfg=str(TOP / 'cfg/letters-vgg16.cfg'), weights=None)
        self.worker.until('layers')
        self.worker.heatmap(0)
        self.assertIn('weights', self.worker.next()['error'])

    def test_skip_connections_and_batch_norm(self):
        self.worker.ready(cfg=TOP / 'cfg/letters-resnet50.cfg', trained=TOP / 'weights/letters-resnet50.weights')
        row, = self.worker.rows([5], layers=list(range(20))).values()
        self.worker.heatmap(5, layers=list(range(20)))
        heatmap = self.worker.next()
        self.assertEqual([m['importance'] for m in heatmap['maps']], [x for x in row[2] if x is not None])


if __name__ == '__main__':
    unittest.main()
