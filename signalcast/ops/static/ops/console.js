// The pages of the operations console: by keyboard, and live for as long as they are open.
//
// A part with data-every asks for itself again that many seconds after the last answer: never twice
// at once, never in a hidden tab, and ever more rarely while nobody answers.
const LONGEST = 30_000; // milliseconds between two tries of a server that is away
const DONE = 286; // the answer of what will not change any more
const CHORD = 1_500; // milliseconds between the two keys of `g q`
const lost = document.querySelector("[data-lost]");
const said = document.querySelector("[data-said]");
const help = document.querySelector("dialog[data-keys]");
const links = new Map([...document.querySelectorAll("a[data-go]")].map((one) => [one.dataset.go, one]));
const clock = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "medium" });

let gone = null; // when the last answer came, while none comes

function tell(answered) {
  if (answered) gone = null;
  else gone ??= new Date();
  lost.hidden = answered;
  if (gone) lost.querySelector("[data-since]").textContent = clock.format(gone);
}

class Part {
  constructor(root) {
    this.root = root;
    this.every = Number(root.dataset.every) * 1_000;
    this.failures = 0;
    this.asking = false;
    this.timer = 0;
    this.asked = Date.now();
    this.state = this.verdict?.dataset.verdict;
    root.addEventListener("htmx:beforeRequest", () => this.began());
    root.addEventListener("htmx:afterRequest", (event) => this.answered(event.detail.xhr.status));
    root.addEventListener("htmx:afterSwap", () => this.speak());
    document.addEventListener("visibilitychange", () => this.soon());
    this.soon();
  }

  // A menu that is open is being used; what is open by itself is marked data-calm.
  get busy() {
    return this.asking || document.hidden || this.root.querySelector("details[open]:not([data-calm])");
  }

  soon() {
    window.clearTimeout(this.timer);
    const pause = Math.min(this.every * 2 ** this.failures, Math.max(LONGEST, this.every));
    const wait = Math.max(this.asked + pause - Date.now(), 0);
    // A clock that was set back would let it wait for ever.
    this.timer = window.setTimeout(() => this.ask(), Math.min(wait, pause));
  }

  ask() {
    if (document.hidden || this.over) return;
    if (this.busy) {
      this.asked = Date.now();
      this.soon();
      return;
    }
    window.htmx?.trigger(this.root, "renew");
  }

  began() {
    this.asking = true;
    this.asked = Date.now();
  }

  answered(status) {
    this.asking = false;
    const good = status >= 200 && status < 400;
    this.failures = good ? 0 : Math.min(this.failures + 1, 8);
    if (status === 403) window.location.reload(); // a role that was taken away
    if (status !== 401) tell(good); // who has to sign in again is on the way there
    if (status === DONE) this.over = true;
    else this.soon();
  }

  get verdict() {
    return this.root.querySelector("[data-verdict]");
  }

  // Read out when it changes, not at every renewal.
  speak() {
    const state = this.verdict?.dataset.verdict;
    if (state !== this.state) said.textContent = this.verdict.textContent.trim();
    this.state = state;
  }
}

for (const root of document.querySelectorAll("[data-every]")) new Part(root);

for (const [key, link] of links) {
  const line = document.createElement("div");
  const [name, meaning] = ["dt", "dd"].map((tag) => line.appendChild(document.createElement(tag)));
  name.innerHTML = "<kbd>g</kbd> <kbd></kbd>";
  name.lastChild.textContent = key;
  meaning.textContent = link.textContent.trim();
  help.querySelector("dl").append(line);
}

let begun = 0; // when g was pressed

document.addEventListener("keydown", (event) => {
  const writes = event.target.closest?.("input:not([type=checkbox]), textarea, select");
  if (writes || event.ctrlKey || event.metaKey || event.altKey) return;
  const link = event.timeStamp - begun < CHORD ? links.get(event.key) : undefined;
  begun = event.key === "g" ? event.timeStamp : 0;
  if (link) window.location.assign(link.href);
  else if (event.key === "?") help.open ? help.close() : help.showModal();
  else if (event.key === "/") document.querySelector("form.filters :is(input, select)")?.focus();
  else return;
  event.preventDefault();
});
