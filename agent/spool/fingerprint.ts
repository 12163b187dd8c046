/**
 * fingerprint: what tells this device from a copy of its card: a hash of the SoC's serial number and the machine's id.
 *
 * One of the two is enough; empty where the machine has neither, and then nothing is told apart. It leaves the device
 * as a hash only: machine-id(5) asks for that.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256Prefix } from "../../protocol/index.ts";

/** Sources: device tree specification 2.3.11 (`serial-number`), Raspberry Pi's `Serial` in /proc/cpuinfo, machine-id(5). */
export async function readFingerprint(root: string): Promise<string> {
  const read = (file: string) => readFile(join(root, file), "latin1").catch(() => "");
  const [tree, cpu, machine] = await Promise.all(["proc/device-tree/serial-number", "proc/cpuinfo", "etc/machine-id"].map(read));
  const serial = cleaned(tree) || cleaned(/^Serial\s*:\s*(.+)$/m.exec(cpu ?? "")?.[1]);
  const id = /^[0-9a-f]{32}$/.exec(cleaned(machine))?.[0] ?? ""; // before its first boot an image says "uninitialized"
  return serial === "" && id === "" ? "" : sha256Prefix(Buffer.from(`tributary ${serial} ${id}`));
}

/** The device tree ends its strings with a zero; a serial of zeros is none. */
function cleaned(text = ""): string {
  const word = text.replace(/[\0\s]+$/, "").trim();
  return /^0*$/.test(word) ? "" : word;
}
