"""Every message in every language: complete, alike, and unmoved by what strangers write."""

from __future__ import annotations

import json
import re
from html import unescape
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from jinja2 import Environment, TemplateError, UndefinedError, meta

import bot
from bot.desk.announce import TABLE
from bot.domain.authorization import grant_of
from bot.domain.mail import refs_in
from bot.domain.plain_words import wish_of, words_of_answer
from bot.domain.quotes import MARKER, new_words
from bot.render import Renderer, Texts
from bot.samples import NOW, samples
from bot.samples_phrases import phrase_samples
from bot.wording import Words, known_locale, locales, read_phrases

RENDERER = Renderer("示例公司", "400-555-0199", "fault@example.com", "Asia/Shanghai")
TEMPLATES = files("templates")
KINDS = sorted(samples("en"))
MAILS = (
    *(
        "confirmation",
        "assigned",
        "reassigned",
        "breach",
        "question",
        "reply",
        "solution",
        "merged",
        "unmerged",
        "known",
    ),
    "notice",
)
HOSTILE = (
    "{{7*7}} {% raw %}<script>alert(1)</script>&\"' \x1b]0;x\x07 \u202efdp.exe\u2066 a\r\nBcc: b\x00" + "长" * 10_000
)
STRANGERS = {
    *("subject_line", "subject", "text", "place", "requester_name", "requester_phone", "requester_address", "sender"),
    *("name", "author", "reason", "related", "engineer", "by", "who", "what", "handle", "left_out"),
}
every_locale = pytest.mark.parametrize("locale", locales())
every_kind = pytest.mark.parametrize("kind", KINDS)


def render(kind: str, locale: str = "zh", **facts: Any) -> Texts:
    return RENDERER.render(locale, kind, samples(locale)[kind] | facts)


def with_strangers_words(facts: Any, words: str, key: str = "") -> Any:
    if isinstance(facts, dict):
        return {name: with_strangers_words(value, words, name) for name, value in facts.items()}
    if isinstance(facts, list):
        return [with_strangers_words(value, words, key) for value in facts]
    return words if key in STRANGERS and isinstance(facts, str) else facts


# ---- every kind, every language ----


@every_locale
def test_there_is_a_template_for_every_kind_and_no_other(locale: str) -> None:
    found = {file.name.removesuffix(".j2") for file in TEMPLATES.joinpath(locale).iterdir() if file.name[0] != "_"}
    assert found - {"phrases.toml"} == set(KINDS)


@every_locale
@every_kind
def test_every_kind_renders_from_its_samples(kind: str, locale: str) -> None:
    texts = render(kind, locale)
    assert texts.text or texts.chat
    for words in (texts.subject, texts.text, texts.chat):
        assert words == words.strip()
        assert "\n\n\n" not in words
        assert "None" not in words
    assert bool(texts.subject) == texts.text.startswith(MARKER)


BEFORE = json.loads((Path(__file__).parent / "facts_of_before.json").read_text("utf-8"))
"""Facts as a version before service sheets, visits and forwarded mails left them in the outbox (a card's are made anew)."""


@every_locale
@pytest.mark.parametrize("kind", sorted(BEFORE))
def test_what_an_older_version_left_to_be_sent_goes_out_after_an_upgrade(kind: str, locale: str) -> None:
    """P15: a fact that has come since may be missing, and must not make a dead letter."""
    texts = RENDERER.render(locale, kind, {"ref": "", **BEFORE[kind]})
    assert texts.text or texts.chat


@every_locale
def test_every_message_has_a_name_that_people_read(locale: str) -> None:
    """/trace and the words about what could not be delivered name messages."""
    for line in (one for lines in TABLE.values() for one in lines):
        assert RENDERER.phrase(locale, f"message.{line.kind}")


@every_locale
@every_kind
def test_no_long_word_widens_a_table_of_a_mail(kind: str, locale: str) -> None:
    for table in re.findall(r"<table[^>]*>", render(kind, locale).html):
        assert "table-layout:fixed" in table


@every_kind
def test_languages_have_the_same_blocks_and_facts(kind: str) -> None:
    tongues = {locale: shape(f"{locale}/{kind}.j2") for locale in locales()}
    assert len({repr(each) for each in tongues.values()}) == 1, tongues


@pytest.mark.parametrize("name", ["_alert.j2", "_work.j2"])
def test_languages_have_the_same_parts(name: str) -> None:
    assert len({repr(shape(f"{locale}/{name}")) for locale in locales()}) == 1


