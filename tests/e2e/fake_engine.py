#!/usr/bin/python3
"""A worker without a network: speaks the protocol of engine/wire/PROTOCOL.md and makes its numbers up.

The tests of the front end start it with `isplit --engine "fake_engine.py --die-after 3"`. The numbers
depend on image, class and layer only. It looks at no file: 4 classes (cat, dog, "tench, Tinca tinca",
crane) with 10 images each, and a small VGG-like network of 6 layers.

`--layers N` pretends another network: N listed layers with VGG16's names and shapes (block1_conv1, block1_conv2,
block1_pool, ...; 18 are all of VGG16's), then fc6 and softmax. Its importances for an image of class c are

    log10 I = -4.5 + 1.5 l / (N - 1)                 a slope from front to back
              + 0.5 where l mod 5 = 2                peaks at layers 2, 7, 12, ..., but not at the last
              + 1.6 at peak number c mod (peaks)     the best split of class c
              + log10(1 + 0.01 (7919 image mod 13))  so that images differ

so every class has the same local maxima, and which of them is best depends on the class. `--classes N` pretends N
classes, `--images N` N images in all; image i is of class i mod classes. With several classes, whose mean is taken,
the best is the last peak that is the best of one of them.

A heatmap's picture runs from left to right in red and from top to bottom in green, its blue is 37 image mod 256; the
maps are round hills, the summit of layer l at (l mod 3, image mod 3) of a 3x3 grid over the picture, and their mean is
the importance. Images that --skip names have none.

Of trapped energy the eigenvalues of layer l are 10^(-0.4 l) 0.9^j, at most 200 of them; each image takes as long as in
a run.

A split writes four short files where it is asked to, at once or after --split-slow seconds.

An image's content is the MD5 of its path, its file has 1000 + image bytes and was written image seconds after 2020
began; `--changed` gives images another content and another time. The data stand in --place, whatever was asked for.
"""
import argparse
import base64
import hashlib
import json
import math
import os
import select
import signal
import sys
import time

CLASSES = [("cat", "n01"), ("dog", "n02"), ("tench, Tinca tinca", "n03"), ("crane", "n04")]
EACH = 10
LAYERS = [  # name, kind, out, params, macs, crossing, cut bytes, clean, feature
    ("block1_conv1", "convolutional", (8, 16, 16), 224, 55296, [0], 8192, True, True),
    ("block1_pool", "maxpool", (8, 8, 8), 0, 0, [1], 2048, True, True),
    ("block2_conv1", "convolutional", (16, 8, 8), 1168, 73728, [2], 4096, True, True),
    ("block2_pool", "maxpool", (16, 4, 4), 0, 0, [3], 1024, True, True),
    ("fc1", "connected", (4, 1, 1), 1028, 1024, [4], 16, True, False),
    ("softmax5", "softmax", (4, 1, 1), 0, 0, [5], 16, False, False),
]
SHAPE_OF_CURVE = [1e-3, 4e-3, 2e-3, 0.5e-3, 3e-3]
INPUT = (3, 16, 16)
MORE_CLASSES = ["truck", "frog", "horse", "ship", "airplane", "deer"]


