#!/usr/bin/python3
"""What reaches a terminal, and what becomes of signals, closed streams, full disks and a worker that is stopped."""
import csv
import os
import re
import resource
import shlex
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from screen import DEMO, FAKE, PROGRAM, TIMEOUT, TOP, Home, Pty, Terminal, children, eventually, fake

ENGINE = os.path.join(os.path.dirname(PROGRAM), "isplit-engine")
# An Arabic letter whose second byte is a control of 8-bit terminals; right-to-left; a title; a byte that is no text.
HOSTILE = r"b\u06db31m\u202ec\u200b\u001b]0;owned\u0007"
HOSTILE_TEXT = "b\u06db31m\u202ec\u200b\x1b]0;owned\x07"
SHOWN = {"C.UTF-8": "b\u06db31m\\u202ec\\u200b\\x1b]0;owned\\x07", "C": "b\\u06db31m\\u202ec\\u200b\\x1b]0;owned\\x07"}
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffd]")


def limit_files(size):
    """For preexec_fn: as where a disk is full. SIGXFSZ is what it is for a program that a shell starts."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    return limit


class Faults(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="isplit-faults-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.home = Home()
        self.addCleanup(self.home.remove)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def run_program(self, *words, expect=0, env=None, **how):
        how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, **how}
        run = subprocess.run([PROGRAM, *words], cwd=self.folder, timeout=TIMEOUT, check=False,
                             env={**self.home.environment(), **(env or {})}, **how)
        said = (run.stderr or b"").decode()
        self.assertEqual(run.returncode, expect, said)
        return (run.stdout or b"").decode(errors="surrogateescape"), said

    def pty(self, *words, **how):
        program = Pty(words, home=self.home, cwd=self.folder, **how)
        self.addCleanup(program.close)
        return program

    def on_terminal(self, *words, locale, expect=0):
        """What a command sends to a terminal, without the progress line's own sequence."""
        program = self.pty(*words, locale=locale, size=(200, 60))
        self.assertEqual(program.wait()[0], expect, program.text())
        text = program.sent.replace(b"\x1b[K", b"").decode("utf-8", errors="replace" if locale == "C" else "strict")
        self.assertNotRegex(text, UNSEEN)
        if locale == "C":
            self.assertTrue(text.isascii(), text)
        return text


