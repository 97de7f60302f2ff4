r"""Run a learner's function without letting it stop, spoil or flood the notebook.

>>> def double(x):
...     print("doubling", x)
...     return 2 * x
>>> first, second = run(double, [(1,), (21,)])
>>> second.value, second.printed
(42, 'doubling 21\n')

The function works in a thread of its own, on copies of its arguments. When its time is up, an exception is thrown into
that thread again and again; one that sits in a single long call, or swallows all of them, is left behind. This is no
wall against malice: a learner's code runs with the learner's rights, as in any cell.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import copy
import ctypes
import inspect
import io
import linecache
import sys
import textwrap
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any

from ..i18n import say

SECONDS = 3.0
PATIENCE = 1.0  # seconds between the first knock and leaving a thread behind
LONGEST_PRINT = 2000  # characters


class TimeUp(SystemExit):
    """Thrown into a function that does not come back; threads die of it without a word."""


@dataclass(frozen=True)
class Outcome:
    """What came of one call.

    >>> (outcome,) = run(lambda x: 1 / x, [(0,)])
    >>> type(outcome.error).__name__
    'ZeroDivisionError'

    Parameters
    ----------
    value : what the function returned
    error : what it raised, or None
    line : the number and the text of the learner's line that was at work then, counted from the function's first
    raised_in : the innermost function at work then, which may be the library's
    printed : what it printed, up to 2000 characters
    timed_out : it did not come back in time; then there are no further outcomes
    left_behind : nor could it be stopped, and it is still at work
    """

    value: Any = None
    error: BaseException | None = None
    line: tuple[int, str] | None = None
    raised_in: str = ""
    printed: str = ""
    timed_out: bool = False
    left_behind: bool = False


def run(function: Callable[..., Any], calls: Sequence[tuple[Any, ...]], seconds: float = SECONDS) -> list[Outcome]:
    """Call a function with each tuple of arguments, in order.

    >>> def endless():
    ...     while True:
    ...         pass
    >>> [outcome.timed_out for outcome in run(endless, [()], seconds=0.1)]
    [True]

    Parameters
    ----------
    function : the learner's
    calls : arguments, copied before they are handed over
    seconds : for all calls together

    Returns
    -------
    list of Outcome
        one a call; after one that timed out there are no more
    """
    outcomes: list[Outcome] = []
    printed = _Printed(sys.stdout)
    worker = threading.Thread(target=_work, args=(function, calls, outcomes, printed), daemon=True)
    with contextlib.redirect_stdout(printed), _nobody_to_ask(printed):
        try:
            worker.start()
        except RuntimeError:  # a Python without threads, as in some browsers: no time limit there
            _work(function, calls, outcomes, printed)
            return outcomes
        try:
            worker.join(seconds)
            in_time = list(outcomes) if worker.is_alive() else None
        finally:  # also when the learner presses stop meanwhile
            _stop(worker)
    late = Outcome(timed_out=True, printed=printed.taken(), left_behind=worker.is_alive())
    return outcomes if in_time is None else [*in_time, late]


def _work(
    function: Callable[..., Any], calls: Sequence[tuple[Any, ...]], outcomes: list[Outcome], out: _Printed
) -> None:
    out.thread = threading.get_ident()
    with contextlib.suppress(TimeUp):
        for arguments in calls:
            outcomes.append(_called(function, copy.deepcopy(arguments), out))


def _called(function: Callable[..., Any], arguments: tuple[Any, ...], out: _Printed) -> Outcome:
    try:
        value = function(*arguments)
    except TimeUp:
        raise
    except BaseException as error:
        frames = list(traceback.walk_tb(error.__traceback__))
        return Outcome(
            error=error,
            line=_own_line(function, frames),
            raised_in=_innermost(error.__traceback__),
            printed=out.taken(),
        )
    return Outcome(value, printed=out.taken())


def _own_line(function: Callable[..., Any], frames: list[tuple[FrameType, int]]) -> tuple[int, str] | None:
    """The last line of the learner's own file on the way to the error."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return None
    own = [(frame, number) for frame, number in frames if frame.f_code.co_filename == code.co_filename]
    if not own:
        return None
    frame, number = own[-1]
    text = linecache.getline(code.co_filename, number, frame.f_globals).strip()
    return number - code.co_firstlineno + 1, text


