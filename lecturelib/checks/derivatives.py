"""Referees for a reader's own results: is this gradient, derivative, adjoint or Hessian right?

Every check compares in two ways that know nothing of each other. The first compares with the
differential that lecturelib finds in the code of f (or with differences of its values, where the
code cannot be read). The second looks at values of f alone: the Taylor remainder

    f(X + tH) - f(X) - t <G, H>

falls faster than t if G is the gradient (like t^2 where f is twice differentiable), and only like t
if it is not. A wrong result is an answer and not an error: the report is false in a condition, and
its message says what seems to have happened.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..calculus import (
    _require_real,
    _require_scalar,
    as_point,
    differential,
    gradient,
    hessian,
    second_derivative,
    taylor,
)
from ..linearmap import LinearMap
from ..numbers.series import KinkWarning
from ..numbers.values import vec
from ..spaces import InnerProduct, frobenius
from .agreement import ENTRY, TOLERANCE, Agreement, largest
from .slips import Slip, Wrong, multiple, slip_of

#: Every check draws the same directions each time.
SEED = 20240918
DIRECTIONS = 6

#: Steps t, as multiples of the size of X: the largest still small, the smallest above rounding.
STEPS = 2.0 ** -np.arange(3.0, 17.0)

_EPS = float(np.finfo(float).eps)


class Report:
    """What a check found; true in a condition if the result is right.

    Attributes
    ----------
    check : str
        The name of the check.
    error : float
        The largest difference found, relative to the size of the right result.
    slope : float
        How fast the Taylor remainder falls with the step: for a right gradient or derivative more
        than 1, for a wrong one 1; for a right Hessian more than 2, for a wrong one 2. It is 2, or
        3, where f is smooth and the next term does not vanish. Infinite if the remainder vanishes,
        ``nan`` where there is none.
    message : str
        One sentence: what agrees, or what seems to have gone wrong.
    slip : str
        The kind of slip that gives the wrong result: ``"missing term"``, ``"sign"``, ...; empty if
        none does.
    steps, remainders : numpy.ndarray
        The remainder against the step, for a table or a plot.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import check_gradient
    >>> report = check_gradient(lambda x: x @ x, [3.0, 4.0], [3.0, 4.0])
    >>> bool(report), round(report.error, 6), round(report.slope, 1)
    (False, 0.5, 1.0)
    """

    __slots__ = ("_ok", "check", "error", "message", "remainders", "slip", "slope", "steps")

    def __init__(
        self,
        check: str,
        ok: bool,
        message: str,
        error: float = float("inf"),
        slope: float = float("nan"),
        steps: Any = (),
        remainders: Any = (),
        slip: str = "",
    ) -> None:
        self.check, self._ok, self.message, self.slip = check, bool(ok), message, slip
        self.error, self.slope = float(error), float(slope)
        self.steps, self.remainders = np.asarray(steps, float), np.asarray(remainders, float)

    def __bool__(self) -> bool:
        return self._ok

    def explain(self, found: Slip | str) -> None:
        """Say what went wrong."""
        self.message, self.slip = (
            (found, "") if isinstance(found, str) else (found.message, found.kind)
        )

    def table(self) -> str:
        """The remainders against the steps, as text.

        Examples
        --------
        >>> import numpy as np
        >>> from lecturelib import check_gradient
        >>> report = check_gradient(lambda x: x @ x, [3.0, 4.0], [3.0, 4.0])
        >>> print(report.table().splitlines()[0])
           step t    remainder   local slope
        """
        lines = ["   step t    remainder   local slope"]
        for i, (t, remainder) in enumerate(zip(self.steps, self.remainders, strict=True)):
            previous = self.remainders[i - 1] if i else 0.0
            local = ""
            if i and remainder > 0 and previous > 0:
                local = f"{np.log(previous / remainder) / np.log(self.steps[i - 1] / t):.2f}"
            lines.append(f"   {t:.1e}   {remainder:.1e}   {local}".rstrip())
        return "\n".join(lines)

    def __repr__(self) -> str:
        if self._ok:
            size = f"error below {TOLERANCE:.0e}"
        else:
            size = f"error {self.error:.1g}" if np.isfinite(self.error) else ""
        slope = "" if np.isnan(self.slope) else f"slope {self.slope:.1f}"
        parts = ["right" if self._ok else "wrong", size, slope]
        reason = "" if self._ok else f"; {self.message}"
        return f"<{self.check}: {', '.join(part for part in parts if part)}{reason}>"


# -- The checks -----------------------------------------------------------------------------------


def check_gradient(f: Any, G: Any, X: Any, inner: InnerProduct = frobenius) -> Report:
    """Is G the gradient of f at X?

    Parameters
    ----------
    f : callable
        Scalar-valued, any code: where lecturelib cannot trace it, differences of its values are
        used, and the message says so.
    G : array_like or callable
        The gradient at X, or a function that gives it.
    X : array_like
        The point.
    inner : InnerProduct
        The inner product, or the subspace, of which G claims to be the gradient.

    Returns
    -------
    Report

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import check_gradient
    >>> A, x = np.array([[2.0, 1.0], [0.0, 3.0]]), np.array([1.0, -1.0])
    >>> print(bool(check_gradient(lambda x: x @ A @ x, lambda x: (A + A.T) @ x, x)))
    True
    >>> print(check_gradient(lambda x: x @ A @ x, lambda x: (A + A.T) @ x / 2, x).message)
    off by the factor 1/2: G is 1/2 times the gradient
    """
    subject = _Subject("check_gradient", f, X, inner)
    X, directions = subject.X, subject.directions
    G = np.asarray(G(X) if callable(G) else G)
    df = np.array([subject.first(H).item() for H in directions])
    agrees = Agreement(df, subject.floor)
    fault = _not_numbers("G", G)
    if fault:
        return subject.wrong(fault)
    if G.shape != X.shape:
        return subject.wrong(_gradient_of_wrong_shape(G, X, directions, agrees))
    if not _lies_in(inner, G):
        projected = [frobenius(G, H) for H in directions]
        return subject.wrong(
            f"G is not in the subspace {inner.name!r}"
            + (f"; its projection, {inner.name}.project(G), is right" if agrees(projected) else "")
        )

    claimed = np.array([inner(G, H) for H in directions])
    report = subject.verdict(
        claimed,
        agrees,
        lambda i, t: t * claimed[i],
        "inner(G, H) agrees with the differential of f",
    )
    if report and (fault := subject.small_entry_off(G, inner)):
        return subject.wrong(fault)
    if not report:
        report.explain(
            (_NOT_SMOOTH if agrees(claimed) else "")
            or multiple("G", "the gradient", claimed, agrees)
            or _other_gradient(G, directions, inner, agrees)
            or subject.slip("G", [G], lambda X: gradient(f, X, inner), [(X,)])
            or _worst_entry(subject, G, inner)
        )
    return subject.noted(report)


def check_derivative(f: Any, L: Any, X: Any) -> Report:
    """Is L the derivative of f at X, the linear map ``H -> (df/dX)(X)[H]``?

    Parameters
    ----------
    f : callable
        One array in, one array out; any code.
    L : LinearMap, callable or matrix
        A map ``L[H]``, a function of H, or the matrix with ``vec(dY) = L vec(dX)``.
    X : array_like
        The point.

    Returns
    -------
    Report

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import check_derivative
    >>> X = np.array([[2.0, 1.0], [0.0, 3.0]])
    >>> Y = np.linalg.inv(X)
    >>> bool(check_derivative(np.linalg.inv, lambda H: -Y @ H @ Y, X))
    True
    >>> print(check_derivative(np.linalg.inv, lambda H: Y @ H @ Y, X).message)
    wrong sign: L is the negative of the derivative
    """
    subject = _Subject("check_derivative", f, X)
    apply, fault = _as_function("L", L, subject.X.shape, subject.value.shape)
    if apply is None:
        return subject.wrong(fault)
    directions = subject.directions
    df = np.array([subject.first(H) for H in directions])
    agrees = Agreement(df, subject.floor)
    images = [np.asarray(apply(H)) for H in directions]
    fault = _wrong_images("L", images, subject.value.shape, "f(X)", agrees)
    fault = fault or _not_numbers("L[H]", images[0]) or _not_linear("L", apply, directions)
    if fault:
        return subject.wrong(fault)

    claimed = np.array(images).reshape(df.shape)
    report = subject.verdict(
        claimed, agrees, lambda i, t: t * claimed[i], "L[H] agrees with the differential of f"
    )
    if not report:
        points = [(subject.X, H) for H in directions[:3]]
        report.explain(
            (_NOT_SMOOTH if agrees(claimed) else "")
            or multiple("L", "the derivative", claimed, agrees)
            or _other_map(L, apply, directions, claimed, agrees)
            or subject.slip("L[H]", claimed[:3], lambda X, H: differential(f, X, H), points)
            or _worst_output(claimed, df)
        )
    return subject.noted(report)


def check_adjoint(L: Any) -> Report:
    """Is ``L.T`` the adjoint of L: ``<L[H], G> = <H, L.T[G]>`` for every H and G?

    Parameters
    ----------
    L : LinearMap
        Or anything with ``L[H]``, ``L.T[G]``, ``shape_in`` and ``shape_out``.

    Returns
    -------
    Report

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import LinearMap, check_adjoint
    >>> A = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0]])
    >>> bool(check_adjoint(LinearMap(lambda x: A @ x, lambda y: A.T @ y, (3,), (2,))))
    True
    >>> print(check_adjoint(LinearMap(lambda x: A @ x, lambda y: y @ (2 * A), (3,), (2,))).message)
    off by the factor 2: L.T is 2 times the adjoint
    """
    missing = [name for name in ("T", "shape_in", "shape_out") if not hasattr(L, name)]
    if missing:
        raise TypeError(
            f"check_adjoint needs a map with L[H], L.T[G], L.shape_in and L.shape_out; this "
            f"{type(L).__name__} has no {missing[0]}. Make one with LinearMap(apply, adjoint, "
            "shape_in, shape_out)."
        )
    rng = np.random.default_rng(SEED)
    inputs = [rng.standard_normal(L.shape_in) for _ in range(DIRECTIONS)]
    outputs = [rng.standard_normal(L.shape_out) for _ in range(DIRECTIONS)]
    forward = [np.asarray(L[H]) for H in inputs]
    backward = [np.asarray(L.T[G]) for G in outputs]
    name = "check_adjoint"
    for arrays, shape, call in ((forward, L.shape_out, "L[H]"), (backward, L.shape_in, "L.T[G]")):
        if arrays[0].shape != tuple(shape):
            return Report(
                name, False, f"{call} has shape {arrays[0].shape}, and it must have {tuple(shape)}"
            )
    fault = (
        _not_numbers("L[H]", forward[0], real=False)
        or _not_numbers("L.T[G]", backward[0], real=False)
        or _not_linear("L", lambda H: L[H], inputs)
        or _not_linear("L.T", lambda G: L.T[G], outputs)
    )
    if fault:
        return Report(name, False, fault)
    left = np.array([[np.sum(Y * G).real for G in outputs] for Y in forward])
    right = np.array([[np.sum(H * Z).real for Z in backward] for H in inputs])
    agrees = Agreement(left, 0.0)
    if agrees(right):
        message = f"<L[H], G> = <H, L.T[G]> in {left.size} pairs of directions"
    else:
        message = ""
    report = Report(name, agrees(right), message, agrees.error(right))
    if not report:
        report.explain(
            multiple("L.T", "the adjoint", right, agrees)
            or "<L[H], G> and <H, L.T[G]> differ: for the first pair of directions they are "
            f"{left[0, 0]:.6g} and {right[0, 0]:.6g}"
        )
    return report


def check_hessian(f: Any, Hop: Any, X: Any, inner: InnerProduct = frobenius) -> Report:
    """Is Hop the Hessian of f at X: self-adjoint, with ``inner(Hop[H], K) = d^2f[H, K]``?

    Parameters
    ----------
    f : callable
        Scalar-valued, any code.
    Hop : LinearMap, callable or matrix
        A map ``Hop[H]``, a function of H, or the matrix that acts on ``vec(H)``.
    X : array_like
        The point.
    inner : InnerProduct

    Returns
    -------
    Report
        Its remainder is ``f(X + tH) - f(X) - t df[H] - t^2/2 inner(Hop[H], H)``, of slope 3.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import check_hessian
    >>> A, x = np.array([[2.0, 1.0], [0.0, 3.0]]), np.array([1.0, -1.0])
    >>> bool(check_hessian(lambda x: x @ A @ x, A + A.T, x))
    True
    >>> print(check_hessian(lambda x: x @ A @ x, 2 * A, x).message)
    not self-adjoint: the quadratic form is right, so the Hessian is the self-adjoint part of Hop
    """
    subject = _Subject("check_hessian", f, X, inner)
    apply, fault = _as_function("Hop", Hop, subject.X.shape, subject.X.shape)
    if apply is None:
        return subject.wrong(fault)
    directions = subject.directions
    images = [np.asarray(apply(H)) for H in directions]
    fault = _wrong_images("Hop", images, subject.X.shape, "X", lambda _: False)
    rounding = 1e3 * _EPS * max(abs(subject.first(H).item()) for H in directions)
    fault = (
        fault
        or _not_numbers("Hop[H]", images[0])
        or _not_linear("Hop", apply, directions, rounding)
    )
    if fault:
        return subject.wrong(fault)
    images = [image.reshape(subject.X.shape) for image in images]
    if not all(_lies_in(inner, image) for image in images):
        return subject.wrong(
            f"Hop[H] is not in the subspace {inner.name!r}; a Hessian on it maps it to itself"
        )

    n = len(directions)
    pairs = [(i, j) for i in range(n) for j in (i, (i + 1) % n)]
    claimed = np.array([inner(images[i], directions[j]) for i, j in pairs])
    swapped = np.array([inner(images[j], directions[i]) for i, j in pairs])
    known = np.array([subject.second(directions[i], directions[j]).item() for i, j in pairs])
    df = [subject.first(H).item() for H in directions]
    forms = [inner(images[i], directions[i]) for i in range(n)]
    agrees = Agreement(known, subject.floor)
    report = subject.verdict(
        claimed,
        agrees,
        lambda i, t: t * df[i] + 0.5 * t * t * forms[i],
        "inner(Hop[H], K) agrees with the second derivative of f",
        order=2,
    )
    symmetry = Agreement(claimed, subject.floor)
    if report and not symmetry(swapped):  # the pairs above did not show it
        report = subject.wrong("")
    if not report:
        diagonal = np.array([i == j for i, j in pairs])
        symmetrized = np.where(diagonal, claimed, (claimed + swapped) / 2.0)
        product = [frobenius(images[i], directions[j]) for i, j in pairs]
        points = [(subject.X, H) for H in directions[:3]]
        report.explain(
            (_NOT_SMOOTH if agrees(claimed) and symmetry(swapped) else "")
            or multiple("Hop", "the Hessian", claimed, agrees)
            or (_NOT_SYMMETRIC if agrees(symmetrized) else "")
            or (_IS_FROBENIUS.format("Hop") if agrees(product) else "")
            or subject.slip("Hop[H]", images[:3], lambda X, H: hessian(f, X, inner)[H], points)
            or (
                f"for one direction H, inner(Hop[H], H) is {claimed[0]:.6g} and the second "
                f"derivative of f is {known[0]:.6g}"
                + ("" if symmetry(swapped) else "; Hop is not self-adjoint either")
            )
        )
    return subject.noted(report)


# -- The function under check ---------------------------------------------------------------------


class _Subject:
    """f near X: its values, and its differentials by tracing or, failing that, by differences."""

    def __init__(self, check: str, f: Any, X: Any, inner: InnerProduct | None = None) -> None:
        self.check, self.f, self.X = check, f, as_point(X)
        _require_real(self.X)
        self.value = np.asarray(f(self.X))
        if self.value.dtype.kind not in "fc":
            self.value = self.value.astype(float)
        if inner is not None:
            _require_scalar(self.value)
            inner.check_point(self.X)
        if not np.isfinite(self.value).all():
            raise ValueError(
                f"f is not finite at the point given, of shape {self.X.shape}, so it has no "
                "derivative there. Choose a point inside the domain of f."
            )
        self.directions = self._directions(None if inner is None else inner.project)
        self.untraced = ""
        self.kinks: list[str] = []
        # How far f moves over a step of the size of X says below which size its differential is
        # rounding: at a stationary point nothing else does.
        moved = [largest(self.at(H, 0.25) - self.value) for H in self.directions[:2]]
        self._moved = max((size for size in moved if np.isfinite(size)), default=0.0)

    @property
    def floor(self) -> float:
        """Below which size a differential is rounding; differences have that of the values too."""
        size = max(self._moved, largest(self.value)) if self.untraced else self._moved
        return 1e-3 * TOLERANCE * size

    def _directions(self, project: Callable[[Any], Any] | None) -> list[np.ndarray]:
        """Directions of the size of X, so that a step t is a relative one."""
        rng = np.random.default_rng(SEED)
        size = largest(self.X) or 1.0
        directions = []
        for _ in range(DIRECTIONS):
            H = rng.standard_normal(self.X.shape)
            H = H if project is None else project(H)
            directions.append(H * (size / (largest(H) or 1.0)))
        return directions

    def at(self, H: np.ndarray, t: float) -> np.ndarray:
        """f(X + tH), or nan where f is not defined."""
        try:
            with np.errstate(all="ignore"):
                return np.asarray(self.f(self.X + t * H)).reshape(self.value.shape)
        except (np.linalg.LinAlgError, ArithmeticError, ValueError):
            return np.full(self.value.shape, np.nan)

    def first(self, H: np.ndarray) -> np.ndarray:
        """The differential of f along H."""
        return self._read(lambda: taylor(self.f, self.X, H, 1)[1], lambda: self._differences(H, 1))

    def second(self, H: np.ndarray, K: np.ndarray) -> np.ndarray:
        """The second derivative of f as a bilinear form."""
        if H is K:
            return self._read(
                lambda: second_derivative(self.f, self.X, H), lambda: self._differences(H, 2)
            )
        return self._read(
            lambda: second_derivative(self.f, self.X, H, K),
            lambda: (self._differences(H + K, 2) - self._differences(H - K, 2)) / 4.0,
        )

    def _read(self, trace: Callable[[], Any], differ: Callable[[], Any]) -> np.ndarray:
        if self.untraced:
            return differ()
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", KinkWarning)
                result = np.asarray(trace())
        except np.linalg.LinAlgError:  # says that f has no derivative here
            raise
        except (TypeError, ValueError, AttributeError, NotImplementedError) as error:
            self.untraced = str(error).partition(". ")[0].partition(", which")[0]
            return differ()
        if not np.isfinite(result).all():  # 0 times infinity, as for (x^2)^(3/4) at 0
            self.untraced = "its rules give no finite number at this point"
            return differ()
        self.kinks += [str(w.message) for w in caught if issubclass(w.category, KinkWarning)]
        return result

    def _differences(self, H: np.ndarray, order: int) -> np.ndarray:
        """Central differences, extrapolated to step 0: in t^2 (Ridders 1982), or in any power of t.

        The second way is for functions with one derivative more or less, such as x |x|^(1/2).
        """
        best, smallest = np.full(self.value.shape, np.nan), np.inf
        previous: list[np.ndarray] = []
        plain: list[np.ndarray] = []
        limits: list[np.ndarray] = []
        for k in range(10):
            t = 0.2 * 2.0**-k
            ahead, behind = self.at(H, t), self.at(H, -t)
            if order == 1:
                row = [(ahead - behind) / (2.0 * t)]
            else:
                row = [(ahead - 2.0 * self.value + behind) / (t * t)]
            for j, coarser in enumerate(previous):
                row.append(row[j] + (row[j] - coarser) / (4.0 ** (j + 1) - 1.0))
                gap = max(largest(row[-1] - row[j]), largest(row[-1] - coarser))
                if gap < smallest:
                    best, smallest = row[-1], gap
            previous = row
            plain.append(row[0])
            if k >= 2:
                limits.append(_aitken(*plain[-3:]))
            if k >= 3 and (gap := largest(limits[-1] - limits[-2])) < smallest:
                best, smallest = limits[-1], gap
        return best

    def small_entry_off(self, G: np.ndarray, inner: InnerProduct) -> str:
        """Which entry of G is wrong on its own scale, while larger ones hide it."""
        if self.untraced or G.size == 0:
            return ""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", KinkWarning)  # said already
            known = gradient(self.f, self.X, inner)
        if not np.isfinite(known).all():
            return ""
        scale = np.maximum(np.abs(known), ENTRY * largest(known)) + self.floor / TOLERANCE
        gap = np.abs(G - known)
        off = np.divide(gap, scale, out=np.zeros_like(gap), where=gap > 0)
        i = tuple(int(k) for k in np.unravel_index(np.argmax(off), G.shape))
        if off[i] <= TOLERANCE:
            return ""
        return (
            f"entry {i[0] if len(i) == 1 else i} is {G[i]:.6g} and should be {known[i]:.6g}; the "
            "other entries are so much larger that no direction shows it"
        )

    def slip(
        self, name: str, claimed: Any, right: Callable[..., Any], points: list[tuple[Any, ...]]
    ) -> Slip | None:
        """The slip that gives the claimed arrays, where f can be traced."""
        if self.untraced:
            return None
        return slip_of(Wrong(name, claimed, right, ["X", "H"], points))

    def wrong(self, found: Slip | str) -> Report:
        report = Report(self.check, False, "")
        report.explain(found)
        return self.noted(report)

    def noted(self, report: Report) -> Report:
        """Say how the comparison was made, where it was not the usual way."""
        if self.untraced:
            report.message += (
                f"; f could not be traced ({self.untraced}), so differences of its values were used"
            )
        if self.kinks:
            report.message += f"; {self.kinks[0].partition(';')[0]}"
        return report

    def verdict(
        self,
        claimed: np.ndarray,
        agrees: Agreement,
        model: Callable[[int, float], Any],
        praise: str,
        order: int = 1,
    ) -> Report:
        """Both comparisons: with the known differentials, and with values of f."""
        steps, remainders, noise = self._remainders(model)
        usable = np.flatnonzero(remainders > noise)[-6:]
        slope = np.inf  # the remainder is rounding, as for a linear f
        if usable.size >= 3:
            slope = np.polyfit(np.log(steps[usable]), np.log(remainders[usable]), 1)[0]
        # An error within the tolerance bends the remainder too; it must not decide.
        visible = remainders[usable] > 10.0 * TOLERANCE * agrees.scale * steps[usable] ** order
        clear = slope > order + 0.5 or not visible.any()
        falls = clear or _tends_to_zero(remainders[usable] / steps[usable] ** order)
        if self._vanishes(steps, remainders, noise, agrees.scale, order):
            falls, slope = True, np.inf
        ok = agrees(claimed) and falls
        how = f"falls with slope {slope:.1f}" if np.isfinite(slope) else "vanishes up to rounding"
        message = f"{praise} in {DIRECTIONS} directions, and the Taylor remainder {how}"
        return Report(
            self.check, ok, message if ok else "", agrees.error(claimed), slope, steps, remainders
        )

    @staticmethod
    def _vanishes(
        steps: np.ndarray, remainders: np.ndarray, noise: np.ndarray, scale: float, order: int
    ) -> bool:
        """Whether the shortest steps leave rounding alone, where a wrong result would be seen.

        So it is on this side of a kink that the longer steps cross.
        """
        shortest = slice(-3, None)
        seen = 1e-3 * scale * steps[shortest] ** order
        below = (remainders[shortest] <= noise[shortest]) & (noise[shortest] < seen)
        return steps.size >= 3 and bool(below.all())

    def _remainders(
        self, model: Callable[[int, float], Any]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Steps, the largest remainder over three directions, and its part that is rounding."""
        directions = self.directions[:3]
        remainders = np.array(
            [
                largest(
                    [self.at(H, t) - self.value - model(i, t) for i, H in enumerate(directions)]
                )
                for t in STEPS
            ]
        )
        slopes = largest([model(i, 1.0) for i in range(len(directions))])
        relative = 1e-9 if self.untraced else _EPS  # what differences leave of the differential
        noise = self._noise(directions[0]) + _EPS * largest(self.value) + relative * slopes * STEPS
        inside = np.isfinite(remainders)
        return STEPS[inside], remainders[inside], 16.0 * noise[inside]

    def _noise(self, H: np.ndarray) -> float:
        """The rounding of f's values, from fourth differences at close points (Hamming 1962)."""
        values = np.array([self.at(H, k * 2.0**-17) for k in range(8)])
        if not np.isfinite(values).all():
            return 0.0
        fourth = np.diff(values, n=4, axis=0)
        return float(np.sqrt(np.max(np.mean(np.abs(fourth) ** 2, axis=0), initial=0.0) / 70.0))


