#!/usr/bin/python3
"""isplit split through the real program and the real worker: what is written and said, what is refused, and that
nothing half-done ever stands under the final names, whatever happens on the way.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_split.py [unittest options]
"""
import csv
import os
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "reference"))
sys.path.insert(0, os.path.join(TOP, "tests", "e2e"))
from split_worker import ENGINE, PROGRAM, Worker  # pylint: disable=wrong-import-position
from wrapper import wrapped  # pylint: disable=wrong-import-position

VGG = (TOP + "/cfg/letters-vgg16.cfg", TOP + "/weights/letters-vgg16.weights")
RESNET = (TOP + "/cfg/letters-resnet50.cfg", TOP + "/weights/letters-resnet50.weights")
DEMO = TOP + "/cfg/letters.data"
HALVES = ["head.cfg", "head.weights", "tail.cfg", "tail.weights"]
ALL = sorted(HALVES + ["split.csv", "split.csv.meta.csv"])
TIMEOUT = 300

# Passes everything on, but sends the signal to the real worker, and ends, when its answer of that kind comes by.
WRAPPER = """
    kind, how = words
    if kind == message["type"] or message.get("what", "").startswith(kind):
        worker.send_signal(getattr(signal, how))
        worker.wait()
        break
"""


def read(path):
    with open(path, "rb") as file:
        return file.read()


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def provenance(path):
    return {row["key"]: row["value"] for row in table(path + ".meta.csv")}


class Split(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.out = self.path("out")

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_program(self, *arguments, expect=0, **options):
        run = subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                             timeout=TIMEOUT, encoding="utf-8", cwd=TOP, **options)
        self.assertEqual(run.returncode, expect, run.stderr)
        return run.stdout, run.stderr

    def split(self, *arguments, out=None, **options):
        return self.run_program("split", *arguments, "-o", out or self.out, **options)

    def refused(self, pattern, *arguments, status=1, **options):
        """Exit status, one line that says why, and nothing is made."""
        before = sorted(os.listdir(self.folder))
        said, why = self.split(*arguments, expect=status, **options)
        self.assertRegex(why, r"\Aisplit: .*%s.*\n\Z" % pattern)
        self.assertEqual(said, "")
        self.assertEqual(sorted(os.listdir(self.folder)), before)


