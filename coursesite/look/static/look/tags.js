// Tagging pages by keyboard, and saving at once. Without script there is a button that saves.

// While a photo is turned its buttons are gone; with the new picture the one that was pressed has the focus again.
(function () {
  let pressed = null;
  document.addEventListener("click", function (event) {
    const button = event.target.closest(".turns button");
    pressed = button && { card: button.closest(".card").id, name: button.name };
  });
  document.addEventListener("htmx:load", function () {
    const card = pressed && document.getElementById(pressed.card);
    const button = card && card.querySelector('.turns button[name="' + pressed.name + '"]');
    if (button && document.activeElement === document.body) button.focus({ preventScroll: true });
  });
})();

document.addEventListener("DOMContentLoaded", function () {
  const form = document.querySelector("form[data-tags]");
  if (!form) return;
  form.querySelectorAll("[data-without-script]").forEach(function (button) { button.hidden = true; });

  // Safari gives a box that is clicked no focus, which says here which page the next key is about.
  form.addEventListener("click", function (event) {
    if (event.target.matches("input[name=tag]")) event.target.focus({ preventScroll: true });
  });

  form.addEventListener("keydown", function (event) {
    const sheet = event.target.closest(".sheet");
    if (!sheet || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^[1-9]$/.test(event.key)) {
      const box = sheet.querySelector('input[name=tag][value$="-' + event.key + '"]');
      if (!box) return;
      event.preventDefault();
      box.focus();
      box.click();
    } else if (/^Arrow(Left|Right|Up|Down)$/.test(event.key)) {
      const sheets = Array.from(form.querySelectorAll(".sheet"));
      const step = /Right|Down/.test(event.key) ? 1 : -1;
      const next = sheets[sheets.indexOf(sheet) + step];
      if (!next) return;
      event.preventDefault();
      next.querySelector("input[name=tag]").focus();
      next.scrollIntoView({ block: "nearest" });
    }
  });

  ["htmx:responseError", "htmx:sendError"].forEach(function (name) {
    form.addEventListener(name, function (event) {
      if (event.detail.requestConfig.verb !== "post") return;
      const said = form.querySelector("#tagged [role=status]");
      said.textContent = "▲ Not saved. Load this page anew, and tag again.";
      said.className = "small warn";
    });
  });
});
