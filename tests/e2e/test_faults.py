#!/usr/bin/python3
"""Files that lie: counts, classes and numbers that nothing supports, in saved rows and in stores, and a store that goes
while it is in use. One clear line each, and neither memory nor rows are lost to them.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_faults.py [unittest options]
"""
import json
import os
import resource
import signal
import sqlite3
import struct
import subprocess
import unittest

from screen import eventually
from test_frontend import PROGRAM, TIMEOUT, engine, read, rows
from test_store import NETWORK, StoreTest

GIB = 1 << 30
SANITIZED = os.environ.get("ISPLIT_SANITIZED")
ROW_KEY = {"bgr": False, "fit": "crop", "layers": [0], "mean": [0, 0, 0], "reduce": "mean", "scale": 1,
           "score": "truth", "std": [1, 1, 1], "tap": "post"}
ROW = {"layer": 0, "name": "a", "kind": "connected", "out": [1, 1, 1], "params": 0, "macs": 0, "crossing": [0],
       "cut_bytes": 4, "head": [0, 0, 0], "tail": [0, 0, 0], "clean": True, "feature": True}
LAYERS = {"type": "layers", "cfg_xxh3": "0" * 16, "weights_xxh3": None, "input": [1, 1, 1], "input_bytes": 4,
          "classes": 1, "rows": [ROW]}
DATASET = {"type": "dataset", "root": "data", "place": "/data", "layout": "list", "split": "", "images": 1,
           "classes": [{"index": 0, "name": "a", "folder": None, "images": 1}]}


def limit_memory():
    if SANITIZED:  # which take addresses without end
        return
    resource.setrlimit(resource.RLIMIT_AS, (2 * GIB, 2 * GIB))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Faults(StoreTest):
    def refused(self, *arguments, expect=1):
        """With too little memory for what the file claims: what the program says, one line."""
        run = subprocess.run([PROGRAM, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT,
                             cwd=self.folder.name, check=False, preexec_fn=limit_memory)
        said = run.stderr.decode()
        self.assertEqual(run.returncode, expect, said)
        self.assertRegex(said, r"\Aisplit: [^\n]*\n\Z")
        return said


class Rows(Faults):
    """Saved rows: a CSV and its .meta.csv."""
    def write_rows(self, network=None, dataset=None, **changes):
        keys = {"question": json.dumps(ROW_KEY), "network": json.dumps({**LAYERS, **(network or {})}), "cfg": "c",
                "weights": "w", "data": "d", "engine": "", "darknet": "", "onednn": "", "stb": "", "isa": "",
                "tuning": "0" * 16, "batch": "1", "threads": "1",
                "dataset": json.dumps({**DATASET, **(dataset or {})}), "image_classes": "0*1", "images": "1",
                "undecodable_images": "", "not_finite_images": "", **changes}
        quoted = {key: '"%s"' % value.replace('"', '""') for key, value in keys.items()}
        self.write("r.csv.meta.csv", "key,value\n" + "".join("%s,%s\n" % item for item in quoted.items()))
        self.write("r.csv", "image,class_index,class,top_index,score,L0,number\na.png,0,a,0,1,0.5,0\n")

    def check_refused(self, says):
        for arguments in (("curve", "--from", "r.csv"), ("plan", "--from", "r.csv"), ("--from", "r.csv", "--dump", "80x24")):
            self.assertIn("r.csv.meta.csv: " + says, self.refused(*arguments))

    def test_whole(self):
        """As it is, it can be opened: what follows changes one thing each."""
        self.write_rows()
        out, _ = self.isplit("curve", "--from", "r.csv")
        self.assertEqual(rows(out)[0]["images"], "1")

    def test_more_images_than_memory(self):
        """2^59 of 32 bytes are none, modulo 2^64."""
        for images in (1 << 59, (1 << 63) - 1, 1 << 31):
            self.write_rows(dataset={"images": images}, image_classes="0*99999")
            self.check_refused("dataset: %d images (expected 1 to 2147483647)" % images)

    def test_counts_that_do_not_add_up(self):
        for images, classes, says in ((2147483647, "0*99999", "image_classes speaks of 99999 images (expected 2147483647)"),
                                      (5, "0*3 0*3", "image_classes: '0*3' (expected CLASS*IMAGES, of 5 images in all)"),
                                      (5, "0*9223372036854775807", "image_classes: '0*9223372036854775807' (expected"),
                                      (1, "-7*1", "image_classes: '-7*1' (expected"),
                                      (1, "4294967296*1", "image_classes: '4294967296*1' (expected"),
                                      (1, "0*1x", "image_classes: '0*1x' (expected"),
                                      (1, "*1", "image_classes: '*1' (expected")):
            self.write_rows(dataset={"images": images}, image_classes=classes)
            self.check_refused(says)

    def test_images(self):
        """What is listed of images and classes beyond those that there are."""
        self.write_rows(dataset={"classes": [*DATASET["classes"], {"index": 5, "name": "b", "folder": None, "images": 0}]})
        self.check_refused("it names class 5 of 1")
        for key in ("undecodable_images", "not_finite_images"):
            for images in ("1", "-1", "0x", "x", " 0", "99999999999999999999"):
                self.write_rows(**{key: images})
                self.check_refused("%s: '%s' (expected numbers of images, of 1 in all)" % (key, images))

    @unittest.skipIf(SANITIZED, "no limit on memory")
    def test_memory_for_all_of_them(self):
        """They add up, and there is no memory for so many: an error, no abort."""
        self.write_rows(dataset={"images": 2000000000}, image_classes="0*2000000000")
        self.check_refused("no memory for 2000000000 images")

    @unittest.skipIf(SANITIZED, "no limit on memory")
    def test_images_without_a_row(self):
        """A file of a few lines may name millions: each takes its entry, and no memory beside it."""
        self.write_rows(dataset={"images": 20000000}, image_classes="0*20000000")
        run = subprocess.run([PROGRAM, "curve", "--from", "r.csv", "-o", "/dev/null"], capture_output=True, timeout=TIMEOUT,
                             cwd=self.folder.name, check=False,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (1200 << 20, 1200 << 20)))
        self.assertIn("r.csv has rows of 1 of these 20000000 images", run.stderr.decode())
        self.assertEqual(run.returncode, 0)

    def test_classes(self):
        self.write_rows(network={"classes": 1 << 28})
        self.check_refused('message layers: "classes" is wrong (expected at most the numbers of the layer that '
                           'computes the scores)')

    def test_more_classes_than_any_network_has(self):
        """A layer may claim so many: nothing takes memory for them."""
        self.write_rows(network={"classes": 1 << 28, "rows": [{**ROW, "out": [1 << 28, 1, 1]}]})
        for arguments in (("curve", "--from", "r.csv"), ("--from", "r.csv", "--dump", "80x24")):
            self.assertIn("r.csv: 268435456 classes (expected at most 16777216)", self.refused(*arguments))

    def test_tuning(self):
        for hash_ in ("p", "00000000deadbee", "00000000DEADBEEF", "00000000deadbeef0"):
            self.write_rows(tuning=hash_)
            self.check_refused("tuning '%s' (expected 16 hex digits)" % hash_)
        self.write_rows(batch="4294967297")
        self.check_refused("batch '4294967297' (expected a whole number")


