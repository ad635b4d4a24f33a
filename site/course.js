// What the pages do by themselves: moving figures, and formulas on a narrow screen.

// A moving figure: the slider shows one frame. See course_films.py and the style sheet.
for (const film of document.querySelectorAll(".film")) {
  const frames = film.querySelectorAll(".film-frame");
  const slider = film.querySelector("input");
  const show = () => {
    frames.forEach((frame, k) => frame.classList.toggle("film-shown", k + 1 === slider.valueAsNumber));
    slider.setAttribute("aria-valuetext", `frame ${slider.value} of ${frames.length}`);
    film.querySelector("output").textContent = `${slider.value} of ${frames.length}`;
  };
  slider.addEventListener("input", show);
  show();
}

// A formula in the text that is wider than its column scrolls by itself. (A displayed one does so by
// the style sheet alone.) The observer runs when MathJax is done, too: the page's height changes.
const article = document.querySelector(".bd-article");
if (article) {
  const fit = () => {
    const formulas = [...article.querySelectorAll('mjx-container:not([display="true"])')];
    formulas.forEach((formula) => formula.classList.remove("too-wide"));
    formulas
      .filter((formula) => formula.offsetWidth > formula.parentElement.closest("p, li, td, dd, div").clientWidth)
      .forEach((formula) => formula.classList.add("too-wide"));
  };
  new ResizeObserver(fit).observe(article);
}
