// Charts for every widget of the course, in plain SVG and nothing else.
//
//   LineChart, BarChart, PictureRow, Strip, GridTable, RoomChart    new LineChart(host).show(block)
//
// A block is plain data, made by `blocks.py`. A chart keeps its elements and changes their attributes, so that nothing
// flickers; it draws in real pixels and draws again when its host changes its width. Colours come from the stylesheet by
// role (`var(--federated)`); marker and dash say the same to who cannot tell colours apart.

// Kinds of blocks by name. A script that brings one along says `BLOCKS.plane = class { constructor(host, view) … show(block) …
// remove() … }`: `host` is where it draws, `view` the lab (`view.model`, `view.set(knob, value)`).
const BLOCKS = {};

const SVG = "http://www.w3.org/2000/svg";

function element(tag, attributes = {}, text = "") {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  return made;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text; // an unchanged text is not announced again
}

// A drawing that keeps its elements: put() makes an element or changes it, sweep() removes those that were not put again.
class Drawing {
  constructor(root) {
    this.root = root;
    this.kept = new Map();
    this.fresh = new Set();
  }

  put(tag, key, attributes, text) {
    let node = this.kept.get(key);
    if (!node) {
      node = document.createElementNS(SVG, tag);
      this.kept.set(key, node);
      this.root.append(node);
    }
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null) node.removeAttribute(name);
      else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
    }
    if (text !== undefined) setText(node, text);
    this.fresh.add(key);
    return node;
  }

  sweep() {
    for (const [key, node] of this.kept) {
      if (!this.fresh.has(key)) {
        node.remove();
        this.kept.delete(key);
      }
    }
    this.fresh.clear();
  }
}

// What all charts have: a caption, an SVG that says what is in it, a legend.
class Chart {
  constructor(host, kind) {
    this.host = host;
    this.figure = element("figure", { class: `fl-chart fl-chart-${kind}` });
    this.caption = element("figcaption");
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("role", "img");
    this.legend = element("div", { class: "fl-legend", "aria-hidden": "true" });
    this.figure.append(this.caption, this.svg, this.legend);
    host.append(this.figure);
    this.drawing = new Drawing(this.svg);
    this.watcher = new ResizeObserver(() => this.block && this.redraw());
    this.watcher.observe(this.figure);
  }

  show(block) {
    this.block = block;
    setText(this.caption, block.title);
    this.svg.setAttribute("aria-label", sentences(block.title, block.alt));
    this.redraw();
  }

  redraw() {
    const style = getComputedStyle(this.figure);
    this.font = parseFloat(style.getPropertyValue("--small")) || 12;
    this.width = Math.max(160, Math.floor(this.svg.getBoundingClientRect().width || this.figure.clientWidth));
    this.height = parseFloat(style.getPropertyValue("--chart-height")) || 240;
    this.svg.setAttribute("height", this.height);
    this.draw();
    this.drawing.sweep();
  }

  remove() {
    this.watcher.disconnect();
    this.figure.remove();
  }
}

const WIDE = /[\u2e80-\u9fff\uff00-\uffef]/g; // Chinese: a character is as wide as it is high
const textWidth = (text, font) => (0.54 * text.length + 0.46 * (text.match(WIDE)?.length ?? 0)) * font;

/* How far the second of two bold texts, one at each end of a line, stands under the first: 0 when both have room. */
const linesApart = ([left, right], font, width) => (1.2 * (textWidth(left, font) + textWidth(right, font)) + font > width ? 1.3 * font : 0);
const colour = (role) => `var(--${role})`;

// Round numbers for an axis: at most `count` steps of 1, 2 or 5 times a power of ten.
function ticksBetween(low, high, count) {
  const rough = (high - low || 1) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough * 0.999);
  const ticks = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-6; n++) ticks.push(n * step);
  return { ticks, step };
}

function inWords(value, percent, step) {
  if (percent) return `${Math.round(value * 1000) / 10}%`;
  const digits = Math.max(0, Math.min(4, -Math.floor(Math.log10(step || 1))));
  return value.toFixed(digits);
}

