#!/usr/bin/python3
"""Pictures in pixels: a terminal that says it can is sent sixels, or what kitty's protocol has, which show the picture
in its cells and are gone when these show something else; others are sent blocks.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_screen_graphics.py [unittest options]
"""
import base64
import fcntl
import os
import re
import signal
import struct
import termios
import time
import unittest
import zlib

from screen import DEMO, TIMEOUT, Emulator, ScreenTest, dump, fake

FAKE = fake("--layers 18 --classes 10 --images 100")
SIZE = (100, 30)
CELL_W, CELL_H = 10, 20
QUESTION = b"\x1b[c"  # the last one
CELL = b"\x1b[6;%d;%dt" % (CELL_H, CELL_W)
SIXEL, KITTY, PLAIN = b"\x1b[?62;4;22c", b"\x1b_Gi=1;OK\x1b\\", b"\x1b[?62;22c"
MARK = "\ue000"  # in a cell with pixels of a picture by sixels
BLOCK = "\u2580"


def read_sixels(text):
    """(width, height, {(x, y): (red, green, blue) in per cent})"""
    head = re.match(r'\x1bP0;1;0q"1;1;(\d+);(\d+)', text)
    registers, pixels = {}, {}
    x = y = colour = 0
    for word in re.findall(r"#\d+(?:;2;\d+;\d+;\d+)?|(?:!\d+)?[?-~]|[$-]", text[head.end():-2]):
        if word[0] == "#":
            colour, *define = map(int, word[1:].split(";"))
            if define:
                registers[colour] = tuple(define[1:])
        elif word in "$-":
            x, y = 0, y + 6 * (word == "-")
        else:
            n, bits = int(word[1:-1] or 1) if word[0] == "!" else 1, ord(word[-1]) - ord("?")
            for _ in range(n):
                pixels.update({(x, y + i): registers[colour] for i in range(6) if bits >> i & 1})
                x += 1
    return int(head[1]), int(head[2]), pixels


