"""bot.printing: pages in both languages; hostile words, signs that no font has, and a child that fails."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from bot.desk.papers import for_vendor
from bot.printing import press as pressing
from bot.printing.board import board_picture
from bot.printing.chart import chart
from bot.printing.fonts import BREAK, PREFERRED, chinese, covered, printable, shower
from bot.printing.pages import in_mail, page, sections
from bot.printing.pictures import small
from bot.printing.press import TRIAL, PressError, press, redrawn
from bot.printing.worker import NO_FONT
from bot.render import Renderer
from bot.samples import WORDS, samples
from bot.samples_hardware import sample_requisition, sample_send_out
from bot.samples_sheet import sample_sheet
from bot.wording import locales
from tests.bot.pictures import PHOTO, png

RENDERER = Renderer("示例公司", "400-555-0199", "fault@example.com", "Asia/Shanghai")
HOSTILE = (
    '#import "x": y #set page(fill: red) *b* _i_ $x^2$ = T\n- l\n@cite <label> \\ // /* {{7*7}} <script>alert(1)</script> '
    "\u202efdp.exe\u2066 السلام שלום 😀🖨️✅\U0001f9d1‍💻 \x00\x1b[2J =1+1\t" + "A" * 10_000 + "长" * 10_000
)
SIDE = re.compile(rb"/Type\s*/Page\b")


def streams_of(document: bytes) -> Iterator[bytes]:
    """What lies in a PDF's compressed streams."""
    for one in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", document, re.DOTALL):
        try:
            yield zlib.decompress(one)
        except zlib.error:
            continue


def sides(document: bytes) -> int:
    """How many sides a PDF has, also where its objects lie in compressed streams."""
    return sum(len(SIDE.findall(one)) for one in (document, *streams_of(document)))


@pytest.mark.parametrize("locale", locales())
async def test_a_sheet_is_one_side_of_paper(locale: str) -> None:
    document = await press(page(RENDERER, locale, sample_sheet(WORDS[locale]) | {"pictures": []}))
    assert document.startswith(b"%PDF-")
    assert sides(document) == 1


async def test_a_week_is_one_picture_with_its_promises() -> None:
    facts = samples("zh")["weekly"] | {"zone": "Asia/Shanghai"}
    made = chart(RENDERER, "zh", facts)
    assert [(one["label"], one["text"]) for one in made["promises"]] == [
        ("响应", "11/12（91.7%）"),
        ("一小时内响应", "10/12（83.3%）"),
    ]
    assert (made["most"], [day["label"] for day in made["days"]]) == (12, ["周一 23", "周一 23"])
    assert (await press(made)).startswith(b"\x89PNG")


async def test_the_board_is_one_picture_of_what_is_open_and_what_lapses() -> None:
    facts = samples("zh")["board"] | {"zone": "Asia/Shanghai"}
    made = board_picture(RENDERER, "zh", facts)
    assert made["signal"] == (facts["trouble"] or "well")
    assert [one["number"] for one in made["rows"]] == [one["number"] for one in [*facts["late"], *facts["ahead"]]]
    assert [one["share"] for one in made["rows"] if one["late"]] == [1.0] * len(facts["late"])
    assert (await press(made)).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("daily", "日常维护单"),
        ("spare", "备件领用"),
        ("repair", "送修"),
        ("third", "第三方维修"),
        ("special", "特殊请求"),
        ("support", "支持服务记录"),
    ],
)
def test_the_kind_of_service_stands_in_the_title(kind: str, words: str) -> None:
    """SP-4.5."""
    assert words in page(RENDERER, "zh", sample_sheet(WORDS["zh"]) | {"kind": kind})["title"]


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("sample", [sample_send_out, sample_requisition])
async def test_the_papers_of_hardware_are_one_side_each(locale: str, sample: Callable[..., Any]) -> None:
    """SP-5.1, SP-5.5."""
    document = await press(page(RENDERER, locale, sample(WORDS[locale])))
    assert sides(document) == 1


@pytest.mark.parametrize(("at", "words"), [("house", "设备维修单"), ("maker", "设备送修单"), ("shop", "设备送修单")])
def test_who_repairs_decides_what_the_sheet_is_called(at: str, words: str) -> None:
    """SP-4.5, SP-5.5."""
    assert page(RENDERER, "zh", sample_send_out(WORDS["zh"]) | {"at": at})["title"] == words


@pytest.mark.parametrize(
    ("locale", "zone", "words"),
    [("zh", "Asia/Shanghai", "北京时间"), ("en", "Asia/Shanghai", "China Standard Time"), ("zh", "UTC", "世界协调时")],
)
def test_the_foot_of_a_paper_names_the_zone_of_its_times(locale: str, zone: str, words: str) -> None:
    """That of the customer's hours, which need not be the desk's."""
    assert words in page(RENDERER, locale, sample_sheet(WORDS[locale]) | {"zone": zone})["footer"]


def test_the_vendors_copy_says_nothing_of_the_user() -> None:
    facts = for_vendor(sample_send_out(WORDS["en"]))
    shown = json.dumps(page(RENDERER, "en", facts))
    assert "PC-0117" in shown
    assert not any(word in shown for word in (WORDS["en"]["requester"], WORDS["en"]["place"], '"139"', "LP-03"))


