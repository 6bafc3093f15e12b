// Draws message objects. Text goes in as text, never as markup; images are not fetched, only their place is shown.
import { linked, make } from "/static/client.js";

const SPACE = { none: 0, xs: 2, sm: 4, md: 8, lg: 12, xl: 16, xxl: 20 };
const FONT = { xxs: 11, xs: 13, sm: 14, md: 16, lg: 19, xl: 22, xxl: 29, "3xl": 35, "4xl": 48, "5xl": 74 };
const IMAGE = { xxs: 40, xs: 60, sm: 80, md: 100, lg: 120, xl: 140, xxl: 160, "3xl": 180, "4xl": 200, "5xl": 220 };
const BORDER = { none: 0, light: 0.5, normal: 1, medium: 2, "semi-bold": 3, bold: 4 };
const WIDTH = { nano: 120, micro: 160, deca: 220, hecto: 241, kilo: 260, mega: 300, giga: 386 };
const RADIUS = { none: 0, xs: 2, sm: 4, md: 8, lg: 12, xl: 16, xxl: 20 };
const ALIGN = { start: "left", center: "center", end: "right" };
const GRAVITY = { top: "flex-start", center: "center", bottom: "flex-end" };
const CROSS = { "flex-start": "flex-start", center: "center", "flex-end": "flex-end" };

const length = (value, table = SPACE) => (value in table ? `${table[value]}px` : value);

/** A painter draws one message and numbers its actions in the order the simulator lists them. */
export class Painter {
  constructor(press) {
    this.press = press;
    this.count = 0;
  }

  draw(message) {
    switch (message.type) {
      case "text": return this.bubble(linked(message.text));
      case "textV2": return this.bubble(linked(substituted(message)));
      case "flex": return this.container(message.contents, message.altText);
      case "template": return this.template(message.template, message.altText);
      case "sticker": return this.media("スタンプ", "sticker");
      case "image": return this.media("写真");
      case "video": return this.media("動画");
      case "audio": return this.media("音声");
      case "location": return this.bubble(`${message.title}\n${message.address}`);
      case "unsent": return make("p", { className: "note", textContent: "送信を取り消しました" });
      case "file": return this.bubble(`📄 ${message.fileName}`);
      default: return this.media("メッセージ");
    }
  }

  bubble(content) {
    return make("div", { className: "bubble" }, ...(Array.isArray(content) ? content : [content]));
  }

  media(words, extra = "") {
    return make("div", { className: `bubble media ${extra}` }, words);
  }

  container(contents, alt) {
    if (contents.type === "bubble") return this.card(contents, alt);
    const row = make("div", { className: "carousel", role: "group", "aria-label": alt, tabIndex: 0 });
    row.append(...contents.contents.map((one, place) => this.card(one, `${place + 1}枚目`)));
    return row;
  }

  card(bubble, alt) {
    const card = make("div", { className: "card", role: "group", "aria-label": alt });
    card.style.width = `${WIDTH[bubble.size || "mega"]}px`;
    if (bubble.direction === "rtl") card.dir = "rtl";
    this.tappable(card, bubble);
    for (const name of ["header", "hero", "body", "footer"]) {
      if (!bubble[name]) continue;
      const style = (bubble.styles || {})[name] || {};
      const block = make("div", { className: `block ${name}` }, this.component(bubble[name], "vertical", true));
      if (style.backgroundColor) block.style.backgroundColor = style.backgroundColor;
      if (style.separator && card.childElementCount) {
        block.style.borderTop = `1px solid ${style.separatorColor || "#d4d6da"}`;
      }
      card.append(block);
    }
    return card;
  }

  component(part, layout, isRoot = false) {
    const index = part.action ? this.count++ : null;
    const node = this[`draw_${part.type}`](part, index, layout);
    if (!isRoot) this.place(node, part, layout);
    return node;
  }

