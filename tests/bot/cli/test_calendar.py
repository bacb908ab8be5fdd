"""`faultdesk calendar`: the year at a glance on a screen, as a picture and for scripts; sums with what they counted."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bot.cli.calendar_svg import svg_of
from bot.cli.calendar_year import CLOSED, HOLIDAY, MAKE_UP, OTHER, WORKING, Year, shown_year
from bot.cli.printing import width
from bot.domain.calendar import WorkingCalendar
from bot.wording import Words, locales, read_phrases
from tests.bot.cli.conftest import Faultdesk
from tests.domain.calendar_oracle import MAKE_UP as OFFICIAL_MAKE_UP
from tests.domain.calendar_oracle import OFFICE_HOURS, days_off, is_worked, office
from tests.parts.patience import PATIENCE

ROOT = Path(__file__).parents[3]
YEAR = Year("office", 2026, WorkingCalendar.from_mapping(office()))
UNKNOWN = Year("office", 2027, WorkingCalendar.from_mapping(office() | {"provisional_years": [2027]}))
ENGLISH, CHINESE = (Words(read_phrases(locale)) for locale in ("en", "zh"))
each_language = pytest.mark.parametrize("words", [Words(read_phrases(one)) for one in locales()], ids=locales())


@pytest.fixture
def calendar(at: Callable[[Path], Faultdesk], tmp_path: Path) -> Faultdesk:
    """`faultdesk calendar …` with the built-in configuration, in a folder without a desk."""
    call = at(tmp_path)
    return lambda *words, **how: call("calendar", *words, **how)


# ---- the year ----


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_configuration_may_be_named_before_or_behind_a_command(
    tmp_path: Path, at: Callable[[Path], Faultdesk], place: int
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        '[desk]\nprefix = "XY"\n\n[calendars.office]\nweekly = { mon = [["09:00", "10:00"]] }\ncountry = ""\n'
    )
    words = ["calendar", "elapsed", "2026-02-09 08:00", "2026-02-09 18:00", "--json"]
    status, out, _ = at(tmp_path)(*words[:place], "--config", str(path), *words[place:])
    assert status == 0
    assert json.loads(out)["minutes"] == 60


def test_every_day_of_the_official_year_is_what_it_is() -> None:
    for day in YEAR.days():
        assert (YEAR.sort(day) in {WORKING, MAKE_UP}) == is_worked(day), day
    assert tuple(str(day) for day in YEAR.days() if YEAR.sort(day) == MAKE_UP) == OFFICIAL_MAKE_UP[2026]
    spans = [f"{first:%m-%d} {last:%m-%d}" for first, last in YEAR.holidays()]
    assert spans == [
        "01-01 01-03",
        "02-15 02-23",
        "04-04 04-06",
        "05-01 05-05",
        "06-19 06-21",
        "09-25 09-27",
        "10-01 10-07",
    ]
    assert set(days_off(2026)) <= {str(day) for day in YEAR.days() if YEAR.sort(day) in {HOLIDAY, CLOSED}}
    assert (YEAR.working_days(), YEAR.working_minutes()) == (248, 119_040)


def test_half_days_are_other_hours_and_an_extra_day_as_usual_is_none() -> None:
    extra = [
        {"date": "2026-03-02", "hours": [["09:00", "12:00"]]},
        {"date": "2026-03-03", "hours": OFFICE_HOURS},
        {"date": "2026-03-07", "hours": [["09:00", "12:00"]]},
    ]
    year = Year("x", 2026, WorkingCalendar.from_mapping(office() | {"extra": extra}))
    assert [year.sort(date(2026, 3, day)) for day in (2, 3, 7, 8)] == [OTHER, WORKING, OTHER, CLOSED]


@each_language
@pytest.mark.parametrize("year", [YEAR, UNKNOWN])
@pytest.mark.parametrize("colour", [True, False])
def test_it_fits_a_screen_of_80_columns_and_shows_each_day_once(year: Year, colour: bool, words: Words) -> None:
    lines = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in shown_year(year, words, colour=colour)]
    assert max(map(width, lines)) <= 80
    grid = [line for line in lines if re.match(r"[ \d]{2}[ *+~]", line) and "12*" not in line]
    assert len(re.findall(r"\d+", " ".join(grid))) == 365
    assert len(lines) <= 50


def test_without_colours_signs_tell_the_days_apart() -> None:
    text = "\n".join(shown_year(YEAR, ENGLISH, colour=False))
    assert "\x1b" not in text
    assert " 9 10 11 12 13 14+15*" in text
    assert "16*17*18*19*20*21*22*" in text
    assert "248 working days, 1,984 hours of working time" in text
    assert "make-up day, worked: 4 Jan, 14 Feb, 28 Feb, 9 May, 20 Sep, 10 Oct" in text
    assert "15 Feb – 23 Feb" in text


def test_a_provisional_year_says_so_at_its_head_and_at_each_month() -> None:
    lines = list(shown_year(UNKNOWN, ENGLISH, colour=False))
    assert "not known yet" in lines[1]
    assert sum(line.count(" ?") for line in lines) == 12
    assert "暂定" in "\n".join(shown_year(UNKNOWN, CHINESE, colour=False))
    assert "暂定" not in "\n".join(shown_year(YEAR, CHINESE, colour=False))


def on_a_terminal(*words: str, **environment: str) -> str:
    """What the command writes to a terminal."""
    screen, slave = pty.openpty()
    where = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", **environment}
    command = [sys.executable, "-m", "bot", "calendar", *words]
    with subprocess.Popen(command, stdout=slave, stderr=slave, stdin=slave, env=where) as process:
        os.close(slave)
        said = b""
        try:
            while piece := os.read(screen, 65_536):
                said += piece
        except OSError:  # the other end is closed: all is said
            pass
        assert process.wait(PATIENCE) == 0, said
    os.close(screen)
    return said.decode()


def test_a_terminal_gets_colours_unless_it_asks_for_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;32m14+\x1b[0m" in on_a_terminal("show", "2026")
    assert "\x1b" not in on_a_terminal("show", "2026", NO_COLOR="1")


# ---- the picture ----


@each_language
@pytest.mark.parametrize("year", [YEAR, UNKNOWN])
def test_the_picture_is_xml_with_a_square_for_each_day(year: Year, words: Words) -> None:
    root = ET.fromstring(svg_of(year, words))
    space = "{http://www.w3.org/2000/svg}"
    days = [one for one in root.iter(f"{space}text") if one.get("class", "").startswith("day ")]
    assert len(days) == 365
    marked = [one.text for one in days if one.get("class") == "day make_up"]
    assert marked == (["4", "14", "28", "9", "20", "10"] if year is YEAR else [])
    hatched = [one for one in root.iter(f"{space}rect") if one.get("class") == "provisional"]
    assert len(hatched) == (366 if year is UNKNOWN else 0)  # each day, and the legend
    wide, high = (float(one) for one in (root.get("viewBox") or "").split()[2:])
    for one in root.iter(f"{space}text"):
        assert 0 <= float(one.get("x", "-1")) <= wide
        assert 0 <= float(one.get("y", "-1")) <= high


def test_a_calendars_name_cannot_break_the_picture() -> None:
    year = Year("</text><script>&", 2026, YEAR.calendar)
    assert ET.fromstring(svg_of(year, ENGLISH)) is not None
    assert "<script>" not in svg_of(year, ENGLISH)


def test_the_picture_of_the_documents_is_what_the_command_makes(calendar: Faultdesk, tmp_path: Path) -> None:
    assert calendar("show", "2026", "--svg", str(tmp_path / "year.svg")).status == 0
    assert (tmp_path / "year.svg").read_text() == (ROOT / "docs" / "calendar-2026.svg").read_text()


# ---- sums ----


def test_the_sum_shows_what_it_counted(calendar: Faultdesk) -> None:
    said = calendar("add", "2026-02-13 16:00", "4h")
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines() == [
        "office: Fri 2026-02-13 16:00 + 4 h of working time",
        "",
        "  Fri 2026-02-13  16:00 – 18:00  2 h",
        "  Sat 2026-02-14  09:00 – 11:00  2 h  make-up day, worked",
        "",
        "due Sat 2026-02-14 11:00 (Asia/Shanghai, UTC+08:00)",
    ]
    assert "到期 周六 2026-02-14 11:00" in calendar("add", "2026-02-13 16:00", "4h", lang="zh_CN.UTF-8").out


@pytest.mark.parametrize(
    ("start", "amount", "since"),
    [
        ("2026-02-14 11:00", "-4h", "from Fri 2026-02-13 16:00"),
        ("2026-02-14 11:00", "-240", "from Fri 2026-02-13 16:00"),
        ("2026-02-25 03:00", "-3d", "from Fri 2026-02-13 09:00"),  # over the Spring Festival: 24, 14 (made up), 13
        ("2025-01-04 09:00", "-3d", "from Tue 2024-12-31 09:00"),
    ],
)
def test_a_negative_amount_reckons_back(calendar: Faultdesk, start: str, amount: str, since: str) -> None:
    said = calendar("add", start, amount)
    assert said.out.splitlines()[-1].startswith(since), said.err
    assert f"{start} − " in said.out.splitlines()[0]


@pytest.mark.parametrize(
    ("amount", "due"),
    [
        ("240", "2026-02-14T11:00:00+08:00"),
        ("90m", "2026-02-13T17:30:00+08:00"),
        ("1h30m", "2026-02-13T17:30:00+08:00"),
        ("1.5h", "2026-02-13T17:30:00+08:00"),
        ("1h 30min", "2026-02-13T17:30:00+08:00"),
        ("45s", "2026-02-13T16:00:45+08:00"),
        ("0h", "2026-02-13T16:00:00+08:00"),
        ("1d", "2026-02-14T18:00:00+08:00"),
        ("2d", "2026-02-24T18:00:00+08:00"),
    ],
)
def test_amounts_of_all_kinds(calendar: Faultdesk, amount: str, due: str) -> None:
    assert json.loads(calendar("add", "2026-02-13 16:00", amount, "--json").out)["to"] == due


def test_elapsed_counts_seconds_and_leaves_out_what_is_closed(calendar: Faultdesk) -> None:
    said = calendar("elapsed", "2026-02-13 16:00:30", "2026-02-24T02:00:00+00:00")
    assert "Tue 2026-02-24  09:00 – 10:00" in said.out
    assert said.out.splitlines()[-1] == "10 h 59 min 30 s of working time (257 h 59 min 30 s in all)"
    facts = json.loads(calendar("elapsed", "2026-02-13 16:00:30", "2026-02-24 10:00", "--json").out)
    assert facts["minutes"] == 659.5
    assert len(facts["segments"]) == 4
    assert "no working time" in calendar("elapsed", "2026-02-13 16:00", "2026-02-13 10:00").out


def test_a_start_while_closed_and_a_year_that_is_not_known_are_said(calendar: Faultdesk) -> None:
    said = calendar("add", "2026-12-31 23:00", "9h").out
    assert "Closed then; working time begins Fri 2027-01-01 09:00." in said
    assert "Provisional: the official holidays of 2027 are not known yet." in said
    assert "Closed" not in calendar("add", "2026-02-13 23:00", "50h", "--name", "always").out
    assert "Fri 2026-02-13  23:00 – Mon 2026-02-16 01:00" in calendar(
        "add", "2026-02-13 23:00", "50h", "--name", "always"
    ).out  # fmt: skip


def test_of_working_days_that_of_the_start_is_not_counted(calendar: Faultdesk) -> None:
    said = calendar("add", "2026-02-13 16:00", "1d").out.splitlines()
    assert [line[:32] for line in said[2:4]] == ["  Sat 2026-02-14  09:00 – 12:00 ", "  Sat 2026-02-14  13:00 – 18:00 "]
    assert json.loads(calendar("add", "2026-02-13 16:00", "1d", "--json").out)["minutes"] == 480


def test_very_many_segments_are_folded(calendar: Faultdesk) -> None:
    lines = calendar("add", "2026-01-05 09:00", "800h").out.splitlines()
    assert len(lines) < 50
    assert "… 160 more …" in "\n".join(lines)


def test_a_night_to_midnight_ends_at_24(calendar: Faultdesk, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[calendars.office]\n[calendars.nights]\ncountry = ""\nweekly.mon = [["20:00", "24:00"]]\n'
    )
    assert "20:00 – 24:00" in calendar("add", "2026-03-02 10:00", "4h", "--name", "nights").out


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("add", "2026-02-30 16:00", "4h"), "'2026-02-30 16:00' is no instant"),
        (("add", "noon", "4h"), 'write it like "2026-02-13 16:00"'),
        (("add", "2026-02-13 16:00", "4x"), "'4x' is no amount"),
        (("add", "2026-02-13 16:00", ""), "'' is no amount"),
        (("add", "2026-02-13 16:00"), "required: amount"),
        (("add", "2026-02-13 16:00", "-4y"), "write it like 4h"),
        (("add", "2026-02-13 16:00", "9999999h"), "not an amount of time that can be promised"),
        (("elapsed", "2026-02-13", "x"), "'x' is no instant"),
        (("show", "26"), "26 is no year"),
        (("show", "2026", "--name", "moon"), "there is no calendar 'moon'; there are always, office"),
    ],
)
def test_what_cannot_be_reckoned_is_said_in_one_line(calendar: Faultdesk, words: tuple[str, ...], problem: str) -> None:
    said = calendar(*words)
    assert said.status == 2
    assert re.search(problem, said.err), said.err
    assert "Traceback" not in said.err


def test_the_year_for_scripts(calendar: Faultdesk) -> None:
    facts = json.loads(calendar("show", "2026", "--json").out)
    assert (facts["working_days"], facts["working_minutes"], facts["provisional"]) == (248, 119_040, False)
    assert (facts["days"]["2026-02-14"], len(facts["days"])) == ("make_up", 365)
