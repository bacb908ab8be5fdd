"""How mail servers write: the senders, subjects and words of bounces, in the languages seen.

A subject alone seldom proves a machine: people forward bounces and ask about them. So each pattern says how much it
proves, and the weak ones count only beside words that a machine wrote.
"""

from __future__ import annotations

import re

_LOOKED_AT, _FIRST_WORDS, _FIRST_LINE = 3_000, 300, 80
"""Characters at the beginning of a text that are searched: machines come to the point."""

# ---- who sends bounces ----

MAILER = re.compile(
    r"(?:mailer[._-]?daemon|mail-daemon|mailerdaemon|mdaemon|mailerd|mail[._-]delivery[._-](?:sub)?system|"
    r"microsoftexchange[0-9a-f]{16,})(?:[+._-].*)?"
)
POSTMASTER = re.compile(
    r"(?:post[._-]?master|bounces?|mail[._-]?system|mmdf|imss|amavis(?:d|-new)?|"
    r"virus(?:alert|-alert)?|double-bounce|undeliver(?:able|ed)|emailerrors?|ndr)(?:[+._-].*)?"
)
SHARED = re.compile(
    r"(?:mail-?admin|root|system|daemon|smtpd?|(?:sys)?admin(?:istrator)?|(?:no|do[._-]?not)[._-]?reply|mail(?:er)?|"
    r"notifications?)(?:[+._-].*)?"
)
"""Mailboxes that machines of every kind write from, and people too: who sends proves little."""
MAILER_NAME = re.compile(
    r"mail(?:er)?[- ]?deliver(?:y|er)? (?:sub)?system.{0,40}|mailer[- ]?daemon.{0,40}|post ?master.{0,40}|"
    r"mail (?:system|server|router|transfer agent|administrator)|courier mail server.{0,60}|"
    r"internet mail (?:delivery|service)|interscan.{0,40}|(?:microsoft )?exchange|system ?administrator|"
    r"mail\s?delivery (?:service|agent|notification)|系统管理员|.{0,6}邮件(?:投递|退信)?(?:系统|管理员)|系统邮件|"
    r".{0,6}退信(?:系统|通知)?",
    re.IGNORECASE,
)

# ---- bounces ----

