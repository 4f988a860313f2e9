#!/usr/bin/python3
"""What isplit's screen writes and reads: exports, what is kept from one session to the next, other networks.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_screen_files.py [unittest options]
"""
import glob
import json
import os
import subprocess
import unittest
import xml.etree.ElementTree

from screen import DEMO, PROGRAM, TOP, ScreenTest, dump, eventually, fake, rows_of

VGG = fake("--layers 18 --classes 10 --images 100")
FILES = ["classes.csv", "classes.csv.meta.csv", "curve.csv", "curve.csv.meta.csv", "figure.svg", "images.csv",
         "images.csv.meta.csv", "marks.csv", "marks.csv.meta.csv", "screen.txt"]


def content(path):
    with open(path, "rb") as file:
        return file.read()


class Export(ScreenTest):
    def export(self, t, prefix):
        t.press("e")
        t.wait_for("^.*Export")
        t.press("Tab")
        t.wait_for("files begin with: ")
        t.press("Ctrl-U", prefix, "Enter")

    def test_the_bytes_of_the_batch_command(self):
        """The demo's curve, classes and images of three classes; the screen as --dump has it; a figure."""
        home = self.home()
        plan = ["--plan-file", home.path("plan")]  # rows are equal to the last bit by the same plan
        self.curve(DEMO, *plan, "-c", "C,D,G", "-o", home.path("b-curve.csv"), "--images-csv", home.path("b-images.csv"),
                   "--classes-csv", home.path("b-classes.csv"))
        t = self.terminal(DEMO, *plan, "--no-color", home=home)
        t.wait_for("measured 400/400")
        t.press(":", "C,D,G", "Enter", "Right", "Right", "x")
        t.wait_for("marked the split after block1_pool")
        self.export(t, home.path("x"))
        t.wait_for("wrote 6 files")
        self.assertEqual([path[2:] for path in home.files() if path.startswith("x-")], FILES)
        for name in ("curve", "images", "classes"):
            self.assertEqual(content(home.path("x-%s.csv" % name)).decode(),
                             content(home.path("b-%s.csv" % name)).decode(), name)
        marks = rows_of(home.path("x-marks.csv"))
        self.assertEqual([row["layer"] for row in marks], ["2"])
        self.assertEqual(marks[0]["name"], "block1_pool")
        self.same_screen(home, plan, "Right Right x")
        self.check_figure(home.path("x-figure.svg"))

    def same_screen(self, home, plan, script):
        """Without the message line: there the export itself is told."""
        wanted = dump((100, 30), [DEMO, *plan], ': "C,D,G" Enter ' + script).split("\n")
        shown = [line.rstrip() for line in content(home.path("x-screen.txt")).decode().rstrip("\n").split("\n")]
        self.assertEqual(shown[:28] + shown[29:], wanted[:28] + wanted[29:])

    def check_figure(self, path):
        root = xml.etree.ElementTree.parse(path).getroot()
        self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")
        self.assertIn("viewBox", root.attrib)
        words = " ".join("".join(e.itertext()) for e in root.iter("{http://www.w3.org/2000/svg}text"))
        self.assertIn("CUI", words)
        shapes = {e.tag.split("}")[-1] for e in root.iter()}
        self.assertTrue(shapes & {"path", "polyline", "line"})
        self.assertNotIn("image", shapes)

    def test_asks_before_overwriting(self):
        home = self.home()
        t = self.terminal(*VGG, home=home)
        t.wait_for("measured 100/100")
        self.export(t, home.path("x"))
        t.wait_for(r"wrote \d files")
        before = {path: content(home.path(path)) for path in home.files() if path.startswith("x-")}
        t.press(":", "cat", "Enter")
        t.wait_for("classes: cat")
        for answer in ("n", "Esc"):
            self.export(t, home.path("x"))
            t.wait_for(r"overwrite .*(\n.*)?\(y/n\)")
            t.press(answer)
            t.wait_for("nothing was written")
            self.assertEqual(before, {path: content(home.path(path)) for path in before})
            t.press("Esc")
        self.export(t, home.path("x"))
        t.wait_for(r"\(y/n\)")
        t.press("y")
        t.wait_for(r"wrote \d files")
        self.assertNotEqual(before["x-curve.csv"], content(home.path("x-curve.csv")))

    def test_only_what_is_wanted(self):
        home = self.home()
        t = self.terminal(*VGG, home=home)
        t.wait_for("measured 100/100")
        t.press("e")
        t.wait_for("Export")
        t.press("Space", "Down", "Space", "Down", "Space", "Down", "Space")
        t.press("Tab", "Ctrl-U", home.path("y"), "Enter")
        t.wait_for("wrote 2 files")
        self.assertEqual([path for path in home.files() if path.startswith("y-")], ["y-figure.svg", "y-screen.txt"])

    def test_where_nothing_can_be_written(self):
        t = self.terminal(*VGG)
        t.wait_for("measured 100/100")
        self.export(t, "/nowhere/at/all")
        t.wait_for("error: .*nowhere")
        t.press("Esc", "Esc", "Right")  # the prompt, the dialog
        self.assertEqual(t.quit(), 0)

    def test_part_of_the_images(self):
        """An export under way says that it is not all."""
        home = self.home()
        t = self.terminal(*fake("--layers 18 --images 400 --delay 20"), home=home)
        t.wait_for(r"measuring [3-9]\d/")
        self.export(t, home.path("x"))
        t.wait_for(r"wrote \d files")
        self.assertIn(b"interrupted", content(home.path("x-curve.csv.meta.csv")))
        self.assertLess(len(rows_of(home.path("x-images.csv"))), 400)


