"""Shapes: what an operation makes of the shapes of its operands, in numbers or in letters.

A size is an integer or a `Size`: a letter, or a length that nobody has said yet. Where an operation
needs two sizes to be equal, `equal` compares numbers and identifies letters.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

Shape = tuple[Any, ...]


class Size:
    """The length of an axis as a letter, such as the n of an n by n matrix.

    A size without a name may turn out to be the same as another one, or to be a number: `equal`
    says so, and every shape that holds it knows.

    Examples
    --------
    >>> from lecturelib.table.shapes import Size, equal
    >>> n, unknown = Size("n"), Size()
    >>> equal(unknown, n), str(unknown), equal(n, Size("p"))
    (True, 'n', False)
    """

    __slots__ = ("_same", "axes", "made", "name", "term")

    def __init__(
        self,
        name: str = "",
        axis: tuple[str, int] | None = None,
        made: tuple[str, list[Any], list[Any]] | None = None,
    ) -> None:
        self.name = name
        self._same: Any = None
        #: For a sum ("+", what is added, what is subtracted), for a product ("*", above, below).
        self.made = made
        #: The symbol that stands for it in formulas, once one was asked for.
        self.term: Any = None
        #: The axes, (name of a symbol, which one), that are known to have this length.
        self.axes = [] if axis is None else [axis]

    def __mul__(self, other: Any) -> Any:
        return _made("*", [self, other], [])

    def __add__(self, other: Any) -> Any:
        return _made("+", [self, other], [])

    def __sub__(self, other: Any) -> Any:
        return _made("+", [self], [other])

    def __rsub__(self, other: Any) -> Any:
        return _made("+", [other], [self])

    def __floordiv__(self, other: Any) -> Any:
        """A quotient that is known to be whole: (m n) // n is m."""
        return _made("*", [self], [other])

    def __rfloordiv__(self, other: Any) -> Any:
        return _made("*", [other], [self])

    __rmul__, __radd__ = __mul__, __add__

    def __str__(self) -> str:
        found = known(self)
        if not isinstance(found, Size):
            return str(found)
        if found.made is None:
            return found.name or "?"
        kind, above, below = found.made
        if kind == "+":
            return "+".join(map(str, above)) + "".join(f"-{_bracketed(x)}" for x in below)
        return "*".join(map(_bracketed, above or [1])) + "".join(f"/{_bracketed(x)}" for x in below)

    __repr__ = __str__


def _bracketed(size: Any) -> str:
    sums = isinstance(size, Size) and size.made is not None and size.made[0] == "+"
    return f"({size})" if sums else str(size)


def _made(kind: str, above: list[Any], below: list[Any]) -> Any:
    """A sum or product of sizes, less or over others: one form, whatever the order was."""
    parts: tuple[list[Any], list[Any]] = ([], [])
    for side, sizes in enumerate((above, below)):
        for size in map(known, sizes):
            inner = size.made if isinstance(size, Size) else None
            for turned, more in enumerate(inner[1:] if inner and inner[0] == kind else ([size],)):
                parts[side ^ turned].extend(map(known, more))
    up, down = ([x for x in side if isinstance(x, Size)] for side in parts)
    for x in tuple(up):
        if (twin := next((y for y in down if same(x, y)), None)) is not None:
            up.remove(x)
            down.remove(twin)
    first, second = ([x for x in side if not isinstance(x, Size)] for side in parts)
    if kind == "+":
        number = sum(first) - sum(second)
        first, second = [number] * (number > 0), [-number] * (number < 0)
    else:
        ratio = Fraction(math.prod(first), math.prod(second))
        if ratio == 0:
            return 0
        first, second = ([n] * (n != 1) for n in (ratio.numerator, ratio.denominator))
    if not up and not down and not (kind == "*" and second):
        return math.prod(first) if kind == "*" else sum(first) - sum(second)
    if len(up) == 1 and not down and not first and not second:
        return up[0]
    up, down = sorted(up, key=str), sorted(down, key=str)
    lead = (first + up, second + down) if kind == "*" else (up + first, down + second)
    return Size(made=(kind, *lead))


