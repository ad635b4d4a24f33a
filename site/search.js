// In what the search shows of a page, a formula reads as one would type it: x^T A x, (a+b)/c.

const spell = (node) => {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent.trim();
  const parts = [...node.childNodes].map(spell);
  const group = (part) => ([...part].length > 1 ? `(${part})` : part);
  switch (node.localName) {
    case "msup": case "mover": return `${parts[0]}^${group(parts[1])}`;
    case "msub": case "munder": return `${parts[0]}_${group(parts[1])}`;
    case "msubsup": case "munderover": return `${parts[0]}_${group(parts[1])}^${group(parts[2])}`;
    case "mfrac": return `${group(parts[0])}/${group(parts[1])}`;
    case "msqrt": return `√(${parts.join("")})`;
    case "mtd": return `${parts.join("")} `;
    case "mtr": return `${parts.join("").trim()}; `;
    case "mo": return /^[=≤≥<>≈∈→↦⟺⇒+]$/.test(parts.join("")) ? ` ${parts.join("")} ` : parts.join("");
    default: return parts.join("");
  }
};

const plainText = Search.htmlToText;
Search.htmlToText = (text, anchor) => {
  const page = new DOMParser().parseFromString(text, "text/html");
  for (const formula of page.querySelectorAll("mjx-container")) {
    formula.replaceWith(spell(formula.querySelector("math")).trim());
  }
  return plainText(page.documentElement.outerHTML, anchor);
};
