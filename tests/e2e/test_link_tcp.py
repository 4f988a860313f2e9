#!/usr/bin/python3
"""`isplit link` against real TCP: two network namespaces, joined by a wire of our own (a TUN device on each side
and a relay that keeps the time, bandwidth and loss of the link; the kernel's netem is missing in many a kernel)."""
import contextlib
import csv
import ctypes
import fcntl
import heapq
import io
import os
import random
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

PROGRAM = Path(os.environ.get('ISPLIT', './isplit')).resolve()
TOP = Path(__file__).resolve().parents[2]
# A connection as standard streams, both ways, each to its own end.
RELAY = '''import os, socket, sys, threading
link = socket.create_connection((sys.argv[1], int(sys.argv[2])))
link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
def there():
    while some := os.read(0, 1 << 16):
        link.sendall(some)
    link.shutdown(socket.SHUT_WR)
threading.Thread(target=there, daemon=True).start()
while some := link.recv(1 << 16):
    os.write(1, some)
os._exit(0)
'''
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
CONTROL_PACKET = 200  # acknowledgements are smaller: they are never lost


def namespaces_work():
    if os.geteuid() != 0 or not os.path.exists('/dev/net/tun') or not shutil.which('ip'):
        return False
    name = f'isplit-{os.getpid()}'
    made = subprocess.run(['ip', 'netns', 'add', name], capture_output=True, check=False).returncode == 0
    if made:
        subprocess.run(['ip', 'netns', 'del', name], check=False)
    return made


def enter(namespace):
    """This thread alone."""
    with open(f'/run/netns/{namespace}', 'rb') as file:
        if LIBC.setns(file.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), 'setns')


def in_namespace(namespace, work):
    """work() in a thread of its own; its result."""
    result = []

    def run():
        enter(namespace)
        result.append(work())
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return result[0]


def tun(mine, other):
    device = os.open('/dev/net/tun', os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, b'wire'.ljust(16, b'\0') + (IFF_TUN | IFF_NO_PI).to_bytes(2, 'little') + bytes(22))
    for command in ('ip link set wire mtu 1500 up', f'ip addr add {mine} peer {other} dev wire'):
        subprocess.run(command.split(), check=True)
    return device


class Wire(threading.Thread):
    """Carries packets between two TUN devices: at most `bits` a second each way, half a round trip later."""
    def __init__(self, ends, bits, rtt, loss):
        super().__init__(daemon=True)
        self.ends, self.bits, self.rtt, self.loss = ends, bits, rtt, loss
        self.random = random.Random(1)
        self.stop = False

    def run(self):
        waiting, free, count = [], dict.fromkeys(self.ends, 0.0), 0
        while not self.stop:
            while waiting and waiting[0][0] <= time.monotonic():
                _, _, device, packet = heapq.heappop(waiting)
                os.write(device, packet)
            pause = waiting[0][0] - time.monotonic() if waiting else 0.1
            for device in select.select(self.ends, [], [], max(0, pause))[0]:
                packet = os.read(device, 65536)
                free[device] = max(time.monotonic(), free[device]) + 8 * len(packet) / self.bits
                if len(packet) > CONTROL_PACKET and self.random.random() < self.loss:
                    continue
                count += 1
                other = self.ends[1 - self.ends.index(device)]
                heapq.heappush(waiting, (free[device] + self.rtt / 2, count, other, packet))