BOUNCE_SUBJECT = re.compile(
    r"undeliver(?:able|ed)\b|undelivered mail|"
    r"(?:e-?)?mail deliver(?:y|ing) (?:has )?(?:failed|fail(?:ure)?|problem|system|status|error|warning)|"
    r"(?:mail |message )?deliver(?:y|ies) (?:status|has (?:failed|been delayed)|fail(?:ure|ed)?|notification|report|"
    r"delayed|unsuccessful|problem|error)|delivery_failure|"
    r"returned (?:(?:e-?)?mail|message)|(?:e-?)?mail (?:was )?returned|failure (?:notice|delivery)|"
    r"permanent (?:delivery )?failure|"
    r"(?:(?:e-?)?mail|message) (?:could not be|was not|has not been|not|cannot be|can't be) (?:yet )?delivered|"
    r"message (?:undeliverable|status - undeliver|you sent blocked|frozen)|"
    r"mail (?:system error|failed|failure|refused|error)|failed mail\b|(?:automatically )?rejected mail|"
    r"delayed mail|warning: (?:could not send|message|(?:e-?)?mail)|could not send message|"
    r"message .{1,60} delayed|non[- ]?deliver(?:y|ed|able)|return(?:ed)? to sender|\[bounce\]|"
    r"notice: mail delivery status|there was an error sending your mail|"
    r"error (?:sending|delivering) (?:your )?(?:e-?)?mail|nameserver error report|unable to deliver|user unknown|"
    r"unknown (?:user|recipient)|address (?:not found|rejected)|"
    r"系统退信|退信(?:通知|提醒)?|投[递遞]失[败敗]|[无無]法(?:投[递遞]|送[达達]|[传傳][递遞])|"
    r"(?:邮件|郵件)?(?:[发發傳传][送输]|传输)失[败敗]|未(?:送[达達]|[传傳][递遞])|未能(?:送[达達]|投[递遞])|[传傳][递遞]失[败敗]|"
    r"配信(?:不能|失敗|エラー)|配信できません|送信エラー|メール配信に失敗|배달(?:되지 않음|할 수 없음)|반송|"
    r"banned contents|メールエラー通知|宛先不明|返送されました|\bndn:|邮件(?:被退|退回)|退回通知|发信失败|"
    r"(?:(?:e-?)?mail|message) (?:was |has been |is )?blocked|"
    r"notificación de estado de entrega|"
    r"unzustellbar|nicht zu(?:stellbar|gestellt)|zustellung fehlgeschlagen|zustellungsfehler|"
    r"fehler bei der (?:nachrichten)?zustellung|non remis|échec de (?:la )?remise|"
    r"(?:non|pas) distribu(?:able|é)|no se puede entregar|no entregado|error de entrega|non recapitabile|"
    r"mancato recapito|"
    r"não (?:é possível entregar|entregue)|falha na entrega|onbestelbaar|olevererbart|går inte att leverera|"
    r"kan (?:ikke|inte) leveres|ikke leveret|ei voi toimittaa|nie można dostarczyć|niedostarczaln|"
    r"nedoručiteln|kézbesíthetetlen|teslim edilemedi|не ?доставлен|не удается доставить|недоставленн",
    re.IGNORECASE,
)
_MACHINES_SUBJECT = re.compile(rf"(?:{BOUNCE_SUBJECT.pattern})\s?[:：]|^系统退信(?:/|$)", re.IGNORECASE)
"""A failure with the other mail's subject behind it; and what QQ's server writes."""
_BOUNCE_WORDS = re.compile(
    r"could(?: not|n't) be (?:delivered|sent|reached)|was not delivered|(?:permanent|fatal|unrecoverable) (?:fatal )?"
    r"error|delivery (?:to the following|has failed|failed|error)|unable to deliver|undeliverable|did not reach|"
    r"failed recipients?|following address(?:es|\(es\))?|following recipients?|(?:user|recipient|mailbox|host) "
    r"(?:is )?(?:unknown|unavailable|not found|does not exist|full|rejected)|unknown user|no such user|not listed in|"
    r"non-delivery report|message from interscan|returned (?:mail|message) follows|original message (?:headers? )?"
    r"follows|\b[45]\d\d[ -]#?[45]\.\d{1,3}\.\d{1,3}\b|smtp error|retry time(?:out)? exceeded|"
    r"退信|[无無]法(?:投[递遞]|送[达達]|[传傳][递遞])|(?:投递|发送|传递).{0,4}失败|未能送达|未(?:到达|送达)|被退(?:回|信)|"
    r"收件人不存在|配信できません|配信に失敗|送信できません|(?:not|n't)(?: been)? delivered|"
    r"invalid (?:user|address|recipient)|"
    r"nicht zustellbar|zugestellt werden|nicht zugestellt|fehler bei der (?:nachrichten)?zustellung|"
    r"n'a pas (?:pu )?(?:être )?(?:remis|distribué|délivré)|échec de (?:la )?remise|no (?:se )?(?:ha )?(?:pudo|podido) "
    r"(?:ser )?entreg|no[ns] (?:è stato|può essere) (?:recapitat|consegnat)|não (?:pôde|foi) (?:ser )?entreg|"
    r"не (?:может быть |был[оа]? )?доставлен",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"\W{0,80}(?:this message was created automatically by mail|failure reasons?\b|"
    r"this is the (?:mail|postfix|.{1,30} mail) (?:system|program)|"
    r"message from interscan|(?:hi\. )?this is the .{1,60} program|"
    r"(?:your|the following|a) (?:e-?mail|mail|message)\b.{0,160}?"
    r"(?:(?:could|can|was|has) ?(?:not|n't)(?: been| be)? "
    r"(?:delivered|sent)|cannot be (?:delivered|sent)|"
    r"(?:was|is|has been) (?:automatically )?(?:rejected|returned|undeliver)|"
    r"(?:has |have )?encountered .{0,20}(?:problem|error))|"
    r"the original message was received|delivery (?:has |to the following .{1,40} )?failed|unable to deliver|"
    r"(?:i'm |we're |i am |we are )?(?:sorry|afraid).{0,40} (?:unable|wasn't able|not able|could not|have to inform)|"
    r"you sent mail to .{1,100} not a valid|an error occurred while (?:trying|sending)|"
    r"votre (?:message|courriel).{0,80}(?:délivré|delivre|remis|distribué)|"
    r"(?:(?:leider )?(?:konnte|wurde) )?(?:ihre|die) (?:nachricht|e-?mail).{0,80}(?:nicht|konnte).{0,40}zugestellt|"
    r"ваше (?:письмо|сообщение).{0,60}не (?:может быть |был[оа]? )?доставлен|"
    r"su (?:mensaje|correo).{0,80}no (?:se )?(?:ha )?(?:podido|pudo)|"
    r"(?:il (?:tuo|suo)|la (?:tua|sua)) (?:messaggio|e-?mail).{0,60}non|"
    r"(?:抱歉|很抱歉|对不起|尊敬的用户|您好)?\W{0,4}(?:您|你)(?:的|所|[于於]|[发發寄]).{0,60}"
    r"(?:邮件|郵件|信件|电邮|mail).{0,40}(?:无法|未能|不能|没有|退回|被拒|無法|失[败敗])|"
    r"收件人.{0,80}(?:不存在|已满|拒收|被拒)|(?:メール|メッセージ).{0,60}(?:配信|送信)(?:でき|され)ません)",
    re.IGNORECASE | re.DOTALL,
)
_RETURNED = re.compile(
    r"(?im)^[ \t>|]{0,8}(?:received: |return-path: |message-id: ?<|x-mailer: |[- ]{0,12}(?:old|original|returned|your) "
    r"(?:message|mail)(?: headers| text| follows)?[:. -]{1,12}$)"
)


