// Handing in with a progress bar, and files dropped onto their field. Without script the form is sent as forms are.
document.addEventListener("DOMContentLoaded", function () {
  document.querySelectorAll("input[type=file]").forEach(function (input) {
    const field = input.closest(".field");
    if (!field) return;
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
        input.dispatchEvent(new Event("change"));
      });
    });
  });

  document.querySelectorAll("form[data-upload]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      const button = form.querySelector("button[type=submit]:not([data-same])");
      const sending = form.querySelector(".sending");
      const bar = sending.querySelector("progress");
      const said = sending.querySelector("[role=status]");
      const request = new XMLHttpRequest();
      const again = function (text) {
        said.textContent = text;
        button.disabled = false;
      };
      button.disabled = true;
      sending.hidden = false;
      said.textContent = "Sending …";
      request.upload.addEventListener("progress", function (progress) {
        bar.max = progress.total;
        bar.value = progress.loaded;
        if (progress.loaded === progress.total) said.textContent = "Everything is sent. It is being stored …";
      });
      request.addEventListener("error", function () {
        again("The connection broke: nothing was handed in. Your files are still chosen; send them again.");
      });
      request.addEventListener("load", function () {
        if (request.status < 400 && request.responseURL !== location.href) {
          location.assign(request.responseURL);
          return;
        }
        // What was wrong stands on the page that came back. The files stay chosen in this one.
        const page = new DOMParser().parseFromString(request.responseText, "text/html");
        const errors = page.querySelector(".errors");
        form.parentElement.querySelectorAll(".errors").forEach(function (old) { old.remove(); });
        sending.hidden = true;
        if (!errors) {
          sending.hidden = false;
          again(page.querySelector("main h1") ? page.querySelector("main h1").textContent : "It did not work; nothing was handed in.");
          return;
        }
        form.before(document.importNode(errors, true));
        form.previousElementSibling.focus();
        button.disabled = false;
      });
      request.open("POST", form.action);
      request.send(new FormData(form));
    });
  });
});
