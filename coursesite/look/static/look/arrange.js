// Of the tables on who grades what, the one that the chosen split asks for.
document.addEventListener("DOMContentLoaded", function () {
  const form = document.getElementById("arrange");
  function look() {
    const split = form.elements.split.value;
    for (const part of form.querySelectorAll("[data-split]")) part.hidden = !part.dataset.split.split(" ").includes(split);
  }
  form.addEventListener("change", look);
  look();
});
