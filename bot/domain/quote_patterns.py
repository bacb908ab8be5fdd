"""How mail programs mark what is old: separators, header blocks, attributions and signatures, in the languages seen.

All patterns meet single lines of bounded length, and each is tried only where a cheap look says it may fit.
"""

from __future__ import annotations

import re

MARKER = "--- 请在此行以上回复 / reply above this line ---"
"""Stands in each of our mails above its text, so that an answer can be cut there whatever program wrote it."""


_REPLY = r"re|aw|sv|antw|odp|ref|rif|res|ynt|vá|atb|bls|απ|отв|回复|回覆|答复|答覆|回信|返信|답장|회신"
_FORWARD = r"fwd?|fs|wg|tr|rv|vs|vb|vl|enc|i|pd|ilt|doorst|videresend|redir\.|πρθ|пересл|전달|转发|轉發|轉寄|转寄|転送"
_COUNT = r"(?:\s*[\[(（]\d{1,3}[\])）]|\s*\*\d|\^\d{1,2})?"
REPLY_SUBJECT = re.compile(rf"\s*(?:\[[^\]]{{1,60}}\]\s*){{0,3}}(?:{_REPLY}){_COUNT}\s*[:：]", re.IGNORECASE)
FORWARD_SUBJECT = re.compile(rf"\s*(?:\[[^\]]{{1,60}}\]\s*){{0,3}}(?:{_FORWARD}){_COUNT}\s*[:：]", re.IGNORECASE)

QUOTED_LINE = re.compile(r"[ \t]{0,8}(?:>|[A-Z][A-Za-z]{0,3}>[ >])")

_MARKER_WORDS = ("请在此行以上回复", "reply above this line")


def is_marker(line: str) -> bool:
    lowered = line.lower()
    return any(words in lowered for words in _MARKER_WORDS)


# ---- separators: "-----Original Message-----" ----

_OLD = (
    r"original|origine|origineel|oorspronkelijk|ursprüngl|urspr\.|ursprungl|oprindelig|opprinnelig|původní|pôvodn|oryginaln|"
    r"eredeti|alkuperäinen|özgün|исходн|оригінальн|forwarded|reply|replied|antwort|vorherige|transf|transmis|réexpédi|"
    r"weitergeleitet|doorgestuurd|reenviad|inoltrat|encaminhad|videresend|vidarebefordra|přeposlan|preposlan|przekazan|"
    r"továbbított|välitetty|edelleenlähetetty|proslijeđen|redirec[țt]ionat|ilet(?:ilen|ilmiş)|пересыл|перенаправ|"
    r"переслан"
)
_MAIL = (
    r"e-?mail|mail|message|nachricht|bericht|mensaje|messaggio|mensagem|meddelelse|meddelande|melding|besked|viesti|"
    r"zpráv|správ|wiadomoś|poruka|üzenet|mesaj|ileti|сообщени|повідомлен|appointment"
)
_EAST_ASIAN = (
    r"(?:(?:回复|转发|回覆|轉寄)的)?原(?:始)?(?:邮件|郵件|信件?|消息|信息|訊息|约会|約會)(?:信息|訊息|内容)?|(?:邮件|郵件)(?:原文|原件)|"
    r"(?:被)?(?:转发|轉發|轉寄|转寄)的?(?:邮件|郵件|消息|信息|訊息)(?:信息|訊息)?|"
    r"(?:元|転送)(?:の|された)?(?:メッセージ|メール)|(?:원본|전달된?) ?(?:메시지|메일)"
)
_SEPARATOR_WORDS = (
    rf"(?=.{{0,40}}(?:{_OLD}))(?=.{{0,40}}(?:{_MAIL}))[^\d_=—–─━]{{2,60}}?|{_EAST_ASIAN}|"
    r"original|forwarded by .{1,80}|原文"
)
_RULER = "-_=‐—–─━"
_SEPARATOR = re.compile(
    rf"[\s*#]*[{_RULER}]{{2,}}+\s*(?:{_SEPARATOR_WORDS})\s*[:：]?\s*[{_RULER}]{{2,}}+[\s*]*", re.IGNORECASE
)
_BARE_SEPARATOR = re.compile(
    r"(?:(?:e-?mail )?original(?: message| mail| e-?mail)?|message (?:d'origine|original)|mensaje original|"
    r"ursprüngliche (?:nachricht|mail|e-mail)|messaggio originale|mensagem original|oorspronkelijk bericht|"
    rf"{_EAST_ASIAN})",
    re.IGNORECASE,
)
_UNRULED_SEPARATOR = re.compile(
    r"\s*(?:begin forwarded message|début du message (?:réexpédié|transféré)|anfang der weitergeleiteten nachricht|"
    r"inicio del mensaje reenviado|inizio messaggio inoltrato|begin doorgestuurd bericht|"
    r"início da mensagem (?:re)?encaminhada|vidarebefordrat mejl|videresendt melding|start på videresendt besked|"
    r"välitetty viesti alkaa|początek przekazywanej wiadomości|začátek přeposílané zprávy|"
    r"továbbított levél kezdete|ileti başlangıcı|начало переадресованного сообщения|"
    r"початок листа, що пересилається|下面是被转发的邮件|以下是转发的邮件|开始转发邮件|以下是轉寄的郵件|"
    r"以下は転送されたメールです)\s*[:：]\s*",
    re.IGNORECASE,
)
_NOTES_FORWARD = re.compile(r"-{4,}+ Forwarded by .{1,80} on .{6,40}")
_SEPARATOR_ENDS = (*(sign * 2 for sign in _RULER), "*")
_LIST_RULER, _SHORT_LIST_RULER = re.compile(r"_{20,}|-{20,}"), re.compile(r"_{2,}|-{20,}")


