// SPDX-License-Identifier: Apache-2.0
// A virtual list over a scrolling element: only what is in view, and a little around it, is drawn.
import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
} from "@tanstack/virtual-core";
import type { RefObject } from "preact";
import { useLayoutEffect, useReducer, useState } from "preact/hooks";

export type List = Virtualizer<HTMLElement, HTMLElement>;

export function useVirtual(options: {
  count: number;
  scroller: RefObject<HTMLElement | null>;
  estimate: number;
  overscan: number;
}): List {
  const [, redraw] = useReducer<number, void>((n) => n + 1, 0);
  const settled = {
    count: options.count,
    getScrollElement: () => options.scroller.current,
    estimateSize: () => options.estimate,
    overscan: options.overscan,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => redraw(),
  };
  const [list] = useState(() => new Virtualizer<HTMLElement, HTMLElement>(settled));
  list.setOptions(settled);
  useLayoutEffect(() => list._didMount(), []);
  useLayoutEffect(() => list._willUpdate());
  return list;
}
