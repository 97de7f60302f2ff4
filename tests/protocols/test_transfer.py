"""Transfer under encryption: the same steps as in the clear, and only ciphertexts and masked sums on the wire."""

import math
import warnings
from dataclasses import replace

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.crypto import group_sums
from fedlearn_edu.crypto.joint_sums import MaskRule, residues_from_bytes
from fedlearn_edu.crypto.paillier import EncryptedVector, PublicKey, decode, generate_keys
from fedlearn_edu.data import Alignment, Dataset, Party
from fedlearn_edu.errors import ArgumentError, Cancelled, DataError, Diverged, ProtocolError, UnsafeBatch
from fedlearn_edu.learning import transfer_loss
from fedlearn_edu.protocols import _transfer
from fedlearn_edu.wire.endpoint import play_apart

from ..oracles import Remembered, assert_same_messages, decoded, find_planted, fixed, leaves, looks_uniform, received

SMALL = {
    "dimensions": 3,
    "iterations": 3,
    "learning_rate": 0.5,
    "alignment": 0.1,
    "l2": 0.02,
    "tolerance": 0,
    "seed": 4,
}


class Kept(Remembered):
    """Remembers under which label a party came to a value, too."""

    def __init__(self, protocol, **options):
        super().__init__(protocol, **options)
        self.labelled = []

    def _keep(self, party, label, value):
        super()._keep(party, label, value)
        self.labelled.append((party, label, value))


def kept(protocol):
    return Kept(protocol).finish()


def two(common=12, own=5, columns=(2, 3), seed=1):
    """A source and a target that see one hidden thing each in columns of their own; the common rows first."""
    rng = np.random.default_rng(seed)
    hidden = rng.standard_normal((common + 2 * own, 2))
    at_source, at_target = np.arange(common + own), np.r_[np.arange(common), np.arange(common + own, common + 2 * own)]
    tables = []
    for rows, p in ((at_source, columns[0]), (at_target, columns[1])):
        X = hidden[rows] @ rng.standard_normal((2, p)) + 0.3 * rng.standard_normal((len(rows), p))
        labels = (hidden[rows, 0] > 0).astype(int) if not tables else None
        names = [f"{'st'[len(tables)]}{k}" for k in range(p)]
        classes = ("no", "yes") if not tables else ()
        tables.append(Dataset("made", 3 * X + 7, labels, [f"row {i:03d}" for i in rows], names, classes))
    return Party("shop", tables[0]), Party("cinema", tables[1])


def protocol(parties=None, common=12, key_bits=256, **changes):
    source, target = parties or two()
    return fl.transfer(source, target, common=common, key_bits=key_bits, **{**SMALL, **changes})


@pytest.fixture(scope="module")
def run():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return kept(protocol())


@pytest.fixture(scope="module")
def real_run():
    """At 2048 bits, where sums fold into few ciphertexts: 30 rows, 4 + 5 columns, two rounds."""
    return kept(protocol(two(30, 4, (4, 5)), common=30, key_bits=2048, iterations=2))


def standardised(table):
    return (table.features - table.features.mean(axis=0)) / table.features.std(axis=0)


def plain(run):
    """The same training in the clear."""
    source, target = run.protocol.parties
    N, plan = run.protocol.arguments["setting"].common, run.protocol.arguments["setting"].plan
    y = 2.0 * source.data.labels - 1
    return transfer_loss.train_plainly(standardised(source.data), y, standardised(target.data)[:N], plan)


# ----------------------------------------------------------------------------------------------- the numbers are right


