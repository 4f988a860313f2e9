#!/usr/bin/python3
"""How quick isplit's screen is on this machine, measured on a pseudo-terminal of 100x30.

    tests/bench/bench_screen.py [--rows N] [--keys N]
    tests/bench/bench_screen.py --from FILE...

First frame from the start of the program; from a key to its answer while every core is measuring; a change of the
chosen classes with 1,000 classes x 100,000 rows; bytes of a move of the cursor; bytes of an idle screen. The first
byte of an answer counts, and the terminal's own time is not in it.

With --from only these files of rows (a store of one study, or CSV): until the curve is there, the longest that a key
waited meanwhile, a change of the chosen classes, and the most memory.
"""
import argparse
import os
import re
import statistics
import sys
import time
from typing import NamedTuple

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "e2e"))
from screen import DEMO, Pty, fake  # noqa: E402

RESNET = ["cfg/letters-resnet50.cfg", "weights/letters-resnet50.weights", "-d", "tests/samples/letters"]


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def say(what, text):
    print("%-58s %s" % (what, text), flush=True)


def milliseconds(seconds):
    return "p50 %5.1f ms  p95 %5.1f ms  p99 %5.1f ms  most %5.1f ms" % (
        1000 * statistics.median(seconds), 1000 * percentile(seconds, 0.95), 1000 * percentile(seconds, 0.99),
        1000 * max(seconds))


def first_frame(rounds=20):
    times = []
    for _ in range(rounds):
        with Pty([DEMO, "--no-state"]) as p:
            p.wait_for("letters")
            times.append(p.bursts[0][0] - p.started)
    say("first frame", milliseconds(times))


def answers(keys):
    """The worker computes with all cores all the while: a ResNet-50, begun again when it is through."""
    times = []
    while len(times) < keys:
        with Pty([*RESNET, "--no-state", "--batch", "1", "--exact"]) as p:
            p.wait_for(r"measuring +[1-9]")
            while len(times) < keys and "measuring" in p.text():
                p.read(0.02)
                seconds, _ = p.answer("lhjk"[len(times) % 4])
                times.append(seconds)
    say("key to answer while the worker has all %d cores" % os.cpu_count(), milliseconds(times))


def subsets(rows, keys=40):
    """Each Space takes a class away or puts it back: a new mean, new candidates, every class's accuracy, the plot."""
    with Pty([*fake("--layers 18 --classes 1000 --images %d" % rows), "--no-state"]) as p:
        p.wait_for(r"measured %d/%d" % (rows, rows), 600)
        p.press("3", "g")
        p.read(0.5)
        times = [p.answer("Space")[0] for _ in range(keys)]
        say("another choice of 1,000 classes, %s rows" % format(rows, ","), milliseconds(times))
        times = [p.answer("i")[0] for _ in range(keys)]
        say("all of them turned round", milliseconds(times))


def most_memory(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 / 1e6 for line in file if line.startswith("VmHWM"))


class Archive(NamedTuple):
    """How a file of rows opened; seconds, but for the memory in MB."""
    rows: int
    first: float         # until the first frame
    part: float          # until a curve is there, of the rows so far
    curve: float         # until the curve of all rows is there
    waits: list[float]   # each key's, meanwhile
    one: list[float]     # another choice by one class
    all: list[float]     # all classes turned round
    peak: float


def archive(path, keys=60):
    with Pty(["--from", path, "--no-state"]) as p:
        p.take(10)
        first, part, waits = time.monotonic() - p.started, None, []
        while not (rows := re.search(r"measured (\d+)/", p.text())):
            if not part and "images so far" in p.text():
                part = time.monotonic() - p.started
            begin = time.monotonic()
            p.press("78"[len(waits) % 2])
            if p.take(10):
                waits.append(time.monotonic() - begin)
            p.read(0.01)
        curve = time.monotonic() - p.started
        p.press("3", "g")
        p.read(2)
        one, turned = ([p.answer(key)[0] for _ in range(keys)] for key in ("Space", "i"))
        return Archive(int(rows[1]), first, part or curve, curve, waits, one, turned, most_memory(p.pid))


def show_archive(path):
    a = archive(path)
    say("%s: %s rows" % (os.path.basename(path), format(a.rows, ",")),
        "first frame %.1f ms, a curve %.2f s, of all rows %.2f s" % (1000 * a.first, a.part, a.curve))
    say("  key to answer meanwhile", "most %.1f ms of %d" % (1000 * max(a.waits, default=0), len(a.waits)))
    say("  another choice of classes", milliseconds(a.one))
    say("  all of them turned round", milliseconds(a.all))
    say("  most memory", "%.0f MB" % a.peak)


def quantity():
    with Pty([DEMO, "--no-state"]) as p:
        p.wait_for("measured 400/400")
        p.read(0.5)
        for view, name in zip("12345", ("curve", "layers", "classes", "compare", "matrix")):
            p.press("1", "g", view)
            p.read(0.3)
            counts = [p.answer(key)[1] for key in 17 * ["l"] + 17 * ["h"]]
            say("bytes to move the cursor by a layer, view %s" % name, "mean %5.0f  most %5d" % (
                statistics.mean(counts), max(counts)))
        p.read(1)
        sent = len(p.sent)
        p.collect(5)
        say("bytes in 5 s of an idle screen", str(len(p.sent) - sent))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100000)
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--from", nargs="+", dest="files")
    args = parser.parse_args()
    for path in args.files or []:
        show_archive(path)
    if args.files:
        return
    first_frame()
    answers(args.keys)
    subsets(args.rows)
    quantity()


if __name__ == "__main__":
    main()
