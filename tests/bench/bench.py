#!/usr/bin/python3
"""isplit's plan, the best PyTorch can do, and the bound that oneDNN's primitives set, side by side.

    tests/bench/bench.py [--quick] [--rounds N] [--threads N] [NAME...]

For each network (or those whose title holds a NAME) isplit and PyTorch take turns, so that both see the same
machine, and the best of all rounds counts: milliseconds an image for one forward and one backward pass with the
importance of every listed layer. Random weights and images: timing only. The bound is the sum of the best single
primitive time of each convolution and connected layer, forward and backward-data, at the same batch, timed in
isplit's process in turn with the passes and as often; share is how much of isplit's time that is. Each primitive has
buffers of its own and is run twice in a row: the first time (cold) all the others' data have gone through the caches
since it ran last, as in a pass; the second (bound) they are as warm as they can be. Peak is the most memory each
process held. The bf16 row, where the processor has it, stands against the same PyTorch in float.

PyTorch's side is peer_gradcam.py beside this file, or the file named by PEER, with the settings that made it fastest:
its allocator keeps what is freed and asks for huge pages (else a pass spends up to a third of its time in page faults),
its OpenMP threads wait as they like.
"""
import argparse
import os
import re
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple, Optional

TOP = Path(__file__).resolve().parent.parent.parent
PLAN = Path(os.environ.get('BENCH_GRAPH', TOP / 'build/bench_graph'))
PROGRAM = Path(os.environ.get('ISPLIT', TOP / 'isplit')).absolute()
PEER = os.environ.get('PEER', str(Path(__file__).with_name('peer_gradcam.py')))
LETTERS = TOP / 'tests/samples/letters'
VGG16 = TOP / 'cfg/vgg16.cfg'


# As the front end does for the worker: threads that wait busily would measure the machine's other load. Huge pages
# are for the bound's buffers, since the plan's own are on them.
OURS = {'GOMP_SPINCOUNT': '1000', 'GLIBC_TUNABLES': 'glibc.malloc.hugetlb=1'}
THEIRS = {'GLIBC_TUNABLES': f'glibc.malloc.hugetlb=1:glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold={1 << 40}'}


class Case(NamedTuple):
    title: str
    cfg: Path
    size: Optional[int]  # instead of the cfg's own
    batch: int
    peer: Optional[str]  # its name for the peer, or None: the peer does not know it
    bf16: bool = False   # as well


CASES = [Case('VGG16 at 224', VGG16, None, 8, 'vgg16'),
         Case('ResNet-50 at 224', TOP / 'cfg/resnet50.cfg', None, 8, 'resnet50', bf16=True),
         Case('VGG16 at 64', VGG16, 64, 32, 'vgg16'),
         Case('Tiny Darknet', Path('/usr/share/darknet/cfg/tiny.cfg'), None, 8, None),
         Case('demo (letters)', TOP / 'cfg/letters-vgg16.cfg', None, 32, None)]


def output(settings, *command):
    """What the command prints, and the most memory it held, in MB."""
    with subprocess.Popen([str(word) for word in command], env=dict(os.environ, **settings), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True) as run:
        text = run.stdout.read()
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode:
        sys.exit(f'bench: {command[0]} ended with {run.returncode}: {text.strip()}')
    return text, used.ru_maxrss * 1024 / 1e6


def number(pattern, text):
    return float(re.search(pattern, text).group(1))


def cfg_of(case, folder):
    """The cfg's path, with another input size where the case asks for one."""
    if not case.size:
        return case.cfg
    path = Path(folder) / f'{case.cfg.stem}-{case.size}.cfg'
    path.write_text(re.sub(r'(?m)^(width|height)=\d+', rf'\g<1>={case.size}', case.cfg.read_text()))
    return path


class Result(NamedTuple):
    """The best of all rounds: milliseconds an image, and MB."""
    time: float
    peak: float
    bound: Optional[float] = None
    cold: Optional[float] = None


def measure_ours(options, cfg, case, args):
    text, _ = output(OURS, PLAN, '--bound', *options, cfg, case.batch, args.threads, args.runs)
    return Result(number(r'^([\d.]+) ms/image', text), number(r'peak (\d+) MB', text),
                  number(r'bound ([\d.]+)', text), number(r'cold ([\d.]+) ms/image', text))


def measure_theirs(case, args):
    text, peak = output(THEIRS, '/usr/bin/python3', PEER, case.peer, case.size or 224, case.batch, args.threads, args.runs)
    return Result(number(r'([\d.]+) ms/image', text), peak)


def best(results):
    if not results:
        return None
    times, peaks, bounds, colds = zip(*results)
    if bounds[0] is None:
        return Result(min(times), max(peaks))
    return Result(min(times), max(peaks), min(bounds), min(colds))


