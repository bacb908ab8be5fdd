"""Answers as the web pages of mail programs mark them up: only the new words stay."""

import pytest

from bot.domain.quotes import new_words
from bot.parsing.html import html_to_text

REPLIES = {
    "gmail": '<div dir="ltr">Works now.</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, Nov 2, 2026 at 9:00 AM Anna &lt;<a href="mailto:a@b.c">a@b.c</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid"><div>old words</div></blockquote></div>',
    "gmail old": '<div>Works now.</div><div class="gmail_extra"><br><div class="gmail_quote">On Mon, Nov 2, 2026 at 9:00 AM Anna <span dir="ltr">&lt;a@b.c&gt;</span> wrote:<br><blockquote class="gmail_quote">old<br></blockquote></div><br></div>',
    "outlook": '<div class=WordSection1><p class=MsoNormal>Works now.<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p class=MsoNormal><b>From:</b> Anna &lt;a@b.c&gt; <br><b>Sent:</b> Monday, November 2, 2026 9:00 AM<br><b>To:</b> Desk<br><b>Subject:</b> x<o:p></o:p></p></div></div><p class=MsoNormal>old</p></div>',
    "outlook zh": '<div class=WordSection1><p class=MsoNormal>Works now.</p><div style="border:none;border-top:solid #B5C4DF 1.0pt"><p class=MsoNormal><b><span lang=ZH-CN>发件人</span>:</b> 王明 [mailto:w@x.cn] <br><b>发送时间:</b> 2026年11月2日 9:00<br><b>收件人:</b> d<br><b>主题:</b> x</p></div><p>旧</p></div>',
    "owa": '<div>Works now.</div><hr tabindex="-1" style="display:inline-block; width:98%"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri"><b>From:</b> Anna &lt;a@b.c&gt;<br><b>Sent:</b> Monday, November 2, 2026 9:00:00 AM<br><b>To:</b> Desk<br><b>Subject:</b> Re: x</font><div>&nbsp;</div></div><div>old</div>',
    "mac olk": '<div>Works now.</div><div><br></div><span id="OLK_SRC_BODY_SECTION"><div><span style="font-weight:bold">From: </span> Anna &lt;a@b.c&gt;<br><span style="font-weight:bold">Date: </span> Monday, November 2, 2026 at 9:00 AM<br><span>To: </span> Desk<br><span>Subject: </span> x<br></div><div>old</div></span>',
    "apple": '<div>Works now.</div><div><br><blockquote type="cite"><div>On 2 Nov 2026, at 09:00, Anna &lt;a@b.c&gt; wrote:</div><br><div>old</div></blockquote></div>',
    "iphone zh": '<div dir="ltr">Works now.</div><div dir="ltr"><br>发自我的iPhone</div><div dir="ltr"><br><blockquote type="cite">在 2026年11月2日，09:00，王明 &lt;w@x.cn&gt; 写道：<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">旧</div></blockquote>',
    "yahoo": '<div>Works now.</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div>On Monday, November 2, 2026 at 09:00:00 AM GMT, Anna &lt;a@b.c&gt; wrote: </div><div>old</div></div>',
    "qq": '<div>Works now.</div><div><br></div><div style="font-size:12px;font-family:Arial Narrow;padding:2px 0 2px 0;">------------------&nbsp;原始邮件&nbsp;------------------</div><div style="font-size:12px;background:#efefef;padding:8px;"><div><b>发件人:</b> "王明"&lt;w@x.cn&gt;;</div><div><b>发送时间:</b>&nbsp;2026年11月2日(星期一) 上午9:00</div><div><b>收件人:</b> d;</div><div><b>主题:</b>&nbsp;x</div></div><div>旧</div>',
    "qq new": '<div>Works now.</div><div><br></div><div><br></div><div><br></div><div><br></div><div style="font-size: 12px;">原始邮件</div><hr><div>发件人：王明 &lt;w@x.cn&gt;</div><div>发件时间：2026年11月2日 09:00</div><div>收件人：d</div><div>主题：x</div><div>旧</div>',
    "163": '<div style="line-height:1.7">Works now.</div><br><br><br><div style="position:relative;zoom:1"></div><div id="divNeteaseMailCard"></div><br><pre>At 2026-11-02 09:00:00, "王明" &lt;w@x.cn&gt; wrote:</pre><blockquote id="isReplyContent" style="PADDING-LEFT: 1ex; MARGIN: 0px 0px 0px 0.8ex; BORDER-LEFT: #ccc 1px solid">旧</blockquote>',
    "163 phone": '<div>Works now.</div><div id="ntes-pcmail-signature"><table><tr><td><table><tr><td>王明</td></tr><tr><td>w@163.com</td></tr></table></td></tr></table></div><div id="reply_mail_start"></div><div class="J-reply">---- 回复的原邮件 ----<table><tr><td>发件人</td><td>李<a>&lt;l@x.cn&gt;</a></td></tr><tr><td>日期</td><td>2026年11月02日 09:00</td></tr><tr><td>收件人</td><td>d</td></tr><tr><td>主题</td><td>x</td></tr></table><div>旧</div></div>',
    "foxmail": '<div><span></span>Works now.</div><div><br></div><hr style="width: 210px; height: 1px;" color="#b5c4df" size="1" align="left"><div><span><div style="MARGIN: 10px; FONT-FAMILY: verdana; FONT-SIZE: 10pt"><div>王明</div><div>w@x.cn</div></div></span></div><blockquote style="margin-top: 0px; margin-bottom: 0px; margin-left: 0.5em;"><div>&nbsp;</div><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm"><div><b>发件人：</b>&nbsp;李</div><div><b>发送时间：</b>&nbsp;2026-11-02&nbsp;09:00</div><div><b>收件人：</b>&nbsp;d</div><div><b>主题：</b>&nbsp;x</div></div><div>旧</div></blockquote>',
    "thunderbird": '<p>Works now.</p><div class="moz-cite-prefix">On 11/2/26 9:00, Anna wrote:<br></div><blockquote type="cite" cite="mid:x"><p>old</p></blockquote>',
    "thunderbird bottom": '<div class="moz-cite-prefix">Am 02.11.26 um 9:00 schrieb Anna:<br></div><blockquote type="cite" cite="mid:x"><p>old</p></blockquote><p>Works now.</p>',
    "hotmail": '<div dir="ltr">Works now.<br><br><div><hr id="stopSpelling">Date: Mon, 2 Nov 2026 09:00:00 +0000<br>From: a@b.c<br>To: d@x<br>Subject: x<br><br>old</div></div>',
    "zimbra": '<div>Works now.</div><hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__"><b>From: </b>"Anna" &lt;a@b.c&gt;<br><b>To: </b>"d" &lt;d@x&gt;<br><b>Sent: </b>Monday, November 2, 2026 9:00:00 AM<br><b>Subject: </b>x<br></div><br><div data-marker="__QUOTED_TEXT__">old</div>',
    "proton": '<div>Works now.</div><div class="protonmail_signature_block"><div>Sent with Proton Mail secure email.</div></div><div class="protonmail_quote">On Monday, November 2nd, 2026 at 9:00 AM, Anna &lt;a@b.c&gt; wrote:<br><blockquote class="protonmail_quote">old</blockquote></div>',
    "gmx": '<div>Works now.</div><div><div name="quote" style="margin: 10px 5px 5px 10px; padding: 10px 0 10px 10px; border-left:2px solid #C3D9E5;"><div style="margin:0 0 10px 0;"><b>Gesendet:</b>&nbsp;Montag, 02. November 2026 um 09:00 Uhr<br/><b>Von:</b>&nbsp;"Anna" &lt;a@b.c&gt;<br/><b>An:</b>&nbsp;d@x<br/><b>Betreff:</b>&nbsp;x</div><div>alt</div></div></div>',
    "samsung": '<div>Works now.</div><br><br><div style="font-size:8px;color:#575757;">Sent from my Galaxy</div><br><br><div><div>-------- Original message --------</div><div>From: Anna &lt;a@b.c&gt; </div><div>Date: 11/2/26  9:00  (GMT+01:00) </div><div>To: d </div><div>Subject: x </div><div><br></div></div>old',
    "dingtalk": "<div>Works now.</div><br><div>------------------------------------------------------------------</div><div>发件人：王明&lt;w@x.cn&gt;</div><div>日\u3000期：2026年11月02日 09:00:00</div><div>收件人：d</div><div>主\u3000题：x</div><div>旧</div>",
    "feishu": '<div>Works now.</div><div class="history-quote-wrapper"><div class="adit-html-block"><div>发件人：王明&lt;w@x.cn&gt;</div><div>时间：2026年11月2日 周一 09:00</div><div>主题：x</div><div>收件人：d</div></div>旧</div>',
    "mailru": '<div>Works now.</div><blockquote style="border-left:1px solid #0857A6;">Понедельник, 2 ноября 2026, 9:00 +03:00 от Анна &lt;a@b.ru&gt;:<br><div>старое</div></blockquote>',
}


@pytest.mark.parametrize("html", REPLIES.values(), ids=REPLIES.keys())
def test_only_the_new_words_stay(html: str) -> None:
    assert new_words(html_to_text(html)) == "Works now."
