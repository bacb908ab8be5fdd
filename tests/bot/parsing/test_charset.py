import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.parsing.charset import codec_of, decode, looks_chinese

ZH = "您好，三楼的打印机坏了，请派人来修。"


WESTERN = [
    ("A impressora do terceiro andar não funciona desde manhã, vocês podem enviar alguém? João", "cp1252"),
    ("La stampante non funziona più da stamattina, perché c'è carta? Può venire qualcuno? Così no", "cp1252"),
    ("Skrivaren på tredje våningen fungerar inte längre sedan i morse, kan någon komma på förhand?", "cp1252"),
    ("Printeren på tredje sal virker ikke længere, kan nogen komme på forhånd og se på køkkenbordet?", "cp1252"),
    ("Üçüncü kattaki yazıcı sabahtan beri çalışmıyor, birini gönderebilir misiniz? Teşekkürler, Şükrü", "cp1254"),
    ("Yazıcı çalışmıyor", "cp1254"),
    ("Tiskárna ve třetím patře nefunguje, můžete prosím někoho poslat? Žádné papíry nejsou. Děkuji", "cp1250"),
]


@pytest.mark.parametrize(("text", "codec"), WESTERN)
def test_accents_of_one_language_tell_it_without_a_charset(text: str, codec: str) -> None:
    assert decode(text.encode(codec)) == text


def test_utf_16_that_lost_its_last_byte_ends_with_its_last_character() -> None:
    assert decode("quote me\n".encode("utf-16") + b"\n", "utf-16") == "quote me\n"


@pytest.mark.parametrize(
    ("text", "codec", "declared"),
    [
        (ZH, "utf-8", "utf-8"),
        (ZH, "utf-8", ""),
        (ZH, "utf-8", "us-ascii"),
        (ZH, "utf-8", "iso-8859-1"),
        (ZH, "utf-8", "evil-x"),
        (ZH, "utf-8", "gb2312"),
        (ZH, "gb18030", "gb2312"),
        (ZH, "gb18030", "GBK"),
        (ZH, "gb18030", ""),
        (ZH, "gb18030", "us-ascii"),
        (ZH, "gb18030", "iso-8859-1"),
        (ZH, "gb18030", "utf-8"),
        ("朱镕基 𠮷 €", "gb18030", "gb2312"),
        ("蓝屏", "gb18030", ""),
        ("印表機故障，請處理", "big5", "big5"),
        ("プリンタが故障しました", "shift_jis", "Shift_JIS"),
        ("プリンタが故障しました", "iso2022_jp", "iso-2022-jp"),
        ("プリンタが故障しました", "iso2022_jp", ""),
        ("프린터 고장", "cp949", "ks_c_5601-1987"),
        ("Принтер не работает", "koi8_r", "koi8-r"),
        ("Принтер не работает", "cp1251", "windows-1251"),
        ("“Gerät” für Jürgen – kaputt", "cp1252", "iso-8859-1"),
        ("“Gerät” für Jürgen – kaputt", "cp1252", ""),
        ("Gerät für Müller", "cp1252", "utf-8"),
        ("Příliš žluťoučký", "iso8859_2", "iso-8859-2"),
        ("hello", "utf-16", "utf-16"),
        ("a+b-c", "ascii", "utf-7x"),
        ("é", "utf-7", "utf-7"),
        ("中文", "hz", "hz-gb-2312"),
        ("\ufeffBOM".removeprefix("\ufeff"), "utf-8-sig", "utf-8"),
    ],
)
def test_the_ladder(text: str, codec: str, declared: str) -> None:
    assert decode(text.encode(codec), declared) == text


def test_a_lost_byte_costs_one_character() -> None:
    data = (ZH * 20).encode("utf-8")
    assert decode(data[:100] + data[101:], "utf-8").count("打印机") >= 19
    assert decode((ZH * 20).encode("gb18030")[:-1], "gb2312").startswith(ZH * 19)


def test_the_hint_is_tried_before_guessing() -> None:
    assert decode("Ő".encode("iso8859_2"), "", hint="iso-8859-2") == "Ő"


@pytest.mark.parametrize(
    "label", ["zlib", "idna", "unicode_escape", "punycode", "rot13", "", "evil\x00", "utf-8\x00", "base64", "x" * 999]
)
def test_only_known_charsets_reach_a_codec(label: str) -> None:
    assert codec_of(label) == ""
    assert decode(b"plain", label) == "plain"


@pytest.mark.parametrize(
    "text", ["für Müller", "naïve café, déjà vu", "Übergrößenträger", "Привет всем, принтер сломался"]
)
def test_what_is_not_chinese(text: str) -> None:
    assert not looks_chinese(text.encode("cp1251" if "П" in text else "cp1252"))


