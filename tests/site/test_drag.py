"""Figures to drag: by mouse and by keyboard, and what a reader without scripts or on paper sees."""

import re

import pytest
from browser import new_page
from built_site import HTML

from lecturelib import gradient, least_squares, weighted

pytestmark = pytest.mark.browser


def pages_with_a_picture() -> dict[str, str]:
    found = {}
    for path in sorted(HTML.rglob("*.html")):
        for name in re.findall(r'class="drag" data-picture="(\w+)"', path.read_text("utf-8")):
            found[name] = path.relative_to(HTML).as_posix()
    return found


PICTURES = pages_with_a_picture() if HTML.is_dir() else {}


@pytest.fixture(params=["residual", "two_gradients"])
def picture(request, browser, address):
    """A page with its picture drawn, and what the console said."""
    if request.param not in PICTURES:
        pytest.skip(f"This course has no picture {request.param}.")
    page = new_page(browser)
    page.said = []
    page.on("console", lambda m: page.said.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.goto(f"{address}/{PICTURES[request.param]}")
    page.locator(".drag").scroll_into_view_if_needed()
    page.wait_for_selector(".drag-numbers dd")
    # Until fonts and pictures are there, the page moves under the mouse.
    page.wait_for_load_state("networkidle")
    page.evaluate("() => document.fonts.ready.then(() => null)")
    page.locator(".drag").scroll_into_view_if_needed()
    yield request.param, page
    page.close()


def numbers(page) -> list[list[float]]:
    texts = page.locator(".drag-numbers dd").all_inner_texts()
    return [[float(x) for x in re.findall(r"-?[\d.]+", t.replace("−", "-"))] for t in texts]


def close(one: list[float], other, tolerance: float = 0.03) -> bool:
    return all(abs(a - b) < tolerance for a, b in zip(one, other, strict=True))


def check(name: str, shown: list[list[float]]) -> None:
    """What the numbers below a picture must be, wherever its dots are."""
    if name == "residual":
        [w], residual, [product], [squares] = shown
        assert product == 0
        assert close([squares], [residual[0] ** 2 + residual[1] ** 2], 0.06)
    else:
        usual, other, one, two = shown
        assert one == two == [0]
        A, W = [[0.25, 0.0625], [0.0625, 0.125]], [[1.0, 0.8], [0.8, 2.0]]
        # The usual gradient is 2 A x: it tells where x is, and so what the other one must be.
        det = 4 * (A[0][0] * A[1][1] - A[0][1] ** 2)
        x = [(2 * A[1][1] * usual[0] - 2 * A[0][1] * usual[1]) / det,
             (2 * A[0][0] * usual[1] - 2 * A[0][1] * usual[0]) / det]  # fmt: skip
        f = lambda x: A[0][0] * x[0] ** 2 + 2 * A[0][1] * x[0] * x[1] + A[1][1] * x[1] ** 2  # noqa: E731
        assert close(other, gradient(f, x, inner=weighted(W)), 0.05)


def drag(page, dot, dx: float, dy: float) -> None:
    dot.scroll_into_view_if_needed()
    box = dot.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=30)  # as a hand does, with moves inside the frame
    page.mouse.up()
    page.wait_for_timeout(100)  # it is drawn with the next frame


def test_a_dot_is_dragged_and_the_right_angle_stays(picture):
    name, page = picture
    dots = page.locator(".drag-point")
    seen = [numbers(page)]
    check(name, seen[0])
    for k in range(dots.count()):
        for step in ((-50, 30), (-600, -40)):  # and one beyond the edge
            drag(page, dots.nth(k), *step)
            seen.append(numbers(page))
            check(name, seen[-1])
            assert seen[-1] != seen[-2], (k, step)
            frame, dot = page.locator(".drag-board").bounding_box(), dots.nth(k).bounding_box()
            assert frame["x"] <= dot["x"] <= frame["x"] + frame["width"]
            assert frame["y"] <= dot["y"] + dot["height"] <= frame["y"] + frame["height"]
    assert page.said == []


def test_a_dot_is_moved_by_the_keyboard_alone(picture):
    name, page = picture
    # From the link before the picture on, Tab leads to each dot and to nothing else in it.
    page.evaluate(
        """() => {
            const stops = "article :is(a[href], summary, button, input)";
            const box = document.querySelector(".drag");
            const follows = Node.DOCUMENT_POSITION_FOLLOWING;
            [...document.querySelectorAll(stops)].filter(
                x => x.checkVisibility() && x.compareDocumentPosition(box) & follows
            ).at(-1).focus();
        }"""
    )
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        if not page.evaluate("!!document.activeElement.closest('.drag')"):
            if reached:
                break
            continue
        reached.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
        style = "getComputedStyle(document.activeElement).outlineStyle"
        assert page.evaluate(style) == "solid"
        before, top = numbers(page), page.evaluate("scrollY")
        for key in ("ArrowLeft", "ArrowUp"):
            page.keyboard.press(key)
        assert page.evaluate("scrollY") == top
        assert numbers(page) != before
        check(name, numbers(page))
    assert len(reached) == page.locator(".drag-point").count() and all(reached)
    page.wait_for_timeout(900)
    said = page.locator(".drag [aria-live]").inner_text()
    assert page.locator(".drag-numbers dd").first.inner_text() in said


def test_the_picture_begins_where_the_still_stands(picture):
    name, page = picture
    given = page.evaluate("JSON.parse(document.querySelector('.drag').dataset.given)")
    shown = numbers(page)
    if name == "residual":
        fit = least_squares([[a] for a in given["column"]], given["y"])
        assert close(shown[0], fit.w, 0.006) and close(shown[1], fit.residual, 0.006)
    else:
        A, x = given["A"], given["x"]
        slope = [2 * (row[0] * x[0] + row[1] * x[1]) for row in A]
        assert close(shown[0], slope, 0.006)


def test_the_picture_has_the_colours_of_the_mode_and_fits_a_phone(picture):
    _, page = picture
    fill = "getComputedStyle(document.querySelector('.drag-point')).fill"
    light = page.evaluate(f"document.documentElement.dataset.theme = 'light', {fill}")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(f"{fill} !== '{light}'")
    page.set_viewport_size({"width": 360, "height": 700})
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    box = page.locator(".drag-board").bounding_box()
    assert 250 < box["width"] <= 360 and abs(box["width"] / box["height"] - 1.25) < 0.02


def test_on_paper_and_without_scripts_the_still_is_shown(picture, browser, address):
    name, page = picture
    still, board = page.locator(".drag img"), page.locator(".drag-board")
    assert board.is_visible() and not still.is_visible()
    page.emulate_media(media="print")
    assert still.is_visible() and not board.is_visible()
    assert len(still.get_attribute("alt")) > 80
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{address}/{PICTURES[name]}")
    assert plain.locator(".drag img").is_visible()
    context.close()


def test_only_pages_with_a_picture_load_the_library(browser, address):
    """And they do when it comes into sight."""
    if not PICTURES:
        pytest.skip("This course has no picture to drag.")
    page = new_page(browser)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/index.html")
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "drag" in url or "jsxgraph" in url]
    page.goto(f"{address}/{PICTURES['residual']}")
    page.wait_for_load_state("networkidle")
    assert any("drag.js" in url for url in asked)
    assert not any("jsxgraph" in url for url in asked)
    page.locator(".drag").scroll_into_view_if_needed()
    page.wait_for_selector(".drag-numbers dd")
    assert any("jsxgraph" in url for url in asked)
    page.close()