def test_four_rows_and_five_dimensions_by_hand():
    """Loss and both gradients of one step, from the formula alone: sums over rows, and differences for gradients."""
    settings = {**SMALL, "dimensions": 5, "iterations": 1, "alignment": 0.3, "l2": 0.04}
    source, target = two(common=4, own=2, columns=(2, 3))
    found = fl.play(fl.transfer(source, target, common=4, key_bits=256, guard=False, **settings))
    X, Z, y = standardised(source.data), standardised(target.data)[:4], 2.0 * source.data.labels - 1
    plan = found.protocol.arguments["setting"].plan
    starts = [plan.starts(2, "source")[1], plan.starts(3, "target")[1]]

    def loss(w, v):
        U = [[math.tanh(x @ w[2 * k : 2 * k + 2] + w[10 + k]) for k in range(5)] for x in X]
        V = [[math.tanh(z @ v[3 * k : 3 * k + 3] + v[15 + k]) for k in range(5)] for z in Z]
        Phi = [sum(yi * u[k] for yi, u in zip(y, U, strict=True)) / 6 for k in range(5)]
        total = 0.0
        for i in range(4):
            phi = sum(Phi[k] * V[i][k] for k in range(5))
            total += math.log(2) - y[i] * phi / 2 + phi**2 / 8 + 0.3 * sum((U[i][k] - V[i][k]) ** 2 for k in range(5))
        return total / 4 + 0.02 * (sum(a * a for a in w[:10]) + sum(a * a for a in v[:15]))

    assert found.history["loss"].iloc[0] == pytest.approx(loss(*starts), abs=1e-6)
    for role, place, size in (("source", 0, 15), ("target", 1, 20)):
        slope = []
        for e in 1e-6 * np.eye(size):
            up, down = list(starts), list(starts)
            up[place], down[place] = starts[place] + e, starts[place] - e
            slope.append((loss(*up) - loss(*down)) / 2e-6)
        moved = (starts[place] - found.result[role].weights) / 0.5
        assert np.abs(moved - slope).max() < 1e-6


@pytest.mark.parametrize("which", ["run", "real_run"])
def test_every_decrypted_sum_equals_python_integers_exactly(which, request):
    run = request.getfixturevalue(which)
    setting = run.protocol.arguments["setting"]
    N, plan, iterations = setting.common, setting.plan, setting.plan.iterations
    y = 2.0 * run.protocol.parties[0].data.labels - 1
    held = {name: [v for p, v in run.everything if p == name] for name in run.protocol.names}
    sides = {name: [v for v in held[name] if isinstance(v, _transfer.Side)] for name in held}
    gradients = {name: gradients_at(run, name) for name in held}
    for t in range(iterations):
        shop, cinema = sides["shop"][t], sides["cinema"][t]
        U, V = shop.places(), cinema.places()
        Phi = transfer_loss.prototype(U, y)
        T = shop.encoder.network.slopes(shop.encoder.weights, shop.X)
        factors = transfer_loss.factors_of_source(T, Phi, y, N, plan)
        assert np.array_equal(gradients["shop"][t], sums_in_integers(factors, V.T @ V, V))
        T = cinema.encoder.network.slopes(cinema.encoder.weights, cinema.X)
        mixed = -0.5 * y[:N, None] * Phi + plan.cross * U[:N]
        expected = sums_in_integers(transfer_loss.factors_of_target(T, V), 0.25 * np.outer(Phi, Phi), mixed)
        assert np.array_equal(gradients["cinema"][t], expected)


def gradients_at(run, name):
    """What a party had in its hands, round by round, after taking the mask off."""
    return [value for party, label, value in run.labelled if (party, label) == (name, "gradient, its mask off")]


def sums_in_integers(factors, M, v):
    """Σ_m s_lm·M_ml + Σ_i r_li·v_il with numbers at 2^−40 and factors at 2^−24, in Python's integers."""
    d, found = len(M), []
    for m in range(d):
        bases = [*fixed(M[:, m], 40), *fixed(v[:, m], 40)]
        rows = [*factors.square[m], *factors.rows[m]]
        for k in range(factors.rows.shape[2]):
            found.append(sum(f * b for f, b in zip(fixed([row[k] for row in rows]), bases, strict=True)))
    return decode(found, 64)


@pytest.mark.parametrize("which", ["run", "real_run"])
def test_one_round_differs_from_float64_by_no_more_than_the_encoding(which, request):
    run = request.getfixturevalue(which)
    setting = run.protocol.arguments["setting"]
    N, d, rate = setting.common, setting.plan.dimensions, setting.plan.learning_rate
    before, after = plain(run)[:2]
    weights = run.reported("weights")[0]
    U_max = 1.0  # |u| < 1, |M| ≤ N, |factors| ≤ N·|x|
    x = max(np.abs(standardised(party.data)).max() for party in run.protocol.parties) + 1
    largest = N * max(x, 1.0)
    step = d * (N * 2.0**-25 + largest * 2.0**-41) + N * (U_max * 2.0**-25 + largest * 2.0**-41)
    assert np.abs(weights["shop"] - after.source).max() <= rate * step / N + 1e-12
    assert np.abs(weights["cinema"] - after.target).max() <= rate * step / N + 1e-12
    terms = d * d * (N * 2.0**-41 + 2.0**-41) + N * d * (2.0**-41 + 2.0**-41)
    assert abs(run.history["loss"].iloc[0] - before.loss) <= terms / N + 1e-12


