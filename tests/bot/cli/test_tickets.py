"""`faultdesk tickets` and `faultdesk ticket`, beside the running daemon."""

import json
from datetime import UTC, datetime
from pathlib import Path

from bot.cli.printing import width
from tests.bot.cli.conftest import PICTURE, Faultdesk

KEYS = ["number", "subject", "requester", "state", "level", "assignee", "opened_at", "due"]


def test_tickets_for_scripts(faultdesk: Faultdesk) -> None:
    first, second = json.loads(faultdesk("tickets", "--json").out)
    assert list(first) == KEYS
    assert [first[name] for name in KEYS[:6]] == ["FD-1", "打印机卡纸", "li@customer.example", "new", "advanced", None]
    assert second["number"] == "FD-2"
    opened, due = (datetime.fromisoformat(first[name]) for name in KEYS[6:])
    assert opened.utcoffset() == UTC.utcoffset(None)
    assert opened < due


def test_the_table_is_aligned_though_chinese_takes_two_places(faultdesk: Faultdesk) -> None:
    head, *rows = faultdesk("tickets").out.splitlines()
    place = width(head[: head.index("subject")])
    assert len(rows) == 2
    for row, subject in zip(rows, ("打印机卡纸", "No network"), strict=True):
        assert width(row[: row.index(subject)]) == place


def test_closed_and_junk_tickets_are_shown_with_all_only(faultdesk: Faultdesk) -> None:
    assert faultdesk("junk", "2", "--as", "desk").status == 0
    shown = {option: json.loads(faultdesk("tickets", "--json", *option).out) for option in ((), ("--all",))}
    assert [row["number"] for row in shown[()]] == ["FD-1"]
    assert [row["state"] for row in shown["--all",]] == ["new", "junk"]
    assert shown["--all",][1]["due"] is None
    assert faultdesk("junk", "2", "undo", "--as", "desk").status == 0


def test_everything_about_one_ticket_for_scripts(faultdesk: Faultdesk) -> None:
    facts = json.loads(faultdesk("ticket", "fd-1", "--json").out)
    assert {clock["target"] for clock in facts["clocks"]} == {"dispatch", "response", "resolve"}
    assert [entry["text"] for entry in facts["entries"]] == ["三楼打印机卡纸。"]
    assert [(one["name"], one["size"]) for one in facts["attachments"]] == [("照片.png", len(PICTURE))]
    assert facts["history"][0]["kind"] == "opened"
    confirmation = facts["messages"][0]
    assert (confirmation["kind"], confirmation["state"]) == ("confirmation", "sent")
    assert "FD-1" in confirmation["subject"]
    assert "FD-1" in confirmation["text"]


def test_everything_about_one_ticket_for_people_is_safe_on_a_terminal(faultdesk: Faultdesk) -> None:
    shown = faultdesk("ticket", "2").out
    assert shown.startswith("FD-2  No network\n")
    assert "\x1b" not in shown
    assert "[31mred" in shown


def test_saving_a_ticket_twice_overwrites_nothing_and_doubles_nothing(faultdesk: Faultdesk, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "照片.png").write_text("somebody else's")
    for _ in range(2):
        saved = json.loads(faultdesk("ticket", "1", "--save", str(folder), "--json").out)["saved"]
        assert [Path(path).name for path in saved] == ["2-照片.png", "mail-1.eml"]
    assert (folder / "照片.png").read_text() == "somebody else's"
    assert (folder / "2-照片.png").read_bytes() == PICTURE
    assert b"li@customer.example" in (folder / "mail-1.eml").read_bytes()
    assert len(list(folder.iterdir())) == 3
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_that_cannot_be_is_one_line(faultdesk: Faultdesk, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = faultdesk("ticket", "1", "--save", str(tmp_path / "file"))
    assert (said.status, said.err) == (1, f"faultdesk: cannot save in {tmp_path / 'file'}: File exists\n")


def test_what_is_no_ticket_is_one_line(faultdesk: Faultdesk) -> None:
    assert faultdesk("ticket", "99") == (
        1,
        "",
        "faultdesk: there is no ticket 99; all of them: faultdesk tickets --all\n",
    )
    assert faultdesk("ticket", "printer") == (2, "", "faultdesk: 'printer' is no ticket; write it like FD-1\n")
    assert faultdesk("ticket", "9" * 30).status == 1


def test_a_service_sheet_as_pdf_picture_and_page(faultdesk: Faultdesk, tmp_path: Path) -> None:
    """SP-4.1: of a ticket that is not solved yet it can be printed and filled in by hand."""
    said = faultdesk("sheet", "FD-1", lang="zh_CN.UTF-8")
    assert (said.status, said.out) == (0, "FD-1.pdf\n")
    assert (tmp_path / "FD-1.pdf").read_bytes().startswith(b"%PDF-")
    assert faultdesk("服务单", "1", "--out", "sheet.png", "--locale", "en").status == 0
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")
    assert faultdesk("sheet", "1", "--out", "sheet.html", "--locale", "zh").status == 0
    html = (tmp_path / "sheet.html").read_text(encoding="utf-8")
    assert "三楼打印机卡纸。" in html
    assert "reply above" not in html
    assert faultdesk("sheet", "1", "--out", "sheet.doc").status == 2
    assert faultdesk("sheet", "1", "--locale", "xx").status == 2
    assert "there is no ticket 9" in faultdesk("sheet", "9").err