def read_kitty(keys, text):
    w, h = int(keys["s"]), int(keys["v"])
    rgb = zlib.decompress(base64.b64decode(text, validate=True))
    return w, h, {(i % w, i // w): tuple(one / 2.55 for one in rgb[3 * i:3 * i + 3]) for i in range(w * h)}


class Pictures(Emulator):
    """With cells of CELL_W x CELL_H pixels."""
    def __init__(self, columns, rows):
        super().__init__(columns, rows)
        self.drawn = []  # (row, column, w, h, pixels), also of those that are gone
        self.kept = {}  # kitty's, by number: its place in `drawn`
        self.portions = {}, ""

    def string(self, text):
        if text.startswith("\x1bP"):
            self.drawn.append((self.row, self.column, *read_sixels(text)))
            w, h = self.drawn[-1][2:4]
            for row in range(self.row, self.row + -(-h // CELL_H)):
                for column in range(self.column, self.column + -(-w // CELL_W)):
                    self.cells[row][column] = MARK
        else:
            keys, _, payload = text[3:-2].partition(";")
            self.command(dict(pair.split("=") for pair in keys.split(",")), payload)

    def command(self, keys, payload):
        if keys.get("a") == "d":
            del self.kept[keys["i"]]
        elif keys.get("a") != "q":
            if "a" in keys:
                self.portions = keys, ""
            self.portions = self.portions[0], self.portions[1] + payload
            if keys["m"] == "0":
                self.drawn.append((self.row, self.column, *read_kitty(*self.portions)))
                self.kept[self.portions[0]["i"]] = len(self.drawn) - 1

    def shows(self):
        return MARK in self.text() or bool(self.kept)


class Graphics(ScreenTest):
    def begin(self, *options, answer=b"", view="6", **how):
        """In the view of images, in a terminal that gives this answer."""
        p = self.pty(*FAKE, "--no-state", *options, size=SIZE, **how)
        p.emulator = Pictures(*SIZE)
        while QUESTION not in p.sent and not re.search("measured", p.text()):
            p.take(0.1)
        if QUESTION in p.sent:
            os.write(p.master, answer)
        p.wait_for("measured 100/100")
        p.press(view)
        if view == "6":
            p.wait_for(r"M: image")
            p.press("M")
            p.wait_for(r"M: image +h l")
        p.rest()
        return p

    def resize(self, p, columns, rows, pixels=(0, 0)):
        fcntl.ioctl(p.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, *pixels))
        before, p.emulator = p.emulator, Pictures(columns, rows)
        p.emulator.kept = before.kept

    def until(self, p, question):
        """Takes what comes until the answer is true, and to the end of that."""
        end = time.monotonic() + TIMEOUT
        while not question():
            self.assertLess(time.monotonic(), end, p.text())
            p.take(0.1)
        p.rest()

    def assert_picture(self, p):
        """The last one drawn is the worker's, whole, where blocks would be, under the path of the image."""
        row, column, w, h, pixels = p.emulator.drawn[-1]
        self.assertEqual(len(pixels), w * h)
        self.assertEqual(set(pixels), {(x, y) for x in range(w) for y in range(h)})
        self.assertGreater(min(w, h), 100)

        def mean(channel, xs, ys):
            values = [pixels[x, y][channel] for x in xs for y in ys]
            return sum(values) / len(values)
        quarters = [range(i * w // 4, (i + 1) * w // 4) for i in range(4)]
        reds = [mean(0, xs, range(h)) for xs in quarters]
        greens = [mean(1, range(w), range(i * h // 4, (i + 1) * h // 4)) for i in range(4)]
        for channel in reds, greens:  # from 0 to 100 per cent
            for value, wanted in zip(channel, (12.5, 37.5, 62.5, 87.5)):
                self.assertAlmostEqual(value, wanted, delta=5)
        lines = p.text().split("\n")
        self.assertTrue(lines[row - 1][column:].strip())
        self.assertNotIn(BLOCK, "".join(line[column:] for line in lines[row:row + h // CELL_H]))
        self.assertTrue(p.emulator.shows())

    def check_life(self, p):
        """From the first picture to the end of the program."""
        emulator = p.emulator
        self.until(p, lambda: len(emulator.drawn) >= 2)  # with its map, and without
        self.assertEqual(len(emulator.drawn), 2)
        self.assert_picture(p)
        sent = len(p.sent)
        p.collect(1.5)
        self.assertEqual(len(p.sent), sent, "idle")
        p.press("m")  # elsewhere on the screen something changes
        p.wait_for("mouse: on")
        p.press("m")
        p.wait_for("mouse: off")
        self.assertEqual(len(emulator.drawn), 2)
        for there, back, seen in (("?", "q", "In this view"), ("1", "6", r"\[1 Curve")):
            p.press(there)
            p.wait_for(seen)
            self.until(p, lambda: not emulator.shows())
            n = len(emulator.drawn)
            p.press(back)
            self.until(p, lambda: len(emulator.drawn) > n)
            self.assert_picture(p)
        p.press("Ctrl-L")
        self.until(p, lambda: len(emulator.drawn) > n + 1)
        os.kill(p.pid, signal.SIGSTOP)
        os.kill(p.pid, signal.SIGCONT)
        self.until(p, lambda: len(emulator.drawn) > n + 2)
        self.assertEqual(len(emulator.drawn), n + 3)
        self.assert_picture(p)

    def check_another_image(self, p):
        """Its blue is another; nothing is left of the one before."""
        n, before = len(p.emulator.drawn), p.emulator.drawn[-1]
        p.press("j")
        self.until(p, lambda: len(p.emulator.drawn) > n)
        after = p.emulator.drawn[-1]
        self.assertEqual(before[:4], after[:4])
        blues = [sum(pixels[x, y][2] for x in range(64) for y in range(64)) / 64 ** 2
                 for pixels in (before[4], after[4])]
        self.assertGreater(abs(blues[1] - blues[0]), 2)
        self.assertLessEqual(len(p.emulator.kept), 1)

    def check_resize(self, p, answer):
        """Where the terminal's size does not say the cells', they are asked for again."""
        asked = p.sent.count(b"\x1b[16t")
        self.resize(p, 120, 40)
        while answer and p.sent.count(b"\x1b[16t") == asked:
            p.take(0.1)
        os.write(p.master, answer)
        self.until(p, lambda: p.emulator.drawn)
        self.assert_picture(p)
        self.assertEqual(p.sent.count(b"\x1b[16t"), asked + bool(answer))

    def check_end(self, p):
        p.press("Q")
        self.assertEqual(p.wait()[0], 0)
        self.assertEqual(p.emulator.kept, {})
        self.assertNotIn(MARK, p.text())
        self.assertFalse(p.emulator.alternate)

    def test_sixel(self):
        p = self.begin(answer=CELL + SIXEL)
        self.assertIn(b"\x1bP", p.sent)
        self.check_life(p)
        self.check_another_image(p)
        self.check_resize(p, CELL + SIXEL)
        self.check_end(p)
        self.assertNotIn(b"\x1b_Ga=T", p.sent)

    def test_kitty(self):
        """Preferred where there are both: it has all colours."""
        p = self.begin(answer=KITTY + CELL + SIXEL)
        self.assertEqual(p.sent.count(b"a=q,"), 1)
        self.check_life(p)
        self.check_another_image(p)
        self.check_resize(p, CELL + SIXEL)
        self.check_end(p)
        self.assertNotIn(b"\x1bP", p.sent)

    def test_size_from_the_system(self):
        """As most terminals tell it; here from the first change of size on."""
        p = self.begin(answer=SIXEL)
        self.assertNotIn(b"\x1bP", p.sent)
        self.resize(p, 110, 32, (110 * CELL_W, 32 * CELL_H))
        self.until(p, lambda: p.emulator.drawn)
        self.assert_picture(p)
        self.resize(p, 110, 32, (110 * CELL_W // 2, 32 * CELL_H // 2))  # a smaller font
        self.until(p, lambda: p.emulator.drawn)
        self.assertAlmostEqual(p.emulator.drawn[-1][2], p.emulator.drawn[-1][3], delta=CELL_H)
        self.resize(p, 110, 32)
        self.until(p, lambda: BLOCK in p.text())
        self.assertFalse(p.emulator.shows())

    def test_others(self):
        """Blocks, and no sequence of pictures."""
        for answer, options in ((b"", ()), (KITTY + SIXEL, ()), (CELL + SIXEL, ("--pictures", "blocks")),
                                (b"\x1b[?1;0;16S" + CELL + SIXEL, ()), (b"\x1b[6;99999;10t" + SIXEL, ()),
                                (b"\x1b_Gi=1;EINVAL:no\x1b\\" + CELL + PLAIN, ())):
            p = self.begin(*options, answer=answer)
            self.assertIn(BLOCK, p.text(), (answer, options))
            self.assertEqual(p.emulator.drawn, [], (answer, options))
            self.assertEqual(b"\x1b[16t" in p.sent, not options)

    def test_by_option(self):
        p = self.begin("--pictures", "sixel", answer=KITTY + CELL + PLAIN)
        self.assert_picture(p)
        self.assertIn(b"\x1bP", p.sent)
        p = self.begin("--pictures", "kitty", answer=CELL + SIXEL)
        self.assert_picture(p)
        self.assertNotIn(b"\x1bP", p.sent)

    def turn(self, p, way):
        p.press("B")
        p.wait_for("pictures: %s" % way)
        self.until(p, lambda: p.emulator.shows() == (way != "blocks"))
        p.rest()

    def test_turned_over(self):
        """By a key, through what the terminal has."""
        p = self.begin(answer=KITTY + CELL + SIXEL)
        self.until(p, lambda: p.emulator.kept)
        self.assertNotIn(b"\x1bP", p.sent)
        self.turn(p, "sixel")
        self.assertEqual(p.emulator.kept, {})
        self.assertIn(MARK, p.text())
        self.assert_picture(p)
        self.turn(p, "blocks")
        self.assertIn(BLOCK, p.text())
        self.turn(p, "kitty")
        self.assertTrue(p.emulator.kept)
        self.assertNotIn(MARK, p.text())
        self.assert_picture(p)
        p = self.begin(answer=CELL + SIXEL)
        self.turn(p, "blocks")
        self.turn(p, "sixel")
        for options, answer, why in (((), PLAIN, "blocks: this terminal has not said that it shows pixels"),
                                     (("--ascii",), CELL + SIXEL, "characters without colours, and in ASCII")):
            p = self.begin(*options, answer=answer)
            p.press("B")
            p.wait_for("pictures are " + why)

    def test_without_colours(self):
        for options in ("--no-color",), ("--theme", "mono"), ("--ascii",):
            p = self.begin(*options, answer=KITTY + CELL + SIXEL)
            self.assertEqual(p.emulator.drawn, [], options)

    def test_late_answer(self):
        """The picture is drawn again as soon as the terminal says that it can."""
        p = self.begin()
        self.assertIn(BLOCK, p.text())
        os.write(p.master, CELL + SIXEL)
        self.until(p, lambda: p.emulator.drawn)
        self.assert_picture(p)

    def test_inside_others(self):
        """Where kitty's question would be seen it is not asked."""
        for how in {"term": "screen-256color"}, {"term": "tmux-256color"}, {"environment": {"STY": "1.pts"}}:
            p = self.begin(answer=CELL + SIXEL, **how)
            self.assertNotIn(b"\x1b_G", p.sent)
            self.assert_picture(p)

    def test_dump(self):
        shown = dump(SIZE, [*FAKE, "--pictures", "sixel"], "6")
        self.assertRegex(shown, "[\u2591-\u2593]")
        self.assertNotIn("\x1b", shown)

    def test_the_worker_itself(self):
        p = self.pty(DEMO, "--no-state", size=SIZE)
        p.emulator = Pictures(*SIZE)
        while QUESTION not in p.sent:
            p.take(0.1)
        os.write(p.master, CELL + SIXEL)
        p.wait_for("measured 400/400")
        p.press("6")
        self.until(p, lambda: p.emulator.drawn)
        _, _, w, h, pixels = p.emulator.drawn[-1]
        self.assertEqual(len(pixels), w * h)
        self.assertGreater(len(set(pixels.values())), 20)


if __name__ == "__main__":
    unittest.main()
