// The page "Practice": problems of a kind and difficulty, sets that a teacher hands out, a receipt.

import { AnswerBox } from "./answer.js";
import { config } from "./config.js";
import { engine } from "./engine.js";
import { Progress, readSet, setText } from "./progress.js";
import { build, copyButton, loadingBar, make, say, show, typeset } from "./show.js";

class Practice {
  constructor(root) {
    this.root = root;
    this.kinds = JSON.parse(root.dataset.kinds);
    this.progress = new Progress();
    this.status = make("p", { role: "status", "aria-live": "polite" });
    this.bar = loadingBar(engine);
    this.place = make("section", { class: "problem", "aria-label": "Problem" });
    this.counts = make("section", { class: "counts" });
    this.controls = this.#controls();
    root.append(this.controls, this.status, this.bar.place, this.place, this.counts);
    this.#follow();
    window.addEventListener("hashchange", () => this.#follow());
    this.#showCounts();
  }

  #select(name, options) {
    const made = options.map(([value, text]) => make("option", { value }, text));
    return make("select", { "aria-label": name }, ...made);
  }

  #controls() {
    this.kind = this.#select("Kind", this.kinds.map((kind) => [kind, kind]));
    this.difficulty = this.#select("Difficulty", [[1, "1: one or two rules"], [2, "2: several rules"], [3, "3: composite"]]);
    return make(
      "form", { class: "together asked", onsubmit: (event) => (event.preventDefault(), this.next()) },
      this.kind, this.difficulty, make("button", { type: "submit", class: "go" }, "Give me a problem"),
    );
  }

  // -------------------------------------------------------------- links

  #follow() {
    const given = new URLSearchParams(location.hash.slice(1));
    this.set = null;
    if (given.get("progress")) {
      const taken = this.progress.take(given.get("progress"));
      history.replaceState(null, "", location.pathname);
      this.#tell(taken ? "Your progress is here now." : "That link holds no progress; copy it again, in full.");
      this.#showCounts();
    } else if (given.has("set")) {
      const problems = readSet(given.get("set"), this.kinds);
      if (!problems) {
        this.#tell("That link names no set of problems; ask for it again, in full.");
        return;
      }
      this.set = { problems, title: given.get("title") ?? "", at: 0, results: [] };
      this.controls.hidden = true;
      this.#tell(`A set of ${problems.length} problems${this.set.title ? `: ${this.set.title}` : ""}.`);
      this.place.replaceChildren(make("button", { type: "button", class: "go", onclick: () => this.next() },
        `Begin (Python is loaded first, ${config.megabytes} MB, once)`));
    }
  }

  #tell(words) {
    this.status.textContent = words;
  }

  // -------------------------------------------------------------- problems

  async next() {
    const request = this.#request();
    if (!request) return this.#receipt();
    let problem;
    try {
      problem = await this.bar.during(engine.ask(request));
    } catch (error) {
      this.#tell(error.message);
      return undefined;
    }
    if (problem.error) {
      this.#tell(problem.error);
      return undefined;
    }
    return this.#pose(problem);
  }

  #request() {
    if (this.set) {
      const problem = this.set.problems[this.set.at];
      return problem && { ask: "practise", ...problem };
    }
    const due = this.progress.due();
    if (due) {
      const { kind, difficulty, seed } = due;
      return { ask: "sibling", kind, difficulty, seed };
    }
    const kind = this.kind.value;
    const difficulty = Number(this.difficulty.value);
    return { ask: "practise", kind, difficulty, seed: this.progress.nextSeed(kind, difficulty) };
  }

  async #pose(problem) {
    const started = Date.now();
    const result = { name: problem.name, answers: [], right: false, seconds: 0, helped: false };
    const heading = this.set ? `Problem ${this.set.at + 1} of ${this.set.problems.length}` : problem.kind;
    const body = make("div", {}, make("h2", { tabindex: "-1" }, heading), build(problem.question));
    await typeset(body);
    body.append(make("p", {}, "To type: ", make("code", {}, problem.f)));
    const answers = make("div", {});
    const box = new AnswerBox(answers, { ...problem, name: "Your answer", label: problem.name });
    const after = make("div", { class: "solution" });
    box.addEventListener("judged", ({ detail }) => {
      if (detail.verdict === undefined) return; // it was not understood: no try
      result.answers.push(detail.answer);
      result.seconds = Math.round((Date.now() - started) / 1000);
      if (detail.right && !result.right) {
        result.right = true;
        this.#done(problem, result, result.answers.length === 1 && !result.helped);
      }
    });
    body.append(answers, this.#hints(problem, result), this.#buttons(problem, result, box, after), after);
    this.place.replaceChildren(body);
    body.firstChild.focus({ preventScroll: true });
    this.current = { problem, result };
  }

  /** Count a problem once: right at once, or missed, and then it comes back. */
  #done(problem, result, right) {
    if (this.set || result.counted) return;
    result.counted = true;
    this.progress.record(problem.kind, right);
    if (!right) this.progress.miss(problem);
    this.#showCounts();
  }

  #hints(problem, result) {
    const place = make("div", { class: "hints" });
    problem.hints.forEach((hint, i) => {
      const fold = make("details", { hidden: i > 0 }, make("summary", {}, `Hint ${i + 1} of ${problem.hints.length}`), make("p", {}, hint));
      fold.addEventListener("toggle", () => {
        result.helped = true;
        if (fold.nextSibling) fold.nextSibling.hidden = false;
      }, { once: true });
      place.append(fold);
    });
    return place;
  }

  #buttons(problem, result, box, after) {
    const derivation = make("button", { type: "button" }, "Show the derivation");
    const again = make("button", { type: "button", hidden: true }, "Solve it again");
    derivation.addEventListener("click", async () => {
      const { body } = await this.bar.during(engine.ask({ ask: "solution", f: problem.f, wrt: problem.wrt, where: problem.where }));
      if (!result.right) result.helped = true;
      this.#done(problem, result, false);
      await show(after, body);
      again.hidden = false;
    });
    again.addEventListener("click", () => {
      after.replaceChildren();
      box.field.value = "";
      box.verdict.replaceChildren();
      box.field.focus();
      again.hidden = true;
    });
    const onward = make("button", {
      type: "button",
      onclick: () => {
        if (this.set) {
          this.set.results.push(result);
          this.set.at += 1;
        }
        this.next();
      },
    }, this.set ? "Next" : "Next, or skip");
    return make("div", { class: "together" }, derivation, again, onward);
  }

  // -------------------------------------------------------------- receipt

  #receipt() {
    const { title, problems, results } = this.set;
    const right = results.filter(({ right }) => right).length;
    const text = [
      "Receipt, unproven: it was written by the student's own browser, and anyone can write one.",
      `set: ${setText(problems)}`, title && `title: ${title}`, `edition: ${config.edition}`,
      `solved: ${right} of ${results.length}`, `finished: ${new Date().toISOString()}`, "",
      ...results.map(({ name, right, answers, seconds, helped }) =>
        `${name}: ${right ? "right" : "not solved"}, ${answers.length} tries, ${seconds} s${helped ? ", with help" : ""}; answers: ${answers.join(" | ") || "-"}`),
    ].filter((line) => line !== false && line !== undefined).join("\n");
    const file = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/plain" }));
    this.place.replaceChildren(
      make("h2", { tabindex: "-1" }, `Done: ${right} of ${results.length}`), make("pre", { tabindex: "0" }, text),
      make("div", { class: "together" }, copyButton("Copy the receipt", text), make("a", { href: file, download: "receipt.txt" }, "Save it as a file")),
    );
    this.place.firstChild.focus();
  }

  // -------------------------------------------------------------- counts

  #showCounts() {
    const rows = Object.entries(this.progress.state.kinds).map(([kind, { right, wrong }]) =>
      make("tr", {}, make("td", {}, kind), make("td", {}, String(right)), make("td", {}, String(wrong))));
    const head = make("tr", {}, ...["Kind", "Right at once", "With help or later"].map((name) => make("th", { scope: "col" }, name)));
    const link = () => {
      const address = new URL(location.href);
      address.hash = `progress=${this.progress.text}`;
      return address.href;
    };
    const file = () => {
      const anchor = make("a", { href: URL.createObjectURL(new Blob([JSON.stringify(this.progress.state, null, 1)])), download: "progress.json" });
      anchor.click();
    };
    this.counts.replaceChildren(
      make("h2", {}, "Your progress"),
      rows.length ? make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)) : make("p", {}, "Nothing yet."),
      make("div", { class: "together" },
        copyButton("Copy a link that moves it", link),
        make("button", { type: "button", onclick: file }, "Export"),
        make("button", { type: "button", onclick: () => { this.progress.erase(); this.#showCounts(); } }, "Erase")),
    );
  }
}

/** For who teaches: a set of problems as one link. */
function makeSet(root) {
  const kinds = JSON.parse(root.dataset.kinds);
  const number = (value, max) => make("input", { type: "number", min: "1", max, value });
  const kind = make("select", {}, ...kinds.map((value) => make("option", { value }, value)));
  const difficulty = number("1", "3");
  const count = number("5", "50");
  const title = make("input", { type: "text", placeholder: "Week 3" });
  const link = make("a", {}, "");
  const problems = [];
  const list = make("p", { role: "status" });
  const refresh = () => {
    const address = new URL(config.practice, import.meta.url);
    address.hash = new URLSearchParams({ set: setText(problems), title: title.value }).toString();
    link.href = link.textContent = problems.length ? address.href : "";
    list.textContent = `${problems.length} problems in the set.`;
  };
  title.addEventListener("input", refresh);
  const add = () => {
    const from = Math.floor(Math.random() * 1e6);
    for (let i = 0; i < Number(count.value); i += 1) {
      problems.push({ kind: kind.value, difficulty: Number(difficulty.value), seed: from + i });
    }
    refresh();
  };
  root.append(
    make("div", { class: "together asked" },
      make("label", { class: "field" }, make("span", {}, "Kind"), kind),
      make("label", { class: "field" }, make("span", {}, "Difficulty"), difficulty),
      make("label", { class: "field" }, make("span", {}, "How many"), count),
      make("button", { type: "button", onclick: add }, "Add to the set")),
    make("label", { class: "field" }, make("span", {}, "Title"), title), list,
    make("p", { class: "set-link" }, link), copyButton("Copy the link", () => link.href),
  );
}

for (const root of document.querySelectorAll(".practice-page")) new Practice(root);
for (const root of document.querySelectorAll(".make-set")) makeSet(root);
