"""Tells the charset of a few undeclared words by how everyday their characters are in each charset that could be meant.

Statistics need a page of text; a subject has four characters. So each candidate is decoded and asked: are these the
characters that people write all day, in words of the right shape? Rare ones speak against it.
"""

from __future__ import annotations

import re

_SHARED = (
    "的一是不了在人有我他大上到以就出可也你生能而子那得下自之年用道行所家成方多法如都同起看定天分好小部其些主心她本前但因只想日"
    "者意力十民第公此已工使情明性知全三又正外由最重并手向文相利什二等或新己制身果加月合回特代信表化老位次度常先海通教儿原提立"
    "及比解水名真各入口平系更打女四神何安少才反受目太量再感建做接必期市直命山金指克式色路王象完求程北死交取拉格望共切今持保至形"
    "便空科司五眼非白放限住告求服器理件密文字址址京州元号会社部長様願致急送受信件名予定"
)
_SIMPLIFIED = _SHARED + (
    "这个们来为国地说时要会对着于过发后里种事经么去学现当没动面进样开从实军无它与长把机关点业将两间问很战头体政美见被产"
    "东声员论处义几认条气题活尔别变总电数报结务场计管资许统区队社决展马基书则听却界达光强即像难且权思设记南品类据边张该规万"
    "觉术领确传师观清院让识候带导争运笔印网络脑码登录邮箱软坏请谢您帮助屏蓝键盘鼠标显示器卡纸修申激活更新装载连接断慢启磁"
    "间享夹账户备楼层室办通知协紧急价单护维测试链故障错误议订购票客户经理按钮派给评尽恢复刚"
    "仍超尚排换试午早晚今昨周星派错哪啊吧吗呢呀哦嗯找查询付款发票催办撤销投诉满李张刘陈杨黄赵吴周徐孙朱高林何郭"
)
_TRADITIONAL = _SHARED + (
    "這個們來為國地說時要會對著於過發後裡種事經麼去學現當沒動面進樣開從實軍無它與長把機關點業將兩間問很戰頭體政美見被產"
    "東聲員論處義幾認條氣題活爾別變總電數報結務場計管資許統區隊社決展馬基書則聽卻界達光強即像難且權思設記南品類據邊張該規萬"
    "覺術領確傳師觀清院讓識候帶導爭運筆印網路腦碼登錄郵箱軟體伺壞請謝您幫助屏藍鍵盤滑鼠標顯示器紙修申更新裝載連線斷慢啟磁"
    "檔案帳號者備樓層室辦通知協緊急價單護維測試故障錯誤議訂購票客戶經理當機"
)
_KANJI = (
    _SHARED + "会社件様願確認依頼緊急見積書至急送付問題不具合故障修理設定変更動作電話連絡担当者御中株式今朝階作業開発"
)
_HANGUL = (
    "가각간감갑강같개거건것게견결경계고공과관구국권그금급기긴김까께나난날남내너네녕년는능니님다단달담당대더데도동되된될됩두드든들등"
    "디따때또라락란람랍랑래량러런레려력련령로록료류르른를름리린립링마만말매맞며면명모목못무문물미민밀및바박반받발방배버번법변별보본부"
    "북분불비사산상새생서석선설성세소속손수순스습시식신실심십아안않알았앞애야약양어언얼없었에여역연열영예오온올와완왜외요용우운원월위"
    "유으은을음응의이인일임입있자작잘장재저적전절점정제조종좋주준중지직진질집째차참창찾처천첨청체초추출치카코크타탁태터테텐통트특티팀"
    "파판퍼페편평포표품프피필하학한할함합항해했행향현협형호혹화확환활황회획효후히힘램메송층침"
)
_EVERYDAY = {
    codec: frozenset(characters)
    for codec, characters in {
        "gb18030": _SIMPLIFIED,
        "big5hkscs": _TRADITIONAL,
        "cp949": _HANGUL,
        "euc_jp": _KANJI,
        "cp932": _KANJI,
    }.items()
}
_LOOKED_AT = 200
_PUNCTUATION = frozenset("，。！？；：、（）【】《》“”‘’…—·「」『』　")
_VOWELS = frozenset("аеиоу")
_CYRILLIC_SIGNS = frozenset("«»„“”—–№… \xa0")
_WORD = re.compile(r"[А-Яа-яЁё]+")
_ACCENTS = re.compile(rb"(?:(?<=[A-Za-z])|(?=..?[A-Za-z]))[\xc0-\xd6\xd8-\xf6\xf8-\xff]{1,2}(?![\x80-\xff])")
_SIGNS = re.compile(rb"(?<![\x80-\xff])[\x80\x85\x91-\x97\x99\xa0\xa3\xa7\xa9\xab\xae\xb0\xb4\xbb]{1,2}(?![\x80-\xff])")
_WESTERN = tuple(
    frozenset(letters)
    for letters in (
        "àâæçèéêëîïôœùûüÿ",
        "äöüßé",
        "áéíóúüñºª",
        "àáâãçéêíóôõúüºª",
        "àèéìíîòóùú",
        "åäöéü",
        "æøåéòô",
        "áéèëïíóöúü",
    )
)
_TURKISH, _TURKISH_ALONE = frozenset("çöüâîûðýþ"), frozenset("ðýþ")
"""As Windows-1252 shows them: its last three are other letters in cp1254."""
_WESTERN_SIGNS = frozenset("«»“”‘’‚„–—…°§€£©®™·•´`¨¿¡‰±²³½¼¾× \xa0\xad\ufffd")
_KANA = re.compile("[\u3041-\u30fe]")
_ENOUGH, _AHEAD = 0.45, 0.4
_CYRILLIC_FROM, _VOWEL_SHARE = 4, 0.2
_FIRST_WORD = "тест"
"""What people send to see whether mail arrives: too short to be sure of by its letters, and nonsense in Chinese."""
_SURE_OF_LOWER, _SURE_OF_UPPER = 6, 10
_VARIED, _VARIED_WITHOUT, _TITLED_FROM = 3, 4, 40
_BESIDE_LATIN = re.compile(rb"[A-Za-z][\xa0-\xff]|[\xa0-\xff][A-Za-z]")


