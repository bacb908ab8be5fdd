import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.quotes import LINE_LIMIT, MARKER, adds_nothing, is_forward, is_reply, new_words

RULE = "________________________________"

CUT = {
    "gmail en, folded": "Works now.\n\nOn Mon, Jan 1, 2024 at 3:00 PM Help Desk <\nhelp@example.com> wrote:\n\n> old\n> old",
    "gmail en, folded in the name": "Works now.\n\nOn Mon, Jan 1, 2024 at 3:00 PM Anna\nBell <a@example.com> wrote:\n\n> old",
    "gmail zh": "Works now.\n\n张三 <zhang@example.com> 于2024年1月1日周一 10:00写道：\n\n> 旧的\n>\n",
    "gmail zh, folded": "Works now.\n\n张三 <zhang.very.long.name@example.com> 于2024年1月1日周一\n下午3:00写道：\n\n> 旧的",
    "gmail zh-tw": "Works now.\n\n張三 <zhang@example.com> 於 2024年1月1日 週一 下午3:00寫道：\n\n> 舊的",
    "gmail, old form": "Works now.\n\n2014-03-20 14:48 GMT+01:00 Anna Bell <a@example.com>:\n\n> old\n> old",
    "apple en": "Works now.\n\n> On 3 May 2026, at 10:00, Anna Bell <a@example.com> wrote:\n> \n> old\n\n",
    "apple zh": "Works now.\n\n> 在 2024年1月1日，10:00，张三 <zhang@example.com> 写道：\n> \n> 旧的\n",
    "apple zh, date first": "Works now.\n\n> 2024年1月1日 上午10:00，张三 <zhang@example.com> 写道：\n> \n> 旧的\n",
    "iphone": "Works now.\n\nSent from my iPhone\n\n> On 3 May 2026, at 10:00, Anna <a@example.com> wrote:\n> \n> old\n",
    "iphone zh": "Works now.\n\n发自我的 iPhone\n\n> 在 2024年1月1日，10:00，张三 <z@example.com> 写道：\n> \n> 旧的\n",
    "outlook en": "Works now.\n\nFrom: Help Desk <help@example.com>\nSent: Monday, January 1, 2024 3:00 PM\nTo: Anna\nSubject: RE: x\n\nold",
    "outlook en, names only": "Works now.\n\nFrom: Help Desk\nSent: Monday, January 1, 2024 3:00 PM\nTo: Anna\nSubject: printer\n\nold",
    "outlook en, classic": "Works now.\n\n-----Original Message-----\nFrom: Help Desk\nSent: Monday\nTo: Anna\nSubject: x\n\nold",
    "outlook web": f"Works now.\n\n{RULE}\nFrom: Help <h@example.com>\nSent: Monday, January 1, 2024\nTo: A <a@example.com>\nSubject: Re: x\n\nold",
    "outlook mobile": f"Works now.\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n{RULE}\nFrom: Help <h@example.com>\nSent: Monday 1\nTo: A\nSubject: y\n\nold",
    "outlook zh": "Works now.\n\n发件人: 张三 <z@example.com>\n发送时间: 2024年1月1日 10:00\n收件人: 李四\n主题: 回复: x\n\n旧的",
    "outlook zh, mac": "Works now.\n\n发件人: 张三 <z@example.com>\n日期: 星期一, 2024年1月1日 10:00\n收件人: 李四\n主题: x\n\n旧的",
    "outlook in bold": "Works now.\n\n*From:* Help Desk <h@example.com>\n*Sent:* Monday, January 1, 2024\n*To:* Anna\n*Subject:* RE: x\n\nold",
    "outlook de": "Works now.\n\nVon: Help <h@example.com>\nGesendet: Montag, 1. Januar 2024 15:00\nAn: Anna\nBetreff: AW: x\n\nalt",
    "qq": 'Works now.\n\n\n------------------\xa0原始邮件\xa0------------------\n发件人: "a" <a@example.com>;\n发送时间: 2024年\n\n旧的',
    "qq en": 'Works now.\n\n------------------ Original ------------------\nFrom: "a"<a@example.com>;\nDate: Mon\n\nold',
    "qq, coremail": "Works now.\n\n-----原始邮件-----\n发件人:张三 <z@example.com>\n发送时间:2024-01-01 10:00:00 (星期一)\n\n旧的",
    "foxmail": "Works now.\n\n\n\n张三\n \n发件人： 李四\n发送时间： 2024-01-01 10:00\n收件人： 张三\n主题： 打印机\n旧的",
    "163": 'Works now.\n\n\n\n\n\n\nAt 2024-01-01 10:00:00, "张三" <z@example.com> wrote:\n>旧的\n>旧的',
    "163, no space": 'Works now.\n\n在 2024-01-01 10:00:00，"张三" <z@example.com> 写道：\n旧的，没有符号',
    "163, phone": "Works now.\n| |\n张三\n|\n|\nz@163.com\n|\n---- 回复的原邮件 ----\n| 发件人 | 李四<l@example.com> |\n| 发送日期 | 2024年 |\n旧的",
    "163, phone, older": "Works now.\n\n| |\n张三\n|\n签名由 网易邮箱大师 定制\n\n在2018年01月01日 12:00，李四 写道：\n旧的",
    "aliyun": "Works now.\n------------------------------------------------------------------\n发件人：张三<z@example.com>\n日　期：2024年01月01日 10:00:00\n收件人：李四\n主　题：回复：x\n\n旧的",
    "thunderbird": "On 1/2/24 10:00, Anna Bell wrote:\n> old\n> old\n\nWorks now.\n",
    "thunderbird zh": "于 2024/1/1 10:00, 张三 写道:\n> 旧的\n\nWorks now.\n",
    "yahoo": "Works now.\n\n    On Monday, January 1, 2024, 03:00:00 PM GMT, Anna Bell <a@example.com> wrote:  \n \n old, without any mark",
    "notes": 'Works now.\n\n\n\n"Jones, Bob" <bob@example.com>\n03/02/2001 09:00 AM\nPlease respond to bob\n\t \n\t To: <kate@example.com>\n\t cc: \n\t Subject: RE: foo\n\nold',
    "notes, internal": "Works now.\n\n\n\nJohn Smith@ECT\n03/02/2001 09:00 AM\nTo:\tKate Symes/PDX/ECT@ECT\ncc:\t \nSubject:\tRe: x\n\nold",
    "mutt": "* Anna Bell <a@example.com> [2024-01-01 10:00]:\n> old\n> old\nWorks now.",
    "name wrote": "Anna wrote:\n> old\n\nWorks now.\n",
    "de": "Works now.\n\nAm 01.01.2024 um 10:00 schrieb Anna Bell <a@example.com>:\n\n> alt\n",
    "fr": "Works now.\n\nLe lun. 1 janv. 2024 à 10:00, Anna Bell <a@example.com> a écrit :\n\n> vieux\n",
    "es": "Works now.\n\nEl lun, 1 ene 2024 a las 10:00, Anna (<a@example.com>) escribió:\n\n> viejo\n",
    "ja": "Works now.\n\n2024年1月1日(月) 10:00 Anna Bell <a@example.com>:\n\n> 古い\n",
    "ru": "Works now.\n\nпн, 1 янв. 2024 г. в 10:00, Anna Bell <a@example.com>:\n\n> старое\n",
    "zoho": "Works now.\n\n---- On Wed, 24 Feb 2021 14:02:50 +0530 a@example.com wrote ----\n\nold",
    "zoho zh": "Works now.\n\n---- 在 星期三, 24 二月 2021 14:02:50 +0800 张三 <z@example.com> 写道 ----\n旧的",
    "zimbra fr": 'Works now.\n\n----- Mail original -----\nDe: "A" <a@example.com>\nÀ: b@example.com\nObjet: x\n\nvieux',
    "a separator without dashes": "Works now.\n\n原始邮件\n发件人：张三<z@example.com>\n收件人：l\n主题：x\n\n旧的",
    "139": "Works now.\n\n----邮件原文----\n发件人：张三 <z@example.com>\n收件人：l\n主题：x\n\n旧的",
    "samsung": "Works now.\n\nSent from my Galaxy\n\n-------- Original message --------\nFrom: A <a@example.com>\n\nold",
    "spark": "Works now.\n\nSent from Spark\nOn Jan 1, 2024 at 10:00 +0800, A <a@example.com>, wrote:\n> old\n> old",
    "notes, name alone": "Works now.\n\n\nAnna Bell\n05/14/2001 03:00 PM\nTo: X/HOU/ECT@ECT\ncc: Y\nSubject: Re: y\n\nold",
    "fi": "Works now.\n\npe 20. lokakuuta 2017 klo 17.50 John Coe\n<s@example.com> kirjoitti:\n\nold",
    "list footer, short": "Works now.\n\n__\nusers mailing list\nusers@example.com",
    "signature": "Works now.\n\n-- \nAnna Bell\nAccounts",
    "signature above the quote": "Works now.\n\n-- \nAnna\n\nOn Mon, Jan 1, 2024 at 3:00 PM H <h@example.com> wrote:\n\n> old",
    "list footer": f"Works now.\n{RULE}_______________\nusers mailing list\nusers@example.com",
    "our marker": f"Works now.\n\n{MARKER}\n\nFD-1 is taken.",
    "our marker, attributed": f"Works now.\n\nOn Mon, 1 May 2024, Desk <d@example.com> wrote:\n\n{MARKER}\nFD-1 is taken.",
    "our marker, quoted": f"Works now.\n\nOn Mon, 1 May 2024, Desk <d@example.com> wrote:\n> {MARKER}\n> FD-1 is taken.",
    "outlook express": '----- Original Message -----\nFrom: "A" <a@example.com>\nTo: <b@example.com>\nSent: Monday 2\nSubject: Re: x\n\n> old\n> old\n\nWorks now.',
}


