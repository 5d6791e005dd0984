"""Processes of one group tell each other of errors: each is told once, and nobody waits for one that has ended.

Each has a thread that looks into the group's store. A process that fails writes its error there and ends with it.
The others end with a `SiblingError`: where a collective breaks (gloo), or, where one waits for ever (NCCL), by that
thread. It also writes a sign of life, and looks for that of the next process: one that was killed tells nobody.
"""

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Iterator

import torch.distributed as dist
from torch.distributed.distributed_c10d import Store

from xdc_lab import stopping
from xdc_lab.errors import RunError, SiblingError, XdcError

ERROR, ALIVE = "error", "process "
LEFT = b"left"
GO_ON = "; start the same command again to go on"
POLL_SECONDS = 2.0
SILENT_POLLS = 25  # so many without a sign of life: a process that is stopped as a whole does not count its own pause
LOOKING_SECONDS = 5.0  # for the cause of a broken collective
LEAVING_SECONDS = 10.0  # in which a process that waits for others shall notice by itself


class Siblings:
    """The other processes of a group.

    Args:
        store: that all share.
        rank: of this process.
        world_size: how many there are.
    """

    def __init__(self, store: Store, *, rank: int, world_size: int):
        self._store, self._watched = store, store.clone()  # a client of its own for the thread: one waits in each
        self.rank, self.world_size = rank, world_size
        self._done = threading.Event()

    @contextlib.contextmanager
    def agreed(self) -> Iterator[None]:
        """Within the block an error ends all processes, and all but the first of them with a `SiblingError`.

        Raises:
            SiblingError: if another process has told its error.
            RunError: if another process has gone without a word, and this one notices first.
        """
        thread = threading.Thread(target=self._watch, name="siblings", daemon=True)
        thread.start()
        try:
            yield
            dist.barrier()
        except BaseException as error:
            self._done.set()  # it leaves by itself
            stopping.note_only()
            self._settle(error)
            raise
        finally:
            self._done.set()
            thread.join(POLL_SECONDS)
            with contextlib.suppress(RuntimeError):  # the store is gone with its process
                self._store.set(f"{ALIVE}{self.rank}", LEFT.decode())

    def _settle(self, error: BaseException) -> None:
        """Tell the others of an error; raise another in its place if it is a consequence of theirs."""
        if not _is_broken_collective(error):
            if (told := self._tell(error)) is not None:
                raise told from error
            return
        until = time.monotonic() + LOOKING_SECONDS
        told = None
        with contextlib.suppress(RuntimeError):
            while (told := _told(self._store)) is None and time.monotonic() < until:
                time.sleep(0.1)
        lost = RunError(f"another process was killed, or its machine is away{GO_ON}")
        if (told := told or self._tell(lost)) is not None:
            time.sleep(1)  # a launcher that looks for the cause finds the process that failed first
            raise told from error
        raise lost from error

    def _tell(self, error: BaseException) -> SiblingError | None:
        """Write an error down; what another process has written before, if one has."""
        code = getattr(error, "exit_code", 130 if isinstance(error, KeyboardInterrupt) else 1)
        own = json.dumps({"rank": self.rank, "text": f"{type(error).__name__}: {error}", "code": code})
        try:
            first = self._store.compare_set(ERROR, "", own)
        except RuntimeError:  # the store is gone with its process
            return None
        return None if first == own.encode() else _sibling_error(first)

    def _watch(self) -> None:
        """End this process if another one has, and the main thread waits for it."""
        found = self._cause()
        if found is None or self._done.wait(LEAVING_SECONDS):
            return
        error, is_first = found
        if is_first:
            print(f"error: {error} [process {self.rank} of {self.world_size}]", file=sys.stderr, flush=True)
        os._exit(getattr(error, "exit_code", 1))

    def _cause(self) -> tuple[XdcError, bool] | None:
        """What has ended another process, and whether this one is the first to say it; None: this one left before."""
        following = f"{ALIVE}{(self.rank + 1) % self.world_size}"
        beats, silent, last = 0, 0, b""
        while not self._done.wait(POLL_SECONDS):
            beats += 1
            try:
                self._watched.set(f"{ALIVE}{self.rank}", str(beats))
                sign = self._watched.get(following) if self._watched.check([following]) else b""
                silent, last = (silent + 1 if sign == last != LEFT else 0), sign
                if silent == SILENT_POLLS:
                    gone = RunError(f"no sign of life from {following} for {silent * POLL_SECONDS:.0f} s{GO_ON}")
                    told = self._tell(gone)
                    return told or gone, told is None
                if told := _told(self._watched):
                    return told, False
            except RuntimeError:
                return RunError(f"the process that holds what all share has gone{GO_ON}"), True
        return None


def _told(store: Store) -> SiblingError | None:
    """What a process has written, if one has."""
    return _sibling_error(store.get(ERROR)) if store.check([ERROR]) else None


def _sibling_error(told: bytes) -> SiblingError:
    what = json.loads(told)
    return SiblingError(f"process {what['rank']} has ended: {what['text']}", what["code"])


def _is_broken_collective(error: BaseException) -> bool:
    """Whether an error is torch.distributed's, which says that another process is gone."""
    if isinstance(error, dist.DistError):
        return True
    told = str(error).lower()
    return type(error) is RuntimeError and any(word in told for word in ("gloo", "nccl", "closed by peer"))