def _tends_to_zero(quotients: np.ndarray) -> bool:
    """Whether remainder / t^order, for steps that halve, tends to 0 and not to another number.

    For c t^p it does, however small p > 0; at a kink it is e + c t, and e is what is left.
    """
    if quotients.size < 5:
        return False
    first, second, third = quotients[-5::2]
    if third > 0.98 * first:  # a constant, or it grows
        return False
    return bool(abs(_aitken(first, second, third)) < 0.25 * third)


def _aitken(first: Any, second: Any, third: Any) -> Any:
    """The limit of e + c q^k from three values in a row (Aitken 1926), entry by entry."""
    bend = np.asarray(third - 2.0 * second + first)
    return third - (third - second) ** 2 / np.where(bend == 0.0, np.inf, bend)


def _lies_in(inner: InnerProduct, G: np.ndarray) -> bool:
    if inner.project is None:
        return True
    return largest(G - inner.project(G)) <= 1e-10 * largest(G)


# -- What seems to have happened ------------------------------------------------------------------

_NOT_SMOOTH = (
    "the result agrees with the rules for f, and yet the Taylor remainder of f's values does not "
    "fall as it should: f is not differentiable here, or turns within the shortest step, or its "
    "values are not those of its formula"
)
_NOT_SYMMETRIC = (
    "not self-adjoint: the quadratic form is right, so the Hessian is the self-adjoint part of Hop"
)
_IS_FROBENIUS = "{} is the one of the Frobenius inner product, not of the one asked for"


