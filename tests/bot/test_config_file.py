"""bot.config_file and bot.config_checks: every mistake is told with file, line, key and what to write instead."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.cli.common import CliError, settings_of
from bot.config_checks import doubts
from bot.config_file import MOST, ConfigError, read_settings, told_doubts
from bot.config_places import line_of, places_of

PERSON = '[[people]]\nhandle = "{0}"\nroles = ["desk"]\nmail = "{0}@x.example"\n'
BOX = '[[mail.imap]]\nhost = "imap.example.com"\nusername = "{}"\n'
TELEGRAM = f'[chat.telegram]\ntoken = "123456789:{"A" * 35}"\n'
OAUTH = '[mail.{}.oauth]\nprovider = "microsoft"\ntenant = "x.example"\nclient_id = "desk"\nclient_secret = "hunter2"\n'
RELAY = '[mail.relay]\nhost = "smtp.example.com"\n'
OFFICE = "[calendars.office]\n"
NO_DAYS = "weekly = {}\n"


def levels(**amounts: tuple[int, int]) -> str:
    return "".join(f"[levels.{name}]\nresponse = {one}\nresolve = {two}\n" for name, (one, two) in amounts.items())


BAD: dict[str, tuple[str, ...]] = {
    # name: (the file, what each line of the answer says after the file's name)
    "unknown section": ("[dek]\n", "1: dek: there is no such option; did you mean desk"),
    "unknown key": ('[desk]\n\nprefx = "A"\n', "3: desk.prefx: there is no such option; did you mean prefix"),
    "key of another table": ("[health]\nhotline = 3\n", "2: health.hotline: .* there are .*heartbeat_url, host, port"),
    "unknown key of a person": (PERSON.format("a") + "rank = 1\n", r"5: people\[0\].rank: there is no such option"),
    "option outside of its table": ('prefix = "FD"\n', "1: prefix: there is no such option"),
    "prefix in small letters": ('[desk]\nprefix = "fd"\n', "2: desk.prefix: write it like FD"),
    "number as text": ('[desk]\nreopen_days = "five"\n', "2: desk.reopen_days: must be a whole number"),
    "text as number": ("[desk]\nhotline = 400\n", "2: desk.hotline: must be text, in quotes"),
    "half a day": ("[desk]\nreopen_days = 1.5\n", "2: desk.reopen_days: must be a whole number"),
    "true as a number": ("[desk]\nreopen_days = true\n", "2: desk.reopen_days: true and false are no numbers"),
    "true as a port": ("[mail.smtp_in]\nport = true\n", "2: mail.smtp_in.port: true and false are no numbers"),
    "zero days": ("[desk]\nreopen_days = 0\n", "2: desk.reopen_days: must be 1 or more; for example reopen_days = 5"),
    "a name of two lines": ('[desk]\norganisation = "A\\nBcc: b@x.example"\n', "2: desk.organisation: .* one line"),
    "unknown zone": ('[desk]\ntimezone = "Asia/Peking"\n', "2: desk.timezone: .*write it like Asia/Shanghai"),
    "unknown language": ('[desk]\nlocale = "de"\n', "2: desk.locale: must be one of 'zh' or 'en'"),
    "acknowledge": ("[desk]\nacknowledge_minutes = 1000\n", "2: desk.acknowledge_minutes: must be 240 or less"),
    "no backups": ("[data]\nbackups = 0\n", "2: data.backups: must be 1 or more"),
    "database without driver": ('[data]\ndatabase = "postgresql://h/d"\n', r"2: data.database: .*postgresql\+psycopg"),
    "database at no port": ('[data]\ndatabase = "postgresql+psycopg://u@h:p/d"\n', "2: data.database: write it like"),
    "@ in a password": ('[data]\ndatabase = "postgresql+psycopg://u:hun@ter2@h/d"\n', "2: data.database: .*@ is %40"),
    "no address": ('[mail]\nmailbox = "fault"\n', "2: mail.mailbox: write it like anna@example.com"),
    "address with a name": ('[mail]\nown_addresses = ["A <a@x.example>"]\n', r"2: mail.own_addresses\[0\]: write it"),
    "a list as text": ('[mail]\nmonitoring = "ups@x.example"\n', "2: mail.monitoring: must be a list"),
    "host with a blank": ('[mail]\nhost = "a b"\n', "2: mail.host: write it like desk.example.com"),
    "mail for the mailbox refused": ('[mail]\nmailbox = "it@x.example"\n', '1: mail.smtp_in.addresses: .*"it@x.exam'),
    "no inlet left": ("[mail.smtp_in]\nenabled = false\n", "2: mail.smtp_in.enabled: is false, and there is no mailbox"),
    "no mail taken": ("[mail.smtp_in]\naddresses = []\n", "2: mail.smtp_in.addresses: takes no mail at all"),
    "yes as port": ('[health]\nport = "yes"\n', "2: health.port: must be a whole number; for example port = 2526"),
    "port too high": ("[health]\nport = 70000\n", "2: health.port: must be 65535 or less"),
    "negative port": ("[mail.smtp_in]\nport = -1\n", "2: mail.smtp_in.port: must be 0 or more"),
    "canary without a relay": ("[health]\ncanary_minutes = 5\n", r"2: health.canary_minutes: needs \[mail.relay\]"),
    "heartbeat by file": ('[health]\nheartbeat_url = "file:///x"\n', "2: health.heartbeat_url: write it like https"),
    "one port twice": ("[health]\nport = 2525\n", "2: health.port: mail.smtp_in.port is 2525 too"),
    "tiny mail size": ("[mail.smtp_in]\nmax_size = 10\n", "2: mail.smtp_in.max_size: must be 65536 or more"),
    "certificate without key": ('[mail.smtp_in]\ntls_cert = "c.pem"\n', "1: mail.smtp_in.tls_key: .*go together"),
    "section as value": ("mail = 3\n", r"1: mail: must be a table: \[mail\]"),
    "relay without host": ("[mail.relay]\nport = 25\n", "1: mail.relay.host: is missing; the relay's name"),
    "relay in plain text": (RELAY + 'security = "none"\n', "1: mail.relay: .*readable for all; set allow_plaintext"),
    "bot without a token": ("[chat.telegram]\n", "1: chat.telegram: needs the bot's token"),
    "token twice": (TELEGRAM + 'token_file = "t"\n', "1: chat.telegram: needs the bot's token; write either"),
    "placeholder token": ('[chat.telegram]\ntoken = "123456789:AAE…"\n', "2: chat.telegram.token: is no token; write it as"),
    "proxy of an unknown kind": (TELEGRAM + 'proxy = "socks5://h:1"\n', "3: chat.telegram.proxy: is no proxy; write it"),
    "unknown place of an engineer": (
        'people = [{ handle = "anna", roles = ["resident"], places = ["moon"] }]\n',
        r"1: people\[0\].places: there is no place 'moon'",
    ),
    "unknown skill": (
        'people = [{ handle = "anna", roles = ["resident"], skills = ["cars"] }]\n',
        r"1: people\[0\].skills: there is no item 'cars'; write some of antivirus, general",
    ),
    "unknown item to authorise": (
        'customers = [{ key = "a", authorized_items = ["cars"] }]\n',
        r"1: customers\[0\].authorized_items: there is no item 'cars'",
    ),
    "private chat as a group": (
        'customers = [{ key = "a", groups = [{ chat = 501 }] }]\n',
        r"1: customers\[0\].groups\[0\].chat: must be less than 0",
    ),
    "group of two customers": (
        'customers = [{ key = "a", groups = [{ chat = -1 }] }, { key = "b", groups = [{ chat = -1 }] }]\n',
        r"1: customers\[1\].groups\[0\].chat: -1 already belongs to the customer 'a'",
    ),
    "unknown security": (RELAY + 'security = "ssl"\n', "3: mail.relay.security: must be one of 'starttls'"),
    "empty password": (RELAY + 'username = "u"\npassword = ""\n', "4: mail.relay.password: .*FAULTDESK_MAIL__RELAY__P"),
    "password without name": (RELAY + 'password = "hunter2"\n', "1: mail.relay.username: is missing beside"),
    "placeholder": (RELAY + 'username = "u"\npassword = "changeme"\n', "4: mail.relay.password: is a placeholder"),
    "endless timeout": (RELAY + "timeout = inf\n", "3: mail.relay.timeout: write a number with an end"),
    "no office": ('[calendars.night]\ntimezone = "UTC"\n', "1: calendars.office: is missing"),
    "calendar of the wall clock": (f"{OFFICE}[calendars.always]\n", "2: calendars.always: .*choose another name"),
    "calendar in an unknown zone": (OFFICE + 'timezone = "Mars"\n', "2: calendars.office.timezone: there is no time zone"),
    "weekly as text": (OFFICE + 'weekly = "mon"\n', r"2: calendars.office.weekly: must be a table: \[calendars.office.w"),
    "unknown weekday": (OFFICE + 'weekly = { mo = [["09:00", "18:00"]] }\n', "2: calendars.office.weekly.mo: not a weekday"),
    "hours without a pair": (OFFICE + 'weekly.mon = [["09:00"]]\n', r"2: calendars.office.weekly.mon\[0\]: .*a pair"),
    "hour that is none": (OFFICE + 'weekly.mon = [["9", "18:00"]]\n', r"2: calendars.office.weekly.mon\[0\]: .*\"09:00\""),
    "never open": (OFFICE + NO_DAYS, "2: calendars.office.weekly: never open"),
    "30 February": (OFFICE + 'holidays = ["2027-02-30"]\n', r"2: calendars.office.holidays\[0\]: .*not in the calendar"),
    "a date in words": (OFFICE + 'holidays = ["new year"]\n', r"2: calendars.office.holidays\[0\]: .*is not a date"),
    "holiday and extra": (
        OFFICE + 'holidays = ["2027-02-06"]\nextra = [{ date = "2027-02-06", hours = [["09:00", "18:00"]] }]\n',
        "3: calendars.office.extra: 2027-02-06 is both",
    ),
    "extra as text": (OFFICE + 'extra = ["x"]\n', r"2: calendars.office.extra\[0\]: must be a table"),
    "a level on no calendar": (
        levels(standard=(120, 240), advanced=(60, 240), vip=(60, 120)).replace("240", '240\ncalendar = "nights"', 1),
        r"\d: levels.standard.calendar: there is no calendar 'nights'; write one of always, office",
    ),
    "a customer on no calendar": (
        '[[customers]]\nkey = "a"\ndomains = ["a.example"]\ncalendar = "x"\n',
        r"4: customers\[0\].calendar: there is no calendar 'x'",
    ),
    "a place on no calendar": ('[places.hq]\ncalendar = "x"\n', "2: places.hq.calendar: there is no calendar 'x'"),
    "a target on no calendar": (
        '[targets]\ncalendars = { confirm = "x" }\n',
        "2: targets.calendars.confirm: there is no calendar 'x'",
    ),
    "no time for a promise": (
        OFFICE + 'country = ""\n[calendars.rare]\ncountry = ""\nweekly.mon = [["09:00", "09:01"]]\n'
        '[targets]\nconfirm = 9000\ncalendars = { confirm = "rare" }\n',
        "7: targets.confirm: can never be kept on the calendar rare: nothing is open .*century",
    ),
    "a year that is none": (OFFICE + "official_years = [27]\n", r"2: calendars.office.official_years\[0\]: must be 1970"),
    "unknown country": (OFFICE + 'country = "XX"\n', "2: calendars.office.country: 'XX' is not known"),
    "ICS file that is not there": (OFFICE + 'ics = "no.ics"\n', "2: calendars.office.ics: .*no.ics cannot be read: No such"),
    "ICS file that is none": (OFFICE + 'ics = "config.toml"\n', "2: calendars.office.ics: "),
    "authority that is not there": (RELAY + 'ca_file = "/no.pem"\n', "3: mail.relay.ca_file: /no.pem cannot be read"),
    "levels missing": (
        "[levels.standard]\nresponse = 1\nresolve = 2\n[items.general]\n",
        "1: levels.advanced: is missing", "1: levels.vip: is missing",
    ),
    "level of zero": ("[levels.vip]\nresponse = 0\nresolve = 9\n", "2: levels.vip.response: must be more than 0"),
    "negative level": ("[levels.vip]\nresponse = 1\nresolve = -9\n", "3: levels.vip.resolve: must be more than 0"),
    "level without end": ("[levels.vip]\nresponse = inf\nresolve = 9\n", "2: levels.vip.response: .*with an end"),
    "level of a century": ("[levels.vip]\nresponse = 1\nresolve = 1e9\n", "3: levels.vip.resolve: must be 527040 or less"),
    "half a level": ("[levels.vip]\nresponse = 1\n", "1: levels.vip.resolve: is missing; minutes to the solution"),
    "dispatch of zero": ("[targets]\ndispatch = 0\n", "2: targets.dispatch: must be more than 0; for example dispatch = 10"),
    "general missing": ('[items.printer]\nlevel = "vip"\n', "1: items.general: is missing"),
    "unknown level": ('[items.general]\nlevel = "gold"\n', "2: items.general.level: .*write one of advanced, standard, vip"),
    "unknown level of a customer": ('[[customers]]\nkey = "a"\nlevel = "x"\n', r"3: customers\[0\].level: there is no level"),
    "unknown item": ('[places.hq]\nimmediate_for = ["sofa"]\n', "2: places.hq.immediate_for: .*write one of antivirus, gen"),
    "customer key": ('[[customers]]\nkey = "A B"\n', r"2: customers\[0\].key: write it like acme-2"),
    "customer without key": ('[[customers]]\nname = "A"\n', r"1: customers\[0\].key: is missing; short name"),
    "domain with an @": ('[[customers]]\nkey = "a"\ndomains = ["@x.example"]\n', r"3: customers\[0\].domains\[0\]: write it like"),
    "two customers, one domain": (
        '[[customers]]\nkey = "a"\ndomains = ["x.example"]\n[[customers]]\nkey = "b"\ndomains = ["X.example"]\n',
        r"6: customers\[1\].domains: x.example already belongs to the customer 'a'",
    ),
    "customer twice": ('[[customers]]\nkey = "a"\n[[customers]]\nkey = "a"\n', r"4: customers\[1\].key: .*'a' is there twice"),
    "handle twice": (PERSON.format("a") * 2, r"6: people\[1\].handle: .*'a' is there twice", r"8: people\[1\].mail: is .* of 'a'"),
    "address twice": (
        PERSON.format("a") + PERSON.format("b").replace("b@x", "A@x"), r"8: people\[1\].mail: is the address of 'a' too",
    ),
    "our own mailbox": (PERSON.format("a").replace("a@x.example", "Fault@localhost"), r"4: people\[0\].mail: .*our own mailbox"),
    "second person wrong": (PERSON.format("a") + PERSON.format("b").replace("desk", "chef"), r"7: people\[1\].roles\[0\]: must be one"),
    "no role": ('[[people]]\nhandle = "a"\nroles = []\n', r"3: people\[0\].roles: must not be empty"),
    "role as text": ('[[people]]\nhandle = "a"\nroles = "desk"\n', r"3: people\[0\].roles: must be a list"),
    "handle with blanks": (PERSON.format("a b").replace("a b@", "a@"), r"2: people\[0\].handle: write it like anna"),
    "language of a person": (PERSON.format("a") + 'language = "fr"\n', r"5: people\[0\].language: must be one of"),
    "prefers mail without an address": (
        '[[people]]\nhandle = "a"\nroles = ["desk"]\nprefers = "mail"\n', r"1: people\[0\].mail: .*prefers mail",
    ),
    "budget of zero": ("[budgets]\ntickets_hour = 0\n", "2: budgets.tickets_hour: must be 1 or more"),
    "mailbox without password": (BOX.format("a"), r"1: mail.imap\[0\].password: is missing; write it, or a token_command or an oauth table"),
    "mailbox with both": (BOX.format("a") + 'password = "hunter2"\ntoken_command = ["t"]\n', r"5: mail.imap\[0\].token_comm"),
    "mailbox with a placeholder": (BOX.format("a") + 'password = "changeme"\n', r"4: mail.imap\[0\].password: is a placehold"),
    "mailbox twice": (
        (BOX.format("a") + 'token_command = ["t"]\n') * 2, r"5: mail.imap\[1\]: the mailbox a@imap.example.com/INBOX is there",
    ),
    "mailbox in plain text": (
        BOX.format("a") + 'token_command = ["t"]\nsecurity = "none"\n', r"1: mail.imap\[0\]: .*set allow_plaintext",
    ),
    "mailbox moved into itself": (
        BOX.format("a") + 'token_command = ["t"]\nprocessed = "INBOX"\n', r"5: mail.imap\[0\].processed: is the folder that",
    ),
    "mailbox with an odd start": (BOX.format("a") + 'token_command = ["t"]\nstart = "new"\n', r"5: mail.imap\[0\].start: write .now., .all. or"),
    "mailbox that rests too long": (
        BOX.format("a") + 'token_command = ["t"]\npoll_seconds = 3600\n', r"5: mail.imap\[0\].poll_seconds: must be 1680 or",
    ),
    "mailbox whose authority is not there": (
        BOX.format("a") + 'token_command = ["t"]\nca_file = "/no.pem"\n', r"5: mail.imap\[0\].ca_file: /no.pem cannot be read",
    ),
    "mailbox with a password and oauth": (
        BOX.format("a") + 'password = "hunter2"\n' + OAUTH.format("imap"), r"5: mail.imap\[0\].oauth: is there beside a password",
    ),
    "mailbox with two kinds of tokens": (
        BOX.format("a") + 'token_command = ["t"]\n' + OAUTH.format("imap"), r"5: mail.imap\[0\].oauth: .* beside a token_command",
    ),
    "relay with a password and oauth": (
        RELAY + 'username = "a"\npassword = "hunter2"\n' + OAUTH.format("relay"), "5: mail.relay.oauth: is there beside a password",
    ),
    "relay with oauth for nobody": (RELAY + OAUTH.format("relay"), "1: mail.relay.username: is missing beside oauth"),
    "oauth in clear": (
        RELAY + 'username = "a"\n' + OAUTH.format("relay") + 'token_url = "http://login.example.com"\n',
        "4: mail.relay.oauth: token_url must begin with https",
    ),
    "oauth without a tenant": (
        RELAY + 'username = "a"\n' + OAUTH.format("relay").replace('tenant = "x.example"\n', ""), "4: mail.relay.oauth: tenant is",
    ),
    "oauth of an unknown provider": (
        RELAY + 'username = "a"\n' + OAUTH.format("relay").replace("microsoft", "yahoo"), "5: mail.relay.oauth.provider: must be one",
    ),
    "a service account's key that is not there": (
        RELAY + 'username = "a"\n[mail.relay.oauth]\nprovider = "google"\nkey_file = "/no.json"\nacts_for = "a@x.example"\n',
        "6: mail.relay.oauth.key_file: /no.json cannot be read",
    ),
    "a file that is no service account's key": (
        BOX.format("a") + '[mail.imap.oauth]\nprovider = "google"\nkey_file = "/dev/null"\nacts_for = "a@x.example"\n',
        r"6: mail.imap\[0\].oauth.key_file: is a secret that others can read", r"6: mail.imap\[0\].oauth.key_file: /dev/null is no JSON",
    ),
    "a secret's end that is no date": (
        RELAY + 'username = "a"\n' + OAUTH.format("relay") + 'secret_expires = "soon"\n', "9: mail.relay.oauth.secret_expires: ",
    ),
    "another protocol": ('[mail.smtp_in]\nprotocol = "pop3"\n', "2: mail.smtp_in.protocol: must be one of"),
    "a secret that is a placeholder": (
        RELAY + 'username = "a"\n' + OAUTH.format("relay").replace("hunter2", "changeme"), "8: mail.relay.oauth.client_secret: is a pl",
    ),
    "a balancer by name": ('[mail.smtp_in]\nproxy_from = ["lb.example"]\n', r"2: mail.smtp_in.proxy_from\[0\]: write an address or"),
    "fewer mails than none": ("[mail]\nusual_mails = -1\n", "2: mail.usual_mails: must be 0 or more"),
    "a person's address as a mailbox": (
        BOX.format("a@x.example") + 'token_command = ["t"]\n' + PERSON.format("a"), r"8: people\[0\].mail: .*our own mailbox",
    ),
    "several at once": (
        '[desk]\nprefix = "x"\nlocale = "de"\n[health]\nport = "yes"\n[items.general]\nlevel = "gold"\n',
        "2: desk.prefix: ", "3: desk.locale: ", "5: health.port: ", "7: items.general.level: ",
    ),
    "unknown key of smtp_in": ("[mail.smtp_in]\nprot = 1\n", "2: mail.smtp_in.prot: there is no such option; did you mean port"),
    "unknown key of a level": ("[levels.vip]\nresponse = 1\nresolve = 2\nx = 3\n", "4: levels.vip.x: there is no such option"),
    "table as a list": ('[[desk]]\nprefix = "A"\n', r"1: desk: must be a table: \[desk\]"),
    "list as a table": ('[people]\nhandle = "a"\n', "1: people: must be a list"),
    "quoted key": ('[desk]\n"hotline" = 110\n', "2: desk.hotline: must be text, in quotes"),
    "quoted table": ('[levels."vip"]\nresponse = 0\nresolve = 1\n', "2: levels.vip.response: must be more than 0"),
    "dotted key": ("# a comment\ndesk.hotline = 110\n", "2: desk.hotline: must be text, in quotes"),
    "inline table": ("desk = { hotline = 110 }\n", "1: desk.hotline: must be text, in quotes"),
    "indented with tabs": ("\t[desk]\n\thotline\t=\t110\n", "2: desk.hotline: must be text, in quotes"),
    "no zone": ('[desk]\ntimezone = ""\n', "2: desk.timezone: .*write it like Asia/Shanghai"),
    "zone as a path": (OFFICE + 'timezone = "../UTC"\n', "2: calendars.office.timezone: there is no time zone"),
    "no mailbox": ('[mail]\nmailbox = ""\n', "2: mail.mailbox: write it like anna@example.com"),
    "hour after midnight": (OFFICE + 'weekly.mon = [["25:00", "26:00"]]\n', r'2: calendars.office.weekly.mon\[0\]: .*"09:00"'),
    "hours without length": (OFFICE + 'weekly.mon = [["09:00", "09:00"]]\n', r"2: calendars.office.weekly.mon\[0\]: .*no length"),
    "36 hours": (OFFICE + 'weekly.mon = [["09:00", "08:00"]]\n', r"2: calendars.office.weekly.mon\[0\]: .*too long"),
    "extra without hours": (OFFICE + "extra = [{ date = 2026-10-01 }]\n", r"2: calendars.office.extra\[0\]: .*hours"),
    "second extra day wrong": (
        OFFICE + '[[calendars.office.extra]]\ndate = "2027-01-02"\nhours = [["09:00", "18:00"]]\n'
        '[[calendars.office.extra]]\ndate = "2027-02-30"\nhours = [["09:00", "18:00"]]\n',
        r"6: calendars.office.extra\[1\].date: 2027-02-30 is not in the calendar",
    ),
    "amount that is no number": ("[levels.vip]\nresponse = nan\nresolve = 2\n", "2: levels.vip.response: .*with an end"),
    "shift of a stranger": ('[[shifts]]\nrole = "desk"\nperson = "eve"\n', r"3: shifts\[0\].person: nobody has the handle 'eve'"),
    "shift in a role that she lacks": (
        '[[shifts]]\nrole = "desk"\nperson = "anna"\n', r"2: shifts\[0\].role: anna does not have the role desk",
    ),
    "shift at odd hours": (
        '[[shifts]]\nrole = "desk"\nperson = "desk"\nhours = "8-25"\n', r"4: shifts\[0\].hours: write it like 08:00-18:00",
    ),
    "shift that ends before it begins": (
        '[[shifts]]\nrole = "desk"\nperson = "desk"\nfirst = 2026-12-02\nlast = 2026-12-01\n',
        r"5: shifts\[0\].last: lies before the first date \(2026-12-02\)",
    ),
    "absence the wrong way round": (
        '[[absences]]\nperson = "anna"\nsince = 2026-12-02 00:00:00\nuntil = 2026-12-01 00:00:00\nstand_in = "zoe"\n',
        r"5: absences\[0\].stand_in: nobody has the handle 'zoe'", r"4: absences\[0\].until: lies before",
    ),
    # what is no TOML comes alone
    "key twice": ('[desk]\nprefix = "A"\n\nprefix = "B"\n', "4: desk.prefix: is there twice, first in line 2; keep one"),
    "key twice, the second long": ('[desk]\nhotline = "A"\nhotline = """\nB\n"""\n', "5: desk.hotline: is there twice, .* 2;"),
    "key of a list twice": (PERSON.format("a") * 2 + 'mail = "x"\n', r"9: people\[1\].mail: is there twice, first in line 8"),
    "table twice": ("[desk]\n[health]\n[desk]\n", "3: desk: is there twice, first in line 1; keep one"),
    "leading zero": ("[health]\nport = 025\n", "2: Expected"),
    "yes without quotes": ("[health]\nport = yes\n", "2: Invalid value"),
    "open text": ('[desk]\nhotline = """110\n', "2: Unterminated"),
    "as in YAML": ("[desk]\nprefix: FD\n", "2: Expected '='"),
    "without quotes": ("[desk]\nprefix = FD\n", "2: Invalid value"),
    "open bracket": ("[desk\n", "1: Expected ']'"),
    "ends too early": ('[desk]\nprefix = "FD"\nlocale =', "3: .*ends too early"),
    "30 February without quotes": (OFFICE + "holidays = [2027-02-30]\n", "2: Invalid date"),
    "NUL": ("[desk]\nprefix = 'a\0'\n", "2: .*'\\\\x00'"),
    "brackets in thousands": ("a = " + "[" * 20_000, "1: | is not a configuration"),
    "a number of thousands of digits": ("a = " + "1" * 5_000, " is not a configuration"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("FAULTDESK_")]:
        monkeypatch.delenv(name)


