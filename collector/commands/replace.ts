/**
 * replace: a new device takes the place of an agent whose card or machine is gone. The collector lets nobody else in
 * under a name that it knows, for a copy of a card must not mix its readings with those of its origin.
 */
import { requestControl } from "./control-request.ts";

export interface ReplacePlace {
  /** Path of the control socket. */
  readonly control: string;
  print(text: string): void;
}

/** @throws Fault of `requestControl`, `unknown_agent`. */
export async function replaceDevice(agent: string, { control, print }: ReplacePlace): Promise<number> {
  await requestControl(control, "POST", `/api/v1/agents/${encodeURIComponent(agent)}/replace`);
  print(
    `The next other device that comes as ${agent} takes its place; what it was refused so far it sends then (it asks every 10 minutes).\n` +
      "The device before it is refused from then on.\n",
  );
  return 0;
}
