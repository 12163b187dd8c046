/**
 * live-tail: newly stored readings of a series as they come (server-sent events, WHATWG HTML 9.2), without an end: a
 * line that breaks is opened again where it broke off.
 *
 * Read with `fetch`, not `EventSource`: that one can carry no token and cannot say why it was refused.
 */
import type { Sample } from "./answers.ts";
import { api, Problem } from "./api.ts";

export type LiveEvent =
  | { readonly reading: Sample }
  /** How many did not come because this page was too slow; null = not known. */
  | { readonly missed: number | null }
  /** The line broke and is not up again, or is up again. */
  | { readonly isUp: boolean };

interface TextEvent {
  readonly id: string | undefined;
  readonly name: string;
  readonly data: string;
}

/**
 * What came at once comes as one list. Ends when the signal is aborted.
 * @param rest waits before the line is opened again.
 * @throws Problem where the collector refuses or cannot be reached.
 */
export async function* liveTail(series: string, rest: () => Promise<void>, signal: AbortSignal): AsyncGenerator<readonly LiveEvent[]> {
  let lastId: string | undefined;
  let stream = await api.live(series, lastId, signal);
  while (!signal.aborted) {
    for await (const events of textEvents(stream)) {
      lastId = events.findLast(({ id }) => id !== undefined)?.id ?? lastId;
      yield events.flatMap(liveEvent);
    }
    yield [{ isUp: false }];
    await rest();
    stream = await again(() => api.live(series, lastId, signal), rest, signal);
    yield [{ isUp: true }];
  }
}

/** Until the collector answers: it may be starting anew. What it refuses is thrown. */
async function again<Answer>(ask: () => Promise<Answer>, rest: () => Promise<void>, signal: AbortSignal): Promise<Answer> {
  while (true) {
    try {
      return await ask();
    } catch (problem) {
      if (signal.aborted || !(problem instanceof Problem) || problem.code !== "unreachable") throw problem;
      await rest();
    }
  }
}

function liveEvent({ name, data }: TextEvent): LiveEvent[] {
  if (name === "reading") return [{ reading: JSON.parse(data) as Sample }];
  return name === "missed" ? [{ missed: (JSON.parse(data) as { readonly count: number | null }).count }] : [];
}

async function* textEvents(stream: ReadableStream<Uint8Array> | null): AsyncGenerator<readonly TextEvent[]> {
  const reader = stream?.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let text = "";
  while (reader !== undefined) {
    const piece = await reader.read().catch(() => ({ done: true as const, value: undefined })); // a line that broke, or was left
    if (piece.done) return;
    const blocks = (text + piece.value).split("\n\n");
    text = blocks.pop() ?? "";
    yield blocks.map(parseBlock).filter(({ data }) => data !== "");
  }
}

/** Comments, which keep the line open, have no data. */
function parseBlock(block: string): TextEvent {
  const fields = block.split("\n").map((line) => /^(?<name>[a-z]*): ?(?<value>.*)$/.exec(line)?.groups ?? {});
  const of = (wanted: string) => fields.filter(({ name }) => name === wanted).map(({ value = "" }) => value);
  return { id: of("id").at(-1), name: of("event").at(-1) ?? "message", data: of("data").join("\n") };
}
