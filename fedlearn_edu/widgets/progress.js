/* The table of progress, with a file to take home and a file to bring along. */

function render({ model, el }) {
  const words = model.get("words");
  const titleId = newId();
  const body = make("tbody");
  const status = make("p", { role: "status", class: "fl-soft" });
  const ask = asker(model, { answer: showNotice, silence: () => { status.textContent = words.silence; } });

  const file = control("input", { type: "file", accept: ".json,application/json", class: "fl-hidden-visually", tabindex: "-1",
    "aria-hidden": "true", onchange: async () => {
      if (file.files[0]) ask({ do: "bring", text: await file.files[0].text() });
      file.value = "";  // the same file can be chosen again
    } });
  const buttons = [
    control("button", { type: "button", onclick: () => download(model.get("file")) }, words.download),
    control("button", { type: "button", onclick: () => file.click() }, words.bring),
    control("button", { type: "button", onclick: () => ask({ do: "refresh" }) }, words.refresh),
  ];

  function showRows() {
    body.replaceChildren(...model.get("rows").map((row) => make("tr", {},
      make("th", { scope: "row" }, row.id), make("td", {}, row.title), make("td", {}, row.state),
      make("td", { class: "fl-number" }, String(row.tries || "")), make("td", { class: "fl-number" }, String(row.hints || "")))));
  }

  function showNotice() {
    status.textContent = model.get("notice");
  }

  const redraws = [["rows", showRows], ["notice", showNotice]];
  for (const [trait, redraw] of redraws) {
    model.on(`change:${trait}`, redraw);
    redraw();
  }

  const heads = ["chapter", "what", "state", "tries", "hints"];
  el.append(make("section", { class: `fl fl-progress${projected(model)}`, lang: words.lang, "aria-labelledby": titleId },
    make("h3", { id: titleId }, words.title),
    make("table", {}, make("thead", {}, make("tr", {},
      ...heads.map((name) => make("th", { scope: "col", class: ["tries", "hints"].includes(name) && "fl-number" }, words[name])))), body),
    make("div", { class: "fl-row fl-buttons" }, ...buttons, file), status));

  return () => redraws.forEach(([trait, redraw]) => model.off(`change:${trait}`, redraw));
}

function download(text) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = make("a", { href: address, download: "fedlearn-progress.json" });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

export default { render };
