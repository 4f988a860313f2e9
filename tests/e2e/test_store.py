#!/usr/bin/python3
"""Nothing is measured twice: what the batch commands recall from a store, what they keep whatever happens, `isplit
store`, shards, and --from. With a worker that makes its numbers up, and with the demo.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_store.py [unittest options]
"""
import csv
import os
import re
import resource
import shutil
import signal
import subprocess
import unittest

from screen import TOP, eventually
from test_frontend import FrontEnd, PROGRAM, TIMEOUT, engine, read, rows

NETWORK = ("a.cfg", "a.weights", "-d", "data")
TABLES = ("-o", "--images-csv", "--classes-csv")
LETTERS = os.path.join(TOP, "tests", "samples", "letters")


def provenance(path):
    with open(path + ".meta.csv", encoding="utf-8", newline="") as file:
        return {row["key"]: row["value"] for row in csv.DictReader(file)}


class StoreTest(FrontEnd):
    def setUp(self):
        super().setUp()
        self.store = self.path("kept/rows.db")
        self.runs = 0

    def files(self):
        """New names for the tables: a list of options, and the names."""
        self.runs += 1
        names = [self.path("%d%s.csv" % (self.runs, option)) for option in TABLES]
        return [word for pair in zip(TABLES, names) for word in pair], names

    def command(self, *arguments, fake=""):
        """-> (the command's words, the names of its tables)"""
        options, names = self.files()
        worker = engine("%s --requests requests" % fake)
        return ["curve", *NETWORK, "--store", self.store, *worker, *options, *arguments], names

    def measure(self, *arguments, fake="", expect=0):
        """-> (images measured, contents asked for, the bytes of the tables, what was said)"""
        self.forget_requests()
        words, names = self.command(*arguments, fake=fake)
        _, said = self.isplit(*words, expect=expect)
        self.made = provenance(names[0])
        return (*self.requests(), [read(name) for name in names], said)

    def forget_requests(self):
        with open(self.path("requests"), "w", encoding="ascii"):
            pass

    def requests(self):
        """Images that were to be measured, and contents asked for, since the last look."""
        with open(self.path("requests"), encoding="ascii") as file:
            lines = [line.split() for line in file]
        self.kinds = [line[0] for line in lines]
        return tuple(sum(int(line[1]) for line in lines if line[0] == kind) for kind in ("run", "hash"))

    def check(self, measured, *arguments, fake="", hashed=0, wanted=None):
        """A run measures just so many images, and its tables are those of a run without a store."""
        got = self.measure(*arguments, fake=fake)
        self.assertEqual(got[:2], (measured, hashed), got[3])
        options, names = self.files()
        fresh = [word for word in arguments if word not in ("--store", self.store)]
        _, said = self.isplit("curve", *NETWORK, "--no-store", *engine(fake), *options, *fresh)
        self.assertEqual(got[2], [read(name) for name in names])
        self.assertEqual(got[3], said)
        return got


