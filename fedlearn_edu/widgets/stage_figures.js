/* The stage's drawings. Flat shapes in the colours of the stylesheet; parts that move have a class (leg, head, eyelid).

     envelopeFigure("open" | "locked" | "key" | "unseen")      sheepFigure(sight, lamb)
     partyFigure()   serverFigure()                            pastureFigure(seed)   hutFigure() */

const HATCH = Array.from({ length: 12 }, (_, k) => `M${k * 6 - 18} 33L${k * 6 + 12} 3`).join("");
const LOCK = '<path class="s-sign" d="M-4 -1v-3.4a4 4 0 0 1 8 0V-1" fill="none" stroke-width="2"/><rect class="s-sign-body" x="-6" y="-1.6" width="12" height="9" rx="2"/>';
const KEY = '<circle class="s-sign" cx="-4.6" cy="0" r="3.4" fill="none" stroke-width="2.2"/><path class="s-sign" d="M-1 0h8.4M4.4 0v3.6M7 0v2.8" fill="none" stroke-width="2.2" stroke-linecap="round"/>';

function sign(sight) {
  return sight === "key" ? KEY : LOCK;
}

/* 48 × 38. Open: a letter looks out. Closed: hatched, with a lock, or with a key when these eyes can open it. */
function envelopeFigure(sight) {
  if (sight === "unseen") return drawing('<rect class="s-ghost" x="4" y="8" width="40" height="27" rx="3"/>', "0 0 48 38", "s-envelope");
  if (sight === "open") {
    return drawing(`
      <path class="s-back" d="M4 14L24 1.5L44 14v18a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3z"/>
      <path class="s-letter" d="M9 8h30v20H9z"/><path class="s-lines" d="M13 13h22M13 17h16"/>
      <path class="s-front" d="M4 14l20 12 20-12v18a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3z"/>`, "0 0 48 38", "s-envelope");
  }
  return drawing(`
    <rect class="s-front" x="4" y="6" width="40" height="29" rx="3"/>
    <svg x="5" y="7" width="38" height="27" viewBox="5 7 38 27"><path class="s-hatch" d="${HATCH}"/></svg>
    <path class="s-flap" d="M5 8l19 14L43 8"/>
    <circle class="s-seal" cx="24" cy="22" r="10.4"/><g transform="translate(24 21.4)">${sign(sight)}</g>`, "0 0 48 38", "s-envelope");
}

/* 40 × 34: an office with a drawer of records. */
function partyFigure() {
  return drawing(`
    <path class="s-roof" d="M4 13L20 3l16 10z"/><rect class="s-wall" x="6" y="13" width="28" height="18" rx="1.5"/>
    <path class="s-drawers" d="M10 18h20M10 22.5h20M10 27h20"/>`, "0 0 40 34", "s-party");
}

/* 40 × 34: shelves without records, with lamps. */
function serverFigure() {
  const shelf = (y) => `<rect class="s-wall" x="6" y="${y}" width="28" height="8.4" rx="2"/><circle class="s-lamp" cx="11" cy="${y + 4.2}" r="1.6"/><path class="s-drawers" d="M17 ${y + 4.2}h13"/>`;
  return drawing([3, 13, 23].map(shelf).join(""), "0 0 40 34", "s-party");
}

/* --- pastures */

const WOOL = [[30, 30, 13], [42, 23, 13], [56, 22, 13], [68, 29, 12], [70, 39, 10], [58, 43, 12], [43, 44, 12], [30, 41, 11], [49, 33, 16]];

function circles(list, name, more = 0) {
  return `<g class="${name}">${list.map(([x, y, r]) => `<circle cx="${x}" cy="${y}" r="${r + more}"/>`).join("")}</g>`;
}

