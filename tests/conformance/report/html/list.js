// The list of cases: what the filters leave, a page at a time.
const PAGE = 50;
const FILTERS = ["adapter", "feature", "dtype", "direction", "verdict", "kind", "text"];
const form = $("filters");
const list = { chosen: {}, page: 0, found: [] };
let searched = null;

function searchable(row) {
  searched ||= new Array(COUNT);
  searched[row] ||= [
    caseOf(row), detailOf(row), textOf("fault", row) || "", textOf("stale", row) || "", textOf("expected", row) || "",
  ].join("\n").toLowerCase();
  return searched[row];
}

function matching(chosen) {
  const tests = [];
  const number = (values, value) => values.indexOf(value);
  if (chosen.adapter) {
    const wanted = number(data.adapters.map((adapter) => adapter.name), chosen.adapter);
    tests.push((row) => rows.adapter[row] === wanted);
  }
  if (chosen.feature) {
    const wanted = number(data.features, chosen.feature);
    const has = data.featureSets.map((set) => set.includes(wanted));
    tests.push((row) => has[rows.features[row]]);
  }
  if (chosen.dtype) {
    const wanted = number(strings, chosen.dtype);
    const has = data.cases.map((one) => one[1] === wanted);
    tests.push((row) => has[rows.case[row]]);
  }
  if (chosen.direction) {
    const wanted = number(strings, chosen.direction);
    tests.push((row) => rows.direction[row] === wanted);
  }
  if (chosen.verdict) {
    const state = number(data.states, chosen.verdict);
    const verdict = number(data.verdicts, chosen.verdict);
    // "unsupported" is both: as a verdict it also has the declarations that are no longer true.
    tests.push(verdict < 0 ? (row) => rows.state[row] === state : (row) => rows.verdict[row] === verdict);
  }
  if (chosen.kind) tests.push((row) => String(few.kind[row]) === chosen.kind);
  if (chosen.text) {
    const words = chosen.text.toLowerCase().split(/\s+/).filter(Boolean);
    tests.push((row) => words.every((word) => searchable(row).includes(word)));
  }
  const found = [];
  for (let row = 0; row < COUNT; row += 1) if (tests.every((test) => test(row))) found.push(row);
  return found;
}

function entry(row) {
  const said = textOf("stale", row) ?? (stateOf(row) === "conforms" ? "" : detailOf(row));
  const fraction = figureOf("fraction", row);
  return element(
    "li", { class: stateOf(row) },
    badge(row), " ",
    element("a", { class: "case", href: addressOf(row) }, caseOf(row)), " ",
    element("span", { class: "who" }, adapterOf(row)),
    fraction === null ? null : element("span", { class: "figure" }, `, error/bound ${figure(fraction)}`),
    row in few.fault ? element("span", { class: "fault" }, `, ${textOf("fault", row)}`) : null,
    said ? element("span", { class: "said" }, said) : null,
  );
}

function showPage() {
  const pages = Math.max(1, Math.ceil(list.found.length / PAGE));
  list.page = Math.max(0, Math.min(list.page, pages - 1));
  const first = list.page * PAGE;
  const shown = list.found.slice(first, first + PAGE);
  $("results").start = first + 1;
  $("results").replaceChildren(...shown.map(entry));
  $("pages").hidden = pages === 1;
  $("where").textContent = `${(first + 1).toLocaleString("en")} to ${(first + shown.length).toLocaleString("en")}`;
  $("back").disabled = list.page === 0;
  $("forth").disabled = list.page === pages - 1;
}

function showList(chosen) {
  const { page, ...filters } = chosen;
  for (const name of FILTERS) {
    const field = form.elements[name];
    const value = filters[name] || "";
    if (field && field.value !== value) field.value = value;
  }
  list.found = matching(filters);
  list.chosen = filters;
  list.page = Number(page || 1) - 1 || 0;
  const many = list.found.length;
  const all = COUNT.toLocaleString("en");
  $("matches").textContent = many
    ? `${many.toLocaleString("en")} of ${all} verdicts`
    : `Nothing matches: none of ${all} verdicts has all of this. Reset the filters, or take one away.`;
  showPage();
}

function addressOfList(chosen, page) {
  const parts = FILTERS.filter((name) => chosen[name]).map((name) => `${name}=${spelled(chosen[name])}`);
  if (page > 0) parts.push(`page=${page + 1}`);
  return `#${parts.join("&")}`;
}
