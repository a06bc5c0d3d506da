// Shows moments in the reader's own time zone. Without it they are in UTC and say so.
const format = new Intl.DateTimeFormat(document.documentElement.lang, {
  dateStyle: "medium",
  timeStyle: "medium",
});

function localise(root) {
  for (const moment of root.querySelectorAll("time[datetime]:not([data-local])")) {
    moment.title = moment.textContent.trim();
    moment.textContent = format.format(new Date(moment.dateTime));
    moment.dataset.local = "";
  }
}

localise(document);
document.addEventListener("htmx:afterSwap", (event) => localise(event.target));
for (const box of document.querySelectorAll("input[data-all]")) {
  box.hidden = false;
  box.addEventListener("change", () => {
    for (const other of box.form.querySelectorAll(`input[name="${box.dataset.all}"]`)) {
      other.checked = box.checked;
    }
  });
}
