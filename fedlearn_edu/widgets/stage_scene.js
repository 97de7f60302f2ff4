/* The scene: parties in their places, and envelopes on their way between them.

   Only `transform` and `opacity` move, by the browser's own animations, so that a frame costs no layout; under
   prefers-reduced-motion envelopes are there at once. At most MOST_DRAWN envelopes are drawn, the list has them all. */

const MOST_DRAWN = 40, MOST_NAMED = 12, MOST_LABELLED = 6;
const TRAVEL = 950; // milliseconds at speed 1
const STRIDE = 130, LIVELY = 60; // milliseconds of a sheep's step; after as many nothing stirs until the next beat

class StageScene {
  constructor(declared, { open }) {
    this.declared = declared;
    this.words = declared.words;
    this.open = open;
    this.sheep = declared.theme === "pastures";
    this.many = declared.parties.length > MOST_NAMED + 1;
    this.still = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.mail = new Map(); // number → its node
    this.ground = drawing("", "0 0 1 1", "fl-ground");
    this.actors = make("div", { class: "fl-actors" });
    this.carried = make("div", { class: "fl-mail" });
    this.more = make("p", { class: "fl-more", hidden: true });
    this.node = control("div", { class: `fl-scene fl-theme-${declared.theme}`, tabindex: "0", role: "group", "aria-label": this.words.scene },
      this.ground, this.actors, this.carried, this.more);
    this.node.classList.toggle("fl-many", this.many);
    this.parties = declared.parties.map((name, index) => this.party(name, index));
    this.actors.append(...this.parties.map((party) => party.node));
    this.watcher = new ResizeObserver(() => this.arrange());
    this.watcher.observe(this.node);
  }

  party(name, index) {
    const middle = index === this.declared.middle;
    const figure = this.sheep ? (middle ? hutFigure() : pastureFigure(index)) : middle ? serverFigure() : partyFigure();
    const doing = make("span", { class: "fl-doing" });
    const eye = make("span", { class: "fl-eye", hidden: true, title: this.words.looking }, icon("eye"));
    const sheep = this.sheep && !middle ? make("span", { class: "fl-grazing", "aria-hidden": "true" }, sheepFigure("", this.declared.middle >= 0)) : "";
    const picture = make("span", { class: "fl-picture-of", "aria-hidden": "true" }, figure, sheep);
    const called = this.called(name);
    const node = make("div", { class: `fl-actor ${middle ? "fl-middle" : ""}`, title: called },
      picture, make("span", { class: "fl-name" }, eye, make("span", {}, called)), doing);
    return { node, doing, eye, name };
  }

  called(name) {
    return this.declared.called[name] ?? name;
  }

  /* --- places */

  arrange() {
    const width = this.node.clientWidth || this.width || 800, height = this.node.clientHeight || this.height || 450; // not in the page yet
    if (width === this.width && height === this.height) return;
    Object.assign(this, { width, height });
    this.places = this.layout(width, height);
    const { length } = this.declared.parties;
    this.node.classList.toggle("fl-full-ring", !this.many && (length > 7 || this.meet(160, 120)));
    this.node.classList.toggle("fl-tight", !this.many && ((length > 5 && width < 620) || this.meet(108, 90)));
    this.parties.forEach(({ node }, index) => {
      node.style.transform = moved(this.places[index]);
    });
    this.drawGround();
    for (const { node, entry } of this.mail.values()) this.put(node, entry);
  }

  layout(width, height) {
    const { parties, middle } = this.declared;
    const ring = parties.map((_, index) => index).filter((index) => index !== middle);
    const around = { x: width / 2, y: height / 2 - (this.sheep ? 4 : 6) };
    const places = Array.from({ length: parties.length }, () => around);
    const full = ring.length > 6;
    const side = Math.min(this.sheep && !full ? 104 : 84, width * (full ? 0.13 : 0.2));
    const a = width / 2 - side, b = height / 2 - (this.sheep && !full ? 72 : 56);
    if (ring.length <= 2) {
      const y = middle >= 0 && ring.length === 2 ? height * 0.66 : around.y;
      ring.forEach((index, k) => { places[index] = { x: k ? width - side - 10 : side + 10, y }; });
      if (middle >= 0) places[middle] = ring.length === 2 ? { x: width / 2, y: height * 0.24 } : { x: width - side - 10, y };
      return places;
    }
    const turn = ring.length % 2 ? (middle >= 0 ? -Math.PI / 2 / ring.length : 0) : Math.PI / ring.length; // no way straight up or down: it is short
    const first = turn - Math.PI / 2;
    ring.forEach((index, k) => {
      const inner = this.many && ring.length > 50 && k % 2 ? 0.84 : 1;
      const angle = first + (2 * Math.PI * k) / ring.length;
      places[index] = { x: around.x + a * inner * Math.cos(angle), y: around.y + b * inner * Math.sin(angle) };
    });
    return places;
  }

