import pytest

from bot.domain.missing import DEVICE, PHONE, PLACE, missing


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The printer jams.", {PLACE, DEVICE, PHONE}),
        ("三楼打印机卡纸，资产编号 PC-1024，电话 13800138000", set()),
        ("Room 312, asset tag A4711, call me at 4711", set()),
        ("Printer on the 3rd floor jams.\n\nBob Miller\nTel. +49 30 1234567", {DEVICE}),
        ("财务室的电脑开不了机，分机 8021", {DEVICE}),
        ("Serial number: 5CG8412XYZ does not start", {PLACE, PHONE}),
        ("010-62345678 请回电", {PLACE, DEVICE}),
        ("Invoice 20261127 for 12.345,00 cannot be printed", {PLACE, DEVICE, PHONE}),
        ("The device is broken, the tag is gone", {PLACE, DEVICE, PHONE}),
        ("My monitor is dark. PC-0412.", {PLACE, PHONE}),
        ("工位 B-203 上不了网，分机 8012", {DEVICE}),
        ("前台的打印机坏了", {DEVICE, PHONE}),
        ("The beamer in meeting room Everest stays dark", {DEVICE, PHONE}),
        ("The meeting room is cold", {PLACE, DEVICE, PHONE}),
        ("It says HTTP-500, ERR-4711 and UTF-1632", {PLACE, DEVICE, PHONE}),
        ("", {PLACE, DEVICE, PHONE}),
    ],
)
def test_what_a_report_does_not_say(text: str, found: set[str]) -> None:
    assert set(missing(text)) == found


def test_what_the_directory_knows_is_not_asked() -> None:
    assert missing("It jams.", place="hq", phone="4711") == [DEVICE]
