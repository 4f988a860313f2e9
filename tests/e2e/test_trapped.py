#!/usr/bin/python3
"""Trapped energy through the real program: the column and what it stands on, the same bytes again, what is refused, and
what remains when it ends early. (tests/reference/test_trapped.py has the numbers.)

Run from the top of the repository, after `make`:  python3 tests/e2e/test_trapped.py [unittest options]
"""
import os
import shutil
import signal
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.append(os.path.join(TOP, "tests", "reference"))  # which has a test_features, too
from running import Running  # pylint: disable=wrong-import-position
from screen import ScreenTest, children, dump, fake, kill_worker  # pylint: disable=wrong-import-position
from split_worker import ENGINE, Worker  # pylint: disable=wrong-import-position
from test_errors import GOOD, GOOD_FLOATS, HEADER, png, weights  # pylint: disable=wrong-import-position
from test_features import LETTERS, MEDDLING, RESNET, VGG, table  # pylint: disable=wrong-import-position
from drawing import drawn_images  # pylint: disable=wrong-import-position
from wrapper import wrapped  # pylint: disable=wrong-import-position

# Of the first layer's eigenvalues, does to the message what it is told.
LYING = """
    if words[0] and message["type"] == "trapped":
        exec(words[0])
        words[0] = ""
        line = json.dumps(message).encode() + b"\\n"
"""
QUICK = "--layers 18 --classes 10 --images 100"


def content(path):
    with open(path, "rb") as file:
        return file.read()


class Trapped(Running):
    SHEET = "curve.csv"

    def curve(self, *arguments, expect=0):
        """(rows, provenance, what was said on standard error)"""
        said, why = self.run_program("curve", *arguments, "--no-store", "-o", self.out, expect=expect)
        self.assertEqual(said, "")
        meta = {row["key"]: row["value"] for row in table(self.out + ".meta.csv")}
        return table(self.out), meta, why

    def nats(self, *arguments, expect=0):
        return [row["trapped_nats"] for row in self.curve(*arguments, "--trapped", expect=expect)[0]]

    def few(self, classes=10, each=3):
        """Some of the letters, for what holds of however many images: -d, data"""
        folder = os.path.join(self.folder, "few")
        for name in sorted(os.listdir(LETTERS[1]))[:classes]:
            os.makedirs(os.path.join(folder, name))
            for file in sorted(os.listdir(os.path.join(LETTERS[1], name)))[:each]:
                os.symlink(os.path.join(LETTERS[1], name, file), os.path.join(folder, name, file))
        return "-d", folder

    def small(self, cfg=GOOD, floats=GOOD_FLOATS, value=0.1, images=6):
        """A small network of two classes with grey images: (cfg, weights, -d, data)"""
        files = [os.path.join(self.folder, name) for name in ("net.cfg", "net.weights", "data")]
        with open(files[0], "w", encoding="ascii") as file:
            file.write(cfg)
        with open(files[1], "wb") as file:
            file.write(weights(floats, value, HEADER))
        shutil.rmtree(files[2], ignore_errors=True)
        for name in ("a", "b"):
            os.makedirs(os.path.join(files[2], name))
        for i in range(images):
            with open(os.path.join(files[2], "ab"[i % 2], "%d.png" % i), "wb") as file:
                file.write(png(4, 4, (30 + 20 * i) % 256))
        return files[0], files[1], "-d", files[2]


