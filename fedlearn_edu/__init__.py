"""Federated learning, small enough to read and honest enough to run.

Data stay with their owners; only messages travel, and every message can be opened and looked at.

>>> import fedlearn_edu as fl
>>> train, test = fl.split_train_test(fl.load("breast_cancer"), seed=7)
>>> hospitals = fl.split_rows(train, parties=4, skew=0.5, seed=7)              # each owns some of the rows
>>> hospitals = fl.play(fl.standardise(hospitals, aggregation=fl.masked_sum())).result
>>> protocol = fl.fedavg(hospitals, rounds=3, aggregation=fl.masked_sum())     # who does what, in which order
>>> run = fl.play(protocol)
>>> run.result.accuracy(hospitals[0].scaling.apply(test)) > 0.9                # what was learned
True
>>> len(run.transcript.table()) == len(run.transcript)                         # what travelled
True

A name is imported when it is first used, so `import fedlearn_edu` costs little more than NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import errors as errors
    from .checkup import doctor as doctor
    from .classroom import set_classroom as set_classroom
    from .data.datasets import Dataset as Dataset, load as load, load_csv as load_csv
    from .data.halves import in_common as in_common, split_both as split_both, two_classes as two_classes
    from .data.partition import (
        split_columns as split_columns,
        split_rows as split_rows,
        split_train_test as split_train_test,
    )
    from .data.party import Party as Party, Scaling as Scaling
    from .engines.flower import play_on_flower as play_on_flower
    from .engines.flower_processes import Federation as Federation
    from .i18n import set_language as set_language
    from .learning.models import TrainedModel as TrainedModel
    from .protocols.aggregation import plain_sum as plain_sum
    from .protocols.alignment import align as align
    from .protocols.horizontal import fedavg as fedavg
    from .protocols.masked_aggregation import masked_sum as masked_sum
    from .protocols.paillier_aggregation import paillier_sum as paillier_sum
    from .protocols.scaling import standardise as standardise
    from .protocols.transfer import transfer as transfer
    from .protocols.transfer_prediction import transfer_predict as transfer_predict
    from .protocols.travelling import travelling as travelling
    from .protocols.vertical import vertical_linear as vertical_linear, vertical_logistic as vertical_logistic
    from .protocols.vertical_prediction import vertical_predict as vertical_predict
    from .widgets.exercise import exercise as exercise
    from .widgets.lab import lab as lab
    from .widgets.progress import progress as progress
    from .widgets.question import question as question
    from .widgets.stage import stage as stage
    from .wire.choreography import (
        Announce as Announce,
        At as At,
        Gather as Gather,
        Local as Local,
        Protocol as Protocol,
        Report as Report,
        Round as Round,
        Send as Send,
    )
    from .wire.endpoint import Endpoint as Endpoint, play_apart as play_apart
    from .wire.faults import Drop as Drop, Late as Late
    from .wire.run import Run as Run, play as play
    from .wire.transcript import Transcript as Transcript

    __version__: str

_HOMES = {  # public name → the module that defines it
    "load": "data.datasets",
    "load_csv": "data.datasets",
    "Dataset": "data.datasets",
    "split_train_test": "data.partition",
    "split_rows": "data.partition",
    "split_columns": "data.partition",
    "split_both": "data.halves",
    "two_classes": "data.halves",
    "in_common": "data.halves",
    "Party": "data.party",
    "Scaling": "data.party",
    "TrainedModel": "learning.models",
    "Protocol": "wire.choreography",
    "Local": "wire.choreography",
    "Send": "wire.choreography",
    "Gather": "wire.choreography",
    "Announce": "wire.choreography",
    "Round": "wire.choreography",
    "Report": "wire.choreography",
    "At": "wire.choreography",
    "Run": "wire.run",
    "play": "wire.run",
    "Endpoint": "wire.endpoint",
    "play_apart": "wire.endpoint",
    "Transcript": "wire.transcript",
    "Drop": "wire.faults",
    "Late": "wire.faults",
    "standardise": "protocols.scaling",
    "fedavg": "protocols.horizontal",
    "vertical_linear": "protocols.vertical",
    "vertical_logistic": "protocols.vertical",
    "vertical_predict": "protocols.vertical_prediction",
    "travelling": "protocols.travelling",
    "transfer": "protocols.transfer",
    "transfer_predict": "protocols.transfer_prediction",
    "align": "protocols.alignment",
    "play_on_flower": "engines.flower",
    "Federation": "engines.flower_processes",
    "plain_sum": "protocols.aggregation",
    "paillier_sum": "protocols.paillier_aggregation",
    "masked_sum": "protocols.masked_aggregation",
    "set_language": "i18n",
    "set_classroom": "classroom",
    "exercise": "widgets.exercise",
    "question": "widgets.question",
    "lab": "widgets.lab",
    "stage": "widgets.stage",
    "progress": "widgets.progress",
    "doctor": "checkup",
}
__all__ = [*_HOMES, "errors"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return _installed_version()
    if name == "errors":
        return import_module(".errors", __name__)
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*__all__, "__version__", *(name for name in globals() if name.startswith("__"))})


def _installed_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("fedlearn-edu")
    except PackageNotFoundError:  # run straight from a checkout's folder
        return "0+not.installed"
