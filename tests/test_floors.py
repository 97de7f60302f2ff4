"""Imports go strictly down the floors, and a few more rules that can be read off the source."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "fedlearn_edu"
FLOORS = {
    "errors": "ground", "course": "ground", "i18n": "ground", "classroom": "ground", "fonts": "ground",
    "arguments": "ground",
    "crypto": 0, "learning": 0,
    "data": 1, "wire": 1,
    "protocols": 2,
    "attacks": 3, "engines": 3, "exercises": 3,
    "widgets": 4,
    "cli": "top", "checkup": "top", "publishing": "top", "__init__": "top", "__main__": "top",
}  # fmt: skip
ORDER = {"ground": -1, "top": 5}
NUMPY_RANDOM_WITHOUT_STATE = {"default_rng", "Generator", "SeedSequence", "BitGenerator", "PCG64"}
UNSAFE_READERS = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
READS_WHAT_IT_WROTE = {"wire.journal"}  # a file that its owner alone can write; it checks that
SHARED_BY_PROTOCOLS = {"_key_pair", "_own_rows"}  # no protocols: work inside one party that several of them do alike
LONGEST_BODY, LONGEST_PROTOCOL = 40, 250

MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
    if "_course" not in path.relative_to(PACKAGE).parts
}


def imported(module, source):
    """Names of the package's own modules that a module imports, wherever in the file: 'wire.codec', 'errors', …"""
    package = ["fedlearn_edu", *module.split(".")[:-1]]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            base = [*base, *([node.module] if node.module else [])]
            names = [".".join([*base, alias.name]) for alias in node.names]
        else:
            continue
        yield from (name.removeprefix("fedlearn_edu").lstrip(".") for name in names if is_ours(name))


def is_ours(name):
    return name == "fedlearn_edu" or name.startswith("fedlearn_edu.")


def room(name):
    """The folder (or root file) a module lives in; a name of `fedlearn_edu` itself lives in its __init__."""
    first = name.split(".")[0]
    known = first in FLOORS or first in {module.split(".")[0] for module in MODULES}
    return first if known else "__init__"


def height(name):
    floor = FLOORS.get(room(name))
    return ORDER.get(floor, floor)


def siblings(module, name):
    """Two modules of one folder (or two root files of one floor) see each other, except protocols."""
    here, there = room(module), room(name)
    if here == "protocols" and there == "protocols":
        return same_protocol(*(".".join(path.split(".")[1:2]) for path in (module, name)))
    return here == there or (FLOORS[here] == FLOORS[there] and FLOORS[here] in ORDER)


def same_protocol(module, name):
    """One protocol in several files: it may import its own forms and what they share, never another protocol.

    `vertical` hands over to `vertical_without_coordinator`, a form of its own; both use `_vertical`, which is no
    protocol and imports none. Nothing leads back, nor out of what is shared by all.
    """
    if name in SHARED_BY_PROTOCOLS:
        return module not in SHARED_BY_PROTOCOLS
    private, family = name.startswith("_"), module.lstrip("_").split("_")[0]
    if private:
        return name == f"_{family}" or name.startswith(f"_{family}_")
    return name == module or (not module.startswith("_") and name.startswith(f"{module}_"))


def climbing_imports(module, source):
    if module.split(".")[0] not in FLOORS:
        return [f"{module} stands on no floor: enter {room(module)!r} in FLOORS"]
    return [
        f"{module} imports {name or 'fedlearn_edu'}"
        for name in imported(module, source)
        if height(name) is None or not (height(name) < height(module) or siblings(module, name))
    ]


def long_bodies(module, source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            length = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            if length > LONGEST_BODY:
                yield f"{module}.{node.name} has {length} lines"


def dotted(node):
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join(reversed([*parts, node.id])) if isinstance(node, ast.Name) else ""


def global_randomness(module, source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import) and any(alias.name == "random" for alias in node.names):
            yield f"{module}:{node.lineno} imports random"
        elif isinstance(node, ast.ImportFrom) and node.module == "random" and not node.level:
            yield f"{module}:{node.lineno} imports from random"
        elif isinstance(node, ast.ImportFrom) and node.module == "numpy.random":
            names = {alias.name for alias in node.names} - NUMPY_RANDOM_WITHOUT_STATE
            yield from (f"{module}:{node.lineno} imports numpy.random.{name}" for name in names)
        elif isinstance(node, ast.Attribute) and dotted(node).startswith(("np.random.", "numpy.random.")):
            used = {dotted(node).split(".")[2]} - NUMPY_RANDOM_WITHOUT_STATE
            yield from (f"{module}:{node.lineno} uses np.random.{name}" for name in used)
    yield from generators_made_at_import(module, source)


def generators_made_at_import(module, source):
    pending = list(ast.iter_child_nodes(ast.parse(source)))
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Call) and dotted(node.func).endswith("default_rng"):
            yield f"{module}:{node.lineno} makes a random generator at import"
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):  # its body runs later, its defaults now
            pending += [*node.args.defaults, *filter(None, node.args.kw_defaults), *node.decorator_list]
        elif not isinstance(node, ast.Lambda):
            pending += ast.iter_child_nodes(node)


