#!/usr/bin/python3
"""isplit's plan on the screen: values changed live, and cutting the network from it.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_screen_plan.py [unittest options]
"""
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from screen import DEMO, PROGRAM, TOP, ScreenTest, children, dump, eventually, fake, rows_of, runs

VGG = "--layers 18 --classes 10 --images 100 "
FILES = ["head.cfg", "head.weights", "split.csv", "split.csv.meta.csv", "tail.cfg", "tail.weights"]


class Test(ScreenTest):
    def setUp(self):
        self.made = tempfile.mkdtemp(prefix="isplit-plan-")
        self.addCleanup(shutil.rmtree, self.made)

    def path(self, *names):
        return os.path.join(self.made, *names)

    def file(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)


def total(frame, name):
    """The total time of a row, as it stands there."""
    return float(re.search(r"%s .*?([\d.e+]+)!? +[\d.]+ (?:B|KiB|MiB)" % name, frame).group(1))


class Values(Test):
    def test_keys_change_the_times_at_once(self):
        t = self.terminal(*fake(VGG), size=(120, 40))
        t.wait_for("measured 100/100")
        t.press("9")
        t.wait_for(r"wifi 18\.88 Mbit/s")
        before = total(t.settled(), "block1_conv1")
        t.press("]", "]", "+", "+")
        t.wait_for(r"wifi -\[29\.5 Mbit/s\]\+")
        faster = total(t.settled(), "block1_conv1")
        self.assertAlmostEqual(faster / before, 1 / 1.5625, 1)
        t.press("Backspace", "y", "[", "+", "u")
        t.wait_for(r"f16: .*-\[ethernet\]\+ 1000 Mbit/s")
        t.press("+")
        t.wait_for("lora")
        self.assertGreater(total(t.settled(), "block1_conv1"), 1000 * before)

    def test_is_what_the_command_line_says(self):
        options = ["--edge", "20", "--server", "2000", "--link", "lte,rtt=40", "--type", "int8", "--max-latency", "100"]
        frame = dump((120, 40), fake(VGG) + options, "9")
        self.assertIn("int8: -[20 GFLOP/s]+ ▸ lte 5.85 Mbit/s 40 ms ▸ 2000 GFLOP/s", frame)
        self.assertIn("limits: at most 100 ms", frame)

    def test_given_type_beats_the_saved_one(self):
        """Even the default one; a reset goes back to it, and what was saved stays saved."""
        home = self.home()
        for options, shown, keys in ((), "f32", "uu"), (("--type", "f32"), "f32", "ur"), ((), "int8", ""):
            t = self.terminal(*fake(VGG), *options, size=(120, 40), home=home)
            t.wait_for(r"measured 100/100")
            t.press("9")
            t.wait_for("sent as %s|%s: " % (shown, shown))
            for key, after in zip(keys, {"uu": ("f16", "int8"), "ur": ("f16", "f32")}.get(keys, ())):
                t.press(*(("Backspace", "y") if key == "r" else key))
                t.wait_for("sent as %s|%s: " % (after, after))
            self.assertEqual(t.quit(), 0)

    def test_given_link_is_one_of_them(self):
        for link, shown in (("bandwidth=2,rtt=100", "-[own]+ 2 Mbit/s 100 ms"), ("wifi,rtt=40", "-[wifi]+ 18.88 Mbit/s 40 ms")):
            for keys in "9 ] + -", "9 ] - +":
                self.assertIn(shown, dump((120, 40), fake(VGG) + ["--link", link], keys))

    def test_typed(self):
        frame = dump((120, 40), fake(VGG), '9 D Enter Ctrl-U "50" Enter j Enter Ctrl-U "ble,loss=0.1" Enter Esc')
        self.assertIn("-[50 GFLOP/s]+ ▸ ble 0.8136 Mbit/s 30 ms loss 10 %", frame)

    def test_bad_options(self):
        """Refused before the screen opens, in one line; what needs the network, told on it."""
        for options, word in [(["--link", "smoke"], "smoke"), (["--edge", "nowhere.csv"], "nowhere.csv"),
                              (["--server", "fast"], "fast"), (["--zstd"], "--features")]:
            run = subprocess.run([PROGRAM, "--dump", "80x24", *fake(VGG), *options], capture_output=True, timeout=60,
                                 check=False)
            self.assertNotEqual(run.returncode, 0)
            self.assertEqual(run.stdout, b"")
            self.assertEqual(run.stderr.count(b"\n"), 1)
            self.assertIn(word, run.stderr.decode())
        profile = self.file("pi.csv", "layer,median_ms\n0,1.5\n")
        frame = dump((100, 30), fake(VGG) + ["--edge", profile], "8")
        self.assertRegex(frame, r"pi\.csv: has no row for layer 1")
        self.assertIn("5 GFLOP/s", dump((100, 30), fake(VGG) + ["--edge", profile], "9"))

    def test_profile_of_a_device(self):
        rows = "".join("%d,%d\n" % (layer, layer) for layer in range(20))
        profile = self.file("pi.csv", "layer,median_ms\n" + rows)
        frame = dump((120, 40), fake(VGG) + ["--edge", profile], "9 G")
        self.assertIn("-[pi.csv]+ ▸ wifi", frame)
        self.assertIn("device only takes 190 ms: █ head 190, ━ link 0.00, ▒ tail 0.00.", frame)

    def test_clicks(self):
        p = self.pty(*fake(VGG), "--mouse", size=(120, 40))
        p.wait_for("measured 100/100")
        p.press("9")
        p.wait_for("server only")
        p.read(0.2)
        row = next(i for i, line in enumerate(p.text().split("\n")) if " block2_pool " in line)
        p.press("\x1b[<0;100;%dM" % (row + 1), "\x1b[<0;100;%dm" % (row + 1))
        p.wait_for("block2_pool takes")

    def test_resize(self):
        t = self.terminal(*fake(VGG), "--no-color", size=(100, 30))
        t.wait_for("measured 100/100")
        t.press("9")
        for size in ((40, 12), (200, 60), (39, 11), (64, 20), (120, 40)):
            t.resize(*size)
            time.sleep(0.1)
        t.wait_for("server only")
        self.assertEqual(t.settled(), dump((120, 40), fake(VGG), "9"))

    def test_of_rows_alone(self):
        """Without a network at hand there is a plan, and nothing to cut."""
        rows = self.path("rows.csv")
        subprocess.run([PROGRAM, "curve", *fake(VGG, store=True), "-o", self.path("c.csv"),
                        "--images-csv", rows], check=True, capture_output=True, env=self.home().environment())
        frame = dump((100, 30), ["--from", rows], "9 G Up Enter")
        self.assertIn("there is no network to cut: the rows come from", frame)


