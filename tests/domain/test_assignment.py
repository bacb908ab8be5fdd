"""Who is proposed: the order of the candidates, and that it depends on nothing else."""

from itertools import permutations

from bot.domain.assignment import Candidate, Strengths, ranked

HQ = Strengths(places=frozenset({"hq"}))
PRINTERS = Strengths(skills=frozenset({"printers"}))


def candidate(handle: str, kind: str = "resident", **more: object) -> Candidate:
    return Candidate(person=0, handle=handle, name=handle, kind=kind, **more)  # type: ignore[arg-type]


def order(*candidates: Candidate, item: str = "printers", place: str = "hq") -> list[str]:
    orders = {tuple(one.candidate.handle for one in ranked(some, item, place)) for some in permutations(candidates)}
    assert len(orders) == 1, "the order in which they are given must not matter"
    return list(orders.pop())


def test_each_reason_weighs_more_than_all_after_it() -> None:
    booked = candidate("booked", "mobile", booked=True, busy=9)
    here = candidate("here", strengths=HQ, busy=9)
    able = candidate("able", strengths=PRINTERS, busy=9)
    idle, other = candidate("idle"), candidate("other", busy=1)
    unable = candidate("unable", strengths=Strengths(skills=frozenset({"antivirus"})))
    away = candidate("away", strengths=Strengths(places=frozenset({"branch"})))
    mobile = candidate("mobile", "mobile", strengths=Strengths(frozenset({"hq"}), frozenset({"printers"})))
    everybody = (mobile, away, unable, other, idle, able, here)
    assert order(*everybody[:4], booked) == ["booked", "other", "unable", "away", "mobile"]
    assert order(*everybody) == ["here", "able", "idle", "other", "unable", "away", "mobile"]


def test_ties_go_by_handle_and_the_reasons_are_named() -> None:
    assert order(candidate("b"), candidate("a"), candidate("c")) == ["a", "b", "c"]
    both = Strengths(frozenset({"hq"}), frozenset({"antivirus"}))
    (one,) = ranked([candidate("a", strengths=both)], "printers", "hq")
    assert one.traits == ("resident", "on_duty", "here", "unskilled")
    (one,) = ranked([candidate("a", strengths=both, booked=True)], "printers", "branch")
    assert one.traits == ("resident", "on_duty", "booked", "unskilled")
    (one,) = ranked([candidate("a", "mobile", strengths=both)], "", "branch")
    assert one.traits == ("mobile", "on_duty", "elsewhere")
