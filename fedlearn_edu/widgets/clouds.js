// Two clouds: places of half images in a plane, round by round. A circle is the left half of an image at the source, a
// triangle the right half at the target, a line joins the two; filled is odd, hollow is even. The arrow is Φ.
//
//   { is: "clouds", knob, reach, steps: [{ source: [[x, y]], target, arrow: [x, y], said: [1] }], truth, bridge, found, texts }
//
// `knob` is the round that is shown; a button plays the rounds. Without one there is one step, and crosses (`found`).

BLOCKS.clouds = class extends Chart {
  constructor(host, view) {
    super(host, "clouds");
    this.view = view;
    this.head = element("div", { class: "fl-clouds-head-line" });
    this.button = control("button", { type: "button" });
    this.said = element("p", { class: "fl-clouds-said", "aria-live": "polite" });
    this.figure.prepend(this.head);
    this.head.append(this.caption, this.button);
    this.svg.after(this.said);
    this.button.addEventListener("click", () => this.play());
    this.follow = () => this.block && this.redraw();
  }

  show(block) {
    if (block.knob && !this.knob) this.view.model.on(`change:${block.knob}`, this.follow);
    this.knob = block.knob;
    this.button.hidden = this.said.hidden = !block.knob;
    setText(this.button, block.texts.play);
    super.show(block);
    this.keys();
  }

  get place() {
    return this.knob ? Math.min(this.view.model.get(this.knob), this.block.steps.length - 1) : 0;
  }

  // From the start to the end, a round at a time. Pressed again, it begins anew.
  play() {
    clearInterval(this.timer);
    const turn = (to) => this.view.moved(this.view.knobs.get(this.knob).knob, to);
    turn(0);
    this.timer = setInterval(() => {
      const next = this.place + 1;
      if (!this.figure.isConnected || next >= this.block.steps.length) return clearInterval(this.timer);
      turn(next);
    }, 650);
  }

  draw() {
    const { block, font, drawing } = this;
    const step = block.steps[this.place];
    const half = [this.width / 2 - 8, this.height / 2 - 8];
    const scale = Math.min(half[0] / block.reach[0], half[1] / block.reach[1]);
    const [cx, cy] = [this.width / 2, this.height / 2];
    this.at = ([x, y]) => [round1(cx + x * scale), round1(cy - y * scale)];
    drawing.put("rect", "ground", { class: "fl-clouds-ground", x: 1, y: 1, width: this.width - 2, height: this.height - 2, rx: 6 });
    if (step.arrow) this.border(step.arrow, cx, cy);
    if (step.source.length) step.target.forEach((to, k) => this.thread(k, step.source[k], to));
    step.source.forEach((point, k) => this.mark(`source ${k}`, "circle", point, `source fl-is-${block.truth[k] ? "odd" : "even"}`));
    step.target.forEach((point, k) => {
      const known = block.bridge && step.said.length;
      this.mark(`target ${k}`, "triangle", point, `target fl-is-${known ? (step.said[k] ? "odd" : "even") : "nobody"}`);
    });
    (block.found || []).forEach((point, k) => this.cross(k, point, font));
    if (step.arrow) this.arrow(step.arrow, font);
    if (block.knob) this.tell();
  }

  tell() {
    const { block, place } = this;
    const when = place ? fillIn(block.texts.round, { round: place }) : block.texts.start;
    const right = Math.round(block.right[place] * 100);
    setText(this.said, fillIn(block.texts.said, { when, gap: block.gaps[place].toFixed(2), right }));
    this.svg.setAttribute("aria-label", sentences(block.title, this.said.textContent));
  }

  // Moved by a transform, which every browser can animate.
  mark(key, shape, point, look) {
    const [x, y] = this.at(point);
    const node = this.drawing.put("path", key, { class: `fl-clouds-mark fl-clouds-${look}`, d: markerPath(shape, 0, 0, this.font * 0.38) });
    node.style.transform = `translate(${x}px, ${y}px)`;
  }

  thread(k, from, to) {
    const [[x, y], [u, v]] = [this.at(from), this.at(to)];
    this.drawing.put("path", `thread ${k}`, { class: "fl-clouds-thread", d: `M${x} ${y}L${u} ${v}` });
  }

  cross(k, point, font) {
    const [[x, y], r] = [this.at(point), round1(font * 0.5)];
    this.drawing.put("path", `found ${k}`, { class: "fl-clouds-found", d: `M${x - r} ${y - r}l${2 * r} ${2 * r}M${x - r} ${y + r}l${2 * r} ${-2 * r}` });
  }

  // The line on which Φ cannot decide, and what is said on its two sides.
  border([x, y], cx, cy) {
    const { block, font, drawing } = this;
    const length = Math.hypot(x, y) || 1;
    const [dx, dy] = [x / length, y / length];
    const to = (u, v) => Math.min((cx - 3) / Math.max(1e-9, Math.abs(u)), (cy - 3) / Math.max(1e-9, Math.abs(v))); // to the frame
    const far = to(dy, dx);
    drawing.put("path", "border", { class: "fl-clouds-border", d: `M${round1(cx - dy * far)} ${round1(cy - dx * far)}L${round1(cx + dy * far)} ${round1(cy + dx * far)}` });
    const aside = to(dx, dy) - 2 * font;
    const up = Math.min(6 * font, 0.36 * this.height); // beside the points, which lie along Φ
    for (const [name, sign] of [["odd", 1], ["even", -1]]) {
      const at = { class: `fl-clouds-side fl-is-${name}`, x: round1(cx + sign * dx * aside - dy * up), y: round1(cy - sign * dy * aside - dx * up), "text-anchor": "middle" };
      drawing.put("text", `side ${name}`, at, block.texts[name]);
    }
  }

  arrow(point, font) {
    const [[x, y], [cx, cy]] = [this.at(point), this.at([0, 0])];
    const length = Math.hypot(x - cx, y - cy) || 1;
    const [dx, dy] = [(x - cx) / length, (y - cy) / length];
    const head = Math.min(0.9 * font, length);
    const [hx, hy] = [x - dx * head, y - dy * head];
    this.drawing.put("path", "arrow", { class: "fl-clouds-arrow", d: `M${round1(cx)} ${round1(cy)}L${round1(hx)} ${round1(hy)}` });
    this.drawing.put("path", "arrow head", { class: "fl-clouds-head", d: `M${x} ${y}L${round1(hx - dy * head * 0.55)} ${round1(hy + dx * head * 0.55)}L${round1(hx + dy * head * 0.55)} ${round1(hy - dx * head * 0.55)}Z` });
    this.drawing.put("text", "arrow name", { class: "fl-clouds-phi", x: round1(x + dx * font), y: round1(y + dy * font - 0.5 * font), "text-anchor": "middle" }, "Φ");
  }

  keys() {
    const { block } = this;
    const step = block.steps[0];
    const known = block.bridge && step.said.length;
    const keys = [
      ...(step.source.length ? [["circle", "source fl-is-odd", "source_odd"], ["circle", "source fl-is-even", "source_even"]] : []),
      ...(known ? [["triangle", "target fl-is-odd", "target_odd"], ["triangle", "target fl-is-even", "target_even"]] : []),
      ...(known ? [] : [["triangle", "target fl-is-nobody", step.said.length ? "target_none" : "hidden"]]),
      ...(block.found?.length ? [["cross", "", "found"]] : []),
    ];
    const wanted = JSON.stringify(keys.map((key) => [...key, block.texts[key[2]]]));
    if (this.legend.dataset.drawn === wanted) return;
    this.legend.dataset.drawn = wanted;
    this.legend.replaceChildren(...keys.map(([shape, look, name]) => {
      const entry = element("span", { class: "fl-clouds-key" });
      const swatch = document.createElementNS(SVG, "svg");
      swatch.setAttribute("viewBox", "0 0 14 14");
      const cross = shape === "cross";
      const at = cross ? { class: "fl-clouds-found", d: "M3 3l8 8M3 11l8 -8" } : { class: `fl-clouds-mark fl-clouds-${look}`, d: markerPath(shape, 7, 7, 4.5) };
      new Drawing(swatch).put("path", "mark", at);
      entry.append(swatch, document.createTextNode(block.texts[name]));
      return entry;
    }));
  }

  remove() {
    clearInterval(this.timer);
    if (this.knob) this.view.model.off(`change:${this.knob}`, this.follow);
    super.remove();
  }
};
