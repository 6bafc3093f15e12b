// Talks to the control API. Every failure becomes an Error whose message a person can read.

async function call(method, path, body) {
  const response = await fetch(`/_sim${path}`, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error || `エラー ${response.status}`);
  return answer;
}

export const get = (path) => call("GET", path);
export const post = (path, body = {}) => call("POST", path, body);

export function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name === "data") Object.assign(node.dataset, value);
    else if (name in node && !name.startsWith("aria")) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Words with their web addresses as links. */
export function linked(words) {
  return words.split(/(https?:\/\/[!-~]+)/).map((piece, place) =>
    place % 2 ? make("a", { href: piece, target: "_blank", rel: "noopener noreferrer", textContent: piece }) : piece);
}

const clockFormat = new Intl.DateTimeFormat("ja-JP", { hour: "numeric", minute: "2-digit", timeZone: "Asia/Tokyo" });
const dayFormat = new Intl.DateTimeFormat("ja-JP", {
  month: "long", day: "numeric", weekday: "short", timeZone: "Asia/Tokyo",
});
export const clockTime = (ms) => clockFormat.format(ms);
export const day = (ms) => dayFormat.format(ms);