@pytest.mark.parametrize("text", CUT.values(), ids=CUT.keys())
def test_only_the_new_words_stay(text: str) -> None:
    first, _, rest = new_words(text).partition("\n")
    assert (first, rest.strip()) in {("Works now.", ""), ("Works now.", "张三")}


KEPT = {
    "one header line": "It says\nFrom: floor 3\nand stops.",
    "a form": "日期：2024-05-01\n地点：三楼\n设备：打印机\n问题：卡纸\n联系人：张三",
    "a form in English": "Date: 2024-05-01\nPlace: floor 3\nDevice: printer\nSubject: paper jam",
    "a mail header in words": "From: the first floor\nTo: the third floor\nSubject to change, all printers move.",
    "a sentence with wrote": "On Monday he wrote:\nthe printer is dead and I wrote:\nnothing",
    "one line with >": "the log says\n>50% packet loss\nsince noon",
    "a prompt": "I type\n$ ls > list.txt\nand nothing happens",
    "dashes": "first\n----------\nsecond\n==========\nthird",
    "a table": "name | state\n-----|------\nA | down\nB | up",
    "on in the beginning": "On 3 May the printer failed:\nno power.",
    "sent from within": "The scan is sent from my printer to nowhere.\nPlease help.",
    "original": "I attach the original message.\nThe original:\nis lost.",
    "forward quoted in words": "Anna said:\nthe printer is dead.",
    "dates": "Formats:\n\n2024-01-15 14:30:25\n15.01.2024 14:30\n01/15/2024 at 2:30 PM\n\nAll of them fail.",
    "from in a sentence": "They come from: a@example.com and from: b@example.com\n\nThe data comes From: ours.",
    "a list with a date": "- On 3 May 2026 10:00 it failed\n- On 4 May 2026 it worked",
    "numbers": "1. one\n2. two\n3. three: 10:00\n",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT.keys())