class Recall(StoreTest):
    def test_second_run_measures_nothing(self):
        self.check(40)
        self.assertEqual((self.made["from_store"], self.made["plan"]), ("0", "00000000deadbeef"))
        first = self.made
        self.check(0)
        self.assertEqual(self.kinds, ["hello", "open", "images"])  # the network is not even prepared
        self.assertEqual(self.made.pop("from_store"), "40")
        for key in ("arguments", "time"):
            self.made[key] = first[key]
        self.assertEqual({**self.made, "from_store": "0"}, first)

    def test_subsets_and_more_images(self):
        self.check(10, "-n", "10")
        self.check(0, "-n", "7")
        self.check(8, "-n", "18", hashed=8)  # they might be known by other names
        self.check(4, "-c", "cat,dog", "-n", "14", hashed=4)  # 5 of each were measured
        self.assertEqual(self.made["from_store"], "10")
        self.check(40 - 18 - 4, hashed=40 - 18 - 4)
        self.check(0, "-c", "crane", "--seed", "3")

    def test_changed_touched_and_moved(self):
        self.check(40)
        self.check(2, fake="--changed 5 17", hashed=2)
        self.assertEqual(self.made["from_store"], "38")
        self.check(0, fake="--changed 5 17")
        self.check(0, hashed=2)  # the contents of before are still there
        self.check(0, fake="--place /moved", hashed=40)
        self.check(0, fake="--place /moved")

    def test_another_network_option_or_plan(self):
        self.check(40)
        self.check(40, fake="--weights 0123012301230123")
        self.check(40, "--reduce", "sum")
        self.check(40, "--mean", "0.5")
        self.check(40, "--layers", "all")
        self.check(0)
        # Rows of two plans are never mixed. The worker is asked for its plan where a row is missing.
        self.check(40, fake="--plan 0000000000000001 --changed 3", hashed=1)
        self.check(0, fake="--plan 0000000000000001 --changed 3")
        self.assertEqual(self.made["plan"], "0000000000000001")
        # Another precision or Darknet is another question, whatever the plan.
        self.check(40, "--precision", "bf16")
        self.check(0, "--precision", "bf16")
        self.check(40, fake="--darknet later")
        self.check(0, fake="--darknet later")
        self.check(40, "--threads", "3", fake="--plan 0000000000000002")
        self.check(0, "--threads", "3", fake="--plan 0000000000000002")

    def test_images_that_are_lost(self):
        lost = "--skip 3 4 39 --nonfinite 7"
        said = self.check(40, fake=lost)[3]
        self.assertEqual(said.count("cannot be decoded: bad huffman code"), 3)
        first = self.made
        self.assertEqual(self.check(0, fake=lost)[3], said)
        for key in ("images_asked", "images", "images_undecodable", "images_not_finite", "accuracy"):
            self.assertEqual(self.made[key], first[key], key)
        self.assertEqual(self.made["from_store"], "40")

    def test_many_that_are_lost(self):
        lost = "--skip %s" % " ".join(map(str, range(30)))
        said = self.check(40, fake=lost)[3]
        self.assertIn("and 10 more images like these", said)
        self.assertEqual(self.check(0, fake=lost)[3], said)

    def test_until_stable(self):
        network = "--layers 18 --classes 10 --images 400 --skip 5 9"
        _, _, tables, said = self.measure("--until-stable", fake=network)
        stable = int(self.made["stable_after"])
        self.assertLess(stable, 400)
        again = self.measure("--until-stable", fake=network)
        self.assertEqual(again[:3], (0, 0, tables))
        self.assertEqual(again[3], said)
        self.assertEqual((self.made["from_store"], self.made["plan"]), (str(stable), "00000000deadbeef"))
        self.assertNotIn("run", self.kinds)
        # Where every image is known, but not what this asks of it.
        self.store = self.path("known.db")
        self.measure("--reduce", "sum", fake=network)
        self.measure("--until-stable", fake=network)
        self.assertEqual(self.measure("--until-stable", fake=network)[:3], (0, 0, tables))
        self.assertNotIn("run", self.kinds)
        # Where another run measured some of them, and where that was all.
        self.store = self.path("some.db")
        self.measure("-n", "30", fake=network)
        got = self.measure("--until-stable", fake=network)
        self.assertEqual((got[2], got[3]), (tables, said))
        self.assertEqual(self.made["from_store"], "30")
        self.measure(fake=network)
        self.assertEqual(self.measure("--until-stable", fake=network)[::2], (0, tables))

    def test_interrupted(self):
        got = self.measure(fake="--interrupt-after 15 --delay 5", expect=130)
        kept = int(self.made["images"])
        self.assertGreaterEqual(kept, 15)
        self.assertIn("the results stand on %d of 40 images" % kept, got[3])
        self.check(40 - kept, hashed=40 - kept)
        self.assertEqual(self.made["from_store"], str(kept))

    def test_interrupted_while_hashing(self):
        self.check(40)
        words, _ = self.command(fake="--place /moved --slow 1")
        with subprocess.Popen([PROGRAM, *words], stderr=subprocess.PIPE, cwd=self.folder.name) as run:
            self.assertTrue(eventually(lambda: self.requests() and "hash" in self.kinds))
            run.send_signal(signal.SIGINT)
            said = run.communicate(timeout=TIMEOUT)[1].decode()
        self.assertEqual(run.returncode, 130, said)
        self.assertEqual(said, "isplit: interrupted: nothing was measured, nothing is written\n")

    def test_lost_worker_keeps_what_came(self):
        self.measure(fake="--die-after 12", expect=3)
        self.check(28, hashed=28)

    def test_no_store_and_the_default(self):
        cache = {"XDG_CACHE_HOME": self.path("cache")}
        self.isplit("curve", *NETWORK, *engine(), "--no-store", environment=cache)
        self.assertFalse(os.path.exists(self.path("cache")))
        self.isplit("curve", *NETWORK, *engine(), environment=cache)
        self.assertTrue(os.path.exists(self.path("cache/isplit/rows.db")))
        out, _ = self.isplit("store", "ls", environment=cache)
        self.assertIn("40 of 40", out.decode())

    def test_plan_file_is_always_looked_at(self):
        self.check(40, "--plan-file", "plan.json")
        self.check(0, "--plan-file", "plan.json")
        self.assertIn("run", self.kinds)


