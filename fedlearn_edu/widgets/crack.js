// Chapter 05: crack me. A phone number is typed, its SHA-256 appears; then a counter hashes one number after the other until
// the hash comes up again. All in this page, in turns of some milliseconds: nothing is sent, and everything goes on answering.

BLOCKS.crack = class {
  constructor(host, view) {
    this.view = view;
    const id = `fl-crack-${Math.random().toString(36).slice(2, 8)}`;
    this.figure = element("figure", { class: "fl-chart fl-crack" });
    this.caption = element("figcaption");
    const row = element("div", { class: "fl-row" });
    this.label = element("label", { for: id });
    this.input = control("input", { type: "text", id, inputmode: "numeric", maxlength: "11", autocomplete: "off", size: "13", "aria-describedby": `${id}-rule` });
    this.rule = element("span", { id: `${id}-rule`, class: "fl-soft" });
    row.append(this.label, this.input, this.rule);
    this.digest = element("output", { for: id, class: "fl-digest" });
    const buttons = element("div", { class: "fl-row" });
    this.go = control("button", { type: "button", class: "fl-primary" });
    this.stop = control("button", { type: "button" });
    this.bar = element("progress", { max: "1", value: "0" });
    buttons.append(this.go, this.stop, this.bar);
    this.counter = element("p", { class: "fl-crack-counter", "aria-hidden": "true" });
    this.verdict = element("p", { class: "fl-note fl-crack-verdict", role: "status", "aria-live": "polite" });
    this.figure.append(this.caption, row, this.digest, buttons, this.counter, this.verdict);
    host.append(this.figure);
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault(); // or the key would go on to press Stop, which has the focus then
      this.start();
    });
    this.go.addEventListener("click", () => this.start());
    this.stop.addEventListener("click", () => this.end(this.block.texts.stopped));
  }

  show(block) {
    const knobs = JSON.stringify([this.view.model.get(block.known), this.view.model.get(block.salted), block.title]);
    if (this.knobs === knobs) return; // nothing of ours has changed: a search goes on
    this.knobs = knobs;
    if (!this.block) this.input.value = block.number;
    this.block = block;
    const texts = block.texts;
    setText(this.caption, block.title);
    setText(this.label, texts.label);
    setText(this.rule, texts.rule);
    setText(this.go, texts.go);
    setText(this.stop, texts.stop);
    this.bar.setAttribute("aria-label", texts.progress);
    this.typed();
  }

  typed() {
    this.halt();
    const number = this.input.value.replace(/\s/g, "");
    this.fits = /^\d{11}$/.test(number);
    this.input.setAttribute("aria-invalid", String(!this.fits));
    this.number = number;
    this.known = this.view.model.get(this.block.known);
    this.salt = this.view.model.get(this.block.salted) ? this.block.salt : "";
    this.space = 10 ** (11 - this.known);
    this.target = this.fits ? sha256(this.salt + number) : null;
    const shown = this.salt ? `SHA-256("${this.salt}${number}")` : `SHA-256("${number}")`;
    setText(this.digest, this.fits ? `${shown} = ${hex(this.target)}` : this.block.texts.wrong);
    setText(this.counter, this.fits ? fillIn(this.block.texts.ahead, { prefix: number.slice(0, this.known), count: grouped(this.space) }) : "");
    setText(this.verdict, this.block.texts.ask);
    this.verdict.className = "fl-note fl-crack-verdict";
    this.bar.value = 0;
    this.buttons();
  }

  buttons() {
    this.go.disabled = !this.fits || Boolean(this.running);
    this.stop.disabled = !this.running;
  }

  start() {
    if (!this.fits || this.running) return;
    this.tried = 0;
    this.began = performance.now();
    this.running = true;
    this.try = counterFor(this.salt, this.number.slice(0, this.known), 11 - this.known, this.target);
    this.go.blur();
    this.buttons();
    this.stop.focus({ preventScroll: true });
    setText(this.verdict, this.block.texts.searching);
    this.turn();
  }

  turn() {
    if (!this.running) return;
    if (!this.figure.isConnected) return this.halt();
    const end = performance.now() + 24;
    do {
      const upTo = Math.min(this.tried + 2000, this.space);
      for (; this.tried < upTo; this.tried++) {
        if (this.try(this.tried)) {
          this.tried++;
          const found = this.number.slice(0, this.known) + String(this.tried - 1).padStart(11 - this.known, "0");
          return this.end(fillIn(this.block.texts.found, { number: found, count: grouped(this.tried), seconds: this.seconds() }), "bad");
        }
      }
    } while (this.tried < this.space && performance.now() < end);
    if (this.tried >= this.space) return this.end(this.block.texts.none, "good");
    this.count();
    this.timer = setTimeout(() => this.turn(), 0);
  }

  count() {
    const speed = this.tried / Math.max(1e-3, (performance.now() - this.began) / 1000);
    const now = this.number.slice(0, this.known) + String(Math.max(0, this.tried - 1)).padStart(11 - this.known, "0");
    setText(this.counter, fillIn(this.block.texts.counting, { number: now, count: grouped(this.tried), speed: (speed / 1e6).toFixed(2) }));
    this.bar.value = this.tried / this.space;
  }

  seconds() {
    return ((performance.now() - this.began) / 1000).toFixed(2);
  }

  end(text, tone = "") {
    if (!this.running) return;
    this.count();
    const here = document.activeElement === this.stop;
    this.halt();
    setText(this.verdict, text);
    this.verdict.className = `fl-note fl-crack-verdict ${tone ? `fl-${tone}` : ""}`;
    if (here) this.go.focus({ preventScroll: true });
  }

  halt() {
    clearTimeout(this.timer);
    this.running = false;
    this.buttons();
  }

  remove() {
    this.halt();
    this.figure.remove();
  }
};