// A marker's outline around (x, y), as a path.
function markerPath(shape, x, y, r) {
  if (shape === "square") return `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}Z`;
  if (shape === "triangle") return `M${x} ${y - 1.2 * r}l${1.2 * r} ${2.1 * r}h${-2.4 * r}Z`;
  if (shape === "diamond") return `M${x} ${y - 1.4 * r}l${1.3 * r} ${1.4 * r}l${-1.3 * r} ${1.4 * r}l${-1.3 * r} ${-1.4 * r}Z`;
  return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
}

class LineChart extends Chart {
  constructor(host) {
    super(host, "lines");
  }

  draw() {
    const { block, font, drawing } = this;
    const named = block.series.filter((one) => one.named && last(one.values) !== null);
    const direct = this.width >= 26 * font && named.length > 0;
    const widest = Math.max(0, ...named.map((one) => textWidth(one.label, font)));
    this.place = {
      left: 3.6 * font, right: this.width - (direct ? Math.min(widest + 1.4 * font, 0.42 * this.width) : font),
      top: 0.8 * font, bottom: this.height - 2.9 * font,
    };
    this.scales();
    this.axes();
    if (block.mark) this.mark();
    for (const [index, one] of block.series.entries()) this.curve(one, index);
    if (direct) this.names(named);
    this.legend.hidden = direct || block.series.length < 2;
    if (!this.legend.hidden) fillLegend(this.legend, block.series);
  }

  scales() {
    const { block, place } = this;
    const values = block.series.flatMap((one) => one.values).filter((value) => value !== null);
    const high = block.top ?? Math.max(...values, block.floor + 1e-9);
    const { ticks, step } = ticksBetween(block.floor, high, 4);
    const top = block.top ?? Math.ceil(high / step - 1e-9) * step;
    if (last(ticks) < top - 1e-9 * step) ticks.push(last(ticks) + step);
    const first = block.x[0];
    const span = Math.max(1, last(block.x) - first);
    Object.assign(this, { ticks: ticks.filter((tick) => tick <= top * 1.0001), step });
    this.atX = (x) => round1(place.left + ((x - first) / span) * (place.right - place.left));
    this.atY = (y) => round1(place.bottom - ((y - block.floor) / (top - block.floor || 1)) * (place.bottom - place.top));
  }

  axes() {
    const { block, place, font, drawing } = this;
    for (const tick of this.ticks) {
      const y = this.atY(tick);
      drawing.put("line", `grid ${tick}`, { class: "fl-grid", x1: place.left, x2: place.right, y1: y, y2: y });
      const at = { class: "fl-tick", x: place.left - 6, y: y + font * 0.35, "text-anchor": "end" };
      drawing.put("text", `tick ${tick}`, at, inWords(tick, block.percent, this.step));
    }
    const most = Math.max(2, Math.floor((place.right - place.left) / (2.4 * font)));
    const every = Math.ceil(block.x.length / most);
    for (const [index, x] of block.x.entries()) {
      if (index % every && index !== block.x.length - 1) continue;
      if (index !== block.x.length - 1 && block.x.length - 1 - index < every && every > 1) continue;
      const at = { class: "fl-tick", x: this.atX(x), y: place.bottom + 1.3 * font, "text-anchor": "middle" };
      drawing.put("text", `x ${x}`, at, String(x));
    }
    const middle = { class: "fl-tick", x: (place.left + place.right) / 2, y: this.height - 0.35 * font, "text-anchor": "middle" };
    drawing.put("text", "x label", middle, block.x_label);
  }

  mark() {
    const { block, place, font, drawing } = this;
    const x = this.atX(block.mark.x);
    drawing.put("line", "mark", { class: "fl-mark", x1: x, x2: x, y1: place.top, y2: place.bottom });
    const roomLeft = x - place.left > textWidth(block.mark.label, font) + 8;
    const here = block.x.indexOf(block.mark.x); // under the curves, or over them where they run low
    const low = block.series.some((one) => one.values[here] != null && this.atY(one.values[here]) > place.bottom - 2 * font);
    const y = low ? place.top + 0.8 * font : place.bottom - 0.5 * font;
    const at = { class: "fl-tick", x: roomLeft ? x - 5 : x + 5, y, "text-anchor": roomLeft ? "end" : "start" };
    drawing.put("text", "mark name", at, block.mark.label);
  }

