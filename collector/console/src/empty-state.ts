/**
 * empty-state: where there is nothing to show, what to do next: words, and commands to copy.
 */
import { type Child, el } from "./element.ts";

export function emptyState(title: string, ...children: readonly Child[]): HTMLElement {
  return el("section", { class: "empty" }, el("h2", {}, title), ...children);
}

export function command(text: string): HTMLElement {
  return el("pre", { class: "command" }, el("code", {}, text));
}
