"""A worker between isplit and the real one: passes everything on, but the worker's answers go through a few lines of
the test's own first."""
import os
import shlex
import sys

BEFORE = """
import json, os, signal, subprocess, sys, threading
engine, *words = sys.argv[1:]
worker = subprocess.Popen([engine], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
def forward():
    for line in sys.stdin.buffer:
        worker.stdin.write(line)
        worker.stdin.flush()
    worker.stdin.close()
threading.Thread(target=forward, daemon=True).start()
for line in worker.stdout:
    message = json.loads(line)
"""
AFTER = """
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
worker.wait()
"""


def wrapped(folder, lines, engine, *words):
    """Options that make isplit use it. `lines` are the body of a loop: they see `message`, may change `line`, end it by
    break, and know the words as `words` and the real worker as `worker`."""
    path = os.path.join(folder, "wrapper.py")
    with open(path, "w", encoding="ascii") as file:
        file.write(BEFORE + lines.strip("\n") + AFTER)
    return ["--engine", "exec " + shlex.join([sys.executable, path, engine, *words])]