class Names(Faults):
    def test_names_of_a_worker(self):
        for name in (r"\u001b[31mA", r"gr\u00e4te", "", "a b"):
            _, said = self.run_program("curve", *fake("--layer-name %s" % shlex.quote(name)), expect=3)
            self.assertRegex(said, r'\Aisplit: lost the worker: message layers: rows\[0\]: "name" is wrong '
                                   r"\(expected a name of the characters a-z, 0-9 and _\)\n\Z")

    def test_names_of_a_file(self):
        self.run_program("curve", *fake(), "-o", "curve.csv", "--images-csv", "rows.csv")
        with open(self.path("rows.csv.meta.csv"), encoding="utf-8", newline="") as file:
            text = file.read()
        self.assertEqual(text.count('""name"":""block1_conv1""'), 1)
        for key in ("name", "kind"):
            before = '""%s"":""%s""' % (key, {"name": "block1_conv1", "kind": "convolutional"}[key])
            with open(self.path("rows.csv.meta.csv"), "w", encoding="utf-8", newline="") as file:
                file.write(text.replace(before, r'""%s"":""\u001b[31mA""' % key, 1))
            for words in (["curve", "--chart"], ["curve"], ["plan"], ["plan", "-o", "-"]):
                got, said = self.run_program(*words, "--from", "rows.csv", expect=1)
                self.assertEqual(got, "")
                self.assertRegex(said, r'\Aisplit: [^\n\x1b]*"%s" is wrong \(expected a name[^\n\x1b]*\n\Z' % key)

    def test_names_on_a_terminal(self):
        """Of classes, images and subsets, in tables, in charts and as CSV; what is not a terminal gets the bytes."""
        self.write("subsets", "%s = dog\n" % HOSTILE_TEXT)
        worker = fake("--ugly --skip 1 2 --class-name %s" % shlex.quote(HOSTILE))
        data = [worker[3], *worker[5:]]  # no options of curve
        curve = ["curve", *worker, "-o", "c.csv"]
        for words, holds in ((["data", *data], True), ([*curve, "--classes-csv", "-"], True),
                             ([*curve, "--images-csv", "-"], True),
                             (["curve", *worker, "--subsets", "subsets", "-o", "-"], True),
                             (["curve", *worker, "--subsets", "subsets", "--chart"], True),
                             (["curve", *worker, "-c", HOSTILE_TEXT, "--chart"], True),
                             (["curve", *worker, "-c", "x" + HOSTILE_TEXT, "-o", "a.csv"], True)):
            wrong = "x" + HOSTILE_TEXT in words
            for locale, shown in SHOWN.items():
                with self.subTest(words=words, locale=locale):
                    text = self.on_terminal(*words, locale=locale, expect=int(wrong))
                    self.assertEqual(shown in text, holds, text)
            if words[-1] == "-":
                got, _ = self.run_program(*words)
                self.assertIn(HOSTILE_TEXT, got)

    def test_folders(self):
        worker = fake("--class-folder %s" % shlex.quote(HOSTILE))
        for locale, shown in SHOWN.items():
            lines = self.on_terminal("data", worker[3], *worker[5:], locale=locale).splitlines()
            self.assertRegex("\n".join(lines), r"(?m)^ +0 +\d+  %s +cat$" % re.escape(shown))

    def test_studies(self):
        """Of a store that has several, with the names of their data."""
        for name in (HOSTILE_TEXT, "other"):
            worker = fake("--images 4 --place %s" % shlex.quote("/data/" + name), store=True)
            self.run_program("curve", *worker[:3], name, *worker[4:], "--store", "a.db", "-o", "/dev/null")
        for locale, shown in SHOWN.items():
            for words, status in ((["curve", "--from", "a.db"], 1), (["store", "ls", "--store", "a.db"], 0),
                                  (["store", "verify", "--store", "a.db"], 0)):
                text = self.on_terminal(*words, locale=locale, expect=status)
                self.assertTrue(shown in text or words[1] == "verify", text)

    def test_columns_are_counted_as_shown(self):
        worker = fake("--class-name %s" % shlex.quote(HOSTILE))
        for locale, shown in SHOWN.items():
            text = self.on_terminal("data", worker[3], *worker[5:], locale=locale)
            lines = text.replace("\r", "").split("\n")
            first = next(i for i, line in enumerate(lines) if line.endswith("class"))
            column = lines[first].index("class")
            self.assertEqual(lines[first + 1][column:], shown)
            self.assertEqual(lines[first + 2][column:], "dog")

    def test_errors_of_a_worker(self):
        worker = fake("--refuse images --warn %s" % shlex.quote(HOSTILE_TEXT))
        for locale, shown in SHOWN.items():
            text = self.on_terminal("curve", *worker, locale=locale, expect=1)
            self.assertIn("warning: " + shown, text)
            self.assertIn(r"(nearest: 'filters')\n\x1b[2J", text)


