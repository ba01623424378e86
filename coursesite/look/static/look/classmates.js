// Classmates are found while a name is typed: Enter takes the first, arrows go among them, Escape puts them away.
// Without script the field takes names, separated by commas.
document.addEventListener("DOMContentLoaded", function () {
  // Whoever says “alone” after all names nobody; what stood there comes back with the other answer.
  document.querySelectorAll("fieldset:has([name^='who-'])").forEach(function (set) {
    const kept = new Map();
    set.addEventListener("change", function (event) {
      if (event.target.type !== "radio") return;
      set.querySelectorAll(".field input").forEach(function (input) {
        if (event.target.value === "nobody") { kept.set(input, input.value || kept.get(input) || ""); input.value = ""; }
        else if (!input.value) input.value = kept.get(input) || "";
      });
    });
  });

  document.querySelectorAll("input[data-classmates]").forEach(function (input) {
    const found = input.closest(".field").querySelector(".mates");
    input.removeAttribute("list");
    input.setAttribute("hx-get", found.dataset.from);
    input.setAttribute("hx-trigger", "input changed delay:150ms");
    input.setAttribute("hx-target", "#" + found.id);
    input.setAttribute("hx-params", input.name);
    input.setAttribute("hx-sync", "this:replace");
    htmx.process(input);

    const pick = function (name) {
      const before = input.value.split(/[,;]/).slice(0, -1).map(function (text) { return text.trim(); }).filter(Boolean);
      input.value = before.concat(name).join(", ") + ", ";
      found.replaceChildren();
      input.focus();
    };
    const picks = function () { return Array.from(found.querySelectorAll("[data-pick]")); };

    found.addEventListener("click", function (event) {
      if (event.target.dataset.pick) pick(event.target.dataset.pick);
    });
    input.addEventListener("keydown", function (event) {
      if (event.key === "Enter") {
        event.preventDefault(); // a name that is half typed hands nothing in
        const first = picks()[0];
        if (first && input.value.split(/[,;]/).pop().trim()) pick(first.dataset.pick);
      } else if (event.key === "ArrowDown" && picks().length) {
        event.preventDefault();
        picks()[0].focus();
      } else if (event.key === "Escape") found.replaceChildren();
    });
    found.addEventListener("keydown", function (event) {
      const all = picks(), at = all.indexOf(event.target);
      if (at < 0) return;
      if (/^Arrow(Down|Right)$/.test(event.key)) (all[at + 1] || all[0]).focus();
      else if (/^Arrow(Up|Left)$/.test(event.key)) (all[at - 1] || input).focus();
      else if (event.key === "Escape") { found.replaceChildren(); input.focus(); }
      else return;
      event.preventDefault();
    });
  });
});
