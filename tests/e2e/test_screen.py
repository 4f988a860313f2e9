#!/usr/bin/python3
"""isplit's screen in real terminals: sizes, kinds of terminals, every view, every key, prompts, job control.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_screen.py [unittest options]
"""
import concurrent.futures
import os
import random
import re
import shlex
import subprocess
import unittest

from screen import (COLOUR, DEMO, PATIENCE, PROGRAM, TIMEOUT, TOP, ScreenTest, Terminal, dump, eventually, fake,
                    has_terminfo, key_table, runs, views)

VGG = fake("--layers 18 --classes 10 --images 100")


def parallel(jobs):
    """Runs (function, arguments...) four at a time; the first exception comes through."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(*job) for job in jobs]:
            done.result()


class Sizes(ScreenTest):
    def every_view(self, size, arguments=(), locale="C.UTF-8"):
        """Each view by its digit: without colours the screen is what --dump prints for the same keys."""
        with Terminal([*VGG, "--no-state", "--no-color", *arguments], size=size, locale=locale) as t:
            t.wait_for("measured 100/100|best: ")
            for digit in views():
                t.press(digit)
                script = "6 " + digit if digit in "7890" else digit  # view 6 begins at the best layer
                wanted = dump(size, [*VGG, *arguments], script, locale)
                eventually(lambda: t.text() == wanted)  # pylint: disable=cell-var-from-loop
                shown = t.text()
                self.assertEqual(shown, wanted, "view %s at %dx%d" % (digit, *size))
                self.assertTrue(t.alive())
                row, column = t.cursor()
                self.assertTrue(0 <= row < size[1] and 0 <= column < size[0])
                if locale == "C" or "--ascii" in arguments:
                    self.assertTrue(shown.isascii(), shown)
            self.assertEqual(t.quit(), 0)

    def test_every_view_at_every_size(self):
        parallel([(self.every_view, size) for size in ((80, 24), (100, 30), (200, 60), (40, 12))])

    def test_ascii(self):
        parallel([(self.every_view, (80, 24), (), "C"), (self.every_view, (100, 30), ("--ascii",))])

    def test_too_small(self):
        for size in ((39, 12), (40, 11), (10, 3)):
            t = self.terminal(*VGG, size=size)
            t.wait_for("needs 40x12" if size[0] > 20 else "needs 40x1")
            t.press("?", "x", "3", "e")
            self.assertEqual(t.press("Esc") or t.press("Esc") or t.quit(), 0)

    def test_other_sizes_live(self):
        t = self.terminal(*VGG, size=(40, 12))
        t.wait_for(r"measured \d|best: ")
        for size in ((1, 1), (200, 12), (40, 60), (39, 40), (2, 50), (300, 100), (41, 13), (80, 24)):
            t.resize(*size)
            for digit in views():
                t.press(digit, "Right")
            self.assertTrue(t.alive())
        t.press("1")
        t.wait_for(r"\[1 Curve\]")
        self.assertEqual(t.quit(), 0)

    def test_size_follows_the_window(self):
        t = self.terminal(*VGG, size=(80, 24))
        t.wait_for("measured 100/100")
        t.resize(39, 11)
        t.wait_for("needs 40x12, has 39x11")
        t.resize(100, 30)
        t.wait_for(r"^\[1 Curve\]")
        self.assertEqual(t.settled(), dump((100, 30), VGG))


class Kinds(ScreenTest):
    """Kinds of terminals, with and without colours and UTF-8."""
    def one(self, term, locale, environment, arguments, coloured):
        label = "%s %s %s %s" % (term, locale, environment, arguments)
        with Terminal([*VGG, *arguments], size=(80, 24), term=term, locale=locale, environment=environment) as t:
            t.wait_for("measured 100/100")
            t.press("Right", "x")
            t.wait_for("marked the split after block1_conv2")
            for digit in views():
                t.press(digit)
                t.wait_for(r"\[%s " % digit)
                shown = t.text(colours=True)
                found = COLOUR.search(shown)
                self.assertEqual(bool(found), coloured, "%s, view %s: %r" % (label, digit, found))
                if locale == "C":
                    self.assertTrue(t.text().isascii(), t.text())
            t.press("?")
            t.wait_for("Keys in view %s" % list(views())[-1])
            t.press("q")
            t.wait_gone("Keys in view")
            self.assertEqual(t.quit(), 0)

    def test_kinds(self):
        kinds = [("vt100", False), ("linux", True), ("screen", True), ("xterm", True), ("xterm-256color", True),
                 ("tmux-256color", True), ("screen-256color", True), ("xterm-mono", False)]
        kinds += [(name, True) for name in ("xterm-direct", "tmux-direct", "xterm-16color") if has_terminfo(name)]
        kinds = [kind for kind in kinds if has_terminfo(kind[0])]
        self.assertGreater(len(kinds), 5)
        jobs = [(self.one, term, "C.UTF-8", {}, [], coloured) for term, coloured in kinds]
        jobs += [(self.one, term, "C", {}, [], coloured) for term, coloured in kinds[:5]]
        parallel(jobs)

    def test_no_colour(self):
        parallel([(self.one, "tmux-256color", "C.UTF-8", {"NO_COLOR": "1"}, [], False),
                  (self.one, "xterm-256color", "C.UTF-8", {}, ["--no-color"], False),
                  (self.one, "xterm-256color", "C.UTF-8", {"NO_COLOR": ""}, [], True),
                  (self.one, "linux", "C", {}, ["--no-color"], False),
                  (self.one, "xterm", "C.UTF-8", {}, ["--theme", "mono"], False)])

    def test_unknown_terminal(self):
        for term in ("nothing-like-it", "dumb"):
            with Terminal(VGG, environment={"TERM": term}) as t:
                self.assertNotEqual(t.status(), 0)
                self.assertIn("isplit curve", t.text().replace("\n", " "))


class NoTerminal(ScreenTest):
    def run_without(self, *arguments):
        home = self.home()
        return subprocess.run([PROGRAM, *arguments], cwd=TOP, env=home.environment(), stdin=subprocess.DEVNULL,
                              capture_output=True, check=False, timeout=TIMEOUT)

    def test_names_the_batch_command(self):
        for arguments in ((), (DEMO,)):
            run = self.run_without(*arguments)
            self.assertEqual((run.returncode, run.stdout), (2, b""))
            self.assertIn(b"isplit curve", run.stderr)
            self.assertEqual(run.stderr.count(b"\n"), 1)

    def test_wrong_dumps(self):
        for arguments in (("--dump", "x"), ("--dump", "0x10"), ("--dump", "80"), ("--dump", "80x24", "--script", "Up Upp"),
                          ("--dump", "80x24", "--script", '"abc')):
            run = self.run_without(*arguments, *VGG)
            self.assertEqual((run.returncode, run.stdout), (2, b""), run.stderr)

    def test_dump_without_terminfo(self):
        run = subprocess.run([PROGRAM, "--dump", "80x24", *VGG], cwd=TOP, env={"PATH": os.environ["PATH"]},
                             stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=TIMEOUT)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(run.stdout.count(b"\n"), 24)


# What must be pressed first so that a key has something to do.
BEFORE = {"k": "G", "Up": "G", "PgUp": "G", "Ctrl-B": "G", "g": "G", "Home": "G", "h": "l l", "Left": "l l", "[": "] ]", "Ctrl-U": "G", "Ctrl-D": "g",
          "j": "g", "Down": "g", "PgDn": "g", "Ctrl-F": "g", "G": "g", "End": "g", "l": "h h", "Right": "h h", "]": "[ [",
          ".": "1 g %d", ",": "1 G %d", "*": "1 g %d", "Z": "z l l z", "A": "a", "n": "/ 1 Enter", "N": "/ 1 Enter",
          ("3", "n"): "/ a Enter", ("3", "N"): "/ a Enter", ("5", "n"): "/ a Enter", ("5", "N"): "/ a Enter",
          ("4", "O"): ": 7 Enter j", **{("4", key): "g j" for key in ("k", "Up", "g", "Home", "PgUp", "Ctrl-B", "Ctrl-U")}}
# Keys that need not change anything: they end what is not there, or are tried elsewhere (Quitting, Jobs).
QUIET = {"Esc", "Ctrl-L"}
ELSEWHERE = {"q", "Q", "Ctrl-C", "Ctrl-Z", "F10"}
# The picture and the text are as close as one can look, and the log is of no layer. Where no
# half has run every move says the same.
NOTHING = {"6": {"Enter"}, "7": {"Enter"}, "8": {"h", "Left", "l", "Right", "Enter"},
           "!": set("h j k l g G Left Right Up Down PgUp PgDn Ctrl-B Ctrl-F Ctrl-U Ctrl-D Home End".split())}
SMALL = {"7": (44, 12), "8": (80, 20)}  # where the text is longer than the screen


class EveryKey(ScreenTest):
    def every_key(self, view, table):
        """Each key of the table that means something in a view, there. The complaints."""
        wrong = []
        with Terminal([*VGG, "--no-state"], size=SMALL.get(view, (100, 40))) as t:
            t.wait_for("measured 100/100|best: ")  # where there is little room, what came of it alone
            # Two curves to compare, some lines in the log.
            t.press("c", ":", "0-3", "Enter", "c", ":", "5,6", "Enter", *("x" * 20), view)
            t.settled()
            for entry in table:
                for key in entry.keys if view in entry.views else ():
                    if key not in ELSEWHERE:
                        self.one_key(t, view, key, wrong)
                    if len(wrong) > 4:
                        return wrong
                    if not t.alive():
                        return wrong + ["%s ends the program in view %s" % (key, view)]
            if t.quit() != 0:
                wrong.append("status %d after view %s" % (t.status(), view))
        return wrong

    def one_key(self, t, view, key, wrong):
        quiet = key in QUIET | NOTHING.get(view, set()) or key == view
        # On a busy machine a screen that rests for a moment may still have keys to answer: ask again, with more patience.
        changed = self.key_changes(t, view, key, 0.05, 0 if quiet else 3) or quiet or self.key_changes(t, view, key, 1, 3)
        now = t.text()
        if "does nothing here" in now:
            wrong.append("view %s: %s is said to do nothing" % (view, key))
        if not changed:
            wrong.append("view %s: %s changes nothing:\n%s" % (view, key, now))
        # Out of prompts and dialogs, and back.
        t.press("Esc", "Esc", "Esc", view)
        if not eventually(lambda: self.view_of(t) == view, 5):
            wrong.append("view %s: no way back after %s: %s" % (view, key, t.text()))

    @staticmethod
    def key_changes(t, view, key, rest, wait):
        """Whether a key changes within `wait` seconds the screen that came to rest for `rest` seconds before."""
        t.press(*BEFORE.get((view, key), BEFORE.get(key, "")).replace("%d", view).split())
        before = t.settled(rest * PATIENCE), t.cursor()
        t.press(key)
        return eventually(lambda: (t.text(), t.cursor()) != before, wait)

    @staticmethod
    def view_of(t):
        """By its tab; where there is no room for tabs the footer must do."""
        tab = re.search(r"^.*\[([\d!]) \w+\]", t.text(), re.M)
        return tab.group(1) if tab else "7" if " ? help" in t.text() else None

    def test_every_key_in_every_view(self):
        table = key_table()
        self.assertGreater(len(table), 50)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            complaints = sum(pool.map(lambda view: self.every_key(view, table), views()), [])
        self.assertEqual(complaints, [], "\n".join(complaints))

    def test_other_keys_say_so(self):
        known = {key for entry in key_table() for key in entry.keys}
        t = self.terminal(*VGG)
        t.wait_for(r"measured \d")
        for key in [key for key in "&%$#~;{}=+_" if key not in known][:5] + ["F9", "F12", "é"]:
            t.press(key)
            t.wait_for(re.escape(key) + " does nothing here")

    def test_issue_keys_are_there(self):
        """The keys that the issue names."""
        known = {key for entry in key_table() for key in entry.keys}
        for key in ("Up Down Left Right h j k l PgUp PgDn Home End g G Tab / n N \\ < > Space p x c e ? F1 F10 Ctrl-D Ctrl-U Ctrl-P q "
                    "Ctrl-L Ctrl-Z Ctrl-C m").split() + list(views()):
            self.assertIn(key, known)

    def test_help_lists_every_key(self):
        table = key_table()
        t = self.terminal(*VGG, size=(120, 130))
        t.wait_for(r"measured \d")
        t.press("?")
        shown = t.wait_for("Keys in view") and t.settled()
        for entry in table:
            self.assertIn(" ".join(entry.keys)[:14], shown)
            self.assertIn(entry.help[:60], shown)

    def test_keys_of_a_file(self):
        """Footer and help have the changed ones; what is wrong is said in one line."""
        home = self.home()
        folder = os.path.join(home.environment("C.UTF-8").get("XDG_CONFIG_HOME") or home.path(".config"), "isplit")
        os.makedirs(folder)
        with open(os.path.join(folder, "keys"), "w", encoding="utf-8") as file:
            file.write("# mine\n\n  #x\n? F5\nc K\n# ~\n")
        shown = dump((120, 90), VGG, "F5", home=home)
        self.assertRegex(shown, r"(?m)^ F5 F1 +this help")
        self.assertRegex(shown, r"(?m)^ K +pin the curve")
        self.assertRegex(shown, r"(?m)^ ~ +which class is taken for which")
        self.assertIn(" F5 help ", dump((120, 60), VGG, home=home))
        for lines, why in (("c x\n", "the key 'x' would mean '"), ("\nc\n", "line 2: expected two keys"),
                           ("c Ctrl-c\n", "line 1: no key is called 'Ctrl-c'"), ("F7 c\n", "no action has the key 'F7'"),
                           ("c x y\n", "line 1: expected two keys")):
            with open(os.path.join(folder, "keys"), "w", encoding="utf-8") as file:
                file.write(lines)
            run = subprocess.run([PROGRAM, "--dump", "80x24", *VGG], cwd=TOP, env=home.environment("C.UTF-8"), check=False,
                                 stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT)
            self.assertEqual((run.stdout, run.stderr.count(b"\n")), (b"", 1))
            self.assertIn(os.path.join("isplit", "keys") + ": " + why, run.stderr.decode())

    def test_keys_while_loading(self):
        """Typed before anything is there: nothing is lost that can be done, nothing crashes."""
        t = self.terminal(*fake("--layers 18 --slow 0.02"), size=(80, 24))
        t.press("2", "x", "?", "Esc", "e", "Esc", ":", "Esc", "j", "c", "w", "Esc", "/", "Esc", "3")
        t.wait_for(r"\[3 Classes\]")
        t.wait_for("measured 40/40")
        self.assertEqual(t.quit(), 0)

    def test_random_keys(self):
        """A cat on the keyboard."""
        source = random.Random(3)
        keys = [key for entry in key_table() for key in entry.keys if key not in ELSEWHERE] + list("abz *,:-9 ") + ["Enter"]
        for seed in range(2):
            home = self.home()  # where it may write what it likes
            t = self.terminal(*fake("--layers 9 --delay 5"), "--no-state", size=(60 + 30 * seed, 16 + 10 * seed), home=home,
                              cwd=home.folder)
            for _ in range(60):
                t.press(*(source.choice(keys) for _ in range(5)))
                if source.random() < 0.1:
                    t.resize(source.randint(1, 150), source.randint(1, 50))
            self.assertTrue(t.alive(), t.text())


class Quitting(ScreenTest):
    def test_q_and_ctrl_c(self):
        for key in ("q", "Q", "Ctrl-C"):
            t = self.terminal(*VGG)
            t.wait_for(r"measured \d")
            t.press(key)
            self.assertEqual(t.status(), 0)

    def test_at_once(self):
        """Also before the worker has said anything, and while it measures."""
        for options in ("--silent", "--slow 1", "--layers 18 --delay 5"):
            t = self.terminal(*fake(options))
            t.wait_for("a.cfg")
            worker = t.worker()
            self.assertIsNotNone(worker)
            self.assertEqual(t.quit(), 0)
            self.assertTrue(eventually(lambda pid=worker: not runs(pid)))

    def test_after_the_worker(self):
        """It ended before it said anything."""
        t = self.terminal(*fake("--mute"))
        t.wait_for("the worker ended with exit status 3")
        self.assertEqual(t.quit(), 0)


class Jobs(ScreenTest):
    """Ctrl-Z and fg in a shell."""
    def setUp(self):
        self.shell = self.terminal(command=["bash", "--norc", "--noprofile", "-i"], environment={"PS1": "$ "})
        self.shell.wait_for(r"^\$")

    def type(self, text):
        self.shell.press(text, "Enter")

    def start(self, *arguments):
        self.type("stty -a >%s; clear" % self.shell.home.path("before"))
        self.type(shlex.join([PROGRAM, *arguments]))
        self.shell.wait_for(r"measured \d|measuring")

    def assert_usable(self):
        self.type("stty -a >%s; echo good" % self.shell.home.path("after"))
        self.shell.wait_for("^good")
        with open(self.shell.home.path("before"), encoding="ascii") as a, \
                open(self.shell.home.path("after"), encoding="ascii") as b:
            self.assertEqual(a.read(), b.read())
        self.assertEqual(self.shell.ask("#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{keypad_flag}"), "0 1 0 0")

    def test_suspend_and_return(self):
        self.start(*VGG)
        self.shell.wait_for("measured 100/100")
        for _ in range(2):
            before = self.shell.settled()
            self.shell.press("Ctrl-Z")
            self.shell.wait_for("Stopped")
            self.assert_usable()
            self.type("clear; fg")
            self.shell.wait_for(r"^\[1 Curve\]")
            self.assertEqual(self.shell.settled(), before)
            self.shell.press("Right")
            self.assertTrue(self.shell.changed(before))
        self.shell.press("q")
        self.shell.wait_for(r"^\$")
        self.assert_usable()

    def test_suspend_while_measuring(self):
        """The worker waits too, and goes on."""
        self.start(*fake("--layers 9 --images 400 --delay 5"))
        self.shell.press("Ctrl-Z")
        self.shell.wait_for("Stopped")
        self.assert_usable()
        self.shell.resize(80, 24)
        self.type("clear; fg")
        self.shell.wait_for("measured 400/400")
        self.assertEqual(len(self.shell.lines()), 24)
        self.shell.press("q")
        self.shell.wait_for(r"^\$")

    def test_dialogs_suspend_too(self):
        self.start(*VGG)
        self.shell.press("?", "Ctrl-Z")
        self.shell.wait_for("Stopped")
        self.type("clear; fg")
        self.shell.wait_for("Keys in view")
        self.shell.press("q", "q")
        self.assert_usable()

    def test_after_quitting(self):
        self.start(*VGG, "--mouse")
        self.shell.press("q")
        self.assert_usable()


class Prompts(ScreenTest):
    """Searching, filtering, choosing classes by an expression."""
    def test_classes_by_expression(self):
        """The numbers are those of the batch command."""
        home = self.home()
        plan = ["--plan-file", home.path("plan")]  # another plan's last digits would differ
        rows = self.curve(DEMO, *plan, "-c", "C,D,G")
        best = max((r for r in rows if r["local_max"] == "1"), key=lambda r: float(r["cui"]))
        t = self.terminal(DEMO, *plan, size=(120, 40), home=home)
        t.wait_for("measured 400/400")
        t.press("2", ":", "C,D,G", "Enter")
        t.wait_for("classes: C,D,G")
        shown = "\n".join(t.settled().split("\n")[3:-2])
        for row in rows:
            line = re.search(r"^.*\b%s\b.*$" % row["name"], shown, re.M).group()
            self.assertIn("%.3f" % float(row["log10_cui"]), line)
            self.assertRegex(line, r"\s%s\b" % row["rank"])
        t.press("1", "*")
        t.wait_for(r"%s .*CUI" % best["name"])
        self.assertIn("%.3f" % float(best["log10_cui"]), t.settled())

    def test_wrong_expression_is_a_message(self):
        t = self.terminal(*VGG)
        t.wait_for(r"measured \d")
        t.press(":", "cat,nonsense", "Enter")
        t.wait_for("error: unknown class 'nonsense'")
        self.assertIn("all classes", t.text())
        self.assertRegex(t.settled(), r"\n *classes .*: cat,nonsense *\n")  # to be mended
        t.press("Esc")
        self.assertIn("all classes", t.settled())

    def test_search_in_the_layers(self):
        t = self.terminal(*VGG, size=(100, 30))
        t.wait_for(r"measured \d")
        t.press("2", "/", "pool", "Enter")
        row, _ = (t.settled(), t.cursor())[1]
        self.assertIn("block1_pool", t.lines()[row])
        t.press("n")
        self.assertTrue(t.settled() and "block2_pool" in t.lines()[t.cursor()[0]])
        t.press("N")
        self.assertTrue(t.settled() and "block1_pool" in t.lines()[t.cursor()[0]])
        t.press("/", "zzz", "Enter")
        t.wait_for("no layer has 'zzz' in its name")

    def test_filter_and_back(self):
        t = self.terminal(*VGG, size=(100, 30))
        t.wait_for(r"measured \d")
        t.press("2", "\\", "*pool", "Enter")
        shown = t.wait_for("block5_pool") and t.settled()
        self.assertNotIn("block1_conv1 ", "\n".join(shown.split("\n")[4:-2]))
        t.press("\\", "Ctrl-U", "Enter")
        t.wait_for("block1_conv1 ")

    def test_the_cursor_stands_on_the_row(self):
        t = self.terminal(*VGG, size=(100, 30))
        t.wait_for(r"measured \d")
        t.press("2", "g")
        for name in ("block1_conv1", "block1_conv2", "block1_pool"):
            t.settled()
            self.assertIn(name, t.lines()[t.cursor()[0]])
            t.press("Down")


if __name__ == "__main__":
    unittest.main()
