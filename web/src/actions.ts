// SPDX-License-Identifier: Apache-2.0
// What can be done with a session, each with its way back.
import { deleteSession, problemText, undelete } from "./api";
import { dialog, go, linkTo, tell } from "./state";

export function openHealth(): void {
  dialog.value = "health";
}

export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    tell({ text: `${what} copied` });
  } catch {
    tell({ text: `Your browser did not let me copy: ${text}`, bad: true });
  }
}

export function copyLink(id: string, at: string): Promise<void> {
  return copyText(new URL(linkTo(id, at), location.href).href, "Link");
}

export async function removeSession(id: string, name: string): Promise<void> {
  try {
    const entry = await deleteSession(id);
    go("#/");
    tell({
      text: `${name} is in the trash`,
      undo: () => {
        undelete(entry.id).then(
          () => {
            tell({ text: `${name} is back` });
            go(linkTo(id));
          },
          (error) => tell({ text: problemText(error), bad: true }),
        );
      },
    });
  } catch (error) {
    tell({ text: problemText(error), bad: true });
  }
}
