// A phone with LINE on it: friends and blockers, groups, Flex cards, quick replies, taking messages back.
import { make } from "/static/client.js";
import { ask } from "/static/dialog.js";
import { Painter, revealCutTexts } from "/static/flex.js";
import { Phone } from "/static/phone.js";

export class LinePhone extends Phone {
  get appName() { return "LINE"; }

  actions() {
    this.chats = make("select", { "aria-label": `${this.label}のトークを選ぶ`, hidden: true });
    this.chats.addEventListener("change", () => this.open(this.chats.value));
    this.buttons = {
      follow: this.button("follow", "友だちに追加", "main"),
      unblock: this.button("unblock", "ブロックを解除", "main"),
      block: this.button("block", "ブロック", "quiet"),
    };
    const invite = make("button", { type: "button", className: "quiet", textContent: "グループに招待" });
    invite.addEventListener("click", () => this.invite());
    return [this.chats, this.buttons.follow, this.buttons.unblock, invite, this.buttons.block];
  }

  updated() {
    const { friend, blocked } = this.user;
    this.sayState(
      blocked ? "ブロック中" : friend ? "友だち" : "まだ友だちでない", blocked ? "blocked" : friend ? "friend" : "stranger");
    this.buttons.follow.hidden = friend;
    this.buttons.unblock.hidden = !blocked;
    this.buttons.block.hidden = !friend || blocked;
  }

  closed() { return this.user.blocked && this.chatId === this.id ? "ブロック中は送れません" : ""; }

  hint() {
    if (this.chatId !== this.id || this.user.friend) return "まだメッセージはありません";
    return "友だちに追加すると、お知らせが届くようになります";
  }

  updateGroups(groups) {
    this.groups = groups.filter((group) => group.members.includes(this.id));
    const options = [[this.id, this.world.botName(this.app)], ...this.groups.map((group) => [group.id, `👥 ${group.name}`])];
    this.chats.replaceChildren(...options.map(([value, words]) => make("option", { value, textContent: words })));
    this.chats.hidden = options.length < 2;
    if (!options.some(([value]) => value === this.chatId)) this.open(this.id);
    this.chats.value = this.chatId;
    this.guard();
  }

  path(verb) {
    return this.chatId === this.id ? super.path(verb) : `${this.base}/groups/${this.chatId}/${verb}`;
  }

  open(chatId) {
    this.chatId = chatId;
    this.seq = undefined;
    this.guard();
    return this.refresh();
  }

  isMine(item) { return item.from === "user" && item.user_id === this.id; }

  isWide(item) { return ["flex", "template"].includes(item.message.type); }

  content(item) {
    if (item.from === "user" && item.message.type === "image") return this.photo(item);
    return new Painter((action, index, button) => this.press(item, action, index, button)).draw(item.message);
  }

  side(item, isMine) {
    const canUnsend = isMine && item.message.type !== "unsent" && item.via === null;
    return [...(canUnsend ? [this.unsendButton(item)] : []), ...super.side(item)];
  }

  speaker(item) {
    if (item.from === "bot") return item.message.sender?.name || super.speaker();
    return this.world.nameOf(item.user_id);
  }

  unsendButton(item) {
    const button = make("button", { type: "button", className: "unsend", textContent: "取消", "aria-label": "送信を取り消す" });
    button.addEventListener("click", () => this.act(this.path("unsend"), { messageId: item.id, userId: this.id }));
    return button;
  }

  shown() { revealCutTexts(this.log); }

  offers(item) {
    const offered = (item.buttons || []).map((button, index) => [button, index]).filter(([one]) => one.quick);
    return offered.map(([one, index]) => {
      const button = make("button", { type: "button", textContent: one.label });
      button.addEventListener("click", () => this.press(item, one.action, index, button));
      return button;
    });
  }

  async press(item, action, index, button) {
    if (action.type === "uri") { this.openLink(action.uri); return; }
    if (action.type === "clipboard") {
      await navigator.clipboard?.writeText(action.clipboardText).catch(() => {});
      this.tell("コピーしました");
      return;
    }
    const more = {};
    if (action.type === "datetimepicker") {
      const picked = await this.pick(action);
      if (!picked) return;
      more.params = { [action.mode]: picked };
    }
    const done = await this.tap(item, index, button, more);
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

  async invite() {
    const waiting = (this.groups || []).filter((group) => !group.bot_in);
    const name = make("input", { id: "group-name", placeholder: "例：1年A組 保護者", maxLength: 40 });
    const people = this.world.people(this.app).filter((one) => one.id !== this.id).map((one) => {
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
    const form = await ask(`${this.world.botName(this.app)}をグループに招待`, parts, "招待する");
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
