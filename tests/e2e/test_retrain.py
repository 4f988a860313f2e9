#!/usr/bin/python3
"""isplit retrain through the real program and the real worker: what it writes and says, that the same command gives the
same bytes however often it is stopped and killed on the way, and what is refused.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_retrain.py [unittest options]
"""
import csv
import os
import random
import re
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import time
import unittest
from urllib.parse import quote

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "reference"))
sys.path.insert(0, os.path.join(TOP, "tests", "e2e"))
from on_terminal import on_terminal  # pylint: disable=wrong-import-position
from running import TIMEOUT, Running  # pylint: disable=wrong-import-position
from split_worker import ENGINE, PROGRAM, Worker  # pylint: disable=wrong-import-position
from test_faults_files import SANITIZED, faults_library  # pylint: disable=wrong-import-position
from wrapper import wrapped  # pylint: disable=wrong-import-position

DEMO = TOP + "/cfg/letters.data"
NETWORK = ["head.cfg", "head.weights", "tail.cfg", "tail.weights", "whole.cfg", "whole.weights"]
ALL = sorted(NETWORK + ["retrain.csv", "retrain.csv.meta.csv", "split.csv", "split.csv.meta.csv"])
SIDE, CLASSES, IMAGES = 12, 3, 30  # of each class

CFG = """[net]
width=12
height=12
channels=1
[convolutional]
filters=16
size=3
pad=1
activation=relu
[maxpool]
size=2
stride=2
[convolutional]
batch_normalize=1
filters=16
size=3
pad=1
activation=relu
[connected]
output=3
activation=linear
[softmax]
"""
CUT = 1  # 16 x 6 x 6


def small_weights():
    """He's numbers for the layers of CFG."""
    draw = random.Random(4)

    def normal(n, fan):
        return [draw.gauss(0, (2 / fan) ** 0.5) for _ in range(n)]
    numbers = ([0] * 16 + normal(16 * 9, 9) + [0] * 16 + [1] * 16 + [0] * 16 + [1] * 16 + normal(16 * 16 * 9, 144) +
               [0] * 3 + normal(3 * 16 * 36, 576))
    return struct.pack("<iiiI", 0, 1, 0, 0) + struct.pack("<%df" % len(numbers), *numbers)


def small_image(label, number):
    """A PGM with a bright bar where its class says, in noise."""
    draw = random.Random(1000 * label + number)
    rows = [[draw.randrange(120) for _ in range(SIDE)] for _ in range(SIDE)]
    for row in rows[4 * label:4 * label + 3]:
        for x in range(SIDE):
            row[x] += 100
    return b"P5 %d %d 255\n" % (SIDE, SIDE) + bytes(v for row in rows for v in row)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Retrain(Running):
    SHEET = "out"

    def setUp(self):
        super().setUp()
        self.cfg, self.weights, self.data = self.path("net.cfg"), self.path("net.weights"), self.path("data")
        with open(self.cfg, "w", encoding="ascii") as file:
            file.write(CFG)
        with open(self.weights, "wb") as file:
            file.write(small_weights())
        for label in range(CLASSES):
            self.add_images(self.data, label, range(IMAGES))

    def path(self, name):
        return os.path.join(self.folder, name)

    def add_images(self, data, label, numbers, name="%d.pgm"):
        folder = os.path.join(data, "class%d" % label)
        os.makedirs(folder, exist_ok=True)
        for i in numbers:
            with open(os.path.join(folder, name % i), "wb") as file:
                file.write(small_image(label, i))

    def command(self, out, *more):
        return [PROGRAM, "retrain", self.cfg, self.weights, "-d", self.data, "--at", str(CUT), "--threads", "1",
                "-o", self.path(out), *more]

    def retrain(self, out, *more, expect=0):
        return self.run_program(*self.command(out, *more)[1:], expect=expect)

    def files(self, out):
        return sorted(os.listdir(self.path(out)))

    def row(self, out):
        rows = table(os.path.join(self.path(out), "retrain.csv"))
        self.assertEqual(len(rows), 1)
        return rows[0]

    def wait_for(self, name):
        end = time.monotonic() + TIMEOUT
        while not os.path.exists(self.path(name)):
            self.assertLess(time.monotonic(), end, name)
            time.sleep(0.01)

    def assert_same_network(self, one, other):
        for name in NETWORK:
            self.assertEqual(read(os.path.join(self.path(one), name)), read(os.path.join(self.path(other), name)), name)


