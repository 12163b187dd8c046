/**
 * temp-dir: a folder of its own for one test, gone when the test is: `await using dir = await tempDir()`.
 */
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";

export interface TempDir extends AsyncDisposable {
  readonly path: string;
  /** A path inside the folder. */
  join(...parts: readonly string[]): string;
}

export async function tempDir(): Promise<TempDir> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "tributary-"));
  return {
    path: folder,
    join: (...parts) => path.join(folder, ...parts),
    [Symbol.asyncDispose]: () => fs.rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}
