#!/usr/bin/python3
"""--look bf16 with --until-stable: what is measured in which precision, and that f32 has the last word.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_look.py [unittest options]
"""
import csv
import os
import re
import unittest

from test_frontend import FrontEnd, engine, read, rows
from test_precision import LETTERS, TOP, refusal
from test_stable import NETWORK, Measured, provenance

LOOK = ("--until-stable", "--look", "bf16")
CONFIRMED = re.compile(r"isplit: stable at 0.95 after (\d+) of 400 images: best (\S+) \(layer (\d+)\) in [\d.]+ % of \d+ "
                       r"resamples, in f32 by (\d+) of them in ([\d.]+) %\n")
REFUTED = re.compile(r"isplit: the pick by (\d+) images in bf16 is not confirmed by f32 on (\d+) of them \([\d.]+ % of \d+ "
                     r"resamples, 9\d\.\d+ % asked\): going on in f32\n")


class Look(Measured):
    def best(self, table):
        peaks = [row for row in rows(table) if row["local_max"] == "1"]
        return max(peaks, key=lambda row: float(row["cui"]))["layer"]

    def test_confirmed(self):
        """What is written is the curve in bf16 of the images that the looks took."""
        said, tables, made = self.measure("a", *LOOK)
        match = CONFIRMED.search(said)
        self.assertTrue(match, said)
        images, _, layer, few, share = match.groups()
        self.assertEqual((made["state"], made["precision"], made["look"], made["confirmed"]), ("stable", "bf16", "bf16", "1"))
        self.assertEqual((made["images"], made["confirmed_images"]), (images, few))
        self.assertAlmostEqual(float(made["confirmed_share"]), float(share) / 100, delta=1e-4)
        self.assertEqual(self.best(tables[0]), layer)
        self.assertEqual(tables, self.measure("b", "--precision", "bf16", "-n", images)[1])
        self.assertLess(int(few), int(images))

    def test_not_confirmed(self):
        """A layer that bf16 alone has higher than all others is picked by its looks, and given up; what follows is as if all
        had been measured in f32."""
        fake = "--raised 7 999"
        _, halves, _ = self.measure("a", "--until-stable", "--precision", "bf16", fake=fake)
        self.assertEqual(self.best(halves[0]), "7")
        said, tables, made = self.measure("b", *LOOK, fake=fake)
        match = REFUTED.search(said)
        self.assertTrue(match, said)
        self.assertEqual((made["precision"], made["look"], made["confirmed"]), ("f32", "bf16", "0"))
        after = int(made["stable_after"])
        self.assertGreater(after, int(match.group(1)))  # no second look at as many
        self.assertNotEqual(self.best(tables[0]), "7")
        self.assertEqual(tables, self.measure("c", "-n", str(after), fake=fake)[1])
        self.assertRegex(said, r"stable at 0.95 after %d of 400 images: best \S+ \(layer \d+\) in [\d.]+ %% of \d+ resamples\n"
                         % after)

    def test_each_lost_image_is_told_once(self):
        """Though it is read in both precisions."""
        first = [row["number"] for row in rows(self.measure("a", *LOOK)[1][1])[:3]]
        for more in "", " --raised 7 999":
            said, _, made = self.measure("b", *LOOK, fake="--skip %s %s --nonfinite %s%s" % (*first, more))
            self.assertEqual(made["confirmed"], "0" if more else "1")
            told = re.findall("warning: ([^:]*): (?:cannot be decoded|left out)", said)
            self.assertEqual((len(told), len(set(told))), (3, 3), said)

    def test_lost_in_f32_alone(self):
        """What a class's differences scatter by is not known from one of them."""
        class_0 = " ".join(str(image) for image in range(10, 400, 10))
        said, tables, made = self.measure("a", *LOOK, fake="--in f32 --skip " + class_0)
        self.assertRegex(said, r"is not confirmed by f32 on \d+ of them \(too few of a class\): going on in f32\n")
        self.assertEqual((made["precision"], made["confirmed"]), ("f32", "0"))
        self.assertNotIn("confirmed_share", made)

    def test_shares(self):
        """A share is confirmed by as many images as all are, of its own."""
        for share in "1/2", "2/2":
            said, _, made = self.measure("a", *LOOK, "--shard", share)
            self.assertEqual(made["confirmed"], "1", said)
            self.assertGreaterEqual(int(made["confirmed_images"]), 32)

    def test_subsets_are_all_confirmed(self):
        """Where one of several does not hold, f32 goes on for all."""
        path = self.write("subsets", "one = airplane,ship\ntwo = *\n")
        said, _, made = self.measure("a", *LOOK, "--subsets", path)
        self.assertIn(": the best of each of 2 subsets in ", said)
        self.assertEqual(made["confirmed"], "1")
        said, _, made = self.measure("b", *LOOK, "--subsets", path, fake="--raised 7 999")
        self.assertRegex(said, REFUTED)
        self.assertEqual((made["precision"], made["confirmed"]), ("f32", "0"))

    def test_rows_are_kept_in_both_precisions(self):
        runs, store = self.path("runs"), self.path("rows.db")
        network = ["a.cfg", "a.weights", "-d", "data", "--store", store, *engine("%s --runs '%s'" % (NETWORK, runs))]
        measured = []
        for _ in range(2):
            self.isplit("curve", *network, *LOOK, "-o", self.path("x.csv"))
            measured.append(len(read(runs).split()))
        made = provenance(self.path("x.csv"))
        self.assertEqual(made["from_store"], made["images"])
        self.assertGreaterEqual(measured[0], int(made["images"]) + int(made["confirmed_images"]))
        self.assertEqual(measured[1], measured[0])

    def test_interrupted_or_lost_in_the_confirmation(self):
        """The curve of the looks is written, and that it was not confirmed is said."""
        for fake, status, words in (("--interrupt-after 5", 130, "isplit: interrupted: the pick is not confirmed in f32\n"),
                                    ("--die-after 5", 3, "isplit: the pick is not confirmed in f32\n")):
            said, tables, made = self.measure("a", *LOOK, fake="--in f32 --delay 1 " + fake, expect=status)
            self.assertIn(words, said)
            self.assertRegex(said, r"stable at 0.95 after \d+ of 400 images: best \S+ \(layer \d+\) in [\d.]+ % of \d+ resamples\n")
            self.assertEqual((made["precision"], made["look"]), ("bf16", "bf16"))
            self.assertNotIn("confirmed", made)
            self.assertGreater(len(rows(tables[1])), 0)

    def test_never_stable(self):
        said, _, made = self.measure("a", *LOOK, "-n", "40")
        self.assertIn("not stable at 0.95 before all 40 images", said)
        self.assertEqual((made["precision"], made["look"]), ("bf16", "bf16"))
        self.assertNotIn("confirmed", made)

    def test_usage(self):
        for words, said in (((), "--look says how --until-stable looks, which is missing"),
                            (("--until-stable", "--precision", "bf16"), "--look confirms in f32: it does not go with --precision "
                             "bf16"),
                            (("--until-stable", "--tuning", "x"), "--look computes in two precisions, and --tuning FILE holds the "
                             "choices of one")):
            self.assertIn("isplit: " + said, self.curve("--look", "bf16", *words, expect=2)[1])
        self.assertIn("--look does not go with --from",
                      self.isplit("curve", "--from", "x", *LOOK, expect=2)[1])
        self.assertNotIn("look", self.measure("a", "--until-stable", "--look", "f32")[2])


@unittest.skipIf("(expected avx512_core_bf16" in (refusal() or ""), "this processor has no bfloat16")
class Real(FrontEnd):
    def test_a_subset_of_letters(self):
        """Which is stable after fewer than all letters."""
        network = [str(TOP / "cfg/letters-vgg16.cfg"), str(TOP / "weights/letters-vgg16.weights"), "-d", str(LETTERS)]
        out, wanted = self.path("a.csv"), self.path("b.csv")
        _, said = self.isplit("curve", *network, "--no-store", "-c", "A,B,C", "--until-stable", "0.8", *LOOK[1:], "-o", out)
        made = provenance(out)
        self.assertEqual((made["state"], made["confirmed"], made["precision"]), ("stable", "1", "bf16"), said)
        self.isplit("curve", *network, "--no-store", "-c", "A,B,C", "-o", wanted)

        def best(path):
            with open(path, encoding="utf-8") as file:
                return max((float(row["cui"]), row["layer"]) for row in csv.DictReader(file) if row["local_max"] == "1")[1]
        self.assertEqual(best(out), best(wanted))


if __name__ == "__main__":
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    unittest.main()