class Results(Retrain):
    def test_the_demo_gains(self):
        """The demo network with a bottleneck in its middle knows the letters again after some epochs."""
        self.run_program("retrain", DEMO, "--at", "block3_conv3", "--epochs", "4", "--threads", "1", "-o", self.out)
        self.assertEqual(sorted(os.listdir(self.out)), ALL)
        row = self.row("out")
        self.assertGreater(float(row["accuracy_before"]), 0.9)
        self.assertLess(float(row["accuracy_untrained"]), 0.3)
        self.assertGreater(float(row["accuracy_after"]), 0.6)
        self.assertEqual((row["layer"], row["name"], row["cut_bytes"]), ("8", "block3_conv3", str(4 * 64 * 8 * 8)))
        self.assertEqual((row["floats_sent"], row["bytes_sent"]), ("64", "256"))
        split = table(os.path.join(self.out, "split.csv"))[0]
        self.assertEqual((split["check"], split["check_by"], split["name"]), ("bitwise", "libdarknet", "encoder2"))
        half = os.path.join(os.path.dirname(PROGRAM), "isplit-half")
        self.run_program("run", self.out, "-d", DEMO, "-n", "8", "--to", shlex.quote(half) + " tail {}", "-o", self.path("run.csv"))
        found = {one["measure"]: one for one in table(self.path("run.csv"))}
        self.assertEqual((found["bytes"]["value"], found["agreement"]["value"], found["total"]["images"]), (str(256 + 28), "1", "8"))

    def check_row(self, row, out):
        """What follows from other columns, by formulas of the test's own."""
        n = int(row["validation_images"])
        for name in ("before", "untrained", "after"):
            k, z = round(float(row["accuracy_" + name]) * n), 1.959963984540054
            middle = (k + z * z / 2) / (n + z * z)
            half = z / (n + z * z) * (k * (n - k) / n + z * z / 4) ** 0.5
            self.assertAlmostEqual(float(row["accuracy_%s_low" % name]), max(middle - half, 0), places=6)
            self.assertAlmostEqual(float(row["accuracy_%s_high" % name]), min(middle + half, 1), places=6)
        change = (int(row["gained"]) - int(row["lost"])) / n
        self.assertAlmostEqual(float(row["change"]), change, places=6)
        self.assertAlmostEqual(float(row["accuracy_after"]) - float(row["accuracy_before"]), change, places=6)
        self.assertLessEqual(float(row["change_low"]), change)
        self.assertGreaterEqual(float(row["change_high"]), change)
        meta = {r["key"]: r["value"] for r in table(os.path.join(self.path(out), "retrain.csv.meta.csv"))}
        self.assertEqual((meta["program"], meta["state"]), ("isplit retrain", "complete"))

    def test_the_row(self):
        out, err = self.retrain("out", "--train", "tail", "--epochs", "3", "--validation", "0.25", "--seed", "5")
        self.assertEqual(err, "isplit: warning: accuracy 8.3 % is no better than chance (33.3 %): labels or preprocessing look wrong\n")
        row = self.row("out")
        self.check_row(row, "out")
        self.assertEqual((int(row["training_images"]), int(row["validation_images"])), (66, 24))
        self.assertEqual((int(row["steps"]), int(row["steps_asked"]), row["seed"]), (9, 9, "5"))
        self.assertIn("%s images right" % row["validation_images"], out)
        self.assertIn("match the whole network bit for bit", out)
        self.check_split()

    def check_split(self):
        """isplit split takes the folder, and finds the cut itself."""
        self.run_program("split", self.path("out"), "-o", self.path("halves"))
        for name in ("head.cfg", "head.weights", "tail.weights"):
            self.assertEqual(read(self.path("halves/" + name)), read(self.path("out/" + name)), name)
        meta = {r["key"]: r["value"] for r in table(self.path("halves/split.csv.meta.csv"))}
        self.assertEqual(meta["chosen_by"], "bottleneck")

    def test_each_form_and_part(self):
        """Every form with every choice of what learns; the network that was written is as right as was told."""
        for form, sent in (("ratio", 16), ("floats:36", 36), ("bytes:72", 72), ("none", 576)):
            for train in ("bottleneck", "tail", "all"):
                if (form, train) == ("none", "bottleneck"):
                    continue
                with self.subTest(form=form, train=train):
                    shutil.rmtree(self.path("out"), ignore_errors=True)
                    self.retrain("out", "--bottleneck", form, "--train", train, "--epochs", "3")
                    row = self.row("out")
                    self.assertEqual((row["bottleneck"], row["train"]), (form, train))
                    self.assertLessEqual(int(row["floats_sent"]), sent)
                    size = 1 if form.startswith("bytes") else 4
                    self.assertEqual(int(row["bytes_sent"]), size * int(row["floats_sent"]))
                    self.check_row(row, "out")
                    self.check_head(train)
        self.check_split()  # the last one has no bottleneck, whose place would tell the cut

    def test_how_it_is_sent(self):
        """split.csv has dtype, coder and range of the code, which bytes:N means as int8; the range is that of images, as
        isplit features finds it with others of them."""
        for form, given, expected in (("bytes:72", (), ("int8", "none")), ("bytes:72", ("--dtype", "int4", "--coder", "zstd"), ("int4", "zstd")),
                                      ("floats:36", ("--coder", "lzma"), ("f32", "lzma"))):
            shutil.rmtree(self.path("out"), ignore_errors=True)
            self.retrain("out", "--bottleneck", form, "--epochs", "1", *given)
            split = table(self.path("out/split.csv"))[0]
            self.assertEqual((split["dtype"], split["coder"]), expected)
            if expected[0] == "f32":
                self.assertEqual(split["scale"], "")
                continue
            features = self.path("features.csv")
            self.run_program("features", self.path("out/whole.cfg"), self.path("out/whole.weights"), "-d", self.data, "--layers", "clean", "--no-jpeg",
                             "--no-store", "--dtypes", expected[0], "--coders", "none", "--calibrate", "64", "-o", features)
            rows = {row["layer"]: row for row in table(features)}
            measured = float(rows[split["layer"]]["scale"])
            self.assertTrue(0.5 * measured < float(split["scale"]) < 2 * measured, (measured, split["scale"]))

    def check_head(self, train):
        """The head's own layer is the old one to the bit, but where all learned."""
        own, old = read(self.path("out/head.weights")), read(self.weights)
        same = own[16:16 + 4 * 160] == old[16:16 + 4 * 160]
        self.assertEqual(same, train != "all")

    def test_another_set_for_validation(self):
        other = self.path("other")
        for label in range(CLASSES):
            self.add_images(other, label, range(100, 110))
            self.add_images(other, label, range(5), "same%d.pgm")  # these are trained on no more
        _, err = self.retrain("out", "--validation-data", other, "--epochs", "2")
        self.assertIn("15 images are for validation too", err)
        row = self.row("out")
        self.assertEqual((int(row["training_images"]), int(row["validation_images"])), (75, 45))
        self.check_row(row, "out")

    def test_without_labels(self):
        """The answers of the whole network take the place of labels."""
        plain = self.path("plain")
        os.mkdir(plain)
        for label in range(CLASSES):
            for i in range(IMAGES):
                with open(os.path.join(plain, "%d-%d.pgm" % (label, i)), "wb") as file:
                    file.write(small_image(label, i))
        self.data = plain
        _, err = self.retrain("bad", expect=1)
        self.assertRegex(err, r"plain: .*label")
        told, _ = self.retrain("out", "--loss", "distill", "--epochs", "3")
        self.assertIn("no image has a label: right is what the whole network answers, too", told)
        row = self.row("out")
        self.assertEqual((row["accuracy_before"], row["loss"]), ("1", "distill"))

    def test_one_output(self):
        """A network with one output for two classes learns by the logistic loss, also from its own answers."""
        shutil.rmtree(os.path.join(self.data, "class2"))
        with open(self.cfg, "w", encoding="ascii") as file:
            file.write(CFG.replace("output=3", "output=1").replace("linear\n[softmax]", "logistic"))
        numbers = read(self.weights)
        with open(self.weights, "wb") as file:
            file.write(numbers[:-4 * (3 + 3 * 576)] + bytes(4) + numbers[-4 * 576:])
        self.retrain("out", "--train", "all", "--epochs", "10")
        self.assertGreater(float(self.row("out")["accuracy_after"]), 0.8)
        self.retrain("again", "--train", "tail", "--loss", "distill", "--epochs", "4", "--bottleneck", "none")
        self.assertEqual(self.row("again")["accuracy_after"], self.row("again")["accuracy_before"])

    def test_undecodable_images(self):
        for i in range(3):
            with open(os.path.join(self.data, "class0", "bad%d.png" % i), "wb") as file:
                file.write(b"no image %d" % i)
        _, err = self.retrain("out", "--epochs", "1")
        self.assertEqual(err.count("cannot be decoded"), 3)
        row = self.row("out")
        self.assertEqual(int(row["training_images"]) + int(row["validation_images"]), CLASSES * IMAGES)


