// From one image to a crowd: the images of a pasture, and the one picture that the weights give away. A knob says how many
// images there are; all pictures are in the block, so that dragging needs no kernel.

BLOCKS.crowd = class Crowd {
  constructor(host, view) {
    this.view = view;
    this.own = new BLOCKS.pictures(host);
    this.read = new BLOCKS.pictures(host);
    this.errors = new BLOCKS.lines(host);
    this.off = new BLOCKS.number(host);
  }

  show(block) {
    const count = this.view.model.get(block.knob);
    const say = (text) => fillIn(text, { n: count, label: block.labels[count - 1], off: block.off[count - 1] });
    const { one, many, texts } = block;
    const said = count === 1 ? one : many;
    const shape = { rows: block.side, columns: block.side };
    const picture = (cells) => ({ caption: "", cells });
    this.own.show({ ...shape, title: say(said.own), alt: say(said.own), pictures: block.images.slice(0, count).map(picture) });
    this.read.show({ ...shape, title: say(texts.read), alt: say(texts.alt), pictures: [picture(block.pictures[count - 1])] });
    this.off.show({ number: block.off[count - 1], text: say(said.off), tone: count === 1 ? "bad" : "" });
    this.errors.show({ ...block.errors, mark: { x: count, label: "" } });
  }

  remove() {
    for (const part of [this.own, this.read, this.off, this.errors]) part.remove();
  }
};
