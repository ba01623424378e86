// Photos before they are sent: added one after the other, moved, turned, taken away. Without script the browser's own
// field sends them in the order of their names.
document.addEventListener("DOMContentLoaded", function () {
  document.querySelectorAll("input[data-photos]").forEach(function (input) {
    const field = input.closest(".field");
    const turns = field.querySelector("input[name^=turns-]");
    if (!turns) return;
    field.querySelectorAll("[data-script]").forEach(function (hint) { hint.hidden = false; });
    const list = document.createElement("ol");
    list.className = "photos";
    const said = document.createElement("p");
    said.className = "small soft";
    said.setAttribute("role", "status");
    field.append(list, said);
    let pages = [];

    const isPhoto = function (file) {
      return /^image\//.test(file.type) || /\.(jpe?g|png|heic)$/i.test(file.name);
    };

    const write = function () {
      const chosen = new DataTransfer();
      pages.forEach(function (page) { chosen.items.add(page.file); });
      input.files = chosen.files;
      turns.value = pages.map(function (page) { return page.turned; }).join(",");
    };

    // The picture is drawn here and goes nowhere; what the browser can't open (HEIC mostly) stands there by its name.
    const draw = function (page) {
      const canvas = document.createElement("canvas");
      canvas.setAttribute("aria-hidden", "true");
      canvas.width = canvas.height = 0;
      createImageBitmap(page.file, { imageOrientation: "from-image" }).then(function (picture) {
        const side = 240 / Math.max(picture.width, picture.height);
        const width = picture.width * side, height = picture.height * side;
        const lying = page.turned % 180 !== 0;
        canvas.width = lying ? height : width;
        canvas.height = lying ? width : height;
        const brush = canvas.getContext("2d");
        brush.translate(canvas.width / 2, canvas.height / 2);
        brush.rotate(page.turned * Math.PI / 180);
        brush.drawImage(picture, -width / 2, -height / 2, width, height);
        picture.close();
      }, function () { canvas.hidden = true; });
      return canvas;
    };

    const act = function (name, label, disabled, change) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "quiet";
      button.textContent = name;
      button.setAttribute("aria-label", label);
      button.title = label;
      button.disabled = disabled;
      button.addEventListener("click", change);
      return button;
    };

    const move = function (from, to) {
      pages.splice(to, 0, pages.splice(from, 1)[0]);
      show();
      said.textContent = pages[to].file.name + " is page " + (to + 1) + " now.";
      const buttons = list.children[to].querySelectorAll("button:not(:disabled)");
      (to > from ? buttons[Math.min(1, buttons.length - 1)] : buttons[0]).focus();
    };

    const line = function (page, at) {
      const item = document.createElement("li");
      const name = document.createElement("span");
      name.className = "small";
      name.textContent = page.file.name + ", " + Math.max(1, Math.round(page.file.size / 1024)).toLocaleString() + " KB";
      const bar = document.createElement("div");
      const called = page.file.name;
      if (pages.length > 1) {
        bar.append(act("←", "Move " + called + " to the front", at === 0, function () { move(at, at - 1); }),
          act("→", "Move " + called + " to the back", at === pages.length - 1, function () { move(at, at + 1); }));
      }
      if (isPhoto(page.file)) {
        [["↺", "left", 270], ["↻", "right", 90]].forEach(function (way) {
          bar.append(act(way[0], "Turn " + called + " " + way[1], false, function () {
            page.turned = (page.turned + way[2]) % 360;
            show();
            list.children[at].querySelector('button[aria-label$="' + way[1] + '"]').focus();
          }));
        });
      }
      bar.append(act("✕", "Take " + called + " away", false, function () {
        pages.splice(at, 1);
        show();
        (list.querySelector("button:not(:disabled)") || input).focus();
      }));
      item.append(isPhoto(page.file) ? draw(page) : document.createElement("span"), name, bar);
      item.draggable = pages.length > 1;
      item.addEventListener("dragstart", function (event) { event.dataTransfer.setData("text/page", String(at)); });
      item.addEventListener("dragover", function (event) { event.preventDefault(); });
      item.addEventListener("drop", function (event) {
        const from = event.dataTransfer.getData("text/page");
        if (from === "") return;
        event.preventDefault();
        event.stopPropagation();
        move(Number(from), at);
      });
      return item;
    };

    const show = function () {
      write();
      list.replaceChildren(...pages.map(line));
    };

    input.addEventListener("change", function () {
      const came = Array.from(input.files);
      const photos = came.every(isPhoto) && pages.every(function (page) { return isPhoto(page.file); });
      if (!came.length) { write(); return; }
      // What a browser brings back with the page is in its order already, and turned.
      const turned = pages.length ? [] : turns.value.split(",").filter(Boolean).map(Number);
      const isBack = turned.length === came.length;
      const natural = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
      if (!isBack) came.sort(function (a, b) { return natural.compare(a.name, b.name); });
      // A second choice adds to the first, since a phone's camera gives one photo at a time.
      pages = (photos ? pages : []).concat(came.map(function (file, at) { return { file: file, turned: isBack ? turned[at] : 0 }; }));
      said.textContent = "";
      show();
    });
  });
});
