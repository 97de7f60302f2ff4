/* The question card: one group of radio buttons a question, and at the chapter's end the answers beside them. */

function render({ model, el }) {
  const content = model.get("content");
  const words = model.get("words");
  const revisit = model.get("revisit");
  const titleId = newId();
  const groups = content.prompts.map((prompt, place) => promptGroup(prompt, place, (option) => {
    status.textContent = "";
    ask({ do: "answer", prompt: place, option });
  }));
  const status = make("p", { role: "status", class: "fl-soft" });
  const show = control("button", { class: "fl-primary", type: "button", onclick: () => ask({ do: "show" }) }, words.show);
  const first = make("p", { class: "fl-soft" }, words.first);

  const ask = asker(model, { answer: showStatus, silence: () => { status.textContent = words.silence; } });

  function showAnswers() {
    model.get("answers").forEach((answer, place) => groups[place].choose(answer));
    showStatus();
  }

  function showVerdicts() {
    const verdicts = model.get("verdicts");
    verdicts.forEach((verdict, place) => groups[place].judge(verdict, model.get("answers")[place], words));
    show.hidden = first.hidden = !revisit || verdicts.length > 0;
    showStatus();
  }

  function showStatus() {
    const all = groups.length;
    const verdicts = model.get("verdicts");
    const done = verdicts.length ? verdicts.filter((one) => one.right).length : model.get("answers").filter((one) => one >= 0).length;
    const text = verdicts.length ? words.score : revisit ? "" : words.kept;
    status.textContent = sentences(model.get("notice"), fill(text, { done, all }));
  }

  const redraws = [["answers", showAnswers], ["verdicts", showVerdicts], ["notice", showStatus]];
  for (const [trait, redraw] of redraws) {
    model.on(`change:${trait}`, redraw);
    redraw();
  }

  el.append(make("section", { class: `fl fl-question${projected(model)}`, lang: words.lang, "aria-labelledby": titleId },
    make("h3", { id: titleId }, content.title), ...groups.map((group) => group.node), first,
    make("div", { class: "fl-row" }, show, status)));

  return () => redraws.forEach(([trait, redraw]) => model.off(`change:${trait}`, redraw));
}

/* A fieldset; arrow keys move between its radio buttons, as browsers do it. */
function promptGroup(prompt, place, onChoice) {
  const name = newId();
  const radios = prompt.options.map((_, option) =>
    control("input", { type: "radio", name, value: option, onchange: () => onChoice(option) }));
  const labels = prompt.options.map((text, option) =>
    make("label", { class: "fl-option" }, radios[option], make("span", {}, `(${"abcdef"[option]}) ${text}`)));
  const verdict = make("div", { "aria-live": "polite" });
  const legend = make("legend", {}, ...inline([["text", `${place + 1}. `], ...prompt.text[0].parts]));
  return {
    node: make("fieldset", {}, legend, ...labels, verdict),
    choose: (answer) => radios.forEach((radio, option) => { radio.checked = option === answer; }),
    judge: (found, answer, words) => {
      radios.forEach((radio) => { radio.disabled = true; });
      labels[found.place].classList.add("fl-option-right");
      tag(labels[found.place], `✓ ${words.right_one}`);
      if (answer >= 0 && answer !== found.place) tag(labels[answer], `✗ ${words.your_answer}`);
      verdict.replaceChildren(make("div", { class: `fl-note ${found.right ? "fl-good" : "fl-bad"}` },
        make("p", {}, make("strong", {}, found.sentence)), ...[found.mine, found.why].filter(Boolean).map((text) => make("p", {}, text))));
    },
  };
}

function tag(label, text) {
  label.querySelector(".fl-tag")?.remove();
  label.append(make("span", { class: "fl-tag" }, text));
}

export default { render };
