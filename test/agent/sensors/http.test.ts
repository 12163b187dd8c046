/**
 * The http driver against a real server on this machine; TLS with a certificate made for the test.
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import type http from "node:http";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import type { PolledDriver, Sample } from "../../../agent/sensors/contract.ts";
import { http as driver } from "../../../agent/sensors/http.ts";
import { driverContext, type TestContext } from "../../support/driver-context.ts";
import { serve } from "../../support/http-server.ts";
import { tempDir } from "../../support/temp-dir.ts";

const SIGNAL = new AbortController().signal;

async function create(config: object, context: TestContext = driverContext()): Promise<PolledDriver> {
  return driver.create(await driver.config.parseAsync(config), context) as PolledDriver;
}

async function ask(config: object): Promise<Sample> {
  const made = await create(config);
  await made.open();
  try {
    return await made.read(SIGNAL);
  } finally {
    await made.close();
  }
}

describe("an answer in JSON", () => {
  test("gives each channel the number its pointer leads to", async () => {
    await using at = await serve('{"main":{"temp":21.5,"hum":"48"},"door/open":true,"list":[1,2]}');
    const json = { temperature: "/main/temp", humidity: "/main/hum", door: "/door~1open", second: "/list/1" };
    expect(await ask({ url: at.url, json })).toEqual({ values: { temperature: 21.5, humidity: 48, door: 1, second: 2 } });
  });

  test("may be the number itself, and null is nothing to say", async () => {
    await using number = await serve("-3.25");
    expect(await ask({ url: number.url, json: { t: "" } })).toEqual({ values: { t: -3.25 } });
    await using none = await serve('{"a":null,"b":1}');
    expect(await ask({ url: none.url, json: { a: "/a", b: "/b" } })).toEqual({ values: { b: 1 } });
  });

  test.each([
    ["iso", '"2026-11-20T10:00:00.123456+01:00"', 1_795_165_200_123_456],
    ["iso", '"2028-02-29 23:59:59Z"', Date.UTC(2028, 1, 29, 23, 59, 59) * 1_000],
    ["unix_s", "1795165200.5", 1_795_165_200_500_000],
    ["unix_ms", "1795165200123", 1_795_165_200_123_000],
  ])("may carry the device's own instant as %s: %s", async (time_format, time, at) => {
    await using served = await serve(`{"t":1,"time":${time}}`);
    expect(await ask({ url: served.url, json: { t: "/t" }, at: "/time", time_format })).toEqual({ at, values: { t: 1 } });
  });

  test.each(['"2026-11-20T10:00:00"', '"2026-02-29T10:00:00Z"', '"2026-11-20T24:00:00Z"', "1795165200", "null", '"soon"'])(
    "with %s for an instant is refused",
    async (time) => {
      await using served = await serve(`{"t":1,"time":${time}}`);
      await expect(ask({ url: served.url, json: { t: "/t" }, at: "/time" })).rejects.toMatchObject({ code: "bad_value", retry: true });
    },
  );

  test("with the same instant as before is the same reading, and gives none", async () => {
    await using served = await serve('{"t":1,"time":1795165200}');
    const made = await create({ url: served.url, json: { t: "/t" }, at: "/time", time_format: "unix_s" });
    await made.open();
    expect((await made.read(SIGNAL)).values).toEqual({ t: 1 });
    expect((await made.read(SIGNAL)).values).toEqual({});
    await made.close();
  });

  test.each(['{"a":{}}', '{"a":"1,5"}', '{"b":1}', "[]", '{"a":', "", "21.5 C"])("of %j is refused and asked again", async (text) => {
    await using served = await serve(text);
    await expect(ask({ url: served.url, json: { t: "/a" } })).rejects.toMatchObject({ code: "bad_value", retry: true });
  });
});

describe("an answer in plain text", () => {
  test("is one number, or has the number where the expression says", async () => {
    await using plain = await serve(" 21.5\r\n");
    expect(await ask({ url: plain.url, plain: "temperature" })).toEqual({ values: { temperature: 21.5 } });
    await using page = await serve("<p>T=-4.5 &deg;C, H=91</p>");
    const match = { temperature: "T=([-0-9.]+)", humidity: "H=(\\d+)" };
    expect(await ask({ url: page.url, match })).toEqual({ values: { temperature: -4.5, humidity: 91 } });
  });

  test("that is a page for people is refused, and said to be one", async () => {
    await using served = await serve("<!doctype html><title>Login</title>");
    const fault = { code: "bad_value", message: expect.stringContaining("got markup"), hint: expect.stringContaining("login") };
    await expect(ask({ url: served.url, plain: "t" })).rejects.toMatchObject(fault);
    await expect(ask({ url: served.url, json: { t: "/t" } })).rejects.toMatchObject(fault);
    await expect(ask({ url: served.url, match: { t: "T=(.*)" } })).rejects.toMatchObject(fault);
  });

  test.each(["", "NaN", "21,5", "1 2", "0x10", "Infinity"])("of %j is no number", async (text) => {
    await using served = await serve(text);
    await expect(ask({ url: served.url, plain: "t" })).rejects.toMatchObject({ code: "bad_value" });
  });
});

describe("a status other than 200", () => {
  test.each([
    [500, "device_busy", true],
    [503, "device_busy", true],
    [429, "device_busy", true],
    [401, "device_denied", false],
    [404, "device_missing", false],
    [400, "device_refused", false],
    [204, "device_refused", false],
    [304, "device_refused", false],
  ])("%i is %s", async (status, code, retry) => {
    await using served = await serve((_, response) => response.writeHead(status).end());
    await expect(ask({ url: served.url, plain: "t" })).rejects.toMatchObject({
      code,
      retry,
      message: expect.stringContaining(`${status}`),
    });
  });
});

describe("what is sent", () => {
  test("carries the headers and the token, from the config or from a file that is read again at each opening", async () => {
    await using dir = await tempDir();
    await using served = await serve("1");
    await ask({ url: `${served.url}/a?b=c`, plain: "t", headers: { "X-Key": "k" }, token: "one" });
    await fs.writeFile(dir.join("token"), "two\n");
    const made = await create({ url: served.url, plain: "t", token_file: dir.join("token") });
    await made.open();
    await made.read(SIGNAL);
    await fs.writeFile(dir.join("token"), "three\n");
    await made.open();
    await made.read(SIGNAL);
    await made.close();
    expect(served.requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer one", "Bearer two", "Bearer three"]);
    expect([served.requests[0]?.headers["x-key"], served.requests[0]?.url, served.requests[0]?.method]).toEqual(["k", "/a?b=c", "GET"]);
  });

  test("needs its token's file", async () => {
    await expect(ask({ url: "http://127.0.0.1:9/", plain: "t", token_file: "/no/such" })).rejects.toMatchObject({ code: "device_missing" });
  });

  test("goes over one kept connection, and over a new one where the device closed that", async () => {
    await using served = await serve("1");
    const sockets = new Set<net.Socket>();
    served.server.on("connection", (socket) => sockets.add(socket));
    const made = await create({ url: served.url, plain: "t" });
    await made.open();
    await made.read(SIGNAL);
    await made.read(SIGNAL);
    expect(sockets.size).toBe(1);
    for (const socket of sockets) socket.resetAndDestroy(); // the driver does not know yet
    expect(await made.read(SIGNAL)).toEqual({ values: { t: 1 } });
    expect(sockets.size).toBe(2);
    await made.close();
  });
});

describe("a redirect", () => {
  const redirect = (to: (request: http.IncomingMessage) => string) =>
    serve((request, response) => {
      if (request.url === "/end") response.end("7");
      else response.writeHead(302, { location: to(request) }).end();
    });

  test("is followed, at most three times", async () => {
    await using served = await redirect(({ url = "" }) => (url === "/3" ? "/end" : `/${Number(url.slice(1)) + 1}`));
    expect(await ask({ url: `${served.url}/1`, plain: "t" })).toEqual({ values: { t: 7 } });
    await expect(ask({ url: `${served.url}/-1`, plain: "t" })).rejects.toMatchObject({ code: "bad_redirect" });
  });

  test.each(["one\ntwo\n", "\n", "to\u0001ken"])("needs a file that holds a token, and %j is none", async (text) => {
    await using dir = await tempDir();
    await fs.writeFile(dir.join("token"), text);
    const fault = { name: "Fault", code: "bad_token", message: expect.not.stringContaining("two"), hint: expect.any(String) };
    await expect(ask({ url: "http://127.0.0.1:9/", plain: "t", token_file: dir.join("token") })).rejects.toMatchObject(fault);
  });

  test("to another host gets no token", async () => {
    await using other = await serve("9");
    await using served = await redirect(() => other.url);
    expect(await ask({ url: served.url, plain: "t", token: "secret" })).toEqual({ values: { t: 9 } });
    expect([served.requests[0]?.headers.authorization, other.requests[0]?.headers.authorization]).toEqual(["Bearer secret", undefined]);
  });

  test.each(["ftp://127.0.0.1/", "http://[bad", ""])("to %j leads nowhere", async (to) => {
    await using served = await redirect(() => to);
    await expect(ask({ url: served.url, plain: "t" })).rejects.toMatchObject({ code: "bad_redirect", retry: false });
  });
});

describe("a device that", () => {
  test("sends more than is allowed is cut off", async () => {
    let sent = 0;
    await using served = await serve((_, response) => {
      const more = () => {
        while (!response.destroyed && sent < 64_000_000) {
          sent += 10_000;
          if (!response.write("x".repeat(10_000))) return response.once("drain", more);
        }
        return response.end();
      };
      more();
    });
    await expect(ask({ url: served.url, plain: "t", max_size: "64KiB" })).rejects.toMatchObject({ code: "answer_too_long" });
    expect(sent).toBeLessThan(64_000_000);
  });

  test.each([
    ["says nothing", () => undefined],
    ["stops in the middle", (_: unknown, response: http.ServerResponse) => void response.write("2")],
  ])("%s is waited for as long as the config says", async (_, answer) => {
    await using served = await serve(answer);
    const context = driverContext();
    const made = await create({ url: served.url, plain: "t", timeout: "3s" }, context);
    await made.open();
    const outcome = made.read(SIGNAL).catch((error: unknown) => error);
    await once(served.server, "request");
    await context.time.advance(3_000_000);
    expect(await outcome).toMatchObject({ code: "device_timeout", retry: true, message: expect.stringContaining("3s") });
    expect(context.time.pending(), "no timer is left").toEqual([]);
    await made.close();
  });

  test("breaks off in the middle has said nothing", async () => {
    await using served = await serve((request, response) => {
      response.writeHead(200, { "content-length": "10" });
      response.write("21");
      setImmediate(() => request.socket.destroy());
    });
    await expect(ask({ url: served.url, plain: "t" })).rejects.toMatchObject({ code: "device_unreachable", retry: true });
  });

  test("is not there is asked again", async () => {
    const closed = await serve("1");
    await closed[Symbol.asyncDispose]();
    await expect(ask({ url: closed.url, plain: "t" })).rejects.toMatchObject({ code: "device_unreachable", retry: true });
  });

  test("speaks no HTTP is a fault", async () => {
    const server = net.createServer((socket) => socket.end("hello\r\n"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(ask({ url, plain: "t" })).rejects.toMatchObject({ code: "device_unreachable" });
    server.close();
  });

  test("has a name that nobody knows is looked up again", async () => {
    await expect(ask({ url: "http://no-such-host.invalid/", plain: "t" })).rejects.toMatchObject({ code: "host_unknown", retry: true });
  });

  test("hangs is left when the agent stops", async () => {
    await using served = await serve(() => undefined);
    const made = await create({ url: served.url, plain: "t" });
    const stop = new AbortController();
    await made.open();
    const outcome = made.read(stop.signal).catch((error: unknown) => error);
    await once(served.server, "request");
    stop.abort(new Error("the sampler stops"));
    expect(await outcome).toMatchObject({ message: "the sampler stops" });
    await made.close();
    await made.close();
  });
});

test("a certificate of one's own is trusted where ca_file names it, and refused elsewhere", async () => {
  await using dir = await tempDir();
  const [key, cert] = [dir.join("key.pem"), dir.join("cert.pem")];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  await promisify(execFile)("openssl", ["req", "-x509", ...curve, "-keyout", key, "-out", cert, ...names]);
  const tls = { key: await fs.readFile(key), cert: await fs.readFile(cert) };
  await using served = await serve("5", (handle) => https.createServer(tls, handle));
  expect(await ask({ url: served.url, plain: "t", ca_file: cert })).toEqual({ values: { t: 5 } });
  await expect(ask({ url: served.url, plain: "t" })).rejects.toMatchObject({ code: "certificate_refused", retry: false });
});

test("an expression over a page that is made against it takes no longer than over any other", async () => {
  await using at = await serve(`${"a".repeat(50_000)}b T=21.5`); // JavaScript's own engine would be at it for longer than the sun shines
  const match = { t: "T=([0-9.]+)", u: "(?:a+)+b T=([0-9.]+)$" };
  expect(await ask({ url: at.url, match })).toEqual({ values: { t: 21.5, u: 21.5 } });
  await expect(ask({ url: at.url, match: { t: "(?:a+)+(c)" } })).rejects.toMatchObject({ code: "bad_value" });
});

test("a local time is an instant only where the config says in which zone", async () => {
  await using at = await serve('{"t":1,"time":"2026-07-01T12:00:00"}');
  const config = { url: at.url, json: { t: "/t" }, at: "/time" };
  expect(await ask({ ...config, time_zone: "Europe/Berlin" })).toEqual({ at: Date.UTC(2026, 6, 1, 10) * 1_000, values: { t: 1 } });
  await expect(ask(config)).rejects.toMatchObject({ code: "bad_value" });
});