def options():
    p = argparse.ArgumentParser()
    p.add_argument("--protocol", type=int, default=2)
    p.add_argument("--die-after", type=int, help="results; then SIGKILL to itself")
    p.add_argument("--exit-after", type=int, help="results; then exit status 7")
    p.add_argument("--rubbish-after", type=int, help="results; then a line that is no message")
    p.add_argument("--error-after", type=int, help="results; then an error message")
    p.add_argument("--interrupt-after", type=int, help="results; then a signal to the front end")
    p.add_argument("--signal", default="SIGINT", help="which one")
    p.add_argument("--again", action="store_true", help="half a second later the same signal, then silence")
    p.add_argument("--words", default="", help="printed on standard error at the start")
    p.add_argument("--greeting", help="this line instead of the hello")
    p.add_argument("--mute", action="store_true", help="end before the hello")
    p.add_argument("--silent", action="store_true", help="say nothing at all until the front end is gone")
    p.add_argument("--slow", type=float, default=0, help="seconds an image")
    p.add_argument("--skip", type=int, nargs="*", default=[], help="images that cannot be decoded")
    p.add_argument("--nonfinite", type=int, nargs="*", default=[], help="images")
    p.add_argument("--raised", type=float, nargs=2, metavar=("LAYER", "TIMES"), help="in bf16 a layer is so much higher")
    p.add_argument("--in", dest="precision", help="the misbehaviour that counts results, and --skip, only in runs of this precision")
    p.add_argument("--zero-layer", type=int, help="a layer where every image gives 0")
    p.add_argument("--lie", help="a wrong result",
                   choices=["image", "class", "row", "twice", "negative", "skipped", "nonfinite", "unasked"])
    p.add_argument("--flood", choices=["skipped", "nonfinite", "result"], help="400 of these after 5 results")
    p.add_argument("--done-after", type=int, help="results; then a done as if that were all")
    p.add_argument("--miscount", type=int, default=0, help="added to the number in done")
    p.add_argument("--constant", action="store_true", help="every answer is class 0")
    p.add_argument("--ugly", action="store_true", help="names of images that need care")
    p.add_argument("--refuse", help="answer this request with an error")
    p.add_argument("--warn", default="", help="a warning sent with the layers")
    p.add_argument("--reverse", action="store_true", help="send a run's results in reverse order")
    p.add_argument("--layers", type=int, help="pretend this many listed layers")
    p.add_argument("--classes", type=int, default=len(CLASSES), help="pretend this many classes")
    p.add_argument("--images", type=int, help="pretend this many images in all")
    p.add_argument("--delay", type=float, default=0, help="milliseconds an image")
    p.add_argument("--poison", type=int, nargs="*", default=[], help="images that kill the worker in a run")
    p.add_argument("--weights", default="fedcba9876543210", help="hash of the weights")
    p.add_argument("--place", default="/fake", help="where the data stand")
    p.add_argument("--changed", type=int, nargs="*", default=[], help="images with another content and time")
    p.add_argument("--contents-null", type=int, nargs="*", default=[], help="images that cannot be read")
    p.add_argument("--hash", help="a wrong answer to a hash",
                   choices=["die", "twice", "unasked", "short", "miscount", "hex", "result"])
    p.add_argument("--no-plan", action="store_true", help="a run without one")
    p.add_argument("--two-plans", action="store_true", help="a run with two")
    p.add_argument("--heatmap", choices=["die", "other", "twice"], help="a wrong answer to a heatmap")
    p.add_argument("--split-slow", type=float, default=0, help="seconds a split takes")
    p.add_argument("--split-die", action="store_true", help="in the middle of it")
    p.add_argument("--requests", help="a file that gets a line for every request: its type, and of how many images")
    p.add_argument("--runs", help="a file that gets a line for every run: its images")
    p.add_argument("--darknet", default="none", help="its version")
    p.add_argument("--plan", default="00000000deadbeef", help="hash of the plan")
    p.add_argument("--layer-name", help="of the first layer, as a string of JSON without its quotes")
    p.add_argument("--class-name", help="of the first class, in the same form")
    p.add_argument("--class-folder", help="of the first class, likewise")
    o = p.parse_args()
    words = CLASSES + [(word, "n%02d" % (5 + i)) for i, word in enumerate(MORE_CLASSES)]
    words += [("class%d" % i, "n%02d" % (i + 1)) for i in range(len(words), o.classes)]
    o.names = words[:o.classes]
    o.images = EACH * o.classes if o.images is None else o.images
    o.net = LAYERS if o.layers is None else vgg(o.layers, o.classes)
    if o.class_name is not None:
        o.names = [(json.loads('"%s"' % o.class_name), o.names[0][1])] + o.names[1:]
    if o.class_folder is not None:
        o.names = [(o.names[0][0], json.loads('"%s"' % o.class_folder))] + o.names[1:]
    if o.layer_name is not None:
        o.net = [(json.loads('"%s"' % o.layer_name), *o.net[0][1:])] + o.net[1:]
    o.input = INPUT if o.layers is None else (3, 224, 224)
    return o


