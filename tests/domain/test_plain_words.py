import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.plain_words import Wish, kind_of, wish_of


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("催办", "urge"),
        ("请催办一下，谢谢！", "urge"),
        ("Hurry up, please!", "urge"),
        ("您好，已解决。", "solved"),
        ("It's fixed. Thanks", "solved"),
        ("Solved\n\nLi Wei\nFinance, extension 4711", "solved"),
        ("已经解决了，谢谢！", "solved"),
        ("Hello, it works again. Thanks!", "solved"),
        ("重开", "reopen"),
        ("还没修好！", "reopen"),
        ("Still broken!", "reopen"),
        ("没解决", "reopen"),
        ("撤销", "cancel"),
        ("Never mind", "cancel"),
        ("状态?", "status"),
        ("Any updates?", "status"),
        ("ＳＴＡＴＵＳ", "status"),
        ("需要现场", "on_site"),
        ("On site please", "on_site"),
        ("帮助", "help"),
        ("help", "help"),
    ],
)
def test_a_word_alone_is_a_wish(text: str, kind: str) -> None:
    assert wish_of(text) == Wish(kind)


@pytest.mark.parametrize(
    ("text", "score"),
    [("5", 5), ("满意 4", 4), ("评分：3分", 3), ("rating: 2/5", 2), ("满意", 5), ("五星好评！", 5), ("非常不满意", 1), ("Dissatisfied.", 2),
     ("4 stars", 4), ("★ 5"[2:], 5)],
)  # fmt: skip
def test_points_are_a_rating(text: str, score: int) -> None:
    assert wish_of(text + "\n很快就修好了") == Wish("rate", score, "很快就修好了")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It is solved for the big printer, but the small one still jams.",
        "Solved?\n" + "No. It is as it was: the printer takes the paper and then nothing happens at all. " * 3,
        "The status light blinks.",
        "help me with the printer",
        "5 printers are affected",
        "6",
        "0",
        "我们需要现场会议室的投影仪",
        "取消打印任务之后还是卡纸",
        "催了三次都没人来，请处理一下",
        "Please cancel the meeting room booking problem",
        "一般情况下早上九点之后才会出现",
    ],
)
def test_other_words_are_none(text: str) -> None:
    assert wish_of(text) is None


def test_what_is_complained_of_is_kept() -> None:
    assert wish_of("投诉：三天了还没人来\n请经理回电") == Wish("complain", words="三天了还没人来\n请经理回电")
    assert wish_of("知识库 蓝屏") == Wish("knowledge", words="蓝屏")


def test_the_subject_of_a_new_mail_counts_where_its_text_says_nothing() -> None:
    assert wish_of("见上", "[FD-17] 催办") == Wish("urge")
    assert wish_of("见上", "[FD-17] Printer solved by restarting") is None


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("投诉：没有人来", "complaint"),
        ("Complaint about the service", "complaint"),
        ("咨询 VPN 怎么申请", "question"),
        ("Question: how do I get a VPN", "question"),
        ("建议增加一台打印机", "suggestion"),
        ("Suggestion box", "suggestion"),
        ("知识库 蓝屏", "knowledge"),
        ("kb: blue screen", "knowledge"),
        ("申请安装制图软件", "request"),
        ("Special request: 16 GB of memory", "request"),
        ("Request timed out", "fault"),
        ("安全事故：名单外泄", "security"),
        ("Security incident: a list is on the net", "security"),
        ("Security camera is dark", "fault"),
        ("打印机卡纸", "fault"),
        ("Questionable printer", "fault"),
        ("KBs missing from my disk", "fault"),
        ("", "fault"),
    ],
)
def test_a_first_mail_has_a_kind(subject: str, kind: str) -> None:
    assert kind_of(subject) == kind


@given(st.text(max_size=300), st.text(max_size=80))
def test_no_words_break_it(text: str, subject: str) -> None:
    found = wish_of(text, subject)
    assert found is None or found.score in range(6)
    assert kind_of(subject)
