// The page "Look it up": finds rows by name, notation or number, by the variable's shape and by group.
// Without it the page shows all rows, and the browser's own search finds them.

{  // names of its own: the pages' scripts share theirs

const form = document.querySelector(".lookup-form");
const rows = [...document.querySelectorAll(".lookup-row")];
const groups = [...document.querySelectorAll(".lookup-group")];
const count = form.querySelector(".lookup-count");
const { query, shape, group } = form.elements;

// ---------------------------------------------------------------- one spelling for many

// inv(...) as (...)^-1, from the outside in.
const inverses = (text) => {
  const start = text.search(/\binv\(/);
  if (start < 0) return text;
  let end = start + 4;
  for (let depth = 1; depth && end < text.length; end += 1) depth += { "(": 1, ")": -1 }[text[end]] || 0;
  return inverses(`${text.slice(0, start)}(${text.slice(start + 4, end - 1)})^-1${text.slice(end)}`);
};

// "tr(inv(X))", "tr X^{-1}", "np.trace(np.linalg.inv(X))" and "\operatorname{Tr}(X^{-1})" become one.
const plain = (text) =>
  inverses(
    text
      .toLowerCase()
      .replace(/\\(?:operatorname|mathrm|mathbf|boldsymbol|text)\s*\{([^}]*)\}/g, "$1")
      .replace(/\\(?:left|right|!|,|;|:|quad)/g, "")
      .replace(/\\odot|⊙|∘|\.\*/g, "⊙")
      .replace(/\\otimes|⊗/g, "⊗")
      .replace(/np\.(?:linalg\.)?|scipy\.linalg\./g, "")
      .replace(/\^\s*(?:\{\s*|\(\s*)?-\s*(?:\\top|\\mathsf\s*\{?t\}?|⊤|t)(?:\s*\}|\s*\))?/g, "^-1'")
      .replace(/\^\s*\{?\s*(?:\\top|\\mathsf\s*\{?t\}?|\\intercal|⊤|ᵀ|t(?![a-z0-9]))\s*\}?/g, "'")
      .replace(/ᵀ|⊤/g, "'")
      .replace(/\.t\b/g, "'")
      .replace(/\\\|/g, "||")
      .replace(/\\(?=[a-z])/g, " ")
      .replace(/⁻¹/g, "^-1")
      .replace(/²/g, "^2")
      .replace(/\^\s*[({]\s*(-?\w+)\s*[)}]/g, "^$1")
      .replace(/\btrace\b/g, "tr")
      .replace(/\bln\b/g, "log")
      .replace(/\|\||\b[lr]vert/g, "‖")
      .replace(/‖([^‖]*)‖(?:_\{?[2f]\}?)?/g, "‖$1")
      .replace(/\bnorm2?\(/g, "‖(")
      .replace(/\|([^|]+)\|/g, "det($1)")
      .replace(/\blog\s*\(?\s*det\b/g, "logdet")
      .replace(/\bkron\(([^(),]+),([^(),]+)\)/g, "$1⊗$2")
  ).replace(/[\s*@·(){}_,]/g, "");

// The names of functions; whatever else is a letter is a name that may be another one.
const words = [...new Set(rows.flatMap((row) => row.dataset.f.match(/[a-z_]\w+/g) || []))]
  .map(plain)
  .filter((word) => word.length > 1)
  .sort((a, b) => b.length - a.length);
const piece = new RegExp(`${words.join("|")}|.`, "g");

// The same with letters counted in their order: log|A| is log|X|.
const renamed = (text) => {
  const known = [];
  return (text.match(piece) || [])
    .map((token) => {
      if (!/^[a-z]$/.test(token)) return token;
      if (!known.includes(token)) known.push(token);
      return `#${known.indexOf(token)}`;
    })
    .join("");
};

// ---------------------------------------------------------------- the rows

const index = rows.map((row) => {
  const formula = plain(row.dataset.f);
  const title = row.querySelector("h3").firstChild.textContent;
  const text = [title, row.dataset.called, row.dataset.groups, row.id, row.id.replaceAll("-", " ")].join(" ");
  return { row, formula, shape: renamed(formula), text: ` ${text.toLowerCase().replace(/[^\p{L}\p{N}-]+/gu, " ")}` };
});

const idle = new Set(["of", "the", "a", "an", "in", "by", "and", "with", "derivative", "gradient"]);

const finder = (typed) => {
  const formula = plain(typed);
  const structure = renamed(formula);
  const spoken = typed.toLowerCase().replace(/[^\p{L}\p{N}-]+/gu, " ").trim().split(" ");
  const named = spoken.filter((word) => word && !idle.has(word)).map((word) => word.replace(/(\w{3,})s$/, "$1"));
  const formal = formula.length > 1 || /[^a-z\s]/i.test(typed);
  return (known) =>
    (formal && (known.formula.includes(formula) || known.shape === structure)) ||
    (named.length > 0 && named.every((word) => known.text.includes(` ${word}`)));
};

const show = () => {
  const typed = query.value.trim();
  const finds = typed ? finder(typed) : () => true;
  let shown = 0;
  for (const known of index) {
    const { shape: has, groups: about } = known.row.dataset;
    const hit =
      finds(known) && (!shape.value || has === shape.value) && (!group.value || about.split("|").includes(group.value));
    known.row.hidden = !hit;
    shown += hit;
  }
  for (const section of groups) section.hidden = !section.querySelector(".lookup-row:not([hidden])");
  report(shown, typed);
  return count.textContent;
};

const announce = (detail) => document.dispatchEvent(new CustomEvent("announce", { detail }));

const report = (shown, typed) => {
  const filtered = typed || shape.value || group.value;
  count.textContent = filtered ? `${shown} of ${rows.length} rows` : `${rows.length} rows`;
  if (shown) return;
  count.textContent = "No row has that.";
  if (form.dataset.differentiate && typed) {
    const link = document.createElement("a");
    link.href = `${form.dataset.differentiate}#f=${encodeURIComponent(typed)}`;
    link.textContent = "Write it as a formula in Differentiate";
    count.append(" ", link, ".");
  }
};

let waiting;
form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => announce(show()), 120);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  announce(show());
});

// A link to a row that is hidden shows it.
const reveal = () => {
  const row = rows.find((other) => `#${other.id}` === decodeURIComponent(location.hash));
  if (!row || !row.hidden) return;
  form.reset();
  show();
  row.scrollIntoView();
};
addEventListener("hashchange", reveal);

// ---------------------------------------------------------------- copying

document.addEventListener("click", async (event) => {
  const button = event.target.closest(".lookup-copy");
  if (!button) return;
  const label = button.firstChild;
  const usual = label.data;
  try {
    await navigator.clipboard.writeText(button.dataset.latex || button.nextElementSibling.textContent);
    label.data = "Copied";
  } catch {
    label.data = "Not allowed here";
  }
  announce(label.data);
  setTimeout(() => { label.data = usual; }, 1500);
});

// The browser may have kept what was typed before.
form.hidden = false;
document.querySelectorAll(".lookup-copy").forEach((button) => { button.hidden = false; });
show();

}
