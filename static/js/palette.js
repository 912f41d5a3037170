// The search palette: "/" or Ctrl-K opens it, arrow keys walk through the results, Enter follows one.
const palette = document.getElementById("palette");
const typing = (element) => element?.matches?.("input, textarea, select, [contenteditable]");

function open() {
  if (!palette || palette.open) return;
  palette.showModal();
  palette.querySelector("input").select();
}

document.addEventListener("keydown", (event) => {
  const shortcut = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
  const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target);
  if (palette && (shortcut || slash)) {
    event.preventDefault();
    open();
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-palette]") && palette) {
    event.preventDefault();
    open();
  }
});

palette?.addEventListener("keydown", (event) => {
  const links = [...palette.querySelectorAll(".palette-results a")];
  const place = links.indexOf(document.activeElement);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const next = place + (event.key === "ArrowDown" ? 1 : -1);
    (links[next] ?? palette.querySelector("input")).focus();
  } else if (event.key === "Enter" && place === -1 && links.length) {
    event.preventDefault();
    links[0].click();
  }
});
