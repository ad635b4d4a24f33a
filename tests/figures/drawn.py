"""What the tests read off a figure."""

import numpy as np


def curves(axes, color):
    """The points of the lines of a colour."""
    return [np.asarray(line.get_data()) for line in axes.lines if line.get_color() == color]


def curve(axes, color):
    """The points of the only line of a colour."""
    [points] = curves(axes, color)
    return points