def vgg(listed, classes):
    """As LAYERS: VGG16's convolutions and pools, and more blocks of that kind where more are wanted."""
    rows, channels, side, source = [], 64, 224, 3
    block = 1
    while len(rows) < listed:
        convs = 2 if block <= 2 else 3
        for i in range(1, convs + 1):
            rows.append(("block%d_conv%d" % (block, i), "convolutional", (channels, side, side),
                         channels * (9 * source + 1), 9 * source * channels * side * side))
            source = channels
        side = max(1, side // 2)
        rows.append(("block%d_pool" % block, "maxpool", (channels, side, side), 0, 0))
        channels = min(512, 2 * channels)
        block += 1
    rows = rows[:listed]
    c, h, w = rows[-1][2]
    rows += [("fc6", "connected", (classes, 1, 1), (c * h * w + 1) * classes, c * h * w * classes),
             ("softmax", "softmax", (classes, 1, 1), 0, 0)]
    return [(name, kind, out, params, macs, [i], 4 * math.prod(out), i < listed, i < listed)
            for i, (name, kind, out, params, macs) in enumerate(rows)]


class Inbox:
    """Lines from standard input, of which it can tell whether one is there."""
    def __init__(self):
        self.bytes = b""
        self.ended = False

    def line(self, wait):
        """None where nothing has come (or, with `wait`, where nothing more will)."""
        while b"\n" not in self.bytes and not self.ended:
            if not wait and not select.select([0], [], [], 0)[0]:
                return None
            portion = os.read(0, 65536)
            self.ended = not portion
            self.bytes += portion
        if self.ended:
            return None
        line, self.bytes = self.bytes.split(b"\n", 1)
        return line


def send(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def hello(o):
    if o.greeting is not None:
        print(o.greeting, flush=True)
        return
    send({"type": "hello", "protocol": o.protocol, "version": "fake", "darknet": o.darknet, "onednn": "none",
          "stb": "none", "isa": "none"})


def sides(o, i):
    """Parameters, MACs and peak bytes of head and tail."""
    if o.layers is None:
        return [10 * i, 100 * i, 1000 * i], [50 - 10 * i, 500 - 100 * i, 5000 - 1000 * i]
    head, tail = o.net[:i + 1], o.net[i + 1:]
    tensors = [4 * math.prod(o.input)] + [row[6] for row in o.net]
    pairs = [a + b for a, b in zip(tensors, tensors[1:])]  # what a layer reads and writes
    return ([sum(row[3] for row in head), sum(row[4] for row in head), max(pairs[:i + 1])],
            [sum(row[3] for row in tail), sum(row[4] for row in tail), max(pairs[i + 1:], default=0)])


def layers(o, weights):
    rows = []
    for i, (name, kind, out, params, macs, crossing, cut, clean, feature) in enumerate(o.net):
        head, tail = sides(o, i)
        rows.append({"layer": i, "name": name, "kind": kind, "out": out, "params": params, "macs": macs,
                     "crossing": crossing, "cut_bytes": cut, "head": head, "tail": tail, "clean": clean,
                     "feature": feature})
    send({"type": "layers", "cfg_xxh3": "0123456789abcdef",
          "weights_xxh3": o.weights if weights else None, "input": o.input,
          "input_bytes": 4 * math.prod(o.input), "classes": o.classes, "rows": rows})


def image_name(o, i):
    name = "%s/%02d.png" % (o.names[i % o.classes][1], i)
    if o.ugly and i == 1:
        name = "%s/$(touch pwned)%%0A%%22%%1B.png" % CLASSES[1][1]
    if o.ugly and i == 2:
        name = "%s/a%%2Cb%%FF.png" % CLASSES[2][1]
    return name


def content(o, image):
    if image in o.contents_null:
        return None
    text = image_name(o, image) + (" changed" if image in o.changed else "")
    return hashlib.md5(text.encode()).hexdigest()


def item(o, image, stamps):
    path_and_class = [image_name(o, image), image % o.classes]
    if not stamps:
        return path_and_class
    if image in o.contents_null:
        return path_and_class + [None, None]
    return path_and_class + [1000 + image, (1577836800 + image) * 10 ** 9 + (image in o.changed)]


def images(o, request):
    portion = max(7, o.images // 10)
    for first in range(0, o.images, portion):
        send({"type": "images", "first": first,
              "items": [item(o, i, request.get("stamps")) for i in range(first, min(first + portion, o.images))]})
    if request["probe"]:
        for i in o.skip:
            send(skipped(o, i))
    send({"type": "dataset", "root": request["data"], "place": o.place, "layout": "class folders",
          "split": request["split"] or "", "images": o.images,
          "classes": [{"index": i, "name": n, "folder": f, "images": len(range(i, o.images, o.classes))}
                      for i, (n, f) in enumerate(o.names)]})


def pretended(o, image, layer):
    listed = len(o.net) - 2
    peaks = list(range(2, listed - 1, 5)) or [0]
    label = image % o.classes
    log = -4.5 + 1.5 * layer / max(1, listed - 1)
    log += 0.5 if layer in peaks else 0
    log += 1.6 if layer == peaks[label % len(peaks)] else 0
    return 10 ** log * (1 + 0.01 * (image * 7919 % 13))


def importance(o, image, layer):
    if layer == len(o.net) - 1:
        return None
    if layer == o.zero_layer:
        return 0.0
    if o.layers is not None:
        return pretended(o, image, layer)
    label = image % o.classes
    return SHAPE_OF_CURVE[layer] * (1 + 0.01 * (image * 7919 % 13) + 0.1 * label)


def result(o, image, request):
    row = [importance(o, image, layer) for layer in request["layers"]]
    if o.raised and request["precision"] == "bf16":
        row[int(o.raised[0])] *= o.raised[1]
    return {"type": "result", "image": image, "top": top_class(o, image), "score": 1.5 + image / 3, "row": row,
            "content": content(o, image)}


def skipped(o, image):
    return {"type": "skipped", "image": image, "reason": "bad huffman code", "content": content(o, image)}


def nonfinite(o, image):
    return {"type": "nonfinite", "image": image, "layer": 2, "content": content(o, image)}


def top_class(o, image):
    label = image % o.classes
    return 0 if o.constant else (label + 1) % o.classes if image % 10 == 9 else label


def shrunk(w, h, side):
    scale = min(1, side / max(w, h))
    return max(1, round(w * scale)), max(1, round(h * scale))


def picture(w, h, values):
    return {"w": w, "h": h, "data": base64.b64encode(bytes(values)).decode()}


def rgb(o, image, side):
    w, h = shrunk(o.input[2], o.input[1], side)
    return picture(w, h, [v for y in range(h) for x in range(w)
                          for v in (255 * x // max(1, w - 1), 255 * y // max(1, h - 1), 37 * image % 256)])


def hill(o, image, layer, side):
    w, h = shrunk(o.net[layer][2][2], o.net[layer][2][1], side)
    summit = ((layer % 3 + 0.5) / 3, (image % 3 + 0.5) / 3)
    heights = [max(0, 1 - 2 * math.dist(summit, ((x + 0.5) / w, (y + 0.5) / h))) for y in range(h) for x in range(w)]
    highest = max(heights) or 1
    value = importance(o, image, layer)
    shares = [height / highest for height in heights]
    if not any(shares):  # a map of so few pixels that none is on the hill
        shares = [1] * len(shares)
    return {"layer": layer, "importance": value, "max": value * len(shares) / sum(shares),
            **picture(w, h, [round(255 * share) if value else 0 for share in shares])}


def heatmap(o, request):
    image = request["image"]
    if o.heatmap == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if image in o.skip:
        send({"type": "heatmap", "image": image, "error": "the image cannot be decoded: bad huffman code"})
        return
    score = 1.5 + image / 3
    right = top_class(o, image) == image % o.classes
    message = {"type": "heatmap", "image": image + (o.heatmap == "other"), "error": None, "top": top_class(o, image),
               "score": score, "top_score": score if right else score + 1, "pixels": rgb(o, image, request["side"]),
               "maps": [hill(o, image, layer, request["side"]) for layer in request["layers"]
                        if importance(o, image, layer) is not None],
               "likely": [{"class": (top_class(o, image) + i) % o.classes, "score": 20 - i, "probability": 0.5 ** (i + 1)}
                          for i in range(min(5, o.classes))]}
    for _ in range(2 if o.heatmap == "twice" else 1):
        send(message)


def flood(o, request):
    """More answers than images; slowly enough for a progress bar to be drawn in between."""
    for i in range(400):
        image = request["images"][i % len(request["images"])]
        send({"skipped": skipped(o, image), "nonfinite": nonfinite(o, image),
              "result": result(o, image, request)}[o.flood])
        time.sleep(0.002)


def lie(o, message, request):
    if o.lie == "image":
        message["image"] = 4000
    elif o.lie == "class":
        message["top"] = o.classes
    elif o.lie == "row":
        message["row"] = message["row"][1:]
    elif o.lie == "negative":
        message["row"][0] = -1.0
    elif o.lie == "twice":
        send(message)
    elif o.lie == "unasked":
        message["image"] = next(i for i in range(o.images) if i not in request["images"])
    send(message)
    if o.lie == "skipped":
        send(skipped(o, message["image"]))
    elif o.lie == "nonfinite":
        send(nonfinite(o, message["image"]))


def misbehave(o, sent):
    if sent == o.die_after:
        os.kill(os.getpid(), signal.SIGKILL)
    if sent == o.interrupt_after:
        os.kill(os.getppid(), getattr(signal, o.signal))
        if o.again:
            time.sleep(0.5)
            os.kill(os.getppid(), getattr(signal, o.signal))
            time.sleep(3600)
    if sent == o.exit_after:
        sys.exit(7)
    if sent == o.rubbish_after:
        print("Segmentation fault \x1b[31m (not really)", flush=True)
        time.sleep(3600)
    if sent == o.error_after:
        send({"type": "error", "text": "weights hold NaN"})
        return True
    return False


def stopped(o, inbox):
    """Answers what can be answered during a run; true for a stop, and at the end of the front end."""
    while (line := inbox.line(wait=False)) is not None:
        request = json.loads(line)
        if request["type"] != "heatmap":
            return True
        heatmap(o, request)
    return inbox.ended


def hashes(o, request, inbox):
    """Three contents a portion."""
    if o.hash == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    asked, told = request["images"], 0
    if o.hash == "result":
        send(result(o, asked[0], {"layers": [], "precision": "f32"}))
    if o.hash == "unasked":
        asked = asked + [next(i for i in range(o.images) if i not in asked)]
    if o.hash == "short":
        asked = asked[:-1]
    for first in range(0, len(asked), 3):
        if stopped(o, inbox):
            break
        portion = asked[first:first + 3]
        time.sleep(len(portion) * (o.slow + o.delay / 1000))
        told += len(portion)
        items = [[i, "none" if o.hash == "hex" else content(o, i)] for i in portion]
        send({"type": "contents", "items": items + items[:o.hash == "twice"]})
    send({"type": "hashed", "images": told + (o.hash == "miscount")})


def run(o, request, inbox):
    send({"type": "progress", "what": "compiling"})
    for _ in range(0 if o.no_plan else 2 if o.two_plans else 1):
        send({"type": "plan", "hash": o.plan, "batch": 4, "threads": 1})
    sent = 0
    order = request["images"][::-1] if o.reverse else request["images"]
    for image in order:
        meant = o.precision in (None, request["precision"])
        if meant and misbehave(o, sent):
            return
        if stopped(o, inbox):
            break
        if sent == o.done_after:
            break
        if o.flood and sent == 5:
            flood(o, request)
        if image in o.poison:
            os.kill(os.getpid(), signal.SIGKILL)
        if meant and image in o.skip:
            send(skipped(o, image))
            continue
        if image in o.nonfinite:
            send(nonfinite(o, image))
            continue
        time.sleep(o.slow + o.delay / 1000)
        message = result(o, image, request)
        if o.lie and sent == 5:
            lie(o, message, request)
        else:
            send(message)
        sent += 1
    send({"type": "done", "images": sent + o.miscount})


def trapped(o, request, inbox):
    send({"type": "progress", "what": "loading the network"})
    send({"type": "plan", "hash": "00000000cafecafe", "batch": 4, "threads": 1})
    done = 0
    for image in request["images"]:
        if stopped(o, inbox):
            send({"type": "done", "images": done})
            return
        time.sleep(o.slow + o.delay / 1000)
        if image in o.skip:
            send(skipped(o, image))
        else:
            done += 1
        send({"type": "progress", "what": "trapped energy: %d of %d images" % (done, len(request["images"]))})
    for layer in request["layers"]:
        n = min(200, math.prod(o.net[layer][2]))
        send({"type": "trapped", "layer": layer, "lambda": [10 ** (-0.4 * layer) * 0.9 ** j for j in range(n)]})
    send({"type": "done", "images": done})


def split(o, request, inbox):
    """Told in tenths; what is asked to stop leaves nothing, what is killed its draft."""
    draft = os.path.join(request["folder"], "head.cfg.draft")
    try:
        os.mkdir(request["folder"])  # the folder that it stands in must be there, as for the real worker
    except FileExistsError:
        pass
    except OSError as fault:
        send({"type": "error", "text": "%s: cannot make the folder: %s" % (request["folder"], fault.strerror)})
        return
    with open(draft, "w", encoding="ascii"):
        pass
    for tenth in range(10):
        send({"type": "progress", "what": "checking input %d" % tenth})
        time.sleep(o.split_slow / 10)
        if o.split_die and tenth == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        if stopped(o, inbox):
            os.remove(draft)
            os.rmdir(request["folder"])
            send({"type": "error", "text": "stopped; nothing is written"})
            return
    os.remove(draft)
    files = []
    for name in ("head.cfg", "head.weights", "tail.cfg", "tail.weights"):
        text = "%s after layer %d\n" % (name, request["layer"])
        path = os.path.join(request["folder"], name)
        if os.path.exists(path) and not request["force"]:
            send({"type": "error", "text": path + ": exists already"})
            return
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        files.append({"name": name, "bytes": len(text), "xxh3": "%016x" % len(text)})
    send({"type": "split", "layer": request["layer"], "lead": False, "inputs": request["inputs"],
          "processor": "fake", "images": bool(request["images"]), "files": files, "lacking": [None, None],
          "runs_in": ["stock", "stock"], "fork": False, "folded": None})


def main():
    o = options()
    if o.words:
        print(o.words, file=sys.stderr, flush=True)
    if o.mute:
        sys.exit(3)
    if o.silent:
        sys.stdin.buffer.read()
        sys.exit(0)
    inbox = Inbox()
    while (line := inbox.line(wait=True)) is not None:
        request = json.loads(line)
        kind = request["type"]
        if o.requests:
            with open(o.requests, "a", encoding="ascii") as file:
                file.write("%s %d\n" % (kind, len(request.get("images", []))))
        if o.runs and kind == "run":
            with open(o.runs, "a", encoding="ascii") as file:
                file.write("%s\n" % " ".join(map(str, request["images"])))
        if kind == o.refuse:
            send({"type": "error", "text": "x.cfg:3: unknown key 'filtres' (nearest: 'filters')\n\x1b[2J"})
        elif kind == "hello":
            hello(o)
        elif kind == "open":
            if o.warn:
                send({"type": "log", "level": "warning", "text": o.warn})
            layers(o, request["weights"])
        elif kind == "images":
            images(o, request)
        elif kind == "hash":
            hashes(o, request, inbox)
        elif kind == "run":
            run(o, request, inbox)
        elif kind == "heatmap":
            heatmap(o, request)
        elif kind == "trapped":
            trapped(o, request, inbox)
        elif kind == "split":
            split(o, request, inbox)


if __name__ == "__main__":
    main()