def _not_numbers(name: str, A: np.ndarray, real: bool = True) -> str:
    if A.dtype.kind == "c" and real:
        return f"{name} is complex, and f is a function of real arrays"
    if A.dtype.kind not in "biufc":
        return f"{name} has entries of type {A.dtype}, and it must hold numbers"
    bad = ~np.isfinite(A)
    if bad.any():
        index = tuple(int(i) for i in np.argwhere(bad)[0])
        place = f"entry {index[0] if len(index) == 1 else index}" if index else "it"
        return f"{name} is not finite: {place} is {A[index]}"
    return ""


def _gradient_of_wrong_shape(
    G: np.ndarray, X: np.ndarray, directions: Sequence[np.ndarray], agrees: Agreement
) -> Slip | str:
    message = f"G has shape {G.shape}, and X has shape {X.shape}: a gradient has the shape of X"
    if G.size != X.size:
        return message
    entries = "; its entries are those of the gradient,"
    for kind, hint, candidate in (
        ("transposed", "; it is the transpose of the gradient (numerator layout)", G.T),
        ("layout", f"{entries} column by column", G.reshape(X.shape, order="F")),
        ("layout", f"{entries} row by row", G.reshape(X.shape)),
    ):
        if candidate.shape == X.shape and agrees([np.sum(candidate * H) for H in directions]):
            return Slip(kind, message + hint)
    return message


