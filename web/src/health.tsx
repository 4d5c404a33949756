// SPDX-License-Identifier: Apache-2.0
// The health of a session: every damaged range with its bytes, how far it was surely durable, and a
// repair that shows first what it would do, and can be undone.
import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import {
  applyRepair,
  getBytes,
  getProof,
  getReceipts,
  planRepair,
  problemText,
  undoRepair,
} from "./api";
import { Dialog } from "./dialog";
import { dialog, readOnly, tell } from "./state";
import { count, number, shown, size, spaced } from "./text";
import type { Damage, Outline, Proof, Receipt, RepairPlan } from "./types";

const THINNEST = 4; // of 1000: a byte in a large file is seen

// The file as a strip: whole, and damaged where it is.
function Strip({ outline }: { outline: Outline }) {
  const total = Math.max(outline.bytes, 1);
  return (
    <svg
      class="strip"
      viewBox="0 0 1000 18"
      preserveAspectRatio="none"
      role="img"
      aria-label={`Where the damage lies in ${size(outline.bytes)}`}
    >
      <rect width="1000" height="18" class="whole" />
      {outline.damage.map((damage) => {
        const width = Math.max((damage.length / total) * 1000, THINNEST);
        return (
          <rect
            key={damage.offset}
            x={Math.min((damage.offset / total) * 1000, 1000 - width)}
            width={width}
            height="18"
            class="hurt"
          />
        );
      })}
    </svg>
  );
}

function hex(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const numbers = [...row].map((b) => b.toString(16).padStart(2, "0")).join(" ");
    const text = [...row].map((b) => (b >= 32 && b < 127 ? String.fromCharCode(b) : "·")).join("");
    lines.push(`${at.toString(16).padStart(6, "0")}  ${numbers.padEnd(47)}  ${text}`);
  }
  return lines.join("\n");
}

const BYTES = 4096;

function DamageRow({
  id,
  damage,
  show,
}: {
  id: string;
  damage: Damage;
  show: (position: string, toDamage: boolean) => void;
}) {
  const bytes = useSignal<string | null>(null);
  const load = () => {
    getBytes(id, damage.offset, Math.min(damage.length, BYTES)).then(
      (found) => (bytes.value = hex(found)),
      (error) => (bytes.value = problemText(error)),
    );
  };
  return (
    <li>
      <p>
        <strong>{count(damage.length, "byte")}</strong> at {number(damage.offset)}:{" "}
        <em>{spaced(damage.reason)}</em>
        {damage.detail && `. ${shown(damage.detail)}`}
      </p>
      <p class="buttons">
        <button onClick={load}>Show the bytes</button>
        {damage.position && (
          <button
            onClick={() => {
              dialog.value = "";
              show(damage.position ?? "", true);
            }}
          >
            Go there
          </button>
        )}
      </p>
      {bytes.value !== null && <pre tabIndex={0}>{bytes.value}</pre>}
      {bytes.value !== null && damage.length > BYTES && <p class="cut">The first {size(BYTES)}.</p>}
    </li>
  );
}

function Plan({ plan }: { plan: RepairPlan }) {
  if (!plan.has_work) return <p>There is nothing that a repair would do.</p>;
  return (
    <div class="plan">
      <p>{shown(plan.summary)}</p>
      <dl class="figures">
        <div>
          <dt>Lines kept</dt>
          <dd>{plan.records.toLocaleString("en-US")}</dd>
        </div>
        <div>
          <dt>Freed from damaged lines</dt>
          <dd>{plan.recovered.toLocaleString("en-US")}</dd>
        </div>
        <div>
          <dt>Set aside, with a receipt</dt>
          <dd>{size(plan.set_aside_bytes)}</dd>
        </div>
        <div>
          <dt>Size</dt>
          <dd>
            {size(plan.bytes_before)} → {size(plan.bytes_after)}
          </dd>
        </div>
      </dl>
      <details>
        <summary>{count(plan.step_count, "step")}</summary>
        <ol>
          {plan.steps.slice(0, 200).map((step) => (
            <li key={`${step.offset} ${step.action}`}>
              {spaced(step.action)} {count(step.length, "byte")} at{" "}
              {step.offset.toLocaleString("en-US")}
              {step.reason && `: ${spaced(step.reason)}`}
            </li>
          ))}
        </ol>
      </details>
    </div>
  );
}

