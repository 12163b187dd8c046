#!/usr/bin/env node
/**
 * bin: the first file Node sees of this program: is this Node new enough?
 *
 * On an older one the native SQLite binding is a segmentation fault and TypeScript cannot be imported, so the
 * version is asked before anything is loaded. Plain old JavaScript without imports, to be understood by any
 * Node since 12; the same in every program. Exit code 69: EX_UNAVAILABLE of sysexits.h.
 */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const isNewEnough = major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);

if (isNewEnough) {
  // A read of sysfs that never returns keeps a thread of Node's pool, which has four: enough for many that hang.
  // Read once, when the pool is first used, so it is set before anything is loaded. 60 threads more cost about 1 MB.
  if (process.env.UV_THREADPOOL_SIZE === undefined) process.env.UV_THREADPOOL_SIZE = "64";
  void import("./main.ts");
} else {
  console.error(
    "expected Node 22.18 or newer, got " +
      process.versions.node +
      " (" +
      process.execPath +
      ")\n" +
      "  -> install Node 24: https://nodejs.org/en/download - inside the project's folder, npx and npm run bring their own",
  );
  process.exitCode = 69;
}
