// <select data-submit> (sort, page size) sends its form at once; without scripts there is a button beside it.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});
