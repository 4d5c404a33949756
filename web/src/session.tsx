// SPDX-License-Identifier: Apache-2.0
// A session as a page: turns, folded calls, damage in place, and at its end what is written just
// now.
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { copyLink, openHealth, removeSession } from "./actions";
import { exportUrl, getFamily } from "./api";
import { BlockBody, heading, tokensText } from "./block";
import { Chunks } from "./chunks";
import { Health } from "./health";
import { bind } from "./keys";
import { RawRecord } from "./raw";
import { dialog, hidden, idOf, linkTo, noteRecord, place, readOnly, toggleHidden } from "./state";
import { clipped, compact, count, shown, size } from "./text";
import { Turns } from "./turns";
import type { Block, Chunk, Outline, Session } from "./types";
import { useVirtual } from "./virtual";

const NEAR_END = 60; // pixels: a reader this close to the end follows it

function BlockView({
  block,
  before,
  id,
  raw,
}: {
  block: Block;
  before: Block | undefined;
  id: string;
  raw: (block: Block) => void;
}) {
  const who = heading(block, before);
  const key = `${block.position}:${block.kind}:${block.call_id ?? ""}`;
  const tokens = tokensText(block);
  const classes = [
    `block ${block.kind} by-${block.speaker || "nobody"}`,
    block.unsent ? "unsent" : "",
    who ? "headed" : "",
  ].join(" ");
  return (
    <article
      class={classes}
      tabIndex={-1}
      data-position={block.position}
      data-turn={block.speaker === "user" && block.kind === "words" ? "" : undefined}
      aria-label={who || block.kind}
    >
      {who && (
        <header class="who">
          <strong>{who}</strong>
          {block.queued && <span class="tag">typed while the model was at work</span>}
          {block.unsent && <span class="tag">never sent to the model</span>}
          {block.model && block.speaker === "assistant" && (
            <span class="dim">{clipped(block.model, 40)}</span>
          )}
          {tokens && <span class="dim tokens">{tokens}</span>}
          <span class="grow" />
          {block.time && <time class="dim">{shown(block.time)}</time>}
        </header>
      )}
      <BlockBody block={block} id={key} />
      {block.kind !== "damage" && block.kind !== "aside" && (
        <span class="tools">
          <button
            class="quiet"
            onClick={() => void copyLink(id, block.position)}
            title="Copy a link (c)"
          >
            Link
          </button>
          <button class="quiet" onClick={() => raw(block)} title="As it stands in the file (r)">
            Raw
          </button>
        </span>
      )}
    </article>
  );
}

// A result that another chunk has the call of is told there; here it stands by itself.
function ChunkView({ chunk, id, raw }: { chunk: Chunk; id: string; raw: (block: Block) => void }) {
  return (
    <>
      {chunk.blocks.map((block, i) => (
        <BlockView
          key={`${block.position}${block.kind}${i}`}
          block={block}
          before={chunk.blocks[i - 1]}
          id={id}
          raw={raw}
        />
      ))}
    </>
  );
}

const FILTERS: [string, string][] = [
  ["thinking", "thinking"],
  ["call", "tool calls"],
  ["aside", "records about the session"],
];

function Facts({ outline, chunks }: { outline: Outline; chunks: Chunks }) {
  const { usage } = outline;
  const read = usage.input + usage.cache_read + usage.cache_write;
  return (
    <p class="facts">
      {outline.dialect !== "generic" && <span>{outline.dialect}</span>}
      <span>{count(chunks.records.value, "record")}</span>
      <span>{size(outline.bytes)}</span>
      {usage.output > 0 && (
        <span title="tokens, each response counted once">
          {compact(read)} tokens in, {compact(usage.output)} out
        </span>
      )}
      <span class={`live ${chunks.live.value}`}>
        {
          { "": "", live: "live", lost: "reconnecting…", removed: "deleted or renamed" }[
            chunks.live.value
          ]
        }
      </span>
    </p>
  );
}

