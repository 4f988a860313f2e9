#!/usr/bin/python3
"""The front end against a worker that misbehaves on demand (fake_engine.py).

Run from the top of the repository, after `make`:  python3 tests/e2e/test_frontend.py [unittest options]
"""
import csv
import io
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from on_terminal import on_terminal

PROGRAM = os.path.abspath(os.environ.get("ISPLIT", "./isplit"))
FAKE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fake_engine.py")
# The images that the worker makes up are always the same, so nothing may be known of them.
NETWORK = ("a.cfg", "a.weights", "-d", "data", "--no-store")
TIMEOUT = 60
LAYER_COLUMNS = ("layer,name,type,out_c,out_h,out_w,out_bytes,cut_tensors,cut_bytes,params,macs,head_params,head_macs,"
                 "head_peak_bytes,tail_params,tail_macs,tail_peak_bytes")
CURVE_COLUMNS = LAYER_COLUMNS + (",images,cui,log10_cui,ci95_low,ci95_high,zero_share,log10_cui_size_corrected,"
                                 "local_max,rank,pick_share,candidate_share,cde")


def engine(fake=""):
    return ("--engine", "exec %s '%s' %s" % (sys.executable, FAKE, fake))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def runs(process, marker):
    """Whether the process's command line holds `marker`; one that ends while we look does not."""
    try:
        return marker.encode() in read("/proc/%s/cmdline" % process)
    except OSError:
        return False


def rows(content):
    return list(csv.DictReader(io.StringIO(content.decode(errors="surrogateescape"), newline="")))


