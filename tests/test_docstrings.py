"""The examples in lecturelib's docstrings print what they say."""

import doctest
import importlib
import pkgutil

import pytest

import lecturelib

MODULES = ["lecturelib"] + [
    module.name for module in pkgutil.walk_packages(lecturelib.__path__, "lecturelib.")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_print_what_they_say(name):
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert result.failed == 0
