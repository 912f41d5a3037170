// [data-open="id"] opens a <dialog> of this page, [data-close] closes the one around it.
// <a data-dialog href="…"> shows the [data-dialog-content] of that page in a dialog; without scripts it is an ordinary link.
const frame = document.getElementById("page-dialog");

async function openPage(link) {
  const answer = await fetch(link.href, { headers: { "X-Requested-With": "dialog" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const content = page.querySelector("[data-dialog-content]");
  if (!answer.ok || !content) {
    location.href = link.href; // whatever it is, the page itself says it better
    return;
  }
  const forms = [content, ...content.querySelectorAll("form")].filter((part) => part.matches("form:not([action])"));
  for (const form of forms) form.action = link.href; // without one, a form posts to the page it stands on
  const body = frame.querySelector(".dialog-body");
  body.replaceChildren(document.adoptNode(content));
  frame.setAttribute("aria-label", content.querySelector("h1, h2")?.textContent.trim() ?? "");
  globalThis.htmx?.process(body);
  frame.showModal();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (link && frame && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    openPage(link).catch(() => { location.href = link.href; });
    return;
  }
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  const dialog = event.target.closest("dialog");
  if (!dialog) return;
  const veil = event.target === dialog; // a click beside the content
  const closer = event.target.closest("[data-close]");
  if (!veil && !closer) return;
  if (closer?.matches("a")) event.preventDefault(); // a "Cancel" link leads back to the page behind the dialog
  dialog.close();
});
