/**
 * The contract of a view: it fills its frame, follows where the page goes, and lets go of everything when its signal
 * is aborted.
 */
import type { Machine } from "./machine.ts";
import type { Route } from "./route.ts";

export interface ViewContext {
  readonly machine: Machine;
  /** The view's own part of the page, empty. */
  readonly frame: HTMLElement;
  /** Aborted when another view takes over. */
  readonly signal: AbortSignal;
  /** Goes to another place of the page. */
  go(route: Route): void;
}

export interface OpenView {
  /**
   * Shows a place of this view; called again for each next one. Resolves when what was asked for is on the screen.
   * @throws Problem, and `AbortError` where something else was asked for meanwhile.
   */
  show(route: Route): Promise<void>;
}

/** Does nothing but put its parts into the frame. */
export type View = (context: ViewContext) => OpenView;
