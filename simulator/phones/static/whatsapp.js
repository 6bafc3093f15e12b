// A phone with WhatsApp on it: templates, reply buttons, lists, ticks; a phone that can be off.
import { clockTime, get, linked, make } from "/static/client.js";
import { ask } from "/static/dialog.js";
import { Phone } from "/static/phone.js";

const TICKS = {
  sent: ["✓", "送った", "sent"],
  delivered: ["✓✓", "届いた", "delivered"],
  read: ["✓✓", "開いた", "read"],
  played: ["✓✓", "開いた", "read"],
  failed: ["✕", "届かなかった", "failed"],
};

export class WhatsAppPhone extends Phone {
  get appName() { return "WhatsApp"; }

  actions() {
    this.buttons = {
      read: this.button("read", "開いたことにする", "main"),
      phone_on: this.button("phone_on", "電源を入れる", "main"),
      phone_off: this.button("phone_off", "電源を切る", "quiet"),
      unblock: this.button("unblock", "ブロックを解除", "main"),
      block: this.button("block", "ブロック", "quiet"),
    };
    return Object.values(this.buttons);
  }

  updated() {
    const user = this.user;
    this.title.replaceChildren(
      ...(user.title ? [`${user.title} `] : []), make("span", { className: "number", textContent: address(user) }));
    this.sayState(...state(user));
    const isThere = user.on_whatsapp;
    this.buttons.phone_on.hidden = !isThere || user.phone_on;
    this.buttons.phone_off.hidden = !isThere || !user.phone_on;
    this.buttons.unblock.hidden = !isThere || !user.blocked;
    this.buttons.block.hidden = !isThere || user.blocked;
    this.offerReading();
  }

  closed() {
    if (!this.user.on_whatsapp) return "登録されていません";
    if (!this.user.phone_on) return "電源が切れています";
    return this.user.blocked ? "ブロック中は送れません" : "";
  }

  hint() { return this.user.on_whatsapp ? "まだメッセージはありません" : "この番号は WhatsApp に登録されていません"; }

  isWide(item) { return item.buttons.length > 0; }

  content(item) {
    if (item.shown.image) return make("div", {}, this.photo(item), item.message.image.caption ? this.bubble(item) : null);
    const bubble = this.bubble(item);
    if (!item.buttons.length) return bubble;
    const below = item.shown.list ? [this.listButton(item)] : item.buttons.map((one, index) => this.replyButton(item, one, index));
    return make("div", { className: "wa-card" }, bubble, make("div", { className: "wa-buttons" }, ...below));
  }

  bubble(item) {
    const { header, body, footer } = item.shown;
    return make("div", { className: "bubble" },
      header ? make("p", { className: "wa-header", textContent: header }) : null,
      make("div", { className: "wa-body" }, ...linked(body || "")),
      footer ? make("p", { className: "wa-footer", textContent: footer }) : null);
  }

  replyButton(item, one, index) {
    const sign = one.action.type === "url" ? "↗ " : one.action.type === "quick_reply" ? "↩ " : "";
    const button = make("button", { type: "button", "aria-label": one.label },
      make("span", { "aria-hidden": "true", textContent: sign }), one.label);
    button.addEventListener("click", () => this.press(item, one, index, button));
    return button;
  }

  listButton(item) {
    const button = make("button", { type: "button", "aria-label": item.shown.list },
      make("span", { "aria-hidden": "true", textContent: "☰ " }), item.shown.list);
    button.addEventListener("click", () => this.choose(item, button));
    return button;
  }

  async press(item, one, index, button) {
    const done = await this.tap(item, index, button);
    if (done?.opened) this.openLink(done.opened);
  }

  async choose(item, button) {
    const parts = [];
    let section;
    for (const [index, row] of item.buttons.entries()) {
      if (row.action.section && row.action.section !== section) {
        section = row.action.section;
        parts.push(make("p", { className: "wa-section", textContent: section }));
      }
      parts.push(make("label", { className: "check wa-row" },
        make("input", { type: "radio", name: "row", value: index, required: true }),
        make("span", {}, row.label,
          row.action.description ? make("small", { textContent: row.action.description }) : null)));
    }
    const form = await ask(item.shown.list, parts, "送る");
    const chosen = form?.querySelector("input[name=row]:checked");
    if (chosen) await this.tap(item, Number(chosen.value), button);
  }

  side(item, isMine) {
    return [this.ticked(make("span"), item, isMine), make("time", { textContent: clockTime(item.at_ms) })];
  }

  ticked(node, item, isMine) {
    const [sign, words, style] = TICKS[isMine ? item.status || "delivered" : item.status] || ["", "", ""];
    node.className = `ticks ${style}`;
    node.replaceChildren(
      make("span", { "aria-hidden": "true", textContent: sign }),
      isMine ? make("span", { className: "hidden-words", textContent: words }) : ` ${words}`);
    return node;
  }

  shown() { this.offerReading(); }

  /** Only ticks change in WhatsApp: no need to draw the chat anew. */
  async revised() {
    const found = await get(`${this.path("messages")}?after=${this.start}`);
    for (const item of found.messages) {
      const row = this.log.querySelector(`[data-seq="${item.seq}"] .ticks`);
      if (row) this.ticked(row, item, this.isMine(item));
    }
    this.offerReading();
  }

  /** "Opened" can be said while something delivered has not been looked at. */
  offerReading() {
    const canRead = this.user.receipts && this.user.phone_on && !this.user.blocked;
    this.buttons.read.hidden = !(canRead && this.log.querySelector(".theirs .ticks.delivered"));
  }
}

function address(user) {
  const number = user.phone ? `+${user.phone}`.replace(/^\+81(\d{2})(\d{4})(\d{4})$/, "+81 $1-$2-$3") : "";
  const name = user.username ? `@${user.username}` : "";
  if (!user.shares_phone || !number) return name || "番号は見えません";
  return [name, number].filter(Boolean).join(" ");
}

function state(user) {
  if (!user.on_whatsapp) return ["登録なし", "stranger"];
  if (user.blocked) return ["ブロック中", "blocked"];
  if (!user.phone_on) return [user.waiting ? `電源オフ・${user.waiting}件待ち` : "電源オフ", "blocked"];
  return user.window_open ? ["やりとり中", "friend"] : ["お知らせだけ届く", "stranger"];
}
