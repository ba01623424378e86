/* Names for what the admin's theme builds in the browser and leaves nameless. */
"use strict";
(() => {
  const parts = () => {
    document.querySelectorAll(".simplebar-content-wrapper").forEach((box, at) => {
      const inMenu = box.closest("nav");
      box.setAttribute("aria-label", inMenu ? "Menu" : at ? `Table ${at}` : "Table");
    });
  };
  const choices = () => {
    document.querySelectorAll("select.select2-hidden-accessible").forEach((select) => {
      const name = select.labels[0] ? select.labels[0].textContent.trim() : select.getAttribute("aria-label") || select.name;
      const shown = select.nextElementSibling;
      if (!shown) return;
      shown.querySelectorAll("[role=combobox], [role=searchbox], [role=textbox], .select2-search__field").forEach((box) => {
        box.removeAttribute("aria-labelledby");
        box.setAttribute("aria-label", name);
      });
    });
  };
  // The theme writes a chosen file's name into a field that only its own forms have; ours have the browser's.
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll(".desk input[type=file]").forEach((field) => { field.hasChangeListener = true; });
  });
  window.addEventListener("load", () => {
    parts();
    choices();
    // The theme builds its fields for choosing when it likes, and anew with each row that is added.
    new MutationObserver(choices).observe(document.body, { childList: true, subtree: true });
  });
})();
