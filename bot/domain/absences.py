"""How people and programs write of an absence: to whoever wrote before, and what is said besides.

Whoever asks for something, or speaks of a thing, is a person; a program says when one is back and who is there instead.
"""

from __future__ import annotations

import re

_LOOKED_AT, _ONE_LINE = 3_000, 100
"""Characters at the beginning of a text that are searched, and how long a statement of one line may be."""

ASKS = re.compile(
    r"\?|？|does(?: not|n't) (?:work|start|open|connect)|is (?:wrong|broken)|gives an error|"
    r"\b(?:my|his|her|the|our|this) (?:out[- ]of[- ]office|auto(?:matic)?[- ]reply|vacation)(?: \w{1,12})? "
    r"(?:says|still|shows?|should|must|is (?:still|not)|has (?:an?|the)|does|cannot|can't)|能不能|能否|可否|"
    r"登[录錄]不了|[用连連开開打登]不[了上开開]|[报報][错錯]|[蓝藍黑]屏|死机|密码(?:已?过期|失效)|"
    r"\bplease (?!(?:also )?(?:contact|call|note|e-?mail|mail|do not|don't|direct|forward|send (?:your|all|any|"
    r"an? e-?mail)|"
    r"refer|reach|bear|accept|feel|be (?:aware|advised|patient)|allow|address|expect|excuse|forgive|visit|get in touch|"
    r"write|phone|ring|dial|text|speak|talk|ask|resend|stop and read|reply|respond|await|leave an? (?:message|"
    r"voicemail)|"
    r"click|follow|verify|include)\b)|帮忙|怎么|如何|"
    r"(?<!敬)请(?!.{0,6}(?:联系|联络|聯[繫絡]|致[电電]|[拨撥]打)|您?(?:们)?(?:直接|及时)?(?:勿|不要|打|电|谅解|见谅|稍|知悉|发|与|找|耐心|"
    r"(?:[邮郵]件|短信|微信)?留言))|"
    r"bitte (?:helfen|prüfen|ändern|richten|stellen)",
    re.IGNORECASE,
)
"""What people write who want something: an automatic reply asks for nothing but patience."""
TO_THE_WRITER = re.compile(
    r"thank(?:s| you)(?: very much)? for (?:your |the )?(?:e-?mail|mail|message|note|inquiry|enquiry|contacting|"
    r"e-?mailing|writing)|do not reply to this|(?:limited|no|without|not have) (?:e-?mail )?access|"
    r"(?:answer|reply to|respond to|"
    r"attend to) your (?:e-?mail|mail|message|request|[ei]nquiry)|(?:up)?on my return|"
    r"when i(?:'m| am| get)? (?:return|back)|(?:direct|send|forward|address) (?:(?:your|all|any|further) |"
    r"(?=[ei]nquir))"
    r"(?:e-?mails?|mails?|messages?|quer\w{1,3}|[ei]nquir\w{1,3}|requests?)|as soon as (?:i|possible)|"
    r"your (?:e-?mail|mail|message) (?:has|was|is|will)|and (?:will not|won't) return until|"
    r"(?:if (?:this|it) is|for|in) (?:any )?(?:an )?"
    r"(?:urgent|emergenc)|in cases? of (?:an? )?(?:urgent|emergenc)|"
    r"for (?:all |any )?other (?:[ei]nquir|matters|questions)|for immediate (?:assistance|help)|"
    r"not (?:monitoring|checking|reading) (?:my )?e-?mails?|"
    r"will (?:respond|reply|answer|get back to you|be in touch)\b.{0,20} "
    r"(?:when|after|upon|next|on my|soon|then|shortly)|"
    r"您的(?:[来來][信函]|[邮郵]件|信件)|(?:[来來]信|[邮郵]件)已(?:[经經])?收到|已收到您的|感[谢謝](?:您的)?[来來][信函]|"
    r"[尽盡]快(?:[给給]您)?(?:回[复覆復]|答[复覆]|[处處]理)|[无無]法(?:及[时時]|[亲親]自)?(?:查收|收信|回[复覆復]|[处處]理|查看)|"
    r"(?:如?有?(?:急事|[紧緊]急|要事)|[紧緊]急[事情][宜项項情务務况況]).{0,12}(?:[联聯][系繫络絡]|致[电電]|[电電][话話]|[拨撥]打?|留言)|"
    r"[邮郵]件查看有限|回[来來]后(?:[会會]|[将將])?(?:尽快)?(?:回[复覆復]|[处處]理)|"
    r"dank für ihre (?:nachricht|e-?mail|mail|anfrage)|"
    r"ihre (?:nachricht|e-?mail|mail).{0,40}(?:nicht|erhalten|beantwort|nach meiner)|"
    r"(?:kein|eingeschränkt)\w{0,3} zugriff auf (?:meine )?e-?mail|lese .{0,20}keine (?:e-?)?mails|"
    r"(?:in|für) dringende[nrs]? (?:fälle|angelegenheit|anliegen|frage)|en cas d'urgence|"
    r"pour toute urgence|je (?:vous )?répondrai|para (?:asuntos |temas |casos )?urgen|(?:pour|de) votre (?:message|"
    r"e-?mail|courriel)|"
    r"(?:votre|pas accès à m\w{1,2}) (?:message|courriel)|en caso de urgencia|in caso di urgenza|em caso de urgência|"
    r"su (?:mensaje|correo)|(?:緊急|お急ぎ)の(?:場合|方|ご?用件)|급한 (?:일|용무)|メールを?(?:いただき|ありがとう)|"
    r"メールの(?:確認|返信)が?(?:でき|遅)",
    re.IGNORECASE,
)
"""What an absent one tells whoever wrote to him. People who write by themselves do not."""
ABSENT = re.compile(
    r"limited (?:e-?mail )?access|(?:no|without|not have) access to (?:my )?e-?mail|"
    r"i(?:'m| am|'ll| will) (?:currently |be |presently )*(?:out of|away|unavailable|"
    r"on (?:\w{1,12} )?(?:vacation|leave|holiday|pto|sabbatical)|travel+ing)|(?:\A|[\n.!] ?)(?:currently )?"
    r"(?:ooo|out of (?:the )?office)(?: until| till|\.)|i will (?:return|be back) (?:on|in)\b|"
    r"i(?:'m| am|'ll| will) (?:currently )?not (?:be )?(?:in (?:the|my) office|(?:reading|checking) my)|"
    r"(?:正在|目前)?(?:休(?:[年产產婚病事])?假|出差|外出|不在[办辦]公室)|"
    r"ich (?:bin|werde|befinde mich) .{0,40}(?:nicht|außer|abwesend|wieder|urlaub)|"
    r"je (?:suis|serai) (?:absent|en congé|actuellement)|est(?:oy|aré) (?:fuera|ausente|de vacaciones)|"
    r"me encuentro|sono (?:assente|fuori)|estou (?:ausente|fora|de férias)|"
    r"ik ben .{0,40}(?:afwezig|niet)|jag är .{0,40}(?:ledig|borta)|jeg er .{0,40}(?:ferie|fraværende)|"
    r"no estaré|휴가 중|부재 중|(?:я|меня) .{0,30}(?:отпуск|не буду|нет)|不在に|外出して|休暇",
    re.IGNORECASE,
)
_PIECES = re.compile(
    r"(?:(?<!\d)[.,]|(?<=\d)[.,](?!\d|\s?(?:[^\W\d_A-Z]|Jan|Feb|M[aä]|Apr|Ju|Aug|Sep|Okt|Nov|Dez))|[;:!|。，；：！\n])+|"
    r"\b(?:and|but|und|et|y)\b"
)
_ADDRESSES = re.compile(
    r"\bhttps?://\S{1,200}|\bwww\.\S{1,200}|[^\s<>@，。：；]{1,64}@[^\s<>@，。：；]{1,120}|\+?\d[\d ()/-]{5,24}\d"
)
"""Where to turn to instead; their dots end no sentence."""
_SMALL_WORD = re.compile(
    r"(?:[^\s\u2e80-\uffef]{1,20} ?){0,3}|"
    r".{0,4}|.{0,12}(?:回[来來]|返回|上班|回到?(?:公司|[办辦]公室)).{0,4}"
)
"""A greeting, a date, a name; and when one is back."""
_USUAL = re.compile(
    r"contact|reach|\bcall|phone|\btel\b|e-?mail|\bmail|return|\bback\b|\brepl(?:y|ies)\b|respon[ds]|answer|assist|"
    r"urgen|inquir|enquir|quer(?:y|ies)\b|"
    r"[联聯][系繫络絡]|致[电電]|[电電][话話]|[拨撥]打|返回|回[复覆復]|答[复覆]|查收|[邮郵]件|[来來]信|[紧緊]急|急事|接手|代理|代[为為]|小[时時]|祝|[顺順]利|"
    r"wende|erreich|zurück|antwort|weitergeleitet|dringend|retour|répon|joindre|regres|連絡|返信|戻|お世話に",
    re.IGNORECASE,
)
"""What else an absent one writes about: who is there for him, and when he is back."""
TROUBLE = re.compile(
    r"probl[eè]m|persist|\berror|fehler|defekt|broken|\bstill\b|immer noch|toujours|todavía|\bsigue\b|"
    r"不行|[报報][错錯]|故障|[还還]是|[还還]在|依然|まだ",
    re.IGNORECASE,
)
_BELOW = re.compile(
    r"\n\W{0,4}(?:(?:best|kind|warm|with)?\s?(?:regards|wishes)|sincerely|cheers|thanks?(?: you)?|"
    r"cordialement|"
    r"bien à vous|(?:mit )?(?:freundliche|viele|beste)[nr]? grü(?:ße|ßen|sse|ssen)|saludos|此致|祝好|[谢謝]{2}|"
    r".{0,40}(?:this|dieser?|ce) (?:e-?mail|message|communication|nachricht|courriel)\b)",
    re.IGNORECASE,
)
"""Where the name begins, or the lines of the house about who may read this."""


