// Handing in with a progress bar, and files dropped onto their field. Without script the form is sent as forms are.
const UNSURE = "No answer came. Your files are still chosen; send them again: they are handed in once, even if they had arrived.";

document.addEventListener("DOMContentLoaded", function () {
  document.querySelectorAll("input[type=file]").forEach(function (input) {
    const field = input.closest(".field");
    if (!field) return;
    field.querySelectorAll("[data-drop]").forEach(function (hint) { hint.hidden = false; });
    const list = document.createElement("ol");
    list.className = "files-chosen small";
    list.hidden = true;
    field.append(list);
    const show = function () {
      if (input.hasAttribute("data-photos")) return; // they have a list of their own
      list.replaceChildren(...Array.from(input.files, function (file) {
        const line = document.createElement("li");
        line.textContent = file.name + ", " + Math.max(1, Math.round(file.size / 1024)).toLocaleString() + " KB";
        return line;
      }));
      list.hidden = input.files.length === 0;
    };
    input.addEventListener("change", show);
    ["dragover", "dragleave", "drop"].forEach(function (name) {
      field.addEventListener(name, function (event) {
        event.preventDefault();
        field.classList.toggle("dropping", name === "dragover");
        if (name !== "drop" || !event.dataTransfer.files.length) return;
        const chosen = new DataTransfer();
        const dropped = Array.from(event.dataTransfer.files);
        (input.multiple ? dropped : dropped.slice(0, 1)).forEach(function (file) { chosen.items.add(file); });
        input.files = chosen.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      });
    });
    // The field shows whatever it holds; what is chosen while the page loads, or comes back with it, is shown too.
    if (input.files.length) input.dispatchEvent(new Event("change"));
  });

  document.querySelectorAll("form[data-upload]").forEach(function (form) {
    const button = form.querySelector("button[type=submit]:not([data-same])");
    const sending = form.querySelector(".sending");
    const bar = sending.querySelector("progress");
    const said = sending.querySelector("[role=status]");
    const most = { bytes: Number(form.dataset.mostBytes), files: Number(form.dataset.mostFiles) };
    let underWay = false, signedOut = false, taken = false;

    const clear = function () {
      form.parentElement.querySelectorAll(".errors").forEach(function (old) { old.remove(); });
      form.querySelectorAll(".bad").forEach(function (old) { old.remove(); });
      form.querySelectorAll("[aria-invalid]").forEach(function (input) { input.removeAttribute("aria-invalid"); });
    };

    const beside = function (input, text) {
      const place = input && (input.closest(".field") || input.closest("fieldset"));
      if (!place) return;
      const line = document.createElement("span");
      line.className = "bad";
      line.textContent = text;
      if (place.matches("fieldset")) place.querySelector("legend").after(line); else place.append(line);
      input.setAttribute("aria-invalid", "true");
    };

    const summary = function (errors) {
      form.before(errors);
      errors.querySelectorAll("[data-without-script]").forEach(function (hint) { hint.remove(); });
      errors.querySelectorAll("a[href^='#']").forEach(function (link) {
        const input = document.getElementById(link.hash.slice(1));
        beside(input && (input.matches("fieldset") ? input.querySelector("input") : input),
          link.textContent.replace(/^[^:]*: /, ""));
      });
      errors.focus();
    };

    const end = function (text) {
      underWay = false;
      button.disabled = false;
      sending.hidden = !text;
      bar.hidden = true;
      said.textContent = text || "";
      if (text) button.focus(); // it lost it when it was disabled
    };

    // What the server would refuse after minutes of sending is said at once.
    const mistakes = function () {
      return Array.from(form.querySelectorAll("input[type=file]")).flatMap(function (input) {
        const label = form.querySelector("label[for='" + input.id + "']").firstChild.textContent.trim();
        const found = Array.from(input.files).flatMap(function (file) {
          if (!file.size) return ["“" + file.name + "” is empty. Check that it was saved, and choose it again."];
          if (file.size > most.bytes) return ["“" + file.name + "” has " + Math.ceil(file.size / 1048576) + " MB; " + Math.floor(most.bytes / 1048576) + " MB is the most that is taken. Make it smaller, and choose it again."];
          return [];
        });
        if (input.files.length > most.files) found.push(input.files.length + " files are chosen; " + most.files + " are the most that are taken. Put several pages into one PDF, and choose that.");
        return found.map(function (text) { return [input.id, label + ": " + text]; });
      });
    };

    const tell = function (found) {
      const errors = document.createElement("div");
      errors.className = "errors";
      errors.setAttribute("role", "alert");
      errors.tabIndex = -1;
      const head = document.createElement("h2");
      head.textContent = "Nothing was handed in yet";
      const list = document.createElement("ul");
      list.append(...found.map(function (one) {
        const line = document.createElement("li"), link = document.createElement("a");
        link.href = "#" + one[0];
        link.textContent = one[1];
        line.append(link);
        return line;
      }));
      errors.append(head, list);
      summary(errors);
    };

    const askToSignIn = function () {
      signedOut = true;
      end("You are signed out, so nothing was handed in. Everything here stays chosen: ");
      const link = document.createElement("a");
      link.href = "/accounts/login/?next=" + encodeURIComponent(location.pathname);
      link.target = "_blank";
      link.textContent = "sign in, in another tab";
      said.className = "bad";
      said.append(link, ", come back here, and send it again.");
    };

    // Whoever has signed in anew has a new token as well; the page itself says it.
    const renewed = function () {
      if (!signedOut) return Promise.resolve();
      return fetch(location.href).then(function (answer) { return answer.text(); }).then(function (text) {
        const token = new DOMParser().parseFromString(text, "text/html").querySelector("form[data-upload] [name=csrfmiddlewaretoken]");
        if (token) form.querySelector("[name=csrfmiddlewaretoken]").value = token.value;
      }).catch(function () {});
    };

    const answered = function (request) {
      if (request.status < 400 && request.responseURL !== location.href) {
        underWay = false;
        taken = true;
        location.assign(request.responseURL);
        return;
      }
      if (request.status === 403) { askToSignIn(); return; }
      // What was wrong stands on the page that came back. The files stay chosen in this one.
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      const errors = page.querySelector(".errors");
      if (errors) { end(); summary(document.importNode(errors, true)); return; }
      if (request.status >= 500) { end(UNSURE); return; }
      end((request.status === 413 ? "That is more at once than is taken" : "It did not work") + ": nothing was handed in. Your files are still chosen; send them again.");
    };

    const send = function () {
      const request = new XMLHttpRequest();
      request.upload.addEventListener("progress", function (progress) {
        bar.max = progress.total;
        bar.value = progress.loaded;
        if (progress.loaded === progress.total) said.textContent = "Everything is sent. It is being stored …";
        else said.textContent = Math.floor(100 * progress.loaded / progress.total) + " % is sent …";
      });
      request.addEventListener("error", function () {
        end(UNSURE);
      });
      request.addEventListener("load", function () { answered(request); });
      request.open("POST", form.action);
      request.send(new FormData(form));
    };

    // A page that a browser kept whole and shows again on the way back is the form of what was handed in already.
    window.addEventListener("pageshow", function (event) { if (event.persisted && taken) location.reload(); });

    form.addEventListener("submit", function (event) {
      event.preventDefault();
      if (underWay) return;
      clear();
      const found = mistakes();
      if (found.length) { tell(found); return; }
      underWay = true;
      button.disabled = true;
      sending.hidden = bar.hidden = false;
      bar.value = 0;
      said.className = "";
      said.textContent = "Sending …";
      sending.scrollIntoView({ block: "center" }); // on a phone it would lie behind the navigation
      renewed().then(send);
    });

    // In the last hour before work is late, and before none is taken any more, the time that is left, by the server's
    // clock: the page tells what that said when it was made.
    const left = form.querySelector("[data-left]");
    if (left) {
      const opened = performance.now();
      const until = function (name) {
        return Number(left.dataset[name]) - Number(left.dataset.now) - (performance.now() - opened) / 1000;
      };
      const lasting = function (seconds) {
        return seconds < 120 ? Math.ceil(seconds) + " seconds are left" : Math.floor(seconds / 60) + " minutes are left";
      };
      const count = function () {
        const late = until("late"), closes = until("closes"), both = closes > late;
        left.hidden = late > 3600;
        left.textContent = closes <= 0 ? "The time is over."
          : late > 0 ? lasting(late) + (both ? " until it counts as late." : ".")
          : closes > 3600 ? "It counts as late now." : "It counts as late now; " + lasting(closes) + ".";
      };
      count();
      setInterval(count, 1000);
    }

    // The browser asks whether to break the upload off, or to leave behind what was chosen and not sent.
    const waiting = function () {
      return Array.from(form.querySelectorAll("input[type=file]")).some(function (input) { return input.files.length; });
    };
    form.addEventListener("change", function () { taken = false; });
    window.addEventListener("beforeunload", function (event) {
      if (underWay || (waiting() && !taken)) event.preventDefault();
    });
  });
});
