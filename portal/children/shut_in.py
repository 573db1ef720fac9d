"""Shut this process in before it opens a stranger's bytes. It can be run as a script: it imports no portal.

The kernel holds it, whatever native code does in it: Landlock leaves it the folders it was given and
no port to connect or bind to, seccomp the calls that decoding takes, and a process of root becomes a
user who owns nothing. What is shut out answers "not permitted". Both are Linux's; seccomp's rules are
written by the library libseccomp, which knows each machine's numbers.
"""

import ctypes
import errno
import functools
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

USER = 65_533  # who owns nothing: Debian keeps the number free, beside nobody's

# What decoding and writing pictures takes, by Linux's names. None makes a process, opens a socket,
# asks of another process, or loads a program.
_CALLS = """
read readv pread64 preadv write writev pwrite64 pwritev lseek close close_range dup dup3 fcntl fsync
open openat stat fstat lstat newfstatat fstatat64 statx access faccessat faccessat2 readlink
readlinkat getcwd getdents64 unlink unlinkat rename renameat renameat2 ftruncate fallocate fadvise64
utimensat mmap munmap mremap mprotect madvise mlock munlock brk futex rseq set_robust_list
get_robust_list rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack restart_syscall getpid gettid
getppid getuid geteuid getgid getegid sched_yield sched_getaffinity getcpu getrandom clock_gettime
clock_getres clock_nanosleep nanosleep gettimeofday time times getrusage sysinfo uname poll ppoll
select pselect6 setitimer alarm exit exit_group
"""
_NOT_THERE = ("clone3",)  # a thread is then begun by clone, whose flags can be read
_THREAD = 0x00010000  # clone's flag

_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_MASKED_EQUAL, _EQUAL = 7, 4

_NO_NEW_PRIVILEGES, _DUMPABLE, _GET_SECCOMP = 38, 4, 21  # of prctl
_KEEP_CAPABILITIES, _CAPABILITY_VERSION = 8, 0x20080522
_READ_SEARCH = 1 << 2  # the capability to read what belongs to others
_CREATE, _ADD, _RESTRICT = 444, 445, 446  # Landlock's calls have the same numbers everywhere
_BENEATH = 1
_READ = 1 << 2 | 1 << 3  # a file's bytes, a folder's names
_WRITE = _READ | 1 << 1 | 1 << 5 | 1 << 8  # write, remove and make a plain file
_TRUNCATE, _REFER, _IOCTL = 1 << 14, 1 << 13, 1 << 15
# What each version of Landlock can hold back: of files, of the network, of other processes.
_FILES = {1: 0x1FFF, 2: 0x1FFF | _REFER, 3: 0x1FFF | _REFER | _TRUNCATE}
_PORTS, _SCOPES = 0b11, 0b11


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("ports", ctypes.c_uint64),
        ("scopes", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("files", ctypes.c_uint64), ("folder", ctypes.c_int32))


class _Compared(ctypes.Structure):
    _fields_ = (
        ("argument", ctypes.c_uint),
        ("how", ctypes.c_int),
        ("one", ctypes.c_uint64),
        ("other", ctypes.c_uint64),
    )


@functools.cache
def offered() -> bool:
    """Whether this machine can shut a process in: Linux with Landlock and seccomp, and libseccomp."""
    try:
        return _landlock() > 0 and _seccomp() is not None and _libc().prctl(_GET_SECCOMP) >= 0
    except (OSError, AttributeError):
        return False


