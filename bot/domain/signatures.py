"""Takes off what stands below the words of a mail, signatures and disclaimers, and the warnings above them.

Only what marks itself is taken: a name below a greeting stays, since nothing tells it from words.
"""

from __future__ import annotations

import re

RULERS = " \t\u3000-_=—–─━*·•~|>"
"""What drawn lines are made of."""

_WITHIN = 16
"""A signature has fewer lines than this."""

_DEVICE_LINES = 2
_RULED_LINES, _RULED_LENGTH = 10, 60
_DISCLAIMER_LENGTH, _DISCLAIMER_LOOK = 100, 1_500
_MARK = re.compile(r"\s?-- ?|—|\| ?\|")
_BELOW_A_CARD = re.compile(r"签名由")
_CARD_LINES, _CARD_LENGTH = 6, 40
_UNDERLINE_OFF = 3
_QQ_RULER = "-" * 18
_CONTACT = re.compile(
    r"<?[^\s<>@]{1,64}@[^\s<>@]{1,120}>?|.{0,20}(?:tel|phone|mobile|电话|手机|電話|邮箱|e-?mail)\s?[.:：].{0,60}|"
    r"(?:[^\d\n]{0,12}[\s:：.])?\+?[\d(][\d()\s/-]{6,24}",
    re.IGNORECASE,
)
_DEVICE = (
    r"(?:i ?phone|ipad|ipod|android|blackberry|samsung|galaxy|huawei|honor|xiaomi|oppo|vivo|nokia|pixel|windows|"
    r"outlook|yahoo|gmail|proton ?mail|mobile|phone|tablet|mail|wireless|handheld|treo|verizon|at&t)"
)
_DEVICE_ZH = (
    r"(?:手机|手機|i ?phone|ipad|android|安卓|平板|邮箱|郵箱|邮件|郵件|客户端|outlook|mail|应用|app|华为|華為|huawei|"
    r"荣耀|小米|红米|xiaomi|redmi|honor|oppo|vivo|oneplus|一加|三星|galaxy|魅族|钉钉|飞书|企业微信)"
)
_DEVICE_LINE = re.compile(
    r"[-—*_<( ]{0,6}(?:(?-i:Sent from [A-Z])\S{1,20}(?: \S{1,20}){0,2}|"
    r"(?:sent )?from my (?:cell|mobile|phone|tablet|i ?phone|ipad|android)\b.{0,20}|"
    r"(?-i:Sent from my [A-Z])\S{1,20}(?: \S{1,20}){0,2}|(?-i:Sent from [A-Z])\S{1,30}? ?<https?://\S{1,200}>|"
    rf"sent (?:from|via|by|with|using) [^,;]{{0,60}}{_DEVICE}.{{0,80}}|(?:get|download) outlook for .{{1,80}}|"
    rf"(?:本邮件|此邮件)?(?:发自|發自|来自|來自|发送自|傳送自|寄自|寄件自|從我的|从我的|使用|通过|透過)"
    rf".{{0,40}}{_DEVICE_ZH}.{{0,60}}|"
    r"(?:获取|下载|取得|下載) ?(?:适用于 .{1,20} 的 )?outlook.{0,80}|从 windows .{0,20}(?:邮件|mail).{0,20}|"
    r"-{2,}\s?(?:该|此|本)?邮件(?:从|由)移动设备发送\s?|"
    r"从.{1,30}(?:手机|手機|平板|电脑|電腦)(?:发送|發送|傳送)|\[cid:[^\[\]]{1,100}\]|"
    rf"(?:此|本)?邮件(?:由|从) ?.{{0,20}}{_DEVICE_ZH}.{{0,20}}(?:发出|发送|发来)|"
    r"(?:通过|透過|使用) ?(?-i:[A-Z])[\w ]{1,20} ?(?:发送|發送|傳送)|"
    r"签名由.{1,20}定制|※ ?(?:来源|來源|修改|转载|转寄)\s?[:：].{1,100}|"
    r"von meinem .{1,60} gesendet|(?:diese nachricht wurde )?(?:gesendet|verschickt) (?:von|mit) .{1,60}|"
    r"diese nachricht wurde (?:von|mit) .{1,80} gesendet|outlook für .{1,20} (?:beziehen|herunterladen).{0,60}|"
    r"envoyé (?:de|depuis|à partir de) .{1,60}|(?:télécharger|obtenez) outlook pour .{1,80}|"
    r"obtener outlook para .{1,60}|enviado (?:desde|do|a partir) .{1,60}|"
    r"inviato da .{1,60}|verzonden vanaf .{1,60}|verstuurd vanaf .{1,60}|sendt fra .{1,60}|skickat från .{1,60}|"
    r"iphoneから送信|отправлено с .{1,60}|wysłane z .{1,40}|lähetetty .{1,40}|odesláno z .{1,40}|"
    r"\S{1,30} gönderildi|.{1,20}에서 보냄)"
    r"(?:[.,;]? {1,2}(?:please |pls )?(?:excuse|forgive|pardon|apologies) .{1,60})?[。.>)]{0,3}",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"(?:(?:e-?mail|message|communication|transmission|information)\b.{0,400}"
    r"\b(?:confidential|privileged|intended (?:only|solely)|unauthori[sz]ed)|intended recipient|"
    r"(?:virus|malware).{0,100}(?:no (?:liability|"
    r"responsibility)|scanned)|disclaimer\b.{0,200}(?:confidential|liab)|"
    r"(?:e-?mail|nachricht).{0,200}(?:vertraulich|richtige adressat)|(?:message|courriel).{0,200}confidentiel|"
    r"(?:mensaje|correo).{0,200}confidencial|(?:messaggio|e-?mail).{0,200}riservat|"
    r"(?:邮件|郵件|电邮|信息).{0,120}(?:保密|机密|機密|仅限于|收件人|错收|誤收|误收).{0,200})",
    re.IGNORECASE | re.DOTALL,
)
_DISCLAIMER_PROOF = re.compile(
    r"confidential|privileged|intended|notify|delete|destroy|liab|disclos|vertraulich|vernicht|confidentiel|confidencial|"
    r"riservat|保密|机密|機密|错收|误收|誤收|删除|刪除|禁止",
    re.IGNORECASE,
)
_BANNER = re.compile(
    r"\W{0,6}(?:caution|warning|attention|notice|external|this (?:message|e-?mail) (?:came|is|originated)|"
    r"achtung|extern|"
    r"注意|警告|提[醒示]|外部邮件).{0,200}"
    r"(?:originat|outside|external|unknown sender|extern|外部|单位外|公司外).{0,300}",
    re.IGNORECASE | re.DOTALL,
)


