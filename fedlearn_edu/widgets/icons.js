/* Icons for every widget of the course, drawn on a square of 24: icon("play") is an SVG that screen readers skip.
   They take the colour of the text around them. The text beside them, or a label, says what they mean. */

const ICONS = {
  play: '<path d="M7 4.6v14.8a.8.8 0 0 0 1.2.7l11.6-7.4a.8.8 0 0 0 0-1.4L8.2 3.9a.8.8 0 0 0-1.2.7z"/>',
  pause: '<rect x="5.5" y="4" width="4.6" height="16" rx="1.2"/><rect x="13.9" y="4" width="4.6" height="16" rx="1.2"/>',
  forward: '<path d="M5 5.2v13.6a.7.7 0 0 0 1.1.6l9.4-6.8a.7.7 0 0 0 0-1.2L6.1 4.6a.7.7 0 0 0-1.1.6z"/><rect x="16.6" y="4.4" width="3" height="15.2" rx="1"/>',
  back: '<path d="M19 5.2v13.6a.7.7 0 0 1-1.1.6l-9.4-6.8a.7.7 0 0 1 0-1.2l9.4-6.8a.7.7 0 0 1 1.1.6z"/><rect x="4.4" y="4.4" width="3" height="15.2" rx="1"/>',
  first: '<path d="M20 6v12a.6.6 0 0 1-1 .5l-6.5-6a.7.7 0 0 1 0-1l6.5-6a.6.6 0 0 1 1 .5zM12 6v12a.6.6 0 0 1-1 .5l-6.5-6a.7.7 0 0 1 0-1l6.5-6A.6.6 0 0 1 12 6z"/><rect x="2.4" y="5" width="2" height="14" rx=".8"/>',
  last: '<path d="M4 6v12a.6.6 0 0 0 1 .5l6.5-6a.7.7 0 0 0 0-1l-6.5-6A.6.6 0 0 0 4 6zM12 6v12a.6.6 0 0 0 1 .5l6.5-6a.7.7 0 0 0 0-1l-6.5-6A.6.6 0 0 0 12 6z"/><rect x="19.6" y="5" width="2" height="14" rx=".8"/>',
  stop: '<rect x="5" y="5" width="14" height="14" rx="2"/>',
  close: '<path d="M6 6l12 12M18 6L6 18" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round"/>',
  lock: '<path d="M8 11V8a4 4 0 0 1 8 0v3" fill="none" stroke="currentColor" stroke-width="2.4"/><rect x="5" y="10.5" width="14" height="10" rx="2"/>',
  key: '<circle cx="8" cy="12" r="4" fill="none" stroke="currentColor" stroke-width="2.6"/><path d="M12 12h9M17.6 12v4M20.6 12v3" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round"/>',
  letter: '<path d="M3 6.5h18v12H3zM3 7l9 6.5L21 7" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round"/>',
  work: '<circle cx="12" cy="12" r="3.6"/><path d="M12 2.6v3.6M12 17.8v3.6M2.6 12h3.6M17.8 12h3.6M5.4 5.4l2.5 2.5M16.1 16.1l2.5 2.5M5.4 18.6l2.5-2.5M16.1 7.9l2.5-2.5" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round"/>',
  eye: '<path d="M2 12s3.6-6.4 10-6.4S22 12 22 12s-3.6 6.4-10 6.4S2 12 2 12z" fill="none" stroke="currentColor" stroke-width="2"/><circle cx="12" cy="12" r="3"/>',
  unseen: '<path d="M3 6.5h18v12H3z" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3 2.6"/>',
};

/* Our own drawings as nodes; only text of these files is ever parsed as markup. */
function drawing(markup, box, name = "") {
  const holder = document.createElement("template");
  holder.innerHTML = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}" class="${name}" aria-hidden="true" focusable="false">${markup}</svg>`;
  return holder.content.firstElementChild;
}

function icon(name) {
  return drawing(ICONS[name], "0 0 24 24", "fl-icon");
}
