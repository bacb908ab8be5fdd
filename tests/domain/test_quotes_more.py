"""Quotes, signatures and disclaimers as more mail programs and more languages write them."""

import pytest

from bot.domain.quotes import new_words

WORDS = "Works now."

HEADINGS = {
    "bare address": "2024-10-17 11:28 GMT+03:00 Desk <\ndesk.with.a.long.name@example.com>:\n\n> old",
    "date and address, no colon": "2024/4/7 Anna Bell <a@example.com>\n\n>  old",
    "two headers without an address": "From: Anna\nSent: Tuesday\n\nold",
    "two headers, de": "Von: Anna\nGesendet: Dienstag, 3. Mai\n\nalt",
    "outlook for android": "Download Outlook for Android<https://aka.ms/x>\n\n________________\nFrom: Anna <a@example.com>\n"
    "Sent: Monday, 2 May 2024 9:00\nTo: Desk\nSubject: x\n\nold",
    "sent": "On 11-Apr-2024, at 6:54 PM, Anna Bell <a@example.com> sent:\n\n> old",
    "wrote on": "Anna wrote on 2/11/2024 9:00 AM:\n> old",
    "by an address": "Aug 2, 2026, 10:00 by desk@example.com:\n\n> old",
    "according to": "According to Anna Bell:\n> old",
    "bracketed": "[Anna Bell, Mo 02.11.2024 09:00]\n> old",
    "writes": "Anna Bell <a@example.com> writes:\n\n> old",
    "name and address, unquoted": "anna <anna@example.com> wrote:\n\nold without marks",
    "groupwise": ">>> Anna Bell <a@example.com> 11/02/04 09:00AM >>>\nold without marks",
    "groupwise, bare": "Anna Bell <a@example.com> 11/02/04 09:00AM >>>\nold without marks",
    "mail.com": "Original Message:\n-----------------\nFrom: Anna a@example.com\nDate: Mon 2\nTo: d\nSubject: x\n\nold",
    "nl": "Op 17-feb.-2024, om 13:18 heeft Anna Bell <a@example.com> het volgende geschreven:\n\noud",
    "de separator": "-----Antwort Nachricht-----\n\nalt",
    "da headers": "Fra: a@example.com\nSendt: 19. marts 2024 12:10\nTil: Desk\nEmne: printer\n\ngammelt",
    "sv headers": "Från: Anna [mailto:a@example.com]\nSkickat: den 26 augusti 2024 14:45\nTill: Desk\nÄmne: SV: x\n\ngammalt",
    "pl headers": "Od: Anna <a@example.com>\nWysłano: 2 listopada 2024 9:00\nDo: Desk\nTemat: x\n\nstare",
    "ru headers": "От: Анна <a@example.com>\nОтправлено: 2 ноября 2024 г. 9:00\nКому: Desk\nТема: x\n\nстарое",
    "fi headers": "Lähettäjä: Anna <a@example.com>\nLähetetty: 2.11.2024 9:00\nVastaanottaja: Desk\nAihe: x\n\nvanha",
    "qq, named entity": "------------------&nbsp;原始邮件&nbsp;------------------\n发件人: a\n\n旧的",
    "qq, with its signature": "------------------\n张三\n信息部 电话 123\n\n\n------------------ 原始邮件 ------------------\n发件人: a",
    "foxmail, date and name": "2024-11-02 \n\n\n张三 \n\n\n发件人： 李四 \n发送时间： 2024-11-02  09:00:12 \n收件人： d \n主题： x \n旧的",
    "foxmail, name and address": "张三\nzhang@example.cn\n\n \n发件人： 李四\n发送时间： 2024-11-02 09:00\n收件人： d\n主题： x\n旧的",
    "bulletin board": "【 在 zhangsan (张三) 的大作中提到: 】\n: 旧的话\n: 还有\n\n--\n※ 来源:·example.cn [FROM: 192.0.2.*]",
    "bulletin board, other": "※ 引述《zhangsan (张三)》之铭言：\n: 旧的话",
    "zh, date first": "2024年2月29日 周四 19:47 李四 <l@example.com> 写道：\n旧的，没有符号",
    "zh, name first": "李四 <l@example.com> 在 2024年2月29日 周四 19:47 写道：\n\n旧的，没有符号",
    "ru, date with year's letter": "суббота, 14 марта 2024 г. пользователь anna написал:\n\nстарое",
    "uk": "нд, 14 бер. 2024 о 09:15 Анна <a@example.com> пише:\n\nстаре",
    "sk": "14. 3. 2024 9:15, používateľ Anna Bell (<a@example.com>) napísal:\n\nstaré",
    "nl, outlook": "Op 14-03-2024 09:15 heeft Anna Bell <a@example.com> geschreven:\n\noud",
    "ko": "2024년 3월 14일 오전 9:15, Anna <a@example.com>님이 작성하였습니다:\n\n예전",
    "other hyphens": "‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐\nOn Sunday, 14 March 2024 9:15 AM, Anna <a@example.com> wrote:\n\nold",
    "nl, forwarded": "---------- Doorgestuurd bericht ----------\n\noud",
    "sv, forwarded": "---------- Vidarebefordrat meddelande ----------\n\ngammalt",
    "pl separator": "-------- Treść oryginalnej wiadomości --------\n\nstare",
    "cs, forwarded": "-------- Přeposlaná zpráva --------\n\nstaré",
    "tr, forwarded": "-------- İletilen İleti --------\n\neski",
    "ko, forwarded": "---------- 전달된 메시지 ----------\n\n예전",
    "zh, netease, forwarded": "---- 转发的原邮件 ----\n| 发件人 | 李四<l@example.cn> |\n| 发送日期 | 2024年11月02日 09:15 |\n\n旧的",
    "zh, thunderbird": "-------- 转发的消息 --------\n主题: x\n\n旧的",
    "zh, original information": "-------- 原始信息 --------\n发件人：李四 <l@example.cn>\n\n旧的",
    "zh, 139 on a telephone": "---------- 该邮件从移动设备发送 ----------\n--------------原始邮件--------------\n发件人：李四\n\n旧的",
    "zh and en": "发件人/From: 王明 <w@b.cn>\n时间/Date: 2024-09-21\n收件人/To: d\n主题/Subject: x\n\n旧的",
    "date and bare address": "2. Nov. 2024, 09:00 von anna@example.com:\n\n> alt",
    "zh, gmail, folded": "王明很长的名字某某公司 <wang.ming@example.com.cn> 于2024年9月21日周一\n18:46写道：\n\n> 旧的",
    "zh, samsung": "从三星Galaxy智能手机发送。\n\n-------- 原始信息 --------\n发件人： 王明\n旧的",
    "zh, spark": "通过 Spark 发送\n在 2024年9月21日 +0800 18:46，王明 <w@example.cn>，写道：\n> 旧的",
    "zh, wrote in your letter, unquoted": "======= 2024-12-02 10:11:22 您在来信中写道：=======\n旧的",
    "id": "Pada tanggal Sab, 4 Mei 2024 pukul 15.15 Anna Bell <anna@example.com> menulis:\n\nlama",
    "hu": "Anna Bell <anna@example.com> ezt írta (időpont: 2024. máj. 4., Szo, 15:15):\n\nrégi",
    "th": "เมื่อ ส. 4 พ.ค. 2024 เวลา 15:15 Anna Bell <anna@example.com> เขียนว่า:\n\nเก่า",
    "two headers": "From: Anna Bell <anna@example.com>\nSent: Saturday, May 4, 2024 3:15 PM\n\nold",
    "wrote on, unquoted": "Anna Bell wrote on 5/4/2024 3:15 PM:\n\nold",
    "picture left out": "[cid:image001.png@01DA9E]\n\nFrom: A <a@example.com>\nSent: 4 May 2024 3:15 PM\nTo: d\n\nold",
    "zh, wrote at": "李四 写于 2024-05-04 15:15:\n旧的",
    "zh, netease, card": "王明\nwang@example.com\n签名由网易邮箱大师定制\n\n在2024年05月04日 15:15，李四<l@example.com> 写道：\n旧的",
    "zh, by telephone": "此邮件由 iPhone 发出\n\n发件人：李四 <l@example.com>\n时间：2024-05-04 15:15\n收件人：d\n\n旧的",
    "zh, gmail, folded before its date": "故障受理（请勿修改标题） <d@example.cn>\n于2026年11月24日周二 09:12写道：\n\n> 旧的",
    "zh, galaxy": "从我的Galaxy发送\n\n-------- 原始消息 --------\n发件人： 李四 <l@example.cn>\n\n旧的",
    "zh, wecom": "发自我的企业微信\n\n\n----------该邮件从移动设备发送\n\n--------------原始邮件--------------\n发件人：李四",
    "zh, dingtalk": "来自钉钉专属商务邮箱"
    + "-" * 66
    + "\n发件人：李四<l@example.cn>\n日　期：2026年11月24日 09:12:33\n"
    "收件人：王芳<w@example.cn>\n主　题：x\n\n旧的",
    "zh, netease, by tabs": "回复的原邮件\n发件人\t李四<l@example.cn>\n发送日期\t2026年11月24日 09:12\n收件人\t王芳\n旧的",
    "aliyun en": "-"
    * 66
    + "\nSender:Desk <d@example.cn>\nSent At:2026 Nov. 24 (Tue.) 09:12\nRecipient:Wang <w@example.cn>\n"
    "Subject:x\n\nold",
    "zh-tw, samsung": "-------- 原始信件 --------\n寄件者： 李四 <l@example.tw>\n\n舊的",
    "zh, appointment": "----------原始约会----------\n发件人: 李四 \n\n旧的",
    "zh, notes 9": "李四 ---2026/11/24 09:12:33---打印机已修好\n\n发件人: 李四/IT\n收件人: 王芳/HR\n日期: 2026/11/24 09:12\n旧的",
    "ja, shuriken": "ヘルプデスク さんは書きました:\n\n> 古い",
    "horde": "Quoting Anna Bell <anna@example.com>:\n\nold",
    "horde, no name": "Quoting anna@example.com:\n\nold",
    "horde de": "Zitat von Anna Bell <anna@example.com>:\n\nalt",
    "horde es": "Mensaje citado por Anna Bell <anna@example.com>:\n\nviejo",
    "horde zh": "引用 李四 <li@example.cn>：\n\n旧的",
    "horde zh, of a mail": "引用李四(li@example.cn) 的邮件:\n\n旧的",
    "zh, wrote in your letter": "======= 2024-12-02 10:11:22 您在来信中写道：=======\n\n>旧的",
}


