// SPDX-License-Identifier: Apache-2.0
// The blocks of a session by chunks of `every` records, read when they come into view, and the live
// tail, which makes the last chunk grow.
import { signal } from "@preact/signals";
import { follow, getBlocks, getOutline, problemText, RequestError } from "./api";
import type { Block, Chunk, Outline } from "./types";

const KEPT = 40; // chunks in memory

export class Chunks {
  readonly outline = signal<Outline | null>(null);
  readonly failure = signal("");
  readonly live = signal<"" | "live" | "lost" | "removed">("");
  readonly records = signal(0);
  // Changes when a chunk came or changed.
  readonly revision = signal(0);
  private held = new Map<number, Chunk>();
  private wanted = new Set<number>();
  private stopFollowing = () => {};
  private refresh = 0;
  private opening = 0; // the last one counts
  private isClosed = false;

  constructor(readonly id: string) {}

  async open(): Promise<void> {
    const opening = ++this.opening;
    try {
      const outline = await getOutline(this.id);
      if (this.isClosed || opening !== this.opening) return;
      if (outline.positions.length === 0) outline.positions.push("");
      this.held.clear();
      this.wanted = new Set();
      this.outline.value = outline;
      this.records.value = outline.records;
      this.failure.value = "";
      this.revision.value++;
      this.startFollowing(outline.end);
    } catch (error) {
      if (opening !== this.opening) return;
      this.failure.value =
        error instanceof RequestError && error.problem.status === 404
          ? "There is no such session (any more)."
          : problemText(error);
    }
  }

  // Turns, damage and figures as they are by now. What is on the screen stays.
  async renew(): Promise<void> {
    const opening = this.opening;
    try {
      const outline = await getOutline(this.id);
      const before = this.outline.value;
      if (this.isClosed || opening !== this.opening || !before) return;
      // A session that was rewritten is about to be reset.
      if (split(outline.end)[0] !== split(before.end)[0]) return;
      this.outline.value = { ...outline, positions: before.positions };
      this.records.value = Math.max(this.records.value, outline.records);
    } catch {
      // What was known before has to do.
    }
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.refresh);
    this.stopFollowing();
  }

  get count(): number {
    return this.outline.value?.positions.length ?? 0;
  }

  // The chunk if it is there; otherwise it is asked for.
  chunk(index: number): Chunk | undefined {
    const found = this.held.get(index);
    if (found) {
      this.held.delete(index);
      this.held.set(index, found); // newest last
      return found;
    }
    void this.load(index);
    return undefined;
  }

  // The chunk that holds the record at `position`.
  chunkAt(position: string): number {
    const [generation, offset] = split(position);
    const positions = this.outline.value?.positions ?? [];
    let found = -1;
    positions.forEach((mark, i) => {
      const [g, o] = split(mark);
      if (i === 0 || (g === generation && o <= offset)) found = i;
    });
    return found;
  }

  private async load(index: number): Promise<void> {
    const { wanted } = this;
    const outline = this.outline.value;
    // Another reading of the session has positions of its own.
    const isOld = () => this.isClosed || outline?.positions !== this.outline.value?.positions;
    const from = outline?.positions[index];
    if (!outline || from === undefined || wanted.has(index)) return;
    wanted.add(index);
    try {
      const chunk = await getBlocks(this.id, from, outline.every);
      if (isOld()) return;
      this.failure.value = "";
      this.held.set(index, chunk);
      while (this.held.size > KEPT) this.held.delete(this.held.keys().next().value as number);
      // The last chunk is full: what comes next begins another.
      if (index === outline.positions.length - 1 && chunk.records >= outline.every) {
        outline.positions.push(chunk.end);
        wanted.delete(index);
        this.revision.value++;
        await this.load(index + 1);
      }
      this.revision.value++;
    } catch (error) {
      if (isOld()) return;
      if (error instanceof RequestError && error.problem.status === 409) await this.open();
      else this.failure.value = problemText(error);
    } finally {
      wanted.delete(index);
    }
  }

  private startFollowing(from: string): void {
    this.stopFollowing();
    this.stopFollowing = follow(this.id, from, (kind) => {
      if (kind === "open") this.live.value = "live";
      if (kind === "lost") this.live.value = "lost";
      if (kind === "removed") this.live.value = "removed";
      if (kind === "reset") void this.open();
      if (kind === "record") {
        this.records.value++;
        this.soon();
      }
    });
  }

  // Records come in bursts: the last chunk is read anew once for many.
  private soon(): void {
    if (this.refresh !== 0) return;
    this.refresh = window.setTimeout(() => {
      this.refresh = 0;
      const last = this.count - 1;
      if (this.wanted.has(last)) return this.soon();
      void this.load(last);
      // The result of a call is told with the call, which may be the last of the chunk before.
      if (last > 0 && this.held.get(last - 1)?.blocks.some(isOpenCall)) void this.load(last - 1);
    }, 120);
  }
}

const isOpenCall = (block: Block) => block.kind === "call" && !block.result;

function split(position: string): [string, number] {
  const dot = position.indexOf(".");
  return [position.slice(0, dot), Number(position.slice(dot + 1))];
}
