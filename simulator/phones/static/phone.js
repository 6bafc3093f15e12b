// One phone: a person, the chats on it, and what the person can do.
import { clockTime, day, get, make, post } from "/static/client.js";
import { ask } from "/static/dialog.js";
import { Painter, revealCutTexts } from "/static/flex.js";

const SHOWN_AT_MOST = 100;
const COLOURS = 6;

const isWide = (item) => ["flex", "template"].includes(item.message.type);

export class Phone {
  constructor(user, world) {
    this.world = world;
    this.base = `/${world.platform}`;
    this.id = user.id;
    this.chatId = user.id;
    this.build(user);
    this.update(user);
  }

  build(user) {
    const label = `${user.name}さん`;
    const at = `phone-${this.id}`;
    this.name = make("h2", { id: at });
    this.title = make("span", { className: "caption" });
    this.face = make("span", { className: `face colour-${parseInt(this.id.slice(-2), 16) % COLOURS}`, "aria-hidden": "true" });
    this.state = make("span", { className: "state" });
    this.chats = make("select", { "aria-label": `${label}のトークを選ぶ`, hidden: true });
    this.chats.addEventListener("change", () => this.open(this.chats.value));
    this.buttons = {
      follow: this.button("follow", "友だちに追加", "main"),
      unblock: this.button("unblock", "ブロックを解除", "main"),
      block: this.button("block", "ブロック", "quiet"),
    };
    const invite = make("button", { type: "button", className: "quiet", textContent: "グループに招待" });
    invite.addEventListener("click", () => this.invite());
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
      "article", { className: "phone", "aria-labelledby": at, data: { testid: at } },
      make("header", {},
        this.face,
        make("div", { className: "who" }, this.name, this.title),
        this.state,
        make("div", { className: "actions" }, this.chats, this.buttons.follow, this.buttons.unblock, invite,
          this.buttons.block)),
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
    const isFriend = user.friend && !user.blocked;
    this.state.textContent = user.blocked ? "ブロック中" : user.friend ? "友だち" : "まだ友だちでない";
    this.state.className = `state ${user.blocked ? "blocked" : user.friend ? "friend" : "stranger"}`;
    const hint = this.log.querySelector(".hint");
    if (hint) hint.textContent = this.hint();
    this.buttons.follow.hidden = user.friend;
    this.buttons.unblock.hidden = !user.blocked;
    this.buttons.block.hidden = !isFriend;
    this.guard();
  }

  updateGroups(groups) {
    this.groups = groups.filter((group) => group.members.includes(this.id));
    const options = [[this.id, this.world.botName], ...this.groups.map((group) => [group.id, `👥 ${group.name}`])];
    this.chats.replaceChildren(...options.map(([value, words]) => make("option", { value, textContent: words })));
    this.chats.hidden = options.length < 2;
    if (!options.some(([value]) => value === this.chatId)) this.open(this.id);
    this.chats.value = this.chatId;
    this.guard();
  }

  guard() {
    const closed = this.user.blocked && this.chatId === this.id;
    this.input.disabled = this.send.disabled = closed;
    this.input.placeholder = closed ? "ブロック中は送れません" : "メッセージを入力";
  }

  path(verb) {
    const kind = this.chatId === this.id ? "users" : "groups";
    return `${this.base}/${kind}/${this.chatId}/${verb}`;
  }

  open(chatId) {
    this.chatId = chatId;
    this.seq = undefined;
    this.guard();
    return this.refresh();
  }

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
    if (this.seq !== undefined && (found.revision !== this.revision || found.last_seq < this.seq)) {
      this.seq = undefined;
      this.again = true;
      return;
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
    revealCutTexts(this.log);
    this.showQuickReplies();
    if (items.length) this.log.scrollTop = this.log.scrollHeight;
    this.world.noticed(this, items.some((item) => item.from === "bot"));
  }

  hint() {
    if (this.chatId !== this.id) return "まだメッセージはありません";
    return this.user.friend ? "まだメッセージはありません" : "友だちに追加すると、お知らせが届くようになります";
  }

