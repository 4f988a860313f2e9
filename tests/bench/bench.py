#!/usr/bin/python3
"""isplit's plan and the best PyTorch can do, side by side.

    tests/bench/bench.py [--rounds N] [--batch N] [--threads N]

For each network the two take turns, so that both see the same machine, and the best of all rounds counts:
milliseconds an image for one forward and one backward pass with the importance of every listed layer. Random
weights and images: timing only. PyTorch's side is peer_gradcam.py beside this file, or the file named by PEER.
"""
import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
PLAN = TOP / 'build' / 'bench_plan'
PEER = os.environ.get('PEER', str(Path(__file__).with_name('peer_gradcam.py')))
NETWORKS = [('VGG16 at 224', 'vgg16', TOP / 'cfg/vgg16.cfg'), ('ResNet-50 at 224', 'resnet50', TOP / 'cfg/resnet50.cfg')]


def output(*command):
    # As the front end does for the worker: threads that wait busily would measure the machine's other load.
    env = dict(os.environ, GOMP_SPINCOUNT='1000')
    run = subprocess.run([str(word) for word in command], env=env, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(f'bench: {command[0]} ended with {run.returncode}: {run.stderr.strip()}')
    return run.stdout


def milliseconds(text):
    return float(re.search(r'([\d.]+) ms/image', text).group(1))


def compare(peer_name, cfg, args):
    """-> (ours, theirs) in ms an image, and the plan's peak memory in MB."""
    ours, theirs, peak = [], [], 0
    for _ in range(args.rounds):
        text = output(PLAN, cfg, args.batch, args.threads, 3)
        ours.append(milliseconds(text))
        peak = int(re.search(r'peak (\d+) MB', text).group(1))
        theirs.append(milliseconds(output('/usr/bin/python3', PEER, peer_name, 224, args.batch, args.threads, 3)))
    return min(ours), min(theirs), peak


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--batch', type=int, default=8)
    parser.add_argument('--threads', type=int, default=os.cpu_count())
    args = parser.parse_args()
    print(f'batch {args.batch}, {args.threads} threads, best of {args.rounds} rounds in turn')
    print(f'{"network":18} {"isplit":>12} {"PyTorch":>12} {"ratio":>7} {"peak":>9}')
    for title, peer_name, cfg in NETWORKS:
        ours, theirs, peak = compare(peer_name, cfg, args)
        print(f'{title:18} {ours:9.1f} ms {theirs:9.1f} ms {theirs / ours:7.2f} {peak:6} MB', flush=True)


if __name__ == '__main__':
    main()