class Exporting(Test):
    def test_is_what_the_command_writes(self):
        options = ["--link", "lte", "--max-latency", "9000", "--joule-mac", "5e-11", "--type", "f16"]
        dump((100, 30), fake(VGG) + options, '9 e Tab Ctrl-U "%s" Enter' % self.path("x"))
        subprocess.run([PROGRAM, "plan", *fake(VGG), "-o", self.path("plan.csv"), *options], check=True, capture_output=True,
                       env=self.home().environment())
        with open(self.path("x-plan.csv"), "rb") as one, open(self.path("plan.csv"), "rb") as other:
            self.assertEqual(one.read(), other.read())
        metas = [{row["key"]: row["value"] for row in rows_of(self.path(name + ".meta.csv"))}
                 for name in ("x-plan.csv", "plan.csv")]
        self.assertEqual(*[set(meta) for meta in metas])
        for key in ("link_rtt_ms", "dtype", "coder", "max_latency", "joule_mac", "recommended", "assumed", "importance", "objective"):
            self.assertEqual(metas[0][key], metas[1][key])

    def test_as_changed_by_keys(self):
        dump((100, 30), fake(VGG), '9 + + ] + ] ] + ] + e Tab Ctrl-U "%s" Enter' % self.path("x"))
        meta = {row["key"]: row["value"] for row in rows_of(self.path("x-plan.csv.meta.csv"))}
        self.assertEqual([meta[key] for key in ("edge", "edge_speed", "server_speed", "link", "assumed")],
                         ["5 GFLOP/s", "1.5625", "1.25", "ethernet", ""])
        self.assertEqual(float(meta["link_rtt_ms"]), 0.375)

    def test_only_from_its_view(self):
        dump((100, 30), fake(VGG), 'e Tab Ctrl-U "%s" Enter' % self.path("x"))
        self.assertTrue(os.path.exists(self.path("x-curve.csv")))
        self.assertFalse(os.path.exists(self.path("x-plan.csv")))


