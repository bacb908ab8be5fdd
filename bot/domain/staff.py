"""What is said of a new member of staff: the words of `/staff add`, read and checked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

HANDLE = r"[a-z0-9_.-]{1,32}"
ADDRESS = r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+"
NAME = r"[^\x00-\x1f\x7f]{1,80}"
PHONE = r"[^\x00-\x1f\x7f]{0,40}"
ROLES = ("resident", "mobile", "senior", "desk", "manager", "deputy", "security")
LANGUAGES = ("zh", "en")
PREFERENCES = ("chat", "mail")

_ROLES = {
    **{name: name for name in ROLES}, "engineer": "resident", "pm": "manager",
    "驻场": "resident", "驻场工程师": "resident", "工程师": "resident", "机动": "mobile", "机动工程师": "mobile",
    "高级": "senior", "高级工程师": "senior", "服务台": "desk", "项目经理": "manager", "副经理": "deputy",
    "安全负责人": "security",
}  # fmt: skip
_LANGUAGES = {"zh": "zh", "en": "en", "中文": "zh", "英文": "en", "english": "en", "chinese": "zh"}
_PREFERENCES = {"chat": "chat", "mail": "mail", "聊天": "chat", "邮件": "mail", "邮箱": "mail"}
_LABELS = {
    "name": "name", "姓名": "name", "role": "roles", "roles": "roles", "角色": "roles", "mail": "mail", "邮箱": "mail",
    "language": "language", "语言": "language", "phone": "phone", "电话": "phone",
    "prefers": "prefers",
    "首选": "prefers",
}  # fmt: skip
LABEL = re.compile(
    rf"(?:^|(?<=\s))(?:(?:--|[—–])({'|'.join(_LABELS)})(?:\s*[=:：＝]|(?=\s|$))|({'|'.join(_LABELS)})\s*[=:：＝])",
    re.IGNORECASE,
)
"""How a word of `/staff add` begins: name=, 姓名：, --name; a telephone makes one dash of two."""


class StaffWordError(Exception):
    """A word that cannot be: which one (`what`), what was written, and what may be written instead."""

    def __init__(self, what: str, written: str, choices: tuple[str, ...] = ()) -> None:
        super().__init__(what)
        self.what, self.written, self.choices = what, written, choices


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who is to be staff: the same options as an entry of [[people]]."""

    handle: str
    name: str
    roles: tuple[str, ...]
    mail: str = ""
    language: str = ""
    phone: str = ""
    prefers: str = "chat"


def newcomer(words: str) -> Newcomer:
    """Reads `li name=Li Wei role=resident,desk mail=li@desk.example`. Raises StaffWordError."""
    handle, _, rest = words.strip().partition(" ")
    marks = list(LABEL.finditer(rest))
    before = rest[: marks[0].start()] if marks else rest
    if before.strip():
        raise StaffWordError("word", before.strip())
    said = {}
    for place, mark in enumerate(marks):
        end = marks[place + 1].start() if place + 1 < len(marks) else len(rest)
        said[_LABELS[(mark[1] or mark[2]).lower()]] = rest[mark.end() : end].strip()
    return _checked(handle.removeprefix("@").lower(), said)


def _checked(handle: str, said: Mapping[str, str]) -> Newcomer:
    mail, name, phone = said.get("mail", "").lower(), said.get("name", "") or handle, said.get("phone", "")
    forms = (("handle", HANDLE, handle), ("mail", f"|{ADDRESS}", mail), ("name", NAME, name), ("phone", PHONE, phone))
    for what, pattern, written in forms:
        if not re.fullmatch(pattern, written):
            raise StaffWordError(what, written)
    prefers = _known("prefers", said.get("prefers", "chat"), _PREFERENCES, PREFERENCES)
    if prefers == "mail" and not mail:
        raise StaffWordError("mail_missing", "")
    language = said.get("language", "")
    return Newcomer(
        handle,
        name,
        roles_of(said.get("roles", "resident")),
        mail,
        _known("language", language, _LANGUAGES, LANGUAGES) if language else "",
        phone,
        prefers,
    )


def roles_of(words: str) -> tuple[str, ...]:
    """The roles that words name, in either language. Raises StaffWordError."""
    listed = re.split(r"\s*[,，、/+]\s*|\s+", words.strip())
    return tuple(dict.fromkeys(_known("role", one, _ROLES, ROLES) for one in listed))


def _known(what: str, written: str, known: Mapping[str, str], choices: tuple[str, ...]) -> str:
    found = known.get(unicodedata.normalize("NFKC", written).strip().lower())
    if found is None:
        raise StaffWordError(what, written, choices)
    return found