def shape(path: str) -> tuple[list[str], list[str]]:
    environment = Environment(autoescape=True)
    for name in RENDERER._voices["en"]._plain.filters:
        environment.filters.setdefault(name, str)
    source = TEMPLATES.joinpath(*path.split("/")).read_text("utf-8")
    blocks = sorted(re.findall(r"{% (?:block|macro) (\w+)", source))
    return blocks, sorted(meta.find_undeclared_variables(environment.parse(source)))


@pytest.mark.parametrize("kind", MAILS)
def test_mail_to_the_requester_has_both_parts_and_the_number(kind: str) -> None:
    for locale in locales():
        texts = render(kind, locale)
        assert texts.subject.startswith("[FD-7] ")
        assert "FD-7" in texts.text
        assert "FD-7" in texts.html
        assert "400-555-0199" in texts.text
        assert not texts.chat


def test_a_reply_to_each_mail_is_found_again() -> None:
    for kind in MAILS:
        quoted = "\n".join(f"> {line}" for line in render(kind).text.split("\n"))
        assert new_words(f"还是不行\n\n{quoted}").strip() == "还是不行"


@pytest.mark.parametrize("kind", ["card", "answer_group"])
def test_the_group_learns_nothing_personal(kind: str) -> None:
    private = dict.fromkeys(STRANGERS - {"place"}, "CANARY")
    for locale in locales():
        texts = render(kind, locale, **private)
        assert "CANARY" not in repr(texts)
        assert texts == Texts(chat=texts.chat)
        assert 1 <= len(texts.chat.split("\n")) <= 4


# ---- the words ----


def test_the_subject_is_echoed_only_where_it_is_given() -> None:
    assert render("confirmation").subject == "[FD-7] 已收到：三楼打印机卡纸"
    assert render("confirmation", "en").subject == "[FD-7] Received: printer jam on the third floor"
    silent = render("confirmation", "en", subject_line="")
    assert silent.subject == "[FD-7] Received your fault report"
    assert "printer" not in silent.text + silent.html


def test_the_confirmation_says_when_the_clock_starts() -> None:
    assert "11月24日 周二 09:00 开始计算" in render("confirmation", open_now=False).text
    assert "the clock starts on Tue 24 Nov, 09:00" in render("confirmation", "en", open_now=False).html
    assert "the clock starts" not in render("confirmation", "en").text


def test_promised_times_are_left_out_where_there_are_none() -> None:
    texts = render("confirmation", "en", response_due=None, resolve_due=None, left_out=[], related="")
    assert "solve it by" not in texts.text + texts.html
    assert "FD-3" not in texts.text


def test_one_alert_fits_three_lines_and_says_what_to_do() -> None:
    alert = samples("en")["alert"]["alerts"][1]
    calm = {"mailbox_not_read": False, "unacknowledged": False, "empty_roles": [], "rest": 0, "total": 1}
    texts = render("alert", "en", alerts=[alert], **calm)
    assert texts.chat.split("\n") == [
        "🟠 FD-7 dispatch: due soon, 2 min left",
        "Due Mon 23 Nov, 09:12 · Advanced · nobody has taken it",
        "/take FD-7 · /assign FD-7 NAME · seen: /ack FD-7",
    ]
    assert texts.subject == "[FD-7] dispatch: due soon, 2 min left"
    buttons = render("alert", "en", alerts=[alert], buttons=["ack", "assign", "details"], **calm)
    assert buttons.chat.split("\n") == texts.chat.split("\n")[:2], "what the buttons do is not said a second time"
    nobody_may = render("alert", "en", alerts=[alert], buttons=["ack", "details"], **calm)
    assert nobody_may.chat.endswith("\n/take FD-7 · /assign FD-7 NAME")
    for lang, step in (("en", "/check FD-7 ok"), ("zh", "/check FD-7 ok")):
        sheet = render("alert", lang, alerts=[alert | {"target": "sheet-check"}], buttons=["ack", "details"], **calm)
        assert sheet.chat.endswith(step), "no button does it"


def test_of_several_alerts_each_has_its_steps_and_the_buttons_say_seen() -> None:
    alerts = samples("en")["alert"]["alerts"][:2]
    chat = render("alert", "en", alerts=alerts, total=2, rest=0, labels=["✓ FD-4", "✓ FD-7"]).chat
    assert "/take FD-7 · /assign FD-7 NAME" in chat
    assert "/ack" not in chat
    assert "\n\n\n" not in chat


