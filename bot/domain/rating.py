"""What points an answer gives, in the many ways in which people write them: "5", "五星", "★★★★☆", "满意，修得很快"."""

from __future__ import annotations

import re

from bot.domain.courtesy import clauses, contradicts

BEST = 5
EDGES = " \t.!?,;:~。!?,、;:…*_\"'“”"
"""What may stand around a word without being one."""

_VERDICTS = {
    "非常满意": 5, "很满意": 5, "十分满意": 5, "满意": 5, "比较满意": 4, "基本满意": 4, "一般": 3,
    "好评": 5, "五星好评": 5, "满分": 5, "10分": 5, "100分": 5,
    "不太满意": 2, "不满意": 2, "很不满意": 1, "非常不满意": 1, "差评": 1,
    "very satisfied": 5, "satisfied": 5, "mostly satisfied": 4, "neutral": 3,
    "not satisfied": 2, "dissatisfied": 2, "unsatisfied": 2, "very dissatisfied": 1,
}  # fmt: skip
_JUDGEMENTS = frozenset({*_VERDICTS, "good", "very good", "bad", "best", "worst", "好", "差"})
_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_POINTS = re.compile(
    r"(?:(?:我?(?:给|打|评)个?|满意度?|评分|评价|打分|rating|score|rate|satisfaction|i give|i rate it)\s*[:=]?\s*)?"
    r"(?:([1-5])(?![0-9])|([一二两三四五])(?=颗?星|分)|(one|two|three|four|five)(?= (?:stars?|points?)))"
    r"(?:\s*(/\s*5|分|颗?星(?:好评)?|(?:stars?|points?)\b|out of 5\b))?"
)
_OF_TEN = re.compile(r"([1-9]|10)\s*/\s*10")
_STARS = re.compile(r"[★⭐🌟]{1,5}(?=[^★⭐🌟]|$)")
_PAUSE = re.compile(r"\s*[,!;:(~–—-]\s*|\s+")
_SURE = 4
"""From so many points on, a bare number before words is a rating: lists begin with 1."""


def rating_of(plain: str) -> tuple[int, str] | None:
    """The points that a line gives, 1 to BEST, and the words behind them; None where it is no rating.

    `plain` is in one width and lower case.
    """
    if stars := _STARS.match(plain):
        return len(stars[0]), plain[stars.end() :].strip(EDGES + "☆")
    if ten := _OF_TEN.fullmatch(plain):
        return (int(ten[1]) + 1) // 2, ""
    if plain in _VERDICTS:
        return _VERDICTS[plain], ""
    found = _POINTS.match(plain)
    return _with_points(found, plain[found.end() :]) if found else _with_verdict(plain)


def _with_points(found: re.Match[str], behind: str) -> tuple[int, str] | None:
    """A number, alone or with words behind it that leave no doubt what the number is."""
    score, unit = _DIGITS.get(found[2] or found[3]) or int(found[1]), found[4] or ""
    pause = _PAUSE.match(behind)
    words = (behind[pause.end() :] if pause else behind).strip(EDGES + "()（）")
    if not words:
        return score, ""
    if pause is None or contradicts(words):
        return None
    judged = words.partition(",")[0].strip(EDGES) in _JUDGEMENTS
    alone = bool(pause[0].strip()) and not words[0].isdigit() and (unit or score >= _SURE)
    return (score, words) if judged or alone or unit not in {"", "分", "points", "point"} else None


def _with_verdict(plain: str) -> tuple[int, str] | None:
    """A verdict with words of praise behind it: "满意，修得很快"."""
    said, *more = clauses(plain)[:9] or [""]
    score = _VERDICTS.get(said, 0)
    return (score, ", ".join(more)) if score >= _SURE and not contradicts(plain) else None
