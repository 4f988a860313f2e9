#!/usr/bin/python3
"""isplit profile through the real program and the real worker: the sheet, what is said, what is refused, and how it
ends early. Times are looked at for their order of size alone.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_profile.py [unittest options]
"""
import csv
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "reference"))
sys.path.insert(0, os.path.join(TOP, "tests", "e2e"))
from running import Running, TIMEOUT  # pylint: disable=wrong-import-position
from split_worker import ENGINE, PROGRAM, Worker  # pylint: disable=wrong-import-position
from test_errors import GOOD, weights  # pylint: disable=wrong-import-position
from wrapper import wrapped  # pylint: disable=wrong-import-position

VGG = (TOP + "/cfg/letters-vgg16.cfg", TOP + "/weights/letters-vgg16.weights")
RESNET = (TOP + "/cfg/letters-resnet50.cfg", TOP + "/weights/letters-resnet50.weights")
QUICK = ("--runs", "5")
COLUMNS = ["layer", "name", "type", "median_ms", "p95_ms", "runs"]
NOTE = (r"isplit: note: (\d+) layers take (\S+) ms in all, the whole network (\S+) ms \(medians of (\d+) runs?, (\w+), "
        r"(\d+) threads?\)\n")
MEMORY = r"isplit: note: weights and live activations are (\S+ \S+); (\w+) allocates (\S+ \S+) and writes to (\S+ \S+)\n"
WARNING = r"isplit: warning: the layers' sum is (\S+) % (above|below) the whole network's time .*\n"
BUSY = "isplit: warning: other programs disturbed nearly every pass: these are times of a busy machine\n"

# As isplit starts its worker: threads that sleep while they wait for each other would disturb every pass.
os.environ.pop("GOMP_SPINCOUNT", None)

# Passes everything on, but the profile, when it comes, as the word says.
WRAPPER = """
    how, = words
    if how == "kill" and message.get("what", "").startswith("profiling"):
        worker.kill()
        break
    if message["type"] == "profile":
        if how == "short":
            message["median_ms"].pop()
            message["p95_ms"].pop()
        elif how == "slow":
            message["whole_ms"][0] *= 10
        else:
            message.update(json.loads(how))
        line = json.dumps(message).encode() + b"\\n"
"""


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def binary(text):
    """Bytes as the notes say them."""
    value, unit = int(text), 0
    while value >= 1023.95:
        value, unit = value / 1024, unit + 1
    return "%.*f %s" % (1 if unit else 0, value, ("B", "KiB", "MiB", "GiB")[unit])


class Profile(Running):
    SHEET = "profile.csv"

    def setUp(self):
        super().setUp()
        inputs = tempfile.TemporaryDirectory()
        self.addCleanup(inputs.cleanup)
        self.inputs = inputs.name

    def refused(self, pattern, *arguments, status=1):
        """Exit status, one line that says why, and nothing is made."""
        said, why = self.run_program("profile", *arguments, "-o", self.out, expect=status)
        self.assertRegex(why, r"\Aisplit: .*%s.*\n\Z" % pattern)
        self.assertEqual((said, os.listdir(self.folder)), ("", []))

    def wrapped(self, how):
        return wrapped(self.folder, WRAPPER, ENGINE, how)

    def small(self):
        """A network that runs 10000 times in no time."""
        network = os.path.join(self.inputs, "net.cfg"), os.path.join(self.inputs, "net.weights")
        with open(network[0], "w", encoding="ascii") as file:
            file.write(GOOD)
        with open(network[1], "wb") as file:
            file.write(weights())
        return network

    def table_of(self, cfg):
        said, _ = self.run_program("layers", cfg, "--layers", "all")
        return list(csv.DictReader(said.splitlines()))

    def layers(self, cfg):
        return [[row["layer"], row["name"], row["type"]] for row in self.table_of(cfg)]


