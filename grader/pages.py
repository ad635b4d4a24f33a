"""The pages about a graded assignment: self-contained HTML without scripts, safe to open.

Whatever a student wrote is escaped text or Markdown without HTML, links and remote pictures.
"""

from __future__ import annotations

import io
import re
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

from lecturelib.figures.style import BLUE, FAINT, GROUND, INK, STYLE

from .submissions import LATE

if TYPE_CHECKING:
    from .reports import Assignment, Grade

LONG = 2_000  # characters of one message that are shown
LONG_ANSWER = 20_000  # and of one written answer; the parser's time grows with the square
# Colours of the pictures; in the pages these give way to the page's own, light or dark.
FULL, PARTIAL, ZERO = BLUE, "#8db4d4", "#c9733f"
VARIABLES = {INK: "--ink", FAINT: "--faint", FULL: "--full", PARTIAL: "--partial", ZERO: "--zero"}


# ---------------------------------------------------------------- text


def clean(text: object, most: int = LONG) -> str:
    """Text without control characters (colours of a terminal among them), of bearable length."""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", str(text))
    text = "".join(c for c in text if c in "\n\t" or (c.isprintable() or c.isspace()))
    return text if len(text) <= most else text[:most] + " … (cut here)"


def _markdown() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"html": False}).enable("strikethrough")
    # No tables: a wide one of 20,000 characters takes the parser minutes, as 4,000 links do.
    md.disable("reference")
    tex = lambda text, options: f'<code class="tex">{escape(text)}</code>'  # noqa: E731
    dollarmath_plugin(md, double_inline=True, renderer=tex)
    amsmath_plugin(md, renderer=lambda text: f'<code class="tex">{escape(text)}</code>')
    # An address is shown and not linked; a picture is shown if it is in the text itself.
    md.add_render_rule("link_open", lambda self, tokens, at, *_: "")
    md.add_render_rule("link_close", _link_close)
    md.add_render_rule("image", _image)
    return md


def _link_close(self: Any, tokens: Sequence, at: int, *_: Any) -> str:
    depth = 0
    for token in reversed(tokens[: at + 1]):
        depth += {"link_close": 1, "link_open": -1}.get(token.type, 0)
        if depth == 0:
            return f' <code class="address">{escape(token.attrGet("href") or "")}</code>'
    return ""


def _image(self: Any, tokens: Sequence, at: int, *_: Any) -> str:
    source, alt = str(tokens[at].attrGet("src") or ""), escape(tokens[at].content)
    if re.match(r"data:image/(png|jpeg|gif);base64,", source):
        return f'<img src="{escape(source)}" alt="{alt}">'
    return f'<span class="quiet">[picture {alt}: {escape(source[:200])}]</span>'


MARKDOWN = _markdown()


def markdown(text: str) -> Markup:
    """A student's or the course's Markdown as HTML; formulas stay TeX."""
    return Markup(MARKDOWN.render(clean(text, LONG_ANSWER)))


def number(value: float | None) -> str:
    """Points as people write them: 3, 2.5, 2.67."""
    return "–" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"clean": clean, "number": number, "markdown": markdown}
    return environment


PAGES = _environment()


# ---------------------------------------------------------------- pages


def feedback(grade: Grade, assignment: Assignment) -> str:
    """The page of one student."""
    result = grade.result
    found = {question["name"]: question for question in result["questions"]}
    questions = [
        {"name": name, "points": points, "score": found[name]["score"] if name in found else None}
        | {"cases": _cases(found[name]["cases"]) if name in found else []}
        for name, points in assignment.coded.items()
    ]
    by_hand = result["status"] != "graded"
    return PAGES.get_template("feedback.html").render(
        assignment=assignment, grade=grade, result=result, questions=questions, by_hand=by_hand
    )


def _cases(cases: Sequence[Mapping]) -> list[dict]:
    """What each case says: "public checks passed", never "all tests passed"."""
    public = [case for case in cases if not case["hidden"]]
    hidden = [case for case in cases if case["hidden"]]
    shown = []
    for name, some in (("Public checks", public), ("Hidden test", hidden)):
        for place, case in enumerate(some, start=1):
            shown.append(
                {
                    "name": name if len(some) == 1 else f"{name} {place}",
                    "passed": case["passed"],
                    "message": "" if case["passed"] else clean(case["message"]).strip(),
                }
            )
    return shown


