// SPDX-License-Identifier: Apache-2.0
// How the page looks, where that is more than taste.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser, canBrowse, openSession, World } from "./help.mjs";

const options = canBrowse() ? {} : { skip: "no Chromium; set CHROMIUM" };
const world = new World();
let browser;

before(async () => {
  if (!canBrowse()) return;
  world.append("chat:twice", [{ role: "user", content: "said once" }]);
  await world.serve();
  browser = await Browser.open();
});
after(async () => {
  await browser?.close();
  await world.stop();
});

test("the colours follow the system until somebody chooses others", options, async () => {
  const page = await browser.page(world, { colorScheme: "dark" });
  await page.goto(`${page.origin}/`);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  // The page hears of the system's choice a moment later.
  const becomes = (wanted, is = true) =>
    page.waitForFunction(
      ([colour, equal]) => (getComputedStyle(document.body).backgroundColor === colour) === equal,
      [wanted, is],
    );
  await page.waitForSelector(".row");
  const dark = await ground();
  await page.emulateMedia({ colorScheme: "light" });
  await becomes(dark, false);
  const light = await ground();
  await page.getByTitle("Colours").click();
  await becomes(dark);
  await page.getByTitle("Colours").click();
  await page.emulateMedia({ colorScheme: "dark" });
  await becomes(light);
  assert.equal(await ground(), light);
});

test("the list tells no text twice, and the menus fit on a phone", options, async () => {
  const page = await browser.page(world, { viewport: { width: 390, height: 800 }, isMobile: true });
  await page.goto(`${page.origin}/`);
  const row = page.locator(".row", { hasText: "said once" });
  await row.waitFor();
  assert.equal((await row.innerText()).match(/said once/g).length, 1);
  await openSession(page, world, "chat:twice");
  const texts = page.locator(".session-tools > button, .session-tools .menu > summary");
  const middles = await texts.evaluateAll((nodes) =>
    nodes.map((node) => {
      const range = document.createRange();
      range.selectNodeContents(node);
      const { top, bottom } = range.getBoundingClientRect();
      return Math.round((top + bottom) / 2);
    }),
  );
  assert.ok(Math.max(...middles) - Math.min(...middles) <= 1, middles.join());
});
