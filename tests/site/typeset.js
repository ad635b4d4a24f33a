// Typesets formulas by MathJax (JupyterLab, Colab, nbviewer, GitHub, the website) and by KaTeX (VS Code).
//
//     node typeset.js < formulas.json    [[tex, is it displayed?], ...]
//
// prints as JSON, for each: MathJax's MathML, its error or "", KaTeX's error or "".
const modules = `${__dirname}/../../site/node_modules`;
const katex = require(`${modules}/katex`);
const formulas = JSON.parse(require("fs").readFileSync(0, "utf-8"));

function katexError(tex, display) {
  try {
    katex.renderToString(tex, { displayMode: display, strict: "ignore" });
    return "";
  } catch (error) {
    return error.message;
  }
}

require(`${modules}/mathjax`)
  .init({
    loader: { load: ["input/tex-full"] },
    // What every page with MathJax has; without "noundefined" a macro that it lacks is an error.
    tex: { packages: ["base", "ams", "boldsymbol", "newcommand"] },
    startup: { typeset: false },
  })
  .then((MathJax) => {
    const typeset = ([tex, display]) => {
      const mathml = MathJax.tex2mml(tex, { display });
      const error = /data-mjx-error="([^"]*)"/.exec(mathml);
      return [mathml, error ? error[1] : "", katexError(tex, display)];
    };
    console.log(JSON.stringify(formulas.map(typeset)));
  });
