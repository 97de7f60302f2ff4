/* Beside the scene: everything that happens as a list, and what is in an opened message.

   The list keeps only the rows in the page that can be seen, and the chosen one; a screen reader is told each row's place
   among all. */

const ROW = 44, SPARE = 6;

class StageList {
  constructor(words, { choose, open }) {
    this.words = words;
    this.id = newId();
    this.rows = new Map();
    this.chosen = 0;
    this.inner = make("div", { class: "fl-rows", role: "presentation" });
    this.node = control("div", { class: "fl-list", role: "listbox", tabindex: "0", "aria-label": words.list }, this.inner);
    this.node.addEventListener("scroll", () => this.draw(), { passive: true });
    this.node.addEventListener("keydown", (event) => this.pressed(event, choose, open));
    this.inner.addEventListener("click", (event) => {
      const row = event.target.closest("[data-number]");
      if (row) choose(Number(row.dataset.number));
    });
    this.inner.addEventListener("dblclick", (event) => {
      const row = event.target.closest("[data-number]");
      if (row) open(Number(row.dataset.number));
    });
    this.watcher = new ResizeObserver(() => this.record && (this.reveal(), this.draw())); // an opened message makes it shorter
    this.watcher.observe(this.node);
  }

  pressed(event, choose, open) {
    const page = Math.max(1, Math.floor(this.node.clientHeight / ROW) - 1);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }[event.key];
    const { count } = this.record;
    const to = event.key === "Home" ? 1 : event.key === "End" ? count : step ? Math.min(count, Math.max(1, this.chosen + step)) : 0;
    if (to) choose(to);
    else if (event.key === "Enter") open(this.chosen);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /* Draw the rows for these eyes, with one chosen and its beat marked. */
  show(record, eyes, chosen, beat) {
    if (record !== this.record || eyes !== this.eyes) {
      for (const row of this.rows.values()) row.remove();
      this.rows.clear();
      this.inner.style.height = `${record.count * ROW}px`;
    }
    const turned = chosen !== this.chosen;
    Object.assign(this, { record, eyes, chosen, beat: new Set(beat) });
    if (turned) this.reveal();
    this.draw();
  }

  reveal() {
    if (!this.chosen) return;
    const top = (this.chosen - 1) * ROW, { scrollTop, clientHeight } = this.node;
    if (top < scrollTop) this.node.scrollTop = Math.max(0, top - (clientHeight > 3 * ROW ? ROW : 0));
    else if (top + ROW > scrollTop + clientHeight) this.node.scrollTop = top + (clientHeight > 3 * ROW ? 2 : 1) * ROW - clientHeight;
  }

  draw() {
    if (!this.record) return;
    const { scrollTop, clientHeight } = this.node;
    const first = Math.max(1, Math.floor(scrollTop / ROW) + 1 - SPARE);
    const last = Math.min(this.record.count, Math.ceil((scrollTop + clientHeight) / ROW) + SPARE);
    const wanted = new Set(this.chosen ? [this.chosen] : []);
    for (let number = first; number <= last; number++) wanted.add(number);
    for (const [number, row] of this.rows) {
      if (!wanted.has(number)) {
        row.remove();
        this.rows.delete(number);
      }
    }
    for (const number of [...wanted].sort((one, other) => one - other)) {
      if (!this.rows.has(number)) this.rows.set(number, this.inner.appendChild(this.row(number)));
      const row = this.rows.get(number);
      row.setAttribute("aria-selected", String(number === this.chosen));
      row.classList.toggle("fl-now", this.beat.has(number));
    }
    if (this.chosen) this.node.setAttribute("aria-activedescendant", `${this.id}-${this.chosen}`);
    else this.node.removeAttribute("aria-activedescendant");
  }

