"""The widget in WebKitGTK, a cousin of Safari: ten things that a reader does there."""

import pytest
from built_site import HTML
from from_python import results
from webkit import webkit

from lecturelib.symbols.problem import problem

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not HTML.is_dir(), reason="No site.")]

PAGE = "chapters/reference/differentiate.html"
ASK = """
    const [f, wrt, where] = given;
    while (!document.querySelector(".asked .expression"))  // its module comes after the page
        await new Promise(done => setTimeout(done, 50));
    const box = document.querySelector(".differentiate-page");
    for (const [name, value] of [[".variable", wrt], [".declarations", where], [".expression", f]])
        box.querySelector(`.asked ${name}`).value = value;
    box.querySelector(".asked form, form.asked").requestSubmit();
    const status = () => box.querySelector(".status p:not(.visually-hidden)")?.textContent;
    const ready = () => box.querySelector(".result:not(.old) .verdict:is(.right, .wrong)");
    while (!status() && !ready()) await new Promise(done => setTimeout(done, 50));
    if (status()) return {error: status()};
    return Object.fromEntries([...box.querySelectorAll(".result [data-copy]")].map(
        dd => [dd.dataset.copy, dd.querySelector(":scope > code").textContent]));
"""


@pytest.fixture(scope="module")
def window(address):
    with webkit() as driver:
        driver.go(f"{address}/{PAGE}")
        yield driver


@pytest.mark.parametrize(
    "f, wrt, where",
    [
        ("tr(X'*A*X*B)", "X", "X: m x n; A: m x m; B: n x n"),
        ("norm2(X*w - y)^2", "w", "X: N x n; w: n; y: N"),
        ("logdet(X)", "X", "X: n x n positive definite"),
        ("softmax(W*x + b)", "W", "W: m x n; x: n; b: m"),
    ],
)
def test_it_gives_what_python_gives(window, f, wrt, where):
    assert window.run(ASK, f, wrt, where) == results(f, wrt, where)


def test_an_error_has_a_sentence(window):
    said = window.run(ASK, "tr(lodget(X))", "X", "")
    assert said["error"].startswith("There is no function lodget.")


def test_what_is_typed_is_never_html(window):
    window.run(ASK, "<img src=x onerror=document.title='hacked'>", "X", "")
    assert window.run("return document.querySelectorAll('.widget img').length") == 0
    assert "hacked" not in window.run("return document.title")


def test_formulas_are_typeset(window):
    window.run(ASK, "tr(A*X)", "X", "")
    assert window.run("return document.querySelectorAll('.result mjx-container').length") > 5


def test_an_answer_is_judged(window):
    window.run(ASK, "x'*A*x", "x", "x: n; A: n x n")
    said = window.run("""
        const own = document.querySelector(".own");
        own.querySelector("input").value = "A*x";
        own.querySelector("form").requestSubmit();
        const verdict = own.querySelector(".verdict");
        while (!verdict.textContent) await new Promise(done => setTimeout(done, 50));
        return verdict.textContent;
    """)
    assert said.startswith("Wrong. A term is missing")


def test_keys_type(window):
    assert (
        window.run("""
        const field = document.querySelector(".asked .expression");
        field.value = "X";
        field.setSelectionRange(1, 1);
        document.querySelector(".asked .keys button").click();
        return field.value;
    """)
        == "X'"
    )


def test_a_problem_is_solved(window, address):
    p = problem("inverses", 1, 2)
    window.go(f"{address}/chapters/reference/practice.html#set=inverses-1-2")
    said = window.run(
        """
        const find = async selector => {
            for (;;) {
                const found = document.querySelector(selector);
                if (found) return found;
                await new Promise(done => setTimeout(done, 50));
            }
        };
        (await find(".problem button.go")).click();
        (await find(".problem .answer input")).value = given[0];
        document.querySelector(".problem .answer").requestSubmit();
        return (await find(".problem .verdict.right, .problem .verdict.wrong")).textContent;
        """,
        str(p.answer),
    )
    assert said.startswith("Right.")
