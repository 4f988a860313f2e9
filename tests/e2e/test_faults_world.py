#!/usr/bin/python3
"""The world changes under a run: images, the wall clock, a lock on the store, a slow disk. It is told in a line, and nothing
is lost in silence.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_faults_world.py [unittest options]
"""
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from screen import SANITIZED, TIMEOUT, Terminal, fake
from test_faults_files import LETTERS, VGG, faults_library
from test_faults_terminal import ENGINE, Faults
from wrapper import wrapped

HALF = os.environ.get("ISPLIT_HALF", os.path.join(os.path.dirname(ENGINE), "isplit-half"))


class Changed(Faults):
    """Images that become others between listing and measuring, which the wrapper of the worker does."""
    CHANGE = """
    if message["type"] == "dataset":
        exec(words[0])
"""

    def setUp(self):
        super().setUp()
        shutil.copytree(LETTERS, self.path("data"))
        names = sorted(os.listdir(self.path("data")))
        self.first = [os.path.join("data", name, sorted(os.listdir(self.path("data", name)))[0]) for name in names[:3]]
        self.curve = ["curve", *VGG, "-d", "data", "--tuning", self.home.path("tuning")]

    def measured(self, *options):
        """The rows of each image, and what was said."""
        said = self.run_program(*self.curve, "-o", "/dev/null", "--images-csv", "i.csv", *options)[1]
        with open(self.path("i.csv"), encoding="utf-8") as file:
            head, *lines = file.read().splitlines()
        column = head.split(",").index("image")
        return {line.split(",")[column]: line for line in lines}, said

    def change(self, store):
        a, b, c = self.first
        doing = "import os; cwd = %r; os.chdir(cwd); os.replace(%r, %r); os.truncate(%r, 100)" % (self.folder, a, b, c)
        return self.measured(*store, *wrapped(self.folder, self.CHANGE, ENGINE, doing))

    def test_changed(self):
        a, b, c = (name.split("/", 1)[1] for name in self.first)
        fresh, _ = self.measured("--no-store")
        backup = self.path("backup")
        for store in (["--no-store"], ["--store", "r.db"]):
            shutil.copytree(self.path("data"), backup)
            rows, said = self.change(store)
            self.assertEqual(set(fresh) - set(rows), {a, c})
            self.assertRegex(said, r"(?m)^isplit: warning: .*%s.*: .*No such file" % re.escape(a))
            self.assertRegex(said, r"(?m)^isplit: warning: .*%s.*cannot be decoded" % re.escape(c))
            shutil.rmtree(self.path("data"))
            shutil.move(backup, self.path("data"))
        # What stands there now has the rows of a run without a store: none was kept for another content.
        again, said = self.measured("--store", "r.db")
        self.assertEqual(again, fresh)
        self.assertNotIn("warning", said)
        self.change(["--no-store"])
        after, _ = self.measured("--store", "r.db")
        self.assertEqual(after, self.measured("--no-store")[0])


class Replaced(Faults):
    """Weights that another file of their size takes the place of, once they were opened: what is computed with these bears
    the name of the first, so there must be none of it, neither in the store nor in files."""
    CHANGE = """
    if message["type"] == words[0] and os.path.exists(words[1]):
        os.replace(words[1], words[2])
"""

    def setUp(self):
        super().setUp()
        self.network = [self.path("n.cfg"), self.path("n.weights")]
        for name, copy in zip(VGG, self.network):
            shutil.copy(name, copy)
        self.data = ["-d", LETTERS, "-n", "40"]

    def make_other(self, path):
        """PATH.other: some numbers are 0."""
        with open(path, "rb") as file:
            content = bytearray(file.read())
        middle = len(content) // 8 * 4
        content[middle:middle + 1000] = bytes(1000)
        with open(path + ".other", "wb") as file:
            file.write(content)

    def check_told(self, path, said):
        self.assertFalse(os.path.exists(path + ".other"))  # it was replaced
        self.assertRegex(said, r"(?m)^isplit(-half)?: \S*%s: has changed since it was opened \(expected the network to be "
                               r"opened again\)$" % re.escape(os.path.basename(path)))

    def told(self, when, *words):
        path = self.network[1]
        shutil.copy(VGG[1], path)
        self.make_other(path)
        said = self.run_program(*words, *wrapped(self.folder, self.CHANGE, ENGINE, when, path + ".other", path), expect=1)[1]
        self.check_told(path, said)

    def test_rows(self):
        self.told("dataset", "curve", *self.network, *self.data, "--store", "r.db", "-o", "c.csv")
        self.assertFalse(os.path.exists(self.path("c.csv")))
        shutil.copy(VGG[1], self.network[1])
        tables = []
        for store in (["--store", "r.db"], ["--no-store"]):
            tables.append(self.run_program("curve", *self.network, *self.data, "-o", "-", *store)[0])
        self.assertEqual(*tables)

    def test_features(self):
        self.told("dataset", "features", *self.network, *self.data, "--no-store", "-o", "f.csv")
        self.assertFalse(os.path.exists(self.path("f.csv")))

    def test_times(self):
        for runtime in "darknet", "onednn":
            self.told("layers", "profile", *self.network, "--runtime", runtime, "-o", "p.csv")
            self.assertFalse(os.path.exists(self.path("p.csv")))

    def test_a_training(self):
        """A bottleneck alone is trained, for hours; then the other layers are taken from the file once more."""
        self.told("step", "retrain", *self.network, *self.data, "--at", "block5_pool", "--epochs", "1", "-o", "r")
        self.assertLessEqual(set(os.listdir(self.path("r"))), {"retrain.checkpoint"})

    @unittest.skipIf(SANITIZED, "the sanitizers' library has to come first")
    def test_halves(self):
        """Between the look at the file and its second opening: of the whole that is cut, and of a half that is run."""
        env = {"LD_PRELOAD": faults_library(self.home.folder)}
        split = ["split", *self.network, *self.data, "--at", "block5_pool", "-o", self.path("parts")]
        self.make_other(self.network[1])
        self.check_told(self.network[1], self.run_program(*split, expect=1, env={
            **env, "FAULTS_SWAP": "2:" + self.network[1], "FAULTS_ONLY": "isplit-engine"})[1])
        self.assertFalse(os.path.exists(self.path("parts", "split.csv")))
        shutil.copy(VGG[1], self.network[1])
        for words in ([HALF, "tail"], [ENGINE, "--half", "tail"]):
            self.run_program(*split, "--force")
            path = self.path("parts", "tail.weights")
            self.make_other(path)
            run = subprocess.run([*words, os.path.dirname(path), "--text"], stdin=subprocess.DEVNULL, capture_output=True,
                                 timeout=TIMEOUT, check=False, env={**os.environ, **env, "FAULTS_SWAP": "1:" + path})
            self.assertEqual(run.returncode, 1)
            self.check_told(path, run.stderr.decode().replace("isplit-engine", "isplit"))


