#!/usr/bin/python3
"""isplit plan: every figure against an independent reckoning from what the other commands write, the front and the
recommendation against their definitions, where importance may come from, what is said, and what is refused.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_deploy.py [unittest options]
"""
import csv
import itertools
import math
import os
import re
import unittest

from test_frontend import FrontEnd, engine, read, rows

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VGG = (TOP + "/cfg/letters-vgg16.cfg", TOP + "/weights/letters-vgg16.weights")
RESNET = (TOP + "/cfg/letters-resnet50.cfg", TOP + "/weights/letters-resnet50.weights")
DEMO = TOP + "/cfg/letters.data"
COLUMNS = ("kind,layer,name,head_ms,transfer_ms,tail_ms,total_ms,bytes,memory_bytes,head_joules,link_joules,joules,cui,"
           "log10_cui,rank,candidate,pick_share,dtype,coder,fewer,accuracy,picture_bytes,bd_rate,bd_low,bd_high,pareto,feasible,reason,recommended").split(",")
# A link whose every number counts.
LINK = "bandwidth=7.3,rtt=21,loss=0.013,mtu=900,header=77,transport=tcp,slow_start=1,energy=3.1e-6"
ASSUMED = "isplit: note: not given, so assumed: --edge 5GFLOP/s, --server 500GFLOP/s, --link wifi\n"
HIGHER = ("cui", "accuracy")
FIGURES = ("total_ms", "bytes", "memory_bytes", "joules") + HIGHER


def number(text):
    return float(text) if text else math.nan


def send_ms(bytes_n, slow_start):
    """The model of tui/manual/link.md, for LINK."""
    packets = math.ceil(bytes_n / (900 - 77))
    rate = min(7.3 * (1 - 0.013), 8 * 900 / 21e3 * math.sqrt(1.5 / 0.013))
    waiting, window, left = 0.0, 10, packets
    while slow_start and left > window and 21 > window * 900 * 8 / (rate * 1e3):
        waiting += 21 - window * 900 * 8 / (rate * 1e3)
        left, window = left - window, 2 * window
    return 21 / 2 + 8 * (bytes_n + packets * 77) / (rate * 1e3) + waiting


