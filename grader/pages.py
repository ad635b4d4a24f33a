"""The pages about a graded assignment: self-contained HTML without scripts, safe to open.

Whatever a student wrote is escaped text or Markdown without HTML, links and remote pictures.
"""

from __future__ import annotations

import io
import re
import statistics
import unicodedata
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

from .formulas import Formulas, as_typed
from .submissions import BESIDE, LATE

if TYPE_CHECKING:
    from .copies import Notice
    from .items import Item
    from .reports import Assignment, Grade

LONG = 2_000  # characters of one message that are shown
LONG_ANSWER = 20_000  # that the parser is given at once; its time grows with the square
MOST_PARTS = 3  # of an answer, so long each
LONG_TEXT = 150_000  # more than `written` keeps of one piece
# Colours of the pictures; in the pages these give way to the page's own, light or dark.
FULL, PARTIAL, ZERO = BLUE, "#8db4d4", "#c9733f"
VARIABLES = {INK: "--ink", FAINT: "--faint", FULL: "--full", PARTIAL: "--partial", ZERO: "--zero"}


# ---------------------------------------------------------------- text


def clean(text: object, most: int = LONG) -> str:
    """Text without control characters (colours of a terminal among them), of bearable length."""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", str(text))
    text = "".join(c if c.isprintable() or c in "\n\t" else _shown(c) for c in text)
    return text if len(text) <= most else text[:most] + " … (cut here)"


def _shown(character: str) -> str:
    """A character that is not printed as it is: what stands for a letter is named by its number.

    Glyphs of a formula from a word processor are such, and letters that are newer than Python.
    """
    kind = unicodedata.category(character)
    if character.isspace():
        return " " if kind == "Cc" else character
    if character in JOINERS:
        return character
    return "" if kind == "Cc" or character in UNSEEN else f"[U+{ord(character):04X}]"


JOINERS = "\u200c\u200d"  # Persian and Hindi are not read without
#: Marks without a form: where a word may be broken, an unwritten product, a line's direction.
UNSEEN = "\u00ad\u200b\u200e\u200f\ufeff" + "".join(
    map(chr, [*range(0x202A, 0x202F), *range(0x2060, 0x2065), *range(0x2066, 0x206A)])
)


def _markdown(tables: bool = False) -> MarkdownIt:
    md = MarkdownIt("commonmark", {"html": False}).enable("strikethrough")
    # In what students write no tables: a wide one of 20,000 characters takes the parser minutes,
    # as 4,000 links do.
    md.disable("reference")
    if tables:
        md.enable("table")
    dollarmath_plugin(md, double_inline=True)
    md.inline.ruler.before("escape", "math_brackets", _brackets)
    amsmath_plugin(md)
    for name in ("math_inline", "math_inline_double", "math_block", "math_block_label", "amsmath"):
        md.add_render_rule(name, _formula)
    # An address is shown and not linked; a picture is shown if it was handed in.
    md.add_render_rule("link_open", lambda self, tokens, at, *_: "")
    md.add_render_rule("link_close", _link_close)
    md.add_render_rule("image", _image)
    return md


def _brackets(state: Any, silent: bool) -> bool:
    r"""A formula in \( \) or \[ \], of which Markdown would take the backslashes away."""
    opening = state.src[state.pos : state.pos + 2]
    if opening not in (r"\(", r"\["):
        return False
    end = state.src.find({"(": r"\)", "[": r"\]"}[opening[1]], state.pos + 2, state.posMax)
    if end < 0:
        return False
    if not silent:
        token = state.push("math_inline" if opening[1] == "(" else "math_inline_double", "math", 0)
        token.content = state.src[state.pos + 2 : end]
    state.pos = end + 2
    return True


def _formula(self: Any, tokens: Sequence, at: int, options: Any, env: Any) -> str:
    token = tokens[at]
    display = token.type != "math_inline"
    formulas = env.get("formulas")
    text = formulas.note(token.content, display) if formulas else as_typed(token.content, display)
    label = f" ({escape(token.info)})" if token.type == "math_block_label" else ""
    return f"<p>{text}{label}</p>\n" if token.block else text


def _link_close(self: Any, tokens: Sequence, at: int, *_: Any) -> str:
    depth = 0
    for token in reversed(tokens[: at + 1]):
        depth += {"link_close": 1, "link_open": -1}.get(token.type, 0)
        if depth == 0:
            return f' <code class="address">{escape(token.attrGet("href") or "")}</code>'
    return ""


