// What the pages do by themselves: moving figures, and a voice. What formulas do is in math.js.

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

// What happened elsewhere than at the focus, for who listens: any script of the page says it by an
// event "announce" with its text. A screen reader throws away what it is told while it still says the
// typed keys; so the last text is said once it has been quiet for a while.
const voice = document.createElement("p");
voice.className = "visually-hidden";
voice.setAttribute("role", "status");
document.body.append(voice);
let quiet;
document.addEventListener("announce", ({ detail }) => {
  clearTimeout(quiet);
  voice.textContent = "";
  quiet = setTimeout(() => { voice.textContent = detail; }, 800);
});
