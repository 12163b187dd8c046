/**
 * element: makes elements of the page. Text goes in as text and never as markup, for names and units come from devices.
 */
export type Child = Node | string | undefined;
/** `true` = there without a value; `false` and undefined = not there. */
type Attributes = Readonly<Record<string, string | boolean | undefined>>;

export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** A long name that may be broken behind each `/`. */
export function breakable(name: string): DocumentFragment {
  const whole = document.createDocumentFragment();
  for (const [index, part] of name.split("/").entries()) whole.append(...(index === 0 ? [part] : ["/", el("wbr"), part]));
  return whole;
}

/** A heading cell of a column. */
export function th(text: string, isNumber = false): HTMLElement {
  return el("th", { scope: "col", class: isNumber ? "number" : undefined }, text);
}

/** A cell; `label` is its column's title where a narrow page shows rows as cards. */
export function td(label: string, child: Child, isNumber = false): HTMLElement {
  return el("td", { "data-label": label, class: isNumber ? "number" : undefined }, child);
}

/** A wide table scrolls in its own frame, which the keyboard can reach. */
export function tableFrame(label: string, table: HTMLElement): HTMLElement {
  return el("div", { class: "table-frame", tabindex: "0", role: "region", "aria-label": label }, table);
}
