// The desk by keyboard. The next one is fetched, with its first page, while this one is graded; it is shown at once, and
// this one is saved meanwhile. What could not be saved comes back as it was. Everything works without this script.
//
// A key presses, opens or enters what has its action in `data-action`. After each change of the desk `desk:shown` is
// sent to the document, for scripts that prepare what lies on it; `desk:ahead` when the next one is fetched.
(function () {
  const FRESH = 240000; // Longer than that, and somebody else may have it: the claim runs out.
  let keys = {}, ahead = null, ready = null, saving = null, spoken = 0;
  const desk = () => document.getElementById("desk");
  const headers = { "HX-Request": "true" };

  // What went well is said for a moment; what did not stays.
  function say(text, stays) {
    const said = document.getElementById("said");
    if (!said) return;
    said.textContent = text;
    clearTimeout(spoken);
    if (!stays) spoken = setTimeout(() => { said.textContent = ""; }, 5000);
  }

  // Keys, as this grader has them.
  function learn() {
    keys = {};
    document.querySelectorAll("#keys [data-act]").forEach((row) => { keys[row.dataset.key] = row.dataset.act; });
  }
  function label() {
    const of = Object.fromEntries(Object.entries(keys).map(([key, action]) => [action, key]));
    document.querySelectorAll("kbd[data-for]").forEach((shown) => {
      const key = of[shown.dataset.for];
      if (key) shown.textContent = key.toUpperCase(); else shown.hidden = true;
      shown.setAttribute("aria-hidden", "true"); // told as the shortcut of what it presses
    });
    document.querySelectorAll(".desk [data-action]").forEach((part) => shortcut(part, of[part.dataset.action]));
    document.querySelectorAll(".work [data-tool-key]").forEach((tool) => {
      tool.dataset.first = tool.dataset.first || tool.dataset.toolKey;
      const key = of["tool-" + tool.dataset.first];
      if (!key) return;
      shortcut(tool, key);
      tool.title = tool.title.replace(/\([^;)]+/, "(" + key.toUpperCase());
      tool.dataset.toolKey = key;
    });
  }
  function shortcut(part, key) { if (key) part.setAttribute("aria-keyshortcuts", key === "+" ? "Plus" : key.toUpperCase()); }
  function here() {
    const at = document.activeElement && document.activeElement.closest("fieldset[data-problem]");
    return at || document.querySelector("#marks fieldset[data-problem]");
  }
  function act(action) {
    const found = (here() && here().querySelector('[data-action="' + action + '"]')) || document.querySelector('[data-action="' + action + '"]');
    if (!found) return false;
    if (action === "help") document.getElementById("keys").showModal();
    else if (found.matches("input, textarea, section")) { found.focus(); if (found.select) found.select(); }
    else found.click();
    if (found.matches("summary")) { const field = found.parentElement.open && found.parentElement.querySelector("textarea"); if (field) field.focus(); }
    return true;
  }
  function digit(key) {
    const several = document.querySelectorAll("#marks fieldset[data-problem]").length > 1;
    const at = several ? document.querySelector('#marks fieldset[data-problem="' + key + '"]') : here();
    if (!at) return false;
    if (several) { const field = at.querySelector("input:not([type=hidden])"); field.focus(); if (field.select) field.select(); return true; }
    const item = at.querySelector('[data-digit="' + key + '"]');
    if (!item) return false;
    const none = item.type === "radio" && item.checked && at.querySelector('input[name="' + item.name + '"][value=""]');
    (none || item).click();
    return true;
  }
  document.addEventListener("keydown", function (event) {
    if (!desk() || document.querySelector("dialog[open]")) return;
    const at = event.target, typing = at.matches("textarea, select, input:not([type=checkbox]):not([type=radio])");
    if (event.key === "Escape" && typing) { at.blur(); return; }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); act("save"); return; }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    const move = at.type === "radio" ? null : { arrowright: "next", arrowleft: "previous" }[key];
    const done = /^[0-9]$/.test(key) ? digit(key) : act(move || keys[key] || "");
    if (done) event.preventDefault();
  });

  // Safari gives a box that is clicked no focus, which says here which problem the next key is about.
  document.addEventListener("click", function (event) {
    if (event.target.matches("#marks input[type=checkbox], #marks input[type=radio]")) event.target.focus({ preventScroll: true });
  });

  // The sum, as the server will work it out: in hundredths of a hundredth, so that it is exact.
  function scaled(text) { return Math.round(Number(String(text).trim().replace(",", ".").replace("\u2212", "-")) * 10000); }
  function sum(at) {
    const data = at.dataset, full = scaled(data.full);
    const set = at.querySelector('[name^="points-"]'), adjust = at.querySelector('[name^="adjustment-"]');
    const items = [...at.querySelectorAll("[data-worth]:checked")];
    let total = items.reduce((sum, item) => sum + scaled(item.dataset.worth), 0);
    if (data.scoring === "negative") total = full - total;
    if ("capped" in data) total = Math.min(total, full);
    if ("floored" in data) total = Math.max(total, 0);
    if (adjust && adjust.value.trim()) total += scaled(adjust.value);
    if ("floored" in data) total = Math.max(total, 0);
    const shown = items.length ? total / 10000 : set.value.trim() === "" ? NaN : scaled(set.value) / 10000;
    at.querySelector("output").textContent = Number.isNaN(shown) ? "–" : String(shown).replace("-", "\u2212");
  }
  function changed(event) {
    const at = event.target.closest && event.target.closest("#marks fieldset[data-problem]");
    if (!at) return;
    const set = at.querySelector('[name^="points-"]');
    // Items and points exclude each other; what is touched last stands.
    if (event.target.matches("[data-worth]") && event.target.checked) set.value = "";
    if (event.target === set && set.value.trim()) clear(at);
    sum(at);
  }
  function clear(at) {
    at.querySelectorAll("[data-worth]").forEach((item) => { item.checked = false; });
    at.querySelectorAll('input[type=radio][value=""]').forEach((none) => { none.checked = true; });
    const adjust = at.querySelector('[name^="adjustment-"]');
    if (adjust) adjust.value = "";
  }
  // What is entered and not saved stays in this tab, for when this work is on the desk again, unless somebody marked it
  // meanwhile; and for nobody else who signs in here.
  function slot() { return "desk:" + document.getElementById("marks").dataset.by + ":" + location.pathname; }
  function touched(field) {
    return /^(checkbox|radio)$/.test(field.type) ? field.checked !== field.defaultChecked : "defaultValue" in field && field.value !== field.defaultValue;
  }
  function alerts() {
    return [...desk().querySelectorAll("[role=alert]")].filter((told) => told.offsetParent && told.textContent.trim());
  }
  function keep() {
    const form = document.getElementById("marks");
    if (!alerts().length && ![...form.elements].some(touched)) { sessionStorage.removeItem(slot()); return; }
    const entered = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
    sessionStorage.setItem(slot(), JSON.stringify(entered));
  }
  function bringBack() {
    const entered = JSON.parse(sessionStorage.getItem(slot()) || "null"), form = document.getElementById("marks");
    sessionStorage.removeItem(slot());
    if (!entered) return;
    const has = (field) => entered.some(([name, value]) => name === field.name && value === field.value);
    const fields = [...form.elements].filter((field) => field.name && field.name !== "csrfmiddlewaretoken");
    if (!fields.filter((field) => field.type === "hidden").every(has)) return;
    fields.forEach(function (field) {
      if (/^(checkbox|radio)$/.test(field.type)) field.checked = has(field);
      else if (field.type !== "submit") field.value = (entered.find(([name]) => name === field.name) || ["", field.value])[1];
    });
    form.querySelectorAll("fieldset[data-problem]").forEach(sum);
    say("What you had entered here is back. It is not saved yet.", true);
  }
  document.addEventListener("input", changed);
  document.addEventListener("change", changed);
  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-action]");
    if (!button || !desk()) return;
    if (button.dataset.action === "help") document.getElementById("keys").showModal();
    if (/^(rubric|skip|next|previous)$/.test(button.dataset.action)) keep();
    if (button.dataset.action === "full") {
      event.preventDefault();
      const at = button.closest("fieldset");
      clear(at);
      at.querySelector('[name^="points-"]').value = String(Number(at.dataset.full));
      sum(at);
    }
    if (/^(next|previous)$/.test(button.dataset.action) && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      say(""); // what is told is about the one that is left
      open(button.href);
    }
  });

  // From one to the next without a new page.
  function show(html, address, keep, saving) {
    const made = new DOMParser().parseFromString(html, "text/html").getElementById("desk");
    if (!made) { location.assign(address); return; }
    desk().replaceWith(document.importNode(made, true));
    if (!keep) { history.pushState({}, "", address); window.scrollTo(0, 0); }
    name(desk().dataset.title);
    if (!keep) bringBack();
    shown(saving);
  }
  // In the browser's tab, and in the line above the page.
  function name(title) {
    document.title = title + document.title.slice(document.title.lastIndexOf(" |"));
    document.querySelectorAll("h1 > .truncate").forEach((part) => { part.textContent = title; });
  }
  function shown(saving) {
    label();
    document.dispatchEvent(new CustomEvent("desk:shown", { detail: { saving } }));
    // A screen reader hears where it is, and keys work at once.
    const told = alerts();
    // What comes back was not saved: the sum is that of what was entered, not of what is stored.
    if (told.length) desk().querySelectorAll("#marks fieldset[data-problem]").forEach(sum);
    const heading = told[0] || desk().querySelector("h1");
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    ahead = ready = null;
    // Not before it is saved: else this one would be served again.
    if (saving) saving.then((saved) => { if (saved) look(); }); else look();
  }
  async function load(address) {
    const answer = await fetch(address, { headers });
    if (answer.status !== 200) return null;
    return { address: new URL(answer.url).pathname, html: await answer.text(), at: Date.now() };
  }
  async function open(address) {
    const path = new URL(address, location.href).pathname;
    const ready = ahead && (await ahead);
    if (ready && ready.address === path && Date.now() - ready.at < FRESH) { show(ready.html, path); return; }
    const found = await load(path).catch(() => null);
    if (found && found.address === path) show(found.html, path); else location.assign(path);
  }
  // What comes after this one, and its first page.
  function look() {
    const form = document.getElementById("marks");
    ahead = load(form.dataset.after).then(function (found) {
      if (!found) return null;
      const made = new DOMParser().parseFromString(found.html, "text/html"), image = made.querySelector(".work img");
      document.dispatchEvent(new CustomEvent("desk:ahead", { detail: made }));
      if (image) { found.image = new Image(); found.image.src = image.getAttribute("src"); }
      return found;
    }).catch(() => null);
    const mine = ahead;
    mine.then((found) => { if (ahead === mine) ready = found; });
  }
  async function send(form, sent) {
    const answer = await fetch(form.action, { method: "POST", headers, body: sent, keepalive: true });
    const json = (answer.headers.get("content-type") || "").startsWith("application/json");
    if (json) return { told: await answer.json() };
    if (answer.status === 409) return { html: await answer.text() };
    if (answer.redirected) return { away: answer.url };
    throw new Error(answer.status);
  }
  document.addEventListener("submit", async function (event) {
    const form = event.target;
    if (form.id !== "marks") return;
    event.preventDefault();
    const sent = new FormData(form, event.submitter || undefined), stays = sent.has("stay");
    const left = desk(), address = location.pathname;
    if (saving && !(await saving)) return;
    if (desk() !== left) return;
    say("Saving…", true);
    const next = !stays && ready && Date.now() - ready.at < FRESH ? ready : null;
    if (next) sent.append("ahead", "1"); // so that none is served, and held, beside it
    const answered = send(form, sent);
    const mine = answered.then((answer) => Boolean(answer.told), () => false);
    saving = mine;
    if (next) show(next.html, next.address, false, saving);
    try {
      const answer = await answered;
      if (answer.told) {
        say(answer.told.said);
        if (next) return;
        if (stays) ahead = null;
        if (answer.told.next.endsWith("/desk/")) location.assign(answer.told.next); else await open(answer.told.next);
      } else if (answer.away) location.assign(answer.away);
      else { show(answer.html, address, !next); say("Not saved.", true); }
    } catch (error) {
      if (next) { desk().replaceWith(left); history.pushState({}, "", address); shown(); }
      say("Not saved: no connection. What you entered is still here; save it again.", true);
    } finally {
      if (saving === mine) saving = null; // what was refused holds up no later save
    }
  });
  window.addEventListener("popstate", () => location.reload());
  document.addEventListener("DOMContentLoaded", function () {
    if (!desk()) return;
    learn();
    label();
    bringBack();
    setTimeout(look, 0);
  });
})();
