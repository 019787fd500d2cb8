"""The writers of the load tests end when they are told to."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import Future
from typing import NoReturn

import pytest

from tests.load.writers import pool_of


@pytest.mark.timeout(120)
def test_a_pool_does_not_wait_for_work_that_nobody_wants_any_more() -> None:
    work: list[Future[None]] = []

    def interrupted() -> NoReturn:
        with pool_of(2) as pool:
            work.extend(pool.submit(time.sleep, 3_600) for _ in range(5))
            while not work[0].running():
                time.sleep(0.01)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not multiprocessing.active_children()
    assert all(one.done() for one in work)
