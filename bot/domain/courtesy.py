"""Words that only say thanks: they never reopen a solved ticket, and change nothing about a plain word beside them.

Each clause of such an answer must be courtesy; one word of doubt anywhere ("but", "还是", a question, a number) and it
is an answer like any other. What is not known to be courtesy is none: at worst a ticket is opened again needlessly.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 120
SIGNATURE_LINES, LONGEST_SIGNATURE = 5, 160

_CHINESE = (
    "谢谢 多谢 感谢 感激 谢 致谢 辛苦 有劳 麻烦您了 麻烦你了 麻烦你们了 麻烦了 收到 知道 知悉 明白 了解 好的 好滴 "
    "好嘞 好 嗯 恩 行 可以 能用 使用 正常 "
    "恢复 修好 解决 处理 弄好 搞定 完成 没问题 没事 不客气 不用谢 没关系 再次 再见 拜拜 非常 十分 万分 太 很 真 都 "
    "也 就 已经 已 阅 "
    "您们 你们 您 你 我们 我 这边 这么 大家 各位 师傅 工程师 老师 同事 小伙伴 工 帮助 帮忙 支持 配合 关注 理解 指导 "
    "协助 服务 态度 "
    "及时 迅速 快速 快 高效 专业 热情 耐心 细心 周到 棒 赞 不错 给力 厉害 点赞 满意 开心 一如既往 祝 工作 生活 周末 "
    "节日 顺利 愉快 快乐 一切 安好 "
    "此致 敬礼 顺颂商祺 商祺 等 到 啦 哈 呀 哦 噢 啊 嘛 的 了 地 得"
)
_ENGLISH = (
    "thanks thank thankyou thx tnx ty cheers merci danke gracias you ya u yours ok okay k great perfect good fine nice "
    "lovely wonderful excellent awesome brilliant fantastic super cool amazing happy pleased glad works working worked "
    "fixed solved resolved sorted done again now it it's its that that's this there is was has been are am be all so "
    "very really truly much a an lot lots many million for your the quick fast prompt swift speedy kind great help "
    "helping support assistance service reply replying response update updating info information heads up letting know "
    "everything everyone everybody sir madam appreciated appreciate appreciation i i'm we my our me us to of in on "
    "with "
    "and as always just will do well received noted got understood gotcha have had day weekend evening afternoon "
    "morning week one dear hi hello team guys folks colleague colleagues both best kindest warm warmest regards "
    "sincerely sincere job work yes yep sure indeed take care bye"
)


def _longest_first(words: str) -> str:
    return "|".join(sorted(words.split(), key=len, reverse=True))


_KNOWN = re.compile(rf"{_longest_first(_CHINESE)}|\b(?:{_longest_first(_ENGLISH)})\b")
_THANKS = re.compile(
    r"谢|感激|辛苦|有劳|麻烦.{0,2}了|收到|知道|知悉|明白|了解|好的|好滴|好嘞|好了|嗯|恩|行|可以|能用|正常|恢复|修好|解决|搞定|没问题|没事|不客气|"
    r"没关系|棒|赞|给力|满意|阅|很好|真好|非常好|不错|"
    r"\b(?:thank\w*|thx|tnx|ty|cheers|merci|danke|gracias|ok|okay|great|perfect|awesome|excellent|works?|working|fixed|"
    r"solved|resolved|sorted|good|fine|nice|received|noted|got|gotcha|understood|appreciate\w*|will do|sure)\b"
)
_THANKS_FOR = re.compile(r"(?:\w+ ){0,3}(?:thanks|thank you|thx)\b[\w' ]{0,30} for\b.{0,60}")
_CHINESE_THANKS = re.compile(
    r"(?:非常|十分|万分|真心|衷心|再次|太|很)?(?:感谢|谢谢|多谢|感激|辛苦)[\u3400-\u9fff ]{0,16}"
)
_THANKED = re.compile(
    r"\b(?i:thanks|thank you|thx|hi|hello|dear)(?: (?:a lot|so much|very much))?\s+"
    r"[A-Z][\w'’-]{1,15}(?: [A-Z][\w'’-]{1,15})?$"
)
_A_NAME = re.compile(r"[A-Z][a-z'’-]{1,15}")
_PLEASED = re.compile("[👍👌🙏😊😀😃😄🙂☺❤💯👏🌹💐✅🤝🎉]")

_HARMLESS = re.compile(
    r"不客气|不用谢|不错|没关系|没问题|没事|麻烦(?:您|你|你们)?了|再次感谢|再次谢谢|再见|"
    r"\bno (?:problems?|worries|issues?)(?: now| any ?more| at all)?\b|\bwork(?:s|ing)? (?:now )?again\b|"
    r"\bthank(?:s| you) again\b|\b(?:fixed|fine|good|well) again\b"
)
_CONTRADICTS = re.compile(
    r"但|可是|不过|只是|还是|还没|仍|依旧|依然|又|不能|不行|不好|没有|没好|没解决|未解决|无法|坏|故障|另外|还有|"
    r"\b(?:but|however|although|though|except|still|again|not|cannot|can't|doesn't|don't|isn't|didn't|won't|hasn't|no|"
    r"broken|fails?|failed|failing|jams?|jammed|wrong|worse|unfortunately|also|another)\b|[?]"
)
_DOUBT = re.compile(
    rf"{_CONTRADICTS.pattern}|\d|[不没未无别勿否还再吗呢哪怎催急]|请|麻烦|帮我|看看|看下|一下|什么|多久|何时|几|需要|要|想|能否|可否|错|慢|卡|死机|断|"
    r"黑屏|蓝屏|白屏|报错|问题|投诉|撤|取消|换|"
    r"n't\b|\b(?:yet|only|until|unless|other|more|too|please|pls|when|why|how|what|where|who|which|can|could|would|"
    r"should|need|want|error|dead|dark|slow|stuck|crash\w*|down|missing|lost|stop\w*|urgent|asap|problem\w*|issue\w*|"
    r"today|tomorrow|nothing|never|call|come|cancel\w*|complain\w*|reopen)\b"
)
_MORE_TO_SAY = re.compile(
    rf"{_CONTRADICTS.pattern}|请|需要|什么|怎|吗|"
    r"\b(?:it is|dead|dark|slow|stuck|down|missing|please|when|why|how|what|need|want|yet|problem|issue|urgent)\b"
)
"""What stands in no signature."""
_FAREWELL = re.compile(
    r"(?:(?:with )?(?:best|kind|kindest|warm|many|my)? ?(?:regards|wishes|greetings)|best|br|rgds|cheers|sincerely|"
    r"yours(?: \w+)?|(?:many )?thanks|thank you|mfg|此致|敬礼|顺颂商祺|商祺|祝好|祝(?:您|你)?.{1,8}|谢谢)[\s,.!。，！]*"
)
_CLAUSES = re.compile(r"[,.!;:~、。…()\n]+|\s[-–—]+\s")


def is_courtesy(words: str, writer: str = "") -> bool:
    """Whether a short reply is nothing but thanks or "it works", in Chinese or English.

    `writer` is the name that the mail gives to its sender: a signature begins with it, or with a farewell.
    """
    if len(words) > 2 * (LONGEST + LONGEST_SIGNATURE):
        return False
    text = _above_signature(unicodedata.normalize("NFKC", words), writer)
    plain = text.casefold().replace("’", "'")
    if len(text) > LONGEST or _DOUBT.search(_HARMLESS.sub(" ", plain)):
        return False
    clauses = [one.strip() for one in _CLAUSES.split(text) if re.search(r"\w", one)]
    if not clauses:
        return _PLEASED.search(text) is not None
    said = [one for one in clauses if _THANKS.search(one.casefold())]
    names = [one for one in clauses if _A_NAME.fullmatch(one)]
    return bool(said) and all(one in names or _is_polite(one) for one in clauses)


def contradicts(words: str) -> bool:
    """Whether there is more to it: "but", "还是", "not". Then a plain word above it is no plain word."""
    return _CONTRADICTS.search(_HARMLESS.sub(" ", unicodedata.normalize("NFKC", words).casefold())) is not None


def clauses(line: str) -> list[str]:
    """The pieces of a line that stand between punctuation, those with words in them."""
    return [one.strip() for one in _CLAUSES.split(line) if re.search(r"\w", one)]


def _is_polite(clause: str) -> bool:
    plain = clause.casefold().replace("’", "'").strip()
    if _THANKS_FOR.fullmatch(plain) or _CHINESE_THANKS.fullmatch(plain):
        return True
    plain = _THANKED.sub("", clause).casefold() if _THANKED.search(clause) else plain
    return not re.search(r"\w", _KNOWN.sub("", _HARMLESS.sub("", plain)))


def _above_signature(text: str, writer: str) -> str:
    """The words above a farewell or the writer's own name, if what stands below is no more than a signature."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    names = {part.casefold() for part in (writer, *writer.split()) if part}
    for at, line in enumerate(lines[1:], 1):
        plain = line.casefold()
        if plain.strip(" ,.-—") in names or _FAREWELL.fullmatch(plain):
            below = lines[at + 1 :]
            short = len(below) <= SIGNATURE_LINES and sum(map(len, below)) <= LONGEST_SIGNATURE
            if short and not _MORE_TO_SAY.search(" ".join(below).casefold()):
                return "\n".join(lines[:at])
    return "\n".join(lines)
