"""Jobs in processes of their own, so many at a time, and what they tell meanwhile."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from multiprocessing.connection import wait as wait_for
from typing import Any, TypeVar

import torch

Job = TypeVar("Job")
Found = TypeVar("Found")
Tell = Callable[..., object]

LISTEN_SECONDS = 0.2
"""How often what jobs tell is heard."""

_heard: Any = None
"""In a process of jobs: where what it tells is put."""


def in_processes(
    function: Callable[[Job, Tell], Found], jobs: Sequence[Job], processes: int, tell: Tell
) -> Iterator[tuple[int, Found]]:
    """Yield what comes of each job, with its number, in the order in which they end.

    Parameters
    ----------
    function : callable
        Does a job: ``function(job, tell)``. Of a module, as jobs are what can be pickled.
    jobs : sequence
        What is to be done.
    processes : int
        How many at a time. One is this process itself.
    tell : callable
        Hears, in this process, what ``function`` tells while it is at it.

    Raises
    ------
    Exception
        What a job raises, once those that had begun have ended; no other is begun.
    concurrent.futures.process.BrokenProcessPool
        When a process was killed.
    """
    if processes == 1:
        # Networks as small as these gain nothing by threads, and lose where cores are busy.
        torch.set_num_threads(1)
        for number, job in enumerate(jobs):
            yield number, function(job, tell)
        return
    # Not a fork: the threads that passes and torch run on would not be there.
    context = multiprocessing.get_context("spawn")
    heard = context.SimpleQueue()
    with ProcessPoolExecutor(processes, context, _begin, (heard,)) as pool:
        numbers = {pool.submit(_do, function, job): at for at, job in enumerate(jobs)}
        waiting = set(numbers)
        try:
            while waiting:
                done, waiting = wait(waiting, LISTEN_SECONDS, FIRST_COMPLETED)
                while not heard.empty():
                    tell(*heard.get())
                for one in done:
                    yield numbers[one], one.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _begin(heard: Any) -> None:
    """Begin a process of jobs, which ends when the one that began it does."""
    global _heard
    _heard = heard
    torch.set_num_threads(1)
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait_for([sentinel])
    os._exit(1)


def _do(function: Callable[[Job, Tell], Found], job: Job) -> Found:
    return function(job, lambda *what: _heard.put(what))
