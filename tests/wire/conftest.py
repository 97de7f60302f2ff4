import threading
import warnings
from multiprocessing import Pipe

import pytest

from fedlearn_edu.crypto.paillier import InsecureKeyWarning, generate_keys
from fedlearn_edu.wire.endpoint import Endpoint


def toy_keys():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InsecureKeyWarning)
        return generate_keys(256)


@pytest.fixture(scope="session")
def keys():
    return toy_keys()


@pytest.fixture(scope="session")
def other_keys():
    return toy_keys()


def pipes(names):
    ends = {name: {} for name in names}
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            ends[one][other], ends[other][one] = Pipe()
    return ends


def play_in_threads(protocol, *, others=None, time_limit=5.0, faults=()):
    """Endpoints in threads of this process: real links, and fast. Answer: {name: Endpoint}, {name: error}.

    `others` holds other protocols for some parties: they play another text than the rest.
    """
    names, errors = protocol.names, {}
    links = pipes(names)
    played = {name: (others or {}).get(name, protocol) for name in names}
    endpoints = {n: Endpoint(played[n], n, links[n], time_limit=time_limit, faults=faults) for n in names}

    def play_one(name):
        try:
            endpoints[name].finish()
        except Exception as error:
            errors[name] = error

    threads = [threading.Thread(target=play_one, args=(name,), daemon=True) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads), "a party hangs"
    return endpoints, errors
