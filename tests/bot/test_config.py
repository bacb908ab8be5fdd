"""bot.config and bot.config_file: the example says what the settings are; every mistake is told with its line and key."""

import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from bot.config import Settings
from bot.config_file import ConfigError, read_settings

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
OPTION = re.compile(r"^# (?=\[|[a-z_]+(?:\.[a-z]+)? = )", re.MULTILINE)


def options(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """(name, description) of every option below a model."""
    for name, field in model.model_fields.items():
        below = [one for one in _types(field.annotation) if issubclass(one, BaseModel)]
        if not below:
            yield name, field.description or ""
        for one in below:
            yield from options(one)


def _types(annotation: object) -> Iterator[type]:
    if isinstance(annotation, type):
        yield annotation
    for inner in get_args(annotation):
        yield from _types(inner)


def test_the_example_as_it_stands_is_the_defaults() -> None:
    assert read_settings(EXAMPLE).model_dump() == read_settings(None).model_dump()


def test_every_option_stands_in_the_example_under_its_description_and_nothing_else_does() -> None:
    text = EXAMPLE.read_text()
    for name, description in options(Settings):
        flat = re.sub(r"\n# ", " ", text)
        assert re.search(
            rf"# {re.escape(description)}\s*#? ?{name}(\.mon)? = |{re.escape(description)} {name}(\.mon)? = ", flat
        ), name
    shown = set(re.findall(r"^# ([a-z_]+)(?:\.[a-z]+)? = ", text, re.MULTILINE))
    assert shown == {name for name, _ in options(Settings)}


def test_what_stands_in_the_example_is_the_default(tmp_path: Path) -> None:
    """Taking the # away changes nothing, but for the rows that are only samples."""
    path = tmp_path / "config.toml"
    text = OPTION.sub("", EXAMPLE.read_text())
    path.write_text(re.sub(r"^(ics|tls_cert|tls_key|ca_file) = .*$", "", text, flags=re.MULTILINE))
    samples: Any = {"customers": True, "people": True, "places": True, "mail": {"relay"}}
    shown, default = (read_settings(one).model_dump(exclude=samples) for one in (path, None))
    assert shown == default


def test_the_example_with_every_option_uncommented_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    text = OPTION.sub("", EXAMPLE.read_text())
    path.write_text(re.sub(r"^(ics|tls_cert|tls_key|ca_file) = .*$", "", text, flags=re.MULTILINE))
    path.chmod(0o600)
    assert read_settings(path).people[0].handle == "anna"


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[desk]\nprefix = "AB"\nhotline = "1"\n')
    monkeypatch.setenv("FAULTDESK_DESK__PREFIX", "CD")
    settings = read_settings(path)
    assert (settings.desk.prefix, settings.desk.hotline) == ("CD", "1")


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[mail.relay]\nhost = "smtp.example.com"\nusername = "u"\npassword = "hunter2"\n')
    path.chmod(stat.S_IRUSR)
    assert "hunter2" not in repr(read_settings(path))


BAD = {
    "an option of the settings library": ('_env_prefix = "X"\n', 1, "_env_prefix", "no such option"),
    "unknown section": ("[dek]\n", 1, "dek", "no such option"),
    "unknown key": ('[desk]\n\nprefx = "A"\n', 3, "desk.prefx", "no such option"),
    "prefix in small letters": ('[desk]\nprefix = "fd"\n', 2, "desk.prefix", "match"),
    "number as text": ('[desk]\nreopen_days = "five"\n', 2, "desk.reopen_days", "integer"),
    "zero days": ("[desk]\nreopen_days = 0\n", 2, "desk.reopen_days", "greater"),
    "unknown zone": ('[desk]\ntimezone = "Asia/Peking"\n', 2, "desk.timezone", "no time zone"),
    "unknown language": ('[desk]\nlocale = "de"\n', 2, "desk.locale", "'zh' or 'en'"),
    "yes as port": ('[health]\nport = "yes"\n', 2, "health.port", "integer"),
    "port too high": ("[health]\nport = 70000\n", 2, "health.port", "65535"),
    "negative port": ("[mail.smtp_in]\nport = -1\n", 2, "mail.smtp_in.port", "greater"),
    "tiny mail size": ("[mail.smtp_in]\nmax_size = 10\n", 2, "mail.smtp_in.max_size", "greater"),
    "section as value": ("mail = 3\n", 1, "mail", "dict"),
    "relay without host": ("[mail.relay]\nport = 25\n", 1, "mail.relay.host", "required"),
    "relay in plain text": ('[mail.relay]\nhost = "smtp.example.com"\nsecurity = "none"\n', 1, "mail.relay", "plain"),
    "unknown security": ('[mail.relay]\nhost = "x"\nsecurity = "ssl"\n', 3, "mail.relay.security", "starttls"),
    "no office": ('[calendars.night]\ntimezone = "UTC"\n', 0, "configuration", "calendars.office is missing"),
    "level missing": ("[levels.standard]\nresponse = 1\nresolve = 2\n", 0, "configuration", "levels.vip is missing"),
    "level of zero": ("[levels.vip]\nresponse = 0\nresolve = 9\n", 2, "levels.vip.response", "greater than 0"),
    "negative level": ("[levels.vip]\nresponse = 1\nresolve = -9\n", 3, "levels.vip.resolve", "greater than 0"),
    "half a level": ("[levels.vip]\nresponse = 1\n", 1, "levels.vip.resolve", "required"),
    "dispatch of zero": ("[targets]\ndispatch = 0\n", 2, "targets.dispatch", "greater than 0"),
    "general missing": ('[items.printer]\nlevel = "vip"\n', 0, "configuration", "items.general is missing"),
    "unknown level": ('[items.general]\nlevel = "gold"\n', 0, "configuration", "no level 'gold'"),
    "unknown item": ('[places.hq]\nimmediate_for = ["sofa"]\n', 0, "configuration", "no item 'sofa'"),
    "customer key": ('[[customers]]\nkey = "A B"\n', 2, "customers.0.key", "match"),
    "customer without key": ('[[customers]]\nname = "A"\n', 1, "customers.0.key", "required"),
    "two customers, one domain": (
        '[[customers]]\nkey = "a"\ndomains = ["x.example"]\n[[customers]]\nkey = "b"\ndomains = ["X.example"]\n',
        0, "configuration", "'x.example' is there twice",
    ),
    "customer twice": ('[[customers]]\nkey = "a"\n[[customers]]\nkey = "a"\n', 0, "configuration", "'a' is there twice"),
    "handle twice": (
        '[[people]]\nhandle = "a"\nroles = ["desk"]\n[[people]]\nhandle = "a"\nroles = ["desk"]\n',
        0, "configuration", "handle 'a' is there twice",
    ),
    "capital handle": (
        "".join(f'[[people]]\nhandle = "{name}"\nroles = ["desk"]\nmail = "{name.upper()}@x.example"\n' for name in "aA"),
        6, "people.1.handle", "match",
    ),
    "our own mailbox": (
        '[[people]]\nhandle = "a"\nroles = ["desk"]\nmail = "fault@localhost"\n', 0, "configuration", "our own mailbox",
    ),
    "second person wrong": (
        '[[people]]\nhandle = "a"\nroles = ["desk"]\n[[people]]\nhandle = "b"\nroles = ["chef"]\n',
        6, "people.1.roles.0", "resident",
    ),
    "no role": ('[[people]]\nhandle = "a"\nroles = []\n', 3, "people.0.roles", "at least 1"),
    "handle with blanks": ('[[people]]\nhandle = "a b"\nroles = ["desk"]\n', 2, "people.0.handle", "match"),
    "language": ('[[people]]\nhandle = "a"\nroles = ["desk"]\nlanguage = "fr"\n', 4, "people.0.language", "'zh'"),
    "budget of zero": ("[budgets]\ntickets_hour = 0\n", 2, "budgets.tickets_hour", "greater"),
    "no backups": ("[data]\nbackups = 0\n", 2, "data.backups", "greater"),
    "weekly as text": ('[calendars.office]\nweekly = "mon"\n', 2, "calendars.office.weekly", "dict"),
    "extra as text": ('[calendars.office]\nextra = ["x"]\n', 2, "calendars.office.extra.0", "dict"),
    "acknowledge": ("[desk]\nacknowledge_minutes = 1000\n", 2, "desk.acknowledge_minutes", "240"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_is_told_with_line_key_and_reason(name: str, tmp_path: Path) -> None:
    text, line, key, reason = BAD[name]
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_settings(path)
    place = f"{path}:{line}: " if line else f"{path}: "
    matching = [one for one in caught.value.lines if one.startswith(f"{place}{key}: ")]
    assert matching, caught.value.lines
    assert reason in matching[0]


def test_a_password_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[mail.relay]\nhost = "smtp.example.com"\npassword = "hunter2"\n')
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600") as caught:
        read_settings(path)
    assert "hunter2" not in str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[desk]\nprefix = "x"\nlocale = "de"\n[health]\nport = "yes"\n')
    with pytest.raises(ConfigError) as caught:
        read_settings(path)
    assert [re.match(r".*:(\d+): ", one)[1] for one in caught.value.lines] == ["2", "3", "5"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"[desk\n", r":1: "),
        (b"[desk]\nprefix = \n", r":2: "),
        (b"a = 1\na = 2\n", r":\d+: "),
        (b"\tx\n\ty = [\n", r": "),
        (b"[desk]\nhotline = '\xff'\n", r"not UTF-8"),
        (b"#" * (1024 * 1024 + 1), r"larger than"),
    ],
)
def test_what_is_no_toml_is_one_line(raw: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(raw)
    with pytest.raises(ConfigError, match=reason) as caught:
        read_settings(path)
    assert len(caught.value.lines) == 1


@pytest.mark.parametrize("raw", [b"\xef\xbb\xbf[desk]\r\nprefix = 'AB'\r\n", b"[desk]\r\nprefix = 'AB'\r\n"])
def test_a_byte_order_mark_and_windows_lines_are_no_mistake(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(raw)
    assert read_settings(path).desk.prefix == "AB"


def test_a_missing_file_and_a_folder_are_one_line(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere.toml"):
        with pytest.raises(ConfigError, match="cannot be read"):
            read_settings(path)
