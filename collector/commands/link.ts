/**
 * link: an address that lets one browser in, once, within ten minutes: for a phone, or for this machine's own.
 */
import { askControl } from "../../protocol/index.ts";
import { requestControl } from "./control-request.ts";

export interface LinkPlace {
  /** Path of the control socket. */
  readonly control: string;
  print(text: string): void;
}

interface Answering {
  readonly http: { readonly urls: readonly string[]; readonly from: string };
}

/**
 * @param at where the page is, as the browser will see it (behind a proxy); undefined = where the collector listens.
 * @throws Fault of `requestControl`.
 */
export async function linkCommand({ at }: { readonly at?: string }, { control, print }: LinkPlace): Promise<number> {
  const { http } = (await askControl(control, "/api/v1/status")) as Answering;
  const { code } = (await requestControl(control, "POST", "/api/v1/links")) as { readonly code: string };
  const places = at === undefined ? http.urls : [at.replace(/\/+$/, "")];
  print(`Open ${places.length > 1 ? "one of these" : "this"}, once, within ten minutes; it may read everything for 30 days:\n`);
  for (const place of places) print(`  ${place}/#/enter/${code}\n`);
  if (at === undefined && http.from === "loopback") {
    print("It works on this machine alone. For a phone: listen: { http: 0.0.0.0:8480 } and http_from: private in the config.\n");
  }
  return 0;
}