def test_who_takes_a_ticket_is_not_asked_to_confirm_it() -> None:
    name = samples("en")["assignment"]["engineer"]
    own = render("assignment", "en", state="accepted", by=name).chat
    assert own.startswith("🔧 FD-7 is yours\n")
    assert "confirm" not in own
    assert "Please confirm with [Take]" in render("assignment", "en").chat


def test_a_notice_and_a_breach_read_well() -> None:
    base = samples("zh")["alert"]["alerts"][0]
    notice = base | {"target": "abnormal", "rung": "NOTICE", "minutes_left": 20}
    breach = base | {"minutes_left": 0}
    chat = render("alert", alerts=[notice, breach], total=2, rest=0).chat
    assert "🔴 FD-4 异常上报（还剩 20 分钟）" in chat
    assert "🔴 FD-4 解决已超时（刚到点）" in chat


@pytest.mark.parametrize(
    ("target", "step"),
    [
        ("complaint-answer", "/reply FD-7 "),
        ("complaint-settle", "/settle FD-7 CAUSE AND WHAT WAS DONE"),
        ("major-report", "/major FD-7 report TO WHOM"),
        ("resolve", "/solve FD-7 WHAT WAS DONE"),
    ],
)
def test_an_alert_names_the_step_that_keeps_its_promise(target: str, step: str) -> None:
    base = samples("en")["alert"]["alerts"][0] | {"assignee": "Tom", "target": target, "number": "FD-7"}
    assert step in render("alert", "en", alerts=[base], total=1, rest=0).chat


@every_locale
def test_a_warning_that_is_told_after_its_time_says_that_it_is_missed(locale: str) -> None:
    base = samples(locale)["alert"]["alerts"][0] | {"rung": "W90", "target": "resolve"}
    early, late, missed = (
        render("alert", locale, alerts=[base | one], total=1, rest=0).subject
        for one in ({"minutes_left": 9}, {"minutes_left": -9}, {"minutes_left": -9, "rung": "BREACH"})
    )
    assert late == missed
    assert late != early
    now, breach = (
        render("alert", locale, alerts=[base | {"minutes_left": 0, "rung": rung}], total=1, rest=0).subject
        for rung in ("W90", "BREACH")
    )
    assert now == breach


def test_ten_alerts_fit_one_chat_message() -> None:
    alerts = [samples("zh")["alert"]["alerts"][0]] * 10
    assert len(render("alert", alerts=alerts, total=99).chat) < 4096


@pytest.mark.parametrize(
    ("moment", "zh", "en"),
    [
        ("2026-11-23T02:00:00+00:00", "11月23日 周一 10:00", "Mon 23 Nov, 10:00"),
        ("2026-12-31T16:30:59+00:00", "2027年1月1日 周五 00:30", "Fri 1 Jan 2027, 00:30"),
    ],
)
def test_times_are_local_with_weekday_and_the_year_where_it_differs(moment: str, zh: str, en: str) -> None:
    for locale, said in (("zh", zh), ("en", en)):
        assert Words(read_phrases(locale)).when(moment, "Asia/Shanghai", NOW) == said


@pytest.mark.parametrize(
    ("minutes", "zh", "en"),
    [
        (125, "2 小时 5 分钟", "2 h 5 min"),
        (60, "1 小时", "1 h"),
        (0, "0 分钟", "0 min"),
        (-12.7, "12 分钟", "12 min"),
        (2879, "47 小时 59 分钟", "47 h 59 min"),
        (4383, "3 天 1 小时", "3 d 1 h"),
    ],
)
def test_spans(minutes: float, zh: str, en: str) -> None:
    assert Words(read_phrases("zh")).span(minutes) == zh
    assert Words(read_phrases("en")).span(minutes) == en


def test_words_that_the_language_lacks_are_shown_as_they_are() -> None:
    words = Words(read_phrases("en"))
    assert words.name("level", "platinum") == "platinum"
    assert words.note("parts-omitted:80") == "80 more parts of the mail were not kept"
    assert words.note("odd-thing:1") == "odd-thing:1"
    assert [words.size(640), words.size(348_160), words.size(3_565_158)] == ["640 B", "340 KB", "3.4 MB"]