def is_separator(line: str) -> bool:
    """Whether the line only says that another mail follows."""
    if line.endswith((":", "：")):
        return _UNRULED_SEPARATOR.fullmatch(line) is not None
    if line.endswith(_SEPARATOR_ENDS):
        return _SEPARATOR.fullmatch(line) is not None
    return "- Forwarded by " in line and _NOTES_FORWARD.fullmatch(line) is not None


def is_list_footer(lines: list[str], at: int) -> bool:
    """What a mailing list program adds below every mail."""
    ruler = lines[at].strip()
    if not _SHORT_LIST_RULER.fullmatch(ruler):
        return False
    below = " ".join(lines[at + 1 : at + 4]).lower()
    if _LIST_RULER.fullmatch(ruler):
        return "mailing list" in below or "unsubscribe" in below
    return lines[at + 1 : at + 2] != [] and lines[at + 1].rstrip().endswith("mailing list")


# ---- header blocks: "From: … Sent: … To: … Subject: …" ----

_LABELS = {
    label: kind
    for kind, labels in {
        "from": "from sender 发件人 發件人 寄件者 寄件人 发信人 發信人 von de da van 差出人 送信者 보낸사람 от "
        "fra från frå od "
        "lähettäjä feladó kimden gönderen expeditor expeditorul dela отправитель від відкого "
        "mittente nadawca 发自 来自",
        "date": "sent date sentat senttime "
        "发送时间 发送日期 發送時間 日期 时间 時間 寄件日期 傳送時間 已发送 已傳送 已發送 gesendet "
        "datum "
        "envoyé envoyéle date fecha enviado enviadoel enviadaem data inviato verzonden 送信日時 日時 보낸날짜 дата "
        "отправлено sendt skickat skickatden dato lähetetty wysłano wysłane odesláno küldve elküldve dátum gönderildi "
        "gönderme tarih trimis",
        "to": "to recipient 收件人 收件者 发送至 至 an à para a aan 宛先 받는사람 кому "
        "til till do komu vastaanottaja címzett kime către",
        "cc": "cc bcc 抄送 抄送人 副本 密送 密件副本 kopie kopia kopi kopio dw másolat 참조 копия",
        "subject": "subject 主题 主題 主旨 标题 標題 betreff objet asunto oggetto assunto onderwerp 件名 제목 тема "
        "emne ämne aihe temat předmět predmet tárgy konu subiect subiectul sujet",
        "other": "reply-to répondreà antwortan importance attachments 附件 重要性 回复 优先级",
    }.items()
    for label in labels.split()
}
_HEADER = re.compile(
    r"[\s|*_>]{0,8}([^\W\d_](?:[^\W\d_]|[ \t\u3000-]){0,15}?)(?: ?/ ?[A-Za-z]{2,10})?"
    r"[ \t\u3000*_]{0,4}(?:[:：]\**|\||\t)(.*)",
    re.DOTALL,
)
_GAPS = re.compile(r"[ \t\u3000]+")
_REPLY_VALUE = re.compile(rf"[\s|*]*(?:{_REPLY}|{_FORWARD})\s*[:：]", re.IGNORECASE)


