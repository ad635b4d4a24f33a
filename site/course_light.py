"""What a page need not load, and the site need not hold: icons, the index of the search, languages.

The theme brings all of Font Awesome three times, as a script of 1.5 MB that draws each icon, as
fonts, and as a rule for each of some 1900 names in its style sheet. Here the script is dropped, and
fonts and rules are cut to the icons that occur: those named by a class in any page, by the theme's
scripts, or by their number in a style sheet. Only the page of the search loads its index. And the
theme's words in 46 languages were read while the pages were written; none of them is read after.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from course_fonts import subset, version
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

ICON = re.compile(r"\bfa-[a-z0-9]+(?:-[a-z0-9]+)*")
NAMED = re.compile(r'class(?:Name|List)?\s*=\s*\\?(["\'])(.*?)\\?\1', re.DOTALL)
# The rules of the icons' names: .fa-bars:before,.fa-navicon:before{content:"\f0c9"}
RULE = re.compile(r'((?:\.fa-[a-z0-9-]+::?before,?)+)\{content:"\\([0-9a-f]{2,4}) ?"\}')
# An icon anywhere else in a style sheet: fonts have icons where Unicode has no characters.
NUMBER = re.compile(r'"\\([ef][0-9a-f]{3})"')
# Classes that are sizes, styles and the like, and no icons.
NO_ICON = re.compile(
    r"fa-(?:solid|regular|brands|classic|sharp|lg|sm|xs|xl|2xs|2xl|\d+x|fw|ul|li|border|inverse"
    r"|pull-.*|stack.*|rotate-.*|flip.*|spin.*|beat.*|bounce|fade|shake|layers.*|sr-only.*|icon)"
)

# What the theme's style sheets say of the drawings that the script put in the icons' places.
REWRITTEN = {
    "styles/pydata-sphinx-theme.css": [
        (".search-button-field>:not(svg)", ".search-button-field>:not(i)"),
        ("form.bd-search svg{", "form.bd-search i{"),
    ],
    "styles/sphinx-book-theme.css": [
        (".bd-header-article .btn svg{", ".bd-header-article .btn i{")
    ],
}

ICON_SCRIPT = re.compile(r' *<script[^>]* src="[^"]*scripts/fontawesome\.js[^"]*"></script>\n?')
SEARCH_SCRIPT = re.compile(
    r' *<script[^>]* src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"></script>\n?'
)


def icons(text: str) -> set[str]:
    """The icons that a page or a script names in a class."""
    named = {name for _, found in NAMED.findall(text) for name in ICON.findall(found)}
    return {name for name in named if not NO_ICON.fullmatch(name)}


def cut_icons(static: Path, used: dict[str, str]) -> None:
    """Leave of Font Awesome what is used; `used` says of each icon where."""
    theme = static / "styles" / "pydata-sphinx-theme.css"
    css = theme.read_text("utf-8")
    numbers = {name: number for names, number in RULE.findall(css) for name in ICON.findall(names)}
    if missing := sorted(used.keys() - numbers.keys()):
        raise ExtensionError(
            "Font Awesome has no such icon: "
            + ", ".join(f"{name} on {used[name]}" for name in missing)
        )

    def keep(rule: re.Match[str]) -> str:
        names = [name for name in ICON.findall(rule[1]) if name in used]
        selector = ",".join(f".{name}:before" for name in names)
        return f'{selector}{{content:"\\{rule[2]}"}}' if names else ""

    css = RULE.sub(keep, css)
    sheets = [path.read_text("utf-8") for path in sorted(static.rglob("*.css")) if path != theme]
    shown = {numbers[name] for name in used}
    shown |= {number for text in [css, *sheets] for number in NUMBER.findall(text)}
    characters = {int(number, 16) for number in shown}
    drawn: set[int] = set()
    for source in sorted(static.glob("vendor/fontawesome/webfonts/*.ttf")):
        target = source.with_suffix(".woff")
        drawn |= subset(source, characters, target)
        css = css.replace(f"{source.stem}.woff2", f"{source.stem}.woff2?v={version(target)}")
        for file in (source, source.with_suffix(".woff2")):
            file.unlink()
    if missing := [f"{number:x}" for number in sorted(characters - drawn)]:
        raise ExtensionError(f"No font of Font Awesome has the characters {', '.join(missing)}.")
    address = re.compile(
        r'url\(([^)]*)\.woff2(\?v=\w+)\) format\("woff2"\),url\([^)]*\.ttf\) format\("truetype"\)'
    )
    css, count = address.subn(r'url(\1.woff\2) format("woff")', css)
    if not count:
        raise ExtensionError("The theme names its icons' fonts in another way than it did.")
    theme.write_text(css, "utf-8")
    for script in static.glob("scripts/fontawesome.js*"):
        if script.suffix != ".txt":  # the license stays with what was taken
            script.unlink()


def start_clean(app: Sphinx) -> None:
    """Remove the finished pages of an earlier build, and what they load.

    They are changed when they are finished; Sphinx would take them for its own and keep them.
    """
    if app.builder.format == "html":
        for folder in ("_static", "_images"):
            shutil.rmtree(Path(app.outdir) / folder, ignore_errors=True)
        for page in Path(app.outdir).rglob("*.html"):
            page.unlink()


def lighten(app: Sphinx, failure: Exception | None) -> None:
    """Drop from the finished pages, and from what they load, what they do not need."""
    if failure or app.builder.format != "html":
        return
    out = Path(app.outdir)
    static = out / "_static"
    texts = {page: page.read_text("utf-8") for page in sorted(out.rglob("*.html"))}
    used: dict[str, str] = {}
    for page, text in texts.items():
        name = page.relative_to(out).as_posix()
        used |= dict.fromkeys(icons(text) - used.keys(), name)
    for script in sorted(static.rglob("*.js")):
        if "vendor" not in script.parts and script.name != "fontawesome.js":
            used |= dict.fromkeys(icons(script.read_text("utf-8")) - used.keys(), script.name)
    cut_icons(static, used)
    shutil.rmtree(static / "locales", ignore_errors=True)
    for sheet, changes in REWRITTEN.items():
        css = (static / sheet).read_text("utf-8")
        for old, new in changes:
            if old not in css:
                raise ExtensionError(f"{sheet} no longer says {old}: look at the icons' places.")
            css = css.replace(old, new)
        (static / sheet).write_text(css, "utf-8")
    versions = {sheet: version(static / sheet) for sheet in REWRITTEN}
    as_typed = app.config.html_theme_options.get("search_as_you_type", False)
    for page, text in texts.items():
        done = ICON_SCRIPT.sub("", text)
        if page.name != "search.html" and not as_typed:
            done = SEARCH_SCRIPT.sub("", done)
        for sheet, number in versions.items():  # a browser must not keep the theme's own
            done = re.sub(rf"({re.escape(sheet)})\?[\w=]+", rf"\1?v={number}", done)
        if done != text:
            page.write_text(done, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", start_clean, priority=100)  # before anything is put there
    app.connect("build-finished", lighten, priority=850)  # when every page is written
    return {"parallel_read_safe": True, "parallel_write_safe": True}
