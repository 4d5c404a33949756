// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Browser, canBrowse, openSession, seriousFindings, World } from "./help.mjs";

const options = canBrowse() ? {} : { skip: "no Chromium; set CHROMIUM" };
const world = new World();
let browser;

const say = (role, content) => ({ role, content });
const chat = (n, start = 0) =>
  Array.from({ length: n }, (_, i) => say(i % 2 ? "assistant" : "user", `message ${i + start}`));

before(async () => {
  if (!canBrowse()) return;
  world.append("chat:plain", [
    say("user", "Where is the parser of transcripts?"),
    {
      role: "assistant",
      content: "I look.",
      tool_calls: [
        {
          id: "c1",
          type: "function",
          function: { name: "grep", arguments: '{"pattern":"parse"}' },
        },
      ],
    },
    { role: "tool", tool_call_id: "c1", content: "src/parse.cc:12: parse()" },
    say("assistant", "In **src/parse.cc**:\n\n```cpp\nint parse();\n```\n"),
  ]);
  world.append("chat:damaged", chat(6));
  world.spoil("chat:damaged", '{"role":"user","content":"torn in the mid\n');
  world.append("chat:damaged", [say("user", "behind the damage")]);
  world.append("chat:doomed", chat(4));
  await world.serve();
  browser = await Browser.open();
});
after(async () => {
  await browser?.close();
  await world.stop();
});

test("the list has every session, and says which are damaged", options, async () => {
  const page = await browser.page(world);
  await page.goto(`${page.origin}/`);
  await page.waitForSelector(".row");
  assert.equal(await page.locator(".list .row").count(), 3);
  await page.getByLabel("damaged only").check();
  await page.waitForFunction(() => document.querySelectorAll(".list .row").length === 1);
  assert.deepEqual(page.faults, []);
});

test("a session shows what was said, with calls folded over their results", options, async () => {
  const page = await browser.page(world);
  await openSession(page, world, "chat:plain");
  await page.getByText("Where is the parser").first().waitFor();
  const call = page.locator("details.call").first();
  assert.match(await call.locator("summary").innerText(), /grep/);
  assert.equal(await page.getByText("src/parse.cc:12").locator("visible=true").count(), 1);
  await call.locator("summary").click();
  await call.locator(".outcome pre").waitFor();
  assert.equal(await page.locator(".prose code.hljs").count(), 1);
  assert.deepEqual(page.faults, []);
});

test(
  "damage is shown in its place, with its bytes; a repair is previewed, done and undone",
  options,
  async () => {
    const original = readFileSync(world.file("chat:damaged"));
    const page = await browser.page(world);
    await openSession(page, world, "chat:damaged");
    const order = await page
      .locator(".block")
      .evaluateAll((blocks) =>
        blocks.map((b) => (b.classList.contains("damage") ? "damage" : b.innerText)),
      );
    assert.equal(
      order.indexOf("damage"),
      order.length - 2,
      "the damage stands before the last record",
    );
    await page.getByRole("button", { name: "1 damaged range" }).click();
    await page.getByRole("button", { name: "Show the bytes" }).click();
    await page.getByText("7b 22 72 6f 6c 65").waitFor();
    await page.getByRole("button", { name: "What would a repair do?" }).click();
    await page.getByText("Lines kept").waitFor();
    assert.deepEqual(
      readFileSync(world.file("chat:damaged")),
      original,
      "a preview changes nothing",
    );
    await page.getByRole("button", { name: "Repair (can be undone)" }).click();
    await page.getByRole("button", { name: "Close", exact: true }).click();
    await page.getByRole("button", { name: "Healthy" }).waitFor();
    assert.equal(world.load("chat:damaged").length, 7);
    await page.getByRole("button", { name: "Undo" }).first().click();
    await page.getByRole("button", { name: "1 damaged range" }).waitFor();
    assert.deepEqual(
      readFileSync(world.file("chat:damaged")),
      original,
      "undo gives every byte back",
    );
    assert.deepEqual(page.faults, []);
  },
);

