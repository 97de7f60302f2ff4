// The lab's screen. It knows no chapter: knobs, panels, scenes and words come from the kernel as plain data.
//
//   knob moved    the control and its number change here, at once; the kernel answers with a preview
//   Run           the kernel plays the protocol in pieces and sends `status` and `shown` as it goes
//
// What is asked for goes into the state, numbered: while the kernel is busy the page holds a knob's moves back, and a
// message of its own would overtake them. The kernel then would play the settings before the last move.
//
// Everything shown is in the widget's saved state, so a saved notebook shows the last charts without a kernel.

const QUIET_MS = 2500; // no answer for so long: there is no kernel
const MOST_WISHES = 20;

// Notebook 7 would take arrow keys for itself: each control says that they are its own.
function control(tag, attributes = {}, text = "") {
  return element(tag, { "data-lm-suppress-shortcuts": "true", ...attributes }, text);
}

class LabView {
  constructor(model, root) {
    this.model = model;
    this.declared = model.get("declared");
    this.words = this.declared.words;
    this.id = `fl-${Math.random().toString(36).slice(2, 9)}`;
    this.root = root;
    this.knobs = new Map();
    this.pages = new Map(); // panel → its blocks on the screen
    this.listeners = [];
    root.className = "fl fl-lab";
    root.lang = this.words.lang || "";
    root.append(this.head(), this.toolbar(), this.hint(), this.body(), this.foot());
    this.listen();
    this.showAll();
  }

  // --- building, once

  head() {
    const head = element("div", { class: "fl-lab-head" });
    head.append(element("h3", {}, `${`${this.words.lab} ${this.declared.chapter}`.trim()} · ${this.declared.title}`));
    const tools = element("div", { class: "fl-row" });
    this.scenes = control("select", { id: `${this.id}-scene` });
    this.scenes.append(element("option", { value: "" }, this.words.own));
    for (const scene of this.declared.scenes) this.scenes.append(element("option", { value: scene.name }, scene.title));
    this.scenes.addEventListener("change", () => this.scenes.value && this.ask({ do: "scene", name: this.scenes.value }));
    this.projector = control("button", { type: "button", "aria-pressed": "false" }, this.words.projector);
    this.projector.addEventListener("click", () => this.set("projector", !this.model.get("projector")));
    tools.append(element("label", { for: this.scenes.id }, this.words.scene), this.scenes, this.projector);
    head.append(tools);
    return head;
  }

  toolbar() {
    const bar = element("div", { class: "fl-lab-bar" });
    const buttons = element("div", { class: "fl-row" });
    this.buttons = {};
    const wishes = this.declared.runs ? ["run", "cancel", "reset", "undo", "redo"] : ["reset", "undo", "redo"];
    for (const wish of wishes) {
      const button = control("button", { type: "button", class: { run: "fl-primary", undo: "fl-on-desk", redo: "fl-on-desk" }[wish] || "" }, this.words[wish]);
      button.addEventListener("click", () => this.ask({ do: wish }));
      this.buttons[wish] = button;
      buttons.append(button);
    }
    this.progress = element("progress", { max: "1", value: "0", "aria-label": this.words.progress });
    this.progress.hidden = !this.declared.runs;
    this.state = element("span", { class: "fl-badge" });
    this.status = element("span", { class: "fl-status-text" });
    this.spoken = element("div", { class: "fl-hidden-visually", role: "status", "aria-live": "polite" });
    this.promise = element("span", { class: "fl-promise" });
    const line = element("div", { class: "fl-status" });
    line.append(this.state, this.status, this.promise);
    const right = element("div", { class: "fl-lab-progress" });
    right.append(this.progress, line);
    bar.append(buttons, right, this.spoken);
    return bar;
  }

  // One line for three things, so that nothing moves: a complaint, the focused knob's help, the scene's note.
  hint() {
    const box = element("div", { class: "fl-lab-hint" });
    this.problem = element("div", { role: "alert", class: "fl-lab-problem" });
    this.help = element("div", { class: "fl-lab-help" });
    box.append(this.problem, this.help);
    return box;
  }

