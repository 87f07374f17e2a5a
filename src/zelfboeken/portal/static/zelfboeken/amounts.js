/* Amount fields (data-amount) take sums like "586*1,21", and the dot of the number pad types a comma. Exact: whole numbers
   over whole numbers, rounded once, half away from zero, to cents. No eval: the content security policy forbids it. */
const COMMA = document.documentElement.lang.startsWith("en") ? "." : ",";

function number(text) {
  const plain = text.replace(/[\s\u00a0\u202f€]/g, "");
  const at = Math.max(plain.lastIndexOf(","), plain.lastIndexOf("."));
  const isDecimal = at >= 0 && (/^\d{1,2}$/.test(plain.slice(at + 1)) || plain[at] === COMMA);
  const whole = (isDecimal ? plain.slice(0, at) : plain).replace(/[.,]/g, "");
  const part = isDecimal ? plain.slice(at + 1) : "";
  if (!/^\d*$/.test(whole) || !/^\d*$/.test(part) || !(whole + part)) return null;
  return [BigInt(whole + part), 10n ** BigInt(part.length)];
}

const OPS = {
  "+": ([a, b], [c, d]) => [a * d + c * b, b * d],
  "-": ([a, b], [c, d]) => [a * d - c * b, b * d],
  "*": ([a, b], [c, d]) => [a * c, b * d],
  "/": ([a, b], [c, d]) => (c === 0n ? null : c < 0n ? [-a * d, -b * c] : [a * d, b * c]),
};

/* returns the text of the sum, or null when it is no sum we can do */
export function compute(text) {
  const parts = text.replace(/[−–]/g, "-").replace(/[×x]/g, "*").replace(/[÷:]/g, "/").split(/([+\-*/])/).map((p) => p.trim());
  if (parts[0] === "" && parts[1] === "-") parts.splice(0, 2, "0", "-");
  if (parts.length < 3) return null;
  const values = [];
  const waiting = [];
  const apply = () => {
    const right = values.pop();
    const left = values.pop();
    const operation = OPS[waiting.pop()];
    values.push(left && right ? operation(left, right) : null);
  };
  for (let i = 0; i < parts.length; i += 1) {
    if (i % 2 === 0) { values.push(number(parts[i])); continue; }
    const rank = (op) => ("*/".includes(op) ? 2 : 1);
    while (waiting.length && rank(waiting.at(-1)) >= rank(parts[i])) apply();
    waiting.push(parts[i]);
  }
  while (waiting.length) apply();
  if (values.length !== 1 || !values[0]) return null;
  const [top, bottom] = values[0];
  const isNegative = top < 0n;
  const cents = ((isNegative ? -top : top) * 200n + bottom) / (2n * bottom);
  const digits = cents.toString().padStart(3, "0");
  return `${isNegative && cents ? "-" : ""}${digits.slice(0, -2)}${COMMA}${digits.slice(-2)}`;
}

document.addEventListener("keydown", (event) => {
  if (event.code !== "NumpadDecimal" || !event.target.matches?.("[data-amount]") || event.target.readOnly) return;
  event.preventDefault();
  event.target.setRangeText(COMMA, event.target.selectionStart, event.target.selectionEnd, "end");
});
document.addEventListener("focusout", (event) => {
  if (!event.target.matches?.("[data-amount]") || event.target.readOnly) return;
  const sum = compute(event.target.value);
  if (sum !== null && sum !== event.target.value) {
    event.target.value = sum;
    event.target.dispatchEvent(new Event("change", { bubbles: true }));
  }
});
