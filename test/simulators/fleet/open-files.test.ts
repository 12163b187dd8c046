import { expect, test } from "vitest";
import { checkOpenFiles, openFilesLimit } from "../../../simulators/fleet/open-files.ts";

/** As the kernel writes it. */
const LIMITS = (soft: string) => `Limit                     Soft Limit           Hard Limit           Units
Max processes             95882                95882                processes
Max open files            ${soft.padEnd(20)} 20000                files
Max locked memory         67108864             67108864             bytes
`;

test("the soft limit is read from what the kernel says", () => {
  expect(openFilesLimit(LIMITS("1024"))).toBe(1_024);
  expect(openFilesLimit(LIMITS("unlimited"))).toBe(Number.POSITIVE_INFINITY);
  expect(openFilesLimit("")).toBe(Number.POSITIVE_INFINITY);
});

test("a fleet that is too big for it is told what to type, before anything was sent", () => {
  expect(() => checkOpenFiles(10_000, 20_000)).not.toThrow();
  expect(() => checkOpenFiles(10_000, 1_024)).toThrow(
    expect.objectContaining({ code: "too_few_open_files", hint: expect.stringMatching(/ulimit -n 10500.*--agents 524/) }),
  );
});
