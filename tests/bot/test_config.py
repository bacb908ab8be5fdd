"""bot.config: the example file says what the settings are, each option with its meaning and its default."""

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, SecretStr

from bot.config import Settings, TargetName
from bot.config_file import read_settings
from bot.domain.levels import Choice, promises
from bot.domain.targets import UNITS
from bot.house import rules_of

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
HEAD = re.compile(r"(?:# )?(\[\[?[a-z_.-]+\]\]?)")
OPTION = re.compile(r"# ([a-z_]+)(?:\.([a-z]+))? = (.*)")
OAUTH_SAMPLE = {
    "provider": "microsoft",
    "tenant": "example.com",
    "client_id": "11111111-2222-3333-4444-555555555555",
    "client_secret": "Abc8Q~…",
    "secret_expires": "2028-11-30",
    "key_file": "/etc/faultdesk/google-key.json",
}
SAMPLES: dict[str, dict[str, Any]] = {  # what the example shows where there is no default
    "desk": {"templates": "/etc/faultdesk/texts"},
    "mail.smtp_in": {
        "socket": "/run/faultdesk/mail.sock",
        "tls_cert": "/etc/faultdesk/cert.pem",
        "tls_key": "/etc/faultdesk/key.pem",
    },
    "mail.imap": {
        "host": "imap.example.com",
        "username": "fault@example.com",
        "ca_file": "/etc/faultdesk/imap-ca.pem",
        "token_command": ["/usr/local/bin/mail-token"],
    },
    "mail.imap.oauth": OAUTH_SAMPLE,
    "mail.relay.oauth": OAUTH_SAMPLE,
    "mail.relay": {"host": "smtp.example.com", "ca_file": "/etc/faultdesk/relay-ca.pem"},
    "calendars.office": {"ics": "/etc/faultdesk/holidays.ics"},
    "chat.telegram": {"token": "123456789:AAE…", "token_file": "/etc/faultdesk/telegram-token"},
    "customers": {"key": "acme"},
    "customers.groups": {"chat": -1001234567890},
    "vendors": {"key": "dell", "kind": "maker", "days": 10},
    "plans": {"key": "network", "steps": ["Desk: call the carrier", "Manager: tell the IT department"]},
    "people": {"handle": "anna", "roles": ["resident"]},
    "shifts": {"role": "resident", "person": "anna", "first": "2026-12-01", "last": "2027-03-31"},
    "absences": {"person": "anna", "since": "2026-12-24 00:00", "until": "2027-01-02 00:00"},
}

Line = tuple[str, str, Any]
"""(description, option, value); a table's heading is an option without value."""


def wanted() -> Iterator[Line]:
    """What the example must say, in the order of the settings."""
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        [model] = models(field.annotation)
        text = field.description or ""
        if isinstance(default, list):
            yield from table(text, f"[[{name}]]", model, None)
        elif isinstance(default, dict):
            for key, one in (default or {"hq": None}).items():
                yield from table(text, f"[{name}.{key}]", model, one)
                text = ""
        else:
            yield from table(text, f"[{name}]", model, default)


def table(text: str, head: str, model: type[BaseModel], values: BaseModel | None) -> Iterator[Line]:
    """A table of the example, then the tables below it."""
    yield text, head, None
    samples = SAMPLES.get(head.strip("[]"), {})
    below = []
    for name, field in model.model_fields.items():
        value = getattr(values, name) if values else field.get_default(call_default_factory=True)
        if kinds := models(field.annotation):
            inner = f"[{head.strip('[]')}.{name}]"
            one = (f"[{inner}]", None) if isinstance(value, list) else (inner, value)
            below.append(table(field.description or "", one[0], kinds[0], one[1]))
        else:
            yield field.description or "", name, samples[name] if name in samples else plain(value)
    for lines in below:
        yield from lines


