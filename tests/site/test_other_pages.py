"""As test_every_page.py, for all pages outside the chapters."""

import pytest
from test_every_page import CHAPTERS, check
from visit import page_names

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", [name for name in page_names() if name not in CHAPTERS])
def test_a_page_is_in_order(browser, address, name):
    check(browser, address, name)
