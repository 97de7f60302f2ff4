"""Chapter 07: other ways to be right and wrong."""

SAID_BY_A_CHECK = [
    "You aligned the overlap in two different orders: it runs, and learns nonsense.",
    "Where the target's own labels suffice, local wins.",
    "You unmasked per-sample gradients: sum them into the gradient of the weights first, or the source",
]
SAID_BY_A_PREDICTION = [
    "Where the target's own labels suffice, local wins.",
    "You unmasked per-sample gradients: sum them into the gradient of the weights first, or the source",
]
RIGHT = [
    ("07.1", """
        def common_rows(source_ids, target_ids):
            both = sorted(set(source_ids) & set(target_ids))
            place = {one: k for k, one in enumerate(target_ids)}
            return tuple(source_ids.index(one) for one in both), tuple(place[one] for one in both)
        """),
    ("07.2", """
        def to_be_opened(encrypted_g, slopes, masks):
            return encrypted_g.times_matrix(slopes, 0, 100).add_raw_mask(masks, for_key_holder=False)
        """),
    ("07.3", """
        def break_even(transfer, alone, labels):
            import statistics
            own = statistics.mean(alone[labels])
            return next((n for n in sorted(transfer) if statistics.mean(transfer[n]) > own), "never")
        """),
]  # fmt: skip
WRONG = [
    ("07.1", "two orders", """
        def common_rows(source_ids, target_ids):
            both = sorted(set(source_ids) & set(target_ids))
            return sorted(source_ids.index(one) for one in both), sorted(target_ids.index(one) for one in both)
        """),
    ("07.1", "the first rows", """
        def common_rows(source_ids, target_ids):
            rows = [k for k, _ in enumerate(set(source_ids) & set(target_ids))]
            return rows, rows
        """),
    ("07.2", "row by row", """
        def to_be_opened(encrypted_g, slopes, masks):
            return encrypted_g
        """),
    ("07.2", "row by row", """
        def to_be_opened(encrypted_g, slopes, masks):
            return [(encrypted_g * row[0]).head(1) for row in slopes]
        """),
    ("07.2", "no mask", """
        def to_be_opened(encrypted_g, slopes, masks):
            return encrypted_g.times_matrix(slopes, 0, 10)
        """),
    ("07.2", "a small mask", """
        def to_be_opened(encrypted_g, slopes, masks):
            return encrypted_g.times_matrix(slopes, 0, 10).add_raw_mask([m % 2**32 + 1 for m in masks])
        """),
    ("07.3", "transfer always", """
        def break_even(transfer, alone, labels):
            means = {n: sum(a) / 5 for n, a in transfer.items()}
            return min((n for n in means if means[n] > sum(alone[labels]) / 5), default=20)
        """),
    ("07.3", "the best deal", """
        def break_even(transfer, alone, labels):
            best = max(alone[labels])
            return next((n for n in (20, 70, 150) if max(transfer[n]) > best), "never")
        """),
]  # fmt: skip
FORMS = [
    ("07.1", "def common_rows(*lists):\n    return 3", "Return two lists of places"),
    ("07.1", "def common_rows(*lists):\n    return [0], [1, 2]", "your second 2"),
    ("07.1", "def common_rows(*lists):\n    return lists[0][:2], lists[1][:2]", "return places, not ids"),
    ("07.2", "def to_be_opened(*arguments):\n    return [1]", "Return an encrypted vector"),
    (
        "07.2",
        "def to_be_opened(g, slopes, masks):\n    return g.times_matrix([r + r for r in slopes], 0, 10)",
        "weights",
    ),
    ("07.3", "def break_even(*arguments):\n    return 0.8", "Return a number of common images"),
]