test("a deleted session comes back by undo", options, async () => {
  const page = await browser.page(world);
  await openSession(page, world, "chat:doomed");
  await page.getByText("More", { exact: true }).click();
  await page.getByRole("button", { name: /Delete/ }).click();
  await page.getByText(/is in the trash/).waitFor();
  assert.equal(world.file("chat:doomed"), undefined);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.waitForSelector(".transcript[aria-busy=false] .block");
  assert.equal(world.load("chat:doomed").length, 4);
});

test("a search finds words in any message and leads to them", options, async () => {
  const page = await browser.page(world);
  await page.goto(`${page.origin}/`);
  await page.waitForSelector(".list .row"); // the keys are bound by then
  await page.keyboard.press("/");
  await page.keyboard.type("behind the damage");
  await page.locator(".hit").first().click();
  await page.locator(".block.found", { hasText: "behind the damage" }).waitFor();
});

test("a search names the session whose damage may hold the text", options, async () => {
  const page = await browser.page(world);
  await page.goto(`${page.origin}/`);
  await page.waitForSelector(".list .row"); // the keys are bound by then
  await page.keyboard.press("/");
  await page.keyboard.type("torn in the mid");
  await page.getByText("Not in any message").waitFor();
  await page.locator(".hit", { hasText: "Damage may hold it" }).click();
  await page.locator(".block.damage").waitFor();
});

test(
  "the live tail shows each record once, while the writer is killed and started again",
  options,
  async () => {
    const page = await browser.page(world);
    world.append("chat:live", [say("user", "first")]);
    await openSession(page, world, "chat:live");
    let acknowledged = 0;
    for (let round = 0; round < 2; round++) {
      const writer = world.writer("chat:live", acknowledged);
      while (writer.acknowledged.length < 15)
        await new Promise((done) => writer.child.stdout.once("data", done));
      await writer.kill();
      acknowledged += writer.acknowledged.length;
    }
    const records = world.load("chat:live").length;
    await page.waitForFunction(
      (n) => document.querySelectorAll(".block.words").length === n,
      records,
    );
    assert.ok(records >= acknowledged + 1);
    const last = JSON.parse(world.load("chat:live").at(-1)).content;
    await page.locator(".block", { hasText: last }).last().waitFor({ state: "visible" });
    assert.deepEqual(page.faults, []);
  },
);

test("new records do not move a reader who is not at the end", options, async () => {
  const page = await browser.page(world);
  world.append("chat:read", chat(200));
  await openSession(page, world, "chat:read");
  await page.keyboard.press("Home");
  await page.locator(".block", { hasText: "message 0" }).first().waitFor();
  const before = await page.locator(".transcript").evaluate((node) => node.scrollTop);
  world.append("chat:read", chat(5, 200));
  await page.waitForFunction(() =>
    document.querySelector(".facts")?.textContent?.includes("205 records"),
  );
  assert.equal(await page.locator(".transcript").evaluate((node) => node.scrollTop), before);
});

test("100,000 records scroll with a few hundred elements", options, async () => {
  const page = await browser.page(world);
  world.append("chat:long", chat(100_000));
  await openSession(page, world, "chat:long");
  await page.locator(".block").getByText("message 99999", { exact: true }).waitFor();
  await page.keyboard.press("Home");
  await page.locator(".block").getByText("message 0", { exact: true }).waitFor();
  const scroller = page.locator(".transcript");
  const slowest = await scroller.evaluate(async (node) => {
    let worst = 0;
    for (let i = 0; i < 60; i++) {
      node.scrollTop = (node.scrollHeight * ((i * 37) % 60)) / 60;
      const begun = performance.now();
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      worst = Math.max(worst, performance.now() - begun);
    }
    return worst;
  });
  assert.ok(slowest < 500, `a jump took ${slowest} ms`);
  assert.ok((await page.locator(".block").count()) < 400);
  assert.deepEqual(page.faults, []);
});

async function closeDialog(page) {
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
}

test("the keyboard is enough: list, session, turns, help", options, async () => {
  const page = await browser.page(world);
  await page.goto(`${page.origin}/`);
  await page.waitForSelector(".row");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".block");
  await page.keyboard.press("k");
  assert.ok(await page.evaluate(() => document.activeElement?.classList.contains("block")));
  assert.match(page.url(), /at=/);
  await page.keyboard.press("t");
  await page.waitForSelector("dialog[open]");
  await closeDialog(page);
  await page.keyboard.press("?");
  await page.getByText("Next, previous turn of the user").waitFor();
  await closeDialog(page);
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => location.hash === "#/");
});

