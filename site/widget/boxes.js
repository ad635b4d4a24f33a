// On a chapter page: answer boxes after exercises, and "change this example". Without this script the
// page reads as it stands; the boxes are empty and hidden until then.

import { AnswerBox } from "./answer.js";
import { DifferentiateBox } from "./differentiate.js";
import { make } from "./show.js";

for (const place of document.querySelectorAll(".answer-box")) {
  new AnswerBox(place, { ...place.dataset });
  place.hidden = false;
}

for (const place of document.querySelectorAll(".try-box")) {
  const { f, wrt, where } = place.dataset;
  const fold = make("details", {}, make("summary", {}, "Change this example"));
  fold.addEventListener("toggle", () => new DifferentiateBox(fold, { f, wrt, where }), { once: true });
  place.append(fold);
  place.hidden = false;
}