def _image(self: Any, tokens: Sequence, at: int, options: Any, env: Any) -> str:
    source, alt = str(tokens[at].attrGet("src") or ""), tokens[at].content
    album, shown = env.get("album", {}), env.get("shown", set())
    if (name := source.removeprefix("picture:")) in album and name not in shown:
        shown.add(name)
        return picture(album[name], alt)
    return f'<span class="quiet">[picture {escape(alt)}: {escape(source[:200])}]</span>'


def picture(found: Mapping[str, str], alt: str = "") -> str:
    """A picture that was handed in, drawn anew by `pictures`."""
    alt = escape(clean(alt or found["name"] or f"picture {found['number']}", 200))
    if found["problem"]:
        return f'<span class="wait">[picture {alt}: {escape(clean(found["problem"]))}]</span>'
    return f'<img src="data:{found["mime"]};base64,{found["data"]}" alt="{alt}" title="{alt}">'


MARKDOWN, COURSE_MARKDOWN = _markdown(), _markdown(tables=True)


def markdown(text: str, formulas: Formulas | None = None) -> Markup:
    """The course's own Markdown as HTML; formulas stay TeX where nobody is to draw them."""
    return Markup(COURSE_MARKDOWN.render(text, {"formulas": formulas}))


def answer(
    text: str, formulas: Formulas | None = None, pictures: Sequence[Mapping[str, str]] = ()
) -> Markup:
    """A student's Markdown as HTML, all of it, with its pictures.

    What is too long for the parser, whose time grows with the square, is shown as it was typed.
    """
    album = {found["number"]: found for found in pictures}
    env: dict[str, Any] = {"formulas": formulas, "album": album, "shown": set()}
    html = ""
    for place, part in enumerate(_parts(clean(text, LONG_TEXT))):
        if place < MOST_PARTS and len(part) <= LONG_ANSWER:
            html += MARKDOWN.render(part, env)
        else:
            html += f"<pre>{escape(part)}</pre>"
    html += "".join(f"<p>{picture(album[name])}</p>" for name in album if name not in env["shown"])
    return Markup(html)


def _parts(text: str) -> list[str]:
    """A text cut at blank lines into parts that the parser can bear; one, as a rule."""
    parts = [""]
    for block in re.split(r"(?<=\n)(?=[ \t]*\n)", text):
        if parts[-1] and len(parts[-1]) + len(block) > LONG_ANSWER:
            parts.append("")
        parts[-1] += block
    return parts