@pytest.mark.parametrize("old", HEADINGS.values(), ids=HEADINGS.keys())
def test_only_the_new_words_stay(old: str) -> None:
    assert new_words(f"{WORDS}\n\n{old}") == WORDS


CLOSINGS = [
    "Sent from my HTC",
    "Sent from my cell, please excuse any typos.",
    "(sent from a phone)",
    "<<Sent by galaxy>>",
    "From my iPhone 6",
    "Sent from Nine<http://www.example.com/>",
    "Sent from Mail for Windows 10",
    "发自我的 Huawei P40",
    "发自钉钉",
    "本邮件来自我的iPhone",
    "寄件自我的 iPhone",
    "发送自 Windows 10 版邮件应用",
    "Diese Nachricht wurde von meinem Android-Gerät mit GMX Mail gesendet.",
    "Outlook für iOS beziehen",
    "Obtenez Outlook pour iOS",
    "Wysłane z iPhone'a",
    "iPhone'umdan gönderildi",
    "------------------\n张三",
    (
        "This e-mail and its attachments are confidential and meant for the person it is addressed to. If you are not the "
        "intended recipient, please notify us and delete it at once."
    ),
    (
        "__________________\nDISCLAIMER: what this message says is confidential and may be legally privileged. It is intended "
        "solely for its addressee.\n__________________"
    ),
    "本邮件及附件含有本公司的保密信息，仅限于发送给上述收件人。如您误收本邮件，请立即通知发件人并删除本邮件。",
    (
        "Diese Nachricht enthält vertrauliche Informationen. Sind Sie nicht der richtige Adressat, so vernichten Sie sie bitte "
        "und geben dem Absender Bescheid."
    ),
]