  place(node, part, layout) {
    const fallback = layout === "horizontal" ? 1 : layout === "baseline" ? (part.type === "icon" ? 0 : 1) : 0;
    const flex = part.flex ?? (part.type === "separator" || part.width ? 0 : fallback);
    node.style.flex = flex > 0 ? `${flex} 1 ${layout === "vertical" ? "auto" : "0"}` : "0 0 auto";
    if (layout !== "vertical" && flex === 0) node.style.maxWidth = "100%";
    if (part.margin) node.style[layout === "vertical" ? "marginTop" : "marginInlineStart"] = length(part.margin);
    if (part.gravity && layout !== "vertical") node.style.alignSelf = GRAVITY[part.gravity];
    if (part.position) node.style.position = part.position;
    for (const [name, side] of [["offsetTop", "top"], ["offsetBottom", "bottom"], ["offsetStart", "insetInlineStart"],
      ["offsetEnd", "insetInlineEnd"]]) {
      if (!part[name]) continue;
      node.style[side] = length(part[name]);
      if (!part.position) node.style.position = "relative";
    }
  }

  draw_box(part, index) {
    const box = make("div", { className: `box ${part.layout}` });
    if (part.spacing) box.style.gap = length(part.spacing);
    if (part.backgroundColor) box.style.backgroundColor = part.backgroundColor;
    if (part.cornerRadius) box.style.borderRadius = length(part.cornerRadius, RADIUS);
    if (part.borderWidth || part.borderColor) {
      box.style.border = `${length(part.borderWidth || "normal", BORDER)} solid ${part.borderColor || "#000000"}`;
    }
    for (const [name, side] of [["paddingAll", "padding"], ["paddingTop", "paddingTop"],
      ["paddingBottom", "paddingBottom"], ["paddingStart", "paddingInlineStart"],
      ["paddingEnd", "paddingInlineEnd"]]) {
      if (part[name]) box.style[side] = length(part[name]);
    }
    for (const name of ["width", "maxWidth", "height", "maxHeight"]) if (part[name]) box.style[name] = part[name];
    if (part.justifyContent) box.style.justifyContent = part.justifyContent;
    if (part.alignItems) box.style.alignItems = CROSS[part.alignItems];
    if (part.background) box.style.backgroundImage = gradient(part.background);
    this.tappable(box, part, index);
    box.append(...part.contents.map((one) => this.component(one, part.layout)));
    return box;
  }

  draw_text(part, index) {
    const text = make("p", { className: "text" });
    letters(text, part);
    if (part.align) text.style.textAlign = ALIGN[part.align];
    if (part.lineSpacing) text.style.lineHeight = `calc(1.4em + ${part.lineSpacing})`;
    if (!part.wrap) text.classList.add("one-line");
    if (part.contents) text.append(...part.contents.map((one) => letters(make("span", { textContent: one.text || "" }), one)));
    else text.textContent = part.text;
    this.tappable(text, part, index);
    return text;
  }

  draw_button(part, index) {
    const style = part.style || "link";
    const button = make("button", { type: "button", className: `flex-button ${style} ${part.height || "md"}` });
    button.textContent = part.action.label;
    if (part.color) button.style[style === "link" ? "color" : "backgroundColor"] = part.color;
    button.addEventListener("click", (event) => this.pressed(event, part.action, index));
    return button;
  }

  draw_separator(part, index, layout) {
    const line = make("hr", { className: layout === "vertical" ? "line" : "line upright" });
    if (part.color) line.style.backgroundColor = part.color;
    return line;
  }

  draw_filler() {
    return make("div", { className: "filler" });
  }

  draw_icon(part) {
    const icon = make("span", { className: "icon", "aria-hidden": "true" });
    icon.style.width = icon.style.height = length(part.size || "md", FONT);
    return icon;
  }

