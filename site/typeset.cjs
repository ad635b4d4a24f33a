// Typesets formulas by MathJax while the site is built; course_math.py runs it.
//
//     node typeset.cjs < {"macros": {...}, "formulas": [[TeX, is it displayed?], ...]}
//
// prints as JSON the formulas' HTML, each one's MathML, its error or "", and the style sheet that
// all of them need: rules for the characters that occur, and the fonts' addresses.
const input = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const mathjax = require(`${__dirname}/node_modules/mathjax/es5/node-main.js`);

let tree;
mathjax
  .init({
    loader: { load: ["input/tex-full", "output/chtml"] },
    // Without these two packages what MathJax does not know is an error, and no red text.
    tex: { macros: input.macros, packages: { "[-]": ["noundefined", "noerrors"] } },
    chtml: { fontURL: "math" },
    options: {
      renderActions: {
        // The MathML of the formula at hand, while its tree is there.
        keep: [200, () => {}, (item) => { tree = item.root; }, true],
      },
    },
    startup: { typeset: false },
  })
  .then((MathJax) => {
    const adaptor = MathJax.startup.adaptor;
    const formulas = input.formulas.map(([tex, display]) => {
      const html = adaptor.outerHTML(MathJax.tex2chtml(tex, { display }));
      const mathml = MathJax.startup.toMML(tree);
      const error = /data-mjx-error="([^"]*)"/.exec(mathml);
      return [html, mathml, error ? error[1] : ""];
    });
    const css = adaptor.textContent(MathJax.chtmlStylesheet());
    process.stdout.write(JSON.stringify({ formulas, css }));
  });

