#!/usr/bin/python3
"""What isplit's screen sends, counted on a pseudo-terminal: nothing when idle, little when the cursor moves, the
terminal restored whatever ends the program.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_screen_bytes.py [unittest options]
"""
import multiprocessing
import os
import re
import signal
import time
import unittest

from screen import (DEMO, PATIENCE, PROMPT, SANITIZED, TIMEOUT, ScreenTest, children, eventually, fake, lose_worker,
                    runs, views)

VGG = fake("--layers 18 --classes 10 --images 100")
MOVE_BYTES = 1500  # at most, on average, for one layer at 100x30
CURVE_BYTES = {(80, 24): 600, (100, 30): 600, (132, 43): 800, (200, 60): 1000}  # and on the curve
JUMP_BYTES = 2000  # of a step that brings other rows of the table
LAYERS = 18


class Counted(ScreenTest):
    def test_idle_sends_nothing(self):
        for arguments in ([DEMO], VGG):
            p = self.pty(*arguments, "--no-state")
            p.wait_for(r"measured \d")
            for view in views():
                p.press(view)
                p.wait_for(r"\[%s " % view)
                p.rest()
            p.rest(1)
            sent = len(p.sent)
            p.collect(2)
            self.assertEqual(len(p.sent), sent)

    def test_idle_while_paused_or_lost(self):
        for key in "p", None:
            p = self.pty(*fake("--layers 18 --images 2000 --delay 5"))
            p.wait_for(r"measuring [1-9]")
            if key:
                p.press(key)
                p.wait_for("paused")
            else:
                lose_worker(p)
            p.rest(1)
            sent = len(p.sent)
            p.collect(1.5)
            self.assertEqual(len(p.sent), sent)

    def test_idle_takes_no_time(self):
        p = self.pty(*VGG)
        p.wait_for(r"measured \d")
        p.read(0.5)
        before = cpu_ticks(p.pid)
        p.collect(1.5)
        self.assertLessEqual(cpu_ticks(p.pid) - before, 1)

    def test_updates_while_measuring(self):
        """At most five a second, and some."""
        p = self.pty(*fake("--layers 18 --images 100000 --delay 1"))
        p.wait_for(r"measuring [1-9]")
        begin, shown = time.monotonic(), set()
        while len(shown) < 15 and time.monotonic() < begin + TIMEOUT:
            p.take(0.1)
            shown.update(re.findall(r"measuring (\d+)/", p.text()))
        self.assertGreaterEqual(len(shown), 15)
        self.assertGreaterEqual(time.monotonic() - begin, (len(shown) - 2) / 5)

    def move_bytes(self, p, view, keys):
        """Bytes of each key's answer in a view."""
        p.press("1", "g", view)
        p.read(0.15 * PATIENCE)
        return [p.answer(key)[1] for key in keys]

    def test_moving_the_cursor(self):
        """One layer at 100x30, there and back through all of them."""
        p = self.pty(DEMO, "--no-state", size=(100, 30))
        p.wait_for("measured 400/400")
        p.read(0.4)
        averages = {}
        for view in views():
            if view in "68!":  # pictures, the log and the halves have no layer to move
                continue
            bytes_sent = self.move_bytes(p, view, (LAYERS - 1) * ["l"] + (LAYERS - 1) * ["h"])
            averages[view] = sum(bytes_sent) / len(bytes_sent)
        print("bytes a cursor move at 100x30, by view:",
              ", ".join("%s: %.0f" % item for item in averages.items()), flush=True)
        self.assertLessEqual(averages["1"], MOVE_BYTES)
        for view, average in averages.items():
            self.assertLessEqual(average, MOVE_BYTES, "view " + view)
            if view != "7":
                self.assertGreater(average, 0, "view " + view)

    def test_moving_on_the_curve(self):
        """One layer, there and back through all of them: few bytes on a large screen too."""
        for name, arguments in (("letters", [DEMO]), ("vgg", VGG)):
            for size, most in CURVE_BYTES.items():
                p = self.pty(*arguments, "--no-state", size=size)
                p.wait_for(r"measured (\d+)/\1")
                p.rest()
                sent = self.move_bytes(p, "1", (LAYERS - 1) * ["l"] + (LAYERS - 1) * ["h"])
                average = sum(sent) / len(sent)
                print("bytes a cursor move on the curve of %s at %dx%d: %.0f, at most %d" %
                      (name, *size, average, max(sent)), flush=True)
                self.assertGreater(min(sent), 0)
                self.assertLessEqual(average, most)
                self.assertLessEqual(max(sent), JUMP_BYTES)
                before = len(p.sent)
                p.collect(1)
                self.assertEqual(len(p.sent), before, "idle")

    def test_moving_by_rows(self):
        p = self.pty(DEMO, "--no-state", size=(100, 30))
        p.wait_for("measured 400/400")
        p.read(0.4)
        for view in "1235":
            bytes_sent = self.move_bytes(p, view, 9 * ["j"] + 9 * ["k"])
            self.assertLessEqual(sum(bytes_sent) / len(bytes_sent), MOVE_BYTES, "view " + view)

    def test_the_screen_is_what_was_sent(self):
        """Curses' savings lead to the same screen as drawing all of it."""
        p = self.pty(*VGG, size=(100, 30))
        p.wait_for(r"measured \d")
        for key in "llljjx3jj 5ll2>>1u4cd6":
            p.press("Space" if key == " " else key)
            p.read(0.12 * PATIENCE)
        p.wait_for("importance")
        p.read(0.4 * PATIENCE)
        piecemeal = p.text()
        p.press("Ctrl-L")
        p.read(0.3 * PATIENCE)
        self.assertEqual(p.text(), piecemeal)