def models(annotation: Any) -> list[type[BaseModel]]:
    """The tables in a type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [one for inner in get_args(annotation) for one in models(inner)]


def plain(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str(value) if isinstance(value, Path) else json.loads(json.dumps(value))


def said() -> list[Line]:
    """What the example says: the comment above each heading and option is its description."""
    lines: list[Line] = []
    text: list[str] = []
    for line in EXAMPLE.read_text(encoding="utf-8").split("\n"):
        if head := HEAD.fullmatch(line):
            lines.append((" ".join(text), head[1], None))
        elif option := OPTION.fullmatch(line):
            value = tomllib.loads(f"x = {option[3]}")["x"]
            if option[2] and not text:
                lines[-1][2][option[2]] = value
            else:
                lines.append((" ".join(text), option[1], {option[2]: value} if option[2] else value))
        else:
            text = [*text, line[2:]] if line.startswith("# ") else []
            continue
        text = []
    return lines


def test_the_example_says_each_option_with_its_meaning_and_default_and_nothing_else() -> None:
    assert said() == list(wanted())


def test_the_example_as_it_stands_is_the_defaults() -> None:
    assert read_settings(EXAMPLE, starting=True).model_dump() == read_settings(None).model_dump()


OAUTH = r"^\[mail\.(imap|relay)\.oauth\]\n(?:(?!\[).*\n)*?(?=\n|\[)"


@pytest.mark.parametrize("login", ["token_command", "oauth"])
def test_the_example_with_every_option_uncommented_is_accepted(tmp_path: Path, login: str) -> None:
    """But for what excludes each other: the ways to log in."""
    path = tmp_path / "config.toml"
    text = re.sub(r"^# (?=\[|[a-z_.]+ = )", "", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = re.sub(r"^(ics|tls_cert|tls_key|ca_file|token_file|key_file) = .*\n", "", text, flags=re.MULTILINE)
    if login == "oauth":
        text = re.sub(r"^token_command = .*$", "", text, flags=re.MULTILINE)
        text = text.replace('username = ""', 'username = "fault@example.com"').replace("Abc8Q~…", "Abc8Q~x")
    else:
        text, found = re.subn(OAUTH, "", text, flags=re.MULTILINE)
        assert found == 2
    path.write_text(text.replace("123456789:AAE…", f"123456789:{'A' * 35}"), encoding="utf-8")
    path.chmod(0o600)
    settings = read_settings(path, starting=True)
    assert settings.people[0].handle == "anna"
    assert settings.levels == Settings().levels


def test_every_line_of_the_example_fits_a_screen() -> None:
    assert [line for line in EXAMPLE.read_text(encoding="utf-8").split("\n") if len(line) > 120] == []


def test_secrets_are_not_shown() -> None:
    settings = Settings(
        data={"database": "postgresql+psycopg://desk:hunter2@db/desk"},
        mail={"relay": {"host": "smtp.example.com", "username": "desk", "password": "hunter2"}},
    )
    assert "hunter2" not in repr(settings) + str(settings)


def test_dates_may_be_written_with_and_without_quotes() -> None:
    office = tomllib.loads('holidays = [2027-02-05, "2027-02-06"]')
    assert Settings(calendars={"office": office}).calendars["office"].holidays == [date(2027, 2, 5), "2027-02-06"]


def test_settings_are_what_they_are_made_of_and_not_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTDESK_DESK__PREFIX", "ENV")
    assert Settings().desk.prefix == "FD"


def test_every_amount_of_the_contract_can_be_said() -> None:
    """Each option reaches the clock it is meant for, and each target may have a calendar of its own."""
    said = {
        "dispatch": 11, "confirm": 31, "abnormal": 21, "delay": 12, "help": 6, "sheet_check": 2, "complaint_answer": 3,
        "complaint_settle": 7, "shop_repair": 16, "repair_weekend": 3, "repair_progress": 4, "monthly_report": 6,
        "repair_report": 11, "major_report": 5,
    }  # fmt: skip
    settings = Settings(targets={**said, "calendars": dict.fromkeys(get_args(TargetName), "always")})
    kept = promises(Choice("warranty-critical", immediate=False, reason=""), rules_of(settings))
    assert set(get_args(TargetName)) == set(kept) == set(UNITS)
    assert {one.calendar for one in kept.values()} == {"always"}
    of_the_level = {"response", "arrival", "resolve"}
    assert [kept[name].amount for name in ("response", "arrival", "resolve")] == [120, 120, 360]
    amounts = {name: one.amount for name, one in kept.items() if name not in of_the_level | {"vendor-maker"}}
    assert sorted(amounts.values()) == sorted(said.values())
    capped = rules_of(Settings(targets={"response_ceiling": 60}))
    standard = promises(Choice("standard", immediate=False, reason=""), capped)
    assert (standard["response"].amount, standard["resolve"].amount) == (60, 240)
    assert amounts["vendor-15"] == said["shop_repair"]
    assert amounts["vendor-weekend"] == said["repair_weekend"]
    assert amounts["progress"] == said["repair_progress"]
    assert amounts["complaint-settle"] == said["complaint_settle"]
