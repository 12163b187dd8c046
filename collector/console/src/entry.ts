/**
 * entry: how one gets in where the collector wants to know who asks: by a one-use link, or by a token.
 */
import { api, useToken } from "./api.ts";
import { el } from "./element.ts";
import { command } from "./empty-state.ts";
import { problemNote } from "./problem-note.ts";
import { field } from "./zone-field.ts";

/** What stands before the code in a link, behind its `#`. */
const LINK = /#\/enter\/(?<code>[\w-]+)/;

/** The code of a one-use link; undefined where the address has none. */
export function linkCode(address: string): string | undefined {
  return LINK.exec(address)?.groups?.code;
}

/** A form that calls `onEntered` when there is something to ask with. @param why shown above; what was wrong with the last try. */
export function entryForm(why: unknown, onEntered: () => void): HTMLElement {
  const secret = el("input", { name: "secret", type: "password", required: true, autocomplete: "off", spellcheck: "false" });
  const form = el(
    "form",
    { class: "tools", "aria-label": "Come in" },
    field("Link or token", secret),
    el("button", { type: "submit", class: "primary" }, "Come in"),
  );
  const trouble = el("div", {}, why === undefined ? undefined : problemNote(why));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void enter(secret.value.trim()).then(onEntered, (problem: unknown) => {
      secret.value = "";
      trouble.replaceChildren(problemNote(problem));
    });
  });
  return el(
    "section",
    { class: "empty" },
    el("h1", {}, "Who is asking?"),
    el("p", {}, "This collector shows its readings to those it knows. On its machine, this prints a link that opens the page, once:"),
    command("npx tributary-collector link"),
    el("p", {}, "Open it here or on a phone, or paste it below. A token does too; the page forgets it when it is closed."),
    form,
    trouble,
  );
}

/** @throws Problem where a link is not known; a token shows its worth at the next question. */
async function enter(secret: string): Promise<void> {
  const code = linkCode(secret);
  if (code === undefined) useToken(secret);
  else await api.enter(code);
}
