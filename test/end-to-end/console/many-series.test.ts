/**
 * The console with a thousand series of ten agents, and names that would like to be markup.
 */
import { expect, test } from "vitest";
import { type Catalog, MICROS_PER_MINUTE, systemClock } from "../../../protocol/index.ts";
import { catalogBatch, dataBatch, samples, seriesSpec } from "../../collector/ingest/wire-batches.ts";
import { eventually } from "../../support/eventually.ts";
import { accountOf } from "../../support/whole-path.ts";
import { rawAgent } from "../raw-agent.ts";
import { type OpenPage, picture } from "./browser.ts";
import { emptyHouse, type Greenhouse } from "./greenhouse.ts";
import { openPlace } from "./pages.ts";
import { shared } from "./shared-house.ts";

const AGENTS = 10;
const SERIES_EACH = 100;
const EVIL_UNIT = "<img src=x onerror=alert(1)>";

const CATALOG: Catalog = Array.from({ length: SERIES_EACH }, (_, index) =>
  seriesSpec(`channel_${String(index).padStart(3, "0")}`, index === 0 ? { unit: EVIL_UNIT } : {}),
);

async function crowd(): Promise<Greenhouse> {
  const house = await emptyHouse();
  const from = systemClock.wall() - 90 * MICROS_PER_MINUTE;
  const frames = CATALOG.map((_, series) => samples([series, series + 1, series + 2], { series, from }));
  for (let number = 0; number < AGENTS; number++) {
    const name = `box-${number}`;
    await using agent = await rawAgent(house.collector.url, name);
    await agent.publish(catalogBatch(1, CATALOG));
    await agent.publish(dataBatch(2, frames, { catalog: CATALOG }));
    await agent.told(2);
    await eventually(
      () => accountOf(house.dir, name),
      ({ stored }) => stored === 3 * SERIES_EACH,
    );
  }
  return house;
}

const house = shared(crowd);

/** Milliseconds from the navigation to what the page marked, and to the first thing that was painted. */
async function timing({ page }: OpenPage, mark: string, line: string): Promise<{ readonly paint: number; readonly shown: number }> {
  await page.locator(line).first().waitFor();
  const read = `["first-contentful-paint", "${mark}"].map((name) => performance.getEntriesByName(name)[0]?.startTime ?? NaN)`;
  const [paint = Number.NaN, shown = Number.NaN] = (await page.evaluate(read)) as number[];
  return { paint, shown };
}

test.each([
  ["#/series", "series-shown", ".lines li"],
  ["#/fleet", "fleet-shown", "tbody tr"],
])("with 1,000 series %s is there at once", async (hash, mark, line) => {
  const { visit } = await house();
  const times: { readonly paint: number; readonly shown: number }[] = [];
  for (let run = 0; run < 5; run++) {
    await using open = await visit();
    await openPlace(open.page, hash);
    times.push(await timing(open, mark, line));
    expect(await open.page.locator(line).count()).toBe(hash === "#/series" ? AGENTS * SERIES_EACH : AGENTS);
    if (run === 0) await picture(open.page, `${mark}-1000-series`);
    open.expectClean();
  }
  const median = (of: (time: (typeof times)[number]) => number) => [...times].sort((a, b) => of(a) - of(b))[2];
  const [paint, shown] = [Math.round(median(({ paint }) => paint)?.paint ?? 0), Math.round(median(({ shown }) => shown)?.shown ?? 0)];
  console.info(`${hash} with ${AGENTS * SERIES_EACH} series: first paint after ${paint} ms, everything after ${shown} ms (median of 5)`);
  expect(shown).toBeLessThan(10_000);
});

test("a search finds any part of a name", async () => {
  await using open = await (await house()).visit();
  await openPlace(open.page, "#/series");
  await open.page.getByText("1\u202f000 series", { exact: true }).waitFor();
  await open.page.getByLabel("Search series").fill("box-7 099");
  await open.page.getByText("1 of 1\u202f000 series").waitFor();
  expect(await open.page.locator(".lines li").allTextContents()).toEqual(["box-7/air/channel_099"]);
  open.expectClean();
});

test("a unit that is markup is shown as the text it is", async () => {
  await using open = await (await house()).visit();
  const { page } = open;
  let alerts = 0;
  page.on("dialog", (dialog) => {
    alerts += 1;
    void dialog.dismiss();
  });
  await openPlace(page, "#/series/box-3/air/channel_000");
  await page.getByText(`min – avg – max, ${EVIL_UNIT}`).waitFor();
  await openPlace(page, "#/report?series=box-3/air/channel_000");
  await page.getByRole("cell", { name: EVIL_UNIT }).first().waitFor();
  expect([alerts, await page.locator("main img").count()]).toEqual([0, 0]);
  open.expectClean();
});