@unittest.skipUnless(namespaces_work(), 'network namespaces and TUN devices need root')
class RealTcp(unittest.TestCase):
    NAMES = [f'isplit-{side}-{os.getpid()}' for side in 'ab']
    ADDRESSES = ['10.99.0.1', '10.99.0.2']

    def setUp(self):
        with contextlib.suppress(OSError):  # before all that computes: a packet that waits for a core has another round trip
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        for name in self.NAMES:
            subprocess.run(['ip', 'netns', 'add', name], check=True)
            self.addCleanup(subprocess.run, ['ip', 'netns', 'del', name], check=False)

    def wire(self, bits, rtt, loss):
        ends = [in_namespace(name, lambda a=address, b=other: tun(a, b))
                for name, address, other in zip(self.NAMES, self.ADDRESSES, reversed(self.ADDRESSES))]
        wire = Wire(ends, bits, rtt, loss)
        wire.start()
        self.addCleanup(lambda: (setattr(wire, 'stop', True), wire.join(), [os.close(end) for end in ends]))

    def transfer(self, size):
        """Seconds from the first byte sent over a new connection to the last one there."""
        def listen():
            server = socket.socket()
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind((self.ADDRESSES[1], 5000))
            server.listen(1)
            return server
        server = in_namespace(self.NAMES[1], listen)

        def connect():
            client = socket.socket()
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b'reno')  # what the formula is for
            client.connect((self.ADDRESSES[1], 5000))
            return client
        with server, in_namespace(self.NAMES[0], connect) as client, server.accept()[0] as peer:
            time.sleep(0.1)
            begin = time.monotonic()
            threading.Thread(target=client.sendall, args=(bytes(size),)).start()
            left = size
            while left > 0:
                left -= len(peer.recv(1 << 20))
            return time.monotonic() - begin

    def expected(self, mbit_s, rtt, loss, size):
        link = f'bandwidth={mbit_s},rtt={rtt},loss={loss},mtu=1500,header=52,slow_start=1'
        run = subprocess.run([PROGRAM, 'link', link, str(size)], capture_output=True, text=True, check=True)
        return float(next(csv.DictReader(io.StringIO(run.stdout)))['send_ms']) / 1000

    def compare(self, mbit_s, rtt, loss, size, tolerance):
        """A busy machine delays packets: the best of some tries counts."""
        self.wire(mbit_s * 1e6, rtt / 1000, loss)
        expected = self.expected(mbit_s, rtt, loss, size)
        found = []
        for _ in range(20):
            found.append(self.transfer(size) / expected)
            if abs(found[-1] - 1) <= tolerance:
                return
        self.fail(f'{size} bytes at {mbit_s} Mbit/s, {rtt} ms, loss {loss}: {found} times the {expected:.3f} s expected')

    def serve(self, *words):
        """Starts a program for each connection on the other side, with the connection as its standard streams; -> the command
        that connects."""
        def listen():
            server = socket.socket()
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind((self.ADDRESSES[1], 5001))
            server.listen(5)
            return server
        server = in_namespace(self.NAMES[1], listen)

        def accept():
            while True:
                try:
                    with server.accept()[0] as peer:
                        with subprocess.Popen(words, stdin=peer, stdout=peer, stderr=subprocess.DEVNULL):
                            pass
                except OSError:
                    return
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        self.addCleanup(lambda: (server.shutdown(socket.SHUT_RDWR), server.close(), thread.join(10)))
        relay = tempfile.NamedTemporaryFile('w', suffix='.py')
        self.addCleanup(relay.close)
        relay.write(RELAY)
        relay.flush()
        return f'exec {sys.executable} {relay.name} {self.ADDRESSES[1]} 5001'

    def run_here(self, *words):
        """The program in the first namespace."""
        run = in_namespace(self.NAMES[0], lambda: subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=False,
                                                                 timeout=300))
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def test_measured_and_run(self):
        """The link that isplit link --measure finds is the wire's, and with it the plan says how long tensor and answer take in
        isplit run; of both the best of some tries counts, since a busy machine delays packets."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        halves, links, table = (os.path.join(folder.name, name) for name in ('halves', 'links', 'run.csv'))
        subprocess.run([PROGRAM, 'split', TOP / 'cfg/letters.data', '--at', 'block4_pool', '-o', halves, '--check', '1'],
                       stdout=subprocess.DEVNULL, check=True)
        self.wire(16e6, 0.04, 0)
        command = self.serve(PROGRAM.parent / 'isplit-half', 'tail', halves)
        off = []
        while len(off) < 5 and not (off and max(off[-1]) <= 0.2):
            measured, = csv.DictReader(io.StringIO(self.run_here('link', '--measure', command, '--save', 'wire', '--links', links)))
            off.append((abs(float(measured['bandwidth_mbit_s']) / 16 - 1), abs(float(measured['rtt_ms']) / 40 - 1)))
        self.assertLessEqual(max(off[-1]), 0.2, off)
        ratios = []
        while len(ratios) < 5 and not (ratios and abs(ratios[-1] - 1) <= 0.2):
            self.run_here('run', halves, '-d', TOP / 'tests/samples/letters', '-n', '12', '--no-pipeline', '--no-whole', '--to', command,
                          '--link', 'wire', '--links', links, '-o', table)
            with open(table, encoding='utf-8', newline='') as file:
                found = {row['measure']: row for row in csv.DictReader(file)}
            self.assertEqual(found['total']['images'], '12')
            took, planned = (sum(float(found[stage][column]) for stage in ('wire', 'answer')) for column in ('value', 'plan'))
            ratios.append(took / planned)
        self.assertLessEqual(abs(ratios[-1] - 1), 0.2, ratios)

    def test_bandwidth(self):
        self.compare(10, 20, 0, 400_000, 0.1)

    def test_round_trip(self):
        self.compare(2, 200, 0, 10_000, 0.1)

    def test_slow_start(self):
        """Three rounds of waiting; without them it would take half as long."""
        self.compare(20, 80, 0, 150_000, 0.15)

    def test_loss(self):
        """Loss is what bounds the rate here: 3.7 of 20 Mbit/s."""
        self.compare(20, 40, 0.01, 2_000_000, 0.25)


if __name__ == '__main__':
    unittest.main()
