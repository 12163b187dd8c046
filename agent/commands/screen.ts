/**
 * screen: the whole terminal for a while, given back as it was.
 *
 * It draws on the terminal's second screen, line over line and without wiping first, inside one synchronised update
 * where the terminal knows that: nothing flickers. Source: ECMA-48 (CUP, EL, ED, SGR), xterm's ctlseqs (modes 25, 1049)
 * and the synchronised output proposal (mode 2026).
 */
import type { ReadStream, WriteStream } from "node:tty";
import type { TopLine, TopSize } from "./top-view.ts";

export type ScreenOutput = Pick<WriteStream, "columns" | "rows" | "write" | "on" | "off">;
export type ScreenInput = Pick<ReadStream, "setRawMode" | "resume" | "pause" | "on" | "off">;

export interface Screen {
  size(): TopSize;
  draw(lines: readonly TopLine[]): void;
  /** Resolves when the person wants to leave: q, Ctrl-C or Ctrl-D. */
  readonly left: Promise<void>;
  /** Gives the terminal back; may be called twice. */
  close(): void;
}

const ENTER = "\u001B[?1049h\u001B[?25l";
const LEAVE = "\u001B[?25h\u001B[?1049l";
const BEGIN = "\u001B[?2026h\u001B[H";
const END = "\u001B[J\u001B[?2026l";
const TONES = { title: "\u001B[1m", plain: "", bad: "\u001B[31m" } as const;
const RESET = "\u001B[0m";
const LEAVING = new Set(["q", "Q", "\u0003", "\u0004"]);

/** @param onResize called when the terminal got another size. */
export function openScreen(input: ScreenInput, output: ScreenOutput, onResize: () => void): Screen {
  const left = Promise.withResolvers<void>();
  const hear = (keys: Buffer) => {
    if ([...keys.toString("latin1")].some((key) => LEAVING.has(key))) left.resolve();
  };
  let isOpen = true;
  input.setRawMode(true);
  input.on("data", hear);
  input.resume();
  output.on("resize", onResize);
  output.write(ENTER);
  return {
    left: left.promise,
    size: () => ({ columns: (output.columns || 80) - 1, rows: output.rows || 24 }), // erasing behind a full line takes its end
    draw(lines) {
      const painted = lines.map(({ text, tone }) => `${TONES[tone]}${text}${tone === "plain" ? "" : RESET}\u001B[K`);
      if (isOpen) output.write(`${BEGIN}${painted.join("\r\n")}${END}`);
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      output.off("resize", onResize);
      input.off("data", hear);
      input.setRawMode(false);
      input.pause();
      output.write(LEAVE);
    },
  };
}