class Made(Profile):
    def check(self, network, runtime, threads, *options):
        """-> (rows, provenance), after all that must hold of each of them."""
        said, why = self.run_program("profile", *network, "--runtime", runtime, *options, "-o", self.out)
        self.assertEqual(said, "")
        rows = table(self.out)
        made = {row["key"]: row["value"] for row in table(self.out + ".meta.csv")}
        self.assertEqual(list(rows[0]), COLUMNS)
        self.assertEqual([[row["layer"], row["name"], row["type"]] for row in rows], self.layers(network[0]))
        for row in rows:
            self.assertGreaterEqual(float(row["median_ms"]), 0)
            self.assertGreaterEqual(float(row["p95_ms"]), 0)
            self.assertEqual(row["runs"], made["runs"])
        self.assertEqual((made["program"], made["cfg"], made["weights"], made["runtime"], made["threads"], made["batch"]),
                         ("isplit profile", *network, runtime, threads, "1"))
        self.assertIn(made["medians_of"], ("undisturbed passes", "processor time of all passes", "all passes"))
        for key in ("cfg_xxh3", "weights_xxh3", "engine", "darknet", "onednn", "isa", "time"):
            self.assertTrue(made[key], key)
        total, whole = float(made["sum_ms"]), float(made["whole_ms"])
        self.assertAlmostEqual(total, sum(float(row["median_ms"]) for row in rows), delta=1e-6 * total)
        self.said(why, made, len(rows), total, whole)
        self.memory(network[0], made)
        return rows, made

    def said(self, why, made, layers, total, whole):
        """The note tells the figures, and a warning stands below it exactly where they lie apart."""
        note = re.match(NOTE, why)
        self.assertTrue(note, why)
        self.assertEqual(note.groups(), (str(layers), "%.4g" % total, "%.4g" % whole, made["runs"], made["runtime"],
                                         made["threads"]))
        warning = why[note.end():]
        note = re.match(MEMORY, warning)
        self.assertTrue(note, warning)
        self.assertEqual(note.groups(), (binary(made["model_bytes"]), made["runtime"], binary(made["memory_peak_bytes"]),
                                         binary(made["memory_resident_bytes"])))
        warning = warning[note.end():]
        busy = warning.startswith(BUSY)
        self.assertEqual(busy, made["medians_of"] == "all passes")
        warning = warning[len(BUSY) if busy else 0:]
        off = abs(total / whole - 1)
        if abs(off - 0.05) > 1e-6:
            self.assertEqual(made["sum_agrees"], str(int(off < 0.05)))
        if abs(off - 0.05) > 1e-6:
            self.assertRegex(warning, r"\A%s\Z" % (WARNING if off > 0.05 else ""))
        self.assertTrue(total / 20 < whole < total * 20)  # the same quantity; a busy machine may tear them apart

    def memory(self, cfg, made):
        """The model is the table's; a runtime takes no less. (The sanitizers' malloc counts nothing.)"""
        last = self.table_of(cfg)[-1]
        model = 4 * int(last["head_params"]) + int(last["head_peak_bytes"])
        self.assertEqual(int(made["model_bytes"]), model)
        if not os.environ.get("ISPLIT_SANITIZED"):
            self.assertLess(model, int(made["memory_loaded_bytes"]))
            self.assertLessEqual(int(made["memory_loaded_bytes"]), int(made["memory_peak_bytes"]))
            self.assertLess(model, int(made["memory_resident_bytes"]))

    def test_darknet(self):
        rows, made = self.check(VGG, "darknet", "1")
        self.assertGreaterEqual(int(made["runs"]), 20)
        times = {row["name"]: float(row["median_ms"]) for row in rows}
        self.assertTrue(all(time > 0 for time in times.values()))
        self.assertGreater(times["block1_conv2"], 5 * times["block5_pool"])  # 2 million times 9 against 1000 numbers

    def test_onednn(self):
        rows, _ = self.check(VGG, "onednn", "1", "--threads", "1", *QUICK)
        times = {row["name"]: float(row["median_ms"]) for row in rows}
        self.assertEqual((times.pop("softmax")), 0)  # the plan ends at the scores
        self.assertTrue(all(time > 0 for time in times.values()))

    def test_residual_blocks(self):
        """A convolution takes over the shortcut behind it; all other layers before the softmax do something."""
        rows, _ = self.check(RESNET, "onednn", "1", "--threads", "1", *QUICK)
        for row in rows[:-1]:
            if row["type"] != "shortcut":
                self.assertGreater(float(row["median_ms"]), 0, row)

    def test_runs(self):
        _, made = self.check(self.small(), "onednn", "1", "--threads", "1", "--runs", "10000")
        self.assertEqual(made["runs"], "10000")

    def test_standard_output(self):
        said, why = self.run_program("profile", *VGG, *QUICK)
        self.assertEqual(said.splitlines()[0].split(","), COLUMNS)
        self.assertEqual(len(said.splitlines()), 25)
        self.assertRegex(why, r"\A%s" % NOTE)

    def test_a_sum_that_does_not_fit(self):
        _, why = self.run_program("profile", *VGG, *QUICK, *self.wrapped("slow"), "-o", self.out)
        self.assertRegex(why, NOTE + MEMORY + "(%s)?" % BUSY +
                         r"isplit: warning: the layers' sum is [89]\S+ % below the whole network's time")
        self.assertEqual({row["key"]: row["value"] for row in table(self.out + ".meta.csv")}["sum_agrees"], "0")
        warning = r"(?m)^isplit: warning: %s: the layers' sum is [89]\S+ %% below the whole network's time \(.*\)$" % self.out
        for device in "--edge", "--server":
            self.assertRegex(self.run_program("plan", *VGG, device, self.out)[1], warning)
        shown, _ = self.run_program(*VGG, "-d", TOP + "/tests/samples/letters", "-n", "2", "--edge", self.out, "--no-state", "--dump", "240x20", "--script", "9 8")
        self.assertIn("%s: the layers' sum is " % self.out, shown)
        meta = Path(self.out + ".meta.csv")
        text = meta.read_text(encoding="utf-8")
        meta.write_text(re.sub(r"(?m)^whole_ms,.*$", "whole_ms," + re.search(r"(?m)^sum_ms,(.*)$", text)[1], text), encoding="utf-8")
        self.assertNotIn("layers' sum", self.run_program("plan", *VGG, "--edge", self.out)[1])
        with open(self.out, encoding="utf-8") as file:
            rows = file.read()
        with open(self.out, "w", encoding="utf-8") as file:  # another profile, as far as anybody knows
            file.write(rows.rstrip("\n") + "1\n")
        self.assertIn("isplit: warning: %s: does not hold the rows that its .meta.csv was written with" % self.out,
                      self.run_program("plan", *VGG, "--edge", self.out)[1])

    def test_a_busy_machine(self):
        for basis, warned in (("all", True), ("processor", False)):
            _, why = self.run_program("profile", *VGG, *QUICK, *self.wrapped(json.dumps({"basis": basis})), "-o", self.out)
            self.assertEqual(BUSY in why, warned)

    def test_a_system_that_does_not_tell(self):
        _, why = self.run_program("profile", *VGG, *QUICK, *self.wrapped('{"resident_bytes": null}'), "-o", self.out)
        self.assertRegex(why, r"MiB; darknet allocates \S+ \S+\n")
        self.assertNotIn("memory_resident_bytes", [row["key"] for row in table(self.out + ".meta.csv")])

    def test_the_worker_goes_on(self):
        """A profile leaves the session as it was, however it ends: another one can follow."""
        def request(runtime, runs):
            return {"type": "profile", "runtime": runtime, "threads": 1, "runs": runs}
        with Worker(*VGG) as worker:
            for runtime in ("onednn", "darknet"):
                worker.send(request(runtime, 10000))
                worker.send({"type": "stop"})
                last = next(said for said in worker.answers() if said["type"] not in ("progress", "log"))
                self.assertEqual(last, {"type": "error", "text": "stopped"})
                answer = worker.ask(request(runtime, 1), "profile")
                self.assertEqual((answer["type"], answer["runtime"], len(answer["median_ms"])), ("profile", runtime, 24))
            self.assertEqual([said for said in worker.logs if said["type"] != "progress"], [])


