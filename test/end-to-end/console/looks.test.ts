/**
 * How the console looks on a phone and in the dark, and that it can be used without a pointer.
 */
import { expect, test } from "vitest";
import { picture } from "./browser.ts";
import { greenhouse } from "./greenhouse.ts";
import { openPlace, overhang } from "./pages.ts";
import { shared } from "./shared-house.ts";

const house = shared(greenhouse);
const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true };

/** Places of the page, and what is there when all is there. */
const PLACES: readonly (readonly [name: string, hash: string, shown: string])[] = [
  ["fleet", "", "tr[data-agent=greenhouse]"],
  ["list", "#/series", ".lines li >> nth=2"],
  ["series", "#/series/greenhouse/air/temperature", ".stage canvas >> nth=1"],
  ["live", "#/series/greenhouse/board/temperature?live=1", ".live canvas"],
  ["report", "#/report?last=24h&series=greenhouse/air", "tbody tr >> nth=10"],
];

test.each(PLACES)("on a phone %s fits into 360 px", async (name, hash, shown) => {
  await using open = await (await house()).visit(PHONE);
  const { page } = open;
  await openPlace(page, hash);
  await page.locator(shown).waitFor();
  expect(await overhang(page)).toBe(0);
  await picture(page, `${name}-360`);
  open.expectClean();
});

test("on a phone a touch on an hour opens it", async () => {
  await using open = await (await house()).visit(PHONE);
  const { page } = open;
  await openPlace(page, "#/series/greenhouse/air/temperature");
  await page.locator(".u-over").first().tap();
  await page.getByText("120 readings.", { exact: true }).waitFor();
  expect(await overhang(page)).toBe(0);
  await picture(page, "raw-360");
  open.expectClean();
});

test.each(PLACES)("in the dark %s is dark, and its text stands out", async (name, hash, shown) => {
  await using open = await (await house()).visit({ viewport: { width: 1280, height: 800 }, colorScheme: "dark" });
  const { page } = open;
  await openPlace(page, hash);
  await page.locator(shown).waitFor();
  const colours = (await page.evaluate(
    "(({ backgroundColor, color }) => [backgroundColor, color])(getComputedStyle(document.body))",
  )) as string[];
  const [ground = 1, text = 0] = colours.map(luminance);
  expect(ground).toBeLessThan(0.05);
  expect((text + 0.05) / (ground + 0.05)).toBeGreaterThan(7);
  await picture(page, `${name}-dark`);
  open.expectClean();
});

/** Relative luminance of `rgb(r, g, b)` (WCAG 2.2). */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = (colour.match(/\d+/g) ?? [])
    .map((part) => Number(part) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

test("on a wall it uses the room", async () => {
  await using open = await (await house()).visit({ viewport: { width: 3840, height: 2160 } });
  const { page } = open;
  await openPlace(page, "#/series/greenhouse/air/temperature");
  const canvas = page.locator(".stage canvas").first();
  await canvas.waitFor();
  expect((await canvas.boundingBox())?.width).toBeGreaterThan(2_000);
  await picture(page, "series-4k");
  open.expectClean();
});

test("without a pointer everything is reached, and one sees where one is", async () => {
  await using open = await (await house()).visit();
  const { page } = open;
  await openPlace(page, "#/series/greenhouse/air/temperature");
  await page.locator(".stage canvas").first().waitFor();
  const focused = () => page.evaluate("document.activeElement.textContent || document.activeElement.name || document.activeElement.type");
  await page.keyboard.press("Tab");
  expect(await focused()).toBe("Skip to the content");
  const stops: unknown[] = [];
  const outline = "document.activeElement === document.body ? 'end' : getComputedStyle(document.activeElement).outlineStyle";
  for (let style = ""; style !== "end"; ) {
    expect(style, String(stops.at(-1))).not.toBe("none");
    await page.keyboard.press("Tab");
    style = String(await page.evaluate(outline));
    if (style !== "end") stops.push(await focused());
  }
  expect(stops).toEqual(expect.arrayContaining(["Fleet", "Report", "search", "Live", "These hours as a table"]));
  await page.keyboard.press("Escape");
  await page.locator("summary").focus();
  await page.keyboard.press("/");
  expect(await focused()).toBe("search");
  open.expectClean();
});

test("landmarks, headings and labels are there for a screen reader", async () => {
  await using open = await (await house()).visit();
  const { page } = open;
  for (const [, hash, shown] of PLACES) {
    await openPlace(page, hash);
    await page.locator(shown).waitFor();
    for (const role of ["main", "banner"] as const) expect(await page.getByRole(role).count(), role).toBe(1);
    expect(await page.getByRole("navigation", { name: "Views" }).count()).toBe(1);
    expect(await page.locator("h1").count()).toBe(1);
    const nameless =
      "[...document.querySelectorAll('input, select, button')].filter((e) => !(e.labels?.length || e.ariaLabel || e.textContent)).length";
    expect(await page.evaluate(nameless), hash).toBe(0);
    const headless =
      "[...document.querySelectorAll('table')].filter((table) => table.querySelector('thead th[scope=col]') === null).length";
    expect(await page.evaluate(headless), hash).toBe(0);
  }
  open.expectClean();
});
