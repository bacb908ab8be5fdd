"""How automatic replies, receipts and challenges are written: their subjects and words, in the languages seen.

People write about their absence and their own vacation notice as well. So a doubtful subject counts only above words
that are said to whoever wrote before, and above nothing that asks for something.
"""

from __future__ import annotations

import re

from bot.domain.messages import ParsedMail

_LOOKED_AT, _FIRST_WORDS, _ONE_LINE = 3_000, 300, 100
"""Characters at the beginning of a text that are searched, and how long a statement of one line may be."""

_RE = r"(?:re|aw|sv|antw|回复|回覆|答复|答覆|返信)\s*[:：]\s*"
_PREFIX = rf"(?:{_RE})*"
_STRONG = (
    r"automatic(?:ally generated)? (?:reply|response|answer)|automated (?:reply|response|acknowledg\w+)|"
    r"auto[- ]?(?:reply|response|responder|respond|acknowledg\w+)(?: message)?|"
    r"out[- ]of[- ](?:the[- ])?office[- ](?:auto(?:matic)?[- ]?)?(?:reply|response|notification|notice|message)|"
    r"vacation (?:reply|response)|"
    r"自[动動](?:回[复覆復]|答[复覆]|应答|回信)(?:通知)?|(?:假期|休假|外出|离开)自动(?:回复|答复)|"
    r"abwesenheits(?:notiz|nachricht|assistent|agent)(?: von .{1,60})?|"
    r"automatische (?:antwort|reactie|abwesenheitsnotiz)|autom\. antwort|automatisch antwoord|"
    r"réponse (?:automatique|d'absence)|(?:respuesta|contestación) (?:automática|de ausencia)|"
    r"risposta automatica|resposta automática|autosvar|automatiskt? svar|frånvaroassistent|fraværsassistent|"
    r"automaattinen vastaus|autoodpowiedź|automatyczna odpowiedź|odpowiedź automatyczna|"
    r"automatická odpov(?:ěď|eď)|automatikus válasz|"
    r"răspuns automat|otomatik (?:yanıt|cevap)|автоответ(?:чик)?|автоматический ответ|автоматична відповідь|"
    r"αυτόματη απάντηση|自動(?:返信|応答|回答)|부재 ?중 ?알림|자동 ?(?:회신|응답|답장)"
)
_WEAK = (
    r"vacation (?:message|notice|notification)|away (?:message|notice|(?:until|till) .{1,40})|"
    r"absence notification|(?:message|notification|avis) d['’]absence|"
    r"abwesenheits(?:meldung|benachrichtigung)|afwezigheids\w+|aviso de ausência|frånvaromeddelande|"
    r"fraværs(?:melding|besked)|poissaoloviesti|不在通知|"
    r"auto|out[- ]of[- ](?:the[- ])?office|ooo|on vacation|vacation|annual leave|on leave|on holidays?|"
    r"away from (?:my )?(?:e-?mail|mail|office|desk)|"
    r"(?:我)?(?:正在)?(?:休假|出差|外出)(?:中|通知)?|(?:我)?不在[办辦]公室|abwesend|"
    r"abwesenheit|nicht im (?:büro|haus)|urlaub|"
    r"absent(?:e)?(?: du bureau)?|absence(?: du bureau)?|en congés?|fuera de (?:la )?oficina|ausente|"
    r"fuori (?:sede|ufficio)|assente|fora do escritório|ausência|afwezig|ikke til stede|på ferie|frånvarande|poissa|"
    r"nieobecność|urlop|mimo kancelář|házon kívül|ofis dışında|отсутстви[ею].{0,30}|в отпуске|"
    r".{1,60} (?:is|am) (?:currently )?out of (?:the )?office.{0,60}"
)
_AFTER = (
    r"(?:\s*[:：].*|\s*[(（\[【<][^()（）]*[)）\]】>]|"
    r"\s+from .{1,80}|\s+(?:re|aw|回复|答复)\s*[:：].*|\s*[.!。！]{0,3})"
)
_BRACKETED = (
    r".{0,80}[(（\[【<]\s*(?:automatic |auto[- ]?)?(?:"
    + _STRONG
    + r"|out[- ]of[- ](?:the[- ])?office|ooo|abwesend|休假中|外出中)\s*[)）\]】>].{0,200}"
)
_BARE = re.compile(rf"{_PREFIX}(?:{_STRONG})\s*[.!。！]{{0,3}}", re.IGNORECASE)
_ANSWERED = re.compile(rf"(?:{_RE})+(?:{_STRONG})\s*[:：]", re.IGNORECASE)
_ASKS = re.compile(
    r"\?|？|does(?: not|n't) (?:work|start|open|connect)|is (?:wrong|broken)|gives an error|"
    r"my auto(?:matic)?[- ]reply (?:still|shows?|should|is (?:still|not))|"
    r"登[录錄]不了|[用连連开開打登]不[了上开開]|[报報][错錯]|[蓝藍黑]屏|死机|密码(?:已?过期|失效)|"
    r"\bplease (?:add|arrange|change|check|come|create|fix|give|grant|help|install|let me|look|open|provide|put|repair|"
    r"replace|reset|send me|set|unlock)|帮忙|怎么|如何|"
    r"(?<!敬)请(?!您?(?:们)?(?:直接|及时)?(?:联系|联络|勿|不要|致电|拨打|打|电|谅解|见谅|稍|留言|知悉|发|与|找|耐心))|"
    r"bitte (?:helfen|prüfen|ändern|richten|stellen)",
    re.IGNORECASE,
)
"""What people write who want something: an automatic reply asks for nothing but patience."""
_VACATION = re.compile(
    rf"{_PREFIX}(?:(?:{_STRONG}){_AFTER}|{_BRACKETED}|来自.{{1,60}}的自[动動]回[复覆復]|"
    rf"(?:{_STRONG}|out[- ]of[- ](?:the[- ])?office).{{0,60}}[:：]\s*(?:re|aw|sv|回复|答复)\s*[:：].*|"
    r"auto: .{1,80} (?:is|will be) (?:out of|away|absent|unavailable|on ).{0,160}|"
    r"out[- ]of[- ](?:the[- ])?office\s*[:：].*)",
    re.IGNORECASE | re.DOTALL,
)
_MAYBE_VACATION = re.compile(
    rf"{_PREFIX}(?:(?:{_WEAK}){_AFTER}|(?:{_WEAK}|{_STRONG})\s+[-–]\s.*)", re.IGNORECASE | re.DOTALL
)
_TO_THE_WRITER = re.compile(
    r"thank(?:s| you)(?: very much)? for (?:your |the )?(?:e-?mail|mail|message|note|inquiry|enquiry|contacting|"
    r"e-?mailing|writing)|do not reply to this|(?:limited|no|without|not have) (?:e-?mail )?access|"
    r"(?:up)?on my return|when i (?:return|get back|am back)|as soon as (?:i|possible)|your (?:e-?mail|mail|message) "
    r"(?:has|was|is|will)|and (?:will not|won't) return until|(?:if (?:this|it) is|for|in) (?:any )?(?:an )?"
    r"(?:urgent|emergenc)|"
    r"您的(?:来信|邮件|来函|信件)|(?:来信|邮件)已(?:经)?收到|已收到您的|"
    r"尽快(?:给您)?(?:回复|答复|处理)|无法(?:及时|亲自)?(?:查收|回复|处理|查看)|"
    r"(?:如?有?(?:急事|紧急|要事)|紧急事[宜项情务]).{0,12}(?:联系|联络|致电|电话|拨打)|"
    r"ihre (?:nachricht|e-?mail|mail).{0,40}(?:nicht|erhalten)|(?:votre|pas accès à m\w{1,2}) (?:message|courriel)|"
    r"su (?:mensaje|correo)",
    re.IGNORECASE,
)
"""What an absent one tells whoever wrote to him. People who write by themselves do not."""
_ABSENT = re.compile(
    r"limited (?:e-?mail )?access|(?:no|without|not have) access to (?:my )?e-?mail|"
    r"i(?:'m| am|'ll| will) (?:currently |be |presently )*(?:out of|away|unavailable|"
    r"on (?:\w{1,12} )?(?:vacation|leave|holiday))|"
    r"(?:正在|目前)?(?:休假|出差|外出|不在办公室)|"
    r"ich bin .{0,40}(?:nicht|außer|abwesend|wieder)|je (?:suis|serai) (?:absent|en congé|actuellement)|"
    r"estaré (?:fuera|ausente)|me encuentro|sono (?:assente|fuori)|estou (?:ausente|fora|de férias)|"
    r"ik ben .{0,40}(?:afwezig|niet)|jag är .{0,40}(?:ledig|borta)|jeg er .{0,40}(?:ferie|fraværende)|"
    r"(?:я|меня) .{0,30}(?:отпуск|не буду|нет)|不在に|外出して|休暇",
    re.IGNORECASE,
)
_PIECES = re.compile(r"[.,;:!。，；：！\n]+|\b(?:and|but|und|et|y)\b")
_SMALL_WORD = re.compile(r"(?:[^\s\u2e80-\uffef]{1,20} ?){0,3}|.{0,4}|.{0,12}(?:回来|返回|上班|回到?公司).{0,4}")
"""A greeting, a date, a name; and when one is back."""
_PASSED_ON = re.compile(
    r"(?im)^[ \t>*]{0,8}(?:from|发件人|發件人|寄件者|差出人|von|de|expéditeur)\*?\s{0,2}[:：]|"
    r"^[ \t]{0,8}-{2,20}[^\n-]{0,40}(?:forwarded|original|转发|轉寄|原始|weitergeleitet)"
)
"""Where a mail begins that somebody passes on, in his text or as it stands below it from an attached one."""
_SAYS_SO = re.compile(
    r"(?<![\"“”'‘「])(?:this is an?|you have received an?|the following is an?) "
    r"auto(?:mat(?:ed|ic)(?:ally[- ]generated)?[- ]?|-)(?:reply|response|answer|responder)|for this automatic reply|"
    r"(?:此|这|這|本|该)(?:封|是|一|为|為|系|係|邮件|郵件|信|系统|系統|由|来自.{1,12}的|假期|休假){1,6}自[动動](?:回[复覆復]|答[复覆])"
    r"(?!.{0,4}[?？吗嗎么])",
    re.IGNORECASE,
)
_GENERATED = re.compile(
    r"\bauto(?:matically)?[- ]generated (?:message|e-?mail|notification)|this is an automat(?:ed|ic) "
    r"(?:confirmation|acknowledge?ment|message|e-?mail|notification)|由系[统統]自[动動][发發]",
    re.IGNORECASE,
)
_RECEIVED = re.compile(
    r"received your (?:e-?mail|message|request|inquiry|enquiry|mail)|for contacting|ticket has been (?:created|opened)|"
    r"已[经經]?收到|收到您",
    re.IGNORECASE,
)
_RECEIPT = re.compile(
    r"(?:已[读讀]|未[读讀]|已[读讀]回[执執]|read receipt|read notification|gelesen|lesebestätigung|"
    r"confirmation de lecture|confirmación de lectura|disposition notification)\s*[:：(（]|"
    r"return receipt \(displayed\)",
    re.IGNORECASE,
)
_MAYBE_RECEIPT = re.compile(
    r"(?:read(?: receipt| notification)?|disposition notification|已[读讀]|已[读讀]回[执執]|gelesen|lu|leído)\s*"
    r"(?:[:：].*|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_WAS_READ = re.compile(
    r"(?:was|has been) (?:read|displayed|opened) |已于.{1,60}[阅閱][读讀]|return receipt for the mail|"
    r"wurde am .{1,60}gelesen|a été (?:lu|affiché)",
    re.IGNORECASE | re.DOTALL,
)
_CHALLENGE = re.compile(
    r"prove (?:that )?you(?:'re| are) (?:a |an? )?(?:real |actual )?(?:human|person|sender|not)|"
    r"(?:mail|message)s?\b.{0,60} (?:has been|have been|was|is) waitlisted|"
    r"senders? (?:that |whom? )?i have (?:approved|authori[sz]ed)|(?:release|deliver|delivery of) your "
    r"(?:e-?mail|message)|to have your address added",
    re.IGNORECASE,
)
_CHALLENGE_TOO = re.compile(
    r"(?:mail|message)s?\b.{0,60} (?:has been|have been|is being|was|is) (?:held|quarantined)|"
    r"(?:guest|white|allow(?:ed)?|safe|approved)[ -]?(?:sender'?s? )?list|tmda|spam ?arrest|boxbe|control spam|"
    r"(?:click|follow|reply).{0,60}(?:link|to this)|verify your (?:e-?mail|address)",
    re.IGNORECASE,
)