class Stores(Faults):
    def setUp(self):
        super().setUp()
        self.measure()
        self.change("pragma journal_mode=delete")
        self.whole = read(self.store)

    def change(self, *statements, store=None):
        with sqlite3.connect(store or self.store) as c:
            for statement in statements:
                c.execute(statement)
        c.close()

    def damage(self, *statements):
        """The store as it was, with these changes."""
        with open(self.store, "wb") as file:
            file.write(self.whole)
        self.change(*statements)

    def change_classes(self, class_index):
        with sqlite3.connect(self.store) as c:
            for id_, entries in c.execute("select id, entries from listing").fetchall():
                c.execute("update listing set entries = ? where id = ?",
                          (entries[:8] + struct.pack("<i", class_index) + entries[12:], id_))
        c.close()

    def check_damaged(self, says):
        """verify finds it, and merge takes nothing of it into a whole store."""
        _, said = self.isplit("store", "verify", "--store", self.store, expect=1)
        self.assertIn(says, said)
        target = self.path("target.db")
        with open(target, "wb") as file:
            file.write(self.whole)
        said = self.refused("store", "merge", self.store, "--store", target)
        self.assertIn(says, said)
        self.assertTrue(said.endswith(" (nothing is taken in)\n"), said)
        _, said = self.isplit("store", "verify", "--store", target)
        self.assertIn("no fault", said)

    def test_class_of_a_listed_image(self):
        for class_index in (-99999999, -2, 4, 99999999):
            self.damage()
            self.change_classes(class_index)
            says = "rows.db: data set 1: "
            self.check_damaged(says)
            for arguments in (("curve", "--from", self.store, "--study", "1"), ("--from", self.store, "--dump", "80x24"),
                              ("store", "export", "1", "-o", "x.csv", "--store", self.store)):
                self.assertIn(says, self.refused(*arguments))

    def test_large_number(self):
        """Of one content: memory goes by how many there are."""
        large = 2147483000
        self.damage("update content set id = %d where id = 5" % large,
                    "update measured set content = %d where content = 5" % large,
                    "update file set content = %d where content = 5" % large)
        run = subprocess.run([PROGRAM, "store", "merge", self.store, "--store", self.path("target.db")],
                             capture_output=True, timeout=TIMEOUT, check=False, preexec_fn=limit_memory)
        self.assertEqual((run.returncode, run.stderr.decode()), (0, "isplit: %s: 40 new rows\n" % self.store))
        self.isplit("store", "export", "1", "-o", "x.csv", "--store", self.path("target.db"))
        self.assertEqual(len(rows(read(self.path("x.csv")))), 40)

    def test_negative_number(self):
        self.damage("update content set id = -5 where id = 5", "update measured set content = -5 where content = 5",
                    "update file set content = -5 where content = 5")
        self.check_damaged("a content has the number -5 (expected 1 or more)")

    def test_series(self):
        for column, value in (("layers", "'{'"), ("layers", "'{\"classes\":0}'"),
                              ("layers", "json_set(layers, '$.rows', json('[]'))"),
                              ("layers", "json_set(layers, '$.classes', 268435456)")):
            self.damage("update network set %s = %s" % (column, value))
            self.check_damaged("rows.db: series 1 does not say its layers and classes")
        self.damage("update series set plan = 'p'")
        self.check_damaged("rows.db: series 1 does not say its tuning (expected 16 hex digits)")
        self.damage("update measured set score = score + 1 where content = 5")
        self.check_damaged("rows.db: the row of series 1, content 5, class")


