/**
 * software: what runs here: program, Node, system.
 */
import os from "node:os";

export interface Software {
  readonly program: string;
  readonly version: string;
  readonly node: string;
  readonly system: string;
}

export function softwareOf(program: string, version: string): Software {
  return { program, version, node: process.versions.node, system: `${os.type()} ${os.release()} ${os.machine()}` };
}

export function showSoftware({ program, version, node, system }: Software): string {
  return `${program} ${version}, Node ${node}, ${system}`;
}
