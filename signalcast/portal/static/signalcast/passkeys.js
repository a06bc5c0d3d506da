// Forms with data-passkey are sent with what a passkey says: `create` makes one, `get` asks one.
const keys = window.webauthnJSON;

function options(form) {
  const data = document.getElementById("js_data");
  return data
    ? Promise.resolve(JSON.parse(data.textContent))
    : fetch(form.action, { headers: { Accept: "application/json" } }).then((answer) => {
        if (!answer.ok) throw new Error(String(answer.status));
        return answer.json();
      });
}

function alone(form, asked) {
  const box = form.elements.passwordless;
  const selection = asked.publicKey.authenticatorSelection;
  if (!box || !selection) return;
  selection.residentKey = box.checked ? "required" : "discouraged";
  selection.requireResidentKey = box.checked;
  if (box.checked) selection.userVerification = "required";
}

async function ask(form) {
  const failed = form.querySelector("[data-failed]");
  failed.hidden = true;
  try {
    const found = await options(form);
    let said;
    if (form.dataset.passkey === "create") {
      alone(form, found.creation_options);
      said = await keys.create(found.creation_options);
    } else {
      said = await keys.get(found.request_options);
    }
    form.elements.credential.value = JSON.stringify(said);
    form.submit();
  } catch {
    failed.hidden = false;
  }
}

if (keys && window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      ask(form);
    });
  }
}
