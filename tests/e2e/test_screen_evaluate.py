#!/usr/bin/python3
"""Cuts retrained from the screen: the keys, the line that says where the race is, stopping, and going on.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_screen_evaluate.py [unittest options]
"""
import csv
import os
import unittest

from screen import DEMO, ScreenTest, dump, eventually

IMAGES = ["-n", "60", "--threads", "1"]


class Evaluate(ScreenTest):
    def results(self, home):
        """The rows of the only race that was begun."""
        folder = home.path("share", "isplit", "evaluations")
        races = os.listdir(folder) if os.path.isdir(folder) else []
        self.assertLessEqual(len(races), 1)
        for race in races:
            path = os.path.join(folder, race, "results.csv")
            if os.path.exists(path):
                with open(path, newline="", encoding="utf-8") as file:
                    return list(csv.DictReader(file))
        return []

    def test_the_cut_here(self):
        """Keys are answered meanwhile; Esc stops it, what was trained is kept, and the same key goes on from there."""
        home = self.home()
        t = self.terminal(DEMO, *IMAGES, size=(132, 43), home=home)
        t.wait_for("measured 60/60")
        t.press("2", "E")
        t.wait_for(r"evaluating \d/10: block1_conv1, start 1, stage \d: step \d+/\d+ \(Esc stops it\)")
        t.press("G")
        t.wait_for(r"▸ *17 block5_pool")
        eventually(lambda: len(self.results(home)) >= 2)
        t.wait_for(r"block1_conv1.*○ +\d+\.\d")
        t.press("Esc")
        t.wait_for("the evaluation was stopped")
        before = self.results(home)
        self.assertEqual({row["layer"] for row in before}, {"0"})
        t.press("g", "7")
        t.wait_for("Measured: retrained with a bottleneck here")
        self.assertEqual(t.quit(), 0)
        t = self.terminal(DEMO, *IMAGES, size=(132, 43), home=home)
        t.wait_for("measured 60/60")
        t.press("2", "E")
        t.wait_for(r"block1_conv1.*○ +\d+\.\d")  # what is known is shown at once
        eventually(lambda: len(self.results(home)) > len(before))
        self.assertEqual(self.results(home)[:len(before)], before)
        t.press("e", "Tab", "Ctrl-U", home.path("x"))
        t.press("Enter")
        t.wait_for("wrote 6 files")
        with open(home.path("x-evaluate.csv"), newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(rows[0]["name"], "block1_conv1")
        self.assertTrue(all(rows[0][key] for key in ("accuracy", "accuracy_before", "cui", "cui_corrected", "depth")), rows[0])
        self.assertEqual({row["accuracy"] for row in rows[1:]}, {""})
        with open(home.path("x-evaluate.csv.meta.csv"), encoding="utf-8") as file:
            self.assertIn("\nstate,running\n", file.read())
        self.assertEqual(t.quit(), 0)  # in the midst of it
        self.assertEqual(len({(row["start"], row["stage"]) for row in self.results(home)}), len(self.results(home)))

    def test_all(self):
        home = self.home()
        t = self.terminal(DEMO, *IMAGES, size=(132, 43), home=home)
        t.wait_for("measured 60/60")
        t.press("Ctrl-E")
        t.wait_for(r"evaluating 0/180: block1_conv1, start 1, stage 1: step \d+/\d+ \(Esc stops it\)")
        t.press("E")
        t.wait_for("an evaluation is under way")
        eventually(lambda: len({row["layer"] for row in self.results(home)}) >= 2)
        self.assertEqual({row["stage"] for row in self.results(home)}, {"0"})
        t.press("Esc")
        t.wait_for("the evaluation was stopped")
        self.assertEqual(t.quit(), 0)

    def test_what_cannot_be(self):
        """One line, and the screen goes on."""
        frame = dump((100, 30), [DEMO, *IMAGES, "--bottleneck", "floats:99999999"], "E")
        self.assertRegex(frame, r"error: the evaluation has ended: block1_conv1: its code of \d+ numbers is no smaller than")

    def test_no_home(self):
        """Where nothing can be kept that is said, and no folder is made elsewhere."""
        home = self.home()
        t = self.terminal(DEMO, *IMAGES, size=(132, 43), home=home, cwd=home.folder, environment={"HOME": "", "XDG_DATA_HOME": ""})
        t.wait_for("measured 60/60")
        t.press("E")
        t.wait_for(r"the evaluation has ended: there is no folder for what is measured \(expected HOME or XDG_DATA_HOME to name one\)")
        self.assertEqual(t.quit(), 0)
        self.assertFalse(os.path.exists(home.path("(null)")))


if __name__ == "__main__":
    unittest.main()