  body() {
    const body = element("div", { class: "fl-lab-body" });
    const knobs = element("div", { class: "fl-lab-knobs", role: "group", "aria-label": this.words.settings });
    for (const knob of this.declared.knobs) if (!knob.panel) knobs.append(this.knob(knob));
    const view = element("div", { class: "fl-lab-view" });
    this.room = new RoomChart(view, this.words);
    view.append(this.stepList(), this.tabs(), this.panelHolder());
    body.append(knobs, view);
    return body;
  }

  foot() {
    this.sentence = element("p", { class: "fl-lab-sentence" });
    return this.sentence;
  }

  knob(knob) {
    const make = { range: rangeKnob, choice: knob.panel ? radioKnob : choiceKnob, toggle: toggleKnob }[knob.is];
    const made = make(knob, `${this.id}-${knob.name}`, (value) => this.moved(knob, value));
    made.holder.addEventListener("focusin", () => this.showHelp(knob.help));
    made.holder.addEventListener("focusout", () => this.showHelp(""));
    made.holder.addEventListener("mouseenter", () => this.showHelp(knob.help));
    made.holder.addEventListener("mouseleave", () => this.showHelp(""));
    this.knobs.set(knob.name, { knob, ...made });
    return made.holder;
  }

  stepList() {
    this.steps = element("ol", { class: "fl-steps", "aria-label": this.words.steps });
    this.steps.style.setProperty("--steps", this.declared.steps.length);
    for (const [number, title] of this.declared.steps.entries()) {
      const step = element("li");
      step.append(element("b", {}, String(number)), element("span", {}, title));
      this.steps.append(step);
    }
    return this.steps;
  }

  // A tab list as keyboards expect it: one tab stop, arrows move, the chosen tab is shown at once.
  tabs() {
    const list = element("div", { class: "fl-tabs", role: "tablist", "aria-label": this.words.panels });
    this.tabOf = new Map();
    for (const panel of this.declared.panels) {
      const tab = control("button", { type: "button", role: "tab", id: `${this.id}-tab-${panel.name}`, "aria-controls": `${this.id}-panel` }, panel.title);
      tab.addEventListener("click", () => this.set("panel", panel.name));
      this.tabOf.set(panel.name, tab);
      list.append(tab);
    }
    list.addEventListener("keydown", (event) => {
      const names = this.declared.panels.map((panel) => panel.name);
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const here = names.indexOf(this.model.get("panel"));
      const to = event.key === "Home" ? 0 : event.key === "End" ? names.length - 1 : step ? (here + step + names.length) % names.length : -1;
      if (to < 0) return;
      event.preventDefault();
      this.set("panel", names[to]);
      this.tabOf.get(names[to]).focus();
    });
    return list;
  }

  panelHolder() {
    this.panel = control("div", { class: "fl-panel", role: "tabpanel", id: `${this.id}-panel`, tabindex: "0" });
    for (const { name } of this.declared.panels) {
      const page = element("div", { class: `fl-page fl-page-${name}` });
      for (const knob of this.declared.knobs) if (knob.panel === name) page.append(this.knob(knob));
      const blocks = element("div", { class: "fl-blocks" });
      page.append(blocks, this.turner(blocks));
      this.pages.set(name, { page, blocks, drawn: new Map() });
      this.panel.append(page);
    }
    return this.panel;
  }

  // On a projector one chart at a time: previous and next.
  turner(blocks) {
    const bar = element("div", { class: "fl-turner" });
    const place = element("span");
    const turn = (by) => {
      const charts = [...blocks.querySelectorAll(".fl-chart-lines, .fl-chart-bars")];
      bar.hidden = charts.length < 2;
      if (!charts.length) return;
      const to = (Math.max(0, charts.findIndex((one) => one.classList.contains("fl-front"))) + by + charts.length) % charts.length;
      charts.forEach((one, index) => one.classList.toggle("fl-front", index === to));
      setText(place, this.words.chart.replace("{place}", to + 1).replace("{count}", charts.length));
    };
    for (const [by, word] of [[-1, this.words.previous], [1, this.words.next]]) {
      const button = control("button", { type: "button" }, word);
      button.addEventListener("click", () => turn(by));
      bar.append(button);
      if (by < 0) bar.append(place);
    }
    bar.turn = turn;
    return bar;
  }