test("a link to a record opens at it", options, async () => {
  const page = await browser.page(world);
  await openSession(page, world, "chat:read");
  await page.keyboard.press("Home");
  await page.locator(".block").getByText("message 0", { exact: true }).waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("c");
  await page.getByText("Link copied").waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const other = await browser.page(world);
  await other.goto(link);
  await other.locator(".block.found").waitFor();
});

const hostile = [
  say(
    "user",
    "<script>document.title='owned'</script><img src=x onerror=alert(1)><svg onload=alert(1)>",
  ),
  say(
    "assistant",
    "[click](javascript:alert(1)) [data](data:text/html,<script>alert(1)</script>) " +
      "<a href=javascript:alert(1)>x</a>",
  ),
  say(
    "assistant",
    "```html\n<script>alert(1)</script>\n```\n<style>*{display:none}</style>" +
      "<iframe src=//example.org></iframe>",
  ),
  say("user", "\u001b[31mred\u001b]8;;http://x\u0007 \u202Egnp.exe \u0000 \u{e0041}"),
  {
    role: "assistant",
    content: [
      {
        type: "image_url",
        image_url: { url: "data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+" },
      },
    ],
  },
  {
    role: "assistant",
    content: "",
    tool_calls: [
      {
        id: "<b>",
        type: "function",
        function: {
          name: "<img src=x onerror=alert(1)>",
          arguments: '{"command":"<script>alert(1)</script>"}',
        },
      },
    ],
  },
];

