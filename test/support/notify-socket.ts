/**
 * notify-socket: the place of systemd's own end of NOTIFY_SOCKET. Node has no Unix datagram sockets, Python has.
 *
 * Says each message as one line `notified A=1 B=2`. Passed file descriptors are dropped, which is how a barrier of
 * sd_notify(3) is answered.
 */
import { needs } from "./needs.ts";
import { type Program, startProgram } from "./processes.ts";
import type { TempDir } from "./temp-dir.ts";

const OWNER = `
import socket, sys
own = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
own.bind(sys.argv[1])
print("bound", flush=True)
while True:
    message = own.recv(65536).decode()
    if message != "BARRIER=1":
        print("notified " + " ".join(message.split("\\n")), flush=True)
`;

export interface NotifySocket extends AsyncDisposable {
  readonly path: string;
  /** Messages so far, oldest first, without the word in front. */
  messages(): readonly string[];
  /** The first message, past or to come, that matches. */
  message(pattern: RegExp): Promise<string>;
}

/** Skips the test where the machine lacks what it takes. */
export async function openNotifySocket(dir: TempDir): Promise<NotifySocket> {
  needs("systemd-notify");
  const path = dir.join("notify.sock");
  const owner: Program = await startProgram({ command: needs("python3"), args: ["-c", OWNER, path] });
  await owner.line(/^bound$/);
  return {
    path,
    messages: () => [...owner.stdout().matchAll(/^notified (.*)\n/gm)].map(([, message = ""]) => message),
    async message(pattern) {
      const { input } = await owner.line(new RegExp(`^notified .*${pattern.source}`));
      return input.replace("notified ", "");
    },
    [Symbol.asyncDispose]: () => owner[Symbol.asyncDispose](),
  };
}
