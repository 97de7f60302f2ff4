"""The sequence diagram: the same arrows as a figure and as Mermaid text."""

import pytest

from fedlearn_edu.wire.faults import Late
from fedlearn_edu.wire.run import play
from fedlearn_edu.wire.transcript import Transcript

from .small_protocols import mean_age, wages
from .test_transcript import letter


@pytest.fixture(scope="module")
def diagram():
    return play(wages()).transcript.diagram()


def test_the_mermaid_text_draws_every_message_and_tells_encrypted_from_open_by_the_line(diagram):
    assert diagram.mermaid.splitlines() == [
        "sequenceDiagram",
        '    participant p0 as "bank"',
        '    participant p1 as "tax"',
        '    participant p2 as "judge"',
        "    p0->>p1: 1 · key",
        "    p1->>p2: 1 · key, passed on",
        "    p1-->>p2: 2 · wages",
        "    p2-->>p0: 3 · doubled",
        "    p0->>p1: 4 · sums",
    ]


def test_the_figure_draws_every_message_and_tells_encrypted_from_open_by_line_and_colour(diagram):
    (axes,) = diagram.figure().axes
    arrows = [text.arrow_patch for text in axes.texts if getattr(text, "arrow_patch", None)]
    assert [arrow.get_linestyle() for arrow in arrows] == ["-", "-", "--", "--", "-"]
    assert len({arrow.get_edgecolor() for arrow in arrows}) == 2
    assert [text.get_text() for text in axes.texts if text.get_text()][:3] == ["bank", "tax", "judge"]


def test_a_notebook_gets_a_picture_and_the_text(diagram):
    bundle = diagram._repr_mimebundle_()
    assert bundle["image/png"].startswith(b"\x89PNG") and bundle["text/plain"] == diagram.mermaid


def test_a_long_diagram_says_how_many_messages_it_left_out():
    transcript = play(mean_age()).transcript
    cut = transcript.diagram(longest=5)
    assert len(cut.messages) == 5 and "and 9 more messages" in cut.mermaid
    assert any("9 more messages" in text.get_text() for text in cut.figure().axes[0].texts)
    assert len(transcript.diagram(round=2).messages) == 7


def test_a_late_message_says_so():
    run = play(mean_age(rounds=1), faults=[Late("clinic 2", round=1, step=2)])
    assert "p1->>p3: 2 · sum · too late" in run.transcript.diagram().mermaid


def test_odd_names_and_labels_break_neither_the_figure_nor_the_mermaid_text():
    transcript = Transcript(('the "bank"; #1', "tax\n$_$"))
    letter(transcript, sender='the "bank"; #1', receiver="tax\n$_$", label="$x_$ costs 5;\n#2")
    diagram = transcript.diagram()
    assert diagram.mermaid.splitlines() == [
        "sequenceDiagram",
        "    participant p0 as \"the 'bank', no. 1\"",
        '    participant p1 as "tax $_$"',
        "    p0->>p1: $x_$ costs 5, no. 2",
    ]
    assert diagram._repr_mimebundle_()["image/png"]
