// Chapter 08: a line for each party's life over the steps of a protocol. It ends with a cross where the party dies; signs on
// it say what the party does; from where the protocol stops, everything is hatched.
//
//   { is: "timeline", columns: [{ number, word, short }], inside: [2, 6], inside_name, rows: [{ name, about, dies, doings:
//     [[column, sign]] }], stop, stop_name, legend: [[sign, meaning]] }

const TIMELINE_SIGNS = { upload: "square", shares: "diamond", mean: "circle" };

BLOCKS.timeline = class extends Chart {
  constructor(host) {
    super(host, "timeline");
  }

  draw() {
    const { block, font, width, height } = this;
    const roomy = width > 46 * font;
    const names = block.rows.map((row) => (roomy ? `${row.name} · ${row.about}` : row.name));
    const left = Math.max(...names.map((name) => textWidth(name, font))) + 0.8 * font;
    const wide = (width - left) / block.columns.length;
    const top = 2.9 * font;
    const slot = Math.min(3.2 * font, (height - top) / block.rows.length);
    const place = { left, wide, top, slot, bottom: top + slot * block.rows.length, at: (column) => round1(left + column * wide) };
    this.heads(place);
    block.rows.forEach((row, index) => this.life(row, index, names[index], place));
    this.stop(place);
    this.signs();
  }

  heads({ at, wide, top, bottom }) {
    const { block, font, drawing, width } = this;
    const [first, final] = block.inside;
    const across = { x: at(first), width: round1(at(final + 1) - at(first)), y: 0, height: round1(bottom) };
    drawing.put("rect", "inside", { class: "fl-life-inside", rx: 5, ...across });
    const long = textWidth(block.inside_name, font) + 8;
    const [left, right] = block.stop === null ? [Infinity, Infinity] : this.stopName(at);
    const free = (from) => from + long < left || from > right;
    const from = [at(first), at(final + 1) - long].find(free); // beside the name of the stop
    if (from !== undefined) drawing.put("text", "inside name", { class: "fl-tick", x: round1(from + 5), y: font }, block.inside_name);
    const words = block.columns.map(({ number, word }) => `${number} ${word}`.trim());
    const fit = words.every((text) => textWidth(text, font) < wide);
    block.columns.forEach(({ short }, index) => {
      drawing.put("line", `edge ${index}`, { class: "fl-grid", x1: at(index), x2: at(index), y1: round1(top - 1.5 * font), y2: round1(bottom) });
      drawing.put("text", `head ${index}`, { class: "fl-life-head", x: round1(at(index) + wide / 2), y: round1(top - 0.5 * font), "text-anchor": "middle" }, fit ? words[index] : short);
    });
  }

  life(row, index, name, { at, wide, top, slot }) {
    const { block, font, drawing } = this;
    const y = round1(top + (index + 0.5) * slot), end = block.columns.length;
    drawing.put("text", `name ${index}`, { class: "fl-life-name", x: 0, y: round1(y + 0.35 * font) }, name);
    const lives = row.dies ?? end;
    drawing.put("line", `life ${index}`, { class: "fl-life", x1: at(0), x2: at(lives), y1: y, y2: y });
    drawing.put("line", `after ${index}`, { class: "fl-life-after", x1: at(lives), x2: at(end), y1: y, y2: y });
    for (const [column, sign] of row.doings) {
      const r = font * 0.42;
      drawing.put("path", `doing ${index} ${column}`, { class: `fl-life-${sign}`, d: markerPath(TIMELINE_SIGNS[sign], round1(at(column) + wide / 2), y, r) });
    }
    if (row.dies !== null) drawing.put("path", `death ${index}`, { class: "fl-life-death", d: crossPath(at(row.dies), y, font * 0.42) });
  }

  stop({ at, top, bottom }) {
    const { block, font, drawing } = this;
    if (block.stop === null) return;
    const x = at(block.stop), end = at(block.columns.length);
    const lines = [];
    const [low, tall] = [top - 1.5 * font, bottom - top + 1.5 * font];
    for (let from = x - tall; from < end; from += 0.8 * font) { // a hatch, cut off at the edges
      const [a, b] = [Math.max(from, x), Math.min(from + tall, end)];
      if (b > a) lines.push(`M${round1(a)} ${round1(low + tall - (a - from))}L${round1(b)} ${round1(low + tall - (b - from))}`);
    }
    drawing.put("path", "stop hatch", { class: "fl-life-hatch", d: lines.join("") });
    drawing.put("line", "stop", { class: "fl-life-stop", x1: x, x2: x, y1: round1(low), y2: round1(bottom) });
    drawing.put("text", "stop name", { class: "fl-life-stop-name", x: round1(this.stopName(at)[0]), y: font }, block.stop_name);
  }

  // From where to where the name of the stop reaches: right of the line, or left of it where there is no room.
  stopName(at) {
    const { block, font } = this;
    const x = at(block.stop), long = 1.1 * textWidth(block.stop_name, font);
    return at(block.columns.length) - x > long + 6 ? [x + 6, x + 6 + long] : [x - 6 - long, x - 6];
  }

  signs() {
    const wanted = JSON.stringify(this.block.legend);
    if (this.legend.dataset.drawn === wanted) return;
    this.legend.dataset.drawn = wanted;
    this.legend.replaceChildren(...this.block.legend.map(([sign, meaning]) => {
      const entry = element("span", { class: "fl-life-key" });
      const swatch = document.createElementNS(SVG, "svg");
      swatch.setAttribute("viewBox", "0 0 12 12");
      const d = sign === "death" ? crossPath(6, 6, 4) : markerPath(TIMELINE_SIGNS[sign], 6, 6, 3.8);
      new Drawing(swatch).put("path", "sign", { class: `fl-life-${sign}`, d });
      entry.append(swatch, document.createTextNode(meaning));
      return entry;
    }));
  }
};

const crossPath = (x, y, r) => `M${round1(x - r)} ${round1(y - r)}L${round1(x + r)} ${round1(y + r)}M${round1(x + r)} ${round1(y - r)}L${round1(x - r)} ${round1(y + r)}`;
