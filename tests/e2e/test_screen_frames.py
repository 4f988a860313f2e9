#!/usr/bin/python3
"""Frames of isplit's screen, compared with those kept in tests/e2e/frames, a text file each.

Run from the top of the repository, after `make`:

    python3 tests/e2e/test_screen_frames.py              compares
    python3 tests/e2e/test_screen_frames.py --refresh    writes them anew (make frames); look at what git shows then
    python3 tests/e2e/test_screen_frames.py --refresh plan detail    only those whose names hold one of these

The first line of a file is the command that prints the rest. The numbers are those of fake_engine.py, so that they
are the same on every machine; the clock in the log is set to noon.
"""
import concurrent.futures
import difflib
import os
import re
import shlex
import sys
import unittest

from screen import TOP, ScreenTest, dump, views

FRAMES = os.path.join(TOP, "tests", "e2e", "frames")
VGG = "--layers 18 --classes 10 --images 100"
SMALL, USUAL, LARGE, LEAST = (80, 24), (100, 30), (200, 60), (40, 12)
LIMITS = ["--max-latency", "2000", "--max-bytes", "1M", "--min-cui-rank", "6", "--joule-mac", "5e-11"]
BETTER = ["--edge", "0.5", "--link", "ble", "--max-memory", "26M"]  # something is better in every figure
EVALUATION = ["--evaluation", "tests/e2e/evaluation"]
FEATURES = ["--features", "tests/e2e/features.csv"]
PINS = 'c : "0-3" Enter c : "5,6" Enter '


def frames():
    """name -> (size, script, options of the worker, options of the program, locale)."""
    made = {}

    def add(name, size, script, worker=VGG, options=(), locale="C.UTF-8"):
        made[name + "-%dx%d" % size + ("-ascii" if locale == "C" else "")] = (size, script, worker, options, locale)

    for digit, name in views().items():
        name = name.lower()
        script = PINS + digit if name == "compare" else digit
        add(name, SMALL, script)
        add(name, USUAL, script)
        add(name, SMALL, script, locale="C")
        if name != "log":
            add(name, LARGE, script)
            add(name, LEAST, script)
    add("curve-marks", USUAL, 'Right Right x Right X "fits the radio" Enter * x')
    add("curve-size-corrected-f16", USUAL, "s u")
    add("curve-linear", USUAL, "y")
    add("curve-zoomed", USUAL, "Right Right Right z Right Right Right Right Right z")
    add("curve-blocks", USUAL, "b")
    add("curve-trapped", USUAL, "T")
    add("curve-trapped", SMALL, "T Right Right", locale="C")
    add("detail-trapped", USUAL, "T * 7")
    for size in (SMALL, USUAL, (132, 43), LEAST):
        add("curve-evaluation", size, "", options=EVALUATION)
    add("curve-evaluation", SMALL, "", options=EVALUATION, locale="C")
    add("layers-evaluation", USUAL, "2", options=EVALUATION)
    add("detail-evaluation", USUAL, "* 7", options=EVALUATION)
    add("plan-evaluation", (132, 43), "9 *", options=EVALUATION)
    for size, script in ((SMALL, "* u u"), ((132, 43), "* u u"), (LEAST, "G u u"), (USUAL, "% G")):
        add("rate-features", size, "0 " + script, options=FEATURES)
    add("rate-features", SMALL, "0 * u u", options=FEATURES, locale="C")
    add("curve-subset", USUAL, ': "cat,dog" Enter *')
    add("curve-one-layer", SMALL, "", "--layers 1")
    add("curve-many-layers", USUAL, "Right Right", "--layers 60")
    add("curve-zero-layer", USUAL, "Right Right", VGG + " --zero-layer 2")
    add("curve-left-out", USUAL, "", VGG + " --skip 3 9 --nonfinite 5")
    add("curve-few-images", USUAL, "", "--layers 18 --classes 10 --images 10")
    add("layers-filtered", USUAL, '2 \\ "*pool" Enter')
    add("layers-sorted", USUAL, "2 > > > >")
    add("layers-prompt", SMALL, '2 / "conv3"')
    add("classes-chosen", USUAL, "3 Down Space Down Down Space >")
    add("classes-filtered", SMALL, '3 \\ "*r*" Enter')
    add("classes-thousand", USUAL, "3 G", "--layers 18 --classes 1000 --images 2000")
    add("classes-one", SMALL, "3", "--layers 5 --classes 1")
    add("compare-none", SMALL, "4")
    add("compare-difference", USUAL, PINS + "4 Down d")
    add("compare-difference", LEAST, PINS + "4 Down d")
    add("compare-four", USUAL, 'c : "0" Enter c : "1" Enter c : "2" Enter c : "3-9" Enter 4')
    add("matrix-thousand", USUAL, "5", "--layers 18 --classes 1000 --images 2000")
    add("matrix-moved", SMALL, "5 Down Down Right Right Space")
    add("images-wrong", USUAL, "6 f Down")
    add("images-map-alone", USUAL, "6 M M l l")
    add("images-predicted", USUAL, "6 f P")
    add("images-confused", SMALL, "6 # Enter")
    for size in (SMALL, LEAST):
        add("confusion", size, "3 # Down")
    add("confusion-thousand", USUAL, "3 # PgDn Right", "--layers 18 --classes 1000 --images 2000")
    add("images-undecodable", SMALL, "6", VGG + " --skip 3 9")
    add("detail-candidate", SMALL, "* 7")
    add("plan", (120, 40), "9 *")
    add("plan-limits", USUAL, "9 * Down u", options=LIMITS)
    add("plan-limits", SMALL, "9 G Up", options=LIMITS, locale="C")
    add("plan-other-link", USUAL, "9 ] - ] + ] - [ [ [ + + ] ] ] ] - ] ] ] + ] +")
    for size in (SMALL, USUAL, (132, 43), LARGE, LEAST):
        add("plan-better", size, "9 * ] ] ] ] +", options=BETTER)
    add("detail-better", SMALL, "7", options=BETTER)
    for size in (SMALL, (132, 43), LEAST):
        add("plan-scatter", size, "9 S *")
    add("plan-scatter", SMALL, "9 S *", options=LIMITS + ["--optimize", "bytes"], locale="C")
    add("plan-scatter-accuracy", SMALL, "9 S *", options=EVALUATION + ["--optimize", "accuracy"])
    add("plan-nothing-open", USUAL, "9", options=["--max-latency", "0.01"])
    add("plan-values", SMALL, "9 D j + k +", options=LIMITS)
    add("plan-values", LEAST, "9 D G")
    add("plan-value-typed", SMALL, '9 D j j j j j j j j j Enter "12.5"')
    add("plan-many-layers", USUAL, "9 G", "--layers 60")
    add("plan-beside", SMALL, '9 w "BLE camera" Enter + + ] + | "BLE camera" Enter')
    add("plan-beside", LEAST, '9 w "BLE camera" Enter + + ] + | "BLE camera" Enter G')
    add("palette", SMALL, 'Ctrl-P "class" Down')
    add("palette", LEAST, '9 Ctrl-P "value"')
    add("help-search", SMALL, '? / "ctrl" Enter n n')
    add("log-messages", SMALL, "x c c 8", VGG + " --skip 3 9 --warn 'old weights'")
    add("export", USUAL, "e")
    add("export", LEAST, "e")
    add("export-prompt", SMALL, "e Down Space Tab")
    add("help", SMALL, "?")
    add("help", USUAL, "3 ? PgDn")
    add("help", LEAST, "?")
    add("help-terms", SMALL, "? G")
    add("help-terms", LEAST, "? G PgUp")
    add("prompt-classes", SMALL, ': "cat,3-7,!5"')
    add("prompt-note", SMALL, 'X "a note, be it long or not, that goes on and on beyond the end of the line as notes do"')
    add("message-error", SMALL, ': "cat,unicorn" Enter')
    add("too-small", (39, 11), "")
    return made


