// The theme lets the keyboard into each box that scrolls, and looks for such boxes when the window's
// size changes. A box in a fold has no size until it opens, so let it look again then.
const look = () => setTimeout(() => dispatchEvent(new Event("resize")));
document.addEventListener("toggle", look, true);
document.addEventListener("click", ({ target }) => {
  if (target.closest(".toggle-button, .admonition-title")) look();
});

// Each folded solution has a button, which sphinx-togglebutton makes when the page is read: it is named
// after what it opens.
addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll(".admonition-title > .toggle-button")) {
    button.setAttribute("aria-label", button.parentElement.textContent.trim());
  }
});
