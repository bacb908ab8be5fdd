"""channels.imap against a real Dovecot: what is taken, where it goes, and what a first start does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.mailboxes import FOLDER, LOGIN, MOVE, START, TLS
from bot.domain.mailboxes import received as received_at
from bot.domain.messages import Incoming
from channels.imap import Imap
from channels.imap_rules import Trouble
from tests.channels.mailbox import Desk, securely, settings_for, until
from tests.parts.dovecot import MINIMAL, PASSWORD, USER, Dovecot, mail, subject_of

THREE = ["fault 0", "fault 1", "fault 2"]


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as server:
        yield server


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_what_lies_there_is_stored_then_moved(dovecot: Dovecot, desk: Desk) -> None:
    dovecot.deliver(*map(mail, range(3)))
    async with desk.reading(settings_for(dovecot.imaps, **securely(dovecot.folder))) as inlet:
        await until(inlet.read.is_set)
        assert inlet.problem == ""
    assert desk.subjects() == dovecot.subjects("Processed") == THREE
    assert dovecot.subjects() == []
    [stamp] = {one.received_at.utcoffset() for one in desk.mails.values()}
    assert stamp is not None
    assert {one.envelope_from for one in desk.mails.values()} == {None}


async def test_what_comes_later_is_taken_while_it_idles(dovecot: Dovecot, desk: Desk) -> None:
    async with desk.reading(settings_for(dovecot.imap, poll_seconds=1000)) as inlet:
        await until(inlet.read.is_set)
        for number in range(3):
            await asyncio.to_thread(dovecot.deliver, mail(number))
            await until(lambda n=number: len(desk.mails) == n + 1)  # type: ignore[misc]
        await asyncio.sleep(4)  # the server says "Still here" every 3 s
        await asyncio.to_thread(dovecot.deliver, mail(3))
        await until(lambda: len(desk.mails) == 4)
    assert desk.copies == 0


async def test_without_idle_it_looks_from_time_to_time(dovecot: Dovecot, desk: Desk) -> None:
    async with desk.reading(settings_for(dovecot.imap, idle=False, poll_seconds=1)) as inlet:
        await until(inlet.read.is_set)
        await asyncio.to_thread(dovecot.deliver, mail(0))
        await until(lambda: desk.subjects() == ["fault 0"])


async def test_starttls_is_taken_up(dovecot: Dovecot, desk: Desk) -> None:
    dovecot.deliver(mail(0))
    async with desk.reading(settings_for(dovecot.imap, **securely(dovecot.folder, security="starttls"))) as inlet:
        await until(inlet.read.is_set)
    assert desk.subjects() == ["fault 0"]


async def test_a_certificate_that_nobody_vouches_for_is_refused(dovecot: Dovecot, desk: Desk) -> None:
    async with desk.reading(settings_for(dovecot.imaps, **securely(dovecot.folder, ca_file=None))) as inlet:
        await until(lambda: desk.reports)
        assert inlet.problem.startswith(f"mailbox {inlet.name}: tls: its certificate is not trusted")
    assert [kind for kind, _ in desk.reports] == [TLS]
    assert "Login" not in (dovecot.folder / "dovecot.log").read_text()


async def test_certificates_that_cannot_be_read_are_told_and_read_once_they_are_there(
    dovecot: Dovecot, desk: Desk, tmp_path: Path
) -> None:
    """They may be exchanged while the daemon runs, and be missing or half written for a moment."""
    file = tmp_path / "ca.pem"
    async with desk.reading(settings_for(dovecot.imaps, **securely(dovecot.folder, ca_file=file))) as inlet:
        await until(lambda: "ca_file cannot be used" in inlet.problem)
        file.write_text("half a certif")
        await until(lambda: "No such file" not in inlet.problem)
        assert "ca_file cannot be used" in inlet.problem
        file.write_bytes((dovecot.folder / "tls" / "cert.pem").read_bytes())
        await until(inlet.read.is_set)
    assert [kind for kind, _ in desk.reports] == [TLS, ""]


async def test_a_wrong_password_is_told_once_and_tried_ever_more_rarely(dovecot: Dovecot, desk: Desk) -> None:
    async with desk.reading(settings_for(dovecot.imap, password="wrong!"), patience=0.002) as inlet:
        await until(lambda: inlet._troubled[2] >= 4)
        assert inlet._troubled[2] < 12, "60, 120, 240, … seconds, scaled"
        assert "wrong!" not in inlet.problem
    assert [kind for kind, _ in desk.reports] == [LOGIN]


async def test_a_folder_that_is_not_there(dovecot: Dovecot, desk: Desk) -> None:
    async with desk.reading(settings_for(dovecot.imap, folder="Nowhere")):
        await until(lambda: desk.reports)
    assert desk.reports[0][0] == FOLDER


async def test_folders_may_have_any_name(dovecot: Dovecot, desk: Desk) -> None:
    dovecot.deliver(mail(0))
    async with desk.reading(settings_for(dovecot.imap, processed="已受理 & done")) as inlet:
        await until(inlet.read.is_set)
    assert dovecot.subjects("已受理 & done") == ["fault 0"]


async def test_empty_mails_odd_mails_and_large_ones(dovecot: Dovecot, desk: Desk) -> None:
    odd = b"Subject: odd\n\n{10}\r\n) OK \x00\xff\n* BYE\n".replace(b"\x00", b"")
    dovecot.deliver(odd, mail(1, size=3_000_000), mail(2, size=6_000_000), mail(3))
    async with desk.reading(settings_for(dovecot.imap)) as inlet:
        await until(inlet.read.is_set)
    assert desk.subjects() == ["fault 1", "fault 2", "fault 3", "odd"]
    [raw] = [one.raw for one in desk.mails.values() if b"Subject: odd" in one.raw]
    assert raw.endswith(b"{10}\r\n) OK \xff\r\n* BYE\r\n\r\n")


# ---- above the size ----


async def test_of_an_oversize_mail_the_beginning_is_read_and_it_goes_elsewhere(dovecot: Dovecot, desk: Desk) -> None:
    """Reliability 3 A 9."""
    dovecot.deliver(mail(0), mail(1, size=1_000_000))
    async with desk.reading(settings_for(dovecot.imap, max_size=100_000)) as inlet:
        await until(inlet.read.is_set)
    assert dovecot.subjects("Processed") == ["fault 0"]
    assert dovecot.subjects("Oversize") == ["fault 1"]
    [large] = [one for one in desk.mails.values() if one.whole_size]
    assert 64 * 1024 <= len(large.raw) < 70_000
    assert large.whole_size > 1_000_000
    assert large.raw.startswith(b"Return-Path:")


# ---- where mails cannot be moved ----


@pytest.mark.parametrize("capability", ["IMAP4rev1 UIDPLUS IDLE", "IMAP4rev1 UIDPLUS"])
async def test_without_move_it_copies_and_takes_out_its_own(desk: Desk, capability: str) -> None:
    with Dovecot(capability=capability) as dovecot:
        dovecot.deliver(*map(mail, range(3)))
        with dovecot.client() as other:  # somebody else marks a mail of hers: a plain EXPUNGE would take it along
            other.append("INBOX", mail(9, subject="marked"), flags=[b"\\Deleted"])
        async with desk.reading(settings_for(dovecot.imap, start=date(2026, 1, 1))) as inlet:
            await until(inlet.read.is_set)
        assert dovecot.subjects("Processed") == [*THREE, "marked"]
        assert dovecot.subjects() == []


async def test_where_nothing_can_move_it_remembers(desk: Desk) -> None:
    with Dovecot(capability=MINIMAL) as dovecot:
        dovecot.deliver(*map(mail, range(3)))
        settings = settings_for(dovecot.imap)
        for _ in range(2):
            async with desk.reading(settings) as inlet:
                await until(inlet.read.is_set)
        assert dovecot.subjects() == desk.subjects() == THREE
        dovecot.deliver(mail(3))
        async with desk.reading(settings) as inlet:
            await until(inlet.read.is_set)
        assert len(desk.mails) == 4
        assert desk.copies == 0, "none was even fetched again"
        assert desk.states[settings.key][1] == "1:4"


FULL = """
namespace archive {
  prefix = Archive/
  separator = /
  location = maildir:~/Archive
}
mail_plugins = quota
protocol imap {
  mail_plugins = quota imap_quota
}
plugin {
  quota = count:Archive:ns=Archive/
  quota_vsizes = yes
  quota_rule = *:bytes=10
}
"""


async def test_a_full_folder_holds_up_nobody_and_is_told_once(desk: Desk) -> None:
    """Reliability 3 A 50."""
    with Dovecot(extra=FULL) as dovecot:
        dovecot.deliver(*map(mail, range(3)))
        async with desk.reading(settings_for(dovecot.imap, processed="Archive/Done")) as inlet:
            await until(inlet.read.is_set)
            assert "move: " in inlet.problem
            assert "OVERQUOTA" in inlet.problem
            await asyncio.to_thread(dovecot.deliver, mail(3))
            await until(lambda: len(desk.mails) == 4)
            await until(lambda: len(inlet._stuck) == 4)
        assert dovecot.subjects() == [*THREE, "fault 3"]
        async with desk.reading(settings_for(dovecot.imap)) as inlet:  # another folder: now they can go
            await until(inlet.read.is_set)
        assert dovecot.subjects("Processed") == [*THREE, "fault 3"]
    assert [kind for kind, _ in desk.reports] == [MOVE]
    assert desk.copies == 0


# ---- the first start ----


async def test_many_mails_and_no_choice_is_refused(dovecot: Dovecot, desk: Desk) -> None:
    dovecot.fill(map(mail, range(51)))
    settings = settings_for(dovecot.imap)
    with pytest.raises(Trouble, match="51 mails wait") as caught:
        await Imap(settings, desk, lambda: datetime.now(UTC), ZoneInfo("UTC")).begin(60)
    assert caught.value.kind == START
    async with desk.reading(settings) as inlet:
        await until(lambda: desk.reports)
        assert not inlet.read.is_set()
    assert not desk.mails
    assert not desk.states
    assert len(dovecot.subjects()) == 51


async def test_from_now_on_leaves_what_lies_there(dovecot: Dovecot, desk: Desk) -> None:
    dovecot.fill(map(mail, range(60)))
    settings = settings_for(dovecot.imap, start="now")
    async with desk.reading(settings) as inlet:
        await until(inlet.read.is_set)
        await asyncio.to_thread(dovecot.deliver, mail(99))
        await until(lambda: desk.mails)
    async with desk.reading(settings) as inlet:
        await until(inlet.read.is_set)
    assert desk.subjects() == ["fault 99"]
    assert len(dovecot.subjects()) == 60


async def test_since_a_date(dovecot: Dovecot, desk: Desk) -> None:
    with dovecot.client() as client:
        for number, stamp in enumerate([datetime(2026, 11, 1, 23, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)]):
            client.append("INBOX", mail(number), msg_time=stamp)
    async with desk.reading(settings_for(dovecot.imap, start=date(2026, 11, 3))) as inlet:
        await until(inlet.read.is_set)
    assert desk.subjects() == ["fault 1"]
    assert dovecot.subjects() == ["fault 0"]


async def test_all_of_it_with_progress(dovecot: Dovecot, desk: Desk) -> None:
    dovecot.fill(map(mail, range(450)))
    async with desk.reading(settings_for(dovecot.imap, start="all")) as inlet:
        await until(inlet.read.is_set)
    assert len(desk.mails) == 450
    assert desk.shown[0] == (200, 450)
    assert desk.shown[-1] == (450, 450)
    assert len(dovecot.subjects("Processed")) == 450


# ---- UIDVALIDITY ----


async def test_what_comes_while_many_are_read_goes_before_them(dovecot: Dovecot, desk: Desk) -> None:
    """A fault of now does not wait until a whole backlog is stored."""
    await asyncio.to_thread(dovecot.fill, [mail(number) for number in range(600)])
    store, fresh = desk.receive, [mail(1000)]

    async def receive(incoming: Incoming) -> None:
        if fresh:  # the first of all
            await asyncio.to_thread(dovecot.deliver, fresh.pop())
        await store(incoming)

    desk.receive = receive  # type: ignore[method-assign]
    async with desk.reading(settings_for(dovecot.imaps, **securely(dovecot.folder), start="all")):
        await until(lambda: len(desk.mails) == 601)
        await until(lambda: dovecot.subjects() == [])
    order = [subject_of(one.raw) for one in desk.mails.values()]
    assert order.index("fault 1000") <= 400
    assert sorted(order) == sorted(f"fault {number}" for number in [*range(600), 1000])
    assert desk.copies == 0


async def test_a_new_uidvalidity_makes_no_mail_new(desk: Desk) -> None:
    """P2, both ways: the UIDs stay, and the UIDs begin again."""
    with Dovecot(capability=MINIMAL) as dovecot:
        dovecot.fill(map(mail, range(60)))
        settings = settings_for(dovecot.imap, start="all")
        async with desk.reading(settings) as inlet:
            await until(inlet.read.is_set)
            await asyncio.to_thread(dovecot.set_uidvalidity, 1999999999)
            await asyncio.to_thread(dovecot.deliver, mail(60))
            await until(lambda: len(desk.mails) == 61)
            await until(lambda: desk.states[settings.key][:2] == (1999999999, "1:61"))
        dovecot.forget_uids()
        dovecot.deliver(mail(61))
        async with desk.reading(settings):
            await until(lambda: len(desk.mails) == 62)
        assert desk.states[settings.key][0] != 1999999999


async def test_a_new_uidvalidity_does_not_make_ours_what_was_not(dovecot: Dovecot, desk: Desk) -> None:
    with dovecot.client() as client:
        for number in range(60):
            client.append("INBOX", mail(number), msg_time=datetime.now(UTC) - timedelta(days=3, seconds=-number))
    settings = settings_for(dovecot.imap, start="now")
    async with desk.reading(settings) as inlet:
        await until(inlet.read.is_set)
    dovecot.forget_uids()
    dovecot.deliver(mail(99))
    async with desk.reading(settings) as inlet:
        await until(lambda: "fault 99" in desk.subjects())
        await until(inlet.read.is_set)
    assert set(desk.subjects()) - {"fault 59"} == {"fault 99"}, "at most the newest of the old ones comes too"


# ---- trouble ----


async def test_while_nothing_can_be_stored_nothing_is_moved(dovecot: Dovecot, desk: Desk) -> None:
    """P13."""
    dovecot.deliver(mail(0))
    desk.full = True
    async with desk.reading(settings_for(dovecot.imap)) as inlet:
        await until(lambda: "full" in inlet.problem)
        assert dovecot.subjects() == ["fault 0"]
        desk.full = False
        await until(inlet.read.is_set)
        assert inlet.problem == ""
    assert dovecot.subjects("Processed") == ["fault 0"]


async def test_a_mail_that_somebody_else_takes_away_meanwhile_is_no_matter(
    dovecot: Dovecot, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reliability 3 A 50: between SEARCH and FETCH, and between FETCH and MOVE."""
    dovecot.deliver(*map(mail, range(3)))
    from channels.imap_line import Line

    def steal(subject: str) -> None:
        with dovecot.client() as client:
            client.select_folder("INBOX")
            client.delete_messages(client.search(["SUBJECT", subject]))
            client.expunge()

    uids, move = Line.uids, Line.move

    def then_gone(line: Line, after: int = 0) -> list[int]:
        found = uids(line, after)
        steal("fault 1")
        return found

    def already_gone(line: Line, wanted: Any, folder: str) -> str:
        steal("fault 2")
        return move(line, wanted, folder)

    monkeypatch.setattr(Line, "uids", then_gone)
    monkeypatch.setattr(Line, "move", already_gone)
    async with desk.reading(settings_for(dovecot.imap)) as inlet:
        await until(inlet.read.is_set)
        assert inlet.problem == ""
    assert desk.subjects() == ["fault 0", "fault 2"]
    assert dovecot.subjects("Processed") == ["fault 0"]