def command(size, script, worker, options, locale):
    """The command line, and how it is written."""
    arguments = ["a.cfg", "a.weights", "-d", "data", *options, "--engine",
                 "exec python3 tests/e2e/fake_engine.py " + worker]
    words = ["./isplit", "--dump", "%dx%d" % size] + (["--script", script] if script else []) + arguments
    return arguments, "$ %s%s" % ("LC_ALL=C " if locale == "C" else "", shlex.join(words))


def frame(size, script, worker, options, locale):
    arguments, shown = command(size, script, worker, options, locale)
    text = dump(size, arguments, script, locale)
    return shown + "\n" + re.sub(r"\b\d\d:\d\d:\d\d\b", "12:00:00", text) + "\n"


def all_frames(parts=()):
    """Those whose names hold one of the parts, or all."""
    chosen = {name: how for name, how in frames().items() if not parts or any(part in name for part in parts)}
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        wanted = {name: pool.submit(frame, *how) for name, how in chosen.items()}
        return {name: made.result() for name, made in wanted.items()}


def path_of(name):
    return os.path.join(FRAMES, name + ".txt")


def refresh(parts):
    os.makedirs(FRAMES, exist_ok=True)
    made = all_frames(parts)
    kept = frames()
    for name in os.listdir(FRAMES):
        if name[:-4] not in kept:
            os.remove(os.path.join(FRAMES, name))
    for name, text in made.items():
        with open(path_of(name), "w", encoding="utf-8") as file:
            file.write(text)
    print("%d frames in %s" % (len(made), os.path.relpath(FRAMES, os.getcwd())))


class Frames(ScreenTest):
    def test_frames(self):
        """Each as it is kept; all that differ are shown."""
        complaints = []
        for name, text in all_frames().items():
            kept = ""
            if os.path.exists(path_of(name)):
                with open(path_of(name), encoding="utf-8") as file:
                    kept = file.read()
            if kept != text:
                complaints += list(difflib.unified_diff(kept.splitlines(), text.splitlines(), name + " as kept",
                                                        name + " as it is", "", "", 1, ""))
        self.assertEqual(complaints, [], "\n".join(complaints) + "\n(make frames writes them anew)")

    def test_nothing_else_is_kept(self):
        self.assertEqual(sorted(name + ".txt" for name in frames()), sorted(os.listdir(FRAMES)))

    def test_measured_features_are_seen(self):
        """The features of the frames fit the network, and the bytes say that their scale is logarithmic."""
        for name in frames():
            if name.startswith("rate-features"):
                with open(path_of(name), encoding="utf-8") as file:
                    text = file.read()
                self.assertIn("log scale", text, name)
                self.assertNotIn("is not known", text, name)

    def test_sizes(self):
        """No frame is wider or higher than its screen, and those for ASCII are."""
        for name in frames():
            with open(path_of(name), encoding="utf-8") as file:
                lines = file.read().split("\n")[1:-1]
            columns, rows = map(int, re.search(r"-(\d+)x(\d+)", name).groups())
            self.assertLessEqual(len(lines), rows)
            self.assertLessEqual(max(map(len, lines)), columns, name)
            if name.endswith("-ascii"):
                self.assertTrue("".join(lines).isascii(), name)


if __name__ == "__main__":
    if "--refresh" in sys.argv:
        refresh(sys.argv[sys.argv.index("--refresh") + 1:])
    else:
        unittest.main()