def measure(case, cfg, args):
    """Ours, ours in bf16 and theirs, in turn; None where there is no such thing."""
    ours, halves, theirs = [], [], []
    for _ in range(args.rounds):
        ours.append(measure_ours([], cfg, case, args))
        if case.bf16 and has_bf16():
            halves.append(measure_ours(['--bf16'], cfg, case, args))
        if case.peer:
            theirs.append(measure_theirs(case, args))
    return best(ours), best(halves), best(theirs)


HEAD = """                             isplit           PyTorch                 bound           cold           peak MB
network            batch    ms    im/s       ms    im/s  ratio       ms share       ms share   isplit PyTorch"""


def row(title, batch, ours, theirs):
    other, peak = f'{"-":>8} {"-":>7} {"-":>6}', '-'
    if theirs:
        other, peak = f'{theirs.time:8.1f} {1000 / theirs.time:7.1f} {theirs.time / ours.time:6.2f}', f'{theirs.peak:.0f}'
    return (f'{title:18} {batch:5} {ours.time:6.2f} {1000 / ours.time:6.1f} {other} '
            f'{ours.bound:8.2f} {100 * ours.bound / ours.time:3.0f} % {ours.cold:8.2f} {100 * ours.cold / ours.time:3.0f} % '
            f'{ours.peak:8.0f} {peak:>7}')


def write_weights(path, numbers):
    """A weights file of small numbers: a million of them, over and over."""
    million = struct.pack('<1000000f', *((i * 7919 % 1000 / 1e3 - .5) * .03 for i in range(10 ** 6)))
    with open(path, 'wb') as file:
        file.write(struct.pack('<iiiQ', 0, 2, 0, 0))
        for first in range(0, numbers, 10 ** 6):
            file.write(million[:4 * min(10 ** 6, numbers - first)])


def worker_peak(pid):
    """VmHWM of the worker that the program with this pid has started, in MB; 0 where there is none."""
    try:
        child = Path(f'/proc/{pid}/task/{pid}/children').read_text().split()[0]
        return int(re.search(r'VmHWM:\s*(\d+)', Path(f'/proc/{child}/status').read_text()).group(1)) * 1024 / 1e6
    except (OSError, IndexError, AttributeError):
        return 0


def whole_run(folder):
    """A real run of VGG16 at 224 from its weights file at the default batch: seconds and the worker's peak."""
    weights, labels = Path(folder) / 'vgg16.weights', Path(folder) / 'labels'
    write_weights(weights, 138357544)
    names = sorted(entry.name for entry in LETTERS.iterdir() if entry.is_dir())
    labels.write_text('\n'.join(names + [f'other{i}' for i in range(1000 - len(names))]))
    start, peak = time.monotonic(), 0
    with subprocess.Popen([PROGRAM, 'curve', VGG16, weights, '-d', LETTERS, '--no-store', '--labels', labels,
                           '-n', '20', '-o', Path(folder) / 'curve.csv'], stderr=subprocess.DEVNULL) as run:
        while run.poll() is None:
            peak = max(peak, worker_peak(run.pid))
            time.sleep(.02)
    if run.returncode:
        sys.exit(f'bench: {PROGRAM} ended with {run.returncode}')
    return time.monotonic() - start, peak


def machine():
    model = re.search(r'model name\s*:\s*(.*)', Path('/proc/cpuinfo').read_text())
    return f'{model.group(1) if model else "unknown processor"}, {os.cpu_count()} cores'


def has_bf16():
    return re.search(r'\bavx512_bf16\b', Path('/proc/cpuinfo').read_text()) is not None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--quick', action='store_true',
                        help='one round of few runs at half the batch, nothing from a weights file')
    parser.add_argument('--rounds', type=int)
    parser.add_argument('--runs', type=int)
    parser.add_argument('--threads', type=int, default=os.cpu_count())
    parser.add_argument('names', nargs='*')
    args = parser.parse_args()
    args.rounds = args.rounds or (1 if args.quick else 3)
    args.runs = args.runs or (2 if args.quick else 5)
    print(f'{machine()}; {args.threads} threads, best of {args.rounds} rounds of {args.runs} runs in turn; ms an image')
    print(HEAD)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            if not case.cfg.exists() or (args.names and not any(name in case.title for name in args.names)):
                continue
            if args.quick:
                case = case._replace(batch=case.batch // 2)
            ours, halves, theirs = measure(case, cfg_of(case, folder), args)
            print(row(case.title, case.batch, ours, theirs), flush=True)
            if halves:
                print(row('  in bf16', case.batch, halves, theirs), flush=True)
        if not args.quick and not args.names:
            seconds, peak = whole_run(folder)
            print(f'isplit curve, VGG16 at 224, 20 images, default batch: {seconds:.1f} s, the worker at most {peak:.0f} MB')
    print(f'{time.monotonic() - begun:.0f} s in all')


if __name__ == '__main__':
    main()
