// Printing: a dark page is printed as a light one, and the page's menu prints it with its solutions.
const root = document.documentElement;
const solutions = [...document.querySelectorAll(".solution")];

let shown = null;
addEventListener("beforeprint", () => {
  shown = root.dataset.theme;
  root.dataset.theme = "light";
});
addEventListener("afterprint", () => {
  root.dataset.theme = shown;
});

const menu = document.querySelector(".dropdown-download-buttons .dropdown-menu");
if (menu && solutions.length) {
  const link = document.createElement("a");
  link.href = "?solutions";
  link.className = "btn btn-sm dropdown-item";
  link.textContent = "Print with solutions";
  const item = document.createElement("li");
  item.append(link);
  menu.append(item);
}

// The address with ?solutions: every solution open, and the printer asked when all is in place.
if (new URLSearchParams(location.search).has("solutions")) {
  addEventListener("load", async () => {
    for (const solution of solutions) {
      if (solution.classList.contains("toggle-hidden")) solution.querySelector(".toggle-button")?.click();
    }
    await window.MathJax?.startup?.promise;
    print();
  });
}
