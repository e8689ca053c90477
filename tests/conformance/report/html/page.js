// What the address asks for is what is shown: a case, or the report with some filters set.
const former = { address: "#", scroll: 0, focus: null };

function asked() {
  const found = {};
  for (const part of location.hash.slice(1).split("&")) {
    const at = part.indexOf("=");
    if (at < 0) continue;
    try {
      found[part.slice(0, at)] = decodeURIComponent(part.slice(at + 1));
    } catch {
      found[part.slice(0, at)] = part.slice(at + 1);
    }
  }
  return found;
}

function show(opening) {
  const chosen = asked();
  const isCase = "case" in chosen;
  const fromCase = !$("case").hidden;
  $("overview").hidden = isCase;
  $("case").hidden = !isCase;
  document.querySelector(".skip").hidden = isCase;
  if (isCase) {
    const at = chosen.case.lastIndexOf("/");
    const row = rowOf(chosen.case.slice(0, at), chosen.case.slice(at + 1));
    if (row < 0) showMissing(chosen.case, former.address);
    else showCase(row, former.address);
    document.title = `${row < 0 ? "not found" : verdictOf(row)}: ${chosen.case}`;
    scrollTo(0, 0);
    $("case").querySelector("h1").focus({ preventScroll: true });
    return;
  }
  document.title = titled;
  // An address within the page, like that of the skip link, is the browser's own matter.
  if (location.hash && !Object.keys(chosen).length && !fromCase && !opening) return;
  showList(chosen);
  if (fromCase) {
    scrollTo(0, former.scroll);
    const same = former.focus && [...document.querySelectorAll("#overview a")].find((link) => link.getAttribute("href") === former.focus);
    (same || $("list")).focus({ preventScroll: Boolean(same) });
  } else if (Object.keys(chosen).length && (opening || !form.contains(document.activeElement))) {
    $("list").scrollIntoView();
    if (!opening) $("list").focus({ preventScroll: true });
  }
}

function remember() {
  const chosen = asked();
  if (!("case" in chosen) && (Object.keys(chosen).length || !location.hash)) former.address = location.hash || "#";
}

function go(address) {
  // Typing must not fill the history, and moves neither the focus nor the page.
  history.replaceState(null, "", address === "#" ? location.pathname + location.search : address);
  former.address = address;
  showList(asked());
}

const titled = document.title;
let typing = 0;

function chosenInForm() {
  const chosen = {};
  for (const name of FILTERS) if (form.elements[name]) chosen[name] = form.elements[name].value;
  return chosen;
}

form.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => go(addressOfList(chosenInForm(), 0)), 120);
});
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", (event) => {
  event.preventDefault();
  for (const name of FILTERS) if (form.elements[name]) form.elements[name].value = "";
  clearTimeout(typing);
  go("#");
});
for (const [id, step] of [["back", -1], ["forth", 1]]) {
  $(id).addEventListener("click", () => {
    go(addressOfList(list.chosen, list.page + step));
    $("list").focus();
  });
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("#overview a[href^='#case=']");
  if (!link) return;
  former.scroll = scrollY;
  former.focus = link.getAttribute("href");
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !$("case").hidden) location.hash = former.address;
});
addEventListener("hashchange", () => {
  remember();
  show(false);
});

for (const frame of document.querySelectorAll(".wide.matrix")) {
  const hint = frame.previousElementSibling;
  const look = () => { hint.hidden = frame.scrollWidth <= frame.clientWidth && frame.scrollHeight <= frame.clientHeight; };
  new ResizeObserver(look).observe(frame);
}
form.hidden = false;
remember();
if ("case" in asked()) showList({});
show(true);
performance.mark("listed");
document.documentElement.dataset.ready = "yes";
