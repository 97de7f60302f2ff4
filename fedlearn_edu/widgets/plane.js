// Which federation? Two tables on a plane: columns run to the right, people run down. The second table is moved by the
// mouse, by a finger, by arrow keys, or by the two sliders beside it; the name is looked up in the block, so it follows at once.

BLOCKS.plane = class Plane extends Chart {
  constructor(host, view) {
    super(host, "plane");
    this.view = view;
    this.legend.remove();
    this.name = element("p", { class: "fl-plane-name" });
    this.why = element("p", { class: "fl-plane-why" });
    this.spoken = element("div", { class: "fl-plane-said", "aria-live": "polite" });
    this.spoken.append(this.name, this.why);
    this.figure.append(this.spoken);
    this.svg.setAttribute("role", "group");
    this.follow = () => this.block && this.redraw();
    for (const knob of ["people", "columns"]) view.model.on(`change:${knob}`, this.follow);
  }

  value(knob) {
    return this.view.model.get(knob);
  }

  move(people, columns) {
    const step = this.block.step;
    const snapped = (n) => Math.max(0, Math.min(100, Math.round(n / step) * step));
    for (const [name, to] of [["people", snapped(people)], ["columns", snapped(columns)]]) {
      if (to !== this.value(name)) this.view.moved(this.view.knobs.get(name).knob, to);
    }
  }

  // A word lies on its side; a single Chinese character stands, for lying it is another sign.
  downwards(margin) {
    const { block: { texts: { people } }, font, drawing } = this;
    if ([...people].length > 1) {
      drawing.put("text", "y", { class: "fl-tick", "text-anchor": "end", transform: `translate(${font} ${round1(margin)}) rotate(-90)` }, `← ${people}`);
      return;
    }
    for (const [line, sign] of [people, "↓"].entries()) {
      drawing.put("text", `y ${line}`, { class: "fl-tick", "text-anchor": "middle", x: round1(0.7 * font), y: round1(margin + (1 + 1.1 * line) * font) }, sign);
    }
  }

  draw() {
    const { block, font, drawing } = this;
    const [people, columns] = [this.value("people"), this.value("columns")];
    const found = block.federations[block.zones[Math.round(people / block.step)][Math.round(columns / block.step)]];
    const margin = 1.7 * font;
    const [w, h] = [(this.width - margin - 6) / 2, (this.height - margin - 6) / 2];
    const [x, y] = [w * (1 - columns / 100), h * (1 - people / 100)];
    Object.assign(this, { w, h });
    const at = (left, top, wide, high) => ({ x: round1(margin + left), y: round1(margin + top), width: round1(Math.max(0, wide)), height: round1(Math.max(0, high)) });
    this.hatch();
    drawing.put("text", "x", { class: "fl-tick", x: margin, y: font }, `${block.texts.columns} →`);
    this.downwards(margin);
    drawing.put("rect", "ground", { class: "fl-plane-ground", ...at(0, 0, 2 * w, 2 * h) });
    drawing.put("rect", "first", { class: "fl-plane-table fl-plane-first", ...at(0, 0, w, h) });
    drawing.put("rect", "second", { class: "fl-plane-table fl-plane-second", ...at(x, y, w, h) });
    drawing.put("rect", "common", { class: "fl-plane-common", fill: `url(#${this.hatchId})`, ...at(x, y, w - x, h - y) });
    drawing.put("rect", "used", { class: `fl-plane-used${found.used === "nothing" ? " fl-none" : ""}`, ...at(...this.used(found.used, x, y)) });
    drawing.put("text", "first name", { class: "fl-plane-label fl-plane-first-name", x: margin + 8, y: margin + 1.4 * font }, block.texts.first);
    drawing.put("text", "second name", { class: "fl-plane-label fl-plane-second-name", x: round1(margin + x + w - 8), y: round1(margin + y + h - 8), "text-anchor": "end" }, block.texts.second);
    this.grip(at(x, y, w, h), people, columns, found);
    setText(this.name, found.title);
    setText(this.why, found.why);
  }

  used(kind, x, y) {
    const { w, h } = this;
    return { columns: [x, 0, w - x, h + y], people: [0, y, w + x, h - y], everything: [0, 0, w + x, h + y] }[kind] || [0, 0, 0, 0];
  }

  hatch() {
    this.hatchId ??= `fl-hatch-${Math.random().toString(36).slice(2, 9)}`;
    const { drawing } = this;
    const pattern = drawing.put("pattern", "hatch", { id: this.hatchId, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    if (!pattern.firstChild) {
      const line = document.createElementNS(SVG, "path");
      line.setAttribute("d", "M0 0V7");
      line.setAttribute("class", "fl-plane-hatch");
      pattern.append(line);
    }
  }

  // What takes hold of the second table: a slider for screen readers, with its two values in words.
  grip(place, people, columns, found) {
    const { block, drawing } = this;
    const words = fillIn(block.texts.state, { people, columns });
    const grip = drawing.put("rect", "grip", {
      class: "fl-plane-grip", tabindex: 0, role: "slider", "data-lm-suppress-shortcuts": "true", "aria-label": block.texts.move,
      "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": people, "aria-valuetext": `${words}: ${found.title}`, ...place,
    });
    if (this.held) return;
    this.held = grip;
    grip.addEventListener("keydown", (event) => this.key(event));
    grip.addEventListener("pointerdown", (event) => {
      this.start = { x: event.clientX, y: event.clientY, people: this.value("people"), columns: this.value("columns") };
      grip.setPointerCapture(event.pointerId);
      grip.focus();
      event.preventDefault();
    });
    grip.addEventListener("pointermove", (event) => {
      if (!this.start) return;
      const { x, y, people: p, columns: c } = this.start;
      this.move(p - (100 * (event.clientY - y)) / this.h, c - (100 * (event.clientX - x)) / this.w);
    });
    for (const end of ["pointerup", "pointercancel"]) grip.addEventListener(end, () => (this.start = null));
  }

  key(event) {
    const step = this.block.step;
    const by = { ArrowLeft: [0, step], ArrowRight: [0, -step], ArrowUp: [step, 0], ArrowDown: [-step, 0] }[event.key];
    if (!by) return;
    event.preventDefault();
    this.move(this.value("people") + by[0], this.value("columns") + by[1]);
  }

  remove() {
    for (const knob of ["people", "columns"]) this.view.model.off(`change:${knob}`, this.follow);
    super.remove();
  }
};