class Cutting(Test):
    def open(self, options="", size=(100, 30)):
        t = self.terminal(*fake(VGG + options), size=size)
        t.wait_for(r"measur")
        t.press("9")
        t.wait_for("server only")
        t.press("g", "j")  # the first cut, not the recommended one
        return t

    def ask(self, t, folder):
        t.press("j", "Enter")
        t.wait_for(r"cut after block\d_\w+ into: \./a-block")
        t.press("Ctrl-U", folder, "Enter")

    def test_cut(self):
        folder = self.path("halves")
        t = self.open()
        self.ask(t, folder)
        t.wait_for("cut after block1_conv2 into .*halves: head then tail match")
        self.assertEqual(sorted(os.listdir(folder)), FILES)
        row, = rows_of(os.path.join(folder, "split.csv"))
        self.assertEqual((row["layer"], row["name"], row["check"]), ("1", "block1_conv2", "bitwise"))
        meta = {row["key"]: row["value"] for row in rows_of(os.path.join(folder, "split.csv.meta.csv"))}
        self.assertEqual((meta["program"], meta["cfg"], meta["chosen_by"]), ("isplit", "a.cfg", "layer"))
        t.press("8")
        t.wait_for("head then tail match")
        self.assertEqual(t.quit(), 0)

    def test_in_a_dump(self):
        """Which waits for it, and then for nothing more."""
        folder = self.path("halves")
        frame = dump((120, 30), fake(VGG + "--split-slow 1"), '9 g j j Enter Ctrl-U "%s" Enter' % folder)
        self.assertIn("head then tail match", frame)
        self.assertEqual(sorted(os.listdir(folder)), FILES)

    def test_replacing_is_asked_for(self):
        folder = self.path("halves")
        t = self.open()
        self.ask(t, folder)
        t.wait_for("head then tail")
        self.ask(t, folder)
        t.wait_for(r"halves holds a split: replace it\? \(y/n\)")
        t.press("n")
        t.wait_for("nothing was cut")
        t.press("Enter", "Ctrl-U", folder, "Enter")
        t.wait_for("replace it")
        t.press("y")
        t.wait_for("cut after block1_pool into")
        self.assertEqual(rows_of(os.path.join(folder, "split.csv"))[0]["name"], "block1_pool")

    def test_no_folder(self):
        t = self.open()
        self.ask(t, self.file("plain", "text"))
        t.wait_for("plain: is no folder")
        t.press("Enter", "Esc")
        t.wait_gone("into:")
        t.press("Enter", "Ctrl-U", self.path("no", "such", "place"), "Enter")
        t.wait_for("the network is not cut")

    def test_screen_lives_on_meanwhile(self):
        t = self.open("--delay 30 --split-slow 2")
        t.wait_for("measuring")
        self.ask(t, self.path("halves"))
        t.wait_for(r"cutting after block1_conv2: checking input \d \(Esc stops it\)")
        before = int(t.wait_for(r"measuring (\d+)/100").group(1))
        self.assertTrue(eventually(lambda: int(re.search(r"measur\w+ (\d+)/100", t.text()).group(1)) > before))
        t.press("1")
        t.wait_for(r"\[1 Curve\]")
        t.press("9", "Enter")
        t.wait_for("the cut after block1_conv2 is still being made")
        t.wait_for("head then tail match")

    def test_stopping(self):
        folder = self.path("halves")
        t = self.open("--split-slow 30")
        self.ask(t, folder)
        t.wait_for("checking input 0")
        t.press("Esc")
        t.wait_for("stopping the cut after block1_conv2")
        t.wait_for("the cut after block1_conv2 was stopped: nothing is written")
        self.assertFalse(os.path.exists(folder))
        self.assertEqual(t.quit(), 0)

    def test_leaving_is_asked_for(self):
        folder = self.path("halves")
        t = self.open("--split-slow 10")
        self.ask(t, folder)
        t.wait_for("checking input 0")
        workers = children(t.pid)
        self.assertEqual(len(workers), 2)
        t.press("Q")
        t.wait_for(r"being cut after block1_conv2: stop that and leave\? \(y/n\)")
        t.press("n")
        t.wait_for("checking input")
        t.press("Q")
        t.wait_for("stop that and leave")
        t.press("y")
        self.assertEqual(t.status(), 0)
        self.assertFalse(os.path.exists(folder))
        self.assertTrue(eventually(lambda: not any(runs(worker) for worker in workers), 10))

    def test_terminated(self):
        folder = self.path("halves")
        t = self.open("--split-slow 3")
        self.ask(t, folder)
        t.wait_for("checking input 0")
        os.kill(t.pid, signal.SIGTERM)
        self.assertEqual(t.status(), 130)
        self.assertFalse(os.path.exists(folder))

    def test_worker_that_dies(self):
        t = self.open("--split-die --split-slow 1")
        self.ask(t, self.path("halves"))
        t.wait_for("error: the network is not cut: ")
        t.wait_for("measured 100/100")  # the other one lives
        self.assertEqual(t.quit(), 0)

    def test_worker_that_refuses(self):
        t = self.open("--refuse split")
        self.ask(t, self.path("halves"))
        t.wait_for("the network is not cut: x.cfg:3: unknown key")
        self.assertEqual(t.quit(), 0)

    def test_network_that_has_changed(self):
        """The cut was chosen in another one."""
        cfg, weights = (shutil.copy(os.path.join(TOP, *name), self.made) for name in
                        (("cfg", "letters-vgg16.cfg"), ("weights", "letters-vgg16.weights")))
        t = self.terminal(cfg, weights, "-d", os.path.join(TOP, "tests", "samples", "letters"), "-n", "8")
        t.wait_for("measured 8/8")
        with open(cfg, "a", encoding="utf-8") as file:
            file.write("# another one\n")
        t.press("9", "j", "Enter", "Ctrl-U", self.path("halves"), "Enter")
        t.wait_for("the network is not cut: .*has changed")
        self.assertFalse(os.path.exists(self.path("halves")))

    def test_is_what_the_command_makes(self):
        """The demo, cut by both, to be sent as f16."""
        there, here = self.path("command"), self.path("screen")
        env = self.home().environment()
        subprocess.run([PROGRAM, "split", DEMO, "--at", "block2_pool", "--dtype", "f16", "-o", there], check=True, capture_output=True,
                       env=env)
        t = self.terminal(DEMO, "--dtype", "f16", size=(120, 30))
        t.wait_for(r"measured \d+/\d+")
        t.press("9", "g", *("j" * 6), "Enter")
        t.wait_for("cut after block2_pool, sent as f16, into: ./letters-vgg16-block2_pool")
        t.press("Ctrl-U", here, "Enter")
        t.wait_for("cut after block2_pool into .*: head then tail match")
        self.assertEqual(sorted(os.listdir(here)), FILES)
        for name in FILES[:3] + FILES[4:]:
            with open(os.path.join(there, name), "rb") as one, open(os.path.join(here, name), "rb") as other:
                self.assertEqual(one.read(), other.read(), name)
        self.assertEqual(*[[(row["dtype"], row["coder"], row["fit"]) for row in rows_of(os.path.join(folder, "split.csv"))] for folder in (there, here)])
        self.assertEqual(t.quit(), 0)


if __name__ == "__main__":
    unittest.main()
