// Figures to drag, drawn by JSXGraph in the place of their stills. See course_drag.py, and
// lecturelib/figures/dragged.py, whose pictures these are: the same arguments, the same colours.
(() => {
  const LIBRARY = new URL("vendor/jsxgraph/jsxgraphcore.js", document.currentScript.src).href;
  const RATIO = 1.25; // as in dragged.py

  // ------------------------------------------------------------------ vectors and 2 x 2 matrices

  const add = (a, b, s = 1) => [a[0] + s * b[0], a[1] + s * b[1]];
  const times = (s, a) => [s * a[0], s * a[1]];
  const dot = (a, b) => a[0] * b[0] + a[1] * b[1];
  const apply = (M, a) => [dot(M[0], a), dot(M[1], a)];
  const solve = ([[a, b], [c, d]], [u, v]) => times(1 / (a * d - b * c), [d * u - b * v, a * v - c * u]);
  // From the unit circle to the curve y' M y = 1: the inverse of the transposed Cholesky factor.
  const toCurve = ([[a, b], [, d]], t) => {
    const l = Math.sqrt(a), m = b / l, n = Math.sqrt(d - m * m), v = Math.sin(t) / n;
    return [(Math.cos(t) - m * v) / l, v];
  };

  const number = (x) => (Math.abs(x) < 0.005 ? 0 : x).toFixed(2).replace("-", "−");
  const pair = (a) => `(${number(a[0])}, ${number(a[1])})`;

  // ------------------------------------------------------------------ what both pictures are made of

  class Picture {
    constructor(box, bounds) {
      this.box = box;
      this.colored = [];
      this.bounds = bounds; // left, top, right, bottom
      this.frame = document.createElement("div");
      this.frame.className = "drag-board";
      this.frame.id = `drag-${[...document.querySelectorAll(".drag")].indexOf(box)}`;
      this.table = document.createElement("dl");
      this.table.className = "drag-numbers";
      this.spoken = document.createElement("p");
      this.spoken.className = "visually-hidden";
      this.spoken.setAttribute("aria-live", "polite");
      const hint = document.createElement("p");
      hint.className = "drag-hint";
      hint.textContent = "Drag a dot; or press Tab until one is marked, and move it with the arrow keys.";
      box.append(this.frame, hint, this.table, this.spoken);
      this.board = JXG.JSXGraph.initBoard(this.frame.id, {
        boundingbox: bounds, keepaspectratio: true, axis: false, grid: false, showNavigation: false,
        showCopyright: false, showInfobox: false, pan: { enabled: false }, zoom: { enabled: false },
        keyboard: { enabled: true, dx: 10, dy: 10, panShift: false, panCtrl: false },
        title: "A picture to drag", description: box.querySelector("img").alt,
      });
      this.frame.style.touchAction = "pan-y"; // a finger beside the dots scrolls the page
      this.axes();
    }

    create(kind, parents, color, options = {}) {
      const made = this.board.create(kind, parents, {
        fixed: true, highlight: false, tabindex: -1, withLabel: false, strokeWidth: 2, ...options,
      });
      this.colored.push([made, color]);
      return made;
    }

    axes() {
      const [left, top, right, bottom] = this.bounds;
      for (const [from, to] of [[[left, bottom], [right, bottom]], [[left, bottom], [left, top]]]) {
        this.create("segment", [from, to], "faint", { strokeWidth: 1.5 });
      }
      for (let k = Math.ceil(left); k < right; k++) this.label([k, bottom], `${k}`.replace("-", "−"), "ink", [-3, 12], "drag-axis-label");
      for (let k = Math.ceil(bottom) + 1; k < top; k++) this.label([left, k], `${k}`.replace("-", "−"), "ink", [6, 0], "drag-axis-label");
    }

    /** Where another part of the picture follows a place. */
    follow(place) {
      return this.board.create("point", [() => place()[0], () => place()[1]], { visible: false, tabindex: -1 });
    }

    segment(from, to, color) {
      return this.create("segment", [this.follow(from), this.follow(to)], color, { strokeWidth: 1.5 });
    }

    /** A text that follows a place, shifted by some pixels. */
    label(place, text, color, shift = [8, 8], cssClass = "drag-label") {
      const at = typeof place === "function" ? place : () => place;
      const x = () => at()[0] + shift[0] / this.board.unitX, y = () => at()[1] + shift[1] / this.board.unitY;
      return this.create("text", [x, y, text], color, { display: "internal", fontSize: 15, cssClass, highlightCssClass: cssClass });
    }

    arrow(from, to, color) {
      return this.create("arrow", [this.follow(from), this.follow(to)], color, { strokeWidth: 2.5, lastArrow: { type: 1, size: 5 } });
    }

    curve(at, color, options = {}) {
      return this.create("curve", [(t) => at(t)[0], (t) => at(t)[1], 0, 2 * Math.PI + 0.1], color, {
        numberPointsHigh: 200, numberPointsLow: 100, doAdvancedPlot: false, ...options,
      });
    }

    /** A dot to drag; `mend` moves a place that will not do. */
    dot(start, name, color, mend = (place) => place) {
      const made = this.board.create("point", start, {
        size: 6, strokeWidth: 16, strokeOpacity: 0, highlight: false, withLabel: false, showInfobox: false,
        tabindex: 0, cssClass: "drag-point", highlightCssClass: "drag-point",
      });
      // No role of ARIA moves in two directions; this one hands the arrow keys on.
      made.rendNode.setAttribute("role", "application");
      made.rendNode.setAttribute("aria-roledescription", "movable dot");
      made.rendNode.setAttribute("aria-label", `${name}: move it with the arrow keys`);
      this.colored.push([made, color]);
      const [left, top, right, bottom] = this.bounds, edge = (top - bottom) / 25;
      const clamp = (a, low, high) => Math.min(Math.max(a, low + edge), high - edge);
      const keep = () => {
        const now = [made.X(), made.Y()];
        const put = mend([clamp(now[0], left, right), clamp(now[1], bottom, top)]);
        if (put[0] !== now[0] || put[1] !== now[1]) {
          made.setPositionDirectly(JXG.COORDS_BY_USER, put);
          this.board.update();
        }
      };
      made.on("drag", keep);
      made.on("keydrag", keep);
      return () => [made.X(), made.Y()];
    }

    /** The picture's numbers, below it; said when the reader rests. */
    numbers(rows) {
      const show = () => {
        this.table.replaceChildren(...rows().flatMap(([name, value]) => {
          const [term, text] = [document.createElement("dt"), document.createElement("dd")];
          term.textContent = name;
          text.textContent = value;
          return [term, text];
        }));
        clearTimeout(this.timer);
        if (this.shown) this.timer = setTimeout(() => {
          this.spoken.textContent = rows().map((row) => row.join(" ")).join("; ");
        }, 700);
        this.shown = true;
      };
      this.board.on("update", show);
      show();
    }

    /** The colours of the page's mode, now and whenever it changes. */
    paint() {
      const style = getComputedStyle(this.box);
      for (const [made, name] of this.colored) {
        const color = style.getPropertyValue(`--drag-${name}`).trim();
        made.setAttribute({ strokeColor: color, ...(made.elType === "point" && { fillColor: color }) });
      }
      this.board.update();
    }
  }

  // ------------------------------------------------------------------ the pictures

  const PICTURES = {
    residual(box, { column, y, reach }) {
      const width = (4 / 3) * reach * RATIO;
      const picture = new Picture(box, [-width / 4, reach, (3 * width) / 4, -reach / 3]);
      const least = reach / 4; // a column of zeros spans no line
      const apart = (place) => {
        const length = Math.hypot(...place);
        return length >= least ? place : length ? times(least / length, place) : [least, 0];
      };
      let c, b;
      const w = () => dot(c(), b()) / dot(c(), c());
      const nearest = () => times(w(), c()), left = () => add(b(), nearest(), -1);
      c = () => column;
      b = () => y;
      picture.segment(() => times(-9, c()), () => times(9, c()), "faint");
      picture.arrow(() => [0, 0], () => b(), "ink");
      picture.arrow(() => [0, 0], nearest, "green");
      picture.arrow(nearest, () => b(), "rust");
      const corner = (s, t) => () => {
        const length = Math.hypot(...left()) || 1, side = 0.06 * reach;
        const along = times(side / Math.hypot(...c()), c()), across = times(side / length, left());
        return add(add(nearest(), along, s), across, t);
      };
      picture.segment(corner(1, 0), corner(1, 1), "faint");
      picture.segment(corner(1, 1), corner(0, 1), "faint");
      picture.label(() => c(), "c", "blue", [6, -16]);
      picture.label(() => b(), "y", "ink", [12, 8]);
      picture.label(nearest, "c w*", "green", [10, -14]);
      picture.label(() => add(nearest(), left(), 0.5), "r", "rust", [10, 0]);
      c = picture.dot(column, "The column c", "blue", apart);
      b = picture.dot(y, "The measurements y", "ink");
      picture.numbers(() => [
        ["w*", number(w())],
        ["residual r = y − c w*", pair(left())],
        ["r · c", number(dot(left(), c()))],
        ["sum of squares", number(dot(left(), left()))],
      ]);
      return picture;
    },

    two_gradients(box, { A, W, x, reach }) {
      const picture = new Picture(box, [-reach * RATIO, reach, reach * RATIO, -reach]);
      const largest = Math.max(...A.flat());
      for (let k = 1; k < 8; k++) {
        const size = (k * reach / 5) * Math.sqrt(largest);
        picture.curve((t) => times(size, toCurve(A, t)), "faint", { strokeWidth: 1 });
      }
      let point = () => x;
      const level = () => Math.sqrt(dot(point(), apply(A, point())));
      picture.curve((t) => times(level(), toCurve(A, t)), "ink", { strokeWidth: 1.5 });
      const slope = () => times(2, apply(A, point()));
      const gradients = [["ink", "∇f", [[1, 0], [0, 1]]], ["blue", "∇f for W", W]].map(([color, name, M]) => {
        const gradient = () => solve(M, slope());
        const length = () => Math.sqrt(dot(gradient(), apply(M, gradient())));
        picture.curve((t) => add(point(), times(length(), toCurve(M, t))), color, { dash: 2, strokeWidth: 1.2 });
        const tip = () => add(point(), gradient());
        picture.arrow(() => point(), tip, color);
        picture.label(tip, name, color, [6, color === "ink" ? 8 : -8]);
        return [gradient, M];
      });
      picture.label(() => point(), "x", "rust", [-18, -14]);
      point = picture.dot(x, "The point x", "rust");
      const [[usual], [other]] = gradients;
      const along = () => [-slope()[1], slope()[0]]; // a step along the level line
      picture.numbers(() => [
        ["∇f, usual inner product", pair(usual())],
        ["∇f, inner product of W", pair(other())],
        ["usual: ⟨∇f, step along the level⟩", number(dot(usual(), along()))],
        ["W: ⟨∇f, step along the level⟩", number(dot(other(), apply(W, along())))],
      ]);
      return picture;
    },
  };

  // ------------------------------------------------------------------ when it is time

  const pictures = [];
  const loaded = () => (window.JXG ? Promise.resolve() : (loaded.once ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = LIBRARY;
    script.onload = done;
    script.onerror = failed; // then the still remains
    document.head.append(script);
  })));

  const draw = async (box) => {
    await loaded();
    const picture = PICTURES[box.dataset.picture](box, JSON.parse(box.dataset.given));
    picture.paint();
    pictures.push(picture);
  };

  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      draw(target);
    }
  }, { rootMargin: "600px" });
  document.querySelectorAll(".drag").forEach((box) => seen.observe(box));

  new MutationObserver(() => pictures.forEach((picture) => picture.paint()))
    .observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
})();
