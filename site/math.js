// What formulas do by themselves: they are copied as TeX, and a wide one scrolls and shows it.

// A formula that a script has typeset has no TeX beside it: it stays what it says.
const tex = (formula) => {
  const mark = formula.getAttribute("display") === "true" ? "$$" : "$";
  const source = formula.dataset.tex;
  return source === undefined ? formula.textContent : mark + source + mark;
};

// ---------------------------------------------------------------- copying

// A selection that ends inside a formula takes all of it.
const selected = () => {
  const range = document.getSelection().rangeCount ? document.getSelection().getRangeAt(0).cloneRange() : null;
  if (!range || range.collapsed) return null;
  const whole = (node) => (node.nodeType === 1 ? node : node.parentElement)?.closest("mjx-container");
  const first = whole(range.startContainer), last = whole(range.endContainer);
  if (first) range.setStartBefore(first);
  if (last) range.setEndAfter(last);
  return range;
};

document.addEventListener("copy", (event) => {
  const range = selected();
  const copied = range?.cloneContents();
  if (!copied?.querySelector("mjx-container")) return;
  for (const formula of copied.querySelectorAll("mjx-container")) formula.replaceWith(tex(formula));
  for (const unseen of copied.querySelectorAll(".copy-tex, .headerlink, .visually-hidden")) unseen.remove();
  // As text it is what it would look like: shown for a moment, out of sight.
  const place = document.createElement("div");
  place.style.cssText = "position: fixed; left: 200vw; width: 60rem";
  place.append(copied);
  document.body.append(place);
  event.clipboardData.setData("text/plain", place.innerText);
  event.clipboardData.setData("text/html", place.innerHTML);
  place.remove();
  event.preventDefault();
});

// The glyphs are drawn by the style sheet, where a browser shows no selection: let us show it.
let marked = [];
document.addEventListener("selectionchange", () => {
  const range = selected();
  const root = range?.commonAncestorContainer;
  const around = root?.nodeType === 1 ? root : root?.parentElement;
  const found = around ? [...around.querySelectorAll("mjx-container")].filter((f) => range.intersectsNode(f)) : [];
  for (const formula of marked) formula.classList.remove("selected");
  for (const formula of found) formula.classList.add("selected");
  marked = found;
});

for (const formula of document.querySelectorAll(".bd-article div.math > mjx-container")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy-tex";
  button.textContent = "TeX";
  button.title = "Copy this formula's TeX";
  button.setAttribute("aria-label", "TeX: copy this formula's TeX");
  button.addEventListener("click", async () => {
    const text = tex(formula);
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "copied";
      document.dispatchEvent(new CustomEvent("announce", { detail: "Copied" }));
    } catch {  // no permission, or a page that is no site: show it for the reader to copy
      prompt("The formula's TeX:", text);
    }
    button.classList.add("copied");
    setTimeout(() => {
      button.textContent = "TeX";
      button.classList.remove("copied");
    }, 1500);
  });
  formula.after(button);
}

// ---------------------------------------------------------------- wide formulas

const name = (box) => {
  const number = box.parentElement.querySelector(".eqno")?.firstChild.textContent.trim();
  return number ? `Formula ${number}, scrolls sideways` : "A wide formula, scrolls sideways";
};

const show = (box) => {
  const rest = box.scrollWidth - box.clientWidth;
  const wide = rest > 1;
  box.classList.toggle("scrolls", wide);
  box.classList.toggle("goes-on-left", wide && box.scrollLeft > 1);
  box.classList.toggle("goes-on-right", wide && box.scrollLeft < rest - 1);
  if (wide && !box.hasAttribute("tabindex")) {
    box.tabIndex = 0;  // the arrow keys scroll it
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", name(box));
    box.addEventListener("scroll", () => show(box), {passive: true});
  } else if (!wide && box.hasAttribute("tabindex")) {
    for (const attribute of ["tabindex", "role", "aria-label"]) box.removeAttribute(attribute);
  }
};

// A formula in the text becomes a box that scrolls only where it is wider than its column.
const fit = (formula) => {
  const column = formula.parentElement.closest(COLUMN);
  formula.classList.toggle("too-wide", formula.firstElementChild.offsetWidth > column.clientWidth + 1);
  show(formula);
};

// Looked at whenever it or its column gets another size: at first, when fonts come, when it is unfolded.
const COLUMN = "p, li, td, dd, div";
const watched = new Map();
const sizes = new ResizeObserver((changes) => {
  new Set(changes.flatMap((change) => watched.get(change.target))).forEach((look) => look());
});
const watch = (element, look) => {
  if (watched.has(element)) watched.get(element).push(look);
  else watched.set(element, [look]);
  sizes.observe(element);
};
for (const formula of document.querySelectorAll(".bd-article mjx-container")) {
  if (formula.getAttribute("display") === "true") {
    const look = () => show(formula);
    watch(formula, look);
    watch(formula.firstElementChild, look);
  } else if (tex(formula).length > 26) {  // a short one fits anywhere
    const look = () => fit(formula);
    watch(formula.firstElementChild, look);
    watch(formula.parentElement.closest(COLUMN), look);
  }
}