class Made(Split):
    def test_files_and_words(self):
        said, _ = self.split(*VGG, "--at", "block3_pool")
        self.assertEqual(sorted(os.listdir(self.out)), ALL)
        self.assertRegex(said, r"\Acut after layer 9 \(block3_pool\): 64x4x4, 4\.0 KiB are sent\n"
                               r"head  0\.109 M params, .*\ntail  0\.913 M params, .*\n"
                               r"head then tail match the whole network bit for bit on 8 made-up inputs\n\Z")
        for half, layers, floats in (("head", 10, 108720), ("tail", 14, 913162)):
            listed, _ = self.run_program("layers", self.path("out/%s.cfg" % half), "--layers", "all")
            self.assertEqual(len(listed.splitlines()), layers + 1)
            self.assertEqual(os.path.getsize(self.path("out/%s.weights" % half)), 16 + 4 * floats)
        head, tail = (read(self.out + "/%s.weights" % half) for half in ("head", "tail"))
        self.assertEqual(head[:16] + tail[:16], 2 * struct.pack("<iiii", 0, 1, 0, 0))  # alike on 32 and 64 bits
        self.assertEqual(head[16:] + tail[16:], read(VGG[1])[20:])

    def test_sheet(self):
        self.split(*VGG, "--at", "9", "--check", "3")
        rows = table(self.out + "/split.csv")
        self.assertEqual(len(rows), 1)
        row = rows[0]
        listed = {r["layer"]: r for r in csv.DictReader(self.run_program("layers", VGG[0])[0].splitlines())}["9"]
        for key in ("layer", "name", "type", "out_c", "out_h", "out_w", "cut_bytes", "head_params", "head_macs",
                    "head_peak_bytes", "tail_params", "tail_macs", "tail_peak_bytes"):
            self.assertEqual(row[key], listed[key], key)
        self.assertEqual((row["head_layers"], row["tail_layers"]), ("10", "14"))
        self.assertEqual((row["check"], row["check_by"], row["check_inputs"], row["check_source"]),
                         ("bitwise", "libdarknet", "3", "synthetic"))
        self.assertEqual((row["head_runs_in"], row["tail_runs_in"], row["folded"]), ("stock", "stock", ""))
        for name in HALVES:
            half, kind = name.split(".")
            self.assertEqual(int(row["%s_%s_bytes" % (half, kind)]), os.path.getsize(os.path.join(self.out, name)))
            self.assertRegex(row["%s_%s_xxh3" % (half, kind)], r"\A[0-9a-f]{16}\Z")
        made = provenance(self.out + "/split.csv")
        self.assertEqual((made["program"], made["cfg"], made["weights"], made["chosen_by"], made["data"]),
                         ("isplit split", *VGG, "layer", ""))
        self.assertRegex(made["arguments"], r"isplit split .* --at 9 --check 3")

    def features(self, cells, meta=None):
        """A file of isplit features with one row, of block3_pool: 64x4x4."""
        path = self.path("f.csv")
        with open(path, "w", encoding="ascii") as file:
            file.write("layer,name,dtype,coder,bytes,coded_bytes,accuracy,agreement,images,scale,zero_point\n9,block3_pool," + cells + "\n")
        if meta:
            with open(path + ".meta.csv", "w", encoding="ascii") as file:
                file.write("key,value\n" + "".join("%s,%s\n" % pair for pair in meta.items()))
        return path

    def test_how_the_tensor_is_sent(self):
        """split.csv has all that both sides must know; what the features were measured with must fit."""
        path = self.features("int6,lzma,796,500,1,1,8,0.125,3")
        arguments = (*VGG, "--at", "block3_pool", "--check", "1", "--mean", "0.5,0.25,0", "--std", "2", "--scale", "255")
        self.split(*arguments, "--dtype", "int6", "--coder", "zstd", "--features", path)
        keys = ("dtype", "coder", "level", "scale", "zero", "fit", "pixel_scale", "mean", "std", "bgr", "exif")
        row = table(self.out + "/split.csv")[0]
        self.assertEqual([row[key] for key in keys],
                         ["int6", "zstd", "11", "0.125", "3", "crop", "255", "0.5,0.25,0", "2,2,2", "0", "0"])
        self.split(*VGG, "--at", "block3_pool", "--check", "1", "--force")
        row = table(self.out + "/split.csv")[0]
        self.assertEqual([row[key] for key in keys], ["f32", "none", "", "", "", "crop", "1", "0,0,0", "1,1,1", "0", "0"])
        out, self.out = self.out, self.path("none")
        self.refused(r"--dtype int4 needs --features FILE: its range is measured", *arguments, "--dtype", "int4", status=2)
        self.refused(r"f\.csv: has no range of int4 after layer 9 \(block3_pool\)", *arguments, "--dtype", "int4", "--features", path)
        self.features("int6,lzma,796,500,1,1,8,0.125,3", {"mean": '"0.1,0,0"'})
        self.refused(r"f\.csv: was measured with mean 0\.1,0,0 \(expected mean 0\.5,0\.25,0, as here\)", *arguments, "--dtype", "int6",
                     "--features", path)
        self.features("int6,lzma,796,500,1,1,8,0.125,3", {"exif": "1"})
        self.refused(r"f\.csv: was measured with exif 1 \(expected exif 0, as here\)", *arguments, "--dtype", "int6",
                     "--features", path)
        self.features("int6,lzma,796,500,1,1,8,0.125,3", {"weights_xxh3": "0123456789abcdef"})
        self.refused(r"f\.csv: was measured with weights_xxh3 0123456789abcdef \(expected ", *arguments, "--dtype", "int6",
                     "--features", path)
        self.features("int6,lzma,796,500,1,1,8,0.125,3", {"rows_xxh3": "0123456789abcdef"})
        self.refused(r"f\.csv: does not hold the rows that its \.meta\.csv was written with", *arguments, "--dtype", "int6",
                     "--features", path)
        self.out = out

    def test_models(self):
        """--onnx: two files more, in split.csv, too; none of them is left beside halves of another cut."""
        self.split(*VGG, "--at", "9", "--onnx", "--check", "1")
        row = table(self.out + "/split.csv")[0]
        for half in ("head", "tail"):
            model = self.out + "/%s.onnx" % half
            self.assertEqual(int(row[half + "_onnx_bytes"]), os.path.getsize(model))
            self.assertRegex(row[half + "_onnx_xxh3"], r"\A[0-9a-f]{16}\Z")
            self.assertNotIn(TOP.encode(), read(model))
        self.assertRegex(row["check_on"], r"\A%s( \(.+\))?\Z" % os.uname().machine)
        said, _ = self.run_program("import", self.out + "/head.onnx", "-o", self.path("head"))
        self.assertIn("10 layers, 108720 params", said)
        self.split(*VGG, "--at", "10", "--force", "--check", "1")
        self.assertEqual(sorted(os.listdir(self.out)), ALL)
        row = table(self.out + "/split.csv")[0]
        self.assertEqual([row[half + "_onnx_" + key] for half in ("head", "tail") for key in ("bytes", "xxh3")], 4 * [""])

    def test_images(self):
        said, _ = self.split(DEMO, "--at", "fc1", "--check", "5", "--fit", "stretch", "--seed", "3")
        self.assertIn("on 5 images of %s\n" % DEMO, said)
        row, made = table(self.out + "/split.csv")[0], provenance(self.out + "/split.csv")
        self.assertEqual((row["check_inputs"], row["check_source"]), ("5", "images"))
        self.assertEqual((made["data"], made["fit"], made["seed"]), (DEMO, "stretch", "3"))

    def test_images_that_cannot_be_decoded(self):
        data = self.path("data")
        shutil.copytree(TOP + "/tests/samples/letters", data)
        for letter in os.listdir(data):
            for number, name in enumerate(sorted(os.listdir(os.path.join(data, letter)))):
                path = os.path.join(data, letter, name)
                if letter == "A" and number < 3:
                    with open(path, "wb") as file:
                        file.write(b"no image")
                elif letter != "A" or number > 4:
                    os.unlink(path)
        said, warned = self.split(*VGG, "-d", data, "--at", "9")
        self.assertIn("on 2 images of", said)
        self.assertEqual(warned.count("cannot be decoded"), 3)
        for name in os.listdir(data + "/A"):
            with open(os.path.join(data, "A", name), "wb") as file:
                file.write(b"no image")
        shutil.rmtree(self.out)
        _, why = self.split(*VGG, "-d", data, "--at", "9", expect=1)
        self.assertIn("none of the images can be decoded", why)
        self.assertFalse(os.path.exists(self.out))

    def test_the_halves_can_be_cut_again(self):
        self.split(*RESNET, "--at", "layer2_block2")
        again, old, tail = self.path("again"), self.path("old.cfg"), read(self.out + "/tail.cfg").decode()
        lead = "[maxpool]\nsize=1\nstride=1\n"
        self.assertEqual(tail.count(lead), 1)
        with open(old, "w", encoding="ascii") as file:  # as it was written once
            file.write(tail.replace(lead, "[activation]\nactivation=linear\n"))
        names = [[row["name"] for row in csv.DictReader(self.run_program("layers", cfg, "--layers", "all")[0].splitlines())]
                 for cfg in (self.out + "/tail.cfg", old)]
        self.assertEqual(["activation1", *names[0]], names[1])
        for cfg, folder in ((self.out + "/tail.cfg", again), (old, again + "2")):
            self.split(cfg, self.out + "/tail.weights", "--at", "avgpool", "--check", "2", out=folder)
            self.assertEqual(sorted(os.listdir(folder)), ALL)
        self.refused(r"layer 0 \(identity1\): a pool of one pixel passes on", self.out + "/tail.cfg", self.out + "/tail.weights",
                     "--at", "0", out=self.path("none"))

    def test_again_with_force(self):
        self.split(*VGG, "--at", "9")
        first = {name: read(os.path.join(self.out, name)) for name in HALVES}
        with open(self.path("out/note"), "w", encoding="ascii") as file:
            file.write("mine")
        self.refused(r"split\.csv: exists already \(expected another folder, or --force\)", *VGG, "--at", "5")
        os.unlink(self.out + "/split.csv")
        self.refused(r"head\.cfg: exists already", *VGG, "--at", "5")
        self.assertEqual({name: read(os.path.join(self.out, name)) for name in HALVES}, first)
        self.split(*VGG, "--at", "5", "--force")
        self.assertEqual(table(self.out + "/split.csv")[0]["layer"], "5")
        self.assertNotEqual(read(self.out + "/head.cfg"), first["head.cfg"])
        self.assertEqual(read(self.path("out/note")), b"mine")


