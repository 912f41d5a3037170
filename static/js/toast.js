// Short messages after an HTMX answer: the server sends the header HX-Trigger: {"toast": {"text": "Saved.", "tone": "good"}}.
const region = document.getElementById("toasts");
const model = region?.querySelector("template");

function toast(text, tone = "neutral") {
  if (!model || !text) return;
  const note = model.content.firstElementChild.cloneNode(true);
  note.dataset.tone = tone;
  note.querySelector("p").textContent = text;
  region.append(note);
  if (tone !== "bad") setTimeout(() => note.remove(), 8000);
}

document.addEventListener("toast", (event) => toast(event.detail.text ?? event.detail.value, event.detail.tone));
document.addEventListener("htmx:responseError", () => toast("That did not work. Load the page again and retry.", "bad"));
document.addEventListener("htmx:sendError", () => toast("You seem to be offline. Nothing was sent.", "bad"));

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  toast("Your device did not confirm. Try again.", "bad");
});

region?.addEventListener("click", (event) => {
  if (event.target.closest("button")) event.target.closest(".toast").remove();
});