def is_vacation_subject(subject: str, text: str) -> bool:
    """Whether the subject is one that programs give to automatic replies, and hardly anybody else.

    Where it is nothing but "Automatic reply", or an answer to one, the text must be that of one: people ask about their
    own so, and answer another's. Where there is more, it must not ask for something, unless it speaks of an absence or
    to whoever wrote before, too.
    """
    if _VACATION.fullmatch(subject) is None:
        return False
    if _BARE.fullmatch(subject) or _ANSWERED.match(subject):
        return _answers_by_itself(text)
    head = text[:_LOOKED_AT]
    spoken = _TO_THE_WRITER.search(head) or _ABSENT.search(head) or says_it_is_automatic(text)
    return bool(spoken) or not _asks(text)


def _answers_by_itself(text: str) -> bool:
    found = _TO_THE_WRITER.search(text[:_LOOKED_AT]) or not text.strip()
    return not _asks(text) and (bool(found) or _is_absence_note(text, alone=True) or says_it_is_automatic(text))


def is_vacation_mail(subject: str, text: str) -> bool:
    """Whether a subject that people use too ("out of the office") stands above the words of an automatic reply."""
    return _MAYBE_VACATION.fullmatch(subject) is not None and _is_absence_note(text, alone=True)


def is_an_absent_one_s_answer(text: str) -> bool:
    """Whether an answer only says that its writer is away, and what that means for who wrote to him."""
    return _ABSENT.search(text[:_FIRST_WORDS]) is not None and _is_absence_note(text, alone=False)


