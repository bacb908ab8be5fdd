"""How automatic replies, receipts and challenges are written: their subjects and words, in the languages seen.

People write about their absence and their own vacation notice as well. So a doubtful subject counts only above words
that are said to whoever wrote before, and above nothing that asks for something.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.domain.absences import (
    ABSENT,
    TO_THE_WRITER,
    asks,
    is_absence_note,
    plain,
    says_only_the_usual,
)
from bot.domain.acknowledgements import acknowledges
from bot.domain.messages import ParsedMail

_LOOKED_AT, _FIRST_WORDS, _ONE_LINE = 3_000, 300, 100
"""Characters at the beginning of a text that are searched, and how long a statement of one line may be."""

_RE = r"(?:re|aw|sv|antw|回复|回覆|答复|答覆|返信)\s*[:：]\s*"
_PREFIX = rf"(?:{_RE})*"
_STRONG = (
    r"automatic(?:ally generated)? (?:reply|response|answer)|automated (?:reply|response|acknowledg\w+)|"
    r"auto[- ]?(?:reply|response|responder|respond|respons|acknowledg\w+)(?: message)?|balasan otomatis|رد تلقائي|"
    r"out[- ]of[- ](?:the[- ])?office[- ](?:auto(?:matic)?[- ]?)?(?:reply|response|notification|notice|message)|"
    r"vacation (?:reply|response)|"
    r"(?:[邮郵]件|系[统統])?自[动動](?:回[复覆復]|答[复覆]|应答|回信)(?:通知)?|(?:假期|休假|外出|离开)自动(?:回复|答复)|"
    r"abwesenheits(?:notiz|nachricht|assistent|agent)(?: von .{1,60})?|"
    r"automatische (?:antwort|reactie|abwesenheitsnotiz)|autom\. antwort|automatisch antwoord|"
    r"réponse (?:automatique|d'absence)|(?:respuesta|contestación) (?:automática|de ausencia)|"
    r"risposta automatica|resposta automática|autosvar|automatiskt? svar|frånvaroassistent|fraværsassistent|"
    r"automaattinen vastaus|autoodpowiedź|automatyczna odpowiedź|odpowiedź automatyczna|"
    r"automatick[áé] odpov(?:ěď|eď|ědi)|automatikus válasz|automatsvar|automaat(?:ne )?vastus|samodejni odgovor|"
    r"automatski odgovor|automatinis atsakymas|(?:.{1,40} )?autom[āa]tisk[āa] atbilde|resposta automàtica|"
    r"trả lời tự động|ตอบกลับอัตโนมัติ|ferienabwesenheit|"
    r"răspuns automat|otomatik (?:yanıt|cevap)|автоответ(?:чик)?|автоматический ответ|автоматична відповідь|"
    r"автоматичен отговор|отсутствует на работе|"
    r"αυτόματη απάντηση|自動(?:返信|応答|回答)|부재 ?중 ?알림|자동 ?(?:회신|응답|답장)"
)
_WEAK = (
    r"vacation (?:message|notice|notification)|away (?:message|notice|(?:until|till) .{1,40})|"
    r"absence notification|(?:temporary )?absence from (?:the )?office|(?:message|notification|avis) d['’]absence|"
    r"abwesenheits(?:meldung|benachrichtigung)|afwezigheids\w+|aviso de ausência|frånvaromeddelande|"
    r"fraværs(?:melding|besked)|poissaoloviesti|不在通知|"
    r"auto|out[- ]of[- ](?:the[- ])?office|ooo|(?:(?:i am|i'm) )?on (?:vacation|holidays?|leave)(?: until .{1,40})?|"
    r"(?:i am|i'm) away|vacaciones|(?:en |in )?(?:vacances|ferien|ferie)|(?:我?在?休)?年假中?|"
    r"vacation|holidays?|(?:on )?(?:annual|maternity|paternity|parental|sick|medical|study) leave|"
    r"(?:not in|away from) (?:my |the )?(?:e-?mail|mail|office|desk)|"
    r"(?:我)?(?:正在)?(?:休年?假|出差|外出)(?:中|通知)?|(?:我)?不在[办辦]公室|(?:ich bin )?abwesend|"
    r"abwesenheit|(?:ich bin )?nicht im (?:büro|haus)|(?:(?:ich )?bin )?(?:im )?urlaub|"
    r".{1,60} ist (?:außer haus|abwesend|nicht im (?:büro|haus))|"
    r"(?:je suis |.{1,60} est )?absente?(?:\(e\))?(?: du bureau)?|absence(?: du bureau)?|en congés?|"
    r"(?:.{1,60} está )?(?:fuera|ausente)(?: de (?:la )?oficina)?|(?:.{1,60} è )?fuori (?:sede|ufficio)|"
    r"assente|fora do escritório|ausência|afwezig|ikke til stede|på ferie|frånvarande|poissa|"
    r"nieobecność|urlop|mimo kancelář|házon kívül|ofis dışında|отсутстви[ею].{0,30}|в отпуске|"
    r".{1,60} (?:is|am) (?:currently )?out of (?:the )?office.{0,60}|"
    r"(?:auto|自[动動])\s?[:：] ?.{1,60} (?:ist|est|está|è|är|er|is|不在).{1,100}"
)
_AFTER = (
    r"(?:\s*[:：].*|\s*[(（\[【<][^()（）]*[)）\]】>]|"
    r"\s+(?:from|until|till|for|bis|vom|ab|jusqu['’]au|du|hasta) .{1,80}|\s+(?:re|aw|回复|答复)\s*[:：].*|"
    r"\s*[.!。！]{0,3})"
)
_BRACKETED = (
    r".{0,80}[(（\[【<]\s*(?:automatic |auto[- ]?)?(?:"
    + _STRONG
    + r"|out[- ]of[- ](?:the[- ])?office|ooo|abwesend|休假中|外出中)\s*[)）\]】>].{0,200}"
)
_TAG = r"(?:[\[【][^\[\]【】]{1,60}[\]】]\s?)?"
_BARE = re.compile(rf"{_TAG}{_PREFIX}(?:{_STRONG})\s*[.!。！]{{0,3}}", re.IGNORECASE)
_ANSWERED = re.compile(rf"(?:{_RE})+(?:{_STRONG}|out[- ]of[- ](?:the[- ])?office)\s*[:：]", re.IGNORECASE)
_VACATION = re.compile(
    rf"{_TAG}{_PREFIX}(?:(?:{_STRONG}){_AFTER}|{_BRACKETED}|来自.{{1,60}}的自[动動]回[复覆復]|"
    rf"(?:{_STRONG}|out[- ]of[- ](?:the[- ])?office).{{0,60}}[:：]\s*(?:re|aw|sv|回复|答复)\s*[:：].*|"
    r"auto\s*[:：]\s*(?:re|aw|sv|fwd?|回复|答复)\s*[:：].*|"
    r"auto: .{1,80} (?:is|will be) (?:out of|away|absent|unavailable|on ).{0,160}|"
    r"out[- ]of[- ](?:the[- ])?office\s*[:：].*)",
    re.IGNORECASE | re.DOTALL,
)
_MAYBE_VACATION = re.compile(
    rf"{_PREFIX}(?:(?:{_WEAK}){_AFTER}|(?:{_WEAK}|{_STRONG})\s+[-–—]\s.*)", re.IGNORECASE | re.DOTALL
)
_NAMED = re.compile(rf"(?:(?:[\w.&-]{{1,20}} ){{1,3}}|.{{1,80}} [-–—] )(?:{_STRONG})", re.IGNORECASE)
"""Whose automatic reply it is, as some houses write."""
_PASSED_ON = re.compile(
    r"(?im)^[ \t>*]{0,8}(?:from|发件人|發件人|寄件者|差出人|von|de|expéditeur)\*?\s{0,2}[:：]|"
    r"^[ \t]{0,8}-{2,20}[^\n-]{0,40}(?:forwarded|original|转发|轉寄|原始|weitergeleitet)"
)
"""Where a mail begins that somebody passes on, in his text or as it stands below it from an attached one."""
_SAYS_SO = re.compile(
    r"(?<![\"“”'‘「])(?:this is an?|you have received an?|the following is an?) "
    r"auto(?:mat(?:ed|ic)(?:ally[- ]generated)?[- ]?|-)(?:reply|response|answer|responder)|for this automatic reply|"
    r"this is the ezmlm program|"
    r"(?:此|这|這|本|该)(?:封|是|一|为|為|系|係|邮件|郵件|信|系统|系統|由|来自.{1,12}的|假期|休假){1,6}自[动動](?:回[复覆復]|答[复覆])"
    r"(?!.{0,4}[?？吗嗎么])|(?:[这這]|此)是[对對]您.{0,80}的自[动動](?:回[复覆復]|答[复覆])|"
    r"(?:dies|das) ist eine automatische (?:antwort|(?:eingangs|empfangs)bestätigung|rückmeldung|abwesenheits\w{1,16})|"
    r"ce(?:ci|la) est une réponse automatique|est[ae] es una respuesta automática|questa è una risposta automatica|"
    r"esta é uma resposta automática|dit is een automatisch antwoord|(?:この|本|当)メールは.{0,12}自動(?:返信|応答)",
    re.IGNORECASE,
)
_BEGINS_SO = re.compile(
    r"\W{0,10}(?:auto(?:mat(?:ic|ed))?[- ]?(?:reply|response)|自[动動]回[复覆復]|automatische antwort|"
    r"réponse automatique|respuesta automática|自動(?:返信|応答))\s?(?:[:：.。\n]|-|–|—)|"
    r"(?s:.{0,200})[.!\n]\s?(?:automatic reply|réponse automatique|automatische antwort|respuesta automática)\.?\s*\Z",
    re.IGNORECASE,
)
_NOBODY_READS = re.compile(
    r"(?:(?:hello|hi|dear \w{1,20}(?: \w{1,20})?)\b[,.!\s]{0,4})?(?:please note(?: that)? )?"
    r"(?:this|the) (?:mailbox|inbox|e-?mail (?:address|account|inbox|box)|address|account)(?: \S{1,80})? (?:is|will) "
    r"(?:no(?:t| longer)(?: longer)?|un)[ -]?(?:be )?(?:actively )?"
    r"(?:monitored|in use|used|active|checked|attended|read)(?=[.,!;\n]|\Z| and )|"
    r"(?:该|此|本)(?:邮箱|郵箱|邮件地址).{0,6}(?:不再使用|已停用|无人(?:值守|查看|管理))",
    re.IGNORECASE,
)
"""What a mailbox that is given up answers; in a first mail it may be a fault that somebody reports."""
_GENERATED = re.compile(
    r"\bauto(?:matically)?[- ]generated (?:message|e-?mail|notification|reply|response)|this is an automat(?:ed|ic) "
    r"(?:confirmation|acknowledge?ment|message|e-?mail|notification)|由系[统統]自[动動][发發]|"
    r"(?:has been|was) (?:automatically (?:generated|created|sent)|(?:generated|created|sent) automatically)|"
    r"(?:e-?mail|nachricht) wurde automatisch (?:erstellt|erzeugt|generiert|versandt|gesendet)|"
    r"[本此该該这這]封?[邮郵]件.{0,4}系[统統]自[动動][发發]|"
    r"automatisch (?:generierte|erzeugte|erstellte|versandte) (?:e-?mail|mail|nachricht)|"
    r"(?:ceci est|c'est|cet?) (?:un )?(?:message|courriel|e-?mail) (?:est )?"
    r"(?:automatique|(?:généré|envoyé) automatiquement)|"
    r"es un (?:mensaje|correo) (?:automático|generado automáticamente)|"
    r"è un(?:a|')? ?(?:messaggio|e-?mail) automatic[oa]|"
    r"é uma? (?:mensagem|e-?mail) automátic[ao]|メールは.{0,12}自動(?:送信|配信|的に)",
    re.IGNORECASE,
)
_USUAL_IN_CHINA = re.compile(
    r"(?:[邮郵]件|[来來]信|信件|[联聯](?:系|[繫絡])|留言).{0,12}(?:收到|[。，,!！]).{0,24}(?:会|會|将|將)?[尽盡]快(?:[给給向])?[您你]?.{0,4}"
    r"(?:回[复覆復信]|答[复覆])"
)
"""What QQ Mail and NetEase offer as an automatic reply's text, in the first person."""
_RECEIVED = re.compile(
    r"received your (?:e-?mail|message|request|inquiry|enquiry|mail)|for contacting|ticket has been (?:created|opened)|"
    r"(?:your|the) (?:e-?mail|message|request|mail) has been received|in response to the creation|"
    r"i no longer work|no longer (?:with the company|in use|monitored)|已[经經]?收到|收到您|"
    r"(?:ihre|deine) (?:e-?mail|nachricht|anfrage|mail) .{0,30}(?:erhalten|eingegangen)|dank für ihre|bien reçu votre|"
    r"hemos recibido su|abbiamo ricevuto (?:la|il)|recebemos (?:a )?sua|"
    r"お問い?合わせ.{0,12}(?:受け?付|ありがとう|いただ)",
    re.IGNORECASE,
)
_RECEIPT = re.compile(
    r"(?:已[读讀]|未[读讀]|已[读讀]回[执執]|read receipt|read notification|gelesen|lesebestätigung|"
    r"confirmation de lecture|confirmación de lectura|disposition notification)\s*[:：(（]|"
    r"return receipt \(displayed\)",
    re.IGNORECASE,
)
_MAYBE_RECEIPT = re.compile(
    r"(?:(?:not )?read(?: receipt| notification)?|disposition notification|已[读讀]|已[读讀]回[执執]|"
    r"(?:nicht |un)?gelesen|(?:non )?lu|(?:no )?leído|開封済み|開封確認)\s*"
    r"(?:[:：].*|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_WAS_READ = re.compile(
    r"(?:was|has been) (?:read|displayed|opened) |已于.{1,60}[阅閱][读讀]|return receipt for the mail|"
    r"wurde am .{1,60}gelesen|a été (?:lu|affiché)|(?:was|been) deleted without being read|ungelesen gelöscht|"
    r"supprimé sans avoir été lu|eliminado sin haber sido leído|開封され",
    re.IGNORECASE | re.DOTALL,
)
_CHALLENGE = re.compile(
    r"(?:prove|verify) (?:that )?you(?:'re| are) (?:a |an? )?(?:real |actual )?(?:live )?(?:human|person|sender|not)|"
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


_LIST_MANAGER = re.compile(r"(?:majordomo|listserv|listproc|sympa|lyris|mailman)(?:[+._-].*)?")
_ADMINISTERS = re.compile(r"\bcommands?\b|subscri(?:be|ption)|moderat|approv|output of your job", re.IGNORECASE)
_HEADERS = (
    "x-autoreply", "x-auto-reply", "x-auto-reply-from", "x-mail-autoreply", "x-autoreply-from", "x-autorespond",
    "x-autoresponder", "x-autoresponse", "x-autogenerated", "x-fc-machinegenerated", "x-list-administrivia",
    "x-vacation",
)  # fmt: skip
_PRECEDENCES = frozenset({"auto_reply", "auto-reply", "autoreply", "auto"})


def mark_of_a_program(headers: Mapping[str, str]) -> str:
    """Which header marks an automatic reply or a list's own notice beside that of RFC 3834; "" where none does."""
    for name in _HEADERS:
        if headers.get(name, "no").strip().lower() not in {"no", "false", "0"}:
            return name.title()
    if "x-ms-exchange-inbox-rules-loop" in headers and "all" in headers.get("x-auto-response-suppress", "").lower():
        return "X-MS-Exchange-Inbox-Rules-Loop"
    if headers.get("x-apple-action", "").strip().lower() == "vacation":
        return "X-Apple-Action: vacation"
    if "autoresponder" in headers.get("x-post-messageclass", "").lower():
        return "X-POST-MessageClass: Autoresponder"
    for name in ("precedence", "x-precedence", "preference"):
        if headers.get(name, "").strip().lower() in _PRECEDENCES:
            return "Precedence: auto_reply"
    return ""


def administers_a_list(local: str, subject: str, text: str) -> bool:
    """Whether a program that keeps mailing lists writes of commands or subscriptions; posts come from it as well."""
    if _LIST_MANAGER.fullmatch(local) is None:
        return False
    return _ADMINISTERS.search(subject) is not None or _ADMINISTERS.search(text[:_FIRST_WORDS]) is not None


def is_vacation_subject(subject: str, text: str) -> bool:
    """Whether the subject is one that programs give to automatic replies, and hardly anybody else.

    Where it is nothing but "Automatic reply", or an answer to one, the text must be that of one: people ask about their
    own so, and answer another's. Where there is more, it must not ask for something, unless it speaks of an absence or
    to whoever wrote before, too.
    """
    if _VACATION.fullmatch(subject) is None:
        return False
    text = plain(text)
    if _ANSWERED.match(subject):
        return _answers_by_itself(text) and says_only_the_usual(text[:_LOOKED_AT])
    if _BARE.fullmatch(subject):
        return _answers_by_itself(text)
    head = text[:_LOOKED_AT]
    spoken = TO_THE_WRITER.search(head) or ABSENT.search(head) or says_it_is_automatic(text)
    return bool(spoken) or not asks(text)


def _answers_by_itself(text: str) -> bool:
    found = TO_THE_WRITER.search(text[:_LOOKED_AT]) or acknowledges(text) or not text.strip()
    return not asks(text) and (bool(found) or is_absence_note(text, alone=True) or says_it_is_automatic(text))


def is_vacation_mail(subject: str, text: str) -> bool:
    """Whether a subject that people use too ("out of the office") stands above the words of an automatic reply."""
    text = plain(text)
    if _NAMED.fullmatch(subject):
        return text.strip() != "" and _answers_by_itself(text)
    if _MAYBE_VACATION.fullmatch(subject) is None:
        return False
    if acknowledges(text) and not asks(text):
        return True
    told = TO_THE_WRITER.search(text[:_LOOKED_AT]) and ABSENT.search(subject) and not asks(text)
    return is_absence_note(text, alone=True) or (bool(told) and says_only_the_usual(text[:_LOOKED_AT]))


def is_an_absent_one_s_answer(text: str) -> bool:
    """Whether an answer only says that its writer is away, and what that means for who wrote to him."""
    text = plain(text)
    absent = ABSENT.search(text[:_FIRST_WORDS]) is not None and is_absence_note(text, alone=False)
    return absent and says_only_the_usual(text[:_LOOKED_AT])


def says_it_is_automatic(text: str) -> bool:
    """Whether the first words of the text call it an automatic reply, or generated and say that a mail has come.

    Whoever passes such a mail on, with words of his own or without, is a person: only what stands above it counts.
    """
    head = plain(text)[:_FIRST_WORDS]
    if passed_on := _PASSED_ON.search(head):
        head = head[: passed_on.start()]
    if _GENERATED.search(head) and _RECEIVED.search(head):
        return True
    if _SAYS_SO.search(head) is not None:
        return True
    begun = _BEGINS_SO.match(head)
    return begun is not None and not asks(text) and says_only_the_usual(head[begun.end() :])


def acknowledges_only(text: str) -> bool:
    """Whether another desk says that it has got a mail, and asks for nothing."""
    text = plain(text)
    return acknowledges(text) and not asks(text)


def answers_by_machine(text: str) -> bool:
    """Whether an answer is nobody's own words: "This is an automated message.", or that nobody reads the mailbox."""
    head = plain(text)[:_FIRST_WORDS].lstrip()
    generated = _GENERATED.search(head[:_ONE_LINE])
    by_itself = generated is not None and head[generated.end() :].lstrip(" *")[:1] in {"", ".", "!", "\n", "。", ","}
    if _USUAL_IN_CHINA.search(head) and says_only_the_usual(text[:_LOOKED_AT]):
        return not asks(text)
    unread = _NOBODY_READS.match(head) is not None and says_only_the_usual(text[:_LOOKED_AT])
    return (by_itself or unread) and not asks(text)


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
