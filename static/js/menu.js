// <details class="menu">: one open at a time; closes on Escape and on a click elsewhere; arrow keys walk through it.
const opened = () => document.querySelector("details.menu[open]");

document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.("details.menu[open]")) return;
  for (const other of document.querySelectorAll("details.menu[open]")) {
    if (other !== event.target) other.open = false;
  }
}, true);

document.addEventListener("click", (event) => {
  const menu = opened();
  if (menu && !menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const menu = opened();
  if (!menu?.contains(document.activeElement)) return;
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const items = [...menu.querySelectorAll(".menu-panel :is(a, button)")];
    const step = event.key === "ArrowDown" ? 1 : -1;
    const place = items.indexOf(document.activeElement);
    items.at(place === -1 && step === -1 ? -1 : (place + step) % items.length)?.focus();
    event.preventDefault();
  }
});