class Bytes(Retrain):
    """The same command, the same bytes."""
    EPOCHS = "1000"  # of 3 steps: no machine does them before a signal arrives that the first one sets off

    def test_same_seed_same_bytes(self):
        for options in ([], ["--train", "all", "--flip", "--shift", "2"]):
            with self.subTest(options=options):
                for out in ("a", "b", "c"):
                    shutil.rmtree(self.path(out), ignore_errors=True)
                    self.retrain(out, "--epochs", "3", *options, *(["--seed", "1"] if out == "c" else []))
                self.assert_same_network("a", "b")
                self.assertNotEqual(read(self.path("a/whole.weights")), read(self.path("c/whole.weights")))

    def interrupted(self, out, options, when):
        """What is said where Ctrl-C comes with the first message of the worker of which `when` is true."""
        engine = wrapped(self.folder, f"""
    if {when} and words:
        import os
        os.kill(os.getppid(), signal.SIGINT)
        words = []
""", ENGINE, "stop")
        run = subprocess.run([*self.command(out, *options), *engine], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             check=False, timeout=TIMEOUT, encoding="utf-8", cwd=TOP)
        self.assertEqual(run.returncode, 130, run.stderr)
        return run.stderr

    def test_stop_and_go_on(self):
        """Ctrl-C in the training: the best so far is written, and the same command goes on to the same bytes."""
        options = ["--epochs", self.EPOCHS, "--train", "tail"]
        self.retrain("a", *options)
        said = self.interrupted("b", options, 'message["type"] == "step"')
        self.assertIn("the best so far is written", said)
        self.assertEqual(self.files("b"), sorted(ALL + ["retrain.checkpoint"]))
        row = self.row("b")
        self.assertLess(int(row["steps"]), int(row["steps_asked"]))
        _, err = self.retrain("b", *options)
        self.assertIn("goes on at step %s of" % row["steps"], err)
        self.assertEqual(self.files("b"), ALL)
        self.assert_same_network("a", "b")
        same = [name for name in self.row("a") if name != "seconds"]
        self.assertEqual([self.row("a")[n] for n in same], [self.row("b")[n] for n in same])

    def test_stop_in_the_cutting(self):
        """Ctrl-C after the training: it is not lost, and the same command cuts what it has given."""
        options = ["--epochs", "1", "--check", "4096"]
        said = self.interrupted("out", options, 'message.get("what", "").startswith("writing head")')
        self.assertIn("interrupted: the trained network is written, but not cut yet; the same command goes on", said)
        self.assertEqual(self.files("out"), ["retrain.checkpoint", "whole.cfg", "whole.weights"])
        before = read(os.path.join(self.path("out"), "whole.weights"))
        self.retrain("out", *options)
        self.assertEqual(self.files("out"), ALL)
        self.assertEqual(read(os.path.join(self.path("out"), "whole.weights")), before)

    def test_progress(self):
        """On a terminal: a bar of steps with the loss, the accuracy and the time that is left, however long that takes."""
        bar = re.compile(rb"loss \d+\.\d{4}, \d+\.\d % of 18 right .*%  \d+/\d+ steps .*/s  ETA \d+:\d\d")

        def stop(run, seen):
            if bar.search(seen) and run.poll() is None:
                run.send_signal(signal.SIGINT)
        _, seen = on_terminal(self.command("out", "--epochs", "100000"), subprocess.DEVNULL, told=stop, cwd=TOP)
        self.assertRegex(seen, bar)

    def test_killed_front_end(self):
        """SIGKILL of isplit: the worker keeps a checkpoint when the pipe ends, and leaves nothing else."""
        options = ["--epochs", self.EPOCHS, "--train", "tail"]
        self.retrain("a", *options)
        engine = wrapped(self.folder, """
    if message["type"] == "step":
        import os
        os.kill(os.getppid(), signal.SIGKILL)
        worker.stdin.close()
        worker.stdout.close()
        break
""", ENGINE)
        run = subprocess.run([*self.command("b", *options), *engine], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             check=False, timeout=TIMEOUT, cwd=TOP)
        self.assertEqual(run.returncode, -signal.SIGKILL)
        self.wait_for("b/retrain.checkpoint")  # the worker has still to notice
        self.assertEqual(self.files("b"), [".isplit-lock", "retrain.checkpoint"])
        _, err = self.retrain("b", *options)
        self.assertIn("goes on at step", err)
        self.assert_same_network("a", "b")