def test_a_whole_run_follows_training_in_the_clear_and_both_stop_at_the_same_round():
    changes = {"iterations": 60, "tolerance": 2e-3, "learning_rate": 2.0}
    run = fl.play(protocol(**changes))
    moments = plain(run)
    assert 3 < len(run.history) < 60
    assert len(moments) == len(run.history) + 1
    assert np.allclose(run.history["loss"], [m.loss for m in moments[:-1]], atol=1e-5)
    assert np.abs(run.result["target"].weights - moments[-1].target).max() < 1e-4


def test_the_product_form_of_the_alignment_follows_the_clear_one_too():
    run = fl.play(protocol(distance=False))
    moments = plain(run)
    assert np.allclose(run.history["loss"], [m.loss for m in moments[:-1]], atol=1e-6)
    assert np.abs(run.result["source"].weights - moments[-1].source).max() < 1e-6


def test_other_names_and_an_alignment_lead_to_the_same_result_as_the_rows_in_order(run):
    source, target = two()
    rng = np.random.default_rng(0)
    mixed = [replace(party, data=party.data.take(rng.permutation(party.data.rows))) for party in (source, target)]
    halves = [party.take(np.arange(12)) for party in two()]
    mark = Alignment("0123456789abcdef", ("shop", "cinema"))
    halves = [replace(half, alignment=mark) for half in halves]
    aligned = fl.play(protocol(tuple(mixed), common=halves))
    # the order of the other rows differs, and with it the last bits of means
    assert np.allclose(aligned.history["loss"], run.history["loss"], atol=1e-9)


def test_a_bank_teaches_a_tax_office_by_every_fiftieth_customer():
    bank, tax_office = fl.split_both(fl.load("bank_tax"), overlap=0.02, seed=7, names=("bank", "tax office"))
    settings = {"dimensions": 2, "iterations": 4, "learning_rate": 2.0}
    run = fl.play(protocol((bank, tax_office), common=fl.in_common(bank, tax_office), **settings))
    assert run.protocol.names == ("bank", "tax office")
    assert run.history["loss"].iloc[-1] < run.history["loss"].iloc[0]


def test_common_rows_in_two_orders_run_without_an_error_and_learn_nonsense():
    settings = {"iterations": 20, "learning_rate": 3.0, "alignment": 0.01, "l2": 0.003}
    source, target = two(40, 10, (3, 3))
    right = fl.play(protocol((source, target), common=40, **settings)).history["loss"].iloc[-1]
    order = np.r_[np.random.default_rng(3).permutation(40), np.arange(40, 50)]
    wrong = fl.play(protocol((source, target.take(order)), common=40, **settings)).history["loss"].iloc[-1]
    assert right < 0.5 < wrong


# ----------------------------------------------------------------------------------------------- who sees what


def secrets_of(run):
    """What must not be seen on the way: rows, places, weights, Φ, components, gradients."""
    numbers = [standardised(party.data).ravel() for party in run.protocol.parties]
    numbers += [party.data.features.ravel() for party in run.protocol.parties]
    for _, value in run.everything:
        if isinstance(value, _transfer.Side):
            numbers += [value.encoder.weights, value.places().ravel()]
        elif isinstance(value, np.ndarray) and value.dtype == np.float64:
            numbers.append(value.ravel())
    y = 2.0 * run.protocol.parties[0].data.labels - 1
    side = next(v for _, v in run.everything if isinstance(v, _transfer.Side) and v.y is not None)
    numbers.append(transfer_loss.prototype(side.places(), y))
    values = np.concatenate(numbers)
    return values[np.abs(values) > 1e-3]


