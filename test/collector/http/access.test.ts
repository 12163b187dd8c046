/**
 * Who is let in: tokens, one-use links, sessions, networks, and what a browser may be lured into.
 */
import { expect, test } from "vitest";
import { reachableAt } from "../../../collector/http/addresses.ts";
import { isFrom } from "../../../collector/http/networks.ts";
import { MICROS_PER_DAY, MICROS_PER_MINUTE, micros } from "../../../protocol/index.ts";
import { faultCode } from "../fault-code.ts";
import { type Answer, ask, type Served, served } from "./http-bench.ts";

const codeOf = (answer: Answer) => (answer.json() as { title: string }).title;
const cookieOf = (answer: Answer) => (answer.headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "";

async function enter(server: Served): Promise<{ cookie: string; answer: Answer }> {
  const { code } = server.access.links.create();
  const answer = await server.ask("/api/v1/session", { method: "POST", body: { code }, token: null });
  return { answer, cookie: cookieOf(answer) };
}

const status = (server: Served, headers: Record<string, string>) => server.ask("/api/v1/status", { token: null, headers });

test("a revoked token opens nothing, nor do the sessions that were got for it", async () => {
  await using server = await served();
  const { secret, token } = server.access.tokens.create({ kind: "token", role: "operate", name: "", lifetime: undefined });
  const entered = await server.ask("/api/v1/session", { method: "POST", body: { token: secret }, token: null });
  expect(entered.json()).toMatchObject({ role: "operate" });
  expect((await status(server, { cookie: cookieOf(entered) })).status).toBe(200);
  server.access.tokens.revoke(token.id);
  expect(codeOf(await server.ask("/api/v1/status", { token: secret }))).toBe("bad_token");
  expect(codeOf(await status(server, { cookie: cookieOf(entered) }))).toBe("bad_token");
});

test("a token ends when it says, to the microsecond", async () => {
  await using server = await served();
  const { secret } = server.access.tokens.create({ kind: "token", role: "read", name: "", lifetime: micros(MICROS_PER_DAY) });
  await server.clock.advance(MICROS_PER_DAY - 1);
  expect((await server.ask("/api/v1/status", { token: secret })).status).toBe(200);
  await server.clock.advance(1);
  expect((await server.ask("/api/v1/status", { token: secret })).status).toBe(401);
});

test("a link works once, for ten minutes, and gives a cookie that no script and no other site gets", async () => {
  await using server = await served();
  const { code } = server.access.links.create();
  const use = () => server.ask("/api/v1/session", { method: "POST", body: { code }, token: null });
  const first = await use();
  expect(first.status).toBe(201);
  expect(first.headers["set-cookie"]?.[0]).toMatch(/^tributary_session=\S+; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict$/);
  expect(codeOf(await use())).toBe("bad_link");
  expect((await status(server, { cookie: cookieOf(first) })).status).toBe(200);

  const late = server.access.links.create().code;
  await server.clock.advance(10 * MICROS_PER_MINUTE);
  expect(codeOf(await server.ask("/api/v1/session", { method: "POST", body: { code: late }, token: null }))).toBe("bad_link");
});

test("a cookie goes over TLS only where the browser came over TLS", async () => {
  await using server = await served();
  const { code } = server.access.links.create();
  const headers = { "x-forwarded-proto": "https" };
  const answer = await server.ask("/api/v1/session", { method: "POST", body: { code }, token: null, headers });
  expect(answer.headers["set-cookie"]?.[0]).toContain("; Secure");
});

test("a session may read, may not decide, ends after 30 days, and ends when its browser leaves", async () => {
  await using server = await served();
  const { cookie } = await enter(server);
  expect((await server.ask("/api/v1/tokens", { token: null, headers: { cookie } })).status).toBe(403);
  expect((await server.ask("/api/v1/session", { token: null, headers: { cookie } })).json()).toMatchObject({ role: "read", by: "session" });
  const left = await server.ask("/api/v1/session", { method: "DELETE", token: null, headers: { cookie, "sec-fetch-site": "same-origin" } });
  expect([left.status, left.headers["set-cookie"]?.[0]]).toEqual([204, expect.stringContaining("Max-Age=0")]);
  expect((await status(server, { cookie })).status).toBe(401);

  const other = await enter(server);
  await server.clock.advance(30 * MICROS_PER_DAY);
  expect((await status(server, { cookie: other.cookie })).status).toBe(401);
});

test("what changes something with a cookie must come from the collector's own page", async () => {
  await using server = await served();
  const { host } = new URL(server.url);
  const leave = async (headers: Record<string, string>) => {
    const { cookie } = await enter(server);
    return (await server.ask("/api/v1/session", { method: "DELETE", token: null, headers: { cookie, ...headers } })).status;
  };
  expect(await leave({})).toBe(403);
  expect(await leave({ "sec-fetch-site": "same-site", origin: `http://${host}` })).toBe(403);
  expect(await leave({ origin: "http://127.0.0.1:3000" })).toBe(403);
  expect(await leave({ origin: "null" })).toBe(403);
  expect(await leave({ origin: `http://${host}` })).toBe(204);
  expect(await leave({ origin: "https://home.example", "x-forwarded-host": "home.example" })).toBe(204);
});

test("a cookie is no bearer token and a token no cookie", async () => {
  await using server = await served();
  const { cookie } = await enter(server);
  expect(codeOf(await server.ask("/api/v1/status", { token: cookie.split("=")[1] ?? "" }))).toBe("bad_token");
  expect((await status(server, { cookie: `tributary_session=${server.token("admin")}` })).status).toBe(401);
});

test("who is wrong too often waits; who is right still gets in", async () => {
  await using server = await served();
  const wrong = () => server.ask("/api/v1/status", { token: "guess" });
  for (let i = 0; i < 10; i++) expect((await wrong()).status).toBe(401);
  const eleventh = await wrong();
  expect([eleventh.status, codeOf(eleventh), eleventh.headers["retry-after"]]).toEqual([429, "too_many_failures", "6"]);
  expect(codeOf(await server.ask("/api/v1/session", { method: "POST", body: { code: "guess" }, token: null }))).toBe("too_many_failures");
  expect((await server.ask("/api/v1/status")).status).toBe(200);
  await server.clock.advance(MICROS_PER_MINUTE);
  expect((await wrong()).status).toBe(401);
});

test("a token in the address opens nothing, and no secret ever reaches the log", async () => {
  const status = () => {
    throw new Error("BUG: something");
  };
  await using server = await served({ parts: { status }, policy: { from: "all" } });
  const secret = server.token("read");
  const inAddress = await server.ask(`/api/v1/series?token=${secret}&access_token=${secret}`, { token: null });
  expect(inAddress.status).toBe(401);
  expect(inAddress.text).not.toContain(secret);
  expect((await server.ask("/api/v1/status", { token: secret })).status).toBe(500);
  expect((await server.ask(`/nowhere?token=${secret}`, { token: secret })).text).not.toContain(secret);
  const { code } = server.access.links.create();
  await server.ask("/api/v1/session", { method: "POST", body: { code }, token: null });
  expect(server.log.entries.length).toBeGreaterThan(1);
  expect(JSON.stringify(server.log.entries)).not.toMatch(new RegExp(`${secret}|${code}|tributary_[A-Za-z0-9_-]{43}`));
});

test("what is kept of a secret is its hash alone", async () => {
  await using server = await served();
  const secret = server.token("admin");
  const listed = await server.ask("/api/v1/tokens");
  expect(listed.text).not.toContain(secret.slice("tributary_".length));
  expect(secret).toMatch(/^tributary_[A-Za-z0-9_-]{43}$/);
});

test("loopback without a token may read where the config says so, and nothing that a proxy passes on may", async () => {
  await using server = await served({ policy: { withoutToken: "loopback" } });
  expect((await status(server, {})).status).toBe(200);
  expect((await server.ask("/api/v1/tokens", { token: null })).status).toBe(403);
  expect((await server.ask("/api/v1/links", { method: "POST", token: null })).status).toBe(403);
  for (const name of ["forwarded", "x-forwarded-for", "x-real-ip", "via"]) {
    expect((await status(server, { [name]: "203.0.113.9" })).status).toBe(401);
  }
  expect((await status(server, { authorization: "Bearer guess" })).status).toBe(401);
});

test("a request over loopback that names another host is refused, with a token too", async () => {
  await using server = await served({ policy: { from: "private" } });
  const { port } = new URL(server.url);
  const from = (host: string) => ask(server.url, "/api/v1/status", { headers: { host }, token: server.token("read") });
  expect(codeOf(await from("evil.example"))).toBe("wrong_host");
  expect((await from(`localhost:${port}`)).status).toBe(200);
});

test.each([
  ["127.0.0.1", "loopback"],
  ["::1", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["10.1.2.3", "private"],
  ["172.16.0.1", "private"],
  ["172.31.255.255", "private"],
  ["192.168.1.20", "private"],
  ["169.254.7.7", "private"],
  ["fe80::1%eth0", "private"],
  ["fd12:3456::1", "private"],
  ["::ffff:192.168.1.20", "private"],
  ["172.32.0.1", "all"],
  ["192.169.0.1", "all"],
  ["100.64.0.1", "all"],
  ["8.8.8.8", "all"],
  ["2001:db8::1", "all"],
  ["::ffff:8.8.8.8", "all"],
  ["", "all"],
  ["nonsense", "all"],
] as const)("an address %j is let in from %s on", (address, least) => {
  const order = ["loopback", "private", "all"] as const;
  for (const allowed of order)
    expect([allowed, isFrom(allowed, address)]).toEqual([allowed, order.indexOf(allowed) >= order.indexOf(least)]);
});

test("http_from: all is said loudly, and http_from: loopback takes no other address", async () => {
  await using server = await served({ policy: { from: "all" } });
  expect(server.log.entries).toEqual([expect.objectContaining({ level: "warn", message: expect.stringContaining("every network") })]);
  const listening = server.http.listen({ host: "0.0.0.0", port: 0 }, { from: "loopback", withoutToken: "nobody" });
  expect(await faultCode(listening)).toBe("not_loopback");
});

test("a collector that listens everywhere names addresses of those who may ask", () => {
  expect(reachableAt("http://127.0.0.1:8480", "loopback")).toEqual(["http://127.0.0.1:8480"]);
  expect(reachableAt("http://0.0.0.0:8480", "loopback")).toEqual(["http://127.0.0.1:8480"]);
  expect(reachableAt("http://0.0.0.0:8480", "all").at(-1)).toBe("http://127.0.0.1:8480");
  expect(reachableAt("http://[::]:8480", "loopback")).toContain("http://127.0.0.1:8480");
});
