// What Practice remembers, in this browser alone: counts a kind, problems to come back, the next seeds.

const KEY = "matrix-differentiation.practice";
const EMPTY = { version: 1, kinds: {}, missed: [], seeds: {} };

export class Progress {
  constructor(storage = window.localStorage) {
    this.storage = storage;
    this.state = this.#read(storage.getItem(KEY)) ?? structuredClone(EMPTY);
  }

  #read(text) {
    try {
      const state = JSON.parse(text);
      return isState(state) ? state : null;
    } catch {
      return null;
    }
  }

  #keep() {
    this.storage.setItem(KEY, JSON.stringify(this.state));
  }

  /** The next seed of a kind and difficulty: every problem comes once before any comes again. */
  nextSeed(kind, difficulty) {
    const name = `${kind} ${difficulty}`;
    const seed = this.state.seeds[name] ?? 0;
    this.state.seeds[name] = seed + 1;
    this.#keep();
    return seed;
  }

  record(kind, right) {
    const counts = (this.state.kinds[kind] ??= { right: 0, wrong: 0 });
    counts[right ? "right" : "wrong"] += 1;
    this.#keep();
  }

  /** A problem that was missed comes back as a sibling, after two others. */
  miss({ kind, difficulty, seed }) {
    this.state.missed.push({ kind, difficulty, seed, after: 2 });
    this.#keep();
  }

  /** A missed problem whose sibling is due, or undefined. */
  due() {
    const at = this.state.missed.findIndex(({ after }) => after <= 0);
    this.state.missed.forEach((one) => (one.after -= 1));
    const [one] = at < 0 ? [] : this.state.missed.splice(at, 1);
    this.#keep();
    return one;
  }

  erase() {
    this.state = structuredClone(EMPTY);
    this.storage.removeItem(KEY);
  }

  /** As text for a link; `take` reads it in another browser. */
  get text() {
    return btoa(JSON.stringify(this.state)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  }

  take(text) {
    let state = null;
    try {
      state = this.#read(atob(text.replaceAll("-", "+").replaceAll("_", "/")));
    } catch {
      // no base64: said below
    }
    if (!state) return false;
    this.state = state;
    this.#keep();
    return true;
  }
}

/** Whether something read is progress; anything else is refused as a whole. */
function isState(state) {
  const isCount = (n) => Number.isInteger(n) && n >= 0;
  return state?.version === 1
    && Array.isArray(state.missed)
    && state.missed.every((one) => typeof one.kind === "string" && isCount(one.difficulty) && isCount(one.seed))
    && Object.values(state.kinds ?? { x: null }).every((one) => isCount(one?.right) && isCount(one?.wrong))
    && Object.values(state.seeds ?? { x: null }).every(isCount);
}

// ---------------------------------------------------------------- sets

/** A set as text for a link: "linear traces" 1 with seed 4 is linear-traces-1-4. */
export const setText = (problems) =>
  problems.map(({ kind, difficulty, seed }) => `${kind.replaceAll(" ", "-")}-${difficulty}-${seed}`).join(",");

/** The problems of a set; null where the text names none. */
export function readSet(text, kinds) {
  const found = text.split(",").map((name) => /^([a-z-]+)-([123])-(\d{1,9})$/.exec(name));
  if (!text || !found.every(Boolean) || found.length > 100) return null;
  const problems = found.map(([, kind, difficulty, seed]) => ({
    kind: kind.replaceAll("-", " "), difficulty: Number(difficulty), seed: Number(seed),
  }));
  return problems.every(({ kind }) => kinds.includes(kind)) ? problems : null;
}
