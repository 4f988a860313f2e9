#!/usr/bin/python3
"""A worker without a network: speaks the protocol of engine/link/PROTOCOL.md and makes its numbers up.

The tests of the front end start it with `isplit --engine "fake_engine.py --die-after 3"`. The numbers
depend on image, class and layer only. It looks at no file: 4 classes (cat, dog, "tench, Tinca tinca",
crane) with 10 images each, and a small VGG-like network of 6 layers.
"""
import argparse
import json
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


def options():
    p = argparse.ArgumentParser()
    p.add_argument("--protocol", type=int, default=1)
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
    p.add_argument("--slow", type=float, default=0, help="seconds an image")
    p.add_argument("--skip", type=int, nargs="*", default=[], help="images that cannot be decoded")
    p.add_argument("--nonfinite", type=int, nargs="*", default=[], help="images")
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
    return p.parse_args()


def send(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def hello(o):
    if o.greeting is not None:
        print(o.greeting, flush=True)
        return
    send({"type": "hello", "protocol": o.protocol, "version": "fake", "darknet": "none", "onednn": "none",
          "stb": "none", "isa": "none"})


def layers(weights):
    rows = []
    for i, (name, kind, out, params, macs, crossing, cut, clean, feature) in enumerate(LAYERS):
        rows.append({"layer": i, "name": name, "kind": kind, "out": out, "params": params, "macs": macs,
                     "crossing": crossing, "cut_bytes": cut, "head": [10 * i, 100 * i, 1000 * i],
                     "tail": [50 - 10 * i, 500 - 100 * i, 5000 - 1000 * i], "clean": clean,
                     "feature": feature})
    send({"type": "layers", "cfg_xxh3": "0123456789abcdef",
          "weights_xxh3": "fedcba9876543210" if weights else None, "input": [3, 16, 16], "input_bytes": 3072,
          "classes": len(CLASSES), "rows": rows})


def image_name(o, i):
    name = "%s/%02d.png" % (CLASSES[i % len(CLASSES)][1], i)
    if o.ugly and i == 1:
        name = "%s/$(touch pwned)%%0A%%22%%1B.png" % CLASSES[1][1]
    if o.ugly and i == 2:
        name = "%s/a%%2Cb%%FF.png" % CLASSES[2][1]
    return name


def images(o, request):
    total = EACH * len(CLASSES)
    for first in range(0, total, 7):
        send({"type": "images", "first": first,
              "items": [[image_name(o, i), i % len(CLASSES)] for i in range(first, min(first + 7, total))]})
    if request["probe"]:
        for i in o.skip:
            send({"type": "skipped", "image": i, "reason": "bad huffman code"})
    send({"type": "dataset", "root": request["data"], "layout": "class folders", "split": request["split"] or "",
          "images": total,
          "classes": [{"index": i, "name": n, "folder": f, "images": EACH} for i, (n, f) in enumerate(CLASSES)]})


def importance(o, image, layer):
    if layer == 5:
        return None
    if layer == o.zero_layer:
        return 0.0
    label = image % len(CLASSES)
    return SHAPE_OF_CURVE[layer] * (1 + 0.01 * (image * 7919 % 13) + 0.1 * label)


def result(o, image, listed):
    label = image % len(CLASSES)
    top = 0 if o.constant else (label + 1) % len(CLASSES) if image % 10 == 9 else label
    return {"type": "result", "image": image, "top": top, "score": 1.5 + image / 3,
            "row": [importance(o, image, layer) for layer in listed]}


def flood(o, request):
    """More answers than images; slowly enough for a progress bar to be drawn in between."""
    for i in range(400):
        image = request["images"][i % len(request["images"])]
        send({"skipped": {"type": "skipped", "image": image, "reason": "bad huffman code"},
              "nonfinite": {"type": "nonfinite", "image": image, "layer": 2},
              "result": result(o, image, request["layers"])}[o.flood])
        time.sleep(0.002)


def lie(o, message, request):
    if o.lie == "image":
        message["image"] = 4000
    elif o.lie == "class":
        message["top"] = 4
    elif o.lie == "row":
        message["row"] = message["row"][1:]
    elif o.lie == "negative":
        message["row"][0] = -1.0
    elif o.lie == "twice":
        send(message)
    elif o.lie == "unasked":
        message["image"] = next(i for i in range(EACH * len(CLASSES)) if i not in request["images"])
    send(message)
    if o.lie == "skipped":
        send({"type": "skipped", "image": message["image"], "reason": "bad huffman code"})
    elif o.lie == "nonfinite":
        send({"type": "nonfinite", "image": message["image"], "layer": 2})


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


def stopped():
    return bool(select.select([sys.stdin], [], [], 0)[0])


def run(o, request):
    send({"type": "progress", "what": "compiling"})
    send({"type": "plan", "hash": "00000000deadbeef", "batch": 4, "threads": 1})
    sent = 0
    order = request["images"][::-1] if o.reverse else request["images"]
    for image in order:
        if misbehave(o, sent):
            return
        if stopped():
            sys.stdin.readline()
            break
        if sent == o.done_after:
            break
        if o.flood and sent == 5:
            flood(o, request)
        if image in o.skip:
            send({"type": "skipped", "image": image, "reason": "bad huffman code"})
            continue
        if image in o.nonfinite:
            send({"type": "nonfinite", "image": image, "layer": 2})
            continue
        time.sleep(o.slow)
        message = result(o, image, request["layers"])
        if o.lie and sent == 5:
            lie(o, message, request)
        else:
            send(message)
        sent += 1
    send({"type": "done", "images": sent + o.miscount})


def main():
    o = options()
    if o.words:
        print(o.words, file=sys.stderr, flush=True)
    if o.mute:
        sys.exit(3)
    for line in iter(sys.stdin.readline, ""):
        request = json.loads(line)
        kind = request["type"]
        if kind == o.refuse:
            send({"type": "error", "text": "x.cfg:3: unknown key 'filtres' (nearest: 'filters')\n\x1b[2J"})
        elif kind == "hello":
            hello(o)
        elif kind == "open":
            if o.warn:
                send({"type": "log", "level": "warning", "text": o.warn})
            layers(request["weights"])
        elif kind == "images":
            images(o, request)
        elif kind == "run":
            run(o, request)


if __name__ == "__main__":
    main()
