// Where rubrics are written: items move by drag or by arrow keys, and texts show how they will read. Buttons do the
// same without this script.
document.addEventListener("DOMContentLoaded", function () {
  const list = document.querySelector("[data-order]");
  if (!list) return;
  const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value;
  const said = (text) => { document.getElementById("arranged").textContent = text; };
  let moved = null;

  function save() {
    const sent = new FormData();
    sent.append("act", "arrange");
    sent.append("order", [...list.children].map((item) => item.dataset.item).join(","));
    sent.append("csrfmiddlewaretoken", token());
    fetch(location.pathname, { method: "POST", headers: { "HX-Request": "true" }, body: sent, redirect: "error" })
      .then((answer) => { if (!answer.ok) throw new Error(answer.status); return answer.text(); })
      .then(said).catch(() => said("The order is not saved; load the page again."));
  }
  list.querySelectorAll(".handle").forEach((handle) => { handle.hidden = false; });
  list.addEventListener("keydown", function (event) {
    const item = event.target.matches(".handle") && event.target.closest("li");
    if (!item || !/^Arrow(Up|Down)$/.test(event.key)) return;
    event.preventDefault();
    const other = event.key === "ArrowUp" ? item.previousElementSibling : item.nextElementSibling;
    if (!other) return;
    if (event.key === "ArrowUp") other.before(item); else other.after(item);
    event.target.focus();
    save();
  });
  list.addEventListener("dragstart", function (event) {
    moved = event.target.matches(".handle") ? event.target.closest("li") : null;
    if (moved) { event.dataTransfer.setDragImage(moved, 0, 0); event.dataTransfer.effectAllowed = "move"; }
  });
  list.addEventListener("dragover", function (event) {
    const over = event.target.closest("li");
    if (!moved || !over) return;
    event.preventDefault();
    if (over === moved) return;
    const middle = over.getBoundingClientRect().top + over.offsetHeight / 2;
    if (event.clientY < middle) over.before(moved); else over.after(moved);
  });
  list.addEventListener("dragend", function () { if (moved) save(); moved = null; });

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