  // --- from the learner to the kernel

  moved(knob, value) {
    this.showKnob(knob.name, value); // here and now; the kernel's preview follows
    if (this.shown().room?.count_knob === knob.name && !this.isRunning()) this.room.guess(value);
    this.set(knob.name, value);
    this.showMatters();
    if (!knob.panel) this.expectAnswer();
  }

  set(name, value) {
    this.model.set(name, value);
    this.model.save_changes();
  }

  ask(wish) {
    if (wish.do === "run") this.buttons.run.disabled = true;
    const asked = this.model.get("wishes");
    const number = (asked.at(-1)?.number ?? 0) + 1;
    this.set("wishes", [...asked.slice(1 - MOST_WISHES), { ...wish, number }]);
    this.expectAnswer();
  }

  expectAnswer() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      if (!this.isRunning()) setText(this.status, this.words.no_kernel);
      this.showButtons();
    }, QUIET_MS);
  }

  answered() {
    clearTimeout(this.waiting);
  }

  // --- from the kernel to the screen

  listen() {
    const on = (event, react) => {
      this.model.on(event, react);
      this.listeners.push([event, react]);
    };
    on("change:answers", () => this.answered());
    on("change:shown", () => this.showCharts());
    on("change:status", () => this.showStatus());
    on("change:problem", () => this.showProblem());
    on("change:promise", () => this.showStatus());
    on("change:history", () => this.showButtons());
    on("change:scene", () => this.showScene());
    on("change:panel", () => this.showPanel());
    on("change:projector", () => this.showProjector());
    for (const name of this.knobs.keys()) {
      on(`change:${name}`, () => {
        this.showKnob(name, this.model.get(name));
        this.showMatters();
        if (this.knobs.get(name).knob.panel) this.showCharts();
      });
    }
  }

  forget() {
    this.answered();
    for (const [event, react] of this.listeners) this.model.off(event, react);
  }

  showAll() {
    for (const name of this.knobs.keys()) this.showKnob(name, this.model.get(name));
    this.showMatters();
    this.showProjector();
    this.showPanel();
    this.showStatus();
    this.showProblem();
    this.showScene();
  }

  shown() {
    return this.model.get("shown") || {};
  }

  isRunning() {
    return this.model.get("status")?.state === "running";
  }

  showKnob(name, value) {
    const { knob, show } = this.knobs.get(name);
    show(value, knob.capped_by ? Math.min(knob.most, this.model.get(knob.capped_by)) : knob.most);
    for (const other of this.knobs.values()) {
      if (other.knob.capped_by === name) other.show(Math.min(this.model.get(other.knob.name), value), Math.min(other.knob.most, value));
    }
  }

  // Controls that do not matter now are greyed out; those that vanish would move the others.
  showMatters() {
    for (const { knob, enable } of this.knobs.values()) {
      enable(Object.entries(knob.only_if).every(([name, allowed]) => allowed.includes(this.model.get(name))));
    }
  }

  showCharts() {
    const shown = this.shown();
    this.room.figure.hidden = !shown.room;
    if (shown.room) this.room.show(shown.room);
    setText(this.sentence, shown.sentence || "");
    const name = this.model.get("panel");
    const page = this.pages.get(name);
    if (!page) return;
    this.drawBlocks(page, this.flat(shown.panels?.[name] || []));
    page.page.querySelector(".fl-turner").turn(0);
    this.showMarks();
  }

  // A switch shows the case that its knob has chosen; there may be another one in it.
  flat(blocks) {
    return blocks.flatMap((block) => (block.is === "switch" ? this.flat(block.cases[this.model.get(block.knob)] || []) : [block]));
  }

  drawBlocks(page, blocks) {
    const wanted = new Set(blocks.map((block) => `${block.is} ${block.key}`));
    for (const [key, drawn] of page.drawn) {
      if (!wanted.has(key)) {
        drawn.remove();
        page.drawn.delete(key);
      }
    }
    for (const block of blocks) {
      const key = `${block.is} ${block.key}`;
      if (!page.drawn.has(key)) page.drawn.set(key, new BLOCKS[block.is](page.blocks, this));
      page.drawn.get(key).show(block);
    }
  }

  showStatus() {
    const status = this.model.get("status") || {};
    const running = status.state === "running";
    const text = [status.text, status.left, status.note].filter(Boolean).join(" · ");
    this.root.dataset.state = status.state || "preview";
    setText(this.state, this.words[status.state] || "");
    setText(this.status, text);
    const promise = this.model.get("promise");
    setText(this.promise, running ? "" : promise);
    this.progress.value = status.state === "finished" ? 1 : running ? status.fraction || 0 : 0;
    // A screen reader hears the beginning, each round and the end, not every step.
    const heard = running ? `${this.words.running}: ${status.round ?? 0}` : status.state === "preview" ? "" : status.text;
    setText(this.spoken, heard || "");
    this.showButtons();
    this.showMarks();
  }

  // Where a run is: the step in the list, the party in the room.
  showMarks() {
    const status = this.model.get("status") || {};
    const running = status.state === "running";
    [...this.steps.children].forEach((step, index) => {
      if (running && index === status.step) step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
    });
    this.room.at(running ? status.at : -1);
  }

  showButtons() {
    const running = this.isRunning();
    const history = this.model.get("history") || {};
    if (this.declared.runs) {
      this.buttons.run.disabled = running;
      this.buttons.cancel.disabled = !running;
    }
    this.buttons.undo.disabled = running || !history.undo;
    this.buttons.redo.disabled = running || !history.redo;
    this.scenes.disabled = running;
  }

  showProblem() {
    const problem = this.model.get("problem") || {};
    setText(this.problem, problem.text ? `${problem.text} ${problem.remedy || ""}` : "");
    this.root.classList.toggle("fl-has-problem", Boolean(problem.text));
    this.showButtons();
  }

  // What the knob is that one is at; it stays while the knob moves, though a move ends the scene.
  showHelp(text = this.helped) {
    this.helped = text;
    const scene = this.declared.scenes.find((one) => one.name === this.model.get("scene"));
    setText(this.help, text || scene?.note || this.words.hint);
  }

  showScene() {
    this.scenes.value = this.model.get("scene");
    this.showHelp();
  }

  showPanel() {
    const name = this.model.get("panel");
    for (const [each, tab] of this.tabOf) {
      tab.setAttribute("aria-selected", String(each === name));
      tab.tabIndex = each === name ? 0 : -1;
      this.pages.get(each).page.hidden = each !== name;
    }
    this.panel.setAttribute("aria-labelledby", `${this.id}-tab-${name}`);
    this.showCharts();
  }

  showProjector() {
    const on = Boolean(this.model.get("projector"));
    this.root.classList.toggle("fl-projector", on);
    this.projector.setAttribute("aria-pressed", String(on));
    this.showCharts();
  }
}