// The sub-agents of a session, and from one of them the way back.
function Family({ sessionKey }: { sessionKey: string }) {
  const parts = useSignal<Session[]>([]);
  const whole = useSignal("");
  useEffect(() => {
    getFamily(sessionKey).then(
      (found) => {
        parts.value = found.parts;
        whole.value = found.whole;
      },
      () => {},
    );
  }, [sessionKey]);
  return (
    <>
      {whole.value && <a href={linkTo(idOf(whole.value))}>Its session</a>}
      {parts.value.length > 0 && (
        <details class="menu">
          <summary>{count(parts.value.length, "sub-agent")}</summary>
          <div>
            {parts.value.map((part) => (
              <a key={part.id} href={linkTo(part.id)}>
                {clipped(part.title || part.preview || part.key, 80)}
              </a>
            ))}
          </div>
        </details>
      )}
    </>
  );
}

function Head({ id, chunks, outline }: { id: string; chunks: Chunks; outline: Outline | null }) {
  const name = clipped(outline?.title || "Session", 140);
  return (
    <header class="session-head">
      <div class="session-title">
        <a class="back" href="#/" aria-label="Back to the list">
          ‹
        </a>
        <h1 dir="auto">{name}</h1>
      </div>
      {outline && <Facts outline={outline} chunks={chunks} />}
      <div class="session-tools">
        {outline && (
          <button class={outline.damage_count > 0 ? "bad" : ""} onClick={openHealth}>
            {outline.damage_count > 0
              ? `${count(outline.damage_count, "damaged range")}`
              : "Healthy"}
          </button>
        )}
        <button onClick={() => (dialog.value = "turns")}>Turns</button>
        {outline && <Family sessionKey={outline.key} />}
        <details class="menu">
          <summary>More</summary>
          <div>
            {FILTERS.map(([kind, text]) => (
              <label key={kind}>
                <input
                  type="checkbox"
                  checked={!hidden.value.has(kind)}
                  onChange={() => toggleHidden(kind)}
                />{" "}
                Show {text}
              </label>
            ))}
            <a href={exportUrl(id, "html")}>Export as HTML</a>
            <a href={exportUrl(id, "md")}>Export as Markdown</a>
            <a href={exportUrl(id, "jsonl")}>Export as JSONL</a>
            {!readOnly.value && (
              <button class="bad" onClick={() => void removeSession(id, name)}>
                Delete (with undo)
              </button>
            )}
          </div>
        </details>
      </div>
    </header>
  );
}