def test_a_separator_inside_of_a_quote_ends_nothing() -> None:
    quoted = (
        "> 2024年8月25日 上午12:24，Bell, Anna <a@example.com> 写道：\n> \n>> -----Original Message-----\n>> From: Bo"
    )
    assert new_words(f"Hi Anna,\n\n{quoted}\n\n{WORDS}") == f"Hi Anna,\n\n{WORDS}"


def test_a_sentence_that_begins_like_a_telephone_s_line_stays() -> None:
    text = f"{WORDS}\n\nSent from my desk, which is easier than from my mobile phone."
    assert new_words(text) == text


@pytest.mark.parametrize("closing", CLOSINGS)
def test_what_programs_and_firms_add_below_goes(closing: str) -> None:
    assert new_words(f"{WORDS}\n\n{closing}") == WORDS
    assert new_words(closing).strip()


def test_the_warning_of_a_gateway_above_the_words_goes() -> None:
    warning = "CAUTION: This e-mail comes from outside of the organisation. Open no links."
    assert new_words(f"{warning}\n\n{WORDS}") == WORDS
    assert new_words(f"提醒：此邮件来自外部，请勿点击链接。\n\n{WORDS}") == WORDS


@pytest.mark.parametrize(
    "text",
    [
        "The mail to the customer was confidential.\n\nWho may read the log?",
        "Warning: the external disk is full.",
        "I checked on 2 May 2024 what you sent:\nall is well.",
        "状态如下\n------------------\n打印机 正常\n电脑 " + "很慢" * 40,
        "Read this:\n\n: a line of vi\n: another one",
        "We are on leave.\n\nPlease delete my account and notify me.",
        "Anna Bell\nanna@example.com\n\nis my new address.",
        "--- 原因信息 ---\n网络断了，请处理",
        "错误如下：\n-----------------------------\nError 0x80070005\n-----------------------------\n请看",
        "错误如下：\n\n-----------------------------\nError 0x80070005",
        "Ask one of them:\n\nAnna Bell <anna@example.com>:\n  has the key\nBert <bert@example.com>:\n  has it too",
        "Questions for Anna's team:\n-------------------------\nwhy, and when?\nanna@example.com",
        "---- step 1 ----\nopen the message\n---- step 2 ----\nclose it",
        "The log says:\n\n> connection refused\n\nWhat does it mean?",
        "Quoting the manual:\nhold the button.\n\nThat does nothing.",
        "引用手册的话：\n按住按钮。\n\n没有反应。",
        "Quoting li@example.cn: it is dead.\nWhat now?",
    ],
)
def test_real_words_are_never_cut(text: str) -> None:
    assert new_words(text) == text