def _other_gradient(
    G: np.ndarray, directions: Sequence[np.ndarray], inner: InnerProduct, agrees: Agreement
) -> Slip | str:
    """Gradients under another convention."""

    def is_right(candidate: np.ndarray, product: Any = frobenius) -> bool:
        return agrees([product(candidate, H) for H in directions])

    if inner.project is None and is_right(G):
        return _IS_FROBENIUS.format("G")
    if G.ndim != 2 or G.shape[0] != G.shape[1]:
        return ""
    if is_right(G.T, frobenius if inner.project else inner):
        return Slip(
            "transposed", "transposed: G is the transpose of the gradient (numerator layout)"
        )
    if is_right((G + np.diag(np.diag(G))) / 2.0):
        return Slip(
            "diagonal",
            "G is 2 S - diag(S), where S is the gradient: it counts the entries off the diagonal "
            "of a symmetric matrix twice, as tables of partial derivatives do",
        )
    return ""


def _worst_entry(subject: _Subject, G: np.ndarray, inner: InnerProduct) -> str:
    """Where G is wrong."""
    if not subject.untraced:
        right = gradient(subject.f, subject.X, inner)
    elif inner is frobenius and G.size <= 100:
        units = np.eye(G.size).reshape(G.size, *G.shape)
        right = np.reshape([subject.first(unit).item() for unit in units], G.shape)
    else:
        return "inner(G, H) is not the differential of f"
    index = np.unravel_index(np.argmax(np.abs(G - right)), G.shape)
    place = f" at entry {int(index[0]) if len(index) == 1 else tuple(int(i) for i in index)}"
    return (
        f"G differs from the gradient, most{place if index else ''}: {G[index]:.6g} given, "
        f"{right[index]:.6g} found"
    )


