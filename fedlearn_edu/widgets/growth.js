// Chapter 08: curves over two logarithmic axes, and lines across for a second scale. Which values a curve has depends on
// knobs of its panel: they are looked up here, at once.
//
//   { is: "growth", curves: [{ label, role, marker, dash, by: [knobs], at: { "31 100": values }, full: { "31 100": [x, words] } }], x,
//     x_ticks: [[x, text]], x_label, floor, top, ticks: [[y, text]], marks: [{ y, label, strong }] }

BLOCKS.growth = class extends LineChart {
  constructor(host, view) {
    super(host);
    this.view = view;
    this.figure.classList.add("fl-chart-growth");
  }

  show(block) {
    const series = block.curves.map((curve) => {
      const key = curve.by.map((name) => this.view.model.get(name)).join(" ");
      return { ...curve, values: curve.at[key], fills: curve.full[key] };
    });
    super.show({ ...block, series });
  }

  // On a narrow screen the curves' names stand under the chart, and how many clients are too many only in the table.
  draw() {
    this.wide = this.width > 44 * this.font;
    for (const one of this.block.series) one.named = this.wide;
    super.draw();
  }

  scales() {
    const { block, place, font } = this;
    place.left = 4.2 * font;
    const [first, final] = [Math.log(block.x[0]), Math.log(last(block.x))];
    const [low, high] = [Math.log(block.floor), Math.log(block.top)];
    this.atX = (x) => round1(place.left + ((Math.log(x) - first) / (final - first)) * (place.right - place.left));
    this.atY = (y) => round1(place.bottom - ((Math.log(y) - low) / (high - low)) * (place.bottom - place.top));
  }

  axes() {
    const { block, place, font, drawing } = this;
    for (const [y, text] of block.ticks) {
      drawing.put("line", `grid ${y}`, { class: "fl-grid", x1: place.left, x2: place.right, y1: this.atY(y), y2: this.atY(y) });
      drawing.put("text", `tick ${y}`, { class: "fl-tick", x: place.left - 6, y: this.atY(y) + font * 0.35, "text-anchor": "end" }, text);
    }
    for (const mark of block.marks) {
      const y = this.atY(mark.y), look = mark.strong ? " fl-strong" : "";
      drawing.put("line", `mark ${mark.y}`, { class: `fl-growth-mark${look}`, x1: place.left, x2: place.right, y1: y, y2: y });
      drawing.put("text", `mark name ${mark.y}`, { class: `fl-growth-name${look}`, x: place.left + 4, y: round1(y - 0.3 * font) }, mark.label);
    }
    for (const { text, at } of this.numbers()) {
      drawing.put("text", `x ${text}`, { class: "fl-tick", x: round1(at), y: place.bottom + 1.3 * font, "text-anchor": "middle" }, text);
    }
    const middle = { class: "fl-tick", x: round1((place.left + place.right) / 2), y: round1(this.height - 0.35 * font), "text-anchor": "middle" };
    drawing.put("text", "x label", middle, block.x_label);
    this.minutes();
  }

  // The numbers below the axis: the first and the last, and of the others those that there is room for.
  numbers() {
    const ticks = this.block.x_ticks.map(([x, text]) => {
      const half = textWidth(text, this.font) / 2 + 3;
      return { text, half, at: Math.min(this.atX(x), this.width - half) };
    });
    const kept = [ticks[0], last(ticks)];
    for (const one of ticks) {
      if (kept.every((other) => Math.abs(one.at - other.at) >= one.half + other.half)) kept.push(one);
    }
    return kept;
  }

  // Where a curve meets the strong line: so many clients are too many.
  minutes() {
    const { block, font, drawing } = this;
    const line = block.marks.find((mark) => mark.strong);
    const within = block.series.filter(({ fills: [count] }) => count >= block.x[0] && count <= last(block.x));
    let free = -Infinity;
    for (const one of within.sort((a, b) => a.fills[0] - b.fills[0])) {
      const [count, words] = one.fills;
      const x = this.atX(count), y = this.atY(line.y);
      drawing.put("circle", `full ${one.label}`, { class: "fl-growth-full", cx: x, cy: y, r: round1(font * 0.6), stroke: colour(one.role) });
      const wide = textWidth(words, 1.2 * font); // under the line right of the circle, or over it on the left
      const rightward = x + 0.9 * font + wide < this.place.right;
      const [from, to] = rightward ? [x + 0.9 * font, x + 0.9 * font + wide] : [x - 0.9 * font - wide, x];
      if (!this.wide || from < free) continue; // there is no room; the table says it
      free = to;
      const at = { x: round1(rightward ? from : x - 0.9 * font), y: round1(y + (rightward ? 1.2 : -0.6) * font), "text-anchor": rightward ? "start" : "end" };
      drawing.put("text", `count ${one.label}`, { class: "fl-growth-count", fill: colour(one.role), ...at }, words);
    }
  }
};
