"""Figures are drawn without a screen, and closed after each test."""

import matplotlib
import pytest

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def close_all():
    yield
    from matplotlib import pyplot  # after the choice above

    pyplot.close("all")
