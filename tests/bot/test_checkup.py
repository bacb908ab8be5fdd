"""bot.checkup: what `faultdesk check` finds, in words that say what to change."""

from __future__ import annotations

import re
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot import checkup
from bot.checkup import check_all
from bot.config import Settings
from bot.render import Renderer
from channels.base import Finding
from channels.smtp_out import SmtpOutSettings
from storage.store import Store
from tests.channels.smtp_door import make_certificate
from tests.channels.smtp_sink import Sink
from tests.parts.postgres import Postgres
from tests.parts.tables import tables_at
from tests.parts.telegram import FakeTelegram


class Broken(Renderer):
    """A renderer whose one template has gone wrong."""

    def render(self, locale: str, kind: str, facts: Any) -> Any:
        if (locale, kind) == ("zh", "card"):
            raise KeyError("number")
        return super().render(locale, kind, facts)


def renderer(kind: type[Renderer] = Renderer) -> Renderer:
    return kind("Faultdesk", "", "fault@localhost", "Asia/Shanghai")


async def found(folder: Path, words: Renderer | None = None, *, running: bool = False, **sections: Any) -> list[str]:
    """Every finding as "level part: text"; nothing listens on any fixed port."""
    sections = {"mail": {"smtp_in": {"port": 0}}, "health": {"port": 0}, **sections}
    settings = Settings(data={"folder": folder}, **sections)
    database = settings.data.database or f"sqlite:///{folder / 'faultdesk.db'}"
    checks = check_all(settings, database, words or renderer(), running=running)
    return [f"{one.finding.level} {one.part}: {one.finding.text}" async for one in checks]


def only(findings: list[str], part: str) -> str:
    [one] = [line for line in findings if f" {part}: " in line]
    return one


async def test_the_built_in_configuration_has_nothing_wrong(tmp_path: Path) -> None:
    findings = await found(tmp_path)
    assert [line for line in findings if line.startswith("wrong")] == []
    assert "messages and phrases can be written, in en and zh" in only(findings, "templates")
    assert "is made at the first start" in only(findings, "data.database")


# ---- the relay ----


async def tried(sink: Sink, **settings: Any) -> Finding:
    await sink.start()
    try:
        known = {"host": "127.0.0.1", "port": sink.port, "security": "none", **settings}
        [finding] = await SmtpOutSettings(**known).check(running=False)
    finally:
        await sink.stop()
    assert sink.mails == []
    return finding


async def test_a_good_relay_is_connected_encrypted_and_logged_in_to_and_gets_no_mail(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*certificate)
    sink = Sink(password="right", tls=tls)
    finding = await tried(
        sink, host="localhost", security="starttls", ca_file=certificate[0], username="user", password="right"
    )
    assert finding.level == "ok"
    assert "its certificate good, the login as user is accepted; no mail was sent" in finding.text
    assert not any(line.startswith("MAIL") for line in sink.commands)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"username": "user", "password": "hunter2"}, "login is refused; check username and password"),
        ({"security": "starttls"}, 'no STARTTLS on this port; try security = "tls" with port 465'),
        ({"security": "tls"}, "no encryption could be agreed on"),
        ({"host": "no-such-host.invalid", "allow_plaintext": True}, "no machine of this name"),
    ],
)
async def test_what_is_wrong_with_a_relay_is_said_with_what_to_change(settings: dict[str, Any], words: str) -> None:
    finding = await tried(Sink(password="right"), **settings)
    assert finding.level == "wrong"
    assert words in finding.text
    assert "hunter2" not in finding.text


async def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*make_certificate(tmp_path))
    finding = await tried(Sink(tls=tls), host="localhost", security="starttls")
    assert "its certificate is not trusted; name its authority in ca_file" in finding.text


async def test_a_relay_that_is_not_there_or_says_nothing() -> None:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
        [finding] = await SmtpOutSettings(host="127.0.0.1", port=port, security="none").check(running=False)
        assert "nothing listens there; check port" in finding.text
        door.listen()
        silent = SmtpOutSettings(host="127.0.0.1", port=port, security="none", timeout=0.2)
        [finding] = await silent.check(running=False)
    assert "no answer in time" in finding.text