def test_a_mail_on_one_line_is_cut_at_its_separator() -> None:
    assert new_words(f"{WORDS} ---- 回复的原邮件 ---- 发件人 王明 发送日期 2024年09月21日 旧的") == WORDS
    assert new_words(f"{WORDS}-------- Original message --------From: Anna") == WORDS
    assert (
        new_words("The original message -- see below --\nis lost.") == "The original message -- see below --\nis lost."
    )


@pytest.mark.parametrize(("words", "rest"), [("好的，谢谢。\n\n", "好的，谢谢。"), ("", "张三")])
def test_the_writer_s_own_name_above_what_is_old_is_a_signature(words: str, rest: str) -> None:
    text = f"{words}张三\n\n发件人： 李四\n发送时间： 2024-11-02 09:00\n收件人： d\n主题： x\n旧的"
    assert new_words(text, "张三") == rest
    assert new_words(text) == new_words(text, "李四") == f"{words}张三"
    assert new_words("好的。\n张三", "张三") == "好的。\n张三"


def test_words_above_an_address_are_no_name() -> None:
    below = "anna@example.cn\n发件人： 李四\n发送时间： 2024-11-02 09:00\n收件人： d\n主题： x\n旧的"
    assert new_words(f"好的，谢谢。\n明天见\n\n{below}") == "好的，谢谢。\n明天见\n\nanna@example.cn"


def test_a_lone_quoted_line_is_old_where_the_answer_begins_with_it() -> None:
    assert new_words("> Is it on?\nYes, since noon.") == "Yes, since noon."
    assert new_words("> Is it on?\n\nYes, since noon.") == "Yes, since noon."
    assert new_words("Hi Anna,\n\n> Is it on?\nYes, since noon.") == "Hi Anna,\n\nYes, since noon."
    for prompt in ("I type:\n\n> ipconfig\n\nand see nothing.", "It says\n> ready\nand stops."):
        assert new_words(prompt) == prompt


@pytest.mark.parametrize("size", [1_000, 2_000, 4_000])
def test_disclaimers_without_end_are_read_in_linear_time(size: int) -> None:
    """A quadratic step would take minutes here, not milliseconds."""
    assert new_words("x\n\n" + "this mail is confidential and intended to be deleted " * size)
    assert new_words("x\n\n" + ("this message is confidential; notify and delete, " * 5 + "\n\n") * (size // 4)) == "x"


@pytest.mark.parametrize("old", ["旧的", "> 旧的"])
def test_the_writers_own_name_below_the_words_is_no_word(old: str) -> None:
    text = f"{WORDS}\n\n王芳 \n来自飞书邮箱 \n\n李四<l@example.cn> 在 2026年11月24日 周二 09:12 写道：\n\n{old}"
    assert new_words(text, "王芳") == WORDS
    assert new_words(text, "李雷") == f"{WORDS}\n\n王芳"
    assert new_words("王芳", "王芳") == "王芳"
