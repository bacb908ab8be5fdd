"""channels.telegram.budget: Telegram's limits are kept, alerts have room of their own, and a chat is left alone."""

import random

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
    """At which seconds messages could go, asked every tenth of a second; each is there at once."""
    begin, went = now.seconds, []
    for _ in range(seconds * 10):
        if one.wait_for(chat, urgent=urgent) == 0:
            one.arrived(chat)
            went.append(round(now.seconds - begin, 1))
        now.seconds += 0.1
    return went


def most_within(went: list[float], span: float) -> int:
    return max(sum(start <= at < start + span for at in went) for start in went)


@pytest.mark.parametrize("urgent", [True, False])
def test_they_come_as_far_apart_as_they_must_however_long_each_takes(urgent: bool) -> None:
    """Telegram counts what arrives: that they left a second apart is not enough."""
    now, chance = Now(), random.Random(20261127)
    one = budget(now, chat_per_second=1, group_per_minute=20)
    came: list[float] = []
    under_way: list[float] = []
    for _ in range(3000):
        now.seconds += 0.1
        came += [at for at in under_way if at <= now.seconds]
        for at in [at for at in under_way if at <= now.seconds]:
            under_way.remove(at)
            one.arrived(GROUP)
        if one.wait_for(GROUP, urgent=urgent) == 0:
            under_way.append(now.seconds + chance.choice((0.0, 0.05, 0.4, 2.9)))
    assert most_within(came, 1.0) == 1
    assert most_within(came, 60.0) == (20 if urgent else 16)
    assert len(came) >= 5 * 14


def test_a_message_that_was_never_sent_holds_others_up_for_seconds_only() -> None:
    now = Now()
    one = budget(now, chat_per_second=1)
    assert one.wait_for(GROUP, urgent=True) == 0
    now.seconds += 2
    assert one.wait_for(GROUP, urgent=True) > 0
    now.seconds += 2.1
    assert one.wait_for(GROUP, urgent=True) == 0
    one.arrived(GROUP)  # of the second one
    now.seconds += 1.1
    assert one.wait_for(GROUP, urgent=True) == 0


def test_what_arrives_later_than_anybody_waited_counts_from_then() -> None:
    now = Now()
    one = budget(now, chat_per_second=1)
    assert one.wait_for(GROUP, urgent=True) == 0
    now.seconds += 20
    one.arrived(GROUP)
    now.seconds += 0.5
    assert one.wait_for(GROUP, urgent=True) == pytest.approx(0.55)


@pytest.mark.parametrize("limit", [20, 3, 1])
def test_a_group_gets_no_more_in_any_minute_than_it_may(limit: int) -> None:
    now = Now()
    went = said(budget(now, group_per_minute=limit), now, GROUP, 300, urgent=True)
    assert most_within(went, 60.0) == limit


def test_chatter_leaves_room_for_alerts() -> None:
    now = Now()
    one = budget(now, group_per_minute=20)
    assert len(said(one, now, GROUP, 30)) == 16
    assert len(said(one, now, GROUP, 5, urgent=True)) == 4


def test_all_chats_together_have_one_budget() -> None:
    now = Now()
    one = budget(now, per_second=30)
    assert sum(one.wait_for(str(chat), urgent=True) == 0 for chat in range(100)) == 30
    now.seconds += 4.1
    assert one.wait_for(ANNA, urgent=True) == 0


def test_a_private_chat_has_no_budget_a_minute() -> None:
    now = Now()
    assert len(said(budget(now, group_per_minute=1, chat_per_second=1), now, ANNA, 60)) >= 54


def test_what_has_no_room_is_told_when_it_will() -> None:
    now = Now()
    one = budget(now, group_per_minute=1)
    assert one.wait_for(GROUP, urgent=True) == 0
    one.arrived(GROUP)
    now.seconds += 20
    assert one.wait_for(GROUP, urgent=True) == pytest.approx(40.05)
    now.seconds += one.wait_for(GROUP, urgent=True) + 0.001
    assert one.wait_for(GROUP, urgent=True) == 0


def test_a_rate_of_less_than_one_a_second() -> None:
    now = Now()
    went = said(budget(now, chat_per_second=0.5), now, ANNA, 60)
    assert most_within(went, 2.0) == 1


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