def unsafe_readers(module, source):
    if module in READS_WHAT_IT_WROTE:
        return
    for node in ast.walk(ast.parse(source)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        yield from (f"{module}:{node.lineno} imports {n}" for n in names if n.split(".")[0] in UNSAFE_READERS)
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle" and getattr(node.value, "value", True):
            yield f"{module}:{node.lineno} allows pickle"


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_strictly_down_the_floors(module):
    assert not climbing_imports(module, MODULES[module])


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("errors", "from .crypto import paillier"),
        ("crypto.paillier", "from ..learning import models"),
        ("crypto.paillier", "import fedlearn_edu.data.party"),
        ("learning.models", "def f():\n    from fedlearn_edu.crypto import masks"),
        ("data.party", "from ..wire.codec import encode"),
        ("wire.codec", "if TYPE_CHECKING:\n    from fedlearn_edu.data import party"),
        ("wire.run", "from ..protocols import horizontal"),
        ("wire.run", "import fedlearn_edu as fl"),
        ("wire.run", "from fedlearn_edu import play"),
        ("wire.run", "from .. import cli"),
        ("protocols.horizontal", "from .aggregation import plain_sum"),
        ("protocols.horizontal", "from . import aggregation"),
        ("protocols.horizontal", "from fedlearn_edu.protocols import aggregation"),
        ("protocols.horizontal", "from . import _vertical"),
        ("protocols.vertical_without_coordinator", "from .vertical import vertical_text"),
        ("protocols.vertical_without_coordinator", "from . import vertical_prediction"),
        ("protocols._vertical", "from .vertical_without_coordinator import two_party_text"),
        ("protocols._vertical", "from . import vertical"),
        ("protocols._key_pair", "from . import _vertical"),
        ("protocols._key_pair", "from .vertical import vertical_text"),
        ("attacks.poisoning", "from ..exercises import chapter_04"),
        ("exercises.chapter_04", "from ..widgets import lab"),
        ("widgets.lab", "from ..cli import main"),
        ("helpers.strings", "import numpy"),
    ],
)
def test_the_floor_check_sees_a_climbing_import(module, source):
    assert climbing_imports(module, source)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("errors", "import numpy"),
        ("course", "from .errors import DataError"),
        ("crypto.paillier", "from .fixed_point import encode\nfrom ..errors import RangeError"),
        ("wire.codec", "from . import reading\nfrom ..crypto.paillier import PublicKey"),
        ("protocols.horizontal", "from fedlearn_edu import errors\nfrom ..wire.choreography import Local"),
        ("protocols.vertical", "from . import _vertical\nfrom .vertical_without_coordinator import two_party_text"),
        ("protocols.vertical_without_coordinator", "from ._vertical_arguments import title_of"),
        ("protocols.paillier_aggregation", "from ._key_pair import new_pair"),
        ("protocols._vertical", "from . import _key_pair"),
        ("widgets.lab", "from ..exercises import chapter_04\nfrom ..protocols.horizontal import fedavg"),
        ("cli", "from . import __version__\nfrom .checkup import doctor"),
    ],
)
def test_the_floor_check_lets_a_falling_import_pass(module, source):
    assert not climbing_imports(module, source)


@pytest.mark.parametrize("module", MODULES)
def test_no_function_body_is_over_forty_lines(module):
    assert not list(long_bodies(module, MODULES[module]))


def test_the_length_check_sees_a_long_body_and_forgives_a_long_docstring():
    lines = "\n".join(f"    x{i} = {i}" for i in range(LONGEST_BODY))
    assert list(long_bodies("m", f"def f():\n{lines}\n    return 0"))
    assert not list(long_bodies("m", f'def f():\n    """{lines}\n    """\n{lines}'))


@pytest.mark.parametrize("module", [module for module in MODULES if module.startswith("protocols.")])
def test_a_protocol_file_has_at_most_250_lines(module):
    assert len(MODULES[module].splitlines()) <= LONGEST_PROTOCOL


@pytest.mark.parametrize("module", MODULES)
def test_no_module_uses_global_random_state(module):
    assert not list(global_randomness(module, MODULES[module]))


@pytest.mark.parametrize(
    "source",
    [
        "import random",
        "from random import shuffle",
        "from numpy.random import rand",
        "def f():\n    np.random.seed(0)",
        "x = numpy.random.normal()",
        "rng = np.random.default_rng(0)",
        "class A:\n    rng = default_rng(0)",
        "def f(rng=np.random.default_rng(0)):\n    pass",
    ],
)
def test_the_randomness_check_sees_global_state(source):
    assert list(global_randomness("m", source))


def test_the_randomness_check_lets_a_generator_of_ones_own_pass():
    assert not list(global_randomness("m", "def f(seed, rng: np.random.Generator):\n    np.random.default_rng(seed)"))


@pytest.mark.parametrize("module", MODULES)
def test_no_module_reads_bytes_that_could_run_code(module):
    assert not list(unsafe_readers(module, MODULES[module]))


@pytest.mark.parametrize("source", ["import pickle", "from joblib import load", "np.load(path, allow_pickle=True)"])
def test_the_pickle_check_sees_an_unsafe_reader(source):
    assert list(unsafe_readers("m", source))
