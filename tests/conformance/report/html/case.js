// The page of one verdict.
function rowOf(adapter, text) {
  for (let row = 0; row < COUNT; row += 1) if (caseOf(row) === text && adapterOf(row) === adapter) return row;
  return -1;
}

const section = (title, ...children) => element("section", {}, element("h2", {}, title), ...children);
const heading = (text, right) => element("th", { scope: "col", class: right ? "number" : false }, text);

function problemSection(row) {
  const [, , clauses, tail] = data.cases[rows.case[row]];
  const [question, numbers] = data.tails[tail];
  const put = (places) => places.map((place) => strings[place]).join("; ");
  return section(
    "The problem",
    element(
      "dl", { class: "facts" },
      element("dt", {}, "the convolution"), element("dd", {}, put(clauses)),
      element("dt", {}, "asked for"), element("dd", {}, put(question)),
      element("dt", {}, "numbers"), element("dd", {}, put(numbers.slice(0, 1))),
      element("dt", {}, "in memory"), element("dd", {}, put(numbers.slice(1))),
    ),
  );
}

function checksSection(row) {
  const signs = { passed: "\u2713", failed: "\u2717" };
  const body = data.checkSets[rows.checks[row]].map(([outcome, ...said], place) => [data.outcomes[outcome], said, place]).map(([outcome, said, place]) => element(
    "tr", {},
    element("th", { scope: "row" }, data.checks[place]),
    element("td", { class: `outcome ${outcome.replace(" ", "-")}` }, `${signs[outcome] || "\u25cb"} ${outcome}`),
    element("td", { class: "long" }, said.map((clause) => strings[clause]).join("; ")),
  ));
  const head = element("tr", {}, heading("check"), heading("outcome"), heading("figure"));
  const reasons = [
    [textOf("stale", row), "No longer true: "],
    [detailOf(row), stateOf(row) === "unsupported" ? "The adapter's reason: " : ""],
    [textOf("expected", row), "A known nonconformance, listed as "],
  ].filter(([text]) => text).map(([text, before]) => element("p", { class: "detail" }, before, text));
  const entry = kindOf(row)?.entry;
  if (entry) {
    const until = entry.expires ? `, until ${entry.expires}` : "";
    const [where, ...rest] = entry.address.split(" ");
    const address = /^https?:\/\//.test(where) ? [element("a", { href: where, rel: "noreferrer" }, where), " ", rest.join(" ")] : [entry.address];
    reasons.push(element("p", {}, `${entry.reason} (${entry.kind}, ${entry.owner}${until}): `, ...address));
  }
  return section(
    "The verdict",
    ...reasons,
    element("div", { class: "wide" }, element("table", {}, element("thead", {}, head), element("tbody", {}, ...body))),
  );
}

function commandSection(row) {
  return section("The command that asks it again", copied(commandOf(row), "command"));
}

const commandOf = (row) => `convformance case ${caseOf(row)} --adapter ${data.adapters[rows.adapter[row]].spelling}`;

function diagnosisSection(row) {
  const kind = kindOf(row);
  if (kind === null || kind.state === "known") return null;
  const place = few.kind[row];
  const children = [
    element("p", {}, element("strong", {}, kind.name)),
    element("p", {}, kind.said),
  ];
  if (!kind.diagnosed && kind.state !== "stale") children.push(element("p", { class: "note" }, "It was not diagnosed."));
  if (kind.minimal) {
    children.push(element("p", { class: "note" }, "shrunk to ", element("code", {}, kind.minimal), ", on small numbers"));
  }
  if (kind.cases > 1) {
    children.push(element(
      "p", {}, element("a", { href: addressOfList({ kind: String(place) }, 0) }, `all ${kind.cases} cases of this kind`),
    ));
  }
  if (kind.script) {
    children.push(element("h3", {}, "Reproducer"), copied(kind.script, "reproducer"));
  } else if (kind.missing) {
    children.push(element("p", { class: "note" }, `No reproducer: ${kind.missing}`));
  }
  return section("The diagnosis", ...children);
}

function pictureSection(row) {
  if (row in few.picture) {
    const box = element("div", { class: "picture wide", tabindex: 0, role: "region", "aria-label": "Picture" });
    // The only HTML that is not made of elements: SVG that the suite drew, the text in it escaped.
    box.innerHTML = data.pictures[few.picture[row]];
    return section("The picture", box);
  }
  if (stateOf(row) === "unsupported" || !/^(forward|d[a-z]+)$/.test(directionOf(row))) return null;
  return section(
    "The picture",
    element("p", {}, "Channels, kernels, their maps and the sum are drawn by this command:"),
    copied(`${commandOf(row)} --picture case.html`, "command"),
  );
}

function othersSection(row) {
  const others = [];
  for (let other = 0; other < COUNT; other += 1) if (rows.case[other] === rows.case[row] && other !== row) others.push(other);
  if (!others.length) return null;
  const body = others.map((other) => element(
    "tr", {},
    element("th", { scope: "row" }, element("a", { href: addressOf(other) }, adapterOf(other))),
    element("td", {}, badge(other)),
    element("td", { class: "number" }, figureOf("fraction", other) === null ? "" : figure(figureOf("fraction", other))),
    element("td", { class: "long" }, textOf("stale", other) || detailOf(other)),
  ));
  const head = element("tr", {}, heading("adapter"), heading("verdict"), heading("error / bound", true), heading("detail"));
  return section(
    "The same case elsewhere",
    element("div", { class: "wide" }, element("table", {}, element("thead", {}, head), element("tbody", {}, ...body))),
  );
}

function showCase(row, back) {
  const adapter = data.adapters[rows.adapter[row]];
  const features = data.featureSets[rows.features[row]].map((place) => data.features[place]);
  $("case").replaceChildren(...[
    element("p", {}, element("a", { href: back, class: "back" }, "back to the report"), element("span", { class: "note" }, " (Escape)")),
    element("p", { class: "note" }, `${adapter.name} ${adapter.version}`),
    element("h1", { tabindex: -1 }, badge(row), " ", element("span", { class: "case" }, caseOf(row))),
    element("p", { class: "note" }, features.join(" \u00b7 ")),
    problemSection(row),
    checksSection(row),
    pictureSection(row),
    diagnosisSection(row),
    commandSection(row),
    othersSection(row),
  ].filter(Boolean));
}

function showMissing(text, back) {
  $("case").replaceChildren(
    element("p", {}, element("a", { href: back, class: "back" }, "back to the report")),
    element("h1", { tabindex: -1 }, "Not in this report"),
    element("p", {}, "No verdict is about ", element("code", {}, text), ": the link may belong to another run."),
  );
}
