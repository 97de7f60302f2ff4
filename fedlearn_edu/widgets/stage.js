/* The stage: controls, scene, list, opened message, in step with the model's traits. It needs no kernel but to play a
   run on: then it asks for the next entries. */

const DWELL = { message: 1750, work: 1150 }; // milliseconds on a beat at speed 1

class StageView {
  constructor(model, root) {
    this.model = model;
    this.root = root;
    this.declared = model.get("declared");
    this.words = this.declared.words;
    this.listeners = [];
    this.beat = -2;
    this.scene = new StageScene(this.declared, { open: (number, node) => this.open(number, node) });
    this.list = new StageList(this.words, { choose: (number) => this.go(number, { travels: false }), open: (number) => this.open(number, this.list.node) });
    this.letter = new StageLetter(this.words, { close: () => this.close() });
    this.ask = asker(model, { answer: () => this.showTold(), silence: () => this.nobodyAnswers() });
    root.className = `fl fl-stage${projected(model)}`;
    root.lang = this.words.lang || "";
    root.setAttribute("role", "region");
    root.setAttribute("aria-label", `${this.words.stage}: ${this.declared.title}`);
    this.sentence = make("p", { class: "fl-stage-sentence", role: "status", "aria-live": "polite" });
    this.told = make("p", { class: "fl-stage-told fl-soft" });
    this.problem = make("p", { class: "fl-stage-problem", role: "alert" });
    root.append(make("div", { class: "fl-stage-head" }, make("h3", {}, this.declared.title), this.choosers()),
      this.bar(), this.sentence, make("div", { class: "fl-stage-body" },
        make("div", { class: "fl-stage-main" }, this.scene.node, make("div", { class: "fl-stage-foot" }, this.told, this.problem)),
        make("div", { class: "fl-stage-side" }, this.list.node, this.letter.node)));
    root.addEventListener("keydown", (event) => this.pressed(event));
    this.listen();
    this.read();
  }

  /* --- building */

  choosers() {
    const { words, declared } = this;
    const one = (name, options, chosen) => {
      const id = newId();
      const select = control("select", { id, onchange: () => chosen(select.value) }, ...options.map(([value, text]) => make("option", { value }, text)));
      this[name] = select;
      return make("span", { class: `fl-chooser fl-chooser-${name}` }, make("label", { for: id }, words[name]), select);
    };
    return make("div", { class: "fl-row" },
      one("eyes", declared.eyes.map(({ name, title }) => [name, title]), (name) => this.set({ eyes: name })),
      one("speed", declared.speeds.map((speed) => [speed, `${speed} ×`]), (speed) => this.set({ speed: Number(speed) })),
      one("jump", [], (number) => this.go(Number(number), { travels: true })));
  }

  bar() {
    const button = (name, sign, react, more = "") => {
      const node = control("button", { type: "button", class: `fl-icon-button ${more}`, "aria-label": this.words[name], title: this.words[name] }, icon(sign));
      node.addEventListener("click", () => isOff(node) || react());
      this[`${name}Button`] = node;
      return node;
    };
    this.progress = make("span", { class: "fl-stage-bar-fill" });
    this.place = make("span", { class: "fl-stage-place fl-soft" });
    return make("div", { class: "fl-stage-bar" }, make("div", { class: "fl-row" },
      button("first", "first", () => this.go(0, { travels: false })), button("back", "back", () => this.back()),
      button("play", "play", () => this.set({ playing: !this.model.get("playing") }), "fl-primary"),
      button("forward", "forward", () => this.forward()), button("last", "last", () => this.end()),
      button("cancel", "stop", () => this.ask({ do: "cancel" }))),
    make("div", { class: "fl-stage-progress", "aria-hidden": "true" }, this.progress), this.place);
  }

  /* --- from the viewer */

  set(changes) {
    for (const [name, value] of Object.entries(changes)) this.model.set(name, value);
    this.model.save_changes();
  }

  /* Go to an entry; what is open is closed. */
  go(number, { travels }) {
    this.travels = travels;
    this.set(this.model.get("opened") ? { position: number, opened: 0 } : { position: number });
  }

  back() {
    const beat = this.record.beatOf(this.model.get("position"));
    this.go(this.model.get("position") < 1 || beat < 1 ? 0 : this.record.lastOf(beat - 1), { travels: false });
  }

  forward() {
    const position = this.model.get("position");
    if (position >= this.record.count) {
      if (this.goesOn()) this.ask({ do: "forward" });
      return;
    }
    this.go(this.record.lastOf(position < 1 ? 0 : this.record.beatOf(position) + 1), { travels: true });
  }

  end() {
    if (this.goesOn()) this.ask({ do: "finish" });
    else this.go(this.record.count, { travels: false });
  }

  open(number, from) {
    if (!number || this.record.entry(number).work) return;
    this.opener = from;
    this.travels = false;
    this.set({ position: number, opened: number, playing: false });
    this.letter.title.focus({ preventScroll: true });
  }

