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
        ("Hi,\n\nany update on this?\n\nBob Miller\nOffice Manager", "status"),
        ("Dear Anna,\nplease cancel this ticket.\nBest regards\nBob", "cancel"),
        ("安娜，您好！\n\n请催办，谢谢。", "urge"),
        ("您好\n已解决", "solved"),
        ("急！急！急！", "urge"),
        ("请尽快", "urge"),
        ("ASAP please", "urge"),
        ("谢谢，已解决", "solved"),
        ("已解决，多谢师傅！", "solved"),
        ("Thanks, Anna! Solved.", "solved"),
        ("It’s working now, thank you very much", "solved"),
        ("已解决，请关单", "solved"),
        ("问题没有解决", "reopen"),
        ("Please reopen the ticket", "reopen"),
        ("Please cancel this ticket", "cancel"),
        ("What's the status?", "status"),
        ("有进展吗？", "status"),
        ("请安排现场，谢谢", "on_site"),
        ("Please send someone", "on_site"),
    ],
)
def test_a_word_alone_is_a_wish(text: str, kind: str) -> None:
    assert wish_of(text) == Wish(kind)


@pytest.mark.parametrize(
    ("text", "score"),
    [("5", 5), ("满意 4", 4), ("评分：3分", 3), ("rating: 2/5", 2), ("满意", 5), ("五星好评！", 5), ("非常不满意", 1), ("Dissatisfied.", 2),
     ("4 stars", 4), ("★ 5"[2:], 5), ("五分", 5), ("满分！", 5), ("我给5分", 5), ("★★★★☆", 4), ("⭐️⭐️⭐️⭐️⭐️", 5), ("10/10", 5),
     ("Five stars!", 5), ("5 / 5", 5), ("５", 5), ("满意，谢谢师傅", 5), ("5分，谢谢！", 5)],
)  # fmt: skip
def test_points_are_a_rating(text: str, score: int) -> None:
    assert wish_of(text + "\n很快就修好了") == Wish("rate", score, "很快就修好了")


@pytest.mark.parametrize(
    ("text", "score", "words"),
    [
        ("5分，三楼都说好", 5, "三楼都说好"),
        ("5 非常满意", 5, ""),
        ("5 (very satisfied)", 5, "very satisfied"),
        ("5, the new roller is quiet", 5, "the new roller is quiet"),
        ("5 - great service!", 5, ""),
        ("5分，服务很好！", 5, ""),
        ("1 (bad)", 1, "bad"),
        ("2 stars: it took three days", 2, "it took three days"),
        ("满意，修得很快", 5, "修得很快"),
    ],
)
def test_words_may_follow_the_points(text: str, score: int, words: str) -> None:
    assert wish_of(text) == Wish("rate", score, words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("催办，老板在等", "老板在等"),
        ("请尽快处理，客户在等，谢谢！\n\n张伟\n财务部", "客户在等, 谢谢"),
        ("加急！明天要用", "明天要用"),
        ("Urgent: the board meets at three.", "the board meets at three"),
    ],
)
def test_who_urges_may_say_why(text: str, words: str) -> None:
    assert wish_of(text) == Wish("urge", words=words)


def test_who_says_that_it_is_solved_may_rate_it_too() -> None:
    assert wish_of("已解决，5分") == wish_of("Solved, 5/5. Thanks!") == wish_of("满意，已解决") == Wish("solved", 5)


@pytest.mark.parametrize(
    "text",
    [
        "已解决\n但是另一台又坏了",
        "Solved\nbut the second printer is broken now",
        "Solved?",
        "Hi,\nthe printer\nsolved",
        "Hello world program\nis here",
        "已解决，但是很慢",
        "催办，撤销",
        "加急，已解决",
        "Urgent: it smokes\n" + "The printer on the third floor began to smoke an hour ago. " * 4,
        "5分钟后再来",
        "5分，但是还是卡纸",
        "满意，但是又卡了",
        "不满意，还是卡纸",
        "1, the printer is dead; 2, the phone too",
        "1. The printer is broken",
        "4, 5 and 6 are down",
        "5楼打印机",
        "3 people",
        "5 printers",
        "2 星期之前",
        "咨询一下什么时候能来",
    ],
)
def test_what_says_more_is_an_answer(text: str) -> None:
    assert wish_of(text) is None


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
    assert wish_of("This is a complaint: nobody calls") == Wish("complain", words="nobody calls")
    assert wish_of("知识库 蓝屏") == wish_of("查询知识库：蓝屏") == Wish("knowledge", words="蓝屏")
    assert wish_of("建议：三楼加一台打印机") == Wish("suggestion", words="三楼加一台打印机")
    assert wish_of("Question: where is it?") == Wish("question", words="where is it")


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
