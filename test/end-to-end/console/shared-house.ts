/**
 * shared-house: one greenhouse for all tests of a file: it takes seconds to set up, and tests only look at it.
 */
import { afterAll } from "vitest";
import { needs } from "../../support/needs.ts";
import type { Greenhouse } from "./greenhouse.ts";

/** Set up by the first test that asks; each test is skipped by itself where there is no Chromium. */
export function shared<House extends AsyncDisposable = Greenhouse>(open: () => Promise<House>): () => Promise<House> {
  let opened: Promise<House> | undefined;
  afterAll(async () => (await opened)?.[Symbol.asyncDispose]());
  return () => {
    needs("chromium");
    opened ??= open();
    return opened;
  };
}
