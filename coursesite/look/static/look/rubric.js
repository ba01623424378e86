// Where rubrics are written: items move within their group by drag or by arrow keys, and texts show how they will read.
// Buttons do the same without this script.
document.addEventListener("DOMContentLoaded", function () {
  if (!document.querySelector("[data-preview]")) return;
  const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value;
  const said = (text) => { document.getElementById("arranged").textContent = text; };
  const items = () => [...document.querySelectorAll("[data-order] > li")];
  let moved = null, waiting = 0, saving = Promise.resolve();

  // What is moved on while it is saved is saved after that: no older order arrives last.
  function save(item) {
    number();
    const beside = [...item.parentElement.children];
    const place = (beside.indexOf(item) + 1) + " of " + beside.length + ". ";
    said(place);
    clearTimeout(waiting);
    waiting = setTimeout(() => { saving = saving.then(() => send(place)); }, 300);
  }
  function send(place) {
    const sent = new FormData();
    sent.append("act", "arrange");
    sent.append("order", items().map((item) => item.dataset.item).join(","));
    sent.append("csrfmiddlewaretoken", token());
    return fetch(location.href, { method: "POST", headers: { "HX-Request": "true" }, body: sent, redirect: "error" })
      .then((answer) => { if (!answer.ok) throw new Error(answer.status); return answer.text(); })
      .then((text) => said(place + text)).catch(() => said("The order is not saved; load the page again."));
  }
  function number() {
    items().forEach(function (item, at) {
      const [up, down] = item.querySelectorAll("[name=way]");
      item.querySelector(".handle").setAttribute("aria-label", "Move item " + (at + 1) + ": arrow keys, or drag");
      up.setAttribute("aria-label", "Item " + (at + 1) + " up");
      down.setAttribute("aria-label", "Item " + (at + 1) + " down");
      up.disabled = !item.previousElementSibling;
      down.disabled = !item.nextElementSibling;
    });
  }
  document.querySelectorAll(".handle").forEach((handle) => { handle.hidden = false; });
  document.addEventListener("keydown", function (event) {
    const item = event.target.matches(".handle") && event.target.closest("li");
    if (!item || !/^Arrow(Up|Down)$/.test(event.key)) return;
    event.preventDefault();
    const other = event.key === "ArrowUp" ? item.previousElementSibling : item.nextElementSibling;
    if (!other) return;
    if (event.key === "ArrowUp") other.before(item); else other.after(item);
    event.target.focus();
    save(item);
  });
  document.addEventListener("dragstart", function (event) {
    moved = event.target.matches && event.target.matches(".handle") ? event.target.closest("li") : null;
    if (moved) { event.dataTransfer.setDragImage(moved, 0, 0); event.dataTransfer.effectAllowed = "move"; }
  });
  document.addEventListener("dragover", function (event) {
    const over = moved && event.target.closest("[data-order] > li");
    if (!over || over.parentElement !== moved.parentElement) return;
    event.preventDefault();
    if (over === moved) return;
    const middle = over.getBoundingClientRect().top + over.offsetHeight / 2;
    if (event.clientY < middle) over.before(moved); else over.after(moved);
  });
  document.addEventListener("dragend", function () { if (moved) save(moved); moved = null; });

  let waits = 0;
  document.addEventListener("input", function (event) {
    const form = event.target.matches("textarea[name=text]") && event.target.closest("form");
    if (!form) return;
    clearTimeout(waits);
    waits = setTimeout(function () {
      const sent = new FormData();
      sent.append("text", event.target.value);
      sent.append("csrfmiddlewaretoken", token());
      fetch(document.querySelector("[data-preview]").dataset.preview, { method: "POST", body: sent, redirect: "error" })
        .then((answer) => (answer.ok ? answer.text() : "")).then((html) => { form.querySelector(".preview").innerHTML = html; }).catch(() => {});
    }, 250);
  });
});
