"""Mail that comes by way of a balancer (PROXY protocol v1 and v2): the limits hold for who comes, not for the balancer."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import pytest

from channels.smtp_in import SmtpIn, SmtpInSettings
from tests.channels.smtp_door import GREETED, NOW, House, Talk, opened

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
MANY: dict[str, Any] = {"proxy_from": ("127.0.0.0/8",), "max_per_ip": 2}


def v1(host: str) -> bytes:
    kind = "TCP6" if ":" in host else "TCP4"
    there = "2001:db8::25" if ":" in host else "192.0.2.25"
    return f"PROXY {kind} {host} {there} 4711 25\r\n".encode()


def v2(host: str, command: int = 1) -> bytes:
    source = ip_address(host).packed
    family = {4: 0x11, 16: 0x21}[len(source)]
    rest = source + source + struct.pack("!HH", 4711, 25) + b"\x04\x00\x01\x00"  # and a TLV that says nothing
    return SIGNATURE + struct.pack("!BBH", 0x20 | command, family, len(rest)) + rest


async def call(house: House, *first: bytes) -> tuple[Talk, str]:
    """Connects, says these bytes, and gives the reply."""
    talk = Talk(*await asyncio.open_connection("127.0.0.1", house.inlet.port, limit=2**20))
    for part in first:
        talk.send(part)
    return talk, await talk.reply()


@pytest.mark.parametrize("say", [v1, v2])
@pytest.mark.parametrize("host", ["198.51.100.7", "2001:db8::7"])
async def test_who_comes_is_counted_and_not_the_balancer(say: Callable[[str], bytes], host: str) -> None:
    async with opened(**MANY) as house:
        talks = [await call(house, say(host)) for _ in range(3)]
        assert [reply[:3] for _, reply in talks] == ["220", "220", "421"]
        assert talks[2][1] == "421 4.7.0 Too many connections from your address"
        assert await talks[2][0].at_end()
        other, reply = await call(house, say("198.51.100.8"))
        assert reply.startswith("220 ")
        for command in GREETED:
            await other.say(command)
        assert await other.mail() == "250 2.0.0 OK"
        assert sorted(house.inlet._sessions.values()) == sorted([host, host, "198.51.100.8"])


async def test_what_is_said_behind_it_at_once_is_heard() -> None:
    async with opened(**MANY) as house:
        talk, reply = await call(house, v2("198.51.100.7") + b"EHLO me\r\nNOOP\r\n")
        assert reply.startswith("220 ")
        assert (await talk.reply()).startswith("250-")
        assert await talk.reply() == "250 OK"


@pytest.mark.parametrize("first", [v2("198.51.100.7", command=0), b"PROXY UNKNOWN\r\n", b"PROXY UNKNOWN ff 1 2\r\n"])
async def test_a_balancer_that_looks_whether_we_live_counts_for_nobody(first: bytes) -> None:
    async with opened(**MANY) as house:
        for _ in range(4):
            _, reply = await call(house, first)
            assert reply.startswith("220 ")
        assert set(house.inlet._sessions.values()) == {""}


NONSENSE = {
    "nothing of the kind": b"EHLO me\r\n",
    "half a line": b"PROXY TCP4 198.51.100.7\r\n",
    "no fields": b"PROXY\r\n",
    "an address that is none": b"PROXY TCP4 198.51.100.700 192.0.2.25 1 2\r\n",
    "a name": b"PROXY TCP4 localhost 192.0.2.25 1 2\r\n",
    "another family": b"PROXY TCP6 198.51.100.7 192.0.2.25 1 2\r\n",
    "a port out of bounds": b"PROXY TCP4 198.51.100.7 192.0.2.25 99999 2\r\n",
    "control characters": b"PROXY TCP4 198.51.100.7\x00 192.0.2.25 1 2\r\n",
    "a line without end": b"PROXY " + b"x" * 200_000 + b"\r\n",
    "another signature": SIGNATURE[:11] + b"X" + struct.pack("!BBH", 0x21, 0x11, 12) + bytes(12),
    "another version": SIGNATURE + struct.pack("!BBH", 0x31, 0x11, 12) + bytes(12),
    "another command": SIGNATURE + struct.pack("!BBH", 0x2F, 0x11, 12) + bytes(12),
    "an address cut off": SIGNATURE + struct.pack("!BBH", 0x21, 0x11, 4) + bytes(4),
}


@pytest.mark.parametrize("name", NONSENSE)
async def test_nonsense_ends_the_line(name: str) -> None:
    async with opened(**MANY) as house:
        talk = Talk(*await asyncio.open_connection("127.0.0.1", house.inlet.port))
        talk.send(NONSENSE[name])
        assert await talk.at_end()  # without a word
        await house.empty()
        _, reply = await call(house, v1("198.51.100.7"))
        assert reply.startswith("220 ")


async def test_a_balancer_that_says_nothing_or_leaves(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("channels.smtp_session.WHO_COMES", 3.0)
    async with opened(**MANY) as house:
        with socket.create_connection(("127.0.0.1", house.inlet.port)):
            pass  # only looked whether anybody listens
        _, reply = await call(house, b"PROX")
        assert reply.startswith("421 4.4.2")
        await house.empty()
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []


async def test_from_anybody_else_it_is_a_wrong_command() -> None:
    """Else whoever comes could call himself as he likes."""
    async with opened(proxy_from=("192.0.2.10", "2001:db8::/32")) as house:
        talk = await Talk.to(house)
        assert (await talk.say(v1("198.51.100.7"))).startswith("500 ")
        assert set(house.inlet._sessions.values()) == {"127.0.0.1"}


@pytest.mark.parametrize("host", ["192.0.2.10", "::ffff:192.0.2.10", "2001:db8::1", "192.0.2.11", "::1", "", "?"])
def test_which_peers_are_balancers(host: str) -> None:
    inlet = SmtpIn(SmtpInSettings(proxy_from=("192.0.2.10", "2001:db8::/32")), lambda: NOW)
    assert inlet.is_balancer(host) == (host in {"192.0.2.10", "::ffff:192.0.2.10", "2001:db8::1"})


def test_a_name_is_no_network() -> None:
    with pytest.raises(ValueError, match="write an address or a network, like"):
        SmtpInSettings(proxy_from=("balancer.example",))
