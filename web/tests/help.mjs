// SPDX-License-Identifier: Apache-2.0
// A store in a folder of its own, a server over it, and a browser on the page.
import { execFileSync, spawn } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const everturn = process.env.EVERTURN ?? "everturn";
const browserPath = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const shots = process.env.EVERTURN_SHOTS ?? "";
export const axeSource = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);

export class World {
  constructor() {
    this.root = mkdtempSync(join(tmpdir(), "everturn-web-"));
    this.store = join(this.root, "store");
    this.env = {
      ...process.env,
      HOME: this.root,
      XDG_STATE_HOME: join(this.root, "state"),
      XDG_CACHE_HOME: join(this.root, "cache"),
      XDG_DATA_HOME: join(this.root, "data"),
      TZ: "UTC",
      NO_COLOR: "1",
    };
  }

  run(args, input = "") {
    return execFileSync(everturn, ["--store", this.store, ...args], {
      input,
      env: this.env,
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
  }
  append(key, records) {
    this.run(
      ["append", key],
      records
        .map((record) => `${typeof record === "string" ? record : JSON.stringify(record)}\n`)
        .join(""),
    );
  }
  load(key) {
    const text = this.run(["load", key]);
    return text.split("\n").filter(Boolean);
  }
  file(key) {
    const name = `${Buffer.from(key).toString("base64url")}.jsonl`;
    return readdirSync(this.store).includes(name) ? join(this.store, name) : undefined;
  }
  // Bytes that no record is made of, as a crash or another program leaves them.
  spoil(key, bytes) {
    appendFileSync(this.file(key), bytes);
  }
  id(key) {
    return Buffer.from(key).toString("base64url");
  }

  // A program that appends for ever, until it is killed.
  writer(key, from = 0) {
    const child = spawn(everturn, ["--store", this.store, "append", "--each", key], {
      env: this.env,
      stdio: ["pipe", "pipe", "inherit"],
    });
    let next = from;
    const acknowledged = [];
    let rest = "";
    const send = () =>
      child.stdin.write(`${JSON.stringify({ role: "user", content: `live ${next++}` })}\n`);
    child.stdout.on("data", (data) => {
      rest += data;
      const lines = rest.split("\n");
      rest = lines.pop();
      for (const line of lines) if (line.startsWith("ok")) acknowledged.push(line);
      if (lines.length > 0) setTimeout(send, 20);
    });
    child.stdin.on("error", () => {});
    send();
    return {
      child,
      acknowledged,
      kill: () => new Promise((done) => (child.once("exit", done), child.kill("SIGKILL"))),
    };
  }

  async serve(args = []) {
    this.server = spawn(
      everturn,
      [
        "--store",
        this.store,
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--log",
        "none",
        ...(process.env.EVERTURN_WEB_DIR ? ["--web-dir", process.env.EVERTURN_WEB_DIR] : []),
        ...args,
      ],
      { env: this.env },
    );
    this.log = "";
    this.url = await new Promise((done, fail) => {
      const look = (data) => {
        this.log += data;
        const found = /http:\/\/127\.0\.0\.1:\d+\/\S+/.exec(this.log);
        if (found) done(found[0]);
      };
      this.server.stdout.on("data", look);
      this.server.stderr.on("data", look);
      this.server.once("exit", (code) => fail(new Error(`serve ended with ${code}: ${this.log}`)));
    });
    return this.url;
  }
  async stop() {
    if (this.server && this.server.exitCode === null) {
      const ended = new Promise((done) => this.server.once("exit", done));
      this.server.kill("SIGTERM");
      await ended;
    }
    rmSync(this.root, { recursive: true, force: true });
  }
}

export function canBrowse() {
  return existsSync(browserPath);
}

export class Browser {
  static async open() {
    const browser = new Browser();
    browser.browser = await chromium.launch({
      executablePath: browserPath,
      args: ["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage"],
    });
    return browser;
  }
  // A signed-in page. What goes wrong in it is collected in `page.faults`.
  async page(world, options = {}) {
    this.state ??= await this.signIn(world);
    const context = await this.browser.newContext({
      viewport: { width: 1280, height: 800 },
      storageState: this.state,
      permissions: ["clipboard-read", "clipboard-write"],
      ...options,
    });
    const page = await context.newPage();
    page.faults = [];
    page.on("pageerror", (error) => page.faults.push(`error: ${error.message}`));
    page.on(
      "dialog",
      (dialog) => (page.faults.push(`dialog: ${dialog.message()}`), dialog.dismiss()),
    );
    page.on("console", (message) => {
      const isNetwork = message.text().startsWith("Failed to load resource");
      if (message.type() === "error" && !isNetwork) page.faults.push(message.text());
    });
    page.origin = new URL(world.url).origin;
    return page;
  }
  async signIn(world) {
    const context = await this.browser.newContext();
    const page = await context.newPage();
    await page.goto(world.url);
    await page.waitForSelector(".list");
    const state = await context.storageState();
    await context.close();
    return state;
  }
  close() {
    return this.browser.close();
  }
}

export async function openSession(page, world, key, at = "") {
  await page.goto(
    `${page.origin}/#/s/${world.id(key)}${at ? `?at=${encodeURIComponent(at)}` : ""}`,
  );
  await page.waitForSelector(".transcript[aria-busy=false] .block");
}

export async function seriousFindings(page) {
  await page.evaluate(axeSource);
  const result = await page.evaluate(() =>
    globalThis.axe.run(document, { resultTypes: ["violations"] }),
  );
  return result.violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map(
      (v) =>
        `${v.id}: ${v.nodes
          .map((n) => n.html)
          .slice(0, 3)
          .join(" | ")}`,
    );
}

export async function shot(page, name) {
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`) });
}
