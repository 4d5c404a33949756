// SPDX-License-Identifier: Apache-2.0
// The sessions, newest first: filtered by what is typed, and below them what a search in all of
// them finds.
import { signal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { getHits, getSessions, onStoreChange, problemText } from "./api";
import { bind } from "./keys";
import { go, isOpen, linkTo, place } from "./state";
import { age, clipped, count, shown, size } from "./text";
import type { Found, Hit, Session } from "./types";

const query = signal("");
const onlyDamaged = signal(false);
const sessions = signal<Session[]>([]);
const next = signal("");
const failure = signal("");
const isLoading = signal(true);
const hits = signal<Found | null>(null);
const chosen = signal(-1);
const PAGE = 60;

let asked = 0;
async function load(more = false): Promise<void> {
  const ticket = ++asked;
  isLoading.value = true;
  try {
    const page = await getSessions({
      match: query.value.trim(),
      damaged: onlyDamaged.value,
      cursor: more ? next.value : "",
      // What is shown stays shown when the list is read anew.
      limit: more ? PAGE : Math.max(PAGE, Math.min(sessions.value.length, 500)),
    });
    if (ticket !== asked) return;
    sessions.value = more ? [...sessions.value, ...page.sessions] : page.sessions;
    next.value = page.next;
    failure.value = "";
  } catch (error) {
    if (ticket === asked) failure.value = problemText(error);
  } finally {
    if (ticket === asked) isLoading.value = false;
  }
}

async function search(): Promise<void> {
  const text = query.value.trim();
  if (text === "") return void (hits.value = null);
  try {
    const found = await getHits(text);
    if (text === query.value.trim()) hits.value = found;
  } catch (error) {
    failure.value = problemText(error);
  }
}

function HealthMark({ session }: { session: Session }) {
  const isDamaged =
    session.health === "damaged" ||
    (session.damage_count ?? 0) > 0 ||
    session.health === "unreadable";
  if (isDamaged) return <span class="mark bad">damaged</span>;
  if (session.health === "hides_messages") return <span class="mark warn">hides messages</span>;
  if (session.note) return <span class="mark warn">{shown(session.note)}</span>;
  return null;
}

function Row({ session, index }: { session: Session; index: number }) {
  const ref = useRef<HTMLAnchorElement>(null);
  const isChosen = chosen.value === index;
  useEffect(() => {
    if (isChosen) ref.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  const isCurrent = place.value.id === session.id;
  return (
    <li>
      <a
        ref={ref}
        href={linkTo(session.id)}
        class={`row${isChosen ? " chosen" : ""}${isCurrent ? " current" : ""}`}
        aria-current={isCurrent ? "page" : undefined}
      >
        <span class="row-title" dir="auto">
          {clipped(session.title || session.preview || session.key, 120)}
        </span>
        {session.preview && session.title && session.preview !== session.title && (
          <span class="row-preview" dir="auto">
            {clipped(session.preview, 140)}
          </span>
        )}
        <span class="row-facts">
          <HealthMark session={session} />
          {session.dialect !== "generic" && <span>{session.dialect}</span>}
          <span>{age(session.modified_ns / 1e6)}</span>
          <span>{size(session.bytes)}</span>
          {session.project && <span class="project">{clipped(session.project, 60)}</span>}
        </span>
      </a>
    </li>
  );
}

function HitRow({ hit }: { hit: Hit }) {
  const parts = [];
  let at = 0;
  for (const [begin, end] of hit.marks) {
    parts.push(
      shown(hit.snippet.slice(at, begin)),
      <mark key={begin}>{shown(hit.snippet.slice(begin, end))}</mark>,
    );
    at = end;
  }
  parts.push(shown(hit.snippet.slice(at)));
  return (
    <li>
      <a href={linkTo(hit.id, hit.position)} class="row hit">
        <span class="row-preview" dir="auto">
          {parts}
        </span>
        <span class="row-facts">
          <span>{hit.role}</span>
          <span>{clipped(hit.key, 60)}</span>
        </span>
      </a>
    </li>
  );
}

// What is looked for may stand in bytes that are no message.
function DamagedRow(one: { id: string; session: string; bytes: number }) {
  return (
    <li>
      <a href={linkTo(one.id)} class="row hit">
        <span class="row-preview">Damage may hold it: {size(one.bytes)} that are no message</span>
        <span class="row-facts">
          <span>{clipped(one.session, 60)}</span>
        </span>
      </a>
    </li>
  );
}

export function SessionList() {
  const input = useRef<HTMLInputElement>(null);
  useSignalEffect(() => {
    const delay = query.value === "" ? 0 : 150;
    void onlyDamaged.value;
    const timer = setTimeout(() => {
      chosen.value = -1;
      void load();
      void search();
    }, delay);
    return () => clearTimeout(timer);
  });
  useEffect(() => onStoreChange(() => void load()), []);
  useEffect(() => {
    const move = (step: number) => () => {
      if (isOpen.value) return;
      chosen.value = Math.max(0, Math.min(sessions.value.length - 1, chosen.value + step));
    };
    return bind({
      "/": () => input.current?.focus(),
      j: move(1),
      k: move(-1),
      ArrowDown: move(1),
      ArrowUp: move(-1),
      Enter: () => {
        const session = sessions.value[Math.max(0, chosen.value)];
        if (session) go(linkTo(session.id));
      },
    });
  }, []);
  const found = hits.value;
  return (
    <nav class="list" aria-label="Sessions">
      <div class="list-head">
        <input
          ref={input}
          type="search"
          placeholder="Search titles and messages"
          aria-label="Search titles and messages"
          value={query.value}
          onInput={(event) => (query.value = event.currentTarget.value)}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={onlyDamaged.value}
            onChange={(event) => (onlyDamaged.value = event.currentTarget.checked)}
          />
          damaged only
        </label>
      </div>
      <div class="list-body" tabIndex={0} role="region" aria-label="Found sessions">
        {failure.value && (
          <p class="failure" role="alert">
            {failure.value} <button onClick={() => void load()}>Try again</button>
          </p>
        )}
        <ul>
          {sessions.value.map((session, index) => (
            <Row key={session.id} session={session} index={index} />
          ))}
        </ul>
        {next.value && (
          <button class="more" onClick={() => void load(true)}>
            More
          </button>
        )}
        {!isLoading.value && sessions.value.length === 0 && !failure.value && (
          <p class="empty">
            {query.value || onlyDamaged.value ? "No session fits." : "No sessions yet."}
          </p>
        )}
        {found && (
          <section aria-label="Found in messages">
            <h2>
              {found.hits.length === 0
                ? "Not in any message"
                : `In messages: ${count(found.hits.length, "hit")}`}
            </h2>
            <ul>
              {found.hits.map((hit) => (
                <HitRow key={`${hit.id} ${hit.position} ${hit.snippet}`} hit={hit} />
              ))}
              {found.damaged.map((one) => (
                <DamagedRow key={one.id} {...one} />
              ))}
            </ul>
          </section>
        )}
      </div>
    </nav>
  );
}