def letters(size: Any) -> list[Size]:
    """The letters of which a size is made."""
    size = known(size)
    if not isinstance(size, Size):
        return []
    if size.made is None:
        return [size]
    return [letter for side in size.made[1:] for part in side for letter in letters(part)]


def built(size: Any, of: Callable[[Size], Any]) -> Any:
    """A size put together from what `of` gives for its letters; a number is itself."""
    size = known(size)
    if not isinstance(size, Size):
        return size
    if size.made is None:
        return of(size)
    kind, above, below = size.made
    forth, back = (operator.add, operator.sub) if kind == "+" else (operator.mul, operator.truediv)
    whole = functools.reduce(forth, (built(x, of) for x in above)) if above else int(kind == "*")
    return functools.reduce(back, (built(x, of) for x in below), whole)


def known(size: Any) -> Any:
    """What is known of a size: a number, or the letter that stands for all equal to it."""
    while isinstance(size, Size) and size._same is not None:
        size = size._same
    return size


def same(m: Any, n: Any) -> bool:
    """Whether two sizes are known to be equal; nothing is identified."""
    m, n = known(m), known(n)
    if isinstance(m, Size) and isinstance(n, Size):
        if m.made is None or n.made is None:
            return m is n or bool(m.name and m.name == n.name)
        return m.made[0] == n.made[0] and _made("+" if m.made[0] == "+" else "*", [m], [n]) == (
            0 if m.made[0] == "+" else 1
        )
    return not isinstance(m, Size) and not isinstance(n, Size) and bool(m == n)


def equal(m: Any, n: Any) -> bool:
    """Whether two sizes can be equal; a size that nobody has said becomes the other one."""
    if type(m) is int and m == n:
        return True
    m, n = known(m), known(n)
    if same(m, n):
        return True
    for size, other in ((m, n), (n, m)):
        if is_unsaid(size) and size not in letters(other):
            size._same = other
            if isinstance(other, Size):
                other.axes += size.axes
            return True
    return False


def is_unsaid(size: Any) -> bool:
    """Whether nothing is known of a size."""
    size = known(size)
    return isinstance(size, Size) and not size.name and size.made is None


def same_shape(a: Shape, b: Shape) -> bool:
    """Whether two shapes are known to be equal."""
    return a == b or (len(a) == len(b) and all(map(same, a, b)))


def shape_of(x: Any) -> Shape:
    """The shape of an array, a quantity under differentiation or a term; a number has none."""
    return getattr(x, "shape", ())


