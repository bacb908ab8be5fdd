import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.parsing import limits
from bot.parsing.html import html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree"),
        ("<p class=MsoNormal>one</p><p class=MsoNormal>two</p>", "one\ntwo"),
        ("<div>a<div>b</div></div>c", "a\nb\nc"),
        ("a &lt;b&gt; &amp; &nbsp;&#20013;&#x6587;", "a <b> &  中文"),
        ("<style>p{}</style><script>x()</script><title>t</title>words", "words"),
        ("<!-- a > b --><!--[if mso]>x<![endif]-->words", "words"),
        ("<svg><text>x</text></svg><math>y</math>words", "words"),
        ('<a href="javascript:x()" onclick="y">link</a><img src=x onerror=y>', "link"),
        ('<img alt="a > b">words', "words"),
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("a < b and c > d", "a < b and c > d"),
        ("<script>never closed", "never closed"),
        ("<font face='Arial>odd</font>", "odd"),
        ("<meta http-equiv=refresh content='0;url=x'><form><input value=v></form>words", "words"),
        ("", ""),
    ],
)
def test_words_and_lines(html: str, text: str) -> None:
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("new<blockquote type=cite>old<br>old</blockquote>after", "new\n> old\n> old\nafter"),
        ("new<blockquote>old<blockquote>older</blockquote></blockquote>", "new\n> old\n>> older"),
        ('<blockquote style="margin:0 0 0 40px;border:none;padding:0px">indented</blockquote>', "indented"),
        ('new<div class="gmail_attr">On … wrote:</div><div>after</div>', "new\n> On … wrote:\nafter"),
        ('new<div class="gmail_attr"><div>a</div>b</div>after', "new\n> a\n> b\nafter"),
        ("</blockquote>new<blockquote>old", "new\n> old"),
    ],
)
def test_what_is_quoted(html: str, text: str) -> None:
    assert html_to_text(html) == text


@given(st.text(st.sampled_from("<>/!-abp \"'=&;\n"), max_size=200) | st.text(max_size=200))
def test_it_never_raises(html: str) -> None:
    assert isinstance(html_to_text(html), str)


@pytest.mark.parametrize(
    "piece",
    ["<div>", "<!--", "<script>", '<a "', "<", "<p '>", "<blockquote>", "&", "<br>", "<script x</script ", "<td>"],
)
def test_hostile_html_is_read_in_linear_time(piece: str) -> None:
    html_to_text(piece * (limits.HTML // len(piece)))


def test_over_the_limit_only_tags_are_taken_out() -> None:
    assert html_to_text("<p>word</p>" * 60_000).split() == ["word"] * 60_000
