// SPDX-License-Identifier: Apache-2.0
// One block of a transcript: what somebody said, a tool call with its result, damage in its place.
import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { openHealth } from "./actions";
import { EditDiff, editsOf } from "./edit";
import { highlighted, rendered } from "./markdown";
import { linkTo } from "./state";
import { clipped, compact, count, shown, size, spaced } from "./text";
import type { Block } from "./types";

// What the reader unfolded stays so when it was scrolled away and comes back.
const unfolded = new Map<string, boolean>();

function Fold(props: {
  id: string;
  class: string;
  summary: preact.ComponentChildren;
  children: () => preact.ComponentChildren;
}) {
  const isOpen = useMemo(() => signal(unfolded.get(props.id) ?? false), [props.id]);
  return (
    <details
      class={props.class}
      open={isOpen.value}
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open;
        unfolded.set(props.id, isOpen.value);
      }}
    >
      <summary>{props.summary}</summary>
      {isOpen.value && props.children()}
    </details>
  );
}

function Prose({ text }: { text: string }) {
  const html = useMemo(() => rendered(text), [text]);
  return <div class="prose" dir="auto" dangerouslySetInnerHTML={{ __html: html }} />;
}

function Plain({
  text,
  whole,
  language = "",
}: {
  text: string;
  whole?: number;
  language?: string;
}) {
  const html = useMemo(() => (language ? highlighted(text, language) : ""), [text, language]);
  return (
    <>
      {html ? (
        <pre tabIndex={0} dangerouslySetInnerHTML={{ __html: html }} />
      ) : (
        <pre tabIndex={0} dir="auto">
          {shown(text)}
        </pre>
      )}
      {whole !== undefined && <Cut whole={whole} />}
    </>
  );
}

function Cut({ whole }: { whole: number }) {
  return (
    <p class="cut">
      Only the beginning of {size(whole)}. The record as it stands (r) has all of it.
    </p>
  );
}

function Call({ block, id }: { block: Block; id: string }) {
  const edits = useMemo(() => editsOf(block), [block]);
  const result = block.result;
  const state = !result ? "open" : result.failed ? "failed" : "done";
  const summary = (
    <>
      <span class={`tool ${state}`}>{clipped(block.name ?? "tool", 60)}</span>
      <span class="tool-about">{clipped(block.summary ?? "", 160)}</span>
      <span class="tool-result">{result ? clipped(result.summary, 90) : "no result"}</span>
    </>
  );
  return (
    <Fold id={id} class="call" summary={summary}>
      {() => (
        <>
          {edits ? (
            <EditDiff edits={edits} />
          ) : (
            <Plain text={block.text ?? ""} whole={block.text_bytes} />
          )}
          {block.child && (
            <p>
              <a href={linkTo(block.child)}>Open the sub-agent's session</a>
            </p>
          )}
          {result && (
            <div class={result.failed ? "outcome failed" : "outcome"}>
              <h4>{result.failed ? "Failed" : "Result"}</h4>
              <Plain text={result.text} whole={result.text_bytes} />
            </div>
          )}
        </>
      )}
    </Fold>
  );
}

function DamageBlock({ block }: { block: Block }) {
  const damage = block.damage;
  if (!damage) return null;
  return (
    <div class="damage-body">
      <p>
        <strong>
          {count(damage.length, "byte")} at {damage.offset.toLocaleString("en-US")}
        </strong>{" "}
        {damage.length === 1 ? "is" : "are"} no record: {spaced(damage.reason)}
        {damage.detail && `. ${shown(damage.detail)}`}
      </p>
      <p class="dim">Every whole record before and behind is here. The bytes stay in the file.</p>
      <button onClick={openHealth}>What can be done</button>
    </div>
  );
}

const UNKNOWN_LANGUAGE = "json";

export function BlockBody({ block, id }: { block: Block; id: string }) {
  switch (block.kind) {
    case "words":
      return (
        <>
          <Prose text={block.text ?? ""} />
          {block.text_bytes !== undefined && <Cut whole={block.text_bytes} />}
        </>
      );
    case "thinking":
      return block.text ? (
        <Fold id={id} class="thought" summary={<span>Thinking: {clipped(block.text, 120)}</span>}>
          {() => <Prose text={block.text ?? ""} />}
        </Fold>
      ) : (
        <p class="dim">Thinking that only the model's maker can read</p>
      );
    case "call":
      return <Call block={block} id={id} />;
    case "result":
      return (
        <Fold
          id={id}
          class="call"
          summary={
            <>
              <span class={block.result?.failed ? "tool failed" : "tool done"}>
                {clipped(block.name || "result", 60)}
              </span>
              <span class="tool-about">{clipped(block.result?.summary ?? "", 160)}</span>
            </>
          }
        >
          {() => <Plain text={block.result?.text ?? ""} whole={block.result?.text_bytes} />}
        </Fold>
      );
    case "image":
      return block.image_url ? (
        <img
          class="picture"
          src={block.image_url}
          alt={shown(block.text ?? "image")}
          loading="lazy"
        />
      ) : (
        <p class="dim">Image: {shown(block.text ?? "")}</p>
      );
    case "summary":
      return (
        <>
          <p class="boundary">
            What came before was summed up here for the model. It is all still above.
          </p>
          <Prose text={block.text ?? ""} />
        </>
      );
    case "aside":
      return (
        <p class="aside">
          {Object.entries(block.types ?? {})
            .map(([type, n]) => (n > 1 ? `${shown(type)} × ${n}` : shown(type)))
            .join(", ")}
        </p>
      );
    case "damage":
      return <DamageBlock block={block} />;
    case "unknown":
      return (
        <Fold
          id={id}
          class="call"
          summary={<span class="tool">{clipped(block.name || "other", 60)}</span>}
        >
          {() => (
            <Plain text={block.text ?? ""} whole={block.text_bytes} language={UNKNOWN_LANGUAGE} />
          )}
        </Fold>
      );
  }
}

const SPEAKERS: Record<string, string> = {
  user: "User",
  assistant: "Assistant",
  system: "System",
  program: "Program",
};

// Who speaks, and whether that is to be said above this block.
export function heading(block: Block, before: Block | undefined): string {
  if (block.kind === "damage") return "Damage";
  if (block.kind === "summary") return "Summary";
  if (block.kind === "aside") return "";
  const name = `${block.sub_agent ? "Sub-agent’s " : ""}${SPEAKERS[block.speaker] ?? ""}`;
  if (
    before &&
    before.speaker === block.speaker &&
    before.sub_agent === block.sub_agent &&
    before.kind !== "damage" &&
    before.kind !== "summary"
  ) {
    return block.speaker === "user" && block.kind === "words" ? name : "";
  }
  return name;
}

export function tokensText(block: Block): string {
  const tokens = block.tokens;
  if (!tokens) return "";
  const read = tokens.input + tokens.cache_read + tokens.cache_write;
  return `${compact(read)} in, ${compact(tokens.output)} out`;
}
