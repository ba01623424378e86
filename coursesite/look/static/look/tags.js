// Tagging pages by keyboard, and saving at once. Without script there is a button that saves.
document.addEventListener("DOMContentLoaded", function () {
  const form = document.querySelector("form[data-tags]");
  if (!form) return;
  form.querySelectorAll("[data-without-script]").forEach(function (button) { button.hidden = true; });

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