const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
const hex = (words) => [...words].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");

// SHA-256 (FIPS 180-4) of texts of at most 55 ASCII characters: one block.
const SHA_K = new Int32Array(64), SHA_H = new Int32Array(8);
{
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
  const fraction = (x) => ((x - Math.floor(x)) * 2 ** 32) | 0; // of roots of small primes: exact enough in doubles
  primes.forEach((p, k) => {
    SHA_K[k] = fraction(Math.cbrt(p));
    if (k < 8) SHA_H[k] = fraction(Math.sqrt(p));
  });
}
const SHA_W = new Int32Array(64), SHA_OUT = new Int32Array(8);

function shaBlock() {
  for (let t = 16; t < 64; t++) {
    const x = SHA_W[t - 15], y = SHA_W[t - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    SHA_W[t] = (SHA_W[t - 16] + s0 + SHA_W[t - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = SHA_H;
  for (let t = 0; t < 64; t++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = (h + s1 + ((e & f) ^ (~e & g)) + SHA_K[t] + SHA_W[t]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
  }
  SHA_OUT[0] = SHA_H[0] + a; SHA_OUT[1] = SHA_H[1] + b; SHA_OUT[2] = SHA_H[2] + c; SHA_OUT[3] = SHA_H[3] + d;
  SHA_OUT[4] = SHA_H[4] + e; SHA_OUT[5] = SHA_H[5] + f; SHA_OUT[6] = SHA_H[6] + g; SHA_OUT[7] = SHA_H[7] + h;
}

function shaLoad(bytes, length) {
  SHA_W.fill(0, 0, 16);
  for (let k = 0; k < length; k++) SHA_W[k >> 2] |= bytes[k] << (24 - 8 * (k & 3));
  SHA_W[length >> 2] |= 0x80 << (24 - 8 * (length & 3));
  SHA_W[15] = 8 * length;
}

function sha256(text) {
  const bytes = new TextEncoder().encode(text);
  shaLoad(bytes, bytes.length);
  shaBlock();
  return Int32Array.from(SHA_OUT);
}

// Whether the number made of a prefix and a count has the wanted hash; digits are written straight into the bytes.
function counterFor(salt, prefix, digits, target) {
  const bytes = new TextEncoder().encode(salt + prefix + "0".repeat(digits)), length = bytes.length;
  return (count) => {
    for (let k = length - 1, rest = count; k >= length - digits; k--, rest = (rest / 10) | 0) bytes[k] = 48 + (rest % 10);
    shaLoad(bytes, length);
    shaBlock();
    for (let k = 0; k < 8; k++) if (SHA_OUT[k] !== target[k]) return false;
    return true;
  };
}