@pytest.mark.parametrize("which", ["run", "real_run"])
def test_no_row_place_weight_or_gradient_crosses_the_wire_in_any_form(which, request):
    run = request.getfixturevalue(which)
    assert find_planted(run.transcript, secrets_of(run), scales=(24, 40, 64, 80), factors=(1, -0.5, 0.25)) == []


def nothing_random(key, count):
    yield count, count
    return [1] * count


def test_the_same_search_finds_them_in_ciphertexts_without_randomness(monkeypatch):
    monkeypatch.setattr(PublicKey, "random_factors", nothing_random)
    run = kept(protocol())
    found = find_planted(run.transcript, secrets_of(run), scales=(24, 40, 64, 80))
    assert "a ciphertext without randomness" in {form for _, form in found}


def test_only_keys_ciphertexts_masked_sums_and_one_public_word_travel(run):
    kinds = {(message.label, type(leaf)) for message, value in decoded(run.transcript) for leaf in leaves(value)}
    assert kinds == {
        ("public key of the shop", PublicKey), ("public key of the cinema", PublicKey),
        ("encrypted components", EncryptedVector), ("masked gradient", EncryptedVector),
        ("masked loss", EncryptedVector),
        ("masked gradient, decrypted", bytes), ("masked loss, decrypted", bytes), ("go on?", str),
    }  # fmt: skip


def test_each_ciphertext_is_under_the_key_that_the_paper_says(run):
    keys = {m.sender: v for m, v in decoded(run.transcript) if m.label.startswith("public key")}
    other = {"shop": "cinema", "cinema": "shop"}
    for message, value in decoded(run.transcript):
        for leaf in leaves(value):
            if isinstance(leaf, EncryptedVector):
                owner = message.sender if message.label == "encrypted components" else other[message.sender]
                assert leaf.public_key == keys[owner]


def test_no_ciphertext_and_no_residue_comes_twice(run):
    seen = []
    for _, value in decoded(run.transcript):
        for leaf in leaves(value):
            seen += list(leaf.ciphertexts) if isinstance(leaf, EncryptedVector) else []
            seen += [leaf[at : at + 32] for at in range(0, len(leaf), 32)] if isinstance(leaf, bytes) else []
    assert len(seen) > 300 and len(seen) == len(set(seen))


def helper_saw(run, owner, what="gradient"):
    """What the other decrypted for a party, round by round."""
    key = next(v for m, v in decoded(run.transcript) if m.label.startswith("public key") and m.sender != owner)
    word = "masked" if "UNSAFE: no mask" not in run.protocol.title else "unmasked"
    texts = [v for m, v in decoded(run.transcript, owner) if m.label == f"{word} {what}, decrypted"]
    return [residues_from_bytes(text, key) for text in texts], key


def gradients_show_through(run):
    """Whether what the helper decrypts, read as numbers, is the gradient; or changes by as much as that does."""
    (seen, key), true = helper_saw(run, "cinema"), gradients_at(run, "cinema")
    setting = run.protocol.arguments["setting"]

    def read(residues):
        return decode(group_sums.unfolded(key.centred(residues), 12, *setting.folds(15)), 64)

    direct = [np.allclose(read(residues), g, atol=1e-6) for residues, g in zip(seen, true, strict=True)]
    change = read([a - b for a, b in zip(seen[1], seen[0], strict=True)])
    return any(direct) or np.allclose(change, true[1] - true[0], atol=1e-6)


def test_the_helper_sees_noise_and_no_difference_of_two_rounds(run):
    assert not gradients_show_through(run)


def test_without_a_mask_the_helper_reads_the_gradient_and_the_result_is_the_same_to_the_bit(run):
    bare = kept(protocol(mask="none"))
    assert gradients_show_through(bare)
    for role in ("source", "target"):
        assert np.array_equal(bare.result[role].weights, run.result[role].weights)
    assert "UNSAFE: no mask" in bare.protocol.title
    assert received(bare.transcript, "unmasked gradient") and not received(bare.transcript, "masked gradient")
    assert "UNSAFE" not in run.protocol.title


