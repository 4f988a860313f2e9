#!/usr/bin/python3
"""A full disk at each write: told in a line that names the file, what stood there before is whole, and nothing else is left.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_faults_files.py [unittest options]
"""
import csv
import os
import re
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

import numpy

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import onnx_writer as onnx
from screen import PROGRAM, SANITIZED, TIMEOUT, TOP, Terminal, dump, fake
from test_faults_terminal import Faults, limit_files

VGG = [os.path.join(TOP, "cfg", "letters-vgg16.cfg"), os.path.join(TOP, "weights", "letters-vgg16.weights")]
LETTERS = os.path.join(TOP, "tests", "samples", "letters")
TABLES = ["-o", "c.csv", "--images-csv", "i.csv", "--classes-csv", "k.csv"]
FULL = r"(?m)^isplit: ([^:\n]*): cannot write( its \.meta\.csv)?: No space left on device$"


def content(path):
    with open(path, "rb") as file:
        return file.read()


def faults_library(folder):
    """faults.c, built."""
    path = os.path.join(folder, "faults.so")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-std=gnu17", os.path.join(TOP, "tests", "e2e", "faults.c"), "-o", path],
                   check=True)
    return path


class Disk:
    """A small disk in a mount namespace of its own: `run` puts a command there, `folder` is how it is seen from here."""
    SCRIPT = 'mount -t tmpfs -o size=%dk,nr_inodes=64 none "$0" && echo mounted && read end'

    def __init__(self, kilobytes):
        self.inside = tempfile.mkdtemp(prefix="isplit-disk-")
        self.holder = subprocess.Popen(["unshare", "-rm", "sh", "-c", self.SCRIPT % kilobytes, self.inside], text=True,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.works = self.holder.stdout.readline() == "mounted\n"
        self.why = "" if self.works else self.holder.stderr.read().strip()
        self.folder = "/proc/%d/root%s" % (self.holder.pid, self.inside)

    def run(self, *words):
        return ["nsenter", "-t", str(self.holder.pid), "-U", "-m", "--preserve-credentials", "env", "-C", self.inside, *words]

    def leave(self, pages):
        """All but so many pages of the free ones are taken."""
        if os.path.exists(self.path("filler")):
            os.remove(self.path("filler"))
        free = os.statvfs(self.folder).f_bavail
        with open(self.path("filler"), "wb") as file:
            file.write(bytes(4096 * max(0, free - pages)))

    def path(self, name):
        return os.path.join(self.folder, name)

    def files(self):
        found = {}
        for where, _, names in os.walk(self.folder):
            for name in names:
                with open(os.path.join(where, name), "rb") as file:
                    found[os.path.relpath(file.name, self.folder)] = file.read()
        return {name: content for name, content in found.items() if name != "filler"}

    def close(self):
        self.holder.communicate("\n", timeout=TIMEOUT)
        os.rmdir(self.inside)


class Full(Faults):
    def fill(self, *words, kilobytes=256, most=40):
        """The command with no room, with room for a page, and so on until it is done: each time what stood there before is
        whole, and what cannot be written is named. How many times it failed, and which names were told."""
        disk = Disk(kilobytes)
        self.addCleanup(disk.close)
        if not disk.works:
            self.skipTest("no namespace of mounts: " + disk.why)
        run = lambda: subprocess.run(disk.run(PROGRAM, *words), capture_output=True, timeout=TIMEOUT, check=False,
                                     env=self.home.environment())
        self.assertEqual(run().returncode, 0)
        whole = disk.files()
        named = set()
        for pages in range(most):
            for name in whole:
                with open(disk.path(name), "wb") as file:
                    file.write(b"earlier")
            disk.leave(pages)
            done = run()
            said = done.stderr.decode()
            left = disk.files()
            if done.returncode == 0:
                self.assertEqual(left.keys(), whole.keys())
                return pages, named
            self.assertEqual(done.returncode, 1, said)
            self.assertRegex(said, FULL)
            found = re.search(FULL, said)
            name = found.group(1) + (".meta.csv" if found.group(2) else "")
            named.add(name)
            self.assertEqual(left.keys(), whole.keys(), said)  # and no temporary ones
            self.assertEqual(left[name], b"earlier", said)
            for other, content in left.items():
                if not other.endswith(".meta.csv"):
                    self.assertIn(content, (b"earlier", whole[other]), other)
        self.fail("does not end")

    def test_tables(self):
        for table in zip(TABLES[::2], TABLES[1::2]):
            options = list(table) if "-o" in table else [*table, "-o", "/dev/null"]
            failed, named = self.fill("curve", *fake("--images 400"), *options)
            self.assertGreater(failed, 1)
            self.assertIn(table[1], named)

    def test_layers(self):
        self.assertIn("l.csv", self.fill("layers", VGG[0], "-o", "l.csv")[1])

    def test_profile(self):
        self.assertLessEqual({"p.csv", "p.csv.meta.csv"}, self.fill("profile", *VGG, "--runs", "1", "-o", "p.csv")[1])

    def test_features(self):
        self.assertIn("f.csv", self.fill("features", *VGG, "-d", LETTERS, "-n", "4", "--calibrate", "4", "--sample", "2", "-o", "f.csv")[1])

    def test_run(self):
        parts = self.path("parts")
        self.run_program("split", *VGG, "--at", "block5_pool", "-o", parts)
        letters = [os.path.join(LETTERS, "A", name) for name in sorted(os.listdir(os.path.join(LETTERS, "A")))[:3]]
        tail = shlex.join([os.path.join(os.path.dirname(PROGRAM), "isplit-half"), "tail", parts])
        for option, name in (("-o", "r.csv"), ("--images-csv", "i.csv")):
            rest = [] if option == "-o" else ["-o", "/dev/null"]
            self.assertIn(name, self.fill("run", parts, *letters, "--to", tail, option, name, *rest)[1])

    def test_images_of_a_run(self):
        """Of IDX, each of which becomes a file for the head."""
        parts, data, own = self.path("parts"), self.path("data"), self.path("own")
        self.run_program("split", *VGG, "--at", "block5_pool", "-o", parts)
        os.mkdir(data)
        os.mkdir(own)
        with open(os.path.join(data, "t10k-images-idx3-ubyte"), "wb") as file:
            file.write(struct.pack(">IIII", 0x803, 3, 16, 16) + bytes(768))
        with open(os.path.join(data, "t10k-labels-idx1-ubyte"), "wb") as file:
            file.write(struct.pack(">II", 0x801, 3) + bytes([0, 1, 2]))
        tail = shlex.join([os.path.join(os.path.dirname(PROGRAM), "isplit-half"), "tail", parts])
        for place, limit, says in ((own, 100, r"/0\.pgm: cannot write: File too large"),
                                   (self.path("none"), 1 << 20, "cannot create: No such file or directory")):
            said = self.run_program("run", parts, "-d", data, "--to", tail, expect=1, env={"TMPDIR": place},
                                    restore_signals=False, preexec_fn=limit_files(limit))[1]
            self.assertRegex(said, r"\Aisplit: [^\n]*%s\n\Z" % says)
            self.assertEqual(os.listdir(own), [])

    def test_plan(self):
        self.assertIn("p.csv", self.fill("plan", *VGG, "-o", "p.csv")[1])

    def test_tuning(self):
        """The worker's file."""
        words = ["curve", *VGG, "-d", LETTERS, "-n", "4", "--no-store", "--tuning", "t.json", "-o", "/dev/null"]
        disk = Disk(64)
        self.addCleanup(disk.close)
        if not disk.works:
            self.skipTest("no namespace of mounts: " + disk.why)
        disk.leave(0)
        done = subprocess.run(disk.run(PROGRAM, *words), capture_output=True, check=False, env=self.home.environment())
        self.assertEqual((done.returncode, done.stderr.decode()), (1, "isplit: t.json: cannot write: No space left on device\n"))
        self.assertEqual(disk.files(), {})

    def test_sheets_of_a_store(self):
        self.run_program("curve", *fake(store=True), "--store", "a.db", "-o", "/dev/null")
        self.assertIn("l.csv", self.fill("store", "ls", "--store", self.path("a.db"), "-o", "l.csv")[1])
        self.assertIn("r.csv", self.fill("store", "export", "--store", self.path("a.db"), "-o", "r.csv")[1])

    def test_halves(self):
        """Each of the four files, and the sheet, which comes when they are complete."""
        words = ["split", *VGG, "--at", "9", "-o", "out"]
        disk = Disk(16 << 10)
        self.addCleanup(disk.close)
        if not disk.works:
            self.skipTest("no namespace of mounts: " + disk.why)
        run = lambda: subprocess.run(disk.run(PROGRAM, *words), capture_output=True, check=False, env=self.home.environment())
        self.assertEqual(run().returncode, 0)
        pages = {name: -(-len(content) // 4096) for name, content in disk.files().items()}
        halves = {name for name in pages if "split.csv" not in name}
        head = pages["out/head.cfg"] + pages["out/tail.cfg"] + pages["out/head.weights"]
        whole = sum(pages[name] for name in halves)
        named = set()
        for room in (0, 1, head - 1, whole - 1, whole, whole + pages["out/split.csv"]):
            shutil.rmtree(disk.path("out"), ignore_errors=True)
            disk.leave(room)
            done = run()
            found = re.search(FULL, done.stderr.decode())
            self.assertTrue(found and done.returncode == 1, (room, done.stderr))
            named.add(found.group(1))
            self.assertEqual(set(disk.files()), halves if "split.csv" in found.group(1) else set(), done.stderr)
        self.assertLessEqual({"out/head.weights", "out/tail.weights", "out/split.csv"}, named)
        self.assertTrue({"out/head.cfg", "out/tail.cfg"} & named, named)

    def fill_folder(self, kilobytes, rooms, *words):
        """The command with each of these rooms for its folder `out`: which names were told. What is left has a name of those
        that a run with room enough leaves, or is a checkpoint."""
        disk = Disk(kilobytes)
        self.addCleanup(disk.close)
        if not disk.works:
            self.skipTest("no namespace of mounts: " + disk.why)
        run = lambda: subprocess.run(disk.run(PROGRAM, *words, "-o", "out"), capture_output=True, check=False, timeout=TIMEOUT,
                                     env=self.home.environment())
        self.assertEqual(run().returncode, 0)
        whole = disk.files()
        named = set()
        for room in rooms({name: -(-len(content) // 4096) for name, content in whole.items()}):
            shutil.rmtree(disk.path("out"), ignore_errors=True)
            disk.leave(room)
            done = run()
            found = re.search(FULL, done.stderr.decode())
            self.assertTrue(found and done.returncode == 1, (room, done.stderr))
            named.add(found.group(1))
            self.assertLessEqual({name for name in disk.files() if not name.endswith(".checkpoint")}, set(whole), done.stderr)
        return named

    def test_evaluation(self):
        words = ["evaluate", *VGG, "-d", LETTERS, "-n", "40", "--cuts", "block5_pool", "--starts", "1", "--steps", "1"]
        named = self.fill_folder(2048, lambda pages: range(5), *words)
        self.assertEqual(named, {"out/trapped.csv", "out/results.csv", "out/evaluate.csv"})

    def test_training(self):
        """A checkpoint that has no room is a warning, which is one of the trainings' own tests."""
        words = ["retrain", *VGG, "-d", LETTERS, "-n", "40", "--at", "block5_pool", "--epochs", "1"]

        def rooms(pages):
            lock, checkpoint = 1, -(-172216 // 4096)
            weights = lock + checkpoint + pages["out/whole.weights"]
            return (0, weights - 1, weights, weights + 1, weights + 3 + pages["out/head.weights"])
        self.assertEqual(self.fill_folder(16 << 10, rooms, *words), {
            "out/whole.weights", "out/whole.cfg", "out/head.cfg", "out/tail.weights"})

    def test_streams(self):
        for words in (["curve", *fake(), "-o", "/dev/full"], ["curve", *fake(), "--images-csv", "/dev/full", "-o", "c.csv"],
                      ["curve", *fake(), "-o", "c.csv", "--classes-csv", "/dev/full"], ["layers", VGG[0], "-o", "/dev/full"],
                      ["plan", *VGG, "-o", "/dev/full"]):
            said = self.run_program(*words, expect=1)[1]
            self.assertRegex(said, r"(?m)^isplit: /dev/full: cannot write: No space left on device$", words)
        with open("/dev/full", "wb") as full:
            for words in (["curve", *fake(), "--chart"], ["layers", VGG[0]], ["link"], ["plan", *VGG], ["docs", "zsh"]):
                said = self.run_program(*words, expect=1, stdout=full)[1]
                self.assertRegex(said, r"(?m)^isplit: standard output: cannot write: No space left on device$", words)

    def test_exports_of_the_screen(self):
        names = ["x-" + name for name in ("curve.csv", "classes.csv", "images.csv", "screen.txt", "figure.svg")]
        script = 'e Tab Ctrl-U "x" Enter y'
        dump((150, 30), fake(), script, cwd=self.folder, home=self.home)
        sizes = {name: os.path.getsize(self.path(name)) for name in names}
        for limit in sorted({size - 1 for size in sizes.values()} | {os.path.getsize(self.path("x-curve.csv.meta.csv")) - 1}):
            for name in names:
                self.write(name, "earlier")
            run = subprocess.run([PROGRAM, "--dump", "150x30", "--script", script, *fake()], cwd=self.folder,
                                 env=self.home.environment(), stdout=subprocess.PIPE, timeout=TIMEOUT, check=False,
                                 restore_signals=False, preexec_fn=limit_files(limit))
            found = re.search(r"error: (x-\S+): cannot write( its \.meta\.csv)?: File too large", run.stdout.decode())
            self.assertTrue(found, run.stdout.decode())
            first = names.index(found.group(1))
            left = [os.path.getsize(self.path(name)) for name in names]
            self.assertEqual(left[:first], [sizes[name] for name in names[:first]])
            self.assertEqual(left[first:], [len("earlier")] * len(left[first:]))
            self.assertEqual(len(os.listdir(self.folder)), len(names) + 3)  # .meta.csv of three, nothing temporary

    @unittest.skipIf(SANITIZED, "the sanitizers' library has to come first")
    def test_a_pair_is_safe_before_either_is_renamed(self):
        """Some disks tell only then that they are full, or broken."""
        for name, wrong in (("fsync:1", "c.csv: cannot write its .meta.csv"), ("fsync:2", "c.csv: cannot write"),
                            ("fsync:1:EIO", "c.csv: cannot write its .meta.csv"), ("fsync:2:EIO", "c.csv: cannot write"),
                            ("rename:1", "c.csv.meta.csv: cannot write"), ("rename:2", "c.csv: cannot write"),
                            ("rename:2:EIO", "c.csv: cannot write")):
            for file in ("c.csv", "c.csv.meta.csv"):
                self.write(file, "earlier")
            said = self.run_program("curve", *fake(), "-o", "c.csv", expect=1,
                                    env={"LD_PRELOAD": faults_library(self.home.folder), "FAULTS_FAIL": name})[1]
            why = "Input/output error" if name.endswith("EIO") else "No space left on device"
            self.assertIn("isplit: %s: %s\n" % (wrong, why), said)
            self.assertEqual({name: os.path.getsize(self.path(name)) for name in os.listdir(self.folder)},
                             {"c.csv": 7, "c.csv.meta.csv": 7})

    @unittest.skipIf(SANITIZED, "the sanitizers' library has to come first")
    def test_a_pair_whose_second_file_gets_no_name(self):
        """What the first one replaced is put back; where there was nothing, nothing is left."""
        library = faults_library(self.home.folder)
        for earlier in (["c.csv", "c.csv.meta.csv"], ["c.csv"], []):
            for name, why in (("rename:3", "No space left on device"), ("rename:3:EIO", "Input/output error")):
                for file in earlier:
                    self.write(file, "earlier")
                said = self.run_program("curve", *fake(), "-o", "c.csv", expect=1,
                                        env={"LD_PRELOAD": library, "FAULTS_FAIL": name})[1]
                self.assertIn("isplit: c.csv.meta.csv: cannot write: %s\n" % why, said)
                self.assertEqual({name: os.path.getsize(self.path(name)) for name in os.listdir(self.folder)},
                                 {name: 7 for name in earlier})
            for file in earlier:
                os.remove(self.path(file))

    @unittest.skipIf(SANITIZED, "the sanitizers' library has to come first")
    def test_a_pair_whose_writer_is_killed(self):
        """At no point is one of two runs beside the .meta.csv of the other."""
        library = faults_library(self.home.folder)
        self.run_program("curve", *fake(), "-n", "20", "-o", "new.csv")
        new = content(self.path("new.csv"))
        for rename, left in ((1, ("old", "old")), (2, ("old", None)), (3, ("new", None))):
            self.run_program("curve", *fake(), "-n", "10", "-o", "c.csv")
            old, meta = content(self.path("c.csv")), content(self.path("c.csv.meta.csv"))
            self.run_program("curve", *fake(), "-n", "20", "-o", "c.csv", expect=-signal.SIGKILL,
                             env={"LD_PRELOAD": library, "FAULTS_ONLY": "isplit", "FAULTS_FAIL": "rename:%d:KILL" % rename})
            self.assertEqual(content(self.path("c.csv")), old if left[0] == "old" else new)
            self.assertEqual(os.path.exists(self.path("c.csv.meta.csv")), left[1] is not None)
            self.assertTrue(left[1] is None or content(self.path("c.csv.meta.csv")) == meta)

    @unittest.skipIf(SANITIZED, "the sanitizers' library has to come first")
    def test_an_imported_pair(self):
        """cfg and weights of a model belong together."""
        library, names = faults_library(self.home.folder), ["n.cfg", "n.weights"]
        weights = numpy.ones((4, 3, 1, 1), "float32")
        with open(self.path("m.onnx"), "wb") as file:
            file.write(onnx.model([onnx.node("Conv", "x w", "c", kernel_shape=[1, 1])], [onnx.tensor("w", weights)]))
        for wrong, named in (("rename:1", "n.weights"), ("rename:2", "n.cfg"), ("rename:3", "n.weights"),
                             ("rename:3:EIO", "n.weights")):
            for name in names:
                self.write(name, "earlier")
            said = self.run_program("import", "m.onnx", "-o", "n", "--force", expect=1,
                                    env={"LD_PRELOAD": library, "FAULTS_FAIL": wrong})[1]
            self.assertIn("isplit: %s: cannot write: " % named, said)
            self.assertEqual({name: os.path.getsize(self.path(name)) for name in os.listdir(self.folder)},
                             {**{name: 7 for name in names}, "m.onnx": os.path.getsize(self.path("m.onnx"))})

    def test_state_of_the_screen(self):
        """At the end the screen can tell no more; the settings of before are whole."""
        with Terminal(fake(), home=self.home, cwd=self.folder) as t:
            t.wait_for("measured 40/40")
            t.press("t")
            t.settled()
            self.assertEqual(t.quit(), 0)
        kept = self.home.path("config", "isplit", "settings.json")
        with open(kept, "rb") as file:
            before = file.read()
        with Terminal(["-c", 'ulimit -f 0; exec "$@"', "sh", PROGRAM, *fake()], home=self.home, command=["bash"], cwd=self.folder,
                      size=(200, 30)) as t:
            t.wait_for("measured 40/40")
            t.press("t", "Q")
            t.wait_for(r"isplit: warning: cannot keep the settings: .*settings\.json: cannot write: File")
            t.wait_for(r"isplit: warning: cannot keep the state: ")
        with open(kept, "rb") as file:
            self.assertEqual(file.read(), before)
        self.assertFalse([name for name in os.listdir(os.path.dirname(kept)) if name != "settings.json"])


if __name__ == "__main__":
    unittest.main()
