#!/usr/bin/python3
"""isplit's screen and the store: nothing is measured twice, whatever ended the program before; and rows opened from a
file, without network, images or worker.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_screen_store.py [unittest options]
"""
import os
import re
import shlex
import signal
import sqlite3
import struct
import subprocess
import sys
import unittest

from screen import (PROGRAM, Pty, SANITIZED, TIMEOUT, TOP, ScreenTest, children, dump, eventually, fake, kill_worker,
                    runs)

SHAPE = "--layers 18 --classes 10 --images 200"
SLOW = SHAPE + " --delay 10"
NOTE = r"(\d+) of (\d+) images were measured before"


def frame(size, arguments, *words, **how):
    """A dump without its message line, where it may say what was measured before."""
    lines = dump(size, arguments, *words, **how).split("\n")
    return "\n".join(lines[:-2] + lines[-1:])


def body(*arguments, **how):
    """Nor its title, since a file may know where the images stood by another name, nor the keys."""
    return frame(*arguments, **how).split("\n", 1)[1].rsplit("\n", 1)[0]


def files(folder):
    """What stands there, with its bytes."""
    found = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            found[name] = file.read()
    return found


def multiply(path, times):
    """Gives a store of one study `times` as many images: copies of each, of contents and files of their own."""
    store = sqlite3.connect(path)
    with store:
        (n,) = store.execute("SELECT images FROM dataset").fetchone()
        entries = b"".join(part for (part,) in store.execute("SELECT entries FROM listing ORDER BY part"))
        (contents,), (files_n,) = (store.execute("SELECT max(id) FROM %s" % table).fetchone() for table in ("content", "file"))
        copied = "class, kind, top, score, layer, reason, cells FROM measured WHERE content <= ?"
        for i in range(1, times):
            store.execute("INSERT INTO content SELECT id + ?, randomblob(16) FROM content WHERE id <= ?", (i * contents, contents))
            store.execute("INSERT INTO file SELECT id + ?, root, CAST(path || ? AS BLOB), size, mtime_ns, content + ? FROM file WHERE id <= ?",
                          (i * files_n, "-%d" % i, i * contents, files_n))
            store.execute("INSERT INTO measured SELECT series, content + ?, " + copied, (i * contents, contents))
            entries += b"".join(struct.pack("<QI", file + i * files_n, label)
                                for file, label in struct.iter_unpack("<QI", entries[:12 * n]))
        store.execute("DELETE FROM listing")
        store.executemany("INSERT INTO listing(dataset, part, entries) SELECT id, ?, ? FROM dataset",
                          [(part, entries[at:at + 12 * 1024]) for part, at in enumerate(range(0, len(entries), 12 * 1024))])
        store.execute("UPDATE dataset SET images = ?1, about = json_set(about, '$.images', ?1)", (times * n,))
    store.close()


def plot(shown):
    """The lines of a frame that hold the curve itself."""
    return [line for line in shown.split("\n") if re.match(r" *(-\d+)?[┤│]", line)]


class StoreTest(ScreenTest):
    def setUp(self):
        self.kept = self.home()
        self.log = self.kept.path("requests")

    def worker(self, options=SHAPE):
        """Arguments; what is asked of the worker from now on is in `asked`."""
        if os.path.exists(self.log):
            os.remove(self.log)
        return fake("%s --requests %s" % (options, shlex.quote(self.log)), store=True)

    def asked(self, kind):
        """Of how many images each request of this kind was."""
        with open(self.log, encoding="ascii") as file:
            return [int(line.split()[1]) for line in file if line.split()[0] == kind]

    def measure(self, options=SHAPE, *arguments):
        """All of it, into the store."""
        return frame((100, 30), self.worker(options) + list(arguments), home=self.kept)

    def batch(self, *arguments, expect=0):
        run = subprocess.run([PROGRAM, *arguments], cwd=TOP, env=self.kept.environment(), capture_output=True,
                             timeout=10 * TIMEOUT, check=False, stdin=subprocess.DEVNULL)
        self.assertEqual(run.returncode, expect, run.stderr)
        return run.stderr.decode()

    def listed(self):
        """What `isplit store ls` prints."""
        run = subprocess.run([PROGRAM, "store", "ls", "--format", "table"], cwd=TOP, env=self.kept.environment(), capture_output=True,
                             timeout=TIMEOUT, check=True)
        return run.stdout.decode()

    def rows_n(self):
        """How many rows another program sees in the store."""
        if not os.path.exists(self.store()):
            return 0
        store = sqlite3.connect(self.store(), timeout=TIMEOUT)
        try:
            return store.execute("SELECT count(*) FROM measured").fetchone()[0]
        except sqlite3.OperationalError:  # its tables are just being made
            return 0
        finally:
            store.close()

    def store(self):
        return self.kept.path("cache", "isplit", "rows.db")


