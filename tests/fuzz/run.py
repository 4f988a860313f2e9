#!/usr/bin/python3
"""Runs the fuzz targets, as many at a time as there are cores, and ends with a table: executions, coverage, seconds.

    tests/fuzz/run.py --build build/fuzz [--seconds N] [--executions N] [TARGET...]

Inputs that reach new code are kept in BUILD/corpus/TARGET, those that end a program in BUILD/crashes/TARGET-*. Exit
status 1 where there was one.
"""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
FLAGS = (f'-dict={HERE}/words.dict', '-print_final_stats=1', '-timeout=20', '-rss_limit_mb=2500', '-malloc_limit_mb=1500')
LONGEST = {'image': 20000, 'store': 60, 'cfg': 8000, 'connection': 12000, 'session': 6000, 'classes': 300, 'text': 600,
           'subsets': 800, 'list': 1000}  # bytes; else 4096
CURRENT = ('front', 'worker')  # whose seeds are messages as the program writes them
ENVIRONMENT = {
    'ASAN_OPTIONS': 'detect_leaks=1:allocator_may_return_null=1:quarantine_size_mb=1:thread_local_quarantine_size_kb=64',
    'LSAN_OPTIONS': f'suppressions={TOP}/tests/leaks.supp:print_suppressions=0',
    'UBSAN_OPTIONS': 'print_stacktrace=1',
    'OMP_NUM_THREADS': '1',
}


def last_number(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def run_target(build, target, args, shared):
    """-> (executions, edges, seconds, the output of a program that was ended, or None)"""
    corpus, seeds = build / 'corpus' / target, build / 'seeds' / target
    corpus.mkdir(parents=True, exist_ok=True)
    (build / 'crashes').mkdir(exist_ok=True)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        command = [build / f'fuzz_{target}', *FLAGS, f'-max_total_time={args.seconds}', f'-seed={args.seed}',
                   f'-runs={args.executions}', f'-max_len={LONGEST.get(target, 4096)}',
                   f'-artifact_prefix={build}/crashes/{target}-', corpus, seeds]
        done = subprocess.run([str(word) for word in command], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, env={**os.environ, **ENVIRONMENT, 'FUZZ_FOLDER': folder}, check=False)
    text = done.stderr.decode(errors='replace')
    executions = last_number(r'stat::number_of_executed_units: +(\d+)', text) or last_number(r'^#(\d+)', text)
    return executions, last_number(r'cov: (\d+)', text), time.monotonic() - begin, text if done.returncode else None


def refused_seed(build, target, shared):
    """What a target says of seeds that the program would no longer write; '' where all are as today."""
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        done = subprocess.run([build / f'fuzz_{target}', build / 'seeds' / target / 'made-0'], cwd=folder, stdin=subprocess.DEVNULL,
                              capture_output=True, check=False, env={**os.environ, **ENVIRONMENT, 'FUZZ_FOLDER': folder, 'FUZZ_SEEDS': '1'})
    return done.stderr.decode(errors='replace') if done.returncode else ''


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', default='build/fuzz')
    parser.add_argument('--seconds', type=int, default=60)
    parser.add_argument('--seed', type=int, default=0, help='0: another one each time')
    parser.add_argument('--executions', type=int, default=-1, help='at the most')
    parser.add_argument('--jobs', type=int, default=len(os.sched_getaffinity(0)), help='targets at a time')
    parser.add_argument('targets', nargs='*')
    args = parser.parse_args()
    build = (TOP / args.build).resolve()
    known = sorted(path.stem[5:] for path in HERE.glob('fuzz_*.c'))
    unknown = set(args.targets) - set(known)
    if unknown:
        parser.error(f'no target {", ".join(sorted(unknown))} (expected {", ".join(known)})')
    subprocess.run([sys.executable, HERE / 'seeds.py', build / 'seeds'], check=True)
    shared = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None
    for target in set(args.targets or known) & set(CURRENT):
        if said := refused_seed(build, target, shared):
            sys.exit(f'a seed of {target} is refused:\n' + '\n'.join(said.splitlines()[:8]))
    ended = 0
    print('| target | executions | coverage (edges) | seconds |\n|---|---|---|---|')
    targets = args.targets or known
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for target, result in zip(targets, pool.map(lambda name: run_target(build, name, args, shared), targets)):
            executions, edges, seconds, output = result
            print(f'| {target} | {executions:,} | {edges:,} | {seconds:.0f} |', flush=True)
            if output:
                ended += 1
                print('\n'.join(output.splitlines()[-60:]), flush=True)
    print(f'{ended} of {len(targets)} targets found something' if ended else 'nothing found')
    return 1 if ended else 0


if __name__ == '__main__':
    sys.exit(main())
