"""bot.domain.courtesy: thanks never reopen, in whatever words people say them; anything else does."""

import pytest

from bot.domain.courtesy import is_courtesy

THANKS = """谢谢！|谢谢，可以了|好的，谢谢您|收到|Thanks!|Thank you very much, works now.|ok|辛苦了|谢谢🙏|Thanks 😊|👍|不错|
Thanks for the quick fix!|Thanks, have a nice day|Great job, thanks!|Thanks a lot, Anna!|Ok, thanks Anna|谢谢安娜|谢谢李工|
谢谢师傅，辛苦了！|非常感谢您的帮助|感谢您的支持|感谢你们这么快就修好了|谢谢，祝好|好的，知道了，谢谢！|好的，麻烦了|谢谢啦|嗯，好的|没事了，谢谢|
没问题了，谢谢|Will do|Much appreciated|Thank you for your reply|Noted with thanks.|no problem, thanks|Thanks for letting me know!|
It's working now, thank you so much!|Thanks again!|已经好了|再次感谢！""".replace("\n", "").split("|")
MORE = (
    """不行，还是卡纸|谢谢，但是还不行|thanks but it still does not work|It works? No, it is not|not good|now the printer||
谢谢，打印机又坏了|Thanks. Broken.|谢谢帮我看一下显示器|谢谢，什么时候来|Thanks, but another one is broken|Thanks!\tStill broken|
谢谢\t另外二楼也没网|ok, when will you come?|thanks for the toner, the drum is empty|好的，请尽快|Thanks, room 312|收到，请问几点来|
It works for a minute and then it stops|Thanks for nothing, it is as dead as before|Thanks. The screen flickers|谢谢。屏幕闪|...|
Great, now nothing works|解决了一半|好卡""".replace("\n", "")
    .replace("\t", "\n")
    .split("|")
)


@pytest.mark.parametrize("words", THANKS)
def test_mere_thanks(words: str) -> None:
    assert is_courtesy(words)


@pytest.mark.parametrize("words", MORE)
def test_something_more(words: str) -> None:
    assert not is_courtesy(words)


@pytest.mark.parametrize(
    ("words", "writer"),
    [
        ("Hi Anna,\nthanks for coming so quickly.\n\nBob", "Bob Miller"),
        ("Thanks!\n\nBest regards\nBob Miller\nOffice Manager, Room 312\n+86 10 8888 6666", ""),
        ("谢谢您！\n\n李伟\n财务部 010-88886666", "李伟"),
    ],
)
def test_a_signature_below_thanks_is_no_word(words: str, writer: str) -> None:
    assert is_courtesy(words, writer)
    assert not is_courtesy(f"{words}\nP.S. It is broken again.", writer)
    assert not is_courtesy(f"{words}\n另外一台还是不行", writer)


def test_a_long_text_is_looked_at_no_further() -> None:
    assert not is_courtesy("谢" * 121)
    assert not is_courtesy("Thanks " * 100_000)
