/**
 * parts: what the answers are made from. The program hands it in.
 */
import type { Clock, Log } from "../../protocol/index.ts";
import type { Access } from "../access/access.ts";
import type { ReportSource } from "../report/source.ts";
import type { LiveFeed } from "./live-feed.ts";

export interface HttpParts extends Access {
  readonly source: ReportSource;
  /** These give plain JSON: the account and the state of each agent, by name; what the collector says of itself. */
  account(): Promise<readonly object[]> | readonly object[];
  agents(): readonly object[];
  status(): object;
  /** Lets another device take over the name of an agent; false where no agent of that name is known. */
  readonly devices: { replaceDevice(agent: string): boolean };
  readonly live: LiveFeed;
  /** Folder of the built page; where it holds no `index.html` the page says how to build it. */
  readonly page: string;
  readonly clock: Clock;
  readonly log: Log;
}
