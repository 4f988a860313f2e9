#!/usr/bin/python3
"""How isplit bears many rows: a store of 18 layers x 1,000 classes at 10^4, 10^5 and 10^6 rows.

    tests/bench/bench_store.py [ROWS...]

The numbers are made up by the worker of the tests (tests/e2e/fake_engine.py); all else is isplit: a run writes the
store, the same run again finds all rows in it, `isplit store ls` counts them, and the screen opens the file. The worker
is a script that takes most of a run's time, also to list the images, so both runs say only what isplit bears at least.

written     seconds of the run, and the most memory the front end held in it
again       seconds of the second run
count       seconds of `isplit store ls`
first       seconds from the start of `isplit --from FILE` until a curve of the rows so far is on a terminal of 100x30
curve       the same until it is that of all rows
key         the longest that a key waited for its answer while it loaded, ms
one class   another choice of classes by a key that changes one of them, until its answer, ms: median, 95th and 99th
            percentile and longest
all         the same where the key turns all of them round
peak        the most memory that the screen held

Of the screen's figures `first` and `curve` are the median of three openings and the others are of all three. The file is in the
system's cache.
"""
import argparse
import os
import statistics
import subprocess
import sys
import time

from bench_screen import archive, percentile
from screen import PROGRAM, TOP, Home, fake

LAYERS, CLASSES, OPENINGS = 18, 1000, 3
HEAD = """          ----- written ------  again  count  --------- file --------  first  curve    key  ----- one class, ms ----- -------- all, ms --------  peak
     rows       s  rows/s     MB      s      s       MB  bytes a row      s      s     ms    p50   p95   p99   most    p50   p95   p99   most    MB"""


def run(home, *arguments):
    """Seconds, and the most memory in MB."""
    begun = time.monotonic()
    with subprocess.Popen([PROGRAM, *arguments], cwd=TOP, env=home.environment(), stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as program:
        said = program.stderr.read()
        _, status, used = os.wait4(program.pid, 0)
        program.returncode = os.waitstatus_to_exitcode(status)
    if program.returncode:
        sys.exit("bench: %s ended with %d: %s" % (PROGRAM, program.returncode, said.strip()))
    return time.monotonic() - begun, used.ru_maxrss * 1024 / 1e6


def spread(seconds):
    return "%6.1f %5.1f %5.1f %6.1f" % (1000 * statistics.median(seconds), 1000 * percentile(seconds, 0.95),
                                        1000 * percentile(seconds, 0.99), 1000 * max(seconds))


def measure(home, rows):
    """The table's line."""
    path = home.path("rows.db")
    store = ["--store", path]
    measuring = ["curve", *fake("--layers %d --classes %d --images %d" % (LAYERS, CLASSES, rows), store=True), *store,
                 "-o", home.path("curve.csv")]
    written, peak = run(home, *measuring)
    again, _ = run(home, *measuring)
    count, _ = run(home, "store", "ls", *store)
    size = os.path.getsize(path)
    opened = [archive(path) for _ in range(OPENINGS)]
    if any(o.rows != rows for o in opened):
        sys.exit("bench: not all rows are in the file")
    ones, turned, waits = (sum((getattr(o, name) for o in opened), []) for name in ("one", "all", "waits"))
    return "%9d %7.1f %7.0f %6.0f %6.1f %6.2f %8.1f %12.0f %6.2f %6.2f %6.1f %s %s %5.0f" % (
        rows, written, rows / written, peak, again, count, size / 1e6, size / rows,
        statistics.median(o.part for o in opened), statistics.median(o.curve for o in opened), 1000 * max(waits, default=0), spread(ones), spread(turned),
        max(o.peak for o in opened))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="*", type=int, default=[10 ** 4, 10 ** 5, 10 ** 6])
    print(HEAD)
    for rows in parser.parse_args().rows:
        home = Home()
        try:
            print(measure(home, rows), flush=True)
        finally:
            home.remove()


if __name__ == "__main__":
    main()