def refused(path: Path) -> list[str]:
    """What is said of a file, without its name."""
    with pytest.raises(ConfigError) as caught:
        read_settings(path, starting=True)
    return [line.removeprefix(f"{path}:").removeprefix(str(path)) for line in caught.value.lines]


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_is_told_with_line_key_and_what_to_write(name: str, tmp_path: Path) -> None:
    text, *expected = BAD[name]
    path = tmp_path / "config.toml"
    path.write_text(text)
    path.chmod(0o600)
    lines = refused(path)
    assert len(lines) == len(expected), lines
    for line, pattern in zip(lines, expected, strict=True):
        assert re.match(pattern, line), lines
        assert "hunter2" not in line
    with pytest.raises(CliError) as caught:
        settings_of(str(path), starting=True)
    assert caught.value.status == 2


def test_there_are_enough_bad_configurations() -> None:
    assert len(BAD) >= 40


@pytest.mark.parametrize("raw", [b"\xef\xbb\xbf[desk]\r\nprefix = 'AB'\r\n", b"[desk]\r\n\tprefix = 'AB'\r\n"])
def test_a_byte_order_mark_windows_lines_and_tabs_are_no_mistake(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(raw)
    assert read_settings(path).desk.prefix == "AB"


def test_lines_are_right_after_a_byte_order_mark_and_in_windows_lines(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf[desk]\r\n\r\nhotline = 1\r\n")
    assert refused(path)[0].startswith("3: desk.hotline: ")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"[desk]\nhotline = '\xff'\n", "2: is not UTF-8"),
        ("[desk]\nhotline = '电话'\n".encode("gb18030"), "2: is not UTF-8"),
        ("[desk]\n".encode("utf-16"), "1: is not UTF-8"),
        (b"#" * 10_000_000, ": is larger than"),
    ],
)
def test_what_is_no_text_is_one_line(raw: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(raw)
    lines = refused(path)
    assert len(lines) == 1
    assert reason in f":{lines[0]}"


def test_a_missing_file_and_a_folder_are_one_line(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere.toml"):
        assert "cannot be read" in refused(path)[0]


def test_a_megabyte_of_mistakes_is_answered_soon_and_in_short(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[desk]\n" + "".join(f"nonsense_{number} = {number}\n" for number in range(35_000)))
    begin = time.process_time()
    lines = refused(path)
    assert len(lines) == MOST + 1
    assert lines[-1].endswith("and 34900 more")
    assert time.process_time() - begin < 10  # 0.5 s here; a search of the file for each mistake would take hours


# ---- secrets ----

TOKEN_FILE = '[chat.telegram]\ntoken_file = "token"\n'


@pytest.mark.parametrize(
    ("words", "mode", "reason"),
    [
        ("123456:" + "A" * 35 + "\n", 0o644, "is a secret that others can read; say: chmod 600"),
        ("123456:" + "A" * 35 + "\n", 0o600, ""),
        ("", 0o600, "holds no token"),
        ("\xff\x00hello", 0o600, "holds no token"),
    ],
)
def test_a_file_with_a_token_is_its_owner_s_alone_and_holds_one(
    tmp_path: Path, words: str, mode: int, reason: str
) -> None:
    """It is looked for beside the configuration, and only by a daemon that starts."""
    path, token = tmp_path / "config.toml", tmp_path / "token"
    path.write_text(TOKEN_FILE)
    with pytest.raises(ConfigError, match=r"chat\.telegram\.token_file: .* cannot be read"):
        read_settings(path, starting=True)
    token.write_text(words, encoding="latin-1")
    token.chmod(mode)
    if not reason:
        telegram = read_settings(path, starting=True).chat.telegram
        assert telegram
        assert telegram.secret() == words.strip()
        return
    with pytest.raises(ConfigError, match=reason) as caught:
        read_settings(path, starting=True)
    assert "hello" not in str(caught.value)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
@pytest.mark.parametrize(
    ("text", "key"),
    [
        (RELAY + 'username = "u"\npassword = "hunter2"\n', "4: mail.relay.password"),
        (BOX.format("u") + 'password = "hunter2"\n', "4: mail.imap[0].password"),
        ('[data]\ndatabase = "postgresql+psycopg://u:hunter2@h/d"\n', "2: data.database"),
        (RELAY + 'username = "u"\n' + OAUTH.format("relay"), "8: mail.relay.oauth.client_secret"),
        (BOX.format("u") + OAUTH.format("imap"), "8: mail.imap[0].oauth.client_secret"),
        (f'[chat.telegram]\ntoken = "123456:{"hunter2-" * 5}"\n', "2: chat.telegram.token"),
        (TOKEN_FILE + 'proxy = "http://u:hunter2@h:3128"\n', "3: chat.telegram.proxy"),
    ],
)
def test_a_password_that_others_can_read_is_refused(text: str, key: str, mode: int, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    path.chmod(mode)
    assert refused(path) == [f"{key}: is a secret that others can read; say: chmod 600 {path}"]
    path.chmod(0o600)
    assert "hunter2" not in repr(read_settings(path))


def test_a_password_in_the_environment_leaves_the_file_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(RELAY + 'username = "u"\n')
    monkeypatch.setenv("FAULTDESK_MAIL__RELAY__PASSWORD", "hunter2")
    relay = read_settings(path).mail.relay
    assert relay
    assert (relay.password.get_secret_value(), relay.host) == ("hunter2", "smtp.example.com")


# ---- the environment ----


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[desk]\nprefix = "AB"\nhotline = "1"\n')
    monkeypatch.setenv("FAULTDESK_DESK__PREFIX", "CD")
    settings = read_settings(path)
    assert (settings.desk.prefix, settings.desk.hotline) == ("CD", "1")


def test_json_in_the_environment_is_laid_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    path.write_text(RELAY + "port = 25\n")
    monkeypatch.setenv("FAULTDESK_MAIL__RELAY", '{"host": "127.0.0.1", "security": "none"}')
    monkeypatch.setenv("FAULTDESK_MAIL__OWN_ADDRESSES", '["a@x.example"]')
    mail = read_settings(path).mail
    assert mail.relay
    assert (mail.relay.host, mail.relay.port, mail.own_addresses) == ("127.0.0.1", 25, ["a@x.example"])


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("FAULTDESK_HEALTH__PORT", "yes", "FAULTDESK_HEALTH__PORT: health.port: must be a whole number"),
        ("faultdesk_health__port", "yes", "faultdesk_health__port: health.port: must be a whole number"),
        ("FAULTDESK_MAIL__RELAY", '{"port": 25}', "FAULTDESK_MAIL__RELAY: mail.relay.host: is missing"),
        ("FAULTDESK_MAIL__RELAY", '{"host":', "FAULTDESK_MAIL__RELAY: mail.relay: must be a table"),
        ("FAULTDESK_MAIL", '{"relay":', "FAULTDESK_MAIL: cannot be read; write JSON"),
        ("FAULTDESK_MAIL__HOTS", "x", "FAULTDESK_MAIL__HOTS: mail.hots: there is no such option; did you mean host"),
        ("FAULTDESK_MIAL__HOST", "x", "FAULTDESK_MIAL__HOST: there is no section mial"),
        ("FAULTDESK_NOPE", "1", "FAULTDESK_NOPE: there is no section nope; there are desk, data"),
        ("FAULTDESK_PEOPLE", '[{"handle": "a"}]', "FAULTDESK_PEOPLE: people[0].roles: is missing"),
        (
            "FAULTDESK_ITEMS__GENERAL__LEVEL",
            "gold",
            "FAULTDESK_ITEMS__GENERAL__LEVEL: items.general.level: there is no",
        ),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(
    name: str, value: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        read_settings(None)
    assert [one[: len(line)] for one in caught.value.lines] == [line]


def test_file_and_environment_are_told_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[desk]\nlocale = "de"\n')
    monkeypatch.setenv("FAULTDESK_HEALTH__PORT", "yes")
    with pytest.raises(ConfigError) as caught:
        read_settings(path)
    assert [line.split(": ")[0] for line in caught.value.lines] == [f"{path}:2", "FAULTDESK_HEALTH__PORT"]


def test_files_are_looked_for_beside_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ca.pem").touch()
    path = tmp_path / "config.toml"
    path.write_text(RELAY + 'ca_file = "ca.pem"\n')
    monkeypatch.chdir("/")
    relay = read_settings(path, starting=True).mail.relay
    assert relay
    assert relay.ca_file == tmp_path / "ca.pem"


# ---- where an option stands ----


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("a", "x"), 2),
        (("a", "b", "y"), 4),
        (("a", "b", "missing"), 3),
        (("list", 0, "x"), 6),
        (("list", 1, "x"), 8),
        (("list", 1, "sub", "y"), 10),
        (("list", 2), 0),
        (("nowhere",), 0),
        (("dotted", "c", "d"), 12),
    ],
)
def test_the_line_of_a_key_is_its_own_or_that_of_the_table_around_it(key: tuple[str | int, ...], line: int) -> None:
    text = '[a]\nx = 1\n[a.b]\n"y" = 2\n[[list]]\nx = 1\n[[list]]\nx = 2\n[list.sub]\ny = 1\n[dotted]\nc.d = 1\n'
    assert line_of(list(places_of(text)), key) == line


# ---- doubts ----


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("[targets]\nconfirm = 100\n", "targets.confirm: vip.s 60 min .*dispatch and confirm allow 110"),
        (levels(vip=(90, 60), advanced=(60, 60), standard=(60, 60)), "levels.vip.response: is promised later"),
        (PERSON.format("a"), "people: nobody has the role manager"),
        (RELAY, "people: the sample staff is on duty"),
        ("[desk]\nassign_minutes = 15\n", r"desk.assign_minutes: comes too late to keep targets.dispatch \(10 min\)"),
        ('[[customers]]\nkey = "a"\nauthorized_items = ["*"]\n', "customers: a has no authorizers: nobody is asked"),
        ('[[shifts]]\nrole = "desk"\nperson = "desk"\nhours = "08:00-18:00"\n', "shifts: nobody is on duty as desk from"),
        (RELAY, "mail.host: stands in the Message-ID"),
        ('[mail.smtp_in]\nhost = "0.0.0.0"\n', "customers: without customers"),
        ('[mail]\nauthserv_id = "mx"\n[mail.smtp_in]\nhost = "::"\n', "mail.authserv_id: whoever reaches mail.smtp_in"),
        ('[places.hq]\nimmediate_for = ["general"]\n', "targets.immediate_response: 5 min .*dispatch and confirm allow 40"),
        (OFFICE + 'weekly.tue = [["13:00", "18:00"], ["09:00", "14:00"]]\n', "calendars.office.weekly.tue: hours overlap"),
        (OFFICE + 'weekly.fri = [["20:00", "04:00"], ["22:00", "23:00"]]\n', "calendars.office.weekly.fri: hours overlap"),
    ],
)  # fmt: skip
def test_what_is_probably_not_meant_is_said(text: str, doubt: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    lines = doubts(read_settings(path))
    assert any(re.match(doubt, line) for line in lines), lines
    assert [re.sub(r"^\S+toml(:\d+)?: ", "", line) for line in told_doubts(path, read_settings(path))] == lines


def test_a_doubt_is_told_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(OFFICE + '\nweekly.tue = [["13:00", "18:00"], ["09:00", "14:00"]]\n')
    (line,) = told_doubts(path, read_settings(path))
    assert line == f"{path}:3: calendars.office.weekly.tue: hours overlap; what is covered twice counts once"
    path.write_text("[targets]\nconfirm = 30\ndispatch = 40\n")
    lines = told_doubts(path, read_settings(path))
    assert {line.split(":")[1] for line in lines} == {"3"}
    assert any("targets.dispatch: vip's 60 min to respond may be over" in line for line in lines)


def test_the_defaults_and_hours_that_only_touch_raise_no_doubt(tmp_path: Path) -> None:
    assert doubts(read_settings(None)) == []
    path = tmp_path / "config.toml"
    path.write_text(OFFICE + 'weekly.tue = [["12:00", "18:00"], ["09:00", "12:00"], ["20:00", "04:00"]]\n')
    assert doubts(read_settings(path)) == []


def test_receiving_by_smtp_can_be_switched_off_beside_a_mailbox(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    mailbox = '[[mail.imap]]\nhost = "imap.x.example"\nusername = "it"\npassword = "hunter2"\n'
    path.write_text(f"[mail.smtp_in]\nenabled = false\naddresses = []\n{mailbox}")
    path.chmod(0o600)
    assert read_settings(path, starting=True).mail.smtp_in is None
    path.write_text(path.read_text().replace("false", "true"))
    with pytest.raises(ConfigError, match="takes no mail at all"):
        read_settings(path)


def test_a_failpoint_is_no_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTDESK_FAILPOINT", "inbox.done:kill")
    assert read_settings(None)


# ---- the command ----


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('[desk]\nprefix = "x"\n[health]\nport = "yes"\n', ["2: desk.prefix: ", "4: health.port: "]),
        (OFFICE + 'holidays = ["2027-02-30"]\n', ["2: calendars.office.holidays"]),
        (OFFICE + 'country = "XX"\n', ["2: calendars.office.country: "]),
        ("[desk\n", ["1: "]),
    ],
)
def test_the_daemon_refuses_with_status_2_and_touches_nothing(text: str, lines: list[str], tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(text)
    command = [sys.executable, "-m", "bot", "run"]
    where = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        command, check=False, cwd=tmp_path, env=where, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    said = [line.removeprefix("faultdesk: ") for line in done.stderr.splitlines()]
    assert [line.startswith(f"config.toml:{one}") for line, one in zip(said, lines, strict=True)] == [True] * len(lines)
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]
