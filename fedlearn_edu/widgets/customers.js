// Chapter 05: two lists of customers as dots, in three boxes (the first party's own, the common ones, the second's own),
// and what one pair of eyes makes of each: ● known, ◆ known to be common, ○ counted and not read, ✕ found out.

BLOCKS.customers = class extends Chart {
  constructor(host) {
    super(host, "customers");
    this.legend.remove();
    this.list = element("ul", { class: "fl-regions" });
    this.figure.append(this.list);
  }

  show(block) {
    super.show(block);
    while (this.list.children.length < block.regions.length) {
      const item = element("li");
      item.append(element("b"), element("span"));
      this.list.append(item);
    }
    block.regions.forEach((region, index) => {
      const item = this.list.children[index];
      item.className = `fl-region-${region.state}`;
      setText(item.children[0], `${region.sign} ${region.count} ${region.label}`);
      setText(item.children[1], region.text);
    });
  }

  draw() {
    const { block, font, width, height, drawing } = this;
    const gap = font, apart = linesApart(block.brackets.map((bracket) => bracket.label), font, width);
    const top = 2.6 * font + apart, box = (width - 2 * gap) / 3;
    const inner = { width: box - font, height: height - top - font };
    const most = Math.max(1, ...block.regions.map((region) => region.count));
    let pitch = 1.3 * font; // as large as fits: the largest box decides for all three
    while (Math.floor(inner.width / pitch) * Math.floor(inner.height / pitch) < most && pitch > 3) pitch *= 0.94;
    const across = Math.floor(inner.width / pitch);
    block.regions.forEach((region, k) => {
      const left = k * (box + gap);
      drawing.put("rect", `box ${k}`, { class: "fl-region-box", x: round1(left), y: top, width: round1(box), height: round1(height - top), rx: 6 });
      for (let i = 0; i < region.count; i++) {
        const x = round1(left + font / 2 + ((i % across) + 0.5) * pitch), y = round1(top + font / 2 + (Math.floor(i / across) + 0.5) * pitch);
        const state = region.state === "found" && i >= region.found ? "sealed" : region.state;
        drawing.put("path", `dot ${k} ${i}`, { class: `fl-customer fl-customer-${state}`, d: customerPath(state, x, y, pitch * 0.34) });
      }
    });
    block.brackets.forEach((bracket, k) => {
      const left = round1(bracket.from * (box + gap)), right = round1(bracket.to * (box + gap) + box), y = font * (k ? 2.25 : 1.75) + apart;
      drawing.put("path", `bracket ${k}`, { class: `fl-bracket fl-bracket-${k}`, d: `M${left} ${y + 3}V${y}H${right}V${y + 3}` });
      const at = k ? { x: right, "text-anchor": "end" } : { x: left, "text-anchor": "start" };
      drawing.put("text", `name ${k}`, { class: `fl-bracket-name fl-bracket-name-${k}`, y: round1(font + (k ? apart : 0)), ...at }, bracket.label);
    });
  }
};

function customerPath(state, x, y, r) {
  if (state === "found") return `M${round1(x - r)} ${round1(y - r)}L${round1(x + r)} ${round1(y + r)}M${round1(x + r)} ${round1(y - r)}L${round1(x - r)} ${round1(y + r)}`;
  return markerPath(state === "common" ? "diamond" : "circle", x, y, state === "common" ? r * 0.85 : r);
}
