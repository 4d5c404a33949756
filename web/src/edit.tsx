// SPDX-License-Identifier: Apache-2.0
// Edits of files, by the arguments of the tools that make them, as a difference.
import { diffLines, structuredPatch } from "diff";
import { useMemo } from "preact/hooks";
import { clipped, shown } from "./text";
import type { Block } from "./types";

export interface Edit {
  path: string;
  before: string;
  after: string;
}

const LONGEST = 60_000; // characters; a longer one is shown as arguments

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function one(input: Record<string, unknown>, path: string): Edit | undefined {
  const before =
    textOf(input.old_string) ??
    textOf(input.old_str) ??
    textOf(input.oldText) ??
    textOf(input.old_text);
  const after =
    textOf(input.new_string) ??
    textOf(input.new_str) ??
    textOf(input.newText) ??
    textOf(input.new_text);
  if (before !== undefined && after !== undefined) return { path, before, after };
  const content = textOf(input.content) ?? textOf(input.file_text);
  return content !== undefined && path ? { path, before: "", after: content } : undefined;
}

// The edits of a call; undefined if it is none that we know.
export function editsOf(block: Block): Edit[] | undefined {
  if (!block.input || block.input.length > LONGEST) return undefined;
  let input: unknown;
  try {
    input = JSON.parse(block.input);
    if (typeof input === "string") input = JSON.parse(input);
  } catch {
    return undefined;
  }
  if (typeof input !== "object" || input === null) return undefined;
  const object = input as Record<string, unknown>;
  const path = textOf(object.file_path) ?? textOf(object.path) ?? textOf(object.filename) ?? "";
  if (Array.isArray(object.edits)) {
    const edits = object.edits.map((edit) =>
      typeof edit === "object" && edit !== null
        ? one(edit as Record<string, unknown>, path)
        : undefined,
    );
    return edits.every((edit) => edit !== undefined) && edits.length > 0
      ? (edits as Edit[])
      : undefined;
  }
  const edit = one(object, path);
  return edit && [edit];
}

function Lines({ edit }: { edit: Edit }) {
  const lines = useMemo(() => {
    if (edit.before === "") return edit.after.split("\n").map((line) => `+${line}`);
    const changes = diffLines(edit.before, edit.after, { maxEditLength: 2000, timeout: 200 });
    if (!changes)
      return [
        ...edit.before.split("\n").map((l) => `-${l}`),
        ...edit.after.split("\n").map((l) => `+${l}`),
      ];
    const patch = structuredPatch("", "", edit.before, edit.after, "", "", { context: 3 });
    return patch.hunks.flatMap((hunk, i) => [...(i > 0 ? ["@…"] : []), ...hunk.lines]);
  }, [edit]);
  const kind = (line: string) =>
    ({ "+": "added", "-": "removed", "@": "skipped" })[line[0] ?? ""] ?? "same";
  return (
    <pre class="diff" tabIndex={0}>
      {lines
        .filter((line) => !line.startsWith("\\"))
        .map((line, i) => (
          <span key={i} class={kind(line)}>
            {shown(line)}
            {"\n"}
          </span>
        ))}
    </pre>
  );
}

export function EditDiff({ edits }: { edits: Edit[] }) {
  return (
    <>
      {edits.map((edit, i) => (
        <figure key={i} class="edit">
          <figcaption>
            {edit.before === "" ? "New text of " : ""}
            <code>{clipped(edit.path || "a file", 200)}</code>
          </figcaption>
          <Lines edit={edit} />
        </figure>
      ))}
    </>
  );
}
