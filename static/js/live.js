// [data-live] asks for itself anew while something moves. What the reader has open stays open, the focus stays where it is,
// and nothing is exchanged while text is selected.
const opened = new Map();
let focused = null;

function isLive(element) {
  return element instanceof Element && element.matches("[data-live]");
}

function nameOf(element) {
  return element.id ? `#${CSS.escape(element.id)}` : element.href ? `a[href="${CSS.escape(element.getAttribute("href"))}"]` : null;
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const target = event.detail.target;
  if (!isLive(target) || !event.detail.shouldSwap) return;
  const selection = document.getSelection();
  if (selection && !selection.isCollapsed && target.contains(selection.anchorNode)) {
    event.detail.shouldSwap = false; // the next answer brings the same news
    return;
  }
  opened.clear();
  for (const details of target.querySelectorAll("details[id]")) opened.set(details.id, details.open);
  focused = target.contains(document.activeElement) ? nameOf(document.activeElement) : null;
});

document.addEventListener("htmx:afterSwap", () => {
  for (const [id, open] of opened) {
    const details = document.getElementById(id);
    if (details && details.closest("[data-live]")) details.open = open;
  }
  opened.clear();
  if (focused) document.querySelector(focused)?.focus({ preventScroll: true });
  focused = null;
});

// A step of the picture opens its story; without scripts the link asks the server for it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href*='#step-']");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const story = document.getElementById((link.getAttribute("href") ?? "").split("#")[1]);
  const details = story?.closest("details");
  if (!details) return;
  event.preventDefault();
  details.open = true;
  details.querySelector("summary").focus({ preventScroll: true });
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  details.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
});