class Deploy(FrontEnd):
    maxDiff = None

    def plan(self, *arguments, expect=0, name="plan.csv"):
        """-> (the rows, what was said)"""
        path = self.path(name)
        _, said = self.isplit("plan", *arguments, "-o", path, expect=expect)
        table = rows(read(path))
        self.assertEqual(list(table[0]), COLUMNS)
        return table, said

    def provenance(self, name="plan.csv"):
        return {row["key"]: row["value"] for row in rows(read(self.path(name) + ".meta.csv"))}

    def refused(self, pattern, *arguments, status=1):
        said, why = self.isplit("plan", *arguments, expect=status)
        self.assertRegex(why, r"\A(isplit: (note|warning): .*\n)*isplit: .*%s.*\n\Z" % pattern)
        self.assertEqual(said, b"")

    def curve(self, *arguments):
        self.isplit("curve", *arguments, "-o", self.path("curve.csv"))
        return self.path("curve.csv"), {row["layer"]: row for row in rows(read(self.path("curve.csv")))}

    def device(self, name, cfg, factor):
        """Made-up times of every layer, the last first. -> (path, [ms])"""
        listed = rows(self.isplit("layers", cfg, "--layers", "all")[0])
        times = [factor * (1 + (7 * i) % 5) / 3 for i in range(len(listed))]
        lines = ["%s,%s,%.9g\n" % (row["layer"], row["name"], ms) for row, ms in zip(listed, times)]
        return self.write(name, "layer,name,median_ms\n" + "".join(reversed(lines))), times

    def feature_file(self, cfg, listed):
        """As isplit features writes it, with made-up figures; the second cut is left out."""
        lines = ["layer,name,type,bytes,zstd_bytes,accuracy,agreement,images\n"]
        for i, (layer, kind) in enumerate(itertools.product(listed, enumerate(("f32", "f16", "int8")))):
            if layer != listed[1]:
                size = int(layer["cut_bytes"]) >> kind[0]
                lines.append("%s,%s,%s,%d,%.1f,%.9g,0.9,40\n" % (
                    layer["layer"], layer["name"], kind[1], size, 0.7 * size + 0.3,
                    0.95 if kind[0] == 0 else 0.95 - 0.01 * (i % 7)))
        return self.write("features.csv", "".join(lines)), {tuple(row[:3:2]): row for row in csv.reader(lines)}

    # ---- Every figure ---------------------------------------------------------------------------------

    def check_figures(self, cfg, plan, edge, server, type_shift=0, answer=40, input_bytes=None, joule_mac=math.nan,
                      packed=None):
        """The same figures from the layers alone."""
        table = rows(self.isplit("layers", cfg, "--layers", "all")[0])
        count = lambda key, n: sum(int(row[key]) for row in table[:n])
        for row in plan:
            split, device = row["kind"] == "split", row["kind"] == "device"
            cut = {"server": 0, "device": len(table)}.get(row["kind"]) if not split else int(row["layer"]) + 1
            last = table[cut - 1] if cut else None
            size = (0 if device else input_bytes if not cut else (int(last["cut_bytes"]) >> type_shift) + 28)  # a frame
            if packed and split:
                size = packed(row["layer"])
            self.assertEqual(row["bytes"], "" if size is None else str(size))
            times = {"head_ms": sum(edge[:cut]), "tail_ms": sum(server[cut:]), "transfer_ms": 0.0 if device else
                     math.nan if size is None else send_ms(size, True) + send_ms(answer, False)}
            times["total_ms"] = sum(times.values())
            memory = (4 * count("params", cut) + int(last["head_peak_bytes"])) if cut else 0
            head = count("macs", cut) * joule_mac if cut else 0
            link = (0 if device else math.nan if size is None else
                    (size + math.ceil(size / 823) * 77) / (1 - 0.013) * 3.1e-6)
            times.update(memory_bytes=memory, head_joules=head, link_joules=link, joules=head + link
                         if joule_mac == joule_mac else math.nan)
            for key, value in times.items():
                if math.isnan(value):
                    self.assertEqual(row[key], "", (key, row))
                else:
                    self.assertTrue(math.isclose(float(row[key]), value, rel_tol=1e-8, abs_tol=1e-12), (key, value, row))

    def check_choice(self, plan, wish, limits):
        """Pareto, feasible and recommended by definition."""
        def bad(row, key):
            value = math.inf if key == "cui" and row["kind"] != "split" else number(row[key])
            return math.inf if math.isnan(value) else -value if key in HIGHER else value
        def holds(row):
            for key, limit in limits.items():
                if key == "rank":
                    if row["kind"] == "split" and not 0 < number(row["rank"]) <= limit:
                        return False
                elif not (number(row[key]) >= limit if key in HIGHER else number(row[key]) <= limit):
                    return False
            return not row["reason"].startswith("cannot cut")
        able = [row for row in plan if holds(row)]
        self.assertEqual([row["feasible"] == "1" for row in plan], [holds(row) for row in plan])
        for row in plan:
            self.assertEqual(row["reason"] == "", row["feasible"] == "1", row)
            known = [key for key in FIGURES if any(other[key] for other in plan)]
            mine = [bad(row, key) for key in known]
            beaten = any(theirs != mine and all(x <= y for x, y in zip(theirs, mine))
                         for theirs in ([bad(other, key) for key in known] for other in able))
            self.assertEqual(row["pareto"] == "1", row in able and not beaten, row)
        tie = "total_ms" if wish == "cui" else "cui"
        order = lambda row: (bad(row, wish), bad(row, tie), plan.index(row))
        may = [row for row in able if row[wish] and (wish != "cui" or row["kind"] == "split")]
        if wish == "cui" and not any(row["kind"] == "split" for row in able):
            may = able
        first = [row for row in may if wish != "cui" or row["candidate"] == "1"] or may
        wanted = sorted(first, key=order)[:2]
        if wanted and len(wanted) < 2:
            wanted += sorted((row for row in may if row not in wanted), key=order)[:1]
        got = sorted((row for row in plan if row["recommended"]), key=lambda row: row["recommended"])
        self.assertEqual([row["name"] for row in got], [row["name"] for row in wanted])


