/**
 * How one gets into the console, and what it says where there is nothing yet.
 */
import fs from "node:fs/promises";
import http from "node:http";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { type Program, startProgram } from "../../support/processes.ts";
import { openPage, picture } from "./browser.ts";
import { emptyHouse, type Greenhouse } from "./greenhouse.ts";
import { openPlace } from "./pages.ts";
import { shared } from "./shared-house.ts";

const house = shared(emptyHouse);

test("who is not known is asked; a link lets one browser in, once, and leaves no code behind", async () => {
  const { browser, url, link } = await house();
  const address = await link();
  await using first = await openPage(browser, url);
  await first.page.goto("/");
  await first.page.getByRole("heading", { name: "Who is asking?" }).waitFor();
  await picture(first.page, "entry-1280");
  await first.page.getByLabel("Link or token").fill(address);
  await first.page.getByRole("button", { name: "Come in" }).click();
  await first.page.getByRole("heading", { name: "No agent has called yet" }).waitFor();
  await first.page.reload();
  await first.page.getByRole("heading", { name: "No agent has called yet" }).waitFor();

  await using second = await openPage(browser, url);
  await second.page.goto(address);
  await second.page.getByRole("alert").getByText("bad link").waitFor();
  expect(second.page.url()).toBe(`${url}/#/fleet`);
});

test("a link that is opened leads to the fleet", async () => {
  const { browser, url, link } = await house();
  await using open = await openPage(browser, url);
  await open.page.goto(await link());
  await open.page.getByRole("heading", { name: "No agent has called yet" }).waitFor();
  expect(open.page.url()).toBe(`${url}/#/fleet`);
  const scripted = await open.page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]");
  expect(scripted).toEqual(["", 0, 0]);
  open.expectClean();
});

test("a token opens the page until it is left; one that is wrong is refused", async () => {
  const { browser, url, token } = await house();
  await using open = await openPage(browser, url);
  const { page } = open;
  await page.goto("/");
  await enter(page, "tributary_wrong");
  await page.getByRole("alert").getByText("bad token").waitFor();
  await enter(page, await token());
  await page.getByRole("heading", { name: "No agent has called yet" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Who is asking?" }).waitFor();
});

async function enter(page: Page, secret: string): Promise<void> {
  await page.getByLabel("Link or token").fill(secret);
  await page.getByRole("button", { name: "Come in" }).click();
}

test.each([
  ["fleet", "npx tributary-agent run --config agent.yaml"],
  ["series", "npx tributary-agent test --config agent.yaml"],
  ["report", "npx tributary-agent run --config agent.yaml"],
])("where there is nothing yet, %s says what to do next", async (view, command) => {
  const { visit, collector } = await house();
  await using open = await visit();
  await openPlace(open.page, `#/${view}`);
  await open.page.getByText(command).waitFor();
  if (view === "fleet") await open.page.getByText(`collector: ${collector.url}`).waitFor();
  await picture(open.page, `empty-${view}-1280`);
  open.expectClean();
});

test("it works behind a path of a reverse proxy", async () => {
  const { browser, url, link } = await house();
  await using proxy = await proxyUnder("/sensors", url);
  await using open = await openPage(browser, proxy.url);
  const code = (await link()).split("#")[1];
  await open.page.goto(`${proxy.url}/sensors/#${code}`);
  await open.page.getByRole("heading", { name: "No agent has called yet" }).waitFor();
  await open.page.getByRole("link", { name: "Series" }).click();
  await open.page.getByRole("heading", { name: "No series yet" }).waitFor();
  expect(proxy.outside()).toEqual([]);
});

/** Passes on what comes under `prefix`, and notes what does not. */
async function proxyUnder(
  prefix: string,
  target: string,
): Promise<AsyncDisposable & { readonly url: string; outside(): readonly string[] }> {
  const outside: string[] = [];
  const server = http.createServer((request, response) => {
    const path = request.url ?? "";
    if (!path.startsWith(`${prefix}/`)) outside.push(path);
    const headers = { ...request.headers, host: new URL(target).host, "x-forwarded-for": "192.0.2.1" };
    const passed = http.request(`${target}${path.slice(prefix.length)}`, { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    outside: () => outside,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("where the collector is gone the page says so, and goes on when it is back", async () => {
  await using own = await emptyHouse();
  await using open = await own.visit();
  await openPlace(open.page, "");
  await open.page.getByRole("heading", { name: "No agent has called yet" }).waitFor();
  await own.collector.program.kill();
  await open.page.getByText("The collector does not answer.").waitFor();
  const again = await startAgain(own);
  await open.page.getByText("The collector does not answer.").waitFor({ state: "detached" });
  await again.kill();
});

async function startAgain({ dir, url }: Greenhouse): Promise<Program> {
  const config = dir.join("collector.yaml");
  const text = await fs.readFile(config, "utf8");
  await fs.writeFile(config, text.replace('http: "127.0.0.1:0"', `http: "${url.replace("http://", "")}"`));
  const program = await startProgram({ args: ["collector/bin.js", "run", "--config", config] });
  await program.line(/Answering at/);
  return program;
}
