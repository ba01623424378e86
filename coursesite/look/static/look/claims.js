// The work that lies open at the desk stays with this grader while the page is open, and is free when it is left.
(function () {
  let open = null;
  function form(claim) {
    const sent = new FormData();
    sent.append("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    sent.append("page", claim.page);
    return sent;
  }
  function leave() { if (open) navigator.sendBeacon(open.leave, form(open)); open = null; }
  // What is just being saved is free once it is, and not a moment before.
  function leaveAfter(saving) {
    const left = open;
    open = null;
    saving.then((saved) => { if (saved) navigator.sendBeacon(left.leave, form(left)); });
  }
  function look(event) {
    const saving = event && event.detail && event.detail.saving;
    const found = document.getElementById("claim");
    const now = found && !("lost" in found.dataset) ? { ...found.dataset } : null;
    if (open && (!now || now.page !== open.page)) { if (saving) leaveAfter(saving); else leave(); }
    open = now;
  }
  async function keep() {
    const found = document.getElementById("claim");
    if (!found) return;
    const answer = await fetch(found.dataset.keep, { method: "POST", body: form(found.dataset) }).catch(() => null);
    const said = document.getElementById("claim-said");
    if (answer && answer.status === 409) {
      open = null;
      said.textContent = (await answer.json()).by + " has this open now. What you save here is checked against what they save.";
    } else if (answer && answer.ok) { open = { ...found.dataset }; said.textContent = ""; }
  }
  document.addEventListener("DOMContentLoaded", look);
  // It was fetched ahead, and is held shortly until it is shown.
  document.addEventListener("desk:shown", (event) => { look(event); keep(); });
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", (event) => { if (event.persisted) keep(); });
  setInterval(keep, 60000);
})();
