// SPDX-License-Identifier: Apache-2.0
// A record as it stands in the file.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { copyText } from "./actions";
import { getRaw, problemText } from "./api";
import { Dialog } from "./dialog";
import { highlighted } from "./markdown";
import { shown, size } from "./text";

const SHOWN = 500_000; // characters

export function RawRecord({ id, position }: { id: string; position: string }) {
  const text = useSignal<string | null>(null);
  const failure = useSignal("");
  useEffect(() => {
    getRaw(id, position).then(
      (line) => (text.value = line),
      (error) => (failure.value = problemText(error)),
    );
  }, [id, position]);
  const line = text.value ?? "";
  let pretty = line;
  try {
    if (line.length < SHOWN) pretty = JSON.stringify(JSON.parse(line), null, 2);
  } catch {
    // Shown as it stands.
  }
  const bytes = text.value === null ? "" : `, ${size(new Blob([line]).size)}`;
  return (
    <Dialog
      title={`The record as it stands${bytes}`}
      tools={<button onClick={() => void copyText(line, "Record")}>Copy the line</button>}
      wide
    >
      {failure.value ? (
        <p class="failure">{failure.value}</p>
      ) : (
        <pre
          tabIndex={0}
          dangerouslySetInnerHTML={{ __html: highlighted(pretty.slice(0, SHOWN), "json") }}
        />
      )}
      {line.length > SHOWN && <p class="cut">Only the beginning; copying takes the whole line.</p>}
      <p class="dim">
        Position <code>{shown(position)}</code>. Numbers are shown as a browser reads them; the
        copied line is byte for byte.
      </p>
    </Dialog>
  );
}
