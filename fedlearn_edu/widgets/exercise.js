/* The exercise card. Everything it shows comes from the model's traits; each part redraws when its trait changes. */

function render({ model, el }) {
  const content = model.get("content");
  const words = model.get("words");
  const titleId = newId();

  const mark = make("span", { class: "fl-mark" });
  const check = control("button", { class: "fl-primary", type: "button" }, words.check);
  const hint = control("button", { type: "button" });
  const solve = control("button", { type: "button", title: words.solution_later }, words.solution);
  const verdict = make("div", { role: "status", "aria-live": "polite", class: "fl-verdict" });
  const notice = make("p", { role: "status", class: "fl-soft" });
  const hints = make("div", { "aria-live": "polite" });
  const solution = make("div", { "aria-live": "polite" });
  const kept = make("p", { class: "fl-soft fl-kept", hidden: true }, words.kept);
  const copied = make("span", { role: "status", class: "fl-soft" });
  const stub = codeBlock(content.stub, words.stub);
  const copy = control("button", { type: "button", onclick: () => copyStub(stub, content.stub, copied, words) }, words.copy);

  const ask = asker(model, {
    answer: () => { setOff(check, false); showVerdict(); showNotice(); },
    silence: () => { setOff(check, false); showVerdict(); notice.textContent = words.silence; },
  });

  check.onclick = () => {
    if (isOff(check)) return;
    setOff(check, true);
    verdict.replaceChildren(make("div", { class: "fl-note" }, words.checking));
    ask({ do: "check" });
  };
  hint.onclick = () => { if (!isOff(hint)) ask({ do: "hint" }); };
  solve.onclick = () => ask({ do: "solution" });

  function showMark() {
    const state = model.get("mark");
    mark.className = `fl-mark fl-mark-${state}`;
    mark.textContent = (state === "right" ? "✓ " : "") + words[state];
  }

  function showVerdict() {
    const found = model.get("verdict");
    verdict.replaceChildren(...(found.state ? [verdictNote(found, words)] : []));
  }

  function showHints() {
    const shown = model.get("hints");
    const all = model.get("hints_in_all");
    hint.textContent = shown.length < all ? fill(words.hint, { number: shown.length + 1, all }) : words.no_more_hints;
    setOff(hint, shown.length >= all);
    const items = shown.map((blocks) => make("li", {}, ...richText(blocks)));
    hints.replaceChildren(...(items.length ? [make("h4", {}, words.hints), make("ol", { class: "fl-hints" }, ...items)] : []));
  }

  function showSolution() {
    const found = model.get("solution");
    setOff(solve, !model.get("solution_ready"));
    solve.hidden = !model.get("solutions");
    kept.hidden = model.get("solutions") || !model.get("solution_ready");
    solution.replaceChildren(...(found.code
      ? [make("h4", {}, words.a_solution), codeBlock(found.code, words.a_solution), ...richText(found.explanation)]
      : []));
  }

  function showNotice() {
    notice.textContent = model.get("notice");
  }

  const redraws = [["mark", showMark], ["verdict", showVerdict], ["hints", showHints], ["notice", showNotice],
    ["solution", showSolution], ["solution_ready", showSolution]];
  for (const [trait, redraw] of redraws) {
    model.on(`change:${trait}`, redraw);
    redraw();
  }

  el.append(make("section", { class: `fl fl-exercise${projected(model)}`, lang: words.lang, "aria-labelledby": titleId },
    make("div", { class: "fl-row fl-head" },
      make("h3", { id: titleId }, `${words.exercise} ${content.id} · ${content.title}`), mark),
    ...richText(content.task),
    make("p", { class: "fl-soft" }, words.where),
    make("details", {}, control("summary", {}, words.stub), stub, make("div", { class: "fl-row" }, copy, copied)),
    make("div", { class: "fl-row fl-buttons" }, check, hint, solve),
    verdict, notice, hints, kept, solution));

  return () => redraws.forEach(([trait, redraw]) => model.off(`change:${trait}`, redraw));
}

function verdictNote(found, words) {
  const tone = { right: "fl-good", wrong: "fl-bad" }[found.state] || "fl-warn";
  const said = found.blocks?.length ? richText(found.blocks) : [make("p", {}, found.sentence)];
  said[0].prepend(make("strong", {}, `${found.sign} `));
  const note = make("div", { class: `fl-note ${tone}` }, ...said);
  if (found.details) note.append(make("p", { class: "fl-details" }, found.details));
  if (found.printed) note.append(make("p", { class: "fl-soft" }, words.printed), codeBlock(found.printed, words.printed));
  return note;
}

/* A page from another computer, served without encryption, has no clipboard: then the text is selected. */
async function copyStub(node, text, status, words) {
  try {
    await navigator.clipboard.writeText(text);
    status.textContent = words.copied;
  } catch {
    getSelection().selectAllChildren(node);
    status.textContent = words.select;
  }
}

export default { render };
