// The worker: Python in the browser, and lecturelib in it. A page talks to it through engine.js.
//
// Messages in: {id, request}, a request as engine.py takes it. Messages out: {id, reply},
// {progress: 0..1} while files come, {ready: true}, {failed: sentence}.

import { config } from "./config.js";

const here = (path) => new URL(path, import.meta.url).href;

// Bytes are counted as they come, for the progress bar; the response is handed on as it is.
let received = 0;
const fetchPlain = self.fetch.bind(self);
self.fetch = async (...request) => {
  const response = await fetchPlain(...request);
  if (!response.ok || !response.body) return response;
  const counted = response.body.pipeThrough(
    new TransformStream({
      transform(chunk, out) {
        received += chunk.byteLength;
        postMessage({ progress: Math.min(1, received / config.bytes) });
        out.enqueue(chunk);
      },
    }),
  );
  const { status, statusText, headers } = response;
  return new Response(counted, { status, statusText, headers });
};

async function start() {
  const runtime = here(config.runtime);
  const [{ loadPyodide }, library] = await Promise.all([
    import(`${runtime}pyodide.mjs`),
    self.fetch(here("lecturelib.zip")).then((response) => response.arrayBuffer()),
  ]);
  const python = await loadPyodide({ indexURL: runtime });
  python.unpackArchive(library, "zip", { extractDir: "/course" });
  python.runPython("import sys; sys.path.insert(0, '/course')");
  return python.pyimport("engine");
}

const engine = start();
engine.then(
  () => postMessage({ ready: true }),
  (error) => postMessage({ failed: String(error?.message ?? error) }),
);

onmessage = async ({ data: { id, request } }) => {
  const { answer } = await engine; // where it failed, that is said already
  postMessage({ id, reply: JSON.parse(answer(JSON.stringify(request))) });
};
