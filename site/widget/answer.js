// A box for a reader's own answer: a formula that `compare` judges, or a number.

import { config } from "./config.js";
import { engine } from "./engine.js";
import { build, copyButton, formulaField, keys, loadingBar, make, say, typeset } from "./show.js";

const KINDS = { gradient: "gradient", differential: "differential", hessian: "Hessian operator, applied" };

/** The verdict and what it is about, in one sentence or two: a message may begin with the verdict. */
const told = ({ verdict, message }) => {
  const head = `${verdict[0].toUpperCase()}${verdict.slice(1)}`;
  return message?.startsWith(head) ? message : `${head}. ${message ?? ""}`.trim();
};

export class AnswerBox extends EventTarget {
  /** @param {Element} root
      @param {object} question {f, wrt, where, of} or {of: "number", value, digits}; name, label, number
      @param {boolean} choose whether the reader says what the answer is of
      Dispatches "judged" with the reply. */
  constructor(root, question, { choose = false } = {}) {
    super();
    this.question = question;
    this.ofNumber = question.of === "number";
    const { field, labelled } = formulaField(question.name ?? "Your answer");
    this.field = field;
    this.bar = loadingBar(engine);
    this.verdict = make("div", { class: "verdict", role: "status", "aria-live": "polite" });
    this.more = make("div", { class: "together" });
    this.line = make("div", { class: "line" });
    this.of = choose ? this.#choice() : null;
    this.form = make(
      "form", { class: "answer", onsubmit: (event) => (event.preventDefault(), this.judge()) },
      make("div", { class: "together" }, this.of, labelled, make("button", { type: "submit" }, "Check")),
      this.ofNumber ? null : keys(field), this.bar.place, this.verdict, this.more, this.line,
    );
    root.append(this.form);
  }

  #choice() {
    const options = Object.entries(KINDS).map(([value, name]) => make("option", { value }, name));
    return make("select", { "aria-label": "What your answer is" }, ...options);
  }

  async judge() {
    const answer = this.field.value;
    if (!answer.trim()) return;
    const { f, wrt, where, value, digits } = this.question;
    const of = this.of?.value ?? this.question.of;
    const request = this.ofNumber
      ? { ask: "number", value, answer, digits: Number(digits) }
      : { ask: "compare", f, wrt, where, of, answer };
    this.more.replaceChildren();
    this.line.replaceChildren();
    let reply;
    try {
      reply = await this.bar.during(engine.ask(request));
    } catch (error) {
      say(this.verdict, { error: error.message });
      return;
    }
    this.#show(answer, reply);
    this.dispatchEvent(new CustomEvent("judged", { detail: { answer, ...reply } }));
  }

  #show(answer, reply) {
    say(this.verdict, reply.error ? reply : { message: told(reply) });
    this.verdict.classList.toggle("right", reply.right === true);
    this.verdict.classList.toggle("wrong", reply.right === false || Boolean(reply.error));
    if (reply.simplest) {
      const show = () => this.#line({ step: reply.simplest });
      this.more.append(make("button", { type: "button", onclick: show }, "Show the shorter form"));
    }
    if (reply.right) return;
    if (reply.step || reply.steps) {
      this.more.append(make("button", { type: "button", onclick: () => this.#line(reply) }, "Show the line"));
    }
    this.more.append(this.#report(answer, reply));
  }

  async #line(reply) {
    this.line.replaceChildren(build(reply.step ?? reply.steps));
    await typeset(this.line);
  }

  /** "I think I'm right": what a maintainer needs, as a prefilled issue or a text to copy. */
  #report(answer, reply) {
    const { label = "", number = "", f = "", wrt = "", where = "", of, value = "", seed = "" } = this.question;
    const lines = [
      `page: ${location.pathname}`, `exercise: ${label} ${number}`.trim(), `edition: ${config.edition}`,
      f && `f: ${f}`, wrt && `in: ${wrt}`, where && `where: ${where}`, `asked: ${of} ${value}`.trim(),
      seed !== "" && `seed: ${seed}`, `answer: ${answer}`, `verdict: ${reply.verdict ?? reply.error} ${reply.message ?? ""}`,
    ].filter(Boolean);
    const text = lines.join("\n");
    if (!config.repository) return copyButton("I think I'm right: copy a report", text);
    const issue = new URL(`${config.repository}/issues/new`);
    issue.search = new URLSearchParams({ title: `Answer judged wrongly: ${label || f}`, body: text });
    return make("a", { href: issue.href, rel: "noopener" }, "I think I'm right: report it");
  }
}
