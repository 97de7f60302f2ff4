"""What a piece of source text can say: literals, followed through names, with holes where a run fills something in.

>>> source = Source("def f(n):\\n    where = f' at step {n}' if n else ''\\n    g(f'{n} is gone{where}.')")
>>> [call] = source.calls("g")
>>> sorted(texts(source.readings(call.args[0])))
['{0} is gone at step {1}.', '{0} is gone.']
"""

from __future__ import annotations

import ast
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path

HOLE = None
Pieces = tuple[str | None, ...]  # a text as it can be: literals, and holes
MOST = 40  # readings of one expression; beyond, its parts are holes
FEW = 3  # words that a loop over a written tuple gives to a name; more are names of arguments, and no words


class Source:
    """A module's syntax tree, in which names can be looked up.

    Parameters
    ----------
    code : the module's text
    path : where it is
    load : from a module's path, its `Source`, for names that are imported
    """

    def __init__(self, code: str, path: Path | None = None, load: Callable[[Path], Source] | None = None) -> None:
        self.path, self._load = path, load
        self.tree = ast.parse(code)
        self._above = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}
        self._under_way: set[ast.AST] = set()

    def calls(self, *names: str) -> Iterator[ast.Call]:
        """Every call of a function of one of these names, in the order of the text."""
        for node in in_order(self.tree):
            if isinstance(node, ast.Call) and called(node) in names:
                yield node

    def argument(self, call: ast.Call, place: int, name: str) -> ast.expr | None:
        """A call's argument by its place or name; through `*here`, when `here` is a tuple in the same function."""
        for keyword in call.keywords:
            if keyword.arg == name:
                return keyword.value
        given: list[ast.expr] = []
        for one in call.args:
            given += self._unpacked(one.value) if isinstance(one, ast.Starred) else [one]
        return given[place] if place < len(given) else None

    def _unpacked(self, node: ast.expr) -> list[ast.expr]:
        found = self._values(node) if isinstance(node, ast.Name) else [node]
        return list(found[0].elts) if found and isinstance(found[0], ast.Tuple | ast.List) else []

    # --- what an expression can be

    def readings(self, node: ast.expr | None) -> list[Pieces]:
        """All texts that an expression can be; a hole for what only a run knows."""
        if node is None or node in self._under_way:
            return [(HOLE,)]
        self._under_way.add(node)
        try:
            found = self._read(node)
        finally:
            self._under_way.discard(node)
        found = list(dict.fromkeys(map(joined, found)))
        return found if 0 < len(found) <= MOST else [(HOLE,)]

    def _read(self, node: ast.expr) -> list[Pieces]:
        if isinstance(node, ast.Constant):
            return [(node.value,)] if isinstance(node.value, str) else [(HOLE,)]
        if isinstance(node, ast.JoinedStr):
            return self._product(node.values)
        if isinstance(node, ast.FormattedValue):
            return [(HOLE,)] if node.conversion != -1 or node.format_spec else self.readings(node.value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._product([node.left, node.right])
        if isinstance(node, ast.IfExp):
            return self.readings(node.body) + self.readings(node.orelse)
        if isinstance(node, ast.BoolOp):
            return [one for value in node.values for one in self.readings(value)]
        if isinstance(node, ast.Call):
            return self._read_call(node)
        if isinstance(node, ast.Subscript):
            return [one for value in self._elements(node.value) for one in self.readings(value)]
        if isinstance(node, ast.Name):
            return [one for value in self._values(node) for one in self.readings(value)]
        return [(HOLE,)]

    def _product(self, nodes: Sequence[ast.expr]) -> list[Pieces]:
        """A text put together from parts; where the parts could be too much, those that vary are holes."""
        parts = [self.readings(node) for node in nodes]
        count = 1
        for place, part in enumerate(parts):
            count *= len(part)
            if count > MOST:
                parts[place:] = [one if len(one) == 1 else [(HOLE,)] for one in parts[place:]]
                break
        return [tuple(piece for one in choice for piece in one) for choice in product(*parts)]

    def _read_call(self, node: ast.Call) -> list[Pieces]:
        if isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            return [text for one in self.readings(node.func.value) for text in self._formatted(one, given)]
        if isinstance(node.func, ast.Attribute) and node.func.attr == "get" and len(node.args) == 2:
            values = [*self._elements(node.func.value), node.args[1]]
            return [one for value in values for one in self.readings(value)]
        if isinstance(node.func, ast.Name):
            found = self.returned(node.func.id)
            words = any(letter.isalpha() for pieces in found for piece in pieces if piece for letter in piece)
            return found if words else [(HOLE,)]  # what writes numbers says nothing
        return [(HOLE,)]

    def returned(self, name: str) -> list[Pieces]:
        """All texts that a function of this module, or of one that it imports from, can return."""
        made = [one for one in self.tree.body if isinstance(one, ast.FunctionDef) and one.name == name]
        values = [one.value for function in made for one in ast.walk(function) if isinstance(one, ast.Return)]
        if made:
            return [one for value in values for one in self.readings(value)] or [(HOLE,)]
        return self._imported(name)

    def _formatted(self, pieces: Pieces, given: Mapping[str | None, ast.expr]) -> list[Pieces]:
        """A text after `.format`: what stood in braces is what it was given, or a hole."""
        parts: list[list[Pieces]] = []
        for piece in pieces:
            if piece is HOLE:
                parts.append([(HOLE,)])
                continue
            for literal, field, spec, _ in string.Formatter().parse(piece):
                parts.append([(literal,)])
                if field is not None:
                    parts.append(self.readings(given.get(field)) if not spec else [(HOLE,)])
        return [tuple(piece for one in choice for piece in one) for choice in product(*parts)]

    def _elements(self, node: ast.expr) -> list[ast.expr]:
        """The values of a dict, list or tuple that is written out."""
        found = self._values(node) if isinstance(node, ast.Name) else [node]
        elements: list[ast.expr] = []
        for one in found:
            if isinstance(one, ast.Call) and one.args:  # MappingProxyType({...}), dict(...)
                one = one.args[0]
            if isinstance(one, ast.Dict):
                elements += one.values
            elif isinstance(one, ast.List | ast.Tuple):
                elements += one.elts
        return elements or [ast.Constant(None)]

    # --- names

    def _values(self, name: ast.Name) -> list[ast.expr]:
        """What is assigned to a name, in the nearest scope that knows it."""
        scope = self._above.get(name)
        while scope is not None:
            if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                if name.id in {one.arg for one in arguments_of(scope)}:
                    return [ast.Constant(None), *self._given(scope, name.id), *self._assigned(scope, name.id)]
                if found := self._assigned(scope, name.id):
                    return found
            scope = self._above.get(scope)
        return self._assigned(self.tree, name.id) or [ast.Constant(None)]

    def _given(self, function: ast.AST, name: str) -> list[ast.expr]:
        """What calls in this module give to an argument, where that is words, and no name of something in code."""
        if not isinstance(function, ast.FunctionDef) or function.name == "__init__":  # that is called by other names
            return []
        place = [one.arg for one in arguments_of(function)].index(name)
        place -= isinstance(self._above.get(function), ast.ClassDef)  # self
        given = filter(None, (self.argument(call, place, name) for call in self.calls(function.name)))
        return [one for one in given if not (isinstance(one, ast.Constant) and " " not in str(one.value))]

    def _assigned(self, scope: ast.AST, name: str) -> list[ast.expr]:
        found: list[ast.expr] = []
        for node in within(scope):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    found += assigned(target, node.value, name)
            elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
                found += assigned(node.target, node.value, name)
            elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
                found += [ast.Constant(None)]
            elif isinstance(node, ast.For | ast.comprehension) and name in names_in(node.target):
                found += self._looped(node, name)
        return found

    def _looped(self, node: ast.For | ast.comprehension, name: str) -> list[ast.expr]:
        """A loop over tuples, or over a dict's items, that are written out gives its names those values."""
        shown: list[ast.expr]
        if isinstance(node.iter, ast.Call):
            shown = self._items(node.iter)
        elif isinstance(node.iter, ast.Name):
            shown = self._elements(node.iter)
        else:
            shown = list(node.iter.elts) if isinstance(node.iter, ast.Tuple | ast.List) else []
            shown = shown if len(shown) <= FEW else []
        return [value for one in shown for value in assigned(node.target, one, name)] or [ast.Constant(None)]

    def _items(self, call: ast.Call) -> list[ast.expr]:
        """The pairs of a dict that is written out, of `dict.items()`."""
        function = call.func
        if not isinstance(function, ast.Attribute) or function.attr != "items":
            return []
        found = self._values(function.value) if isinstance(function.value, ast.Name) else [function.value]
        dicts = [one for one in found if isinstance(one, ast.Dict)]
        pairs = [pair for one in dicts for pair in zip(one.keys, one.values, strict=True)]
        return [ast.Tuple([key, value]) for key, value in pairs if key is not None]

    def _imported(self, name: str) -> list[Pieces]:
        for node in self.tree.body:
            if isinstance(node, ast.ImportFrom) and node.level and self.path is not None and self._load is not None:
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        folder = self.path.parents[node.level - 1]
                        path = folder.joinpath(*(node.module or "").split(".")).with_suffix(".py")
                        return self._load(path).returned(alias.name) if path.is_file() else [(HOLE,)]
        return [(HOLE,)]


def texts(readings: Sequence[Pieces]) -> list[str]:
    """Readings as messages: as they are when nothing is missing, else with {0}, {1}, … in the holes."""
    return [text for text in map(text_of, readings) if text is not None]


def text_of(pieces: Pieces) -> str | None:
    """A reading as a message; None where there is no word to translate."""
    if not any(letter.isalpha() for piece in pieces if piece for letter in piece):
        return None
    if HOLE not in pieces:
        return "".join(piece or "" for piece in pieces)
    numbers = iter(range(len(pieces)))
    return "".join(
        "{" + str(next(numbers)) + "}" if piece is None else piece.replace("{", "{{").replace("}", "}}")
        for piece in pieces
    )


def joined(pieces: Pieces) -> Pieces:
    """Neighbouring literals as one, neighbouring holes as one."""
    found: list[str | None] = []
    for piece in pieces:
        if piece == "":
            continue
        if found and piece is None and found[-1] is None:
            continue
        if found and piece is not None and found[-1] is not None:
            found[-1] += piece
        else:
            found.append(piece)
    return tuple(found) if found else ("",)


def called(node: ast.Call) -> str:
    """The last part of the name of what is called."""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def in_order(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes, from top to bottom."""
    yield node
    for child in ast.iter_child_nodes(node):
        yield from in_order(child)


def within(scope: ast.AST) -> Iterator[ast.AST]:
    """All nodes of a scope that are in no scope inside it."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            yield child
            yield from within(child)


def arguments_of(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> list[ast.arg]:
    """All its arguments."""
    given = function.args
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, [given.vararg, given.kwarg])]


def names_in(target: ast.expr) -> set[str]:
    """The names that an assignment sets."""
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def assigned(target: ast.expr, value: ast.expr, name: str) -> list[ast.expr]:
    """What an assignment gives to a name; nothing when it sets others."""
    if isinstance(target, ast.Name):
        return [value] if target.id == name else []
    if isinstance(target, ast.Tuple | ast.List):
        if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
            pairs = zip(target.elts, value.elts, strict=True)
            return [one for part, its in pairs for one in assigned(part, its, name)]
        return [ast.Constant(None)] if name in names_in(target) else []
    return []
