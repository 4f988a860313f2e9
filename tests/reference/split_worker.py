"""Talks with isplit-engine over its pipe (engine/wire/PROTOCOL.md), and with stock libdarknet (stock_split.c)."""
import json
import os
import subprocess
from urllib.parse import quote

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.abspath(os.environ.get('ISPLIT', './isplit'))
ENGINE = os.path.join(os.path.dirname(PROGRAM), 'isplit-engine')
DARKNET = os.environ.get('DARKNET', '/usr/lib/darknet')
# Of what the library needs, OpenCV is for pictures alone (see the Makefile), and takes longer to load than all else.
NO_OPENCV = os.path.join(os.environ.get('ISPLIT_BUILD', os.path.join(HERE, '../../build')), 'no-opencv')
WITH_DARKNET = ['-std=c17', '-O1', '-isystem', DARKNET + '/include', '-L' + DARKNET, '-Wl,--disable-new-dtags',
                '-Wl,-rpath,%s:%s' % (os.path.abspath(NO_OPENCV), DARKNET)]
PROTOCOL = next(int(line.split()[2]) for line in open(os.path.join(HERE, '../../engine/wire/version.h'))
                if line.startswith('#define ISPLIT_PROTOCOL'))


class Worker:
    """One worker with one network open."""

    def __init__(self, cfg, weights, **popen):
        self.process = subprocess.Popen([ENGINE], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, **popen)
        self.weights = weights
        self.logs = []
        self.ask({'type': 'hello', 'protocol': PROTOCOL}, 'hello')
        self.layers = self.ask({'type': 'open', 'cfg': quote(cfg), 'weights': quote(weights)}, 'layers')
        if self.layers['type'] == 'error':
            raise RuntimeError(self.layers['text'])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def send(self, message):
        self.process.stdin.write(json.dumps(message).encode() + b'\n')
        self.process.stdin.flush()

    def answers(self):
        for line in self.process.stdout:
            yield json.loads(line)

    def ask(self, message, answer):
        """The answer, or the error instead of it; what else is said goes to `logs`."""
        self.send(message)
        for said in self.answers():
            if said['type'] in (answer, 'error'):
                return said
            self.logs.append(said)
        raise RuntimeError('the worker ended with %s' % self.process.wait())

    def request(self, layer, folder, inputs=1, **changes):
        return {'type': 'split', 'layer': layer, 'folder': quote(folder), 'force': False,
                'cfg_xxh3': self.layers['cfg_xxh3'], 'weights_xxh3': self.layers['weights_xxh3'], 'inputs': inputs,
                'images': [], 'fit': 'crop', 'mean': [0, 0, 0], 'std': [1, 1, 1], 'scale': 1, 'bgr': False, **changes}

    def split(self, layer, folder, inputs=1, **changes):
        return self.ask(self.request(layer, folder, inputs, **changes), 'split')


def build_stock(source, program):
    """Compiles a C file of this folder that uses libdarknet, but none of its pictures."""
    subprocess.run(['gcc', *WITH_DARKNET, os.path.join(HERE, source), '-o', program, '-ldarknet', '-lm'], check=True)


class Stock:
    """A program with stock libdarknet that answers each line with one of its own, `= WORDS`."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def ask(self, *words):
        """The answer's words. The library prints to standard output too."""
        self.process.stdin.write(' '.join(map(str, words)) + '\n')
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line.startswith('= '):
                return line[2:].strip()
        return 'the program ended with %s' % self.process.wait()
