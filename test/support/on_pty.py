"""Runs a program on a pseudo-terminal of a given size: on_pty.py COLUMNS ROWS PROGRAM [ARGUMENT ...]

What is read on standard input is typed there; what the program shows is written to standard output. The line HANG-UP
closes the terminal. Ends as the program ends; 128 + n when signal n ended it.
"""
import fcntl
import os
import pty
import select
import struct
import sys
import termios

columns, rows, *program = sys.argv[1:]
child, master = pty.fork()
if child == 0:
    size = struct.pack("HHHH", int(rows), int(columns), 0, 0)
    fcntl.ioctl(0, termios.TIOCSWINSZ, size)
    os.execvp(program[0], program)

typed = 0
while True:
    ready, _, _ = select.select([master, typed] if typed is not None else [master], [], [])
    if typed in ready:
        keys = os.read(typed, 65536)
        if keys == b"HANG-UP\n":
            break
        if keys:
            os.write(master, keys)
        else:
            typed = None
    if master in ready:
        try:
            shown = os.read(master, 65536)
        except OSError:
            break
        if not shown:
            break
        os.write(1, shown)
os.close(master)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
sys.exit(128 - code if code < 0 else code)
