#!/usr/bin/python3
"""--until-stable: what is measured, what is said of it, and that the result is that of -n with the same number.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_stable.py [unittest options]
"""
import csv
import os
import re
import unittest

from screen import ScreenTest, dump, eventually, fake
from test_frontend import FrontEnd, read, rows

NETWORK = "--layers 18 --classes 10 --images 400"
SAID = re.compile(r"isplit: stable at ([\d.]+) after (\d+) of (\d+) images: (best \S+ \(layer \d+\)|.*?) in ([\d.]+) % "
                  r"of (\d+) resamples\n")
TABLES = ("-o", "--images-csv", "--classes-csv")


def provenance(path):
    with open(path + ".meta.csv", encoding="utf-8", newline="") as file:
        return {row["key"]: row["value"] for row in csv.DictReader(file)}


class Measured(FrontEnd):
    def measure(self, name, *arguments, fake="", expect=0):
        """-> (what was said, the bytes of the three tables, how they were made)"""
        paths = [self.path(name + option.strip("-")) for option in TABLES]
        _, said = self.curve(*arguments, *(word for pair in zip(TABLES, paths) for word in pair),
                             fake="%s %s" % (NETWORK, fake), expect=expect)
        return said, [read(path) for path in paths], provenance(paths[0])

    def stable(self, name, *arguments, fake=""):
        """As measure, with the number of images in place of what was said."""
        said, tables, made = self.measure(name, *arguments, fake=fake)
        match = SAID.search(said)
        self.assertTrue(match, said)
        self.assertEqual(made["state"], "stable")
        self.assertEqual(made["stable"], "1")
        self.assertEqual((made["until_stable"], made["stable_after"], made["stable_of"]), match.groups()[:3])
        self.assertGreaterEqual(float(made["stable_share"]), float(made["until_share_asked"]))
        self.assertGreater(float(made["until_share_asked"]), float(match.group(1)))
        return int(match.group(2)), tables, made


class Batch(Measured):
    def test_stops_early_and_equals_n(self):
        images, tables, made = self.stable("a", "--until-stable")
        self.assertEqual((made["until_stable"], made["images_asked"], made["images"]), ("0.95", str(images), str(images)))
        self.assertLess(images, 400)
        self.assertGreaterEqual(images, 50)
        said, wanted, plain = self.measure("b", "-n", str(images))
        self.assertNotIn("stable", said)
        self.assertNotIn("until_stable", plain)
        self.assertEqual(tables, wanted)
        best = [row for row in rows(tables[0]) if float(row["pick_share"]) >= 0.95]
        self.assertEqual([row["local_max"] for row in best], ["1"])
        self.assertEqual(len(rows(tables[1])), images)

    def test_neither_order_nor_speed_decides(self):
        images, tables, _ = self.stable("a", "--until-stable")
        for i, way in enumerate(("--reverse", "--delay 2", "--delay 0.2")):
            self.assertEqual(self.stable("b%d" % i, "--until-stable", fake=way)[:2], (images, tables), way)

    def test_the_worker_is_stopped(self):
        """A worker that needs 20 ms an image would take 8 seconds for all."""
        _, _, made = self.stable("a", "--until-stable", fake="--delay 20")
        self.assertLess(int(made["stable_after"]), 100)

    def test_images_that_are_lost(self):
        lost = "--skip 3 4 399 --nonfinite 7"
        images, tables, made = self.stable("a", "--until-stable", "0.9", fake=lost)
        said, wanted, plain = self.measure("b", "-n", str(images), fake=lost)
        self.assertEqual(tables, wanted, said)
        for key in ("images_asked", "images", "images_undecodable", "images_not_finite", "accuracy"):
            self.assertEqual(made[key], plain[key], key)

    def test_too_few_images(self):
        said, tables, made = self.measure("a", "--until-stable", "-n", "40")
        self.assertRegex(said, r"isplit: not stable at 0.95 before all 40 images \(too few for a look before the last: it "
                               r"takes 5 of each class, 50 in all\); with the rows of all 40: best \S+ \(layer \d+\) in "
                               r"[\d.]+ % of 1000 resamples\n")
        self.assertEqual((made["state"], made["stable"], made["until_looks"]), ("complete", "0", "0 of 0"))
        self.assertNotIn("stable_after", made)
        self.assertEqual(tables, self.measure("b", "-n", "40")[1])

    def two_like_peaks(self, name, *arguments):
        """-> (rows in a file in which two layers are the best by turns, of how many images)"""
        path = self.path(name + "images-csv")
        _, tables, _ = self.measure(name, *arguments)
        table = rows(tables[1])
        for i, row in enumerate(table):
            row["L2"], row["L7"] = (str(10 + i * step % 13) for step in (5, 7))
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, table[0])
            writer.writeheader()
            writer.writerows(table)
        with open(path + ".meta.csv", encoding="utf-8") as file:
            meta = file.read()
        with open(path + ".meta.csv", "w", encoding="utf-8") as file:
            file.write(re.sub(r"(?m)^rows_xxh3,.*\n", "", meta))  # the rows are others now
        return path, len(table)

    def test_not_at_any_look(self):
        """The share in the end need not be lower than P, and there may be rows of some images only."""
        subsets = self.write("subsets", "one = airplane,ship\ntwo = *\n")
        for name, n in (("a", 400), ("b", 300), ("c", 60)):
            path, found = self.two_like_peaks(name, "-n", str(n))
            self.assertEqual(found, n)
            for more, best in (((), r"best block\w+ \(layer \d\)"), (("--subsets", subsets), "the best of each of 2 subsets")):
                out = self.path("x.csv")
                _, said = self.isplit("curve", "--from", path, "--until-stable", "-o", out, *more)
                done, of = provenance(out)["until_looks"].split(" of ")
                where = "before all 400" if n == 400 else "on %d of 400" % n
                others = "" if n == 400 else ", the others were not measured"
                looks = done if n == 400 or done == of else "%s of %s" % (done, of)
                asks = "the next of which asks" if "of" in looks else "the last of which asked"
                self.assertRegex(said, r"isplit: not stable at 0.95 %s images%s \(%s looks?, %s for 9[89]\.\d+ %%\); "
                                       r"with the rows of all %d: %s in [\d.]+ %% of 1000 resamples\n"
                                 % (where, others, looks, asks, n, best))

    def test_one_image_a_class(self):
        said, tables, _ = self.measure("a", "--until-stable", "-n", "10")
        self.assertRegex(said, r"not stable at 0.95 before all 10 images \(.*\): the spread of a class with one image")
        self.assertEqual({row["pick_share"] + row["candidate_share"] for row in rows(tables[0])}, {""})

    def test_subsets(self):
        path = self.write("subsets", "one = airplane,ship\ntwo = *\n")
        said, tables, made = self.measure("a", "--until-stable", "--subsets", path)
        match = SAID.search(said)
        self.assertEqual(match.group(4), "the best of each of 2 subsets", said)
        wanted = self.measure("b", "--subsets", path, "-n", made["stable_after"])[1]
        self.assertEqual(tables, wanted)

    def test_a_worker_that_dies_before(self):
        said, _, made = self.measure("a", "--until-stable", fake="--die-after 20", expect=3)
        self.assertNotIn("stable at", said)
        self.assertEqual((made["state"], made["stable"]), ("worker lost", "0"))

    def test_interrupted_before(self):
        said, _, made = self.measure("a", "--until-stable", fake="--delay 5 --interrupt-after 20", expect=130)
        self.assertNotIn("stable at", said)
        self.assertEqual(made["state"], "interrupted")

    def test_wrong_arguments(self):
        for word in ("0", "1", "-1", "95", "1e-400", "abc"):
            said = self.curve("--until-stable", word, expect=2)[1]
            self.assertRegex(said, r"^isplit: --until-stable '%s' \(expected a number between 0 and 1[^\n]*\n$" % word)


