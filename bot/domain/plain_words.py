"""Plain words of a requester, and what they ask for: whoever has no portal writes "solved", "催办" or "5".

A word counts only where it leaves no doubt: it is the first line of an answer, alone (a greeting, thanks and a short
signature aside; why she urges may follow), or the subject that its writer chose.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bot.domain.courtesy import LONGEST_SIGNATURE, SIGNATURE_LINES, clauses, contradicts, is_courtesy
from bot.domain.mail import without_refs
from bot.domain.rating import EDGES, rating_of
from bot.domain.secrecy import SECURITY

URGE, SOLVED, REOPEN, CANCEL, STATUS, RATE, ON_SITE, COMPLAIN, HELP, KNOWLEDGE = (
    "urge", "solved", "reopen", "cancel", "status", "rate", "on_site", "complain", "help", "knowledge",
)  # fmt: skip
QUESTION, SUGGESTION, COMPLAINT, REQUEST, FAULT = "question", "suggestion", "complaint", "request", "fault"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for: its kind, the points of a rating (1 to 5; also beside SOLVED), and her words."""

    kind: str
    score: int = 0
    words: str = ""


_WORDS = {
    URGE: "催办|催单|催一下|催|催促|加急|加急处理|急|很急|非常急|急急急|十万火急|紧急|尽快|尽快处理|尽快解决|"
    "尽快安排|加快处理|快点|"
    "urge|urgent|very urgent|it is urgent|it's urgent|this is urgent|hurry|hurry up|expedite|expedite this|"
    "expedite this ticket|asap|as soon as possible",
    SOLVED: "已解决|已经解决|解决了|已解决了|已经解决了|问题已解决|问题解决了|问题已经解决|自己解决了|已自行解决|"
    "问题已经解决了|故障已解决|故障已排除|已恢复|已经恢复|恢复了|已恢复正常|已经恢复正常|恢复正常|恢复正常了|已正常|"
    "正常了|已经正常了|"
    "已修好|修好了|已经修好了|已经修好|已经好了|已好|自己好了|能用了|可以用了|已经能用了|已经可以用了|能正常使用了|"
    "可以正常使用了|搞定了|已经搞定|"
    "关单|可以关单|可以关单了|结单|可以结单了|关闭工单|"
    "solved|resolved|fixed|it is solved|it's solved|it is fixed|it's fixed|it is resolved|it's resolved|"
    "this is solved|this is fixed|this is resolved|problem solved|problem fixed|problem is solved|problem is fixed|"
    "the problem is solved|the problem is fixed|the problem is resolved|issue solved|issue resolved|issue fixed|"
    "issue is resolved|the issue is resolved|the issue is solved|the issue is fixed|solved now|fixed now|resolved now|"
    "it is solved now|it's solved now|it is fixed now|it's fixed now|this is fixed now|"
    "works now|it works|it works now|works again|it works again|works fine now|works fine|it works fine now|"
    "working now|it is working|it's working|it is working now|it's working now|working again|it is working again|"
    "it's working again|all good now|all working now|everything works now|"
    "close the ticket|close this ticket|close this|you can close this|you can close it|you can close the ticket|"
    "you can close this ticket",
    REOPEN: "重开|重新打开|没解决|没有解决|未解决|还没解决|还没有解决|仍未解决|问题没解决|问题没有解决|问题未解决|"
    "问题还没解决|没修好|没有修好|"
    "还没修好|还没好|还是不行|还是不能用|还是坏的|还是一样|又坏了|又不行了|"
    "reopen|re-open|reopen it|reopen the ticket|reopen this ticket|reopen this|not solved|not fixed|not resolved|"
    "still broken|still not working|still not fixed|still not solved|unsolved|it is not solved|it's not solved|"
    "it is still broken|it's still broken|it is still not working|it's still not working|still the same|"
    "same problem again",
    CANCEL: "撤销|撤单|撤回|取消|取消报修|撤销报修|取消报障|撤销报障|取消工单|撤销工单|不用处理了|不需要处理了|"
    "不用修了|不需要维修了|"
    "cancel|cancel it|cancel this|cancel this ticket|cancel the ticket|cancel my ticket|cancel my request|"
    "cancel this request|withdraw|withdraw it|withdraw this ticket|withdrawn|never mind|nevermind",
    STATUS: "状态|进度|进展|查询|查询进度|查询状态|查进度|查状态|进度如何|进展如何|进度怎么样|进展怎么样|"
    "现在什么状态|什么进度|有进展吗|有消息吗|"
    "怎么样了|处理得怎么样了|什么时候能修好|什么时候能好|多久能修好|"
    "status|status update|progress|what is the status|what's the status|any news|any update|any updates|any progress|"
    "any news on this|any update on this|any updates on this|any progress on this|update",
    ON_SITE: "需要现场|需要现场支持|需要现场服务|请到现场|安排现场|安排人到现场|到现场|需要上门|上门|上门服务|"
    "安排上门|现场支持|派人上门|派人来|派人过来|"
    "on site|on-site|onsite|come on site|come here|somebody on site|someone on site|need on site|visit|"
    "on site visit|on-site visit|need somebody on site|need someone on site|send somebody|send someone|"
    "send an engineer",
    HELP: "帮助|使用帮助|help",
}
_EXACT = {word: kind for kind, words in _WORDS.items() for word in words.split("|")}
_WITH_WORDS = (
    (
        COMPLAIN,
        re.compile(
            r"(?:我要|我)?投诉|(?:this is a )?complaint\b|(?:i (?:want to |would like to )?|i'd like to )?complain\b"
        ),
    ),
    (KNOWLEDGE, re.compile(r"(?:搜索|查询?|search (?:the )?)?(?:知识库|(?:knowledge base|kb)\b)")),
    (SUGGESTION, re.compile(r"(?:我有一?个?)?建议\s*[:,，：]\s*|suggestion\s*:\s*")),
    (QUESTION, re.compile(r"咨询(?:一下)?\s*[:,，：]\s*|question\s*:\s*")),
)
_GREETING = re.compile(r"\A(?:您好|你好|大家好|hi|hello|dear [a-z ]{1,30}|hi all)[\s,.!,。!、]+")
_LONGEST_GREETING = 60
_GREETING_LINE = re.compile(
    r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day))(?:[ ,]+[^\W\d][\w.'’ -]{0,40})?[\s,.!:，！：]*|"
    r"[^\W\d]{0,12}[,，]?\s?(?:您好|你好|早上好|上午好|下午好|早安)[\s,.!:，。！：]*|"
    r"(?:尊敬的|各位|亲爱的)[^\W\d]{1,12}[\s,!:，！：]*",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"\A(?:请|麻烦|please)\s*")
_AFTER = re.compile(r"(?:[\s,]*(?:一下|谢谢|多谢|thanks|thank you|please|thx))+$")
_PARTICLES = re.compile(r"[啦哦吧啊呀哈呢哟喽]+$")
_KINDS = (
    (COMPLAINT, re.compile(r"(?:我要)?投诉|complaint\b")),
    (QUESTION, re.compile(r"咨询|(?:question|enquiry|inquiry)\s*(?::|$|about\b|regarding\b)")),
    (SUGGESTION, re.compile(r"建议|suggestion\b")),
    (SECURITY, re.compile(r"安全事故|安全事件|security incident\b")),
    (REQUEST, re.compile(r"申请|特殊请求|(?:special|purchase|upgrade) request\b")),
    (KNOWLEDGE, re.compile(r"知识库\s*[::]?\s*\S|(?:knowledge base|kb)\s*(?::|\s)\s*\S")),
)
_COMPLAINS = re.compile(
    r"(?:(?:我要|我)?投诉|(?:this is a )?complaint|i (?:want to |would like to )?complain|i'd like to complain)"
    r"\s*(?:[:,]|$)"
)
_PREPARED = re.compile(r"(?=.*[^\x00-\x7f]).{1,60}?\(([a-z]{2,20})\)")
"""The first line of an answer that we have prepared in Chinese: `已解决 (solved)`."""
_TAG = re.compile(r"[\[【][A-Za-z]{1,10}-[0-9]{1,12}[\]】]")


def wish_of(text: str, subject: str = "") -> Wish | None:
    """What an answer asks for by its first line (below a greeting); else by the `subject` that its writer chose.

    None for all other words: those are simply an answer.
    """
    first, _, rest = text.strip().partition("\n")
    if len(first) <= _LONGEST_GREETING and rest and _GREETING_LINE.fullmatch(first.strip()):
        first, _, rest = rest.strip().partition("\n")
    return _wish(first, rest.strip()) or (_wish(_TAG.sub(" ", subject), text.strip()) if subject else None)


def words_of_answer(text: str) -> str:
    """An answer's words, without the proof that one bears which we have prepared (mailto links).

    Of that the ASCII word in brackets counts: Outlook reads such links in the charset of the machine unless told
    otherwise, and makes 宸茶В鍐 of 已解决.
    """
    words = without_refs(text)
    if words == text:
        return text
    first, line_end, rest = words.strip().partition("\n")
    found = _PREPARED.fullmatch(first.strip())
    return f"{found[1]}{line_end}{rest}" if found else words


def is_plain_word(words: str) -> bool:
    """Whether this is one of the words, and nothing else."""
    return _plain(words) in _EXACT


def kind_of(subject: str, text: str = "") -> str:
    """What a first mail is by how its subject begins: one of the kinds, or knowledge looked for; else a fault.

    A complaint is one also where the first line of its `text` says so.
    """
    plain = _plain(_TAG.sub(" ", subject))
    kind = next((kind for kind, pattern in _KINDS if pattern.match(plain)), FAULT)
    complains = kind == FAULT and _COMPLAINS.match(_plain(text.strip().partition("\n")[0][:400]))
    return COMPLAINT if complains else kind


def _plain(line: str) -> str:
    """In one width and case, without greeting, "please", courtesy and punctuation around it."""
    text = unicodedata.normalize("NFKC", line).casefold().replace("’", "'").replace("\ufe0f", "").strip(EDGES)
    text = _BEFORE.sub("", _GREETING.sub("", text, count=1), count=1)
    return _PARTICLES.sub("", _AFTER.sub("", text.strip(EDGES)).strip(EDGES))


def _wish(line: str, rest: str) -> Wish | None:
    line = line[:400]
    plain = _plain(line)
    if found := _words(line, plain):
        kind, score = found
        doubtful = contradicts(rest) or (kind in {SOLVED, CANCEL} and re.search("[?？]", line))
        return Wish(kind, score) if _is_signature(rest) and not doubtful else None
    if rated := rating_of(plain):
        said = "" if is_courtesy(rated[1]) else rated[1]
        return Wish(RATE, rated[0], "\n".join(filter(None, (said, rest))))
    if said := _urges(line):
        return Wish(URGE, words=said) if _is_signature(rest) else None
    for named, pattern in _WITH_WORDS:
        found_at = pattern.match(plain)
        if found_at:
            said = plain[found_at.end() :].strip(EDGES)
            return Wish(named, words="\n".join(filter(None, (said, rest))))
    return None


def _words(line: str, plain: str) -> tuple[str, int] | None:
    """The one word that a line says, perhaps again and again, between thanks; with "solved" there may be a rating."""
    if kind := _EXACT.get(plain):
        return kind, 0
    kinds: set[str] = set()
    scores: set[int] = set()
    others = []
    for one in clauses(unicodedata.normalize("NFKC", line)):
        word, rated = _plain(one), rating_of(_plain(one))
        if word in _EXACT:
            kinds.add(_EXACT[word])
        elif rated and not rated[1]:
            scores.add(rated[0])
        else:
            others.append(one)
    alone = len(kinds) == 1 and len(scores) <= 1 and (not scores or kinds == {SOLVED})
    return (kinds.pop(), max(scores, default=0)) if alone and (not others or is_courtesy(", ".join(others))) else None


def _urges(line: str) -> str:
    """Why she waits no longer, where a line begins with a word that urges (`催办，老板在等`); "" for all other lines.

    With another of the words in it nobody knows what is meant.
    """
    first, *others = clauses(unicodedata.normalize("NFKC", line)) or [""]
    urges = _EXACT.get(_plain(first)) == URGE and not any(_plain(one) in _EXACT for one in others)
    return ", ".join(others) if urges else ""


def _is_signature(rest: str) -> bool:
    """Whether nothing but a short signature stands below the word: longer words are what the answer is about."""
    return len(rest) <= LONGEST_SIGNATURE and rest.count("\n") < SIGNATURE_LINES