class FrontEnd(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def isplit(self, *arguments, expect=0, environment=None):
        run = subprocess.run([PROGRAM, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT,
                             cwd=self.folder.name, check=False, env={**os.environ, **(environment or {})})
        message = run.stderr.decode(errors="replace")
        self.assertEqual(run.returncode, expect, message)
        for line in message.splitlines():
            self.assertRegex(line, r"^(isplit: |usage: |  |$|Where to|much each|2022)", message)
        self.assertIsNone(re.search(r"[\x00-\x09\x0b-\x1f\x7f]", message), repr(message))
        return run.stdout, message

    def on_terminal(self, *arguments, expect=0, stdout=subprocess.DEVNULL, leader=False):
        """What a program writes to a terminal as its standard error; with `leader` it is also the one it controls."""
        status, text = on_terminal([PROGRAM, *arguments], stdout, leader, cwd=self.folder.name)
        self.assertEqual(status, expect, text)
        return text

    def assert_nobody_runs(self, marker):
        """No process has `marker` in its command line; one that has been killed may take a moment to go."""
        for _ in range(100):
            left = [process for process in os.listdir("/proc") if process.isdigit() and runs(process, marker)]
            if not left:
                return
            time.sleep(0.1)
        self.fail("still running: %s" % left)

    def curve(self, *arguments, fake="", expect=0, environment=None):
        return self.isplit("curve", *NETWORK, *engine(fake), *arguments, expect=expect, environment=environment)


class Curve(FrontEnd):
    def test_columns_and_numbers(self):
        out, message = self.curve()
        self.assertEqual(out.decode().splitlines()[0], CURVE_COLUMNS)
        self.assertEqual(message, "isplit: 40 images, accuracy 90.0 %\n")
        table = rows(out)
        self.assertEqual([r["layer"] for r in table], ["0", "1", "2", "3"])
        self.assertEqual([r["local_max"] for r in table], ["0", "1", "0", "0"])
        self.assertEqual([r["rank"] for r in table], ["3", "1", "2", "4"])
        self.assertEqual([r["cde"] for r in table], ["0", "1", "0", "1"])
        values = [4e-3 * (1 + 0.01 * (i * 7919 % 13) + 0.1 * (i % 4)) for i in range(40)]
        self.assertAlmostEqual(float(table[1]["cui"]), sum(values) / 40, delta=1e-9)
        self.assertAlmostEqual(float(table[1]["log10_cui"]), math.log10(sum(values) / 40), delta=1e-6)
        self.assertAlmostEqual(float(table[1]["log10_cui_size_corrected"]), math.log10(sum(values) / 40 * 512),
                               delta=1e-6)
        self.assertTrue(float(table[1]["ci95_low"]) < float(table[1]["cui"]) < float(table[1]["ci95_high"]))
        self.assertEqual(table[1]["images"], "40")
        self.assertEqual(table[1]["zero_share"], "0")
        summed = rows(self.curve("--reduce", "sum")[0])
        self.assertAlmostEqual(float(summed[1]["log10_cui_size_corrected"]), math.log10(sum(values) / 40 * 64),
                               delta=1e-6)
        self.assertNotIn(b"\r", out)

    def test_all_layers_have_empty_cells(self):
        table = rows(self.curve("--layers", "all", "--images-csv", self.path("i.csv"))[0])
        self.assertEqual(len(table), 6)
        for column in ("cui", "log10_cui", "ci95_low", "ci95_high", "zero_share", "log10_cui_size_corrected", "rank"):
            self.assertEqual(table[5][column], "")
        self.assertEqual(rows(read(self.path("i.csv")))[0]["L5"], "")
        self.assertEqual(len(rows(self.curve("--layers", "clean")[0])), 5)

    def test_zero_layer(self):
        table = rows(self.curve(fake="--zero-layer 1")[0])
        self.assertEqual((table[1]["cui"], table[1]["log10_cui"], table[1]["zero_share"]), ("0", "", "1"))
        self.assertEqual(table[1]["local_max"], "0")

    def test_same_bytes_whatever_the_arrival_order(self):
        files = ("-o", "c.csv", "--images-csv", "i.csv", "--classes-csv", "k.csv")
        contents = []
        for fake in ("", "--reverse"):
            self.curve(*files, fake=fake)
            contents.append([read(self.path(name)) for name in ("c.csv", "i.csv", "k.csv")])
        self.assertEqual(*contents)

    def test_images_csv(self):
        self.curve("--images-csv", "i.csv", fake="--ugly")
        content = read(self.path("i.csv"))
        self.assertEqual(content.splitlines()[0], b"image,class_index,class,top_index,score,L0,L1,L2,L3,number,top_class,correct")
        table = rows(content)
        self.assertEqual(len(table), 40)
        for r in table:
            self.assertEqual(r["correct"], str(int(r["class_index"] == r["top_index"])))
            self.assertEqual(r["top_class"] == r["class"], r["correct"] == "1")
        names = {r["image"] for r in table}
        self.assertIn('n02/$(touch pwned)\n"\x1b.png', names)
        self.assertIn("n03/a,b\udcff.png", names)
        self.assertEqual({r["class"] for r in table}, {"cat", "dog", "tench, Tinca tinca", "crane"})
        self.assertIn(b'"tench, Tinca tinca"', content)
        self.assertNotIn(b'"cat"', content)
        self.assertFalse(os.path.exists(self.path("pwned")))
        # Classes take turns.
        self.assertEqual([r["class_index"] for r in table[:8]], list("01230123"))

    def test_classes_csv(self):
        self.curve("-c", "!dog", "--classes-csv", "k.csv")
        content = read(self.path("k.csv"))
        self.assertEqual(content.splitlines()[0], b"class_index,class,images,accuracy,L0,L1,L2,L3")
        table = rows(content)
        self.assertEqual([r["class"] for r in table], ["cat", "tench, Tinca tinca", "crane"])
        self.assertEqual([r["images"] for r in table], ["10"] * 3)
        self.assertEqual(table[0]["accuracy"], "1")
        self.assertEqual(table[2]["accuracy"], "0.8")

    def test_first_n_is_a_prefix(self):
        def measured(*arguments):
            self.curve("--images-csv", "i.csv", *arguments)
            return [r["image"] for r in rows(read(self.path("i.csv")))]
        whole = measured()
        self.assertEqual(measured("-n", "7"), whole[:7])
        self.assertEqual(measured("-n", "8"), whole[:8])
        self.assertEqual(measured("-n", "4000"), whole)
        self.assertNotEqual(measured("--seed", "1"), whole)
        dogs = [name for name in whole if name.startswith("n02")]
        self.assertEqual(measured("-c", "dog"), dogs)
        self.assertEqual(measured("-c", "dog", "-n", "3"), dogs[:3])

    def test_interval_is_empty_with_one_image_a_class(self):
        table = rows(self.curve("-n", "5")[0])
        self.assertEqual((table[0]["ci95_low"], table[0]["ci95_high"]), ("", ""))
        self.assertNotEqual(table[0]["cui"], "")

    def test_subsets(self):
        path = self.write("subsets", "# pets\npets = cat,dog\nfish, all = n03\n")
        table = rows(self.curve("--subsets", path)[0])
        self.assertEqual([r["subset"] for r in table], ["pets"] * 4 + ["fish, all"] * 4)
        self.assertEqual([r["images"] for r in table], ["20"] * 4 + ["10"] * 4)
        alone = rows(self.curve("-c", "cat,dog")[0])
        self.assertEqual([r["cui"] for r in table[:4]], [r["cui"] for r in alone])

    def test_subsets_with_bars(self):
        """The curves of --subsets with these lines, also from the rows; elsewhere there is one."""
        path = self.write("subsets", "cat,dog = cat,dog\nn03,cat = n03,cat\n")
        bars = "cat,dog| n03,cat"
        wanted = self.curve("--subsets", path, "--images-csv", "i.csv", "--classes-csv", "k.csv")[0]
        files = [read(self.path(name)) for name in ("i.csv", "k.csv")]
        self.assertEqual(self.curve("-c", bars, "--images-csv", "i.csv", "--classes-csv", "k.csv")[0], wanted)
        self.assertEqual([read(self.path(name)) for name in ("i.csv", "k.csv")], files)
        self.assertEqual(self.isplit("curve", "--from", self.path("i.csv"), "-c", bars)[0], wanted)
        names = [r["subset"] for r in rows(self.curve("-c", "cat|")[0])]
        self.assertEqual(names, ["cat"] * 4 + ["others"] * 4)
        self.assertEqual(self.curve("-c", "cat|dog|cat", expect=1)[1], "isplit: the subset 'cat' occurs twice\n")
        self.assertEqual(self.isplit("plan", "--from", self.path("i.csv"), "-c", bars, expect=1)[1],
                         "isplit: 'cat,dog| n03,cat' are 2 subsets (expected one; isplit curve and the screen's : take several)\n")

    def test_chart_names_the_classes(self):
        out, _ = self.curve("--chart", "-c", "cat,dog")
        self.assertTrue(out.startswith(b"classes cat,dog\na.cfg on data: 20 images"), out)

    def test_chart(self):
        for locale, star in (("C.UTF-8", "★"), ("C", "*")):
            out, message = self.curve("--chart", environment={"LC_ALL": locale})
            text = out.decode()
            self.assertEqual(message, "")
            self.assertIn("a.cfg on data: 40 images, accuracy 90.0 %", text)
            self.assertIn("%s best" % star, text)
            self.assertIn("best: split after block1_pool (layer 1)", text)
            self.assertLessEqual(max(len(line) for line in text.splitlines()), 80)
            self.assertEqual(star == "*", text.isascii())
            self.assertEqual(len(re.findall(r"^block", text, re.M)), 4)
        out, _ = self.curve("--chart", "-o", "c.csv")
        self.assertIn(b"best: ", out)
        self.assertEqual(len(rows(read(self.path("c.csv")))), 4)
        out, _ = self.curve("--chart", fake="--zero-layer 1")
        self.assertRegex(out.decode(), r"block1_pool .* zero\n")

    def test_data_file_names_everything(self):
        path = self.write("x.data", "cfg = a b.cfg\nweights = w.weights\nvalid = list\n")
        out, _ = self.isplit("curve", path, *engine(), "--no-store", "-o", "c.csv")
        self.assertEqual(out, b"")
        meta = {r["key"]: r["value"] for r in rows(read(self.path("c.csv.meta.csv")))}
        self.assertTrue(meta["cfg"].endswith("a b.cfg"))
        self.assertTrue(meta["weights"].endswith("w.weights"))
        self.assertEqual(meta["data"], path)
        path = self.write("y.data", "cfg = a.cfg\nvalid = list\n")
        _, message = self.isplit("curve", path, *engine(), "--no-store", expect=1)
        self.assertIn("no key 'weights'", message)

    def test_provenance(self):
        self.curve("-o", "c.csv", "--images-csv", "i.csv", "--classes-csv", "k.csv", "-c", "cat,dog", "--seed", "3",
                   "--mean", "0.5,0.25,0.1", "--tap", "pre", "-n", "9")
        for name in ("c.csv", "i.csv", "k.csv"):
            content = read(self.path(name + ".meta.csv"))
            self.assertEqual(content.splitlines()[0], b"key,value")
            meta = {r["key"]: r["value"] for r in rows(content)}
            wanted = {"cfg": "a.cfg", "cfg_xxh3": "0123456789abcdef", "weights_xxh3": "fedcba9876543210",
                      "data": "data", "images": "9", "seed": "3", "tap": "pre", "reduce": "mean",
                      "mean": "0.5,0.25,0.100000001", "tuning": "00000000deadbeef", "state": "complete",
                      "classes": "cat,dog", "batch": "4"}
            for key, value in wanted.items():
                self.assertEqual(meta[key], value, key)
            self.assertRegex(meta["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
            self.assertIn("curve a.cfg a.weights -d data", meta["arguments"])
        self.assertEqual(sorted(os.listdir(self.folder.name)),
                         sorted(n + m for n in ("c.csv", "i.csv", "k.csv") for m in ("", ".meta.csv")))

    def test_undecodable_and_not_finite_images(self):
        out, message = self.curve(fake="--skip 0 5 --nonfinite 7 --ugly")
        self.assertEqual(rows(out)[0]["images"], "37")
        self.assertIn("isplit: warning: n01/00.png: cannot be decoded: bad huffman code\n", message)
        self.assertIn("isplit: warning: n04/07.png: left out, its importance in layer 2 (block2_conv1) is not finite\n",
                      message)
        _, message = self.curve("-c", "dog", fake="--ugly --skip 1")
        self.assertIn("n02/$(touch pwned)\\n\"\\x1b.png: cannot be decoded", message)
        every = " ".join(map(str, range(40)))
        out, message = self.curve(fake="--skip " + every, expect=1)
        self.assertEqual(out, b"")
        self.assertIn("none of 40 images could be measured", message)
        self.assertIn("and 20 more images like these", message)

    def test_accuracy_is_always_told(self):
        line = "isplit: 40 images, accuracy 90.0 %"
        self.assertEqual(self.curve()[1], line + "\n")
        os.mkfifo(self.path("fifo"))
        with subprocess.Popen(["cat", self.path("fifo")], stdout=subprocess.DEVNULL):
            self.assertEqual(self.curve("-o", "fifo")[1], line + "\n")
        for files in (("-o", "c.csv"), ("--images-csv", "i.csv"), ("--classes-csv", "k.csv", "--chart")):
            self.assertEqual(self.curve(*files)[1], "")
            name = [f for f in files if f.endswith(".csv")][0]
            meta = {r["key"]: r["value"] for r in rows(read(self.path(name + ".meta.csv")))}
            self.assertEqual((meta["accuracy"], meta["images"]), ("0.9", "40"))
        self.assertIn("warning: accuracy 25.0 %", self.curve("-o", "c.csv", fake="--constant")[1])
        for files in ((), ("-o", "c.csv"), ("--chart",)):
            text = self.on_terminal("curve", *NETWORK, *engine(), *files)
            self.assertIn(line.encode() + b"\r\n", text)
        text = self.on_terminal("curve", *NETWORK, *engine(), "--chart", stdout=None)
        self.assertEqual(text.count(b"accuracy"), 1, text)

    def test_chance_is_named(self):
        _, message = self.curve(fake="--constant")
        self.assertIn("isplit: 40 images, accuracy 25.0 %\n", message)
        self.assertIn("isplit: warning: accuracy 25.0 % is no better than chance (25.0 %)", message)

    def test_warnings_of_the_worker(self):
        _, message = self.curve(fake="--warn 'odd'")
        self.assertIn("isplit: warning: odd\n", message)


class Errors(FrontEnd):
    def one_line(self, message):
        self.assertEqual(message.count("\n"), 1, message)
        return message

    def test_bad_input(self):
        for request in ("open", "images", "run"):
            out, message = self.curve(fake="--refuse " + request, expect=1)
            self.assertEqual(out, b"")
            self.assertIn("isplit: x.cfg:3: unknown key 'filtres' (nearest: 'filters')\\n\\x1b[2J\n", message)

    def test_bad_classes(self):
        _, message = self.curve("-c", "cat,doggy", expect=1)
        self.assertIn("unknown class 'doggy'", self.one_line(message))
        _, message = self.curve("-c", "9", expect=1)
        self.assertIn("no class 9 (expected an index from 0 to 3)", self.one_line(message))
        path = self.write("subsets", "a = cat\nb = dogg\n")
        _, message = self.curve("--subsets", path, expect=1)
        self.assertIn("%s:2: unknown class 'dogg' (nearest: 'dog')" % path, self.one_line(message))

    def test_usage(self):
        cases = [
            (("curve", "a.cfg", "a.weights"), "no data"),
            (("curve",), "too few arguments"),
            (("curve", "a.cfg"), "no weights"),
            (("curve", "a", "b", "c", "-d", "x"), "too many arguments"),
            (("curve", *NETWORK, "--fitt", "crop"), "unknown option --fitt (nearest: --fit)"),
            (("curve", *NETWORK, "--fit", "fill"), "--fit 'fill' (expected one of: crop, stretch, letterbox)"),
            (("curve", *NETWORK, "-n", "0"), "--images '0' (expected a whole number, at least 1)"),
            (("curve", *NETWORK, "--std", "1,0,1"), "above 0"),
            (("curve", *NETWORK, "-d"), "--data needs an argument"),
            (("curve", *NETWORK, "-c", "cat", "--subsets", "x"), "exclude each other"),
            (("curve", *NETWORK, "-o", "x", "--images-csv", "x"), "same file"),
            (("curve", *NETWORK, "--images-csv", "-"), "standard output"),
            (("layers",), "too few"),
            (("data",), "too few"),
            (("crve",), "unknown command 'crve' (nearest: curve)"),
            (("x\n\x1b",), "unknown command 'x\\n\\x1b'"),
        ]
        for arguments, part in cases:
            out, message = self.isplit(*arguments, expect=2)
            self.assertEqual(out, b"")
            self.assertIn(part, self.one_line(message))
        self.isplit(expect=2)

    def test_output_that_cannot_be_written(self):
        _, message = self.curve("-o", "no/such/folder/c.csv", expect=1)
        self.assertIn("no/such/folder/c.csv: cannot write", self.one_line(message))
        _, message = self.curve("-o", self.folder.name, expect=1)
        self.assertIn("is a folder", self.one_line(message))
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_outputs_under_two_names(self):
        os.mkdir(self.path("d"))
        os.symlink("d", self.path("e"))
        os.symlink("../c.csv", self.path("d/link.csv"))
        self.write("c.csv", "old")
        for first, second in (("s.csv", "./s.csv"), ("s.csv", self.path("s.csv")), ("d/s.csv", "e/s.csv"),
                              ("d/s.csv", "e/../d//s.csv"), ("c.csv", "d/link.csv"), ("t.csv", "t.csv.meta.csv"),
                              ("./t.csv.meta.csv", "t.csv")):
            for one, other in (("-o", "--images-csv"), ("--images-csv", "--classes-csv")):
                out, message = self.curve(one, first, other, second, expect=2)
                self.assertEqual(out, b"")
                self.assertIn("two outputs go to the same file: ", self.one_line(message))
        with open(self.path("c.csv"), "wb") as file:
            run = subprocess.run([PROGRAM, "curve", *NETWORK, *engine(), "--chart", "-o", "c.csv"], stdout=file,
                                 stderr=subprocess.PIPE, cwd=self.folder.name, timeout=TIMEOUT, check=False)
        self.assertEqual((run.returncode, read(self.path("c.csv"))), (2, b""))
        self.assertIn(b"same file: ", run.stderr)
        self.assertEqual(sorted(os.listdir(self.folder.name)), ["c.csv", "d", "e"])
        self.curve("-o", "d/s.csv", "--images-csv", "s.csv", "--classes-csv", "d/t.csv")

    def test_an_output_that_is_an_input(self):
        data = self.write("x.data", "cfg = a.cfg\nweights = b.weights\nvalid = list\nlabels = l.txt\n")
        for name in ("a.cfg", "a.weights", "b.weights", "data", "list", "l.txt", "sub.csv"):
            self.write(name, "all = *\n")
        cases = [(("curve", *NETWORK, "-o", "./" + name), name) for name in ("a.cfg", "a.weights", "data")]
        cases += [(("curve", data, "--images-csv", name), name) for name in ("x.data", "b.weights", "list", "l.txt")]
        cases += [(("curve", *NETWORK, "--labels", "l.txt", "--classes-csv", self.path("l.txt")), "l.txt"),
                  (("curve", *NETWORK, "--subsets", "sub.csv", "-o", "sub.csv"), "sub.csv"),
                  (("curve", "a.cfg", "t.csv.meta.csv", "-d", "data", "-o", "t.csv"), "t.csv.meta.csv"),
                  (("layers", "a.cfg", "-o", "./a.cfg"), "a.cfg")]
        for arguments, name in cases:
            out, message = self.isplit(*arguments, *engine(), expect=2)
            self.assertEqual(out, b"")
            self.assertRegex(self.one_line(message), "^isplit: the output .*%s is the input .*%s\n$" % (name, name))
            if name != "x.data" and name != "t.csv.meta.csv":
                self.assertEqual(read(self.path(name)), b"all = *\n")
        self.curve("-o", "c.csv", "--labels", "c.csv.txt")

    def test_a_meta_file_that_cannot_be_written(self):
        os.mkdir(self.path("c.csv.meta.csv"))
        for command in (("curve", *NETWORK), ("layers", "a.cfg")):
            _, message = self.isplit(*command, *engine(), "-o", "c.csv", expect=1)
            self.assertIn("c.csv.meta.csv: is a folder", self.one_line(message))
        self.assertEqual(os.listdir(self.folder.name), ["c.csv.meta.csv"])

    def test_devices_are_written_to_and_not_replaced(self):
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        with subprocess.Popen(["cat", fifo], stdout=subprocess.PIPE) as reader:
            self.curve("-o", fifo)
            out, _ = reader.communicate(timeout=TIMEOUT)
        self.assertEqual(len(rows(out)), 4)
        self.assertEqual(os.listdir(self.folder.name), ["fifo"])

    def test_full_disk(self):
        with open("/dev/full", "wb") as full:
            run = subprocess.run([PROGRAM, "curve", *NETWORK, *engine()], stdout=full, stderr=subprocess.PIPE,
                                 timeout=TIMEOUT, check=False)
        self.assertEqual(run.returncode, 1)
        self.assertIn(b"standard output: cannot write", run.stderr)

    def test_reader_gone(self):
        files = ("--images-csv", self.path("i.csv"))
        with subprocess.Popen([PROGRAM, "curve", *NETWORK, *engine("--slow 0.02"), *files], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as run:
            run.stdout.close()
            message = run.stderr.read()
            run.wait(TIMEOUT)
        self.assertEqual(run.returncode, -signal.SIGPIPE)
        self.assertEqual(message, b"")
        self.assertEqual(len(rows(read(self.path("i.csv")))), 40)


class LostWorker(FrontEnd):
    def test_before_the_greeting(self):
        cases = [
            ("--mute --words 'cannot load libdarknet.so'", "exit status 3; it last said: cannot load libdarknet.so"),
            ("--protocol 1", "speaks version 1 of the protocol (expected 2)"),
            ("--greeting 'Last login: Monday'", "not a message: Last login: Monday"),
            ("--greeting '{}'", '"type" is missing'),
        ]
        for fake, part in cases:
            _, message = self.curve(fake=fake, expect=3)
            self.assertIn(part, message)
            self.assertEqual(message.count("\n"), 1, message)
        _, message = self.isplit("curve", *NETWORK, "--engine", "/no/such/engine", expect=3)
        self.assertIn("the worker ended with exit status 127", message)

    def test_no_worker_beside_the_program(self):
        copy = self.path("isplit")
        with open(copy, "wb") as file:
            file.write(read(PROGRAM))
        os.chmod(copy, 0o755)
        run = subprocess.run([copy, "curve", *NETWORK], capture_output=True, timeout=TIMEOUT, check=False)
        if b"no worker isplit-engine" not in run.stderr:
            self.skipTest("an installed worker was found")
        self.assertEqual(run.returncode, 3)

    def test_death_in_mid_run(self):
        cases = [
            ("--die-after 9 --words 'free(): invalid pointer'",
             "isplit: the worker was killed by signal 9 (Killed); it last said: free(): invalid pointer"),
            ("--exit-after 9", "isplit: the worker ended with exit status 7"),
            ("--rubbish-after 9", "isplit: lost the worker: not a message: Segmentation fault \\x1b[31m"),
        ]
        for fake, part in cases:
            out, message = self.curve("--images-csv", "i.csv", fake=fake, expect=3)
            self.assertIn(part, message)
            self.assertIn("isplit: the results are based on 9 of 40 images\n", message)
            self.assertEqual(rows(out)[0]["images"], "9")
            self.assertEqual(len(rows(read(self.path("i.csv")))), 9)
            meta = {r["key"]: r["value"] for r in rows(read(self.path("i.csv.meta.csv")))}
            self.assertEqual((meta["state"], meta["images_asked"]), ("worker lost", "40"))

    def test_death_before_the_first_result(self):
        out, message = self.curve("-o", "c.csv", fake="--die-after 0", expect=3)
        self.assertEqual(out, b"")
        self.assertEqual(message.count("\n"), 1, message)
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_error_in_mid_run(self):
        out, message = self.curve(fake="--error-after 9", expect=1)
        self.assertIn("isplit: weights hold NaN\n", message)
        self.assertEqual(rows(out)[0]["images"], "9")

    def test_lies(self):
        for lie in ("image", "class", "row", "twice", "negative", "skipped", "nonfinite", "unasked"):
            _, message = self.curve("-n", "39", fake="--lie " + lie, expect=3)
            self.assertIn("isplit: lost the worker: ", message)

    def test_no_process_is_left(self):
        marker = "marker-%d" % os.getpid()
        self.curve(fake="--rubbish-after 9 --words " + marker, expect=3)
        self.assert_nobody_runs(marker)

    def test_no_child_of_a_dead_shell_is_left(self):
        for number, end in enumerate(("--exit-after 9", "--die-after 9", "")):
            marker = "%d.%d" % (100000 + number, os.getpid())
            command = "sleep %s >/dev/null 2>&1 & exec %s '%s' %s" % (marker, sys.executable, FAKE, end)
            self.isplit("curve", *NETWORK, "--engine", command, expect=3 if end else 0)
            self.assert_nobody_runs(marker)

    def test_answers_beyond_what_was_asked(self):
        for kind, written in (("skipped", 5), ("nonfinite", 5), ("result", 5)):
            fake = "--flood " + kind
            _, message = self.curve("-o", "c.csv", fake=fake, expect=3)
            self.assertIn("which was not asked for or is answered already\n", message)
            self.assertIn("isplit: the results are based on ", message)
            self.assertGreaterEqual(int(rows(read(self.path("c.csv")))[0]["images"]), written)
            meta = {r["key"]: r["value"] for r in rows(read(self.path("c.csv.meta.csv")))}
            self.assertEqual(meta["state"], "worker lost")
            text = self.on_terminal("curve", *NETWORK, *engine(fake), "-o", "c.csv", expect=3)
            for done, total in re.findall(rb" (\d+)/(\d+) images", text):
                self.assertLessEqual(int(done), int(total))
            self.assertNotIn(b"-", b"".join(re.findall(rb"ETA [^\x1b]*", text)))

    def test_done_must_agree_with_what_came(self):
        for fake, part, count in (("--done-after 9", "it ended the run after 9 of 40 images", "9"),
                                  ("--done-after 9 --miscount 31", "it says that it sent 40 results, 9 arrived", "9"),
                                  ("--miscount -1", "it says that it sent 39 results, 40 arrived", "40")):
            _, message = self.curve("-o", "c.csv", fake=fake, expect=3)
            self.assertIn("isplit: lost the worker: %s\n" % part, message)
            self.assertEqual(rows(read(self.path("c.csv")))[0]["images"], count)
            meta = {r["key"]: r["value"] for r in rows(read(self.path("c.csv.meta.csv")))}
            self.assertEqual((meta["state"], meta["images"]), ("worker lost", count))

    def test_a_worker_that_asks_for_a_password(self):
        for ask in ("read word </dev/tty", "stty -echo </dev/tty"):  # SIGTTIN, SIGTTOU
            marker = "marker-%d" % os.getpid()
            command = "%s; exec %s '%s' --words %s" % (ask, sys.executable, FAKE, marker)
            began = time.monotonic()
            text = self.on_terminal("curve", *NETWORK, "--engine", command, expect=3, leader=True)
            self.assertLess(time.monotonic() - began, TIMEOUT / 2)
            last = text.split(b"\033[K")[-1]
            self.assertEqual(last, b"isplit: the worker waits for the terminal, which it cannot have "
                                   b"(let ssh use a key or an agent)\r\n")
            self.assert_nobody_runs(marker)

    def test_a_worker_that_leaves_its_pipe_to_a_child(self):
        marker = "200000.%d" % os.getpid()
        for before in ("", "%s '%s' --exit-after 9; " % (sys.executable, FAKE)):
            began = time.monotonic()
            command = "echo so long >&2; sleep %s & %sexit 5" % (marker, before)
            _, message = self.isplit("curve", *NETWORK, "--engine", command, "-o", "c.csv", expect=3)
            self.assertLess(time.monotonic() - began, TIMEOUT / 2)
            self.assertIn("isplit: the worker ended with exit status 5; it last said: so long\n", message)
            self.assert_nobody_runs(marker)
        self.assertEqual(rows(read(self.path("c.csv")))[0]["images"], "9")


class Interrupted(FrontEnd):
    def test_signals_write_what_is_done(self):
        for number in ("SIGINT", "SIGTERM", "SIGHUP"):
            fake = "--slow 0.02 --interrupt-after 9 --signal " + number
            out, message = self.curve("-o", "c.csv", fake=fake, expect=130)
            self.assertEqual(out, b"")
            found = re.search(r"isplit: interrupted: the results are based on (\d+) of 40 images\n", message)
            self.assertIsNotNone(found, message)
            self.assertGreaterEqual(int(found[1]), 9)
            self.assertLess(int(found[1]), 40)
            self.assertEqual(rows(read(self.path("c.csv")))[0]["images"], found[1])
            meta = {r["key"]: r["value"] for r in rows(read(self.path("c.csv.meta.csv")))}
            self.assertEqual((meta["state"], meta["images"]), ("interrupted", found[1]))

    def test_twice_does_not_wait_for_a_deaf_worker(self):
        began = time.monotonic()
        _, message = self.curve("-o", "c.csv", fake="--interrupt-after 9 --again", expect=130)
        self.assertLess(time.monotonic() - began, TIMEOUT / 2)
        self.assertIn("are based on 9 of 40 images", message)

    def test_before_anything_was_measured(self):
        _, message = self.curve("-o", "c.csv", fake="--interrupt-after 0 --again", expect=130)
        self.assertEqual(message, "isplit: interrupted: nothing was measured, nothing is written\n")
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_progress_on_a_terminal(self):
        text = self.on_terminal("curve", *NETWORK, *engine("--slow 0.05"))
        self.assertRegex(text, rb"measuring \[#+\.+\]  \d+%  \d+/40 images  \d+(\.\d)?/s  ETA 0:0\d")
        self.assertLess(text.count(b"\r"), 40)
        last = text.split(b"\033[K")[-1]
        self.assertRegex(last, rb"^isplit: 40 images, accuracy 90\.0 %\r\nisplit: best candidate: block1_pool, CUI [\d.]+\r\n$")


class Others(FrontEnd):
    def test_layers(self):
        out, message = self.isplit("layers", "a.cfg", *engine(), "--layers", "all")
        self.assertEqual(message, "")
        self.assertEqual(out.decode().splitlines()[0], LAYER_COLUMNS + ",cde,kernel,stride,filters,head_memory,network_runs_in")
        self.assertEqual(len(rows(out)), 6)
        self.assertEqual(self.isplit("layers", "a.cfg", *engine(), "-o", "l.csv")[0], b"")
        self.assertEqual(rows(read(self.path("l.csv")))[1]["tail_peak_bytes"], "4000")
        meta = {r["key"]: r["value"] for r in rows(read(self.path("l.csv.meta.csv")))}
        self.assertEqual((meta["cfg"], meta["layers"]), ("a.cfg", "backbone"))
        data = self.write("x.data", "cfg = a.cfg\nvalid = list\n")
        self.isplit("layers", data, *engine(), "-o", "l.csv")
        meta = {r["key"]: r["value"] for r in rows(read(self.path("l.csv.meta.csv")))}
        self.assertEqual(meta["cfg"], self.path("a.cfg"))

    def test_data(self):
        out, _ = self.isplit("data", "--format", "table", "somewhere", "a.cfg", *engine("--ugly --skip 1 9"), "--split", "val")
        text = out.decode()
        for part in ("layout     class folders", "split      val", "images     40", "outputs    4",
                     "2 of 40 images cannot be decoded", "n02/$(touch pwned)\\n\"\\x1b.png: bad huffman code"):
            self.assertIn(part, text)
        self.assertRegex(text, r"2 +10 +n03 +tench, Tinca tinca\n")
        _, message = self.isplit("data", "--format", "table", "somewhere", *engine("--skip " + "1 " * 41), expect=3)
        self.assertIn("answered already", message)
        out, _ = self.isplit("data", "--format", "table", "somewhere", *engine())
        self.assertIn("every image can be decoded", out.decode())

    def test_help(self):
        for arguments in (("--help",), ("curve", "--help"), ("layers", "--help"), ("data", "-h"),
                          ("curve", "a.cfg", "--help")):
            out, message = self.isplit(*arguments)
            self.assertTrue(out.startswith(b"usage: isplit"))
            self.assertEqual(message, "")
            self.assertLessEqual(max(map(len, out.decode().splitlines())), 80)
        self.assertIn(b"--images-csv FILE", self.isplit("curve", "--help")[0])

    def test_version(self):
        out, _ = self.isplit("--version")
        for part in (b"isplit 0.", b"Darknet ", b"oneDNN ", b"ncurses ", b"stb ", b"libcsv 3."):
            self.assertIn(part, out)


if __name__ == "__main__":
    # Under nohup or in the background of a script these are ignored, and children would ignore them too.
    for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(ignored) == signal.SIG_IGN:
            signal.signal(ignored, signal.SIG_DFL)
    unittest.main()
