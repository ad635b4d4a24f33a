// What the pages do by themselves: moving figures. What formulas do is in math.js.

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
