// Two charts over one logarithmic x axis: curves with their spread, and places on the axis that go through both.
//
//   { is: "twin", x, x_label, parts: [{ title, low, high, series: [{ label, role, marker, dash, mean, low, high }] }], marks }

BLOCKS.twin = class extends Chart {
  constructor(host) {
    super(host, "twin");
  }

  // Under each other, so that one axis serves both; on a projector, where lines are thick, beside each other.
  draw() {
    const { block, font } = this;
    const beside = Boolean(this.figure.closest(".fl-projector")) && this.width > 34 * font;
    const count = block.parts.length;
    const gap = 1.9 * font; // for a title over each chart
    const end = this.height - 2.9 * font;
    const wide = beside ? this.width / count : this.width;
    const tall = beside ? end - gap : (end - gap * count) / count;
    block.parts.forEach((part, index) => {
      const left = (beside ? index * wide : 0) + 3.6 * font;
      const top = gap + (beside ? 0 : index * (tall + gap));
      const place = { index, left, right: left - 3.6 * font + wide - 0.8 * font, top, bottom: top + tall };
      place.atX = logarithmic(block.x, place);
      this.part(part, index, place);
      if (beside || index === count - 1) this.bottom(place);
      this.marks({ ...place, top: beside || !index ? top : top - gap - 1 }); // without a gap between the charts
    });
    fillLegend(this.legend, block.parts[0].series.map((one) => ({ ...one, in_legend: true })));
  }

  part(part, index, place) {
    const { block, font, drawing } = this;
    const atY = (y) => round1(place.bottom - ((Math.min(part.high, Math.max(part.low, y)) - part.low) / (part.high - part.low)) * (place.bottom - place.top));
    drawing.put("text", `title ${index}`, { class: "fl-twin-title", x: place.left - 3.6 * font, y: place.top - 0.6 * font }, part.title);
    for (const tick of ticksBetween(part.low, part.high, 4).ticks) {
      drawing.put("line", `grid ${index} ${tick}`, { class: "fl-grid", x1: place.left, x2: place.right, y1: atY(tick), y2: atY(tick) });
      drawing.put("text", `tick ${index} ${tick}`, { class: "fl-tick", x: place.left - 6, y: atY(tick) + font * 0.35, "text-anchor": "end" }, inWords(tick, true));
    }
    part.series.forEach((one, number) => {
      const points = one.mean.map((y, i) => `${place.atX(block.x[i])} ${atY(y)}`);
      const over = one.high.map((y, i) => `${place.atX(block.x[i])} ${atY(y)}`);
      const under = one.low.map((y, i) => `${place.atX(block.x[i])} ${atY(y)}`).reverse();
      drawing.put("path", `spread ${index} ${number}`, { class: "fl-spread", d: `M${[...over, ...under].join("L")}Z`, fill: colour(one.role) });
      drawing.put("path", `curve ${index} ${number}`, { class: "fl-curve fl-wide", d: `M${points.join("L")}`, stroke: colour(one.role), "stroke-dasharray": one.dash || null });
      if (!one.marker) return;
      one.mean.forEach((y, i) => {
        drawing.put("path", `marker ${index} ${number} ${i}`, { class: "fl-marker", d: markerPath(one.marker, place.atX(block.x[i]), atY(y), font * 0.28), fill: colour(one.role) });
      });
    });
  }

  bottom({ index, left, right, bottom, atX }) {
    const { block, font, drawing } = this;
    let free = -Infinity;
    for (const x of block.x) {
      const wide = textWidth(String(x), font) + 4;
      if (atX(x) - wide / 2 < free) continue; // no room for this number beside the one before
      free = atX(x) + wide / 2;
      drawing.put("text", `x ${index} ${x}`, { class: "fl-tick", x: atX(x), y: bottom + 1.3 * font, "text-anchor": "middle" }, String(x));
    }
    drawing.put("text", `x label ${index}`, { class: "fl-tick", x: (left + right) / 2, y: bottom + 2.55 * font, "text-anchor": "middle" }, block.x_label);
  }

  // Named in the first chart: left of the line, or right of it where there is no room; each name on a line of its own.
  marks({ index, left, top, bottom, atX }) {
    const { block, font, drawing } = this;
    block.marks.forEach((mark, number) => {
      const x = atX(mark.x);
      drawing.put("line", `mark ${index} ${number}`, { class: "fl-mark", x1: x, x2: x, y1: top, y2: bottom });
      if (index) return;
      const leftward = x - textWidth(mark.label, font) - 8 > left;
      const at = { class: "fl-twin-mark", x: leftward ? x - 5 : x + 5, y: bottom - (0.6 + 1.3 * number) * font, "text-anchor": leftward ? "end" : "start" };
      drawing.put("text", `mark name ${number}`, at, mark.label);
    });
  }
};

function logarithmic(numbers, { left, right }) {
  const [first, final] = [Math.log(numbers[0]), Math.log(last(numbers))];
  return (x) => round1(left + ((Math.log(x) - first) / (final - first)) * (right - left));
}