  row(number) {
    const entry = this.record.entry(number), { words } = this;
    const sight = entry.work ? "work" : this.record.sight(entry, this.eyes);
    const sign = { work: "work", open: "letter", locked: "lock", key: "key", unseen: "unseen" }[sight];
    const who = entry.work ? fill(words.works_row, { party: this.record.called(entry.sender) }) : route(this.record, entry);
    const more = entry.work ? [] : [sight !== "unseen" && inBytes(entry.size), words[`state_${sight}`], entry.late && words.late].filter(Boolean);
    const what = [entry.label, ...more].join(" · ");
    const where = this.record.where(entry).join(" · ");
    const row = make("div", {
      role: "option", id: `${this.id}-${number}`, class: `fl-row-of fl-row-${sight}`, "data-number": number,
      "aria-posinset": number, "aria-setsize": this.record.count, title: `${where}\n${who}\n${what}`,
    }, icon(sign), make("span", { class: "fl-row-who" }, who), make("span", { class: "fl-row-where" }, where), make("span", { class: "fl-row-what" }, what));
    row.style.top = `${(number - 1) * ROW}px`;
    return row;
  }

  remove() {
    this.watcher.disconnect();
  }
}

function route(record, entry) {
  return `${record.called(entry.sender)} → ${record.called(entry.receiver)}`;
}

/* An opened message: who can read it, under whose key, its size, its first bytes, and what these eyes read. */
class StageLetter {
  constructor(words, { close }) {
    this.words = words;
    this.title = make("h4", { id: newId(), tabindex: "-1" });
    const shut = control("button", { type: "button", class: "fl-close", "aria-label": words.close, title: words.close, onclick: close }, icon("close"));
    this.facts = make("dl");
    this.node = make("section", { class: "fl-opened", "aria-labelledby": this.title.id, hidden: true },
      make("div", { class: "fl-opened-head" }, this.title, shut), this.facts);
  }

  show(record, number, eyes) {
    this.node.hidden = !number;
    if (!number) return;
    const entry = record.entry(number), { words } = this;
    const sight = record.sight(entry, eyes);
    setWords(this.title, fill(words.titled, { place: fill(words.message, { number }), title: entry.label }));
    const facts = [
      [words.route, [route(record, entry), ...(entry.late ? [words.late] : []), ...record.where(entry)].join(" · ")],
      [words.readers, entry.who],
      [words.under, entry.cover || words.nothing],
    ];
    if (sight !== "unseen") {
      facts.push([words.size, `${inBytes(entry.size)}${entry.kind ? ` · ${entry.kind}` : ""}`]);
      facts.push([fill(words.of_bytes, { count: record.head(entry).length, size: entry.size }), this.bytes(record.head(entry))]);
    }
    facts.push(this.reading(record, entry, eyes, sight));
    const across = { class: "fl-across" }; // bytes and readings need the whole width
    this.facts.replaceChildren(...facts.flatMap(([name, value], k) => {
      const wide = k > 3 || k === facts.length - 1 ? across : {};
      return [make("dt", wide, name), make("dd", wide, value)];
    }));
  }

  bytes(head) {
    if (!head.length) return this.words.no_bytes;
    const hex = head.map((byte) => byte.toString(16).padStart(2, "0"));
    return control("pre", { class: "fl-bytes", tabindex: "0", role: "region", "aria-label": this.words.bytes }, hex.join(" "));
  }

  /* What these eyes can make of it; what they cannot read is blurred. */
  reading(record, entry, eyes, sight) {
    const { words } = this;
    const who = eyes === "eavesdropper" ? words.eavesdropper : record.called(eyes === "everyone" ? entry.receiver : eyes);
    const title = fill(words.reading, { reader: who });
    if (sight === "unseen") return [title, make("span", {}, fill(words.never_sees, { eyes: who }))];
    const reads = eyes === "everyone" || eyes === entry.receiver;
    const text = record.text(reads ? entry.reads : entry.overhears) || words.not_kept;
    if (eyes === entry.sender) return [title, fill(words.sent_it, { eyes: who, reading: text })];
    if (sight !== "locked" || eyes === "everyone") return [title, make("strong", { class: "fl-reading" }, text)];
    const noise = record.head(entry).map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [title, make("span", {}, make("span", { class: "fl-blurred", "aria-hidden": "true" }, noise), make("span", {}, [words.cannot, text].join(words.between_sentences)))];
  }
}