class Best(Split):
    def test_from_a_curve_and_measured(self):
        curve = self.path("curve.csv")
        self.run_program("curve", DEMO, "-c", "A,B,C", "-o", curve)
        candidates = [row for row in table(curve) if row["local_max"] == "1"]
        best = min(candidates, key=lambda row: int(row["rank"]))["layer"]
        said, _ = self.split(*VGG, "--at", "best", "--curve", curve)
        self.assertTrue(said.startswith("cut after layer %s " % best), said)
        self.assertEqual(provenance(self.out + "/split.csv")["chosen_by"], "best of " + curve)
        measured = self.path("measured")
        said, _ = self.split(DEMO, "-c", "A,B,C", "--at", "best", out=measured)
        self.assertTrue(said.startswith("cut after layer %s " % best), said)
        self.assertEqual(provenance(measured + "/split.csv")["chosen_by"], "best of 120 images")

    def test_several_subsets(self):
        curve, subsets = self.path("curve.csv"), self.path("subsets")
        with open(subsets, "w", encoding="ascii") as file:
            file.write("one = A,B\ntwo = C,D\n")
        self.run_program("curve", DEMO, "--subsets", subsets, "-n", "20", "-o", curve)
        self.refused(r"holds curves of several subsets, 'one', 'two'", *VGG, "--at", "best", "--curve", curve)
        self.refused(r"holds no subset 'three'", *VGG, "--at", "best", "--curve", curve, "--subset", "three")
        rows = [row for row in table(curve) if row["subset"] == "two" and row["local_max"] == "1"]
        said, _ = self.split(*VGG, "--at", "best", "--curve", curve, "--subset", "two")
        self.assertTrue(said.startswith("cut after layer %s " % min(rows, key=lambda row: int(row["rank"]))["layer"]))

    def test_foreign_curves(self):
        curve = self.path("curve.csv")
        self.run_program("curve", DEMO, "-n", "20", "-o", curve)
        self.refused(r"curve\.csv:2: layer 0 is block1_conv1 with 16x32x32 here, but conv1 with .* in .*resnet50\.cfg "
                     r"\(expected the curve of this network\)", *RESNET, "--at", "best", "--curve", curve)
        self.refused(r"curve\.csv\.meta\.csv:1: has no column 'layer'", *VGG, "--at", "best", "--curve",
                     curve + ".meta.csv")
        self.refused(r"none\.csv: cannot open", *VGG, "--at", "best", "--curve", self.path("none.csv"))
        other = self.path("other.weights")
        with open(other, "wb") as file:  # the same network with one other number
            file.write(read(VGG[1])[:-4] + b"\0\0\0\0")
        _, warned = self.split(VGG[0], other, "--at", "best", "--curve", curve)
        self.assertIn("the curve was measured with other weights", warned)

    def test_no_candidate(self):
        curve = self.path("curve.csv")
        self.run_program("curve", DEMO, "-n", "20", "-o", curve)
        os.remove(curve + ".meta.csv")  # which tells of another curve than that below
        lines = read(curve).decode().splitlines()
        place = lines[0].split(",").index("local_max")
        cells = [line.split(",") for line in lines]
        for row in cells[1:]:
            row[place] = "0"
        with open(curve, "w", encoding="ascii") as file:
            file.write("".join(",".join(row) + "\n" for row in cells))
        self.refused("holds no candidate", *VGG, "--at", "best", "--curve", curve)


