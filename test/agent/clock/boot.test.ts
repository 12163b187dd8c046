import { expect, test } from "vitest";
import { readBootId } from "../../../agent/clock/boot.ts";
import { isFault } from "../../../protocol/index.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { machine } from "./machine.ts";

test("the boot id is the kernel's, without its line break", async () => {
  await using dir = await tempDir();
  expect(await readBootId(machine(dir, "bare").root)).toBe("5b8e4d4f-8a3c-4c53-9e3c-0123456789ab");
});

test("a tree without a boot id is a fault that names the file and the remedy", async () => {
  await using dir = await tempDir();
  const error = await readBootId(dir.path).catch((error: unknown) => error);
  expect(isFault(error, "no_boot_id") && error.hint).toContain("/proc");
  expect((error as Error).message).toContain(dir.join("proc/sys/kernel/random/boot_id"));
});
