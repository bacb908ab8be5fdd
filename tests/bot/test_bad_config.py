"""Bad configurations (reliability 3 E 79 to 82): each is told as `file:line: key: reason`, all at once, never a crash."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.config_file import ConfigError, read_settings

ROOT = Path(__file__).parents[2]


def person(handle: str, *more: str) -> str:
    return "\n".join(["[[people]]", f'handle = "{handle}"', 'roles = ["desk"]', *more, ""])


def customer(key: str, *more: str) -> str:
    return "\n".join(["[[customers]]", f'key = "{key}"', *more, ""])


OFFICE = "[calendars.office]\n"
RELAY = '[mail.relay]\nhost = "smtp.example.com"\n'
# name: (text, the beginning `line: key` of its message, a word of the reason)
BAD = {
    "unknown section": ("\n[dek]\n", "2: dek", "no such option"),
    "unknown value at the top": ("x = 1\n", "1: x", "no such option"),
    "unknown key": ('[desk]\n\nprefx = "A"\n', "3: desk.prefx", "no such option"),
    "unknown key of smtp_in": ("[mail.smtp_in]\nprot = 1\n", "2: mail.smtp_in.prot", "no such option"),
    "unknown key of a level": ("[levels.vip]\nresponse = 1\nresolve = 2\nx = 3\n", "4: levels.vip.x", "no such option"),
    "unknown key of the second person": (person("a") + person("b", "age = 3"), "7: people[1].age", "no such option"),
    "section as value": ("mail = 3\n", "1: mail", "table"),
    "section as list": ('[[desk]]\nprefix = "A"\n', "1: desk", "table"),
    "list as section": ('[people]\nhandle = "a"\n', "1: people", "list"),
    "text as list": ('[[people]]\nhandle = "a"\nroles = "desk"\n', "3: people[0].roles", "list"),
    "number as text": ("[desk]\nhotline = 110\n", "2: desk.hotline", "text"),
    "quoted key": ('[desk]\n"hotline" = 110\n', "2: desk.hotline", "text"),
    "dotted key": ("# a comment\ndesk.hotline = 110\n", "2: desk.hotline", "text"),
    "inline table": ("desk = { hotline = 110 }\n", "1: desk.hotline", "text"),
    "indented with tabs": ("\t[desk]\n\thotline\t=\t110\n", "2: desk.hotline", "text"),
    "prefix in small letters": ('[desk]\nprefix = "fd"\n', "2: desk.prefix", "FD"),
    "days as a word": ('[desk]\nreopen_days = "five"\n', "2: desk.reopen_days", "number"),
    "half a day": ("[desk]\nreopen_days = 1.5\n", "2: desk.reopen_days", "number"),
    "no days": ("[desk]\nreopen_days = 0\n", "2: desk.reopen_days", "1"),
    "too many minutes": ("[desk]\nacknowledge_minutes = 1000\n", "2: desk.acknowledge_minutes", "240"),
    "unknown language": ('[desk]\nlocale = "de"\n', "2: desk.locale", "zh"),
    "unknown zone": ('[desk]\ntimezone = "Asia/Peking"\n', "2: desk.timezone", "no time zone"),
    "no zone": ('[desk]\ntimezone = ""\n', "2: desk.timezone", "no time zone"),
    "zone as a path": ('[calendars.office]\ntimezone = "../UTC"\n', "2: calendars.office.timezone", "no time zone"),
    "canary without a relay": ("[health]\ncanary_minutes = 5\n", "2: health.canary_minutes", "mail.relay"),
    "heartbeat by file": ('[health]\nheartbeat_url = "file:///x"\n', "2: health.heartbeat_url", "https"),
    "yes as port": ('[health]\nport = "yes"\n', "2: health.port", "number"),
    "true as port": ("[health]\nport = true\n", "2: health.port", "number"),
    "port too high": ("[health]\nport = 70000\n", "2: health.port", "65535"),
    "negative port": ("[mail.smtp_in]\nport = -1\n", "2: mail.smtp_in.port", "0"),
    "tiny mails": ("[mail.smtp_in]\nmax_size = 10\n", "2: mail.smtp_in.max_size", "65536"),
    "no mailbox": ('[mail]\nmailbox = ""\n', "2: mail.mailbox", "@"),
    "relay without host": ("[mail.relay]\nport = 25\n", "1: mail.relay.host", "missing"),
    "relay in plain text": (RELAY + 'security = "none"\n', "1: mail.relay", "allow_plaintext"),
    "unknown security": (RELAY + 'security = "ssl"\n', "3: mail.relay.security", "starttls"),
    "no backups": ("[data]\nbackups = 0\n", "2: data.backups", "1"),
    "no budget": ("[budgets]\ntickets_hour = 0\n", "2: budgets.tickets_hour", "1"),
    "no office": ('[calendars.night]\ntimezone = "UTC"\n', "1: calendars.office", "missing"),
    "hours as text": ('[calendars.office]\nweekly = "mon"\n', "2: calendars.office.weekly", "table"),
    "extra as text": ('[calendars.office]\nextra = ["x"]\n', "2: calendars.office.extra[0]", "table"),
    "30 February": (OFFICE + 'holidays = ["2026-02-30"]\n', "2: calendars.office.holidays[0]", "2026-02-30"),
    "never open": (OFFICE + "weekly = {}\n", "2: calendars.office.weekly", "never open"),
    "open at 25 h": (OFFICE + 'weekly.mon = [["25:00", "26:00"]]\n', "2: calendars.office.weekly.mon[0]", "25:00"),
    "no such day": (OFFICE + "weekly.funday = []\n", "2: calendars.office.weekly.funday", "not a weekday"),
    "extra without hours": (OFFICE + "extra = [{ date = 2026-10-01 }]\n", "2: calendars.office.extra[0]", "hours"),
    "free and extra": (
        OFFICE + 'holidays = [2026-10-01]\nextra = [{ date = "2026-10-01", hours = [["09:00", "10:00"]] }]\n',
        "3: calendars.office.extra", "2026-10-01",
    ),
    "no vip": ("[levels.standard]\nresponse = 1\nresolve = 2\n", "1: levels.vip", "missing"),
    "response of zero": ("[levels.vip]\nresponse = 0\nresolve = 9\n", "2: levels.vip.response", "more than 0"),
    "negative solution": ("[levels.vip]\nresponse = 1\nresolve = -9\n", "3: levels.vip.resolve", "more than 0"),
    "endless solution": ("[levels.vip]\nresponse = 1\nresolve = inf\n", "3: levels.vip.resolve", "end"),
    "no number": ("[levels.vip]\nresponse = nan\nresolve = 2\n", "2: levels.vip.response", "end"),
    "half a level": ("[levels.vip]\nresponse = 1\n", "1: levels.vip.resolve", "missing"),
    "level in quotes": ('[levels."vip"]\nresponse = 0\nresolve = 1\n', "2: levels.vip.response", "more than 0"),
    "dispatch of zero": ("[targets]\ndispatch = 0\n", "2: targets.dispatch", "more than 0"),
    "no general": ('[items.printer]\nlevel = "vip"\n', "1: items.general", "missing"),
    "unknown level of an item": ('[items.general]\nlevel = "gold"\n', "2: items.general.level", "no level 'gold'"),
    "unknown level of a customer": (customer("a", 'level = "gold"'), "3: customers[0].level", "no level 'gold'"),
    "unknown item": ('[places.hq]\nimmediate_for = ["sofa"]\n', "2: places.hq.immediate_for", "no item 'sofa'"),
    "malformed customer": (customer("A B"), "2: customers[0].key", "small letters"),
    "customer without key": ('[[customers]]\nname = "A"\n', "1: customers[0].key", "missing"),
    "customer twice": (customer("a") + customer("a"), "4: customers[1].key", "twice"),
    "two customers, one domain": (
        customer("a", 'domains = ["x.example"]') + customer("b", 'domains = ["X.example"]'),
        "6: customers[1].domains", "x.example already belongs to the customer 'a'",
    ),
    "no role": ('[[people]]\nhandle = "a"\nroles = []\n', "3: people[0].roles", "empty"),
    "unknown role": (person("a") + '[[people]]\nhandle = "b"\nroles = ["chef"]\n', "6: people[1].roles[0]", "resident"),
    "handle with a blank": (person("a b"), "2: people[0].handle", "small letters"),
    "handle twice": (person("a") + person("a"), "5: people[1].handle", "twice"),
    "address twice": (
        person("a", 'mail = "a@x.example"') + person("b", 'mail = "A@x.example"'), "8: people[1].mail", "'a'",
    ),
    "prefers mail without an address": (person("a", 'prefers = "mail"'), "1: people[0].mail", "prefers mail"),
    "our own mailbox": (person("a", 'mail = "Fault@localhost"'), "4: people[0].mail", "our own mailbox"),
    "language": (person("a", 'language = "fr"'), "4: people[0].language", "zh"),
}  # fmt: skip
# What TOML itself refuses: (text, line, a word of the reason). The parser stops there, so each comes alone.
NO_TOML = {
    "key twice": ('[desk]\nprefix = "A"\nprefix = "B"\n', 3, "twice"),
    "section twice": ("[desk]\n\n[desk]\n", 3, "twice"),
    "open bracket": ("\n[desk\n", 2, "Expected"),
    "no value": ("[desk]\nprefix = \n", 2, "Invalid value"),
    "text without quotes": ("[desk]\nlocale = zh\n", 2, "Invalid value"),
    "yes without quotes": ("[health]\nport = yes\n", 2, "Invalid value"),
    "leading zero": ("[health]\nport = 025\n", 2, "Expected"),
    "30 February as a date": ("[calendars.office]\nholidays = [2026-02-30]\n", 2, "Invalid date"),
    "open text": ('[desk]\nhotline = """110\n', 2, "Unterminated"),
    "YAML": ("desk:\n  prefix: FD\n", 1, "Expected"),
}
CALENDARS = {
    "30 February": ('holidays = ["2026-02-30"]', "2026-02-30 is not in the calendar"),
    "no such country": ('country = "XX"', "not known to the holidays library"),  # asked only at the start
}


