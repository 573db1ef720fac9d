"""System calls of a forked process, one after the other: it is killed or stopped at the n-th, or told that it failed.

Those are counted that leave something behind: bytes, names and lengths of files, and what is sent. Linux on
x86_64; elsewhere it says so. What comes after ``over()`` is not counted. Nothing of the portal takes part in it.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import platform
import signal
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

TRACE_ME, POKE_USER, SYSCALL, SET_OPTIONS, CALL_INFO = 0, 6, 24, 0x4200, 0x420E
ALL_THREADS = 0x40000000  # of waitpid
SYS_GOOD, FOLLOW_THREADS, DIE_WITH_ME = 0x1, 0x8, 0x100000
SYS_STOP = signal.SIGTRAP | 0x80
NUMBER, RESULT = 15 * 8, 10 * 8  # where a thread's orig_rax and rax are
OVER = 121  # getpgid, which nothing else here calls
CLOSE, CLOSE_RANGE = 3, 436
EXIT = 2  # as a call's stop is told, of what comes after it
MAKES = os.O_CREAT | os.O_TRUNC

WRITES = {1: "write", 18: "pwrite64", 20: "writev", 296: "pwritev"}
SYNCS = {74: "fsync", 75: "fdatasync"}
SENDS = {44: "sendto", 46: "sendmsg"}
LENGTHS = {77: "ftruncate", 285: "fallocate"}
NAMES = {82: "rename", 264: "renameat", 316: "renameat2", 83: "mkdir", 258: "mkdirat", 84: "rmdir",
         87: "unlink", 263: "unlinkat", 86: "link", 265: "linkat"}  # fmt: skip
OPENS = {2: "open", 257: "openat"}
OF_A_FILE = WRITES | SYNCS | SENDS | LENGTHS
COUNTED = OF_A_FILE | NAMES | OPENS
# What a disk can answer to which calls.
FULL = WRITES | OPENS | NAMES
BROKEN = WRITES | SYNCS | LENGTHS | OPENS | NAMES
READ_ONLY = LENGTHS | OPENS | NAMES

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


class CallInfo(ctypes.Structure):
    """``struct ptrace_syscall_info``, as far as it is of an entry."""

    _fields_ = (
        ("op", ctypes.c_uint8),
        ("pad", ctypes.c_uint8 * 3),
        ("arch", ctypes.c_uint32),
        ("place", ctypes.c_uint64 * 2),
        ("number", ctypes.c_uint64),
        ("given", ctypes.c_uint64 * 6),
        ("more", ctypes.c_uint64),
    )


@dataclass
class Failing:
    """Calls of these fail with ``number``, an errno; ``lasting``: so do those after the n-th."""

    number: int
    calls: dict
    lasting: bool = True


@dataclass
class Traced:
    """How many calls a process came to, by name, and what it said at its end; None where it was killed."""

    calls: Counter = field(default_factory=Counter)
    said: object = None
    failed: int = 0  # calls that were told so

    @property
    def count(self):
        return self.calls.total()


def ptrace(request, process, place=0, value=0):
    if _libc.ptrace(request, process, place, value) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), f"ptrace {request:#x}")


def over():
    """Said by an act: from here on nothing fails, and nothing is counted."""
    os.getpgid(0)


def traced(act, *, at=None, failing=None, meanwhile=None):
    """Do ``act`` in a fork of this process; kill it as its ``at``-th call begins, or let that fail.

    With ``meanwhile`` it is stopped there, goes on when that has been done here, and comes to its end.
    No connection of this process may be open that the act would use.
    """
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise RuntimeError("system calls are counted on Linux and x86_64 alone")
    ours, theirs = os.pipe()
    process = os.fork()
    if not process:
        _live(act, theirs)
    os.close(theirs)
    try:
        told = _Tracer(process, at, failing, meanwhile).follow()
        with os.fdopen(ours, "rb", closefd=False) as end:
            data = end.read()
    finally:
        os.close(ours)
    told.said = pickle.loads(data) if data else None
    assert told.said is not None or at, "the act failed by itself"
    return told


def _live(act, end):
    """The forked process's whole life."""
    try:
        os.setpgid(0, 0)
        ptrace(TRACE_ME, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        os.write(end, pickle.dumps(act()))
        os._exit(0)
    except BaseException:  # noqa: BLE001 - a fork of a test must end here
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(1)


class _Tracer:
    def __init__(self, process, at, failing, meanwhile):
        self.process, self.at, self.failing, self.meanwhile = process, at, failing, meanwhile
        self.told, self.spoiled, self.over = Traced(), set(), False
        self.theirs = set()  # files that were open when the act began

    def follow(self):
        """Until it has ended."""
        os.waitpid(self.process, ALL_THREADS)
        # Asked now that it stands still: a fork lets go of what only the threads that it has not had held.
        self.theirs = {int(each.name) for each in Path(f"/proc/{self.process}/fd").iterdir()}
        ptrace(SET_OPTIONS, self.process, 0, SYS_GOOD | FOLLOW_THREADS | DIE_WITH_ME)
        ptrace(SYSCALL, self.process)
        while True:
            thread, status = os.waitpid(-self.process, ALL_THREADS)
            if os.WIFSTOPPED(status):
                self._go_on(thread, status)
            elif thread == self.process:
                return self.told

    def _go_on(self, thread, status):
        stopped, passed = os.WSTOPSIG(status), 0
        try:
            if stopped == SYS_STOP:
                self._call(thread)
            elif stopped not in {signal.SIGTRAP, signal.SIGSTOP}:
                passed = stopped
            ptrace(SYSCALL, thread, 0, passed)
        except ProcessLookupError:
            return  # it was killed just now

    def _call(self, thread):
        info = CallInfo()
        ptrace(CALL_INFO, thread, ctypes.sizeof(info), ctypes.addressof(info))
        if info.op == EXIT:
            if thread in self.spoiled:
                self.spoiled.remove(thread)
                ptrace(POKE_USER, thread, RESULT, 2**64 - self.failing.number)
            return
        if info.number == CLOSE:  # what is opened under its number is the act's own
            self.theirs.discard(info.given[0])
        if info.number == CLOSE_RANGE:
            self.theirs = {
                each for each in self.theirs if not info.given[0] <= each <= info.given[1]
            }
        if not self._counted(thread, info):
            return
        self.told.calls[COUNTED[info.number]] += 1
        if self.failing is None:
            if self.told.count == self.at:
                self._end_or_wait()
        elif self.told.count == self.at or (self.failing.lasting and self.told.failed):
            ptrace(POKE_USER, thread, NUMBER, 2**64 - 1)
            self.spoiled.add(thread)
            self.told.failed += 1

    def _end_or_wait(self):
        if self.meanwhile is None:
            os.kill(self.process, signal.SIGKILL)
        else:
            self.meanwhile()

    def _counted(self, thread, info):
        """Whether the call leaves something behind, and can fail so."""
        number, given = info.number, info.given
        self.over = self.over or number == OVER
        if self.over or number not in (self.failing.calls if self.failing else COUNTED):
            return False
        if number in OF_A_FILE:
            return given[0] not in self.theirs
        if number not in OPENS:
            return True
        name, flags = given[:2] if number == 2 else given[1:3]
        wanted = MAKES | os.O_WRONLY | os.O_RDWR if self.failing else MAKES
        return bool(flags & wanted) and not self._is_device(thread, name)

    @staticmethod
    def _is_device(thread, name):
        with Path(f"/proc/{thread}/mem").open("rb") as memory:
            memory.seek(name)
            return memory.read(5) == b"/dev/"
