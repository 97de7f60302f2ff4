/* How texts are put together, as in i18n.py: in Chinese there is no blank between sentences, and its own comma in a list.
   What is empty is left out; what ends without a stop before another sentence, as a caption does, gets one. */
const isChinese = (texts) => /[\u4e00-\u9fff]/.test(texts.join(""));

function listed(...told) {
  const texts = told.filter(Boolean);
  return texts.join(isChinese(texts) ? "，" : ", ");
}

function sentences(...told) {
  const texts = told.filter(Boolean), [stop, between] = isChinese(texts) ? ["。", ""] : [".", " "];
  const ended = (text) => (/[.?!。？！]$/.test(text) ? text : `${text}${stop}`);
  return texts.map((text, k) => (k < texts.length - 1 ? ended(text) : text)).join(between);
}