def test_real_words_are_never_cut(text: str) -> None:
    assert new_words(text) == text.strip()


def test_the_end_of_a_quoted_line_that_a_program_broke_is_no_answer() -> None:
    old = "> The compiler says now that each undeclared identifier is reported\nonly once\n> for each function, see"
    assert new_words(f"Anna wrote:\n{old}\n<https://example.com/x>.\n> thanks\n\nWorks now.") == "Works now."
    asked = "> Would it be possible for you to be there on Monday at about nine?\nyes\n> Or is it better to come on a Tuesday\nno"
    assert new_words(f"Anna wrote:\n{asked}") == "yes\nno"


def test_answers_between_quotes_all_stay() -> None:
    text = "On 1/2/2024 10:00, A wrote:\n> first?\nYes.\n> second?\n>> third?\nNo.\n\n-- \nAnna\nBoss"
    assert new_words(text) == "Yes.\nNo."


@pytest.mark.parametrize(
    "text", ["> a\n> b", "-----Original Message-----", "-- \nAnna", MARKER, "?", "👍", "发自我的iPhone"]
)
def test_it_is_never_empty_where_the_text_is_not(text: str) -> None:
    assert new_words(text).strip()


def test_a_separator_on_the_first_line_hides_nothing() -> None:
    """Reliability 3 A 32."""
    assert "real words" in new_words("-----Original Message-----\nreal words\nmore")