async def test_a_channel_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "LONGEST", 0.2)
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        relay = {"host": "127.0.0.1", "port": door.getsockname()[1], "security": "none"}
        findings = await found(tmp_path, mail={"smtp_in": {"port": 0}, "relay": relay})
    assert only(findings, "mail.relay").startswith("wrong")


# ---- ports, folder, database ----


async def test_a_taken_port_is_wrong_unless_it_is_our_own_daemon(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        mail = {"smtp_in": {"port": taken.getsockname()[1]}}
        assert "another program" in only(await found(tmp_path, mail=mail), "mail.smtp_in")
        assert only(await found(tmp_path, mail=mail, running=True), "mail.smtp_in").startswith("ok")


async def test_an_address_that_is_not_ours_and_a_certificate_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("no certificate")
    certificate = {"tls_cert": tmp_path / "cert.pem", "tls_key": tmp_path / "cert.pem"}
    findings = await found(tmp_path, mail={"smtp_in": {"port": 0, "host": "192.0.2.7", **certificate}})
    port, chain = [line for line in findings if " mail.smtp_in: " in line]
    assert "this machine has no such address" in port
    assert "are no certificate with its key" in chain


async def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "wrong data: cannot write in" in "\n".join(await found(tmp_path / "file" / "desk"))


@pytest.mark.parametrize(
    ("version", "words"),
    [(None, "ok .* this version's schema"), ("9999", "wrong .* newer"), ("0000", "advice .* old schema 0000")],
)
async def test_the_schema_of_the_database(tmp_path: Path, version: str | None, words: str) -> None:
    store = Store(tables_at(tmp_path / "faultdesk.db"))
    if version:
        store.write_now(lambda db: db.execute(text(f"update alembic_version set version_num = '{version}'")))
    store.close()
    assert re.search(words, only(await found(tmp_path), "data.database"))


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "faultdesk.db").write_bytes(b"no database at all, but long enough to be one\n" * 9)
    assert only(await found(tmp_path), "data.database").startswith("wrong")


async def test_postgresql_that_is_there_and_one_that_is_not(tmp_path: Path, postgres: Postgres) -> None:
    settings = Settings(data={"folder": tmp_path}, mail={"smtp_in": {"port": 0}}, health={"port": 0})
    for url, level in ((postgres.database(), "ok"), ("postgresql+psycopg://x:hunter2@127.0.0.1:1/x", "wrong")):
        checks = check_all(settings, url, renderer(), running=False)
        [finding] = [one.finding async for one in checks if one.part == "data.database"]
        assert finding.level == level
        assert "hunter2" not in finding.text


# ---- words, people ----


async def test_a_template_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    findings = await found(tmp_path, renderer(Broken))
    assert "wrong templates: templates/zh/card.j2 cannot be written: KeyError" in "\n".join(findings)


async def test_missing_roles_are_said(tmp_path: Path) -> None:
    people = [{"handle": "anna", "roles": ["resident", "desk"]}]
    findings = "\n".join(await found(tmp_path, people=people))
    assert "wrong people: nobody is manager" in findings
    assert "1 resident and 0 mobile engineers: the contract wants at least two and one (SP-1.1)" in findings


async def test_a_manager_without_a_second_way_is_said(tmp_path: Path) -> None:
    people = [{"handle": "pm", "roles": ["manager"]}]
    assert "pm has no mail address" in "\n".join(await found(tmp_path, people=people))


async def test_the_customers_groups_are_looked_at(tmp_path: Path) -> None:
    async with FakeTelegram() as fake:
        group = fake.group(-1001000000001)
        fake.chats[group]["username"] = "support"
        customers = [{"key": "acme", "groups": [{"chat": group}]}]
        telegram = {"token": fake.token, "base_url": fake.base_url}
        findings = await found(tmp_path, customers=customers, chat={"telegram": telegram})
    assert only(findings, "customers.groups").startswith(f"wrong customers.groups: {group} (Support): it is public")
