import { expect, test } from "vitest";
import { http as driver } from "../../../../agent/sensors/http.ts";

test.each([
  ["no way to read it", { url: "http://a/" }],
  ["two ways", { url: "http://a/", plain: "t", json: { t: "/t" } }],
  ["no channel", { url: "http://a/", json: {} }],
  ["a password in the address", { url: "http://me:pw@a/", plain: "t" }],
  ["another protocol", { url: "file:///etc/passwd", plain: "t" }],
  ["a pointer without its slash", { url: "http://a/", json: { t: "temp" } }],
  ["an expression without a group", { url: "http://a/", match: { t: "\\d+" } }],
  ["an expression with two", { url: "http://a/", match: { t: "(a)(b)" } }],
  ["an expression that is none", { url: "http://a/", match: { t: "(" } }],
  ["an instant in plain text", { url: "http://a/", plain: "t", at: "/time" }],
  ["a header of two lines", { url: "http://a/", plain: "t", headers: { a: "b\r\nc: d" } }],
  ["a token of two lines", { url: "http://a/", plain: "t", token: "one\ntwo" }],
  ["a token of nothing", { url: "http://a/", plain: "t", token: "" }],
  ["two tokens", { url: "http://a/", plain: "t", token: "a", token_file: "b" }],
  ["more than is sane", { url: "http://a/", plain: "t", max_size: "1GB" }],
])("a config with %s is refused", async (_, config) => {
  expect((await driver.config.safeParseAsync(config)).success).toBe(false);
});
