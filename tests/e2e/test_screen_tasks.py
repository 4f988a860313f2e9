#!/usr/bin/python3
"""What people come for, in the keys that it takes: each task is played in tmux with all its keys, which are counted.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_screen_tasks.py [unittest options]
"""
import os
import unittest

from screen import DEMO, ScreenTest, kill_worker

SIZES = (80, 24), (132, 43)


class Tasks(ScreenTest):
    """On the demo; the keys are pressed one by one."""
    def begin(self, size):
        home = self.home()
        self.folder = home.path("work")
        os.mkdir(self.folder)
        t = self.terminal(DEMO, size=size, home=home, cwd=self.folder)
        t.wait_for("measured 400/400")
        return t

    def play(self, most, keys, *seen):
        """At most so many keys: words are keys, what stands in quotes is typed."""
        pressed = []
        for word in keys.split():
            pressed += word[1:-1].replace("_", " ") if word[0] == "'" else [word]
        self.assertLessEqual(len(pressed), most)
        for size in SIZES:
            t = self.begin(size)
            t.press(*pressed)
            for pattern in seen:
                t.wait_for(pattern)

    def test_first_curve(self):
        self.play(0, "", "best split: after block4_pool")

    def test_two_subsets(self):
        self.play(9, ": 'A-C|D-F' Enter", r"\[4 Compare\]", r"▸──? D,E,F .*block4_pool +100", r"● +A,B,C .*block4_pool +100")

    def test_a_subset_and_the_rest(self):
        self.play(6, ": 'A-C|' Enter", r"\[4 Compare\]", "all but A,B,C .*block5_conv2", r"● +A,B,C .*block4_pool")

    def test_export(self):
        self.play(2, "e Enter", r"wrote 5 files: \./letters-vgg16-curve\.csv")

    def test_why_the_best(self):
        self.play(1, "7", r"\[7 Detail\]", "^Cut after block4_pool", "It is the best candidate")

    def test_a_wrong_image(self):
        self.play(2, "6 f", r"\[6 Images\]", r"\d+ wrong of 400 images", r"^▸ +\d+ ✗")

    def test_plan_for_a_device(self):
        self.play(14, "; '0.5_b_m=200K' Enter", r"\[9 Plan\]", r"-\[0\.5 GFLOP/s\]\+ ▸ ble", "1 recommended: block2_pool",
                  "limits: at most 200.0 KiB", "▸.1")

    def test_cut(self):
        """With its check."""
        self.play(3, "9 Enter Enter", "cut after block4_pool into .*: head then tail match")

    def test_killed_worker(self):
        for size in SIZES:
            t = self.begin(size)
            kill_worker(t)
            t.wait_for("it is started again")
            t.press("6")  # a map is asked of the new one
            t.wait_for("block4_pool: importance")
            self.assertEqual(t.quit(), 0)

    def test_every_key(self):
        self.play(1, "?", "In this view")

    def test_lost_terminal(self):
        """The next session is where this one was: nothing is to be typed again."""
        home = self.home()
        t = self.terminal(DEMO, home=home)
        t.wait_for("measured 400/400")
        t.press(*":A-C|D-F", "Enter")
        t.wait_for("beside A,B,C")
        t.kill_terminal()
        t = self.terminal(DEMO, home=home)
        t.wait_for(r"\[4 Compare\]")
        t.wait_for(r"● +A,B,C .*block4_pool")


if __name__ == "__main__":
    unittest.main()
