#!/usr/bin/python3
"""Nothing is measured twice: what the batch commands recall from a store, what they keep whatever happens, `isplit
store`, shards, and --from. With a worker that makes its numbers up, and with the demo.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_store.py [unittest options]
"""
import csv
import io
import json
import os
import re
import resource
import shutil
import signal
import sqlite3
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
        os.mkdir(self.path("kept"))
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
        self.assertEqual((self.made["from_store"], self.made["tuning"]), ("0", "00000000deadbeef"))
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
        self.assertEqual(self.made["tuning"], "0000000000000001")
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
        self.assertEqual(self.made["from_store"], "36")  # rows

    def test_many_that_are_lost(self):
        lost = "--skip %s" % " ".join(map(str, range(30)))
        said = self.check(40, fake=lost)[3]
        self.assertIn("and 10 more images like these", said)
        self.assertEqual(self.check(0, fake=lost)[3], said)

    def test_until_stable(self):
        network = "--layers 18 --classes 10 --images 400 --skip 5 9"
        _, _, tables, said = self.measure("--until-stable", fake=network)
        # What was under way beyond the point when it was found may warn, or not.
        verdict = said.splitlines()[-1]
        stable = int(self.made["stable_after"])
        self.assertLess(stable, 400)
        again = self.measure("--until-stable", fake=network)
        self.assertEqual(again[:3], (0, 0, tables))
        self.assertEqual(again[3].splitlines()[-1], verdict)
        self.assertEqual((self.made["from_store"], self.made["tuning"]), (str(stable), "00000000deadbeef"))
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
        self.assertEqual((got[2], got[3].splitlines()[-1]), (tables, verdict))
        self.assertEqual(self.made["from_store"], "30")
        self.measure(fake=network)
        self.assertEqual(self.measure("--until-stable", fake=network)[::2], (0, tables))

    def test_interrupted(self):
        got = self.measure(fake="--interrupt-after 15 --delay 5", expect=130)
        kept = int(self.made["images"])
        self.assertGreaterEqual(kept, 15)
        self.assertIn("the results are based on %d of 40 images" % kept, got[3])
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
        out, _ = self.isplit("store", "ls", "--format", "table", environment=cache)
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
        out, said = self.isplit("curve", *NETWORK, *engine(), environment={"XDG_CACHE_HOME": "/proc/nowhere"})
        self.assertEqual(len(rows(out)), 4)
        self.assertRegex(said, r"warning: /proc/nowhere/isplit/rows.db: .*\(continuing without stored rows\)\n")

    def test_a_folder_that_is_not_there(self):
        """A name that was mistyped: nothing is measured, and no folder is made."""
        self.store = self.path("typo/more/rows.db")
        with open(self.path("requests"), "w", encoding="ascii"):
            pass
        words, _ = self.command()
        for arguments in (words, [*NETWORK, "--store", self.store, *engine(), "--dump", "80x24"],
                          ["store", "merge", self.store + "x", "--store", self.store]):
            _, said = self.isplit(*arguments, expect=1)
            self.assertEqual(said, "isplit: %s: cannot be made in the folder %s: No such file or directory\n" %
                             (self.store, os.path.dirname(self.store)))
        self.assertEqual(read(self.path("requests")), b"")
        self.assertFalse(os.path.exists(self.path("typo")))

    def test_a_folder(self):
        self.store = self.folder.name
        self.complete(self.measure(), re.escape(self.folder.name) + r".*\(continuing without stored rows\)")

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
        out, _ = self.isplit("store", "ls", "--format", "table", environment={"XDG_CACHE_HOME": self.path("nothing")})
        self.assertEqual(len(out.decode().splitlines()), 1)
        self.measure()
        self.measure("--reduce", "sum", "--std", "0.5", "--layers", "clean", "--bgr", fake="--skip 3 --place /a\\ b")
        out, _ = self.keeper("ls", "--format", "table")
        lines = out.splitlines()
        self.assertRegex(lines[0], r"^id +network +data +images +tuning +changed +options$")
        plan = "00000000deadbeef, batch 4, 1 thread"
        self.assertRegex(lines[1], r"^1 +a\.cfg +/fake +40 of 40 +%s +20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$" % plan)
        self.assertRegex(lines[2], r"^2 +a\.cfg +/a b +39 of 40, 1 lost +%s +\S+Z +"
                                   r"--layers clean --reduce sum --std 0.5,0.5,0.5 --bgr$" % plan)
        self.keeper("ls", "-o", self.path("ls.csv"))
        table = rows(read(self.path("ls.csv")))
        self.assertEqual([row["id"] for row in table], ["1", "2"])
        self.assertEqual((table[1]["measured"], table[1]["undecodable"], table[1]["images"]), ("39", "1", "40"))
        self.assertEqual(table[0]["weights_xxh3"], "fedcba9876543210")
        self.assertEqual((table[0]["batch"], table[0]["threads"]), ("4", "1"))

    def test_studies_can_be_told_apart(self):
        """By what makes them differ, in the list and where one has to be chosen."""
        self.measure("-n", "10")
        self.measure("--exact", "--batch", "4", "--threads", "3", "--memory", "1G",
                     fake="--plan 0000000000000001")
        self.measure(fake="--plan 0000000000000002 --changed 1")
        self.measure(fake="--weights 0123012301230123")
        out, _ = self.keeper("ls", "--format", "table")
        _, first, exact, plan, weights = out.splitlines()
        self.assertRegex(exact, r"--batch 4 --threads 3 --exact --memory 1073741824$")
        self.assertRegex(first, r"a\.cfg \+ a\.weights \(fedcba9876543210\) .* 00000000deadbeef")
        self.assertRegex(plan, r" 0000000000000002,")
        self.assertRegex(weights, r"a\.cfg \+ a\.weights \(0123012301230123\) ")
        _, said = self.isplit("curve", "--from", self.store, expect=1)
        self.assertEqual(len(said.splitlines()), 1)
        self.assertIn("holds 4 studies; choose one with --study: 1 (a.cfg + a.weights (fedcba9876543210) on /fake, "
                      "10 of 40 images, tuning 00000000deadbeef, batch 4, 1 thread), 2 (", said)
        self.assertIn("40 of 40 images, --batch 4 --threads 3 --exact --memory 1073741824), 3 (", said)
        self.assertIn("4 (a.cfg + a.weights (0123012301230123) on /fake, 40 of 40 images)", said)

    def test_more_studies_than_a_message_shows(self):
        for i in range(20):
            self.measure("-n", "1", fake="--weights %016x" % i)
        _, said = self.isplit("curve", "--from", self.store, expect=1)
        shown = len(re.findall(r"\d+ \(a\.cfg", said))
        self.assertGreater(shown, 5)
        self.assertIn(", and %d more (isplit store ls --store FILE shows all)" % (20 - shown), said)

    def test_nothing_is_left_beside_a_file_that_is_read(self):
        self.measure()
        os.mkdir(self.path("copy"))
        copy = shutil.copy(self.store, self.path("copy/rows.db"))
        before = read(copy)
        for arguments in (("store", "ls", "--store", copy), ("store", "verify", "--store", copy),
                          ("store", "export", "-o", self.path("x.csv"), "--store", copy),
                          ("store", "merge", copy, "--store", self.path("all.db")),
                          ("curve", "--from", copy, "-o", self.path("y.csv")), ("--from", copy, "--dump", "80x24")):
            self.isplit(*arguments)
            self.assertEqual(os.listdir(self.path("copy")), ["rows.db"], arguments)
            self.assertEqual(read(copy), before, arguments)

    def test_nothing_is_left_beside_a_damaged_file(self):
        self.measure(fake="--images 400")
        with open(self.store, "r+b") as file:
            file.truncate(os.path.getsize(self.store) // 2)
        self.measure(fake="--images 400")
        self.isplit("store", "verify", "--store", self.store + ".damaged", expect=1)
        self.assertEqual(sorted(os.listdir(self.path("kept"))), ["rows.db", "rows.db.damaged"])

    def test_rm(self):
        for way in ("mean", "sum"):
            self.measure("--reduce", way)
        self.measure("--tap", "pre")
        _, said = self.keeper("rm", "2")
        self.assertEqual(said, "isplit: %s: 1 study removed, 2 are left\n" % self.store)
        self.assertEqual(self.measure("--reduce", "mean")[0], 0)
        self.assertEqual(self.measure("--reduce", "sum")[0], 40)
        _, said = self.keeper("rm", "4", "4", "04")
        self.assertEqual(said, "isplit: %s: 1 study removed, 2 are left\n" % self.store)
        self.assertEqual(self.measure("--reduce", "sum")[0], 40)
        _, said = self.keeper("rm", "1", "77", expect=1)
        self.assertIn("holds no study '77'", said)
        self.assertEqual(self.measure("--reduce", "mean")[0], 0)
        _, said = self.keeper("rm", "--all")
        self.assertEqual(said, "isplit: %s: 3 studies removed, 0 are left\n" % self.store)
        self.assertEqual(len(self.keeper("ls", "--format", "table")[0].splitlines()), 1)
        self.assertEqual(self.measure()[0], 40)

    def test_wrong_usage(self):
        self.measure()
        cases = [((), "too few arguments"), (("lss",), "one of: ls, verify, rm, merge, export"),
                 (("rm",), "numbers of studies"), (("rm", "1", "--all"), "or --all"),
                 (("merge",), "needs the stores"), (("ls", "x"), "too many"),
                 (("export",), "-o FILE"), (("export", "x", "-o", "y"), "the number of a study"),
                 (("merge", self.store), "into itself"), (("merge", "x", "-o", "y"), "-o is for"),
                 (("export", "--all", "-o", "y"), "--all is for"), (("export", "-o", self.store), "is the input"),
                 (("export", "-o", self.store + "-wal"), "is a file of the store"),
                 (("ls", "-o", self.store), "is a file of the store")]
        for arguments, part in cases:
            _, said = self.keeper(*arguments, expect=2)
            self.assertIn(part, said)
            self.assertEqual(len(said.splitlines()), 1, said)
        self.assertEqual(self.measure()[0], 0)
        os.makedirs(self.path("cache/isplit"))
        for ending in ("", "-wal", "-shm", "-journal"):
            for file in (self.store, self.path("cache/isplit/rows.db")):
                words = ["curve", *NETWORK, *engine(), "-o", file + ending]
                words += ["--store", file] if file == self.store else []
                _, said = self.isplit(*words, environment={"XDG_CACHE_HOME": self.path("cache")}, expect=2)
                self.assertRegex(said, r"^isplit: the output \S+ is (a file of the store|the input) \S+\n$")

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
        self.assertIn("holds 2 studies; name one by its number (isplit store export ID): 1 (a.cfg on /fake", said)
        self.assertIn("--reduce sum)", said)
        self.assertNotIn("--study", said)
        self.keeper("export", "1", "-o", "x.csv")
        self.assertEqual(read(self.path("x.csv")), tables[1])
        options, names = self.files()
        self.isplit("curve", "--from", "x.csv", *options)
        self.assertEqual([read(name) for name in names], tables)


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

    def check_shares_as_rows(self):
        """--format as of other tables; each missing share has the command for it alone."""
        out, said = self.isplit("store", "shards", "all.db", "--format", "csv", expect=1)
        rows = list(csv.DictReader(io.StringIO(out.decode(), newline="")))
        self.assertEqual(said, "")
        self.assertEqual([(row["study"], row["share"], row["shares"], row["images"], row["measured"]) for row in rows],
                         [("1", str(i + 1), "5", "4", "0" if i in (1, 2, 4) else "4") for i in range(5)])
        for i, row in enumerate(rows):
            self.assertEqual("for i in %d; do" % (i + 1) in row["again"], i in (1, 2, 4), row)
        out, _ = self.isplit("store", "shards", "all.db", "--format", "json", expect=1)
        self.assertEqual([{name: str("" if value is None else value) for name, value in row.items()} for row in json.loads(out)], rows)
        out, _ = self.isplit("store", "shards", "all.db", "--format", "table", "--columns", "share,measured", expect=1)
        self.assertEqual([line.split() for line in out.decode().splitlines()],
                         [["share", "measured"], *([row["share"], row["measured"]] for row in rows)])

    def test_which_are_missing(self):
        """Told by the joined store alone, with the command that measures just these, whoever was given what."""
        worker = engine("--skip 3 4 --nonfinite 7")
        chosen = ("-c", "cat,dog", "-n", "21", "--seed", "5", "--mean", "0.1,0.25,0.5")
        shares = [self.path("share %d.db" % i) for i in range(1, 6)]
        for i in (0, 3):
            self.isplit("curve", *NETWORK, *worker, *chosen, "--shard", "%d/5" % (i + 1), "--store", shares[i], "-o",
                        os.devnull)
        self.isplit("store", "merge", shares[0], shares[3], "--store", "all.db")
        self.isplit("store", "verify", "--store", "all.db")
        out, said = self.isplit("store", "shards", "all.db", expect=1)
        self.assertIn("in 5 shares: some are missing", said)
        self.assertEqual(re.findall(r"share (\d): (\d) of", said), [("2", "0"), ("3", "0"), ("5", "0")])
        self.assertEqual(len(out.decode().splitlines()), 1)
        self.check_shares_as_rows()
        subprocess.run(["sh", "-c", out.decode()], cwd="/", check=True, stderr=subprocess.DEVNULL, timeout=TIMEOUT)
        out, said = self.isplit("store", "shards", "--store", "all.db")
        self.assertEqual(out, b"")
        self.assertIn("all are measured", said)
        options, names = self.files()
        self.isplit("curve", *NETWORK, *worker, *chosen, "--no-store", *options)
        again, joined = self.files()
        self.isplit("curve", "--from", "all.db", "-c", "cat,dog", "-n", "21", "--seed", "5", *again)
        self.assertEqual([read(name) for name in joined], [read(name) for name in names])
        # A row that is lost is missed, and a study that is removed leaves nothing behind.
        with sqlite3.connect(self.path("all.db")) as store:
            store.execute("DELETE FROM measured WHERE content = (SELECT min(content) FROM measured WHERE kind = 0)")
        store.close()
        self.assertRegex(self.isplit("store", "shards", "all.db", expect=1)[1], r"share \d: [34] of [45] images")
        self.isplit("store", "rm", "--all", "--store", "all.db")
        _, said = self.isplit("store", "shards", "all.db", expect=1)
        self.assertIn("knows of no shares", said)

    def test_the_script_of_a_cluster(self):
        """What Slurm would call; tests/cluster has Slurm itself."""
        words = ("a.cfg", "a.weights", "-d", "data", "-n", "25", "-c", "!cat", "--std", "0.5,1,2", *engine("--skip 3"))
        with open(self.path("my job.sh"), "wb") as out:
            subprocess.run([PROGRAM, "shards", "3", "--slurm", *words], cwd=self.folder.name, stdout=out, check=True,
                           timeout=TIMEOUT)
        script = read(self.path("my job.sh")).decode()
        for line in (r"#SBATCH --time=2", r"#SBATCH --cpus-per-task=\d+", r"# Time: \S+ images a second \(measured here, a guess "
                     r"for other machines, on 25 images\) and [^\n]+: 2 min a share\.", "shares=3 #[^\n]+",
                     r"# Memory: not known \(--memory says how much\)[^\n]+"):
            self.assertRegex(script, "(?m)^%s$" % line)
        def run(*arguments, expect=0, **more):
            done = subprocess.run(["sh", "my job.sh", *arguments], cwd=self.folder.name, env=dict(os.environ, **more),
                                  capture_output=True, text=True, check=False, timeout=TIMEOUT)
            self.assertEqual(done.returncode, expect, done.stderr)
            return done
        self.assertIn("no share has measured anything", run("join", expect=1).stderr)
        for share in ("1", "3"):
            run(SLURM_ARRAY_TASK_ID=share, SLURM_ARRAY_TASK_COUNT="1")
        self.assertIn("'0/3'", run(SLURM_ARRAY_TASK_ID="0", expect=2).stderr)
        lacks = run("join", expect=1)
        self.assertIn("share 2: 0 of 8 images", lacks.stderr)
        self.assertEqual(lacks.stdout, "cd {0} && sh '{0}/my job.sh' 2\n".format(self.folder.name))
        run(SLURM_ARRAY_TASK_ID="2")
        run("join")
        self.isplit("curve", *words, "--no-store", "-o", "whole.csv")
        self.assertEqual(read(self.path("my job.csv")), read(self.path("whole.csv")))

    def test_no_script(self):
        for words, expect, says in ((("3",), 2, "one of --slurm and --parallel"), (("0", "--slurm"), 2, "the number of shares"),
                                    (("41", "--slurm"), 1, "41 shares of 40 images"),
                                    (("3", "--slurm", "--until-stable"), 2, "--until-stable is for isplit curve")):
            _, said = self.isplit("shards", *words, *NETWORK, *engine(""), "-o", "job.sh", expect=expect)
            self.assertIn(says, said)
            self.assertFalse(os.path.exists(self.path("job.sh")))

    def test_the_command_that_they_were_given(self):
        self.store = self.path("one.db")
        self.measure("--shard", "2/9", "--again", "sh 'my job' %s &")
        out, _ = self.isplit("store", "shards", "one.db", expect=1)
        self.assertEqual(out.decode(), "cd %s && sh 'my job' 1,3-9 &\n" % self.folder.name)
        for wrong in (("--again", "sh job %s"), ("--shard", "1/2", "--again", "sh job")):
            self.assertIn("--again is for --shard", self.isplit(*self.command(*wrong)[0], expect=2)[1])
        self.assertIn("cannot open", self.isplit("store", "shards", "none.db", expect=1)[1])

    def test_of_the_first_images(self):
        stores, counts = self.shards(4, "", "-n", "10")
        self.assertEqual(counts, [3, 3, 2, 2])
        self.assertEqual(len(stores), 4)
        words, _ = self.command("--shard", "3/3", "-n", "2")
        _, said = self.isplit(*words, expect=1)
        self.assertIn("no image is left for shard 3 of 2 images in 3 shards", said)

    def test_different_plans_are_refused(self):
        self.store = self.path("one.db")
        self.measure("--shard", "1/2")
        before = read(self.store)
        self.store = self.path("two.db")
        self.measure("--shard", "2/2", fake="--plan 0000000000000001")
        _, said = self.isplit("store", "merge", "two.db", "--store", "one.db", expect=1)
        self.assertEqual(len(said.splitlines()), 1)
        for word in ("tuning", "0000000000000001", "00000000deadbeef", "two.db"):
            self.assertIn(word, said)
        self.assertEqual(read(self.path("one.db")), before)
        self.assertIn("20 of 40", self.isplit("store", "ls", "--store", "one.db", "--format", "table")[0].decode())
        # One that does not belong there: the others are not taken in either.
        for stores in (("one.db", "two.db"), ("one.db", "missing.db")):
            _, said = self.isplit("store", "merge", *stores, "--store", "all.db", expect=1)
            self.assertRegex(said, r"^isplit: %s: [^\n]*\(nothing is taken in\)\n$" % stores[1])
            out, _ = self.isplit("store", "ls", "--store", "all.db", "--format", "table")
            self.assertEqual(len(out.decode().splitlines()), 1)


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

    def demo_words(self, *arguments, data="letters", store=None):
        return ["curve", os.path.join(TOP, "cfg", "letters-vgg16.cfg"),
                os.path.join(TOP, "weights", "letters-vgg16.weights"), "-d", data, "--labels",
                os.path.join(TOP, "cfg", "letters.labels"), "--store", store or self.store, *arguments]

    def demo(self, *arguments, data="letters", store=None):
        options, made = self.files()
        self.isplit(*self.demo_words(*options, *arguments, data=data, store=store))
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

    def test_shards_that_start_together(self):
        """None has the plan file yet: one makes it, and all measure by it."""
        runs = []
        for i in (1, 2, 3):
            options, made = self.files()
            words = self.demo_words(*options, "--plan-file", "plan.json", "--shard", "%d/3" % i, store="shard%d.db" % i)
            runs.append((subprocess.Popen([PROGRAM, *words], cwd=self.folder.name, stderr=subprocess.PIPE), made))
        plans = set()
        for run, made in runs:
            said = run.communicate(timeout=10 * TIMEOUT)[1].decode()
            self.assertEqual((run.returncode, said), (0, ""))
            plans.add(provenance(made[0])["tuning"])
        self.assertEqual(len(plans), 1)
        self.isplit("store", "merge", "shard1.db", "shard2.db", "shard3.db", "--store", "all.db")
        self.assertEqual([name for name in os.listdir(self.folder.name) if "plan" in name], ["plan.json"])

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
