/**
 * The console in a real browser, on readings that came the whole way: agent, MQTT, collector.
 */
import fs from "node:fs/promises";
import { parse } from "csv-parse/sync";
import { expect, test } from "vitest";
import { hourly, type ReportRow } from "../../support/whole-path.ts";
import { openPage, picture } from "./browser.ts";
import { greenhouse, SERIES_COUNT } from "./greenhouse.ts";
import { cells, openPlace } from "./pages.ts";
import { shared } from "./shared-house.ts";

const house = shared(greenhouse);
const SERIES = "greenhouse/air/temperature";
const PLACE = `#/series/${SERIES}`;

/** Of an hour that is over, as the page writes it: nothing more comes into it while the test looks. */
function written({ min = "", avg = "", max = "", count = "" }: ReportRow): string[] {
  return [...[min, avg, max].map((value) => (value === "" ? "–" : Number(value).toFixed(2))), count];
}

const over = (rows: readonly ReportRow[]) => rows.filter(({ state }) => state !== "open").reverse();

test("the fleet shows each agent with its pace and its account", async () => {
  await using open = await (await house()).visit();
  const { page } = open;
  await openPlace(page, "");
  const row = page.locator("tr[data-agent=greenhouse]");
  await row.getByText("online").waitFor();
  await row.getByText("balanced", { exact: true }).waitFor();
  await row
    .locator("[data-label='Readings/s']")
    .filter({ hasText: /^\d+\.\d$/ })
    .waitFor();
  expect(await row.getAttribute("data-health")).toMatch(/good|warn/);
  expect(await row.locator("[data-label='Last ack']").textContent()).toMatch(/^\d+\ss ago$/);
  await picture(page, "fleet-1280");
  await row.getByRole("link").click();
  await page.getByText(`${SERIES_COUNT} series`).waitFor();
  open.expectClean();
});

test("the hours of a series are those of the report", async () => {
  const { visit, dir } = await house();
  await using open = await visit();
  const { page } = open;
  await openPlace(page, "#/series");
  await page.getByLabel("Search series").fill("air temp");
  await page.getByText(`1 of ${SERIES_COUNT} series`).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: SERIES }).waitFor();
  await page.getByText("These hours as a table").click();
  const shown = (await cells(page.getByRole("region", { name: "Hours" }))).map((row) => row.slice(1, 5));
  const rows = over(await hourly(dir, "--last", "24h", "--series", SERIES)).map(written);
  expect(shown.slice(1)).toEqual(rows);
  expect(rows.length).toBeGreaterThanOrEqual(23);
  await picture(page, "series-1280");
  open.expectClean();
});

test("another time zone makes other hours", async () => {
  const { visit, dir } = await house();
  await using open = await visit();
  const { page } = open;
  await openPlace(page, PLACE);
  await page.getByLabel("Time zone").fill("Asia/Kolkata");
  await page.keyboard.press("Enter");
  await page.getByText("Asia/Kolkata").and(page.locator("p")).waitFor();
  await page.getByText("These hours as a table").click();
  const shown = await cells(page.getByRole("region", { name: "Hours" }));
  const rows = over(await hourly(dir, "--last", "24h", "--series", SERIES, "--tz", "Asia/Kolkata"));
  expect(shown.slice(1).map(([hour]) => hour)).toEqual(rows.map(({ hour = "" }) => hour.replace("T", " ").replace("+05:30", " +05:30")));
  expect(shown.slice(1).map((row) => row.slice(1, 5))).toEqual(rows.map(written));
  await page.getByRole("link", { name: "Report" }).click();
  expect(await page.getByLabel("Time zone").inputValue()).toBe("Asia/Kolkata");
  open.expectClean();
});

test("an hour opens to its raw readings, by keyboard and by pointer, and back", async () => {
  await using open = await (await house()).visit();
  const { page } = open;
  await openPlace(page, PLACE);
  const stage = page.getByRole("application");
  await stage.focus();
  for (const key of ["End", "ArrowLeft", "ArrowLeft"]) await page.keyboard.press(key);
  await page.getByText(/min .*, avg .*, max .*; 120 readings/).waitFor();
  await page.keyboard.press("Enter");
  await page.getByText("120 readings.", { exact: true }).waitFor();
  await page.getByText("These readings as a table").click();
  const readings = await cells(page.getByRole("region", { name: "Raw readings" }));
  expect(readings).toHaveLength(120);
  expect(readings[0]?.[0]).toMatch(/^2\d{3}-\d\d-\d\d \d\d:59:30$/);
  expect(new Set(readings.map(([, , unit, quality]) => `${unit} ${quality}`))).toEqual(new Set(["°C good"]));
  await picture(page, "raw-1280");
  await page.goBack();
  await stage.waitFor();
  await page.locator(".u-over").first().click();
  await page.getByText("120 readings.", { exact: true }).waitFor();
  await page.getByRole("link", { name: "← All hours" }).click();
  await stage.waitFor();
  open.expectClean();
});

