import { writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { checkCollector } from "../../../collector/commands/check.ts";
import { tempDir } from "../../support/temp-dir.ts";

async function check(options: Parameters<typeof checkCollector>[0]) {
  let printed = "";
  const code = await checkCollector(options, {}, (part) => {
    printed += part;
  });
  return { code, printed };
}

test("check says what the collector will do, every default filled in", async () => {
  await using folder = await tempDir();
  const config = folder.join("collector.yaml");
  await writeFile(config, 'time_zone: Europe/Berlin\nlisten: { mqtt: "[::1]:1883" }\nrules: [ { series: "*/*/t", range: { max: 85 } } ]\n');
  const { code, printed } = await check({ config, data: folder.path, json: false });
  expect(code).toBe(0);
  expect(printed.replaceAll(folder.path, "DIR")).toBe(
    [
      "config     DIR/collector.yaml",
      "mqtt       [::1]:1883",
      "http       http://127.0.0.1:8480 (from loopback; without a token: nobody)",
      "data       DIR (sqlite)",
      "time zone  Europe/Berlin",
      "control    DIR/collector.sock",
      "rule       */*/t: at most 85",
      "",
    ].join("\n"),
  );
});

test.each([
  ["", "mqtt://127.0.0.1:1883 (a broker elsewhere)"],
  [", user: me, role: replica", "mqtt://127.0.0.1:1883 (a broker elsewhere, as me; a replica: it only listens)"],
])("check shows a broker that stands elsewhere%s", async (more, shown) => {
  await using folder = await tempDir();
  const config = folder.join("collector.yaml");
  await writeFile(config, `broker: { url: "mqtt://127.0.0.1"${more} }\n`);
  expect((await check({ config, json: false })).printed).toContain(`mqtt       ${shown}\n`);
  const { listen, broker } = JSON.parse((await check({ config, json: true })).printed);
  expect(listen).toEqual({ http: "127.0.0.1:8480" });
  expect(broker).toMatchObject({ url: "mqtt://127.0.0.1:1883" });
});

test("check says the same in JSON, a fault too", async () => {
  await using folder = await tempDir();
  const { printed } = await check({ data: folder.path, json: true });
  expect(JSON.parse(printed)).toMatchObject({
    ok: true,
    listen: { mqtt: "127.0.0.1:1883", http: "127.0.0.1:8480" },
    http_from: "loopback",
    http_without_token: "nobody",
    data: folder.path,
    rules: [],
  });

  const missing = await check({ config: folder.join("none.yaml"), json: true });
  expect(missing.code).toBe(1);
  expect(JSON.parse(missing.printed)).toMatchObject({ ok: false, code: "config_missing" });
  await expect(check({ config: folder.join("none.yaml"), json: false })).rejects.toMatchObject({ code: "config_missing" });
});

test("check refuses a broker's password file that cannot be read", async () => {
  await using folder = await tempDir();
  const config = folder.join("collector.yaml");
  await writeFile(config, "broker: { url: mqtt://127.0.0.1:1, user: c, password_file: ./secret }\n");
  await expect(check({ config, json: false })).rejects.toMatchObject({ code: "broker_file_unreadable" });
  await writeFile(folder.join("secret"), "s\n");
  expect((await check({ config, json: false })).code).toBe(0);
});