LINES = st.sampled_from([*"\n".join(CUT.values()).split("\n"), "", ">", "--", "Works now.", "a:b"])


@given(st.lists(LINES, max_size=25).map("\n".join) | st.text(max_size=300))
def test_any_text_gives_some_of_its_own_lines(text: str) -> None:
    found = new_words(text)
    assert bool(found.strip()) == bool(text.strip())
    own = {line.replace("\xa0", " ").strip() for line in text.split("\n")} | {text.strip()}
    assert {line.strip() for line in found.split("\n")} <= own | {""} or found == text.strip()


def test_what_lies_beyond_the_limit_is_no_new_word() -> None:
    assert new_words("new\n" * (LINE_LIMIT + 10)).count("new") == LINE_LIMIT


@pytest.mark.parametrize(
    ("subject", "references", "reply", "forward"),
    [
        ("Re: printer", (), True, False),
        ("RE: RE: printer", (), True, False),
        ("回复：打印机", (), True, False),
        ("答复: 打印机", (), True, False),
        ("AW: Drucker", (), True, False),
        ("[FD-7] Re: printer", (), True, False),
        ("Re[2]: printer", (), True, False),
        ("printer", ("<a@example.com>",), True, False),
        ("printer", (), False, False),
        ("Regarding: printer", (), False, False),
        ("Fwd: printer", ("<a@example.com>",), False, True),
        ("转发：打印机", (), False, True),
        ("轉寄: 打印機", ("<a@example.com>",), False, True),
    ],
)
def test_which_mails_are_answers(subject: str, references: tuple[str, ...], reply: bool, forward: bool) -> None:
    assert (is_reply(subject, references), is_forward(subject)) == (reply, forward)


HOSTILE = {
    "on a": "On " + "a " * 20_000 + "wrote",
    "empty lines": "x" + "\n" * 200_000 + "y",
    "quotes": ">\n" * 100_000,
    "quote marks": "> " * 100_000,
    "headers": "From: a@example.com 2\n" * 10_000,
    "signatures": "-- \n" * 50_000,
    "attributions": "On 2024 <a@example.com> x\n" * 8_000,
    "dashes": "-" * 200_000,
    "dashed lines": ("--" * 40 + "\n") * 2_500,
    "dates": ("On " + "2024 " * 110 + "wrote:\n") * 340,
    "addresses": ("x <a@b> " * 70 + ":\n> a\n") * 340,
    "devices": "Sent from my iphone\n" * 10_000,
    "separators, almost": "x ---- original message " * 8_000,
    "separators, glued": ("x" + "-" * 39) * 5_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_read_in_linear_time(text: str) -> None:
    """A quadratic step would take minutes here, not the milliseconds that are measured in tests/benchmarks."""
    assert new_words(text)


def test_an_answer_of_old_words_alone_adds_nothing() -> None:
    ours = f"{MARKER}\n\nAnna takes care of it."
    for above in (
        "",
        "On Mon, 23 Nov 2026, the desk wrote:\n",
        "发件人: desk\n发送时间: 2026年11月23日 9:00\n主题: 已收到\n\n",
    ):
        assert adds_nothing(above + ours)
        assert not adds_nothing(f"Thanks\n{above}{ours}")
    assert not adds_nothing("Thanks")