  curve(one, index) {
    const { block, drawing, font } = this;
    const points = one.values.map((y, i) => (y === null ? null : [this.atX(block.x[i]), this.atY(y)]));
    const path = points.map((p, i) => (p ? `${i && points[i - 1] ? "L" : "M"}${p[0]} ${p[1]}` : "")).join("");
    drawing.put("path", `curve ${index}`, {
      class: `fl-curve${one.wide ? " fl-wide" : ""}`, d: path || "M0 0", stroke: colour(one.role), "stroke-dasharray": one.dash || null,
    });
    if (!one.marker) return;
    const size = one.wide ? font * 0.36 : font * 0.2;
    for (const [i, p] of points.entries()) {
      if (p) drawing.put("path", `marker ${index} ${i}`, { class: "fl-marker", d: markerPath(one.marker, p[0], p[1], size), fill: colour(one.role) });
    }
  }

  // Names at the curves' ends, pushed apart where they would overlap.
  names(named) {
    const { block, place, font, drawing } = this;
    const placed = named.map((one) => {
      const end = one.values.length - 1;
      return { one, x: this.atX(block.x[end]), y: this.atY(one.values[end]), index: block.series.indexOf(one) };
    });
    placed.sort((a, b) => a.y - b.y);
    const gap = font * 1.15;
    let low = place.top + font * 0.3;
    for (const name of placed) low = (name.at = Math.max(name.y, low)) + gap;
    let high = place.bottom;
    for (const name of placed.reverse()) high = (name.at = Math.min(name.at, high)) - gap;
    for (const name of placed) {
      const x = place.right + font * 0.9;
      drawing.put("line", `leader ${name.index}`, { class: "fl-leader", x1: place.right + 2, x2: x - 3, y1: name.x < place.right - 2 ? name.at : name.y, y2: name.at, stroke: colour(name.one.role) });
      const at = { class: `fl-name${name.one.wide ? " fl-strong" : ""}`, x, y: name.at + font * 0.35, fill: colour(name.one.role) };
      drawing.put("text", `name ${name.index}`, at, name.one.label);
    }
  }
}

function fillLegend(host, series) {
  const entries = series.filter((one) => one.in_legend);
  const wanted = JSON.stringify(entries.map((one) => [one.legend || one.label, one.role, one.marker, one.dash, one.wide]));
  if (host.dataset.drawn === wanted) return;
  host.dataset.drawn = wanted;
  host.replaceChildren();
  for (const one of entries) {
    const entry = element("span", { class: "fl-legend-entry" });
    const swatch = document.createElementNS(SVG, "svg");
    swatch.setAttribute("viewBox", "0 0 28 10");
    const drawing = new Drawing(swatch);
    drawing.put("path", "line", { class: `fl-curve${one.wide ? " fl-wide" : ""}`, d: "M1 5H27", stroke: colour(one.role), "stroke-dasharray": one.dash || null });
    if (one.marker) drawing.put("path", "marker", { class: "fl-marker", d: markerPath(one.marker, 14, 5, 3.4), fill: colour(one.role) });
    entry.append(swatch, document.createTextNode(one.legend || one.label));
    host.append(entry);
  }
}

// Horizontal bars with their values in words.
class BarChart extends Chart {
  constructor(host) {
    super(host, "bars");
    this.legend.remove();
  }

  draw() {
    const { block, font, drawing } = this;
    const labels = Math.min(0.56 * this.width, 8 + Math.max(0, ...block.rows.map((row) => textWidth(row.label, font))));
    const values = 14 + Math.max(0, ...block.rows.map((row) => textWidth(row.text, font)));
    const top = block.top || Math.max(1e-12, ...block.rows.map((row) => row.value || 0));
    const slot = Math.min(2.2 * font, (this.height - 4) / Math.max(1, block.rows.length));
    for (const [index, row] of block.rows.entries()) {
      const y = 2 + index * slot;
      const length = Math.max(1, ((row.value || 0) / top) * (this.width - labels - values));
      const middle = round1(y + slot / 2 + Math.min(font, slot) * 0.34);
      const size = { "font-size": Math.min(font, slot * 0.92) };
      drawing.put("text", `label ${index}`, { class: "fl-tick", x: labels - 6, y: middle, "text-anchor": "end", ...size }, row.label);
      drawing.put("rect", `bar ${index}`, { class: `fl-bar fl-bar-${row.role}`, x: labels, y: round1(y + slot * 0.14), width: round1(length), height: round1(slot * 0.72), fill: colour(row.role) });
      drawing.put("text", `value ${index}`, { class: "fl-value", x: round1(labels + length + 6), y: middle, ...size }, row.text);
    }
  }
}