def _is_absence_note(text: str, *, alone: bool) -> bool:
    head = text[:_LOOKED_AT]
    if _ABSENT.search(head) is None or _asks(text):
        return False
    return _TO_THE_WRITER.search(head) is not None or (alone and _tells_nothing_but_absence(head))


def _asks(text: str) -> bool:
    return _ASKS.search(text[:_LOOKED_AT]) is not None


def _tells_nothing_but_absence(text: str) -> bool:
    """Whether each piece of its sentences says that one is away, or next to nothing."""
    pieces = map(str.strip, _PIECES.split(text))
    return all(_SMALL_WORD.fullmatch(piece) or (len(piece) <= _ONE_LINE and _ABSENT.search(piece)) for piece in pieces)


def says_it_is_automatic(text: str) -> bool:
    """Whether the first words of the text call it an automatic reply, or generated and say that a mail has come.

    Whoever passes such a mail on with words of his own is a person.
    """
    head = text[:_FIRST_WORDS]
    passed_on = _PASSED_ON.search(head)
    if passed_on and head[: passed_on.start()].strip():
        head = head[: passed_on.start()]
    if _GENERATED.search(head) and _RECEIVED.search(head):
        return True
    return _SAYS_SO.search(head) is not None


def is_challenge(text: str) -> bool:
    """Whether the text asks its reader to prove himself a person before his mail is delivered."""
    head = " ".join(text[:_LOOKED_AT].split())
    return _CHALLENGE.search(head) is not None and _CHALLENGE_TOO.search(head) is not None


def is_receipt(subject: str, text: str) -> bool:
    """Whether the subject is that of a read receipt, or the text of one stands below what may be."""
    if _RECEIPT.match(subject):
        return True
    return _MAYBE_RECEIPT.fullmatch(subject) is not None and _WAS_READ.search(text[:_LOOKED_AT]) is not None


def by_calendar(mail: ParsedMail, _envelope: object) -> str:
    """Whoever presses "accept" or "decline" in an invitation wants no answer of a machine to that (RFC 5546)."""
    return "a calendar's answer" if mail.headers.get("calendar:method") == "REPLY" else ""
