"""Chapter 03's lab: the table is the cipher, the guess falls and holds, slots show what the arithmetic does."""

from math import gcd

import pytest

from fedlearn_edu.crypto.packing import Packing, slot_bits_for
from fedlearn_edu.errors import ArgumentError, ProtocolError
from fedlearn_edu.widgets.lab import lab
from fedlearn_edu.widgets.labs import joint_loss as play_of
from fedlearn_edu.widgets.labs.paillier import GUESSES, declare, heard
from fedlearn_edu.widgets.labs.paillier_panels import MEASURED_SIZES, SHOWN, Seconds, packed, page, summed_in_slots
from fedlearn_edu.wire.run import play

pytestmark = pytest.mark.filterwarnings("ignore::fedlearn_edu.crypto.paillier.InsecureKeyWarning")


@pytest.fixture
def small():
    laboratory = lab("03")
    laboratory.key_bits = 512
    return laboratory


def blocks(laboratory, panel):
    return {block["key"]: block for block in laboratory.shown["panels"][panel]}


def test_the_page_has_every_unit_of_225_once():
    assert sorted(c for column in page() for c in column) == [c for c in range(225) if gcd(c, 15) == 1]


def test_a_product_lies_in_the_column_of_the_sum_for_all_pairs():
    where = {c: m for m, column in enumerate(page()) for c in column}
    assert all(where[x * y % 225] == (where[x] + where[y]) % 15 for x in where for y in where)


@pytest.mark.parametrize(("u", "bank", "label"), [(3, 2, 4), (-10, 10, -10), (0, 0, 0)])
def test_the_decrypted_loss_is_plain_arithmetic(small, u, bank, label):
    small.share, small.bank_share, small.label = u, bank, label
    assert small.run().result == (u + bank - label) ** 2


def test_every_negative_number_has_a_true_minus(small):
    small.share = -10
    assert small.sentence().startswith("One customer's joint loss: (−10 + (−2))²")


def test_without_re_randomising_the_listener_finds_the_residual(small):
    small.re_randomise = False
    small.run()
    marked = [cell["label"] for cell in blocks(small, "guess")["guesses"]["cells"] if cell["text"] == "="]
    assert marked == ["−2"] and "(−2)" in small.sentence()


def test_re_randomised_no_guess_fits(small):
    small.run()
    cells = blocks(small, "guess")["guesses"]["cells"]
    assert len(cells) == len(GUESSES) == 41 and {cell["text"] for cell in cells} == {"≠"}


def test_the_listener_needs_nothing_but_what_travelled():
    run = play(play_of.joint_loss(3, 2, 4, key_bits=512))
    key, *vectors = heard(run)
    assert key == run.held_by("coordinator")["its public half"]
    assert [vector.decrypt(run.held_by("coordinator")["generate a key pair"].private) for vector in vectors] == [
        [3], [9], [1]]  # fmt: skip


def test_the_bounds_that_travel_are_the_same_for_every_secret():
    bounds = {heard(play(play_of.joint_loss(*secret, key_bits=512)))[3].bound for secret in [(3, 2, 4), (0, 9, -9)]}
    assert len(bounds) == 1


def test_the_wire_refuses_the_loss_without_the_lessons_lie(monkeypatch):
    monkeypatch.setattr(play_of, "replace", lambda vector, **changes: vector)
    with pytest.raises(ProtocolError, match="re-randomised"):
        play(play_of.joint_loss(3, 2, 4, key_bits=512, re_randomise=False))


def test_bank_and_tax_office_read_no_number():
    run = play(play_of.joint_loss(3, 2, 4, key_bits=512))
    for who in ("bank", "tax office", "eavesdropper"):
        assert not run.transcript.seen_by(who)["could read"].str.contains("decrypts").any()
    assert run.transcript.seen_by("coordinator")["could read"].tolist() == ["decrypts to 1"]


@pytest.mark.parametrize("total", [1, 10, 300, 8192])
def test_slots_that_fit_read_as_the_library_reads_them(total):
    bits = slot_bits_for(total)
    packing = Packing(bits, len(SHOWN), 2048)
    (plaintext,) = packing.pack([round(v * 2**24) for v in SHOWN])
    read = [f"{v / 2**24:.10g}" for v in packing.unpack([plaintext * total])]
    assert [text for text, _ in summed_in_slots(SHOWN, bits, total)] == read == [f"{v * total:.10g}" for v in SHOWN]


def test_a_sum_that_leaves_its_slot_spoils_its_neighbour():
    texts = [text for text, _ in summed_in_slots((0.25, -1.5, 0.125), slot_bits=32, total=300)]
    assert texts[0] == "75" and texts[1] != "-450" and texts[2] not in ("37.5", texts[1])


def test_a_width_is_called_fitting_exactly_when_the_library_would_choose_it_or_less():
    for total in (1, 10, 300, 8192, 100_000):
        tones = {bits: packed(bits, total)[1]["tone"] for bits in (16, 24, 32, 40, 48, 56, 64)}
        assert [bits for bits, tone in tones.items() if tone == "good"] == [
            bits for bits in tones if bits >= slot_bits_for(total)]  # fmt: skip


def test_the_longest_key_is_estimated_from_the_growth_that_was_measured():
    found = Seconds({1024: 1.0, 2048: 8.0, 3072: 27.0}, 2048, 1.0)  # cubic
    assert found.textbook(4096) / found.textbook(2048) == pytest.approx(8)


def test_after_a_run_all_measured_sizes_and_the_estimate_are_shown(small):
    small.run()
    labels = [row["text"] for row in blocks(small, "seconds")["seconds"]["rows"]]
    assert sum("measured" in text for text in labels) == len(MEASURED_SIZES) + 1
    assert sum("estimated" in text for text in labels) == 1


def test_every_switch_has_a_case_for_every_position_of_its_knob():
    spec = declare()
    shown = lab("03").shown["panels"]["packing"][0]
    widths = next(knob for knob in spec.knobs if knob.name == "slot_bits")
    totals = next(knob for knob in spec.knobs if knob.name == "total")
    assert list(shown["cases"]) == [str(bits) for bits in range(widths.least, widths.most + 1, widths.step)]
    assert all(list(case[0]["cases"]) == [str(total) for total in totals.options] for case in shown["cases"].values())


@pytest.mark.parametrize("scene", [one.name for one in declare().scenes])
def test_every_scene_opens_and_every_panel_is_drawn_with_words(scene):
    laboratory = lab("03", scene=scene)
    assert laboratory.scene == scene
    for panel in ("page", "guess", "packing", "seconds"):
        assert len(laboratory.figure(panel).alt) > 60


def test_a_position_outside_the_page_is_refused():
    with pytest.raises(ArgumentError, match="119"):
        lab("03").first = 120