def written(handed_in: Sequence[Grade], assignment: Assignment) -> str:
    """All written answers, question by question, with the rubric beside them."""
    parts = []
    for name, points in assignment.written.items():
        answers = []
        for grade in handed_in:
            texts = [part["answer"] for part in grade.result["written"] if part["name"] == name]
            text = texts[0] if texts else ""
            answers.append({"grade": grade, "text": text, "read": bool(texts)})
        parts.append(
            {"name": name, "points": points, "answers": answers}
            | {"rubric": rubric_of(assignment.rubric, name)}
        )
    return PAGES.get_template("written.html").render(assignment=assignment, parts=parts)


def rubric_of(rubric: str, name: str) -> str:
    """The sections of the rubric whose headings name a part; all of it if none does."""
    sections = re.split(r"^(?=#{1,6} )", rubric, flags=re.MULTILINE)
    number = name.removeprefix("q")
    heading = re.compile(rf"#+ .*\b({re.escape(name)}|question {re.escape(number)})\b", re.I)
    kept: list[str] = []
    level = 0  # of the heading that names the part; deeper ones belong to it
    for section in sections:
        depth = len(section) - len(section.lstrip("#"))
        if level and depth > level:
            kept.append(section)
        elif heading.match(section):
            level = depth
            kept.append(section)
        else:
            level = 0
    return "".join(kept) or rubric


def summary(
    grades: Sequence[Grade],
    others: Sequence[Grade],
    assignment: Assignment,
    svgs: Sequence[str],
    warnings: Sequence[str],
) -> str:
    """The instructor's page: how the class did, and what is left to do."""
    handed_in = [grade for grade in [*grades, *others] if grade.result]
    by_hand = [grade for grade in handed_in if grade.result["status"] != "graded"]
    graded = [grade for grade in handed_in if grade.result["status"] == "graded"]
    rows = []
    for name, points in assignment.coded.items():
        found = _questions(graded, name)
        figures = _statistics([question["score"] for question in found], points)
        message = _most_common([_complaint(question) for question in found])
        rows.append({"name": name, "points": points, "message": message, **figures})
    for name, points in assignment.written.items():
        scores = [grade.written[name] for grade in grades if grade.written[name] is not None]
        figures = _statistics(scores, points)
        rows.append({"name": name, "points": points, "message": None, **figures})
    coded = [grade.coded for grade in grades if grade.coded is not None]
    totals = [grade.total for grade in grades if grade.total is not None]
    return PAGES.get_template("summary.html").render(
        assignment=assignment,
        graded=graded,
        by_hand=by_hand,
        missing=[grade for grade in grades if not grade.result],
        late=[g for g in handed_in if any(n.startswith(LATE) for n in g.result["notes"])],
        coded=_statistics(coded, sum(assignment.coded.values())),
        total=_statistics(totals, assignment.points),
        rows=rows,
        plots=[Markup(svg) for svg in svgs],
        warnings=warnings,
        isolation=sorted({grade.result["isolation"] for grade in graded}),
    )


def _questions(graded: Sequence[Grade], name: str) -> list[Mapping]:
    """The question of each graded student; one without it has no points there."""
    nothing = {"name": name, "score": 0.0, "cases": []}
    return [
        next((one for one in grade.result["questions"] if one["name"] == name), nothing)
        for grade in graded
    ]


def _complaint(question: Mapping) -> str:
    return next(
        (
            clean(case["message"], 300).strip()
            for case in question["cases"]
            if not case["passed"] and case["message"].strip()
        ),
        "",
    )


def _most_common(messages: Sequence[str]) -> tuple[str, int] | None:
    counted = Counter(message for message in messages if message)
    # Of messages that are equally common the first in the alphabet: the same in every run.
    return min(counted.items(), key=lambda item: (-item[1], item[0])) if counted else None


def _statistics(scores: Sequence[float], points: float) -> dict[str, Any]:
    if not scores:
        return {"n": 0, "mean": None, "median": None, "full": None, "zero": None}
    return {
        "n": len(scores),
        "mean": statistics.fmean(scores),
        "median": statistics.median(scores),
        "full": sum(score >= points - 1e-9 for score in scores) / len(scores),
        "zero": sum(score <= 1e-9 for score in scores) / len(scores),
    }