def header_kind(line: str) -> str:
    """from, date, to, cc, subject or other where the line is such a header of a quoted mail, else ""."""
    head = line[:40]
    if not any(sign in head for sign in ":：|\t"):
        return ""
    found = _HEADER.match(line[:_HEADER_LENGTH])
    return _LABELS.get(_GAPS.sub("", found[1]).lower(), "") if found else ""


_HEADER_LENGTH = 400


def header_value(line: str) -> str:
    """What stands behind the label of such a line."""
    found = _HEADER.match(line[:_HEADER_LENGTH])
    return found[2].strip(" \t\u3000*|") if found else ""


def proves_headers(kind: str, line: str) -> bool:
    """Whether the header's value can hardly be anything else: an address, a date, a subject with Re."""
    found = _HEADER.match(line[:_HEADER_LENGTH])
    value = found[2] if found else ""
    if kind == "date":
        return any(character.isdigit() for character in value)
    return "@" in value or (kind == "subject" and _REPLY_VALUE.match(value) is not None)


def are_two_headers(lines: list[str]) -> bool:
    """Whether a writer stands right above when it was sent: some programs name no more.

    "Date:" is a label of other things too: it needs an address above it and a time.
    """
    if [header_kind(line) for line in lines] != ["from", "date"]:
        return False
    if _SENT.match(lines[1]):
        return True
    return "@" in lines[0] and _DATE_AND_TIME.match(lines[1][:_HEADER_LENGTH]) is not None


_SENT = re.compile(
    r"[\s|*_>]{0,8}(?:sent|gesendet|envoyé(?: le)?|enviado(?: el| em)?|inviato|verzonden|skickat|发送(?:时间|日期)|"
    r"發送時間|寄件日期|傳送時間|送信日時)[\s*_]{0,4}[:：]\W{0,8}\w",
    re.IGNORECASE,
)


_NOTES_HEADINGS = (
    re.compile(r"(?:on )?\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4},? \d{1,2}:\d{2}(?::\d\d)?(?: ?[AP]M)?", re.IGNORECASE),
    re.compile(r"(?:\"[^\"]{1,80}\"|[^<>@]{0,80})\s*<[^<>\s]{1,120}@[^<>\s]{1,120}>(?: on .{6,40})?"),
    re.compile(
        r"[\w.,' -]{1,60}(?:/[\w &-]{1,30}){0,4}(?:@\w{1,30})?(?: on)? \d{1,2}/\d{1,2}/\d{2,4} \d{1,2}:\d{2}.{0,12}"
    ),
    re.compile(r"[\w.,' -]{1,60}(?:/[\w &-]{1,30}){0,4}@\w{1,30}"),
    re.compile(r"[^-<>@]{1,80} ?---\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4} \d{1,2}:\d{2}.{0,12}---.{0,200}"),
    re.compile(r"(?:please respond to|sent by:) .{1,120}", re.IGNORECASE),
)


_NAME_ALONE = re.compile(r"[^\W\d_][\w.'-]{0,30}(?: [^\W\d_][\w.'-]{0,30}){1,3}")


def is_name_alone(line: str) -> bool:
    """Two to four words that may be a person's name: a heading only where it stands right above a date."""
    return len(line) <= _HEADER_LENGTH and _NAME_ALONE.fullmatch(line.strip()) is not None


def is_date_alone(line: str) -> bool:
    words = line.strip()
    return len(line) <= _HEADER_LENGTH and bool(_NOTES_HEADINGS[0].fullmatch(words) or _DAY.fullmatch(words))


_DAY = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?: \d{1,2}:\d{2}(?::\d{2})?)?")
_ADDRESS_ALONE = re.compile(r"<?[^\s<>@]{1,64}@[^\s<>@]{1,120}>?")


def is_address_alone(line: str) -> bool:
    return _ADDRESS_ALONE.fullmatch(line) is not None


def is_notes_heading(line: str) -> bool:
    """A line that Lotus Notes puts above the headers of what it quotes: a name, a date, "Please respond to"."""
    heading = line.strip()
    if _BARE_SEPARATOR.fullmatch(heading.rstrip(":：")):
        return True
    return 0 < len(heading) <= _HEADER_LENGTH and any(pattern.fullmatch(heading) for pattern in _NOTES_HEADINGS)


