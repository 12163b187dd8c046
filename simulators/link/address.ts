/**
 * address: `host:port` as a person writes it.
 */
import { z } from "zod";

export interface Address {
  readonly host: string;
  readonly port: number;
}

const EXPECTED = "expected host:port like 127.0.0.1:1883";
const WRITTEN = /^(?<host>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]):(?<port>\d{1,5})$/;

/** Port 0 means any free one, where it is listened at. */
export function address({ leastPort }: { readonly leastPort: 0 | 1 }) {
  return z.string(EXPECTED).transform((text, context): Address => {
    const { host, port } = WRITTEN.exec(text)?.groups ?? {};
    const number = Number(port);
    if (host !== undefined && number >= leastPort && number < 65_536) return { host: host.replace(/^\[|\]$/g, ""), port: number };
    context.addIssue({ code: "custom", message: `${EXPECTED}, got ${JSON.stringify(text)}` });
    return z.NEVER;
  });
}

export function showAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
