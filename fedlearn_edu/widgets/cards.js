// Cards to sort: each takes one of the panel's own groups of radio buttons, and puts its answer under it. Every answer is in
// the block, so a choice is answered at once.

BLOCKS.cards = class Cards {
  constructor(host, view) {
    this.view = view;
    this.node = element("div", { class: "fl-cards" });
    this.title = element("p", { class: "fl-cards-title" });
    this.score = element("p", { class: "fl-cards-score", "aria-live": "polite" });
    this.node.append(this.title, this.score);
    host.append(this.node);
    this.cards = new Map();
  }

  show(block) {
    setText(this.title, block.title);
    let right = 0;
    for (const card of block.cards) {
      const chosen = this.view.model.get(card.knob);
      const { node, answer } = this.cards.get(card.knob) ?? this.build(card);
      const state = !chosen ? "" : chosen === card.right ? "good" : "bad";
      right += state === "good";
      node.className = `fl-card fl-sort ${state && `fl-${state}`}`;
      const sign = { "": "", good: `✓ ${block.texts.right} `, bad: `✗ ${block.texts.wrong} ` }[state];
      setText(answer, chosen ? runOn(sign + card.answers[chosen]) : block.texts.open);
    }
    setText(this.score, fillIn(block.texts.score, { right, all: block.cards.length }));
  }

  build(card) {
    const node = element("div", { class: "fl-card fl-sort" });
    const answer = element("p", { class: "fl-sort-answer", "aria-live": "polite" });
    node.append(this.view.knobs.get(card.knob).holder, answer); // the panel's own radio buttons move in here
    this.node.append(node);
    const made = { node, answer };
    this.cards.set(card.knob, made);
    return made;
  }

  remove() {
    const page = this.node.closest(".fl-page");
    for (const knob of this.cards.keys()) page?.prepend(this.view.knobs.get(knob).holder);
    this.node.remove();
  }
};
