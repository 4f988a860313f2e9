#!/usr/bin/python3
"""isplit's screen and its worker: measuring under way, workers that die, pauses, resizing, lost terminals.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_screen_worker.py [unittest options]
"""
import os
import re
import signal
import time
import unittest

from screen import (PATIENCE, PROMPT, ScreenTest, children, dump, eventually, fake, kill_worker, lose_worker, runs,
                    views)

SLOW = "--layers 18 --classes 10 --images 200 --delay 10"  # two seconds and a little
QUICK = "--layers 18 --classes 10 --images 200"


class Measuring(ScreenTest):
    def test_progress_is_shown(self):
        t = self.terminal(*fake(SLOW))
        match = t.wait_for(r"measuring (\d+)/200 +[\d.]+/s +ETA \d+:\d\d")
        self.assertLess(int(match.group(1)), 200)
        t.wait_for("rank")  # the curve is there before all is measured
        t.wait_for("measured 200/200")
        self.assertEqual(t.settled(), dump((100, 30), fake(QUICK)))

    def test_resize_while_measuring(self):
        t = self.terminal(*fake(SLOW), "--no-color", size=(100, 30))
        t.wait_for("measuring")
        for i in range(12):
            t.resize(40 + 12 * i % 97, 12 + 7 * i % 31)
            t.press(list(views())[i % len(views())])
            time.sleep(0.05)
        t.resize(90, 28)
        t.press("1")
        t.wait_for("measured 200/200")
        t.press("g")  # the view of images went to what was the best layer then
        self.assertEqual(t.settled(), dump((90, 28), fake(QUICK), "1 g"))

    def test_keys_work_meanwhile(self):
        t = self.terminal(*fake(SLOW))
        t.wait_for("measuring")
        t.press("2", "Down", "Down", "x")
        t.wait_for("marked the split after block1_pool")
        self.assertRegex(t.text(), "measuring")

    def test_pause_and_resume(self):
        t = self.terminal(*fake(SLOW))
        t.wait_for("measuring")
        t.press("p")
        paused = int(t.wait_for(r"paused (\d+)/200").group(1))
        self.assertLess(paused, 200)
        time.sleep(0.4)
        self.assertIn("paused %d/200" % paused, t.text())
        t.press("Right", "3", "1", "p")
        t.wait_for("measured 200/200")
        t.press("p")
        t.wait_for("everything is measured")
        self.assertEqual(t.quit(), 0)

    def test_order_of_classes(self):
        """With -c those classes come first, and the others after them."""
        t = self.terminal(*fake(SLOW), "-c", "cat")
        t.wait_for("classes: cat")
        t.wait_for("measured 200/200")
        self.assertIn("classes: cat", t.text())


class Lost(ScreenTest):
    def numbers(self, t):
        """The layer table, without what stands round it."""
        t.press("2")
        t.wait_for(r"\[2 Layers\]")
        return re.findall(r"\d+ +block\d_\w+ .*$", t.settled(), re.M)

    def test_killed_under_way(self):
        """A message, and it goes on by itself: the end is that of an undisturbed run."""
        undisturbed = self.terminal(*fake(QUICK), "--no-state", size=(120, 30))
        undisturbed.wait_for("measured 200/200")
        t = self.terminal(*fake(SLOW), "--no-state", size=(120, 30))
        t.wait_for(r"measuring [1-9]\d*/200")
        kill_worker(t)
        t.wait_for(r"warning: the worker was killed by signal 9 \(Killed\): it is started again")
        t.wait_for("measured 200/200")
        self.assertNotIn("left out", t.text())
        self.assertEqual(self.numbers(t), self.numbers(undisturbed))
        t.press("8")
        t.wait_for("the worker runs again")
        self.assertNotIn("R starts", t.text())
        self.assertEqual(t.quit(), 0)

    def test_killed_twice(self):
        """Within a minute: it waits for R. What was measured stays; R goes on and the end is that of an undisturbed
        run."""
        undisturbed = self.terminal(*fake(QUICK), "--no-state", size=(120, 30))
        undisturbed.wait_for("measured 200/200")
        t = self.terminal(*fake(SLOW), "--no-state", size=(120, 30))
        t.wait_for(r"measuring [1-9]\d*/200")
        lose_worker(t)
        self.assertGreater(int(t.wait_for(r"worker lost (\d+)/200").group(1)), 0)
        t.wait_for(r"\(R starts the worker again\)")
        t.press("Right", "3", "1")
        t.wait_for(r"rank \d+")  # the curve so far
        self.assertEqual(children(t.pid), [])
        t.press("R")
        t.wait_for("measured 200/200")
        self.assertEqual(self.numbers(t), self.numbers(undisturbed))
        t.press("8")
        t.wait_for("the worker runs again")
        self.assertEqual(t.quit(), 0)

    def test_killed_again_and_again(self):
        t = self.terminal(*fake(SLOW))
        t.wait_for(r"measuring [1-9]\d*/200")
        lose_worker(t)
        for _ in range(3):
            t.press("R")
            t.wait_for(r"measuring [1-9]\d*/200")
            kill_worker(t)
            t.wait_for("worker lost")
        t.press("R")
        t.wait_for("measured 200/200")

    def test_killed_while_idle(self):
        t = self.terminal(*fake(QUICK))
        t.wait_for("measured 200/200")
        before = t.text()
        lose_worker(t)
        self.assertIn(re.search(r"block1_conv1 .*", before).group(), t.text())
        t.press("R")
        t.wait_for("measured 200/200")

    def test_killed_while_paused_and_loading(self):
        """Who paused does not want it to go on: that waits for R."""
        t = self.terminal(*fake(SLOW))
        t.wait_for("measuring")
        t.press("p")
        t.wait_for("paused")
        kill_worker(t)
        t.wait_for("worker lost")
        t.wait_for(r"\(R starts the worker again\)")
        t.press("R")
        t.wait_for("measured 200/200|paused")
        self.assertEqual(t.quit(), 0)

    def test_poison(self):
        """The one image of which the worker dies is left out and named, and no other."""
        t = self.terminal(*fake("--layers 5 --classes 4 --images 40 --poison 7"), size=(100, 30))
        for _ in range(12):  # the first time by itself
            t.wait_for("worker lost|measured 40/40")
            if "measured 40/40" in t.text():
                break
            t.press("R")
            t.wait_gone("worker lost")
        t.wait_for("measured 40/40")
        self.assertIn("1 left out", t.text())
        t.press("8")
        t.wait_for(r"07\.png: left out, the worker crashes on it")
        self.assertEqual(t.text().count("left out, the worker"), 1)

    def test_undecodable(self):
        t = self.terminal(*fake("--layers 5 --classes 4 --images 40 --skip 3 9 --nonfinite 5"))
        t.wait_for("measured 40/40")
        self.assertIn("3 left out", t.text())
        t.press("8")
        t.wait_for(r"03\.png: cannot be decoded")
        t.wait_for(r"05\.png: left out, its importance in layer 2 \(\w+\) is not finite")

    def test_worker_that_never_was(self):
        for options in ("--mute", "--greeting nonsense", "--protocol 9", "--refuse open", "--refuse images"):
            t = self.terminal(*fake(options))
            t.wait_for("error: ")
            t.press("R", "3", "x", "e", "Esc", "1")
            self.assertTrue(t.alive())
            self.assertEqual(t.quit(), 0)

    def test_heatmap_kills(self):
        """A worker that dies of a map is lost, and the numbers are not."""
        t = self.terminal(*fake("--layers 5 --heatmap die"))
        t.wait_for("measured 40/40")
        t.press("6")
        t.wait_for("it is started again")
        t.press("8")
        t.wait_for("the worker runs again")
        t.wait_for("measured 40/40")

    def test_warnings_are_shown(self):
        t = self.terminal(*fake("--layers 5 --warn 'something odd'"))
        t.wait_for("warning: something odd")
        t.wait_for("measured 40/40")
        t.press("8")
        t.wait_for("something odd")

    def test_told_once(self):
        """What is odd of the files is in the log once, also where another worker reads them again; and it is gone
        from the screen at the next key."""
        t = self.terminal(*fake("--layers 5 --warn 'something odd'"))
        t.wait_for("measured 40/40")
        t.wait_for("warning: something odd")
        t.press("Right")
        t.wait_gone("something odd")
        kill_worker(t)
        t.press("8")
        t.wait_for("the worker runs again")
        self.assertEqual(t.text().count("something odd"), 1)