def mistakes(path: Path, raw: str | bytes) -> list[str]:
    """The messages about a file with this content, without its name."""
    path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    with pytest.raises(ConfigError) as caught:
        read_settings(path)
    return [one.removeprefix(f"{path}:") for one in caught.value.lines]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_is_told_with_line_key_and_reason(name: str, path: Path) -> None:
    text, place, reason = BAD[name]
    told = [one.removeprefix(f"{place}: ") for one in mistakes(path, text) if one.startswith(f"{place}: ")]
    assert told, mistakes(path, text)
    assert reason in told[0]


@pytest.mark.parametrize("name", NO_TOML)
def test_what_is_no_toml_is_one_line_with_its_place(name: str, path: Path) -> None:
    text, line, reason = NO_TOML[name]
    (told,) = mistakes(path, text)
    assert told.startswith(f"{line}: ")
    assert reason in told


def test_all_mistakes_are_told_at_once(path: Path) -> None:
    told = mistakes(path, '[desk]\nprefix = "x"\nlocale = "de"\n[health]\nport = "yes"\n' + person("a") + person("a"))
    assert [one.split(":")[0] for one in told] == ["2", "3", "5", "10"]


def test_no_message_repeats_the_password(path: Path) -> None:
    told = mistakes(path, RELAY + 'password = "hunter2"\nsecurity = "none"\n[desk]\nlocale = "de"\n')
    assert "hunter2" not in "\n".join(told)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"[desk]\nhotline = '\xff'\n", "not UTF-8"),
        ("[desk]\nhotline = '1'\n".encode("utf-16"), "not UTF-8"),
        (b"#" * 10_000_000, "larger than"),
        (b"x = " + b"[" * 100_000, "not a configuration"),
        (b"x = " + b"9" * 10_000, "not a configuration"),
    ],
    ids=["latin-1", "utf-16", "10 MB", "deep", "long number"],
)
def test_what_is_no_configuration_is_one_line(raw: bytes, reason: str, path: Path) -> None:
    (told,) = mistakes(path, raw)
    assert reason in told


