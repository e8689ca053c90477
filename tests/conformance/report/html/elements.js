// Elements are made of text alone: nothing that a report says is ever read as HTML.
const $ = (id) => document.getElementById(id);

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function say(sentence) {
  $("spoken").textContent = "";
  setTimeout(() => { $("spoken").textContent = sentence; }, 50);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without permission, or where a file is no secure place.
    const field = element("textarea", { class: "unseen", "aria-hidden": "true" });
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

function copyButton(text) {
  const button = element("button", { type: "button", class: "copy" }, "copy");
  button.addEventListener("click", async () => {
    const done = await copy(text);
    button.focus();
    button.textContent = done ? "copied" : "not copied";
    say(done ? "copied" : "could not be copied");
    setTimeout(() => { button.textContent = "copy"; }, 2000);
  });
  return button;
}

function copied(text, label) {
  return element("div", { class: "copied" }, element("pre", { tabindex: 0, "aria-label": label }, text), copyButton(text));
}

for (const box of document.querySelectorAll(".copied")) box.append(copyButton(box.querySelector("pre").textContent));