// Pictures of a few cells: ten digits of 8 × 8 pixels, say. Ink on white in both themes: "dark" must mean dark.
class PictureRow {
  constructor(host) {
    this.figure = element("figure", { class: "fl-chart fl-pictures" });
    this.caption = element("figcaption");
    this.row = element("div", { class: "fl-picture-row", role: "img" });
    this.figure.append(this.caption, this.row);
    host.append(this.figure);
    this.drawn = [];
  }

  show(block) {
    setText(this.caption, block.title);
    this.row.setAttribute("aria-label", block.alt || block.title);
    this.row.style.setProperty("--cells", String(block.columns));
    this.figure.classList.toggle("fl-one", block.pictures.length === 1);
    while (this.drawn.length > block.pictures.length) this.drawn.pop().holder.remove();
    block.pictures.forEach((picture, index) => this.picture(index, picture, block));
  }

  picture(index, picture, block) {
    if (!this.drawn[index]) this.drawn[index] = this.frame();
    const { svg, drawing, label } = this.drawn[index];
    svg.setAttribute("viewBox", `0 0 ${block.columns} ${block.rows}`);
    setText(label, picture.caption);
    svg.classList.toggle("fl-empty", picture.cells.length === 0);
    for (let cell = 0; cell < block.rows * block.columns; cell++) {
      const shade = picture.cells.length ? picture.cells[cell] / 255 : 0;
      const node = drawing.put("rect", cell, {
        x: cell % block.columns, y: Math.floor(cell / block.columns), width: 1, height: 1, "fill-opacity": shade.toFixed(3),
      });
      node.style.transitionDelay = `${((cell * 37 + index * 11) % 64) * 7}ms`; // a noise that sharpens does so in grains
    }
    drawing.sweep();
  }

  frame() {
    const holder = element("div", { class: "fl-picture" });
    const svg = document.createElementNS(SVG, "svg");
    const label = element("span");
    holder.append(svg, label);
    this.row.append(holder);
    return { holder, svg, label, drawing: new Drawing(svg) };
  }

  remove() {
    this.figure.remove();
  }
}

// Cells side by side, each with a name, a text, and how full it is: slots of a plaintext, or guesses.
class Strip {
  constructor(host) {
    this.figure = element("figure", { class: "fl-chart fl-strip" });
    this.caption = element("figcaption");
    this.list = element("ul");
    this.note = element("p", { class: "fl-soft" });
    this.figure.append(this.caption, this.list, this.note);
    host.append(this.figure);
  }

  show(block) {
    setText(this.caption, block.title);
    setText(this.note, block.note);
    this.note.hidden = !block.note;
    this.list.setAttribute("aria-label", block.alt || block.title);
    while (this.list.children.length > block.cells.length) this.list.lastChild.remove();
    block.cells.forEach((cell, index) => this.cell(index, cell));
  }

  cell(index, cell) {
    if (!this.list.children[index]) {
      const made = element("li");
      made.append(element("small"), element("b"), element("span", { class: "fl-fill", "aria-hidden": "true" }));
      this.list.append(made);
    }
    const made = this.list.children[index];
    const [label, text, fill] = made.children;
    made.className = cell.tone ? `fl-${cell.tone}` : "";
    setText(label, cell.label);
    setText(text, cell.text);
    fill.hidden = cell.fill === null;
    fill.style.setProperty("--full", Math.min(1, cell.fill ?? 0));
  }

  remove() {
    this.figure.remove();
  }
}

// A small group as a table of buttons: choose two elements, and their product lights up. One tab stop; arrows move,
// Enter and space choose. With the columns hidden the elements stand in the order of their numbers, which tells nothing.
class GridTable {
  constructor(host, view) {
    this.view = view;
    this.figure = element("figure", { class: "fl-chart fl-grid-table" });
    this.caption = element("figcaption");
    this.scroll = element("div", { class: "fl-grid-scroll" });
    this.table = element("table");
    this.said = element("p", { class: "fl-grid-said", "aria-live": "polite" });
    this.scroll.append(this.table);
    this.figure.append(this.caption, this.scroll, this.said);
    host.append(this.figure);
    this.here = 0;
    this.last = "second";
    this.table.addEventListener("keydown", (event) => this.move(event));
    this.table.addEventListener("click", (event) => this.choose(event.target.closest("button")));
  }

