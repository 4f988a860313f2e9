#!/usr/bin/python3
"""What is given may be anything: a file of zeros without an end, a pipe that nobody writes, a state that is damaged, names that
are no text. One clear line each, nothing waits, and nothing is put away in silence.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_faults_given.py [unittest options]
"""
import json
import os
import pty
import re
import resource
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from screen import DEMO, PROGRAM, SANITIZED, TIMEOUT, fake
from test_faults_files import LETTERS, VGG
from test_faults_terminal import ENGINE, HOSTILE, HOSTILE_TEXT, SHOWN, UNSEEN, Faults
from wrapper import wrapped

HALF = os.environ.get("ISPLIT_HALF", os.path.join(os.path.dirname(PROGRAM), "isplit-half"))
GIB = 1 << 30


def limit_memory():
    if not SANITIZED:  # which take addresses without end
        resource.setrlimit(resource.RLIMIT_AS, (GIB, GIB))


class Sizes(Faults):
    def setUp(self):
        super().setUp()
        with open(self.path("zeros"), "wb") as file:
            os.truncate(file.fileno(), 16 * GIB)  # of which nothing is on the disk

    @unittest.skipIf(SANITIZED, "there all that is known of a row is copied whenever it grows")
    def test_rows_without_an_end(self):
        for name in ("evaluation", "race"):
            os.mkdir(self.path(name))
        os.link(self.path("zeros"), self.path("evaluation", "evaluate.csv"))
        os.link(self.path("zeros"), self.path("race", "results.csv"))
        for words in (["evaluate", "--compare", "evaluation", "evaluation"], ["plan", DEMO, "--curve", "zeros"],
                      ["plan", DEMO, "--evaluation", "evaluation"], ["plan", DEMO, "--edge", "zeros"],
                      ["evaluate", DEMO, "-n", "40", "--cuts", "block5_pool", "--starts", "1", "--steps", "1", "-o", "race"]):
            said = self.run_program(*words, expect=1, preexec_fn=limit_memory)[1]
            self.assertRegex(said, r"(?m)^isplit: \S+:(1: a row without an end \(expected at most 64 MiB\)| has \d+ bytes "
                             r"\(expected at most 67108864\))$", words)

    def test_no_data_file(self):
        """What it is is seen in its first lines, before the worker is asked."""
        said = self.run_program("zeros", "--dump", "80x24", expect=2)[1]
        self.assertRegex(said, r"\Aisplit: no weights: [^\n]*\n\Z")

    def test_keys_of_any_size(self):
        keys = self.home.path("config", "isplit", "keys")
        os.makedirs(os.path.dirname(keys), exist_ok=True)
        for text, why in ((None, r": has \d+ bytes \(expected at most 1048576\)"), (b"E F2\n\0\nQ F3\n", ": holds a NUL byte .*"),
                          (b"E F2\nwrong\n", ": line 2: expected two keys: .*")):
            if os.path.exists(keys):
                os.remove(keys)
            if text is None:
                os.link(self.path("zeros"), keys)
            else:
                with open(keys, "wb") as file:
                    file.write(text)
            said = self.run_program(*fake(), "--dump", "80x24", expect=1, preexec_fn=limit_memory)[1]
            self.assertRegex(said, r"\Aisplit: %s%s\n\Z" % (re.escape(keys), why))

    def test_pipes_that_nobody_writes(self):
        os.mkfifo(self.path("pipe"))
        said = self.run_program("pipe", "--dump", "80x24", expect=2)[1]
        self.assertRegex(said, r"\Aisplit: no weights: [^\n]*\n\Z")
        for words in (["plan", DEMO, "--curve", "pipe"], ["plan", DEMO, "--edge", "pipe"], ["link", "--links", "pipe"],
                      ["store", "ls", "--store", "pipe"], ["curve", DEMO, "--tuning", "pipe"]):
            self.assertEqual(self.run_program(*words, expect=1)[1], "isplit: pipe: is not a regular file\n")
        keys = self.home.path("config", "isplit", "keys")
        os.makedirs(os.path.dirname(keys), exist_ok=True)
        os.mkfifo(keys)
        said = self.run_program(*fake(), "--dump", "80x24", expect=1)[1]
        self.assertEqual(said, "isplit: %s: is not a regular file\n" % keys)


class Lies(Faults):
    """A worker that answers something else than it was asked, of which rows and names of ours would be made."""
    CHANGE = """
    if message["type"] == words[0]:
        exec(words[1])
        line = json.dumps(message).encode() + b"\\n"
"""
    SHORTER = ('r = message["right"]; message.update(right=r[:-1], images=message["images"] - (r[-1] != "-"), '
               'correct=message["correct"] - (r[-1] == "1"))')

    def test_answers(self):
        data = ["-d", LETTERS, "-n", "20", "--no-store"]
        retrain = ["retrain", *VGG, *data[:4], "--at", "block5_pool", "--epochs", "1", "-o", "r"]
        for kind, change, words, says in (
                ("dataset", 'message["classes"].append({"index": 99, "name": "x", "folder": None, "images": 0})',
                 ["curve", *VGG, *data], "the worker names class 99 of 10"),
                ("check", self.SHORTER, retrain, "the worker looked at other images than it was asked to"),
                ("retrained", 'message["images"] += 1000', retrain, "the worker ended the training before it was done"),
                ("profile", 'message["runtime"] = "onednn"', ["profile", *VGG, "--runs", "1", "--runtime", "darknet"],
                 "a profile that was not asked for"),
                ("split", 'message["layer"] += 1', ["split", *VGG, "--at", "9", "-o", "s"],
                 "a split that was not asked for")):
            with self.subTest(kind=kind):
                said = self.run_program(*words, *wrapped(self.folder, self.CHANGE, ENGINE, kind, change), expect=3)[1]
                self.assertRegex(said, r"(?m)^isplit: lost the worker: [^\n]*%s[^\n]*$" % says)