@unittest.skipIf(SANITIZED, "the sanitizers' library has to come first")
class Slowed(Faults):
    def setUp(self):
        super().setUp()
        self.library = faults_library(self.home.folder)

    def test_a_clock_that_is_set(self):
        """Rates and times are those of a clock that nobody sets; the tables do not depend on it."""
        self.run_program("curve", *fake(), "-o", "c.csv")
        with open(self.path("c.csv"), "rb") as file:
            wanted = file.read()
        for hours in (-5, 5):
            env = {"LD_PRELOAD": self.library, "FAULTS_CLOCK": str(3600 * hours), "FAULTS_ONLY": "isplit"}
            program = self.pty("curve", *fake("--slow 0.05", store=True), "-o", "c.csv", "--store", "%d.db" % hours,
                               environment=env)
            self.assertEqual(program.wait()[0], 0)
            self.assertRegex(program.sent.decode(), r"\d+/40 images.*ETA")
            for eta in re.findall(r"ETA (\S+)", program.sent.decode()):
                self.assertNotRegex(eta, r"-|h|\d+:\d+:\d+")
            self.assertNotIn(b"no answer", program.sent)
            with open(self.path("c.csv"), "rb") as file:
                self.assertEqual(file.read(), wanted)

    def test_leaving_while_the_store_is_locked(self):
        """Neither for hours where the clock is set back, nor in silence."""
        store = self.path("r.db")
        self.run_program("curve", *fake("--images 4", store=True), "--store", store, "-o", "/dev/null")
        for seconds in ("36000", "-36000"):
            lock = sqlite3.connect(store, isolation_level=None, timeout=TIMEOUT)
            lock.execute("BEGIN IMMEDIATE")
            with Terminal([*fake(store=True), "--store", store], home=self.home, cwd=self.folder, size=(200, 30),
                          environment={"LD_PRELOAD": self.library, "FAULTS_CLOCK": seconds, "FAULTS_ONLY": "isplit"}) as t:
                t.wait_for("measured 40/40")  # it goes on meanwhile
                t.press("q")
                t.wait_for(r"isplit: warning: .*r\.db: cannot be written within 3 s \(not all rows are kept\)", 9)
            lock.execute("ROLLBACK")
            lock.close()

    def test_a_store_that_stays_locked(self):
        """A batch command waits some seconds, writes its table, and says what it did not keep; later rows are kept."""
        words = ["curve", *fake(store=True), "--store", "r.db", "-o", "c.csv"]
        self.run_program("curve", *fake("--images 4", store=True), "--store", "r.db", "-o", "/dev/null")
        lock = sqlite3.connect(self.path("r.db"), isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        said = self.run_program(*words)[1]
        self.assertRegex(said, r"(?m)^isplit: warning: r\.db: is held by another program.* \(not all rows are kept\)$")
        self.assertEqual(len(re.findall("warning", said)), 1)
        self.assertTrue(os.path.exists(self.path("c.csv")))
        lock.execute("ROLLBACK")
        lock.close()
        self.run_program(*words)
        self.assertIn("40 of 40", self.run_program("store", "ls", "--store", "r.db", "--format", "table")[0])

    def test_a_slow_disk(self):
        """Keys are answered while the worker lists 2000 files."""
        for name in "ABCDEFGHIJ":
            os.makedirs(self.path("data", name))
            for i in range(200):
                open(self.path("data", name, "%d.png" % i), "wb").close()
        with Terminal([*VGG, "-d", "data"], home=self.home, cwd=self.folder,
                      environment={"LD_PRELOAD": self.library, "FAULTS_DELAY": "20", "FAULTS_ONLY": "isplit-engine"}) as t:
            t.wait_for("looking for images")
            t.press("?")
            t.wait_for("Keys in view")
            t.press("q")
            t.wait_for("looking for images")  # still, since that takes most of a minute
            self.assertEqual(t.quit(), 0)


if __name__ == "__main__":
    unittest.main()