  show(block) {
    this.block = block;
    const value = (knob) => this.view.model.get(block[knob]);
    const [first, second, hidden] = [value("first"), value("second"), value("hidden")];
    const rows = block.columns[0].length;
    const elements = block.columns.flat();
    const product = (elements[first] * elements[second]) % block.modulus; // small numbers: exact
    const third = elements.indexOf(product);
    setText(this.caption, hidden ? block.texts.hidden_title : block.title);
    this.build(block, rows, hidden);
    for (const button of this.buttons) {
      const index = Number(button.dataset.index);
      const part = [index === first && "1", index === second && "2", index === third && "="].filter(Boolean).join(" ");
      button.dataset.part = part;
      const column = hidden ? "" : fillIn(block.texts.column, { column: Math.floor(index / rows) });
      button.setAttribute("aria-label", listed(elements[index], column, part.replace("=", block.texts.product_name)));
      button.setAttribute("aria-pressed", String(index === first || index === second));
    }
    this.follow([first, second, third].join(), third);
    const of = (index) => Math.floor(index / rows);
    const at = {
      x: elements[first], y: elements[second], product, modulus: block.modulus, a: of(first), b: of(second), c: of(third), n: block.columns.length,
    };
    setText(this.said, runOn(`${fillIn(block.texts.product, at)} ${fillIn(hidden ? block.texts.hidden_note : block.texts.sum, at)}`));
  }

  // Where the table is wider than its place: scroll to the product when it changes.
  follow(chosen, third) {
    if (this.chosen === chosen) return;
    this.chosen = chosen;
    const cell = this.buttons.find((button) => Number(button.dataset.index) === third);
    this.scroll.scrollLeft = cell.offsetLeft - this.scroll.clientWidth / 2;
  }

  build(block, rows, hidden) {
    if (this.built === hidden) return;
    this.built = hidden;
    const columns = block.columns.length;
    const order = block.columns.flat().map((number, index) => ({ number, index }));
    if (hidden) order.sort((a, b) => a.number - b.number);
    const head = element("tr");
    for (let c = 0; c < columns; c++) head.append(element(hidden ? "td" : "th", hidden ? {} : { scope: "col" }, hidden ? "?" : String(c)));
    const body = Array.from({ length: rows }, (_, r) => {
      const row = element("tr");
      for (let c = 0; c < columns; c++) {
        const { number, index } = hidden ? order[r * columns + c] : order[c * rows + r];
        const cell = element("td");
        cell.append(control("button", { type: "button", tabindex: "-1", "data-index": index }, String(number)));
        row.append(cell);
      }
      return row;
    });
    const kept = this.table.contains(document.activeElement);
    this.table.replaceChildren(element("caption", { class: "fl-hidden-visually" }, block.alt || block.title), element("thead"), element("tbody"));
    this.table.tHead.append(head);
    this.table.tBodies[0].append(...body);
    this.buttons = [...this.table.querySelectorAll("button")];
    this.width = columns;
    this.stopAt(Math.min(this.here, this.buttons.length - 1), kept);
  }

  stopAt(place, focus = true) {
    this.buttons[this.here]?.setAttribute("tabindex", "-1");
    this.here = place;
    this.buttons[place].setAttribute("tabindex", "0");
    if (focus) this.buttons[place].focus();
  }

  move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.width, ArrowUp: -this.width }[event.key];
    const end = { Home: 0, End: this.buttons.length - 1 }[event.key];
    const to = end ?? this.here + (step ?? 0);
    if ((step === undefined && end === undefined) || to < 0 || to >= this.buttons.length) return;
    event.preventDefault();
    this.stopAt(to);
  }

  choose(button) {
    if (!button) return;
    this.stopAt(this.buttons.indexOf(button), false);
    this.last = this.last === "second" ? "first" : "second";
    const name = this.block[this.last];
    this.view.moved(this.view.knobs.get(name).knob, Number(button.dataset.index));
    this.show(this.block);
  }

  remove() {
    this.figure.remove();
  }
}