@pytest.mark.parametrize("mask", ["uniform", "none"])
def test_what_the_helper_decrypts_is_uniform_whatever_it_hides(mask):
    keys, rule = generate_keys(256), MaskRule(mask)
    ones = group_sums.complete(group_sums.encrypting_numbers(np.ones(2000), keys.public))
    seen = []
    for _ in range(14):
        hidden = group_sums.complete(rule.hiding(ones, rule.draw(keys.public, 2000)))
        seen += [
            residue.to_bytes(32, "big")[2:] for residue in hidden.decrypt_raw(keys.private)
        ]  # below n: not the top
    assert looks_uniform(b"".join(seen)) == (mask == "uniform")


def test_a_mask_used_twice_shows_the_change_of_the_gradient(monkeypatch):
    drawn = {}

    def same_again(rule, key, length):
        return drawn.setdefault((key.n, length), [7**k % key.n for k in range(60, 60 + length)])

    monkeypatch.setattr(MaskRule, "draw", same_again)
    assert gradients_show_through(kept(protocol()))


def test_what_goes_back_to_the_holder_of_the_key_has_fresh_randomness_from_no_table(monkeypatch):
    counted = []

    def counting(key, count, honest=PublicKey.uniform_factors):
        counted.append(count)
        return honest(key, count)

    monkeypatch.setattr(PublicKey, "uniform_factors", counting)
    fl.play(protocol(iterations=1))
    assert sorted(counted) == [1, 5, 6]  # the loss, and 3·(2 + 1) and 3·(3 + 1) weights, two in each under a toy key


def test_a_sum_that_was_not_re_randomised_is_refused_by_the_wire(monkeypatch):
    def left_as_it_is(rule, vector, mask):
        yield 1, 1
        return vector

    monkeypatch.setattr(MaskRule, "hiding", left_as_it_is)
    with pytest.raises(ProtocolError, match="re-randomised"):
        fl.play(protocol())


def test_scales_bounds_and_sizes_do_not_depend_on_the_numbers(run):
    def shown(one):
        vectors = [leaf for _, value in decoded(one.transcript) for leaf in leaves(value)]
        return [(v.scale_bits, v.bound.bit_length(), len(v)) for v in vectors if isinstance(v, EncryptedVector)]

    other = fl.play(protocol(two(seed=9)))
    assert shown(other) == shown(run)
    sizes = [[m.size for m in one.transcript.messages] for one in (other, run)]
    assert sizes[0] == sizes[1]


def test_under_a_real_key_fifteen_sums_share_a_ciphertext(real_run):
    (gradient,) = received(real_run.transcript, "masked gradient", 1, "cinema").values()
    assert len(gradient) == 1  # 3·(4 + 1) weights
    (gradient,) = received(real_run.transcript, "masked gradient", 1, "shop").values()
    assert len(gradient) == 2  # 3·(5 + 1) weights


def test_played_by_one_process_for_each_party_it_gives_the_same_result_and_messages():
    whole, apart = fl.play(protocol()), play_apart(protocol(), patience=60)
    for role, name in (("source", "shop"), ("target", "cinema")):
        assert apart.parts[name].error is None
        assert np.array_equal(apart.parts[name].result[role].weights, whole.result[role].weights)
    assert_same_messages(whole.transcript, apart.transcript, same_bodies=["go on?"])


# ----------------------------------------------------------------------------------------------- guard, ends, arguments


@pytest.mark.parametrize(("common", "fine"), [(3, False), (4, False), (5, True)])
def test_an_overlap_whose_places_a_gradient_could_be_solved_for_is_refused(common, fine):
    parties = two(common)  # P = 3·(3 + 1) at the target: 4·3 numbers are as many
    if fine:
        assert "UNSAFE" not in protocol(parties, common=common).title
        return
    with pytest.raises(UnsafeBatch, match=f"{common} common rows of 3 dimensions hide {3 * common} numbers.* 12"):
        protocol(parties, common=common)
    assert "UNSAFE: no guard" in protocol(parties, common=common, guard=False).title


def test_without_alignment_the_guard_asks_for_more_rows_than_weights():
    with pytest.raises(UnsafeBatch, match=r"9 common rows without alignment hide 12 numbers.* 12"):
        protocol(two(9), common=9, alignment=0.0)
    assert "UNSAFE" not in protocol(two(10), common=10, alignment=0.0).title


