/* What the small widgets share: making nodes, light Markdown, asking the kernel.
   Text enters the page as text nodes only, so nothing that a learner prints can become markup. */

/* make("p", { class: "fl-soft", onclick: f }, "text", child): attributes that are false or null are left out. */
function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/* A node that can have the focus: notebooks must leave its keys alone. */
function control(tag, attributes, ...children) {
  return make(tag, { "data-lm-suppress-shortcuts": "true", ...attributes }, ...children);
}

/* Code that may be wider than the page: it scrolls by itself, and by keyboard. */
function codeBlock(text, label) {
  return control("pre", { class: "fl-code", tabindex: "0", role: "region", "aria-label": label }, make("code", {}, text));
}

/* Blocks of rich_text.py as nodes. */
function richText(blocks) {
  return blocks.map((block) =>
    block.kind === "ul"
      ? make("ul", {}, ...block.items.map((item) => make("li", {}, ...inline(item))))
      : make("p", {}, ...inline(block.parts)));
}

function inline(parts) {
  return parts.map(([kind, text]) => (["code", "strong", "em"].includes(kind) ? make(kind, {}, text) : text));
}

/* "Hint {number} of {all}" with the values put in. As in i18n.py, no blank stays between Chinese and Chinese beside a hole. */
function fill(text, values) {
  const edged = text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? `\0${values[name]}\0` : whole));
  return edged.replace(NEEDLESS, "$1").replaceAll("\0", "");
}

const NEEDLESS = /([\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])(?: \0|\0 \0?)(?=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])/g;

/* A button that is off keeps the focus, so that a keyboard user does not fall out of the widget. */
function setOff(button, off) {
  button.setAttribute("aria-disabled", off ? "true" : "false");
}

function isOff(button) {
  return button.getAttribute("aria-disabled") === "true";
}

/* Ask the kernel; `silence` is called when it has not answered for a while, `answer` when it has. */
function asker(model, { silence, answer, patience = 9000 }) {
  let timer = null;
  model.on("change:answered", () => {
    clearTimeout(timer);
    answer();
  });
  return (request) => {
    clearTimeout(timer);
    timer = setTimeout(silence, patience);
    try {
      model.send(request);
    } catch {
      clearTimeout(timer);
      silence();
    }
  };
}

/* The class of a card that is shown to a room. */
function projected(model) {
  return model.get("projector") ? " fl-projector" : "";
}

function newId() {
  return `fl-${Math.random().toString(36).slice(2, 10)}`;
}