class Refused(Profile):
    def test_usage(self):
        self.refused("no weights: expected CFG WEIGHTS, or a .data file", VGG[0], status=2)
        self.refused("too few arguments", status=2)
        self.refused("'cuda'", *VGG, "--runtime", "cuda", status=2)
        self.refused("'0' .expected a whole number from 1 to 10000", *VGG, "--runs", "0", status=2)

    def test_inputs(self):
        self.refused("none.cfg: cannot open", self.folder + "/none.cfg", VGG[1])
        self.refused("letters-resnet50.weights: ", VGG[0], RESNET[1])
        self.refused(r"--threads 2: libdarknet is timed in one thread \(expected 1, or --runtime onednn\)", *VGG,
                     "--threads", "2")

    def test_outputs(self):
        _, why = self.run_program("profile", *VGG, "-o", VGG[1], expect=2)
        self.assertRegex(why, r"\Aisplit: the output .* is the input .*\n\Z")
        _, why = self.run_program("profile", *VGG, "-o", self.folder + "/none/x.csv", expect=1)
        self.assertRegex(why, r"\Aisplit: .*none/x\.csv: .*\n\Z")


class Ended(Profile):
    def test_interrupted(self):
        for how in (signal.SIGINT, signal.SIGTERM):
            program = subprocess.Popen([PROGRAM, "profile", *VGG, "--runs", "10000", "-o", self.out], cwd=TOP,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
            self.assertRaises(subprocess.TimeoutExpired, program.wait, 0.5)  # 10000 runs take far longer
            program.send_signal(how)
            said, why = program.communicate(timeout=TIMEOUT)
            self.assertEqual((program.returncode, said), (130, ""))
            self.assertIn(why, ("isplit: interrupted: nothing is written\n",
                                "isplit: interrupted before anything was measured\n"))
            self.assertEqual(os.listdir(self.folder), [])

    def lost(self, pattern, how):
        network = VGG if how == "kill" else self.small()
        said, why = self.run_program("profile", *network, *self.wrapped(how), "-o", self.out, expect=3)
        self.assertRegex(why, r"\Aisplit: .*%s.*\n\Z" % pattern)
        self.assertEqual((said, os.listdir(self.folder)), ("", ["wrapper.py"]))

    def test_lost(self):
        self.lost("the worker", "kill")

    def test_wrong_answers(self):
        other = "lost the worker: the worker made a profile that was not asked for in this form"
        self.lost(other, "short")
        self.lost(other, '{"runtime": "onednn"}')
        self.lost(other, '{"runs": 19}')
        self.lost("lost the worker: .*processor", '{"processor": 1}')
        self.lost("lost the worker: .*peak_bytes", '{"peak_bytes": -1}')


if __name__ == "__main__":
    unittest.main()
