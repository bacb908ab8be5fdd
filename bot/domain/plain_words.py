"""Plain words of a requester, and what they ask for: whoever has no portal writes "solved", "催办" or "5".

A word counts only where it leaves no doubt: it is the first line of an answer, alone (a greeting, a courtesy and a
short signature aside), or the whole subject of a new mail to a ticket.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bot.domain.mail import without_refs
from bot.domain.secrecy import SECURITY

URGE, SOLVED, REOPEN, CANCEL, STATUS, RATE, ON_SITE, COMPLAIN, HELP, KNOWLEDGE = (
    "urge", "solved", "reopen", "cancel", "status", "rate", "on_site", "complain", "help", "knowledge",
)  # fmt: skip
QUESTION, SUGGESTION, COMPLAINT, REQUEST, FAULT = "question", "suggestion", "complaint", "request", "fault"
BEST = 5
LONGEST_SIGNATURE, SIGNATURE_LINES = 160, 5


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for: its kind, the points of a rating (1 to BEST), and her further words."""

    kind: str
    score: int = 0
    words: str = ""


_WORDS = {
    URGE: "催办|催单|催一下|催|加急|加急处理|尽快处理|urge|urgent|hurry|hurry up|expedite",
    SOLVED: "已解决|已经解决|解决了|已解决了|已经解决了|问题已解决|问题解决了|问题已经解决|"
    "问题已经解决了|已恢复|已经恢复|已恢复正常|恢复正常了|已修好|修好了|已经修好了|"
    "solved|resolved|fixed|it is solved|it's solved|it is fixed|it's fixed|problem solved|works now|it works now|"
    "works again|it works again",
    REOPEN: "重开|重新打开|没解决|没有解决|未解决|还没解决|没修好|还没修好|还是不行|又坏了|"
    "reopen|re-open|not solved|not fixed|still broken|unsolved|it is not solved",
    CANCEL: "撤销|撤单|撤回|取消|取消报修|撤销报修|不用处理了|不用修了|cancel|withdraw|withdrawn|never mind|nevermind",
    STATUS: "状态|进度|进展|查询进度|查询状态|查进度|status|progress|any news|any update|any updates|update",
    ON_SITE: "需要现场|请到现场|需要上门|上门|上门服务|现场支持|请派人上门|"
    "on site|on-site|onsite|come on site|come here|somebody on site|need on site|visit",
    HELP: "帮助|使用帮助|help",
}
_EXACT = {word: kind for kind, words in _WORDS.items() for word in words.split("|")}
_WITH_WORDS = (
    (COMPLAIN, re.compile(r"(?:我要|我)?投诉|complaint\b|i (?:want to )?complain\b")),
    (KNOWLEDGE, re.compile(r"知识库|(?:knowledge base|kb)\b")),
)
_VERDICTS = {
    "非常满意": 5, "很满意": 5, "十分满意": 5, "满意": 5, "比较满意": 4, "基本满意": 4, "一般": 3,
    "五星": 5, "五星好评": 5, "四星": 4, "三星": 3, "两星": 2, "二星": 2, "一星": 1,
    "不太满意": 2, "不满意": 2, "很不满意": 1, "非常不满意": 1,
    "very satisfied": 5, "satisfied": 5, "mostly satisfied": 4, "neutral": 3,
    "not satisfied": 2, "dissatisfied": 2, "unsatisfied": 2, "very dissatisfied": 1,
}  # fmt: skip
_POINTS = re.compile(
    r"(?:(?:满意度?|评分|评价|打分|rating|score|rate|satisfaction)\s*[:=]?\s*)?"
    r"([1-5])\s*(?:/\s*5|分|星|stars?|points?|out of 5)?"
)
_GREETING = re.compile(r"\A(?:您好|你好|大家好|hi|hello|dear [a-z ]{1,30}|hi all)[\s,.!,。!、]+")
_BEFORE = re.compile(r"\A(?:请|麻烦|please)\s*")
_AFTER = re.compile(r"(?:[\s,]*(?:一下|谢谢|多谢|thanks|thank you|please|thx))+$")
_EDGES = " \t.!?,;:~。!?,、;:…*_\"'“”"
_KINDS = (
    (COMPLAINT, re.compile(r"(?:我要)?投诉|complaint\b")),
    (QUESTION, re.compile(r"咨询|(?:question|enquiry|inquiry)\s*(?::|$|about\b|regarding\b)")),
    (SUGGESTION, re.compile(r"建议|suggestion\b")),
    (SECURITY, re.compile(r"安全事故|安全事件|security incident\b")),
    (REQUEST, re.compile(r"申请|特殊请求|(?:special|purchase|upgrade) request\b")),
    (KNOWLEDGE, re.compile(r"知识库\s*[::]?\s*\S|(?:knowledge base|kb)\s*(?::|\s)\s*\S")),
)
_PREPARED = re.compile(r"(?=.*[^\x00-\x7f]).{1,60}?\(([a-z]{2,20})\)")
"""The first line of an answer that we have prepared in Chinese: `已解决 (solved)`."""
_TAG = re.compile(r"\s*[\[【][A-Za-z]{1,10}-[0-9]{1,12}[\]】]\s*")


def wish_of(text: str, subject: str = "") -> Wish | None:
    """What an answer asks for by its first line; where that says nothing, by the `subject` of a mail that is no reply.

    None for all other words: those are simply an answer.
    """
    first, _, rest = text.strip().partition("\n")
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


def kind_of(subject: str) -> str:
    """What a first mail is by how its subject begins: one of the kinds, or knowledge looked for; else a fault."""
    plain = _plain(_TAG.sub(" ", subject))
    return next((kind for kind, pattern in _KINDS if pattern.match(plain)), FAULT)


def _plain(line: str) -> str:
    """In one width and case, without greeting, "please", courtesy and punctuation around it."""
    text = unicodedata.normalize("NFKC", line).casefold().strip(_EDGES)
    text = _BEFORE.sub("", _GREETING.sub("", text, count=1), count=1)
    return _AFTER.sub("", text.strip(_EDGES)).strip(_EDGES)


def _wish(line: str, rest: str) -> Wish | None:
    plain = _plain(line[:400])
    if score := _score(plain):
        return Wish(RATE, score, rest)
    kind = _EXACT.get(plain)
    if kind and _is_signature(rest):
        return Wish(kind)
    for named, pattern in _WITH_WORDS:
        found = pattern.match(plain)
        if found:
            said = plain[found.end() :].strip(_EDGES)
            return Wish(named, words="\n".join(filter(None, (said, rest))))
    return None


def _score(plain: str) -> int:
    """The points that a line gives, 1 to BEST; 0 where it is no rating."""
    found = _POINTS.fullmatch(plain)
    return int(found[1]) if found else _VERDICTS.get(plain, 0)


def _is_signature(rest: str) -> bool:
    """Whether nothing but a short signature stands below the word: longer words are what the answer is about."""
    return len(rest) <= LONGEST_SIGNATURE and rest.count("\n") < SIGNATURE_LINES