  /* Whether two pastures of this size would meet: then they are drawn smaller. */
  meet(wide, tall) {
    const close = (one, other) => Math.abs(one.x - other.x) < wide && Math.abs(one.y - other.y) < tall;
    return this.sheep && this.places.some((one, k) => this.places.slice(k + 1).some((other) => close(one, other)));
  }

  /* Where an envelope waits to be opened: half way, aside of whoever stands in the middle. */
  park(entry) {
    const from = this.places[entry.from], to = this.places[entry.to];
    const half = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
    const centre = this.places[this.declared.middle];
    if (!centre || entry.from === this.declared.middle || entry.to === this.declared.middle) return half;
    const away = Math.hypot(half.x - centre.x, half.y - centre.y);
    return away < 70 ? { x: half.x, y: centre.y + 92 } : half;
  }

  drawGround() {
    const { width, height, places } = this;
    const { middle } = this.declared;
    this.ground.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const ring = places.filter((_, index) => index !== middle);
    const line = (from, to, k) => {
      const bend = this.sheep ? (k % 2 ? 14 : -14) : 0;
      return `M${from.x} ${from.y}Q${(from.x + to.x) / 2 + bend} ${(from.y + to.y) / 2 + bend} ${to.x} ${to.y}`;
    };
    const spokes = middle >= 0 ? ring.map((place, k) => line(place, places[middle], k)) : [];
    const round = middle >= 0 && ring.length !== 2 ? [] : ring.map((place, k) => line(place, ring[(k + 1) % ring.length], k));
    const paths = this.many ? "" : [...spokes, ...round].join("");
    this.ground.innerHTML = `<path class="s-path-edge" d="${paths}"/><path class="s-path" d="${paths}"/>`;
  }

  /* --- what is on it */

  /* Show a beat. `travels`: envelopes set off at their senders; otherwise they are there already. */
  show(entries, { front, sights, gone, eyes, travels, speed, playing }) {
    this.arrange();
    this.node.classList.toggle("fl-playing", playing);
    this.showParties(entries, gone, eyes);
    const messages = entries.filter((entry) => !entry.work);
    const drawn = evenly(messages, front);
    const wanted = new Set(drawn.map((entry) => entry.number));
    for (const [number, { node, entry }] of this.mail) if (!wanted.has(number)) this.leave(number, node, entry, travels, speed);
    drawn.forEach((entry, k) => {
      const known = this.mail.get(entry.number), sight = sights.get(entry.number);
      const node = known?.node ?? this.letter(entry, sight, drawn.length <= MOST_LABELLED);
      if (known) this.dress(node, entry, sight);
      node.classList.toggle("fl-front", entry.number === front);
      if (!known) this.send(node, entry, travels, speed, k);
    });
    if (this.sheep) this.stir();
    this.more.hidden = messages.length <= MOST_DRAWN;
    setWords(this.more, fill(this.words.more, { count: messages.length - MOST_DRAWN }));
  }

  showParties(entries, gone, eyes) {
    const working = new Map(entries.filter((entry) => entry.work).map((entry) => [entry.from, entry.label]));
    const active = new Set(entries.flatMap((entry) => (entry.work ? [entry.from] : [entry.from, entry.to])));
    const few = active.size <= 6;
    this.parties.forEach(({ node, doing, eye, name }, index) => {
      const away = gone.includes(name);
      node.classList.toggle("fl-works", working.has(index) && !away);
      node.classList.toggle("fl-active", active.has(index) && !away);
      node.classList.toggle("fl-shown", few && active.has(index));
      node.classList.toggle("fl-gone", away);
      node.classList.toggle("fl-looks", eyes === name);
      eye.hidden = eyes !== name;
      setWords(doing, away ? this.words.gone : working.has(index) ? working.get(index) : "");
    });
  }

