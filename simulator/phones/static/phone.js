// One phone, whatever is on it: a person, a chat, a place to write. What an app looks like is for its own file to say.
import { clockTime, day, get, make, post } from "/static/client.js";

const SHOWN_AT_MOST = 100;
const COLOURS = 6;

export class Phone {
  /** `app` is the platform's name in the control API; `world` knows all phones. */
  constructor(user, world, app) {
    this.world = world;
    this.app = app;
    this.base = `/${app}`;
    this.id = user.id;
    this.chatId = user.id;
    this.build(user);
    this.update(user);
  }

  // What an app has to say for itself ------------------------------------------------------------------------------

  /** The buttons above the chat. */
  actions() { return []; }

  /** The name of the app, as a person would say it. */
  get appName() { return ""; }

  /** What stands in a bubble. */
  content() { throw new Error("not drawn"); }

  /** Whether a bubble needs the whole width. */
  isWide() { return false; }

  /** What stands at a bubble's side: the time, and what the app adds. */
  side(item) { return [make("time", { textContent: clockTime(item.at_ms) })]; }

  /** Offers that hang below the chat and belong to the newest bubble. */
  offers() { return []; }

  /** A bubble that was there already looks different: by default, draw everything anew. */
  async revised() { this.seq = undefined; this.again = true; }

  /** The person has changed. */
  updated() {}

  /** Whether nothing can be written now, and why. */
  closed() { return ""; }

  /** What is said in an empty chat. */
  hint() { return "まだメッセージはありません"; }

  /** Who speaks in a bubble that is not this person's. */
  speaker() { return this.world.botName(this.app); }

  // The same for every app -----------------------------------------------------------------------------------------

  get label() { return `${this.user?.name || ""}さん`; }

