// Renews a list when something happens. Where there is no live stream, it asks every two seconds.
const list = document.querySelector("[data-live]");
const NAMES = ["published", "updated", "closed", "cancelled"].map((name) => `signal.${name}`);
const BETWEEN = 500; // milliseconds, so that a burst of signals is one renewal
const POLL = 2_000;
const STATES = { live: list?.dataset.live, polls: list?.dataset.polls };
const badge = document.querySelector("[data-live-state]");

let waiting = 0;
let polling = 0;

function renew() {
  window.clearTimeout(waiting);
  waiting = 0;
  if (!document.hidden) window.htmx?.trigger(list, "renew");
}

function soon(event) {
  if (list.dataset.about && !event.data.includes(list.dataset.about)) return;
  if (!waiting) waiting = window.setTimeout(renew, BETWEEN);
  window.setTimeout(renew, POLL); // by then most of it is sent
}

function poll(on) {
  if (badge) badge.textContent = on ? STATES.polls : STATES.live;
  window.clearInterval(polling);
  polling = on ? window.setInterval(renew, POLL) : 0;
}

function listen() {
  const stream = new EventSource("/live/");
  stream.addEventListener("open", () => poll(false));
  // It comes back by itself, unless it was refused; meanwhile the list is asked for.
  stream.addEventListener("error", () => poll(true));
  stream.addEventListener("reset", renew);
  for (const name of NAMES) stream.addEventListener(name, soon);
  window.addEventListener("pagehide", () => stream.close());
}

if (list) {
  poll(true);
  if ("EventSource" in window) listen();
  document.addEventListener("visibilitychange", renew);
}