test("a hostile transcript does nothing but be shown", options, async () => {
  world.append("<img src=x onerror=alert(1)>", hostile);
  const page = await browser.page(world);
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await openSession(page, world, "<img src=x onerror=alert(1)>");
  for (const fold of await page.locator("details.call summary").all()) await fold.click();
  await page.locator(".block").getByText("\\u{202E}gnp.exe").waitFor();
  assert.equal(
    await page
      .locator(".block script, .block iframe, .block style, .block svg, .block [onerror]")
      .count(),
    0,
  );
  const links = await page
    .locator(".block a")
    .evaluateAll((nodes) => nodes.map((node) => node.getAttribute("href")));
  assert.ok(
    links.every((href) => href === null || /^(https?:|mailto:|#)/.test(href)),
    links.join(),
  );
  assert.ok(
    asked.every((url) => url.startsWith(page.origin) || url.startsWith("data:image/")),
    asked.join(),
  );
  assert.notEqual(await page.title(), "owned");
  assert.deepEqual(page.faults, []);
});

test("a line of 10 MB is shown by its beginning", options, async () => {
  world.append("chat:huge", [
    say("user", "before"),
    say("assistant", "x".repeat(10 << 20)),
    say("user", "behind"),
  ]);
  const page = await browser.page(world);
  await openSession(page, world, "chat:huge");
  await page.locator(".block").getByText("behind", { exact: true }).waitFor();
  await page.getByText(/Only the beginning of 10/).waitFor();
  assert.deepEqual(page.faults, []);
});

for (const [name, how] of [
  ["light", {}],
  ["dark", { colorScheme: "dark" }],
  ["phone", { viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true }],
]) {
  test(
    `nothing serious for a screen reader, and nothing wider than the screen: ${name}`,
    options,
    async () => {
      const page = await browser.page(world, how);
      await page.goto(`${page.origin}/`);
      await page.waitForSelector(".row");
      assert.deepEqual(await seriousFindings(page), []);
      await openSession(page, world, "chat:damaged");
      assert.deepEqual(await seriousFindings(page), []);
      await page.getByRole("button", { name: "1 damaged range" }).click();
      await page.waitForSelector("dialog[open]");
      assert.deepEqual(await seriousFindings(page), []);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    },
  );
}

test("a small step up from the end stays where it is", options, async () => {
  const page = await browser.page(world);
  await openSession(page, world, "chat:read");
  const scroller = page.locator(".transcript");
  const fromEnd = () =>
    scroller.evaluate((node) => node.scrollHeight - node.clientHeight - node.scrollTop);
  await page.waitForFunction(() => {
    const node = document.querySelector(".transcript");
    return node && node.scrollHeight - node.clientHeight - node.scrollTop < 2;
  });
  await scroller.evaluate(async (node) => {
    const ended = new Promise((done) => node.addEventListener("scrollend", done, { once: true }));
    node.scrollTop -= 40;
    await ended;
  });
  world.append("chat:other", [say("user", "the list is drawn anew")]);
  await page.locator(".row", { hasText: "the list is drawn anew" }).waitFor();
  assert.ok((await fromEnd()) > 30, `${await fromEnd()} pixels from the end`);
});

test("Escape closes the record as it stands, and not the session", options, async () => {
  const page = await browser.page(world);
  await openSession(page, world, "chat:plain");
  await page.keyboard.press("k");
  await page.keyboard.press("r");
  await page.getByText("Copy the line").waitFor();
  await closeDialog(page);
  assert.match(page.url(), /#\/s\//);
});

test("a result that comes later is told with its call, the last of a chunk", options, async () => {
  const page = await browser.page(world);
  world.append("chat:call", [
    ...chat(48), // with the metadata, the call is the 50th record
    {
      role: "assistant",
      content: "",
      tool_calls: [{ id: "late", type: "function", function: { name: "wait", arguments: "{}" } }],
    },
  ]);
  await openSession(page, world, "chat:call");
  await page.locator("details.call", { hasText: "no result" }).waitFor();
  world.append("chat:call", [{ role: "tool", tool_call_id: "late", content: "at last" }]);
  await page.locator("details.call", { hasText: "at last" }).waitFor();
  assert.equal(await page.locator("details.call").count(), 1);
});

test("what was said since the session was opened is among its turns", options, async () => {
  const page = await browser.page(world);
  world.append("chat:turns", chat(2));
  world.spoil("chat:turns", '{"role":"user","content":"on its w');
  await openSession(page, world, "chat:turns");
  await page.getByText("The last line has no end yet").waitFor();
  world.spoil("chat:turns", 'ay"}\n');
  await page.locator(".block", { hasText: "on its way" }).waitFor();
  assert.equal(await page.getByText("The last line has no end yet").count(), 0);
  await page.getByRole("button", { name: "Turns" }).click();
  await page.locator(".turns li", { hasText: "on its way" }).waitFor();
});

test("what failed to come does not stay reported when it came", options, async () => {
  const page = await browser.page(world);
  await openSession(page, world, "chat:plain");
  await page.route("**/blocks?*", (route) => route.abort());
  world.append("chat:plain", [say("user", "while the server was away")]);
  await page.locator(".session .failure").waitFor();
  await page.unroute("**/blocks?*");
  world.append("chat:plain", [say("user", "when it was back")]);
  await page.locator(".block", { hasText: "when it was back" }).waitFor();
  await page.waitForSelector(".session .failure", { state: "detached" });
});

test("a session that is rewritten while its blocks come is shown anew", options, async () => {
  const page = await browser.page(world);
  world.append("chat:reset", chat(4));
  let held;
  const isHeld = new Promise((done) => {
    void page.route("**/blocks?*", (route) => {
      if (held) return route.continue();
      held = route;
      done();
    });
  });
  await page.goto(`${page.origin}/#/s/${world.id("chat:reset")}`);
  await isHeld;
  world.run(["rewind", "chat:reset", "--pop", "2"]);
  await page.waitForFunction(() =>
    document.querySelector(".facts")?.textContent?.includes("2 records"),
  );
  await page.locator(".block", { hasText: "message 1" }).waitFor();
  await held.abort();
  assert.equal(await page.locator(".block.words").count(), 2);
});

test("a repair that was undone is not offered for undoing", options, async () => {
  const page = await browser.page(world);
  await openSession(page, world, "chat:damaged");
  await page.getByRole("button", { name: "1 damaged range" }).click();
  await page.getByRole("button", { name: "What would a repair do?" }).click();
  await page.getByRole("button", { name: "Repair (can be undone)" }).click();
  const receipts = page.locator(".receipts li");
  await page.getByText("no damage").waitFor();
  await receipts.first().waitFor();
  const before = await receipts.count();
  await receipts.first().getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "What would a repair do?" }).waitFor();
  await page.waitForFunction(
    (n) => document.querySelectorAll(".receipts li").length === n,
    before - 1,
  );
});