class Measured(Trapped):
    def test_column(self):
        """A curve as without it, one more column, and what that stands on."""
        plain, without, _ = self.curve(*VGG, *LETTERS)
        rows, meta, why = self.curve(*VGG, *LETTERS, "--trapped")
        self.assertEqual([list(row.items())[:-1] for row in rows], [list(row.items()) for row in plain])
        self.assertEqual(list(rows[0])[-1], "trapped_nats")
        self.assertTrue(all(float(row["trapped_nats"]) >= 0 for row in rows))
        self.assertGreater(float(rows[0]["trapped_nats"]), 1e3 * float(rows[-1]["trapped_nats"]))
        self.assertEqual({key: meta.get(key) for key in ("trapped_bottleneck", "trapped_images", "trapped_draws", "seed")},
                         {"trapped_bottleneck": "ratio", "trapped_images": "300", "trapped_draws": "2", "seed": "0"})
        self.assertFalse([key for key in without if key.startswith("trapped")])
        self.assertEqual((meta["tuning"], why), (without["tuning"], ""))

    def test_same_bytes(self):
        """The seed and the code decide, neither the classes nor how many images are measured nor the batch of them."""
        few = self.few()
        first = self.nats(*VGG, *few, "--exact")
        text = content(self.out)
        self.assertEqual((self.nats(*VGG, *few, "--exact"), content(self.out)), (first, text))
        self.assertEqual(self.nats(*VGG, *few, "--exact", "-c", "C,D", "-n", "20"), first)
        self.assertNotEqual(self.nats(*VGG, *few, "--exact", "--seed", "1"), first)
        self.assertNotEqual(self.nats(*VGG, *few, "--exact", "--bottleneck", "floats:64"), first)
        self.assertEqual(self.nats(*VGG, *few, "--exact", "--bottleneck", "ratio"), first)

    def test_cuts_that_are_not_clean(self):
        """They have an empty cell, as do what comes after the scores."""
        few = self.few()
        rows, _, _ = self.curve(*RESNET, *few, "-n", "10", "--layers", "all", "--trapped")
        clean = {row["layer"] for row in self.curve(*RESNET, *few, "-n", "10", "--layers", "clean")[0]}
        self.assertEqual({row["layer"] for row in rows if row["trapped_nats"]}, clean)

    def test_subsets_and_chart(self):
        """One measurement for all curves; the chart has no column for it."""
        few = self.few()
        subsets = os.path.join(self.folder, "subsets")
        with open(subsets, "w", encoding="ascii") as file:
            file.write("first = A,B\nlast = I,J\n")
        rows = self.curve(*VGG, *few, "-n", "20", "--subsets", subsets, "--trapped")[0]
        by = [[row["trapped_nats"] for row in rows if row["subset"] == name] for name in ("first", "last")]
        self.assertEqual(by[0], by[1])
        self.assertTrue(all(by[0]))

    def test_unlabelled(self):
        """It needs no labels."""
        flat = os.path.join(self.folder, "flat")
        os.makedirs(flat)
        for name in sorted(os.listdir(LETTERS[1]))[:3]:
            for file in sorted(os.listdir(os.path.join(LETTERS[1], name)))[:4]:
                shutil.copy(os.path.join(LETTERS[1], name, file), os.path.join(flat, name + file))
        rows, meta, _ = self.curve(*VGG, "-d", flat, "--score", "top", "--trapped")
        self.assertEqual(meta["trapped_images"], "12")
        self.assertTrue(all(row["trapped_nats"] for row in rows))

    def test_one_image(self):
        """Nothing varies where a tensor has one patch, so nothing can be lost there."""
        rows = self.curve(*self.small(images=1), "--layers", "all", "--trapped")[0]
        self.assertEqual([row["trapped_nats"] for row in rows], ["0", "0", ""])

    def test_floats_beyond_the_tensor(self):
        self.assertEqual(self.nats(*self.small(), "--bottleneck", "floats:1000"), ["0"])

    def test_images_left_out(self):
        """Told once, as when they are measured; the energy stands on the others."""
        arguments = self.small()
        with open(os.path.join(arguments[3], "a", "0.png"), "wb") as file:
            file.write(b"no picture")
        rows, meta, why = self.curve(*arguments, "--trapped")
        self.assertEqual((meta["trapped_images"], why.count("0.png")), ("5", 1))
        self.assertTrue(rows[0]["trapped_nats"])