// How far the seals prove that the session was durable, and whether it still is what was sealed.
function ProofLine({ id, outline }: { id: string; outline: Outline }) {
  const proof = useSignal<Proof | null>(null);
  useEffect(() => {
    getProof(id).then(
      (found) => (proof.value = found),
      () => (proof.value = null),
    );
  }, [id, outline.version]);
  const { value } = proof;
  if (!value) return null;
  if (value.alarm)
    return (
      <p class="bad">It is not what was sealed: something was changed below what was durable.</p>
    );
  if (value.watermark === 0) return <p>No seal proves how far it was durable.</p>;
  return (
    <p>
      Sealed, so surely durable, up to <strong>{size(value.watermark)}</strong> of{" "}
      {size(outline.bytes)}.
    </p>
  );
}

// A receipt stays when its repair is undone.
const undone = signal<ReadonlySet<string>>(new Set());

export function Health(props: {
  id: string;
  outline: Outline;
  show: (position: string, toDamage: boolean) => void;
  changed: () => void;
}) {
  const { id, outline } = props;
  const plan = useSignal<RepairPlan | null>(null);
  const receipts = useSignal<Receipt[]>([]);
  const failure = useSignal("");
  const isBusy = useSignal(false);
  const act = async (work: () => Promise<void>) => {
    isBusy.value = true;
    failure.value = "";
    try {
      await work();
    } catch (error) {
      failure.value = problemText(error);
    } finally {
      isBusy.value = false;
    }
  };
  const loadReceipts = () =>
    getReceipts().then(
      (all) => (receipts.value = all),
      () => (receipts.value = []),
    );
  useEffect(() => void loadReceipts(), []);
  const undo = (receipt: string) =>
    act(async () => {
      await undoRepair(receipt);
      tell({ text: "The repair is undone: every byte is back" });
      undone.value = new Set(undone.value).add(receipt);
      plan.value = null;
      props.changed();
      await loadReceipts();
    });
  const repair = () =>
    act(async () => {
      const done = await applyRepair(id);
      const { receipt } = done;
      if (receipt) undone.value = new Set([...undone.value].filter((id) => id !== receipt));
      tell({
        text: `Repaired: ${done.summary}`,
        undo: receipt ? () => void undo(receipt) : undefined,
      });
      plan.value = null;
      props.changed();
      await loadReceipts();
    });
  const mine = receipts.value.filter(
    (receipt) => receipt.key === outline.key && !undone.value.has(receipt.id),
  );
  return (
    <Dialog title="Health" wide>
      <Strip outline={outline} />
      {outline.damage_count === 0 ? (
        <p>
          All {size(outline.bytes)} are whole: {count(outline.records, "record")}, no damage.
        </p>
      ) : (
        <p>
          <strong>{count(outline.records, "whole record")}</strong>{" "}
          {outline.records === 1 ? "is" : "are"} shown; {size(outline.damage_bytes)} in{" "}
          {count(outline.damage_count, "range")} are no record and stay where they are.
          {outline.salvaged > 0 &&
            ` ${count(outline.salvaged, "record")} with bad bytes in the text: mended for reading.`}
        </p>
      )}
      <ProofLine id={id} outline={outline} />
      <ul class="damages">
        {outline.damage.slice(0, 100).map((damage) => (
          <DamageRow key={damage.offset} id={id} damage={damage} show={props.show} />
        ))}
      </ul>
      {failure.value && (
        <p class="failure" role="alert">
          {failure.value}
        </p>
      )}
      <div class="buttons">
        {outline.damage_count > 0 && !plan.value && (
          <button
            disabled={isBusy.value}
            onClick={() => void act(async () => void (plan.value = await planRepair(id)))}
          >
            What would a repair do?
          </button>
        )}
        {plan.value?.has_work && !readOnly.value && (
          <button class="primary" disabled={isBusy.value} onClick={() => void repair()}>
            Repair (can be undone)
          </button>
        )}
      </div>
      {plan.value && <Plan plan={plan.value} />}
      {mine.length > 0 && (
        <section>
          <h3>Repairs of this session</h3>
          <ul class="receipts">
            {mine.map((receipt) => (
              <li key={receipt.id}>
                {shown(receipt.repaired)}: {shown(receipt.summary)}{" "}
                <button disabled={isBusy.value} onClick={() => void undo(receipt.id)}>
                  Undo
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </Dialog>
  );
}
