// The page: which phones are there, and what has changed on them.
import { clockTime, day, get, make, post } from "/static/client.js";
import { Phone } from "/static/phone.js";

const PAGE = 24;
const SEARCH_FROM = 7;

const byId = (id) => document.getElementById(id);

class World {
  constructor(platform) {
    this.platform = platform;
    this.phones = new Map();
    this.chips = new Map();
    this.groups = [];
    this.names = new Map();
    this.wanted = PAGE;
    this.query = "";
    this.botName = "ボット";
  }

  people() {
    return [...this.phones.values()].map((phone) => phone.user);
  }

  nameOf(userId) {
    return this.names.get(userId) || "メンバー";
  }

  /** A phone has something new: point at it while it cannot be seen. */
  noticed(phone, isFromBot) {
    const chip = this.chips.get(phone.id);
    if (chip && isFromBot && !chip.classList.contains("visible") && phone.loaded) chip.classList.add("new");
    phone.loaded = true;
  }

  async refreshAll() {
    const settings = await get(`/${this.platform}/settings`);
    this.botName = settings.name;
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
    const found = await get(`/${this.platform}/users?shown=1&limit=${this.wanted}&q=${encodeURIComponent(this.query)}`);
    const ids = new Set(found.users.map((user) => user.id));
    for (const [id, phone] of this.phones) {
      if (ids.has(id)) continue;
      phone.node.remove();
      this.chips.get(id).remove();
      this.phones.delete(id);
      this.chips.delete(id);
    }
    for (const user of found.users) this.put(user);
    if (!this.query) this.most = Math.max(this.most || 0, found.total);
    byId("search-box").hidden = !((this.most || 0) >= SEARCH_FROM || this.query);
    byId("more-box").hidden = found.total <= found.users.length;
    byId("index").hidden = found.users.length < 2;
    byId("empty").hidden = found.users.length > 0;
    byId("empty").textContent = this.query
      ? "見つかりませんでした。" : "まだ電話がありません。「電話を増やす」から始めてください。";
  }

  put(user) {
    this.names.set(user.id, user.name);
    const known = this.phones.get(user.id);
    if (known) {
      known.update(user);
      this.chips.get(user.id).textContent = user.name;
      return;
    }
    const phone = new Phone(user, this);
    const chip = make("button", { type: "button", textContent: user.name });
    chip.addEventListener("click", () => phone.node.scrollIntoView({ behavior: "smooth", block: "nearest", inline: "start" }));
    this.phones.set(user.id, phone);
    this.chips.set(user.id, chip);
    byId("phones").append(phone.node);
    byId("index").append(chip);
    phone.updateGroups(this.groups);
    phone.refresh();
    watcher.observe(phone.node);
  }

  async refreshGroups() {
    this.groups = (await get(`/${this.platform}/groups`)).groups;
    for (const phone of this.phones.values()) phone.updateGroups(this.groups);
  }

  async changed(ids) {
    const has = (id) => ids === null || ids.includes(id);
    const isSomeoneNew = ids === null || ids.some((id) => id.startsWith("U") && !this.phones.has(id));
    if (isSomeoneNew) await this.refreshPeople();
    if (ids === null || ids.some((id) => id.startsWith("C"))) await this.refreshGroups();
    await Promise.all([...this.phones.values()].map(async (phone) => {
      if (has(phone.id)) phone.update(await get(`/${this.platform}/users/${phone.id}`));
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

const watcher = new IntersectionObserver((seen) => {
  for (const one of seen) {
    const chip = world.chips.get(one.target.dataset.testid.slice("phone-".length));
    if (!chip) continue;
    chip.classList.toggle("visible", one.isIntersecting);
    if (one.isIntersecting) chip.classList.remove("new");
  }
}, { threshold: 0.5 });

const world = new World("line");

function listen() {
  const stream = new EventSource("/_sim/stream");
  stream.addEventListener("hello", () => { byId("lost").hidden = true; world.refreshAll(); });
  stream.addEventListener("chats", (event) => world.changed(JSON.parse(event.data).ids));
  stream.addEventListener("reset", () => { world.clear(); world.refreshAll(); });
  stream.addEventListener("clock", () => world.refreshClock());
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
  const added = await post(`/${world.platform}/users`, { name: byId("add-name").value.trim(), title: byId("add-title").value.trim() });
  byId("add-form").reset();
  byId("add-tool").open = false;
  await world.refreshPeople();
  world.phones.get(added.id)?.node.scrollIntoView({ behavior: "smooth", block: "nearest", inline: "start" });
});
for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => post("/clock", { advance: Number(button.dataset.advance) }));
}
setInterval(() => { if (!document.hidden) world.refreshClock().catch(() => {}); }, 20000);
listen();
