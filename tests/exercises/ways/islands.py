"""Chapter 01: other ways to be right and wrong."""

SAID_BY_A_CHECK = [
    "You averaged the islands' accuracies: ten models that each saw 20 rows are not one model that saw 200.",
    "You compared different test rows; islands and pooled must sit the same exam.",
    "You added rows to cure bias: ten times as many patients from one suburb is still one suburb.",
]
SAID_BY_A_PREDICTION = [
    "You averaged the islands' accuracies: ten models that each saw 20 rows are not one model that saw 200",
    "You added rows to cure bias: ten times as many patients from one suburb is still one suburb",
]
RIGHT = [
    ("01.1",
     """
     import numpy as np
     def pooled_accuracy(islands, exam, train):
         X, y = (np.vstack([a for a, _ in islands]), np.hstack([b for _, b in islands]))
         return float(np.mean(np.equal(train(X, y)(exam[0]), exam[1])))
     """),
    ("01.2",
     """
     def compare(hospitals, train):
         import numpy as np
         models = {name: train(*own) for name, (own, _) in hospitals.items()}
         models["pooled"] = train(np.vstack([o[0] for o, _ in hospitals.values()]),
                                  np.hstack([o[1] for o, _ in hospitals.values()]))
         found = {}
         for name, model in models.items():
             lost = cancers = 0
             for _, (X, y) in hospitals.values():
                 lost += sum(1 for called, is_so in zip(model(X), y) if is_so and not called)
                 cancers += sum(y)
             found[name] = lost / cancers
         return found
     """),
    ("01.3",
     """
     import numpy as np
     def choose(own, offers, exam, train):
         X, y = exam
         def missed(offer):
             return np.sum((train(np.r_[offer[0], own[0]], np.r_[offer[1], own[1]])(X) == 0) * y)
         return sorted(offers, key=lambda name: missed(offers[name]))[0]
     """),
    ("01.3",
     """
     def choose(own, offers, exam, train):
         import numpy as np
         names = np.array(list(offers))
         models = [train(np.r_[own[0], X], np.r_[own[1], y]) for X, y in offers.values()]
         return names[np.argmin([((model(exam[0]) == 0) & (exam[1] == 1)).sum() for model in models])]
     """),
]  # fmt: skip
WRONG = [
    ("01.1", "averaged accuracies",
     "import numpy as np\ndef pooled_accuracy(islands, exam, train):\n"
     "    return np.mean([np.mean(train(X, y)(exam[0]) == exam[1]) for X, y in islands])"),
    ("01.2", "different exams",
     "import numpy as np\ndef compare(hospitals, train):\n"
     "    miss = lambda m, X, y: 1 - m(X)[y == 1].mean()\n"
     "    r = {k: miss(train(*a), *b) for k, (a, b) in hospitals.items()}\n"
     "    p = train(*[np.concatenate([a[i] for a, _ in hospitals.values()]) for i in (0, 1)])\n"
     "    r['pooled'] = miss(p, *[np.concatenate([b[i] for _, b in hospitals.values()]) for i in (0, 1)])\n"
     "    return r"),
    ("01.3", "more rows cure bias",
     "def choose(own, offers, exam, train):\n    return sorted(offers, key=lambda k: offers[k][0].shape[0])[-1]"),
    ("01.3", "judged at home",
     "import numpy as np\ndef choose(own, offers, exam, train):\n"
     "    return max(offers, key=lambda k: (train(np.r_[own[0], offers[k][0]], np.r_[own[1], offers[k][1]])(own[0])"
     " == own[1]).mean())"),
]  # fmt: skip
FORMS = [
    ("01.1", "def pooled_accuracy(islands, exam, train):\n    return 97", "from 0 to 1"),
    ("01.1", "def pooled_accuracy(islands, exam, train):\n    return [0.9]", "one number"),
    ("01.2", "def compare(hospitals, train):\n    return 0.1", "dictionary"),
    ("01.2", "def compare(hospitals, train):\n    return {'pooled': 0.1}", "hospital 1"),
    ("01.3", "def choose(own, offers, exam, train):\n    return 0", "name of an offer"),
]
