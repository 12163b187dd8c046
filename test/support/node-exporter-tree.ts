/**
 * node-exporter-tree: the `/sys` of real machines that node_exporter keeps for its tests (data set linux_sysfs),
 * unpacked into a temp folder, symbolic links and all.
 */
import { execFileSync } from "node:child_process";
import path from "node:path";
import { needs } from "./needs.ts";
import { type TempDir, tempDir } from "./temp-dir.ts";

/** The folder that holds `sys`. Skips the test where the data set or xz is not there. */
export async function nodeExporterTree(): Promise<TempDir> {
  const archive = path.join(needs("data:linux_sysfs"), "node_exporter_sys.tar.xz");
  needs("xz");
  const dir = await tempDir();
  execFileSync("tar", ["-xJf", archive, "-C", dir.path]);
  return dir;
}
