/**
 * address: a URL of another program. User and password have no place in it, for addresses are shown and logged.
 */
import { z } from "zod";

/** @param protocol of the URL with its colon, for example /^mqtts?:$/. */
export function address(protocol: RegExp, expected: string) {
  return z.string(expected).refine((text) => {
    const url = URL.parse(text);
    return url !== null && protocol.test(url.protocol) && url.username === "" && url.password === "";
  }, expected);
}