  close() {
    const back = this.opener?.isConnected ? this.opener : this.scene.node;
    this.set({ opened: 0 });
    back.focus({ preventScroll: true });
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && this.model.get("opened")) this.close();
    else if (event.target.closest("select, input, .fl-list, pre")) return;
    else if (event.key === "ArrowRight") this.forward();
    else if (event.key === "ArrowLeft") this.back();
    else if (event.key === "Home") this.go(0, { travels: false });
    else if (event.key === "End") this.go(this.record.count, { travels: false });
    else if (event.key === " " && !event.target.closest("button")) this.set({ playing: !this.model.get("playing") });
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /* --- from the model */

  listen() {
    const on = (names, react) => names.forEach((name) => {
      this.model.on(`change:${name}`, react);
      this.listeners.push([`change:${name}`, react]);
    });
    on(["record"], () => this.read());
    on(["position", "eyes", "gone"], () => this.show());
    on(["opened"], () => this.showOpened());
    on(["playing", "speed"], () => this.showControls());
    on(["live"], () => {
      this.showTold();
      this.showControls();
    });
  }

  forget() {
    clearTimeout(this.timer);
    this.scene.remove();
    this.list.remove();
    for (const [event, react] of this.listeners) this.model.off(event, react);
  }

  goesOn() {
    return Boolean(this.model.get("live").goes_on);
  }

  read() {
    this.record = new StageRecord(this.model.get("record"), this.declared);
    const places = this.record.places();
    this.jump.replaceChildren(make("option", { value: 0 }, this.words.beginning), ...places.map(([number, text]) => make("option", { value: number }, text)));
    this.jumps = places.map(([number]) => number);
    this.show();
  }

  show() {
    const { record, model } = this;
    const position = Math.min(model.get("position"), record.count);
    const eyes = model.get("eyes");
    const beat = position < 1 ? -1 : record.beatOf(position);
    const entries = position < 1 ? [] : record.entriesOf(beat);
    const gone = Object.entries(model.get("gone")).filter(([, first]) => first <= position).map(([name]) => name);
    const sights = new Map(entries.filter((entry) => !entry.work).map((entry) => [entry.number, record.sight(entry, eyes)]));
    const travels = this.travels ?? (beat === this.beat || beat === this.beat + 1);
    this.scene.show(entries, { front: position, sights, gone, eyes, travels, speed: model.get("speed"), playing: model.get("playing") });
    this.list.show(record, eyes, position, record.numbersOf(beat));
    setWords(this.sentence, record.sentence(position, gone, eyes, this.goesOn()));
    this.travels = undefined;
    this.beat = beat;
    this.eyes.value = eyes;
    this.jump.value = String([0, ...this.jumps].findLast((number) => number === 0 || record.columns.beats[record.beatOf(number)] <= position));
    this.progress.style.transform = `scaleX(${record.count ? position / record.count : 0})`;
    setWords(this.place, `${position} / ${record.count}${this.goesOn() ? " …" : ""}`);
    this.showOpened();
    this.showControls();
    this.showTold();
  }

  showOpened() {
    const opened = this.model.get("opened");
    this.letter.show(this.record, opened && opened <= this.record.count ? opened : 0, this.model.get("eyes"));
    this.root.classList.toggle("fl-has-open", Boolean(opened));
    for (const [number, { node }] of this.scene.mail) node.setAttribute("aria-expanded", String(number === opened));
  }

  showControls() {
    const { model, record, words } = this;
    const playing = model.get("playing"), position = model.get("position");
    const atEnd = position >= record.count && !this.goesOn();
    const sign = playing ? "pause" : "play";
    if (this.playButton.dataset.sign !== sign) {
      this.playButton.dataset.sign = sign;
      this.playButton.replaceChildren(icon(sign));
      this.playButton.setAttribute("aria-label", words[sign]);
      this.playButton.title = words[sign];
    }
    this.speed.value = String(model.get("speed"));
    this.scene.node.classList.toggle("fl-playing", playing);
    setOff(this.firstButton, position < 1);
    setOff(this.backButton, position < 1);
    setOff(this.forwardButton, atEnd);
    setOff(this.lastButton, atEnd);
    this.cancelButton.hidden = !this.goesOn();
    clearTimeout(this.timer);
    if (playing) this.timer = setTimeout(() => this.tick(), this.dwell() / model.get("speed"));
  }

  dwell() {
    const position = this.model.get("position");
    if (position < 1) return 300;
    return this.record.entry(Math.min(position, this.record.count)).work ? DWELL.work : DWELL.message;
  }

  tick() {
    if (this.model.get("position") < this.record.count || this.goesOn()) this.forward();
    else this.set({ playing: false });
  }

  showTold() {
    const live = this.model.get("live");
    const ended = { cancelled: this.words.cancelled, failed: this.words.failed }[live.state] || "";
    setWords(this.told, live.doing ? fill(this.words.doing, { doing: live.doing }) : live.goes_on ? this.words.on : ended || this.words.keys);
    setWords(this.problem, live.problem || "");
    if (live.problem && this.model.get("playing")) this.set({ playing: false });
  }

  nobodyAnswers() {
    setWords(this.told, this.words.no_kernel);
    this.set({ playing: false });
  }
}

function render({ model, el }) {
  const root = make("div");
  el.append(root);
  const view = new StageView(model, root);
  return () => view.forget();
}

export default { render };