// --- knobs: native controls, each with its label

function rangeKnob(knob, id, moved) {
  const holder = element("div", { class: `fl-knob${knob.label.length > 13 ? " fl-full" : ""}` });
  const label = element("label", { for: id }, knob.label);
  const output = element("output", { for: id });
  const input = control("input", { type: "range", id, min: knob.least, max: knob.most, step: knob.step });
  input.addEventListener("input", () => moved(Number(input.value)));
  holder.append(label, output, input);
  const show = (value, most) => {
    const words = knob.words[String(value)] ?? `${knob.step < 1 ? Number(value).toFixed(1) : value}`;
    if (Number(input.max) !== most) input.max = most;
    if (Number(input.value) !== value) input.value = value;
    const text = knob.words[String(value)] || !knob.unit ? words : `${knob.unit} ${words}`;
    setText(output, text);
    input.setAttribute("aria-valuetext", text);
  };
  return { holder, show, enable: enabler(holder, [input]) };
}

function choiceKnob(knob, id, moved) {
  const holder = element("div", { class: "fl-knob fl-full" });
  const select = control("select", { id });
  for (const [index, option] of knob.options.entries()) select.append(element("option", { value: index }, option.label));
  select.addEventListener("change", () => moved(knob.options[select.selectedIndex].value));
  holder.append(element("label", { for: id }, knob.label), select);
  const show = (value) => (select.selectedIndex = knob.options.findIndex((option) => option.value === value));
  return { holder, show, enable: enabler(holder, [select]) };
}