def cpu_ticks(pid):
    with open("/proc/%d/stat" % pid, encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


# 10 ms each, as the kernel counts them.
FIRST_FRAME = 10
ANSWERS = 30


def burn():
    while True:
        pass


class Quick(ScreenTest):
    """Measured in the program's own processor time, which others do not take."""
    @unittest.skipIf(SANITIZED, "sanitizers take their time")
    def test_first_frame(self):
        """Before the worker has said a word."""
        p = self.pty(*fake("--mute"))
        p.wait_for("a.cfg")
        self.assertLessEqual(cpu_ticks(p.pid), FIRST_FRAME)

    @unittest.skipIf(SANITIZED, "sanitizers take their time")
    def test_answers_while_both_cores_work(self):
        p = self.pty(*fake("--layers 18 --classes 10 --images 20000 --delay 0.2"))
        p.wait_for(r"measuring [1-9]")
        busy = [multiprocessing.Process(target=burn) for _ in range(os.cpu_count())]
        for process in busy:
            process.start()
        try:
            before = cpu_ticks(p.pid)
            answers = [p.answer("lh"[i % 2]) for i in range(ANSWERS)]
            used = cpu_ticks(p.pid) - before
        finally:
            for process in busy:
                process.kill()
        self.assertTrue(all(seconds is not None and n > 0 for seconds, n in answers))
        self.assertLess(used, 5 * ANSWERS)  # 50 ms each, rows that come in meanwhile included


class Restored(ScreenTest):
    """Every end leaves a usable terminal."""
    def begin(self, *options):
        p = self.pty(*VGG, "--mouse", *options)
        p.wait_for(r"measured \d")
        p.press("x")
        p.wait_for("marked")
        self.assertTrue(p.emulator.alternate)
        self.assertNotEqual(p.modes_now(), p.modes)
        return p

    def assert_restored(self, p):
        self.assertEqual(p.modes_now(), p.modes)
        self.assertFalse(p.emulator.alternate)
        tail = p.sent[p.sent.rfind(b"\x1b[?1049l") - 400:]  # a sanitizer has much to say behind it
        for switch in (rb"1l", rb"(1006;)?1000l"):  # application keys, mouse
            self.assertRegex(tail, rb"\x1b\[\?" + switch)
        self.assertLessEqual(p.sent.rfind(b"\x1b[?25l"), p.sent.rfind(b"25h"))  # the cursor is seen

    def end_by(self, number):
        p = self.begin()
        worker = children(p.pid)[0]
        os.kill(p.pid, number)
        status, _ = p.wait()
        self.assert_restored(p)
        self.assertTrue(eventually(lambda: not runs(worker)))
        return status, p.text()

    def test_quit(self):
        for key in ("q", "Ctrl-C"):
            p = self.begin()
            p.press(key)
            self.assertEqual(p.wait()[0], 0)
            self.assert_restored(p)

    def test_signals(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            status, _ = self.end_by(number)
            self.assertNotEqual(status, 0)

    def test_crashes(self):
        for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL):
            status, text = self.end_by(number)
            if not SANITIZED:
                self.assertEqual(status, -number)
                self.assertIn("isplit", text)

    def test_signals_while_loading(self):
        for number in (signal.SIGTERM, signal.SIGSEGV):
            p = self.pty(*fake("--slow 5"), "--mouse")
            p.wait_for("a.cfg")
            os.kill(p.pid, number)
            p.wait()
            self.assertEqual(p.modes_now(), p.modes)
            self.assertFalse(p.emulator.alternate)

    def test_terminates_at_once(self):
        p = self.pty(*fake("--layers 18 --images 4000 --delay 5"))
        p.wait_for("measuring")
        since = time.monotonic()
        os.kill(p.pid, signal.SIGTERM)
        p.wait()
        self.assertLess(time.monotonic() - since, PROMPT)


class Mouse(ScreenTest):
    """Only when asked for."""
    def test_by_option_and_key(self):
        p = self.pty(*VGG)
        p.wait_for(r"measured \d")
        self.assertEqual(p.sent.count(b"1000h"), 0)
        p.press("m")
        p.wait_for("mouse: on")
        self.assertEqual(p.sent.count(b"1000h"), 1)
        p.press("m")
        p.wait_for("mouse: off")
        self.assertGreater(p.sent.rfind(b"1000l"), p.sent.rfind(b"1000h"))

    def test_clicks_and_wheel(self):
        p = self.pty(*VGG, "--mouse", size=(100, 30))
        p.wait_for(r"measured \d")
        p.press("2")
        p.wait_for(r"\[2 Layers\]")
        p.read(0.2)
        row = next(i for i, line in enumerate(p.text().split("\n")) if "block2_conv1" in line)
        click = "\x1b[<0;10;%d%s"
        p.press(click % (row + 1, "M"), click % (row + 1, "m"))
        p.read(0.2 * PATIENCE)
        p.press("1")
        p.wait_for(r"^block2_conv1 +.*CUI")
        p.press("2")
        p.read(0.2)
        for _ in range(20):
            p.press("\x1b[<65;10;10M")
            p.read(0.03 * PATIENCE)
        p.press("1")
        p.wait_for(r"^block[345]_\w+ +.*CUI")
        self.assertIsNone(p.poll())


if __name__ == "__main__":
    unittest.main()