class Figures(Deploy):
    def test_files_a_curve_and_every_option(self):
        curve, points = self.curve(DEMO)
        for cfg, shift, kind in ((VGG[0], 0, "f32"), (VGG[0], 1, "f16"), (VGG[0], 2, "int8")):
            pi, edge = self.device("pi.csv", cfg, 1)
            gpu, server = self.device("gpu.csv", cfg, 0.05)
            plan, said = self.plan(*VGG, "--curve", curve, "--edge", pi, "--server", gpu, "--link", LINK, "--type", kind,
                                   "--answer-bytes", "2K", "--input-bytes", "3000", "--joule-mac", "4e-11")
            self.assertNotIn("assumed", said)
            self.assertEqual([row["kind"] for row in plan], ["server"] + 18 * ["split"] + ["device"])
            self.check_figures(cfg, plan, edge, server, shift, 2048, 3000, 4e-11)
            self.check_choice(plan, "cui", {})
            for row in plan[1:-1]:
                point = points[row["layer"]]
                self.assertEqual([row[key] for key in ("name", "cui", "log10_cui", "rank", "candidate", "pick_share")],
                                 [point[key] for key in ("name", "cui", "log10_cui", "rank", "local_max", "pick_share")])
            self.assertEqual({row[key] for row in (plan[0], plan[-1]) for key in ("cui", "rank", "candidate")}, {""})

    def test_speeds(self):
        plan, said = self.plan(*VGG, "--link", LINK)
        self.assertIn("not given, so assumed: --edge 5GFLOP/s, --server 500GFLOP/s\n", said)
        self.assertIn("no importance is known (expected -d DATA, --curve FILE or --from FILE): recommended by latency\n",
                      said)
        macs = [int(row["macs"]) for row in rows(self.isplit("layers", VGG[0], "--layers", "all")[0])]
        self.check_figures(VGG[0], plan, [n / 2.5e6 for n in macs], [n / 250e6 for n in macs], input_bytes=1024)
        self.check_choice(plan, "total_ms", {})
        made = self.provenance()
        self.assertEqual((made["importance"], made["objective"], made["assumed"], made["edge"]),
                         ("none", "latency", "--edge 5GFLOP/s, --server 500GFLOP/s", "5 GFLOP/s"))

    def test_profile_and_link(self):
        """What the other two commands write is what is reckoned with."""
        self.isplit("profile", *VGG, "--runs", "3", "-o", self.path("here.csv"))
        plan, _ = self.plan(*VGG, "--edge", self.path("here.csv"), "--link", "lte")
        times = [float(row["median_ms"]) for row in rows(read(self.path("here.csv")))]
        for row in plan[1:-1]:
            self.assertTrue(math.isclose(float(row["head_ms"]), sum(times[:int(row["layer"]) + 1]), rel_tol=1e-7), row)
            there, back = (rows(self.isplit("link", "lte", n)[0])[0] for n in (row["bytes"], "40"))
            self.assertTrue(math.isclose(float(row["transfer_ms"]), float(there["send_ms"]) + float(back["send_ms"]),
                                         rel_tol=1e-8))
            self.assertEqual(row["link_joules"], there["joules"])

    def test_measured_features(self):
        listed = rows(self.isplit("layers", VGG[0])[0])
        path, features = self.feature_file(VGG[0], listed)
        curve, _ = self.curve(DEMO, "-n", "100")
        for kind, zstd in itertools.product(("f32", "int8"), (False, True)):
            plan, _ = self.plan(*VGG, "--curve", curve, "--features", path, "--type", kind, "--link", LINK,
                                *(["--zstd"] if zstd else []), "--min-accuracy", "0.9", "--wish", "accuracy")
            def packed(layer, kind=kind):
                return math.ceil(float(features[layer, kind][4])) if (layer, kind) in features else None
            macs = [int(row["macs"]) for row in rows(self.isplit("layers", VGG[0], "--layers", "all")[0])]
            self.check_figures(VGG[0], plan, [n / 2.5e6 for n in macs], [n / 250e6 for n in macs],
                               2 if kind == "int8" else 0, 40, 1024,
                               packed=packed if zstd else None)
            for row in plan[1:-1]:
                self.assertEqual(row["accuracy"], features.get((row["layer"], kind), 6 * [""])[5])
            self.assertEqual((plan[0]["accuracy"], plan[-1]["accuracy"]), ("0.95", "0.95"))
            self.check_choice(plan, "accuracy", {"accuracy": 0.9})
            self.assertEqual(plan[2]["reason"], "its accuracy is not known (at least 90.0 %)")

    def test_cuts_that_cannot_be_made(self):
        plan, _ = self.plan(*RESNET, "-d", DEMO, "--layers", "all", "-n", "20")
        shut = [row for row in plan if row["reason"]]
        self.assertGreater(len(shut), 30)
        self.assertTrue(all(row["reason"].startswith("cannot cut after layer %s (%s): " % (row["layer"], row["name"]))
                            for row in shut))
        self.check_choice(plan, "cui", {})
        self.assertEqual(len(plan), len(rows(self.isplit("layers", RESNET[0], "--layers", "all")[0])) + 2)


