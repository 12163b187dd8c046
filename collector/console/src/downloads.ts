/**
 * downloads: a report as a file, in each format.
 *
 * Plain links: the browser fetches them by itself and a file of any length never passes through the page. Only where a
 * token was typed in, which a link cannot carry, the page fetches the file and hands it on.
 */
import { addressOf, api, hasToken, type Query } from "./api.ts";
import { el } from "./element.ts";
import { FILES } from "./report-kinds.ts";

/** @param name of the files, without an ending. @param onTrouble told where a file could not be had. */
export function downloads(
  path: string,
  query: Query,
  name: string,
  signal: AbortSignal,
  onTrouble: (problem: unknown) => void,
): HTMLElement {
  const links = Object.entries(FILES).map(([format, ending]) => {
    const asked = { ...query, format };
    const link = el("a", { href: addressOf(path, asked), download: `${name}.${ending}`, class: "button" }, ending);
    link.addEventListener("click", (event) => {
      if (!hasToken()) return;
      event.preventDefault();
      void fetched(link, path, asked, signal).catch(onTrouble);
    });
    return link;
  });
  return el("div", { class: "downloads", role: "group", "aria-label": "Download" }, el("span", {}, "Download"), ...links);
}

async function fetched(link: HTMLAnchorElement, path: string, query: Query, signal: AbortSignal): Promise<void> {
  const url = URL.createObjectURL(await api.file(path, query, signal));
  const saved = el("a", { href: url, download: link.download });
  saved.click();
  signal.addEventListener("abort", () => URL.revokeObjectURL(url)); // the browser may still be reading it until then
}
