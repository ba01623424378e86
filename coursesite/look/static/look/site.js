// The theme switch; every page works without it.
(function () {
  const root = document.documentElement;
  const saved = localStorage.getItem("theme");
  if (saved) root.dataset.theme = saved;
  document.addEventListener("DOMContentLoaded", function () {
    const button = document.querySelector("[data-theme-switch]");
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", function () {
      const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      localStorage.setItem("theme", root.dataset.theme);
    });
  });
})();

// "Same as the problem before": copies a fieldset's answers into the next; without script everything is chosen by hand.
document.addEventListener("DOMContentLoaded", function () {
  document.querySelectorAll("[data-same]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      const here = button.closest("fieldset");
      const before = here.previousElementSibling;
      const answers = before.querySelectorAll("input");
      here.querySelectorAll("input").forEach(function (input, at) {
        if (input.type === "radio") input.checked = answers[at].checked;
        else input.value = answers[at].value;
      });
    });
  });
});