@given(
    st.binary(max_size=300),
    st.sampled_from(["", "gb2312", "utf-8", "big5", "hz", "iso-2022-jp", "utf-7", "utf-32", "cp1252"]),
)
def test_it_never_raises(data: bytes, declared: str) -> None:
    assert isinstance(decode(data, declared, hint=declared), str)


@pytest.mark.parametrize("declared", ["", "us-ascii", "utf-8", "iso-8859-1", "x-unknown"])
@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("big5", "三樓的打印機今天早上卡紙了"),
        ("shift_jis", "三階のプリンタが動きません"),
        ("euc_jp", "三階のプリンタが動きません"),
        ("cp949", "삼층 프린터가 오늘 아침부터 작동하지 않습니다"),
        ("koi8_r", "Принтер на третьем этаже не работает"),
        ("cp1251", "Принтер на третьем этаже не работает"),
        ("gb18030", "三楼的打印机今天早上卡纸了"),
        ("cp1252", "Der Drucker ist gestört, schöne Grüße"),
    ],
)
def test_what_is_declared_wrong_or_not_at_all_is_told_by_its_characters(codec: str, text: str, declared: str) -> None:
    assert decode(text.encode(codec), declared) == text


@pytest.mark.parametrize("text", ["Größe: ÄÖÜß", "ÅÄÖ ÅÄÖ ÅÄÖ", "“smart” ‘quotes’ – and… more", "Élève ÀÉÈÙÇ"])
def test_latin_text_has_no_other_shape(text: str) -> None:
    assert decode(text.encode("cp1252")) == text


@pytest.mark.parametrize(
    ("codec", "words"),
    [
        ("koi8_r", "Тест тест ТЕСТ Привет Срочно! Заявка Договор"),
        ("cp1251", "Тест тест ТЕСТ Привет Срочно! Заявка Договор"),
        ("cp949", "견적서 안녕하세요 테스트 긴급"),
        ("big5", "您好 無法開機 緊急 印表機壞了"),
        ("euc_jp", "見積書 至急 テスト"),
        ("shift_jis", "見積書 至急 テスト 会議の件"),
        ("gb18030", "报修 您好 测试 内容 停用 评价 张三 韩梅梅 深圳市腾讯 还没有人 按钮"),
        ("cp1252", "Größe Müller Café Tél Ærø ¡Hola! É"),
    ],
)
def test_a_word_alone_is_told_by_its_characters(codec: str, words: str) -> None:
    for word in words.split():
        assert decode(word.encode(codec)) == word


@pytest.mark.parametrize("text", ["網路連線有問題", "請協助處理，謝謝", "請問何時可以處理"])
def test_big5_that_is_said_to_be_gb_2312_is_big5(text: str) -> None:
    assert decode(text.encode("big5"), "gb2312") == text


@pytest.mark.parametrize("text", ["饶雪漫", "龘靐齉爩", "朱镕基 饕餮", "㐂喆焱垚 鑫淼", "侯蛊孺黎钦"])
def test_rare_characters_that_are_said_to_be_gb_2312_stay(text: str) -> None:
    assert decode(text.encode("gb18030"), "gb2312") == text


def test_a_declared_charset_that_takes_every_byte_is_kept() -> None:
    assert decode(b"10 \xa4", "iso-8859-15") == "10 €"


@pytest.mark.parametrize("declared", ["iso-2022-jp", ""])
def test_circled_numbers_of_japanese_mail(declared: str) -> None:
    raw = b"\x1b$B-!\x1b(B \x1b$B4]?t;z%F%9%H\x1b(B"
    assert decode(raw, declared) == "① 丸数字テスト"


@pytest.mark.parametrize("declared", ["", "us-ascii", "utf-8", "iso-8859-1"])
def test_utf_8_that_is_cut_inside_of_a_character_is_utf_8(declared: str) -> None:
    """Names and subjects of a limited length end so."""
    cut = "很长的文件名称".encode()[:-1]
    assert decode(cut + b".docx", declared) == "很长的文件名\ufffd.docx"
    assert decode(cut, declared, hint="gbk") == "很长的文件名\ufffd"


def test_two_characters_with_a_gap_prove_nothing() -> None:
    assert "很长" not in decode("很长的".encode()[:-1] + b".txt", "cp1252")


def test_halves_of_a_pair_are_one_character() -> None:
    """Old Android programs write emoji so (CESU-8)."""
    halves = "打印机 😀".encode("utf-16-be", "surrogatepass")
    data = "".join(chr(high * 256 + low) for high, low in zip(halves[::2], halves[1::2], strict=True))
    assert decode(data.encode("utf-8", "surrogatepass"), "utf-8") == "打印机 😀"
    assert "😀" not in decode(b"\xed\xa0\xbd\xed\xb8\x80\xff", "utf-8")
