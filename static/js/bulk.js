// Lists: [data-select-all] ticks every row of its .list, [data-selected-count] says how many are ticked.
function count(list) {
  const boxes = [...list.querySelectorAll("tbody [data-cell=select] input")];
  const ticked = boxes.filter((box) => box.checked).length;
  const all = list.querySelector("[data-select-all]");
  if (all) {
    all.checked = ticked > 0 && ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  }
  for (const place of list.querySelectorAll("[data-selected-count]")) place.textContent = `${ticked} selected`;
}

document.addEventListener("change", (event) => {
  const list = event.target.closest(".list");
  if (!list) return;
  if (event.target.matches("[data-select-all]")) {
    for (const box of list.querySelectorAll("tbody [data-cell=select] input")) box.checked = event.target.checked;
  }
  count(list);
});
