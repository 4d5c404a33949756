// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { dialog } from "./state";

// A modal dialog: the browser keeps the focus in it, and Escape closes it.
export function Dialog(props: {
  title: string;
  tools?: ComponentChildren;
  wide?: boolean;
  children: ComponentChildren;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = ref.current;
    const before = document.activeElement as HTMLElement | null;
    element?.showModal();
    return () => {
      element?.close();
      before?.focus?.();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class={props.wide ? "wide" : ""}
      aria-label={props.title}
      onClose={() => (dialog.value = "")}
      onClick={(event) => event.target === ref.current && ref.current?.close()}
    >
      <div class="dialog-body">
        <header>
          <h2>{props.title}</h2>
          {props.tools}
          <button class="quiet" onClick={() => ref.current?.close()} aria-label="Close">
            ×
          </button>
        </header>
        {props.children}
      </div>
    </dialog>
  );
}
