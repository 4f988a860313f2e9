#!/usr/bin/python3
"""isplit features through the real program and the real worker: the sheet and what it stands on, what it does not depend
on, what is left out, what is refused, and how it ends early. (tests/reference/test_features.py has the numbers.)

Run from the top of the repository, after `make`:  python3 tests/e2e/test_features.py [unittest options]
"""
import csv
import json
import math
import os
import re
import shutil
import sqlite3
import struct
import subprocess
import sys
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "reference"))
from on_terminal import on_terminal  # pylint: disable=wrong-import-position
from running import Running  # pylint: disable=wrong-import-position
from split_worker import ENGINE, PROGRAM, Worker  # pylint: disable=wrong-import-position
from test_errors import GOOD, GOOD_FLOATS, HEADER, png  # pylint: disable=wrong-import-position
from wrapper import wrapped  # pylint: disable=wrong-import-position

VGG = (TOP + "/cfg/letters-vgg16.cfg", TOP + "/weights/letters-vgg16.weights")
RESNET = (TOP + "/cfg/letters-resnet50.cfg", TOP + "/weights/letters-resnet50.weights")
LETTERS = ("-d", TOP + "/tests/samples/letters")
BITS = {"f32": 32, "f16": 16, "int8": 8, "int6": 6, "int5": 5, "int4": 4, "int3": 3, "int2": 2}
CODERS = ("none", "zstd", "lzma")
FEW = ("--dtypes", "f32,f16,int8", "--coders", "zstd")
COLUMNS = ["layer", "name", "dtype", "coder", "bytes", "coded_bytes", "coded_low", "coded_high", "scale", "zero_point",
           "clipped", "accuracy", "accuracy_low", "accuracy_high", "agreement", "agreement_low", "agreement_high", "gained",
           "lost", "change", "change_low", "change_high", "mcnemar_p", "images", "coded_images", "encode_ms", "decode_ms"]
TIMES = ("encode_ms", "decode_ms")

# On the first message whose `what` (or, without one, type) begins with the first word, does as the second one says: a signal
# to the front end (not before some images are done), the death of the worker, or other fields in the message.
MEDDLING = """
    import os
    when, how = words
    said = message.get("what", message["type"])
    if when and said.startswith(when) and not (how == "interrupt" and ": 0 of" in said):
        words[0] = ""
        if how == "interrupt":
            os.kill(os.getppid(), signal.SIGINT)
        elif how == "kill":
            worker.kill()
            break
        else:
            exec(how)
            line = json.dumps(message).encode() + b"\\n"
"""


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def steady(path):
    """All but the times, which are never the same twice."""
    return tuple(tuple((key, value) for key, value in row.items() if key not in TIMES) for row in table(path))


def without_times(answer):
    if isinstance(answer, dict):
        return {key: without_times(value) for key, value in answer.items() if key not in TIMES}
    return [without_times(value) for value in answer] if isinstance(answer, list) else answer


class Features(Running):
    SHEET = "features.csv"

    def features(self, *arguments, expect=0, pictures=False, store=None):
        """(rows, provenance, what was said on standard error); nothing is kept unless there is a store"""
        said, why = self.run_program("features", *arguments, *([] if pictures else ["--no-jpeg"]), "-o", self.out,
                                     *(("--store", store) if store else ("--no-store",)), expect=expect)
        self.assertEqual(said, "")
        meta = {row["key"]: row["value"] for row in table(self.out + ".meta.csv")}
        return table(self.out), meta, why

    def refused(self, pattern, *arguments, status=1):
        """Exit status, one line that says why, and nothing is made."""
        before = os.listdir(self.folder)
        said, why = self.run_program("features", *arguments, "-o", self.out, expect=status)
        self.assertRegex(why, r"\Aisplit: .*%s.*\n\Z" % pattern)
        self.assertEqual((said, os.listdir(self.folder)), ("", before))

    def wrapped(self, when, how):
        return wrapped(self.folder, MEDDLING, ENGINE, when, how)