async def test_what_somebody_has_read_or_marked_is_taken_too_and_looks_as_before(dovecot: Dovecot, desk: Desk) -> None:
    """P1, reliability 3 A 50: no flag says whether a mail is ours, and we set none."""
    marks = [(), (b"\\Seen",), (b"\\Flagged", b"\\Answered"), (b"\\Deleted",), (b"\\Draft",), (b"$Work",)]
    with dovecot.client() as client:
        for number, flags in enumerate(marks):
            client.append("INBOX", mail(number), flags=flags)
        async with desk.reading(settings_for(dovecot.imap)) as inlet:
            await until(inlet.read.is_set)
            assert inlet.problem == ""
        assert len(desk.mails) == len(marks)
        client.select_folder("Processed", readonly=True)
        flags_now = {
            subject_of(one[b"BODY[]"]): set(one[b"FLAGS"]) - {b"\\Recent"}
            for one in client.fetch(client.search(), ["FLAGS", "BODY.PEEK[]"]).values()
        }
    assert flags_now == {f"fault {number}": set(flags) for number, flags in enumerate(marks)}


async def test_a_folder_that_is_renamed_is_told_and_read_again_once_it_is_there(dovecot: Dovecot, desk: Desk) -> None:
    """Reliability 3 A 50. What it held is known, wherever it comes back from."""
    with dovecot.client() as other:
        other.create_folder("Faults")
        other.append("Faults", mail(0))
        settings = settings_for(dovecot.imap, folder="Faults", processed="", poll_seconds=1)
        async with desk.reading(settings) as inlet:
            await until(inlet.read.is_set)
            other.rename_folder("Faults", "Old")
            await until(lambda: desk.reports)
            assert "folder: " in inlet.problem
            other.create_folder("Faults")
            other.append("Faults", mail(1))
            await until(lambda: len(desk.mails) == 2)
            other.delete_folder("Faults")
            other.rename_folder("Old", "Faults")
            other.append("Faults", mail(2))
            await until(lambda: desk.subjects() == THREE)
    assert {kind for kind, _ in desk.reports} <= {FOLDER, ""}
    assert desk.copies <= 1


