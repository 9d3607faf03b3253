"""Disks that are full, and files that can't be written to: by mounts and flags that only root can set."""

import contextlib
import functools
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from suite import Skipped


def needs_root(what):
    if sys.platform != "linux" or os.geteuid() != 0:
        raise Skipped(f"{what} was NOT tested: only root on Linux can make one")


def done(*command):
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def disk(size):
    """A folder on a small disk in memory, and a function that gives the disk another size."""
    needs_root("a full disk")
    with tempfile.TemporaryDirectory() as folder:
        if not done("mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "router-test", folder):
            raise Skipped("a full disk was NOT tested: nothing can be mounted here")
        try:
            yield Path(folder), lambda size: subprocess.run(
                ["mount", "-o", f"remount,size={size}", folder], check=True, capture_output=True)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


@contextlib.contextmanager
def disk_in_file(what):
    """A folder on a disk of its own, in a file."""
    needs_root(what)
    with tempfile.TemporaryDirectory() as folder:
        image, mounted = Path(folder) / "image", Path(folder) / "mounted"
        mounted.mkdir()
        with image.open("wb") as file:
            file.truncate(64 << 20)
        if not (done("mkfs.ext4", "-q", image) and done("mount", "-o", "loop", image, mounted)):
            raise Skipped(f"{what} was NOT tested: no disk can be made of a file here")
        try:
            yield mounted
        finally:
            subprocess.run(["umount", "--lazy", mounted], check=True)


@contextlib.contextmanager
def failing_disk():
    """A folder on a disk of its own, and a function that has the system take the disk for broken.

    Then it is read-only, for good, even where files are open for writing; an orderly `remount,ro` is refused there.
    """
    with disk_in_file("a disk that fails") as mounted:
        yield mounted, lambda: subprocess.run(["mount", "-o", "remount,abort", mounted], check=True)


@contextlib.contextmanager
def hanging_disk():
    """A folder on a disk of its own, and two functions: from one to the other nothing that is written returns.

    Meanwhile not even kill -9 ends whoever writes.
    """
    with disk_in_file("a disk that hangs") as mounted:
        hangs, goes_on = (functools.partial(done, "fsfreeze", how, mounted) for how in ("-f", "-u"))
        if not (hangs() and goes_on()):
            raise Skipped("a disk that hangs was NOT tested: none can be frozen here")
        try:
            yield mounted, hangs, goes_on
        finally:
            done("fsfreeze", "-u", mounted)


@contextlib.contextmanager
def read_only(*files):
    """Whoever has these files open for writing is refused meanwhile, root too (chattr +i)."""
    needs_root("a file that becomes read-only")
    expect_refusal(Path(files[0]).parent)
    try:
        subprocess.run(["chattr", "+i", *files], check=True)
        yield
    finally:
        subprocess.run(["chattr", "-i", *files], check=True)


def expect_refusal(folder):
    """Skips where the file system takes the flag for later openings alone, or not at all."""
    with tempfile.NamedTemporaryFile(dir=folder, buffering=0) as probe:
        flagged = done("chattr", "+i", probe.name)
        try:
            os.write(probe.fileno(), b"x")
        except PermissionError:
            return
        finally:
            if flagged:
                subprocess.run(["chattr", "-i", probe.name], check=True)
    raise Skipped("a file that becomes read-only was NOT tested: this file system does not make one so while it is open")
