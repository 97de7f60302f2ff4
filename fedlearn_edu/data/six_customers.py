"""Six customers, small enough for pencil and paper: the bank's half of what is known about them, and the tax office's.

>>> bank, tax_office = six_customers()
>>> bank.data.table().join(tax_office.data.table()[["income", "years"]])
            debt  age label  income  years
id
customer 1   1.0  1.0     4     2.0    1.0
customer 2   0.0  2.0     3     1.0    2.0
customer 3   2.0  1.0     6     3.0    0.0
customer 4   1.0  0.0     1     0.0    2.0
customer 5   2.0  2.0     7     2.0    2.0
customer 6   0.0  1.0     2     1.0    0.0
"""

from __future__ import annotations

import numpy as np

from .datasets import Dataset
from .party import Party


def six_customers() -> tuple[Party, Party]:
    """The bank, with labels that are numbers from 0 to 7, and the tax office; made up, and aligned.

    >>> bank, tax_office = six_customers()
    >>> u_bank, u_tax_office = bank.data.features @ [1, 1], tax_office.data.features @ [1, 1]    # with weights 1, 1
    >>> print(u_tax_office[0], u_bank[0], bank.data.labels[0])      # the first: 3² + (2 − 4)² + 2·3·(2 − 4) = 1
    3.0 2.0 4
    """
    ids = np.array([f"customer {k}" for k in range(1, 7)])
    at_bank = np.array([[1.0, 1.0], [0.0, 2.0], [2.0, 1.0], [1.0, 0.0], [2.0, 2.0], [0.0, 1.0]])
    at_tax_office = np.array([[2.0, 1.0], [1.0, 2.0], [3.0, 0.0], [0.0, 2.0], [2.0, 2.0], [1.0, 0.0]])
    labels, numbers = np.array([4, 3, 6, 1, 7, 2]), tuple(str(k) for k in range(8))
    bank = Dataset("six customers", at_bank, labels, ids, ("debt", "age"), numbers)
    tax_office = Dataset("six customers", at_tax_office, None, ids, ("income", "years"))
    return Party("bank", bank), Party("tax office", tax_office)
