// A student of a proposal is dragged onto another team; the form above the teams does the same without script.
document.addEventListener("DOMContentLoaded", function () {
  const form = document.getElementById("seat");
  if (!form) return;
  const hint = document.querySelector("[data-drag-hint]");
  if (hint) hint.hidden = false;
  document.querySelectorAll("[data-student]").forEach(function (seat) {
    seat.draggable = true;
    seat.addEventListener("dragstart", function (event) {
      event.dataTransfer.setData("text/plain", seat.dataset.student);
      event.dataTransfer.effectAllowed = "move";
    });
  });
  document.querySelectorAll("[data-team]").forEach(function (team) {
    ["dragover", "dragleave", "drop"].forEach(function (name) {
      team.addEventListener(name, function (event) {
        event.preventDefault();
        team.classList.toggle("dropping", name === "dragover");
        if (name !== "drop") return;
        const student = event.dataTransfer.getData("text/plain");
        if (team.querySelector('[data-student="' + CSS.escape(student) + '"]')) return;
        form.elements.student.value = student;
        form.elements.number.value = team.dataset.team;
        if (form.elements.student.value) form.requestSubmit(form.querySelector("[name=act]"));
      });
    });
  });
});