  letter(entry, sight, labelled) {
    const node = control("button", { type: "button", class: "fl-letter", "data-number": entry.number, onclick: () => this.open(entry.number, node) });
    node.labelled = labelled;
    this.dress(node, entry, sight);
    this.mail.set(entry.number, { node, entry });
    this.carried.append(node);
    return node;
  }

  dress(node, entry, sight) {
    if (node.dataset.sight === sight) return;
    node.dataset.sight = sight;
    const walks = this.sheep && entry.model;
    node.classList.toggle("fl-walks", walks);
    node.classList.toggle("fl-late", entry.late);
    const state = [this.words[`state_${sight}`], entry.late && this.words.late].filter(Boolean).join(this.words.between_names);
    const said = fill(this.words.envelope, { label: entry.label, sender: this.called(entry.sender), receiver: this.called(entry.receiver), state });
    node.setAttribute("aria-label", said);
    node.title = said;
    const label = node.labelled ? [make("span", { class: "fl-letter-label" }, entry.late ? `${entry.label} · ${this.words.late}` : entry.label)] : [];
    const figure = walks ? sheepFigure(sight, this.declared.middle >= 0) : envelopeFigure(sight);
    node.replaceChildren(make("span", { class: "fl-letter-figure" }, figure), ...label);
  }

  put(node, entry) {
    const at = this.park(entry);
    node.style.transform = moved(at);
    node.classList.toggle("fl-leftwards", this.places[entry.to].x < this.places[entry.from].x);
    return at;
  }

  send(node, entry, travels, speed, k) {
    const at = this.put(node, entry);
    if (!travels || this.still.matches) return;
    node.classList.add("fl-under-way");
    const steps = [{ transform: `${moved(this.places[entry.from])} scale(.6)`, opacity: 0.2 }, { opacity: 1, offset: 0.15 }, { transform: moved(at), opacity: 1 }];
    const walk = node.animate(steps, { duration: (entry.late ? 1.7 : 1) * TRAVEL / speed, delay: (k * 22) / speed, easing: "cubic-bezier(.35,.05,.3,1)", fill: "backwards" });
    walk.onfinish = walk.oncancel = () => node.classList.remove("fl-under-way");
  }

  /* For some seconds sheep step, chew and blink; then the page rests. */
  stir() {
    clearInterval(this.stirring);
    if (this.still.matches) return;
    let ticks = 0;
    this.stirring = setInterval(() => {
      ticks += 1;
      this.node.classList.toggle("fl-stride", ticks % 2 === 1);
      this.node.classList.toggle("fl-chew", ticks % 8 > 3);
      this.node.classList.toggle("fl-blink", ticks % 20 === 12);
      if (ticks >= LIVELY) clearInterval(this.stirring);
    }, STRIDE);
  }

  /* The last beat's envelopes arrive, and are gone from the stage. */
  leave(number, node, entry, travels, speed) {
    this.mail.delete(number);
    if (node.contains(document.activeElement)) this.node.focus({ preventScroll: true });
    if (!travels || this.still.matches) return node.remove();
    node.classList.add("fl-arriving");
    node.disabled = true;
    node.setAttribute("aria-hidden", "true");
    const end = { transform: `${moved(this.places[entry.to])} scale(.4)`, opacity: 0 };
    const walk = node.animate([{}, end], { duration: 420 / speed, easing: "ease-in", fill: "forwards" });
    walk.onfinish = walk.oncancel = () => node.remove();
  }

  /* Stop where they are meant to be. */
  settle() {
    for (const { node } of this.mail.values()) node.getAnimations().forEach((animation) => animation.finish());
  }

  remove() {
    clearInterval(this.stirring);
    this.watcher.disconnect();
  }
}

/* As many messages as are drawn, from all over the beat, with the one in front among them. */
function evenly(messages, front) {
  if (messages.length <= MOST_DRAWN) return messages;
  const every = messages.length / MOST_DRAWN;
  return messages.filter((entry, k) => entry.number === front || Math.floor(k / every) !== Math.floor((k - 1) / every)).slice(-MOST_DRAWN);
}

function moved({ x, y }) {
  return `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
}

function setWords(node, text) {
  if (node.textContent !== text) node.textContent = text; // an unchanged text is not announced again
}
