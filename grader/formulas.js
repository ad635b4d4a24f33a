// Draws formulas with MathJax, for formulas.py: groups of [tex, display] on stdin, SVG on stdout.
//
// Only extensions that draw: none that loads files, sets links, styles or classes.
const mathjax = process.argv[2];
const seconds = Number(process.argv[3]); // for one group, which is one student's
const extensions = ["ams", "newcommand", "noundefined", "boldsymbol", "cancel", "mathtools", "braket"];

global.MathJax = {
  loader: {
    paths: { mathjax },
    require,
    load: ["input/tex-base", ...extensions.map((name) => `[tex]/${name}`), "adaptors/liteDOM", "output/svg"],
  },
  tex: { packages: ["base", ...extensions], formatError: (_, error) => { throw error; } },
  svg: { fontCache: "global" },
  startup: { typeset: false },
};
require(mathjax + "/startup.js");

// What one student defines by \newcommand is not there for the next one.
function forgetMacros() {
  const { MapHandler } = MathJax._.input.tex.MapHandler;
  for (const name of ["new-Command", "new-Environment", "new-Delimiter"]) {
    MapHandler.getMap(name)?.map.clear();
  }
}

// Of the basic commands this one alone sets links and styles.
function forbid() {
  MathJax._.input.tex.MapHandler.MapHandler.getMap("macros").map.delete("mmlToken");
}

function draw(adaptor, tex, display) {
  try {
    return adaptor.innerHTML(MathJax.tex2svg(tex, { display }));
  } catch {
    return null;
  }
}

MathJax.startup.promise.then(() => {
  const groups = JSON.parse(require("fs").readFileSync(0, "utf-8"));
  const adaptor = MathJax.startup.adaptor;
  forbid();
  const drawn = groups.map((group) => {
    forgetMacros();
    const end = Date.now() + 1000 * seconds;
    return group.map(([tex, display]) => (Date.now() < end ? draw(adaptor, tex, display) : null));
  });
  const glyphs = adaptor.outerHTML(MathJax.startup.output.fontCache.getCache());
  process.stdout.write(JSON.stringify({ drawn, glyphs }));
});
