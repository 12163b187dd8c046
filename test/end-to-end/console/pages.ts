/**
 * pages: what tests read off a page.
 */
import type { Locator, Page } from "playwright-core";

/** The texts of a table's cells, row by row, its head left out. */
export async function cells(table: Locator): Promise<string[][]> {
  const rows = await table.locator("tbody tr").all();
  return Promise.all(rows.map(async (row) => (await row.locator("th, td").allTextContents()).map((text) => text.trim())));
}

/** Goes to a place of the page as a bookmark would. */
export async function openPlace(page: Page, hash: string): Promise<void> {
  await page.goto(`./${hash}`);
}

/** Pixels by which the page is wider than its window. */
export async function overhang(page: Page): Promise<number> {
  return Number(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"));
}