/* 104 × 74, looking to the right. The satchel is the envelope: a letter looks out of it, or it is buckled and locked. */
function sheepFigure(sight, lamb) {
  const leg = (x, name) => `<g class="s-leg ${name}"><rect x="${x}" y="48" width="6" height="21" rx="3"/><rect class="s-hoof" x="${x}" y="65" width="6" height="5" rx="2"/></g>`;
  const curls = "M36 24q4-5 8 0M52 19q4-4 8 0M33 38q3 4 7 1M60 33q4-4 7 1";
  return drawing(`
    <ellipse class="s-shade" cx="50" cy="70" rx="32" ry="3.4"/>
    ${leg(60, "s-leg-b")}${leg(34, "s-leg-a s-far")}
    <g class="s-trunk">
      <circle class="s-tail" cx="19" cy="32" r="6"/>
      ${circles(WOOL, "s-outline", 1.6)}${circles(WOOL, "s-wool")}
      <path class="s-wool-2" d="M22 40a13 12 0 0 0 14 12 14 12 0 0 0 14 1 14 12 0 0 0 15-1 11 11 0 0 0 15-13c-8 8-16 9-29 9s-22-2-29-8z"/>
      <path class="s-curl" d="${curls}"/>
    </g>
    ${leg(66, "s-leg-a")}${leg(40, "s-leg-b s-far")}
    ${sight ? satchel(sight) : ""}
    <g class="s-head">
      <ellipse class="s-face s-ear" cx="75" cy="22" rx="8" ry="3.8" transform="rotate(24 75 22)"/>
      <path class="s-face" d="M76 20c1-7 7-10 12-9 6 1 10 7 11 14s-3 12-8 12c-7 0-15-8-15-17z"/>
      <ellipse class="s-face s-ear" cx="77" cy="18" rx="7" ry="3.4" transform="rotate(-24 77 18)"/>
      <g class="s-outline s-tuft"><circle cx="80" cy="12" r="6"/><circle cx="87" cy="9.6" r="6"/></g>
      <g class="s-wool"><circle cx="80" cy="12" r="5"/><circle cx="87" cy="9.6" r="5"/><circle cx="76" cy="15" r="4"/></g>
      <g class="s-eye"><circle cx="88" cy="21" r="3.1"/><circle class="s-pupil" cx="89" cy="21.3" r="1.6"/></g>
      <path class="s-smile" d="M91 33q3 1.4 5.4-1.4"/><circle class="s-nostril" cx="96.4" cy="27.6" r=".9"/>
      <circle class="s-cheek" cx="88.6" cy="28" r="2.2"/>
    </g>`, "0 0 104 74", lamb ? "s-sheep s-lamb" : "s-sheep");
}

function satchel(sight) {
  const strap = '<path class="s-strap" d="M35 18C41 27 57 27 65 18"/>';
  if (sight === "unseen") return `${strap}<rect class="s-ghost s-bag-ghost" x="37" y="27" width="26" height="20" rx="3"/>`;
  if (sight === "open") {
    return `${strap}<path class="s-letter" d="M41 20h18v16H41z"/><path class="s-lines" d="M44 24h12M44 27.4h9"/>
      <path class="s-bag" d="M36 29h28v15a4 4 0 0 1-4 4H40a4 4 0 0 1-4-4z"/><path class="s-stitch" d="M39 32.4h22v11a1.6 1.6 0 0 1-1.6 1.6H40.6a1.6 1.6 0 0 1-1.6-1.6z"/>`;
  }
  return `${strap}<rect class="s-bag" x="36" y="26" width="28" height="22" rx="4"/>
    <path class="s-bag-hatch" d="M38 46l9-9M44 47l10-10M51 47l10-10M57 47l6-6"/>
    <path class="s-bag-flap" d="M36 30a4 4 0 0 1 4-4h20a4 4 0 0 1 4 4v5q-14 7-28 0z"/>
    <circle class="s-seal" cx="50" cy="38" r="8"/><g transform="translate(50 37.6) scale(.8)">${sign(sight)}</g>`;
}

