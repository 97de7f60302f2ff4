// Small marks in boxes: patients of hospitals, cancers of an exam. A letter stands for a mark; its shape and its colour are
// in the stylesheet. A knob may take the walls between the boxes down.
//
//   { is: "groups", title, boxes: [{ caption, marks: "bbbm" }], legend: [["b", "benign"]], here, joined_by, joined }

BLOCKS.groups = class {
  constructor(host, view) {
    this.view = view;
    this.figure = element("figure", { class: "fl-chart fl-groups" });
    this.caption = element("figcaption");
    this.keys = element("div", { class: "fl-groups-keys", "aria-hidden": "true" });
    this.over = element("div", { class: "fl-groups-over" });
    this.boxes = element("div", { class: "fl-groups-boxes", role: "img" });
    this.figure.append(this.caption, this.keys, this.boxes, this.over);
    host.append(this.figure);
  }

  show(block) {
    const joined = Boolean(block.joined_by && this.view.model.get(block.joined_by));
    setText(this.caption, block.title);
    setText(this.over, joined ? block.joined : "");
    this.over.hidden = !block.joined_by;
    this.boxes.setAttribute("aria-label", sentences(block.title, block.alt, joined ? block.joined : ""));
    this.figure.classList.toggle("fl-joined", joined);
    this.figure.classList.toggle("fl-many", block.boxes.length > 6);
    this.legend(block.legend);
    while (this.boxes.children.length > block.boxes.length) this.boxes.lastChild.remove();
    block.boxes.forEach((box, index) => this.box(index, box, index === block.here));
  }

  legend(legend) {
    const wanted = JSON.stringify(legend);
    if (this.keys.dataset.drawn === wanted) return;
    this.keys.dataset.drawn = wanted;
    this.keys.replaceChildren(...legend.map(([mark, meaning]) => {
      const key = element("span");
      key.append(element("i", { class: `fl-is-${mark}` }), document.createTextNode(` ${meaning}`));
      return key;
    }));
  }

  box(index, { caption, marks }, here) {
    if (!this.boxes.children[index]) {
      const made = element("div", { class: "fl-group" });
      made.append(element("small"), element("span"));
      this.boxes.append(made);
    }
    const made = this.boxes.children[index];
    const [name, row] = made.children;
    made.classList.toggle("fl-at", here);
    setText(name, caption);
    if (made.dataset.marks === marks) return;
    made.dataset.marks = marks;
    while (row.children.length > marks.length) row.lastChild.remove();
    while (row.children.length < marks.length) row.append(element("i"));
    [...marks].forEach((mark, place) => (row.children[place].className = `fl-is-${mark}`));
  }

  remove() {
    this.figure.remove();
  }
};