@pytest.mark.parametrize(
    ("tag", "locale"), [("zh-CN", "zh"), ("ZH", "zh"), ("en_GB.UTF-8", "en"), ("fr", "en"), ("", "en"), ("../zh", "en")]
)
def test_an_unknown_language_is_english(tag: str, locale: str) -> None:
    assert known_locale(tag) == locale
    assert RENDERER.phrase(tag, "button.take") == RENDERER.phrase(locale, "button.take")


@pytest.mark.parametrize(("locale", "zone"), [("en", "China Standard Time"), ("zh", "北京时间")])
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_that_names_times_says_which_as_its_text_does(locale: str, zone: str, kind: str) -> None:
    texts = RENDERER.render(locale, kind, samples(locale)[kind])
    assert (zone in texts.text) == (zone in texts.html) or not texts.subject


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize(
    ("kind", "only"), [("late", "due"), ("late", "eta"), ("breach", "due"), ("reassigned", "response_due")]
)
def test_one_time_alone_has_its_zone_too(locale: str, kind: str, only: str) -> None:
    times = ("due", "eta", "response_due", "arrival_due", "resolve_due", "extended")
    facts = {name: None if name in times and name != only else fact for name, fact in samples(locale)[kind].items()}
    texts = RENDERER.render(locale, kind, facts | {only: samples(locale)["breach"]["resolve_due"]})
    zone = {"en": "China Standard Time", "zh": "北京时间"}[locale]
    assert zone in texts.text
    assert zone in texts.html
    assert "14:02" in texts.html


# ---- phrases ----


@every_locale
def test_every_phrase_renders_and_is_there_in_every_language(locale: str) -> None:
    phrases = read_phrases(locale)
    assert phrases.keys() == read_phrases("en").keys()
    for key in phrases:
        if not key.startswith("pattern."):
            words = RENDERER.phrase(locale, key, **phrase_samples(locale)[key])
            assert words
            assert "\n" not in words


def test_phrases_use_the_same_facts_in_every_language() -> None:
    environment = RENDERER._voices["en"]._plain
    for key in read_phrases("en"):
        used = {
            frozenset(meta.find_undeclared_variables(environment.parse(read_phrases(locale)[key])))
            for locale in locales()
        }
        assert len(used) == 1, key


def test_what_the_desk_and_the_commands_say_is_in_the_catalogue() -> None:
    sources = [file.read_text("utf-8") for file in Path(bot.__file__).parent.rglob("*.py")]
    named = {key for text in sources for key in re.findall(r'(?<![.\w])(?:say|RefusedError)\(\s*"(\w+)"', text)}
    assert len(named) > 20
    assert named <= read_phrases("en").keys()
    kinds = {line.kind for lines in TABLE.values() for line in lines}
    assert kinds - {"the answer"} <= set(KINDS)


# ---- strangers ----


@every_locale
@every_kind
def test_strangers_words_stay_words(kind: str, locale: str) -> None:
    texts = RENDERER.render(locale, kind, with_strangers_words(samples(locale)[kind], HOSTILE))
    everything = texts.subject + texts.text + texts.html + texts.chat
    assert "49" not in re.sub(r"color|#\w{6}|[0-9.-]+px", "", everything)
    assert "<script" not in texts.html
    assert not set("\x00\x07\r\x1b\u202e\u2066") & set(everything)
    assert "\n" not in texts.subject
    assert len(texts.subject) <= 200
    assert len(texts.chat.encode("utf-16-le")) // 2 <= 4096


def test_a_full_ticket_fits_one_chat_message() -> None:
    facts = samples("zh")["details"]
    much = {key: facts[key] * 40 for key in ("attachments", "history")} | {"text": "长" * 5000}
    stuffed = with_strangers_words(facts | much, "x" * 400)
    assert len(RENDERER.render("zh", "details", stuffed | {"text": much["text"]}).chat) < 4096
    whole = stuffed | {
        "text": much["text"],
        "whole": True,
        "clocks": [],
        "attachments": [],
        "unsent": [],
        "history": [],
    }
    assert 2500 < len(RENDERER.render("zh", "details", whole).chat) < 4096


def test_only_a_text_has_lines() -> None:
    chat = render("details", subject="a\nb", text="c\nFrom: forged").chat
    assert "Subject" not in chat
    assert "主题：a b" in chat
    assert "│ c\n│ From: forged" in chat


