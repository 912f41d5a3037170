// The inbox by keyboard. In the list: j, k walk through the rows, x selects one, o opens it, a, c, r answer what is selected (or
// the row one stands on), after a question, ? shows all keys. On the page of an approval: a, c, r go to the button or to the reason; Enter answers.
const typing = (element) => element?.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
const free = (event) =>
  !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target) &&
  !document.querySelector("dialog[open]");

const rows = () => [...document.querySelectorAll("#list tbody tr")];
const linkOf = (row) => row?.querySelector("a[href]");
const boxOf = (row) => row?.querySelector("[data-cell=select] input");
const current = () => rows().findIndex((row) => row.contains(document.activeElement));

function walk(by) {
  const all = rows();
  const place = current();
  const next = place < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, place + by));
  linkOf(all[next])?.focus();
  all[next]?.scrollIntoView({ block: "nearest" });
}

function select(row, ticked) {
  const box = boxOf(row);
  if (!box) return;
  box.checked = ticked ?? !box.checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

function answerSelected(action) {
  const all = rows();
  if (!all.some((row) => boxOf(row)?.checked)) {
    if (current() < 0) return;
    select(all[current()], true);
  }
  document.querySelector(`.bulk-bar [name=action][value=${action}]`)?.click();
}

const inList = {
  j: () => walk(1),
  k: () => walk(-1),
  x: () => select(rows()[current()]),
  o: () => linkOf(rows()[current()])?.click(),
  a: () => answerSelected("approve"),
  c: () => answerSelected("changes"),
  r: () => answerSelected("reject"),
  "?": () => document.getElementById("inbox-keys")?.showModal(),
};

// The chosen answer waits for its reason: then Ctrl and Enter send it from within the field.
function choose(form, outcome) {
  const button = form.querySelector(`[name=outcome][value=${outcome}]`);
  form.dataset.chosen = outcome;
  (outcome === "approved" ? button : form.querySelector("textarea"))?.focus();
}

const onPage = { a: "approved", c: "changes", r: "rejected" };

document.addEventListener("keydown", (event) => {
  const form = document.querySelector("form[data-answer]");
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey) && form.contains(event.target)) {
    form.querySelector(`[name=outcome][value=${form.dataset.chosen}]`)?.click();
    return;
  }
  if (!free(event)) return;
  if (form && onPage[event.key]) {
    event.preventDefault();
    choose(form, onPage[event.key]);
  } else if (document.querySelector("[data-inbox-keys]") && inList[event.key]) {
    event.preventDefault();
    inList[event.key]();
  }
});