class State(ScreenTest):
    def assert_saved_is_known(self, home):
        """Batch commands take a saved subset by its name, and name the nearest where there is none of it."""
        def run(*arguments):
            return subprocess.run([PROGRAM, *arguments], cwd=TOP, env=home.environment(), capture_output=True,
                                  text=True, check=False, stdin=subprocess.DEVNULL, timeout=60)
        named, listed = (run("curve", *VGG, "-c", classes) for classes in ("@pets", "cat,dog"))
        self.assertEqual((named.returncode, named.stdout), (0, listed.stdout))
        wrong = run("curve", *VGG, "-c", "@petz")
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("'@petz': no file and no saved subset has this name (nearest: 'pets')", wrong.stderr)
        self.assertEqual(run("docs", "subsets").stdout, "pets\n")

    def test_survives_a_restart(self):
        home = self.home()
        t = self.terminal(*VGG, home=home)
        t.wait_for("measured 100/100")
        t.press(":", "cat,dog", "Enter", "w", "pets", "Enter")
        t.wait_for("pets")
        t.press("2", "G", "X", "the last", "Enter", "t", "u", "y")
        t.settled()
        self.assertEqual(t.quit(), 0)
        kept = home.files()
        self.assertIn("config/isplit/settings.json", kept)
        self.assertEqual(sum(path.startswith("state/isplit/networks/") for path in kept), 1)
        for path in kept:
            if path.endswith(".json"):
                self.assertEqual(json.loads(content(home.path(path)))["version"], 1)
        self.assert_saved_is_known(home)
        t = self.terminal(*VGG, home=home)
        t.wait_for("measured 100/100")
        shown = t.wait_for(r"\[2 Layers\]") and t.settled()
        self.assertIn("classes: pets", shown)
        self.assertIn("f16", shown)
        self.assertRegex(shown, r"(?m)^▸.*block5_pool")
        t.press(":", "*", "Enter", "L", "pets", "Enter")
        t.wait_for("classes: pets")
        t.press("X")
        t.wait_for("note on block5_pool: *the last")
        t.press("Esc", "t")
        t.wait_for("theme: mono")  # it was light

    def test_no_state(self):
        home = self.home()
        t = self.terminal(*VGG, "--no-state", home=home)
        t.wait_for("measured 100/100")
        t.press("x", "t", "3", "Space", "w", "mine", "Enter")
        t.settled()
        self.assertEqual(t.quit(), 0)
        self.assertEqual([path for path in home.files() if not path.endswith(".conf")], [])

    def test_saved_a_moment_after(self):
        """Not only at the end: the power may fail."""
        home = self.home()
        t = self.terminal(*VGG, home=home)
        t.wait_for("measured 100/100")
        t.press("x")
        self.assertTrue(eventually(lambda: any(path.startswith("state/") for path in home.files()), 20))

    def test_damaged_is_put_aside(self):
        for where, garbage in (("config/isplit/settings.json", b"{\"isplit\": \"settings\", "), ("state", b"\0\xff\n")):
            home = self.home()
            t = self.terminal(*VGG, home=home)
            t.wait_for("measured 100/100")
            t.press("x", "t")
            t.settled()
            t.quit()
            path = home.path(where) if where.endswith("json") else glob.glob(home.path("state/isplit/networks/*"))[0]
            with open(path, "wb") as file:
                file.write(garbage)
            t = self.terminal(*VGG, home=home, size=(200, 40))
            t.wait_for("measured 100/100")
            t.press("8")
            t.wait_for("is damaged")
            self.assertEqual(content(path + ".damaged"), garbage)
            t.press("1", "x")
            self.assertEqual(t.quit(), 0)

    def test_newer_is_left_alone(self):
        home = self.home()
        path = home.path("config/isplit/settings.json")
        os.makedirs(os.path.dirname(path))
        newer = b'{"isplit": "settings", "version": 7, "what": "ever"}\n'
        with open(path, "wb") as file:
            file.write(newer)
        t = self.terminal(*VGG, home=home)
        t.wait_for("newer isplit")
        t.wait_for("measured 100/100")
        t.press("t", "y")
        t.settled()
        t.quit()
        self.assertEqual(content(path), newer)

    def test_folder_that_cannot_be_written(self):
        home = self.home()
        with open(home.path("config"), "wb"), open(home.path("state"), "wb"):
            pass
        t = self.terminal(*VGG, home=home)
        t.wait_for("measured 100/100")
        t.press("x", "t", "y")
        t.wait_for("warning: .*(not kept|cannot keep)", 20)
        self.assertEqual(t.quit(), 0)

    def test_dump_neither_reads_nor_keeps(self):
        home = self.home()
        dump((80, 24), VGG, "x t 2 3", home=home)
        self.assertEqual(home.files(), [])


