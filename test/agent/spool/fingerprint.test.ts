import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { readFingerprint } from "../../../agent/spool/fingerprint.ts";
import { tempDir } from "../../support/temp-dir.ts";

const MACHINE = "0123456789abcdef0123456789abcdef";
const TREE = "proc/device-tree/serial-number";
const CPU = "proc/cpuinfo";
const ID = "etc/machine-id";

async function fingerprintOf(files: Readonly<Record<string, string>>): Promise<string> {
  await using dir = await tempDir();
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(dir.join(name)), { recursive: true });
    fs.writeFileSync(dir.join(name), text);
  }
  return readFingerprint(dir.path);
}

test("a device has one fingerprint, wherever its serial number is told, and it is a hash", async () => {
  const cpu = "processor\t: 0\nModel\t\t: Raspberry Pi 3\nSerial\t\t: 00000000deadbeef\n";
  const one = await fingerprintOf({ [TREE]: "00000000deadbeef\0", [ID]: `${MACHINE}\n` });
  expect(one).toMatch(/^[0-9a-f]{16}$/);
  expect(await fingerprintOf({ [CPU]: cpu, [ID]: MACHINE })).toBe(one);
});

test("a copy of the card in another device has another one, and so has another system on the same device", async () => {
  const all = await Promise.all([
    fingerprintOf({ [TREE]: "00000000deadbeef\0", [ID]: MACHINE }),
    fingerprintOf({ [TREE]: "00000000deadbee0\0", [ID]: MACHINE }),
    fingerprintOf({ [TREE]: "00000000deadbeef\0", [ID]: MACHINE.replaceAll("0", "1") }),
    fingerprintOf({ [ID]: MACHINE }),
    fingerprintOf({ [TREE]: "00000000deadbeef\0" }),
  ]);
  expect(new Set(all).size).toBe(5);
});

test.each([
  ["nothing", {}],
  ["an image before its first boot", { [ID]: "uninitialized\n" }],
  ["a serial of zeros", { [TREE]: "0000000000000000\0", [CPU]: "Serial : 0000000000000000\n" }],
])("%s gives none", async (_, files: Readonly<Record<string, string>>) => {
  expect(await fingerprintOf(files)).toBe("");
});