  draw_image(part, index) {
    const picture = make("div", { className: "picture", role: "img", "aria-label": "画像", title: part.url });
    const [width, height] = (part.aspectRatio || "1:1").split(":").map(Number);
    picture.style.aspectRatio = `${width} / ${height}`;
    picture.style.width = part.size === "full" ? "100%" : length(part.size || "md", IMAGE);
    picture.style.alignSelf = { start: "flex-start", end: "flex-end" }[part.align] || "center";
    if (part.backgroundColor) picture.style.backgroundColor = part.backgroundColor;
    picture.append("画像");
    this.tappable(picture, part, index);
    return picture;
  }

  draw_video(part, index) {
    return this.draw_image({ ...part, size: "full", url: part.previewUrl }, index);
  }

  template(template, alt) {
    const cards = (template.columns || [template]).map((one) => this.templateCard(one, template.type, alt));
    if (cards.length === 1) return cards[0];
    return make("div", { className: "carousel", role: "group", "aria-label": alt, tabIndex: 0 }, ...cards);
  }

  templateCard(one, kind, alt) {
    const card = make("div", { className: "card template", role: "group", "aria-label": alt });
    card.style.width = "300px";
    if (one.thumbnailImageUrl || one.imageUrl) card.append(this.draw_image({ size: "full", aspectRatio: "1.51:1" }));
    if (one.title) card.append(make("p", { className: "template-title", textContent: one.title }));
    if (one.text) card.append(make("p", { className: "template-text", textContent: one.text }));
    const actions = one.actions || [one.action];
    const row = make("div", { className: kind === "confirm" ? "template-actions side" : "template-actions" });
    for (const action of actions) {
      const index = this.count++;
      const button = make("button", { type: "button", className: "flex-button link md", textContent: action.label || "選ぶ" });
      button.addEventListener("click", (event) => this.pressed(event, action, index));
      row.append(button);
    }
    card.append(row);
    return card;
  }

  /** A whole box, text or picture that can be tapped: reachable by keyboard too. */
  tappable(node, part, given = null) {
    if (!part.action) return;
    const index = given ?? this.count++;
    node.classList.add("tappable");
    node.setAttribute("role", "button");
    node.tabIndex = 0;
    if (part.action.label) node.setAttribute("aria-label", part.action.label);
    node.addEventListener("click", (event) => this.pressed(event, part.action, index));
    node.addEventListener("keydown", (event) => {
      if (event.target === node && (event.key === "Enter" || event.key === " ")) this.pressed(event, part.action, index);
    });
  }

  pressed(event, action, index) {
    event.preventDefault();
    event.stopPropagation();
    this.press(action, index, event.currentTarget);
  }
}

function letters(node, part) {
  if (part.size) node.style.fontSize = length(part.size, FONT);
  if (part.weight === "bold") node.style.fontWeight = "700";
  if (part.color) node.style.color = part.color;
  if (part.style === "italic") node.style.fontStyle = "italic";
  if (part.decoration && part.decoration !== "none") node.style.textDecoration = part.decoration;
  return node;
}

function gradient(background) {
  const middle = background.centerColor ? `, ${background.centerColor} ${background.centerPosition || "50%"}` : "";
  return `linear-gradient(${background.angle}, ${background.startColor}${middle}, ${background.endColor})`;
}

function substituted(message) {
  const known = message.substitution || {};
  return message.text.replace(/\{\{|\}\}|\{(\w+)\}/g, (found, name) => {
    if (found === "{{") return "{";
    if (found === "}}") return "}";
    const one = known[name];
    if (!one) return found;
    return one.type === "mention" ? (one.mentionee.type === "all" ? "@全員" : "@メンバー") : "🙂";
  });
}

/** Text with its web addresses as links. */
/** What a real phone would cut off after one line is shown whole here, and marked. */
export function revealCutTexts(root) {
  for (const text of root.querySelectorAll(".one-line")) {
    if (text.scrollWidth > text.clientWidth + 1) {
      text.classList.replace("one-line", "would-be-cut");
      text.title = "実際の電話では、ここは1行で切れます";
    }
  }
}