def test_what_is_not_known_is_left_to_be_filled_in_by_hand_or_left_out() -> None:
    bare = sample_sheet(WORDS["en"]) | {"arrived_at": None, "parts": "", "mode": "", "vehicle": False, "promises": {}}
    rows = {row["label"]: row["text"] for section in sections(RENDERER, "en", bare) for row in section["rows"]}
    assert rows["Arrived"] == rows["Worked on"] == rows["Response due"] == ""
    assert "Parts used" not in rows


async def test_hostile_words_are_words_and_stay_on_the_page() -> None:
    """Neither markup nor 20,000 characters without a place to break at do more than fill sides."""
    facts = sample_sheet(WORDS["zh"])
    facts |= dict.fromkeys(("fault", "work", "cause_words", "requester_name", "subject", "place"), HOSTILE)
    document = await press(page(RENDERER, "zh", facts))
    assert sides(document) > 10


@pytest.mark.parametrize(
    "data",
    [
        png(5000, 4000), PHOTO[:200], PHOTO[:150], b"\xff\xd8", b"", b"GIF89a" + bytes(20), b"\x89PNG\r\n\x1a\n" + bytes(3000),
        b"<svg width='9' height='9'/>", b"#import sys", b"%PDF-1.7", png(40, 30)[:-30],
        PHOTO[:2] + b"\xff\xc0\x00\x0b\x08\xff\xff\xff\xff\x01\x01\x11\x00" + PHOTO[2:],
    ],
)  # fmt: skip
def test_what_is_no_picture_or_too_large_is_not_drawn(data: bytes) -> None:
    assert small(data) == b""


def test_a_picture_is_drawn_anew_small_and_upright() -> None:
    """Nothing of the file itself goes along: neither where it was taken nor what hides in it (SP-10.1)."""
    assert b"SECRETMAKER" in PHOTO
    assert b"SECRETMAKER" not in small(PHOTO)
    assert opened(small(PHOTO)).size == (16, 24)
    assert opened(small(png(3000, 1000))).size == (480, 160)
    clear, buffer = Image.new("RGBA", (9, 9), (0, 0, 0, 0)), BytesIO()
    clear.save(buffer, "PNG")
    assert opened(small(buffer.getvalue())).getpixel((4, 4)) == (255, 255, 255)


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data), formats=("JPEG",))


async def test_pictures_stand_on_the_last_side_and_in_the_mail_and_what_cannot_be_shown_is_said() -> None:
    facts = sample_sheet(WORDS["en"])
    one = {"id": 1, "at": facts["now"], "words": HOSTILE[:200]}
    facts["pictures"] = [one | {"data": base64.b64encode(data).decode()} for data in (PHOTO, png(40, 30), b"none")]
    facts = await redrawn(facts)
    document = await press(page(RENDERER, "en", facts))
    assert sides(document) == 2
    assert len(re.findall(rb"/Subtype\s*/Image", document + b"".join(streams_of(document)))) == 2
    shown = [each["data"][:2] for each in in_mail(RENDERER, "en", facts)]
    assert shown == [b"\xff\xd8", b"\xff\xd8", b""]


def fonts(*families: str) -> list[Any]:
    return [SimpleNamespace(family=one, path=f"/{one}", style="normal", weight=400, index=0) for one in families]


def test_the_best_font_with_chinese_characters_is_taken_and_none_is_said() -> None:
    assert chinese(fonts("DejaVu Sans", PREFERRED[4], PREFERRED[1])) == PREFERRED[1]
    assert chinese(fonts("DejaVu Sans")) == ""
    assert shower(fonts("nowhere"), "nowhere")("a") == ""


def test_what_no_font_shows_is_named_and_never_a_box() -> None:
    shows: Callable[[str], str] = lambda one: "here" if one.isascii() or "\u4e00" <= one <= "\u9fff" else ""  # noqa: E731
    assert printable("ok ✅ 卡纸 السلام\u202e\x00", shows) == "ok [white heavy check mark] 卡纸 [?]"
    long = printable("A" * 100, shows)
    assert max(map(len, long.split(BREAK))) <= 16
    assert long.replace(BREAK, "") == "A" * 100


def test_a_file_that_is_no_font_shows_nothing(tmp_path: Any) -> None:
    file = tmp_path / "font.ttf"
    file.write_bytes(b"ttcf" + bytes(8))
    assert covered(str(file)) == covered(str(tmp_path / "none.ttf")) == frozenset()


async def test_a_child_that_fails_hangs_or_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PressError, match="child failed"):
        await press({"format": "pdf"})
    monkeypatch.setattr(pressing, "SECONDS", 0.0)
    with pytest.raises(PressError, match="took longer"):
        await press(TRIAL)
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(PressError, match="no process"):
        await press(TRIAL)


async def test_without_a_chinese_font_nothing_is_printed(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    config = tmp_path / "fonts.conf"
    config.write_text(f"<fontconfig><dir>{tmp_path}</dir><cachedir>{tmp_path}</cachedir></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(config))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(PressError) as failed:
        await press(TRIAL)
    assert failed.value.reason == NO_FONT
    assert "fonts-wqy-microhei" in pressing.advice(failed.value.reason)
