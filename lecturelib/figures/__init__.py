"""The course's figures, one function each, one module a chapter.

A page calls one of them and then ``plt.show()``. Matplotlib is imported when a figure is drawn, not
before: lecturelib does not need it. Each function returns the Matplotlib figure.
"""

from .attention import *  # noqa: F403
from .dragged import *  # noqa: F403
from .examples import *  # noqa: F403
from .factorisation import *  # noqa: F403
from .introduction import *  # noqa: F403
from .machine_learning import *  # noqa: F403
from .matrices import *  # noqa: F403
from .next_course import *  # noqa: F403
from .perceptron import *  # noqa: F403
from .revisited import *  # noqa: F403
from .second_derivative import *  # noqa: F403
from .style import BLUE, FAINT, GREEN, GROUND, INK, RUST  # noqa: F401
