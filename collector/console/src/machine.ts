/**
 * machine: what the page needs of the browser's clock. `main.ts` makes it; nobody else asks for the time.
 */
export interface Machine {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** IANA zone of this device. */
  readonly zone: string;
  /**
   * Runs `work` every `ms` until the signal is aborted, never twice at once and not while the page is hidden. Where it
   * rejects, the page says why until it resolves again.
   */
  every(ms: number, signal: AbortSignal, work: () => Promise<void>): void;
  /** For work that nobody waits for: `onTrouble` gets what it rejects with, unless the signal was aborted before. */
  background(work: Promise<void>, signal: AbortSignal, onTrouble: (problem: unknown) => void): void;
  /** Resolves after so many ms, or when the signal is aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** Marks a moment on the browser's own timeline (User Timing), to be measured from outside. */
  mark(name: string): void;
}