def _as_function(
    name: str, L: Any, shape_in: tuple[int, ...], shape_out: tuple[int, ...]
) -> tuple[Callable[[Any], Any] | None, str]:
    """A map, a function or a matrix on column-stacked vectors, as a function of H."""
    if isinstance(L, LinearMap):
        if L.shape_in != shape_in:
            return None, f"{name} takes arrays of shape {L.shape_in}, and X has shape {shape_in}"
        return lambda H: L[H], ""
    if callable(L):
        return L, ""
    M = np.atleast_2d(np.asarray(L))
    rows, columns = int(np.prod(shape_out)), int(np.prod(shape_in))
    if M.shape != (rows, columns):
        message = (
            f"{name} is a matrix of shape {M.shape}, and the one with vec(dY) = {name} vec(dX) has "
            f"shape {(rows, columns)}"
        )
        if M.shape == (columns, rows):
            message += "; its transpose has it (denominator layout)"
        return None, message
    fault = _not_numbers(name, M)
    if fault:
        return None, fault
    return lambda H: (M @ vec(H)).reshape(shape_out, order="F"), ""


def _wrong_images(
    name: str, images: Sequence[np.ndarray], shape: tuple[int, ...], what: str, agrees: Any
) -> str:
    got = images[0].shape
    if got == shape or images[0].size == int(np.prod(shape)) == 1:
        return ""
    message = f"{name}[H] has shape {got}, and {what} has shape {shape}: the two must be equal"
    transposes = [image.T for image in images]
    if transposes[0].shape == shape and agrees(transposes):
        message += f"; {name}[H] is the transpose of the right result"
    return message


