// Renews parts of a page every few seconds, while somebody can see it and nobody is busy in them.
const isBusy = (part) => part.querySelector("details[open], :focus-visible") !== null;

for (const part of document.querySelectorAll("[data-every]")) {
  window.setInterval(() => {
    if (!document.hidden && !isBusy(part)) window.htmx?.trigger(part, "renew");
  }, Number(part.dataset.every) * 1_000);
  // What was asked for before somebody opened a menu must not close it.
  part.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target === part && isBusy(part)) event.detail.shouldSwap = false;
  });
}