def test_a_missing_file_and_a_folder_cannot_be_read(path: Path) -> None:
    for wrong in (path, path.parent):
        with pytest.raises(ConfigError, match=f"^{re.escape(str(wrong))}: cannot be read: "):
            read_settings(wrong)


@pytest.mark.parametrize("raw", [b"\xef\xbb\xbf[desk]\nprefix = 'AB'\n", b"[desk]\r\nprefix = 'AB'\r\n"])
def test_a_byte_order_mark_and_windows_lines_are_no_mistake(raw: bytes, path: Path) -> None:
    path.write_bytes(raw)
    assert read_settings(path).desk.prefix == "AB"


def test_lines_are_right_after_a_byte_order_mark_and_in_windows_lines(path: Path) -> None:
    assert mistakes(path, b"\xef\xbb\xbf[desk]\r\n\r\nhotline = 1\r\n")[0].startswith("3: desk.hotline: ")


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620])
def test_a_password_in_a_file_of_others_is_refused(mode: int, path: Path) -> None:
    path.touch(mode=0o600)
    path.chmod(mode)
    told = mistakes(path, RELAY + 'username = "u"\npassword = "hunter2"\n')
    assert any(f"chmod 600 {path}" in one for one in told)
    path.chmod(0o600)
    assert read_settings(path).mail.relay


def test_without_a_password_everybody_may_read_the_file(path: Path) -> None:
    path.write_text(RELAY)
    path.chmod(0o644)
    assert read_settings(path).mail.relay


@pytest.mark.parametrize("name", CALENDARS)
def test_a_wrong_calendar_ends_the_start_in_one_line(name: str, path: Path) -> None:
    text, reason = CALENDARS[name]
    path.write_text(f"[health]\nport = 0\n[mail.smtp_in]\nport = 0\n[calendars.office]\n{text}\n")
    environment = {one: value for one, value in os.environ.items() if not one.startswith("FAULTDESK_")}
    ended = subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        cwd=path.parent, env=environment | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 2, ended
    (told,) = ended.stderr.splitlines()
    assert "calendars.office." in told
    assert reason in told