async def test_a_server_whose_clock_runs_ahead_gives_nobody_time(
    dovecot: Dovecot, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """R1, sla-semantics 2: more than 5 minutes in the future of ours, then ours counts, and the log says so."""
    with dovecot.client() as client:
        client.append("INBOX", mail(0), msg_time=datetime.now(UTC) + timedelta(hours=2))
        client.append("INBOX", mail(1), msg_time=datetime.now(UTC) - timedelta(hours=2))
    async with desk.reading(settings_for(dovecot.imap)) as inlet:
        await until(inlet.read.is_set)
    assert len(desk.mails) == 2
    assert all(one.received_at <= datetime.now(UTC) for one in desk.mails.values())
    assert caplog.text.count("its clock runs ahead of ours") == 1


def test_when_a_mail_came() -> None:
    """R1: the server's stamp, unless its clock runs ahead."""
    now = datetime(2026, 11, 23, 1, tzinfo=UTC)
    assert received_at(None, now) == now
    assert received_at(now - timedelta(days=9), now) == now - timedelta(days=9)
    assert received_at(now + timedelta(minutes=5), now) == now + timedelta(minutes=5)
    assert received_at(now + timedelta(minutes=6), now) == now


def test_the_name_of_a_mailbox_and_its_secrets() -> None:
    settings = settings_for(143)
    assert settings.key == f"{USER}@localhost/INBOX"
    assert PASSWORD not in repr(settings).replace("password=", "")