function radioKnob(knob, id, moved) {
  const holder = element("fieldset", { class: "fl-radios" });
  holder.append(element("legend", {}, knob.label));
  const inputs = knob.options.map((option, index) => {
    const label = element("label");
    const input = control("input", { type: "radio", name: id, value: index });
    input.addEventListener("change", () => moved(option.value));
    label.append(input, document.createTextNode(` ${option.label}`));
    holder.append(label);
    return input;
  });
  const show = (value) => inputs.forEach((input, index) => (input.checked = knob.options[index].value === value));
  return { holder, show, enable: enabler(holder, inputs) };
}

function toggleKnob(knob, id, moved) {
  const holder = element("div", { class: "fl-knob fl-full fl-knob-toggle" });
  const input = control("input", { type: "checkbox", id });
  input.addEventListener("change", () => moved(input.checked));
  holder.append(input, element("label", { for: id }, knob.label));
  return { holder, show: (value) => (input.checked = value), enable: enabler(holder, [input]) };
}

const enabler = (holder, inputs) => (on) => {
  holder.classList.toggle("fl-off", !on);
  for (const input of inputs) input.disabled = !on;
};

// --- blocks that are no charts

class NoteBlock {
  constructor(host) {
    this.node = element("p");
    host.append(this.node);
  }

  show(block) {
    this.node.className = `fl-note ${block.tone ? `fl-${block.tone}` : ""}`;
    setText(this.node, block.text);
  }

  remove() {
    this.node.remove();
  }
}

class NumberBlock extends NoteBlock {
  constructor(host) {
    super(host);
    this.number = element("strong");
    this.text = element("span");
    this.node.append(this.number, this.text);
  }

  show(block) {
    this.node.className = `fl-number-block ${block.tone ? `fl-${block.tone}` : ""}`;
    setText(this.number, block.number);
    setText(this.text, block.text);
  }
}

class TableBlock {
  constructor(host) {
    this.figure = control("figure", { class: "fl-chart fl-table", tabindex: "0" });
    this.caption = element("figcaption");
    this.table = element("table");
    this.figure.append(this.caption, this.table);
    host.append(this.figure);
  }

  show(block) {
    setText(this.caption, block.title);
    this.figure.setAttribute("aria-label", block.title);
    const wanted = JSON.stringify([block.columns, block.rows]);
    if (wanted === this.drawn) return;
    this.drawn = wanted;
    const head = element("tr");
    for (const name of block.columns) head.append(element("th", { scope: "col" }, name));
    const rows = block.rows.map((cells) => {
      const row = element("tr");
      cells.forEach((cell, place) => {
        const about = place ? { "data-column": block.columns[place] } : { scope: "row" };
        row.append(element(place ? "td" : "th", about, String(cell)));
      });
      return row;
    });
    this.table.replaceChildren(element("thead"), element("tbody"));
    this.table.tHead.append(head);
    this.table.tBodies[0].append(...rows);
  }

  remove() {
    this.figure.remove();
  }
}

Object.assign(BLOCKS, {
  lines: LineChart, bars: BarChart, pictures: PictureRow, strip: Strip, grid: GridTable, table: TableBlock, note: NoteBlock, number: NumberBlock,
});

function render({ model, el }) {
  const root = element("div");
  el.append(root);
  const view = new LabView(model, root);
  return () => view.forget();
}

export default { render };