/* As in i18n.py, no blank stays between Chinese and Chinese beside a hole. */
const NEEDLESS = /([\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])(?: \0|\0 \0?)(?=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])/g;
const fillIn = (text, values) => {
  const edged = text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? `\0${values[name]}\0` : whole));
  return edged.replace(NEEDLESS, "$1").replaceAll("\0", "");
};
const runOn = (text) => text.replace(/([。！？：]) /g, "$1"); // a Chinese full stop brings its blank along

// Who takes part: for each party the rows of each class as small bars; or a hundred dots, those that answer filled.
class RoomChart extends Chart {
  constructor(host, words) {
    super(host, "room");
    this.words = words;
    this.legend.remove();
  }

  show(block) {
    super.show(block);
    const keys = block.parties.length > 20
      ? [["fl-dot fl-here", "●", this.words.here], ["fl-dot", "○", this.words.asleep]]
      : block.classes.length === 2
        ? block.classes.map((name, c) => [`fl-label-${c}`, "■", name])
        : [["", "", `${this.words.rows}: ${block.classes.join(" ")}`]];
    this.caption.replaceChildren(document.createTextNode(`${block.parties.length} × ${block.name} `));
    for (const [look, sign, name] of keys) {
      const key = element("span", { class: "fl-key" });
      key.append(element("span", { class: look, "aria-hidden": "true" }, sign), document.createTextNode(` ${name}`));
      this.caption.append(key);
    }
  }

  at(place) {
    this.active = place;
    this.svg.querySelectorAll(".fl-seat").forEach((seat, index) => seat.classList.toggle("fl-at", index === place));
  }

  // Before the kernel answers: as many seats as the knob says, each with an average share.
  guess(count) {
    if (!this.block || this.block.parties.length > 20 || count === this.block.parties.length) return;
    const old = this.block.parties;
    const mean = this.block.classes.map((_, c) => old.reduce((sum, party) => sum + party.counts[c], 0) / count);
    const parties = Array.from({ length: count }, () => ({ counts: mean, rows: 0, state: "here" }));
    this.show({ ...this.block, parties });
  }

  draw() {
    if (this.block.parties.length > 20) this.dots();
    else this.seats();
  }

  seats() {
    const { block, font, drawing } = this;
    const slot = Math.min(11 * font, this.width / block.parties.length);
    const most = Math.max(1, ...block.parties.flatMap((party) => party.counts));
    const base = this.height - 1.5 * font;
    for (const [k, party] of block.parties.entries()) {
      const x = k * slot;
      const gone = party.state === "gone";
      drawing.put("rect", `seat ${k}`, { class: `fl-seat${gone ? " fl-gone" : ""}${k === this.active ? " fl-at" : ""}`, x: round1(x + 2), y: 1, width: round1(slot - 4), height: this.height - 2, rx: 5 });
      const wide = (slot - 12) / party.counts.length;
      for (const [c, count] of party.counts.entries()) {
        const height = (count / most) * (base - font * 0.7);
        drawing.put("rect", `bar ${k} ${c}`, { class: `fl-label-bar fl-label-${party.counts.length === 2 ? c : 0}${gone ? " fl-gone" : ""}`, x: round1(x + 6 + c * wide), y: round1(base - height), width: round1(Math.max(1, wide - 1.5)), height: round1(height) });
      }
      const name = gone ? `${k + 1} ${this.words.gone}` : slot > textWidth(`${block.name} ${k + 1}`, font) + 8 ? `${block.name} ${k + 1}` : String(k + 1);
      drawing.put("text", `name ${k}`, { class: "fl-tick", x: round1(x + slot / 2), y: this.height - 0.45 * font, "text-anchor": "middle" }, name);
    }
  }

  dots() {
    const { block, drawing } = this;
    const rows = this.width > 440 ? 4 : 5;
    const columns = Math.ceil(block.parties.length / rows);
    const [across, down] = [Math.min(this.width / columns, (1.8 * this.height) / rows), this.height / rows];
    for (const [k, party] of block.parties.entries()) {
      const at = { cx: round1((Math.floor(k / rows) + 0.5) * across), cy: round1(((k % rows) + 0.5) * down), r: round1(Math.min(across, down) * 0.36) };
      drawing.put("circle", `dot ${k}`, { class: `fl-seat fl-dot fl-${party.state}${k === this.active ? " fl-at" : ""}`, ...at });
    }
  }
}

const last = (list) => (list.length ? list[list.length - 1] : null);
const round1 = (number) => Math.round(number * 10) / 10;