def test_a_missing_fact_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        RENDERER.render("en", "breach", {"number": "FD-7", "now": NOW})
    with pytest.raises(TemplateError):
        RENDERER.render("en", "no-such-kind", {})
    with pytest.raises(KeyError):
        RENDERER.phrase("en", "no-such-phrase")


@every_locale
@every_kind
def test_html_is_one_page_that_fetches_nothing_and_fits_a_phone(kind: str, locale: str) -> None:
    html = re.sub('<img src="cid:[^"]*"', "", render(kind, locale).html)
    if not html:
        return
    assert html.startswith("<!doctype html>")
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "max-width:600px" in html
    assert not re.search(r"<img|<link|<script|src=|url\(|(?<![-\w])(?:color|background-color):", html)
    for tag in ("table", "tr", "td", "p", "div", "h1", "span", "ul", "li"):
        assert len(re.findall(rf"<{tag}[ >]", html)) == html.count(f"</{tag}>"), tag


@every_locale
def test_no_number_is_broken_over_two_lines_on_a_phone(locale: str) -> None:
    whole = '<span style="white-space:nowrap;">{}</span>'
    page = render("breach", locale, hotline="400-555-0199").html
    assert page.count("400-555-0199") == page.count(whole.format("400-555-0199")) == 2
    head, _, body = page.partition("<body")
    assert body.count("FD-7") == body.count(whole.format("FD-7")) > 0
    assert "<span" not in head
    assert "[FD-7]" in head
    links = render("solution", locale).html
    assert links.count("%5BFD-7%5D") == 6, "what stands in a link stays as it is"


@every_locale
@pytest.mark.parametrize("charset", ["utf-8", "gbk", "cp1252"])
def test_a_press_on_a_link_is_understood_though_the_mail_program_garbles_it(locale: str, charset: str) -> None:
    """Outlook reads a mailto link in the machine's charset where it is not told to take UTF-8."""
    bodies = [
        dict(parse_qsl(urlsplit(unescape(link)).query))["body"]
        for kind in KINDS
        for link in re.findall(r'href="(mailto:[^"]*)"', render(kind, locale).html)
    ]
    assert len(bodies) == 14
    for body in bodies:
        seen = body.encode().decode(charset, "replace").replace("\r", "")
        assert refs_in(seen) == ("<fd.7.12." + "a" * 32 + "@ref>",)
        words, word = words_of_answer(seen), re.split(r" \(|\r", body)[0]
        assert (wish_of(words), grant_of(words)) == (wish_of(word), grant_of(word)) != (None, None)


# ---- a customer's own templates ----


class Told(list[str]):
    def __call__(self, where: str, why: str) -> None:
        self.append(f"{where}: {why}")


def customised(folder: Path, name: str, source: str) -> tuple[Renderer, Told]:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, "utf-8")
    told = Told()
    return Renderer("Own", "", "fault@example.com", "UTC", folder, report=told), told


def test_an_own_block_is_used_and_the_others_stay(tmp_path: Path) -> None:
    renderer, told = customised(tmp_path, "en/breach.j2", "{% block subject %}{{ tag }} Oh dear{% endblock %}")
    texts = renderer.render("en", "breach", samples("en")["breach"])
    assert texts.subject == "[FD-7] Oh dear"
    assert not renderer.problem
    assert "We promised to contact you about FD-7" in texts.text
    assert not told


def test_own_phrases_and_layouts(tmp_path: Path) -> None:
    renderer, told = customised(tmp_path, "en/phrases.toml", '[level]\nvip = "Gold"\n')
    assert renderer.phrase("en", "level.vip") == "Gold"
    assert renderer.phrase("en", "level.standard") == "Standard"
    renderer, told = customised(tmp_path, "_layout.text.j2", "{{ content }} -- {% include 'ours/_layout.text.j2' %}")
    assert renderer.render("en", "breach", samples("en")["breach"]).text.count("We promised") == 2
    assert not told


DOUBLING = (
    "{{% block text %}}{{% set n = namespace(x=['']) %}}{{% for a in range(60) %}}{{% set n.x = {} %}}{{% endfor %}}"
    "{{{{ {} }}}}{{% endblock %}}"
)
"""What holds itself twice and twice again takes no memory, and for ever to print or to compare."""