class Trouble(StoreTest):
    """A warning, and a complete run."""
    def complete(self, got, warning):
        measured, _, tables, said = got
        self.assertEqual(measured, 40)
        self.assertEqual(len(rows(tables[1])), 40)
        self.assertRegex(said, r"isplit: warning: [^\n]*%s" % warning)
        self.assertEqual(said.count("warning"), 1, said)

    def test_no_place(self):
        self.store = "/proc/nowhere/rows.db"
        self.complete(self.measure(), r"/proc/nowhere/rows.db: .*\(going on without stored rows\)")

    def test_a_folder(self):
        self.store = self.folder.name
        self.complete(self.measure(), re.escape(self.folder.name) + r".*\(going on without stored rows\)")

    def test_disk_full(self):
        """No file may grow beyond 60 KB: as where a disk is full."""
        words = ["curve", *NETWORK, "--store", self.store, *engine("--images 2000 --classes 4")]
        limit = 60 << 10

        def shrink_disk():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        run = subprocess.run([PROGRAM, *words], capture_output=True, cwd=self.folder.name, timeout=TIMEOUT, check=False,
                             preexec_fn=shrink_disk)
        said = run.stderr.decode()
        self.assertEqual(run.returncode, 0, said)
        self.assertIn("isplit: 2000 images, accuracy", said)
        self.assertRegex(said, r"isplit: warning: %s: .*\n" % re.escape(self.store))
        self.assertEqual(said.count("warning"), 1, said)
        self.assertEqual(rows(run.stdout)[0]["images"], "2000")

    def test_damaged(self):
        self.check(40)
        with open(self.store, "r+b") as file:
            file.seek(0)
            file.write(b"\xa5" * 4096)
        self.complete(self.measure(), r"rows\.db: .* put aside as ")
        self.assertTrue([name for name in os.listdir(self.path("kept")) if "damaged" in name])
        self.check(0)

    def test_no_store_of_ours(self):
        os.mkdir(self.path("kept"))
        with open(self.store, "w", encoding="ascii") as file:
            file.write("my only copy of something\n")
        got = self.measure()
        self.assertEqual(len(rows(got[2][1])), 40)
        self.assertIn("warning", got[3])
        texts = [read(self.path("kept/" + name)) for name in os.listdir(self.path("kept"))]
        self.assertIn(b"my only copy of something\n", texts)

    def test_killed(self):
        """At any moment: the store opens, and what was kept is not measured again."""
        for i, after in enumerate((1, 8, 20, 33)):
            with self.subTest(after=after):
                self.store = self.path("killed%d.db" % i)
                words, _ = self.command(fake="--delay 60 --interrupt-after %d --signal SIGKILL" % after)
                run = subprocess.run([PROGRAM, *words], cwd=self.folder.name, timeout=TIMEOUT, check=False,
                                     stderr=subprocess.DEVNULL)
                self.assertEqual(run.returncode, -signal.SIGKILL)
                if os.path.exists(self.store):
                    self.isplit("store", "verify", "--store", self.store)
                got = self.measure()
                self.assertLessEqual(40 - after, got[0])
                self.assertLessEqual(got[0], 40 - after + 17)  # at 60 ms each that many come in a second
                self.assertEqual(int(self.made["from_store"]), 40 - got[0])
                self.check(0)

    def test_two_at_once(self):
        words = [self.command(fake="--delay 10"), self.command(fake="--delay 10", *("--seed", "1"))]
        runs = [subprocess.Popen([PROGRAM, *command], cwd=self.folder.name, stderr=subprocess.PIPE)
                for command, _ in words]
        for run in runs:
            said = run.communicate(timeout=TIMEOUT)[1].decode()
            self.assertEqual((run.returncode, said), (0, ""))
        self.isplit("store", "verify", "--store", self.store)
        self.check(0)
        self.check(0, "--seed", "1")