# ---- attributions: "On 3 May 2026, Anna <a@example.com> wrote:" ----

_FRAME = r"[\s*_=-]{0,8}"
_ADDRESS = r"[<\[(]\s?[^<>\s]{1,120}@[^<>\s]{1,120}[>\])]"
_BRACKETED = re.compile(_ADDRESS)
_LAST_WORDS = (
    "wrote", "writes", "written", "said", "写道", "寫道", "写到", "寫到", "schrieb", "a écrit", "escribió",
    "ha scritto",
    "escreveu", "skrev", "kirjoitti", "пишет", "написал", "написал(а)", "написала", "pisze", "napisał", "napisał(a)",
    "napsal", "napsal(a)", "napísal", "пише", "a scris", "yazdı", "書きました", "のメール", "のメッセージ", "작성",
    "작성하였습니다", "작성했습니다", "geschreven", "nous a dit",
    "skrev följande", "skrev følgende", "schrieb folgendes", "írta",
    "έγραψε", "כתב", "đã viết",
)  # fmt: skip
_MIDDLE_WORDS = re.compile(r"\b(?:schrieb|schreef|skrev|kirjoitti)\b", re.IGNORECASE)
_OPENING_DATE = re.compile(
    _FRAME + r"(?:(?:on|at|am|le|el|il|em|op|den|pe|dne|dnia|w dniu|in data|в|a)\b\s?|在|于|於|"
    r"(?=\d{4}\s?[年/.-])|(?=\d{1,2}[/.: ]))(?=.{0,60}\d)",
    re.IGNORECASE,
)
_OPENING_NAME = re.compile(
    _FRAME + rf"[^\s<>].{{0,160}}(?:{_ADDRESS}|(?:[于於在]|[ ,]|on )\s?\d{{4}}\s?[年/.гр-]|wrote (?:on|at) .{{0,20}}\d)"
)
_QUOTING = re.compile(
    _FRAME + r"(?:quoting|zitat von|mensaje citado por|citando|citeren|引用|引述)\s?(?:[^:：<>@]{1,80}[ <\[(（])??"
    r"[^\s<>@:：]{1,64}@[^\s<>@:：]{1,120}[>\])）]?\s?"
    r"(?:的(?:邮件|郵件|来信|來信|回复|回覆|话|話)?)?\s?[:：]\s*",
    re.IGNORECASE,
)
_YEAR_OR_TIME = re.compile(r"\d{4}|\d{1,2}[:：.]\d{2}|\d年|上午|下午")
_ENDS_IN_ADDRESS = re.compile(rf".*{_ADDRESS}\s?[:：]", re.DOTALL)
_DATE_AND_TIME = re.compile(r"(?=.*\d{4})(?=.*\d{1,2}[:：.]\d{2}(?!\d)(?!\.))", re.DOTALL)
_WROTE_ON = re.compile(r"(?:wrote (?:on|at) |写[于於]).{4,60}", re.IGNORECASE)
_DATE_AND_ADDRESS = re.compile(
    _FRAME + r"\d{1,4}[./-].{4,30}\d{1,2}:\d{2}.{1,20}\s[^\s<>@]{1,64}@[^\s<>@:]{1,120}\s?:\s*"
)
_NO_PERSON = r"(?:the|it|this|that|which|an?|my|our|your|log|screen|error)\b"
SHORT_ATTRIBUTION = re.compile(
    rf"{_FRAME}(?:(?!{_NO_PERSON})"
    r"\S.{0,160}?\s?(?:wrote|writes|said|says|sent|写道|寫道|schrieb|a écrit|escribió|ha scritto|escreveu|"
    r"[はが]書きました)"
    r"\s?(?:[:：]|\.{2,3})|\S.{0,160}?\s(?:wrote|schrieb|skrev) (?:(?:on|at|in|am|um) )?[^:]{2,60}\d.{0,30}:|"
    r".{4,40}\d{1,2}:\d{2}.{0,6} by [^\s<>@]{1,64}@[^\s<>@:]{1,120}:|"
    r"(?:quoting|according to) .{1,160}:|.{1,200} gyre and gimble:|\[.{1,80}\d[^\[\]]{0,20}\]|"
    rf"\d{{4}}[/-]\d{{1,2}}[/-]\d{{1,2}}\s.{{0,120}}{_ADDRESS}|【.{{1,80}}】|※ ?引述.{{1,80}}[:：]|"
    r"in (?:article|message|reply to) .{1,300}|\* .{1,80} \[.{1,60}\]:?|"
    rf".{{0,100}}{_ADDRESS}.{{0,60}}[:：])\s*",
    re.IGNORECASE,
)


