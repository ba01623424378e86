// The work that lies open at the desk stays with this grader while the page is open, and is free when it is left.
(function () {
  let open = null, ahead = [];
  function form(claim) {
    const sent = new FormData();
    sent.append("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    sent.append("page", claim.page);
    return sent;
  }
  function letGo(claim) { navigator.sendBeacon(claim.leave, form(claim)); }
  function leave() {
    if (open) letGo(open);
    ahead.forEach(letGo);
    open = null;
    ahead = [];
  }
  // What is just being saved is free once it is, and not a moment before.
  function leaveAfter(saving) {
    const left = open;
    open = null;
    saving.then((saved) => { if (saved) letGo(left); });
  }
  function look(event) {
    const saving = event && event.detail && event.detail.saving;
    const found = document.getElementById("claim");
    const now = found && !("lost" in found.dataset) ? { ...found.dataset } : null;
    if (open && (!now || now.page !== open.page)) { if (saving) leaveAfter(saving); else letGo(open); }
    open = now;
    ahead = ahead.filter((claim) => !now || claim.page !== now.page);
  }
  // What was fetched ahead before and never shown is free. It may be the very work that is open, when no other is left.
  function fetchedAhead(event) {
    const found = event.detail.querySelector("#claim");
    ahead.filter((claim) => !open || claim.keep !== open.keep).forEach(letGo);
    ahead = ahead.filter((claim) => open && claim.keep === open.keep);
    if (found && !("lost" in found.dataset)) ahead.push({ ...found.dataset });
  }
  // `shown`: it is held from when it was fetched, so that the word of it coming late takes nothing back that was let go.
  async function keep(shown) {
    const found = document.getElementById("claim");
    if (!found) return;
    const sent = form(found.dataset);
    if (shown) sent.append("shown", "1");
    const answer = await fetch(found.dataset.keep, { method: "POST", body: sent }).catch(() => null);
    const told = answer && (answer.ok || answer.status === 409) ? await answer.json() : null;
    if (!told || found !== document.getElementById("claim")) return;
    if (told.held) open = { ...found.dataset };
    else if (told.by) open = null;
    document.getElementById("claim-said").textContent =
      told.by ? told.by + " has this open now. What you save here is checked against what they save." : "";
  }
  document.addEventListener("DOMContentLoaded", look);
  // It was fetched ahead, and is held shortly until it is shown.
  document.addEventListener("desk:shown", (event) => { look(event); keep(true); });
  document.addEventListener("desk:ahead", fetchedAhead);
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", (event) => { if (event.persisted) keep(); });
  setInterval(() => keep(), 60000);
})();
