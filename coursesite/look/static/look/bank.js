// Saved comments: a dialog that finds them by their words and puts one into the field that was written in last.
(function () {
  let target = null, at = -1, asked = 0;

  const dialog = function () { return document.querySelector("dialog.bank"); };
  const field = function () { return dialog().querySelector("[name=words]"); };
  const options = function () { return Array.from(dialog().querySelectorAll("[role=option]")); };

  function list(text) {
    dialog().querySelector("[role=listbox]").innerHTML = text;
    const count = options().length;
    dialog().querySelector("[data-count]").textContent = count ? count + (count === 1 ? " comment" : " comments") : field().value.trim() ? "Nothing is saved with these words." : "Nothing is saved yet: write a comment, open this again, and keep it.";
    select(count ? 0 : -1);
  }
  function select(index) {
    at = index;
    options().forEach(function (row, i) { row.setAttribute("aria-selected", String(i === index)); });
    const row = options()[index];
    if (row) { field().setAttribute("aria-activedescendant", row.id); row.scrollIntoView({ block: "nearest" }); }
    else field().removeAttribute("aria-activedescendant");
  }
  function load() {
    const mine = ++asked;
    fetch(dialog().dataset.address + "?words=" + encodeURIComponent(field().value), { redirect: "error" })
      .then(function (answer) { if (!answer.ok) throw new Error(answer.status); return answer.text(); })
      .then(function (text) { if (mine === asked) list(text); })
      .catch(function () { dialog().querySelector("[data-count]").textContent = "The comments can't be read now."; });
  }
  function usual() {
    return document.querySelector("form.write:not([hidden]) textarea") || document.querySelector("#marks textarea") || document.querySelector("[name=remark]");
  }
  function open(into) {
    target = into && document.contains(into) && into.offsetParent ? into : usual();
    if (!target || dialog().open) return;
    field().value = "";
    dialog().querySelector("[data-keep]").hidden = !target.value.trim();
    dialog().querySelector("[data-wrong]").textContent = "";
    dialog().showModal();
    field().focus();
    load();
  }
  function insert(row) {
    const text = row.dataset.text, start = target.selectionStart, end = target.selectionEnd, before = target.value.slice(0, start);
    const gap = before && !/\s$/.test(before) ? " " : "";
    dialog().close();
    target.focus();
    target.setRangeText(gap + text, start, end, "end");
    target.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function keep() {
    const body = new FormData();
    body.append("text", target.value);
    body.append("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    if (dialog().querySelector("[name=shared]").checked) body.append("shared", "1");
    fetch(dialog().dataset.address, { method: "POST", body: body, redirect: "error" }).then(function (answer) {
      if (answer.status === 400) return answer.json().then(function (told) { dialog().querySelector("[data-wrong]").textContent = told.said; });
      if (!answer.ok) throw new Error(answer.status);
      dialog().querySelector("[data-keep]").hidden = true;
      field().focus();
      return answer.text().then(list).then(function () {
        const count = dialog().querySelector("[data-count]");
        count.textContent = "Kept. " + count.textContent;
      });
    }).catch(function () { dialog().querySelector("[data-wrong]").textContent = "It was not kept; try again."; });
  }

  document.addEventListener("focusout", function (event) {
    if (event.target.matches("textarea[data-bank], .desk textarea")) target = event.target;
  });
  document.addEventListener("click", function (event) {
    const button = event.target.closest("button");
    if (button && "bank" in button.dataset) open(target);
    else if (button && dialog() && dialog().contains(button)) {
      if ("save" in button.dataset) keep();
      if ("close" in button.dataset) dialog().close();
    } else if (dialog() && dialog().open) {
      const row = event.target.closest("dialog.bank [role=option]");
      if (row) insert(row);
      else if (event.target === dialog()) dialog().close();
    }
  });
  document.addEventListener("input", function (event) { if (dialog() && event.target === field()) load(); });
  document.addEventListener("keydown", function (event) {
    if (!dialog()) return;
    if (dialog().open) {
      const count = options().length;
      if (event.target === field() && count && event.key === "ArrowDown") { event.preventDefault(); select((at + 1) % count); }
      else if (event.target === field() && count && event.key === "ArrowUp") { event.preventDefault(); select((at + count - 1) % count); }
      else if (event.target === field() && event.key === "Enter") { event.preventDefault(); if (options()[at]) insert(options()[at]); }
      event.stopPropagation();
    } else if (event.altKey && event.code === "KeyC" && event.target.matches(".desk textarea")) {
      event.preventDefault();
      event.stopPropagation();
      open(event.target);
    }
  }, true);
})();
