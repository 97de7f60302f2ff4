// Two charts over one logarithmic x axis: curves with their spread, and places on the axis that go through both.
//
//   { is: "twin", x, x_label, parts: [{ title, low, high, series: [{ label, role, marker, dash, mean, low, high }] }], marks }

BLOCKS.twin = class extends Chart {
  constructor(host) {
    super(host, "twin");
  }

  draw() {
    const { block, font } = this;
    const left = 3.6 * font;
    const right = this.width - 0.8 * font;
    const end = this.height - 2.9 * font;
    const gap = 1.9 * font; // for a title over each chart
    const tall = (end - gap * block.parts.length) / block.parts.length;
    const [first, final] = [Math.log(block.x[0]), Math.log(last(block.x))];
    this.atX = (x) => round1(left + ((Math.log(x) - first) / (final - first)) * (right - left));
    block.parts.forEach((part, index) => {
      const top = gap + index * (tall + gap);
      this.part(part, index, { left, right, top, bottom: top + tall });
    });
    this.bottom(left, right, end);
    this.marks(gap, end);
    fillLegend(this.legend, block.parts[0].series.map((one) => ({ ...one, in_legend: true })));
  }

  part(part, index, place) {
    const { block, font, drawing } = this;
    const atY = (y) => round1(place.bottom - ((Math.min(part.high, Math.max(part.low, y)) - part.low) / (part.high - part.low)) * (place.bottom - place.top));
    drawing.put("text", `title ${index}`, { class: "fl-twin-title", x: 0, y: place.top - 0.6 * font }, part.title);
    for (const tick of ticksBetween(part.low, part.high, 4).ticks) {
      drawing.put("line", `grid ${index} ${tick}`, { class: "fl-grid", x1: place.left, x2: place.right, y1: atY(tick), y2: atY(tick) });
      drawing.put("text", `tick ${index} ${tick}`, { class: "fl-tick", x: place.left - 6, y: atY(tick) + font * 0.35, "text-anchor": "end" }, inWords(tick, true));
    }
    part.series.forEach((one, number) => {
      const points = one.mean.map((y, i) => `${this.atX(block.x[i])} ${atY(y)}`);
      const over = one.high.map((y, i) => `${this.atX(block.x[i])} ${atY(y)}`);
      const under = one.low.map((y, i) => `${this.atX(block.x[i])} ${atY(y)}`).reverse();
      drawing.put("path", `spread ${index} ${number}`, { class: "fl-spread", d: `M${[...over, ...under].join("L")}Z`, fill: colour(one.role) });
      drawing.put("path", `curve ${index} ${number}`, { class: "fl-curve fl-wide", d: `M${points.join("L")}`, stroke: colour(one.role), "stroke-dasharray": one.dash || null });
      if (!one.marker) return;
      one.mean.forEach((y, i) => {
        drawing.put("path", `marker ${index} ${number} ${i}`, { class: "fl-marker", d: markerPath(one.marker, this.atX(block.x[i]), atY(y), font * 0.28), fill: colour(one.role) });
      });
    });
  }

  bottom(left, right, end) {
    const { block, font, drawing } = this;
    let free = -Infinity;
    for (const x of block.x) {
      const wide = textWidth(String(x), font) + 4;
      if (this.atX(x) - wide / 2 < free) continue; // no room for this number beside the one before
      free = this.atX(x) + wide / 2;
      drawing.put("text", `x ${x}`, { class: "fl-tick", x: this.atX(x), y: end + 1.3 * font, "text-anchor": "middle" }, String(x));
    }
    drawing.put("text", "x label", { class: "fl-tick", x: (left + right) / 2, y: this.height - 0.35 * font, "text-anchor": "middle" }, block.x_label);
  }

  // The name stands left of its line, or right of it where there is no room; two that are close take two lines.
  marks(top, end) {
    const { block, font, drawing } = this;
    block.marks.forEach((mark, index) => {
      const x = this.atX(mark.x);
      drawing.put("line", `mark ${index}`, { class: "fl-mark", x1: x, x2: x, y1: top, y2: end });
      const leftward = x - textWidth(mark.label, font) - 8 > 3.6 * font;
      const at = { class: "fl-twin-mark", x: leftward ? x - 5 : x + 5, y: end - (0.6 + 1.3 * index) * font, "text-anchor": leftward ? "end" : "start" };
      drawing.put("text", `mark name ${index}`, at, mark.label);
    });
  }
};