class Keeper(StoreTest):
    """isplit store."""
    def keeper(self, *arguments, store=None, expect=0):
        out, said = self.isplit("store", *arguments, "--store", store or self.store, expect=expect)
        return out.decode(), said

    def test_ls(self):
        out, _ = self.isplit("store", "ls", environment={"XDG_CACHE_HOME": self.path("nothing")})
        self.assertEqual(len(out.decode().splitlines()), 1)
        self.measure()
        self.measure("--reduce", "sum", "--std", "0.5", "--layers", "clean", "--bgr", fake="--skip 3 --place /a\\ b")
        out, _ = self.keeper("ls")
        lines = out.splitlines()
        self.assertRegex(lines[0], r"^id +network +data +images +plan +changed +options$")
        self.assertRegex(lines[1], r"^1 +a\.cfg +/fake +40 of 40 +00000000deadbeef +20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertRegex(lines[2], r"^2 +a\.cfg +/a b +39 of 40, 1 lost +00000000deadbeef +\S+Z +"
                                   r"--layers clean --reduce sum --std 0.5,0.5,0.5 --bgr$")
        self.keeper("ls", "-o", self.path("ls.csv"))
        table = rows(read(self.path("ls.csv")))
        self.assertEqual([row["id"] for row in table], ["1", "2"])
        self.assertEqual((table[1]["measured"], table[1]["undecodable"], table[1]["images"]), ("39", "1", "40"))
        self.assertEqual(table[0]["weights_xxh3"], "fedcba9876543210")

    def test_rm(self):
        for way in ("mean", "sum"):
            self.measure("--reduce", way)
        self.measure("--tap", "pre")
        self.keeper("rm", "2")
        self.assertEqual(self.measure("--reduce", "mean")[0], 0)
        self.assertEqual(self.measure("--reduce", "sum")[0], 40)
        _, said = self.keeper("rm", "1", "77", expect=1)
        self.assertIn("holds no study '77'", said)
        self.assertEqual(self.measure("--reduce", "mean")[0], 0)
        self.keeper("rm", "--all")
        self.assertEqual(len(self.keeper("ls")[0].splitlines()), 1)
        self.assertEqual(self.measure()[0], 40)

    def test_wrong_usage(self):
        self.measure()
        cases = [((), "too few arguments"), (("lss",), "one of: ls, verify, rm, merge, export"),
                 (("rm",), "numbers of studies"), (("rm", "1", "--all"), "or --all"),
                 (("merge",), "needs the stores"), (("ls", "x"), "too many"),
                 (("export",), "-o FILE"), (("export", "x", "-o", "y"), "the number of a study"),
                 (("merge", self.store), "into itself"), (("merge", "x", "-o", "y"), "-o is for"),
                 (("export", "--all", "-o", "y"), "--all is for"), (("export", "-o", self.store), "is the input")]
        for arguments, part in cases:
            _, said = self.keeper(*arguments, expect=2)
            self.assertIn(part, said)
            self.assertEqual(len(said.splitlines()), 1, said)
        self.assertEqual(self.measure()[0], 0)

    def test_what_is_not_there(self):
        missing = self.path("missing.db")
        for arguments in (("ls",), ("verify",), ("rm", "1"), ("rm", "--all"), ("export", "-o", "x")):
            _, said = self.keeper(*arguments, store=missing, expect=1)
            self.assertIn("missing.db: ", said)
            self.assertFalse(os.path.exists(missing))
        self.measure()
        _, said = self.keeper("merge", missing, expect=1)
        self.assertIn("missing.db: ", said)
        _, said = self.keeper("export", "9", "-o", "x", expect=1)
        self.assertIn("holds no study 9 (there is 1 (a.cfg on /fake", said)

    def test_verify_finds_damage(self):
        self.measure(fake="--images 2000")
        self.keeper("verify")
        with open(self.store, "r+b") as file:
            for place in range(3 * 4096, os.path.getsize(self.store) - 4096, 4096):
                file.seek(place + 100)
                file.write(b"\xa5" * 60)
        _, said = self.keeper("verify", expect=1)
        self.assertGreaterEqual(len(said.splitlines()), 1)
        self.assertTrue(read(self.store))

    def test_export_and_from(self):
        _, _, tables, _ = self.measure()
        self.measure("--reduce", "sum")
        _, said = self.keeper("export", "-o", "x.csv", expect=1)
        self.assertIn("holds 2 studies; choose one", said)
        self.keeper("export", "1", "-o", "x.csv")
        self.assertEqual(read(self.path("x.csv")), tables[1])
        options, names = self.files()
        self.isplit("curve", "--from", "x.csv", *options)
        self.assertEqual([read(name) for name in names], tables)


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
                        for key in ("cfg", "weights", "data", "cfg_xxh3", "weights_xxh3", "plan", "batch", "threads",
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
        out, _ = self.isplit("store", "ls", "--store", self.store)
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

    def test_refusals(self):
        self.measure("-c", "cat")
        rows_csv = self.path("1--images-csv.csv")
        cases = [(("--from", rows_csv, "-d", "x"), 2, "--data does not go with --from"),
                 (("--from", rows_csv, "--layers", "all"), 2, "--layers does not go with --from"),
                 (("--from", rows_csv, "a.cfg"), 2, "--from needs no network"),
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


class Shards(StoreTest):
    def shards(self, n, fake="", *more):
        stores = [self.path("shard%d.db" % i) for i in range(1, n + 1)]
        counts = []
        for i, store in enumerate(stores):
            self.store = store
            counts.append(self.measure("--shard", "%d/%d" % (i + 1, n), *more, fake=fake)[0])
            self.assertEqual(self.made["shard"], "%d/%d" % (i + 1, n))
        return stores, counts

    def test_joined_they_are_the_whole(self):
        lost = "--skip 3 4 --nonfinite 7"
        _, _, tables, _ = self.measure(fake=lost)
        stores, counts = self.shards(3, lost)
        self.assertEqual(counts, [14, 13, 13])
        joined = self.path("all.db")
        self.isplit("store", "merge", *stores, "--store", joined)
        options, names = self.files()
        self.isplit("curve", "--from", joined, *options)
        self.assertEqual([read(name) for name in names], tables)
        self.isplit("store", "verify", "--store", joined)
        self.store = joined
        self.check(0, fake=lost)
        # Once more changes nothing.
        _, said = self.isplit("store", "merge", *stores, "--store", joined)
        self.assertEqual(said.count(" 0 new rows"), 3, said)

    def test_of_the_first_images(self):
        stores, counts = self.shards(4, "", "-n", "10")
        self.assertEqual(counts, [3, 3, 2, 2])
        self.assertEqual(len(stores), 4)
        words, _ = self.command("--shard", "3/3", "-n", "2")
        _, said = self.isplit(*words, expect=1)
        self.assertIn("no image is left for share 3 of 2 images in 3 shares", said)

    def test_different_plans_are_refused(self):
        self.store = self.path("one.db")
        self.measure("--shard", "1/2")
        before = read(self.store)
        self.store = self.path("two.db")
        self.measure("--shard", "2/2", fake="--plan 0000000000000001")
        _, said = self.isplit("store", "merge", "two.db", "--store", "one.db", expect=1)
        self.assertEqual(len(said.splitlines()), 1)
        for word in ("plan", "0000000000000001", "00000000deadbeef", "two.db"):
            self.assertIn(word, said)
        self.assertEqual(read(self.path("one.db")), before)
        self.assertIn("20 of 40", self.isplit("store", "ls", "--store", "one.db")[0].decode())


class Demo(StoreTest):
    """The real worker, on copies of some of the demo's letters."""
    def setUp(self):
        super().setUp()
        self.copy_letters("letters")

    def copy_letters(self, name):
        for letter in "ABCJ":
            source = os.path.join(LETTERS, letter)
            os.makedirs(self.path("%s/%s" % (name, letter)))
            for image in sorted(os.listdir(source))[:10]:
                shutil.copyfile(os.path.join(source, image), self.path("%s/%s/%s" % (name, letter, image)))

    def demo(self, *arguments, data="letters", store=None):
        options, made = self.files()
        self.isplit("curve", os.path.join(TOP, "cfg", "letters-vgg16.cfg"),
                    os.path.join(TOP, "weights", "letters-vgg16.weights"), "-d", data, "--labels",
                    os.path.join(TOP, "cfg", "letters.labels"), "--store", store or self.store, *options, *arguments)
        self.made = provenance(made[0])
        return [read(name) for name in made]

    def test_files_that_change(self):
        tables = self.demo()
        self.assertEqual((self.made["images"], self.made["from_store"]), ("40", "0"))
        self.assertEqual(self.demo(), tables)
        self.assertEqual(self.made["from_store"], "40")
        self.assertGreater(int(self.made["batch"]), 0)  # known without asking
        for where, _, images in os.walk(self.path("letters")):
            for image in images:
                os.utime(os.path.join(where, image), ns=(1, 1))
        self.assertEqual(self.demo(), tables)
        self.assertEqual(self.made["from_store"], "40")
        self.copy_letters("copy")
        self.assertEqual(self.demo(data="copy"), tables)
        self.assertEqual(self.made["from_store"], "40")
        changed = sorted(os.listdir(self.path("letters/A")))[0]
        other = sorted(os.listdir(os.path.join(LETTERS, "A")))[20]
        shutil.copyfile(os.path.join(LETTERS, "A", other), self.path("letters/A/" + changed))
        self.assertNotEqual(self.demo()[0], tables[0])
        self.assertEqual(self.made["from_store"], "39")
        fresh = self.demo(store="fresh.db")
        self.assertEqual(self.made["from_store"], "0")
        self.assertEqual(self.demo(), fresh)

    def test_shards_with_one_plan_file(self):
        plan = ("--plan-file", "plan.json")
        tables = self.demo(*plan, store="whole.db")
        for i in (1, 2, 3):
            self.demo(*plan, "--shard", "%d/3" % i, store="shard%d.db" % i)
        self.isplit("store", "merge", "shard1.db", "shard2.db", "shard3.db", "--store", "all.db")
        options, names = self.files()
        self.isplit("curve", "--from", "all.db", *options)
        self.assertEqual([read(name) for name in names], tables)


if __name__ == "__main__":
    unittest.main()
