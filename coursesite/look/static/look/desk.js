// Keys of the grading desk; everything works without them.
document.addEventListener("keydown", function (event) {
  const form = document.getElementById("marks");
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (event.key === "Escape" && typing) { event.target.blur(); return; }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); return; }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = /^[1-9]$/.test(event.key) && form.elements["points-" + event.key];
  const link = document.querySelector('.desk a[data-key="' + CSS.escape(event.key.toLowerCase()) + '"]');
  if (field) { event.preventDefault(); field.focus(); field.select(); }
  else if (event.key.toLowerCase() === "g") { event.preventDefault(); form.requestSubmit(); }
  else if (link) link.click();
});
