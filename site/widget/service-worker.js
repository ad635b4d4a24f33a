// Keeps the runtime for the next visit: files whose address carries a hash of what they hold. These
// never change, so a kept one is the right one. Pages are never kept while there is a network; of the
// pages that ask Python, the last copy seen serves who has none.

const CACHE = "course-%EDITION%"; // a hash of all that is kept: another edition has another cache
const PAGES = "%PAGES%".split(" "); // those that ask Python

const isHashed = ({ pathname, searchParams }) =>
  /\/_static\/(runtime|widget)\/[0-9a-f]{12}\//.test(pathname)
  || (pathname.includes("/_static/") && (searchParams.has("v") || pathname.includes("/vendor/") || pathname.includes("/fonts/")));
const asksPython = ({ pathname }) => PAGES.some((page) => pathname.endsWith(`/${page}`));

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => {
  const outdated = (name) => name.startsWith("course-") && name !== CACHE;
  const clean = async () => {
    await Promise.all((await caches.keys()).filter(outdated).map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(clean());
});

async function keep(request, response) {
  if (response.ok) await (await caches.open(CACHE)).put(request, response.clone());
  return response;
}

async function hashed(request) {
  return (await caches.match(request)) ?? keep(request, await fetch(request));
}

async function page(request) {
  try {
    return await keep(request, await fetch(request));
  } catch (error) {
    const kept = await caches.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}

// The page that registered this worker came before it: it says what it is made of.
self.addEventListener("message", (event) => {
  const fetched = event.data.keep.map(async (address) => {
    const request = new Request(address);
    if (!(await caches.match(request))) await keep(request, await fetch(request));
  });
  event.waitUntil(Promise.allSettled(fetched));
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (isHashed(address)) event.respondWith(hashed(event.request));
  else if (event.request.mode === "navigate" && asksPython(address)) event.respondWith(page(event.request));
});
