// A week adds up while one types: inputs [data-quantity] and fixed days [data-hours] into [data-total].
function hours(text) {
  const clock = /^(\d{1,2}):([0-5]\d)$/.exec(text.trim());
  if (clock) return Number(clock[1]) + Number(clock[2]) / 60;
  return Number(text.trim().replace(",", ".")) || 0;
}

document.addEventListener("input", (event) => {
  const sheet = event.target.closest("[data-timesheet]");
  if (!sheet || !event.target.matches("[data-quantity]")) return;
  let sum = 0;
  for (const field of sheet.querySelectorAll("[data-quantity]")) sum += hours(field.value);
  for (const fixed of sheet.querySelectorAll("[data-hours]")) sum += Number(fixed.dataset.hours);
  for (const old of sheet.querySelectorAll("[data-stale]")) old.hidden = true; // the amount is known again once it is saved
  const total = sheet.querySelector("[data-total]");
  total.textContent = `${Math.round(sum * 100) / 100} ${total.dataset.unit}`;
});
