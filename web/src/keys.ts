// SPDX-License-Identifier: Apache-2.0
// The keyboard. Parts of the page say what a key does there; the innermost that is shown answers.
import { dialog, go, isOpen } from "./state";

export type Keys = Record<string, () => void>;
const stack: Keys[] = [];

// Adds keys until the returned function is called.
export function bind(keys: Keys): () => void {
  stack.push(keys);
  return () => void stack.splice(stack.indexOf(keys), 1);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.matches("input, textarea, select") || target.isContentEditable)
  );
}

export function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || dialog.value !== "") return;
  if (isTyping(event.target)) {
    if (event.key === "Escape") (event.target as HTMLElement).blur();
    return;
  }
  // A button that has the focus is pressed by Enter.
  if (
    event.key === "Enter" &&
    event.target instanceof HTMLElement &&
    event.target.matches("button, a, summary")
  )
    return;
  const action = [...stack].reverse().find((keys) => event.key in keys)?.[event.key];
  if (action) {
    event.preventDefault();
    action();
  } else if (event.key === "?") {
    dialog.value = "help";
  } else if (event.key === "Escape" && isOpen.value) {
    go("#/");
  }
}
