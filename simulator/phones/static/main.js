// The page: which phones are there, and what has changed on them.
import { clockTime, day, get, make, post } from "/static/client.js";
import { LinePhone } from "/static/line.js";
import { WhatsAppPhone } from "/static/whatsapp.js";

const PAGE = 24;
const SEARCH_FROM = 7;
const SEEN_FIRST = 2;
const APPS = {
  line: { Phone: LinePhone, letter: "U", name: "LINE" },
  whatsapp: { Phone: WhatsAppPhone, letter: "W", name: "WhatsApp" },
};

const byId = (id) => document.getElementById(id);
const appOf = (id) => Object.keys(APPS).find((app) => APPS[app].letter === id[0]);

class World {
  constructor() {
    this.phones = new Map();
    this.chips = new Map();
    this.groups = [];
    this.names = new Map();
    this.wanted = PAGE;
    this.query = "";
    this.botNames = {};
  }

  people(app) {
    return [...this.phones.values()].filter((phone) => phone.app === app).map((phone) => phone.user);
  }

  nameOf(userId) {
    return this.names.get(userId) || "メンバー";
  }

  botName(app) {
    return this.botNames[app] || "ボット";
  }

  /** A phone has something new: point at it while it cannot be seen. */
  noticed(phone, isFromBot) {
    const chip = this.chips.get(phone.id);
    if (chip && isFromBot && !chip.classList.contains("visible") && phone.loaded) chip.classList.add("new");
    phone.loaded = true;
  }

  async refreshAll() {
    await Promise.all(Object.keys(APPS).map(async (app) => {
      this.botNames[app] = (await get(`/${app}/settings`)).name;
    }));
    await this.refreshClock();
    await this.refreshPeople();
    await this.refreshGroups();
    await Promise.all([...this.phones.values()].map((phone) => phone.refresh()));
  }

  async refreshClock() {
    this.offset = (await get("/clock")).now_ms - Date.now();
    const now = Date.now() + this.offset;
    byId("now").textContent = `${day(now)} ${clockTime(now)}`;
  }

  async refreshPeople() {
    const ask = `shown=1&limit=${this.wanted}&q=${encodeURIComponent(this.query)}`;
    const found = await Promise.all(Object.keys(APPS).map((app) => get(`/${app}/users?${ask}`)));
    const total = found.reduce((sum, one) => sum + one.total, 0);
    const users = sideBySide(...found.map((one) => one.users)).slice(0, this.wanted);
    const ids = new Set(users.map((user) => user.id));
    for (const [id, phone] of this.phones) {
      if (ids.has(id)) continue;
      phone.node.remove();
      this.chips.get(id).remove();
      this.phones.delete(id);
      this.chips.delete(id);
    }
    for (const user of users) this.put(user);
    this.arrange(users);
    if (!this.query) this.most = Math.max(this.most || 0, total);
    byId("search-box").hidden = !((this.most || 0) >= SEARCH_FROM || this.query);
    byId("more-box").hidden = total <= users.length;
    byId("index").hidden = users.length < 2;
    byId("empty").hidden = users.length > 0;
    byId("empty").textContent = this.query
      ? "見つかりませんでした。" : "まだ電話がありません。「電話を増やす」から始めてください。";
  }

  put(user) {
    this.names.set(user.id, user.name);
    const known = this.phones.get(user.id);
    if (known) {
      known.update(user);
      this.chips.get(user.id).textContent = chipName(user);
      return;
    }
    const app = appOf(user.id);
    const phone = new APPS[app].Phone(user, this, app);
    const chip = make("button", { type: "button", textContent: chipName(user) });
    chip.addEventListener("click", () => show(phone));
    this.phones.set(user.id, phone);
    this.chips.set(user.id, chip);
    byId("phones").append(phone.node);
    byId("index").append(chip);
    phone.updateGroups?.(this.groups);
    phone.refresh();
    watcher.observe(phone.node);
  }

  /** Put the phones in order, moving only those that stand elsewhere. */
  arrange(users) {
    for (const [place, user] of users.entries()) {
      for (const [parent, node] of [[byId("phones"), this.phones.get(user.id).node], [byId("index"), this.chips.get(user.id)]]) {
        if (parent.children[place] !== node) parent.insertBefore(node, parent.children[place] || null);
      }
    }
  }

  async refreshGroups() {
    this.groups = (await get("/line/groups")).groups;
    for (const phone of this.phones.values()) phone.updateGroups?.(this.groups);
  }

  async changed(ids) {
    const has = (id) => ids === null || ids.includes(id);
    const isSomeoneNew = ids === null || ids.some((id) => appOf(id) && !this.phones.has(id));
    if (isSomeoneNew) await this.refreshPeople();
    if (ids === null || ids.some((id) => id.startsWith("C"))) await this.refreshGroups();
    await Promise.all([...this.phones.values()].map(async (phone) => {
      if (has(phone.id)) phone.update(await get(`${phone.base}/users/${phone.id}`));
      if (has(phone.chatId)) await phone.refresh();
    }));
  }

  clear() {
    for (const phone of this.phones.values()) phone.node.remove();
    this.phones.clear();
    this.chips.clear();
    byId("index").replaceChildren();
    this.most = 0;
  }
}

/** Phones of the same name next to each other: they are one person's. The others of the second kind stand near the
 * top, so that both kinds are seen at once. */
function sideBySide(first, second) {
  const rest = [...second];
  const people = first.map((user) => {
    const place = rest.findIndex((other) => other.name === user.name);
    return place < 0 ? [user] : [user, ...rest.splice(place, 1)];
  });
  return [...people.slice(0, SEEN_FIRST), rest, ...people.slice(SEEN_FIRST)].flat();
}

function chipName(user) {
  const app = appOf(user.id);
  return app === "line" ? user.name : `${user.name}（${APPS[app].name}）`;
}

function show(phone) {
  phone?.node.scrollIntoView({ behavior: "smooth", block: "nearest", inline: "start" });
}

const watcher = new IntersectionObserver((seen) => {
  for (const one of seen) {
    const chip = world.chips.get(one.target.dataset.testid.slice("phone-".length));
    if (!chip) continue;
    chip.classList.toggle("visible", one.isIntersecting);
    if (one.isIntersecting) chip.classList.remove("new");
  }
}, { threshold: 0.5 });

const world = new World();

function listen() {
  const stream = new EventSource("/_sim/stream");
  stream.addEventListener("hello", () => { byId("lost").hidden = true; world.refreshAll(); });
  stream.addEventListener("chats", (event) => world.changed(JSON.parse(event.data).ids));
  stream.addEventListener("reset", () => { world.clear(); world.refreshAll(); });
  stream.addEventListener("clock", () => { world.refreshClock(); world.refreshPeople(); });
  stream.addEventListener("error", () => {
    byId("lost").hidden = false;
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 1000);
  });
}

let typing;
byId("search").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => { world.query = byId("search").value.trim(); world.refreshPeople(); }, 150);
});
byId("more").addEventListener("click", () => { world.wanted += PAGE; world.refreshPeople(); });
byId("add-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const wish = { name: byId("add-name").value.trim(), title: byId("add-title").value.trim() };
  const apps = byId("add-app").value.split(" ");
  const added = [];
  for (const app of apps) added.push(await post(`/${app}/users`, wish));
  byId("add-form").reset();
  byId("add-tool").open = false;
  await world.refreshPeople();
  show(world.phones.get(added[0].id));
});
for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => post("/clock", { advance: Number(button.dataset.advance) }));
}
setInterval(() => { if (!document.hidden) world.refreshClock().catch(() => {}); }, 20000);
listen();
