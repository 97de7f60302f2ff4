"""In a language in which every message is wrapped, what stands unwrapped on a screen went round the catalogue."""

import re
import warnings

import pytest

import fedlearn_edu as fl
from fedlearn_edu.exercises.catalogue import CHAPTERS, exercises_of
from fedlearn_edu.exercises.progress import ProgressStore
from fedlearn_edu.exercises.sandbox import solution_function
from fedlearn_edu.widgets.labs import CHAPTERS as LABS
from fedlearn_edu.wire.transcript import EAVESDROPPER
from tests.locale import pseudo
from tests.locale.messages import messages
from tests.locale.screens import texts_on
from tests.locale.speaking import spoken

HOLES = re.compile(r"\{\w+\}")  # the page fills them in
BYTES = re.compile(r"\b[0-9a-f]{8,}\b|\b(?:[0-9a-f]{2} ){3,}")
WORD = re.compile(r"[A-Za-z]{3,}")
NO_WORDS = {  # what is the same in every language
    "min": "minutes", "True": "Python's", "False": "Python's",
    "Ann": "a customer's name", "Cem": "a customer's name", "Dina": "a customer's name", "Eva": "a customer's name",
    "Paillier": "with a fingerprint it is the name of a key",
    "Python": "a name", "ipywidgets": "a name", "anywidget": "a name", "gmpy": "a name", "Flower": "a name",
    "WenQuanYi": "a font", "Micro": "a font", "Hei": "a font",
}  # fmt: skip
OFFERS = "'200 more from your suburb', '40 from the whole town'"  # what the function of exercise 01.3 has to return
SCHEMES = ("plain", "masked", "paillier")  # what the function of exercise 04.2 is given


@pytest.fixture(scope="module", autouse=True)
def wrapped(tmp_path_factory):
    """The wrapped language in force."""
    with spoken(tmp_path_factory.mktemp("catalogue"), {message: pseudo.wrapped(message) for message in messages()}):
        yield


@pytest.fixture
def store(tmp_path):
    return ProgressStore(tmp_path / "progress.json")


def bare_words(text, *known):
    found = WORD.findall(BYTES.sub("", HOLES.sub("", pseudo.outside(text))))
    return [word for word in found if word not in NO_WORDS and word not in " ".join(known)]


def unwrapped(widget, *known):
    """Places on a widget's screen with words that are in no catalogue."""
    return {f"{where}: {text}" for where, text in texts_on(widget) if bare_words(text, *known)}


def test_the_check_sees_a_text_that_went_round_the_catalogue():
    lab = fl.lab("00")
    assert not unwrapped(lab)
    lab.promise = "A run takes about 3 s."
    assert unwrapped(lab) == {"promise: A run takes about 3 s."}


@pytest.mark.parametrize("chapter", LABS)
def test_a_lab_says_nothing_round_the_catalogue(chapter):
    lab = fl.lab(chapter)
    assert not unwrapped(lab)
    for scene in lab.scenes:
        lab._prepare(scene)
        lab._complete()
        assert not unwrapped(lab), scene
        assert not bare_words(f"{lab!r} {lab.sentence()}") and not bare_words(lab.figure().alt), scene


@pytest.mark.parametrize("chapter", [chapter for chapter in LABS if chapter not in ("02-which",)])
def test_a_lab_that_has_run_says_nothing_round_the_catalogue(chapter):
    lab = fl.lab(chapter)
    if lab._spec.protocol is None:
        assert "runs" in lab.declared and not lab.declared["runs"]
        return
    lab.run()
    assert lab.status["state"] == "finished" and not unwrapped(lab)


