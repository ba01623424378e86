// Boxes, pen strokes and notes on the pages of a piece of work: by mouse, by touch and by keyboard. Places are kept in
// ten-thousandths of the page, whatever its size and turn on the screen.
(function () {
  const SIDE = 10000, MOST = 600, SVG = "http://www.w3.org/2000/svg";
  let drawing = null;  // what the hand is drawing now
  let dragged = null;  // a note that the hand moves
  let writing = null;  // what the open form will be saved as
  let aim = null;      // the place that the keyboard moves
  let gone = null;     // the note that was deleted last
  let sending = Promise.resolve();

  const work = function () { return document.querySelector(".work[data-notes]"); };
  const tool = function () { return work().dataset.tool || ""; };
  const clamp = function (value) { return Math.max(0, Math.min(SIDE, Math.round(value))); };
  const noteOf = function (id) { return document.querySelector('.notes li[data-note="' + id + '"]'); };
  const pointsOf = function (note) { return JSON.parse(note.dataset.points || "[]"); };

  function said(text, act, name) {
    const line = work().querySelector("[data-said]");
    line.textContent = text;
    if (!act) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", act);
    line.append(" ", button);
  }
  function wrong(text) {
    const line = work().querySelector("[data-wrong]");
    line.textContent = text;
    line.hidden = !text;
  }

  // ---- to the server and back
  // One after the other, so that no older state of a sheet arrives last; each to the work that was shown when it was drawn.
  function send(path, fields, sheet, then) {
    const address = work().dataset.notes + path;
    sending = sending.then(function () { return post(address, fields, sheet, then); });
    return sending;
  }
  function post(address, fields, sheet, then) {
    const body = new FormData();
    Object.entries(fields).forEach(function ([name, value]) { body.append(name, value); });
    body.append("csrfmiddlewaretoken", work().querySelector("[name=csrfmiddlewaretoken]").value);
    wrong("");
    return fetch(address, { method: "POST", body: body, headers: { "X-Desk": "1" }, redirect: "error" })
      .then(function (answer) {
        if (answer.ok) return answer.text().then(function (text) { put(sheet, text); if (then) then(sheet); return true; });
        if (answer.status !== 400) throw new Error(answer.status);
        return answer.json().then(function (told) { wrong(told.said); clean(); return false; });
      })
      .catch(function () {
        wrong("This was not saved: you are offline or signed out. What you wrote is still here; try again.");
        clean();
        return false;
      });
  }
  function put(sheet, text) {
    const made = document.createElement("template");
    made.innerHTML = text;
    const ink = sheet.querySelector(".ink");
    if (ink) ink.replaceWith(made.content.querySelector(".ink"));
    sheet.querySelector(".notes").replaceWith(made.content.querySelector(".notes"));
  }
  function clean() {
    document.querySelectorAll(".ink .draft").forEach(function (line) { line.remove(); });
  }
  function base(sheet) {
    const chosen = work().querySelector("[data-for]");
    return { used: sheet.dataset.used, page: sheet.dataset.page, problem: chosen ? chosen.value : work().dataset.problem };
  }
  function add(sheet, shape, points, text, then) {
    const fields = Object.assign(base(sheet), { shape: shape, points: JSON.stringify(points), text: text || "" });
    return send("", fields, sheet, then);
  }
  function amend(note, fields, then) {
    const sheet = note.closest(".sheet");
    return send(note.dataset.note + "/", Object.assign({ version: note.dataset.version }, fields), sheet, then);
  }

  // ---- where on the page
  function place(turn, event) {
    const box = turn.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width, y = (event.clientY - box.top) / box.height;
    const [u, v] = [[x, y], [y, 1 - x], [1 - x, 1 - y], [1 - y, x]][Number(turn.dataset.quarter || 0)];
    return [clamp(u * SIDE), clamp(v * SIDE)];
  }
  function moved(points, by) {
    const least = [0, 1].map(function (i) { return Math.min(...points.map(function (p) { return p[i]; })); });
    const most = [0, 1].map(function (i) { return Math.max(...points.map(function (p) { return p[i]; })); });
    const step = by.map(function (d, i) { return Math.round(Math.max(-least[i], Math.min(SIDE - most[i], d))); });
    return points.map(function (p) { return [p[0] + step[0], p[1] + step[1]]; });
  }
  function corners(a, b) {
    return [a, [b[0], a[1]], b, [a[0], b[1]], a];
  }
  function draft(turn, points) {
    let line = turn.querySelector(".draft");
    if (!line) {
      line = document.createElementNS(SVG, "polyline");
      line.setAttribute("class", "draft");
      turn.querySelector(".ink > svg").append(line);
    }
    line.setAttribute("points", points.join(" "));
  }

  // ---- mouse, pen and touch
  document.addEventListener("pointerdown", function (event) {
    const turn = event.target.closest && event.target.closest(".work .turn");
    if (!turn || event.button) return;
    const sheet = turn.closest(".sheet"), at = place(turn, event);
    const mark = event.target.closest("[data-note]");
    if (!tool() && !mark) return;
    event.preventDefault();
    // A second finger is no pen: it zooms, and what the first one drew is dropped.
    if (drawing || dragged) { drop(); return; }
    hideAim();
    if (tool() === "text") return write(sheet, { shape: "text", points: [at] });
    turn.setPointerCapture(event.pointerId);
    const hand = { id: event.pointerId, turn: turn };
    if (tool()) drawing = Object.assign(hand, { sheet: sheet, shape: tool(), points: [at] });
    else dragged = Object.assign(hand, { note: noteOf(mark.dataset.note), from: at, points: null });
  });
  document.addEventListener("pointermove", function (event) {
    if (event.pointerId !== (drawing || dragged || {}).id) return;
    if (drawing) {
      const at = place(drawing.turn, event), all = drawing.points, last = all[all.length - 1];
      if (drawing.shape === "box") { drawing.points = [all[0], at]; draft(drawing.turn, corners(all[0], at)); return; }
      if (Math.abs(at[0] - last[0]) + Math.abs(at[1] - last[1]) < 12) return;
      all.push(at);
      if (all.length > MOST) drawing.points = all.filter(function (_, i) { return i % 2 === 0; });
      draft(drawing.turn, drawing.points);
    } else if (dragged && dragged.note) {
      const at = place(dragged.turn, event), by = [at[0] - dragged.from[0], at[1] - dragged.from[1]];
      if (!dragged.points && Math.abs(by[0]) + Math.abs(by[1]) < 60) return;
      dragged.points = moved(pointsOf(dragged.note), by);
      const [a, b] = dragged.points;
      draft(dragged.turn, { box: corners(a, b || a), text: cross(a) }[dragged.note.dataset.shape] || dragged.points);
    }
  });
  document.addEventListener("pointerup", function (event) {
    if (event.pointerId !== (drawing || dragged || {}).id) return;
    if (drawing) {
      const { sheet, shape, points } = drawing;
      drawing = null;
      if (points.length < 2) { clean(); return; }
      add(sheet, shape, points, "", function () {
        said(shape === "box" ? "Box saved." : "Stroke saved.");
        const note = noteOf(sheet.querySelector(".notes").dataset.new);
        if (note && shape === "box") write(sheet, { note: note, optional: true });
      });
    } else if (dragged) {
      const { note, points } = dragged;
      dragged = null;
      if (points) amend(note, { points: JSON.stringify(points) }, function () { said("Moved."); });
      else if (note) { note.focus(); note.scrollIntoView({ block: "nearest" }); }
    }
  });
  document.addEventListener("pointercancel", drop);
  function drop() { drawing = dragged = null; clean(); }
  function cross(at) {
    return [[at[0] - 150, at[1]], [at[0] + 150, at[1]], at, [at[0], at[1] - 100], [at[0], at[1] + 100]];
  }

  // ---- words
  function write(sheet, target) {
    const form = work().querySelector("form.write");
    const field = form.querySelector("textarea");
    writing = Object.assign({ sheet: sheet }, target);
    field.value = target.note ? target.note.dataset.text : target.text || "";
    form.querySelector("[data-asks]").textContent = target.optional ? "Words beside the box, if it needs any" : "What the note says";
    form.hidden = false;
    if (target.points) draft(sheet.querySelector(".turn"), cross(target.points[0]));
    field.focus();
  }
  function leave() {
    const form = work().querySelector("form.write");
    const back = writing && writing.note && noteOf(writing.note.dataset.note);
    form.hidden = true;
    writing = null;
    clean();
    (back || work().querySelector(".sheets")).focus({ preventScroll: true });
  }
  function save() {
    const text = work().querySelector("form.write textarea").value, { sheet, note, shape, points, optional } = writing;
    if (note && optional && !text.trim()) return leave();
    const done = note ? amend(noteOf(note.dataset.note) || note, { text: text }) : add(sheet, shape, points, text);
    done.then(function (fine) { if (fine) { said("Note saved."); leave(); } });
  }

  // ---- the keyboard's place
  function showAim(sheet, target) {
    hideAim();
    const turn = sheet && sheet.querySelector(".turn");
    if (!turn) return;
    aim = Object.assign({ sheet: sheet, turn: turn, element: document.createElement("button") }, target);
    aim.element.type = "button";
    aim.element.className = "aim " + (aim.pen ? "pen" : aim.shape);
    turn.append(aim.element);
    showPlace();
    aim.element.focus({ preventScroll: true });
  }
  function hideAim() {
    if (aim) aim.element.remove();
    if (aim && aim.pen) clean();
    aim = null;
  }
  function showPlace() {
    const xs = aim.points.map(function (p) { return p[0]; }), ys = aim.points.map(function (p) { return p[1]; });
    const left = Math.min(...xs) / 100, top = Math.min(...ys) / 100;
    const style = aim.element.style;
    style.left = left + "%";
    style.top = top + "%";
    if (aim.shape !== "text" && !aim.pen) {
      style.width = Math.max(...xs) / 100 - left + "%";
      style.height = Math.max(...ys) / 100 - top + "%";
    }
    const where = Math.round(left) + " % from the left, " + Math.round(top) + " % from the top";
    const more = aim.shape === "box" ? " Shift and arrows change its size." : "";
    aim.element.setAttribute("aria-label", aim.pen ? "Pen: " + where + ". " + how() : "Place: " + where + ". Arrows move it, Enter sets it, Escape leaves it." + more);
    said(aim.pen ? where + ". " + how() : where);
  }
  function how() {
    return aim.pen.length ? "Arrows draw, Backspace takes a step back, Enter ends the stroke, Escape leaves it."
      : "Arrows move the pen, Enter puts it down, Escape leaves it.";
  }
  // The pen is down while it has a trail. Steps in one direction are one line.
  function trail(at) {
    const pen = aim.pen, last = pen[pen.length - 1], before = pen[pen.length - 2];
    const turned = !before || (last[0] - before[0]) * (at[1] - last[1]) !== (last[1] - before[1]) * (at[0] - last[0])
      || (last[0] - before[0]) * (at[0] - last[0]) + (last[1] - before[1]) * (at[1] - last[1]) < 0;
    if (!turned) pen.pop();
    if (pen.length < MOST) pen.push(at);
    draft(aim.turn, pen);
  }
  function stepBack() {
    if (aim.pen.length > 1) aim.pen.pop();
    aim.points = [aim.pen[aim.pen.length - 1]];
    draft(aim.turn, aim.pen);
    showPlace();
  }
  function steer(event) {
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
      Home: [-1, -1], PageUp: [1, -1], End: [-1, 1], PageDown: [1, 1] }[event.key];
    if (arrow) {
      const [x, y] = arrow;
      const turned = [[x, y], [y, -x], [-x, -y], [-y, x]][Number(aim.turn.dataset.quarter || 0)];
      const by = turned.map(function (d) { return d * (event.shiftKey && aim.shape !== "box" ? 500 : 100); });
      if (event.shiftKey && aim.shape === "box") {
        const [a, b] = aim.points;
        aim.points = [a, [Math.max(a[0] + 100, clamp(b[0] + by[0])), Math.max(a[1] + 100, clamp(b[1] + by[1]))].map(clamp)];
      } else aim.points = moved(aim.points, by);
      if (aim.pen && aim.pen.length) trail(aim.points[0]);
      showPlace();
      aim.element.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" || event.key === " ") setAim();
    else if (event.key === "Backspace" && aim.pen && aim.pen.length) stepBack();
    else if (event.key === "Escape") { hideAim(); choose(""); work().querySelector(".sheets").focus({ preventScroll: true }); }
    else return event.key.length > 1;
    return false;
  }
  function setAim() {
    const { sheet, shape, points, note, pen } = aim;
    if (pen && pen.length < 2) { aim.pen = [points[0]]; showPlace(); return; }
    hideAim();
    if (!note) choose("");
    if (pen) add(sheet, shape, pen, "", function () { said("Stroke saved."); focusNote(sheet.querySelector(".notes").dataset.new); });
    else if (note) amend(note, { points: JSON.stringify(points) }, function () { said("Moved."); focusNote(note.dataset.note); });
    else if (shape === "text") write(sheet, { shape: shape, points: points });
    else add(sheet, shape, points, "", function () {
      said("Box saved.");
      write(sheet, { note: noteOf(sheet.querySelector(".notes").dataset.new), optional: true });
    });
  }
  function focusNote(id) {
    const note = noteOf(id);
    if (note) note.focus();
  }

  // ---- the tools
  function choose(name) {
    const now = tool() === name ? "" : name;
    if (now) work().dataset.tool = now; else delete work().dataset.tool;
    work().querySelectorAll("[data-tool]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.tool === now));
    });
    hideAim();
    if (!now) return;
    const sheet = visible();
    const middle = sheet ? middleOf(sheet) : null;
    if (middle && now === "box") showAim(sheet, { shape: now, points: moved([[0, 0], [2000, 700]], middle) });
    else if (middle) showAim(sheet, { shape: now, points: [middle], pen: now === "stroke" ? [] : null });
  }
  function visible() {
    const box = work().querySelector(".sheets").getBoundingClientRect();
    return Array.from(document.querySelectorAll(".work .sheet .turn")).map(function (turn) {
      const own = turn.getBoundingClientRect();
      return [Math.min(own.bottom, box.bottom) - Math.max(own.top, box.top), turn.closest(".sheet")];
    }).reduce(function (best, one) { return one[0] > best[0] ? one : best; }, [0, null])[1];
  }
  function middleOf(sheet) {
    const turn = sheet.querySelector(".turn"), own = turn.getBoundingClientRect();
    const box = work().querySelector(".sheets").getBoundingClientRect();
    const y = (Math.max(own.top, box.top) + Math.min(own.bottom, box.bottom)) / 2;
    return place(turn, { clientX: own.left + own.width / 2, clientY: y });
  }
  function act(button) {
    const note = button.closest("li[data-note]"), sheet = note.closest(".sheet");
    if (button.dataset.act === "edit") return write(sheet, { note: note });
    if (button.dataset.act === "move") return showAim(sheet, { note: note, shape: note.dataset.shape, points: pointsOf(note) });
    const kept = { shape: note.dataset.shape, points: pointsOf(note), text: note.dataset.text, page: note.dataset.page, problem: note.dataset.problem };
    return amend(note, { delete: "1" }, function () {
      gone = kept;
      said("Deleted.", function () { back(sheet); }, "Undo");
      sheet.querySelector(".notes").setAttribute("tabindex", "-1");
    });
  }
  function back(sheet) {
    const { shape, points, text, page, problem } = gone;
    const fields = { used: sheet.dataset.used, page: page, problem: problem, shape: shape, points: JSON.stringify(points), text: text };
    send("", fields, sheet, function () { said("It is back."); });
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest(".work button");
    if (!button || !work()) return;
    if (button.dataset.tool) choose(button.dataset.tool);
    else if (button.dataset.act) act(button);
    else if ("cancel" in button.dataset) leave();
    else if (aim && button === aim.element) setAim();
  });
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (form.matches(".work form.write")) { event.preventDefault(); save(); }
    else if (form.matches(".work form.on-cell")) { event.preventDefault(); onCell(form); }
    else if (form.matches(".work form.remark")) { event.preventDefault(); remark(form); }
  });
  function onCell(form) {
    const sheet = form.closest(".sheet");
    const fields = Object.assign(base(sheet), { page: form.elements.page.value, shape: "cell", points: "[]", text: form.elements.text.value });
    send("", fields, sheet, function () { form.elements.text.value = ""; said("Note saved."); });
  }
  function remark(form) {
    fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Desk": "1" }, redirect: "error" })
      .then(function (answer) {
        if (answer.status === 400) return answer.json().then(function (told) { wrong(told.said); });
        if (!answer.ok) throw new Error(answer.status);
        return answer.text().then(function (text) {
          const made = document.createElement("template");
          made.innerHTML = text;
          form.replaceWith(made.content.querySelector("form"));
          wrong("");
          said("Comment saved.");
        });
      })
      .catch(function () { wrong("This was not saved: you are offline or signed out. What you wrote is still here; try again."); });
  }
  document.addEventListener("desk:shown", function () { drawing = dragged = writing = aim = gone = null; });
  // Before the desk's own keys: while a place is set or a note is written, these keys are ours.
  document.addEventListener("keydown", function (event) {
    if (!work()) return;
    if (aim && event.target === aim.element) {
      if (!steer(event)) { event.preventDefault(); event.stopPropagation(); }
      return;
    }
    const form = event.target.closest && event.target.closest(".work form");
    if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      form.requestSubmit();
    } else if (form && event.key === "Escape" && form.matches(".write")) {
      event.preventDefault();
      event.stopPropagation();
      leave();
    } else if (event.key === "Escape" && tool()) { choose(""); }
  }, true);
})();