class State(Faults):
    def test_completion_leaves_what_is_damaged(self):
        """It cannot tell, so the next one who can has to find it; that one puts it aside."""
        states = self.home.path("state", "isplit", "networks")
        os.makedirs(states)
        names = {"0123456789abcdef.json": '{"isplit":', "00000000deadbeef.json": json.dumps(
            {"isplit": "state", "version": 1, "subsets": [{"name": HOSTILE_TEXT, "classes": "dog"}]})}
        for name, text in names.items():
            with open(os.path.join(states, name), "w", encoding="ascii") as file:
                file.write(text)
        for locale, shown in SHOWN.items():
            self.assertEqual(self.run_program("docs", "subsets", env={"LC_ALL": locale}), (shown + "\n", ""))
        self.assertEqual(set(os.listdir(states)), set(names))


class Texts(Faults):
    def on_any_terminal(self, *words, locale):
        """What a program sends to one: its status, and the bytes."""
        ours, theirs = pty.openpty()
        with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, cwd=self.folder,
                              env={**self.home.environment(), "LC_ALL": locale}) as run:
            os.close(theirs)
            sent = b""
            try:
                while some := os.read(ours, 1 << 16):
                    sent += some
            except OSError:  # the last one who had the terminal open is gone
                pass
        os.close(ours)
        return run.returncode, sent

    def test_json(self):
        """The same values, with other characters escaped as JSON has it; a file gets them as they are."""
        worker = fake("--class-name '%s'" % HOSTILE)
        words = ["data", worker[3], *worker[5:], "--format", "json"]
        for locale in SHOWN:
            rows = json.loads(re.search(r"(?s)\[.*\]", self.on_terminal(*words, locale=locale)).group())
            self.assertEqual(rows[0]["class"], HOSTILE_TEXT)
        self.assertIn(HOSTILE_TEXT[:4], self.run_program(*words)[0])

    def test_scripts(self):
        """Of isplit shards: a file has the names as they are, a terminal what it can show; no name ends a comment."""
        words = ["shards", "2", "--parallel", *fake()[:3], HOSTILE_TEXT, *fake()[5:]]
        for locale, shown in SHOWN.items():
            self.assertIn(shown, self.on_terminal(*words, locale=locale))
        self.assertIn(HOSTILE_TEXT, self.run_program(*words)[0])
        name = "job\n>made\n.sh"
        self.run_program(*words, "-o", name)
        comments = subprocess.run(["sed", "/^shares=/q", name], cwd=self.folder, capture_output=True, check=True).stdout
        self.assertRegex(comments.decode(), r"\A(#[^\n]*\n|\n)*shares=[^\n]*\n\Z")

    def test_halves(self):
        """What they say of names; and messages, which are bytes, are for no terminal at all."""
        parts = self.path("parts")
        self.run_program("split", DEMO, "--at", "block5_pool", "-o", parts)
        for program, before in ((HALF, []), (ENGINE, ["--half"])):
            for locale, shown in SHOWN.items():
                for words in (["whole", parts, HOSTILE_TEXT, "--text"], ["tail", HOSTILE_TEXT, "--text"]):
                    status, sent = self.on_any_terminal(program, *before, *words, locale=locale)
                    self.assertEqual(status, 1)
                    text = sent.decode("utf-8")
                    self.assertNotRegex(text, UNSEEN)
                    self.assertTrue(text.isascii() or locale != "C", text)
                    self.assertIn(shown, text)
            for words in (["head", parts, "x.png"], ["whole", parts, "x.png"], ["tail", parts], ["probe"]):
                status, sent = self.on_any_terminal(program, *before, *words, locale="C")
                self.assertEqual((status, b"messages are not for a terminal" in sent, b"ISPM" in sent), (1, True, False), sent)

    def test_what_cannot_be_printed(self):
        with open("/dev/full", "wb") as full:
            for program in HALF, ENGINE:
                for word in "--help", "--version":
                    run = subprocess.run([program, word], stdout=full, stderr=subprocess.PIPE, timeout=TIMEOUT, check=False)
                    self.assertEqual(run.returncode, 1, run.stderr)
                    self.assertRegex(run.stderr.decode(), r"\A\S+: standard output: cannot write: No space left on device\n\Z")

    def test_names_of_links(self):
        """What the reader of the file would refuse, and all links in it, is not written there."""
        self.write("links", "[keep]\nbandwidth=1\n")
        for name in "a\x1bb", "\udcff", "a\rb", "\u202e", "a\x0bb":
            said = self.run_program("link", "--links", "links", "--measure", HALF + " probe", "--save", name, expect=1)[1]
            self.assertIn("a link cannot be called that", said)
        self.run_program("link", "--links", "links", "--measure", HALF + " probe", "--save", "gr\u00e4te")
        self.assertRegex(self.run_program("link", "--links", "links")[0], "(?s)\nkeep,.*\ngr\u00e4te,")


if __name__ == "__main__":
    unittest.main()