class Signals(Faults):
    def test_ignored_ones_leave_the_screen(self):
        ignored = [signal.SIGQUIT, signal.SIGXCPU, signal.SIGXFSZ, signal.SIGALRM, signal.SIGUSR1, signal.SIGUSR2]
        program = self.pty(*fake("--slow 0.2"), ignore=ignored)
        program.wait_for("measuring")
        for number in ignored:
            os.kill(program.pid, number)
        program.press("?")
        program.wait_for("(?i)keys")
        self.assertTrue(program.emulator.alternate)
        self.assertNotIn(b"ended by signal", program.sent)
        program.press("q", "q")
        self.assertEqual(program.wait()[0], 0)
        self.assertFalse(program.emulator.alternate)

    def test_a_file_too_large_is_no_signal(self):
        program = Terminal(fake("--slow 0.2"))  # there the signal is not ignored at the start
        self.addCleanup(program.close)
        program.wait_for("measuring")
        os.kill(program.pid, signal.SIGXFSZ)
        program.press("?")
        program.wait_for("Keys in view 1")
        program.press("q")
        self.assertEqual(program.quit(), 0)

    def test_no_suspension_where_it_is_ignored(self):
        program = self.pty(*fake("--slow 0.2"), ignore=[signal.SIGTSTP])
        program.wait_for("measuring")
        os.kill(program.pid, signal.SIGTSTP)
        program.press("Ctrl-Z", "?")
        program.wait_for("(?i)keys")
        self.assertNotIn(b"\x1b[?1049l", program.sent)  # the screen was not left
        program.press("q", "q")
        self.assertEqual(program.wait()[0], 0)

    @staticmethod
    def was_asked(requests, kind):
        if not os.path.exists(requests):
            return False
        with open(requests, encoding="ascii") as file:
            return kind in file.read()

    def test_ignored_ones_end_no_command(self):
        """As under nohup, or in the background of a script: neither the command nor its worker."""
        ignored = [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP]

        def ignore():
            for number in ignored:
                signal.signal(number, signal.SIG_IGN)
        requests = self.path("requests")
        words = ["curve", *fake("--delay 50 --requests %s" % shlex.quote(requests)), "-o", "c.csv"]
        with subprocess.Popen([PROGRAM, *words], cwd=self.folder, preexec_fn=ignore, stderr=subprocess.PIPE,
                              env=self.home.environment()) as program:
            self.assertTrue(eventually(lambda: self.was_asked(requests, "run")))
            for number in ignored:
                os.kill(program.pid, number)
                for worker in children(program.pid):
                    os.kill(worker, number)
            said = program.communicate(timeout=TIMEOUT)[1].decode()
        self.assertEqual(program.returncode, 0, said)
        self.assertTrue(os.path.exists(self.path("c.csv")))

    def test_a_closed_pipe_where_that_is_ignored(self):
        """The status tells then, and a line; else the signal ends it, silently, as any filter."""
        for ignored in (False, True):
            reader, writer = os.pipe()
            os.close(reader)
            action = signal.SIG_IGN if ignored else signal.SIG_DFL
            said = self.run_program("help", "curve", stdout=writer, restore_signals=False, expect=1 if ignored else -signal.SIGPIPE,
                                    preexec_fn=lambda action=action: signal.signal(signal.SIGPIPE, action))[1]
            os.close(writer)
            self.assertEqual(said, "isplit: standard output: cannot write: Broken pipe\n" if ignored else "")