class Choice(Deploy):
    def test_wishes_and_limits(self):
        curve, _ = self.curve(DEMO)
        pi, _ = self.device("pi.csv", VGG[0], 1)
        options = ("--curve", curve, "--edge", pi, "--link", "wifi,energy=5e-6", "--joule-mac", "5e-11")
        everything, _ = self.plan(*VGG, *options)
        wishes = {"latency": "total_ms", "bytes": "bytes", "memory": "memory_bytes", "energy": "joules",
                  "importance": "cui"}
        given = {"total_ms": "--max-latency", "bytes": "--max-bytes", "memory_bytes": "--max-memory",
                 "joules": "--max-energy", "rank": "--min-cui-rank"}
        for i, (wish, key) in enumerate(wishes.items()):
            limits = {}
            for n, figure in enumerate(given):
                values = sorted(number(row[figure]) for row in everything if row[figure])
                if (i + n) % 2 and values:
                    value = values[len(values) * 3 // 4]  # with 9 digits: a little more than that holds it
                    limits[figure] = value * (1 + 1e-7) if figure.endswith(("ms", "joules")) else int(value)
            words = [word for figure, limit in limits.items() for word in (given[figure], repr(limit))]
            plan, _ = self.plan(*VGG, *options, "--wish", wish, *words)
            self.check_choice(plan, key, limits)
            self.assertIn("0", {row["feasible"] for row in plan})
            made = self.provenance()
            self.assertEqual(made["objective"], wish)
            self.assertEqual(made["recommended"], next(row["name"] for row in plan if row["recommended"] == "1"))

    def test_reasons(self):
        curve, _ = self.curve(DEMO)
        plan, _ = self.plan(*VGG, "--curve", curve, "--max-latency", "20", "--max-bytes", "8K", "--max-memory", "1M",
                            "--min-cui-rank", "8")
        why = {row["name"]: row["reason"] for row in plan}
        self.assertRegex(why["block1_conv1"], r"\Atakes [\d.]+ ms \(at most 20 ms\), sends 64\.0 KiB \(at most 8\.0 KiB\), "
                                              r"CUI rank 11 \(8 or better\)\Z")
        self.assertEqual(why["block5_pool"], "the head needs 3.6 MiB (at most 1.0 MiB)")
        self.assertEqual(why["block3_pool"], "")

    def test_nothing_holds_the_limits(self):
        plan, said = self.plan(DEMO, "--max-bytes", "1K", "--max-memory", "1M", "--input-bytes", "4K", expect=1)
        self.assertEqual({row["recommended"] for row in plan}, {""})
        self.assertRegex(said, r"isplit: no cut meets the limits: the limit of bytes \(at most 1\.0 KiB\) excludes 18 of 20, the "
                               r"limit of memory \(at most 1\.0 MiB\) excludes \d+ of 20; the nearest is split after block4_pool "
                               r"\(layer 13\): sends 2\.0 KiB \(at most 1\.0 KiB\), the head needs 1\.9 MiB \(at most "
                               r"1\.0 MiB\)\n")
        self.assertEqual(self.provenance()["recommended"], "")
        table, said = self.isplit("plan", DEMO, "--format", "table", "--max-bytes", "1K", "--max-memory", "1M", "--input-bytes", "4K", expect=1)
        self.assertIn(b"- server only: sends 4.0 KiB (at most 1.0 KiB)\n", table)
        self.assertIn(b"\nno cut meets the limits: ", table)
        self.assertEqual(said, ASSUMED)
        _, said = self.plan(DEMO, "--max-latency", "5", expect=1)
        self.assertRegex(said, r"the limit of latency \(at most 5 ms\) excludes 20 of 20; the nearest is split after \w+ \(layer \d+\): takes ")

    def test_no_split_holds_the_limits(self):
        plan, said = self.plan(DEMO, "--max-bytes", "100")
        self.assertEqual([row["name"] for row in plan if row["recommended"]], ["device only"])
        self.assertIn("recommended: device only: no split meets the limits; the nearest is split after ", said)
        self.assertNotIn("how sure", said)


class Sources(Deploy):
    def test_images_rows_and_curve_agree(self):
        store = self.path("rows.db")
        self.isplit("curve", DEMO, "--store", store, "-c", "0-4", "-o", self.path("curve.csv"), "--images-csv",
                    self.path("images.csv"))
        options = ("--max-latency", "60", "--link", LINK, "--input-bytes", "1K")  # else files, which only images have
        self.plan(DEMO, "-c", "0-4", "--store", store, *options, name="measured.csv")
        self.plan(*VGG, "--curve", self.path("curve.csv"), *options, name="curve-plan.csv")
        self.plan("--from", self.path("images.csv"), "-c", "0-4", *options, name="rows.csv")
        self.plan("--from", store, "-c", "0-4", *options, name="store.csv")
        wanted = read(self.path("measured.csv"))
        for name, importance in (("curve-plan.csv", "curve"), ("rows.csv", "rows"), ("store.csv", "rows"),
                                 ("measured.csv", "images")):
            self.assertEqual(read(self.path(name)), wanted, name)
            made = self.provenance(name)
            self.assertEqual((made["program"], made["importance"], made["cfg"][-17:]),
                             ("isplit plan", importance, "letters-vgg16.cfg"))
        self.assertEqual(self.provenance("measured.csv")["from_store"], "200")
        made = self.provenance("curve-plan.csv")
        self.assertEqual((made["curve"], made["curve_resamples"]), (self.path("curve.csv"), "1000"))

    def test_stop_early(self):
        """As isplit curve does."""
        plan, said = self.plan(DEMO, "-c", "A,B", "--until-stable", "0.5")
        self.assertIn("isplit: stable at 0.5 after ", said)
        curve, points = self.curve(DEMO, "-c", "A,B", "--until-stable", "0.5")
        self.assertEqual([row["cui"] for row in plan[1:-1]], [row["cui"] for row in points.values()])
        self.assertEqual(self.provenance()["state"], "stable")
        self.assertTrue(curve)

    def test_one_of_several_subsets(self):
        subsets = self.write("subsets", "one = A,B\ntwo = C,D\n")
        self.isplit("curve", DEMO, "--subsets", subsets, "-n", "40", "-o", self.path("curve.csv"))
        self.refused("holds curves of several subsets", *VGG, "--curve", self.path("curve.csv"))
        plan, _ = self.plan(*VGG, "--curve", self.path("curve.csv"), "--subset", "two")
        wanted = [row["cui"] for row in rows(read(self.path("curve.csv"))) if row["subset"] == "two"]
        self.assertEqual([row["cui"] for row in plan[1:-1]], wanted)
        self.assertEqual(self.provenance()["curve_subset"], "two")

    def test_a_curve_by_hand(self):
        """No shares, no log10, rows in any order, and none of the network's weights."""
        shapes = {"block2_pool": (5, "32,8,8"), "block1_pool": (2, "16,16,16")}
        lines = ["%d,%s,%s,%s" % (shapes[name][0], name, shapes[name][1], rest)
                 for name, rest in (("block2_pool", "0.02,1,1"), ("block1_pool", "0,0,2"))]
        curve = self.write("curve.csv", "layer,name,out_c,out_h,out_w,cui,local_max,rank\n" + "\n".join(lines) + "\n")
        plan, said = self.plan(*VGG, "--curve", curve)
        self.assertEqual([(row["name"], row["cui"], row["log10_cui"], row["pick_share"]) for row in plan[1:-1]],
                         [("block1_pool", "0", "", ""), ("block2_pool", "0.02", "-1.69897", "")])
        self.assertIn("how sure: not known", said)
        self.assertIn("runner-up: split after block1_pool (layer 2), no candidate: its importance is zero, ", said)
        table, _ = self.isplit("plan", *VGG, "--curve", curve, "--format", "table")
        self.assertRegex(table.decode(), r"\n[+.]2  block1_pool .* zero +2\n")

    def test_foreign_curves(self):
        curve, _ = self.curve(DEMO, "-n", "20")
        self.refused("layer 0 is block1_conv1 with", *RESNET, "--curve", curve)
        other = self.path("other.weights")
        with open(other, "wb") as file:
            file.write(read(VGG[1])[:-4] + b"\0\0\0\0")
        _, said = self.plan(VGG[0], other, "--curve", curve)
        self.assertIn("isplit: warning: %s: the curve was measured with other weights than %s\n" % (curve, other), said)

    def test_features_of_other_classes(self):
        """Whatever the classes are called: what counts is which they are."""
        features = self.path("features.csv")
        for measured, asked, told in (("", "", ""), ("A-C", "A,B,C", ""), ("", "A-J", ""), ("A-C", "", "the classes 'A-C', but the importance on all classes"),
                                      ("", "G-J", "all classes, but the importance on the classes 'G-J'")):
            with self.subTest(measured=measured, asked=asked):
                classes = lambda expression: ("-c", expression) if expression else ()
                self.isplit("features", DEMO, "-n", "8", "--dtypes", "f32,int8", "--coders", "none", "--no-jpeg", "-o", features,
                            *classes(measured))
                _, said = self.isplit("plan", DEMO, "-n", "8", "--features", features, *classes(asked))
                self.assertEqual(re.findall(r"the features were measured on (.*)\n", said), [told] if told else [], said)

    def test_foreign_features_and_evaluations(self):
        """Layers and bytes fit, so nothing but the hash beside the file says that the accuracy is another network's."""
        features = self.path("features.csv")
        self.isplit("features", DEMO, "-n", "8", "--dtypes", "f32,int8", "--coders", "none", "--no-jpeg", "-o", features)
        race = self.path("race")
        self.isplit("evaluate", DEMO, "-n", "40", "--cuts", "13", "--steps", "1", "--stages", "1", "--starts", "1", "-o", race)
        other = self.path("other.weights")
        with open(other, "wb") as file:
            file.write(read(VGG[1])[:-4] + b"\0\0\0\0")
        files = (("--features", features, features, "the features were"),
                 ("--evaluation", race, os.path.join(race, "evaluate.csv"), "the accuracy was"))
        for option, value, told, what in files:
            warning = "%s: %s measured with other weights than" % (told, what)
            for weights in (VGG[1], other):
                with self.subTest(option=option, weights=weights):
                    _, said = self.plan(VGG[0], weights, option, value)
                    self.assertEqual(said.count("isplit: warning: %s %s\n" % (warning, other)), weights == other, said)
                    shown, _ = self.isplit(VGG[0], weights, "-d", DEMO, "-n", "1", option, value, "--no-state", "--dump", "240x20",
                                           "--script", "9 8")
                    self.assertEqual(warning in shown.decode(), weights == other, shown.decode())
        for option, value, told, _ in files:  # edited since; what is known of another file is not said of this one
            with open(told, "a", encoding="utf-8") as file:
                file.write("\n")  # which changes no row
            self.assertIn("other weights", self.plan(VGG[0], other, option, value)[1])
            with open(told, encoding="utf-8") as file:
                text = file.read()
            header, *rows = text.split()
            self.write(told, "\n".join([header + ",own", *(row + ",1" for row in rows)]) + "\n")
            _, said = self.plan(VGG[0], other, option, value)
            self.assertIn("isplit: warning: %s: does not hold the rows that its .meta.csv was written with (edited" % told, said)
            self.assertNotIn("other weights", said)
        os.remove(features + ".meta.csv")  # by hand, as it were
        self.assertNotIn("other weights", self.plan(VGG[0], other, "--features", features)[1])

    def test_other_preprocessing(self):
        """Of the same weights and layers, but of pictures that came to the network in another way."""
        curve, _ = self.curve(DEMO, "-n", "8")
        features, turned = self.path("features.csv"), self.path("turned.csv")
        measure = ["features", DEMO, "-n", "8", "--dtypes", "f32,int8", "--coders", "none", "--no-jpeg"]
        self.isplit(*measure, "--mean", "0.25,0,0", "--fit", "stretch", "-o", features)
        self.isplit(*measure, "--exif", "-o", turned)
        race = self.path("race")
        self.isplit("evaluate", DEMO, "-n", "40", "--cuts", "13", "--steps", "1", "--stages", "1", "--starts", "1", "-o", race)
        sheet = os.path.join(race, "evaluate.csv")
        other, usual = "fit stretch, mean 0.25,0,0", "fit crop, mean 0,0,0"
        rows = ["-d", DEMO, "-n", "8"]
        for words, told in (
                (["--curve", curve, "--features", features], ["%s: the features were measured with %s, but %s with %s" % (
                    features, other, curve, usual)]),
                (["--curve", curve, "--features", turned],
                 ["%s: the features were measured with exif 1, but %s with exif 0" % (turned, curve)]),
                (["--features", features, "--evaluation", race],
                 ["%s: the accuracy was measured with %s, but %s with %s" % (sheet, usual, features, other)]),
                (["--curve", curve, "--evaluation", race], []),
                ([*rows, "--features", features, "--evaluation", race],
                 ["%s: the features were measured with %s, but the importance with %s" % (features, other, usual)]),
                ([*rows, "--mean", "0.25,0,0", "--fit", "stretch", "--features", features], [])):
            with self.subTest(words=words):
                _, said = self.plan(*VGG, *words)
                self.assertEqual(re.findall(r"^isplit: warning: (.* measured with .*)$", said, re.M), told)
        for words, warned in (["--features", features], True), (["--features", features, "--mean", "0.25,0,0", "--fit", "stretch"],
                                                               False), (["--evaluation", race], False):
            shown, _ = self.isplit(*VGG, *rows, *words, "--no-state", "--dump", "240x20", "--script", "9 8")
            self.assertEqual("measured with " + other in shown.decode(), warned, shown.decode())
        os.remove(curve + ".meta.csv")  # who does not tell is believed
        self.assertNotIn("measured with", self.plan(*VGG, "--curve", curve, "--features", features)[1])

    def test_equal_times(self):
        """Sums of the same numbers in another order differ in their last bits; that is no difference to be told."""
        curve, _ = self.curve(DEMO, "-n", "20")
        for speed in ("5", "7", "3"):
            _, said = self.plan(*VGG, "--curve", curve, "--edge", speed, "--server", speed, "--link", "wifi")
            self.assertNotRegex(said, r"e-\d+ ms (more|less)")


class Words(Deploy):
    def test_table(self):
        table, said = self.isplit("plan", DEMO, "--format", "table", "--max-bytes", "17K", "--input-bytes", "4K", environment={"COLUMNS": ""})
        self.assertEqual(said, ASSUMED)
        lines = table.decode().splitlines()
        self.assertEqual(lines[:4], ["letters-vgg16.cfg on %s: 400 images, accuracy 97.8 %%" % DEMO,
                                     "head on 5 GFLOP/s, tail on 500 GFLOP/s, link wifi (18.88 Mbit/s, 10 ms)",
                                     "sent as f32, 40 B come back",
                                     "server only sends 4.0 KiB, as --input-bytes says"])
        self.assertRegex(lines[5], r"\A    times in ms   head +link +tail +total +sent +memory +log CUI +rank\Z")
        body = lines[6:26]
        self.assertLessEqual(max(map(len, body)), 80)
        self.assertEqual(len({len(line) for line in body[1:-1]}), 1)
        self.assertRegex(body[0], r"\A\+   server only +0\.00  11\.84  0\.08  11\.92 +4\.0K +0B\Z")
        self.assertEqual([line[4:].split()[0] for line in body if line[0] == "-"],
                         ["block1_conv1", "block1_conv2", "block2_conv1", "block2_conv2"])
        self.assertEqual([line[4:].split()[0] for line in body if line[1] == "1"], ["block4_pool"])
        self.assertEqual([line[4:].split()[0] for line in body if line[1] == "2"], ["block5_conv2"])
        self.assertEqual(lines[26], "1 recommended   2 runner-up   + Pareto front   . not   * candidate   - out")
        self.assertEqual(lines[27], "- block1_conv1: sends 64.0 KiB (at most 17.0 KiB)")
        self.assertRegex("\n".join(lines[32:]),
                         r"\Arecommended: split after block4_pool \(layer 13\): the highest importance of 5 candidates "
                         r"that meet the limits\nit takes .* ms \(head .* ms, link .* ms, tail .* ms\), sends 2\.0 KiB, "
                         r"needs 1\.9 MiB on the device\nrunner-up: split after block5_conv2 \(layer 15\): its "
                         r"importance is \S+ % lower, total time \S+ ms more\nhow sure: the curve's best candidate is "
                         r"block4_pool in [\d.]+ %, block5_conv2 in [\d.]+ % of 1000 resamples of the images\Z")

    def test_every_column_fits(self):
        path, _ = self.feature_file(RESNET[0], rows(self.isplit("layers", RESNET[0])[0]))
        curve = self.path("curve.csv")
        self.isplit("curve", *RESNET, "-d", DEMO, "-n", "40", "-o", curve)
        table, _ = self.isplit("plan", *RESNET, "--curve", curve, "--features", path, "--link", "lte", "--joule-mac", "5e-11", "--format", "table")
        body = table.decode().splitlines()[5:26]
        self.assertRegex(body[0], r" head +link +tail +total +sent +memory +J +log CUI +rank +right\Z")
        self.assertLessEqual(max(map(len, body)), 80)
        self.assertRegex(body[1], r" server only .* 95\.0 %\Z")

    def test_the_same_on_standard_error(self):
        table, _ = self.isplit("plan", DEMO, "--format", "table")
        _, said = self.plan(DEMO)
        for line in table.decode().split("\n\n")[-1].splitlines():
            self.assertIn("isplit: note: %s\n" % line, said)

    def test_csv_on_standard_output(self):
        sheet, said = self.isplit("plan", DEMO, "-o", "-")
        self.assertEqual(list(rows(sheet)[0]), COLUMNS)
        self.assertIn("isplit: 400 images, accuracy 97.8 %\n", said)
        self.assertIn("isplit: note: recommended: ", said)
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_all_is_told_that_was_assumed(self):
        self.plan(*VGG)
        made = self.provenance()
        self.assertEqual(made["assumed"], "--edge 5GFLOP/s, --server 500GFLOP/s, --link wifi")
        for key in ("edge", "server", "link", "link_bandwidth_mbit_s", "link_rtt_ms", "link_source", "dtype",
                    "answer_bytes", "input_bytes", "objective", "cfg_xxh3", "weights_xxh3", "layers"):
            self.assertTrue(made[key], key)
        for key in ("joule_mac", "max_latency", "max_bytes", "max_memory", "max_energy", "min_cui_rank", "min_accuracy"):
            self.assertEqual(made[key], "", key)
        _, said = self.plan(*VGG, "--edge", "5", "--server", "500", "--link", "wifi")
        self.assertNotIn("assumed", said)


class Refused(Deploy):
    def test_usage(self):
        for pattern, *arguments in (
                ("no weights: expected CFG WEIGHTS, or a .data file", VGG[0]),
                ("--coder zstd needs --features", *VGG, "--zstd"),
                ("--coder lzma needs --features", *VGG, "--coder", "lzma"),
                ("--min-accuracy needs --features", *VGG, "--min-accuracy", "0.9"),
                ("--optimize accuracy needs --features", *VGG, "--optimize", "accuracy"),
                ("--max-energy needs --joule-mac", *VGG, "--max-energy", "1"),
                ("--optimize energy needs --joule-mac", *VGG, "--wish", "energy"),
                ("--min-cui-rank needs importance", *VGG, "--min-cui-rank", "3"),
                ("--curve and -d exclude each other", *VGG, "-d", "x", "--curve", "y"),
                ("--curve and --from exclude each other", "--from", "x", "--curve", "y"),
                ("--subset says which curve of --curve", *VGG, "--subset", "x"),
                ("--layers does not go with --curve", *VGG, "--curve", "x", "--layers", "all"),
                ("-c chooses among what is measured", *VGG, "-c", "A"),
                ("-n chooses among what is measured", DEMO, "--curve", "x", "-n", "3"),
                ("--until-stable chooses among what is measured", *VGG, "--until-stable"),
                ("--max-latency '0' .expected a number above 0", *VGG, "--max-latency", "0"),
                ("--min-accuracy '1.5' .expected a number above 0, at most 1", *VGG, "--min-accuracy", "1.5"),
                ("the output .*curve.csv is the input", *VGG, "--curve", "curve.csv", "-o", "curve.csv"),
                ("the output .*pi.csv is the input", *VGG, "--edge", "pi.csv", "-o", "pi.csv")):
            self.refused(pattern, *arguments, status=2)

    def test_input(self):
        self.refused("there is no link 'wlan'", *VGG, "--link", "wlan")
        self.refused("none.csv: cannot open", *VGG, "--edge", "none.csv")
        self.refused("the device '0' is neither a speed nor a file", *VGG, "--server", "0")
        self.refused("none.csv: cannot open", *VGG, "--features", "none.csv")
        self.refused("none.csv: cannot open", *VGG, "--curve", "none.csv")
        self.refused("none.db: ", "--from", "none.db")
        self.refused("the link 'ethernet' does not tell what sending costs the device .expected J a byte, as in --link "
                     "ethernet,energy=5e-6.", *VGG, "--link", "ethernet", "--joule-mac", "1e-11", "--wish", "energy")
        gpu, _ = self.device("gpu.csv", RESNET[0], 1)
        self.refused(r"gpu\.csv:2: refers to layer \d+, but .*letters-vgg16\.cfg has layers 0 to 23", *VGG, "--edge", gpu)

    def test_before_anything_is_measured(self):
        for option, value in (("--edge", "none.csv"), ("--link", "wlan"), ("--features", "none.csv")):
            requests = self.path("requests")
            self.refused("none.csv|wlan", *Worker.NETWORK, option, value, *engine("--requests '%s'" % requests))
            self.assertNotIn(b"run", read(requests))

    def test_own_files(self):
        self.isplit("curve", DEMO, "-n", "20", "--store", self.path("rows.db"), "-o", self.path("curve.csv"))
        for name in ("rows.db", "rows.db-wal"):
            self.refused("the output .*rows.db", DEMO, "--store", self.path("rows.db"), "-o", self.path(name), status=2)
        self.refused("the output .* is the input", DEMO, "-o", TOP + "/cfg/letters.labels", status=2)

    def test_huge_numbers(self):
        """What no double holds is an empty cell and breaks a limit."""
        plan, _ = self.plan(*VGG, "--edge", "1e-320", "--max-latency", "1e300")
        self.assertEqual({row["total_ms"] for row in plan[1:]}, {""})
        self.assertEqual([row["recommended"] for row in plan], ["1"] + 19 * [""])
        self.assertEqual(plan[1]["reason"], "takes infinite (at most 1e+300 ms)")
        table, _ = self.isplit("plan", *VGG, "--edge", "1e-320", "--format", "table")
        self.assertNotIn(b"nan", table)


class Worker(Deploy):
    NETWORK = ("a.cfg", "a.weights", "-d", "data", "--no-store")

    def test_fake(self):
        plan, _ = self.plan(*self.NETWORK, *engine())
        self.check_choice(plan, "cui", {})

    def test_network_of_one_cut(self):
        plan, said = self.plan(*self.NETWORK, *engine("--layers 1"))
        self.assertEqual([row["kind"] for row in plan], ["server", "split", "device"])
        self.assertEqual([row["recommended"] for row in plan], ["", "1", ""])
        self.assertIn("the only split\n", said)

    def test_interrupted(self):
        """Nothing is written."""
        for sent in ("SIGINT", "SIGTERM"):
            _, said = self.isplit("plan", *self.NETWORK, "-o", self.path("plan.csv"),
                                  *engine("--interrupt-after 3 --slow 0.2 --signal " + sent), expect=130)
            self.assertIn("isplit: interrupted: nothing is written\n", said)
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_lost(self):
        for how, status in (("--die-after 3", 3), ("--error-after 3", 1)):
            table, said = self.isplit("plan", *self.NETWORK, "--format", "table", *engine(how), expect=status)
            self.assertEqual(table, b"")
            self.assertTrue(re.search(r"isplit: .*\n\Z", said), said)
        self.isplit("plan", *self.NETWORK, *engine("--skip " + " ".join(map(str, range(60)))), expect=1)


if __name__ == "__main__":
    unittest.main()
