"""bot.domain.devices: lists of devices as people keep them, and each mistake by its line (SP-7.1)."""

import pytest

from bot.domain.devices import Device, read_devices

ONE = frozenset({"acme"})


def test_a_chinese_list_is_read() -> None:
    text = "资产标签,类型,型号,使用人,状态,验收日期\nPC-01,台式机,OptiPlex,Li@acme.example,在用,2024年2月29日\nLP-1,笔记本,T14,,备机,\n"
    devices, mistakes = read_devices(text.encode("gb18030"), ONE)
    assert not mistakes
    first = Device(
        2, "PC-01", "台式机", "OptiPlex", "", "", "li@acme.example", "", "in use", "2024-02-29", "2026-02-27"
    )
    assert devices == [first, Device(3, "LP-1", "笔记本", "T14", state="stock")]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("PC 1,,,", "line 2: tag: 'PC 1' is no label"),
        ("PC-1,burning,,", "line 2: state: 'burning' is none of"),
        ("PC-1,,2026-02-30,", "line 2: accepted: '2026-02-30' is no day"),
        ("PC-1,,,nobody", "line 2: user: 'nobody' is no mail address"),
        ("PC-1,,,\npc-1,,,", "line 3: pc-1 is in line 2 already"),
    ],
)
def test_each_mistake_names_its_line_and_what_is_asked_for(row: str, told: str) -> None:
    _, mistakes = read_devices(f"tag,state,accepted,user\n{row}\n".encode(), ONE)
    assert len(mistakes) == 1
    assert mistakes[0].startswith(told)


def test_a_file_without_labels_is_refused() -> None:
    assert read_devices(b"kind,model\nPC,x\n", ONE)[1][0].startswith("line 1: there is no column tag")