class Screen(ScreenTest):
    def test_ends_and_goes_on(self):
        t = self.terminal(*fake(NETWORK + " --delay 2"), "--until-stable")
        t.wait_for(r"stable at 0.95 after (\d+) of 400 images: best \S+ in [\d.]+ % of \d+ resamples")
        images = t.wait_for(r"stable (\d+)/400").group(1)
        t.press("7")
        t.wait_for(r"It is the best in [\d.]+ % of 1000 resamples")
        self.assertIn("from %s" % images, t.text())
        t.press("p")
        t.wait_for("the rest is measured, too")
        t.wait_for("measured 400/400")
        eventually(lambda: "from 400 images" in t.text())
        self.assertIn("from 400 images", t.text())

    def test_the_rows_of_the_batch_command(self):
        home = self.home()
        for way in ("", " --reverse", " --delay 1"):
            network = fake(NETWORK + way)
            self.curve(*network, "--until-stable", "-o", home.path("batch.csv"))
            home_of_run = self.home()
            t = self.terminal(*network, "--until-stable", home=home_of_run)
            t.wait_for(r"stable \d+/400")
            t.press("e")
            t.wait_for("^.*Export")
            t.press("Tab")
            t.wait_for("files begin with: ")
            t.press("Ctrl-U", home_of_run.path("x"), "Enter")
            t.wait_for("wrote 5 files")
            self.assertEqual(read(home_of_run.path("x-curve.csv")), read(home.path("batch.csv")), way)
            screen, batch = provenance(home_of_run.path("x-curve.csv")), provenance(home.path("batch.csv"))
            for key in ("state", "images_asked", "images", "until_stable", "stable_after", "stable_of", "stable_share"):
                self.assertEqual(screen[key], batch[key], key)
            t.quit()

    def test_frames_wait_for_the_shares(self):
        """--dump shows what comes after all work, the same every time."""
        frames = {dump((120, 40), [*fake(NETWORK + way), "--until-stable"], "2") for way in ("", " --delay 1")}
        self.assertEqual(len(frames), 1)
        frame = frames.pop()
        self.assertIn("pick %", frame)
        self.assertRegex(frame, r"block\d_\w+ .* 100 +\S*\S*\n")
        self.assertRegex(frame, r"stable \d+/400")

    def test_not_stable(self):
        frame = dump((100, 30), [*fake("--layers 18 --classes 10 --images 40"), "--until-stable"], "8")
        self.assertIn("not stable at 0.95 before all 40 images", frame)
        self.assertIn("measured 40/40", frame)

    def test_it_comes_to_rest(self):
        t = self.terminal(*fake(NETWORK), "--until-stable")
        t.wait_for(r"stable \d+/400")

        def ticks():
            with open("/proc/%d/stat" % t.pid, encoding="ascii", errors="replace") as file:
                return sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13]))
        shown = t.settled(calm=0.5)
        before = ticks()
        self.assertIsNone(t.changed(shown, timeout=2))
        self.assertLessEqual(ticks() - before, 1)


if __name__ == "__main__":
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    unittest.main()
