// The search finds an equation by its number, (2.14) or 2.14: EQUATIONS, which course_numbers.py
// writes above, has page, place and title of each. Sphinx shows the last of its results first.

const searchWords = Search._performSearch;
Search._performSearch = (query, ...terms) => {
  const results = searchWords(query, ...terms);
  const number = query.trim().replace(/^\((.*)\)$/, "$1");
  if (Object.hasOwn(EQUATIONS, number)) {
    const [page, place, title] = EQUATIONS[number];
    results.push([page, `Equation (${number}), ${title}`, `#${place}`, null, 100, page]);
  }
  return results;
};