class Gone(ScreenTest):
    """Nobody is at the terminal any more: the program saves and ends at once, and the worker with it."""
    def assert_gone(self, pid, worker, since):
        self.assertTrue(eventually(lambda: not runs(pid), PROMPT, 0.005), "the program stays")
        self.assertLess(time.monotonic() - since, PROMPT)
        self.assertTrue(eventually(lambda: not runs(worker), PROMPT, 0.005), "the worker stays")

    def assert_saved(self, home):
        kept = [home.path(path) for path in home.files() if path.startswith("state/")]
        self.assertEqual(len(kept), 1, home.files())
        with open(kept[0], encoding="ascii") as file:
            self.assertIn('"layer": 2', file.read())

    def test_terminal_killed(self):
        for options, before in ((SLOW, "measuring"), (QUICK, "measured 200/200")):
            home = self.home()
            t = self.terminal(*fake(options), home=home)
            t.wait_for(before)
            t.press("Right", "Right", "x")
            t.wait_for("marked")
            worker = t.worker()
            since = time.monotonic()
            t.kill_terminal()
            self.assert_gone(t.pid, worker, since)
            self.assert_saved(home)

    def hang_up(self, options, **how):
        home = self.home()
        p = self.pty(*fake(options), home=home, **how)
        p.wait_for(r"measured \d|measuring")
        p.press("Right", "Right", "x")
        p.wait_for("marked")
        worker = children(p.pid)[0]
        p.read(0.3)
        used = cpu(p.pid) + cpu(worker)  # both are in the sum at the end
        since = time.monotonic()
        p.hang_up()
        status, resources = p.wait()
        self.assert_gone(p.pid, worker, since)
        self.assertLess(resources.ru_utime + resources.ru_stime - used, 0.2 * PATIENCE, "it spins")
        self.assert_saved(home)
        return status

    def test_hung_up(self):
        self.assertIn(self.hang_up(QUICK), (0, 129, -signal.SIGHUP, 5, 3))

    def test_hung_up_while_measuring(self):
        self.hang_up("--layers 18 --images 4000 --delay 2")

    def test_hung_up_under_nohup(self):
        """SIGHUP is ignored there: that nobody can be read from must do."""
        self.hang_up(QUICK, ignore=[signal.SIGHUP])

    def test_hangup_signal_alone(self):
        home = self.home()
        t = self.terminal(*fake(SLOW), home=home)
        t.wait_for("measuring")
        t.press("Right", "Right", "x")
        t.wait_for("marked")
        worker = t.worker()
        since = time.monotonic()
        os.kill(t.pid, signal.SIGHUP)
        self.assert_gone(t.pid, worker, since)
        self.assert_saved(home)


def cpu(pid):
    """Seconds of processor time so far."""
    with open("/proc/%d/stat" % pid, encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    unittest.main()