class Requests(Retrain):
    """The worker's side of it, as an evaluation of many cuts asks for it: in stages."""

    def request(self, worker, **changes):
        return {"type": "retrain", "cfg_xxh3": worker.layers["cfg_xxh3"], "weights_xxh3": worker.layers["weights_xxh3"],
                "layer": CUT, "bottleneck": "ratio", "training": list(range(0, 90, 2)), "validation": list(range(1, 90, 2)),
                "data": None, "checkpoint": quote(self.path("checkpoint")), "folder": None, "force": False,
                "train": "tail", "bn": "frozen", "loss": "labels", "temperature": 2, "rate": 0.01, "epochs": 0, "steps": 6,
                "stages": 1, "seed": 0, "batch": 16, "threads": 1, "exact": False, "memory": 0, "flip": False, "shift": 0,
                "fit": "crop", "mean": [0, 0, 0], "std": [1, 1, 1], "scale": 1, "bgr": False, **changes}

    def worker(self, **popen):
        worker = Worker(self.cfg, self.weights, **popen)
        self.addCleanup(worker.__exit__)
        answer = worker.ask({"type": "images", "data": quote(self.data), "split": None, "labels": None, "probe": False,
                             "stamps": False}, "dataset")
        self.assertEqual(answer["images"], CLASSES * IMAGES)
        return worker

    def ask(self, worker, **changes):
        """The answer, and the checks on the way."""
        worker.logs = []
        answer = worker.ask(self.request(worker, **changes), "retrained")
        return answer, [m for m in worker.logs if m["type"] == "check"]

    def test_stages(self):
        """Stage after stage is the same as all at once, and each ends with a look."""
        worker = self.worker()
        checkpoint = self.path("checkpoint")
        answer, checks = self.ask(worker, stages=3, folder=quote(self.path("a")))
        self.assertEqual((answer["done"], answer["of"]), (42, 42))
        self.assertEqual([(c["when"], c["step"]) for c in checks[:-1]],
                         [("before", 0), ("untrained", 0), ("checked", 6), ("checked", 18), ("checked", 42)])
        for c in checks:
            self.assertEqual((len(c["right"]), c["right"].count("1"), c["images"]), (45, c["correct"], 45))
        best = max(checks[1:-1], key=lambda c: (c["correct"], -c["loss"]))
        self.assertEqual((checks[-1]["when"], checks[-1]["step"], checks[-1]["right"]), ("best", best["step"], best["right"]))
        whole = read(checkpoint)
        os.remove(checkpoint)
        for stages, done in ((1, 6), (2, 18), (3, 42)):
            answer, more = self.ask(worker, stages=stages, folder=quote(self.path("b")))
            self.assertEqual((answer["done"], answer["of"]), (done, done))
            self.assertEqual([c for c in checks if (c["when"], c["step"]) == ("checked", done)],
                             [c for c in more if c["when"] == "checked"])
        answer, _ = self.ask(worker, stages=2)  # more is done than is asked for
        self.assertEqual((answer["done"], answer["of"]), (42, 42))
        places = 5 * 8  # the time that it took is another
        self.assertEqual(whole[:72 - 8], read(checkpoint)[:72 - 8])
        self.assertEqual(whole[32 + places:-8], read(checkpoint)[32 + places:-8])
        self.assertEqual(read(self.path("a/whole.weights")), read(self.path("b/whole.weights")))

    def test_ends_only(self):
        """As a race asks where it knows how a cut begins: the same looks at the ends of stages, and none beside them."""
        worker = self.worker()
        _, whole = self.ask(worker, stages=3, checkpoint=None)
        ends = [c for c in whole if c["when"] in ("before", "checked")]
        for stages in 1, 3:  # it goes on from its own checkpoint
            _, checks = self.ask(worker, stages=stages, ends_only=True)
            self.assertEqual(checks[0], ends[0])
            self.assertEqual(checks[1:], [c for c in ends[1:] if c["step"] in {1: (6,), 3: (18, 42)}[stages]])
        answer, checks = self.ask(worker, stages=3)  # another one that wants more goes on there
        self.assertEqual((answer["done"], [c["when"] for c in checks]), (42, ["before", "untrained", "checked", "best"]))
        self.assertEqual(checks[-2]["right"], ends[-1]["right"])
        refused = worker.ask(self.request(worker, ends_only=True, folder=quote(self.path("a"))), "retrained")
        self.assertIn("ends_only", refused["text"])

    def test_int8(self):
        """A code of bytes is looked at as it arrives: as isplit features has it, and not as floats. By epochs the best
        alone is, in a race every look, since its stages' ends decide."""
        worker = self.worker()
        for form, how, differs in (("floats:72", {"steps": 6}, False), ("bytes:72", {"epochs": 2}, True),
                                   ("bytes:72", {"steps": 6}, False)):
            _, checks = self.ask(worker, **{"bottleneck": form, "checkpoint": None, "force": True, "exact": True,
                                            "folder": quote(self.path("a")), **how})
            best = checks[-1]
            looked = next(c for c in checks[1:] if c["step"] == best["step"])
            change = abs(best["loss"] - looked["loss"])
            self.assertTrue(1e-5 < change < 0.05 if differs else change == 0, change)
        request = self.request(worker)
        worker.ask({"type": "open", "cfg": quote(self.path("a/whole.cfg")), "weights": quote(self.path("a/whole.weights"))},
                   "layers")
        worker.logs = []
        worker.ask({"type": "features", "layers": [CUT + 1], "images": request["validation"],
                    "calibration": request["training"], "dtypes": ["int8"], "coders": ["none"], "level": 1, "sample": 2, "exact": True,
                    **{k: request[k] for k in ("fit", "mean", "std", "scale", "bgr", "batch", "threads", "memory")}},
                   "features")
        predicted = {m["image"]: m["answers"]["int8"][0] for m in worker.logs if m["type"] == "sent"}
        self.assertEqual("".join("01"[predicted[i] == i // IMAGES] for i in request["validation"]), best["right"])

    def test_killed_worker(self):
        """SIGKILL in the second stage: it goes on from the end of the first one."""
        self.ask(self.worker(), stages=2, checkpoint=None, folder=quote(self.path("a")))
        worker = self.worker()
        worker.send(self.request(worker, stages=2, steps=6))
        for said in worker.answers():
            if said["type"] == "check" and said["step"] == 6:
                break
        self.wait_for("checkpoint")
        worker.process.kill()
        worker.process.wait()
        answer, _ = self.ask(self.worker(), stages=2, folder=quote(self.path("b")))
        self.assertEqual(answer["done"], 18)
        self.assertEqual(read(self.path("a/whole.weights")), read(self.path("b/whole.weights")))

    @unittest.skipIf(os.environ.get("ISPLIT_SANITIZED"), "the sanitizers' library has to come first")
    def test_killed_within_a_stage(self):
        """Where it is is kept each minute, here after each step: killed when the fourth is written, it goes on at the
        third."""
        self.ask(self.worker(), steps=9, checkpoint=None, folder=quote(self.path("a")))
        worker = self.worker(env={**os.environ, "LD_PRELOAD": faults_library(self.folder), "FAULTS_FAIL": "fsync:4:KILL",
                                  "FAULTS_ONLY": "isplit-engine", "ISPLIT_CHECKPOINT_SECONDS": "0"})
        worker.send(self.request(worker, steps=9))
        self.assertNotIn("retrained", [said["type"] for said in worker.answers()])
        self.assertEqual(worker.process.wait(), -signal.SIGKILL)
        worker = self.worker()
        answer, _ = self.ask(worker, steps=9, folder=quote(self.path("b")))
        self.assertIn("goes on at step 3 of 9", [m["text"] for m in worker.logs if m["type"] == "log"])
        self.assertEqual(answer["done"], 9)
        self.assertEqual(read(self.path("a/whole.weights")), read(self.path("b/whole.weights")))

    def test_threads(self):
        """Two threads give the same bytes again, and almost the losses of one, whose sums have another order."""
        checks = {}
        for name, threads in (("one", 1), ("two", 2), ("again", 2)):
            _, checks[name] = self.ask(self.worker(), threads=threads, checkpoint=None, steps=6,
                                       folder=quote(self.path(name)))
        self.assertEqual(read(self.path("two/whole.weights")), read(self.path("again/whole.weights")))
        for one, two in zip(checks["one"], checks["two"]):
            self.assertAlmostEqual(one["loss"], two["loss"], delta=1e-3)

    def test_memory_does_not_count(self):
        """Features that are computed again are the same to the bit as those that are kept: 26 MB of the demo."""
        self.cfg, self.weights = TOP + "/cfg/letters-vgg16.cfg", TOP + "/weights/letters-vgg16.weights"
        worker = Worker(self.cfg, self.weights)
        self.addCleanup(worker.__exit__)
        worker.ask({"type": "images", "data": quote(TOP + "/tests/samples/letters"), "split": None, "labels": None,
                    "probe": False, "stamps": False}, "dataset")
        asked = {"checkpoint": None, "layer": 0, "loss": "both", "steps": 2, "training": list(range(0, 300)),
                 "validation": list(range(300, 400))}
        _, checks = self.ask(worker, **asked)
        self.assertEqual([m for m in worker.logs if m["type"] == "log"], [])
        answer, _ = self.ask(worker, memory=1, **asked)
        megabytes = int(re.search(r"needs (\d+) MB", answer["text"])[1])
        while answer["type"] == "error":  # the least memory in which both networks fit
            self.assertRegex(answer["text"], r"needs \d+ MB")
            megabytes += 2
            answer, few = self.ask(worker, memory=megabytes << 20, **asked)
        told = [m["text"] for m in worker.logs if m["type"] == "log"]
        self.assertEqual(len(told), 1)
        self.assertRegex(told[0], r"memory holds what \d+ of 400 images make of the head; the others are computed again")
        self.assertEqual(few, checks)

    @unittest.skipIf(os.environ.get("ISPLIT_SANITIZED"), "the sanitizers' library has to come first")
    def test_disk_full(self):
        """Writing the checkpoint fails at the end of the second stage: that is told, and nothing else changes."""
        self.ask(self.worker(), stages=3, checkpoint=None, folder=quote(self.path("a")))
        library = faults_library(self.folder)
        worker = self.worker(env={**os.environ, "LD_PRELOAD": library, "FAULTS_FAIL": "fsync:2",
                                  "FAULTS_ONLY": "isplit-engine"})
        answer, _ = self.ask(worker, stages=3, folder=quote(self.path("b")))
        self.assertEqual(answer["done"], 42)
        told = [m for m in worker.logs if m["type"] == "log"]
        self.assertEqual(len(told), 1, told)
        self.assertRegex(told[0]["text"], r"checkpoint: cannot write: No space left on device; the training goes on")
        self.assertEqual(read(self.path("a/whole.weights")), read(self.path("b/whole.weights")))

    def test_other_checkpoints(self):
        """Of another training, or none at all: refused at once, in one line, and left as it is."""
        worker = self.worker()
        self.ask(worker)
        for changes in ({"seed": 1}, {"rate": 0.02}, {"layer": 0}, {"train": "bottleneck"}, {"bottleneck": "none"},
                        {"batch": 8}, {"steps": 7}, {"loss": "both"}, {"bn": "train"}, {"scale": 255},
                        {"validation": list(range(1, 89, 2))}, {"data": "0" * 32}, {"threads": 3}):
            answer = worker.ask(self.request(worker, **changes), "retrained")
            self.assertRegex(answer.get("text", str(answer)),
                             r"checkpoint: is a checkpoint of another training .*options and number of threads;", changes)
        sound = read(self.path("checkpoint"))
        for bad, word in ((b"", "ends early"), (b"x" * 400, "is no checkpoint"), (sound[:-5], "damaged"),
                          (sound[:300] + bytes([sound[300] ^ 1]) + sound[301:], "damaged"),
                          (sound[:8] + b"\2" + sound[9:], "another version"),
                          (sound[:168] + struct.pack("<Q", 1 << 60) + sound[176:], "damaged")):
            with open(self.path("checkpoint"), "wb") as file:
                file.write(bad)
            answer = worker.ask(self.request(worker), "retrained")
            self.assertRegex(answer.get("text", str(answer)), word)
            self.assertNotIn("\n", answer["text"])
            self.assertEqual(read(self.path("checkpoint")), bad)
        self.assertEqual(worker.ask(self.request(worker, force=True), "retrained")["type"], "retrained")

    def test_astray(self):
        answer = self.worker().ask(self.request(None or self.worker(), rate=1e30, checkpoint=None), "retrained")
        self.assertRegex(answer.get("text", str(answer)), r"went astray: at step \d+ the loss or a weight is not finite .*rate")

    def test_astray_keeps_the_checkpoint(self):
        """That of the last step with finite numbers: the same training goes on there, to the same end."""
        ask = {"rate": 1e12}
        worker = self.worker(env={**os.environ, "ISPLIT_CHECKPOINT_SECONDS": "0"})
        first = worker.ask(self.request(worker, **ask), "retrained")
        self.assertRegex(first.get("text", str(first)), r"at step \d+ .*: try 0\.1; the checkpoint of step [1-9]\d* is kept\)$")
        self.assertIs(first["diverged"], True)
        self.assertEqual(worker.ask(self.request(worker, **ask), "retrained"), first)
        other = worker.ask(self.request(worker, rate=0.01, force=True), "retrained")
        self.assertEqual((other["type"], other["done"]), ("retrained", 6))

    def test_what_is_kept_changes_nothing(self):
        """A training after others of the same cut, which leave it network and trainer, one of them full of infinities, and
        after one of the cut before, on whose images it goes on: the same as in a new worker."""
        for changes in ({}, {"train": "all", "bn": "train"}, {"train": "bottleneck", "bottleneck": "bytes:36", "loss": "both"}):
            with self.subTest(changes):
                ask = {"seed": 1, "checkpoint": None, **changes}
                answer, fresh = self.ask(self.worker(), folder=quote(self.path("fresh")), **ask)
                self.assertEqual(answer["type"], "retrained", answer)
                worker = self.worker()
                self.ask(worker, **{**ask, "layer": CUT - 1})
                self.assertEqual(worker.ask(self.request(worker, **{**ask, "rate": 1e30}), "retrained")["type"], "error")
                goes_on = [m for m in worker.logs if "on their way to the cut" in m.get("what", "")]
                self.assertEqual(len(goes_on) > 0, ask.get("train") != "all")
                self.ask(worker, **{**ask, "seed": 0})
                for _ in range(2):
                    kept = self.ask(worker, folder=quote(self.path("kept")), **ask)[1]
                    self.assertEqual(kept, fresh)
                    self.assertEqual(read(self.path("kept/whole.weights")), read(self.path("fresh/whole.weights")))
                    shutil.rmtree(self.path("kept"))
                shutil.rmtree(self.path("fresh"))

    def test_refused(self):
        worker = self.worker()
        for changes, word in (({"validation": [0, 1]}, "image 0 is for training and for validation"),
                              ({"training": [2, 2]}, "image 2 is asked for twice"),
                              ({"training": [90]}, "there is no image 90"),
                              ({"training": []}, "at least one image"),
                              ({"validation": []}, "at least one image"),
                              ({"flip": True}, "all, which flip and shift need"),
                              ({"layer": 99}, "no layer 99"),
                              ({"weights_xxh3": "0" * 16}, "has changed since it was opened"),
                              ({"stages": 99}, "stages")):
            answer = worker.ask(self.request(worker, **changes), "retrained")
            self.assertIn(word, answer.get("text", str(answer)), changes)


    def test_one_at_a_time(self):
        with subprocess.Popen(self.command("b", "--epochs", "100000"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=TOP,
                              env={**os.environ, "ISPLIT_CHECKPOINT_SECONDS": "0"}) as run:
            self.wait_for("b/retrain.checkpoint")
            _, err = self.retrain("b", "--force", expect=1)
            self.assertRegex(err, r"\Aisplit: \S*b: another isplit works here: process %d on \S+ "
                                  r"\(expected to wait for its end, or another folder\)\n\Z" % run.pid)
            run.kill()
            run.communicate()


class Refusals(Retrain):
    def expect(self, word, *options, status=1, data=None):
        before = sorted(os.listdir(self.folder))
        self.data = data or self.data
        _, err = self.retrain("out", *options, expect=status)
        lines = err.splitlines()
        self.assertEqual(len(lines), 1, err)
        self.assertRegex(lines[0], word)
        self.assertEqual(sorted(os.listdir(self.folder)), before)

    def test_usage(self):
        _, err = self.run_program("retrain", self.cfg, self.weights, "-d", self.data, "-o", self.out, expect=2)
        self.assertIn("--at is missing", err)
        _, err = self.run_program("retrain", self.cfg, self.weights, "-d", self.data, "--at", "1", expect=2)
        self.assertIn("-o is missing", err)
        self.expect("--flip and --shift need --train all", "--flip", status=2)
        self.expect("exclude each other", "--validation", "0.1", "--validation-data", self.data, status=2)
        self.expect("is no bottleneck", "--bottleneck", "small", status=2)
        self.expect("at most 0.9", "--validation", "0.95", status=2)
        self.expect("--train 'some'", "--train", "some", status=2)

    def test_where(self):
        self.expect("has no layer 'nowhere'", "--at", "nowhere")
        self.expect("cannot", "--at", "4")
        self.expect("bottleneck floats:100000 .* no smaller than the cut's tensor", "--bottleneck", "floats:100000")
        self.expect("no layer would learn", "--bottleneck", "none")

    def test_images(self):
        self.expect("one class only, class 1", "-c", "class1")
        few = self.path("few")
        for label in range(CLASSES):
            self.add_images(few, label, [0])
            self.add_images(few, label, [0], "again%d.pgm")
        self.expect("no images are left for validation", data=few)
        self.expect("holds no image that .* does not hold too", "--validation-data", self.path("data"), data=self.path("few"))

    def test_folder(self):
        self.retrain("out", "--epochs", "1")
        before = read(self.path("out/whole.weights"))
        self.expect("exists already", "--epochs", "1", "--seed", "1")
        self.assertEqual(read(self.path("out/whole.weights")), before)
        self.retrain("out", "--epochs", "1", "--seed", "1", "--force")
        self.assertNotEqual(read(self.path("out/whole.weights")), before)

    @unittest.skipIf(SANITIZED, "the sanitizers' library has to come first")
    def test_folder_that_cannot_be_filled(self):
        """What an earlier training said is not left beside the network of another one."""
        library = faults_library(self.folder)
        left = set()
        for n in range(1, 9):
            shutil.rmtree(self.path("out"), ignore_errors=True)
            self.retrain("out", "--epochs", "1")
            before = {name: read(self.path("out/" + name)) for name in self.files("out")}
            run = subprocess.run([*self.command("out", "--epochs", "1", "--seed", "1"), "--force"], capture_output=True, check=False, timeout=TIMEOUT,
                                 cwd=TOP, env={**os.environ, "LD_PRELOAD": library, "FAULTS_FAIL": "fsync:%d" % n, "FAULTS_ONLY": "isplit-engine"})
            same = {name for name in self.files("out") if before.get(name) == read(self.path("out/" + name))}
            with self.subTest(n=n, said=run.stderr):
                if run.returncode == 1:
                    self.assertIn(b"cannot write: No space left on device\n", run.stderr)
                    self.assertEqual("retrain.csv" in self.files("out"), "split.csv" in self.files("out"))
                    left.add(("whole.weights" in same, "retrain.csv" in self.files("out")))
        self.assertLessEqual({(True, True), (False, False)}, left)
        self.assertNotIn((False, True), left)

    def test_the_network_itself(self):
        """Its own files are never replaced."""
        os.mkdir(self.path("out"))
        self.cfg = shutil.copy(self.cfg, self.path("out/whole.cfg"))
        self.weights = shutil.copy(self.weights, self.path("out/whole.weights"))
        _, err = self.retrain("out", "--force", expect=2)
        self.assertRegex(err, "the output .*whole.cfg is the input")
        self.assertEqual(read(self.weights), small_weights())
        self.assertEqual(self.files("out"), ["whole.cfg", "whole.weights"])

    def test_full_disk_at_the_end(self):
        """The network cannot be written: one line, and nothing under the final names."""
        run = subprocess.run([*self.command("out", "--epochs", "1"), "--engine", "ulimit -f 8; exec " + ENGINE],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=TIMEOUT,
                             encoding="utf-8", cwd=TOP)
        self.assertEqual(run.returncode, 1, run.stderr)
        self.assertRegex(run.stderr, "cannot write")
        self.assertFalse(os.path.exists(self.path("out/whole.cfg")))


if __name__ == "__main__":
    unittest.main()
