"""The outlet of the tests fails as it is told to."""

from __future__ import annotations

import pytest

from bot.domain.messages import OutgoingChat
from channels.base import ChannelError
from tests.parts.memory import MemoryOutlet

HELLO = OutgoingChat("1", "anna", "hello")


async def test_failures_come_before_or_after_the_effect_and_end() -> None:
    outlet = MemoryOutlet("console")
    outlet.fail(ChannelError("refused"), times=2)
    outlet.fail(ChannelError("lost", unsent=False), delivered=True)
    for count in (0, 0, 1):
        with pytest.raises(ChannelError):
            await outlet.send(HELLO)
        assert len(outlet.sent) == count
    assert (await outlet.send(HELLO)).external_id == "2"
    outlet.fail(ChannelError("refused"))
    outlet.recover()
    await outlet.send(HELLO)
    await outlet.close()
    assert (outlet.closed, outlet.sent) == (True, [HELLO] * 3)
