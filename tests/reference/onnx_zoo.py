#!/usr/bin/python3
"""The table of tui/manual/import.md: every architecture of onnx_models.py exported, imported and compared with PyTorch.

    onnx_zoo.py [NAME...]      make onnx-zoo

Where NODE_PATH has onnxruntime-node, that is compared too.

MB: of the model, and the most that the import had at once, the mapped file included. s: seconds of a processor.
"""
import os
import subprocess
import sys
import tempfile

import onnx_models
import program
import test_onnx

IMPORTED = {}
program.TIMEOUT = 3600  # seconds, on a busy machine


# In a small process of its own: the kernel counts what a parent had before it starts another program as that program's.
RUN = """import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_maxrss, used.ru_utime + used.ru_stime)"""


def used_by(command):
    """Bytes at once, and seconds of a processor."""
    peak, seconds = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-2:]
    return 1024 * int(peak), float(seconds)


def measured_import(model, name):
    """As test_onnx.onnx_import; keeps memory and time."""
    command = [sys.executable, '-c', RUN, test_onnx.PROGRAM, 'import', model, '-o', name, '--force']
    peak, seconds = used_by(command)
    IMPORTED[os.path.basename(name)] = (os.path.getsize(model), peak, seconds)


def line(name):
    with tempfile.TemporaryDirectory() as folder:
        found = test_onnx.compare(folder, name)
    size, memory, seconds = IMPORTED[name]
    agreeing = sum(module is not None for _, module in found['layers'])
    runtime = '' if found['runtime'] is None else '%.1e' % found['runtime']
    if agreeing < len(found['layers']):
        print('%s: %d of %d layers' % (name, agreeing, len(found['layers'])), file=sys.stderr, flush=True)
    return '| %s | %.1e | %s | %.1f | %.1f | %.0f/%.0f | %.1f |' % (
        name, max(found['read'], found['scores']), runtime, 100 * found['cells'], 100 * found['single'], size / 1e6,
        memory / 1e6, seconds)


def main():
    test_onnx.onnx_import = measured_import
    print('| network | logits | runtime | cells | torch | MB | s |\n|---|---|---|---|---|---|---|', flush=True)
    for name in sys.argv[1:] or onnx_models.SIDES:
        print(line(name), flush=True)


if __name__ == '__main__':
    sys.exit(main())
