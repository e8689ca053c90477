// The verdicts, as packing.py put them: columns of numbers, and each text once.
const data = JSON.parse($("data").textContent);
const { rows, few, strings } = data;
const COUNT = rows.adapter.length;
const SIGNS = { fails: "\u2717", known: "!", conforms: "\u2713", unsupported: "\u25cb" };

const adapterOf = (row) => data.adapters[rows.adapter[row]].name;
const caseOf = (row) => data.cases[rows.case[row]][0];
const dtypeOf = (row) => strings[data.cases[rows.case[row]][1]];
const verdictOf = (row) => data.verdicts[rows.verdict[row]];
const stateOf = (row) => data.states[rows.state[row]];
const directionOf = (row) => strings[rows.direction[row]];
const detailOf = (row) => strings[rows.detail[row]];
const figureOf = (name, row) => few[name][row] ?? null;
const textOf = (name, row) => (row in few[name] ? strings[few[name][row]] : null);
const kindOf = (row) => (row in few.kind ? data.kinds[few.kind[row]] : null);

// A word with what may stand in an address as it is: addresses are read and sent by people.
const spelled = (text) => encodeURIComponent(text).replaceAll("%2F", "/").replaceAll("%2B", "+");
const addressOf = (row) => `#case=${spelled(`${adapterOf(row)}/${caseOf(row)}`)}`;

function badge(row) {
  const state = stateOf(row);
  return element(
    "span", { class: `badge ${state}` },
    element("span", { "aria-hidden": "true" }, `${SIGNS[state]} `), verdictOf(row),
    state === "known" ? " (known)" : textOf("stale", row) === null ? null : " (no longer true)",
  );
}

function figure(value) {
  return value === 0 || (value >= 0.01 && value < 1000) ? String(Number(value.toPrecision(3))) : value.toExponential(1);
}
