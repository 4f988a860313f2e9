#!/usr/bin/python3
"""isplit curve --from: the rows of a store or a CSV file, without network, images and worker.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_from.py [unittest options]
"""
import csv
import re
import shutil
import unittest

from test_frontend import engine, read, rows
from test_store import NETWORK, StoreTest, provenance


class From(StoreTest):
    """Without network, images and worker: the same bytes."""
    WAYS = ((), ("-n", "13"), ("-c", "cat,dog"), ("-c", "!cat", "-n", "9", "--seed", "5"), ("--shard", "2/3"),
            ("--subsets", "subsets"), ("-n", "30", "--shard", "4/7", "--chart"))

    def test_same_bytes(self):
        self.write("subsets", "pets = cat,dog\nothers = 2-3\n")
        for fake in ("", "--skip 2 3 --nonfinite 17 --ugly --zero-layer 2"):
            self.store = self.path("store%d.db" % len(fake))
            self.measure(fake=fake)
            archive = self.path("%d--images-csv.csv" % self.runs)
            for way in self.WAYS:
                options, names = self.files()
                wanted = self.isplit("curve", *NETWORK, "--no-store", *engine(fake), *options, *way)[0]
                for file in (archive, self.store):
                    with self.subTest(fake=fake, way=way, file=file):
                        options, got = self.files()
                        out = self.isplit("curve", "--from", file, *options, *way)[0]
                        self.assertEqual([read(name) for name in got], [read(name) for name in names])
                        self.assertEqual(out, wanted)
                        made, original = provenance(got[0]), provenance(names[0])
                        self.assertEqual(made["from"], file)
                        for key in ("cfg", "weights", "data", "cfg_xxh3", "weights_xxh3", "tuning", "batch", "threads",
                                    "layers", "reduce", "engine", "isa", "images", "accuracy", "state"):
                            self.assertEqual(made[key], original[key], key)

    def test_options_come_from_the_file(self):
        _, _, tables, _ = self.measure("--layers", "all", "--reduce", "sum", "--mean", "0.1,0.2,0.3", "--bgr")
        options, names = self.files()
        self.isplit("curve", "--from", self.store, *options)
        self.assertEqual([read(name) for name in names], tables)
        made = provenance(names[0])
        self.assertEqual((made["layers"], made["reduce"], made["bgr"], made["from_study"]), ("all", "sum", "1", "1"))
        self.assertEqual(made["mean"], "0.100000001,0.200000003,0.300000012")
        # What it wrote can be opened in turn.
        options, again = self.files()
        self.isplit("curve", "--from", names[1], *options)
        self.assertEqual([read(name) for name in again], tables)

    def test_precision_comes_from_the_file(self):
        self.measure("--precision", "bf16")
        out, _ = self.isplit("store", "ls", "--store", self.store, "--format", "table")
        self.assertIn("--precision bf16", out.decode())
        for file in (self.store, self.path("%d--images-csv.csv" % self.runs)):
            options, names = self.files()
            self.isplit("curve", "--from", file, *options)
            self.assertEqual(provenance(names[0])["precision"], "bf16")

    def test_until_stable(self):
        """Also where not all of the images were measured."""
        lost = "--skip %s --nonfinite %s" % (" ".join(map(str, range(0, 400, 9))), " ".join(map(str, range(4, 400, 9))))
        network = "--layers 18 --classes 10 --images 400 %s " % lost
        _, _, tables, said = self.measure("--until-stable", fake=network + "--delay 0.1")
        measured = self.made
        self.assertGreater(int(measured["images_undecodable"]), 2)
        self.assertGreater(int(measured["images_not_finite"]), 2)
        enough = str(int(measured["stable_after"]) + 40)
        self.assertLess(int(enough), 400)
        for more in ((), ("-n", enough)):
            self.store = self.path("rows%d.db" % len(more))
            self.measure(*more, fake=network)
            for file in (self.store, self.path("%d--images-csv.csv" % self.runs)):
                options, names = self.files()
                _, told = self.isplit("curve", "--from", file, "--until-stable", *options)
                self.assertEqual([read(name) for name in names], tables, file)
                self.assertIn(told, said)
                made = provenance(names[0])
                for key in measured:
                    if key.startswith(("images", "stable", "until", "state")):
                        self.assertEqual(made[key], measured[key], key)

    def test_lost_images_of_other_classes(self):
        """They do not stand for images of these classes that nobody has measured."""
        cats = "--skip %s" % " ".join(map(str, range(0, 40, 4)))
        self.measure("-n", "20", fake=cats)  # 5 of each class
        first = provenance(self.path("%d--images-csv.csv" % self.runs))
        self.assertEqual(len(first["undecodable_images"].split()), 5)
        self.isplit("store", "export", "-o", "x.csv", "--store", self.store)
        exported = provenance(self.path("x.csv"))
        self.assertEqual(sorted(exported["undecodable_images"].split()), sorted(first["undecodable_images"].split()))
        self.assertEqual(exported["state"], "incomplete")
        for file in (self.store, self.path("%d--images-csv.csv" % self.runs), "x.csv"):
            options, names = self.files()
            _, said = self.isplit("curve", "--from", file, "-c", "dog", *options)
            self.assertIn("has rows of 5 of these 10 images", said)
            made = provenance(names[1])
            self.assertEqual((made["state"], made["images_undecodable"], made["undecodable_images"]),
                             ("incomplete", "0", ""))
        self.measure("-c", "cat,dog", fake=cats)
        options, names = self.files()
        _, said = self.isplit("curve", "--from", self.store, "-c", "cat,dog", *options)
        self.assertEqual(said, "")
        made = provenance(names[0])
        self.assertEqual((made["state"], made["images_undecodable"]), ("complete", "10"))

    def test_not_all_rows(self):
        self.measure("-n", "10")
        for file in (self.store, self.path("1--images-csv.csv")):
            options, names = self.files()
            _, said = self.isplit("curve", "--from", file, *options)
            self.assertIn("warning: %s has rows of 10 of these 40 images" % file, said)
            self.assertEqual(provenance(names[0])["state"], "incomplete")
            _, said = self.isplit("curve", "--from", file, "-n", "10", *self.files()[0])
            self.assertEqual(said, "")

    def test_rows_beside_the_meta_of_others(self):
        """Images and layers fit, so nothing but the hash says that these are not the rows that are described."""
        self.measure("--mean", "0.1,0.2,0.3")
        self.measure(fake="--zero-layer 2")
        rows_csv, other = self.path("1--images-csv.csv"), self.path("2--images-csv.csv")
        shutil.copy(other, rows_csv)
        wrong = "isplit: %s: does not hold the rows that its .meta.csv was written with (edited since? then delete rows_xxh3 " \
                "there)\n" % rows_csv
        for command in (("curve", *self.files()[0]), ("plan", "-o", self.path("p.csv"))):
            self.assertEqual(self.isplit(command[0], "--from", rows_csv, *command[1:], expect=1)[1], wrong)
        options, names = self.files()  # sorted by a spreadsheet
        lines = read(other).splitlines()
        with open(other, "wb") as file:
            file.write(b"\r\n".join(lines[:1] + sorted(lines[1:])) + b"\r\n")
        self.assertEqual(self.isplit("curve", "--from", other, *options)[1], "")
        self.assertEqual(read(names[0]), read(self.path("2-o.csv")))
        cells = lines[-1].split(b",")
        with open(other, "wb") as file:  # edited by somebody, who
            file.write(b"\n".join([*lines[:-1], b",".join([*cells[:4], b"0.5", *cells[5:]])]) + b"\n")
        self.assertIn("delete rows_xxh3", self.isplit("curve", "--from", other, *self.files()[0], expect=1)[1])
        meta = read(other + ".meta.csv").decode()  # says so; or written by an earlier version
        self.write(other + ".meta.csv", re.sub("(?m)^rows_xxh3,[0-9a-f]{16}\n", "", meta))
        self.assertEqual(self.isplit("curve", "--from", other, *self.files()[0])[1], "")

    def test_refusals(self):
        self.measure("-c", "cat")
        rows_csv = self.path("1--images-csv.csv")
        cases = [(("--from", rows_csv, "-d", "x"), 2, "--data does not go with --from"),
                 (("--from", rows_csv, "--layers", "all"), 2, "--layers does not go with --from"),
                 (("--from", rows_csv, "a.cfg"), 2, "does not go with --from, whose file names network and data"),
                 (("--from", rows_csv, "-o", rows_csv), 2, "is the input"),
                 (("--from", rows_csv, "--study", "1"), 1, "is no store"),
                 (("--from", self.store, "--study", "2"), 1, "holds no study 2"),
                 (("--from", rows_csv, "-c", "dog"), 1, "holds no row of the chosen images"),
                 (("--from", rows_csv, "-c", "mouse"), 1, "unknown class 'mouse'"),
                 (("--from", self.path("1-o.csv")), 1, "1-o.csv.meta.csv: has no 'question'"),
                 (("--from", "nothing"), 1, "nothing: cannot open")]
        for arguments, status, part in cases:
            _, said = self.isplit("curve", *arguments, expect=status)
            self.assertIn(part, said)
            self.assertEqual(len(said.splitlines()), 1, said)


if __name__ == "__main__":
    unittest.main()
