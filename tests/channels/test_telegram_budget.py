"""channels.telegram.budget: Telegram's limits are kept, alerts have room of their own, and a chat is left alone."""

import pytest

from channels.telegram.budget import Budget
from channels.telegram.settings import TelegramSettings

GROUP, ANNA = "-1001", "501"


class Now:
    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


def budget(now: Now, **limits: float) -> Budget:
    unbound = {"per_second": 1e6, "chat_per_second": 1e6, "group_per_minute": 1e6}
    return Budget(TelegramSettings.model_validate({"token": "12345:" + "A" * 35, **unbound, **limits}), now)


def said(one: Budget, now: Now, chat: str, seconds: int, *, urgent: bool = False) -> list[float]:
    """At which seconds messages could go, asked every tenth of a second."""
    begin, went = now.seconds, []
    for _ in range(seconds * 10):
        if one.wait_for(chat, urgent=urgent) == 0:
            went.append(round(now.seconds - begin, 1))
        now.seconds += 0.1
    return went


def most_within(went: list[float], span: float) -> int:
    return max(sum(start <= at < start + span for at in went) for start in went)


@pytest.mark.parametrize("limit", [20, 3, 1])
def test_a_group_gets_no_more_in_any_minute_than_it_may(limit: int) -> None:
    now = Now()
    went = said(budget(now, group_per_minute=limit), now, GROUP, 300, urgent=True)
    assert most_within(went, 59.9) == limit


def test_chatter_leaves_room_for_alerts() -> None:
    now = Now()
    one = budget(now, group_per_minute=20)
    assert len(said(one, now, GROUP, 30)) == 16
    assert len(said(one, now, GROUP, 5, urgent=True)) == 4


def test_all_chats_together_have_one_budget() -> None:
    now = Now()
    one = budget(now, per_second=30)
    assert sum(one.wait_for(str(chat), urgent=True) == 0 for chat in range(100)) == 30
    now.seconds += 1.01
    assert one.wait_for(ANNA, urgent=True) == 0


def test_a_private_chat_has_no_budget_a_minute() -> None:
    now = Now()
    assert len(said(budget(now, group_per_minute=1, chat_per_second=1), now, ANNA, 60)) >= 54


def test_what_has_no_room_is_told_when_it_will() -> None:
    now = Now()
    one = budget(now, group_per_minute=1)
    assert one.wait_for(GROUP, urgent=True) == 0
    now.seconds += 20
    assert one.wait_for(GROUP, urgent=True) == pytest.approx(40)
    now.seconds += one.wait_for(GROUP, urgent=True) + 0.001
    assert one.wait_for(GROUP, urgent=True) == 0


def test_a_rate_of_less_than_one_a_second() -> None:
    now = Now()
    went = said(budget(now, chat_per_second=0.5), now, ANNA, 60)
    assert most_within(went, 1.9) == 1


def test_a_chat_that_asked_to_be_left_alone_is_and_no_other() -> None:
    now = Now()
    one = budget(now)
    one.block(GROUP, 30)
    assert one.wait_for(GROUP, urgent=True) == pytest.approx(30)
    assert one.wait_for(ANNA, urgent=True) == 0
    now.seconds += 30.1
    assert one.wait_for(GROUP, urgent=True) == 0


def test_a_clock_that_is_put_back_does_not_silence_us() -> None:
    now = Now()
    one = budget(now, chat_per_second=1)
    assert one.wait_for(ANNA, urgent=True) == 0
    now.seconds -= 3600
    assert one.wait_for(ANNA, urgent=True) == 0