def says_only_the_usual(text: str) -> bool:
    """Whether each piece is of an absence, to whoever wrote, or next to nothing. Who speaks of a thing is a person."""
    if TROUBLE.search(text):
        return False
    for piece in map(str.strip, _PIECES.split(_ADDRESSES.sub("", _BELOW.split(text, maxsplit=1)[0]))):
        known = _SMALL_WORD.fullmatch(piece) or ABSENT.search(piece) or TO_THE_WRITER.search(piece)
        if not known and not _USUAL.search(piece):
            return False
    return True


def is_absence_note(text: str, *, alone: bool) -> bool:
    head = text[:_LOOKED_AT]
    if ABSENT.search(head) is None or asks(text):
        return False
    return TO_THE_WRITER.search(head) is not None or (alone and _tells_nothing_but_absence(head))


def plain(text: str) -> str:
    """What is looked at, with the apostrophe that keyboards have."""
    return text[:_LOOKED_AT].replace("’", "'")


def asks(text: str) -> bool:
    return ASKS.search(text[:_LOOKED_AT]) is not None


def _tells_nothing_but_absence(text: str) -> bool:
    """Whether each piece of its sentences says that one is away, or next to nothing."""
    pieces = map(str.strip, _PIECES.split(text))
    return all(_SMALL_WORD.fullmatch(piece) or (len(piece) <= _ONE_LINE and ABSENT.search(piece)) for piece in pieces)
