// The box that differentiates: on the page "Differentiate", and beside a worked example.

import { config } from "./config.js";
import { engine, isKept, StoppedError } from "./engine.js";
import { AnswerBox } from "./answer.js";
import { copyButton, formulaField, keys, linkTo, loadingBar, make, say, show } from "./show.js";

const PAUSE = 1000; // ms without a key before an error is shown
const LAYOUTS = ["operator", "numerator", "denominator", "vec"];

export class DifferentiateBox {
  /** @param {Element} root where the box is put
      @param {{f: string, wrt: string, where: string}} input
      @param {boolean} alone whether it is the page's own box, with the link in the address */
  constructor(root, input, alone = false) {
    this.root = root;
    this.alone = alone;
    this.shown = null; // the input whose result is shown
    this.turn = 0;
    this.#form(input);
    this.answer = make("div", { class: "result" });
    this.root.append(this.form, this.answer);
  }

  get input() {
    return { f: this.f.value, wrt: this.wrt.value, where: this.where.value };
  }

  set input({ f, wrt, where }) {
    [this.f.value, this.wrt.value, this.where.value] = [f, wrt, where];
  }

  #form({ f = "", wrt = "X", where = "" }) {
    const expression = formulaField("f", f, { class: "expression", placeholder: "tr(X'*A*X*B)" });
    const variable = formulaField("in", wrt, { class: "variable", size: "4", "aria-label": "Variable" });
    const declared = formulaField("where", where, {
      class: "declarations", placeholder: "n: scalar; P symmetric (the rest is solved for)",
    });
    [this.f, this.wrt, this.where] = [expression.field, variable.field, declared.field];
    this.note = make("p", { class: "note" });
    this.status = make("div", { class: "status", role: "status", "aria-live": "polite" });
    this.bar = loadingBar(engine);
    this.form = make(
      "form", { class: "asked", onsubmit: (event) => (event.preventDefault(), this.run()) },
      make("div", { class: "together" }, expression.labelled, variable.labelled),
      keys(this.f), declared.labelled, this.#help(),
      make("div", { class: "together" }, make("button", { type: "submit", class: "go" }, "Differentiate"), this.bar.place),
      this.note, this.status,
    );
    this.form.addEventListener("input", () => this.#later());
  }

  #help() {
    return make(
      "details", { class: "help" }, make("summary", {}, "What to declare"),
      make("p", {}, "A matrix ", make("code", {}, "X: m x n"), ", a column ", make("code", {}, "w: n"),
        ", a number ", make("code", {}, "t: scalar"), ", an index ", make("code", {}, "i: 1..N"),
        "; separated by semicolons. Behind a shape: symmetric, skew, diagonal, lower, upper, positive definite, " +
        "invertible, orthogonal, positive, probability, integer. What you leave out is solved for, and shown under " +
        "Read as: a to g are numbers, h to z columns, capitals matrices. So ", make("code", {}, "n: scalar; P symmetric"),
        " may be all."),
    );
  }

  #later() {
    engine.start(); // it loads while you type
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.run(), PAUSE);
  }

  /** Differentiate what stands in the fields. */
  async run() {
    clearTimeout(this.timer);
    const input = this.input;
    if (!input.f.trim()) return;
    const turn = ++this.turn;
    this.answer.classList.add("old");
    this.status.replaceChildren();
    let reply;
    try {
      reply = await this.bar.during(engine.ask({ ask: "differentiate", ...input }));
    } catch (error) {
      if (turn === this.turn) say(this.status, { error: error.message });
      return;
    }
    if (turn !== this.turn) return; // something newer was typed
    if (reply.error) {
      say(this.status, reply); // the last good result stays, dimmed
      return;
    }
    await this.#show(input, reply);
  }

  async #show(input, reply) {
    this.shown = input;
    const readAs = make("section", { class: "read-as" });
    await show(readAs, [["h3", {}, "Read as"], reply.read]);
    const same = input.where.trim() === reply.declared;
    if (!same) {
      readAs.append(make("p", {}, make("code", {}, reply.declared), " ", make("button", {
        type: "button", onclick: () => { this.where.value = reply.declared; this.where.focus(); this.run(); },
      }, "Use as declarations")));
    }
    const body = make("div", {});
    await show(body, reply.body);
    this.#finish(body, reply.texts);
    const verdict = make("div", { class: "verdict", role: "status", "aria-live": "polite" });
    say(verdict, { message: "Checking ..." });
    this.answer.replaceChildren(readAs, verdict, body, this.#tools(input, reply), this.#own(input));
    this.answer.classList.remove("old");
    this.status.replaceChildren(make("p", { class: "visually-hidden" }, reply.words));
    if (this.alone) history.replaceState(null, "", linkTo(input));
    this.#check(input, verdict);
  }

  async #check(input, verdict) {
    try {
      const reply = await engine.ask({ ask: "check", ...input });
      const agrees = reply.agrees;
      say(verdict, reply.error ? reply : { message: `${agrees ? "Checked" : "Not confirmed"}: ${reply.message}` });
      verdict.classList.toggle("right", Boolean(agrees));
      verdict.classList.toggle("wrong", !agrees);
    } catch (error) {
      say(verdict, { message: error instanceof StoppedError ? "The check was stopped." : error.message });
    }
  }

  /** Copy buttons beside results, and the switch of layouts. */
  #finish(body, texts) {
    for (const result of body.querySelectorAll("[data-copy]")) {
      const { text, latex } = texts[result.dataset.copy];
      result.append(copyButton("Copy text", text), copyButton("Copy LaTeX", latex));
    }
    switchLayouts(body);
  }

  #tools(input, reply) {
    const code = make("pre", { tabindex: "0" });
    const bar = make("div", { class: "together" });
    for (const language of ["NumPy", "JAX", "PyTorch"]) {
      bar.append(make("button", {
        type: "button",
        onclick: async () => {
          const { code: text, error } = await engine.ask({ ask: "code", ...input, language });
          code.textContent = text ?? error;
        },
      }, language));
    }
    bar.append(copyButton("Copy code", () => code.textContent));
    const review = () => engine
      .ask({ ask: "review", ...input, edition: config.edition, link: linkTo(input) })
      .then(({ text, error }) => text ?? error);
    return make(
      "section", { class: "tools" }, make("h3", {}, "Take it with you"),
      make("div", { class: "together" },
        copyButton("Copy link", linkTo(input)), copyButton("Copy for review", review),
        copyButton("Copy derivation as LaTeX", reply.texts.derivation.latex)),
      make("details", {}, make("summary", {}, "Code: f, its derivatives, and a test"), bar, code),
    );
  }

  /** "Is my gradient right?" */
  #own(input) {
    const place = make("section", { class: "own" }, make("h3", {}, "Is my gradient right?"));
    new AnswerBox(place, { ...input, of: "gradient" }, { choose: true });
    return place;
  }
}

