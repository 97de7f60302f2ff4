// A meadow: rows are pastures, columns are visits, and the grass stands as high as the sheep remembers. It is a table,
// with every percent in it as a number; the sheep stands in the cell of the pasture that it has just grazed.

const SHEEP_SHAPES = [ // drawn in a box of 24 × 20: legs, wool, face, ear, eye
  ["path", { d: "M8 14v5M11 15v4M15 15v4M18 14v5", class: "fl-sheep-dark-line" }],
  ["path", { d: "M5 11a3.4 3.4 0 0 1 1.6-5.6A3.6 3.6 0 0 1 12 3.6a3.6 3.6 0 0 1 5.3 1.6 3.4 3.4 0 0 1 3 5.6 3.2 3.2 0 0 1-3.4 4.4 4 4 0 0 1-4.6.6 3.8 3.8 0 0 1-4.5-.7A3 3 0 0 1 5 11Z", class: "fl-sheep-wool" }],
  ["path", { d: "M6.4 5.9c1.7 0 2.6 1.4 2.4 3.4-.2 2.2-1.4 4-3 4.2C4 13.6 2.6 12.2 2.6 10.4c0-2.3 1.7-4.5 3.8-4.5Z", class: "fl-sheep-dark" }],
  ["path", { d: "M7.6 6.4c1.4-.9 2.9-.6 3.4.5-1.1.8-2.5.9-3.5.5Z", class: "fl-sheep-dark" }],
  ["circle", { cx: 5.2, cy: 9, r: 0.8, class: "fl-sheep-eye" }],
];

const MOST_HIGH = 6; // rows that share the meadow's height; more of them make it higher, or a sheep would hide its number

function sheepPicture() {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 20");
  svg.setAttribute("class", "fl-sheep");
  svg.setAttribute("aria-hidden", "true");
  const drawing = new Drawing(svg);
  SHEEP_SHAPES.forEach(([tag, attributes], index) => drawing.put(tag, index, attributes));
  return svg;
}

BLOCKS.meadow = class Meadow {
  constructor(host) {
    this.figure = element("figure", { class: "fl-chart fl-meadow" });
    this.caption = element("figcaption");
    this.scroll = element("div", { class: "fl-meadow-scroll", tabindex: "0", role: "region", "data-lm-suppress-shortcuts": "true" });
    this.table = element("table");
    this.scroll.append(this.table);
    this.figure.append(this.caption, this.scroll);
    host.append(this.figure);
  }

  show(block) {
    setText(this.caption, block.title);
    this.scroll.setAttribute("aria-label", sentences(block.title, block.alt));
    const rows = [...block.rows, block.everywhere];
    const shape = [rows.length, block.visited.join(), block.tours.join(), block.texts.column].join(" | ");
    if (shape !== this.shape) this.build(block, rows);
    this.shape = shape;
    rows.forEach((row, y) => this.row(this.table.tBodies[0].rows[y], row));
  }

  build(block, rows) {
    const head = element("thead");
    if (block.tours.length > 1) {
      const tours = element("tr");
      tours.append(element("td"));
      for (const name of block.tours) tours.append(element("th", { scope: "colgroup", colspan: block.each, class: "fl-tour" }, name));
      head.append(tours);
    }
    const numbers = element("tr");
    numbers.append(element("th", { scope: "col" }, block.texts.pasture));
    block.visited.forEach((_, x) => {
      const cell = element("th", { scope: "col", class: this.edge(block, x) });
      cell.append(element("span", { class: "fl-hidden-visually" }, fillIn(block.texts.column, { n: x + 1 })), element("span", { "aria-hidden": "true" }, String(x + 1)));
      numbers.append(cell);
    });
    head.append(numbers);
    const body = element("tbody");
    rows.forEach((_, y) => body.append(this.blankRow(block, y, y === rows.length - 1)));
    this.table.replaceChildren(head, body);
    this.table.style.setProperty("--visits", block.visited.length);
    this.table.style.setProperty("--rows", rows.length);
    this.table.classList.toggle("fl-low", rows.length > MOST_HIGH);
    this.unknown = block.texts.unknown;
  }

  edge(block, x) {
    return block.tours.length > 1 && x % block.each === 0 ? "fl-new-tour" : "";
  }

  blankRow(block, y, everywhere) {
    const row = element("tr", everywhere ? { class: "fl-everywhere" } : {});
    const name = element("th", { scope: "row" });
    name.append(element("b"), element("small"));
    row.append(name);
    block.visited.forEach((k, x) => {
      const cell = element("td", { class: this.edge(block, x) });
      cell.append(element("span", { class: "fl-blades", "aria-hidden": "true" }), element("span", { class: "fl-known" }));
      if (!everywhere && (k === y || k === -1)) {
        cell.classList.add("fl-grazed");
        cell.append(sheepPicture(), element("span", { class: "fl-hidden-visually" }, block.texts.grazed));
      }
      row.append(cell);
    });
    return row;
  }

  row(row, { name, has, cells }) {
    setText(row.cells[0].children[0], name);
    setText(row.cells[0].children[1], has);
    cells.forEach((percent, x) => {
      const cell = row.cells[x + 1];
      cell.style.setProperty("--known", (percent ?? 0) / 100);
      cell.classList.toggle("fl-not-yet", percent === null);
      setText(cell.children[1], percent === null ? "·" : String(percent));
      if (percent === null) cell.title = this.unknown;
      else cell.removeAttribute("title");
    });
  }

  remove() {
    this.figure.remove();
  }
};
