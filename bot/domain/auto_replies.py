"""How automatic replies, receipts and challenges are written: their subjects and words, in the languages seen.

People write about their absence and their own vacation notice as well. So a doubtful subject counts only above words
that are said to whoever wrote before, and above nothing that asks for something.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

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
    r"absence notification|(?:message|notification|avis) d['’]absence|"
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
    r"\s+(?:from|until|till|bis|vom|ab|jusqu['’]au|du|hasta) .{1,80}|\s+(?:re|aw|回复|答复)\s*[:：].*|\s*[.!。！]{0,3})"
)
_BRACKETED = (
    r".{0,80}[(（\[【<]\s*(?:automatic |auto[- ]?)?(?:"
    + _STRONG
    + r"|out[- ]of[- ](?:the[- ])?office|ooo|abwesend|休假中|外出中)\s*[)）\]】>].{0,200}"
)
_TAG = r"(?:[\[【][^\[\]【】]{1,60}[\]】]\s?)?"
_BARE = re.compile(rf"{_TAG}{_PREFIX}(?:{_STRONG})\s*[.!。！]{{0,3}}", re.IGNORECASE)
_ANSWERED = re.compile(rf"(?:{_RE})+(?:{_STRONG}|out[- ]of[- ](?:the[- ])?office)\s*[:：]", re.IGNORECASE)
_ASKS = re.compile(
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
    r"(?<!敬)请(?!.{0,6}(?:联系|联络|致电|拨打)|您?(?:们)?(?:直接|及时)?(?:勿|不要|打|电|谅解|见谅|稍|留言|知悉|发|与|找|耐心))|"
    r"bitte (?:helfen|prüfen|ändern|richten|stellen)",
    re.IGNORECASE,
)
"""What people write who want something: an automatic reply asks for nothing but patience."""
_VACATION = re.compile(
    rf"{_TAG}{_PREFIX}(?:(?:{_STRONG}){_AFTER}|{_BRACKETED}|来自.{{1,60}}的自[动動]回[复覆復]|"
    rf"(?:{_STRONG}|out[- ]of[- ](?:the[- ])?office).{{0,60}}[:：]\s*(?:re|aw|sv|回复|答复)\s*[:：].*|"
    r"auto: .{1,80} (?:is|will be) (?:out of|away|absent|unavailable|on ).{0,160}|"
    r"out[- ]of[- ](?:the[- ])?office\s*[:：].*)",
    re.IGNORECASE | re.DOTALL,
)
_MAYBE_VACATION = re.compile(
    rf"{_PREFIX}(?:(?:{_WEAK}){_AFTER}|(?:{_WEAK}|{_STRONG})\s+[-–]\s.*)", re.IGNORECASE | re.DOTALL
)
_NAMED = re.compile(rf"(?:(?:[\w.&-]{{1,20}} ){{1,3}}|.{{1,80}} [-–] )(?:{_STRONG})", re.IGNORECASE)
"""Whose automatic reply it is, as some houses write."""
_TO_THE_WRITER = re.compile(
    r"thank(?:s| you)(?: very much)? for (?:your |the )?(?:e-?mail|mail|message|note|inquiry|enquiry|contacting|"
    r"e-?mailing|writing)|do not reply to this|(?:limited|no|without|not have) (?:e-?mail )?access|"
    r"(?:answer|reply to|respond to|"
    r"attend to) your (?:e-?mail|mail|message|request|[ei]nquiry)|(?:up)?on my return|"
    r"when i(?:'m| am| get)? (?:return|back)|(?:direct|send|forward|address) (?:your|all|any) "
    r"(?:e-?mails?|mails?|messages?|quer\w{1,3}|[ei]nquir\w{1,3}|requests?)|as soon as (?:i|possible)|"
    r"your (?:e-?mail|mail|message) (?:has|was|is|will)|and (?:will not|won't) return until|"
    r"(?:if (?:this|it) is|for|in) (?:any )?(?:an )?"
    r"(?:urgent|emergenc)|"
    r"您的(?:[来來][信函]|[邮郵]件|信件)|(?:[来來]信|[邮郵]件)已(?:[经經])?收到|已收到您的|感[谢謝](?:您的)?[来來][信函]|"
    r"[尽盡]快(?:[给給]您)?(?:回[复覆復]|答[复覆]|[处處]理)|[无無]法(?:及[时時]|[亲親]自)?(?:查收|收信|回[复覆復]|[处處]理|查看)|"
    r"(?:如?有?(?:急事|[紧緊]急|要事)|[紧緊]急[事情][宜项項情务務况況]).{0,12}(?:[联聯][系繫络絡]|致[电電]|[电電][话話]|[拨撥]打?)|"
    r"dank für ihre (?:nachricht|e-?mail|mail|anfrage)|"
    r"ihre (?:nachricht|e-?mail|mail).{0,40}(?:nicht|erhalten|beantwort|nach meiner)|"
    r"kein\w{0,3} zugriff auf (?:meine )?e-?mail|in dringenden (?:fällen|angelegenheiten)|en cas d['’]urgence|"
    r"pour toute urgence|(?:pour|de) votre (?:message|"
    r"e-?mail|courriel)|"
    r"(?:votre|pas accès à m\w{1,2}) (?:message|courriel)|en caso de urgencia|in caso di urgenza|em caso de urgência|"
    r"su (?:mensaje|correo)|緊急の(?:場合|ご?用件)|メールを?(?:いただき|ありがとう)",
    re.IGNORECASE,
)
"""What an absent one tells whoever wrote to him. People who write by themselves do not."""
_ABSENT = re.compile(
    r"limited (?:e-?mail )?access|(?:no|without|not have) access to (?:my )?e-?mail|"
    r"i(?:'m| am|'ll| will) (?:currently |be |presently )*(?:out of|away|unavailable|"
    r"on (?:\w{1,12} )?(?:vacation|leave|holiday))|"
    r"i(?:'m| am|'ll| will) (?:currently )?not (?:be )?(?:in (?:the|my) office|(?:reading|checking) my)|"
    r"(?:正在|目前)?(?:休(?:[年产產婚病事])?假|出差|外出|不在[办辦]公室)|"
    r"ich (?:bin|werde) .{0,40}(?:nicht|außer|abwesend|wieder|urlaub)|"
    r"je (?:suis|serai) (?:absent|en congé|actuellement)|est(?:oy|aré) (?:fuera|ausente|de vacaciones)|"
    r"me encuentro|sono (?:assente|fuori)|estou (?:ausente|fora|de férias)|"
    r"ik ben .{0,40}(?:afwezig|niet)|jag är .{0,40}(?:ledig|borta)|jeg er .{0,40}(?:ferie|fraværende)|"
    r"(?:я|меня) .{0,30}(?:отпуск|не буду|нет)|不在に|外出して|休暇",
    re.IGNORECASE,
)
_PIECES = re.compile(
    r"(?:(?<!\d)[.,]|(?<=\d)[.,](?!\d|\s?(?:[^\W\d_A-Z]|Jan|Feb|M[aä]|Apr|Ju|Aug|Sep|Okt|Nov|Dez))|[;:!|。，；：！\n])+|"
    r"\b(?:and|but|und|et|y)\b"
)
_SMALL_WORD = re.compile(
    r"(?:[^\s\u2e80-\uffef]{1,20} ?){0,3}|"
    r".{0,4}|.{0,12}(?:回[来來]|返回|上班|回到?(?:公司|[办辦]公室)).{0,4}"
)
"""A greeting, a date, a name; and when one is back."""
_USUAL = re.compile(
    r"contact|reach|\bcall|phone|\btel\b|e-?mail|\bmail|return|\bback\b|\brepl(?:y|ies)\b|respon[ds]|answer|assist|"
    r"urgen|"
    r"[联聯][系繫络絡]|致[电電]|[电電][话話]|[拨撥]打|返回|回[复覆復]|答[复覆]|查收|[邮郵]件|[来來]信|[紧緊]急|急事|接手|代理|代[为為]|"
    r"wende|erreich|zurück|antwort|weitergeleitet|dringend|retour|répon|joindre|regres|連絡|返信|戻|お世話に",
    re.IGNORECASE,
)
"""What else an absent one writes about: who is there for him, and when he is back."""
_TROUBLE = re.compile(
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
    if _ANSWERED.match(subject):
        return _answers_by_itself(text) and _says_only_the_usual(text[:_LOOKED_AT])
    if _BARE.fullmatch(subject):
        return _answers_by_itself(text)
    head = text[:_LOOKED_AT]
    spoken = _TO_THE_WRITER.search(head) or _ABSENT.search(head) or says_it_is_automatic(text)
    return bool(spoken) or not _asks(text)


def _answers_by_itself(text: str) -> bool:
    found = _TO_THE_WRITER.search(text[:_LOOKED_AT]) or not text.strip()
    return not _asks(text) and (bool(found) or _is_absence_note(text, alone=True) or says_it_is_automatic(text))


def is_vacation_mail(subject: str, text: str) -> bool:
    """Whether a subject that people use too ("out of the office") stands above the words of an automatic reply."""
    if _NAMED.fullmatch(subject):
        return text.strip() != "" and _answers_by_itself(text)
    if _MAYBE_VACATION.fullmatch(subject) is None:
        return False
    told = _TO_THE_WRITER.search(text[:_LOOKED_AT]) and _ABSENT.search(subject) and not _asks(text)
    return _is_absence_note(text, alone=True) or (bool(told) and _says_only_the_usual(text[:_LOOKED_AT]))


def is_an_absent_one_s_answer(text: str) -> bool:
    """Whether an answer only says that its writer is away, and what that means for who wrote to him."""
    absent = _ABSENT.search(text[:_FIRST_WORDS]) is not None and _is_absence_note(text, alone=False)
    return absent and _says_only_the_usual(text[:_LOOKED_AT])


def _says_only_the_usual(text: str) -> bool:
    """Whether each piece is of an absence, to whoever wrote, or next to nothing. Who speaks of a thing is a person."""
    if _TROUBLE.search(text):
        return False
    for piece in map(str.strip, _PIECES.split(_BELOW.split(text, maxsplit=1)[0])):
        known = _SMALL_WORD.fullmatch(piece) or _ABSENT.search(piece) or _TO_THE_WRITER.search(piece)
        if not known and not _USUAL.search(piece):
            return False
    return True


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
