"""What an engineer needs to know first and a fault report does not say: where it is, which device, how to call back."""

from __future__ import annotations

import re

PLACE, DEVICE, PHONE = "place", "device", "phone"
_LOOKED_AT = 20_000

_NUMBERS = re.compile(
    r"(?<![\d-])(?:1[3-9]\d[ -]?\d{4}[ -]?\d{4}|0\d{2,3}[ -]?\d{7,8}|\+\d{1,3}[\d ()/.-]{6,18}\d|"
    r"\(?\d{3}\)?[ .-]\d{3,4}[ .-]\d{4}|[48]00[ -]?\d{3}[ -]?\d{4})(?![\d-])"
)
_CALLED = re.compile(
    r"(?:\b(?:tel|phone|mobile|cell|ext|extension|call me (?:at|on))\b|电话|手机|分机|联系方式|座机|内线)"
    r"[^\n\d]{0,12}\d{3,}",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"(?:\b(?:asset|tag|serial|s/?n|inventory|device|service tag|host(?:name)?)\b|"
    r"资产|编号|序列号|标签|主机名|设备号|机器名)"
    r"[^\n\w]{0,4}(?:(?:number|no|id|号码?|为|是)[^\n\w]{0,4})?(?=[\w-]*\d)[\w-]{3,}",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:room|floor|building|desk|office|level|hall)\s*[#-]?\s*\w*\d|\b\d{1,2}(?:st|nd|rd|th) floor\b|\b\d{1,3}F\b|"
    r"(?:[\d一二三四五六七八九十]+|[A-Za-z])\s*(?:楼|层|号楼|栋|座|室|房间|会议室|办公室|工位|车间)|"
    r"(?:财务|人事|行政|市场|销售|采购|生产|研发)(?:室|部|处|科)|"
    r"(?:工位|座位|房间|房号|门牌)\s*[:：#]?\s*[A-Za-z]?-?\d+|机房|前台|大厅|食堂|仓库|传达室|门卫室|"
    r"\b(?:server room|reception|lobby|canteen|warehouse)\b",
    re.IGNORECASE,
)


_LABEL = re.compile(r"(?<![\w-])(?!(?:HTTP|ERR|KB|ISO|RFC|CVE|COVID|UTF|SHA)-)[A-Z]{2,5}-\d{3,}(?![\w-])")
"""A label as most are printed, with nothing beside it that says so."""
_NAMED_ROOM = re.compile(r"\b(?:meeting|conference|board) ?room [A-Z]\w+|\b[A-Z]\w+ (?:meeting|conference) ?room\b")
_USUAL = {"The", "This", "That", "Our", "Your", "My", "In", "At", "From", "Is", "And", "A", "Big", "Small", "Every"}


def _is_named_room(words: str) -> bool:
    found = _NAMED_ROOM.search(words)
    return found is not None and not _USUAL & {found[0].split()[0], found[0].split()[-1]}


def missing(text: str, *, place: str = "", phone: str = "") -> list[str]:
    """PLACE, DEVICE and PHONE: those that neither the words (with their signature) nor what is known already says."""
    words = text[:_LOOKED_AT]
    told = {
        PLACE: bool(place or _PLACE.search(words) or _is_named_room(words)),
        DEVICE: bool(_DEVICE.search(words) or _LABEL.search(words)),
        PHONE: bool(phone or _NUMBERS.search(words) or _CALLED.search(words)),
    }
    return [name for name, is_told in told.items() if not is_told]
