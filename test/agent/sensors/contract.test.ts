import { describe, expect, test } from "vitest";
import { deviceFault } from "../../../agent/sensors/contract.ts";

const systemError = (code: string) => Object.assign(new Error(code), { code, syscall: "read" });

describe("what passes by itself is asked again at the next turn", () => {
  test.each(["EIO", "ENODATA", "EAGAIN", "ETIMEDOUT", "EBUSY"])("%s", (code) => {
    expect(deviceFault(systemError(code), "/sys/x")).toMatchObject({ code: "device_busy", retry: true });
  });
});

test.each([
  ["ENOENT", "device_missing"],
  ["EACCES", "device_denied"],
  ["EISDIR", "device_failed"],
])("%s reopens the sensor as %s, and says what to do", (code, expected) => {
  const fault = deviceFault(systemError(code), "/sys/x");
  expect(fault).toMatchObject({ code: expected, retry: false, hint: expect.stringContaining("/sys/x") });
});

test("what is no system error stays the bug that it is", () => {
  const error = new TypeError("undefined is not a function");
  expect(deviceFault(error, "/sys/x")).toBe(error);
});
