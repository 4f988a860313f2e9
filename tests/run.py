#!/usr/bin/python3
"""Runs every test and ends with one line: N passed, M failed, K skipped.

    tests/run.py --build DIR --bin DIR [--sanitized] [--jobs N] [--repeat N] [NAME...]

Unit tests are the programs DIR/tests/test_*; end-to-end tests are tests/e2e/test_*.py and tests/reference/test_*.py,
which find the program through the environment variable ISPLIT. With NAMES only the tests whose file name holds one of
them run. As many compute at a time as there are cores, and as many of those that wait (WAITING) beside them; where one kind is
done, more of the other. The longest begin first, as the last run of DIR took them. The lines stand in the order of the
names; the output of a test is shown when it fails.
"""
import argparse
import atexit
import collections
import concurrent.futures
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
TIMEOUT = 1800  # seconds; a test that takes longer hangs

# Wait most of the time: for a terminal, a worker that is slow on purpose, a lock. They run beside those that compute,
# which yield to them (NICE), so that they have the machine for themselves whenever they want something of it.
WAITING = ('test_screen_store.py', 'test_store.py', 'test_screen_bytes.py', 'test_faults_files.py', 'test_screen.py',
           'test_faults_world.py', 'test_screen_worker.py', 'test_screen_files.py', 'test_profile.py', 'test_store_kill.py',
           'test_faults_terminal.py', 'test_screen_plan.py', 'test_from.py', 'test_workers.py', 'test_faults.py',
           'test_screen_evaluate.py', 'test_stable.py', 'test_link_tcp.py', 'test_run.py', 'test_halves.py', 'test_adapt.py',
           'test_screen_graphics.py', 'test_profile', 'test_connection', 'test_row_cache')
NICE = 10

# Read the sources and run no program: once is enough, without the sanitizers.
OF_SOURCES = ('test_rooms.py', 'test_sizes.py')

# Load PyTorch, as those in tests/reference do: children of a process that has it (nursery.py).
WITH_TORCH = ('test_numbers.py', 'test_forks.py')

# Started first, because the last to end is waited for; where the last run has not left how long each took (SECONDS).
LONG = ('test_numbers.py', 'test_features.py', 'test_memory.py', 'test_training.py', 'test_retrain.py', 'test_limits.py',
        'test_bottleneck_nets.py', 'test_split_nets.py', 'test_trapped.py', 'test_screen_frames.py', 'test_evaluate.py',
        'test_gradients', 'test_bottleneck.py', 'test_onnx.py', 'test_memory_model.py', 'test_actions', 'test_stopping',
        'test_reference.py', 'test_heatmap.py', 'test_split.py', 'test_frontend.py', 'test_race_errors', 'test_runtimes.py',
        'test_forward', 'test_docs.py', 'test_study.py', *WAITING)
SECONDS = 'tests-seconds.json'  # in DIR: {name: seconds}


def counts_of_cmocka(output):
    passed = sum(map(int, re.findall(r'\[  PASSED  \] (\d+) test', output)))
    failed = sum(map(int, re.findall(r'^ *(\d+) FAILED TEST', output, re.M)))
    skipped = sum(map(int, re.findall(r'\[  SKIPPED \] (\d+) test', output)))
    return passed, failed, skipped


def counts_of_unittest(output):
    ran = sum(map(int, re.findall(r'^Ran (\d+) test', output, re.M)))
    verdict = re.findall(r'^(?:OK|FAILED)(?: \((.*)\))?$', output, re.M)
    numbers = dict(part.split('=') for text in verdict for part in text.split(', ') if '=' in part)
    failed = int(numbers.get('failures', 0)) + int(numbers.get('errors', 0))
    skipped = int(numbers.get('skipped', 0))
    return ran - failed - skipped, failed, skipped


