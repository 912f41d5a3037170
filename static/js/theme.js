// [data-theme-choice="light|dark|auto"] sets the colour theme. It is kept in a cookie, so the server paints it: no flash.
const root = document.documentElement;

function show() {
  const now = root.dataset.theme ?? "auto";
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === now));
  }
}

document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-theme-choice]")?.dataset.themeChoice;
  if (!choice) return;
  if (choice === "auto") delete root.dataset.theme;
  else root.dataset.theme = choice;
  const age = choice === "auto" ? 0 : 365 * 24 * 3600;
  document.cookie = `theme=${choice}; path=/; max-age=${age}; samesite=lax`;
  show();
});

show();
