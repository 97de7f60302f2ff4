"""Which language is spoken, and that errors and labels are told in it while programs read English."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

import fedlearn_edu as fl
from fedlearn_edu import fonts, i18n
from fedlearn_edu.errors import ArgumentError, DataError, FedLearnError, PartyDropped
from fedlearn_edu.wire.transcript import Transcript
from tests.clock import least_seconds
from tests.locale.speaking import forget, spoken

CHECKOUT = Path(__file__).parents[1]
TOLD = {
    "skew goes from 0 to 1, and was {0}.": "skew 应在 0 到 1 之间，而它是 {0}。",
    "{0} is gone at step {1}.": "{0} 在第 {1} 步掉线。",
    "{0} is gone at step {1}, where {2} was expected from it.": "{0} 在第 {1} 步掉线，本该由它发送 {2}。",
    "{0} took no part in this run.": "{0} 没有参与这次运行。",
    "The parties are {0}.": "参与方是 {0}。",
    "{0} and {1} differ.": "{1} 与 {0} 不同。",
    "No braces {{here}} but {0}.": "没有 {{这里}}，只有 {0}。",
    "server": "服务器", "hospital": "医院", "update": "更新", "a number": "一个数", "rows": "行",
    "mail for {0}": "给{0}的信", "gradient": "梯度", "gradient, small mask": "小掩码梯度",
    "{0}, decrypted": "{0}，已解密", "{0} {1}, decrypted": "{0}{1}，已解密",
    "FedAvg ({0}, {1})": "联邦平均（{0}，{1}）", "logistic": "逻辑回归", "no encryption": "不加密",
    "Run": "运行", "Round {round}": "第 {round} 轮",
}  # fmt: skip


@pytest.fixture
def chinese(tmp_path, monkeypatch):
    with spoken(tmp_path, TOLD):
        yield


# --- which language


@pytest.fixture
def nobody_chose(monkeypatch):
    for name in (i18n.VARIABLE, i18n.NOTEBOOK):
        monkeypatch.delenv(name, raising=False)
    i18n.notebooks_language.cache_clear()
    yield
    i18n.notebooks_language.cache_clear()


@pytest.mark.parametrize(
    ("notebook", "language"),
    [
        ("/home/ada/course/zh/04_hospitals.ipynb", "zh"),
        ("/home/ada/course/en/04_hospitals.ipynb", "en"),
        ("/home/zh/course/en/04_hospitals.ipynb", "en"),
        ("/home/ada/my.ipynb", "en"),
        ("3f6c1d1e-console", "en"),
    ],
)
def test_a_notebook_speaks_the_language_of_its_folder(nobody_chose, monkeypatch, notebook, language):
    monkeypatch.setenv(i18n.NOTEBOOK, notebook)
    assert i18n.language() == language


def test_where_jupyter_says_no_path_a_kernel_goes_by_its_folder(nobody_chose, monkeypatch, tmp_path):
    (tmp_path / "zh").mkdir()
    monkeypatch.chdir(tmp_path / "zh")
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    assert i18n.language() == "en"  # a terminal in somebody's folder zh is no notebook
    i18n.notebooks_language.cache_clear()
    monkeypatch.setitem(sys.modules, "ipykernel", object())
    assert i18n.language() == "zh"
    monkeypatch.chdir(tmp_path)
    assert i18n.language() == "zh"  # a cell may go elsewhere


def test_what_was_chosen_comes_before_the_notebooks_folder(nobody_chose, monkeypatch):
    monkeypatch.setenv(i18n.NOTEBOOK, "/course/zh/04.ipynb")
    fl.set_language("en")
    assert i18n.language() == "en"
    fl.set_language(None)
    assert i18n.language() == "zh"
    with i18n.speaking("en"):
        assert i18n.language() == "en"
    assert i18n.language() == "zh"


def test_the_locale_of_the_computer_says_nothing(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name not in (i18n.VARIABLE, i18n.NOTEBOOK)}
    environment |= {"LANG": "zh_CN.UTF-8", "LC_ALL": "zh_CN.UTF-8", "LANGUAGE": "zh", "PYTHONPATH": str(CHECKOUT)}
    code = "from fedlearn_edu.i18n import language; print(language())"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == "en\n"


# --- texts


def test_say_fills_its_values_into_the_translation(chinese):
    assert i18n.say("Run") == "运行" and i18n.say("Round {round}", round=3) == "第 3 轮"
    assert i18n.say("Nobody translated {this}.", this="me") == "Nobody translated me." and i18n.say("") == ""


def test_english_asks_no_catalogue_and_costs_a_microsecond_or_so(monkeypatch):
    def nobody(spoken):
        raise AssertionError("a catalogue was read")

    monkeypatch.setattr(i18n, "catalogue", nobody)
    monkeypatch.setenv(i18n.VARIABLE, "en")

    def speak():
        for _ in range(1000):
            i18n.say("Run")
            i18n.retell("update")
            str(ArgumentError("skew goes from 0 to 1, and was 3.", "Use 0."))

    assert least_seconds(speak) < 0.2


def test_a_catalogue_is_read_once(chinese, monkeypatch):
    i18n.say("Run")
    monkeypatch.setattr("gettext.translation", lambda *_, **__: pytest.fail("it was read again"))
    assert i18n.say("Run") == "运行"


# --- errors


def test_an_error_is_shown_in_the_language_and_read_in_english(chinese):
    with pytest.raises(ArgumentError) as caught:
        fl.split_rows(fl.load("breast_cancer"), parties=4, skew=3)
    error = caught.value
    assert str(error).splitlines()[0] == "skew 应在 0 到 1 之间，而它是 3。"
    assert error.problem == "skew goes from 0 to 1, and was 3." and error.args == (error.problem, error.remedy)
    with i18n.speaking("en"):
        assert str(error) == f"{error.problem}\n    {error.remedy}"


def test_a_label_in_quotation_marks_is_told_where_a_learner_reads_it_and_stays_in_an_error(chinese):
    gone = PartyDropped("hospital 2", 3, "update")
    assert i18n.retell(gone.problem) == "医院 2 在第 3 步掉线，本该由它发送 “更新”。"
    assert i18n.retell(PartyDropped("bank", 3, "own label").problem).endswith("本该由它发送 'own label'。")
    assert "'update'" in str(gone)


def test_an_error_with_arguments_of_its_own_is_shown_in_the_language_too(chinese):
    error = PartyDropped("hospital 2", 3, "update")
    assert str(error).startswith("hospital 2 在第 3 步掉线，本该由它发送 'update'。")
    assert error.args == ("hospital 2", 3, "update")
    assert str(PartyDropped("bank", 3)).startswith("bank 在第 3 步掉线。")


def test_what_a_caller_has_to_write_stays_as_it_has_to_be_written(chinese):
    with pytest.raises(ArgumentError) as caught:
        Transcript(("server", "hospital 1")).seen_by("bank")
    assert str(caught.value) == "'bank' 没有参与这次运行。\n    参与方是 server, hospital 1, eavesdropper。"


def test_a_sentence_that_nobody_translated_stays_english(chinese):
    error = DataError("The moon is made of 3 cheeses.", "Look again.")
    assert str(error) == "The moon is made of 3 cheeses.\n    Look again."


@pytest.mark.parametrize("odd", ["{0}", "{", "}}", "{name}", r"a(b)*c\d+[x", "$1", "\\1", "two\nlines", "", "%s"])
def test_whatever_stands_in_a_hole_survives(chinese, odd):
    assert str(FedLearnError(f"{odd} and bank differ.")) == f"bank 与 {odd} 不同。"
    assert str(FedLearnError(f"No braces {{here}} but {odd}.")) == f"没有 {{这里}}，只有 {odd}。"


def test_a_traceback_shows_the_language(chinese):
    import traceback

    error = ArgumentError("skew goes from 0 to 1, and was 3.", "")
    assert "skew 应在 0 到 1 之间" in "".join(traceback.format_exception(error))


# --- labels, names, tables


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("server", "服务器"),
        ("hospital 12", "医院 12"),
        ("mail for hospital 2", "给医院 2的信"),
        ("mail for my aunt", "给my aunt的信"),
        ("rows: a number; update: 31", "行：一个数；更新：31"),
        ("rows: a number; colour: a number", "行：一个数；colour：一个数"),
        ("FedAvg (logistic, no encryption)", "联邦平均（逻辑回归，不加密）"),
        ("gradient, small mask, decrypted", "小掩码梯度，已解密"),
        ("Ann's own label", "Ann's own label"),
        ("12.5", "12.5"),
        ("", ""),
    ],
)
def test_data_are_retold_as_far_as_they_are_known(chinese, text, told):
    assert i18n.retell(text) == told
    with i18n.speaking("en"):
        assert i18n.retell(text) == text


def test_a_table_holds_english_and_shows_the_language(chinese):
    transcript = Transcript(("hospital 1", "server"))
    ends = {"sender": "hospital 1", "receiver": "server"}
    transcript.add_message(**ends, label="update", value=3.5, body=b"...", seconds=0, step=1)
    table = transcript.table().query("what == 'update'")[["from", "to", "what"]]
    assert table.values.tolist() == [["hospital 1", "server", "update"]]
    for shown in (repr(table), table.to_string(), table._repr_html_(), table.set_index("from").to_html()):
        assert "医院 1" in shown and "服务器" in shown and "更新" in shown and "update" not in shown
        assert "what" in shown  # names of columns are what a learner types
    with i18n.speaking("en"):
        assert "hospital 1" in repr(table)


def test_a_stage_shows_names_and_labels_and_keeps_what_code_compares(chinese):
    hospitals = fl.split_rows(fl.load("breast_cancer"), parties=2, seed=1)
    run = fl.play(fl.fedavg(hospitals, rounds=1, learning_rate=1e-6, aggregation=fl.plain_sum()))
    stage = fl.stage(run, eyes="server", round=1, step=3)
    assert "医院 1、医院 2" in stage.sentence() and "更新" in stage.sentence() and "hospital" not in stage.sentence()
    assert stage.eyes == "server" and stage.declared["parties"] == ["hospital 1", "hospital 2", "server"]
    assert stage.declared["called"] == {"hospital 1": "医院 1", "hospital 2": "医院 2", "server": "服务器"}
    assert stage.declared["title"] == "联邦平均（逻辑回归，不加密）"
    assert '"医院 1"' in run.transcript.diagram().mermaid and run.transcript.messages[0].sender == "hospital 1"


# --- figures


def texts_of(figure):
    from matplotlib.text import Text

    return " ".join(text.get_text() for text in figure.findobj(Text))


@pytest.fixture
def stage():
    hospitals = fl.split_rows(fl.load("breast_cancer"), parties=2, seed=1)
    run = fl.play(fl.fedavg(hospitals, rounds=1, learning_rate=1e-6, aggregation=fl.plain_sum()))
    return fl.stage(run, round=1, step=3)


def test_figures_draw_chinese_without_boxes(chinese, stage, recwarn):
    if not fonts.chinese_fonts():
        pytest.skip("no Chinese font is installed here")
    for drawn in (stage.figure(), stage.transcript.diagram(), fl.lab("04").figure()):
        assert drawn._repr_mimebundle_()
    assert "更新" in texts_of(stage.figure().figure) and "医院 1" in texts_of(stage.transcript.diagram().figure())
    assert not [str(one.message) for one in recwarn if "missing from" in str(one.message)]


def test_bold_text_in_a_font_of_one_weight_is_nothing_to_warn_of(chinese, stage, caplog):
    """Logged once for each font: so look at what is let through, not at whether it happens to be said again."""
    bold = "findfont: Failed to find font weight bold for WenQuanYi Micro Hei, now using 400."
    with fonts.figure_texts():
        logging.getLogger("matplotlib.font_manager").warning(bold)
        logging.getLogger("matplotlib.font_manager").warning("findfont: Font family 'None' not found.")
    assert [record.getMessage() for record in caplog.records] == ["findfont: Font family 'None' not found."]
    logging.getLogger("matplotlib.font_manager").warning(bold)  # and afterwards it is as it was
    assert caplog.records[-1].getMessage() == bold


def test_without_a_chinese_font_figures_are_english_all_through(chinese, stage, monkeypatch, recwarn):
    monkeypatch.setattr(fonts, "CHINESE_FONTS", ())
    lab = fl.lab("04")
    for drawn in (stage.figure(), lab.figure("cost"), lab.figure("learning")):
        assert texts_of(drawn.figure).isascii() or not any("一" <= sign <= "鿿" for sign in texts_of(drawn.figure))
        drawn._repr_mimebundle_()
    assert "hospital 1" in texts_of(stage.transcript.diagram().figure())
    assert i18n.language() == "zh" and "医院 1" in stage.sentence()
    assert not [str(one.message) for one in recwarn if "missing from" in str(one.message)]


def test_without_a_catalogue_the_course_is_english(tmp_path, monkeypatch):
    monkeypatch.setattr(i18n, "CATALOGUES", tmp_path / "nowhere")
    forget()
    with i18n.speaking("zh"):
        assert i18n.say("Run") == "Run" and str(FedLearnError("It broke.", "Mend it.")) == "It broke.\n    Mend it."
    forget()
