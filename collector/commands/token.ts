/**
 * token: makes, lists and revokes what lets programs and people in over the network.
 *
 * Who may use the control socket of the running collector is admin. The secret stands alone on stdout, for
 * `TOKEN=$(tributary-collector token create --role read)`; what is to be said about it goes to stderr.
 */
import { askControl } from "../../protocol/index.ts";
import { layOut } from "../report/layout.ts";
import { requestControl } from "./control-request.ts";

export interface TokenPlace {
  /** Path of the control socket. */
  readonly control: string;
  print(text: string): void;
  printError(text: string): void;
}

export interface NewTokenOptions {
  readonly role: string;
  readonly name?: string;
  /** `30d`; absent = for ever. */
  readonly expires?: string;
}

interface TokenRow {
  readonly id: string;
  readonly kind: string;
  readonly role: string;
  readonly name: string;
  readonly created: string;
  readonly expires: string | null;
  readonly revoked: string | null;
}

/** @throws Fault of `requestControl`, `bad_body`, `too_many_tokens`. */
export async function createToken({ role, name, expires }: NewTokenOptions, { control, print, printError }: TokenPlace): Promise<number> {
  const asked = { role, ...(name !== undefined && { name }), ...(expires !== undefined && { expires }) };
  const token = (await requestControl(control, "POST", "/api/v1/tokens", asked)) as TokenRow & { readonly secret: string };
  printError(
    `Token ${token.id}, role ${token.role}, ${token.expires === null ? "good until revoked" : `good until ${token.expires}`}. ` +
      "It is shown this once; send it as: Authorization: Bearer ...\n",
  );
  print(`${token.secret}\n`);
  return 0;
}

/** @throws Fault of `askControl`. */
export async function listTokens({ json }: { readonly json: boolean }, { control, print }: TokenPlace): Promise<number> {
  const rows: TokenRow[] = [];
  for (let next: string | null = ""; next !== null; ) {
    const page = (await askControl(control, `/api/v1/tokens${next}`)) as { readonly tokens: TokenRow[]; readonly next: string | null };
    rows.push(...page.tokens);
    next = page.next === null ? null : `?cursor=${page.next}`;
  }
  print(json ? `${JSON.stringify(rows, null, 2)}\n` : tableOf(rows));
  return 0;
}

/** @throws Fault of `requestControl`, `unknown_token`. */
export async function revokeToken(id: string, { control, print }: TokenPlace): Promise<number> {
  await requestControl(control, "DELETE", `/api/v1/tokens/${encodeURIComponent(id)}`);
  print(`Token ${id} is revoked, and so are the sessions that were got for it.\n`);
  return 0;
}

function tableOf(rows: readonly TokenRow[]): string {
  if (rows.length === 0) return "There is no token yet. Make one: tributary-collector token create --role read\n";
  const titles = ["id", "kind", "role", "name", "created", "expires", "revoked"] as const;
  const columns = titles.map((title) => ({ title, align: "left" as const }));
  return layOut(
    columns,
    rows.map((row) => titles.map((title) => printable(row[title] ?? "-"))),
  );
}

/** A name may come from another admin: nothing in it moves the cursor. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, "?");
}