@pytest.mark.parametrize(
    "source",
    [
        "{% block subject %}{{ nobody }}{% endblock %}",
        "{% block subject %}{{ tag.__class__.__mro__ }}{% endblock %}",
        "{% block subject %}{{ 1 // 0 }}{% endblock %}",
        "{% block subject %}{{ tag|when }}{% endblock %}",
        "{% block subject %}{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}{% endblock %}",
        "{% block text %}{{ 'x' * 50000000 }}{% endblock %}",
        "{% block text %}{{ 9000000000 * number }}{% endblock %}",
        "{% block text %}{{ [number] * 9000000000 }}{% endblock %}",
        "{% block text %}{{ 9 ** 999999999 }}{% endblock %}",
        "{% block text %}{{ '%9000000000d' % 1 }}{% endblock %}",
        "{% block text %}{{ '%9000000000d'|format(1) }}{% endblock %}",
        "{% block text %}{{ '{:>9000000000}'.format(number) }}{% endblock %}",
        "{% block text %}{{ number|center(9000000000) }}{% endblock %}",
        "{% block text %}{{ [1]|batch(9000000000, 0)|list|length }}{% endblock %}",
        "{% block text %}{{ number.ljust(9000000000) }}{% endblock %}",
        "{% block text %}{{ number.zfill(width=9000000000) }}{% endblock %}",
        "{% block text %}{% set n = namespace(x=number) %}{% for a in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}{% endblock %}",
        "{% block text %}{% set n = namespace(x=number) %}{% for a in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}{% endblock %}",
        "{% block text %}{% set x = 'F' * 4000000 %}{{ x|replace('F', x)|length }}{% endblock %}",
        "{% block text %}{% set x = 'F' * 4000000 %}{{ ([x] * 9999)|join|length }}{% endblock %}",
        "{% macro f(n) %}{{ f(n - 1) ~ f(n - 1) if n }}{% endmacro %}{% block text %}{{ f(60) }}{% endblock %}",
        "{% block text %}{{ lipsum(n=90000) }}{% endblock %}",
        DOUBLING.format("[n.x, n.x]", "n.x"),
        DOUBLING.format("(n.x, n.x)", "n.x ~ 1"),
        DOUBLING.format("{{1: n.x, 2: n.x}}", "n.x|string"),
        DOUBLING.format("dict(a=n.x, b=n.x)", "n.x|tojson"),
        DOUBLING.format("[n.x] * 99", "n.x == 1"),
        DOUBLING.format("[1]|batch(99, n.x)|list", "n.x"),
        "{% block text %}{% set x = [] %}{% set y = x.append(x) %}{{ x }}{% endblock %}",
        "{% block text %}{% for a in range(60000) %}{% set x = range(99999)|sum %}{% endfor %}{% endblock %}",
        "{% block text %}{% set x = range(9999)|list %}{{ range(9999)|select('in', x)|list }}{% endblock %}",
        "{% block text %}{% set n = namespace(x=number) %}{% for a in range(60) %}{% set n.x %}{{ n.x }}{{ n.x }}{% endset %}{% endfor %}{% endblock %}",
        "{% macro f(x) %}{{ varargs }}{% endmacro %}{% block text %}{% set n = namespace(x='') %}{% for a in range(60) %}{% set n.x = f(1, n.x, n.x) %}{% endfor %}{% endblock %}",
        "{% block subject %}{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}{% endblock %}",
        "{% block subject %}{% include '../../secret' %}{% endblock %}",
        "{% block subject %}",
    ],
)
def test_an_own_template_that_fails_never_stops_a_message(tmp_path: Path, source: str) -> None:
    renderer, told = customised(tmp_path, "en/breach.j2", source)
    texts = renderer.render("en", "breach", samples("en")["breach"])
    assert texts.subject == "[FD-7] Sorry: we have not contacted you in time"
    assert [line.split(":")[0] for line in told] == ["en/breach"]
    assert "en/breach" in renderer.problem
    renderer.render("en", "solution", samples("en")["solution"])
    assert renderer.problem.count("/") == 1


def test_an_own_phrase_file_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    renderer, told = customised(tmp_path, "en/phrases.toml", "taken = ")
    assert renderer.phrase("en", "button.take") == "Take"
    assert told[0].startswith("en/button.take: TOMLDecodeError")


def test_of_our_own_texts_what_is_said_elsewhere_is_not_compiled() -> None:
    voice = RENDERER._voices["en"]
    plain, html = (one.get_template("en/confirmation.j2").blocks for one in (voice._plain, voice._html))
    assert {"subject", "text"} <= set(plain)
    assert ("html" in plain, set(html)) == (False, {"html"})
