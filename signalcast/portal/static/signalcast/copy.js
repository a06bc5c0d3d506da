// Buttons that copy a text. Without this module the text can be selected, and the buttons stay away.
function offer(root) {
  for (const button of root.querySelectorAll("button[data-copy]")) button.hidden = false;
}

async function copy(button) {
  const text = document.querySelector(button.dataset.copy);
  const selection = getSelection();
  selection.selectAllChildren(text);
  try {
    await navigator.clipboard.writeText(text.textContent);
  } catch {
    document.execCommand("copy"); // pages without https have no clipboard of their own
  }
  button.textContent = `✓ ${button.dataset.said ?? (button.dataset.said = button.textContent)}`;
}

offer(document);
document.addEventListener("htmx:afterSwap", (event) => offer(event.target));
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-copy]");
  if (button) copy(button);
});