class Measured(Features):
    def check(self, rows, meta, cfg, images, kinds=("f32", "f16", "int8"), coders=("zstd",), sample=64):
        layers = list(csv.DictReader(self.run_program("layers", cfg)[0].splitlines()))
        self.assertEqual(list(rows[0]), COLUMNS)
        self.assertEqual([(row["layer"], row["name"], row["dtype"], row["coder"]) for row in rows],
                         [(layer["layer"], layer["name"], kind, coder) for layer in layers for kind in kinds for coder in coders])
        cut_bytes = {layer["layer"]: int(layer["cut_bytes"]) for layer in layers}
        for row in rows:
            self.assertEqual(int(row["bytes"]), 28 - (-cut_bytes[row["layer"]] // 4 * BITS[row["dtype"]] // 8))
            self.assertEqual(int(row["images"]), min(images, sample) if row["dtype"] == "f16" else images)
            self.assertTrue(2 <= int(row["coded_images"]) <= min(images, sample))
            number = {key: float(value) for key, value in row.items() if key not in ("name", "dtype", "coder") and value}
            self.assertLess(number["coded_bytes"], number["bytes"] * 1.02 + 20)
            if row["coder"] == "none":
                self.assertEqual(number["coded_bytes"], number["bytes"])
            for name, low, high in (("coded_bytes", "coded_low", "coded_high"),
                                    ("accuracy", "accuracy_low", "accuracy_high"),
                                    ("change", "change_low", "change_high"),
                                    ("agreement", "agreement_low", "agreement_high")):
                self.assertTrue(number[low] <= number[name] <= number[high])
            self.assertEqual(("scale" in number, "zero_point" in number), (row["dtype"].startswith("int"),) * 2)
            self.assertLess(number["clipped"], 0.01)
            if row["dtype"] == "f32":
                self.assertEqual((row["agreement"], row["accuracy"], row["clipped"]), ("1", meta["accuracy"], "0"))

    def test_vgg(self):
        """The whole grid."""
        rows, meta, why = self.features(*VGG, *LETTERS, "-n", "24", "--sample", "8")
        self.check(rows, meta, VGG[0], 24, BITS, CODERS, sample=8)
        self.assertRegex(why, r"\Aisplit: note: 24 images, accuracy \d+\.\d %; 64 others gave the ranges\n"
                              r"(isplit: note: \w+ changes .*\n){7}"
                              r"isplit: note: fewest bytes shown to lose less than 1 % of accuracy: f32 with \w+ after layer \d+ \(\w+\), "
                              r"\d+ an image; f16 is not shown by 8 images, would need about \d+ \(--sample\); int\d, the cheapest that more "
                              r"images may show, about \d+\n"
                              r"isplit: note: written: \S+features\.csv, \S+features\.csv\.meta\.csv\n\Z")
        f32 = min((float(row["coded_bytes"]), row["coder"], row["layer"]) for row in rows if row["dtype"] == "f32")
        self.assertIn(": f32 with %s after layer %s " % f32[1:], why)
        self.assertIn(", %d an image; " % math.ceil(f32[0]), why)
        expected = {"program": "isplit features", "state": "complete", "images_asked": "24", "images": "24",
                    "calibration_images": "64", "level": "11", "seed": "0", "layers": "backbone", "fit": "crop",
                    "images_undecodable": "0", "images_not_finite": "0", "classes": ""}
        self.assertEqual({key: meta[key] for key in expected}, expected)
        self.assertRegex(meta["tuning"], r"\A[0-9a-f]{16}\Z")
        self.assertRegex(meta["zstd"], r"\A\d+\.\d+")
        self.assertRegex(meta["lzma"], r"\A\d+\.\d+")
        sizes = {(row["layer"], row["dtype"], row["coder"]): float(row["coded_bytes"]) for row in rows}
        for layer, _, coder in sizes:
            self.assertLess(sizes[layer, "int2", coder], sizes[layer, "int4", coder])
            self.assertLess(sizes[layer, "int4", coder], sizes[layer, "int8", coder])
        for row in rows:
            self.assertTrue(0 < float(row["encode_ms"]) < 1000 and 0 < float(row["decode_ms"]) < 1000, row)
        times = {coder: sum(float(row["encode_ms"]) for row in rows if row["coder"] == coder) for coder in CODERS}
        self.assertTrue(times["none"] < times["zstd"] < times["lzma"])
        total = {coder: sum(size for key, size in sizes.items() if key[1:] == ("int8", coder)) for coder in CODERS}
        self.assertTrue(total["lzma"] < total["zstd"] < total["none"])

    def test_resnet(self):
        """The accuracy is that of isplit curve on the same images, which come after those that calibrate. Two bits lose
        answers: the change is what was gained less what was lost. And a plan takes what loses little."""
        rows, meta, _ = self.features(*RESNET, *LETTERS, "--dtypes", "f32,f16,int8,int2", "--coders", "zstd", "--sample", "16",
                                      "-n", "60", "--calibrate", "20", "--seed", "5")
        self.check(rows, meta, RESNET[0], 60, ("f32", "f16", "int8", "int2"), sample=16)
        self.check_change(rows, round(float(meta["accuracy"]) * 60))
        self.check_plan(rows)
        images = os.path.join(self.folder, "images.csv")
        self.run_program("curve", *RESNET, *LETTERS, "-n", "80", "--seed", "5", "--no-store", "--images-csv", images, "-o",
                         os.devnull)
        measured = table(images)[20:]
        right = sum(row["class_index"] == row["top_index"] for row in measured)
        self.assertAlmostEqual(float(meta["accuracy"]), right / 60, delta=1e-8)

    def test_pictures(self):
        """Rows of the pictures behind those of the cuts, which are the same without them; a plan takes the files' bytes from
        there. Where pictures cannot be measured the cuts are. (tests/reference/test_pictures.py has the numbers.)"""
        few = (*VGG, *LETTERS, "--dtypes", "int4", "--coders", "none", "--exact", "-n", "8", "--calibrate", "4")
        rows, _, why = self.features(*few, pictures=True)
        self.assertEqual([row["coder"] for row in rows[18:]], ["stored"] + ["jpeg%d" % q for q in (95, 90, 80, 70, 60, 50, 40, 30, 20)])
        self.assertEqual({(row["layer"], row["name"], row["dtype"], row["bytes"], row["images"]) for row in rows[18:]},
                         {("", "input", "uint8", "1024", "8")})
        self.assertRegex(why, r"note: 8 images, .*\nisplit: note: \d+ of 18 cuts send more, in every form, than a picture on which the "
                              r"whole network is as accurate: block1_conv1, .*\n")
        plan, told = self.run_program("plan", *VGG, "--features", self.out, "--dtype", "int4", "--format", "table")
        self.assertIn("server only sends %d B, the mean of the image files in --features\n" % -(-float(rows[18]["coded_bytes"]) // 1), plan)
        self.assertRegex(plan, r"\nthe picture itself: \d+ of 18 splits send more than a picture that the whole network is as accurate on")
        _, _, why = self.features(*few, "--sample", "2", pictures=True)  # means are over the images of which there are sizes
        plan, _ = self.run_program("plan", *VGG, "--features", self.out, "--dtype", "int4", "--format", "table")
        self.assertEqual(re.search(r"note: (\d+) of 18 cuts send more", why)[1], re.search(r"itself: (\d+) of 18 splits", plan)[1])
        half, told = self.run_program("plan", *VGG, "--head-dtype", "int8", "-o", "-")
        whole, told = self.run_program("plan", *VGG, "-o", "-")
        memory = [[int(row["memory_bytes"]) for row in csv.DictReader(plan.splitlines())] for plan in (half, whole)]
        self.assertEqual([4 * number for number in memory[0]], memory[1])
        self.assertIn("\nthe head's memory is counted as int8; ", self.run_program("plan", *VGG, "--head-dtype", "int8", "--format", "table")[0])
        how = "message.clear(); message.update({'type': 'error', 'text': 'no room'})"
        other, _, why = self.features(*few, *self.wrapped("pictures", how), pictures=True)
        self.assertEqual(without_times(other), without_times(rows[:18]))
        self.assertIn("isplit: warning: the pictures themselves are not measured: no room\n", why)
    def check_change(self, rows, whole):
        self.assertTrue(any(int(row["lost"]) for row in rows) and any(int(row["gained"]) for row in rows))
        for row in rows:
            gained, lost, images = (int(row[key]) for key in ("gained", "lost", "images"))
            self.assertAlmostEqual(float(row["change"]), (gained - lost) / images, delta=1e-8)
            tail = sum(math.comb(gained + lost, k) for k in range(max(gained, lost), gained + lost + 1)) / 2 ** (gained + lost)
            self.assertAlmostEqual(float(row["mcnemar_p"]), min(1, 2 * tail), delta=1e-8)
            if images == 60:
                self.assertEqual(round(float(row["accuracy"]) * 60), whole + gained - lost)

    def check_plan(self, rows):
        """60 images can show that less than 20 % is lost, but not that less than 1 % is."""
        plan = os.path.join(self.folder, "plan.csv")
        for drop, kinds in (((), {"f32"}), (("--max-drop", "0.2"), {"int8", "int2"})):
            self.run_program("plan", *RESNET, "--features", self.out, "--dtype", "auto", *drop, "-o", plan)
            splits = [row for row in table(plan) if row["kind"] == "split"]
            self.assertEqual(len(splits), len({row["layer"] for row in rows}))
            self.assertTrue({row["dtype"] for row in splits} <= kinds)
            for split in splits:
                sent = next(row for row in rows if (row["layer"], row["dtype"]) == (split["layer"], split["dtype"]))
                self.assertEqual((split["coder"], int(split["bytes"])), ("zstd", math.ceil(float(sent["coded_bytes"]))))
                self.assertAlmostEqual(float(split["accuracy"]), float(sent["accuracy"]), delta=1e-8)
                self.assertEqual(split["fewer"] == "", split["dtype"] == "int2")
        self.run_program("plan", *RESNET, "--features", self.out, "--dtype", "auto", "-o", plan)
        self.assertRegex(table(plan)[1]["fewer"], r"\Af16 is not shown by 16 images, would need about \d+ \(--sample\); int\d, the "
                         r"cheapest that more images may show, about \d+\Z")
        said, _ = self.run_program("plan", *RESNET, "--features", self.out, "--dtype", "auto", "--format", "table")
        self.assertRegex(said, r"\n= \S+: f32 with zstd; f16 is not shown by 16 images, would need about \d+ \(--sample\); int\d, the "
                         r"cheapest that more images may show, about \d+\n")
        _, why = self.run_program("plan", *RESNET, "--dtype", "auto", expect=2)
        self.assertIn("--dtype auto needs --features FILE", why)

    def test_batch_and_threads(self):
        """The direct algorithm gives the same numbers however many images there are at a time."""
        sheets = set()
        for batch, threads in (("1", "1"), ("4", "2"), ("8", "2"), ("12", "3")):
            self.features(*RESNET, *LETTERS, "--dtypes", "f32,int6,int3", "--coders", "zstd,lzma", "--exact", "-n", "9", "--calibrate", "3",
                          "--sample", "3", "--batch", batch, "--threads", threads)
            sheets.add(steady(self.out))
        self.assertEqual(len(sheets), 1)

    def test_level(self):
        sizes = []
        for level in ("1", "19"):
            rows, meta, why = self.features(*VGG, *LETTERS, "--dtypes", "int8", "--coders", "zstd", "-n", "10", "--sample", "4",
                                            "--level", level)
            self.assertRegex(why, r"note: at no cut less than 1 % of accuracy is shown to be lost: int8 with zstd after layer \d+ "
                                  r"\(\w+\) is not shown by 10 images, would need about \d+\n")
            self.assertEqual(meta["level"], level)
            sizes.append(sum(float(row["coded_bytes"]) for row in rows))
        self.assertLess(sizes[1], sizes[0])

    def test_classes_and_standard_output(self):
        said, why = self.run_program("features", *VGG, *LETTERS, *FEW, "-c", "C,D", "--sample", "8", "--layers", "clean", "--no-jpeg",
                                     "--no-store")
        rows = list(csv.DictReader(said.splitlines()))
        self.assertEqual({(row["dtype"], row["images"]) for row in rows},
                         {("f32", "60"), ("int8", "60"), ("f16", "8")})  # of 80, a quarter calibrates
        self.assertEqual(rows[-1]["name"], "fc3")
        self.assertIn("; 20 others", why)

    def test_undecodable(self):
        """Named, counted, and others take their places neither among the measured nor the calibrating ones."""
        data = os.path.join(self.folder, "data")
        for letter in os.listdir(LETTERS[1]):
            os.makedirs(os.path.join(data, letter))
            for name in sorted(os.listdir(os.path.join(LETTERS[1], letter)))[:5]:
                shutil.copy(os.path.join(LETTERS[1], letter, name), os.path.join(data, letter))
        broken = [os.path.join(data, letter, sorted(os.listdir(os.path.join(data, letter)))[0]) for letter in "AB"]
        for path in broken:
            with open(path, "wb") as file:
                file.write(b"no image")
        rows, meta, why = self.features(*VGG, "-d", data, "--dtypes", "int8", "--coders", "none")
        self.assertEqual(meta["images_undecodable"], "2")
        self.assertEqual(int(rows[0]["images"]) + int(meta["calibration_images"]), 48)
        self.assertEqual(why.count("cannot be decoded"), 2)
        self.assertEqual(meta["state"], "complete")


class OwnNetwork(Features):
    """A network of our own: one convolution, a connected layer."""

    def setUp(self):
        super().setUp()
        self.files = (os.path.join(self.folder, "net.cfg"), os.path.join(self.folder, "net.weights"))
        self.data = os.path.join(self.folder, "data")
        with open(self.files[0], "w", encoding="ascii") as file:
            file.write(GOOD)

    def weights(self, scale):
        """0.1 everywhere, but the convolution's (behind its 2 biases) `scale`."""
        values = [0.1] * 2 + [scale] * 18 + [0.1] * (GOOD_FLOATS - 20)
        with open(self.files[1], "wb") as file:
            file.write(HEADER + struct.pack("<%df" % GOOD_FLOATS, *values))

    def images(self, *values, apart=0):
        for number, name in enumerate("ab"):
            os.makedirs(os.path.join(self.data, name), exist_ok=True)
            for i, value in enumerate(values):
                with open(os.path.join(self.data, name, "%d.png" % i), "wb") as file:
                    file.write(png(4, 4, value + number * apart))

class Small(OwnNetwork):
    def test_clipped(self):
        """Beyond 65504 f16 has no number, beyond the calibration image int8 has none."""
        self.weights(1e5)
        self.images(10, 200)
        rows, _, _ = self.features(*self.files, "-d", self.data, "--calibrate", "1")
        by_type = {row["dtype"]: row for row in rows}
        self.assertEqual(by_type["f32"]["clipped"], "0")
        self.assertGreater(float(by_type["f16"]["clipped"]), 0.3)
        self.assertEqual(list(by_type), list(BITS))
        self.assertEqual(by_type["int8"]["zero_point"], "0")

    def test_a_layer_of_zeroes(self):
        self.weights(-1)
        self.images(50, 200)
        rows, _, _ = self.features(*self.files, "-d", self.data)
        row = next(row for row in rows if row["dtype"] == "int8")
        self.assertEqual((row["scale"], row["zero_point"], row["clipped"], row["agreement"]), ("1", "0", "0", "1"))

    def test_guesses(self):
        """A network that does no better than guessing is told: what its cuts lose means nothing then."""
        self.weights(0.3)
        self.images(*range(3, 240, 16), apart=7)
        told = "isplit: warning: accuracy 48.0 % is no better than chance (50.0 %): labels or preprocessing look wrong\n"
        few = (*self.files, "-d", self.data, "--calibrate", "5", "--dtypes", "int8", "--coders", "none")
        self.assertIn(told, self.features(*few)[2])
        self.assertNotIn("chance", self.features(*few, "-n", "9")[2])  # too few to tell
        self.assertNotIn("chance", self.features(*VGG, *LETTERS, "-n", "12", "--dtypes", "int8", "--coders", "none")[2])

    def test_not_finite(self):
        """An image whose numbers overflow is left out by name; a black one does not."""
        self.weights(3e38)
        self.images(0, 0, 0, 255)
        rows, meta, why = self.features(*self.files, "-d", self.data, "--calibrate", "1")
        lost, kept = int(meta["images_not_finite"]), int(rows[0]["images"])
        self.assertEqual(lost, 2)
        self.assertEqual(kept + int(meta["calibration_images"]) + lost, 8)
        self.assertRegex(why, r"isplit: warning: .*3\.png: left out, its output of layer 0 \(\S+\) is not finite\n")
        self.images(255, 255, 255, 255)
        os.remove(self.out)
        _, why = self.run_program("features", *self.files, "-d", self.data, "-o", self.out, "--no-store", expect=1)
        self.assertIn("isplit: none of the 2 calibration images can be used\n", why)
        self.assertFalse(os.path.exists(self.out))

    def test_sample(self):
        """Bytes are those of as many images as have 8 MB together in a number type."""
        text = GOOD.replace("width=4", "width=256").replace("height=4", "height=256")
        with open(self.files[0], "w", encoding="ascii") as file:
            file.write(text)
        with open(self.files[1], "wb") as file:
            file.write(HEADER + struct.pack("<22f", *[0.1] * 22) + struct.pack("<f", 0.01) * (2 * 2 * 256 * 256))
        self.images(*range(1, 21))
        rows, _, _ = self.features(*self.files, "-d", self.data, *FEW, "--calibrate", "1", "--layers", "clean")
        self.assertEqual([(row["dtype"], row["coded_images"]) for row in rows[:3]], [("f32", "16"), ("f16", "32"), ("int8", "39")])

    def test_too_few_images(self):
        self.weights(1)
        self.images(7)
        self.refused("holds 2 images of the chosen classes: with 2 to find the ranges none is left", *self.files, "-d",
                     self.data, "--calibrate", "2")
        self.refused("holds 1 image of the chosen classes: with 1 to find", *self.files, "-d", self.data, "-c", "a")
        rows, _, _ = self.features(*self.files, "-d", self.data)
        self.assertEqual((rows[0]["images"], rows[0]["coded_low"], rows[0]["coded_high"]), ("1", "", ""))


class Refused(Features):
    def test_usage(self):
        self.refused("too few arguments", status=2)
        self.refused("no data|-d", *VGG, status=2)
        self.refused("'20' .expected a whole number from 1 to 19", *VGG, *LETTERS, "--level", "20", status=2)
        self.refused("--dtypes 'int7' .expected a list of: f32, f16, int8, int6, int5, int4, int3, int2", *VGG, *LETTERS,
                     "--dtypes", "int8,int7", status=2)
        self.refused("--coders '' .expected a list of: none, zstd, lzma", *VGG, *LETTERS, "--coders", "zstd,", status=2)
        self.refused("'0' .expected a whole number", *VGG, *LETTERS, "--calibrate", "0", status=2)

    def test_inputs(self):
        self.refused("none.cfg: cannot open", self.folder + "/none.cfg", VGG[1], *LETTERS)
        self.refused("letters-resnet50.weights: ", VGG[0], RESNET[1], *LETTERS)
        self.refused("'Q'", *VGG, *LETTERS, "-c", "Q")
        self.refused("needs .* MB of memory", *VGG, *LETTERS, "--memory", "1M")

    def test_outputs(self):
        _, why = self.run_program("features", *VGG, *LETTERS, "-o", VGG[1], expect=2)
        self.assertRegex(why, r"\Aisplit: the output .* is the input .*\n\Z")
        _, why = self.run_program("features", *VGG, *LETTERS, "-o", self.folder + "/none/x.csv", expect=1)
        self.assertRegex(why, r"\Aisplit: .*none/x\.csv: .*\n\Z")

    def test_cuts(self):
        """Only clean ones, by name."""
        _, why = self.run_program("features", *RESNET, *LETTERS, "--layers", "all", expect=2)
        self.assertEqual(why, "isplit: --layers 'all' (expected one of: backbone, clean)\n")

    def test_requests(self):
        """Everything that is wrong is an error, and the worker lives on."""
        with Worker(*RESNET) as worker:
            good = {"type": "features", "layers": [1], "images": [5, 6], "calibration": [1], "dtypes": ["f32", "int4"],
                    "coders": ["none", "lzma"], "level": 3, "sample": 2, "fit": "crop",
                    "mean": [0, 0, 0], "std": [1, 1, 1], "scale": 1, "bgr": False, "batch": 0, "threads": 1, "exact": False,
                    "memory": 0}
            self.assertEqual(worker.ask(good, "features")["text"], "features need images")
            worker.ask({"type": "images", "data": LETTERS[1], "split": None, "labels": None, "probe": False}, "dataset")
            for change, why in (({"layers": [2]}, "skip connection"), ({"layers": [1000]}, "no layer 1000"),
                                ({"images": [400]}, "no image 400"), ({"calibration": [-1]}, "calibration"),
                                ({"level": 20}, "level"), ({"sample": 0}, "sample"), ({"dtypes": ["int7"]}, "dtypes"),
                                ({"coders": []}, "coders"), ({"images": []}, "images"), ({"memory": 1}, "memory"),
                                ({"images": [5, 1]}, "image 1 ")):
                answer = worker.ask({**good, **change}, "features")
                self.assertEqual(answer["type"], "error", change)
                self.assertIn(why, answer["text"])
            first = self.answered(worker, good)
            self.assertEqual([said["type"] for said in first], ["plan", "ranges", "times", "sent", "sent", "features"])
            self.assertEqual((first[1]["calibrated"], first[-1]["images"]), (1, 2))
            self.assertEqual([(said["image"], sorted(said["answers"]), sorted(said["sizes"])) for said in first[3:5]],
                             [(5, ["int4"], ["lzma", "none"]), (6, ["int4"], ["lzma", "none"])])
            worker.send({**good, "images": list(range(2, 400))})
            worker.send({"type": "stop"})
            last = next(said for said in worker.answers() if said["type"] in ("features", "error"))
            self.assertEqual((last["type"], last["images"]), ("features", 0))
            self.assertEqual(self.answered(worker, good)[3:], first[3:])
            self.asked_again(worker, good, first)

    def answered(self, worker, message):
        worker.logs.clear()
        last = worker.ask(message, "features")
        return [said for said in worker.logs if said["type"] not in ("progress", "log")] + [last]

    def asked_again(self, worker, good, first):
        """What a front end knows is not measured: one part of one image, with the ranges of before; and nothing by another
        tuning."""
        known = {**good, "ranges": {key: value for key, value in first[1].items() if key != "type"}, "plan": first[0]["hash"]}
        lzma, int4 = 1 << 8 * 3 + 5, 1 << 5
        plan, times, sent, last = self.answered(worker, {**known, "needs": [0, lzma]})
        self.assertEqual((sent["image"], sent["answers"], list(sent["sizes"]), last["images"]), (6, {}, ["lzma"], 1))
        self.assertEqual(sent["sizes"]["lzma"]["int4"], first[4]["sizes"]["lzma"]["int4"])
        self.assertEqual(list(times["times"]), ["lzma"])
        sent = self.answered(worker, {**known, "needs": [int4, 0]})[2]
        self.assertEqual((sent["image"], sent["answers"], sent["sizes"]), (5, first[3]["answers"], {}))
        self.assertEqual([said["type"] for said in self.answered(worker, {**known, "plan": "0" * 16})], ["plan", "features"])

    def test_answers_of_a_pool(self):
        """Before a max-pool a cut takes the answers of that behind it, where these must be the same, and only there: its row
        is that which it has alone."""
        with Worker(*VGG) as worker:
            worker.ask({"type": "images", "data": LETTERS[1], "split": None, "labels": None, "probe": False}, "dataset")
            asked = {"type": "features", "images": list(range(60, 300, 4)), "calibration": list(range(1, 60, 4)), "coders": ["none"],
                     "dtypes": ["f16", "int8", "int3", "int2"], "level": 3, "sample": 40, "fit": "crop", "mean": [0, 0, 0],
                     "std": [1, 1, 1], "scale": 1, "bgr": False, "batch": 8, "threads": 2, "exact": True, "memory": 0}
            cuts = [1, 2, 4, 5, 8, 9]
            together = self.by_cut(worker, asked, cuts)
            scales = {(cut, kind): worker.ranges["scales"][kind][9 * i] for kind in asked["dtypes"][1:] for i, cut in enumerate(cuts)}
            same = [scales[cut, kind] == scales[cut + 1, kind] for cut in cuts[::2] for kind in asked["dtypes"][1:]]
            self.assertTrue(any(same) and not all(same))
            self.assertEqual(together, {key: value for cut in cuts for key, value in self.by_cut(worker, asked, [cut]).items()})
            self.assertTrue(any(answer != own for (_, image, kind), (answer, own) in together.items()))

    @staticmethod
    def by_cut(worker, asked, cuts):
        """(cut, image, number type): class and clipped numbers, and the class of the whole network"""
        worker.logs.clear()
        worker.ask({**asked, "layers": cuts}, "features")
        worker.ranges = next(said for said in worker.logs if said["type"] == "ranges")
        return {(cut, said["image"], kind): ((numbers[2 * i], numbers[2 * i + 1]), said["top"])
                for said in worker.logs if said["type"] == "sent" for kind, numbers in said["answers"].items()
                for i, cut in enumerate(cuts)}


class Ended(Features):
    def test_interrupted(self):
        """What the batches before it gave is written, and no more than that."""
        arguments = (*RESNET, *LETTERS, *FEW, "--exact", "--batch", "8", "--threads", "1", "--calibrate", "10")
        rows, meta, why = self.features(*arguments, *self.wrapped("measuring features", "interrupt"), expect=130)
        images = int(rows[0]["images"])
        self.assertTrue(0 < images < 390 and images % 8 == 0)
        self.assertEqual((meta["state"], meta["images"], meta["images_asked"]), ("interrupted", str(images), "390"))
        self.assertIn("isplit: interrupted: the results are based on %d of 390 images\n" % images, why)
        interrupted = steady(self.out)
        self.features(*arguments, "-n", str(images))
        self.assertEqual(steady(self.out), interrupted)

    def test_interrupted_pictures(self):
        """Pictures are measured first, all of them; what is written of them is of the images of the cuts."""
        arguments = (*RESNET, *LETTERS, *FEW, "--exact", "--batch", "8", "--calibrate", "10")
        rows = self.features(*arguments, "-n", "160", *self.wrapped("measuring features", "interrupt"), expect=130, pictures=True)[0]
        images = {row["images"] for row in rows if row["dtype"] != "f16"}
        self.assertEqual(len(images), 1)
        interrupted = steady(self.out)
        self.features(*arguments, "-n", images.pop(), pictures=True)
        self.assertEqual(steady(self.out), interrupted)

    def test_interrupted_in_the_pictures(self):
        """They alone make no file; the store has what was measured of them."""
        store = os.path.join(self.folder, "rows.db")
        command = ("features", *VGG, *LETTERS, *FEW, "--exact", "--batch", "8", "--calibrate", "10", "-o", self.out)
        for keep, said in ((("--no-store",), ""), (("--store", store), ", which the store keeps")):
            out, why = self.run_program(*command, *keep, *self.wrapped("picture", "interrupt"), expect=130)
            self.assertEqual(out, "")
            self.assertRegex(why, r"\Aisplit: interrupted: [1-9]\d* of 390 pictures were measured%s, but no cut: nothing is written\n\Z" % said)
            self.assertFalse(os.path.exists(self.out))

    def test_bar(self):
        """On a terminal a bar with rate and time left, of each step; here of steps that the worker makes up, as it tells
        nothing of what takes less than half a second."""
        how = ("import time\nfor n in (0, 20, 40):\n"
               " what = {'type': 'progress', 'what': 'measuring features: %d of 60 images' % n}\n"
               " sys.stdout.buffer.write(json.dumps(what).encode() + b'\\n')\n sys.stdout.buffer.flush()\n time.sleep(0.2)")
        status, seen = on_terminal([PROGRAM, "features", *RESNET, *LETTERS, "--dtypes", "f32,int8", "--coders", "none", "--batch", "4",
                                    "-n", "60", "--calibrate", "16", "--no-jpeg", "--no-store", *self.wrapped("features", how)],
                                   subprocess.DEVNULL, cwd=TOP)
        self.assertEqual(status, 0, seen)
        self.assertRegex(seen, rb"finding the ranges \[#*\.+\] +\d+%  \d+/16 images")
        self.assertRegex(seen, rb"measuring features \[#+\.+\] +\d+%  \d+/60 images  \d+(\.\d)?/s  ETA \d+:\d\d")

    def test_interrupted_early(self):
        said, why = self.run_program("features", *VGG, *LETTERS, "--no-jpeg", *self.wrapped("loading", "interrupt"), "-o", self.out,
                                     expect=130)
        self.assertEqual((said, why), ("", "isplit: interrupted: nothing was measured, nothing is written\n"))
        self.assertEqual(os.listdir(self.folder), ["wrapper.py"])

    def lost(self, pattern, when, how):
        said, why = self.run_program("features", *VGG, *LETTERS, *FEW, "--level", "1", "--sample", "2", "-n", "20", "--calibrate", "4", "--exact",
                                     "--no-jpeg", "--no-store", *self.wrapped(when, how), "-o", self.out, expect=3)
        self.assertRegex(why, r"\Aisplit: .*%s.*\n\Z" % pattern)
        self.assertEqual((said, os.listdir(self.folder)), ("", ["wrapper.py"]))

    def test_lost(self):
        self.lost("the worker", "finding the range", "kill")
        self.lost("the worker", "features", "kill")

    def test_wrong_answers(self):
        form = "lost the worker: the worker measured %s that were not asked for in this form"
        for how in ("message['answers'].pop('int8')", "message['answers']['int6'] = message['answers']['int8']",
                    "message['answers']['int8'][0] = 10", "message['answers']['int8'][1] = 1 << 31", "message['top'] = 10",
                    "message['sizes']['lzma'] = message['sizes']['zstd']",
                    "message['sizes']['zstd']['int8'][0] = 1 << 31"):
            self.lost(form % "features", "sent", how)
        self.lost(form % "ranges", "ranges", "message['scales'].pop('int8')")
        self.lost("lost the worker: the worker speaks of image 0, which was not asked for", "sent", "message['image'] = 0")
        self.lost("lost the worker: .*it says that it sent 19 rows of features, 20 arrived", "features", "message['images'] = 19")
        self.lost("lost the worker: .*'ranges'", "plan", "message['type'] = 'progress'; message['what'] = ''")


# Passes everything on, and writes down what the worker says of images; after so many rows waits until some are in the store,
# and sends the front end that signal until it ends.
LISTENING = """
    import os, sqlite3, time
    path, signal_name, after, store = words
    if message["type"] in ("plan", "sent", "picture", "ranges"):
        with open(path, "a") as file:
            file.write(json.dumps(message) + chr(10))
        if message["type"] == "sent":
            words[2] = after = str(int(after) - 1)
    if signal_name and int(after) == 0:
        while True:
            try:
                kept, = sqlite3.connect("file:%s?mode=ro" % store, uri=True).execute("SELECT count(*) FROM feature_part WHERE name = 'image'").fetchone()
                if kept >= 4:
                    break
            except sqlite3.Error:
                pass
            time.sleep(0.01)
        parent = os.getppid()
        while os.getppid() == parent:
            os.kill(parent, getattr(signal, signal_name))
            time.sleep(0.05)
        break
"""


class Kept(OwnNetwork):
    """What was measured is not measured again, and the sheet is the same to the byte."""

    def setUp(self):
        super().setUp()
        self.weights(0.3)
        self.images(*range(3, 240, 16), apart=7)
        self.store = os.path.join(self.folder, "rows.db")
        self.said = os.path.join(self.folder, "said")

    def run_kept(self, *arguments, signal="", after=0, expect=0, store=None, **more):
        """(the sheet, what was said of images, provenance, standard error)"""
        listening = wrapped(self.folder, LISTENING, ENGINE, self.said, signal, str(after), self.store)
        open(self.said, "w").close()
        _, meta, why = self.features(*self.files, "-d", self.data, "--layers", "clean", "--exact", "--batch", "4", "--calibrate", "5", *arguments,
                                     *listening, store=store or self.store, expect=expect, **more)
        with open(self.out, encoding="utf-8") as sheet, open(self.said, encoding="utf-8") as said:
            return sheet.read(), [json.loads(line) for line in said], meta, why

    def fresh(self, *arguments, **more):
        self.features(*self.files, "-d", self.data, "--layers", "clean", "--exact", "--batch", "4", "--calibrate", "5", *arguments, **more)
        return steady(self.out)

    def sent(self, said):
        return [message for message in said if message["type"] == "sent"]

    def test_more_and_more(self):
        first = ("--dtypes", "f32,f16,int4", "--coders", "zstd", "-n", "12", "--sample", "6")
        sheet, said, meta, _ = self.run_kept(*first, pictures=True)
        self.assertEqual((len(self.sent(said)), meta["from_store"], meta["times"]), (12, "0", "measured"))
        again, said, meta, _ = self.run_kept(*first, pictures=True)
        self.assertEqual((again, said, meta["from_store"]), (sheet, [], "12"))
        self.assertRegex(meta["times"], r"\Astore, 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")
        # More images, with the ranges of before.
        more = ("--dtypes", "f32,f16,int4", "--coders", "zstd", "--sample", "6")
        _, said, meta, _ = self.run_kept(*more)
        self.assertEqual([message["type"] for message in said], ["plan"] + ["sent"] * 13)
        self.assertEqual((meta["images"], meta["from_store"], meta["calibration_images"]), ("25", "12", "5"))
        self.assertEqual(steady(self.out), self.fresh(*more))
        # Another coder: its sizes of the sample alone.
        coders = ("--dtypes", "f32,f16,int4", "--coders", "zstd,lzma", "--sample", "6")
        _, said, meta, _ = self.run_kept(*coders)
        self.assertEqual({(len(self.sent(said)), json.dumps(message["answers"]), *message["sizes"]) for message in self.sent(said)}, {(6, "{}", "lzma")})
        self.assertRegex(meta["times"], "measured and store, 20")
        self.assertEqual(steady(self.out), self.fresh(*coders))
        # Another level; another number type, whose ranges are not known; a larger sample; other images first.
        for arguments, parts in (((*more, "--level", "1"), (6, 0, ["zstd"])), (("--dtypes", "int3", "--coders", "none"), (25, 1, ["none"])),
                                 (("--dtypes", "f16", "--coders", "zstd", "--sample", "9"), (3, 1, ["zstd"]))):
            _, said, _, _ = self.run_kept(*arguments)
            self.assertEqual((len(self.sent(said)), len(said[-1]["answers"]), sorted({coder for message in self.sent(said) for coder in message["sizes"]})), parts)
            self.assertEqual(steady(self.out), self.fresh(*arguments))
        self.assertEqual(self.run_program("store", "verify", "--store", self.store)[1], "isplit: %s: no fault\n" % self.store)
        self.keeper()

    def test_two_sets(self):
        """One run holds the images of both, and the list does not say "30 of 2"."""
        few = ("--dtypes", "f16", "--coders", "none", "--sample", "3", "--batch", "4", "--exact", "--calibrate", "1")
        def listed(images):
            self.features(*self.files, "-d", self.data, *few, pictures=True, store=self.store)
            rows, _ = self.run_program("store", "ls", "--store", self.store, "--format", "table")
            self.assertRegex(rows, rf"\nf1 .* {images} .* pictures")
        listed("29 of 30")
        self.data += " of two"
        self.images(1, 2)
        listed(r"\d\d of several sets")

    def keeper(self):
        """isplit store lists the runs, takes them into another store, and removes them one by one."""
        rows = list(csv.DictReader(self.run_program("store", "ls", "--store", self.store)[0].splitlines()))
        self.assertEqual([(row["id"], row["measured"], row["options"]) for row in rows],
                         [("f1", "12", "pictures --batch 4 --exact"), ("f2", "25", "features --layers clean --batch 4 --exact")])
        self.exported()
        other = os.path.join(self.folder, "other.db")
        said = self.run_program("store", "merge", self.store, "--store", other)[1]
        self.assertRegex(said, r"rows\.db: [1-9]\d* new rows\n\Z")
        self.assertRegex(self.run_program("store", "merge", self.store, "--store", other)[1], r"rows\.db: 0 new rows\n\Z")
        self.assertEqual(self.run_kept("--dtypes", "f16", "--coders", "zstd", "--sample", "9", store=other)[1], [])
        self.run_program("store", "rm", "f2", "--store", other)
        self.assertRegex(self.run_program("store", "ls", "--store", other)[0], r"\A.*\nf1,.*\n\Z")
        self.assertIn("holds no study 'f2'", self.run_program("store", "rm", "f2", "--store", other, expect=1)[1])
        self.assertIn("holds no measured rows", self.run_program("curve", "--from", other, expect=1)[1])
        self.run_program("store", "rm", "--all", "--store", other)
        self.assertEqual(self.run_program("store", "ls", "--store", other)[0].count("\n"), 1)

    def exported(self):
        """Row by row what the sheet sums up."""
        path = os.path.join(self.folder, "parts.csv")
        self.run_program("store", "export", "f2", "--store", self.store, "-o", path)
        parts, sheet = table(path), self.features(*self.files, "-d", self.data, "--layers", "clean", "--exact", "--batch", "4", "--calibrate", "5",
                                                  "--dtypes", "int4", "--coders", "lzma", "--sample", "6", store=self.store)[0]
        for row in sheet:
            sizes = [int(part["bytes"]) for part in parts if part["layer"] == row["layer"] and part["dtype"] == "int4" and part["coder"].startswith("lzma ")]
            self.assertEqual((len(sizes), "%.9g" % (sum(sizes) / 6)), (6, row["coded_bytes"]))
            own = {part["content"]: part["predicted"] for part in parts if part["state"] == "measured" and not part["layer"]}
            same = [part["predicted"] == own[part["content"]] for part in parts
                    if part["layer"] == row["layer"] and part["dtype"] == "int4" and part["predicted"]]
            self.assertEqual((len(same), "%.9g" % (sum(same) / 25)), (25, row["agreement"]))
        self.run_program("store", "export", "f1", "--store", self.store, "-o", path)
        self.assertEqual({part["coder"] for part in table(path)}, {"stored"} | {"jpeg%d" % q for q in (95, 90, 80, 70, 60, 50, 40, 30, 20)})
        self.assertIn("holds no study 'f9'", self.run_program("store", "export", "f9", "--store", self.store, "-o", path, expect=1)[1])

    def test_stopped(self):
        """By Ctrl-C, and killed: the rows that came are kept."""
        for name, status in (("SIGINT", 130), ("SIGKILL", -9)):
            store = os.path.join(self.folder, name + ".db")
            self.store = store
            if status < 0:
                os.remove(self.out)
                listening = wrapped(self.folder, LISTENING, ENGINE, self.said, name, "8", store)
                self.run_program("features", *self.files, "-d", self.data, "--layers", "clean", "--exact", "--batch", "4", "--calibrate", "5",
                                 "--no-jpeg", "--store", store, *listening, "-o", self.out, expect=status)
                self.assertFalse(os.path.exists(self.out))
            else:
                self.run_kept(signal=name, after=8, expect=status)
            _, said, meta, _ = self.run_kept()
            kept = int(meta["from_store"])
            self.assertTrue(4 <= kept < 8 and len(self.sent(said)) == 25 - kept, (kept, len(said)))
            self.assertEqual(steady(self.out), self.fresh())
            self.assertEqual(self.run_kept()[1], [])

    def test_lost_images(self):
        """They are named again, and not decoded again."""
        for letter in "ab":
            with open(os.path.join(self.data, letter, "4.png"), "wb") as file:
                file.write(b"no image of " + letter.encode())
        few = ("--dtypes", "int8", "--coders", "none")
        sheet, said, meta, first = self.run_kept(*few, pictures=True)
        self.assertEqual((meta["images_undecodable"], first.count("cannot be decoded")), ("2", 2))
        again, said, meta, why = self.run_kept(*few, pictures=True)
        self.assertEqual((again, said, meta["images_undecodable"], sorted(why.splitlines())), (sheet, [], "2", sorted(first.splitlines())))

    def test_columns(self):
        """Of the rows of pictures, too, those that are asked for, in their order."""
        few = ("--dtypes", "int8", "--coders", "none")
        whole = list(csv.reader(self.run_kept(*few, pictures=True)[0].splitlines()))
        names = ["coder", "accuracy_high", "layer", "images"]
        some, _, _, said = self.run_kept(*few, "--columns", ",".join(names), pictures=True)
        self.assertEqual(list(csv.reader(some.splitlines())), [[row[whole[0].index(name)] for name in names] for row in whole])
        self.assertIn("jpeg95,", some)
        self.assertIn("note: written: ", said)
        said = self.run_program("features", *self.files, "-d", self.data, "--layers", "clean", *few, "--no-store", "-o", "-")[1]
        self.assertNotIn("written", said)

    def test_pictures_gone_for_a_while(self):
        """A picture that cannot be read while the others are measured is told, and says nothing about the image."""
        few = ("--dtypes", "int8", "--coders", "none")
        self.run_kept(*few, "-n", "12", pictures=True)  # from now on contents are asked for first
        gone = wrapped(self.folder, """
    import os
    if message["type"] in ("hashed", "pictures") and words:
        os.rename(*words) if message["type"] == "hashed" else os.rename(words.pop(), words.pop())
""", ENGINE, os.path.join(self.data, "b", "9.png"), os.path.join(self.folder, "away"))
        told = "isplit: warning: the pictures themselves stand on 24 images, the cuts on 25: "
        rows, _, why = self.features(*self.files, "-d", self.data, "--layers", "clean", "--exact", "--batch", "4", "--calibrate", "5", *few, *gone,
                                     store=self.store, pictures=True)
        self.assertIn(told, why)
        self.assertEqual({row["images"] for row in rows}, {"24", "25"})
        why = self.run_kept(*few, pictures=True)[3]
        self.assertNotIn("the pictures themselves", why)
        self.assertNotIn("decoded", why)
        self.assertEqual(steady(self.out), self.fresh(*few, pictures=True))

    def test_damaged(self):
        """A part that is not as it was written is told, and measured again."""
        few = ("--dtypes", "int8,int4", "--coders", "zstd", "--sample", "4")
        sheet = self.run_kept(*few)[0]
        with sqlite3.connect(self.store) as store:
            store.execute("UPDATE feature_part SET words = x'07' || substr(words, 2) WHERE name = 'answers int8' AND content = "
                          "(SELECT min(content) FROM feature_part WHERE name = 'answers int8')")
        store.close()
        why = self.run_program("store", "verify", "--store", self.store, expect=1)[1]
        self.assertRegex(why, r"\Aisplit: \S+rows\.db: the part 'answers int8' of features 1 is not as it was written\n\Z")
        self.assertIn("is not as it was written (nothing is taken in)",
                      self.run_program("store", "merge", self.store, "--store", self.store + "2", expect=1)[1])
        again, said, _, why = self.run_kept(*few)
        self.assertIn("isplit: warning: %s: a row of features is not as it was written (measured again)\n" % self.store, why)
        self.assertEqual((again, len(self.sent(said)), list(self.sent(said)[0]["answers"]), self.sent(said)[0]["sizes"]), (sheet, 1, ["int8"], {}))
        self.assertEqual(self.run_kept(*few)[1], [])

    def test_other_tuning(self):
        """Rows of two tunings are never mixed; nor of other images that calibrate."""
        few = ("--dtypes", "f32,int8", "--coders", "none", "-n", "8")
        self.run_kept(*few)
        _, said, meta, _ = self.run_kept(*few, "--batch", "8")
        self.assertEqual(([message["type"] for message in said], meta["from_store"]), (["plan", "plan", "ranges"] + ["sent"] * 8, "0"))
        _, said, meta, _ = self.run_kept(*few, "--batch", "4", "--threads", "1")
        self.assertEqual(meta["from_store"] == "8", not self.sent(said))
        self.assertEqual(self.run_kept(*few)[1], [])
        self.assertEqual(len(self.sent(self.run_kept(*few, "--calibrate", "6")[1])), 8)


if __name__ == "__main__":
    unittest.main()