test("windows that the device summarised, and readings marked bad, are told from plain ones", async () => {
  await using open = await (await house()).visit();
  const { page } = open;
  const openHour = async (series: string, which: RegExp) => {
    await openPlace(page, `#/series/greenhouse/loft/${series}`);
    await page.getByText("These hours as a table").click();
    const hours = page.getByRole("region", { name: "Hours" }).getByRole("row").filter({ hasText: which });
    await hours.nth(1).getByRole("link").click(); // the first may still be open
    await page.getByText("These readings as a table").click();
    return cells(page.getByRole("region", { name: "Raw readings" }));
  };
  const windows = await openHour("temperature", /late/);
  await page.getByText("12 summaries of 120 readings.", { exact: true }).waitFor();
  expect(windows).toHaveLength(12);
  for (const [, , , , notes] of windows) expect(notes).toMatch(/10 readings, \d+(\.\d+)? to \d+(\.\d+)?/);
  await picture(page, "summaries-1280");
  const marked = await openHour("humidity", /bad \d+/);
  const bad = marked.filter(([, , , quality]) => quality === "bad");
  expect(bad.length).toBeGreaterThan(0);
  expect(bad.every(([, value]) => Number(value) > 70)).toBe(true);
  await page.getByText(`120 readings, ${bad.length} bad.`, { exact: true }).waitFor();
  await picture(page, "bad-1280");
  open.expectClean();
});

test("the live tail shows readings as they come, until it is stopped", async () => {
  await using open = await (await house()).visit();
  const { page } = open;
  await openPlace(page, "#/series/greenhouse/board/temperature");
  await page.getByRole("button", { name: "Live" }).click();
  const live = page.getByRole("region", { name: "Live" });
  await live.getByText(/^\d+\.\d\d\s°C$/).waitFor();
  const instant = live.locator("p").nth(1);
  const seen: string[] = [];
  while (seen.length < 3) {
    const last = seen.at(-1) ?? "Waiting";
    await instant.filter({ hasNotText: last }).waitFor();
    seen.push((await instant.textContent()) ?? "");
  }
  expect(seen).toEqual([...new Set(seen)].sort());
  await picture(page, "live-1280");
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("application").waitFor();
  open.expectClean();
});

test("the report is that of the command line, on the page and as a file", async () => {
  const { visit, dir } = await house();
  await using open = await visit();
  const { page } = open;
  await openPlace(page, "#/report?kind=hourly");
  await page.getByLabel("Series").fill("greenhouse/air");
  await page.getByRole("button", { name: "Show" }).click();
  await page.waitForURL(/series=greenhouse%2Fair/);
  await page.getByRole("link", { name: "csv" }).waitFor();
  const shown = await cells(page.getByRole("region", { name: "Hourly report" }));
  const rows = over(await hourly(dir, "--last", "24h", "--series", "greenhouse/air"));
  const ofPage = new Set(
    shown.map(([hour = "", series = "", min, avg, max, , count]) =>
      [hour.replace(" ", "T").replace(" ", ""), series, min, avg, max, count].join(),
    ),
  );
  expect(rows.map((row) => [row.hour, row.series, ...written(row)].join()).filter((row) => !ofPage.has(row))).toEqual([]);
  await picture(page, "report-1280");
  const coming = page.waitForEvent("download");
  await page.getByRole("link", { name: "csv" }).click();
  const download = await coming;
  expect(download.suggestedFilename()).toBe("tributary-hourly-24h.csv");
  const file = parse(await fs.readFile(await download.path()), { columns: true }) as ReportRow[];
  expect(over(file)).toEqual(rows);
  open.expectClean();
});

test("who came in with a token gets files too, which a plain link would not", async () => {
  const { browser, url, token } = await house();
  await using open = await openPage(browser, url);
  const { page } = open;
  await openPlace(page, "#/report?series=greenhouse/air");
  await page.getByLabel("Link or token").fill(await token());
  await page.getByRole("button", { name: "Come in" }).click();
  const coming = page.waitForEvent("download");
  await page.getByRole("link", { name: "ndjson" }).click();
  const lines = (await fs.readFile(await (await coming).path(), "utf8")).trim().split("\n");
  expect(lines.length).toBeGreaterThanOrEqual(48);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ series: "greenhouse/air/humidity", unit: "%RH" });
});

test("a zone that is none is refused, and another can be asked for", async () => {
  await using open = await (await house()).visit();
  const { page } = open;
  await openPlace(page, `${PLACE}?tz=Mars/Olympus`);
  await page.getByRole("alert").getByText("Mars/Olympus").waitFor();
  await page.getByLabel("Time zone").fill("");
  await page.keyboard.press("Enter");
  await page.locator(".stage canvas").first().waitFor();
  expect(await page.getByRole("alert").count()).toBe(0);
});

test("what the collector refuses is said in its words, and the form stays", async () => {
  await using open = await (await house()).visit();
  const { page } = open;
  await openPlace(page, "#/report?series=grenhouse");
  const alert = page.getByRole("alert");
  await alert.getByText("unknown series").waitFor();
  expect(await alert.textContent()).toContain("greenhouse");
  await page.getByLabel("Series").fill("greenhouse");
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByRole("region", { name: "Hourly report" }).waitFor();
  expect(await alert.count()).toBe(0);
});
