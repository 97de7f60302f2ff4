"""In Chinese, what stands for a picture has Chinese punctuation, and numbers have Chinese units."""

import re

import pytest

import fedlearn_edu as fl
from fedlearn_edu.i18n import VARIABLE, in_turn, sentences
from fedlearn_edu.widgets.blocks import in_seconds
from fedlearn_edu.widgets.labs import CHAPTERS as LABS

CHINESE = "[\u4e00-\u9fff”）]"
FOREIGN = re.compile(rf"{CHINESE}[.,;:?!]|[,;:] {CHINESE}|。[.。 ]|[“”（），；：。、] | [，；：。、]|\d %")


@pytest.fixture(autouse=True)
def chinese(monkeypatch):
    monkeypatch.setenv(VARIABLE, "zh")


@pytest.mark.parametrize("chapter", LABS)
def test_every_panel_of_a_lab_is_told_in_chinese_signs(chapter):
    lab = fl.lab(chapter)
    told = {panel: lab.figure(panel).alt for panel in (one["name"] for one in lab.declared["panels"])}
    assert told and not {panel: text for panel, text in told.items() if FOREIGN.search(text)}


def test_several_things_are_told_in_turn():
    assert in_turn([("银行", "3 行"), ("税务局", "4 行")]) == "银行：3 行；税务局：4 行"
    assert sentences("跑完了。", "", "没有丢东西。") == "跑完了。没有丢东西。"


def test_a_time_has_chinese_units():
    assert [in_seconds(seconds).replace("\N{NO-BREAK SPACE}", " ") for seconds in (0.0042, 0.5, 2.93, 75, 119.7)] == [
        "4.2 毫秒", "500 毫秒", "2.9 秒", "1 分 15 秒", "2 分 0 秒",
    ]  # fmt: skip
