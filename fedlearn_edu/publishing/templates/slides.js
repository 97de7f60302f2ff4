/* What does not fit onto a slide is first set a little smaller, and then goes on the next slide, under the same heading. */

const HEIGHT = 720, FOOT = 40;          // of a slide, and what stays free at its foot
const SIZES = [28, 27, 26, 25, 24];     // of its text, in pixels; the last is the smallest that the back row reads
const LEAST_PICTURE = 410;              // a picture is not made flatter than this to share a slide
const HEADING = 80;                     // what the heading of a slide that goes on takes
const LEAST_SHARE = .72;                // of its size that a widget keeps: its type of 24 pixels stays readable
const BLOCKS = ".goes-on, .jp-RenderedMarkdown > :not(ul, ol, table), .jp-RenderedMarkdown > table, .jp-RenderedMarkdown > ul > li, "
  + ".jp-RenderedMarkdown > ol > li, .jp-Cell-inputWrapper:not(:has(.jp-RenderedMarkdown)), .jp-OutputArea-child";

const bottom = (part, slide) => part.getBoundingClientRect().bottom - slide.getBoundingClientRect().top;
const room = HEIGHT - FOOT;
const isHeading = block => /^H\d$/.test(block.tagName);
const content = slide => [...slide.querySelectorAll(BLOCKS)].filter(block => !block.closest("aside") && block.offsetHeight);
const height = slide => Math.max(0, ...content(slide).map(block => bottom(block, slide)));

/* Reveal takes every section for a slide. So widgets here get none, though a screen reader is told the same. */
const create = document.createElement.bind(document);
document.createElement = (tag, options) => {
  if (tag !== "section") return create(tag, options);
  const made = create("div", options);
  made.setAttribute("role", "region");
  return made;
};

/* Set it as large as fits; answer whether it fits. */
function fits(slide) {
  for (const size of SIZES) {
    slide.style.fontSize = `${size}px`;
    if (height(slide) <= room || flatten(slide)) return true;
  }
  return false;
}

/* A picture gives way to what stands beside it, as long as it stays a picture. */
function flatten(slide) {
  const pictures = [...slide.querySelectorAll(".jp-OutputArea-child img, .jp-RenderedMarkdown img")];
  if (pictures.length !== 1) return false;
  const [picture] = pictures, before = picture.style.maxHeight, wanted = picture.offsetHeight - (height(slide) - room);
  if (wanted < LEAST_PICTURE) return false;
  picture.style.maxHeight = `${Math.floor(wanted)}px`;
  if (height(slide) <= room) return true;
  picture.style.maxHeight = before;
  return false;
}

/* Everything from a part on moves into a copy of the slide, inside copies of what it lay in. */
function cut(slide, part) {
  let rest = null;
  for (let one = part, above; one !== slide; one = above) {
    above = one.parentNode;
    const copy = above.cloneNode(false), number = [...above.children].indexOf(one) + (rest ? 1 : 0);
    copy.removeAttribute("id");
    if (above.tagName === "OL") copy.start = above.start + number;
    for (let next = rest ? one.nextSibling : one; next;) {
      const following = next.nextSibling;
      copy.append(next);
      next = following;
    }
    if (rest) copy.prepend(rest);
    rest = copy;
  }
  return rest;
}

/* Where to go on: a cell and what it prints stay together when a slide can hold both; no heading ends a slide. */
function breakOf(slide) {
  const blocks = content(slide), over = blocks.findIndex(block => bottom(block, slide) > room);
  const first = over + canShare(slide, blocks.slice(0, over + 1));
  let at = first;
  const cell = blocks[at]?.closest(".jp-CodeCell"), begins = blocks.findIndex(block => cell?.contains(block));
  if (cell && begins < at && least(cell) < room - HEADING) at = begins;
  while (at > 0 && isHeading(blocks[at - 1])) at -= 1;
  if (at > 0) return blocks[at];
  return blocks.find((_, k) => k >= Math.max(1, first) && !isHeading(blocks[k - 1]));
}

/* Whether the last of these blocks is a picture that, made flatter, has room below smaller text. */
function canShare(slide, blocks) {
  const pictures = blocks.flatMap(block => [...block.querySelectorAll("img")]);
  if (pictures.length !== 1 || !blocks.at(-1).contains(pictures[0])) return false;
  slide.style.fontSize = `${SIZES.at(-1)}px`;
  const left = pictures[0].offsetHeight - (bottom(blocks.at(-1), slide) - room);
  slide.style.fontSize = `${SIZES[0]}px`;
  return left >= LEAST_PICTURE;
}

