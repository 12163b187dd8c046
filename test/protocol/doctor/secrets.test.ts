import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withoutSecrets } from "../../../protocol/index.ts";
import { effort } from "../../support/effort.ts";

const SECRET = "hunter2";
const SHAPE = /hunter2|2007/;

describe("what must not leave the machine is taken out of", () => {
  test.each<[string, unknown]>([
    ["a password", { broker: { password: SECRET } }],
    ["a token in capitals and dashes", { headers: { "X-Auth-Token": SECRET } }],
    ["an API key in camel case", { apiKey: SECRET }],
    ["a Wi-Fi key", { wifi_psk: SECRET }],
    ["a whole map of secrets", { credentials: { user: "u", anything: [SECRET] } }],
    ["a number", { secret: 2_007 }],
    ["the path of a key file", { tls: { key: `/etc/${SECRET}.pem` } }],
    ["a pair of name and value", { headers: [{ name: "Authorization", value: SECRET }] }],
    ["a URL with user and password", { url: `mqtts://agent:${SECRET}@broker.local:8883/x` }],
    ["a URL whose password holds what it should not", { url: `https://agent:a@b/${SECRET}@broker.local` }],
    ["a URL with a user alone", `http://${SECRET}@broker.local`],
    ["a URL inside a sentence", { message: `cannot reach mqtt://a:${SECRET}@b:1: refused` }],
    ["a query of a URL", { url: `https://x.org/api?unit=C&api_key=${SECRET}&q=1` }],
    ["a header in one text", { header: `Authorization: Bearer ${SECRET}` }],
    ["basic authentication", `curl -H 'authorization: Basic ${SECRET}'`],
    ["a command line", { command: `read-meter --password ${SECRET} --fast` }],
    ["a command line with =", { command: `read-meter --token=${SECRET}` }],
    ["a command as a list", { command: ["read-meter", "--access-token", SECRET, "--fast"] }],
    ["a connection string", { dsn: `host=db password=${SECRET} user=u` }],
    ["JSON inside a text", { body: `{"password":"${SECRET}"}` }],
    ["a private key", { pem: `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----` }],
  ])("%s", (_, value) => {
    const { value: clean, removed } = withoutSecrets(value);
    expect(JSON.stringify(value)).toMatch(SHAPE);
    expect(JSON.stringify(clean)).not.toMatch(SHAPE);
    expect(removed).toBeGreaterThan(0);
  });
});

test("what is no secret stays as it is, and nothing is counted", () => {
  const config = {
    agent: "greenhouse-1",
    collector: "mqtt://collector.local:1883",
    sensors: [{ name: "air", every: "10s", channels: { temperature: { filters: [{ range: { min: -40, max: 85 } }] } } }],
    command: ["read-meter", "--fast", "--unit", "C"],
    passes: 3,
    monkey: "x",
    mail: "somebody@example.org",
    empty: { password: "", token: null },
  };
  expect(withoutSecrets(config)).toEqual({ value: config, removed: 0 });
});

test("the rest of a URL stays readable", () => {
  expect(withoutSecrets("mqtts://u:p@broker.local:8883 is down").value).toBe("mqtts://(removed)@broker.local:8883 is down");
});

test("a secret under a secret name is gone wherever it stands", () => {
  const name = fc.constantFrom("password", "apiToken", "client_secret", "PASSPHRASE", "private-key");
  const secret = fc.stringMatching(/^[A-Za-z0-9]{12,20}$/);
  const nested = (inner: unknown, path: readonly (string | null)[]) =>
    path.reduce<unknown>((value, step) => (step === null ? [1, value] : { other: "x", [step]: value }), inner);
  const path = fc.array(fc.option(fc.stringMatching(/^[a-z]{1,8}$/)), { maxLength: 5 });
  fc.assert(
    fc.property(name, secret, path, path, (key, value, outside, inside) => {
      const { value: clean } = withoutSecrets(nested({ [key]: nested(value, inside) }, outside));
      expect(JSON.stringify(clean)).not.toContain(value);
    }),
    { numRuns: effort("doctor secrets", { quick: 100, test: 300, prove: 3_000 }) },
  );
});