class Groups(ScreenTest):
    def test_groups_from_a_file(self):
        home = self.home()
        with open(home.path("groups.txt"), "w", encoding="utf-8") as file:
            file.write("pets = cat,dog\n# nothing\nbirds = crane\n")
        t = self.terminal(*VGG, home=home)
        t.wait_for("measured 100/100")
        t.press("@", home.path("gro"), "Tab", "Enter")
        t.wait_for("2 groups read")
        t.press("L", "b", "Tab", "Enter")
        t.wait_for("classes: birds")
        t.press("@", home.path("nothing"), "Enter")
        t.wait_for("error: .*nothing")
        self.assertIn("classes: birds", t.text())


class Opening(ScreenTest):
    def test_another_network(self):
        """By a prompt with completion of paths."""
        t = self.terminal(DEMO, "--no-state", size=(120, 40))
        t.wait_for("measured 400/400")
        t.press("o", "cfg/letters-re", "Tab")
        t.wait_for(r"cfg/letters-resnet50\.cfg")
        t.press("Enter")
        t.wait_for(r"weights: .*letters-resnet50\.weights")
        t.press("Enter")
        t.wait_for("images: ")
        t.press("Enter")
        t.wait_for("labels .*: ")
        t.press("Enter")
        t.wait_for("letters-resnet50.cfg on ")
        t.wait_for("measured 400/400", 400)
        self.assertEqual(t.quit(), 0)

    def test_a_retrained_folder_is_a_network(self):
        """It is not asked for weights, and not taken for images."""
        home = self.home()
        for kind in ("cfg", "weights"):
            os.symlink(os.path.join(TOP, kind, "letters-vgg16." + kind), home.path("whole." + kind))
        t = self.terminal(DEMO, "--no-state", home=home)
        t.wait_for("measured 400/400")
        t.press("o", home.folder, "Enter")
        t.wait_for("images: ")
        t.press("Enter")
        t.wait_for("labels .*: ")
        t.press("Enter")
        t.wait_for("whole.cfg on ")
        self.assertEqual(t.quit(), 0)

    def test_a_bad_file_is_a_message(self):
        """And what is there stays."""
        home = self.home()
        with open(home.path("bad.cfg"), "w", encoding="ascii") as file:
            file.write("[net]\nwidth=nonsense\n")
        t = self.terminal(DEMO, "--no-state", home=home)
        t.wait_for("measured 400/400")
        for answers in (["/nowhere.cfg"], [home.path("bad.cfg"), "weights/letters-vgg16.weights", "tests/samples/letters", ""],
                        ["cfg/letters-vgg16.cfg", "cfg/letters.data", "tests/samples/letters", ""],
                        ["cfg/letters-vgg16.cfg", "weights/letters-vgg16.weights", home.folder, ""]):
            t.press("Esc", "Right")
            before = t.settled()
            t.press("o")
            for answer in answers:
                t.wait_for(": ")
                t.press("Ctrl-U", *[answer][:bool(answer)], "Enter")
            t.wait_for("^error: ")
            t.press("Esc")  # a long message stands over some rows until the next key
            now = t.settled()
            self.assertEqual(now.split("\n")[:28], before.split("\n")[:28])
        t.press("Left")
        self.assertEqual(t.quit(), 0)

    def test_a_folder_is_other_images(self):
        home = self.home()
        for letter in "ABCDEFGHIJ":
            os.makedirs(home.path("few", letter))
            for path in sorted(glob.glob(os.path.join(TOP, "tests/samples/letters", letter, "*.png")))[:2]:
                os.symlink(path, home.path("few", letter, os.path.basename(path)))
        t = self.terminal(DEMO, "--no-state", home=home)
        t.wait_for("measured 400/400")
        t.press("o", home.path("few"), "Enter")
        t.wait_for("labels .*: ")
        t.press("Enter")
        t.wait_for("measured 20/20")

    def test_labels_of_flat_folders(self):
        """Class names that file names hold; and a file with the label of each image."""
        home = self.home()
        os.makedirs(home.path("flat"))
        lines = []
        for number, letter in enumerate("ABCDEFGHIJ"):
            path = sorted(glob.glob(os.path.join(TOP, "tests/samples/letters", letter, "*.png")))[0]
            os.symlink(path, home.path("flat", f"{number}_{letter}.png"))
            lines.append(f"{number}_{letter}.png {9 - number}")
        for name, text in (("names.txt", "\n".join("ABCDEFGHIJ")), ("truth.txt", "\n".join(lines))):
            with open(home.path(name), "w", encoding="ascii") as file:
                file.write(text + "\n")
        t = self.terminal(DEMO, "--no-state", home=home, size=(120, 40))
        t.wait_for("measured 400/400")
        for name, accuracy in (("names.txt", r"accuracy (100|90)\.0"), ("truth.txt", r"accuracy (0|10)\.0")):
            t.press("o", home.path("flat"), "Enter")
            t.wait_for("labels .*: ")
            t.press("Ctrl-U", home.path(name), "Enter")
            t.wait_for("measured 10/10")
            t.wait_for(accuracy)
        t.press("o", home.path("flat"), "Enter")
        t.wait_for("labels .*: .*truth.txt")
        t.press("Ctrl-U", "Enter")
        t.wait_for("error: .*holds 10 images but no class folders")

    def test_first_network_is_bad(self):
        """The program stays and can open another."""
        t = self.terminal("/nowhere.cfg", "/nowhere.weights", "-d", "/nowhere", "--no-state", size=(120, 30))
        t.wait_for("error: .*nowhere")
        t.press("1", "8", "1", "x", "3")
        t.press("o", DEMO, "Enter")
        t.wait_for("measured 400/400")
        self.assertEqual(t.quit(), 0)

    def test_leaving_the_prompt(self):
        t = self.terminal(*VGG)
        t.wait_for("measured 100/100")
        before = t.settled()
        for leave in ("Esc", "Ctrl-C"):
            t.press("o", "abc")
            t.wait_for("abc")
            t.press(leave)
            t.wait_gone("abc")
            self.assertEqual(t.settled(), before)


if __name__ == "__main__":
    unittest.main()