def written(shape: Shape) -> str:
    """A shape for a sentence: ``(3, n)``."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def unknown() -> Shape:
    """A matrix of which nothing is known: an operation without its parameters."""
    return Size(), Size()


_NO_INDEX = object()

# -- What becomes of shapes -----------------------------------------------------------------------


def first(a: Shape, *others: Shape, **parameters: Any) -> Shape:
    """The shape of the first operand."""
    return a


def given(a: Shape, shape: Any = None, **parameters: Any) -> Shape:
    """The shape that the parameters say."""
    return unknown() if shape is None else tuple(shape)


def widened(a: Shape, shape: Any = None, **parameters: Any) -> Shape:
    """The shape to which an array is broadcast."""
    if shape is None:
        return unknown()
    goal = tuple(shape)
    behind = goal[len(goal) - len(a) :]
    if len(a) > len(goal) or not all(
        same(m, n) or same(m, 1) or isinstance(known(m), Size) or isinstance(known(n), Size)
        for m, n in zip(a, behind, strict=True)
    ):
        raise ValueError(
            f"An array of shape {written(a)} is not broadcast to shape {written(goal)}: axes must "
            "be equally long, or of length 1."
        )
    return goal


def number(*shapes: Shape, **parameters: Any) -> Shape:
    return ()


def broadcast(*shapes: Shape, **parameters: Any) -> Shape:
    """The common shape of arrays that meet entry by entry."""
    a = shapes[0]
    for b in shapes[1:]:
        if a == b or b == ():
            continue
        a = b if a == () else _broadcast_two(a, b)
    return a


def _broadcast_two(a: Shape, b: Shape) -> Shape:
    n = max(len(a), len(b))
    wide = [(1,) * (n - len(s)) + tuple(s) for s in (a, b)]
    result = []
    for m, k in zip(*wide, strict=True):
        if same(k, 1):
            result.append(m)
        elif same(m, 1) or equal(m, k):
            result.append(k)
        else:
            raise ValueError(
                f"Arrays of shapes {written(a)} and {written(b)} do not meet entry by entry: axes "
                "must be equally long, or of length 1. Reshape one of them."
            )
    return tuple(result)


def matrix(a: Shape, *others: Shape, **parameters: Any) -> Shape:
    """The shape of a matrix, which may be a rectangle."""
    if len(a) < 2:
        raise ValueError(f"A matrix is needed, and the shape is {written(a)}.")
    return a


def of_matrix(a: Shape, *others: Shape, **parameters: Any) -> Shape:
    """A number from a matrix, which may be a rectangle."""
    return matrix(a)[:-2]


def square(a: Shape, *others: Shape, **parameters: Any) -> Shape:
    """The shape of a square matrix."""
    if len(a) < 2 or not equal(a[-1], a[-2]):
        raise ValueError(f"A square matrix is needed, and the shape is {written(a)}.")
    return a


def of_square(a: Shape, *others: Shape, **parameters: Any) -> Shape:
    """A number from a square matrix."""
    return square(a)[:-2]


def raised(a: Shape, exponent: Shape, **parameters: Any) -> Shape:
    """The shape of a square matrix to a power."""
    if exponent not in ((), (1,)):
        raise ValueError(f"The exponent is a number, and its shape is {written(exponent)}.")
    return square(a)


def column(a: Shape, **parameters: Any) -> Shape:
    """A column for a square matrix."""
    return square(a)[-1], 1


def turned(a: Shape, **parameters: Any) -> Shape:
    """The shape of the transpose."""
    axes = parameters.get("axes")
    return a[::-1] if axes is None else tuple(a[i] for i in axes)


def transposed(a: Shape, **parameters: Any) -> Shape:
    """The shape of the transpose of a matrix, or of a stack of matrices."""
    return (*a[:-2], *a[:-3:-1])


def traced(a: Shape, **parameters: Any) -> Shape:
    """A number from a matrix; one whose sizes are letters is square."""
    rows, columns = known(a[-2]), known(a[-1])
    return of_square(a) if isinstance(rows, Size) or isinstance(columns, Size) else a[:-2]


def vector(*shapes: Shape, **parameters: Any) -> Shape:
    """A vector of the length of the first axis."""
    return shapes[0][:1]


def reduced(a: Shape, axis: Any = None, keepdims: bool = False, **parameters: Any) -> Shape:
    """Without the axes that are summed, or with length 1 there."""
    if axis is None:
        return (1,) * len(a) if keepdims else ()
    if keepdims:
        return kept(a, axis)
    summed = _axes(a, axis)
    return tuple(n for i, n in enumerate(a) if i not in summed)


def kept(a: Shape, axis: Any) -> Shape:
    """Length 1 along the axes that are summed."""
    summed = _axes(a, axis)
    return tuple(1 if i in summed else n for i, n in enumerate(a))


def summed(a: Shape, axis: Any = None) -> Shape:
    """The axes that are summed."""
    return a if axis is None else tuple(a[i] for i in _axes(a, axis))


def _axes(a: Shape, axis: Any) -> set[int]:
    return {i % len(a) for i in (axis if isinstance(axis, tuple) else (axis,))}


def product(a: Shape, b: Shape, **parameters: Any) -> Shape:
    """The shape of a matrix product; leading axes are stacks, and are broadcast."""
    if not a or not b:
        side, shape = ("left", a) if not a else ("right", b)
        raise ValueError(
            f"The {side} factor of @ has shape {written(shape)}; a product needs vectors, matrices "
            "or stacks of matrices. Write * for a multiple by a number."
        )
    inner = b[-2] if len(b) > 1 else b[0]
    if not equal(a[-1], inner):
        raise ValueError(
            f"The shapes {written(a)} and {written(b)} do not multiply: the first has {a[-1]} "
            f"columns, the second {inner} rows."
        )
    stack = broadcast(a[:-2], b[:-2]) if len(a) > 2 or len(b) > 2 else ()
    return (*stack, *(a[-2:-1] if len(a) > 1 else ()), *(b[-1:] if len(b) > 1 else ()))


def solution(a: Shape, b: Shape, **parameters: Any) -> Shape:
    """The shape of the solution of a linear system."""
    if not equal(square(a)[-1], b[-2] if len(b) > 1 else b[0]):
        raise ValueError(
            f"The system of shape {written(a)} has no right side of shape {written(b)}: they need "
            "equally many rows."
        )
    return b if len(b) == 1 else (*broadcast(a[:-2], b[:-2]), *b[-2:])


def diagonal_length(a: Shape, offset: int = 0) -> Any:
    """The length of a diagonal of a matrix."""
    rows, columns = known(a[-2]), known(a[-1])
    if not isinstance(rows, Size) and not isinstance(columns, Size):
        return max(0, min(rows + min(offset, 0), columns - max(offset, 0)))
    return rows if offset == 0 and same(rows, columns) else Size()


def outer(a: Shape, b: Shape, **parameters: Any) -> Shape:
    """The matrix of the products of the entries of two vectors."""
    if len(a) != 1 or len(b) != 1:
        raise ValueError(
            f"An outer product is of two vectors, and the shapes are {written(a)}, {written(b)}."
        )
    return *a, *b


def count(shape: Shape) -> Any:
    """The number of entries."""
    return math.prod(shape)


def half(a: Shape, **parameters: Any) -> Shape:
    """A vector with the entries of a triangle of a square matrix."""
    return (_triangle(square(a)[0]),)


def _triangle(n: Any) -> Any:
    return n * (n + 1) // 2


def triangular(a: Shape, **parameters: Any) -> Shape:
    """A square matrix of which a triangle has the entries of a vector."""
    if len(a) != 1:
        raise ValueError(f"A vector is needed, and the shape is {written(a)}.")
    [entries] = a
    numbers = () if isinstance(known(entries), Size) else (math.isqrt(2 * entries),)
    n: Any
    for n in (*numbers, *letters(entries)):
        if same(_triangle(n), entries):
            return n, n
    if is_unsaid(entries):
        return unknown()
    raise ValueError(
        f"A triangle has 1, 3, 6, ..., n*(n+1)/2 entries, and the vector has {entries}: give as "
        "many as the triangle of the matrix that is meant."
    )


def blocks(a: Shape, b: Shape, **parameters: Any) -> Shape:
    """How many blocks of the second shape a matrix has, or the shape of its blocks."""
    whole, part = matrix(a), matrix(b)
    counts = []
    for m, p in zip(whole, part, strict=True):
        number = type(known(m)) is type(known(p)) is int
        n = None if number and (p == 0 or m % p) else m // p
        below = n.made[2] if isinstance(n, Size) and n.made is not None else ()
        if n is None or not all(map(is_unsaid, below)):
            raise ValueError(
                f"A matrix of shape {written(a)} is no array of blocks of shape {written(b)}: both "
                "its sides must be multiples of theirs."
            )
        counts.append(n)
    return counts[0], counts[1]


def indexed(a: Shape, index: Any = _NO_INDEX, **parameters: Any) -> Shape:
    """The shape of ``X[index]``."""
    if index is _NO_INDEX:
        return unknown()
    parts = index if isinstance(index, tuple) else (index,)
    if any(not (part is None or part is Ellipsis or type(part) in (int, slice)) for part in parts):
        import numpy as np  # an index is an array, so NumPy is there

        return np.broadcast_to(np.empty(()), a)[index].shape
    taken = [part for part in parts if part is not None and part is not Ellipsis]
    if Ellipsis not in parts:
        parts = (*parts, Ellipsis)
    result: list[Any] = []
    axes = iter(a)
    for part in parts:
        if part is None:
            result.append(1)
        elif part is Ellipsis:
            result.extend(next(axes) for _ in range(len(a) - len(taken)))
        else:
            n = next(axes)
            if type(part) is slice:
                result.append(_sliced(n, part))
    return tuple(result)


def of_index(indices: Any) -> Shape:
    """The shape of an array of indices, which may be a number or a list."""
    import numpy as np  # an index is an array, so NumPy is there

    return np.shape(indices)


def _sliced(n: Any, part: slice) -> Any:
    if part in (slice(None), slice(None, None, -1)):
        return n
    n, ends = known(n), (part.start, part.stop)
    if isinstance(n, Size) and part.step is None:
        if all(isinstance(end, Size) or (type(end) is int and end >= 0) for end in ends):
            return part.stop - part.start  # n is at least so long
    return Size() if isinstance(n, Size) else len(range(*part.indices(n)))


def joined(*shapes: Shape, axis: int = 0, **parameters: Any) -> Shape:
    """Arrays one after the other along an axis."""
    a = list(shapes[0])
    if not a:
        raise ValueError("Numbers have no axis along which they could be joined.")
    axis = axis % len(a)
    for s in shapes[1:]:
        if len(s) != len(a) or not all(
            i == axis or equal(m, n) for i, (m, n) in enumerate(zip(a, s, strict=True))
        ):
            raise ValueError(
                f"Arrays of shapes {written(shapes[0])} and {written(s)} are not joined along axis "
                f"{axis}: the other axes must be equally long."
            )
    a[axis] = sum((s[axis] for s in shapes[1:]), start=a[axis])
    return tuple(a)


def stacked(*shapes: Shape, axis: int = 0, **parameters: Any) -> Shape:
    """Arrays side by side along a new axis."""
    a = shapes[0]
    for s in shapes[1:]:
        if len(s) != len(a) or not all(map(equal, a, s)):
            raise ValueError(
                f"Arrays of shapes {written(a)} and {written(s)} are not stacked: all need one "
                "shape."
            )
    axis = axis % (len(a) + 1)
    return (*a[:axis], len(shapes), *a[axis:])


def summed_over(*shapes: Shape, subscripts: str = "", **parameters: Any) -> Shape:
    """The shape of an einsum."""
    if not subscripts:
        return unknown()
    left, out = subscripts.split("->")
    sizes: dict[str, Any] = {}
    for letters, shape in zip(left.split(","), shapes, strict=True):
        sizes.update(zip(letters, shape, strict=False))
    return tuple(sizes.get(letter, Size()) for letter in out)


# -- Shapes of several outputs --------------------------------------------------------------------


def columns(a: Shape, **parameters: Any) -> tuple[Shape, ...]:
    """Eigenvalues, and a square matrix of eigenvectors."""
    return square(a)[:-1], a


def singular(a: Shape, **parameters: Any) -> tuple[Shape, ...]:
    """Singular values, and the two thin factors."""
    k = _shorter(a)
    return (*a[:-2], k), (*a[:-1], k), (*a[:-2], k, a[-1])


def thin(a: Shape, **parameters: Any) -> tuple[Shape, ...]:
    """A thin factor with orthonormal columns, and a triangular one."""
    k = _shorter(a)
    return (*a[:-1], k), (*a[:-2], k, a[-1])


def _shorter(a: Shape) -> Any:
    m, n = known(a[-2]), known(a[-1])
    return n if isinstance(m, Size) or isinstance(n, Size) else min(m, n)
