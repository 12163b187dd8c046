/**
 * http-headers: headers of HTTP requests as a config writes them, refused where Node would refuse to send them.
 */
import { validateHeaderName, validateHeaderValue } from "node:http";
import { z } from "zod";

export function httpHeaders() {
  return z.record(z.string(), z.string()).superRefine((given, context) => {
    for (const [key, value] of Object.entries(given)) {
      if (!isHeader(key, value))
        context.addIssue({ code: "custom", path: [key], message: "expected the name and value of an HTTP header" });
    }
  });
}

function isHeader(key: string, value: string): boolean {
  try {
    validateHeaderName(key);
    validateHeaderValue(key, value);
    return true;
  } catch {
    return false; // TypeError is how these two say no
  }
}
