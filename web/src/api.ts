// SPDX-License-Identifier: Apache-2.0
// The server, as doc/http.md has it.
import type {
  Chunk,
  Damaged,
  Found,
  Outline,
  Problem,
  Proof,
  Receipt,
  RepairPlan,
  Session,
  SessionPage,
} from "./types";

const V1 = "v1";

export class RequestError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
  }
}

export function problemText(error: unknown): string {
  if (error instanceof RequestError) {
    if (error.problem.status === 401)
      return "You are not signed in. `everturn serve` prints a link that signs you in.";
    return error.message;
  }
  return "The server cannot be reached.";
}

async function asked(path: string, how: RequestInit = {}): Promise<Response> {
  const response = await fetch(`${V1}/${path}`, { credentials: "same-origin", ...how });
  if (response.ok) return response;
  const problem: Problem = {
    status: response.status,
    code: "",
    title: response.statusText,
    detail: "",
  };
  try {
    Object.assign(problem, await response.json());
  } catch {
    // No problem document: the status has to do.
  }
  throw new RequestError(problem);
}

const session = (id: string, rest = "") => `sessions/${encodeURIComponent(id)}${rest}`;
const json = async <T>(path: string, how?: RequestInit) =>
  (await asked(path, how)).json() as Promise<T>;
const post = <T>(path: string, body: unknown = {}) =>
  json<T>(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

export interface ListQuery {
  match: string;
  damaged: boolean;
  cursor: string;
  limit: number;
}
export async function getSessions(query: ListQuery): Promise<SessionPage> {
  const parameters = new URLSearchParams({ limit: String(query.limit) });
  if (query.match) parameters.set("q", query.match);
  if (query.damaged) parameters.set("damaged", "true");
  if (query.cursor) parameters.set("after", query.cursor);
  const page = await json<SessionPage>(`sessions?${parameters}`);
  return { ...page, next: page.next ?? "" };
}

// The sub-agents that worked for a session, and the session that it worked for.
export async function getFamily(key: string): Promise<{ parts: Session[]; whole: string }> {
  const parameters = new URLSearchParams({ q: key, parts: "true", limit: "200", health: "false" });
  const { sessions } = await json<SessionPage>(`sessions?${parameters}`);
  return {
    parts: sessions.filter((one) => one.part_of === key),
    whole: sessions.find((one) => one.key === key)?.part_of ?? "",
  };
}

interface RawHit {
  id: string;
  session: string;
  position: string;
  kind: string;
  time: string;
  snippet: string;
  highlights: [number, number][]; // bytes
}
export async function getHits(text: string): Promise<Found> {
  const found = await json<{ hits: RawHit[]; unsearched_damage: Damaged[] }>(
    `search?${new URLSearchParams({ q: text, limit: "100" })}`,
  );
  const hits = found.hits.map((hit) => {
    const bytes = new TextEncoder().encode(hit.snippet);
    const units = (end: number) => new TextDecoder().decode(bytes.subarray(0, end)).length;
    const marks = hit.highlights.map(([b, e]): [number, number] => [units(b), units(e)]);
    return { ...hit, key: hit.session, role: hit.kind.replace("_", " "), marks };
  });
  return { hits, damaged: found.unsearched_damage };
}

export const isReadOnly = async () => (await json<{ read_only: boolean }>("store")).read_only;
export const getProof = (id: string) => json<Proof>(session(id, "/verify"));

export const getOutline = (id: string) => json<Outline>(session(id, "/outline"));

export function getBlocks(
  id: string,
  from: string,
  limit: number,
  signal?: AbortSignal,
): Promise<Chunk> {
  const parameters = new URLSearchParams({ limit: String(limit) });
  if (from) parameters.set("from", from);
  return json<Chunk>(session(id, `/blocks?${parameters}`), { signal });
}
export const getLastBlocks = (id: string, last: number) =>
  json<Chunk>(session(id, `/blocks?last=${last}`));

const one = { limit: "1", metadata: "true", oversize: "true" };
// One record as it stands in the file.
export async function getRaw(id: string, position: string): Promise<string> {
  return (
    await asked(session(id, `/records?${new URLSearchParams({ ...one, from: position })}`))
  ).text();
}
export async function getBytes(id: string, offset: number, length: number): Promise<Uint8Array> {
  const response = await asked(
    session(id, `/bytes?offset=${offset}&length=${Math.min(length, 1 << 20)}`),
  );
  return new Uint8Array(await response.arrayBuffer());
}

export const exportUrl = (id: string, format: string) =>
  `${V1}/${session(id, `/export?format=${format}`)}`;

export const planRepair = (id: string) => json<RepairPlan>(session(id, "/repair"));
export const applyRepair = (id: string) => post<RepairPlan>(session(id, "/repair"));
export const getReceipts = async () => (await json<{ repairs: Receipt[] }>("repairs")).repairs;
export const undoRepair = (receipt: string) =>
  post<unknown>(`repairs/${encodeURIComponent(receipt)}/undo`);
export const deleteSession = (id: string) =>
  json<{ id: string }>(session(id), { method: "DELETE" });
export const undelete = (entry: string) =>
  post<unknown>(`trash/${encodeURIComponent(entry)}/undelete`);

// Follows a session behind `from`. `event` is called for each record, and for a rewrite.
export function follow(
  id: string,
  from: string,
  event: (kind: "record" | "reset" | "removed" | "lost" | "open") => void,
): () => void {
  const source = new EventSource(
    `${V1}/${session(id, `/events?${new URLSearchParams({ from: from || "end" })}`)}`,
  );
  for (const kind of ["record", "reset", "removed"] as const)
    source.addEventListener(kind, () => event(kind));
  source.onopen = () => event("open");
  source.onerror = () => event("lost");
  return () => source.close();
}

// Calls back, not more often than once a second, when any session changed.
export function onStoreChange(changed: () => void): () => void {
  let timer = 0;
  const soon = () => {
    if (timer === 0)
      timer = window.setTimeout(() => {
        timer = 0;
        changed();
      }, 1000);
  };
  const source = new EventSource(`${V1}/events`);
  source.addEventListener("changed", soon);
  source.addEventListener("reset", soon);
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