  build(user) {
    this.user = user;
    const label = this.label;
    const at = `phone-${this.id}`;
    this.name = make("h2", { id: at });
    this.title = make("span", { className: "caption" });
    this.face = make("span", { className: `face colour-${parseInt(this.id.slice(-2), 16) % COLOURS}`, "aria-hidden": "true" });
    this.badge = make("span", { className: "badge", textContent: this.appName });
    this.state = make("span", { className: "state" });
    this.log = make("div", {
      className: "log", role: "log", "aria-live": "polite", "aria-label": `${label}のトーク`, tabIndex: 0,
    });
    this.quick = make("div", { className: "quick" });
    this.status = make("p", { className: "status", role: "status" });
    this.input = make("textarea", {
      rows: 1, placeholder: "メッセージを入力", "aria-label": `${label}として書く`, data: { testid: "input" },
    });
    this.send = make("button", { type: "submit", className: "send", textContent: "送信", data: { testid: "send" } });
    this.form = make("form", { className: "composer" }, this.input, this.send);
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.say(); });
    this.input.addEventListener("keydown", (event) => this.typed(event));
    this.input.addEventListener("input", () => this.grow());
    this.node = make(
      "article", { className: `phone app-${this.app}`, "aria-labelledby": at, data: { testid: at } },
      make("header", {},
        this.face,
        make("div", { className: "who" }, this.name, this.title),
        make("div", { className: "marks" }, this.badge, this.state),
        make("div", { className: "actions" }, ...this.actions())),
      this.log, this.quick, this.status, this.form);
  }

  button(verb, words, style) {
    const button = make("button", { type: "button", className: style, textContent: words, data: { testid: verb } });
    button.addEventListener("click", () => this.act(`${this.base}/users/${this.id}/${verb}`));
    return button;
  }

  update(user) {
    this.user = user;
    this.name.textContent = user.name;
    this.title.textContent = user.title;
    this.face.textContent = [...user.name.trim()][0] || "？";
    this.updated();
    const hint = this.log.querySelector(".hint");
    if (hint) hint.textContent = this.hint();
    this.guard();
  }

  sayState(words, style) {
    this.state.textContent = words;
    this.state.className = `state ${style}`;
  }

  guard() {
    const why = this.closed();
    this.input.disabled = this.send.disabled = Boolean(why);
    this.input.placeholder = why || "メッセージを入力";
  }

  path(verb) { return `${this.base}/users/${this.chatId}/${verb}`; }

  /** Ask for what is new; once more when something changed while asking. */
  async refresh() {
    if (this.asking) { this.again = true; return; }
    this.asking = true;
    try {
      do {
        this.again = false;
        await this.load();
      } while (this.again);
    } finally {
      this.asking = false;
    }
  }

  async load() {
    const chatId = this.chatId;
    if (this.seq === undefined) {
      const newest = await get(`${this.path("messages")}?after=999999999`);
      this.start = Math.max(0, newest.last_seq - SHOWN_AT_MOST);
    }
    const after = this.seq ?? this.start;
    const found = await get(`${this.path("messages")}?after=${after}`);
    if (chatId !== this.chatId) { this.again = true; return; }
    if (this.seq !== undefined && found.last_seq < this.seq) { this.seq = undefined; this.again = true; return; }
    if (this.seq !== undefined && found.revision !== this.revision) {
      this.revision = found.revision;
      await this.revised();
      if (this.seq === undefined) return;
    }
    if (this.seq === undefined) { this.log.replaceChildren(); this.lastDay = ""; this.newest = null; }
    this.revision = found.revision;
    this.seq = found.last_seq;
    this.show(found.messages);
  }

  show(items) {
    if (!this.log.childElementCount && !items.length) {
      this.log.append(make("p", { className: "note hint", textContent: this.hint() }));
    }
    if (items.length) this.log.querySelector(".hint")?.remove();
    for (const item of items) this.log.append(...this.row(item));
    if (items.length) this.newest = items.at(-1);
    this.shown();
    this.quick.replaceChildren(...(this.newest ? this.offers(this.newest) : []));
    if (items.length) this.log.scrollTop = this.log.scrollHeight;
    this.world.noticed(this, items.some((item) => item.from === "bot"));
  }

  /** The bubbles are on the screen. */
  shown() {}

  row(item) {
    const rows = [];
    const today = day(item.at_ms);
    if (today !== this.lastDay) rows.push(make("p", { className: "note day", textContent: today }));
    this.lastDay = today;
    if (item.from === "system") {
      return [...rows, make("p", { className: "note", textContent: item.texts[0] })];
    }
    const isMine = this.isMine(item);
    const side = make("div", { className: "side" }, ...this.side(item, isMine));
    const speaker = isMine ? null : make("span", { className: "speaker", textContent: this.speaker(item) });
    const row = make("div", {
      className: `row-message ${isMine ? "mine" : "theirs"}${this.isWide(item) ? " wide" : ""}`, data: { seq: item.seq },
    }, make("div", { className: "content" }, speaker, this.content(item)), side);
    return [...rows, row];
  }

  isMine(item) { return item.from === "user"; }

  photo(item) {
    return make("img", { className: "photo", alt: "写真", src: `/_sim${this.base}/contents/${item.id}` });
  }

  /** Tap a button of a bubble; `more` goes along. */
  async tap(item, index, button, more = {}) {
    button?.classList.add("pressed");
    setTimeout(() => button?.classList.remove("pressed"), 400);
    return this.act(this.path("tap"), { messageId: item.id, index, userId: this.id, ...more });
  }

  openLink(address) {
    if (/^https?:/.test(address)) window.open(address, "_blank", "noopener,noreferrer");
    else this.tell(`開く先：${address}`);
  }

  typed(event) {
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
    if (event.ctrlKey || event.metaKey) { event.preventDefault(); this.say(); }
  }

  grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight + 2, 140)}px`;
  }

  async say() {
    const text = this.input.value;
    if (!text.trim() || this.input.disabled) return;
    this.input.value = "";
    this.grow();
    this.input.focus();
    const done = await this.act(this.path("text"), { text, userId: this.id });
    if (!done && !this.input.value) { this.input.value = text; this.grow(); }
  }

  /** Do something; say so when it could not be done, or when the bot did not take it. */
  async act(path, body) {
    this.tell("");
    try {
      const done = await post(path, body);
      const failed = (done.deliveries || []).find((one) => !["OK", "HELD"].includes(one.reason));
      if (failed) this.tell(`ボットに届きませんでした（${failed.detail || failed.reason}）`);
      return done;
    } catch (error) {
      this.tell(`できませんでした：${error.message}`);
      return null;
    }
  }

  tell(words) {
    this.status.textContent = words;
  }
}