def _not_linear(
    name: str, apply: Callable[[Any], Any], directions: Sequence[np.ndarray], floor: float = 0.0
) -> str:
    """Whether a map is not linear, by more than `floor`, which is rounding."""
    H, K = directions[:2]
    images = np.asarray(apply(H)), np.asarray(apply(K))
    combined = np.asarray(apply(2.0 * H - 3.0 * K))
    gap = largest(combined - (2.0 * images[0] - 3.0 * images[1]))
    if gap <= max(TOLERANCE * max(largest(images[0]), largest(images[1])), floor):
        return ""
    return f"{name} is not linear: {name}[2 H - 3 K] differs from 2 {name}[H] - 3 {name}[K]"


def _other_map(
    L: Any,
    apply: Callable[[Any], Any],
    directions: Sequence[np.ndarray],
    claimed: np.ndarray,
    agrees: Agreement,
) -> Slip | str:
    """Derivatives under another convention."""
    shape_in, shape_out = directions[0].shape, claimed.shape[1:]
    if len(shape_out) == 2 and shape_out[0] == shape_out[1]:
        if agrees(np.swapaxes(claimed, 1, 2)):
            return Slip("transposed", "transposed: L[H] is the transpose of the differential")
    if len(shape_in) == 2 and shape_in[0] == shape_in[1]:
        if agrees([np.reshape(apply(H.T), shape_out) for H in directions]):
            return Slip("transposed factor", "L takes the transpose of H: L[H.T] is right")
    if callable(L) or isinstance(L, LinearMap):
        return ""
    M = np.atleast_2d(np.asarray(L))
    if agrees([(M @ H.ravel()).reshape(shape_out) for H in directions]):
        return Slip(
            "layout",
            "L acts on row-stacked vectors (ravel); here matrices act on column-stacked ones (vec)",
        )
    if M.shape[0] == M.shape[1]:
        if agrees([(M.T @ vec(H)).reshape(shape_out, order="F") for H in directions]):
            return Slip(
                "transposed", "transposed: the matrix L.T is right (L is in denominator layout)"
            )
    return ""


def _worst_output(claimed: np.ndarray, known: np.ndarray) -> str:
    direction, *index = (
        int(i) for i in np.unravel_index(np.argmax(np.abs(claimed - known)), known.shape)
    )
    place = f", most at entry {index[0] if len(index) == 1 else tuple(index)}" if index else ""
    at = (direction, *index)
    return (
        f"L[H] differs from the differential{place}: for one direction H it is "
        f"{claimed[at]:.6g}, and should be {known[at]:.6g}"
    )
