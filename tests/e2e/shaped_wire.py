#!/usr/bin/python3
"""A wire whose speed changes: starts a tail and carries what goes there and what comes back, so many bytes a second.

    shaped_wire.py COUNT SCHEDULE TAIL...

COUNT     a file to which each frame adds a byte, whichever of several wires it took: all together are one link
SCHEDULE  as in 6:0,8:100000,0:0: for 6 frames no limit, for 8 frames 100,000 bytes a second, and then no limit
"""
import os
import subprocess
import sys
import threading
import time


def rate_of(schedule, frame):
    """Bytes a second for that frame, the first is 0; 0: no limit."""
    for part in schedule.split(','):
        frames, rate = map(int, part.split(':'))
        if frame < frames or frames == 0:
            return rate
        frame -= frames
    return 0


def main():
    count, schedule, tail = sys.argv[1], sys.argv[2], sys.argv[3:]
    child = subprocess.Popen(tail, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    counts = os.open(count, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def there():
        rate = 0
        while some := os.read(0, 4096 if rate else 1 << 16):
            if some.startswith(b'ISF'):  # one image at a time: a frame begins with what is read
                os.write(counts, b'.')
                rate = rate_of(schedule, os.fstat(counts).st_size - 1)
            if rate:
                time.sleep(len(some) / rate)
            child.stdin.write(some)
            child.stdin.flush()
        child.stdin.close()
    threading.Thread(target=there, daemon=True).start()
    while some := os.read(child.stdout.fileno(), 1 << 16):
        os.write(1, some)
    sys.exit(child.wait())


if __name__ == '__main__':
    main()
