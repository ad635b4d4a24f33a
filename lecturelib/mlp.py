"""The multilayer perceptron, lecture section 4: phi_l = sigma(W_l^T phi_{l-1}).

With z_l = W_l^T phi_{l-1}, the derivative of a layer is diag(sigma'(z_l)) H^T phi_{l-1} in the
direction H of W_l and diag(sigma'(z_l)) W_l^T h in the direction h of phi_{l-1}. Backpropagation
applies the adjoints, from the last layer to the first. What sigma' is, the table of rules says; the
network reads it off phi_l, which is all that it keeps of a layer.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from . import table
from .leastsquares import read_real, refuse_nonfinite
from .withheld import require_available

__all__ = ["MLP", "DivergenceError"]

ACTIVATIONS = ("tanh", "sigmoid", "relu", "identity")
COSTS = ("squared", "softmax")
STEP_RULES = ("constant", "1/k", "backtracking")

#: sigma'(z) times d, read off phi = sigma(z): z is not kept. In the tails, where sigma is flat, the
#: rules of the table keep digits that these lose; a step of a training does not need them.
SLOPES: dict[str, Callable[[Any, Any], Any]] = {
    "tanh": lambda phi, d: (1 - phi * phi) * d,
    "sigmoid": lambda phi, d: phi * (1 - phi) * d,
    "relu": lambda phi, d: (phi > 0) * d,
}

#: Entries of an array that stay in the cache together with the temporaries of a formula.
BLOCK = 1 << 14


class DivergenceError(ValueError):
    """Gradient descent has increased the cost beyond all bounds."""


class MLP:
    """A multilayer perceptron, trained by gradient descent.

    Parameters
    ----------
    sizes : sequence of int
        n_0, n_1, ..., n_L: the number of inputs, then of perceptrons in each layer.
    activation : {"tanh", "sigmoid", "relu", "identity"}
        sigma, applied entry by entry.
    cost : {"squared", "softmax"}
        ``"squared"``: ||phi_L - target||^2. ``"softmax"``: the cross-entropy
        -sum(target * log softmax(phi_L)), for targets whose columns sum to 1. Both are averaged
        over the samples.
    rng : int or numpy.random.Generator, optional
        Source of the initial weights, which are normal with variance 1 / n_{l-1}.
    last : {"tanh", "sigmoid", "relu", "identity"}, optional
        The activation of the last layer; by default `activation`, and ``"identity"`` if the cost
        is ``"softmax"``, which is an activation of its own.
    bias : bool
        Whether the constant 1 is appended to the input of every layer. The last row of each weight
        matrix, of shape (n_{l-1} + 1, n_l), is then the bias; it starts at 0.

    Attributes
    ----------
    weights : list of ndarray
        ``weights[0]`` is W_1, of shape (n_0, n_1).
    history : list of float
        The costs of the latest training, one before each step and one after the last.

    Raises
    ------
    ValueError
        An unknown activation or cost; sizes that are not two or more positive numbers.

    Notes
    -----
    Lecture, section 4, "MLP". The shape printed there for W_l is wrong (errata E46): it must be
    n_{l-1} x n_l for W_l^T phi_{l-1} to exist.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import MLP
    >>> net = MLP((3, 4, 4, 2), rng=0)
    >>> phi0, target = np.ones((3, 5)), np.zeros((2, 5))
    >>> net.forward(phi0).shape
    (2, 5)
    >>> [G.shape for G in net.backprop(phi0, target)]
    [(3, 4), (4, 4), (4, 2)]
    >>> history = net.train(phi0, target, steps=50, step=0.1)
    >>> bool(history[-1] < 0.01 * history[0])
    True
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str = "tanh",
        cost: str = "squared",
        rng: int | np.random.Generator | None = None,
        last: str | None = None,
        bias: bool = False,
    ) -> None:
        sizes = tuple(sizes)
        if len(sizes) < 2 or not all(isinstance(n, numbers.Integral) and n > 0 for n in sizes):
            raise ValueError(f"sizes must be two or more positive whole numbers, not {sizes}.")
        if last is None:
            last = "identity" if cost == "softmax" else activation
        _choose("activation", activation, ACTIVATIONS)
        _choose("activation", last, ACTIVATIONS)
        _choose("cost", cost, COSTS)
        self.sizes, self.activation, self.last, self.cost_name = sizes, activation, last, cost
        self.bias = bool(bias)
        names = [activation] * (len(sizes) - 2) + [last]
        # Operations of the table, where the identity is not found: it needs no rule.
        self._sigmas = [table.TABLE.get(name) for name in names]
        self.history: list[float] = []
        rng = np.random.default_rng(rng)
        self.weights: list[Any] = []
        for inputs, outputs in zip(sizes, sizes[1:], strict=False):
            W = rng.standard_normal((inputs, outputs)) / inputs**0.5
            self.weights.append(np.vstack([W, np.zeros((1, outputs))]) if bias else W)

    def forward(self, phi0: Any) -> Any:
        """The network's output phi_L.

        Parameters
        ----------
        phi0 : array_like, shape (n_0, N) or (n_0,)
            Inputs, one sample a column; or one sample.

        Returns
        -------
        ndarray, shape (n_L, N) or (n_L,)

        Raises
        ------
        ValueError
            If phi0 has another shape.
        """
        output = self._layers(self._samples(phi0), self.weights)[-1]
        return output[:, 0] if np.ndim(phi0) == 1 else output

    def cost(self, phi0: Any, target: Any) -> Any:
        """The cost of the network's output, averaged over the samples.

        Parameters
        ----------
        phi0 : array_like, shape (n_0, N) or (n_0,)
        target : array_like, shape (n_L, N) or (n_L,)

        Raises
        ------
        ValueError
            If a shape is wrong, or for ``"softmax"`` a column of the target does not sum to 1.
        """
        output = self._layers(self._samples(phi0), self.weights)[-1]
        return self._cost(output, self._target(target, output))

    def backprop(self, phi0: Any, target: Any) -> list[Any]:
        """Gradients of the cost with respect to every weight matrix, by backpropagation.

        Parameters
        ----------
        phi0 : array_like, shape (n_0, N) or (n_0,)
        target : array_like, shape (n_L, N) or (n_L,)

        Returns
        -------
        list of ndarray
            Of the shapes of the weights.

        Raises
        ------
        ValueError
            As in `cost`.

        Notes
        -----
        Lecture, section 4: the gradient to W_1, there for three layers and one sample.
        """
        require_available("lecturelib")
        layers = self._layers(self._samples(phi0), self.weights)
        return self._gradients(layers, self._target(target, layers[-1]), self.weights)

    def train(
        self,
        phi0: Any,
        target: Any,
        steps: int = 1000,
        step: float = 0.1,
        rule: str = "constant",
        progress: bool = True,
    ) -> np.ndarray:
        """Gradient descent, W_l -> W_l - alpha_k grad_{W_l} E for k = 1, 2, ..., steps.

        The weights are replaced, never changed in place: an interrupted run keeps its progress.

        Parameters
        ----------
        phi0 : array_like, shape (n_0, N) or (n_0,)
        target : array_like, shape (n_L, N) or (n_L,)
        steps : int
            Number of steps. ``"backtracking"`` stops early where no step lowers the cost.
        step : float
            The step size alpha, positive.
        rule : {"constant", "1/k", "backtracking"}
            alpha_k = alpha, or alpha / k, or found from the cost: alpha at first and then twice the
            last one, halved until the cost falls by a quarter of what the gradient promises.
        progress : bool
            Whether a run of more than two seconds shows a bar, for which tqdm must be installed.

        Returns
        -------
        ndarray
            The costs before each step and after the last one; also in `history`.

        Raises
        ------
        ValueError
            NaN or infinity in the data (named by its place), wrong shapes, an unknown rule.
        DivergenceError
            If the cost grows a millionfold or stops being finite. The weights are then the best
            ones met on the way.

        Notes
        -----
        Lecture, section 4, with errata E58: a decreasing step size is neither needed nor enough.
        """
        _choose("step rule", rule, STEP_RULES)
        if not (isinstance(steps, numbers.Integral) and steps >= 0):
            raise ValueError(f"steps must be a whole number, at least 0, but it is {steps!r}.")
        if not 0 < step < float("inf"):
            raise ValueError(f"step must be a positive number, but it is {step!r}.")
        phi0 = np.asarray(read_real("phi0", phi0), dtype=float)
        target = np.asarray(read_real("target", target), dtype=float)
        refuse_nonfinite("phi0", phi0)
        refuse_nonfinite("target", target)
        for i, W in enumerate(self.weights):
            refuse_nonfinite(f"weights[{i}]", W)

        phi0 = self._samples(phi0)
        weights = best = self.weights
        with np.errstate(over="ignore", invalid="ignore"):  # divergence is reported as such
            layers = self._layers(phi0, weights)
            target = self._target(target, layers[-1])
            cost = lowest = float(self._cost(layers[-1], target))
            if not np.isfinite(cost):
                raise DivergenceError(f"The initial weights cost {cost}: scale them down.")
            self.history = [cost]
            alpha = step
            for k in _counted(steps, progress):
                gradients = self._gradients(layers, target, weights)
                if rule == "1/k":
                    alpha = step / k
                elif rule == "backtracking" and k > 1:
                    alpha *= 2
                slope = sum(float(np.vdot(G, G)) for G in gradients)
                while True:
                    if rule == "backtracking" and cost - alpha * slope == cost:
                        return np.array(self.history)  # stationary, to the last digit
                    new = [W - alpha * G for W, G in zip(weights, gradients, strict=True)]
                    layers = self._layers(phi0, new)
                    new_cost = float(self._cost(layers[-1], target))
                    if rule != "backtracking" or new_cost <= cost - 0.25 * alpha * slope:
                        break
                    alpha /= 2
                if not new_cost <= 1e6 * self.history[0]:
                    self.weights = best
                    raise DivergenceError(
                        f"The cost grew from {self.history[0]:.3g} to {new_cost:.3g} at step {k}: "
                        f"the step {alpha:.3g} is too long. The weights are the best ones so far, "
                        f'of cost {lowest:.3g}; try a shorter step or rule="backtracking".'
                    )
                weights, cost = new, new_cost
                self.weights = weights
                self.history.append(cost)
                if cost < lowest:
                    lowest, best = cost, weights
        return np.array(self.history)

    # -- The lecture's formulas -------------------------------------------------------------------

    def _layers(self, phi: Any, weights: list[Any]) -> list[Any]:
        """[phi_0, ..., phi_L] with phi_l = sigma(W_l^T phi_{l-1})."""
        layers = [phi]
        for W, sigma in zip(weights, self._sigmas, strict=True):
            try:  # dot is the product @, but for small matrices twice as fast
                z = np.dot(W.T, _with_one(phi) if self.bias else phi)
            except ValueError:
                rows = len(phi) + self.bias
                raise ValueError(
                    f"weights[{len(layers) - 1}] has shape {W.shape}, but what it acts on has "
                    f"{rows} entries: W_l must have shape (n_(l-1), n_l), here ({rows}, n)."
                ) from None
            if sigma is None:
                phi = z
            elif type(z) is np.ndarray:
                phi = _entrywise(sigma.value, z, z)
            else:  # under differentiation
                phi = sigma(z)
            layers.append(phi)
        return layers

    def _gradients(self, layers: list[Any], target: Any, weights: list[Any]) -> list[Any]:
        """From the last layer to the first: delta_l = sigma'(z_l) * dE/dphi_l,
        grad_{W_l} = phi_{l-1} delta_l^T and dE/dphi_{l-1} = W_l delta_l.

        Empties `layers`, so that none is kept longer than it is needed.
        """
        gradients = []
        phi = layers.pop()
        dphi = self._cost_gradient(phi, target)
        for W, sigma in zip(reversed(weights), reversed(self._sigmas), strict=True):
            # sigma is elementwise and its derivative self-adjoint: the same product with sigma'.
            delta = dphi
            if sigma is not None:
                delta = _entrywise(SLOPES[sigma.name], dphi, phi, dphi)
            phi = layers.pop()
            gradients.append((_with_one(phi) if self.bias else phi).dot(delta.T))
            if layers:
                dphi = (W[:-1] if self.bias else W).dot(delta)
        gradients.reverse()
        return gradients

    def _cost(self, output: Any, target: Any) -> Any:
        if self.cost_name == "squared":
            error = output - target
            return (error * error).sum() / target.shape[1]  # no abs: the complex step passes
        # -sum(t * log softmax(z)) = logsumexp(z) - sum(t * z) where t sums to 1
        cross = table.logsumexp(output, axis=0).sum() - (target * output).sum()
        return cross / target.shape[1]

    def _cost_gradient(self, output: Any, target: Any) -> Any:
        """dE/dphi_L."""
        if self.cost_name == "squared":
            return (output - target) * (2.0 / target.shape[1])
        return (table.softmax(output, axis=0) - target) / target.shape[1]

    # -- Checks -----------------------------------------------------------------------------------

    def _samples(self, phi0: Any) -> Any:
        phi = phi0 if hasattr(phi0, "ndim") else np.asarray(phi0)
        if phi.ndim == 1:
            phi = phi[:, None]
        n = self.sizes[0]
        if phi.ndim != 2 or len(phi) != n or phi.shape[1] == 0:
            raise ValueError(
                f"phi0 has shape {np.shape(phi0)}, but the network has {n} inputs: samples are "
                f"columns, so it must have shape ({n}, N), or ({n},) for one sample."
            )
        return phi

    def _target(self, target: Any, output: Any) -> Any:
        t = target if hasattr(target, "ndim") else np.asarray(target)
        if t.ndim == 1:
            t = t[:, None]
        if t.shape != output.shape:
            raise ValueError(
                f"target has shape {np.shape(target)}, but the network's output has shape "
                f"{output.shape}."
            )
        if self.cost_name == "softmax":
            wrong = np.flatnonzero(abs(t.sum(axis=0) - 1) > 1e-8)
            if wrong.size:
                raise ValueError(
                    f"Column {wrong[0]} of target sums to {t[:, wrong[0]].sum():.6g}: the "
                    "cross-entropy needs columns that sum to 1."
                )
        return t

    def __repr__(self) -> str:
        return f"<MLP {' -> '.join(map(str, self.sizes))}, {self.activation}, {self.cost_name}>"


def _with_one(phi: Any) -> Any:
    """A layer's input with the constant 1 appended."""
    return np.concatenate([phi, np.ones((1, phi.shape[1]))])


def _entrywise(function: Callable[..., Any], out: Any, *arrays: Any) -> Any:
    """function(*arrays), an elementwise formula. Large arrays: some rows at a time, into `out`.

    The temporaries of the formula are then as small as these rows, and stay in the cache.
    """
    if out.size <= BLOCK or out.dtype.kind not in "fc":
        return function(*arrays)
    rows = max(1, BLOCK // out.shape[1])
    for start in range(0, len(out), rows):
        part = slice(start, start + rows)
        out[part] = function(*(array[part] for array in arrays))
    return out


def _choose(what: str, name: Any, choices: Iterable[str]) -> None:
    if name not in choices:
        known = ", ".join(f'"{choice}"' for choice in choices)
        raise ValueError(f"The {what} {name!r} is unknown: choose one of {known}.")


def _counted(steps: int, progress: bool) -> Iterable[int]:
    counter = range(1, steps + 1)
    if not progress:
        return counter
    try:
        from tqdm import tqdm
    except ImportError:
        return counter
    return tqdm(counter, delay=2.0, unit="step", leave=False)