class Refused(Split):
    def test_usage(self):
        self.refused("--at is missing", *VGG, status=2)
        self.refused("no weights", VGG[0], "--at", "3", status=2)
        self.refused("--at best needs a curve", *VGG, "--at", "best", status=2)
        self.refused("--curve is read for --at best only", *VGG, "--at", "3", "--curve", "x", status=2)
        self.refused("--subset says which", *VGG, "--at", "3", "--subset", "x", status=2)
        self.refused("'0' .expected a whole number from 1 to 4096", *VGG, "--at", "3", "--check", "0", status=2)
        _, why = self.run_program("split", *VGG, "--at", "3", expect=2)
        self.assertIn("-o is missing", why)

    def test_where(self):
        self.refused(r"the network has no layer 99 \(expected 0 to 23\)", *VGG, "--at", "99")
        self.refused(r"the network has no layer 'block3_pol' \(nearest: block3_pool\)", *VGG, "--at", "block3_pol")
        self.refused(r"resnet50\.cfg: cannot cut after layer 12 \(layer1_block3_conv1\): the tail reads the skip "
                     r"connection of layer 11 \(layer1_block2\) too \(the nearest clean cuts are after layer 11 "
                     r"\(layer1_block2\) and layer 15 \(layer1_block3\)\)", *RESNET, "--at", "12")
        self.refused(r"layer 23 \(softmax\): no tail is left", *VGG, "--at", "softmax")
        self.refused(r"layer 19 \(dropout1\): a dropout passes on", *VGG, "--at", "dropout1")

    def test_places(self):
        with open(self.path("file"), "w", encoding="ascii"):
            pass
        self.refused("file: is no folder", *VGG, "--at", "3", out=self.path("file"))
        self.refused("none/out: cannot make the folder", *VGG, "--at", "3", out=self.path("none/out"))

    def test_own_inputs(self):
        os.mkdir(self.out)
        cfg, weights = self.out + "/tail.cfg", self.out + "/tail.weights"
        shutil.copy(VGG[0], cfg)
        shutil.copy(VGG[1], weights)
        for options in ((), ("--force",)):
            self.refused(r"tail\.cfg: is what is to be cut", cfg, weights, "--at", "3", *options)
        os.symlink(weights, self.path("link"))
        self.refused(r"tail\.weights: is what is to be cut", VGG[0], self.path("link"), "--at", "3", "--force")
        self.assertEqual(sorted(os.listdir(self.out)), ["tail.cfg", "tail.weights"])
        self.assertEqual((read(cfg), read(weights)), (read(VGG[0]), read(VGG[1])))
        curve = self.out + "/split.csv"
        self.run_program("curve", DEMO, "-n", "20", "-o", curve)
        self.refused("the output .*split.csv is the input", *VGG, "--at", "best", "--curve", curve, "--force", status=2)

    def test_changed_since(self):
        weights = self.path("weights")
        shutil.copy(VGG[1], weights)
        with Worker(VGG[0], weights) as worker:
            with open(weights, "r+b") as file:
                file.seek(400)
                file.write(b"\0\0\0\0")
            answer = worker.split(3, self.out)
        self.assertIn("weights: has changed since it was opened", answer.get("text", ""))
        self.assertFalse(os.path.exists(self.out))


