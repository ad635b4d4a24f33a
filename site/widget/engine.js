// The page's side of the worker: ask, hear of progress, stop. Nothing is loaded before the first question.

import { config } from "./config.js";

export class StoppedError extends Error {}

class Engine extends EventTarget {
  #worker = null;
  #waiting = new Map();
  #count = 0;
  state = "absent"; // "loading", then "ready"

  /** Load the runtime, if it is not there; `ask` does it by itself. */
  start() {
    this.#worker ??= this.#begin();
  }

  async #begin() {
    this.#change("loading");
    await keepRuntime();
    const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => this.#hear(data);
    worker.onerror = (event) => this.#fail(event.message || "The runtime could not be loaded.");
    return worker;
  }

  /** The reply of engine.py to a request: {ask: "differentiate", f: "...", ...}. */
  ask(request) {
    this.start();
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.then((worker) => worker.postMessage({ id, request }));
    });
  }

  /** End what is running; the next question finds a new worker, which loads meanwhile. */
  stop() {
    this.#end(new StoppedError("Stopped."));
    this.start();
  }

  #end(error) {
    this.#worker?.then((worker) => worker.terminate());
    this.#worker = null;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#change("absent");
    waiting.forEach(({ reject }) => reject(error));
  }

  #fail(message) {
    this.#end(new Error(`${message} Is the page served over http? From a file, Python cannot be loaded.`));
  }

  #hear(data) {
    if (data.id) {
      const { resolve } = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      resolve(data.reply);
    } else if (data.ready) this.#change("ready");
    else if (data.failed) this.#fail(data.failed);
    else this.dispatchEvent(new CustomEvent("progress", { detail: data.progress }));
  }

  #change(state) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }
}

export const engine = new Engine();

// The service worker keeps the runtime's files for the next visit. It must be there before the worker
// asks for them; where there is none (a private window, a file), the page works, and loads again next time.
let kept = null;
function keepRuntime() {
  kept ??= register().catch(() => undefined);
  return Promise.race([kept, new Promise((resolve) => setTimeout(resolve, 1500))]);
}

async function register() {
  if (!("serviceWorker" in navigator)) return;
  const { serviceWorker } = navigator;
  const root = new URL(config.root, import.meta.url);
  await serviceWorker.register(new URL("service-worker.js", root));
  const { active } = await serviceWorker.ready;
  if (!serviceWorker.controller) {
    await new Promise((resolve) => serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
  }
  const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
  const own = loaded.filter((name) => name.startsWith(root.href) && !name.includes("/_static/runtime/"));
  active.postMessage({ keep: [location.href.split("#")[0], ...own] });
}

/** Whether the runtime lies in this browser already, so that a link may run by itself. */
export async function isKept() {
  const runtime = new URL(`${config.runtime}pyodide.asm.wasm`, import.meta.url);
  return "caches" in window && (await caches.match(runtime)) !== undefined;
}