class Refused(Trapped):
    def refused(self, pattern, *arguments, status=1):
        """One line that says why; what was measured of the curve is there, without the column's numbers."""
        rows, meta, why = self.curve(*arguments, "--trapped", expect=status)
        self.assertRegex(why, r"\Aisplit: [^\n]*%s[^\n]*\n\Z" % pattern)
        self.assertEqual({row["trapped_nats"] for row in rows}, {""})
        self.assertNotIn("trapped_images", meta)
        self.assertTrue(all(row["cui"] for row in rows))

    def usage(self, pattern, *arguments):
        said, why = self.run_program("curve", *arguments, "-o", self.out, expect=2)
        self.assertRegex(why, pattern)
        self.assertFalse(said or os.path.exists(self.out))

    def test_usage(self):
        self.usage(r"--bottleneck 'floats:0' is not a bottleneck \(expected ratio, or floats:N",
                   *VGG, *LETTERS, "--trapped", "--bottleneck", "floats:0")
        self.usage("--bottleneck says what --trapped is of", *VGG, *LETTERS, "--bottleneck", "ratio")
        self.usage("--trapped does not go with --from", "--from", "rows.db", "--trapped")

    def test_one_class(self):
        arguments = self.small(GOOD.replace("output=2", "output=1"), 2 + 2 * 9 + 1 + 32)
        shutil.rmtree(os.path.join(arguments[3], "b"))
        self.refused("net.cfg: trapped energy needs two classes or more: a network with one is always certain", *arguments)

    def test_no_memory(self):
        """What it needs beside the network is known before it is loaded."""
        self.refused("memory", *VGG, *LETTERS, "-n", "10", "--memory", "60M")

    def test_all_images_overflow(self):
        said, why = self.run_program("curve", *self.small(value=3e38), "--no-store", "--trapped", "-o", self.out, expect=1)
        self.assertRegex(why, "none of 6 images could be measured")
        self.assertEqual(said, "")

    def test_none_can_be_used(self):
        """The 300 that are drawn are others than those that are measured."""
        arguments = self.small(images=400)
        for i in range(1, 400):
            with open(os.path.join(arguments[3], "ab"[i % 2], "%d.png" % i), "wb") as file:
                file.write(b"no picture")
        seed = next(seed for seed in range(100) if 0 not in drawn_images(400, seed))
        rows, _, why = self.curve(*arguments, "--trapped", "--seed", str(seed), expect=1)
        self.assertIn("isplit: trapped energy: none of 300 images can be used\n", why)
        self.assertEqual((rows[0]["images"], rows[0]["trapped_nats"]), ("1", ""))

    def test_killed(self):
        engine = wrapped(self.folder, MEDDLING, ENGINE, "trapped energy", "kill")
        self.refused("worker", *VGG, *LETTERS, "-n", "10", *engine, status=3)

    def test_interrupted(self):
        engine = wrapped(self.folder, MEDDLING, ENGINE, "trapped energy", "interrupt")
        self.refused("interrupted", *VGG, *LETTERS, "-n", "10", "--batch", "4", *engine, status=130)

    def test_lies(self):
        small = self.small()
        for how in ("message['layer'] = 4000", "message['layer'] += 1", "message['lambda'] = [1, 2]", "message['lambda'] = [-1]",
                    "message['lambda'] = [0] * 100000"):
            with self.subTest(how):
                engine = wrapped(self.folder, LYING, ENGINE, how)
                self.refused("lost the worker: ", *small, *engine, status=3)


class Requests(Trapped):
    """What isplit itself never asks for."""

    def ask(self, **changes):
        cfg, binary, _, data = self.small()
        request = {"type": "trapped", "layers": [0], "images": [0, 1], "floats": 0, "seed": 0, "batch": 0, "threads": 1,
                   "exact": True, "memory": 0, "fit": "crop", "mean": [0, 0, 0], "std": [1, 1, 1], "scale": 1, "bgr": False}
        with Worker(cfg, binary) as worker:
            worker.ask({"type": "images", "data": data, "split": None, "labels": None, "probe": False}, "dataset")
            return worker.ask({**request, **changes}, "done")

    def test_bad_requests(self):
        for changes, word in (({"layers": [7]}, "no layer 7"), ({"layers": [2]}, "clean cut"), ({"images": [0, 9]}, "no image 9"),
                              ({"images": [1, 1]}, "asked for twice"), ({"images": []}, "at least one image"),
                              ({"floats": -1}, "floats"), ({"seed": -1}, "seed")):
            with self.subTest(word):
                answer = self.ask(**changes)
                self.assertEqual(answer["type"], "error", answer)
                self.assertIn(word, answer["text"])


