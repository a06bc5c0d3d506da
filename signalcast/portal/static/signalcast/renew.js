// What renews itself by the clock waits while nobody looks and while a question in it is open.
const renews = (element) => (element.getAttribute("hx-trigger") ?? "").startsWith("every");

document.addEventListener("htmx:beforeRequest", (event) => {
  const asked = "details.sure[open], details.menu-of[open]";
  if (renews(event.target) && (document.hidden || event.target.querySelector(asked))) {
    event.preventDefault();
  }
});

// A page that was left open for longer than its session: go to sign in, not into a corner of it.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, pathInfo } = event.detail;
  const answered = new URL(xhr.responseURL || location.href, location.href);
  const wanted = new URL(pathInfo.finalRequestPath, location.href);
  if (renews(event.target) && answered.pathname !== wanted.pathname) {
    event.preventDefault();
    location.reload();
  }
});