def test_a_lab_tells_of_wrong_settings_and_of_what_it_is_doing_in_the_language():
    lab = fl.lab("04")
    lab.set_state({"parties": 99})
    assert lab.problem["text"] and not unwrapped(lab, "parties")
    assert "99" in lab.problem["text"]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_questions_and_exercises_say_nothing_round_the_catalogue(chapter, store):
    question = fl.question(chapter, store=store)
    assert not unwrapped(question) and not bare_words(repr(question))
    again = fl.question(chapter, revisit=True, store=store)
    again.show_answers()
    assert again.verdicts and not unwrapped(again)
    for exercise in exercises_of(chapter):
        card = fl.exercise(exercise.id, store=store)
        for _ in exercise.hints:
            card.hint()
        card.show_solution()
        assert card.solution and not unwrapped(card, exercise.function), exercise.id
        assert not bare_words(repr(card))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_verdicts_say_nothing_round_the_catalogue(chapter, store):
    for exercise in exercises_of(chapter):
        card = fl.exercise(exercise.id, store=store)
        wrong = (solution_function(one.solution, exercise.function, one.name) for one in exercise.misconceptions)
        for function in (exercise.stub_function(), *wrong, exercise.solved(), lambda: 1, lambda *_: "odd"):
            verdict = card.check(function)
            known = (exercise.function, exercise.solution, "odd", OFFERS, *SCHEMES)
            raised = verdict.details.partition("\n")[0] if "Error" in verdict.details else ""
            assert not bare_words(f"{verdict.sentence} {verdict.details}", *known, raised), (exercise.id, verdict)


def runs():
    hospitals = fl.split_rows(fl.load("breast_cancer"), parties=4, seed=1)
    scaled = fl.play(fl.standardise(hospitals, aggregation=fl.masked_sum())).result
    bank, tax_office = fl.split_columns(fl.load("breast_cancer").take(range(80)), overlap=0.9, seed=7)
    aligned = fl.play(fl.align(bank, tax_office)).result
    source, target = fl.split_both(fl.two_classes(fl.load("digits").take(range(300))), overlap=0.2, seed=7)
    common = fl.play(fl.align(source, target)).result
    yield "masks", fl.Run(
        fl.fedavg(scaled, rounds=2, aggregation=fl.masked_sum()), faults=[fl.Drop("hospital 2", round=2, before_step=3)]
    )
    yield "paillier", fl.Run(fl.fedavg(scaled, rounds=1, aggregation=fl.paillier_sum(key_bits=512)))
    yield "travelling", fl.Run(fl.travelling(scaled, model="logistic", tours=1))
    yield "ecdh", fl.Run(fl.align(bank, tax_office))
    yield "rsa", fl.Run(fl.align(bank, tax_office, method="rsa", key_bits=1024))
    yield "hashed", fl.Run(fl.align(bank, tax_office, method="hashed"))
    few = [party.standardised() for party in aligned]
    settings = {"epochs": 1, "guard": False, "key_bits": 512}
    yield "vertical", fl.Run(fl.vertical_logistic(*few, **settings, mask=1.0))
    yield "without", fl.Run(fl.vertical_logistic(*few, coordinator=None, **settings))
    small = {"dimensions": 2, "iterations": 1, "key_bits": 512, "guard": False}
    yield "transfer", fl.Run(fl.transfer(source, target, common=common, **small))


@pytest.fixture(scope="module")
def played():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name: run.finish() for name, run in runs()}


NAMES = ("masks", "paillier", "travelling", "ecdh", "rsa", "hashed", "vertical", "without", "transfer")


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_says_nothing_round_the_catalogue(name, played):
    run = played[name]
    stage = fl.stage(run)
    assert not unwrapped(stage)
    for eyes in ("everyone", EAVESDROPPER, *run.transcript.parties):
        stage.eyes = eyes
        for place in range(0, len(run.transcript.entries) + 1):
            stage.position = place
            assert not bare_words(stage.sentence()), stage.sentence()


@pytest.mark.parametrize("name", NAMES)
def test_tables_and_diagrams_say_nothing_round_the_catalogue(name, played):
    transcript = played[name].transcript
    for table in (transcript.table(work=True), transcript.seen_by(EAVESDROPPER), transcript.by_step()):
        cells = [cell for row in table.told().itertuples() for cell in row if isinstance(cell, str)]
        assert not [cell for cell in cells if bare_words(cell)]
    labels = [line.partition(": ")[2] for line in transcript.diagram().mermaid.splitlines() if ": " in line]
    assert labels and not [label for label in labels if bare_words(label)]


def test_the_doctor_and_the_table_of_progress_say_nothing_round_the_catalogue(tmp_path, store):
    report = fl.doctor(tmp_path)
    assert not bare_words(repr(report), tmp_path.name), report
    assert not unwrapped(fl.progress(store=store))