def test_a_diverging_run_ends_with_the_way_out_and_keeps_its_history():
    run = fl.Run(protocol(learning_rate=5000.0, l2=0.01, iterations=20))
    with pytest.raises(Diverged, match="learning_rate=5000"):
        run.finish()
    assert run.state == "failed" and 1 <= len(run.history) < 20


def test_the_source_alone_learns_the_loss(run):
    assert not [m for m, _ in decoded(run.transcript, "cinema") if m.label == "masked loss, decrypted"]
    assert {v for m, v in decoded(run.transcript) if m.label == "go on?"} == {"go on"}


def test_a_long_sum_can_be_cancelled_between_two_dimensions():
    run, seen = fl.Run(protocol(two(80, 5, (4, 4)), common=80, key_bits=1024, iterations=50)), []

    def stop_in_the_first_gradient(player):
        seen.append(player.doing)
        if seen.count("shop: encrypted gradient, masked") == 2:
            player.cancel()

    with pytest.raises(Cancelled):
        run.finish(progress=stop_in_the_first_gradient)
    assert run.state == "cancelled" and not received(run.transcript, "masked gradient")
    assert seen.count("shop: encrypted gradient, masked") == 2


def test_the_estimate_counts_the_messages_and_comes_near_the_bytes(run):
    estimate = run.protocol.estimate()
    assert estimate.messages == len(run.transcript)
    size = sum(message.size for message in run.transcript.messages)
    assert 0.8 * size < estimate.bytes < 1.2 * size


def test_a_round_is_not_promised_in_a_few_milliseconds_however_small_the_key_is(run):
    assert run.protocol.estimate().seconds > 0.02 * len(run.history)


def test_the_steps_before_the_first_round_are_played_in_the_order_of_their_numbers(run):
    before = [entry.step for entry in run.transcript.entries if not entry.round]
    before = [step for step in before if step is not None]
    assert before == sorted(before) and {0, 1} <= set(before)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"common": 0}, "common was 0"), ({"common": 18}, "common was 18"), ({"common": None}, "common was None"),
        ({"common": True}, "common was True"), ({"common": [1, 2]}, "common was"), ({"key_bits": 512.5}, "512.5"),
        ({"key_bits": 512.0}, "512.0"),
        ({"mask": 0.5}, "mask= was 0.5"), ({"mask": "reused"}, "mask= was"), ({"dimensions": 0}, "dimensions"),
        ({"learning_rate": -1}, "learning_rate"),
    ],
)  # fmt: skip
def test_arguments_out_of_range_are_refused_before_the_first_step(wrong, says):
    with pytest.raises(ArgumentError, match=says):
        protocol(**wrong)


def test_a_source_without_two_classes_is_refused():
    source, target = two()
    with pytest.raises(DataError, match="two classes"):
        fl.transfer(target, source, common=12)
    with pytest.raises(ArgumentError, match="without rows"):
        fl.transfer(source, Party("empty"), common=12)


def test_halves_from_two_alignments_are_refused():
    halves = [replace(party.take(np.arange(12)), alignment=Alignment(4 * digit, ("shop", "cinema")))
              for party, digit in zip(two(), "ab", strict=True)]  # fmt: skip
    with pytest.raises(DataError, match="strangers"):
        protocol(common=halves)


# ----------------------------------------------------------------------------------------------- sums over groups


def test_folding_is_undone_exactly_at_the_edges_of_a_slot():
    for width, in_one in ((8, 3), (129, 15)):
        edge = (1 << (width - 1)) - 1
        values = [edge, -edge, 0, -1, 1, edge, -edge]
        whole = [sum(v << (width * k) for k, v in enumerate(values[i : i + in_one])) for i in range(0, 7, in_one)]
        assert group_sums.unfolded(whole, 7, width, in_one) == values


def test_a_number_that_may_leave_its_slot_is_not_folded(run):
    (vector,) = (v for v in received(run.transcript, "masked loss", 1).values())
    narrow = replace(vector, bound=2**20)
    with pytest.raises(fl.errors.SlotOverflow, match="21 bits do not fit 20"):
        group_sums.complete(group_sums.folding(narrow, 20, 2))