  row(item) {
    const rows = [];
    const today = day(item.at_ms);
    if (today !== this.lastDay) rows.push(make("p", { className: "note day", textContent: today }));
    this.lastDay = today;
    if (item.from === "system") {
      return [...rows, make("p", { className: "note", textContent: item.texts[0] })];
    }
    const isMine = item.from === "user" && item.user_id === this.id;
    const painter = new Painter((action, index, button) => this.press(item, action, index, button));
    const body = this.picture(item) || painter.draw(item.message);
    const side = make("div", { className: "side" }, make("time", { textContent: clockTime(item.at_ms) }));
    if (isMine && item.message.type !== "unsent" && item.via === null) side.prepend(this.unsendButton(item));
    const speaker = isMine ? null : make("span", { className: "speaker", textContent: this.speaker(item) });
    const row = make("div", { className: `row-message ${isMine ? "mine" : "theirs"}${isWide(item) ? " wide" : ""}`, data: { seq: item.seq } },
      make("div", { className: "content" }, speaker, body), side);
    return [...rows, row];
  }

  speaker(item) {
    if (item.from === "bot") return item.message.sender?.name || this.world.botName;
    return this.world.nameOf(item.user_id);
  }

  picture(item) {
    if (item.from !== "user" || item.message.type !== "image") return null;
    return make("img", { className: "photo", alt: "写真", src: `/_sim${this.base}/contents/${item.id}` });
  }

  unsendButton(item) {
    const button = make("button", { type: "button", className: "unsend", textContent: "取消", "aria-label": "送信を取り消す" });
    button.addEventListener("click", () => this.act(this.path("unsend"), { messageId: item.id, userId: this.id }));
    return button;
  }

  showQuickReplies() {
    const offered = (this.newest?.buttons || []).map((button, index) => [button, index]).filter(([one]) => one.quick);
    this.quick.replaceChildren(...offered.map(([one, index]) => {
      const button = make("button", { type: "button", textContent: one.label });
      const item = this.newest;
      button.addEventListener("click", () => this.press(item, one.action, index, button));
      return button;
    }));
  }

  async press(item, action, index, button) {
    if (action.type === "uri") {
      if (/^https?:/.test(action.uri)) window.open(action.uri, "_blank", "noopener,noreferrer");
      else this.tell(`開く先：${action.uri}`);
      return;
    }
    if (action.type === "clipboard") {
      await navigator.clipboard?.writeText(action.clipboardText).catch(() => {});
      this.tell("コピーしました");
      return;
    }
    const body = { messageId: item.id, index, userId: this.id };
    if (action.type === "datetimepicker") {
      const picked = await this.pick(action);
      if (!picked) return;
      body.params = { [action.mode]: picked };
    }
    button.classList.add("pressed");
    setTimeout(() => button.classList.remove("pressed"), 400);
    const done = await this.act(this.path("tap"), body);
    if (done?.fill_in !== undefined) { this.input.value = done.fill_in; this.grow(); this.input.focus(); }
  }

  async pick(action) {
    const kind = { date: "date", time: "time", datetime: "datetime-local" }[action.mode];
    const input = make("input", { type: kind, required: true, "aria-label": action.label || "日時" });
    for (const [name, from] of [["value", "initial"], ["min", "min"], ["max", "max"]]) {
      if (action[from]) input[name] = action[from].replace("t", "T");
    }
    return (await ask(action.label || "日時を選ぶ", [input], "決める")) ? input.value : null;
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

  async invite() {
    const waiting = (this.groups || []).filter((group) => !group.bot_in);
    const name = make("input", { id: "group-name", placeholder: "例：1年A組 保護者", maxLength: 40 });
    const people = this.world.people().filter((one) => one.id !== this.id).map((one) => {
      const box = make("input", { type: "checkbox", value: one.id });
      return make("label", { className: "check" }, box, one.name);
    });
    const known = waiting.map((group) => make("label", { className: "check" },
      make("input", { type: "radio", name: "group", value: group.id }), group.name));
    const parts = [
      ...(known.length ? [make("p", { textContent: "いまあるグループに招待する" }), ...known,
        make("p", { textContent: "または、新しいグループを作る" })] : []),
      make("label", { htmlFor: "group-name", textContent: "グループの名前" }), name,
      make("p", { textContent: "いっしょに入る人" }), make("div", { className: "checks" }, ...people),
    ];
    const form = await ask(`${this.world.botName}をグループに招待`, parts, "招待する");
    if (!form) return;
    const chosen = form.querySelector("input[type=radio]:checked")?.value;
    const members = [this.id, ...[...form.querySelectorAll("input[type=checkbox]:checked")].map((box) => box.value)];
    const group = chosen || (await this.act(`${this.base}/groups`, { name: name.value.trim() || "新しいグループ", members }))?.id;
    if (!group) return;
    await this.act(`${this.base}/groups/${group}/invite`);
    await this.world.refreshGroups();
    this.open(group);
    this.chats.value = group;
  }
}
