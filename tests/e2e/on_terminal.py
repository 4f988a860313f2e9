"""Programs that write to a terminal: all that comes there, to its end."""
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios

SILENCE = 60  # seconds


def on_terminal(command, stdout=None, leader=False, told=None, columns=0, **how):
    """Standard error is a terminal, and standard output where it is not given; with `leader` it is also the one that the
    program controls; it has `columns` where these are given. told(process, text) is called after each portion. -> (exit status, the text, which is bytes)"""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 24 if columns else 0, columns, 0, 0))

    def take_terminal():
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=slave if stdout is None else stdout, stderr=slave,
                          preexec_fn=take_terminal if leader else None, **how) as run:
        os.close(slave)
        text = b''
        try:
            while select.select([master], [], [], SILENCE)[0]:
                text += os.read(master, 1 << 16)
                if told:
                    told(run, text)
            raise AssertionError('silence after %r' % text[-400:])
        except OSError:  # the last one who had the terminal open is gone
            pass
        finally:
            os.close(master)
        return run.wait(SILENCE), text