def environment(args):
    # No test reads or writes the user's folders; timed choices of algorithms are shared by the tests of one run.
    own = tempfile.mkdtemp(prefix='isplit-tests-')
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    env = dict(os.environ, XDG_CACHE_HOME=own, XDG_CONFIG_HOME=f'{own}/config', XDG_STATE_HOME=f'{own}/state',
               ISPLIT=str((TOP / args.bin / 'isplit').resolve()),
               ISPLIT_BUILD=str((TOP / args.build).resolve()),
               LC_ALL='C.UTF-8', TERM='xterm-256color',
               PATH='/usr/bin:' + os.environ['PATH'])  # Debian's python3, not a wrapper of another
    # Threads that wait by spinning take the core from the test that runs beside.
    env.setdefault('GOMP_SPINCOUNT', '0')
    # For the reference: threads of PyTorch and of its BLAS; each program has its part of the cores.
    env['ISPLIT_TORCH_THREADS'] = env['OPENBLAS_NUM_THREADS'] = str(max(1, cores() // args.jobs))
    if args.sanitized:
        env['ISPLIT_SANITIZED'] = '1'
        # What libraries keep until exit is not ours: libdarknet and the OpenMP runtime.
        env['ASAN_OPTIONS'] = 'detect_leaks=1:abort_on_error=0:allocator_may_return_null=1'
        env['LSAN_OPTIONS'] = f'suppressions={TOP}/tests/leaks.supp:print_suppressions=0'
        env['UBSAN_OPTIONS'] = 'print_stacktrace=1'
    return env


class Nursery:
    """The process of nursery.py, begun when it is asked for the first time."""

    def __init__(self, env):
        self.env, self.process, self.lock = env, None, threading.Lock()

    def ask(self, message, files):
        with self.lock:
            if not self.process:
                self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                with theirs:
                    self.process = subprocess.Popen(['/usr/bin/python3', TOP / 'tests/nursery.py'], cwd=TOP, env=self.env, stdin=theirs)
            socket.send_fds(self.socket, [json.dumps(message).encode()], files)

    def run(self, script, nice, said):
        """-> (exit status, seconds of processors)"""
        mine, theirs = socket.socketpair()
        with theirs:
            self.ask([script, nice], [said.fileno(), theirs.fileno()])
        with mine, mine.makefile(encoding='ascii') as told, deadline(int(told.readline())):
            return json.loads(told.readline())

    def close(self):
        if self.process:
            self.socket.close()
            self.process.wait()


@contextlib.contextmanager
def deadline(pid):
    late = threading.Timer(TIMEOUT, os.kill, (pid, signal.SIGKILL))
    late.start()
    try:
        yield
    finally:
        late.cancel()


def run_program(command, env, nice, said):
    """-> (exit status, seconds of processors)"""
    if nice:
        command = ['nice', '-n', str(nice), *command]
    child = subprocess.Popen(command, cwd=TOP, env=env, stdout=said, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    with deadline(child.pid):
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, usage.ru_utime + usage.ru_stime


def loads_torch(script):
    return script.parent.name == 'reference' or script.name in WITH_TORCH


def run_one(test, env, nursery, nice=0):
    """-> (passed, failed, skipped, output, seconds, of processors); a test that ends badly without a count is one failure."""
    _, command, counts = test
    begin = time.monotonic()
    with tempfile.TemporaryFile() as said:
        if loads_torch(Path(command[-1])):
            code, busy = nursery.run(command[-1], nice, said)
        else:
            code, busy = run_program(command, env, nice, said)
        said.seek(0)
        output, seconds = said.read().decode(errors='replace'), time.monotonic() - begin
    if seconds >= TIMEOUT:
        output += '\ntimed out\n'
    passed, failed, skipped = counts(output)
    if code != 0 and failed == 0:
        failed = 1
    if code == 0 and passed + skipped == 0:
        failed = 1
    return passed, failed, skipped, output, seconds, busy


def tests_of(args):
    for program in sorted((TOP / args.build / 'tests').glob('test_*')):
        if os.access(program, os.X_OK) and program.suffix == '':
            yield program.name, [str(program)], counts_of_cmocka
    scripts = sorted((TOP / 'tests/e2e').glob('test_*.py'))
    if args.sanitized:
        scripts = [script for script in scripts if script.name not in OF_SOURCES]
    else:  # what checks the reference itself runs no program of ours
        scripts += sorted((TOP / 'tests/reference').glob('test_*.py'))
    for script in scripts:
        yield script.name, ['/usr/bin/python3', str(script)], counts_of_unittest


def cores():
    return len(os.sched_getaffinity(0))


def report(name, result):
    passed, failed, skipped, output, seconds, busy = result
    print(f'{name:28} {passed:4} passed {failed:3} failed {skipped:3} skipped  {seconds:6.1f} s {busy:6.1f} CPU s', flush=True)
    if failed:
        print(output, flush=True)
    return passed, failed, skipped


def seconds_of(args):
    """How long each test took when it ran last: {name: seconds}, by which the long ones are known."""
    try:
        with open(TOP / args.build / SECONDS, encoding='utf-8') as file:
            return {name: float(seconds) for name, seconds in json.load(file).items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def keep_seconds(args, seconds):
    path = TOP / args.build / SECONDS
    with open(f'{path}.new', 'w', encoding='utf-8') as file:
        json.dump(dict(sorted(seconds.items())), file, indent=0)
    os.replace(f'{path}.new', path)


def run_all(tests, env, jobs, seconds):
    """The result of each test, name by name. Those that took longest in `seconds` begin first."""
    def turn(test):
        listed = LONG.index(test[0]) if test[0] in LONG else len(LONG)
        return -seconds.get(test[0], len(LONG) - listed), listed

    def work(queues):
        for tests, nice in queues:
            with contextlib.suppress(IndexError):
                while True:
                    test, future = tests.popleft()
                    try:
                        future.set_result(run_one(test, env, nursery, nice))
                    except BaseException as error:  # pylint: disable=broad-exception-caught
                        future.set_exception(error)

    ordered = [(test, concurrent.futures.Future()) for test in sorted(tests, key=turn)]
    waiting = collections.deque(one for one in ordered if one[0][0] in WAITING), 0
    computing = collections.deque(one for one in ordered if one[0][0] not in WAITING), NICE
    # When nothing waits any more, one that computes is added: none of them computes all the time.
    kinds = [(computing, waiting)] * jobs + [(waiting, computing)] + [(waiting,)] * (jobs - 1)
    with contextlib.closing(Nursery(env)) as nursery, concurrent.futures.ThreadPoolExecutor(len(kinds)) as pool:
        for queues in kinds:
            pool.submit(work, queues)
        try:
            for test, future in sorted(ordered, key=lambda one: one[0][0]):
                yield test[0], future.result()
        finally:
            waiting[0].clear()
            computing[0].clear()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', default='build')
    parser.add_argument('--bin', default='.')
    parser.add_argument('--sanitized', action='store_true')
    parser.add_argument('--jobs', type=int, default=cores(),
                        help='tests that compute at a time, and as many that wait (default: the number of cores)')
    parser.add_argument('--repeat', type=int, default=1, help='each test so often')
    parser.add_argument('names', nargs='*')
    args = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # tests send it; in the background it may be ignored,
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # and so may this, under nohup
    env = environment(args)
    begin, busy = time.monotonic(), 0
    tests = [test for test in tests_of(args) if not args.names or any(word in test[0] for word in args.names)]
    total, before, took = [0, 0, 0], seconds_of(args), {}
    for name, result in run_all([list(test) for _ in range(args.repeat) for test in tests], env, args.jobs, before):
        total = [a + b for a, b in zip(total, report(name, result))]
        busy += result[5]
        took[name] = max(took.get(name, 0), round(result[4], 1))  # two have one name
    keep_seconds(args, {**before, **took})
    print(f'{time.monotonic() - begin:.0f} s with {args.jobs} at a time, {busy:.0f} CPU s')
    print(f'{total[0]} passed, {total[1]} failed, {total[2]} skipped')
    return 1 if total[1] or not total[0] else 0


if __name__ == '__main__':
    sys.exit(main())
