// SPDX-License-Identifier: Apache-2.0
// What the server answers, see doc/http.md.

export interface Session {
  id: string; // base64url of the key
  key: string;
  title: string;
  preview: string;
  dialect: string;
  project: string;
  part_of: string;
  note: string;
  bytes: number;
  modified_ns: number;
  health: string; // "sound", "hides_messages", "damaged", "unread", "unreadable"
  records?: number;
  damage_count?: number;
}

export interface SessionPage {
  sessions: Session[];
  next: string; // cursor of the next page, or ""
  total: number;
}

export interface Damage {
  offset: number;
  length: number;
  reason: string;
  detail: string;
  position?: string;
}

export interface Usage {
  input: number;
  output: number;
  cache_read: number;
  cache_write: number;
}

export interface Turn {
  record: number;
  position: string;
  time: string;
  text: string;
}

// The whole session in outline: enough to draw its length and to jump.
export interface Outline {
  key: string;
  version: string;
  end: string; // position behind the last record
  title: string;
  dialect: string;
  records: number;
  bytes: number;
  compaction: number; // records before it are earlier; 0: none
  every: number;
  positions: string[]; // of records 0, every, 2 * every, ...
  turns: Turn[];
  damage: Damage[];
  damage_count: number;
  damage_bytes: number;
  in_flight_bytes: number;
  salvaged: number;
  usage: Usage;
  first_time: string;
  last_time: string;
}

export interface Block {
  kind:
    "words" | "thinking" | "call" | "result" | "image" | "summary" | "aside" | "unknown" | "damage";
  speaker: "" | "user" | "assistant" | "system" | "program";
  record: number;
  position: string;
  time?: string;
  model?: string;
  name?: string;
  call_id?: string;
  text?: string;
  text_bytes?: number; // of the whole text, if `text` is only its beginning
  input?: string; // of a call: its arguments, JSON
  summary?: string;
  result?: { text: string; text_bytes?: number; failed: boolean; summary: string };
  image_url?: string;
  types?: Record<string, number>;
  damage?: Damage;
  sub_agent?: boolean;
  queued?: boolean;
  unsent?: boolean;
  tokens?: Usage;
  child?: string; // id of the sub-agent's session
}

export interface Chunk {
  blocks: Block[];
  begin: string;
  end: string;
  records: number;
}

// What the seals say.
export interface Proof {
  status: string;
  alarm: boolean;
  watermark: number; // bytes that were surely durable
}

export interface RepairStep {
  offset: number;
  length: number;
  action: string;
  reason: string;
  detail: string;
}

export interface RepairPlan {
  has_work: boolean;
  records: number;
  recovered: number;
  set_aside: number;
  set_aside_bytes: number;
  bytes_before: number;
  bytes_after: number;
  summary: string;
  step_count: number;
  steps: RepairStep[];
  receipt?: string;
}

export interface Receipt {
  id: string;
  key: string;
  repaired: string;
  bytes: number;
  summary: string;
}

// A session whose damage may hold what is looked for.
export interface Damaged {
  id: string;
  session: string;
  bytes: number;
}

export interface Found {
  hits: Hit[];
  damaged: Damaged[];
}

export interface Hit {
  id: string;
  key: string;
  position: string;
  role: string;
  time: string;
  snippet: string;
  marks: [number, number][]; // ranges of the snippet, in UTF-16 units
}

export interface Problem {
  status: number;
  code: string;
  title: string;
  detail: string;
}