def number(value: float | None) -> str:
    """Points as people write them: 3, 2.5, 2.67."""
    return "–" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def fenced(text: str) -> str:
    """Text as a block of code in Markdown that nothing in it can end."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=lambda name: name is None or not name.endswith(".md"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"clean": clean, "number": number, "fenced": fenced}
    return environment


PAGES = _environment()


# ---------------------------------------------------------------- pages


def feedback(grade: Grade, assignment: Assignment) -> str:
    """The page of one student."""
    return PAGES.get_template("feedback.html").render(_feedback(grade, assignment))


def feedback_text(grade: Grade, assignment: Assignment) -> str:
    """The same as Markdown."""
    text = PAGES.get_template("feedback.md").render(_feedback(grade, assignment))
    return re.sub(r"\n{3,}", "\n\n", text)


def _feedback(grade: Grade, assignment: Assignment) -> dict[str, Any]:
    result = grade.hand_in
    found = {question["name"]: question for question in result["questions"]}
    questions = [
        {"name": name, "points": points, "score": found[name]["score"] if name in found else None}
        | {"cases": _cases(found[name]["cases"]) if name in found else []}
        for name, points in assignment.coded.items()
    ]
    return {
        "assignment": assignment, "grade": grade, "result": result, "questions": questions,
        "by_hand": result["status"] != "graded",
    }  # fmt: skip


def confusing_spots(
    found: Mapping[str, Sequence[tuple[str, str, str]]], assignment: Assignment
) -> str:
    """What students reported about the book, by its pages."""
    return PAGES.get_template("spots.html").render(pages=found, assignment=assignment)


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


def written(handed_in: Sequence[Grade], assignment: Assignment) -> tuple[str, list[str]]:
    """All written answers, question by question, with question and rubric beside them.

    Returns
    -------
    page : str
    problems : list of str
        Sentences for the instructor.
    """
    formulas = Formulas()
    parts: list[dict[str, Any]] = [
        {
            "name": name,
            "points": points,
            "question": markdown(assignment.prompts.get(name, ""), formulas),
            "rubric": markdown(rubric_of(assignment.rubric, name), formulas),
            "answers": [],
        }
        for name, points in assignment.written.items()
    ]
    unplaced = []
    for grade in handed_in:
        formulas.begin(grade.hand_in["key"])
        pieces = {part["name"]: part.get("answer") for part in grade.hand_in["written"]}
        beside = [note for note in grade.hand_in["notes"] if BESIDE in note]
        for part in parts:
            found = pieces.get(part["name"])
            shown = [_piece(piece, formulas) for piece in found or ()]
            part["answers"].append(
                {"grade": grade, "pieces": shown, "read": found is not None, "beside": beside}
            )
        if doubtful := grade.hand_in["unplaced"]:
            unplaced.append((grade, [_piece(piece, formulas) for piece in doubtful]))
    page = PAGES.get_template("written.html").render(
        assignment=assignment, parts=parts, unplaced=unplaced
    )
    return formulas.drawn_in(page), [formulas.problem] if formulas.problem else []


def _piece(piece: Mapping[str, Any], formulas: Formulas) -> dict[str, Any]:
    """A piece of an answer: set, and as it was typed."""
    text, pictures = clean(piece["text"], LONG_TEXT), piece["pictures"]
    if piece["kind"] in ("text", "picture", "shown"):
        html = answer(text, formulas, pictures)
    else:
        shown = "".join(f"<p>{picture(found)}</p>" for found in pictures)
        html = Markup((f"<pre>{escape(text)}</pre>" if text.strip() else "") + shown)
    typed = text if piece["kind"] in ("text", "shown") else ""
    return {"html": html, "typed": typed, "cell": piece["cell"], "kind": piece["kind"]} | {
        "why": clean(piece["why"])
    }


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
    questions: Sequence[Item] = (),
    alike: Sequence[Notice] = (),
    changed: Sequence[Sequence[str]] = (),
) -> str:
    """The instructor's page: how the class did, and what is left to do."""
    handed_in = [grade for grade in [*grades, *others] if grade.result]
    by_hand = [grade for grade in handed_in if grade.hand_in["status"] != "graded"]
    graded = [grade for grade in handed_in if grade.hand_in["status"] == "graded"]
    rows = []
    for name, points in assignment.coded.items():
        found = _questions(graded, name)
        figures = _statistics([question["score"] for question in found], points)
        message = _most_common([_complaint(question) for question in found])
        rows.append({"name": name, "points": points, "message": message, **figures})
    for name, points in assignment.written.items():
        scores = [score for grade in grades if (score := grade.written[name]) is not None]
        figures = _statistics(scores, points)
        rows.append({"name": name, "points": points, "message": None, **figures})
    coded = [grade.coded for grade in grades if grade.coded is not None]
    totals = [grade.total for grade in grades if grade.total is not None]
    return PAGES.get_template("summary.html").render(
        assignment=assignment,
        graded=graded,
        by_hand=by_hand,
        missing=[grade for grade in grades if not grade.result],
        late=[g for g in handed_in if any(n.startswith(LATE) for n in g.hand_in["notes"])],
        coded=_statistics(coded, sum(assignment.coded.values())),
        total=_statistics(totals, assignment.points),
        rows=rows,
        plots=[Markup(svg) for svg in svgs],
        warnings=warnings,
        items={item.name: item for item in questions},
        alike=alike,
        who={grade.hand_in["key"]: grade for grade in handed_in},
        changed=changed,
        isolation=sorted({grade.hand_in["isolation"] for grade in graded}),
    )


def _questions(graded: Sequence[Grade], name: str) -> list[Mapping]:
    """The question of each graded student; one without it has no points there."""
    nothing = {"name": name, "score": 0.0, "cases": []}
    return [
        next((one for one in grade.hand_in["questions"] if one["name"] == name), nothing)
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
    graded = [grade for grade in handed_in if grade.hand_in["status"] == "graded"]
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
    values = (grade.total if whole else grade.coded for grade in known)
    totals = [value for value in values if value is not None]
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
