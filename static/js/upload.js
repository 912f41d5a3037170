// Forms with files: drop onto the field, see how far the upload is. HTMX sends them (hx-boost), so it can tell.
document.addEventListener("htmx:xhr:progress", (event) => {
  const place = event.target.querySelector?.(".upload-progress");
  if (!place || !event.detail.lengthComputable) return;
  const share = Math.round((event.detail.loaded / event.detail.total) * 100);
  place.hidden = false;
  place.querySelector("progress").value = share;
  place.querySelector("p").textContent = share < 100 ? `Uploading, ${share} %` : "Uploaded. Checking the file…";
});

for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    if (event.target.matches?.('input[type="file"]')) event.target.classList.toggle("over", kind === "dragover");
  });
}