class Streams(Faults):
    def test_closed_ones(self):
        """No file of ours takes the place of a standard stream."""
        words = ["curve", *fake("--delay 30"), "-o", "c.csv"]

        def close():
            for fd in range(3):
                os.close(fd)
        with subprocess.Popen([PROGRAM, *words], cwd=self.folder, preexec_fn=close, env=self.home.environment()) as program:
            self.assertTrue(eventually(lambda: children(program.pid)))
            self.assertEqual([os.readlink("/proc/%d/fd/%d" % (program.pid, fd)) for fd in range(3)], ["/dev/null"] * 3)
            self.assertEqual(program.wait(TIMEOUT), 0)
        with open(self.path("c.csv"), encoding="utf-8", newline="") as file:
            self.assertEqual(len(list(csv.DictReader(file))), 4)
        self.assertEqual(sorted(os.listdir(self.folder)), ["c.csv", "c.csv.meta.csv"])

    def test_closed_ones_of_the_worker(self):
        def close():
            os.close(2)
        with subprocess.Popen([ENGINE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=close) as worker:
            worker.stdin.write(b'{"type":"hello","protocol":0}\n')
            worker.stdin.flush()
            self.assertTrue(worker.stdout.readline())
            self.assertEqual(os.readlink("/proc/%d/fd/2" % worker.pid), "/dev/null")
            worker.stdin.close()
            worker.wait(TIMEOUT)

        def close_all():
            for fd in range(3):
                os.close(fd)
        self.assertEqual(subprocess.run([ENGINE], preexec_fn=close_all, timeout=TIMEOUT, check=False).returncode, 1)


class Files(Faults):
    def test_full_disk(self):
        """Each is told by its own name, and nothing is left behind."""
        words = ["curve", *fake(store=True), "--store", "a.db"]
        _, said = self.run_program(*words, "-o", "c.csv", expect=1, restore_signals=False, preexec_fn=limit_files(256))
        self.assertRegex(said, r"(?m)^isplit: c\.csv: cannot write: File too large$")
        self.assertRegex(said, r"(?m)^isplit: warning: a\.db: ")
        self.assertLessEqual(set(os.listdir(self.folder)), {"a.db"})
        self.write("a.db", "")  # what is left of it at the most
        got, said = self.run_program("store", "ls", "--store", "a.db", "--format", "table")
        self.assertEqual((len(got.splitlines()), said), (1, "isplit: note: a.db: no rows are kept yet\n"))
        self.assertEqual(self.run_program("store", "verify", "--store", "a.db")[1], said)
        self.run_program(*words, "-o", "c.csv")  # there is room again
        got, said = self.run_program("store", "ls", "--store", "a.db", "--format", "table")
        self.assertEqual((len(got.splitlines()), said), (2, ""))

    def test_standard_output(self):
        for words in (["curve", *fake()], ["help", "curve"], ["--version"], ["curve", "--help"], ["--help"], ["link"],
                      ["docs", "bash"], ["--dump", "80x24", *fake()]):
            with open(self.path("out"), "wb") as out:
                said = self.run_program(*words, stdout=out, expect=1, restore_signals=False, preexec_fn=limit_files(8))[1]
            self.assertRegex(said, r"(?m)^isplit: standard output: cannot write: File too large$", words)

    def test_tuning_file(self):
        words = ["curve", DEMO, "-n", "1", "--no-store", "--tuning", "p.json", "-o", "/dev/null"]
        self.run_program(*words)
        size = os.path.getsize(self.path("p.json"))
        os.remove(self.path("p.json"))
        full = {"expect": 1, "restore_signals": False}
        _, said = self.run_program(*words, **full, preexec_fn=limit_files(size - 8))
        self.assertEqual(said, "isplit: p.json: cannot write: File too large\n")
        self.assertEqual(os.listdir(self.folder), [])
        _, said = self.run_program("profile", DEMO, **full, preexec_fn=limit_files(64))  # libdarknet's copy of the cfg
        self.assertRegex(said, r"cannot be handed to libdarknet: File too large\n\Z")

    def test_folders_that_cannot_be_made(self):
        """mkdir's own reason: "read-only" or "not permitted" rather than "no such file"."""
        place = "/sys/isplit-test"
        with self.assertRaises(OSError) as fault:
            os.mkdir(place)
        why = "%s/isplit/rows.db: cannot make the folder %s: %s" % (place, place, fault.exception.strerror)
        words = ["curve", *fake(store=True)]
        said = self.run_program(*words, env={"XDG_CACHE_HOME": place})[1]
        self.assertIn("isplit: warning: %s (continuing without stored rows)\n" % why, said)
        self.write("b.db", "")
        said = self.run_program("store", "merge", "b.db", env={"XDG_CACHE_HOME": place}, expect=1)[1]
        self.assertIn("isplit: %s\n" % why, said)

    def test_class_file_without_classes(self):
        self.write("empty", "")
        for words in (["-c", "@empty"], ["--subsets", self.write("subsets", "a = @empty\n")]):
            said = self.run_program("curve", *fake(), *words, expect=1)[1]
            self.assertRegex(said, r"\Aisplit: (.*: )?empty: the list of classes leaves none\n\Z")


class StoppedWorker(Faults):
    SILENT = r"no answer from the worker for \d+ s"

    def stop(self, program):
        """Between two images of a run."""
        worker = eventually(lambda: children(program.pid))[0]
        os.kill(worker, signal.SIGSTOP)
        self.addCleanup(lambda: worker in children(program.pid) and os.kill(worker, signal.SIGCONT))
        return worker

    def test_told_everywhere(self):
        """On a wide and on a narrow screen, and in the progress line; keys are answered, and it goes away."""
        slow = "--slow 0.3 --images 400 --classes 4"
        narrow = self.pty(*fake(slow), size=(40, 12))
        batch = self.pty("curve", *fake("--slow 0.1"), "-o", "c.csv")
        wide = Terminal(fake(slow))
        self.addCleanup(wide.close)
        narrow.wait_for("measuring")
        wide.wait_for(r"measuring \d+/400")
        batch.wait_for(r"\d+/40 images  .*ETA")
        workers = [self.stop(program) for program in (narrow, batch, wide)]
        batch.wait_for(r"\d+/40 images  " + self.SILENT)
        narrow.wait_for(r"no answer for \d+ s")
        wide.wait_for(r"measuring \d+/400 +" + self.SILENT)
        self.assertNotIn("ETA", wide.text())
        wide.press("?")
        wide.wait_for("Keys in view 1")
        wide.press("Esc")
        before = re.search(self.SILENT, wide.text()).group()
        self.assertTrue(wide.changed(before))
        for worker in workers:
            os.kill(worker, signal.SIGCONT)
        wide.wait_gone("no answer")
        wide.wait_for(r"measuring \d+/400  .*ETA")
        self.assertEqual(batch.wait()[0], 0)
        self.assertTrue(os.path.exists(self.path("c.csv")))


if __name__ == "__main__":
    unittest.main()
