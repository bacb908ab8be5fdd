"""What another service desk answers by itself: that a mail has come, and that somebody will see to it.

Both must be said, and by nobody who says "I": a person who takes a thing on names himself.
"""

from __future__ import annotations

import re

_LOOKED_AT = 1_000
"""Characters at the beginning of a text that are searched."""

_THING = (
    r"(?:[\w-]{1,20} ){0,2}(?:ticket|case|request|inquiry|enquiry|message|e-?mail|query|report|submission|feedback)"
)
_TAKEN = re.compile(
    rf"\byour {_THING}(?: (?:\((?:number |no\.? ?|id )?[#\w.:-]{{1,30}}\)|#?[\w.:-]{{1,30}}))? "
    r"(?:has been|have been|was|is)(?: (?:successfully|now|safely))? "
    r"(?:received|created|opened|registered|logged|submitted|recorded)|"
    rf"\b(?:we(?:'ve| have)?|have|has)(?: (?:successfully|now|safely))? received your {_THING}|"
    r"\ba (?:new |support ){0,2}ticket (?:request )?(?:has been|was) (?:created|opened) and (?:an?|one of|our) |"
    r"\bthank(?:s| you) for (?:contacting|reaching out|getting in touch|writing in)|"
    r"(?:ihre|deine) (?:anfrage|nachricht|meldung|e-?mail|ticket)\b.{0,60}(?:eingegangen|erhalten|erfasst|registriert)|"
    r"votre (?:demande|message|ticket|courriel|e-?mail)\b.{0,30}(?:été|est) (?:bien )?"
    r"(?:re[çc]ue?|enregistrée?|créée?)|"
    r"(?:su|tu) (?:solicitud|mensaje|ticket|consulta|correo)\b.{0,30} (?:ha sido|fue) (?:recibid|registrad|cread)[oa]|"
    r"(?:您|你)(?:的|提交的)?(?:工单|工單|请求|請求|邮件|郵件|问题|問題|反馈|咨询|来信|來信|申请|申請).{0,20}"
    r"(?:已|被|成功){1,3}(?:经|經)?(?:收到|受理|创建|建立|提交|登记|登記|记录|进入|转入|生成)|お問い?合わせ.{0,16}受け?付け",
    re.IGNORECASE,
)
_SOON = (
    r"(?:within|soon|shortly|as possible|hours?|(?:business |working )?days?|schnellstmöglich|so schnell|in kürze|"
    r"baldmöglichst|umgehend|stunden|werktag|plus brefs|rapidement|heures|jours|breve|lo antes|horas|días)"
)
_PROMISED = re.compile(
    r"\b(?:we|(?:received|created).{1,60}\band|our (?:[\w-]{1,20} ){0,3}(?:team|staff)|"
    r"(?:an?|one of our) (?:[\w-]{1,20} ){0,3}"
    r"(?:agents?|representatives?|engineers?|specialists?|members?)|someone)\b.{0,60}"
    r"\b(?:respond|reply|answer|get(?:ting)? back|be in touch(?! with (?!you))|contact(?:ing)? you|follow up|"
    r"(?:review|look into|process) (?:it|your))\b.{0,80}"
    rf"\b{_SOON}|"
    rf"(?:responses?|replies) (?:may|can|will|might) (?:take|be)\b.{{0,60}}|"
    rf"\b(?:wir|unser (?:\w{{1,20}} )?team|ein mitarbeiter)\b.{{0,80}}\b{_SOON}|"
    rf"\b(?:nous|notre équipe)\b.{{0,80}}\b{_SOON}|"
    rf"\b(?:nuestro equipo|nos pondremos|le responderemos|un agente)\b.{{0,80}}{_SOON}|"
    r"请(?:您)?(?:耐心)?(?:等待|等候).{0,10}(?:回复|处理|联系)|工单(?:编)?号\s?[:：#]|受理(?:编)?号\s?[:：#]|"
    r"(?:我们|我們|工程师|工程師|客服|工作人员|工作人員|专人|專人|技术(?:人员|支持)).{0,16}"
    r"(?:尽快|盡快|及时|及時|小时|小時|工作日|第一时间).{0,24}(?:回复|回覆|联系|聯[繫絡]|处理|處理|答复|跟进)|"
    r"(?:担当者|弊社)(?:より|から).{0,30}(?:連絡|返信|回答)",
    re.IGNORECASE,
)
_DOUBTS = re.compile(
    r"\b(?:but|however|nobody|no one|still|yet|since|aber|niemand|seit|mais|personne|pero|nadie)\b|"
    r"但|没有?人|沒有?人|一直|仍|还是|还没",
    re.IGNORECASE,
)
"""What follows where somebody tells of such an answer that he got himself."""
_SOMEBODY = re.compile(r"\bI(?:'m|'ll|'ve|'d)?\b|\b[Ii]ch\b|\b[Jj]e\b|(?<![们們])我(?![们們])")


def acknowledges(text: str) -> bool:
    """Whether the text says that a mail has come and that an answer will follow, and nobody speaks for himself."""
    head = " ".join(text[:_LOOKED_AT].replace("’", "'").split())
    if _TAKEN.search(head) is None or _PROMISED.search(head) is None:
        return False
    return _SOMEBODY.search(head) is None and _DOUBTS.search(head) is None