STEPS = ("writing head and tail", "running the whole network", "running the head", "running the tail", "naming the files")


class Ended(Split):
    """What stands under the final names is whole, or is what stood there before."""

    def engine(self, kind, how):
        return wrapped(self.folder, WRAPPER, ENGINE, kind, how)

    def halves(self):
        return {name: read(os.path.join(self.out, name)) for name in ALL if os.path.exists(os.path.join(self.out, name))}

    def test_killed(self):
        self.split(*VGG, "--at", "9")
        whole = self.halves()
        shutil.rmtree(self.out)
        for step in STEPS:
            with self.subTest(step=step):
                _, why = self.split(*VGG, "--at", "9", *self.engine(step, "SIGKILL"), expect=3)
                self.assertIn("isplit: ", why)
                for name, content in self.halves().items():  # none but, perhaps, in the last moment
                    self.assertEqual(step, STEPS[-1])
                    self.assertTrue(content == whole[name], name)
                shutil.rmtree(self.out, ignore_errors=True)

    def test_killed_over_an_earlier_split(self):
        self.split(*VGG, "--at", "5")
        before = self.halves()
        for step in (STEPS[0], STEPS[3]):
            with self.subTest(step=step):
                self.split(*VGG, "--at", "9", "--force", *self.engine(step, "SIGKILL"), expect=3)
                self.assertEqual(self.halves(), before)

    def test_stopped(self):
        with Worker(*VGG) as worker:
            for step in STEPS:
                worker.send(worker.request(9, self.out, inputs=40))
                stopped = False
                for said in worker.answers():
                    if said.get("what", "").startswith(step) and not stopped:
                        worker.send({"type": "stop"})
                        stopped = True
                    if said["type"] in ("split", "error"):
                        break
                if step != STEPS[-1]:
                    self.assertEqual(said, {"type": "error", "text": "stopped; nothing is written"}, step)
                    self.assertFalse(os.path.exists(self.out))
            self.assertEqual(said["type"], "split")  # what came too late

    def test_interrupted(self):
        program = subprocess.Popen([PROGRAM, "split", *VGG, "--at", "9", "-o", self.out, "--check", "4096"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        while not os.path.exists(self.out):
            self.assertIsNone(program.poll())
        program.send_signal(signal.SIGINT)
        _, why = program.communicate(timeout=TIMEOUT)
        self.assertEqual((program.returncode, why), (130, "isplit: interrupted: nothing is written\n"))
        self.assertFalse(os.path.exists(self.out))

    def test_full_disk(self):
        """A limit of file size says the same as a full disk does: a write fails, in the middle of the tail's weights."""
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))
        self.refused(r"out/tail\.weights: cannot write: File too large", *VGG, "--at", "5", preexec_fn=limit)
        self.split(*VGG, "--at", "9")
        before = self.halves()
        self.refused(r"out/tail\.weights: cannot write: File too large", *VGG, "--at", "5", "--force", preexec_fn=limit)
        self.assertEqual(self.halves(), before)
        self.assertEqual(sorted(os.listdir(self.out)), ALL)

    def test_a_half_that_differs(self):
        """Weights that change between the copy and the run: the check must see it."""
        weights = self.path("weights")
        shutil.copy(VGG[1], weights)
        with Worker(VGG[0], weights) as worker:
            worker.send(worker.request(9, self.out, inputs=20))
            changed = False
            for said in worker.answers():
                if said.get("what") == "running the whole network" and not changed:
                    changed = True  # said for every input; by the last one the folder may be gone
                    draft = next(name for name in os.listdir(self.out) if name.startswith("head.weights."))
                    with open(os.path.join(self.out, draft), "r+b") as file:
                        file.seek(16)
                        file.write(b"\0\0\x80\x3f" * 16)  # the biases of the first layer
                if said["type"] in ("split", "error"):
                    break
        self.assertEqual(said["type"], "error")
        self.assertRegex(said["text"], r"\Athe head is not the whole network's: input 0 gives \S+ as number \d+ of its "
                                       r"output \(expected \S+\); nothing is written\Z")
        self.assertFalse(os.path.exists(self.out))


if __name__ == "__main__":
    unittest.main()
