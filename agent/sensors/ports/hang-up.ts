/**
 * hang-up: makes a serial port end when its device is pulled out.
 *
 * Such a port says that it is at its end, at once and for ever, and the library reads on at its end, which takes a
 * whole processor and tells nobody (measured: one core in use, no event). So the read is done here: nothing read from
 * a port that had something to read is the end.
 */
import { read } from "node:fs";
import { promisify } from "node:util";
import type { SerialPort } from "serialport";

const readFile = promisify(read);

/** What the library's port for Linux has. */
interface Binding {
  readonly isOpen: boolean;
  readonly fd: number | null;
  readonly poller: { once(event: "readable", listener: (error: Error | null) => void): void };
  read(buffer: Buffer, offset: number, length: number): Promise<{ buffer: Buffer; bytesRead: number }>;
}

/** @param port that is open. */
export function noticeHangUp(port: SerialPort): void {
  const binding = port.port as unknown as Binding;
  binding.read = async (buffer, offset, length) => {
    for (;;) {
      const bytesRead = await readNow(openFd(binding), buffer, offset, length);
      if (bytesRead === 0) throw new Error("the port is at its end");
      if (bytesRead !== undefined) return { buffer, bytesRead };
      openFd(binding); // its native part must not be asked once it was closed: that ends the process
      await readable(binding);
    }
  };
}

function openFd({ isOpen, fd }: Binding): number {
  if (isOpen && fd !== null) return fd;
  throw Object.assign(new Error("the port was closed"), { canceled: true });
}

/** Undefined where there is nothing yet. */
async function readNow(fd: number, buffer: Buffer, offset: number, length: number): Promise<number | undefined> {
  try {
    return (await readFile(fd, buffer, offset, length, null)).bytesRead;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EAGAIN" || code === "EINTR") return undefined;
    throw error;
  }
}

function readable({ poller }: Binding): Promise<void> {
  return new Promise((resolve, reject) => {
    poller.once("readable", (error) => (error ? reject(error) : resolve()));
  });
}