/* 168 × 112: a meadow with its own flowers, a fence around it, a gate in front. */
function pastureFigure(seed) {
  const next = chances(seed + 1);
  const spots = Array.from({ length: 12 }, () => [26 + next() * 116, 44 + next() * 46]);
  const tuft = ([x, y]) => `<path class="s-tuft-grass" d="M${x.toFixed(1)} ${y.toFixed(1)}q-1.6-4-3.4-5M${x.toFixed(1)} ${y.toFixed(1)}q0-5 .4-7M${x.toFixed(1)} ${y.toFixed(1)}q1.6-4 3.6-5"/>`;
  const flower = ([x, y], k) => `<circle class="s-flower s-flower-${k % 3}" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="1.9"/><circle class="s-pollen" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r=".8"/>`;
  const behind = posts(9, (t) => [14 + 140 * t, 50 - 25 * Math.sin(Math.PI * t)]);
  const left = posts(4, (t) => [14 + 46 * t, 58 + 38 * Math.sin((Math.PI / 2) * t)]);
  const right = posts(4, (t) => [154 - 46 * t, 58 + 38 * Math.sin((Math.PI / 2) * t)]);
  return drawing(`
    <path class="s-meadow-edge" d="M84 24c40 0 76 14 78 37 1 26-34 44-78 44S5 87 6 61c2-23 38-37 78-37z"/>
    <path class="s-meadow" d="M84 24c40 0 76 14 78 35 1 25-34 41-78 41S5 84 6 59c2-21 38-35 78-35z"/>
    <path class="s-meadow-2" d="M20 62c10-16 34-22 52-17s40 1 60 8-8 30-48 32-74-7-64-23z"/>
    ${behind}${spots.slice(0, 7).map(tuft).join("")}${spots.slice(7).map(flower).join("")}
    ${left}${right}
    <g class="s-gate"><path class="s-plank" d="M61 84v18M107 84v18"/><path class="s-rail" d="M107 88l17 9M107 94l17 9M116 90v13"/></g>`,
  "0 0 168 112", "s-pasture");
}

/* Fence posts along a curve, and two rails through them. */
function posts(count, at) {
  const places = Array.from({ length: count }, (_, k) => at(k / (count - 1)));
  const rail = (lift) => places.map(([x, y], k) => `${k ? "L" : "M"}${x.toFixed(1)} ${(y - lift).toFixed(1)}`).join("");
  return `<path class="s-rail" d="${rail(4)}${rail(9)}"/><path class="s-post" d="${places.map(([x, y]) => `M${x.toFixed(1)} ${y.toFixed(1)}v-13`).join("")}"/>`;
}

/* The same seed, the same flowers. */
function chances(seed) {
  let state = seed * 2654435761;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 374761393) >>> 0;
    return state / 2 ** 32;
  };
}

/* 120 × 104: the shepherd's hut, with a crook at the door. */
function hutFigure() {
  return drawing(`
    <ellipse class="s-shade" cx="60" cy="97" rx="52" ry="6"/>
    <rect class="s-chimney" x="78" y="12" width="11" height="22"/>
    <path class="s-boards" d="M20 46h80v50H20z"/><path class="s-board-lines" d="M20 58h80M20 70h80M20 82h80"/>
    <path class="s-thatch" d="M60 8L8 50c16 5 88 5 104 0z"/><path class="s-thatch-2" d="M60 20L30 47M60 20l30 27M60 20v27M60 20L45 48M60 20l15 28"/>
    <path class="s-door" d="M50 96V70a10 10 0 0 1 20 0v26z"/><circle class="s-knob" cx="66" cy="83" r="1.6"/>
    <rect class="s-window" x="78" y="62" width="14" height="14" rx="1.5"/><path class="s-window-bars" d="M85 62v14M78 69h14"/>
    <path class="s-crook" d="M34 96V62q0-9-7-9t-6 7"/>`, "0 0 120 104", "s-hut");
}
