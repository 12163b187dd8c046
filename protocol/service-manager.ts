/**
 * service-manager: what the program tells systemd of itself: started, how it goes, still alive, stopping.
 *
 * - Silent where nobody listens: without NOTIFY_SOCKET it does nothing.
 * - `WATCHDOG=1` goes out only after a pulse that says the work moves. The pulse itself is awaited without a limit:
 *   a program that cannot say how it is, is not alive, and systemd restarts it.
 * - Node has no Unix datagram sockets, so systemd-notify sends. It returns when the manager has taken the message in,
 *   which nobody here waits for. With `--no-block` it may be gone before the manager asks which unit it belongs to,
 *   and the message with it (measured: one of 50), be it READY=1. One runs at a time; what comes meanwhile goes
 *   together in the next.
 *
 * Source: sd_notify(3), sd_watchdog_enabled(3), systemd-notify(1).
 */
import { spawn } from "node:child_process";
import type { Variables } from "./config/variables.ts";
import type { Environment, Timer } from "./environment.ts";
import { MICROS_PER_SECOND, type Micros, micros } from "./time.ts";

/** How a program is at this moment. */
export interface Pulse {
  /** Does its real work go on? */
  readonly isMoving: boolean;
  /** One line for `systemctl status`. */
  readonly words: string;
}

export interface ServiceManager {
  /**
   * Tells that the program is up, and takes its pulse from now on, twice in each watchdog period.
   * @param takePulse is asked again only when it has answered. `patience`: work that is due for longer does not move.
   */
  ready(takePulse: (patience: Micros) => Promise<Pulse>): void;
  /** Tells that it stops; the pulse is not taken any more. May be called twice. */
  stopping(): void;
}

/** How often the words for `systemctl status` are renewed where no watchdog asks for more. */
const WITHOUT_WATCHDOG = micros(30 * MICROS_PER_SECOND);

const TROUBLE_HINT = "is systemd-notify there (package systemd), and does the unit say NotifyAccess=all?";

/** @param pid of this process: a watchdog that is meant for another is left alone. */
export function serviceManager(env: Variables, pid: number, { clock, log }: Environment): ServiceManager {
  if (!env.NOTIFY_SOCKET) return { ready() {}, stopping() {} };
  const watchdog = watchdogPeriod(env, pid);
  const interval = watchdog === undefined ? WITHOUT_WATCHDOG : micros(Math.floor(watchdog / 2));
  const tell = messenger(env, (reason) =>
    log.error({ reason, hint: TROUBLE_HINT }, "systemd cannot be told how this service is: it will take it for hung"),
  );
  let isStopping = false;
  let timer: Timer | undefined;

  async function beat(takePulse: (patience: Micros) => Promise<Pulse>): Promise<void> {
    const { isMoving, words } = await takePulse(interval);
    if (isStopping) return;
    tell({ STATUS: words, ...(watchdog !== undefined && isMoving ? { WATCHDOG: "1" } : {}) });
    timer = clock.after("tell systemd", interval, () => void beat(takePulse));
  }

  return {
    ready(takePulse) {
      tell({ READY: "1" });
      void beat(takePulse);
    },
    stopping() {
      isStopping = true;
      timer?.cancel();
      tell({ STOPPING: "1", STATUS: "stopping" });
    },
  };
}

/** What WatchdogSec= of the unit says; undefined where there is none, or where it is meant for another process. */
function watchdogPeriod({ WATCHDOG_USEC, WATCHDOG_PID }: Variables, pid: number): Micros | undefined {
  const period = Number(WATCHDOG_USEC);
  const isOurs = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === pid;
  return isOurs && Number.isSafeInteger(period) && period > 0 ? micros(period) : undefined;
}

type Assignments = Readonly<Record<string, string>>;

/** @param onTrouble called once, with what stands in the way. */
function messenger({ NOTIFY_SOCKET, PATH }: Variables, onTrouble: (reason: string) => void): (assignments: Assignments) => void {
  let waiting: Assignments = {};
  let isRunning = false;
  let trouble: string | undefined;

  function ended(reason: string | undefined): void {
    isRunning = false;
    if (reason !== undefined && trouble === undefined) onTrouble(reason);
    trouble ??= reason;
    send();
  }

  function send(): void {
    const assignments = Object.entries(waiting).map(([key, value]) => `${key}=${value.replaceAll("\n", " ")}`);
    if (isRunning || assignments.length === 0) return;
    waiting = {};
    isRunning = true;
    const child = spawn("systemd-notify", assignments, { stdio: "ignore", env: { NOTIFY_SOCKET, PATH } });
    child.unref(); // the last word must not keep a program that has ended its work
    child.once("error", (error) => ended(error.message));
    child.once("exit", (code) => ended(code === 0 ? undefined : `systemd-notify ended with ${code}`));
  }

  return (assignments) => {
    waiting = { ...waiting, ...assignments };
    send();
  };
}
