/* The transcript in the browser: columns from the kernel, read entry by entry; and what happens, in words.
   The words are templates of stage_words.py, which fills them in the same way. */

const WORK = 0, LATE = 2;
const RECEIVER = 1, SENDER = 2;

class StageRecord {
  constructor(columns, declared) {
    Object.assign(this, { columns, declared, words: declared.words, count: columns.count });
    this.place = new Int32Array(columns.count); // of each entry among the messages
    let messages = 0;
    for (let index = 0; index < columns.count; index++) this.place[index] = columns.is[index] === WORK ? -1 : messages++;
    this.messages = messages;
    this.hasRounds = declared.rounds || columns.round.some(Boolean);
  }

  /* A party's name as it is shown; code knows it by its own. */
  called(name) {
    return this.declared.called[name] ?? name;
  }

  text(number) {
    return number < 0 ? "" : this.columns.texts[number];
  }

  /* One entry, with its texts. */
  entry(number) {
    const { columns, declared } = this;
    const index = number - 1, place = this.place[index];
    const entry = {
      number, work: place < 0, late: columns.is[index] === LATE, round: columns.round[index], step: columns.step[index],
      from: columns.from[index], to: columns.to[index], label: this.text(columns.label[index]),
      sender: declared.parties[columns.from[index]], receiver: declared.parties[columns.to[index]] || "",
    };
    if (place < 0) return entry;
    return Object.assign(entry, {
      place, size: columns.size[place], kind: this.text(columns.kind[place]), cover: this.text(columns.cover[place]),
      who: this.text(columns.who[place]), can: columns.can[place], model: Boolean(columns.model[place]),
      reads: columns.reads[place], overhears: columns.overhears[place],
    });
  }

  /* The first bytes of a message, as many as were kept. */
  head(entry) {
    this.heads ??= atob(this.columns.heads);
    const start = entry.place * 64;
    return [...this.heads.slice(start, start + this.columns.shown[entry.place])].map((sign) => sign.charCodeAt(0));
  }

  /* Which beat an entry belongs to: -1 before the first. */
  beatOf(number) {
    const starts = this.columns.beats;
    let low = 0, high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= number) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  lastOf(beat) {
    return (this.columns.beats[beat + 1] ?? this.count + 1) - 1; // of the last beat and beyond: the end
  }

  numbersOf(beat) {
    if (beat < 0) return [];
    const first = this.columns.beats[beat];
    return Array.from({ length: this.lastOf(beat) - first + 1 }, (_, more) => first + more);
  }

  entriesOf(beat) {
    return this.numbersOf(beat).map((number) => this.entry(number));
  }

  /* What these eyes make of a message: "open", "locked", "key" (closed, and they can open it), "unseen". */
  sight(entry, eyes) {
    if (eyes === "everyone" || eyes === "eavesdropper") return entry.cover ? "locked" : "open";
    if (eyes !== entry.sender && eyes !== entry.receiver) return "unseen";
    if (!entry.cover) return "open";
    return entry.can & (eyes === entry.receiver ? RECEIVER : SENDER) ? "key" : "locked";
  }

  /* Its round and step, as far as it has them. */
  where(entry) {
    const parts = [];
    if (this.hasRounds) parts.push(entry.round ? fill(this.words.round, { round: entry.round }) : this.words.set_up);
    if (entry.step >= 0) parts.push(fill(this.words.step, { step: entry.step }));
    return parts;
  }

  /* The sentence under the stage: what is on it now. */
  sentence(position, gone, eyes, goesOn) {
    const { words } = this;
    const beat = this.beatOf(position);
    if (position < 1 || beat < 0) return this.messages || !goesOn ? fill(words.to_come, { count: this.messages }) : words.to_play;
    const entries = this.entriesOf(beat);
    const parts = [this.start(entries[0]), this.what(entries), this.seen(entries, eyes), ...this.troubles(entries, gone)];
    return parts.filter(Boolean).join(words.between_sentences);
  }

