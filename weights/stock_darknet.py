"""Run a network in the stock Darknet library, to compare with."""
import contextlib
import ctypes
import os

import numpy as np

LIBRARY = os.environ.get("LIBDARKNET", "/usr/lib/darknet/libdarknet.so")


class StockDarknet:
    """A network loaded by libdarknet. The library exits the process on a bad file."""

    def __init__(self, cfg, weights, outputs):
        self._lib = ctypes.CDLL(LIBRARY)
        self._lib.load_network.restype = ctypes.c_void_p
        self._lib.load_network.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int]
        self._lib.set_batch_network.argtypes = [ctypes.c_void_p, ctypes.c_int]
        self._lib.network_predict.restype = ctypes.POINTER(ctypes.c_float)
        self._lib.network_predict.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        with _silence():
            self._net = self._lib.load_network(os.fsencode(cfg), os.fsencode(weights), 0)
        self._lib.set_batch_network(self._net, 1)
        self._outputs = outputs

    def predict(self, images):
        """The network's outputs for float images [N][C][H][W], as float32 [N][outputs]."""
        return np.stack([self._predict_one(image) for image in images])

    def _predict_one(self, image):
        image = np.ascontiguousarray(image, np.float32)
        output = self._lib.network_predict(self._net, image.ctypes.data)
        return np.ctypeslib.as_array(output, (self._outputs,)).copy()


@contextlib.contextmanager
def _silence():
    """Keep the library's layer table off stdout and stderr."""
    saved = [os.dup(fd) for fd in (1, 2)]
    sink = os.open(os.devnull, os.O_WRONLY)
    try:
        for fd in (1, 2):
            os.dup2(sink, fd)
        yield
    finally:
        for fd, copy in zip((1, 2), saved):
            os.dup2(copy, fd)
            os.close(copy)
        os.close(sink)
