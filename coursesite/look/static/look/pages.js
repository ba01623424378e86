// The pages of a piece of work at the desk: next and previous, zoom, turn. What is zoomed stays so on the next work.
(function () {
  const STEPS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3];
  let zoom = STEPS.indexOf(1);

  function sheets() {
    return Array.from(document.querySelectorAll(".work .sheet")).filter(function (sheet) {
      return sheet.offsetParent && !sheet.closest("details:not([open])");
    });
  }
  function pane() { return document.querySelector(".work .sheets"); }
  function current() {
    const top = pane().getBoundingClientRect().top + 60;
    let found = 0;
    sheets().forEach(function (sheet, at) { if (sheet.getBoundingClientRect().top <= top) found = at; });
    return found;
  }
  function go(by) {
    const all = sheets();
    const at = Math.max(0, Math.min(all.length - 1, current() + by));
    if (all[at]) pane().scrollTop += all[at].getBoundingClientRect().top - pane().getBoundingClientRect().top;
    tell();
  }
  function tell() {
    const said = document.querySelector(".work [data-at]");
    const all = sheets();
    if (said) said.textContent = all.length ? (current() + 1) + " of " + all.length : "no pages";
    // The page after this one is fetched before it is asked for.
    [1, 2].forEach(function (by) {
      const image = all[current() + by] && all[current() + by].querySelector("img[loading=lazy]");
      if (image) image.loading = "eager";
    });
  }
  function lay(turn) {
    const quarter = Number(turn.dataset.quarter || 0);
    const paper = turn.parentElement;
    const image = turn.querySelector("img");
    const wide = paper.clientWidth;
    const ratio = image.naturalWidth ? image.naturalHeight / image.naturalWidth : 1.414;
    const own = quarter % 2 ? wide / ratio : wide;
    turn.style.width = quarter % 2 ? own + "px" : "";
    paper.style.height = quarter % 2 ? own + "px" : "";
    turn.style.transform = [
      "", "translateX(" + wide + "px) rotate(90deg)",
      "translate(" + wide + "px, " + wide * ratio + "px) rotate(180deg)", "translateY(" + own + "px) rotate(-90deg)",
    ][quarter];
  }
  function turned() {
    document.querySelectorAll(".work .turn[data-quarter]").forEach(lay);
  }
  function resize(by) {
    zoom = by ? Math.max(0, Math.min(STEPS.length - 1, zoom + by)) : STEPS.indexOf(1);
    document.documentElement.style.setProperty("--zoom", STEPS[zoom]);
    turned();
  }
  function rotate() {
    const sheet = sheets()[current()];
    const turn = sheet && sheet.querySelector(".turn");
    if (!turn) return;
    turn.dataset.quarter = (Number(turn.dataset.quarter || 0) + 1) % 4;
    lay(turn);
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest(".work button");
    if (!button) return;
    if (button.dataset.go) go(Number(button.dataset.go));
    if (button.dataset.zoom) resize(Number(button.dataset.zoom));
    if ("rotate" in button.dataset) rotate();
    if (button.dataset.cell) {
      const frame = button.closest(".sheet").querySelector("iframe");
      frame.src = frame.src.split("#")[0] + "#cell-" + button.dataset.cell;
    }
  });
  function tool(key) { return document.querySelector('.work [data-tool-key="' + CSS.escape(key) + '"]'); }
  document.addEventListener("keydown", function (event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("textarea, select, input:not([type=checkbox]):not([type=radio])");
    if (typing || document.querySelector("dialog[open]")) return;
    const button = tool(event.key.toLowerCase()) || (event.key === "=" ? tool("+") : null);
    if (!button) return;
    event.preventDefault();
    button.click();
  });
  document.addEventListener("scroll", function (event) { if (event.target === pane()) tell(); }, true);
  document.addEventListener("toggle", function (event) { if (event.target.matches(".work details")) tell(); }, true);
  document.addEventListener("load", function (event) {
    if (event.target.matches && event.target.matches(".work img.page")) { tell(); turned(); }
  }, true);
  window.addEventListener("resize", turned);
  // Previews that the worker is still making come in by themselves, unless somebody is writing just then.
  setInterval(function () {
    if (!document.querySelector(".work [data-waiting]")) return;
    const address = location.href;
    fetch(address).then(function (answer) { return answer.text(); }).then(function (text) {
      const made = new DOMParser().parseFromString(text, "text/html").querySelector(".work .sheets");
      if (!made || made.querySelector("[data-waiting]") || location.href !== address) return;
      if (document.activeElement.matches(".work textarea")) return;
      pane().replaceChildren(...document.importNode(made, true).childNodes);
      tell();
    }).catch(function () {});
  }, 4000);
  ["DOMContentLoaded", "desk:shown"].forEach(function (shown) {
    document.addEventListener(shown, function () { if (pane()) tell(); });
  });
})();