def codec_by_everyday_characters(data: bytes, usual: str) -> str:
    """The codec in which the text is an everyday one; another than `usual` only if it is far more so; "" where none."""
    if _is_latin(data):
        return ""
    likeness = {codec: _likeness(_text(data, codec), codec) for codec in _EVERYDAY}
    if not _BESIDE_LATIN.search(data):
        likeness |= {codec: _cyrillic_likeness(_text(data, codec)) for codec in ("koi8_r", "cp1251")}
    best = max(likeness, key=lambda codec: (likeness[codec], codec == usual))
    if likeness[best] < likeness[usual] + _AHEAD:
        best = usual
    return best if likeness[best] >= _ENOUGH else ""


def western_codec(data: bytes) -> str:
    """cp1252 where its accents are all of one language of western Europe, cp1254 where they are Turkish; else ""."""
    text = data[: 20 * _LOOKED_AT].decode("cp1252", "replace")
    letters = {one.lower() for one in text if one > "\x7f"} - _WESTERN_SIGNS
    if letters <= _TURKISH and letters & _TURKISH_ALONE and not letters.isdisjoint("çü"):
        return "cp1254"
    return "cp1252" if any(letters <= language for language in _WESTERN) else ""


def _text(data: bytes, codec: str) -> str:
    """What is foreign of its first characters, in this codec; "" where it does not take the bytes."""
    text = data[: 2 * _LOOKED_AT].decode(codec, "replace")
    return "" if "\ufffd" in text[:-1] else "".join(one if one > "\x7f" else " " for one in text[:_LOOKED_AT])


def _is_latin(data: bytes) -> bool:
    """Whether most high bytes are accents among ASCII letters, or quotation marks and the like that stand alone."""
    head = data[: 2 * _LOOKED_AT]
    alone = sum(len(found) for pattern in (_ACCENTS, _SIGNS) for found in pattern.findall(head))
    return 2 * alone > sum(byte > 0x7F for byte in head)  # noqa: PLR2004  -- ASCII


def _likeness(text: str, codec: str) -> float:
    """From -1 to 1: how everyday the characters are on the whole."""
    characters = [one for one in text if one != " "]
    certain = codec == "gb18030" or not _EVERYDAY[codec].isdisjoint(characters) or _KANA.search(text)
    if len(characters) < 2 or not certain:  # noqa: PLR2004  -- one character may be anything
        return -1.0
    return sum(_weight(one, codec) for one in characters) / len(characters)


def _weight(character: str, codec: str) -> float:
    if character in _EVERYDAY[codec]:
        return 1.0
    if character in _PUNCTUATION or "\uff01" <= character <= "\uff5e":
        return 0.5
    if "\u3041" <= character <= "\u30fe":
        return 1.0 if codec in {"euc_jp", "cp932"} else -0.5
    if "\uac00" <= character <= "\ud7a3":
        return -0.3
    if "\u4e00" <= character <= "\u9fff":
        return 0.2 if codec != "cp949" and _is_of_the_first_level(character, codec) else -0.3
    return -0.5


def _is_of_the_first_level(character: str, codec: str) -> bool:
    """Whether the charset has it among the more frequent half of its ideographs."""
    rows = {"gb18030": (0xB0, 0xD7), "big5hkscs": (0xA4, 0xC6), "euc_jp": (0xB0, 0xCF), "cp932": (0x88, 0x98)}
    low, high = rows[codec]
    return low <= character.encode(codec)[0] <= high


def _cyrillic_likeness(text: str) -> float:
    """1 where all are words of Russian letters in the case that words have, with enough vowels."""
    words = _WORD.findall(text)
    letters = "".join(words)
    strange = set(_WORD.sub("", text)) - _CYRILLIC_SIGNS
    vowels = sum(letter in _VOWELS for letter in letters.lower())
    if len(letters) < _CYRILLIC_FROM or strange or vowels < _VOWEL_SHARE * len(letters):
        return -1.0
    if {word.lower() for word in words} == {_FIRST_WORD}:
        return 1.0
    odd = sum(len(word) for word in words if not (word.istitle() or word.islower() or word.isupper()))
    titled = any(word.istitle() and len(word) > 1 for word in words)
    varied = len(set(letters.lower())) >= (_VARIED if titled else _VARIED_WITHOUT)
    enough = _SURE_OF_UPPER if letters.isupper() else _SURE_OF_LOWER
    sure = titled or enough <= len(letters) < _TITLED_FROM
    return 1 - odd / len(letters) if sure and varied else 0.0
