"""PyTorch as the tests want it, on few cores and with much memory. Imported before anything that imports torch."""
import ctypes
import os

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4  # malloc.h

THREADS = int(os.environ.get('ISPLIT_TORCH_THREADS', os.cpu_count()))

# Threads that wait by spinning starve whatever else runs.
os.environ.setdefault('OMP_WAIT_POLICY', 'PASSIVE')

# A pass keeps every layer's maps, gigabytes in float64. By default glibc fetches each from the kernel and gives it
# back, which costs more than the arithmetic.
LIBC = ctypes.CDLL(None)
LIBC.mallopt(M_MMAP_MAX, 0)
LIBC.mallopt(M_TRIM_THRESHOLD, -1)
LIBC.mallopt(M_TOP_PAD, 64 << 20)

import torch  # pylint: disable=wrong-import-position

torch.set_num_threads(THREADS)
