/* Sentences, one after another, as in i18n.py: in Chinese there is no blank between them. What is empty is left out, and
   what ends without a stop before another, as a caption does, gets one. */
function sentences(...told) {
  const texts = told.filter(Boolean), [stop, between] = /[\u4e00-\u9fff]/.test(texts.join("")) ? ["。", ""] : [".", " "];
  const ended = (text) => (/[.?!。？！]$/.test(text) ? text : `${text}${stop}`);
  return texts.map((text, k) => (k < texts.length - 1 ? ended(text) : text)).join(between);
}
