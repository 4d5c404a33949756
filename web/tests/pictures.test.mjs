// SPDX-License-Identifier: Apache-2.0
// The page as the documents show it: a day's work of an agent, and the damage that a crash left.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser, canBrowse, openSession, seriousFindings, shot, World } from "./help.mjs";

const options = canBrowse() ? {} : { skip: "no Chromium; set CHROMIUM" };
const world = new World();
let browser;
const KEY = "work:retry";

// Records as Claude Code writes them.
class Talk {
  constructor(id) {
    this.id = id;
    this.records = [];
    this.parent = null;
    this.time = Date.now() - 3_600_000;
  }
  add(type, message) {
    const uuid = `${this.id}-${this.records.length}`;
    this.time += 20_000;
    this.records.push({
      type,
      uuid,
      parentUuid: this.parent,
      sessionId: this.id,
      cwd: "/home/ada/uploader",
      timestamp: new Date(this.time).toISOString(),
      message,
    });
    this.parent = uuid;
  }
  user(content) {
    this.add("user", { role: "user", content });
  }
  assistant(content, output = 180) {
    const usage = { input_tokens: 4, cache_read_input_tokens: 18_400, output_tokens: output };
    const id = `msg_${this.records.length}`;
    this.add("assistant", { id, role: "assistant", model: "claude-opus-4-5", content, usage });
  }
  call(name, input, result, failed = false) {
    const id = `toolu_${this.records.length}`;
    this.assistant([{ type: "tool_use", id, name, input }]);
    const told = { type: "tool_result", tool_use_id: id, content: result, is_error: failed };
    this.user([told]);
  }
}

function work() {
  const talk = new Talk("6f1c");
  talk.user("Uploads that hit a 503 are lost. Retry them, with a limit, and cover it with a test.");
  talk.assistant([
    { type: "thinking", thinking: "The client gives up at the first answer. Where is it decided?" },
    { type: "text", text: "I look at where an answer is judged first." },
  ]);
  talk.call(
    "Grep",
    { pattern: "status >= 500", path: "src" },
    "src/upload.py:41:    if response.status >= 500:",
  );
  talk.call(
    "Edit",
    {
      file_path: "/home/ada/uploader/src/upload.py",
      old_string:
        "    if response.status >= 500:\n        raise UploadFailed(response)\n    return response",
      new_string:
        "    if response.status >= 500 and tries < RETRIES_MAX:\n" +
        "        wait(delay_after(tries, response))\n" +
        "        return send(part, tries + 1)\n" +
        "    response.raise_for_status()\n    return response",
    },
    "The file has been updated.",
  );
  talk.call("Bash", { command: "pytest -q" }, "12 passed, 1 failed\nFAILED test_gives_up", true);
  talk.assistant([
    {
      type: "text",
      text:
        "One test still expects the **first** 503 to raise. The limit belongs in one place:\n\n" +
        "```python\ndef delay_after(tries, response):\n" +
        '    """Seconds: what the server asks for, else doubled from half a second."""\n' +
        '    asked = response.headers.get("Retry-After")\n' +
        "    return float(asked) if asked else 0.5 * 2**tries\n```",
    },
  ]);
  return talk;
}

before(async () => {
  if (!canBrowse()) return;
  for (const [key, question] of [
    ["work:release", "Write the notes of release 2.4 from the log"],
    ["work:flaky", "Why is test_resume flaky on the slow runner?"],
    ["telegram:4711", "What did we decide about the backups?"],
  ]) {
    const talk = new Talk(key);
    talk.user(question);
    talk.assistant([{ type: "text", text: "I read what is there first." }]);
    world.append(key, talk.records);
  }
  const talk = work();
  world.append(KEY, talk.records);
  world.spoil(KEY, `{"type":"assistant","uuid":"6f1c-10","message":{"role":"assis\n`);
  const seen = talk.records.length;
  talk.user("The machine crashed. Go on where you were.");
  talk.assistant([{ type: "text", text: "All is here but the answer that was being written." }]);
  world.append(KEY, talk.records.slice(seen));
  await world.serve();
  browser = await Browser.open();
});
after(async () => {
  await browser?.close();
  await world.stop();
});

for (const [name, how] of [
  ["light", { viewport: { width: 1280, height: 1000 } }],
  ["dark", { viewport: { width: 1280, height: 1000 }, colorScheme: "dark" }],
  ["phone", { viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true }],
]) {
  test(`work, an edit as a difference, and damage in its place: ${name}`, options, async () => {
    const page = await browser.page(world, how);
    await openSession(page, world, KEY);
    await page.locator("details.call", { hasText: "upload.py" }).last().locator("summary").click();
    await page.locator(".diff").first().waitFor();
    assert.equal(await page.locator(".block.damage").count(), 1);
    await page.locator(".block.damage").scrollIntoViewIfNeeded();
    await page.mouse.move(0, 0);
    await shot(page, `session-${name}`);
    assert.deepEqual(await seriousFindings(page), []);
    await page.getByRole("button", { name: "1 damaged range" }).click();
    await page.getByRole("button", { name: "What would a repair do?" }).click();
    await page.getByText("Lines kept").waitFor();
    if (name === "light") await shot(page, "health");
    assert.deepEqual(page.faults, []);
  });
}
