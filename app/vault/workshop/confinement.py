"""What the child process gives up before it reads a stranger's file. There is no way back from any of it.

Four walls, each of which would do for most attacks: limits of the system on memory, processor time, files and
processes; no free file descriptor, so that nothing can be opened and no socket made; a list of the few system calls
that computing needs, on machines whose numbers we know; and death with the service.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import sys

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
_SECCOMP_MODE_FILTER = 2
_ALLOW, _EPERM = 0x7FFF0000, 0x00050000 | 1
_LOAD, _EQUALS, _RETURN = 0x20, 0x15, 0x06
_PIPES = 3  # in, out and nowhere: descriptors 0, 1 and 2
_CPU_LIMIT_SECONDS = 3600  # of a whole life; each task has a timer of its own


class _Machine:
    """The numbers of one kind of processor: its name to the kernel, prlimit64, and the calls that computing needs."""

    def __init__(self, arch: int, prlimit: int, computing: tuple[int, ...]) -> None:
        self.arch = arch
        self.prlimit = prlimit
        self.computing = computing


# For each: read write close fstat poll lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask rt_sigreturn, then
# readv sched_yield mremap madvise setitimer getpid exit gettimeofday getrusage gettid time futex restart_syscall, then
# clock_gettime clock_getres exit_group getrandom. The second has no time, and ppoll for poll.
_MACHINES = {
    "x86_64": _Machine(
        0xC000003E,
        302,
        (
            *(0, 1, 3, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15),
            *(19, 24, 25, 28, 38, 39, 60, 96, 98, 186, 201, 202, 219),
            *(228, 229, 231, 318),
        ),
    ),
    "aarch64": _Machine(
        0xC00000B7,
        261,
        (
            *(63, 64, 57, 80, 73, 62, 222, 226, 215, 214, 134, 135, 139),
            *(65, 124, 216, 233, 103, 172, 93, 169, 165, 178, 98, 128),
            *(113, 114, 94, 278),
        ),
    ),
}


def die_with(parent_pid: int) -> None:
    """Ask the kernel to end this process when the thread that started it ends; end at once if it has already.

    Args:
        parent_pid: The process that started this one.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        sys.exit(1)


def lock_in() -> bool:
    """Give up files, sockets, processes and all system calls but a few. Everything needed must be loaded by now.

    Returns:
        Whether the list of system calls is in force; false on a machine whose numbers we do not know, or whose kernel
        has no such lists. The other walls stand all the same.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_LIMIT_SECONDS, _CPU_LIMIT_SECONDS))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_PIPES, _PIPES))
    _prctl(_PR_SET_DUMPABLE, 0)  # no dump, and nobody of our own may look into this memory
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return False
    lines = ctypes.create_string_buffer(_filter(machine))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(lines) // 8, ctypes.addressof(lines)))
    return _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(program)) == 0


def allow(memory_bytes: int, cpu_seconds: float) -> None:
    """Begin a task: so much address space in all, and so much processor time from now, then the process is ended.

    Args:
        memory_bytes: Of the whole process.
        cpu_seconds: 0 stops the timer.
    """
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, resource.RLIM_INFINITY))
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)  # nobody handles its signal, so that it ends the process


def address_space_bytes() -> int:
    """Give how much address space this process has taken."""
    with open("/proc/self/statm", encoding="ascii") as said:  # noqa: PTH123  # deliberate: before anything is locked, with no library in the way
        return int(said.read().split()[0]) * resource.getpagesize()


def _prctl(option: int, value: int, address: int = 0) -> int:
    rest = (value, address, 0, 0)
    return int(ctypes.CDLL(None).prctl(ctypes.c_int(option), *map(ctypes.c_ulong, rest)))


def _filter(machine: _Machine) -> bytes:
    """Write the list as the kernel's small machine reads it: whatever is not on it fails with EPERM."""
    count = len(machine.computing)
    refuse, permit = count + 8, count + 9  # the places of the last two lines; a jump counts from the line after its own
    lines = [_line(_LOAD, 4), _line(_EQUALS, machine.arch, otherwise=refuse - 2), _line(_LOAD, 0)]
    lines += [_line(_EQUALS, number, then=permit - 4 - place) for place, number in enumerate(machine.computing)]
    lines += [
        _line(_EQUALS, machine.prlimit, otherwise=4),  # of this process alone: its first argument is 0
        _line(_LOAD, 16),
        _line(_EQUALS, 0, otherwise=2),
        _line(_LOAD, 20),
        _line(_EQUALS, 0, then=1),
        _line(_RETURN, _EPERM),
        _line(_RETURN, _ALLOW),
    ]
    return b"".join(lines)


def _line(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("=HBBI", code, then, otherwise, value)
