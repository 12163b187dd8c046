/**
 * token: the secret behind `Authorization: Bearer`, held against what a header may be before it is sent.
 */
import { readFile } from "node:fs/promises";
import { Fault, httpHeaders } from "../../../protocol/index.ts";
import { deviceFault } from "../contract.ts";

const HEADERS = httpHeaders();

interface TokenOptions {
  readonly token?: string | undefined;
  readonly token_file?: string | undefined;
}

export function isToken(text: string): boolean {
  return text !== "" && HEADERS.safeParse({ authorization: bearer(text) }).success;
}

/** The header's value; undefined where the config has no token. @throws Fault of `deviceFault`; `bad_token`. */
export async function authorization({ token, token_file }: TokenOptions): Promise<string | undefined> {
  if (token !== undefined) return bearer(token);
  return token_file === undefined ? undefined : bearer(await tokenIn(token_file));
}

async function tokenIn(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((error) => {
    throw deviceFault(error, file);
  });
  const token = text.trim();
  if (isToken(token)) return token;
  throw new Fault("bad_token", `${file}: expected a token on one line, got ${token === "" ? "nothing" : "what no header can hold"}`, {
    hint: "write the token alone into the file; it is read again at the next attempt",
  });
}

function bearer(token: string): string {
  return `Bearer ${token}`;
}
