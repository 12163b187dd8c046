/**
 * boot: which boot of the machine this is. The monotonic clock starts anew with each, so its instants mean nothing
 * without it.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Fault } from "../../protocol/index.ts";

/** Source: Linux, Documentation/admin-guide/sysctl/kernel.rst, "random". @throws Fault `no_boot_id`. */
export async function readBootId(root: string): Promise<string> {
  const file = join(root, "proc/sys/kernel/random/boot_id");
  try {
    return (await readFile(file, "latin1")).trim();
  } catch (error) {
    throw new Fault("no_boot_id", `${file}: expected the id of this boot, got ${(error as NodeJS.ErrnoException).code}`, {
      cause: error,
      hint: "the agent needs Linux with /proc mounted; `root:` in the config must hold a /proc too",
    });
  }
}
