/**
 * options: the config of the `http` driver, and what it means.
 */
import { z } from "zod";
import { duration, httpHeaders, MICROS_PER_HOUR, micros, name, size, timeZone } from "../../../protocol/index.ts";
import { expression } from "../text/expression.ts";
import { pointer } from "../text/json.ts";
import { isToken } from "./token.ts";

const ADDRESS = "expected an address like http://192.168.1.20/status";

/** A larger answer holds more than readings. */
const LARGEST = 16 * 1024 * 1024;

const address = z.string(ADDRESS).transform((text, context): URL => {
  const url = URL.parse(text);
  const isPlain = url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
  if (isPlain) return url;
  context.addIssue({ code: "custom", message: url?.username ? `${ADDRESS}, without a password: use headers or token_file` : ADDRESS });
  return z.NEVER;
});

export const httpOptions = z
  .strictObject({
    url: address,
    /** By channel, where the number stands in a JSON answer. */
    json: z.record(name(), pointer).optional(),
    /** By channel, the expression whose group is the number in a text. */
    match: z.record(name(), expression).optional(),
    /** The channel's name, where the whole answer is one number. */
    plain: name().optional(),
    /** Where the device's own instant stands in a JSON answer; without it the agent stamps. */
    at: pointer.optional(),
    time_format: z.enum(["iso", "unix_s", "unix_ms"]).default("iso"),
    /** Of times without an offset; without it such a time is refused. */
    time_zone: timeZone().optional(),
    headers: httpHeaders().default({}),
    /** Sent as `Authorization: Bearer`. */
    token: z.string().refine(isToken, "expected a token on one line").optional(),
    token_file: z.string().min(1).optional(),
    /** Certificates to trust beside the system's, as PEM. */
    ca_file: z.string().min(1).optional(),
    timeout: duration({ least: micros(1_000), most: micros(MICROS_PER_HOUR) }).prefault("10s"),
    max_size: size()
      .refine((bytes) => bytes <= LARGEST, "expected at most 16MiB")
      .prefault("64KiB"),
  })
  .superRefine((given, context) => {
    const refuse = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
    const ways = (["json", "match", "plain"] as const).filter((key) => given[key] !== undefined);
    if (ways.length !== 1) refuse(ways[1] ?? "json", "expected exactly one of json, match and plain");
    for (const key of ["json", "match"] as const) {
      if (given[key] !== undefined && Object.keys(given[key]).length === 0) refuse(key, "expected at least one channel");
    }
    if (given.at !== undefined && given.json === undefined) refuse("at", "expected json beside it: only a JSON answer has pointers");
    if (given.token !== undefined && given.token_file !== undefined) refuse("token_file", "expected either token or token_file");
  });

export type HttpOptions = z.output<typeof httpOptions>;

export function namesOf({ json, match, plain }: HttpOptions): readonly string[] {
  return plain === undefined ? Object.keys(json ?? match ?? {}) : [plain];
}
