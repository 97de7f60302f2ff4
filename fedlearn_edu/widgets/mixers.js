// Chapter 05: two paint mixers. A colour is a number of a small group; stirring a secret in raises it to a power mod p.
// Number and pattern say what the colour says. Both lanes end alike exactly when they began alike.

BLOCKS.mixers = class extends Chart {
  constructor(host, view) {
    super(host, "mixers");
    this.legend.remove();
    this.view = view;
    this.said = element("p", { class: "fl-mixers-said", "aria-live": "polite" });
    this.figure.append(this.said);
    this.id = `fl-paint-${Math.random().toString(36).slice(2, 8)}`;
  }

  show(block) {
    this.block = block;
    const value = (knob) => this.view.model.get(block[knob]);
    const [a, b] = [value("a"), value("b")];
    const power = (base, times) => { let found = 1; while (times-- > 0) found = (found * base) % block.p; return found; }; // small numbers: exact
    const lane = (name, once, twice) => {
      const start = block.customers[name], middle = power(start, once);
      return { name, numbers: [start, middle, power(middle, twice)], stirred: [once, twice] };
    };
    this.lanes = [lane(value("first"), a, b), lane(value("second"), b, a)];
    const [upper, lower] = this.lanes;
    this.alike = upper.numbers[2] === lower.numbers[2];
    const texts = block.texts;
    const sentence = fillIn(this.alike ? texts.alike : texts.different, { x: upper.name, y: lower.name, u: upper.numbers[2], v: lower.numbers[2] });
    const stepped = this.lanes.map((one, k) => fillIn(texts.lane, { name: one.name, who: block.names[k], h: one.numbers[0], s: one.stirred[0], m: one.numbers[1], t: one.stirred[1], e: one.numbers[2], p: block.p }));
    setText(this.said, sentence);
    setText(this.caption, block.title);
    this.svg.setAttribute("aria-label", sentences(...stepped, sentence));
    this.redraw();
  }

  draw() {
    const { block, font, width, height, drawing } = this;
    this.patterns();
    const pot = Math.min(9 * font, (width - 5.2 * font) / 4.1), gap = (width - 3 * pot - font) / 2;
    const tall = Math.min(4.4 * font, height / 2 - 3.4 * font), row = height / 2;
    this.lanes.forEach((lane, k) => {
      const y = k * row + 1.5 * font;
      lane.numbers.forEach((number, place) => {
        const x = place * (pot + gap);
        this.pot(`${k} ${place}`, number, x, y, pot, tall, place === 1);
        const under = place === 0 ? `H(${lane.name})` : fillIn(place === 1 ? block.texts.travels : block.texts.end, { n: number });
        drawing.put("text", `under ${k} ${place}`, { class: "fl-tick", x: round1(x + pot / 2), y: round1(y + tall + 1.15 * font), "text-anchor": "middle" }, under);
        if (place === 2) return;
        const from = x + pot + 4, to = x + pot + gap - 4, middle = y + tall / 2;
        drawing.put("path", `arrow ${k} ${place}`, { class: "fl-mix-arrow", d: `M${round1(from)} ${round1(middle)}H${round1(to)}m-6 -5l6 5l-6 5` });
        const stirrer = place === k % 2 ? 0 : 1; // upper lane: bank, then tax office; lower lane: the other way round
        const at = { class: "fl-mix-secret", x: round1((from + to) / 2), y: round1(middle - 0.6 * font), "text-anchor": "middle" };
        const blank = gap > 6 * font ? " " : ""; // on a telephone it would lie over the pots
        drawing.put("text", `secret ${k} ${place}`, at, ["^", "ab"[stirrer], "=", lane.stirred[place]].join(blank));
      });
      drawing.put("text", `lane ${k}`, { class: "fl-tick fl-lane-name", x: 0, y: round1(k * row + font) }, fillIn(block.texts.owner, { who: block.names[k], name: lane.name }));
    });
    const x = 2 * (pot + gap) + pot / 2, y = row + 0.95 * font;
    drawing.put("text", "verdict", { class: `fl-mix-verdict ${this.alike ? "fl-alike" : ""}`, x: round1(x), y: round1(y), "text-anchor": "middle" }, this.alike ? "=" : "≠");
  }

  pot(key, number, x, y, wide, tall, travels) {
    const { drawing, font, block } = this;
    const index = block.elements.indexOf(number), hue = Math.round((360 * index) / block.elements.length);
    const place = { x: round1(x), y: round1(y), width: round1(wide), height: round1(tall), rx: 8 };
    drawing.put("rect", `paint ${key}`, { class: "fl-paint", ...place, fill: `hsl(${hue} 62% 62%)` });
    drawing.put("rect", `pattern ${key}`, { class: "fl-pattern", ...place, fill: `url(#${this.id}-${index % 5})` });
    drawing.put("rect", `edge ${key}`, { class: `fl-pot${travels ? " fl-travels" : ""}`, ...place });
    const pill = 2.9 * font;
    drawing.put("rect", `pill ${key}`, { class: "fl-pill", x: round1(x + wide / 2 - pill / 2), y: round1(y + tall / 2 - 0.95 * font), width: round1(pill), height: round1(1.9 * font), rx: 6 });
    drawing.put("text", `number ${key}`, { class: "fl-paint-number", x: round1(x + wide / 2), y: round1(y + tall / 2 + 0.42 * font), "text-anchor": "middle", style: `font-size: ${round1(1.25 * font)}px` }, String(number));
  }

  // Five patterns: plain, stripes three ways, dots.
  patterns() {
    if (this.defs) return;
    this.defs = document.createElementNS(SVG, "defs");
    const marks = ["", "M0 0L8 8M-2 6L2 10M6 -2L10 2", "M0 8L8 0M-2 2L2 -2M6 10L10 6", "M0 2H8M0 6H8", "M2 2h.01M6 6h.01"];
    this.defs.innerHTML = marks.map((d, k) => `<pattern id="${this.id}-${k}" width="8" height="8" patternUnits="userSpaceOnUse"><path d="${d || "M0 0"}" fill="none" stroke="#1b1f24" stroke-opacity=".38" stroke-width="${k === 4 ? 3 : 1.2}" stroke-linecap="round"/></pattern>`).join("");
    this.svg.prepend(this.defs);
  }
};