def has_words(lines: list[str]) -> bool:
    """Whether anything but drawn lines stands there."""
    return any(character.isalnum() for line in lines for character in line) or any(
        len(line.strip(RULERS)) > 0 for line in lines
    )


def without_ruler(lines: list[str]) -> list[str]:
    """Without the empty lines and drawn lines at the end."""
    end = len(lines)
    while end and not lines[end - 1].strip(RULERS) and lines[end - 1].strip() != "--":
        end -= 1
    return lines[:end]


def without_signature(lines: list[str]) -> list[str]:
    """Without disclaimers at the end, what follows the last "-- ", and "Sent from my …"; never without all words."""
    kept = _without_banner(_without_disclaimers(lines))
    end = len(kept)
    for at in range(len(kept) - 1, max(-1, len(kept) - _WITHIN), -1):
        if (_MARK.fullmatch(kept[at]) or _rules_off_a_name(kept, at)) and has_words(kept[:at]):
            end = at
    kept = without_ruler(kept[:end])
    for _ in range(_DEVICE_LINES):
        last = kept[-1].strip().rstrip("-") if kept else ""  # DingTalk's line runs into the ruler
        if _DEVICE_LINE.fullmatch(last) and has_words(kept[:-1]):
            kept = without_ruler(_without_card(kept[:-1]) if _BELOW_A_CARD.match(last) else kept[:-1])
    return kept


def _without_card(lines: list[str]) -> list[str]:
    """Without the name and address that a program sets above the line which says that it made the signature."""
    lines = without_ruler(lines)
    top = len(lines)
    while top and len(lines) - top < _CARD_LINES and 0 < len(lines[top - 1].strip()) <= _CARD_LENGTH:
        top -= 1
    return lines[:top] if any(map(_CONTACT.fullmatch, lines[top:])) and has_words(lines[:top]) else lines


def _rules_off_a_name(lines: list[str], at: int) -> bool:
    """QQ Mail draws a line of eighteen hyphens above its signature; a longer one rules off what holds an address."""
    ruler = lines[at].strip()
    if len(ruler) < len(_QQ_RULER) or ruler.strip("-") or _underlines(lines, at):
        return False
    below = [line.strip() for line in lines[at + 1 :] if line.strip()]
    if any(line == ruler for line in below):  # it frames what stands between the two
        return False
    short = 0 < len(below) <= _RULED_LINES and all(len(line) <= _RULED_LENGTH for line in below)
    return short and (ruler == _QQ_RULER or any(map(_CONTACT.fullmatch, below)))


def _underlines(lines: list[str], at: int) -> bool:
    """Whether the ruler is as long as the words right above it: those are a heading."""
    above = lines[at - 1].strip() if at else ""
    return bool(above) and abs(len(above) - len(lines[at].strip())) <= _UNDERLINE_OFF


def _without_disclaimers(lines: list[str]) -> list[str]:
    """Without the long paragraphs at the end that only lawyers read; a short one, or one alone, may be words."""
    end = len(lines)
    while True:
        kept = without_ruler(lines[:end])
        top = next((at for at in range(len(kept) - 1, -1, -1) if not kept[at].strip(RULERS)), -1) + 1
        if not _is_disclaimer(" ".join(kept[top:])) or not has_words(kept[:top]):
            return lines[:end]
        end = top


def _is_disclaimer(paragraph: str) -> bool:
    text = paragraph[:_DISCLAIMER_LOOK]
    wide = len(text.encode("utf-8", "surrogatepass"))  # a Chinese one says as much in a third of the characters
    if wide < _DISCLAIMER_LENGTH or not _DISCLAIMER.search(text):
        return False
    return len({found[0].lower() for found in _DISCLAIMER_PROOF.finditer(text)}) > 1


def _without_banner(lines: list[str]) -> list[str]:
    """Without the warning that a gateway writes above mail from outside."""
    begin = next((at for at, line in enumerate(lines) if line.strip(RULERS)), len(lines))
    end = next((at for at in range(begin, len(lines)) if not lines[at].strip(RULERS)), len(lines))
    is_one = end - begin <= _DEVICE_LINES * 2 and _BANNER.fullmatch(" ".join(lines[begin:end])[:600]) is not None
    return lines[end:] if is_one and has_words(lines[end:]) else lines