export function SessionView({ id }: { id: string }) {
  const chunks = useMemo(() => new Chunks(id), [id]);
  const scroller = useRef<HTMLDivElement>(null);
  const raw = useSignal(""); // the position of the record
  const followsEnd = useRef(true);
  const isPlaced = useRef(false);
  const outline = chunks.outline.value;
  void chunks.revision.value;
  const list = useVirtual({ count: chunks.count, scroller, estimate: 2400, overscan: 1 });

  useEffect(() => {
    void chunks.open();
    return () => chunks.close();
  }, [chunks]);

  const showRaw = (position: string) => {
    raw.value = position;
    dialog.value = "raw";
  };
  const current = () => document.activeElement?.closest<HTMLElement>(".block") ?? undefined;
  const all = () =>
    [...(scroller.current?.querySelectorAll<HTMLElement>(".block") ?? [])].filter(
      (block) => block.offsetParent !== null,
    );
  const focus = (block: HTMLElement | undefined, where: ScrollLogicalPosition = "nearest") => {
    if (!block) return;
    followsEnd.current = false;
    block.focus({ preventScroll: true });
    block.scrollIntoView({ block: where });
    if (block.dataset.position) noteRecord(id, block.dataset.position);
  };
  // The block in view that is nearest to the top, where none has the focus.
  const inView = () => {
    const top = scroller.current?.getBoundingClientRect().top ?? 0;
    return all().find((block) => block.getBoundingClientRect().bottom > top + 8);
  };
  const step = (by: number, turnsOnly: boolean) => () => {
    const blocks = all().filter((block) => !turnsOnly || "turn" in block.dataset);
    const here = current();
    if (!here) return focus(turnsOnly ? blocks[0] : inView());
    const at = blocks.findIndex(
      (block) => here.compareDocumentPosition(block) & Node.DOCUMENT_POSITION_FOLLOWING,
    );
    const ahead = at < 0 ? blocks.length : at;
    const target = by > 0 ? blocks[ahead] : blocks[ahead - 1 - (blocks.includes(here) ? 1 : 0)];
    if (target) focus(target);
    else scroller.current?.scrollBy({ top: by * scroller.current.clientHeight * 0.8 });
  };

  // Goes to a record: its chunk first, then, once that is drawn, the block itself.
  const show = (position: string, toDamage = false) => {
    followsEnd.current = false;
    const index = chunks.chunkAt(position);
    if (index < 0) return;
    list.scrollToIndex(index, { align: "start" });
    let tries = 0;
    const settle = () => {
      const blocks = all();
      // A damaged range has the position of the record behind it.
      const here = blocks.filter((block) => block.dataset.position === position);
      const exact = here.find((block) => block.matches(".damage") === toDamage) ?? here[0];
      if (exact) {
        exact.classList.add("found");
        return focus(exact, "center");
      }
      if (++tries < 120) requestAnimationFrame(settle);
    };
    settle();
  };
  const toEnd = () => {
    followsEnd.current = true;
    if (chunks.count > 0) list.scrollToIndex(chunks.count - 1, { align: "end" });
  };
  const toBeginning = () => {
    followsEnd.current = false;
    list.scrollToOffset(0);
    requestAnimationFrame(() => focus(all()[0]));
  };

  // Where the reader begins: at the record of the address, else at the end.
  useEffect(() => {
    if (!outline || isPlaced.current) return;
    isPlaced.current = true;
    if (place.value.at) show(place.value.at);
    else toEnd();
  }, [outline]);
  useEffect(() => {
    if (isPlaced.current && place.value.at) show(place.value.at);
  }, [place.value.at]);
  // The end is followed by who is there; nobody else is moved. Only when it moved: a step up that
  // is still near the end must not be taken back.
  const room = useRef("");
  useEffect(() => {
    if (!scroller.current) return;
    const { scrollHeight, clientHeight } = scroller.current;
    const now = `${scrollHeight} ${clientHeight}`;
    if (now === room.current) return;
    room.current = now;
    if (followsEnd.current) scroller.current.scrollTop = scrollHeight;
  });
  // Since the session was opened it may have grown.
  useEffect(() => {
    if (dialog.value === "health" || dialog.value === "turns") void chunks.renew();
  }, [dialog.value]);

  useEffect(
    () =>
      bind({
        j: step(1, false),
        k: step(-1, false),
        n: step(1, true),
        p: step(-1, true),
        Home: toBeginning,
        End: toEnd,
        Enter: () => {
          const details = current()?.querySelector("details");
          if (details) details.open = !details.open;
        },
        t: () => (dialog.value = "turns"),
        h: openHealth,
        c: () => void copyLink(id, current()?.dataset.position ?? ""),
        r: () => {
          const position = current()?.dataset.position;
          if (position) showRaw(position);
        },
      }),
    [chunks],
  );

  const classes = [...hidden.value].map((kind) => `hide-${kind}`).join(" ");
  return (
    <main class="session" id="main">
      <Head id={id} chunks={chunks} outline={outline} />
      {chunks.failure.value && (
        <p class="failure" role="alert">
          {chunks.failure.value} <button onClick={() => void chunks.open()}>Try again</button>
        </p>
      )}
      <div
        ref={scroller}
        class={`transcript ${classes}`}
        role="feed"
        aria-label="Transcript"
        aria-busy={outline === null}
        tabIndex={0}
        onScroll={(event) => {
          const { scrollTop, clientHeight, scrollHeight } = event.currentTarget;
          followsEnd.current = scrollTop + clientHeight > scrollHeight - NEAR_END;
        }}
      >
        <div class="canvas" style={{ height: `${list.getTotalSize()}px` }}>
          {list.getVirtualItems().map((item) => {
            const chunk = chunks.chunk(item.index);
            return (
              <div
                key={item.key}
                ref={list.measureElement}
                data-index={item.index}
                class="chunk"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {chunk ? (
                  <ChunkView chunk={chunk} id={id} raw={(block) => showRaw(block.position)} />
                ) : (
                  <div class="waiting" aria-hidden="true" />
                )}
              </div>
            );
          })}
        </div>
        {outline && outline.in_flight_bytes > 0 && chunks.records.value === outline.records && (
          <p class="in-flight">
            The last line has no end yet: {size(outline.in_flight_bytes)} that a writer may just be
            writing.
          </p>
        )}
      </div>
      {dialog.value === "health" && outline && (
        <Health id={id} outline={outline} show={show} changed={() => void chunks.open()} />
      )}
      {dialog.value === "turns" && outline && <Turns outline={outline} show={show} />}
      {dialog.value === "raw" && <RawRecord id={id} position={raw.value} />}
    </main>
  );
}