class Screen(ScreenTest):
    """With a worker without a network, whose eigenvalues are known."""
    DRAWN = "trapped energy, -log10"

    def test_shown_and_back(self):
        t = self.terminal(*fake(QUICK))
        t.wait_for("measured 100/100")
        t.press("T")
        t.wait_for("trapped +[0-9.]+ +nats")
        t.wait_for(self.DRAWN)
        self.assertEqual(t.settled(), dump((100, 30), fake(QUICK), "T"))
        t.press("T")
        t.wait_for("the CUI curve")
        self.assertNotIn(self.DRAWN, t.settled())

    def test_nats(self):
        """sum of 0.9^j from r = 16 to 199, times u / 2 = 3136 / 2, at the first layer, 64x224x224."""
        expected = 3136 / 2 * (.9 ** 16 - .9 ** 200) / .1
        self.assertIn("trapped %.4g" % expected, dump((100, 30), fake(QUICK), "T"))

    def test_wanted_while_measuring(self):
        """It waits for the images, and for those that are measured after it was begun in a pause."""
        t = self.terminal(*fake(QUICK + " --delay 30"))
        t.wait_for(r"measuring [1-9]\d?/100")
        t.press("T")
        t.wait_for("trapped energy is measured after the images, or in a pause")
        t.press("p")
        t.wait_for("trapped energy is being measured")
        t.press("p")
        t.wait_for("measured 100/100")
        t.wait_for("trapped +[0-9.]+ +nats")
        self.assertEqual(t.quit(), 0)

    def test_refused(self):
        """The study goes on without it."""
        t = self.terminal(*fake(QUICK + " --refuse trapped"))
        t.wait_for("measured 100/100")
        t.press("T")
        t.wait_for("unknown key 'filtres'")
        t.wait_for("trapped energy is not measured")
        t.press("T", "3", "Space")
        t.wait_for("all but cat")
        self.assertEqual(t.quit(), 0)

    def test_killed(self):
        t = self.terminal(*fake(QUICK + " --delay 50"))
        t.wait_for("measured 100/100")
        t.press("T")
        t.wait_for("trapped energy is being measured")
        kill_worker(t)
        t.wait_for("it is started again")
        t.press("8")
        t.wait_for("the worker runs again")
        t.press("1")
        t.press("T", "T")
        t.wait_for("trapped +[0-9.]+ +nats")
        self.assertEqual(t.quit(), 0)

    def test_exported(self):
        """The curve that is exported has the column, as that of the command has it, and the figure shows it."""
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        t = self.terminal(*fake(QUICK), "--bottleneck", "floats:512", cwd=folder)
        t.wait_for("measured 100/100")
        t.press("T")
        t.wait_for("trapped +[0-9.e-]+ +nats")
        t.press("e")
        t.wait_for("Export: ")
        t.press("Enter")
        t.wait_for("wrote 5 files")
        rows = table(os.path.join(folder, "a-curve.csv"))
        meta = {row["key"]: row["value"] for row in table(os.path.join(folder, "a-curve.csv.meta.csv"))}
        self.assertAlmostEqual(float(rows[0]["trapped_nats"]) / (16 / 2 * (.9 ** 32 - .9 ** 200) / .1), 1, places=6)
        self.assertEqual((meta["trapped_bottleneck"], meta["trapped_images"]), ("floats:512", "100"))
        self.assertIn("Trapped energy", content(os.path.join(folder, "a-figure.svg")).decode())


if __name__ == "__main__":
    unittest.main()