/** Show one of the layouts at a time, with a switch above them. */
export function switchLayouts(root) {
  for (const group of root.querySelectorAll(".layouts")) {
    if (group.previousElementSibling?.matches(".switch")) continue;
    const panels = [...group.querySelectorAll("[data-layout]")];
    const bar = make("div", { class: "together switch", role: "group", "aria-label": "Layout" });
    const choose = (name) => {
      panels.forEach((panel) => (panel.hidden = panel.dataset.layout !== name));
      [...bar.children].forEach((button) => button.setAttribute("aria-pressed", button.dataset.name === name));
    };
    for (const name of LAYOUTS) {
      bar.append(make("button", { type: "button", "data-name": name, onclick: () => choose(name) }, name));
    }
    group.before(bar);
    choose("operator");
  }
}

// ---------------------------------------------------------------- the page

/** The stored examples: found by words, opened in the box without any runtime. */
function examples(list, box) {
  const search = make("input", { type: "search", placeholder: "log det, ridge, (124), softmax ..." });
  const count = make("span", { role: "status", "aria-live": "polite" });
  const items = [...list.querySelectorAll("details.stored")];
  const words = items.map((item) => `${item.dataset.words} ${item.dataset.f}`.toLowerCase());
  search.addEventListener("input", () => {
    const asked = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    items.forEach((item, i) => (item.hidden = !asked.every((word) => words[i].includes(word))));
    count.textContent = `${items.filter((item) => !item.hidden).length} of ${items.length} examples`;
  });
  list.prepend(make("label", { class: "field" }, make("span", {}, "Search the examples"), search), count);
  for (const item of items) {
    switchLayouts(item);
    const { f, wrt, where } = item.dataset;
    item.append(make("button", {
      type: "button",
      onclick: () => { box.input = { f, wrt, where }; box.f.focus(); box.form.scrollIntoView({ block: "start" }); box.run(); },
    }, "Change this example"));
  }
}

/** What the address asks for: {f, wrt, where, edition}, or null. */
export function asked(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  if (!given.get("f")) return null;
  return Object.fromEntries(["f", "wrt", "where", "edition"].map((name) => [name, given.get(name) ?? ""]));
}

async function page(root) {
  const input = asked(location.hash);
  const box = new DifferentiateBox(root, input ?? {}, true);
  for (const list of document.querySelectorAll(".stored-examples")) examples(list, box);
  const follow = async () => {
    const linked = asked(location.hash);
    if (!linked) return;
    box.input = { ...linked, wrt: linked.wrt || "X" };
    if (linked.edition && linked.edition !== config.edition) {
      box.note.textContent = `The link was made with edition ${linked.edition}; this is ${config.edition}.`;
    }
    const { f, wrt, where } = box.input;
    const stored = [...document.querySelectorAll("details.stored")].find(
      ({ dataset }) => dataset.f === f && dataset.wrt === wrt && dataset.where === where);
    if (stored) {
      stored.open = true;
      box.answer.replaceChildren(...[...stored.cloneNode(true).children].slice(1, -1));
      switchLayouts(box.answer);
    } else if (engine.state === "ready" || (await isKept())) await box.run();
    else box.answer.replaceChildren(make("p", {},
      `Press Differentiate: Python is loaded into your browser first, ${config.megabytes} MB, once.`));
  };
  window.addEventListener("hashchange", follow);
  await follow();
}

for (const root of document.querySelectorAll(".differentiate-page")) page(root);
