"""Ids out of what the operating system was asked for in advance."""

import multiprocessing

from idp.sealing import new_id


def test_ids_are_as_long_as_promised_and_never_the_same() -> None:
    """Well beyond what is asked for at once."""
    ids = [new_id() for _ in range(2000)]
    assert len(set(ids)) == 2000
    assert {len(each) for each in ids} == {22}


def test_a_forked_process_repeats_none_of_its_parents_ids() -> None:
    """What the parent has in stock is not inherited."""
    new_id()  # there is a stock
    with multiprocessing.get_context("fork").Pool(1) as pool:
        theirs = pool.apply(_ids)
    assert set(theirs).isdisjoint(_ids())


def _ids() -> list[str]:
    return [new_id() for _ in range(1000)]
