"""Plain data between the student's process and the grader's: numbers, text, lists, dicts, arrays.

Both sides encode to JSON and decode from it. Nothing decoded can run code: what is neither plain
nor an array arrives as a name of its type. Only the standard library and NumPy, since this file is
also run inside the sandbox.
"""

import base64
import functools

import numpy as np

#: Entries of arrays that may cross, by NumPy's own codes: booleans, integers, floats, complex.
KINDS = {"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"}
DEEPEST = 12  # lists in lists
MOST_VALUES = 100_000  # in one answer; an array counts as one


class Malformed(ValueError):
    """What arrived is not what `encode` makes."""


class Foreign:
    """Stands for a value that is not plain data; its class is named like the value's type."""


def encode(value, depth=0):
    """A value as JSON can hold it.

    Parameters
    ----------
    value : object
    depth : int
        How deep in lists and dicts it lies.

    Returns
    -------
    object
        Made of None, bool, int, float, str, lists, and dicts with one key that says what they are.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if value is Ellipsis:
        return {"dots": True}
    if type(value) is float or (type(value) is int and abs(value) < 2**62):
        return value
    if type(value) is complex:
        return encode(np.asarray(value))
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        code = array.dtype.str[1:]
        if code in KINDS:
            raw = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"))).tobytes()
            return {"array": [code, list(array.shape), base64.b64encode(raw).decode("ascii")]}
    if depth < DEEPEST:
        if isinstance(value, list | tuple):
            kind = "list" if isinstance(value, list) else "tuple"
            return {kind: [encode(item, depth + 1) for item in value]}
        if isinstance(value, dict) and all(isinstance(key, str) for key in value):
            return {"dict": [[key, encode(item, depth + 1)] for key, item in value.items()]}
    return {"function" if callable(value) else "other": type(value).__name__}


def decode(data, function=None):
    """The value that `encode` made the data from; functions and others by what stands for them.

    Parameters
    ----------
    data : object
        From `json.loads`, not trusted.
    function : object, optional
        What stands for a callable.

    Returns
    -------
    object

    Raises
    ------
    Malformed
        If `encode` does not make such data, or there is too much of it.
    """
    return _decoded(data, function, iter(range(MOST_VALUES)))


def _decoded(data, function, left):
    if next(left, None) is None:
        raise Malformed("more values than an answer has")
    if data is None or isinstance(data, bool | int | float):
        return data
    if isinstance(data, str):
        return clean(data)
    if not isinstance(data, dict) or len(data) != 1:
        raise Malformed("neither a number, a text nor one of the known kinds")
    [(kind, content)] = data.items()
    if kind == "dots":
        return Ellipsis
    if kind == "array":
        return _array(content)
    if kind in ("list", "tuple") and isinstance(content, list):
        items = [_decoded(item, None, left) for item in content]
        return items if kind == "list" else tuple(items)
    if kind == "dict" and isinstance(content, list):
        if not all(isinstance(pair, list) and len(pair) == 2 for pair in content):
            raise Malformed("a dict of pairs")
        return {_decoded(str(key), None, left): _decoded(item, None, left) for key, item in content}
    if kind == "function":
        return foreign(content) if function is None else function
    if kind == "other":
        return foreign(content)
    raise Malformed(f"an unknown kind, {kind[:20]!r}")


def _array(content):
    try:
        code, shape, text = content
        if code not in KINDS or len(shape) > 32 or not all(type(n) is int for n in shape):
            raise ValueError
        raw = base64.b64decode(text, validate=True)
        return np.frombuffer(raw, np.dtype("<" + code)).reshape(shape).copy()
    except (TypeError, ValueError):
        raise Malformed("an array of another form") from None


#: Types by whose name a message may call a value. Any other name is the student's own, and could
#: tell what a hidden test has drawn.
KNOWN_TYPES = {
    "DataFrame", "Fraction", "Matrix", "Series", "Tensor", "bytes", "dict", "function", "generator",
    "list", "map", "method", "module", "ndarray", "range", "set", "tuple", "type", "zip",
}  # fmt: skip


def foreign(name):
    """What stands for a value of a type that cannot cross."""
    return _foreign(name if isinstance(name, str) and name in KNOWN_TYPES else "object")


@functools.cache
def _foreign(name):
    return type(name, (Foreign,), {})()


def clean(text):
    """Text that can be written as UTF-8."""
    return text.encode("utf-8", "replace").decode()


def printable(text, longest=300):
    """A line of text from a student's process that is safe to print and to store."""
    text = text if isinstance(text, str) else ""
    return "".join(c if c.isprintable() else " " for c in clean(text))[:longest].strip()
