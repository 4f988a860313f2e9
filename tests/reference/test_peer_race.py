#!/usr/bin/python3
"""The loop that the race is timed against (tests/bench/peer_race.py) trains what isplit trains: the same network, and
bottlenecks of the same shapes and numbers of weights."""
import sys
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
WEIGHTS = TOP / 'weights/letters-vgg16.weights'
sys.path.insert(0, str(TOP / 'tests/bench'))

import peer_race  # noqa: E402
import torch  # noqa: E402

# What `isplit evaluate --bottleneck ratio` says of each cut of letters-vgg16: numbers sent.
SENT = [256, 256, 64, 128, 128, 32, 64, 64, 64, 16, 32, 32, 32, 32, 32, 32, 32, 32]


class Peer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = peer_race.trained(WEIGHTS)
        cls.heads = peer_race.cuts_of(cls.net)
        cls.images, cls.labels = peer_race.read(TOP / 'tests/samples/letters')

    def test_network_is_the_trained_one(self):
        self.assertEqual(peer_race.accuracy(self.net, self.images, self.labels), 0.9775)  # weights/README.md

    def test_bottlenecks_send_as_much_and_give_back_the_tensor(self):
        self.assertEqual(len(self.heads), len(SENT))
        for head, sent in zip(self.heads, SENT):
            features = peer_race.features_of(self.net[:head], self.images[:2])
            narrow = peer_race.bottleneck(*features.shape[1:3])
            self.assertEqual(narrow(features).shape, features.shape)
            self.assertEqual(narrow[:6](features)[0].numel(), sent)

    def test_training_learns(self):
        head = self.heads[13]
        features = peer_race.features_of(self.net[:head], self.images)
        torch.manual_seed(0)
        tail = peer_race.begin(WEIGHTS, head, features.shape, torch.contiguous_format)
        before = peer_race.accuracy(tail, features, self.labels)
        peer_race.train(tail, features, self.labels, 30)
        self.assertLess(before, 0.5)
        self.assertGreater(peer_race.accuracy(tail, features, self.labels), 0.8)


if __name__ == '__main__':
    unittest.main()
