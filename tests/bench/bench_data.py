#!/usr/bin/python3
"""How isplit bears many images: class folders of empty files, listed by the real worker for the screen (100x30).

    tests/bench/bench_data.py [--files N] [--delay MS] [--folder DIR]

listed      seconds from the start until the worker has listed all, with size and time of each
screen, worker   the most memory of either by then, in MB
key         the longest that a key waited for its answer meanwhile, of how many

With --delay opening a folder, each hundredth name in it, and stat take so much longer in the worker (tests/e2e/faults.c),
as on a slow disk. The files are made in DIR (default: a temporary folder) and removed.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

from bench_screen import TOP, most_memory
from screen import Pty, children

NETWORK = [os.path.join(TOP, "cfg", "letters-vgg16.cfg"), os.path.join(TOP, "weights", "letters-vgg16.weights")]
CLASSES = "ABCDEFGHIJ"
LIMIT = 3600  # seconds


def make_files(folder, n):
    for at, name in enumerate(CLASSES):
        os.mkdir(os.path.join(folder, name))
        where = os.open(os.path.join(folder, name), os.O_RDONLY)
        for i in range(at, n, len(CLASSES)):
            os.mknod("image%07d.png" % i, 0o644, dir_fd=where)
        os.close(where)


def slow(folder, ms):
    """The environment in which the worker's disk is so slow."""
    library = os.path.join(folder, "faults.so")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-std=gnu17", os.path.join(TOP, "tests", "e2e", "faults.c"), "-o", library],
                   check=True)
    return {"LD_PRELOAD": library, "FAULTS_DELAY": str(ms), "FAULTS_ONLY": "isplit-engine"}


def measure(data, n, environment):
    with Pty([*NETWORK, "-d", data, "-n", "1", "--no-state"], environment=environment) as p:
        p.wait_for("looking for images")
        waits, workers = [], children(p.pid)
        while "looking for images" in p.text() or not re.search(r"\d+/\d+|measur", p.text()):
            if time.monotonic() - p.started > LIMIT or p.poll():
                sys.exit("bench: the images are not listed:\n" + p.text())
            begin = time.monotonic()
            p.press("78"[len(waits) % 2])
            if p.take(10):
                waits.append(time.monotonic() - begin)
            p.read(0.02)
        listed = time.monotonic() - p.started
        memory = [most_memory(pid) for pid in (p.pid, *workers)]
    print("%9d files  listed %.1f s  screen %.0f MB  worker %.0f MB  key %.1f ms at most of %d" %
          (n, listed, memory[0], memory[-1], 1000 * max(waits, default=0), len(waits)), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=10 ** 6)
    parser.add_argument("--delay", type=float)
    parser.add_argument("--folder")
    o = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="isplit-bench-", dir=o.folder) as folder:
        data = os.path.join(folder, "data")
        os.mkdir(data)
        make_files(data, o.files)
        measure(data, o.files, slow(folder, o.delay) if o.delay else {})


if __name__ == "__main__":
    main()
