"""Becomes another program, after what only the process itself can arrange.

`wrapped()` gives the command line; the rest of this file runs in the new process, by its path and
without any package, so that it is quick:

    python -I -S launch.py PARENT SIGNAL IDENTITY PROGRAM ARGUMENT…

On Linux the kernel sends SIGNAL to the program when its parent ends, however that ends; elsewhere
a small watcher process does. Then `exec`: one process, under the program's own name.
"""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

# Run the program as whoever we are.
SAME = "same"

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE = 1
CLONE_NEWUSER = 0x10000000
WATCH_SECONDS = 1.0
DESCRIPTORS_MAX = 1024


def namespace(uid: int, gid: int) -> str:
    """Identity: root outside, this user in the program's own eyes. For a server that refuses root.

    The files it makes belong to root, so that it needs no access which root hasn't.
    """
    return f"namespace:{uid}:{gid}"


def user(uid: int, gid: int) -> str:
    """Identity: this user, who may still reach files as root may (where the machine allows it)."""
    return f"user:{uid}:{gid}"


def wrapped(
    argv: Sequence[str | Path], *, at_parents_death: signal.Signals, identity: str = SAME
) -> list[str]:
    """Return the command that runs `argv` and doesn't outlive us.

    Start it from the main thread: the kernel takes the end of the starting *thread* for the
    parent's.
    """
    me = [sys.executable, "-I", "-S", __file__]
    return [*me, str(os.getpid()), str(int(at_parents_death)), identity, *map(str, argv)]


def main(parent: int, number: int, identity: str, argv: list[str]) -> None:
    """Become `argv`."""
    kind, _, who = identity.partition(":")
    if kind == "namespace":
        _enter_namespace(*map(int, who.split(":")))
    elif kind == "user":
        _become_user(*map(int, who.split(":")))
    # Last, because a change of identity makes the kernel forget it.
    if sys.platform == "linux":
        _prctl(PR_SET_PDEATHSIG, number)
    else:
        watch_from_aside(parent, number)
    if os.getppid() != parent:
        sys.exit("The process that started this one is gone.")
    os.execv(argv[0], argv)  # noqa: S606 (the caller's own program)


def watch_from_aside(parent: int, number: int) -> None:
    """Leave a process behind that sends us the signal when `parent` is gone."""
    program = os.getpid()
    between = os.fork()
    if between:
        os.waitpid(between, 0)
        return
    # The one in between ends at once: the program must not find a child that it didn't start.
    if os.fork():
        os._exit(0)
    os.closerange(0, DESCRIPTORS_MAX)
    while _is_alive(program):
        if not _is_alive(parent):
            os.kill(program, number)
            break
        time.sleep(WATCH_SECONDS)
    os._exit(0)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _enter_namespace(uid: int, gid: int) -> None:
    outside_uid, outside_gid = os.geteuid(), os.getegid()
    _check(_libc().unshare(CLONE_NEWUSER))
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{uid} {outside_uid} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{gid} {outside_gid} 1", encoding="ascii")


def _become_user(uid: int, gid: int) -> None:
    linux = sys.platform == "linux"
    if linux:
        _prctl(PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if linux:
        _keep_access_to_files()


def _keep_access_to_files() -> None:
    # A checkout in root's home is closed to everybody else, and it isn't for us to open it.
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    bit = 1 << CAP_DAC_OVERRIDE
    data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    # Containers may withhold this. Then the program says itself what it cannot reach.
    if _libc().capset(header, data) == 0:
        _libc().prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def _prctl(option: int, value: int) -> None:
    _check(_libc().prctl(option, value, 0, 0, 0))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
    except OSError as exc:
        sys.exit(f"{sys.argv[4]}: {exc.strerror or exc}")