_BBS = re.compile(r"\s*(?:【\s*在.{1,80}(?:大作|文章|来信)中?.{0,20}】|※\s*引述.{1,80})\s*")


def is_bbs_attribution(line: str) -> bool:
    """What Chinese bulletin boards put above lines that they quote by ": "."""
    return line.lstrip().startswith(("【", "※")) and len(line) <= _HEADER_LENGTH and _BBS.fullmatch(line) is not None


_GROUPWISE = re.compile(
    r"(?:>>> ?)?[^<>]{1,80}(?:<[^<>\s]{3,120}>)? ?,? ?\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}[ ,]{1,3}\d{1,2}:\d{2}.{0,12}"
    r">>>\s*"
)


def is_groupwise_heading(line: str) -> bool:
    """GroupWise's heading of a quoted mail: its writer and date, and ">>>" at the end."""
    return line.endswith(">>>") and len(line) <= _HEADER_LENGTH and _GROUPWISE.fullmatch(line) is not None


def opening_strength(line: str) -> int:
    """2 where the line opens like an attribution with a date, 1 with a name and an address or date, 0 for neither."""
    if _OPENING_DATE.match(line):
        return 2
    return 1 if _OPENING_NAME.match(line) or _QUOTING.fullmatch(line) else 0


def ends_attribution(line: str) -> bool:
    return line.rstrip(" *_=-").endswith((":", "：", "写道", "寫道", "wrote", "écrit"))


def is_attribution(whole: str) -> bool:
    """Whether the unfolded line tells who wrote when: how it opens, a year, time or address in it, and how it ends."""
    if not opening_strength(whole) or not ("@" in whole or _YEAR_OR_TIME.search(whole)):
        return False
    words = whole.lower().rstrip(" *_=-:：")
    if (words.endswith("sent") and "@" in words) or _QUOTING.fullmatch(whole):
        return True
    dated = _ENDS_IN_ADDRESS.fullmatch(whole) and _YEAR_OR_TIME.search(whole[: whole.rfind("@")])
    both = _DATE_AND_TIME.match(whole) and (_BRACKETED.search(whole) or _WROTE_ON.search(whole))
    named = dated or both or _MIDDLE_WORDS.search(words) or _DATE_AND_ADDRESS.fullmatch(whole)
    return words.endswith(_LAST_WORDS) or bool(named)


_NAME_BEFORE = re.compile(r"[^,.，。！!？?：:]{1,20}[在于於]")
_GLUED = re.compile(
    r"(.{1,400}?\S)\s*(?:-{2,}\s*)?((?:On (?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},|\d)|[在于於]\s?\d{4}).{5,200})"
)


_GLUED_SEPARATOR = re.compile(
    rf"(?<!-)-{{4,40}}+\s?(?:{_EAST_ASIAN}|(?:original|forwarded) message)\s?-{{4,40}}+(?!-)", re.IGNORECASE
)
_TIME_AND_WROTE = re.compile(
    r"(?:[于於]\s?\d{4}\s?年.{3,20})?(?:\d{1,2}[:：]\d{2}(?::\d{2})?|[上下]午|[AP]M|\s){1,4}(?:写道|寫道|wrote)?\s?[:：]",
    re.IGNORECASE,
)


def names_nobody(line: str) -> bool:
    """Whether the line is only the end of an attribution: a time and "wrote", or in Chinese "于" with a date, too."""
    return _TIME_AND_WROTE.fullmatch(line.strip()[:_HEADER_LENGTH]) is not None


def unglued(line: str) -> list[str]:
    """The line, cut where words and the separator or attribution of what follows stand on it together."""
    if QUOTED_LINE.match(line):
        return [line]
    if "----" in line and (separator := _GLUED_SEPARATOR.search(line)):
        return [line[: separator.start()].rstrip(), separator[0], line[separator.end() :]]
    if len(line) > _HEADER_LENGTH or not ends_attribution(line) or opening_strength(line) > 1:
        return [line]
    found = _GLUED.fullmatch(line)
    if not found or not is_attribution(found[2]) or "@" in found[1] or _NAME_BEFORE.fullmatch(found[1] + found[2][0]):
        return [line]
    return [found[1].rstrip("-"), found[2]]
