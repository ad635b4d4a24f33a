// A long list, found by words and by chapter. The page holds all of it and reads without this script;
// with it, each chapter is one line that opens. Loaded with data-items, a selector of the entries.
const { items: selector } = document.currentScript.dataset;
const place = document.querySelector(".bd-article");

// A chapter of the list: a section with entries, all that follows its title put into a fold.
const chapters = [...place.querySelectorAll("section > section:has(> h2)")]
  .map((section) => ({ section, entries: [...section.querySelectorAll(selector)] }))
  .filter(({ entries }) => entries.length);
for (const chapter of chapters) {
  const title = chapter.section.querySelector("h2");
  chapter.name = [...title.childNodes].filter((n) => !n.classList?.contains("headerlink")).map((n) => n.textContent).join("").trim();
  chapter.fold = document.createElement("details");
  chapter.fold.className = "filter-fold";
  chapter.line = document.createElement("summary");
  chapter.fold.append(chapter.line);
  while (title.nextSibling) chapter.fold.append(title.nextSibling);
  title.after(chapter.fold);
}

const form = document.createElement("form");
form.className = "filter";
form.setAttribute("role", "search");
form.setAttribute("aria-label", "In this list");
form.innerHTML = `<label>Find in this list <input type="search" autocomplete="off" spellcheck="false"></label>
  <label>Chapter <select><option value="">all</option></select></label>
  <button type="button" aria-pressed="false">Open all</button> <output aria-live="off"></output>`;
const [words, which, all, count] = ["input", "select", "button", "output"].map((s) => form.querySelector(s));
chapters.forEach(({ name }, k) => which.append(new Option(name, String(k))));

const text = new WeakMap();
const says = (entry) => {
  if (!text.has(entry)) text.set(entry, entry.textContent.replace(/\s+/g, " ").toLowerCase());
  return text.get(entry);
};

const filter = () => {
  const sought = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  let total = 0;
  chapters.forEach((chapter, k) => {
    const chosen = which.value === "" || which.value === String(k);
    let here = 0;
    for (const entry of chapter.entries) {
      const keep = chosen && sought.every((word) => says(entry).includes(word));
      entry.toggleAttribute("data-filtered", !keep);
      here += keep;
    }
    found += here;
    total += chapter.entries.length;
    chapter.section.toggleAttribute("data-filtered", !here);
    chapter.line.textContent = here === 1 ? "1 entry" : `${here} entries`;
    if (sought.length || which.value !== "") chapter.fold.open = here > 0;
  });
  count.textContent = found === total ? `${total} entries` : `${found} of ${total} entries`;
};
const openAll = (open) => {
  for (const { fold } of chapters) fold.open = open;
  all.setAttribute("aria-pressed", String(open));
};
const search = () => {
  filter();
  document.dispatchEvent(new CustomEvent("announce", { detail: count.textContent }));
};
words.addEventListener("input", search);
which.addEventListener("change", search);
form.addEventListener("submit", (event) => event.preventDefault());
all.addEventListener("click", () => openAll(all.getAttribute("aria-pressed") !== "true"));

// A link to an entry opens its chapter, and takes away a filter that hides it. Paper shows all.
const reveal = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target || !place.contains(target)) return;
  if (target.closest("[data-filtered]")) {
    words.value = which.value = "";
    filter();
  }
  const fold = target.closest(".filter-fold") ?? target.querySelector(":scope > .filter-fold");
  if (fold) fold.open = true;
  target.scrollIntoView();
};
addEventListener("hashchange", reveal);
addEventListener("beforeprint", () => openAll(true));

if (chapters.length) {
  chapters[0].section.before(form);
  filter();
  reveal();
}
