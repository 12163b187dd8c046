/**
 * trouble: what goes wrong between a sensor of the `http` driver and its device, as the faults it throws.
 *
 * `retry` = it may pass by itself, so it is asked again at the next turn; else a person must mend something.
 */
import { Fault, type Micros, mayPass, showDuration, showSize, withoutQuery } from "../../../protocol/index.ts";

/** TLS errors of Node that are about who the other side is, not about the line. */
const CERTIFICATE = /^(CERT_|UNABLE_TO_|ERR_TLS_CERT|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH)/;

/** A failed connection; what is none is given back as it is, for it is a bug. */
export function connectionFault(url: URL, error: unknown): unknown {
  if (error instanceof Fault || !(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return error;
  const { code } = error;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    const message = `${withoutQuery(url)}: expected a known host, got ${code} for ${url.hostname}`;
    return new Fault("host_unknown", message, { cause: error, retry: true, hint: `look it up: getent hosts ${url.hostname}` });
  }
  if (CERTIFICATE.test(code)) {
    return new Fault(
      "certificate_refused",
      `${withoutQuery(url)}: expected a certificate that is trusted for ${url.hostname}, got ${code}`,
      {
        cause: error,
        hint: "name the device's own certificate with ca_file, or use the host name that stands in it",
      },
    );
  }
  return new Fault("device_unreachable", `${withoutQuery(url)}: expected an answer, got ${code}`, {
    cause: error,
    retry: true,
    hint: `is the device on and its address right? curl -v ${withoutQuery(url)}`,
  });
}

export function timedOut(url: URL, timeout: Micros): Fault {
  return new Fault("device_timeout", `${withoutQuery(url)}: expected an answer within ${showDuration(timeout)}, got none`, {
    retry: true,
    hint: "where the device is slow, give it longer with timeout",
  });
}

export function tooLong(url: URL, maxSize: number): Fault {
  return new Fault("answer_too_long", `${withoutQuery(url)}: expected an answer of at most ${showSize(maxSize)}, got more`, {
    hint: "is this the address of the reading? max_size allows more",
  });
}

export function badRedirect(url: URL, location: string | undefined, hops: number): Fault {
  const got = hops > 0 ? `redirect ${hops + 1}` : "a redirect";
  const to = location === undefined ? "nowhere" : JSON.stringify(location.slice(0, 100));
  return new Fault("bad_redirect", `${withoutQuery(url)}: expected an answer, got ${got} to ${to}`, {
    hint: "write the address it leads to into url; at most 3 redirects are followed, and none from https to http",
  });
}

export function statusFault(url: URL, status: number): Fault {
  const message = `${withoutQuery(url)}: expected HTTP status 200, got ${status}`;
  if (mayPass(status)) {
    return new Fault("device_busy", `${message}; it is asked again`, {
      retry: true,
      hint: `look what it says: curl -i ${withoutQuery(url)}`,
    });
  }
  if (status === 401 || status === 403) {
    return new Fault("device_denied", message, { hint: "give the right headers, token or token_file" });
  }
  if (status === 404 || status === 410) return new Fault("device_missing", message, { hint: "look for the right path in url" });
  return new Fault("device_refused", message, { hint: `look what it says: curl -i ${withoutQuery(url)}` });
}

export function badAnswer(url: URL, expected: string, text: string): Fault {
  const isPage = /^\s*</.test(text);
  const got = text.trim() === "" ? "an empty answer" : `${isPage ? "markup, " : ""}${JSON.stringify(text.slice(0, 60))}`;
  return new Fault("bad_value", `${withoutQuery(url)}: expected ${expected}, got ${got}`, {
    retry: true,
    hint: isPage
      ? "a page for people: does it ask for a login, or is there another address for programs?"
      : `look what it says: curl -s ${withoutQuery(url)}`,
  });
}
