// SPDX-License-Identifier: Apache-2.0
// The navigator: what the user said, and where the session is damaged or was summed up.
import { useSignal } from "@preact/signals";
import { Dialog } from "./dialog";
import { dialog } from "./state";
import { clipped, count, shown } from "./text";
import type { Outline } from "./types";

const SHOWN = 400;

export function Turns({ outline, show }: { outline: Outline; show: (position: string) => void }) {
  const filter = useSignal("");
  const wanted = filter.value.toLowerCase();
  const turns = outline.turns.filter((turn) => turn.text.toLowerCase().includes(wanted));
  return (
    <Dialog title={count(outline.turns.length, "turn")} wide>
      <input
        type="search"
        aria-label="Filter the turns"
        placeholder="Filter"
        value={filter.value}
        onInput={(event) => (filter.value = event.currentTarget.value)}
      />
      <ol class="turns">
        {turns.slice(-SHOWN).map((turn) => (
          <li key={turn.position}>
            <button
              class="quiet"
              onClick={() => {
                dialog.value = "";
                show(turn.position);
              }}
            >
              <span dir="auto">{clipped(turn.text, 160) || "(no text)"}</span>
              <span class="dim">{shown(turn.time)}</span>
            </button>
          </li>
        ))}
      </ol>
      {turns.length > SHOWN && (
        <p class="dim">
          The last {SHOWN} of {turns.length.toLocaleString("en-US")}; filter to find others.
        </p>
      )}
    </Dialog>
  );
}
