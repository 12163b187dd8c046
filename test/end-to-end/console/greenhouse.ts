/**
 * greenhouse: a collector with a day of readings of a greenhouse, and one more each second, as a user would have it:
 * real programs, a real broker between them.
 */
import type { Browser, BrowserContextOptions } from "playwright-core";
import { eventually } from "../../support/eventually.ts";
import { type Program, startProgram } from "../../support/processes.ts";
import { type TempDir, tempDir } from "../../support/temp-dir.ts";
import { accountOf, type CollectorProcess, startAgent, startCollector, writeAgent } from "../../support/whole-path.ts";
import { launch, type OpenPage, openPage } from "./browser.ts";

export interface Greenhouse extends AsyncDisposable {
  readonly browser: Browser;
  /** `http://127.0.0.1:<port>`, where the page is. */
  readonly url: string;
  readonly dir: TempDir;
  readonly collector: CollectorProcess;
  /** What `tributary-collector link` prints: lets one browser in, once. */
  link(): Promise<string>;
  /** A new token that may read. */
  token(): Promise<string>;
  /** A page that was let in by a link, without anything opened yet. */
  visit(options?: BrowserContextOptions): Promise<OpenPage>;
}

const STEP_SECONDS = 30;
const HOURS = 26;

const SENSORS = `  - name: air
    driver: simulated
    profile: greenhouse
    every: ${STEP_SECONDS}s
    replay: { from: "now-${HOURS}h", for: ${HOURS}h, step: ${STEP_SECONDS}s, speed: max }
    channels: { temperature: , humidity: }
  - name: loft
    driver: simulated
    profile: greenhouse
    every: ${STEP_SECONDS}s
    replay: { from: "now-${HOURS}h", for: ${HOURS}h, step: ${STEP_SECONDS}s, speed: max }
    channels:
      temperature: { filters: [{ aggregate: { every: 5m } }] }
      humidity: { filters: [{ range: { min: 0, max: 70 } }] }
  - name: board
    driver: simulated
    profile: greenhouse
    every: 1s
    channels: { temperature: }
`;

export const SERIES_COUNT = 5;

/** A collector whose page is built, and a browser. Skips the running test where there is none. */
export async function emptyHouse(): Promise<Greenhouse> {
  const browser = await launch();
  const dir = await tempDir();
  const collector = await startCollector(dir);
  const [, url = ""] = await collector.program.line(/Answering at (\S+)/);
  const link = () => linkOf(dir);
  let cookies: Cookies | undefined;
  return {
    ...{ browser, url, dir, collector, link, token: () => tokenOf(dir) },
    async visit(options) {
      cookies ??= await cookiesOf(browser, url, await link());
      return openPage(browser, url, { storageState: cookies, ...options });
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await collector.program.kill();
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** The same with its agent, which goes on. */
export async function greenhouse(): Promise<Greenhouse> {
  const house = await emptyHouse();
  const config = await writeAgent(house.dir, { name: "greenhouse", url: house.collector.url, sensors: SENSORS });
  const agent: Program = await startAgent(config);
  await eventually(
    () => accountOf(house.dir, "greenhouse"),
    ({ stored }) => stored >= (3 * HOURS * 3_600) / STEP_SECONDS + (HOURS - 1) * 12,
  );
  return {
    ...house,
    async [Symbol.asyncDispose]() {
      await agent.kill();
      await house[Symbol.asyncDispose]();
    },
  };
}

type Cookies = NonNullable<BrowserContextOptions["storageState"]>;

async function linkOf(dir: TempDir): Promise<string> {
  await using program = await startProgram({ args: ["collector/bin.js", "link", "--config", dir.join("collector.yaml")] });
  const [, link = ""] = await program.line(/^ +(http:\S+)/);
  return link;
}

async function tokenOf(dir: TempDir): Promise<string> {
  const args = ["collector/bin.js", "token", "create", "--role", "read", "--config", dir.join("collector.yaml")];
  await using program = await startProgram({ args });
  await program.ended;
  return program.stdout().trim();
}

/** One visit by link, as long as the session is set up. */
async function cookiesOf(browser: Browser, url: string, link: string): Promise<Cookies> {
  await using open = await openPage(browser, url);
  await open.page.goto(link);
  await open.page.getByRole("heading", { name: "Fleet" }).waitFor();
  return await open.context.storageState();
}
