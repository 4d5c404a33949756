// SPDX-License-Identifier: Apache-2.0
// Texts for people. Everything from a transcript is hostile until it went through shown().

// Control characters, and those that turn the direction of what follows them: they are spelled out,
// so that nothing in a transcript can hide or reorder what is read.
const HIDDEN = new RegExp(
  "[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f" +
    "\\u202a-\\u202e\\u2066-\\u2069\\ufeff\\u{e0000}-\\u{e007f}]",
  "gu",
);

export function shown(text: string): string {
  return text.replace(HIDDEN, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`);
}

// The first characters of a text on one line.
export function clipped(text: string, length: number): string {
  const line = shown(text.slice(0, length * 4))
    .replace(/\s+/g, " ")
    .trim();
  const points = [...line];
  return points.length > length ? `${points.slice(0, length - 1).join("")}…` : line;
}

// A name of the interface, "not_object", as words.
export function spaced(name: string): string {
  return name.replace(/_/g, " ");
}

export function size(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit + 1 < units.length) {
    value /= 1024;
    unit++;
  }
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function number(n: number): string {
  return n.toLocaleString("en-US");
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${number(n)} ${n === 1 ? one : many}`;
}

export function compact(n: number): string {
  if (n < 1000) return String(n);
  if (n < 1_000_000) return `${(n / 1000).toFixed(n < 10_000 ? 1 : 0)}k`;
  return `${(n / 1_000_000).toFixed(n < 10_000_000 ? 1 : 0)}M`;
}

export function age(ms: number, now = Date.now()): string {
  const seconds = Math.max(0, (now - ms) / 1000);
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  if (seconds < 86_400 * 14) return count(Math.floor(seconds / 86_400), "day") + " ago";
  return new Date(ms).toISOString().slice(0, 10);
}
