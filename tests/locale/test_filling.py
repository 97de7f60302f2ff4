"""What stands beside a hole in a Chinese message, and what it is filled with."""

import pytest

from fedlearn_edu import i18n
from fedlearn_edu.i18n import fill


@pytest.mark.parametrize(
    ("text", "value", "filled"),
    [
        ("给 {0} 的信", "银行", "给银行的信"),
        ("给 {0} 的信", "医院 2", "给医院 2 的信"),
        ("给 {0} 的信", "bank", "给 bank 的信"),
        ("这里有 {0} 行。", 3, "这里有 3 行。"),
        ("{0} · {0}", "银行", "银行 · 银行"),
        ("先看 {0}，再看。", "“开始”的场景", "先看 “开始”的场景，再看。"),
        ("这是 {0} {0} 的", "银行", "这是银行银行的"),
        ("{{{0}}} 不动", "银行", "{银行} 不动"),
        ("共 {0:.1f} 秒", 2, "共 2.0 秒"),
    ],
)
def test_a_blank_beside_a_hole_stays_only_where_letters_or_digits_meet_chinese(text, value, filled):
    assert fill(text, value) == filled


def test_blanks_that_a_message_or_a_value_brings_along_stay():
    assert fill("甲 乙 {0}", "丙 丁") == "甲 乙丙 丁"


def test_a_message_with_a_partys_name_is_filled_in_chinese(monkeypatch):
    monkeypatch.setenv(i18n.VARIABLE, "zh")
    assert [i18n.retell(f"mail for {name}") for name in ("bank", "hospital 2", "shop")] == [
        "给银行的信", "给医院 2 的信", "给 shop 的信",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rows: 190; update: 31 numbers in 1 ciphertext", "样本：190；更新：1 个密文里的 31 个数"),
        ("mine: 190; yours: 31 numbers in 1 ciphertext", "mine：190；yours：1 个密文里的 31 个数"),
        (
            "hospital 2: 160 sealed bytes for hospital 2; bank: 9 sealed bytes for bank",
            "医院 2：给医院 2 的 160 个密封字节；银行：给银行的 9 个密封字节",
        ),
        ("here: hospital 1, hospital 2; gone: ", "在线：医院 1、医院 2；掉线："),
        ("joint prediction (Paillier, 2048 bits; no coordinator)", "联合预测（Paillier，2048 位；没有协调者）"),
    ],
)
def test_the_parts_of_a_list_are_told_one_by_one(monkeypatch, text, told):
    monkeypatch.setenv(i18n.VARIABLE, "zh")
    assert i18n.retell(text) == told


def test_an_errors_holes_stay_as_they_were_written_but_for_a_reason_of_ours(monkeypatch):
    monkeypatch.setenv(i18n.VARIABLE, "zh")
    assert i18n.retell_error("The data of bank are elsewhere: its part cannot be played here.").startswith("bank 的")
    error = "A batch would give rows away: Job = part-time: only 3 of 45 rows have one of its values."
    reason = i18n.retell_error(error)
    assert reason == "有一批会泄露个别样本：Job = part-time：有一个取值，45 条样本里只有 3 条。"


def test_english_is_filled_as_it_is(monkeypatch):
    monkeypatch.setenv(i18n.VARIABLE, "en")
    assert i18n.say("给 {name} 的信", name="银行") == "给 银行 的信"


@pytest.mark.parametrize(
    ("spoken", "story", "names"),
    [("en", "甲。 乙。", "bank, tax office"), ("zh", "甲。乙。", "bank、tax office")],
)
def test_sentences_and_names_stand_together_as_the_language_has_it(monkeypatch, spoken, story, names):
    monkeypatch.setenv(i18n.VARIABLE, spoken)
    assert i18n.sentences("甲。", "", "乙。") == story
    assert i18n.listed(["bank", "tax office"]) == names
