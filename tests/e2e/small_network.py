"""A small network of its own for each test, with room for images of two classes."""
import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_errors import GOOD, weights  # noqa: E402 (the path has to be set first)


class SmallNetworkTest(unittest.TestCase):
    """In self.top: net.cfg, net.weights, and the empty folders data/a and data/b."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = Path(folder.name)
        (self.top / 'net.cfg').write_text(GOOD)
        (self.top / 'net.weights').write_bytes(weights())
        for name in ('a', 'b'):
            (self.top / 'data' / name).mkdir(parents=True)
