// Scoring during a talk: saves while one types, tries again when the network fails, and keeps what is not saved yet.
// Sending the same twice changes nothing on the server. Without script the form is sent as forms are.
document.addEventListener("DOMContentLoaded", function () {
  const form = document.querySelector("form[data-live]");
  if (!form) return;
  const state = form.querySelector("[data-state]");
  const place = "live " + location.pathname;
  const inputs = Array.from(form.querySelectorAll("input:not([type=hidden]), textarea"));
  let revision = Number(form.dataset.revision);
  let saved = revision;
  let sending = false;
  let wait = 0;
  let timer = 0;

  const values = function () {
    return Object.fromEntries(inputs.map(function (input) { return [input.name, input.value]; }));
  };
  const tell = function (text, kind) {
    state.textContent = text;
    state.className = kind;
  };
  const later = function (pause) {
    clearTimeout(timer);
    timer = setTimeout(send, pause);
  };
  const keep = function () {
    try { localStorage.setItem(place, JSON.stringify({ revision: revision, values: values() })); } catch (error) { /* full or forbidden */ }
  };
  const wrong = function (mistakes) {
    form.querySelectorAll("[id^=wrong-]").forEach(function (line) { line.textContent = ""; });
    Object.entries(mistakes).forEach(function ([number, texts]) {
      const line = document.getElementById("wrong-" + number);
      if (line) line.textContent = [].concat(texts).join(" ");
    });
  };

  async function send() {
    if (sending || saved === revision) return;
    sending = true;
    const trying = revision;
    const body = new FormData(form);
    body.set("revision", String(trying));
    tell("Saving …", "soft");
    try {
      const answer = await fetch(form.action || location.href, {
        method: "POST", body: body, headers: { Accept: "application/json" }, redirect: "manual", signal: AbortSignal.timeout(10000),
      });
      const isJson = (answer.headers.get("Content-Type") || "").includes("json");
      if (answer.ok && isJson) {
        const told = await answer.json();
        saved = trying;
        wait = 0;
        wrong({});
        if (revision === trying) localStorage.removeItem(place);
        tell("✓ saved " + told.saved, "good");
      } else if (answer.status === 400 && isJson) {
        wrong((await answer.json()).mistakes);
        tell("✗ not saved: see the points in red", "bad");
        sending = false;
        return;
      } else if (answer.status === 409) {
        localStorage.removeItem(place);
        tell("✗ " + (isJson ? [].concat(...Object.values((await answer.json()).mistakes)).join(" ") : "Load the page again."), "bad");
        sending = false;
        return;
      } else if (answer.status === 403 || answer.type === "opaqueredirect") {
        tell("✗ signed out: sign in in another tab, then press Save. What you typed is kept here.", "bad");
        sending = false;
        return;
      } else {
        throw new Error(String(answer.status));
      }
    } catch (error) {
      wait = Math.min(wait ? wait * 2 : 1000, 15000);
      tell("▲ not saved yet, trying again. What you typed is kept on this phone.", "warn");
      later(wait);
    }
    sending = false;
    if (saved !== revision && wait === 0) later(0);
  }

  form.addEventListener("input", function () {
    revision += 1;
    form.elements.revision.value = String(revision);
    keep();
    tell("typing …", "soft");
    later(700);
  });
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    if (saved === revision) { tell(revision ? "✓ saved" : "Nothing to save yet", "good"); return; }
    wait = 0;
    clearTimeout(timer);
    send();
  });
  window.addEventListener("online", function () { wait = 0; later(0); });

  // What the network swallowed before the page was closed.
  try {
    const draft = JSON.parse(localStorage.getItem(place) || "null");
    if (draft && draft.revision > revision) {
      inputs.forEach(function (input) { if (input.name in draft.values) input.value = draft.values[input.name]; });
      revision = draft.revision;
      tell("Restored what was not saved yet …", "warn");
      later(0);
    } else {
      localStorage.removeItem(place);
    }
  } catch (error) { /* no storage: what is on the page counts */ }
});
