"""The watch over what groups read sees what it shall see: else it would be silent whatever a group is told."""

from collections.abc import Callable

import pytest

from tests.stories.story import Story

BOB = "Bob Miller <bob@customer.example>"
WORDS = "All of us are offline since nine"


async def told_in_the_group(desk: Story) -> None:
    async with desk:
        await desk.mail(BOB, "No network", WORDS)
        await desk.says("desk", f"/notice customer default {WORDS}")  # its preview says them again
        desk.forget()


async def test_a_users_words_in_a_group_fail_the_story(story: Callable[..., Story]) -> None:
    with pytest.raises(AssertionError, match=f"'{WORDS}' in a group"):
        await told_in_the_group(story())


async def test_so_do_the_words_of_somebody_who_telephoned(story: Callable[..., Story]) -> None:
    async def told() -> None:
        async with story() as desk:
            await desk.says("desk", "/new bob@customer.example; hq; No light at all", where="desk")
            await desk.says("desk", "/notice customer default No light at all")
            desk.forget()

    with pytest.raises(AssertionError, match="'No light at all' in a group"):
        await told()
