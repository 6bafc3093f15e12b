// One dialog for the few questions the page asks.

const dialog = document.getElementById("dialog");
const form = document.getElementById("dialog-form");
document.getElementById("dialog-cancel").addEventListener("click", () => dialog.close(""));

/** Ask; resolves to the form when it was sent off, to null when it was closed. */
export function ask(title, parts, ok) {
  document.getElementById("dialog-title").textContent = title;
  document.getElementById("dialog-ok").textContent = ok;
  document.getElementById("dialog-body").replaceChildren(...parts);
  dialog.returnValue = "";
  form.onsubmit = () => { dialog.returnValue = "ok"; };
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok" ? form : null), { once: true });
    document.getElementById("dialog-ok").value = "ok";
    dialog.showModal();
  });
}
