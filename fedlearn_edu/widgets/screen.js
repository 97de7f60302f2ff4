// Chapter 06: what whoever decrypts sees. A bar for each column, to the left or to the right; an outline shows the truth,
// and a hatched bar is static.

BLOCKS.screen = class Screen extends Chart {
  constructor(host) {
    super(host, "screen");
    this.legend.remove();
    this.key = element("p", { class: "fl-soft" });
    this.figure.append(this.key);
  }

  show(block) {
    super.show(block);
    setText(this.key, `${block.texts.parties} · ${block.texts.truth}`);
  }

  draw() {
    const { block, font, drawing, width, height } = this;
    const signs = { bank: "●", "tax office": "■" };
    const top = 1.5 * font;
    const rows = this.fitting(block.rows, (height - top - 2) / (0.9 * font));
    const slot = Math.min(1.7 * font, (height - top - 2) / Math.max(1, rows.length));
    const size = Math.min(font, slot * 0.92);
    const labels = 2.2 * size + 1.12 * Math.max(...rows.map((row) => textWidth(row.label, size)));
    const values = size + 1.12 * Math.max(...rows.map((row) => textWidth(row.text, size)), 3.2 * size);
    const half = Math.max(20, (width - labels - values) / 2), middle = labels + half;
    this.hatch();
    this.directions(labels, half);
    drawing.put("line", "zero", { class: "fl-grid", x1: round1(middle), x2: round1(middle), y1: top, y2: round1(top + slot * rows.length) });
    for (const [index, row] of rows.entries()) {
      const y = top + index * slot, base = round1(y + slot / 2 + size * 0.34);
      const kind = row.party === "bank" ? "bank" : "tax";
      const bar = (share, tall) => ({
        x: round1(middle + Math.min(0, share) * half), width: round1(Math.max(0.6, Math.abs(share) * half)), y: round1(y + (slot * (1 - tall)) / 2), height: round1(slot * tall),
      });
      drawing.put("text", `label ${index}`, { class: `fl-screen-label fl-screen-${kind}`, x: round1(labels - 6), y: base, "text-anchor": "end", "font-size": size }, `${signs[row.party]} ${row.label}`);
      drawing.put("rect", `seen ${index}`, { class: `fl-screen-bar ${block.static ? "fl-static" : `fl-screen-${kind}`}`, fill: block.static ? `url(#${this.hatchId})` : null, ...bar(row.seen, 0.62) });
      drawing.put("rect", `truth ${index}`, { class: "fl-screen-truth", ...bar(row.truth, 0.82) });
      drawing.put("text", `value ${index}`, { class: "fl-value", x: round1(labels + 2 * half + 6), y: base, "font-size": size }, row.text);
    }
  }

  // At the outer ends; between bars too short for both, back to back at zero, over the names and over the numbers.
  directions(start, half) {
    const { block: { texts }, font, drawing } = this;
    const [left, right] = half < 16 * font ? [texts.good, texts.bad] : [texts.left, texts.right];
    const tight = textWidth(left, font) + textWidth(right, font) + font > 2 * half;
    const [from, to] = tight ? [start + half - font / 2, start + half + font / 2] : [start, start + 2 * half];
    drawing.put("text", "left", { class: "fl-tick", x: round1(from), y: font, "text-anchor": tight ? "end" : "start" }, left);
    drawing.put("text", "right", { class: "fl-tick", x: round1(to), y: font, "text-anchor": tight ? "start" : "end" }, right);
  }

  // Where type is large there is no room for all: those of which the truth is largest, in their old order.
  fitting(rows, most) {
    if (rows.length <= most) return rows;
    const sizes = rows.map((row) => Math.abs(row.truth)).sort((a, b) => b - a);
    const least = sizes[Math.max(1, Math.floor(most)) - 1];
    return rows.filter((row) => Math.abs(row.truth) >= least);
  }

  hatch() {
    this.hatchId ??= `fl-static-${Math.random().toString(36).slice(2, 9)}`;
    const pattern = this.drawing.put("pattern", "hatch", { id: this.hatchId, width: 5, height: 5, patternUnits: "userSpaceOnUse" });
    if (pattern.firstChild) return;
    for (const [x, y] of [[0, 0], [3, 1], [1, 3], [4, 4], [2, 2]]) {
      const grain = document.createElementNS(SVG, "rect");
      for (const [name, value] of Object.entries({ x, y, width: 1.3, height: 1.3, class: "fl-screen-grain" })) grain.setAttribute(name, value);
      pattern.append(grain);
    }
  }
};
