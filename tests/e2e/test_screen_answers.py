#!/usr/bin/python3
"""The terminal's background, asked for at the start: a light one brings the light theme; a terminal that does not
answer, answers late, or is none that may be asked, loses nothing and is shown nothing.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_screen_answers.py [unittest options]
"""
import os
import re
import unittest

from screen import PATIENCE, Pty, ScreenTest, fake

FAKE = fake("--layers 18 --classes 10 --images 100")
QUESTION = b"\x1b]11;?\x1b\\\x1b[c"
LIGHT, DARK = b"\x1b]11;rgb:ffff/ffff/ffff", b"\x1b]11;rgb:1e1e/1e1e/2e2e"
KIND = b"\x1b[?62;4;22c"
LIGHT_BAR, DARK_BAR = b"48;5;254m", b"48;5;236m"  # the background of header and footer


class Answers(ScreenTest):
    def asked(self, *options, **how):
        """A screen that has asked, or that shows its first frame without a question."""
        p = self.pty(*FAKE, *options, **how)
        while QUESTION not in p.sent and not re.search("measured", p.text()):
            p.take(0.1)
        return p

    def begin(self, *options, answer=(), **how):
        """A screen whose terminal answers the question with these bytes, all at once or one by one."""
        p = self.asked(*options, **how)
        while QUESTION in p.sent and answer and re.search("measured", p.text()):
            p.close()  # we were too slow to answer it in time
            p = self.asked(*options, **how)
        if QUESTION not in p.sent:
            return p
        for portion in answer:
            os.write(p.master, portion)
            p.read(0.01 * PATIENCE)
        p.wait_for(r"measured 100/100")
        p.rest()
        return p

    def assert_theme(self, p, light):
        first = p.sent.find(b"a.cfg")
        self.assertGreater(first, 0)
        self.assertEqual(LIGHT_BAR in p.sent, light)
        self.assertEqual(DARK_BAR in p.sent, not light)
        self.assertNotIn("rgb", p.text())
        self.assertNotIn("62;4", p.text())
        self.assertIn("[1 Curve]", p.text())  # none of it was taken for a key

    def test_light(self):
        for end in (b"\x07", b"\x1b\\"):
            p = self.begin("--no-state", answer=[LIGHT + end + KIND])
            self.assertEqual(p.sent.count(QUESTION), 1)
            self.assert_theme(p, True)
            p.press("2")
            p.wait_for(r"\[2 Layers\]")

    def test_dark(self):
        self.assert_theme(self.begin("--no-state", answer=[DARK + b"\x1b\\" + KIND]), False)

    def test_kind_alone(self):
        """As GNU screen answers: it knows nothing of colours."""
        self.assert_theme(self.begin("--no-state", answer=[KIND]), False)

    def test_silence(self):
        p = self.begin("--no-state")
        self.assert_theme(p, False)
        p.press("2", "Esc")  # a lone ESC is a key still
        p.wait_for(r"\[1 Curve\]")

    def test_in_pieces(self):
        whole = LIGHT + b"\x1b\\" + KIND
        p = self.begin("--no-state", answer=[whole[i:i + 1] for i in range(len(whole))])
        p.read(0.3 * PATIENCE)
        self.assertIn(LIGHT_BAR, p.sent)
        self.assertNotIn("rgb", p.text())
        self.assertIn("[1 Curve]", p.text())

    def test_late(self):
        """When the first frame is shown: it is drawn again."""
        p = self.begin("--no-state")
        self.assertIn(DARK_BAR, p.sent)
        p.press("j")
        os.write(p.master, LIGHT + b"\x1b\\" + KIND)
        p.press("2")
        p.wait_for(r"▸ *1 +block1_conv2")
        p.wait_for(r"\[2 Layers\]")
        p.rest()
        self.assertIn(LIGHT_BAR, p.sent)
        self.assertNotIn("rgb", p.text())
        before = len(p.sent)
        p.collect(1)
        self.assertEqual(len(p.sent), before)

    def test_keys_typed_meanwhile(self):
        """Before, between and behind the answers: all of them count, in their order."""
        p = self.begin("--no-state", answer=[b"3" + LIGHT + b"\x1b\\2" + KIND + b"?"])
        p.wait_for(r"Keys in view 2")
        self.assertIn(LIGHT_BAR, p.sent)
        p = self.begin("--no-state")
        os.write(p.master, b"\x1bOC" + LIGHT + b"\x1b\\\x1bOC" + KIND + b"2j")
        p.wait_for(r"▸ *3 +block2_conv1")
        self.assertIn(LIGHT_BAR, p.sent)

    def test_choices_win(self):
        """And then there is no question."""
        for options, environment in ((["--theme", "dark", "--pictures", "blocks"], {}), (["--no-color"], {}),
                                     ([], {"NO_COLOR": "1"})):
            p = self.begin("--no-state", *options, environment=environment)
            p.rest()
            self.assertNotIn(b"]11;", p.sent)
            self.assertNotIn(b"\x1b[c", p.sent)
            self.assertNotIn(LIGHT_BAR, p.sent)
        p = self.begin("--no-state", "--theme", "light")
        p.rest()
        self.assertNotIn(b"]11;", p.sent)
        self.assertIn(LIGHT_BAR, p.sent)

    def test_kept_choice_wins(self):
        """What was chosen by key; what was only found is asked for again."""
        home = self.home()
        p = self.begin(home=home, answer=[LIGHT + b"\x07" + KIND])
        p.press("y")  # another setting, so that they are kept
        p.rest()
        p.press("Q")
        self.assertEqual(p.wait()[0], 0)
        with open(home.path("config", "isplit", "settings.json"), encoding="utf-8") as file:
            self.assertIn('"auto"', file.read())
        p = self.begin(home=home, answer=[DARK + b"\x07" + KIND])
        self.assertEqual(p.sent.count(QUESTION), 1)
        self.assertIn(DARK_BAR, p.sent)
        p.press("t")
        p.wait_for("theme: light")
        p.press("Q")
        self.assertEqual(p.wait()[0], 0)
        p = self.begin(home=home)
        p.rest()
        self.assertNotIn(b"]11;", p.sent)
        self.assertIn(LIGHT_BAR, p.sent)

    def test_terminals_not_asked(self):
        for term in ("linux", "vt100", "vt220"):
            p = self.begin("--no-state", term=term)
            p.rest()
            self.assertNotIn(b"]11;", p.sent)
            self.assertNotIn(b"\x1b[c", p.sent)

    def test_end_before_the_answer(self):
        """It is not left to the shell."""
        p = Pty([*FAKE, "--no-state"])
        self.addCleanup(p.close)
        while QUESTION not in p.sent:
            p.take(0.1)
        p.wait_for("a.cfg")
        p.press("Q")
        os.write(p.master, LIGHT + b"\x1b\\" + KIND)
        self.assertEqual(p.wait()[0], 0)
        self.assertEqual(p.waiting(), 0)

    def test_in_tmux(self):
        t = self.terminal(*FAKE, "--no-state")
        t.wait_for("measured 100/100")
        shown = t.settled()
        self.assertIn("[1 Curve]", shown)
        self.assertNotRegex(shown, r"rgb:|\[\?\d|;\d+c")
        self.assertEqual(t.quit(), 0)


if __name__ == "__main__":
    unittest.main()
