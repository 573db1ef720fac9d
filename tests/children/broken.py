"""What native code would try that has taken a decoder over: by calls of the system, past Python's own guards."""

import ctypes
import errno
import os
import platform
import threading

AT_CWD, READ, MAKE = -100, os.O_RDONLY, os.O_WRONLY | os.O_CREAT
STACK = b"\0" * 64
# Linux's numbers: x86-64, and those that arm64 shares with all newer machines.
X86 = platform.machine() == "x86_64"
NUMBERS = {
    "openat": (257, 56),
    "socket": (41, 198),
    "clone": (56, 220),
    "execve": (59, 221),
    "kill": (62, 129),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "setuid": (105, 146),
    "unshare": (272, 97),
    "mount": (165, 40),
    "memfd_create": (319, 279),
    "pidfd_open": (434, 434),
    "io_uring_setup": (425, 425),
    "userfaultfd": (323, 282),
    "bpf": (321, 280),
    "keyctl": (250, 219),
}
SIGCHLD, CLONE_NEW_USER, ATTACH = 17, 0x10000000, 16
INET, UNIX, STREAM = 2, 1, 1


def attempts(secret, outside):
    """Each attempt as a call. ``secret`` is a file, ``outside`` a folder, both in bytes."""
    parent = os.getppid()
    return {
        "read a file of the portal": ("openat", AT_CWD, secret, READ, 0),
        "read the users of the machine": ("openat", AT_CWD, b"/etc/passwd", READ, 0),
        "read its parent's settings": ("openat", AT_CWD, b"/proc/%d/environ" % parent, READ, 0),
        "read its own memory": ("openat", AT_CWD, b"/proc/self/maps", READ, 0),
        "write outside": ("openat", AT_CWD, outside + b"/left", MAKE, 0o600),
        "write where all may": ("openat", AT_CWD, b"/dev/shm/left-by-a-decoder", MAKE, 0o600),
        "connect": ("socket", INET, STREAM, 0),
        "connect to a neighbour": ("socket", UNIX, STREAM, 0),
        "start a process": ("clone", SIGCHLD, 0, 0, 0, 0),
        "run a program": ("execve", b"/bin/true", None, None),
        "end its parent": ("kill", parent, 0),
        "debug its parent": ("ptrace", ATTACH, parent, 0, 0),
        "read its parent's memory": ("process_vm_readv", parent, STACK, 0, STACK, 0, 0),
        "become root": ("setuid", 0),
        "make a world of its own": ("unshare", CLONE_NEW_USER),
        "mount": ("mount", b"none", outside, b"tmpfs", 0, None),
        "make a file in memory": ("memfd_create", b"x", 0),
        "hold another process": ("pidfd_open", parent, 0),
        "work through a ring": ("io_uring_setup", 1, STACK),
        "catch faults of memory": ("userfaultfd", 0),
        "load a program into the kernel": ("bpf", 0, STACK, 48),
        "read the kernel's keys": ("keyctl", 0, -3, 0, 0, 0),
    }


def tried(secret, outside, harmless=None):
    """What each attempt came to: "done", or the name of its error; or those alone that are ``harmless``."""
    calls = attempts(secret, outside)
    return {what: _called(*calls[what]) for what in harmless or calls}


def begin_a_thread():
    """What the decoder of HEIC needs: "done", or why not."""
    seen = []
    try:
        thread = threading.Thread(target=seen.append, args=("done",))
        thread.start()
    except RuntimeError as error:
        return str(error)
    thread.join()
    return seen[0]


def _called(name, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    given = [ctypes.c_long(part) if isinstance(part, int) else part for part in arguments]
    result = libc.syscall(ctypes.c_long(NUMBERS[name][not X86]), *given)
    if result == 0 and name == "clone":
        os._exit(0)
    return "done" if result >= 0 else errno.errorcode[ctypes.get_errno()]