class Recalled(StoreTest):
    def assert_nothing_measured(self, wanted, options=SHAPE, *arguments):
        """The next start shows that at once, and asks the worker for no run."""
        self.assertEqual(self.measure(options, *arguments), wanted)
        self.assertEqual((self.asked("run"), self.asked("hash")), ([], []))

    def test_second_start(self):
        wanted = frame((100, 30), fake(SHAPE))
        self.assertEqual(self.measure(), wanted)
        self.assertEqual(self.asked("run"), [0, 200])
        self.assert_nothing_measured(wanted)
        t = self.terminal(*self.worker(SLOW), home=self.kept)
        t.wait_for("measured 200/200")
        t.press("8")
        self.assertEqual(t.wait_for(NOTE).groups(), ("200", "200"))
        self.assertEqual(self.asked("run"), [])
        self.assertEqual(t.quit(), 0)

    def test_killed(self):
        """What was written is there again, also while measuring continues; the end is that of an undisturbed run."""
        wanted = frame((100, 30), fake(SHAPE))
        for kill in range(1, 4):
            t = self.terminal(*self.worker(SLOW), home=self.kept)
            t.wait_for(r"measuring|measured 200")
            self.assertTrue(eventually(lambda wanted_n=kill * 40: self.rows_n() >= wanted_n))
            os.kill(t.pid, signal.SIGKILL)
            self.assertTrue(eventually(lambda t=t: not runs(t.pid)))
        self.assertEqual(self.measure(), wanted)
        asked = sum(self.asked("run"))
        self.assertLessEqual(asked, 200 - 3 * 40)
        self.assert_nothing_measured(wanted)

    def test_lost_images(self):
        """Those that cannot be decoded, or give no finite row, are known, too."""
        options = SHAPE + " --skip 3 9 --nonfinite 5"
        wanted = self.measure(options)
        self.assertIn("3 left out", wanted)
        self.assert_nothing_measured(wanted, options)

    def test_changed_image(self):
        self.measure()
        self.measure(SHAPE + " --changed 7 8 9")
        self.assertEqual(self.asked("run")[-1], 3)
        self.assertEqual(sum(self.asked("run")), 3)

    def test_other_plan(self):
        """Rows of another plan are no rows of this one."""
        self.measure()
        self.measure(SHAPE + " --plan 00000000cafe0000 --changed 7")
        self.assertEqual(self.asked("run"), [0, 200])

    def test_more_classes(self):
        """What -c left out is measured, and nothing else."""
        self.measure(SHAPE, "-c", "cat", "-n", "15")
        self.assertEqual(self.asked("run"), [0, 15])
        self.measure()
        self.assertEqual(sum(self.asked("run")), 185)

    def test_worker_lost(self):
        """It goes on; what both workers measured is kept."""
        t = self.terminal(*self.worker(SLOW), home=self.kept)
        t.wait_for(r"measuring [1-9]\d*/200")
        kill_worker(t)
        t.wait_for("it is started again")
        t.wait_for("measured 200/200")
        self.assertEqual(t.quit(), 0)
        self.assert_nothing_measured(frame((100, 30), fake(SHAPE)))

    def test_worker_lost_while_it_looks(self):
        """What was found before the worker died is told, too."""
        self.measure(SHAPE, "--reduce", "sum")
        self.measure(SHAPE, "-n", "50")
        t = self.terminal(*self.worker(SHAPE + " --changed 7 8 9 --slow 1"), home=self.kept)
        t.wait_for("looking whether")
        kill_worker(t)
        t.wait_for("it is started again")
        t.press("8")
        found, of = t.wait_for(NOTE).groups()
        self.assertEqual(of, "200")
        self.assertGreaterEqual(int(found), 47)

    def test_pauses(self):
        """At any moment, also while the store is read."""
        options = "--layers 18 --classes 10 --images 4000"
        wanted = self.measure(options)
        p = self.pty(*self.worker(options), "--no-state", "--no-color", home=self.kept)
        p.wait_for("isplit|a.cfg")
        for _ in range(30):
            p.press("p")
            p.take(0.01)
        while "measured 4000/4000" not in p.text():
            p.read(0.3)
            if "paused" in p.text():
                p.press("p")
        p.press("8", "1")
        p.read(1)
        lines = p.text().rstrip().split("\n")
        self.assertEqual("\n".join(lines[:-2] + lines[-1:]), wanted)
        self.assertEqual(self.asked("run"), [])

    def test_until_stable(self):
        """The same images, the same numbers, and no run; then the rest."""
        options = "--layers 18 --classes 10 --images 400"
        first = self.measure(options, "--until-stable")
        stable = re.search(r"stable (\d+)/400", first)
        self.assertTrue(stable, first)
        self.assert_nothing_measured(first, options, "--until-stable")
        self.measure(options)
        self.assert_nothing_measured(first, options, "--until-stable")
        t = self.terminal(*self.worker(options), "--until-stable", home=self.kept)
        t.wait_for(r"stable %s/400" % stable.group(1))
        t.press("p")
        t.wait_for("measured 400/400")
        self.assertEqual(self.asked("run"), [])

    def test_opened_from_inside(self):
        """Another folder with the same images: they are known by what they hold."""
        self.measure()
        t = self.terminal(*self.worker(), home=self.kept)
        t.wait_for("measured 200/200")
        t.press("o")
        t.wait_for("open")
        t.press("tests/samples", "Enter")
        t.wait_for("labels .*: ")
        t.press("Enter")
        t.wait_for("a.cfg on tests/samples")
        t.wait_for("measured 200/200")
        self.assertEqual(self.asked("run"), [])
        self.assertEqual(t.quit(), 0)

    def test_trouble(self):
        """A store that cannot be written is a warning, and a run without it."""
        t = self.terminal(*self.worker(), "--store", "/proc/rows.db", home=self.kept)
        t.wait_for("measured 200/200")
        t.press("8")
        t.wait_for("Log: 1 line")
        t.wait_for(r"warning: /proc/rows\.db")
        self.assertEqual(t.quit(), 0)
        said = self.batch(*self.worker(), "--store", "/proc/nowhere/rows.db", "--dump", "80x24", expect=1)
        self.assertRegex(said, r"^isplit: /proc/nowhere/rows\.db: cannot be made in the folder /proc/nowhere: [^\n]*\n$")

    def test_damaged(self):
        self.measure()
        with open(self.store(), "r+b") as file:
            file.write(b"nothing at all" * 100)
        t = self.terminal(*self.worker(), home=self.kept)
        t.wait_for("measured 200/200")
        self.assertEqual(sum(self.asked("run")), 200)
        t.press("8")
        t.wait_for("is damaged")
        self.assertEqual(t.quit(), 0)
        self.assertGreater(len(os.listdir(os.path.dirname(self.store()))), 1)

    def test_deleted(self):
        """While it is in use: it is made anew with all rows, and the log says so."""
        wanted = frame((100, 30), fake(SHAPE))
        t = self.terminal(*self.worker("--layers 18 --classes 10 --images 200 --delay 50"), home=self.kept)
        self.assertTrue(eventually(self.rows_n))
        os.remove(self.store())
        t.wait_for("measured 200/200")
        t.press("8")
        t.wait_for(r"was deleted while it was in use")
        self.assertEqual(t.quit(), 0)
        self.assertEqual(self.rows_n(), 200)
        self.assert_nothing_measured(wanted)

    def test_no_store(self):
        frame((100, 30), fake(SHAPE), home=self.kept)
        self.assertFalse(os.path.exists(self.store()))
        self.measure(SHAPE, "--store", self.kept.path("mine.db"))
        self.assertFalse(os.path.exists(self.store()))
        self.assertTrue(os.path.exists(self.kept.path("mine.db")))

    def test_hung_up(self):
        """Whatever ends it, what it measured is on disk."""
        wanted = frame((100, 30), fake(SHAPE))
        for number in (signal.SIGHUP, signal.SIGTERM):
            p = self.pty(*self.worker(), home=self.kept)
            p.wait_for("measured 200/200")
            os.kill(p.pid, number)
            p.wait()
            self.assert_nothing_measured(wanted)
            os.remove(self.store())

    def test_two_at_once(self):
        wanted = frame((100, 30), fake(SHAPE))
        both = [self.terminal(*fake(SLOW, store=True), "--no-state", home=self.kept) for _ in range(2)]
        for t in both:
            t.wait_for("measured 200/200")
            self.assertEqual(t.quit(), 0)
        self.assert_nothing_measured(wanted)


