/**
 * The token and link commands, against the control socket of a collector.
 */
import { expect, test } from "vitest";
import { linkCommand } from "../../../collector/commands/link.ts";
import { createToken, listTokens, revokeToken } from "../../../collector/commands/token.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { faultCode } from "../fault-code.ts";
import { served } from "../http/http-bench.ts";

async function collector(urls: readonly string[] = ["http://192.168.1.20:8480", "http://127.0.0.1:8480"], from = "private") {
  const dir = await tempDir();
  const server = await served({ parts: { status: () => ({ http: { urls, from } }) } });
  const control = dir.join("control.sock");
  await server.http.listenControl(control);
  const written = { out: "", error: "" };
  const place = {
    control,
    print: (text: string) => {
      written.out += text;
    },
    printError: (text: string) => {
      written.error += text;
    },
  };
  const take = () => {
    const out = written.out;
    written.out = "";
    return out;
  };
  return {
    ...{ server, place, written, take },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

test("create prints the secret alone on stdout, and it opens what its role opens", async () => {
  await using it = await collector();
  expect(await createToken({ role: "read", name: "grafana", expires: "30d" }, it.place)).toBe(0);
  const secret = it.take().trimEnd();
  expect(secret).toMatch(/^tributary_[A-Za-z0-9_-]{43}$/);
  expect(it.written.error).toMatch(/^Token [0-9a-f]{12}, role read, good until 2026-04-09T12:00:00/);
  expect(it.written.error).not.toContain(secret);
  expect((await it.server.ask("/api/v1/series", { token: secret })).status).toBe(200);
  expect((await it.server.ask("/api/v1/tokens", { token: secret })).status).toBe(403);
});

test("list shows every token, page after page, without secrets or tricks for the terminal, and revoke ends one", async () => {
  await using it = await collector();
  await createToken({ role: "operate", name: "\u001b[2Jwall display" }, it.place);
  const secret = it.take().trimEnd();
  for (let i = 0; i < 3; i++) await createToken({ role: "read" }, it.place);
  it.take();
  await listTokens({ json: false }, it.place);
  const table = it.take();
  expect(table).toMatch(/operate {2}\?\[2Jwall display/);
  expect(table).not.toContain(secret);
  await listTokens({ json: true }, it.place);
  const rows = JSON.parse(it.take()) as { id: string; role: string }[];
  expect(rows.map(({ role }) => role).sort()).toEqual(["admin", "operate", "read", "read", "read"]);

  const { id } = rows.find(({ role }) => role === "operate") as { id: string };
  await revokeToken(id, it.place);
  expect((await it.server.ask("/api/v1/series", { token: secret })).status).toBe(401);
  await listTokens({ json: false }, it.place);
  expect(it.take()).toMatch(new RegExp(`${id}.*2026-03-10T12:00:00.000Z +-? *2026-03-10T12:00:00|${id}.*2026-03-10T12:00:00.000Z$`, "m"));
});

test("a link is printed for every address, and works once", async () => {
  await using it = await collector();
  await linkCommand({}, it.place);
  const links = [...it.take().matchAll(/^ {2}(http:\/\/\S+)\/#\/enter\/([\w-]{43})$/gm)];
  expect(links.map(([, address]) => address)).toEqual(["http://192.168.1.20:8480", "http://127.0.0.1:8480"]);
  const enter = () => it.server.ask("/api/v1/session", { method: "POST", body: { code: links[0]?.[2] }, token: null });
  expect([(await enter()).status, (await enter()).status]).toEqual([201, 401]);
});

test("a link may name the address of a proxy, and says where it will not work", async () => {
  await using it = await collector(["http://127.0.0.1:8480"], "loopback");
  await linkCommand({ at: "https://home.example/tributary/" }, it.place);
  expect(it.take()).toMatch(/^ {2}https:\/\/home.example\/tributary\/#\/enter\/[\w-]{43}$/m);
  await linkCommand({}, it.place);
  expect(it.take()).toContain("http_from: private");
});

test("what is wrong is said in the collector's words, and who is not running is named", async () => {
  await using it = await collector();
  expect(await faultCode(createToken({ role: "god" }, it.place))).toBe("bad_body");
  expect(await faultCode(createToken({ role: "read", expires: "soon" }, it.place))).toBe("bad_body");
  expect(await faultCode(revokeToken("000000000000", it.place))).toBe("unknown_token");
  expect(await faultCode(revokeToken("../links", it.place))).toBe("bad_path");
  const nobody = { ...it.place, control: `${it.place.control}.none` };
  expect(await faultCode(createToken({ role: "read" }, nobody))).toBe("not_running");
  expect(await faultCode(linkCommand({}, nobody))).toBe("not_running");
  expect(it.written.out).toBe("");
});