def shut_in(folders: Iterable[Path], *, readable: Iterable[Path] = ()) -> None:
    """Leave this process nothing but to read and write in ``folders`` and to read in ``readable``.

    For good, and for all that it starts. Where nothing is readable modules must be imported and files
    opened before. A process of root becomes USER, who must be let into ``folders``; what is readable
    he reads whoever it belongs to. Raises OSError where the kernel refuses: then don't go on.
    """
    if not offered():  # this loads what can't be loaded later, too
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    libc = _libc()
    _held(libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    readable = list(readable)
    _bound_files(libc, folders, readable)
    if os.geteuid() == 0:
        _become_user(libc, _READ_SEARCH if readable else 0)
    _held(libc.prctl(_DUMPABLE, 0, 0, 0, 0))
    _bound_calls()


def _become_user(libc: Any, capabilities: int) -> None:
    """Lay down all that root may, but for these."""
    _held(libc.prctl(_KEEP_CAPABILITIES, 1, 0, 0, 0))
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    kept = (ctypes.c_uint32 * 6)(capabilities, capabilities)
    _held(libc.capset(header, kept))


def _bound_files(libc: Any, folders: Iterable[Path], readable: Iterable[Path]) -> None:
    version = _landlock()
    files = _FILES.get(min(version, 3), 0) | (_IOCTL if version >= 5 else 0)  # noqa: PLR2004
    ports = _PORTS if version >= 4 else 0  # noqa: PLR2004
    scopes = _SCOPES if version >= 6 else 0  # noqa: PLR2004
    asked = _Ruleset(files, ports, scopes)
    size = 8 if version < 4 else 16 if version < 6 else 24  # noqa: PLR2004 - as much as it knows
    ruleset = _held(libc.syscall(_CREATE, ctypes.byref(asked), ctypes.c_size_t(size), 0))
    rights = [(path, (_WRITE | _TRUNCATE) & files) for path in folders]
    rights += [(path, _READ) for path in readable]
    for path, right in rights:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        beneath = _Beneath(right, opened)
        _held(libc.syscall(_ADD, ruleset, _BENEATH, ctypes.byref(beneath), 0))
        os.close(opened)
    _held(libc.syscall(_RESTRICT, ruleset, 0))
    os.close(ruleset)


def _bound_calls() -> None:
    library = _seccomp()
    assert library is not None
    rules = library.seccomp_init(_ERRNO | errno.EPERM)
    if not rules:
        raise MemoryError
    allow = functools.partial(_rule, library, rules, _ALLOW)
    for name in _CALLS.split():
        allow(name)
    allow("clone", _Compared(0, _MASKED_EQUAL, _THREAD, _THREAD))
    allow("tgkill", _Compared(0, _EQUAL, os.getpid(), 0))  # to end itself, when it is broken
    for name in _NOT_THERE:
        _rule(library, rules, _ERRNO | errno.ENOSYS, name)
    _held(library.seccomp_load(rules))
    library.seccomp_release(rules)


def _rule(library: Any, rules: int, action: int, name: str, *compared: _Compared) -> None:
    number = library.seccomp_syscall_resolve_name(name.encode())
    if number < 0:
        return  # this machine has no such call
    given = (_Compared * len(compared))(*compared)
    _held(library.seccomp_rule_add_array(rules, action, number, len(compared), given))


def _held(result: int) -> int:
    """The result of a call. Raises OSError where it failed: in errno, or as libseccomp gives it back."""
    if result < 0:
        number = ctypes.get_errno() if result == -1 else -result
        raise OSError(number, os.strerror(number))
    return result


@functools.cache
def _libc() -> Any:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc


@functools.cache
def _seccomp() -> Any:
    try:
        library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    except OSError:
        return None
    library.seccomp_init.argtypes = (ctypes.c_uint32,)
    library.seccomp_init.restype = ctypes.c_void_p
    for name in ("seccomp_load", "seccomp_release"):
        getattr(library, name).argtypes = (ctypes.c_void_p,)
    library.seccomp_rule_add_array.argtypes = (
        ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.POINTER(_Compared),
    )  # fmt: skip
    return library


@functools.cache
def _landlock() -> int:
    """The version of Landlock that the kernel offers; 0 for none."""
    return max(0, int(_libc().syscall(_CREATE, None, ctypes.c_size_t(0), 1)))