# ---------------------------------------------------------------- pictures


def plots(handed_in: Sequence[Grade], assignment: Assignment) -> tuple[bytes, list[str]]:
    """Scores of each question, and of all of them: a PNG of both, and an SVG of each.

    Returns
    -------
    png : bytes
    svgs : list of str
        Elements to be put into a page, in its colours, with a text for who cannot see them.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    drawings = [_questions_plot(handed_in, assignment), _totals_plot(handed_in, assignment)]
    height = 1.7 + 0.32 * max(len(assignment.coded), 4)
    style = STYLE | {"svg.fonttype": "none"}
    svgs = []
    with rc_context(style):
        both = Figure((9, height), layout="constrained")
        for axes, (draw, _) in zip(both.subplots(1, 2), drawings, strict=True):
            draw(axes)
        png = io.BytesIO()
        both.savefig(png, format="png", dpi=160, metadata={"Software": None})
        for draw, alt in drawings:
            figure = Figure((4.6, height), layout="constrained")
            draw(figure.subplots())
            svg = io.StringIO()
            # Names inside the picture that no other picture has, and the same in every run.
            with rc_context({"svg.hashsalt": alt}):
                figure.savefig(svg, format="svg", transparent=True, metadata={"Date": None})
            svgs.append(_themed(svg.getvalue(), alt))
    return png.getvalue(), svgs


def _questions_plot(
    handed_in: Sequence[Grade], assignment: Assignment
) -> tuple[Callable[[Any], None], str]:
    graded = [grade for grade in handed_in if grade.result["status"] == "graded"]
    shares = []
    for name, points in assignment.coded.items():
        figures = _statistics([one["score"] for one in _questions(graded, name)], points)
        full, zero = figures["full"] or 0.0, figures["zero"] or 0.0
        shares.append((full, 1 - full - zero if graded else 0.0, zero))

    def draw(axes: Any) -> None:
        start = [0.0] * len(shares)
        for k, (kind, colour) in enumerate((("full", FULL), ("some", PARTIAL), ("none", ZERO))):
            widths = [share[k] for share in shares]
            axes.barh(
                list(assignment.coded), widths, left=start, color=colour, label=kind, height=0.66
            )
            start = [a + b for a, b in zip(start, widths, strict=True)]
        axes.invert_yaxis()
        axes.set_xlim(0, 1)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
        axes.set_title("Share of students by points of a question")
        axes.legend(ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.11), frameon=False)

    told = ", ".join(
        f"{name} {share[0]:.0%}" for name, share in zip(assignment.coded, shares, strict=True)
    )
    return draw, f"Of {len(graded)} students these have full points: {told}."


def _totals_plot(
    handed_in: Sequence[Grade], assignment: Assignment
) -> tuple[Callable[[Any], None], str]:
    known = [grade for grade in handed_in if grade.coded is not None]
    whole = bool(known) and all(grade.total is not None for grade in known)
    totals = [grade.total if whole else grade.coded for grade in known]
    most = assignment.points if whole else sum(assignment.coded.values())
    what = f"points {'in all' if whole else 'in the coded part'}, of {number(most)}"

    def draw(axes: Any) -> None:
        axes.hist(
            totals,
            bins=max(5, min(25, round(most))),
            range=(0, most or 1),
            color=FULL,
            edgecolor=GROUND,
        )
        axes.set_title("Students by points")
        axes.set_xlabel(what)
        for axis in (axes.xaxis, axes.yaxis):
            axis.get_major_locator().set_params(integer=True)
        if not totals:
            axes.set_ylim(0, 1)

    middle = f", with a median of {number(statistics.median(totals))}" if totals else ""
    return draw, f"Histogram of {len(totals)} students by {what}{middle}."


def _themed(svg: str, alt: str) -> str:
    """Matplotlib's SVG as a part of a page: with its colours and fonts, and a description."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' width="[\d.]+pt" height="[\d.]+pt"', "", svg, count=1)
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{escape(alt)}" ', 1)
    svg = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font: \1px var(--sans)", svg)
    for colour, variable in VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    return svg.replace(GROUND, "var(--ground)")
