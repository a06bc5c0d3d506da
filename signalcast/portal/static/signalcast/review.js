// The review queue by keyboard: j and k move, x selects, * all, a approves, r rejects, e corrects,
// ? helps.
const form = document.querySelector("form[data-review]");
const cards = [...(form?.querySelectorAll("[data-receipt]") ?? [])];
const help = document.querySelector("dialog[data-keys]");
const all = form?.querySelector("input[data-all]");
let at = -1;

function move(step) {
  if (!cards.length) return;
  at = Math.min(Math.max(at + step, 0), cards.length - 1);
  cards[at].focus();
  cards[at].scrollIntoView({ block: "nearest" });
}

const box = (card) => card?.querySelector("input[name=receipt]");

function tickAll(ticked) {
  for (const card of cards) if (box(card)) box(card).checked = ticked;
  all.checked = ticked;
}

function decide(act) {
  if (!form.querySelector("input[name=receipt]:checked")) {
    const here = box(cards[at]);
    if (!here) return;
    here.checked = true;
  }
  form.querySelector(`button[value=${act}]`)?.click();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  x: () => box(cards[at])?.click(),
  a: () => decide("approve"),
  r: () => decide("reject"),
  "*": () => tickAll(!cards.every((card) => box(card)?.checked)),
  e: () => cards[at]?.querySelector("a[data-correct]")?.click(),
  "?": () => (help.open ? help.close() : help.showModal()),
};

if (form) {
  if (all) {
    all.closest("label").hidden = false;
    all.addEventListener("change", () => tickAll(all.checked));
  }
  for (const [index, card] of cards.entries()) {
    card.addEventListener("focusin", () => {
      at = index;
    });
  }
  document.addEventListener("keydown", (event) => {
    const writes = event.target.closest("input:not([type=checkbox]), textarea, select");
    if (writes || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
    event.preventDefault();
    KEYS[event.key]();
  });
}