def power_without_modulus(function: Callable[..., Any]) -> dict[str, Any]:
    """Number and text of the learner's line that takes a whole power; {} when there is none, or no source to read.

    An exponent that stands there as a number is small. One that comes from elsewhere may have ten digits: then Python
    works for hours in one step, which can neither be stopped by an exception nor by pressing stop.

    >>> power_without_modulus(lambda x: x**2)
    {}
    """
    try:
        source = inspect.getsource(function)
        tree = ast.parse(textwrap.dedent(source))
    except (OSError, TypeError, SyntaxError):
        return {}
    number = next((node.lineno for node in ast.walk(tree)
                   if isinstance(node, ast.expr | ast.stmt) and _is_whole_power(node)), 0)  # fmt: skip
    return {"number": number, "line": source.splitlines()[number - 1].strip()} if number else {}


def _is_whole_power(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Pow):
        return _is_computed(node.right if isinstance(node, ast.BinOp) else node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "pow":
        return len(node.args) == 2 and not node.keywords and _is_computed(node.args[1])
    return False


def _is_computed(exponent: ast.expr) -> bool:
    return not isinstance(exponent, ast.Constant | ast.UnaryOp)


def _innermost(trace: TracebackType | None) -> str:
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame.f_code.co_name if trace is not None else ""


def _stop(worker: threading.Thread) -> None:
    """Knock until the thread gives in: a bare `except:` in the learner's loop swallows each knock that falls inside it.

    So knocks come fast, and the threads take short turns meanwhile: sooner or later one falls between.
    """
    end, turn = time.monotonic() + PATIENCE, sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        while worker.is_alive() and time.monotonic() < end:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker.ident or 0), ctypes.py_object(TimeUp))
            time.sleep(0.0003)  # not join: on Windows its shortest wait is fifty times as long
    finally:
        sys.setswitchinterval(turn)


class _Printed(io.TextIOBase):
    """Keeps what one thread prints, up to a limit; what other threads print goes where it went before."""

    def __init__(self, elsewhere: Any) -> None:
        self.thread = 0
        self._elsewhere, self._kept = elsewhere, ""

    def write(self, text: str) -> int:
        if threading.get_ident() != self.thread:
            return int(self._elsewhere.write(text) or 0)
        if len(self._kept) <= LONGEST_PRINT:
            self._kept += text[: LONGEST_PRINT + 1]
        return len(text)

    def flush(self) -> None:
        if threading.get_ident() != self.thread:
            self._elsewhere.flush()

    def taken(self) -> str:
        kept, self._kept = self._kept, ""
        return kept if len(kept) <= LONGEST_PRINT else f"{kept[:LONGEST_PRINT]}…\n"


@contextlib.contextmanager
def _nobody_to_ask(out: _Printed) -> Iterator[None]:
    """Refuse `input` to the thread whose prints are kept: it would wait for somebody to type, longer than any limit."""
    ask = builtins.input

    def refuse(prompt: object = "", /) -> str:
        if threading.get_ident() != out.thread:
            return ask(prompt)
        raise EOFError(say("Nobody answers input() here: what your function needs comes in its arguments."))

    builtins.input = refuse
    try:
        yield
    finally:
        builtins.input = ask


def solution_function(source: str, name: str, label: str) -> Callable[..., Any]:
    r"""Make the function of a solution that is kept as text: a reference solution, or a wrong one.

    >>> solution_function("def double(x):\n    return 2 * x", "double", "a solution")(4)
    8

    Parameters
    ----------
    source : our own text, never a learner's
    name : of the function in it
    label : what a traceback calls the text
    """
    import numpy as np

    namespace: dict[str, Any] = {"np": np, "__name__": "solution"}
    exec(compile(source, f"<{label}>", "exec"), namespace)
    function: Callable[..., Any] = namespace[name]
    return function
