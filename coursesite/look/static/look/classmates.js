// Classmates are found while a name is typed. Without script the field takes names, separated by commas.
document.addEventListener("DOMContentLoaded", function () {
  document.querySelectorAll("input[data-classmates]").forEach(function (input) {
    const found = input.closest(".field").querySelector(".mates");
    input.removeAttribute("list");
    input.setAttribute("hx-get", found.dataset.from);
    input.setAttribute("hx-trigger", "input changed delay:150ms");
    input.setAttribute("hx-target", "#" + found.id);
    input.setAttribute("hx-params", input.name);
    input.setAttribute("hx-sync", "this:replace");
    htmx.process(input);
    found.addEventListener("click", function (event) {
      const name = event.target.dataset.pick;
      if (!name) return;
      const before = input.value.split(/[,;]/).slice(0, -1).map(function (text) { return text.trim(); }).filter(Boolean);
      input.value = before.concat(name).join(", ") + ", ";
      found.replaceChildren();
      const together = input.closest("fieldset").querySelector("input[value=somebody]");
      if (together) together.checked = true;
      input.focus();
    });
  });
});
