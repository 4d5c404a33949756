// SPDX-License-Identifier: Apache-2.0
// What the page is about: where we are, and what is remembered between visits.
import { computed, signal } from "@preact/signals";

export interface Place {
  view: "list" | "session";
  id: string;
  at: string; // position of a record, or ""
}

function parsed(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const at = new URLSearchParams(query).get("at") ?? "";
  const id = path.startsWith("s/") ? path.slice(2) : "";
  return /^[A-Za-z0-9_-]+$/.test(id)
    ? { view: "session", id, at }
    : { view: "list", id: "", at: "" };
}

export const place = signal<Place>(parsed(location.hash));
window.addEventListener("hashchange", () => (place.value = parsed(location.hash)));

export function linkTo(id: string, at = ""): string {
  return `#/s/${id}${at ? `?at=${encodeURIComponent(at)}` : ""}`;
}
// The id of a session by its key: base64url.
export function idOf(key: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(key));
  return btoa(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
export function go(hash: string): void {
  location.hash = hash;
}
// Notes the record in the address without a new entry in the history.
export function noteRecord(id: string, at: string): void {
  history.replaceState(null, "", linkTo(id, at));
}

export type Theme = "auto" | "light" | "dark";
const stored = localStorage.getItem("theme");
export const theme = signal<Theme>(stored === "light" || stored === "dark" ? stored : "auto");
// The style sheet knows one of two: what the system prefers is looked up here.
const prefersDark = matchMedia("(prefers-color-scheme: dark)");
function paint(): void {
  const automatic = prefersDark.matches ? "dark" : "light";
  document.documentElement.dataset.theme = theme.value === "auto" ? automatic : theme.value;
}
prefersDark.addEventListener("change", paint);
theme.subscribe((value) => {
  localStorage.setItem("theme", value);
  paint();
});

// Kinds of blocks that are hidden.
export const hidden = signal<ReadonlySet<string>>(
  new Set(JSON.parse(localStorage.getItem("hidden") ?? "[]") as string[]),
);
hidden.subscribe((value) => localStorage.setItem("hidden", JSON.stringify([...value])));
export function toggleHidden(kind: string): void {
  const next = new Set(hidden.value);
  if (!next.delete(kind)) next.add(kind);
  hidden.value = next;
}

export const isOpen = computed(() => place.value.view === "session");

// What just happened, with a way back.
export interface Notice {
  text: string;
  bad?: boolean;
  undo?: () => void;
}
export const notice = signal<Notice | null>(null);
let timer = 0;
export function tell(value: Notice): void {
  notice.value = value;
  clearTimeout(timer);
  if (!value.undo) timer = window.setTimeout(() => (notice.value = null), 6000);
}

export const dialog = signal<"" | "help" | "health" | "turns" | "raw">("");

// The store takes no writes: what would change it is not offered.
export const readOnly = signal(false);