class Archive(StoreTest):
    """--from, and files of rows for `o`."""
    views = "12345677"

    def setUp(self):
        super().setUp()
        self.rows = self.kept.path("rows.csv")
        self.batch("curve", *self.worker(), "-o", self.kept.path("curve.csv"), "--classes-csv",
                   self.kept.path("classes.csv"), "--images-csv", self.rows)

    def sources(self):
        yield ["--from", self.store()]
        yield ["--from", self.rows]

    def test_every_view(self):
        """Shows what the study itself shows, but for the pictures."""
        for source in self.sources():
            for view in "1234579":
                script = view if view != "9" else "3 Down Space 5 c 4"
                self.assertEqual(body((100, 30), source, script), body((100, 30), fake(SHAPE), script), (source, view))

    def test_says_where_rows_come_from(self):
        self.batch("curve", *fake(SHAPE, store=True), "--store", self.kept.path("part.db"), "-n", "134", "-o", os.devnull)
        said = dump((80, 24), ["--from", self.kept.path("part.db")])
        self.assertIn("part.db, study 1: rows of 134 of 200 images, nothing is measured", said)
        self.assertNotIn("p pause", said)
        self.assertIn("rows.csv: rows of earlier runs, nothing is measured", dump((80, 24), ["--from", self.rows]))
        self.assertIn("p pause", dump((80, 24), fake(SHAPE)))

    def test_images(self):
        narrow = dump((80, 24), ["--from", self.rows], "6")
        for word in "no picture: the rows come from a file without the images".split():
            self.assertIn(word, narrow)
        for source in self.sources():
            t = self.terminal(*source, "--no-state")
            t.wait_for("measured 200/200")
            t.press("6")
            t.wait_for("200 images")
            t.wait_for("no picture: the rows come from a file without the images")
            t.press("R")
            t.wait_for("there is no worker")
            t.press("p")
            t.wait_for("nothing is measured")
            self.assertEqual(children(t.pid), [])
            self.assertEqual(t.quit(), 0)

    def test_export(self):
        """The bytes are those of the run."""
        with open(self.kept.path("curve.csv"), "rb") as file:
            curve = file.read()
        for i, source in enumerate(self.sources()):
            folder = self.kept.path("out%d" % i)
            os.mkdir(folder)
            t = self.terminal(*source, "--no-state")
            t.wait_for("measured 200/200")
            t.press("e")
            t.wait_for("-curve.csv")
            t.press("Tab")
            t.wait_for("files begin with")
            t.press("Ctrl-U", folder + "/x", "Enter")
            self.assertTrue(eventually(lambda folder=folder: len(os.listdir(folder)) == 8), t.text())
            self.assertEqual(t.quit(), 0)
            made = files(folder)
            self.assertEqual(made["x-curve.csv"], curve)
            for name in ("classes", "images"):
                with open(self.kept.path("rows.csv" if name == "images" else "classes.csv"), "rb") as file:
                    self.assertEqual(made["x-%s.csv" % name], file.read(), name)
            meta = made["x-images.csv.meta.csv"].decode()
            self.assertIn(source[1], meta)
            self.assertRegex(meta, r"state,complete")
            again = body((100, 30), ["--from", os.path.join(folder, "x-images.csv")])
            self.assertEqual(again, body((100, 30), fake(SHAPE)))

    def test_marks_are_shared(self):
        """They belong to the network, wherever its rows come from."""
        t = self.terminal(*self.worker(), home=self.kept)
        t.wait_for("measured 200/200")
        t.press("Right", "Right", "x")
        t.wait_for("marked the split after block1_pool")
        self.assertEqual(t.quit(), 0)
        for source in self.sources():
            t = self.terminal(*source, home=self.kept)
            t.wait_for("measured 200/200")
            t.press("7")
            t.wait_for("You marked this split")
            self.assertEqual(t.quit(), 0)

    def test_some_classes(self):
        """-c chooses what is shown first; -n takes the first images."""
        for source in self.sources():
            self.assertIn("classes: cat", frame((100, 30), [*source, "-c", "cat"]))
            self.assertEqual(body((100, 30), [*source, "-n", "30"]), body((100, 30), [*fake(SHAPE), "-n", "30"]))

    def test_until_stable(self):
        wanted = body((100, 30), [*fake(SHAPE), "--until-stable"])
        self.assertRegex(wanted, r"stable \d+/200")
        for source in self.sources():
            self.assertEqual(body((100, 30), [*source, "--until-stable"]), wanted)
            self.assertEqual(body((100, 30), [*source, "--until-stable"], "p"), body((100, 30), fake(SHAPE)))

    def test_opened_from_inside(self):
        t = self.terminal(*fake("--layers 5", store=True), home=self.kept)
        t.wait_for("measured 40/40")
        self.assertTrue(eventually(lambda: " 40 of 40  " in self.listed()))
        for path in (self.store(), self.rows):
            t.press("o")
            t.wait_for("open")
            t.press(path, "Enter")
            if path == self.store():  # by now it holds two
                t.wait_for(r"1: a.cfg on \S+, 200 of 200 images  2: a.cfg on \S+, 40 of 40")
                t.press("x", "Enter")
                t.wait_for("no study 'x'")
                t.press("Ctrl-U", "Tab")
                t.wait_for("study: 1: a.cfg")
                t.press("Enter")
                t.wait_for("opened a.cfg on /fake")
                t.press("2", "1")
                t.wait_for(r"rows\.db, study 1: rows of earlier runs, nothing is measured")
            t.wait_for("measured 200/200")
            t.wait_for("after block4_conv3.*\n(.*\n)*.*b1c1 .* b5p")
        t.press("o")
        t.wait_for("open")
        t.press("tests/samples", "Enter")
        t.wait_for("labels .*: ")
        t.press("Enter")  # the network of these rows is not at hand, but the worker pretends
        t.wait_for("a.cfg on tests/samples")
        self.assertEqual(t.quit(), 0)

    def test_several_studies(self):
        self.batch("curve", *fake("--layers 5", store=True), "-o", self.kept.path("other.csv"))
        self.assertRegex(self.batch("--from", self.store(), "--dump", "80x24", expect=1), "(?s)1 .*2 ")
        for study, images in (("1", "200/200"), ("2", "40/40")):
            self.assertIn("measured " + images, body((100, 30), ["--from", self.store(), "--study", study]))

    def test_errors(self):
        """One line, and no screen."""
        empty = self.kept.path("empty.csv")
        with open(empty, "wb"):
            pass
        for words in (["--from", "/nowhere/rows.db"], ["--from", empty], ["--from", self.store(), "--study", "7"],
                      ["--from", TOP]):
            said = self.batch(*words, "--dump", "80x24", expect=1)
            self.assertEqual(said.count("\n"), 1, said)
            p = self.pty(*words)
            self.assertEqual(p.wait()[0], 1)
            self.assertNotIn(b"\x1b[?1049h", p.sent)

    def test_first_rows_are_shown(self):
        """The curve of many rows is there, and says of how many it is, before the last one is read."""
        path, n = self.kept.path("many.db"), 800 * 200
        self.assertEqual(sqlite3.connect(self.store()).execute("VACUUM INTO ?", (path,)).fetchall(), [])
        multiply(path, 800)
        with Pty(["--from", path, "--no-state"]) as p:
            p.wait_for("measured %d/%d" % (n, n), 10 * TIMEOUT)
            whole = p.text()
        shown = p.sent.decode("utf-8", "replace")
        part = re.search(r"the curve of (\d+) of %d images so far" % n, shown)
        self.assertTrue(part, shown[:3000])
        self.assertLess(int(part[1]), n)
        self.assertIn("best", shown[:shown.index("160000/160000")])
        few = dump((100, 30), ["--from", self.store()])
        self.assertEqual(plot(whole), plot(few))

    def test_keys_while_it_loads(self):
        many = self.kept.path("many.csv")
        rows = 2000 if SANITIZED else 20000
        self.batch("curve", *fake("--layers 18 --classes 10 --images %d" % rows), "-o", os.devnull, "--images-csv",
                   many)
        p = self.pty("--from", many, "--no-state")
        p.wait_for(r"a\.cfg on data")
        p.press("8", "3", "?", "Esc", "8")
        p.wait_for(r"\[8 Log\]")
        p.wait_for("measured %d/%d" % (rows, rows))
        p.press("3", "Space", "1")
        p.wait_for("classes: all but cat")


if __name__ == "__main__":
    unittest.main()
