/**
 * browser: a real Chromium with an empty profile, that notes every error of a page and every request that leaves it.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import { needs } from "../../support/needs.ts";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Fails where the page logged an error, threw one, or asked another host for anything. */
  expectClean(): void;
}

/** Skips the running test where there is no Chromium. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: needs("chromium"), headless: true, args: FLAGS });
}

/** A page of its own, without cookies. */
export async function openPage(browser: Browser, base: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext({ baseURL: base, ...options });
  const page = await context.newPage();
  const errors: string[] = [];
  const strangers: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(base) && !request.url().startsWith("blob:")) strangers.push(request.url());
  });
  return {
    page,
    context,
    expectClean() {
      expect(errors).toEqual([]);
      expect(strangers).toEqual([]);
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}

const PICTURES = path.join(os.tmpdir(), "tributary-console");
let isTold = false;

/** A picture for people to look at: nothing is asserted of it. */
export async function picture(page: Page, name: string): Promise<void> {
  fs.mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: path.join(PICTURES, `${name}.png`), fullPage: true });
  if (!isTold) console.info(`pictures of the console are in ${PICTURES}`);
  isTold = true;
}
