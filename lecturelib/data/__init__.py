"""Small data for the course's pages; where they come from and their licence: README.md beside this.

`penguins` are measurements; `frameworks` are gradients that other libraries computed.
"""

from __future__ import annotations

import csv
import json
from importlib import resources
from typing import Any

import numpy as np

__all__ = ["frameworks", "penguins"]

#: The columns that `penguins` reads.
MEASUREMENTS = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")


def _text(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def penguins() -> tuple[np.ndarray, np.ndarray]:
    """342 penguins of three species, measured near Palmer Station, Antarctica, in 2007 to 2009.

    Returns
    -------
    measurements : ndarray, shape (342, 4)
        One penguin a row: the length of the bill, the depth of the bill, the length of the flipper
        (all in mm) and the body mass (in g).
    species : ndarray of str, shape (342,)
        ``"Adelie"`` (151 penguins), ``"Chinstrap"`` (68) or ``"Gentoo"`` (123).

    Notes
    -----
    The Palmer Archipelago penguin data of K. B. Gorman and the Palmer Station LTER (Gorman,
    Williams and Fraser, 2014), as cleaned by A. Horst, A. Hill and K. Gorman for the package
    palmerpenguins; dedicated to the public domain under CC0. The file is unchanged. Two of its 344
    penguins were not measured, and are left out here.

    Examples
    --------
    >>> from lecturelib.data import penguins
    >>> measurements, species = penguins()
    >>> measurements.shape
    (342, 4)
    >>> print(measurements[0], species[0])
    [  39.1   18.7  181.  3750. ] Adelie
    """
    rows = [
        row
        for row in csv.DictReader(_text("penguins.csv").splitlines())
        if "NA" not in [row[name] for name in MEASUREMENTS]
    ]
    measurements = np.array([[float(row[name]) for name in MEASUREMENTS] for row in rows])
    return measurements, np.array([row["species"] for row in rows])


def frameworks() -> dict[str, Any]:
    """Gradients that PyTorch, Keras and JAX computed, each in its own layout.

    Returns
    -------
    dict
        ``"network"``: the weights, in the lecture's layout, with the bias as last row; the samples
        and the targets, in columns; everything is exact in binary. ``"libraries"``: for each its
        ``"version"``, its ``"loss"``, and in ``"gradients"`` for each layer ``"weight"`` and
        ``"bias"``; rounded to ``"decimals"``, which are fewer for Keras: it computes in float32.
        ``"runs"``: single functions, each under its name with ``"inputs"``, ``"library"``,
        ``"version"``, ``"decimals"``, ``"value"`` and ``"gradients"``, in the library's layout.

    Notes
    -----
    ``python -m benchmarks.frameworks``, in the course's repository, writes them anew.

    Examples
    --------
    >>> from lecturelib.data import frameworks
    >>> sorted(frameworks()["libraries"])
    ['JAX', 'Keras', 'PyTorch']
    >>> frameworks()["runs"]["softmax"]["version"]
    '2.13.0'
    """
    found: dict[str, Any] = json.loads(_text("frameworks.json"))
    return found
