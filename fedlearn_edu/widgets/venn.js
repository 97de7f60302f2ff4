// Chapter 06: two circles of customers. The lens they have in common is as large, against a circle, as the common customers
// are against a party's. The second circle is moved by the mouse, by a finger, by arrow keys, or by its slider beside it.

BLOCKS.venn = class Venn extends Chart {
  constructor(host, view) {
    super(host, "venn");
    this.view = view;
    this.legend.remove();
    this.svg.setAttribute("role", "group");
    this.follow = () => this.block && this.redraw();
  }

  show(block) {
    if (!this.block) this.view.model.on(`change:${block.knob}`, this.follow);
    super.show(block);
  }

  draw() {
    const { block, font, drawing, width, height } = this;
    const share = this.view.model.get(block.knob);
    const common = Math.round((share / 100) * block.total);
    const own = Math.ceil((block.total - common) / 2), theirs = Math.floor((block.total - common) / 2);
    const count = (number) => number.toLocaleString("en");
    const names = [[block.texts.bank, own + common], [block.texts.tax, theirs + common]].map(([text, number]) => fillIn(text, { count: count(number) }));
    const apart = linesApart(names, font, width);
    const top = 1.7 * font + apart;
    const r = (this.r = Math.min((height - 2 * top) / 2, width / 4.1));
    const d = r * distanceFor((2 * share) / (100 + share));
    const y = top + r, [left, right] = [(width - d) / 2, (width + d) / 2];
    const circle = (cx) => ({ cx: round1(cx), cy: round1(y), r: round1(r) });
    const h = Math.sqrt(Math.max(0, r * r - (d * d) / 4));
    drawing.put("circle", "bank", { class: "fl-venn-bank", ...circle(left) });
    drawing.put("circle", "tax", { class: "fl-venn-tax", ...circle(right) });
    drawing.put("path", "lens", {
      class: "fl-venn-lens", d: `M${round1(width / 2)} ${round1(y - h)}A${round1(r)} ${round1(r)} 0 0 1 ${round1(width / 2)} ${round1(y + h)}A${round1(r)} ${round1(r)} 0 0 1 ${round1(width / 2)} ${round1(y - h)}Z`,
    });
    const bottom = height - 0.35 * font;
    const texts = [
      ["bank", 0, font, "start", names[0]], ["tax", width, font + apart, "end", names[1]],
      ["own", 0, bottom, "start", block.texts.only, own], ["theirs", width, bottom, "end", block.texts.only, theirs],
      ["common", width / 2, y + 0.35 * font, "middle", block.texts.common, common],
    ];
    for (const [key, x, at, anchor, text, number] of texts) {
      drawing.put("text", `text ${key}`, { class: `fl-venn-text fl-venn-${key}-text`, x: round1(x), y: round1(at), "text-anchor": anchor }, number === undefined ? text : fillIn(text, { count: count(number) }));
    }
    const words = fillIn(block.texts.state, { share });
    this.svg.setAttribute("aria-label", sentences(block.title, `${fillIn(block.texts.common, { count: count(common) })}; ${own} / ${theirs}`));
    this.grip(circle(right), share, words);
  }

  grip(place, share, words) {
    const { block, drawing } = this;
    const grip = drawing.put("circle", "grip", {
      class: "fl-venn-grip", tabindex: 0, role: "slider", "data-lm-suppress-shortcuts": "true", "aria-label": block.texts.move,
      "aria-valuemin": block.least, "aria-valuemax": 100, "aria-valuenow": share, "aria-valuetext": words, ...place,
    });
    if (this.held) return;
    this.held = grip;
    grip.addEventListener("keydown", (event) => {
      const { step, least } = this.block;
      const by = { ArrowLeft: step, ArrowUp: step, ArrowRight: -step, ArrowDown: -step }[event.key];
      const to = { Home: 100, End: least }[event.key] ?? (by === undefined ? undefined : this.share() + by);
      if (to === undefined) return;
      event.preventDefault();
      this.move(to);
    });
    grip.addEventListener("pointerdown", (event) => {
      this.start = { x: event.clientX, d: distanceFor((2 * this.share()) / (100 + this.share())) };
      grip.setPointerCapture(event.pointerId);
      grip.focus();
      event.preventDefault();
    });
    grip.addEventListener("pointermove", (event) => {
      if (!this.start) return;
      const f = lensOf(Math.max(0, Math.min(2, this.start.d + (2 * (event.clientX - this.start.x)) / this.r)));
      this.move((100 * f) / (2 - f)); // of each circle f is common, of all customers f/(2 − f)
    });
    for (const end of ["pointerup", "pointercancel"]) grip.addEventListener(end, () => (this.start = null));
  }

  share() {
    return this.view.model.get(this.block.knob);
  }

  move(share) {
    const { step, least, knob } = this.block;
    const to = Math.max(least, Math.min(100, Math.round(share / step) * step));
    if (to !== this.share()) this.view.moved(this.view.knobs.get(knob).knob, to);
  }

  remove() {
    if (this.block) this.view.model.off(`change:${this.block.knob}`, this.follow);
    super.remove();
  }
};

// Two circles of radius 1 at a distance d: which share of each lies in the other.
const lensOf = (d) => (2 * Math.acos(d / 2) - (d / 2) * Math.sqrt(4 - d * d)) / Math.PI;

function distanceFor(share) {
  let [low, high] = [0, 2];
  for (let i = 0; i < 30; i++) {
    const middle = (low + high) / 2;
    if (lensOf(middle) > share) low = middle;
    else high = middle;
  }
  return low;
}
