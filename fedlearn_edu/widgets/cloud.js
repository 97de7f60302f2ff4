// A dot for each hospital, by accuracy and by missed cancers. A knob of the panel pools the records: then all dots stand
// in the place of the one model that all would have, and fly there.
//
//   { is: "cloud", dots: [[x, y]], pooled: [x, y], boxes: [{ role, label, x: [from, to], y: [from, to] }], you, knob, low, top }

BLOCKS.cloud = class extends Chart {
  constructor(host, view) {
    super(host, "cloud");
    this.view = view;
  }

  draw() {
    const { block, font } = this;
    this.place = { left: 3.6 * font, right: this.width - 0.8 * font, top: 1.9 * font, bottom: this.height - 2.9 * font };
    const { left, right, top, bottom } = this.place;
    this.atX = (x) => round1(left + ((x - block.low) / (1 - block.low)) * (right - left));
    this.atY = (y) => round1(bottom - (y / block.top) * (bottom - top));
    this.axes();
    block.boxes.forEach((box, index) => this.box(box, index));
    this.dots(Boolean(this.view.model.get(block.knob)));
    const keys = block.boxes.map((box) => ({ ...box, in_legend: true, dash: "5 3", marker: "" }));
    fillLegend(this.legend, keys);
  }

  axes() {
    const { block, font, drawing, place } = this;
    for (const tick of ticksBetween(0, block.top, 4).ticks) {
      const y = this.atY(tick);
      drawing.put("line", `grid ${tick}`, { class: "fl-grid", x1: place.left, x2: place.right, y1: y, y2: y });
      drawing.put("text", `tick ${tick}`, { class: "fl-tick", x: place.left - 6, y: y + font * 0.35, "text-anchor": "end" }, inWords(tick, true));
    }
    for (const tick of ticksBetween(block.low, 1, 4).ticks) {
      const at = { class: "fl-tick", x: this.atX(tick), y: place.bottom + 1.3 * font, "text-anchor": tick > 0.999 ? "end" : "middle" };
      drawing.put("text", `x ${tick}`, at, inWords(tick, true));
    }
    drawing.put("text", "y label", { class: "fl-tick", x: 0, y: place.top - 0.8 * font }, `↑ ${block.y_label}`);
    drawing.put("text", "x label", { class: "fl-tick", x: place.right, y: this.height - 0.35 * font, "text-anchor": "end" }, `${block.x_label} →`);
  }

  box(box, index) {
    const [x, y] = [this.atX(box.x[0]) - 4, this.atY(box.y[1]) - 4];
    this.drawing.put("rect", `box ${index}`, {
      class: "fl-cloud-box", x, y, width: round1(this.atX(box.x[1]) - x + 4), height: round1(this.atY(box.y[0]) - y + 4), rx: 6, stroke: colour(box.role),
    });
  }

  // Moved by a transform, which every browser can animate.
  dots(pooled) {
    const { block, font, drawing } = this;
    const size = font * 0.42;
    const all = `translate(${this.atX(block.pooled[0])}px, ${this.atY(block.pooled[1])}px)`;
    block.dots.forEach(([x, y], k) => {
      const dot = drawing.put("circle", `dot ${k}`, { class: "fl-cloud-dot", r: size, fill: colour("alone") });
      dot.style.transform = pooled ? all : `translate(${this.atX(x)}px, ${this.atY(y)}px)`;
    });
    drawing.put("path", "pooled", { class: "fl-cloud-pooled", d: markerPath("diamond", this.atX(block.pooled[0]), this.atY(block.pooled[1]), size * 1.1), fill: colour("pooled") });
    const box = last(block.boxes);
    drawing.put("text", "pooled name", {
      class: "fl-name fl-strong", x: Math.min(this.place.right, this.atX(box.x[1]) + 4), y: this.atY(box.y[1]) - 0.9 * font, "text-anchor": "end", fill: colour("pooled"),
    }, block.pooled_label);
    const mine = pooled ? block.pooled : block.dots[block.you];
    const ring = drawing.put("circle", "you", { class: "fl-cloud-you", r: size * 1.8 });
    ring.style.transform = `translate(${this.atX(mine[0])}px, ${this.atY(mine[1])}px)`;
    const over = this.atX(mine[0]) + textWidth(block.you_label, font) + 2 * font > this.place.right || pooled;
    const at = { class: "fl-name fl-strong", x: this.atX(mine[0]) + (over ? -font : font), y: this.atY(mine[1]) + 0.35 * font, "text-anchor": over ? "end" : "start", fill: "var(--ink)" };
    drawing.put("text", "you name", at, block.you_label);
  }
};
