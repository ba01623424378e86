// Keys of the gradebook: arrows move, Enter or typing edits, Esc leaves, pasting a column shows what it would change,
// a click or H opens a cell's history. Everything works without it, by the cells' own pages.
(function () {
  "use strict";
  const part = () => document.getElementById("book-part");
  const book = () => document.getElementById("book");
  const edits = () => Boolean(book() && book().dataset.edits);
  const token = () => document.querySelector("#ticked [name=csrfmiddlewaretoken]").value;
  const cellOf = (node) => node && node.closest && node.closest("#book td[data-c]");
  let here = null; // the cell that keys act on
  let editor = null;
  let lastReason = "";

  function make(tag, attributes, ...inside) {
    const node = document.createElement(tag);
    Object.entries(attributes || {}).forEach(([name, value]) => node.setAttribute(name, value));
    node.append(...inside);
    return node;
  }

  function headOf(cell) {
    return book().tHead.rows[0].cells[columnOf(cell)];
  }

  // Counted from the end: a row whose figures are being updated has one wide cell for four.
  function columnOf(cell) {
    return book().tHead.rows[0].cells.length - (cell.parentNode.cells.length - cell.cellIndex);
  }

  function cellAt(row, column) {
    return row.cells[row.cells.length - (book().tHead.rows[0].cells.length - column)];
  }

  // One stop for the Tab key: the cell at which somebody is.
  function prepare() {
    if (!book()) return;
    book().querySelectorAll("td[data-c] a").forEach((link) => { link.tabIndex = -1; });
    const first = book().querySelector("td[data-c] a");
    if (first) first.tabIndex = 0;
    here = null;
  }

  function go(cell, focus = true) {
    if (!cell) return;
    const old = here ? here.querySelector("a") : book().querySelector('td[data-c] a[tabindex="0"]');
    if (old) old.tabIndex = -1;
    here = cell;
    const link = cell.querySelector("a");
    link.tabIndex = 0;
    if (focus) {
      link.focus({ preventScroll: true });
      show(cell);
    }
  }

  // Sticky names and heads must not hide the cell.
  function show(cell) {
    const box = document.querySelector(".book-scroll");
    const [outer, inner] = [box.getBoundingClientRect(), cell.getBoundingClientRect()];
    const left = outer.left + cell.parentNode.cells[0].offsetWidth + 4;
    const top = outer.top + book().tHead.offsetHeight + 4;
    const bottom = outer.bottom - (book().tFoot ? book().tFoot.offsetHeight : 0) - 20;
    if (inner.left < left) box.scrollLeft -= left - inner.left;
    if (inner.right > outer.right - 20) box.scrollLeft += inner.right - outer.right + 20;
    if (inner.top < top) box.scrollTop -= top - inner.top;
    if (inner.bottom > bottom) box.scrollTop += inner.bottom - bottom;
    const page = cell.getBoundingClientRect();
    if (page.top < 0 || page.bottom > innerHeight) cell.scrollIntoView({ block: "center", inline: "nearest" });
  }

  function move(cell, down, right) {
    const rows = book().tBodies[0].rows;
    const row = rows[Math.max(0, Math.min(rows.length - 1, cell.parentNode.sectionRowIndex + down))];
    const next = cellAt(row, columnOf(cell) + right);
    go(cellOf(next) || cell);
  }

  function open(cell, typed) {
    if (!edits()) { location.assign(cell.querySelector("a").href); return; }
    close();
    go(cell, false);
    const head = headOf(cell);
    const code = cell.dataset.c;
    const value = make("input", { type: "text", name: "value", autocomplete: "off", "aria-label": `${head.dataset.title}, points of ${head.dataset.possible}`, value: typed ?? (code[0] === "g" ? code.replace(/^[glh]+/, "") : { m: "m", x: "x" }[code[0]] || "") });
    const reason = make("input", { type: "text", name: "reason", maxlength: "300", "aria-label": "Reason", placeholder: head.dataset.reason ? "Reason (over the marks)" : "Reason, if there is one", value: lastReason });
    const said = make("p", { role: "alert" });
    const form = make("form", { class: "editor", "aria-label": `${cell.parentNode.cells[0].innerText.trim()}, ${head.dataset.title}` }, value, reason, said,
      make("p", { class: "keys" }, "Enter saves, Esc leaves; x excused, m missing, - takes back"));
    editor = { form, cell, seen: code, needs: Boolean(head.dataset.reason) };
    document.body.append(form);
    place(form, cell);
    value.focus();
    if (typed === undefined) value.select(); else value.setSelectionRange(typed.length, typed.length);
    form.addEventListener("submit", (event) => { event.preventDefault(); send(); });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { event.preventDefault(); close(); go(cell); }
      if (event.key === "Enter" && event.target === value) {
        event.preventDefault();
        if (editor && editor.needs && !reason.value.trim()) reason.focus(); else send();
      } else if (event.key === "Enter" && event.target === reason) { event.preventDefault(); send(); }
      event.stopPropagation();
    });
  }

  function place(form, cell) {
    const box = cell.getBoundingClientRect();
    form.style.left = `${Math.max(8, Math.min(box.left + scrollX - 1, scrollX + document.documentElement.clientWidth - form.offsetWidth - 8))}px`;
    form.style.top = `${box.top + scrollY - 1}px`;
  }

  function close() {
    if (editor) editor.form.remove();
    editor = null;
  }

  async function send() {
    const { form, cell, seen } = editor;
    const said = form.querySelector("[role=alert]");
    const [value, reason] = [form.elements.value.value, form.elements.reason.value];
    if (form.dataset.busy) return;
    form.dataset.busy = "1";
    let answer;
    try {
      answer = await fetch(cell.querySelector("a").href, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRFToken": token() },
        body: new URLSearchParams({ value, reason, seen }),
      });
    } catch { answer = null; }
    delete form.dataset.busy;
    if (!answer || ![200, 400, 409].includes(answer.status)) {
      said.textContent = answer && answer.status === 403 ? "You can't change this, or you are signed out. Open the page again." : "The server was not reached. Nothing is saved; try again.";
      return;
    }
    const told = await answer.json();
    if (answer.status === 400) { said.textContent = told.problems.join(" "); form.elements[/reason|why/i.test(said.textContent) ? "reason" : "value"].focus(); return; }
    if (answer.status === 409) { choose(told); return; }
    lastReason = reason;
    const column = columnOf(cell);
    const row = renew(cell.parentNode, told.row);
    close();
    move(cellAt(row, column), 1, 0);
    if (told.stale) later();
  }

  // Somebody was quicker: both are shown, and nothing is saved until one of them is chosen.
  function choose(told) {
    const said = editor.form.querySelector("[role=alert]");
    const theirs = make("button", { type: "button" }, `Keep ${told.theirs}`);
    const mine = make("button", { type: "button" }, `Save ${told.yours}`);
    said.replaceChildren(`${told.said} Yours is ${told.yours}. `, theirs, " ", mine);
    editor.seen = told.seen;
    mine.addEventListener("click", send);
    theirs.addEventListener("click", () => {
      const column = columnOf(editor.cell);
      const row = renew(editor.cell.parentNode, told.row);
      close();
      go(cellAt(row, column));
    });
    theirs.focus();
  }

  function renew(row, markup) {
    const box = make("table", {});
    box.innerHTML = `<tbody>${markup}</tbody>`;
    const fresh = box.tBodies[0].rows[0];
    const ticked = row.querySelector("input[type=checkbox]");
    if (ticked && ticked.checked) fresh.querySelector("input[type=checkbox]").checked = true;
    fresh.querySelectorAll("td[data-c] a").forEach((link) => { link.tabIndex = -1; });
    if (here && here.parentNode === row) here = null;
    row.replaceWith(fresh);
    return fresh;
  }

  // Figures that the worker is computing are asked for until they are there.
  let waiting = 0;
  function later() {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const stale = [...book().querySelectorAll("tbody .wait")].map((cell) => cell.parentNode).slice(0, 100);
      if (!stale.length) return;
      if (!document.hidden && !editor) {
        const answer = await fetch(`${part().dataset.figures}?of=${stale.map((row) => row.id.slice(1))}`, { headers: { Accept: "application/json" } }).catch(() => null);
        const fresh = answer && answer.ok ? await answer.json() : {};
        stale.filter((row) => row.isConnected && !editor && fresh[row.id.slice(1)] && !fresh[row.id.slice(1)].stale).forEach((row) => {
          const at = here && here.parentNode === row ? columnOf(here) : null;
          const focused = row.contains(document.activeElement);
          const next = renew(row, fresh[row.id.slice(1)].row);
          if (at !== null) go(cellAt(next, at), focused);
        });
      }
      later();
    }, 1500);
  }

  document.addEventListener("keydown", (event) => {
    const cell = cellOf(event.target);
    if (!cell || editor || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1], PageDown: [15, 0], PageUp: [-15, 0] }[event.key];
    if (step) { event.preventDefault(); move(cell, ...step); }
    else if (event.key === "Home" || event.key === "End") { event.preventDefault(); const row = cell.parentNode; go(event.key === "End" ? row.cells[row.cells.length - 1] : row.querySelector("td[data-c]")); }
    else if (event.key === "Enter" || event.key === "F2") { event.preventDefault(); open(cell); }
    else if (event.key === "Delete" || event.key === "Backspace") { event.preventDefault(); open(cell, "-"); }
    else if (event.key === "Escape" && !document.getElementById("drawer").hidden) { event.preventDefault(); shut(); }
    else if (/^h$/i.test(event.key)) { event.preventDefault(); drawer(cell); }
    else if (/^[0-9xm.,-]$/i.test(event.key) && edits()) { event.preventDefault(); open(cell, event.key); }
  });

  // One value opens the editor; several lines are a column, and a page shows what it would change.
  document.addEventListener("paste", (event) => {
    const cell = cellOf(document.activeElement);
    if (!cell || editor || !edits()) return;
    const text = event.clipboardData.getData("text/plain");
    event.preventDefault();
    if (!/[\n\t]/.test(text.trim())) { open(cell, text.trim()); return; }
    const form = document.getElementById("pasting");
    const given = { item: headOf(cell).dataset.item, from: cell.parentNode.id.slice(1), ask: location.search, pasted: text };
    Object.entries(given).forEach(([name, value]) => { form.querySelector(`[name=${name}]`).value = value; });
    form.submit();
  });

  document.addEventListener("click", (event) => {
    const cell = cellOf(event.target);
    if (cell && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      close();
      go(cell);
      drawer(cell);
      return;
    }
    if (editor && !editor.form.contains(event.target)) close();
    const link = event.target.closest("#book thead a, #book-part .parts a, #book-part .count a");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); load(link.href); }
  });

  document.addEventListener("dblclick", (event) => { const cell = cellOf(event.target); if (cell) { event.preventDefault(); open(cell); } });

  async function drawer(cell) {
    const box = document.getElementById("drawer");
    const answer = await fetch(cell.querySelector("a").href, { headers: { "X-Part": "cell" } }).catch(() => null);
    if (!answer || !answer.ok) { location.assign(cell.querySelector("a").href); return; }
    box.querySelector(".inside").innerHTML = await answer.text();
    box.hidden = false;
    document.body.classList.add("beside");
    if (here) show(here);
  }

  function shut() {
    document.getElementById("drawer").hidden = true;
    document.body.classList.remove("beside");
    if (here) go(here);
  }

  // Sorting, filtering and searching: the server answers for everybody; the page takes its part of it.
  async function load(address, push = true) {
    const answer = await fetch(address).catch(() => null);
    if (!answer || !answer.ok) { location.assign(address); return; }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const box = document.querySelector(".book-scroll");
    const left = box ? box.scrollLeft : 0;
    close();
    part().replaceWith(fresh.getElementById("book-part"));
    const kept = fresh.querySelectorAll("#asking [type=hidden]");
    document.querySelectorAll("#asking [type=hidden]").forEach((input) => input.remove());
    document.getElementById("asking").append(...kept);
    document.querySelector(".book-scroll").scrollLeft = left;
    if (push) history.pushState(null, "", address);
    prepare();
    if (part().dataset.refresh) later();
  }

  function ask() {
    const form = document.getElementById("asking");
    const given = [...new FormData(form)].filter(([, value]) => value);
    load(`${location.pathname}?${new URLSearchParams(given)}`);
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (!part()) return;
    const form = document.getElementById("asking");
    let typing = 0;
    form.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
    form.addEventListener("change", (event) => { if (event.target.tagName === "SELECT") ask(); });
    form.addEventListener("input", (event) => { if (event.target.type === "search") { clearTimeout(typing); typing = setTimeout(ask, 300); } });
    document.querySelector("#drawer .shut").addEventListener("click", shut);
    addEventListener("popstate", () => load(location.href, false));
    prepare();
    if (part().dataset.refresh) later();
  });
})();