  start(entry) {
    const { words } = this;
    const parts = this.where(entry), title = this.declared.steps[entry.step];
    if (!parts.length) return "";
    const lower = parts.length > 1 ? fill(words.place, { round: parts[0], step: parts[1] }) : parts[0];
    const place = lower.slice(0, 1).toUpperCase() + lower.slice(1);
    return title ? fill(words.told, { place, title }) : fill(words.untold, { place });
  }

  what(entries) {
    const { words } = this;
    const label = entries[0].label;
    const senders = this.named(entries.map((entry) => entry.sender));
    const many = new Set(entries.map((entry) => entry.from)).size > 1;
    if (entries[0].work) { // a question has an end of its own
      return fill(many ? words.work : words.works, { parties: senders, label }).replace("?.", "?").replace("？。", "？");
    }
    const size = inBytes(entries.reduce((sum, entry) => sum + entry.size, 0));
    return fill(many ? words.send : words.sends, {
      parties: senders, label, receivers: this.named(entries.map((entry) => entry.receiver)),
      size: entries.length > 1 ? fill(words.in_all, { size }) : size, cover: this.cover(entries),
    });
  }

  named(names) {
    const each = [...new Set(names)];
    return each.length <= 3 ? this.listed(each.map((name) => this.called(name))) : fill(this.words.parties, { count: each.length });
  }

  listed(names) {
    return names.join(this.words.between_names);
  }

  cover(entries) {
    const closed = entries.filter((entry) => entry.cover).length;
    if (!closed) return this.words.open;
    return closed === entries.length ? this.words.closed : fill(this.words.some_closed, { count: closed });
  }

  seen(entries, eyes) {
    if (entries[0].work || eyes === "everyone") return "";
    const { words } = this;
    const sights = entries.map((entry) => this.sight(entry, eyes));
    const seen = sights.filter((sight) => sight !== "unseen").length;
    const readable = sights.filter((sight) => sight === "open" || sight === "key").length;
    const values = { eyes: eyes === "eavesdropper" ? words.eavesdropper : this.called(eyes), count: readable, all: seen };
    if (!seen) return fill(words.sees_none, values);
    return fill(readable === seen ? words.reads_all : readable ? words.reads_some : words.reads_none, values);
  }

  troubles(entries, gone) {
    const late = entries.filter((entry) => entry.late).map((entry) => this.called(entry.sender));
    const parts = late.length ? [fill(this.words.too_late, { names: this.listed(late) })] : [];
    return gone.length ? [...parts, fill(this.words.gone_names, { names: this.listed(gone.map((name) => this.called(name))) })] : parts;
  }

  /* Places to jump to: [entry's number, words]. A very long record is cut at its rounds, then at some of them. */
  places(most = 300) {
    const { columns } = this;
    const steps = new Map(), rounds = new Map();
    columns.beats.forEach((first, beat) => {
      const round = columns.round[first - 1], step = columns.step[first - 1];
      if (!rounds.has(round)) rounds.set(round, beat);
      if (step >= 0 && !steps.has(`${round} ${step}`)) steps.set(`${round} ${step}`, beat);
    });
    let beats = [...(steps.size && steps.size <= most ? steps : rounds).values()];
    const every = Math.ceil(beats.length / most);
    beats = beats.filter((_, index) => index % every === 0);
    return beats.map((beat) => {
      const entry = this.entry(columns.beats[beat]);
      const place = this.where(entry).join(" · ") || this.words.unnumbered, title = this.declared.steps[entry.step];
      return [this.lastOf(beat), title ? fill(this.words.titled, { place, title }) : place];
    });
  }
}

/* As in blocks.py. */
function inBytes(count) {
  if (count < 1000) return `${count.toFixed(0)}\u00a0B`;
  return count < 1e6 ? `${(count / 1000).toFixed(1)}\u00a0kB` : `${(count / 1e6).toFixed(1)}\u00a0MB`;
}
