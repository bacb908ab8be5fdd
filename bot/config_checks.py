"""What no single option can be wrong about alone: contradictions, which are refused, and doubts, which are said."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import Any

from bot import config_calendars, config_plans, config_rota, config_vendors
from bot.config import Settings
from bot.config_places import Key
from bot.domain.calendar import CalendarError

Problem = tuple[Key, str]
"""Where it stands in the configuration, and what to write instead."""

NEEDED = {"calendars": ("office",), "levels": ("standard", "advanced", "vip"), "items": ("general",)}
PLACEHOLDER = re.compile(r"change.?me|password|passwort|secret|your.*|x{3,}|\*+|\.{3}|…|<.*>|todo|tbd", re.IGNORECASE)
ENGINEERS = {"resident", "mobile", "senior"}


def contradictions(settings: Settings, wrong: Collection[str]) -> Iterator[Problem]:
    """What does not fit together, apart from the sections that are wrong in themselves."""
    for sections, check in CHECKS:
        if not set(sections) & set(wrong):
            yield from check(settings)


# ---- contradictions ----


def _names(settings: Settings) -> Iterator[Problem]:
    for table, names in NEEDED.items():
        text = f"is missing; a configuration with {table} of its own needs {_listed(names)}"
        yield from (((table, name), text) for name in names if name not in getattr(settings, table))


def _levels(settings: Settings) -> Iterator[Problem]:
    used: list[tuple[Key, str]] = [(("items", name, "level"), item.level) for name, item in settings.items.items()]
    used += [(("customers", place, "level"), one.level) for place, one in enumerate(settings.customers)]
    used += [(("targets", "devices", kind), level) for kind, level in settings.targets.devices.items()]
    for key, level in used:
        if level and level not in settings.levels:
            yield key, f"there is no level {level!r}; write one of {_listed(settings.levels)}"


def _items(settings: Settings) -> Iterator[Problem]:
    for name, place in settings.places.items():
        for item in place.immediate_for:
            if item not in settings.items:
                text = f"there is no item {item!r}; write one of {_listed(settings.items)}"
                yield ("places", name, "immediate_for"), text


def _customers(settings: Settings) -> Iterator[Problem]:
    keys = [one.key for one in settings.customers]
    for place in _again(keys):
        yield ("customers", place, "key"), f"the customer {keys[place]!r} is there twice"
    owners: dict[str, str] = {}
    for place, one in enumerate(settings.customers):
        for domain in one.domains:
            owner = owners.setdefault(domain.lower(), one.key)
            if owner != one.key:
                text = f"{domain.lower()} already belongs to the customer {owner!r}; a domain has one customer"
                yield ("customers", place, "domains"), text


def _authorized(settings: Settings) -> Iterator[Problem]:
    for place, one in enumerate(settings.customers):
        for item in one.authorized_items:
            if item != "*" and item not in settings.items:
                text = f'there is no item {item!r}; write some of {_listed(settings.items)}, or "*"'
                yield ("customers", place, "authorized_items"), text


def _groups(settings: Settings) -> Iterator[Problem]:
    owners: dict[int, str] = {}
    for place, one in enumerate(settings.customers):
        for number, group in enumerate(one.groups):
            owner = owners.setdefault(group.chat, one.key)
            if owner != one.key or group.chat in {other.chat for other in one.groups[:number]}:
                text = f"{group.chat} already belongs to the customer {owner!r}; a group has one customer"
                yield ("customers", place, "groups", number, "chat"), text


def _people(settings: Settings) -> Iterator[Problem]:
    handles = [one.handle for one in settings.people]
    for place in _again(handles):
        yield ("people", place, "handle"), f"the handle {handles[place]!r} is there twice"
    for place, one in enumerate(settings.people):
        if one.prefers == "mail" and not one.mail:
            yield ("people", place, "mail"), f"is missing; {one.handle} prefers mail"
    addresses = [one.mail.lower() for one in settings.people]
    for place in _again(addresses):
        if addresses[place]:
            first = handles[addresses.index(addresses[place])]
            yield ("people", place, "mail"), f"is the address of {first!r} too; each needs an address of his own"


def _strengths(settings: Settings) -> Iterator[Problem]:
    for place, one in enumerate(settings.people):
        for key, known in (("places", settings.places), ("skills", settings.items)):
            for name in getattr(one, key):
                if name not in known:
                    word = {"places": "place", "skills": "item"}[key]
                    yield ("people", place, key), f"there is no {word} {name!r}; write some of {_listed(known)}"


def _own_mailbox(settings: Settings) -> Iterator[Problem]:
    mail = settings.mail
    own = {one.lower() for one in (mail.mailbox, *mail.own_addresses, *(box.username for box in mail.imap))}
    for place, one in enumerate(settings.people):
        if one.mail.lower() in own:
            yield ("people", place, "mail"), f"{one.mail} is our own mailbox; write {one.handle}'s own address"


def _mail(settings: Settings) -> Iterator[Problem]:
    mailbox, smtp = settings.mail.mailbox, settings.mail.smtp_in
    if smtp is None and not settings.mail.imap:
        text = "is false, and there is no mailbox either: no mail comes in; write a [[mail.imap]], or take it away"
        yield ("mail", "smtp_in", "enabled"), text
    domain = "@" + mailbox.rpartition("@")[2]
    if smtp and "addresses" not in smtp.model_fields_set:
        if mailbox.lower() not in smtp.addresses:
            text = f'does not take mail for {mailbox}; write addresses = ["{mailbox}"]'
            yield ("mail", "smtp_in", "addresses"), text
    elif smtp and not smtp.addresses:
        yield ("mail", "smtp_in", "addresses"), f'takes no mail at all; write addresses = ["{domain}"]'
    bounces = settings.mail.bounce_address.lower()
    taken = {one.lower() for one in smtp.addresses} if smtp else set()
    if bounces and smtp and not settings.mail.imap and not taken & {bounces, "@" + bounces.rpartition("@")[2]}:
        text = f'does not come in; add "{bounces}" to addresses of [mail.smtp_in]'
        yield ("mail", "bounce_address"), text
    if smtp and bool(smtp.tls_cert) != bool(smtp.tls_key):
        yield ("mail", "smtp_in", "tls_key" if smtp.tls_cert else "tls_cert"), "certificate and key go together"


def _accounts(settings: Settings) -> list[tuple[Key, Any]]:
    """The mailboxes and the relay, as far as they are there."""
    boxes: list[tuple[Key, Any]] = [(("mail", "imap", place), one) for place, one in enumerate(settings.mail.imap)]
    return [*boxes, *([(("mail", "relay"), settings.mail.relay)] if settings.mail.relay else [])]


def _secrets_of_applications(settings: Settings) -> Iterator[Problem]:
    for here, one in _accounts(settings):
        if one.oauth and PLACEHOLDER.fullmatch(one.oauth.client_secret.get_secret_value()):
            text = "is a placeholder; write the real one, in a file that only its owner can read"
            yield (*here, "oauth", "client_secret"), text


def _mailboxes(settings: Settings) -> Iterator[Problem]:
    keys = [one.key for one in settings.mail.imap]
    for place in _again(keys):
        yield ("mail", "imap", place), f"the mailbox {keys[place]} is there twice"
    for place, one in enumerate(settings.mail.imap):
        here: Key = ("mail", "imap", place)
        password = one.password.get_secret_value()
        if PLACEHOLDER.fullmatch(password):
            yield (*here, "password"), "is a placeholder; write the real one, in a file that only its owner can read"
        others = [name for name in ("token_command", "oauth") if getattr(one, name)]
        if not password and not others:
            yield (*here, "password"), "is missing; write it, or a token_command or an oauth table"
        if len(others) + bool(password) > 1:
            yield (*here, others[-1]), f"is there beside a {'password' if password else others[0]}; keep one of the two"
        for name in ("processed", "oversize"):
            if getattr(one, name) == one.folder:
                yield (*here, name), f'is the folder that is read; write another one, or {name} = ""'


def _login(settings: Settings) -> Iterator[Problem]:
    relay = settings.mail.relay
    if relay is None:
        return
    password = relay.password.get_secret_value()
    if PLACEHOLDER.fullmatch(password):
        yield ("mail", "relay", "password"), "is a placeholder; write the real one, best in the environment"
    if relay.oauth:
        if password:
            yield ("mail", "relay", "oauth"), "is there beside a password; keep one of the two"
        if not relay.username:
            yield ("mail", "relay", "username"), "is missing beside oauth; often it is the mailbox's address"
    elif relay.username and not password:
        yield ("mail", "relay", "password"), "is missing; set FAULTDESK_MAIL__RELAY__PASSWORD, or take username away"
    if password and not relay.username:
        yield ("mail", "relay", "username"), "is missing beside the password"


def _ports(settings: Settings) -> Iterator[Problem]:
    smtp, health = settings.mail.smtp_in, settings.health
    if smtp and smtp.port == health.port != 0 and smtp.host == health.host:
        yield ("health", "port"), f"mail.smtp_in.port is {health.port} too; choose another one"


def _canary(settings: Settings) -> Iterator[Problem]:
    if settings.health.canary_minutes and not settings.mail.relay:
        yield ("health", "canary_minutes"), "needs [mail.relay]: without one no mail leaves, and none can come back"


CHECKS: tuple[tuple[tuple[str, ...], Callable[[Settings], Iterator[Problem]]], ...] = (
    (("calendars", "levels", "items"), _names),
    (("levels", "items", "customers", "targets"), _levels),
    (("places", "items"), _items),
    (("customers",), _customers),
    (("customers", "items"), _authorized),
    (("customers",), _groups),
    (("vendors",), config_vendors.contradictions),
    (("plans",), config_plans.contradictions),
    (("people",), _people),
    (("people", "places", "items"), _strengths),
    (("people", "mail"), _own_mailbox),
    (("people", "shifts", "absences", "desk"), config_rota.problems),
    (("mail",), _mail),
    (("mail",), _login),
    (("mail",), _mailboxes),
    (("mail",), _secrets_of_applications),
    (("mail", "health"), _ports),
    (("mail", "health"), _canary),
    (("calendars",), config_calendars.contents),
    (("calendars", "levels", "places", "customers", "targets"), config_calendars.names),
)


# ---- what only a starting daemon needs to know ----


def start_problems(settings: Settings) -> Iterator[Problem]:
    """Files that cannot be read, and what the holidays library does not know: a third of a second, for `run` only."""
    from bot.house import calendars_of, rules_of  # noqa: PLC0415  -- it brings the database along

    files = list(_unreadable(settings))
    yield from files
    if any(key[0] == "calendars" for key, _ in files):
        return
    now = datetime.now(UTC)
    try:
        calendars = calendars_of(settings, now.year)
    except CalendarError as error:
        name, _, rest = error.field.partition(".")
        yield config_calendars.place_of(name, CalendarError(rest, error.problem))
    else:
        yield from config_calendars.unreachable(settings, rules_of(settings), calendars, now)


def _unreadable(settings: Settings) -> Iterator[Problem]:
    named: list[tuple[Key, Path | None]] = [(("calendars", name, "ics"), one.ics) for name, one in _sorted(settings)]
    if smtp := settings.mail.smtp_in:
        named += [(("mail", "smtp_in", "tls_cert"), smtp.tls_cert), (("mail", "smtp_in", "tls_key"), smtp.tls_key)]
    if relay := settings.mail.relay:
        named.append((("mail", "relay", "ca_file"), relay.ca_file))
    named += [(("mail", "imap", place, "ca_file"), one.ca_file) for place, one in enumerate(settings.mail.imap)]
    if telegram := settings.chat.telegram:
        named.append((("chat", "telegram", "token_file"), telegram.token_file))
    named += [((*here, "oauth", "key_file"), one.oauth.key_file) for here, one in _accounts(settings) if one.oauth]
    for key, path in named:
        try:
            if path:
                path.open("rb").close()
        except OSError as error:
            yield key, f"{path} cannot be read: {error.strerror}"
        else:
            yield from _open_secret(settings, key, path)


def _open_secret(settings: Settings, key: Key, path: Path | None) -> Iterator[Problem]:
    """A file with a token or a key is for its owner only, and holds one (reliability 3 E 80)."""
    telegram = settings.chat.telegram
    look = {(*here, "oauth", "key_file"): one.oauth.check_key for here, one in _accounts(settings) if one.oauth}
    look |= {("chat", "telegram", "token_file"): telegram.secret} if telegram else {}
    if not path or key not in look:
        return
    if path.stat().st_mode & 0o077:
        yield key, f"is a secret that others can read; say: chmod 600 {path}"
    try:
        look[key]()
    except ValueError as error:
        yield key, f"{path} {error}"


def _sorted(settings: Settings) -> list[tuple[str, Any]]:
    return sorted(settings.calendars.items())


# ---- values that would pass as something else ----


def odd_values(data: Any, checked: Any, key: Key = ()) -> Iterator[Problem]:
    """What was written and taken for something else: true as a number, a number without end, a line break in a name."""
    for name, value in data.items() if isinstance(data, dict) else enumerate(data):
        here = (*key, name)
        if isinstance(value, dict | list):
            yield from odd_values(value, _below(checked, name), here)
        elif isinstance(value, bool) and not isinstance(_below(checked, name), bool | None):
            yield here, "true and false are no numbers; write a number"
        elif isinstance(value, float) and not isfinite(value):
            yield here, "write a number with an end"
        elif isinstance(value, str) and any(unicodedata.category(one) in {"Cc", "Cs"} for one in value):
            yield here, "write it in one line, without control characters"


def _below(checked: Any, name: str | int) -> Any:
    """The value of this name or place in what was checked; None where there is none."""
    if isinstance(checked, Mapping):
        return checked.get(name)
    if isinstance(checked, Sequence) and isinstance(name, int):
        return checked[name] if name < len(checked) else None
    return getattr(checked, str(name), None)


# ---- doubts ----


def doubts(settings: Settings, added: Collection[str] = ()) -> list[str]:
    """What is allowed and probably not meant: a line each. `added`: roles of staff added by command."""
    return [f"{'.'.join(str(part) for part in key)}: {text}" for key, text in doubtful(settings, added)]


def doubtful(settings: Settings, added: Collection[str] = ()) -> Iterator[Problem]:
    """What is allowed but probably not intended, and where it stands."""
    together = settings.targets.dispatch + settings.targets.confirm
    changed = sorted({"dispatch", "confirm"} & settings.targets.model_fields_set, reverse=True)
    for name, level in settings.levels.items():
        if together > level.response:  # said of the line that makes it so
            where = ("targets", changed[0]) if changed else ("levels", name, "response")
            text = f"{name}'s {level.response:g} min to respond may be over before an engineer has confirmed"
            yield where, f"{text}: dispatch and confirm allow {together:g}"
        if level.response > level.resolve:
            yield ("levels", name, "response"), f"is promised later than the solution ({level.resolve:g} min)"
    if settings.desk.assign_minutes >= settings.targets.dispatch:
        text = f"comes too late to keep targets.dispatch ({settings.targets.dispatch:g} min)"
        yield ("desk", "assign_minutes"), text
    targets, at_once = settings.targets, any(one.immediate_for for one in settings.places.values())
    if at_once and together > targets.immediate_response:
        text = "may be over before an engineer has confirmed: dispatch and confirm allow"
        yield ("targets", "immediate_response"), f"{targets.immediate_response:g} min {text} {together:g}"
    roles = {role for one in settings.people for role in one.roles} | set(added)
    for needed, word in (({"manager"}, "manager"), ({"desk", "manager"}, "desk"), (ENGINEERS, "resident")):
        if not needed & roles:
            yield ("people",), f"nobody has the role {word}: warnings meant for it reach nobody"
    yield from _doubts_of_customers(settings)
    yield from config_calendars.overlaps(settings)
    yield from _doubts_of_mail(settings)
    yield from _doubts_of_chat(settings)
    yield from config_rota.doubts(settings, datetime.now(UTC))


def _doubts_of_customers(settings: Settings) -> Iterator[Problem]:
    for place, one in enumerate(settings.customers):
        if one.it_department and not settings.mail.authserv_id:
            yield ("customers", place, "it_department"), "may order nothing by mail without mail.authserv_id"
        if one.authorized_items and not one.authorizers:
            text = f"{one.key} has no authorizers: nobody is asked by mail, the desk records each authorisation"
            yield ("customers",), text


def _doubts_of_mail(settings: Settings) -> Iterator[Problem]:
    mail = settings.mail
    if mail.relay and "people" not in settings.model_fields_set:
        yield ("people",), "the sample staff is on duty, and mails to it go to the relay; write [[people]] of your own"
    if mail.relay and mail.host == "localhost":
        yield ("mail", "host"), "stands in the Message-ID of every mail; write a domain of yours"
    elsewhere = mail.smtp_in and mail.smtp_in.host not in {"127.0.0.1", "::1", "localhost"}
    if elsewhere and mail.authserv_id:
        text = "whoever reaches mail.smtp_in can write this name too; let only your mail server reach it"
        yield ("mail", "authserv_id"), text
    if (elsewhere or mail.imap) and not settings.customers:
        yield ("customers",), "without customers everybody who writes is one, and no budget bounds what strangers open"


def _doubts_of_chat(settings: Settings) -> Iterator[Problem]:
    groups = any(one.groups for one in settings.customers)
    if settings.chat.telegram is None:
        if groups:
            yield ("chat", "telegram"), "is missing: the customers' groups are at Telegram, and nobody reads them"
        return
    if not groups:
        yield ("customers",), "none has a group at Telegram: nobody sees cards there; write [[customers.groups]]"
    for one in settings.people:
        if not one.mail:
            text = f"{one.handle} has no mail address: without a linked account nothing reaches her in private"
            yield ("people",), text


def _again(values: Sequence[str]) -> list[int]:
    """The places of values that occurred before."""
    seen: Counter[str] = Counter()
    places = []
    for place, value in enumerate(values):
        if seen[value]:
            places.append(place)
        seen[value] += 1
    return places


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names))
