// A student of a proposal is dragged onto another team; the form above the teams does the same without script. The
// teams may come in later, when the worker is done: so the page listens, not each team.
(function () {
  const ready = function () {
    const form = document.getElementById("seat");
    if (!form) return;
    document.querySelectorAll("[data-drag-hint]").forEach(function (hint) { hint.hidden = false; });
    document.querySelectorAll("[data-student]").forEach(function (seat) { seat.draggable = true; });
  };
  const teamAt = function (event) {
    return document.getElementById("seat") && event.target.closest && event.target.closest("[data-team]");
  };
  document.addEventListener("DOMContentLoaded", ready);
  document.addEventListener("htmx:afterSettle", ready);
  document.addEventListener("dragstart", function (event) {
    const seat = event.target.closest && event.target.closest("[data-student]");
    if (!seat) return;
    event.dataTransfer.setData("text/plain", seat.dataset.student);
    event.dataTransfer.effectAllowed = "move";
  });
  ["dragover", "dragleave", "drop"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      const team = teamAt(event);
      if (!team) return;
      event.preventDefault();
      team.classList.toggle("dropping", name === "dragover");
      if (name !== "drop") return;
      const form = document.getElementById("seat");
      const student = event.dataTransfer.getData("text/plain");
      if (team.querySelector('[data-student="' + CSS.escape(student) + '"]')) return;
      form.elements.student.value = student;
      form.elements.number.value = team.dataset.team;
      if (form.elements.student.value) form.requestSubmit(form.querySelector("[name=act]"));
    });
  });
})();
