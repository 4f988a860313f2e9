#!/usr/bin/python3
"""The first time a network is measured, its scores are compared with libdarknet's own, beside the run."""
import os
import re
import struct
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from small_network import SmallNetworkTest  # noqa: E402 (the path has to be set first)
from test_errors import GOOD, HEADER, png, weights  # noqa: E402
from test_heatmap import Worker  # noqa: E402

SECONDS = 120
LAYER = {'layers': [0]}


class Yardstick(SmallNetworkTest):
    def setUp(self):
        super().setUp()
        for name, level in (('a', 40), ('b', 200)):
            (self.top / 'data' / name / '0.png').write_bytes(png(4, 4, level))
        self.cache = self.top / 'cache'
        self.compared = self.cache / 'isplit/compared'
        self.worker = self.start()

    def start(self):
        worker = Worker(XDG_CACHE_HOME=str(self.cache))
        self.addCleanup(lambda: self.assertEqual(worker.close(), 0))
        worker.ready(self.top / 'data', self.top / 'net.cfg', self.top / 'net.weights')
        return worker

    def logs(self, worker):
        """What the worker says after a run; it tells between requests."""
        begin, asked = len(worker.logs), time.monotonic()
        while len(worker.logs) == begin and time.monotonic() - asked < SECONDS:
            worker.ask('hello', protocol=2)
            worker.next()
            time.sleep(0.01)
        return worker.logs[begin:]

    def test_compared_once(self):
        self.assertEqual(len(self.worker.rows([0, 1], **LAYER)), 2)
        (told,) = self.worker.logs or self.logs(self.worker)
        self.assertEqual(told['level'], 'note')
        far = re.fullmatch(r'libdarknet\'s own forward pass gives the same scores, within (\S+) of the largest, for a/0.png',
                           told['text'])
        self.assertLess(float(far.group(1)), 1e-5)
        self.assertEqual(len(self.compared.read_text().splitlines()), 1)
        again = self.start()
        again.rows([0], **LAYER)
        self.assertEqual(again.close(), 0)  # nothing is under way that could still tell
        self.assertEqual(len(self.compared.read_text().splitlines()), 1)

    def test_a_forks_batch_norm(self):
        """libdarknet gets the folded variances: by its own formula the scores would be 0.5 % off."""
        numbers = 2 * 4 + 2 * 9 + 2 + 2 * 32
        (self.top / 'net.cfg').write_text(GOOD.replace('filters=2', 'batch_normalize=1\nfilters=2'))
        (self.top / 'net.weights').write_bytes(weights(numbers, 1e-3, struct.pack('<iiiQ', 0, 2, 5, 0)))
        worker = self.start()
        worker.logs.clear()  # the formula is told when it is opened
        worker.rows([1], **LAYER)
        (told,) = worker.logs or self.logs(worker)
        self.assertEqual(told['level'], 'note', told)
        self.assertLess(float(re.search(r'same scores, within (\S+) of the largest', told['text']).group(1)), 1e-5)
        self.assertRegex(self.compared.read_text(), r', fork: ')

    def test_one_output(self):
        """Which tells two classes: the output is compared, and nothing beyond it."""
        cfg = self.top / 'one.cfg'
        cfg.write_text(GOOD.replace('output=2\nactivation=linear\n[softmax]', 'output=1\nactivation=logistic'))
        floats = [0.1 * (-1) ** i for i in range(2 + 18 + 1 + 32)]
        (self.top / 'one.weights').write_bytes(HEADER + struct.pack(f'<{len(floats)}f', *floats))
        worker = Worker(XDG_CACHE_HOME=str(self.cache))
        self.addCleanup(worker.close)
        worker.ready(self.top / 'data', cfg, self.top / 'one.weights')
        self.assertEqual(len(worker.rows([0, 1], **LAYER)), 2)
        (told,) = worker.logs or self.logs(worker)
        self.assertEqual(told['level'], 'note')
        self.assertLess(float(re.search(r'same scores, within (\S+) of the largest, for \S+$', told['text']).group(1)), 1e-5)

    def test_a_difference_is_a_warning(self):
        """Other weights behind the worker's back: libdarknet's scores are another network's."""
        self.worker.rows([0], **LAYER)
        self.worker.logs or self.logs(self.worker)
        self.compared.unlink()
        path = Path(self.top / 'net.weights')
        numbers = bytearray(path.read_bytes())
        numbers[20:24] = struct.pack('<f', 5.0)
        path.write_bytes(numbers)
        self.worker.logs.clear()
        self.worker.rows([1], **LAYER)
        (told,) = self.worker.logs or self.logs(self.worker)
        self.assertEqual(told['level'], 'warning')
        self.assertRegex(told['text'], r'^b/0.png: the scores differ .* by \S+ of the largest \(expected less than 0.001\)')

    def test_no_second_copy_where_memory_is_limited(self):
        self.worker.rows([0], memory=60 << 20, **LAYER)
        self.assertEqual(self.worker.logs, [])
        self.worker.rows([1], memory=60 << 20, **LAYER)
        self.assertFalse(self.compared.exists())


if __name__ == '__main__':
    unittest.main()
