"""Runs one command and reports its time and memory: a script of its own, run without site.

What the system reports as a child's peak memory is never below that of its parent at the fork, so
the parent has to be small: this file imports what is built into the interpreter and nothing else.

Usage: launch.py REPORT COMMAND…, where REPORT is the number of an open descriptor; it gets a line
with nanoseconds, peak resident memory as the system counts it, and the exit code.
"""

import os
import sys
import time

if __name__ == "__main__":
    report, *command = sys.argv[1:]
    os.set_inheritable(int(report), False)
    start = time.perf_counter_ns()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    end = time.perf_counter_ns()
    line = f"{end - start} {usage.ru_maxrss} {os.waitstatus_to_exitcode(status)}\n"
    os.write(int(report), line.encode())
