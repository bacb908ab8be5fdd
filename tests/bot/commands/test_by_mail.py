"""bot.commands.by_mail: which words of a mail are a command, and which are only words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.base import REGISTRY
from bot.commands.by_mail import command_line


@pytest.mark.parametrize(
    ("text", "line", "named"),
    [
        ("/take 17", "/take 17", 17),
        ("\n  /take FD-17 \n", "/take FD-17", 17),
        ("/TAKE #17", "/take #17", 17),
        ("/take", "/take 7", 7),
        ("／take", "/take 7", 7),
        ("/接单１７", "/take １７", 17),
        ("接单 17", "/take 17", 17),
        ("接单", "/take 7", 7),
        ("take 17", "/take 17", 17),
        ("/solve 17 Paper removed.", "/solve 17 Paper removed.", 17),
        ("/solve Paper removed.", "/solve 7 Paper removed.", 7),
        ("/solve 17\n\nPaper removed.\n\nRoller new.\n", "/solve 17\nPaper removed.\n\nRoller new.", 17),
        ("/solve\nPaper removed.", "/solve 7\nPaper removed.", 7),
        ("/solve Room 5 is fine", "/solve 7 Room 5 is fine", 7),
        ("解决 17\n换了搓纸轮。", "/solve 17\n换了搓纸轮。", 17),
        ("解决 7 换了搓纸轮。", "/solve 7 换了搓纸轮。", 7),
        ("/assign anna\n-- \nDora", "/assign 7 anna", 7),
        ("/assign 17 anna\n-- \nDora", "/assign 17 anna", 17),
        ("reply", "/reply 7", 7),
        ("/junk undo", "/junk 7 undo", 7),
        ("/junk 17 undo", "/junk 17 undo", 17),
        ("/list all\nRegards", "/list all", None),
        ("帮助", "/help", None),
        ("\u200b/take 17", "/take 17", 17),
        # wrong, and told so
        ("/tkae 17", "/tkae 17", None),
        ("/17", "/17", None),
        ("/take -1", "/take -1", None),
        ("/ack it all", "/ack it all", None),
    ],
)
def test_commands(text: str, line: str, named: int | None) -> None:
    assert command_line(text, "FD", 7) == (line, named)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I am on it.\n/take 17",
        "take care of it, please",
        "wait 5 minutes",
        "等待 5 分钟",
        "解决 17 换了搓纸轮。",  # the ticket of the mail is 7: without a slash this may be any sentence
        "Note\nthe printer is old",
        "help me",
        "Help\nme",
        "list all",
        "/etc/hosts is wrong",
        "/ take 17",
        "//take 17",
        "> /take 17",
        "The /take command",
    ],
)
def test_other_words(text: str) -> None:
    assert command_line(text, "FD", 7) == ("", None)


def test_a_mail_about_several_tickets_gives_no_number() -> None:
    assert command_line("/take", "FD", None) == ("/take", None)
    assert command_line("/take 17", "FD", None) == ("/take 17", 17)
    assert command_line("解决 17 换了搓纸轮。", "FD", None) == ("", None)


@given(st.text(max_size=200), st.sampled_from([7, None]))
def test_any_words_are_read_and_a_command_names_what_is_registered(text: str, number: int | None) -> None:
    line, named = command_line(text, "FD", number)
    if named is not None:
        assert line.removeprefix("/").split()[0] in REGISTRY.by_name
    if line:
        assert line.startswith(("/", "／"))


@given(st.sampled_from(REGISTRY.commands), st.integers(1, 10**6), st.text(alphabet="ab 换\n", max_size=60))
def test_what_usage_says_is_understood(command: object, number: int, below: str) -> None:
    """Each name of each command, with a number and words below: the words are kept whole or not at all."""
    for name in command.names:  # type: ignore[attr-defined]
        line, _ = command_line(f"/{name} {number}\n{below}", "FD", 7)
        first, _, rest = line.partition("\n")
        assert first == f"/{command.name} {number}"  # type: ignore[attr-defined]
        assert rest.strip() == (below.strip() if command.words else "")  # type: ignore[attr-defined]