/* How high a cell is when its picture is as flat as it may be. */
function least(cell) {
  const pictures = [...cell.querySelectorAll("img")], tall = cell.getBoundingClientRect().height;
  return pictures.length === 1 ? tall - Math.max(0, pictures[0].offsetHeight - LEAST_PICTURE) : tall;
}

async function spread(slide) {
  if (fits(slide)) return;
  slide.style.fontSize = `${SIZES[0]}px`;
  const part = breakOf(slide);
  if (!part) return shrink(slide);
  const rest = cut(slide, part);
  rest.querySelectorAll("aside.notes").forEach(notes => slide.append(notes.cloneNode(true)));
  const heading = content(slide).filter(isHeading).at(-1);
  if (heading && !isHeading(part)) {
    const again = heading.cloneNode(true);
    again.classList.add("goes-on");
    again.removeAttribute("id");
    rest.prepend(again);
  }
  rest.dataset.timing = "0";
  slide.after(rest);
  const begins = content(rest).find(block => !isHeading(block));  // only what is in the page has a height
  begins?.closest(".fragment")?.classList.remove("fragment");     // or the slide would begin empty
  if (!fits(slide)) await shrink(slide);
  await spread(rest);
}

/* One thing that is larger than a slide. A widget arranges itself anew for each size, and takes a moment for it. */
async function shrink(slide) {
  const parts = [...slide.children].filter(part => part.tagName !== "ASIDE"), alive = slide.querySelector(".fl");
  const least = alive ? LEAST_SHARE : .3;
  for (let share = 1; share > least && height(slide) > room;) {
    share = Math.max(least, share - .05);
    parts.forEach(part => { part.style.zoom = share; });
    if (alive) await new Promise(resolve => setTimeout(resolve, 80));
  }
}

/* A widget that is still larger, or grows when somebody turns to another panel or opens an envelope, can be scrolled. */
function bound(widget, slide) {
  const top = widget.getBoundingClientRect().top - slide.getBoundingClientRect().top;
  widget.style.maxHeight = `${Math.floor((room - top) / (widget.currentCSSZoom ?? 1))}px`;
  widget.style.overflowY = "auto";
}

/* In tables numbers stand to the right, also below their heading, and what is short stays in one line. */
function dress(cell) {
  const text = cell.textContent.trim(), number = cell.tagName === "TD" && /^[-−+]?[\d.,]+(e[-+]?\d+)?\s*%?$/.test(text);
  cell.classList.toggle("short", text.length < 18);
  if (!number) return;
  const heads = [...cell.closest("table").tHead?.rows ?? []].map(row => row.cells[cell.cellIndex]);
  [cell, ...heads].forEach(one => one?.classList.add("number"));
}

async function ready() {
  await document.fonts.ready;
  await Promise.all([...document.images].map(image => image.decode().catch(() => {})));
  await window.MathJax?.startup?.promise;
  await settled([...document.querySelectorAll(".jupyter-widgets.jp-OutputArea-output")]);
}

/* Widgets are there, and have stopped growing; or one of them never comes. */
async function settled(widgets) {
  for (let tries = 0, before = -1; tries < 60; tries += 1) {
    const there = widgets.every(place => place.querySelector(".fl, .widget-inline-hbox, .jupyter-widgets"));
    const now = there ? widgets.reduce((sum, place) => sum + place.offsetHeight, 0) : NaN;
    if (now === before) return;
    before = now;
    await new Promise(resolve => setTimeout(resolve, 80));
  }
}

async function begin() {
  document.body.classList.add("measuring");
  await ready();
  const slides = [...document.querySelectorAll(".slides > section > section")];
  slides[0]?.classList.add("opens");
  slides.forEach(slide => slide.append(...slide.querySelectorAll("aside.notes")));  // in a fragment they would be silent
  document.querySelectorAll(".slides td, .slides th").forEach(dress);
  for (const slide of slides) await spread(slide);
  document.querySelectorAll(".slides .fl").forEach(widget => bound(widget, widget.closest(".slides > section > section")));
  document.body.classList.remove("measuring");
  await Reveal.initialize({
    width: 1280, height: HEIGHT, margin: 0, maxScale: 4, center: false, hash: true, slideNumber: "c/t", transition: "none",
    defaultTiming: 0, plugins: [RevealNotes],
    keyboardCondition: () => !document.activeElement.closest(".fl"),  // arrow keys inside a stage or a lab are its own
  });
  document.documentElement.dataset.deck = "ready";
}

window.addEventListener("load", begin);