_ABOUT_YOURS = re.compile(
    r"(?:your|ihre|votre|vuestro|su|il tuo|il suo) (?:e-?mail|mail|message|nachricht|courriel|mensaje|correo|"
    r"messaggio)|following (?:recipient|address|e-?mail|message)|the recipient|recipient\(?s|destinatari|"
    r"destinataire|empfänger|[您你](?:的|有一封|所?[发發]).{0,40}[邮郵]件|"
    r"收件人|お送り|宛先|受信者",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[a-z]|\bhost \S{1,120} said: [45]\d\d\b", re.IGNORECASE)
_ERROR_FIRST = re.compile(r"\W{0,20}(?:error|[45]\d\d)\b[\s:-]", re.IGNORECASE)
_NOTIFIED = re.compile(
    r"\"(?:notificationType|eventType|event|event-type)\"\s{0,4}:\s{0,4}\"(?:bounced?|dropped|deferred|failed|permanent_fail|"
    r"hard_bounce|soft_bounce)\"",
    re.IGNORECASE,
)
_STATUS = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY_CODE = re.compile(r"(?<![\d.])([45])\d\d[ -]")
_REASON = re.compile(r"[^\n]{0,200}(?<![\d.])(?:[45]\d\d[ -]|[45]\.\d{1,3}\.\d{1,3}(?![\d.]))[^\n]{0,200}")
_STILL_TRYING = re.compile(
    r"(?:still|keep|continue|will) (?:be )?(?:trying|retr(?:y|ied)|tried|attempt)|"
    r"(?:has|have) not yet been delivered|temporar(?:y|ily) (?:error|failure|unavailable|deferred)|"
    r"you do(?: not|n't) need to (?:do|resend)|warning (?:message )?only|delayed|"
    r"稍后(?:将|会)?(?:继续|重新|再次)|继续尝试|系统将(?:继续|再次|重新)|延迟",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"(?:can|could|would) (?:you|someone|somebody|anyone) (?!not\b)|"
    r"please (?:help|assist|advise|fix|call me|have a look|look into|look at|raise|extend|set|forward my|clean|let me "
    r"know|"
    r"check (?:our|my))|what (?:can|should|shall) (?:i|we) do|"
    r"\b(?:we|our (?:users?|customers?|partners?|colleagues?)) (?:cannot|can't|can not|get|got|have had|are "
    r"getting|say|report)\b|"
    r"\bi (?:get|got|have got|cannot|can't|keep getting|read|write|wrote)\b|any (?:idea|help)\b|\bfor (?:us|me)\b|"
    r"麻[烦煩]|[请請](?:[您你]们?)?(?:尽快|[帮幫协協]|看一?[下看]|[处處]理|查一下|[转轉]|安排|派)|[帮幫]忙|怎么[办辦回]|"
    r"怎麼[办辦回]|我(?:收到|今天|昨天|[这這]|的|都|在|[给給]|[发發]|[没沒])|"
    r"我[们們](?:今天|昨天|[这這]|公司|部[门門]|收到|[给給]|[发發]|都)",
    re.IGNORECASE,
)


def asks_a_person(text: str) -> bool:
    """Whether the text's own words tell of the writer's trouble and want something, as no mail server writes."""
    return _ASKED.search(_above_the_mail(text)) is not None


def begins_with_an_error(text: str) -> bool:
    """Whether the first word is "Error" or a code of SMTP, and words of a failure follow."""
    return _ERROR_FIRST.match(text[:100]) is not None and _BOUNCE_WORDS.search(text[:_FIRST_WORDS]) is not None


def tells_of_your_mail(text: str) -> bool:
    """Whether the first words name a failure, and the reader's mail or its recipients."""
    head = text[:_FIRST_WORDS]
    return _BOUNCE_WORDS.search(head) is not None and _ABOUT_YOURS.search(head) is not None


def reports_a_failure(subject: str, text: str) -> bool:
    """Whether a mail below a bounce's subject is a mail server's report, by what people leave out: whose mail it is.

    That is the other mail's own subject behind a colon, an address or another server's words in the text, its reader's
    mail, or no words at all.
    """
    if _MACHINES_SUBJECT.search(subject) or not text.strip() or _ADDRESS.search(text[:_LOOKED_AT]):
        return True
    spoken = _ABOUT_YOURS.search(text[:_FIRST_LINE]) is not None or tells_of_your_mail(text)
    return spoken or opens_like_a_bounce(text) or returns_a_mail(text)


def is_only_late(text: str) -> bool:
    """Whether a report without a machine-readable part says that the server still tries (RFC 3463: 4.X.X)."""
    return status_in(text)[:1] != "5" and _STILL_TRYING.search(_above_the_mail(text)) is not None


def status_in(text: str) -> str:
    """The status that a report names in its words: `5.1.1` (RFC 3463), else `5.0.0` for an SMTP code of 5xx; or ""."""
    head = _above_the_mail(text)
    if found := _STATUS.search(head):
        return found[1]
    code = _REPLY_CODE.search(head)
    return f"{code[1]}.0.0" if code else ""


def reason_in(text: str) -> str:
    """The line with the other server's code and words; "" where there is none."""
    found = _REASON.search(_above_the_mail(text))
    return found[0].strip() if found else ""


def _above_the_mail(text: str) -> str:
    """The report's own words, without the mail that it returns below."""
    head = text[:_LOOKED_AT]
    returned = _RETURNED.search(head)
    return head[: returned.start()] if returned else head


def returns_a_mail(text: str) -> bool:
    """Whether the text begins as a mail server's report does, and quotes the headers or an error of the mail below."""
    head = text[:_LOOKED_AT]
    found = _BOUNCE_WORDS.search(head[:600])
    return found is not None and _RETURNED.search(text[: 10 * _LOOKED_AT]) is not None


def opens_like_a_bounce(text: str) -> bool:
    """Whether the very first words are those with which a mail server reports that it could not deliver."""
    return _OPENING.match(text[:_LOOKED_AT]) is not None


def is_a_service_s_notification(text: str) -> bool:
    """Whether the text is the JSON with which a sending service (Amazon SES, SendGrid, Mailgun) reports a bounce."""
    return text.lstrip()[:1] in {"{", "["} and _NOTIFIED.search(text[: 10 * _LOOKED_AT]) is not None


def names_a_failure(text: str) -> bool:
    """Whether a mail server's words of failure are among the first of the text."""
    return _BOUNCE_WORDS.search(text[:_LOOKED_AT]) is not None
