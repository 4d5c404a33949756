// SPDX-License-Identifier: Apache-2.0
import { Dialog } from "./dialog";

const KEYS: [string, string][] = [
  ["/", "Search"],
  ["j, k", "Next, previous: message, or session in the list"],
  ["Enter", "Open, or unfold"],
  ["n, p", "Next, previous turn of the user"],
  ["Home, End", "Beginning, end"],
  ["t", "All turns"],
  ["h", "Health: damage, repair"],
  ["c", "Copy a link to the message"],
  ["r", "The record as it stands in the file"],
  ["Esc", "Back to the list"],
  ["?", "This help"],
];

export function Help() {
  return (
    <Dialog title="Keyboard">
      <dl class="keys">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              {key.split(", ").map((k) => (
                <kbd key={k}>{k}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
