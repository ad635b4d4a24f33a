// Trees of engine.py become elements. Text is always text: nothing is read as HTML.

import { config } from "./config.js";

const TAGS = new Set(
  "a code dd details div dl dt h3 h4 li p pre section span strong summary table tbody td th thead tr ul".split(" "),
);
const ATTRIBUTES = /^(class|scope|data-[a-z]+)$/;

/** An element: make("p", {class: "x"}, "text", child). */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") made.toggleAttribute(name, value);
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** A tree of engine.py as a node. */
export function build(tree) {
  if (typeof tree === "string") return document.createTextNode(tree);
  const [tag, attributes, ...children] = tree;
  if (tag === "math") {
    return make("span", { class: "math", "data-latex": children[0], "data-display": attributes.display ?? "" });
  }
  if (!TAGS.has(tag)) throw new Error(`The engine sent an element ${tag}, which is not shown here.`);
  for (const name of Object.keys(attributes)) {
    if (!ATTRIBUTES.test(name)) throw new Error(`The engine sent an attribute ${name}, which is not shown here.`);
  }
  const made = make(tag, attributes, ...children.map(build));
  if (attributes["data-rule"]) {
    made.href = new URL(`${config.rules}#rule-${attributes["data-rule"]}`, import.meta.url);
  }
  return made;
}

// ---------------------------------------------------------------- formulas

let typesetter = null;

function mathjax() {
  typesetter ??= new Promise((resolve, reject) => {
    window.MathJax = {
      // What only a page of its own author needs is off: links, HTML, extensions loaded by name.
      tex: { packages: { "[-]": ["html", "require", "autoload", "noundefined", "unicode", "bbox", "action"] } },
      options: { enableMenu: false, enableAssistiveMml: true },
      startup: { typeset: false, ready: () => (MathJax.startup.defaultReady(), resolve(MathJax)) },
    };
    const source = new URL(config.mathjax, import.meta.url);
    document.head.append(make("script", { src: source.href, onerror: () => reject(new Error(`${source} is missing.`)) }));
  });
  return typesetter;
}

/** Typeset the formulas in an element. */
export async function typeset(element) {
  const formulas = [...element.querySelectorAll("span.math[data-latex]:not(.typeset)")];
  if (!formulas.length) return;
  const MathJax = await mathjax();
  await MathJax.startup.promise;
  for (const place of formulas) {
    const display = place.dataset.display === "true";
    place.replaceChildren(await MathJax.tex2chtmlPromise(place.dataset.latex, { display }));
    place.classList.add("typeset");
    place.classList.toggle("display", display);
  }
  MathJax.startup.document.clear();
  MathJax.startup.document.updateDocument();
}

/** Put trees in the place of an element's children, typeset. */
export async function show(element, trees) {
  const fresh = make("div", {}, ...trees.map(build));
  await typeset(fresh);
  element.replaceChildren(...fresh.childNodes);
}

// ---------------------------------------------------------------- small things that every box has

/** Tell who listens what happened elsewhere than at the focus; the page around has the voice. */
function announce(detail) {
  document.dispatchEvent(new CustomEvent("announce", { detail }));
}

/** A button that copies a text, and says so. */
export function copyButton(label, text) {
  const button = make("button", { type: "button", class: "copy" }, label);
  button.addEventListener("click", async () => {
    await copy(typeof text === "function" ? await text() : text);
    button.textContent = "Copied";
    announce("Copied");
    setTimeout(() => (button.textContent = label), 1500);
  });
  return button;
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Without https there is no clipboard: select the text in a box of its own.
  const box = make("textarea", { class: "visually-hidden" });
  box.value = text;
  document.body.append(box);
  box.select();
  document.execCommand("copy");
  box.remove();
}

/** Keys for what a phone's keyboard hides. They type into a field without giving it the focus, so
    that the system's keyboard does not rise. */
export function keys(field, signs = ["'", "^", "*", "(", ")"]) {
  const names = { "'": "transpose", "^": "power", "*": "times", "(": "open parenthesis", ")": "close parenthesis" };
  const row = make("div", { class: "keys", role: "group", "aria-label": "Keys" });
  for (const sign of signs) {
    const key = make("button", { type: "button", "aria-label": names[sign] ?? sign }, sign);
    key.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays where it is
    key.addEventListener("click", () => {
      field.setRangeText(sign, field.selectionStart, field.selectionEnd, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    row.append(key);
  }
  return row;
}

/** A field for a formula: nothing is capitalised, corrected or made curly. */
export function formulaField(label, value = "", attributes = {}) {
  const field = make("input", {
    type: "text", autocapitalize: "none", autocorrect: "off", autocomplete: "off", spellcheck: "false",
    inputmode: "text", ...attributes,
  });
  field.value = value;
  field.addEventListener("input", () => {
    const straight = field.value.replace(/[\u2018\u2019\u2032\u00b4]/g, "'");
    if (straight !== field.value) {
      const at = field.selectionStart;
      field.value = straight;
      field.setSelectionRange(at, at);
    }
  });
  return { field, labelled: make("label", { class: "field" }, make("span", {}, label), field) };
}

/** A sentence for who sees and who listens; an error keeps its mark below the text, and who listens
    hears the mark's place. */
export function say(place, reply) {
  const sentence = make("p", {}, reply.error ?? reply.message ?? "");
  const shown = [sentence];
  if (reply.mark) {
    const column = reply.mark.split("\n").at(-1).indexOf("^") + 1;
    sentence.append(make("span", { class: "visually-hidden" }, ` It is at place ${column} of the text.`));
    shown.push(make("pre", { "aria-hidden": "true" }, reply.mark));
  }
  place.replaceChildren(...shown);
}

/** Progress of the loading, and a button that ends what takes too long. */
export function loadingBar(engine) {
  const bar = make("progress", { max: "1", value: "0", "aria-label": "Loading Python" });
  const stop = make("button", { type: "button", class: "stop" }, "Stop");
  const words = make("span", {});
  const place = make("div", { class: "loading", hidden: true }, words, bar, stop);
  stop.addEventListener("click", () => engine.stop());
  const refresh = () => {
    bar.hidden = engine.state !== "loading";
    words.textContent = engine.state === "loading"
      ? `Python and lecturelib are loaded into your browser, ${config.megabytes} MB, once. `
      : "Computing ... ";
  };
  engine.addEventListener("progress", ({ detail }) => (bar.value = detail));
  engine.addEventListener("state", refresh);
  refresh();
  return {
    place,
    /** Show the bar while a promise is open, if it is open longer than a moment. */
    async during(promise) {
      refresh();
      const timer = setTimeout(() => (place.hidden = false), engine.state === "ready" ? 400 : 0);
      try {
        return await promise;
      } finally {
        clearTimeout(timer);
        place.hidden = true;
      }
    },
  };
}

/** A link to the page "Differentiate" that reproduces an input. */
export function linkTo({ f, wrt, where }) {
  const link = new URL(config.differentiate, import.meta.url);
  link.hash = new URLSearchParams({ f, wrt, where, edition: config.edition }).toString();
  return link.href;
}