class Gone(Faults):
    """The store's file is deleted or replaced while isplit measures."""
    def start(self):
        """Stopped after some rows, by its own worker."""
        words, self.names = self.command(fake="--slow 0.05 --interrupt-after 15 --signal SIGSTOP")
        run = subprocess.Popen([PROGRAM, *words], cwd=self.folder.name, stderr=subprocess.PIPE)
        self.addCleanup(run.stderr.close)
        self.addCleanup(run.wait)
        self.addCleanup(run.kill)
        self.assertTrue(eventually(lambda: read("/proc/%d/stat" % run.pid).rsplit(b")", 1)[1].split()[0] == b"T"))
        return run

    def finish(self, run):
        """As where a disk is full: told in one line, and the results are those of any run."""
        run.send_signal(signal.SIGCONT)
        said = run.communicate(timeout=TIMEOUT)[1].decode()
        self.assertEqual(run.returncode, 0, said)
        self.assertEqual(said.count("warning"), 1, said)
        options, fresh = self.files()
        self.isplit("curve", *NETWORK, "--no-store", *engine(), *options)
        self.assertEqual([read(name) for name in self.names], [read(name) for name in fresh])
        return said

    def test_deleted(self):
        for names in (("rows.db",), ("rows.db", "rows.db-wal", "rows.db-shm")):
            run = self.start()
            for name in names:
                os.remove(self.path("kept/" + name))
            self.assertIn("isplit: warning: %s: was deleted while it was in use: made anew" % self.store,
                          self.finish(run))
            self.assertIn("no fault", self.isplit("store", "verify", "--store", self.store)[1])
            self.check(0)
            self.assertEqual(self.made["from_store"], "40")
            for name in os.listdir(self.path("kept")):
                os.remove(self.path("kept/" + name))

    def test_replaced(self):
        run = self.start()
        os.rename(self.write("other", "my only copy of something\n"), self.store)
        self.assertRegex(self.finish(run), r"isplit: warning: %s: was replaced by another file while it was in use: no "
                                           r"more rows are kept, in neither of them \(" % self.store)
        self.assertEqual(read(self.store), b"my only copy of something\n")

    def test_link_changed(self):
        """The path of the store is a link that leads to another file from then on."""
        real, self.store = self.store, self.path("link.db")
        os.symlink(real, self.store)
        run = self.start()
        other = self.write("other.db", "")
        os.symlink(other, self.path("new"))
        os.rename(self.path("new"), self.store)
        self.assertRegex(self.finish(run), r"isplit: warning: %s: was a link to \S+/rows\.db, and leads elsewhere now: no more "
                                           r"rows are kept, neither here nor there \(" % self.store)
        self.assertEqual(read(other), b"")
        self.assertIn("no fault", self.isplit("store", "verify", "--store", real)[1])

    def test_folder_deleted(self):
        run = self.start()
        os.rename(self.path("kept"), self.path("moved"))
        self.assertRegex(self.finish(run), r"isplit: warning: %s: was deleted while it was in use, and cannot be made "
                                           r"anew \([^\n]*\) \(" % self.store)


if __name__ == "__main__":
    unittest.main()
