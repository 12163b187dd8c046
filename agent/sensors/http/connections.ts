/**
 * connections: the kept connections of one sensor, plain and encrypted. TLS loads only where it is used.
 */
import http from "node:http";

type Ask = (url: URL, options: http.RequestOptions) => http.ClientRequest;

export interface Connections {
  /** `request` of the module that speaks the protocol, and the agent that keeps its connections. */
  of(protocol: string): Promise<{ readonly request: Ask; readonly agent: http.Agent }>;
  readonly open: http.Agent[];
}

/** @param ca certificates to trust beside the system's, as PEM. */
export function openConnections(ca: string | undefined): Connections {
  const agents = new Map<string, { readonly request: Ask; readonly agent: http.Agent }>();
  const open: http.Agent[] = [];
  const make = async (protocol: string) => {
    if (protocol === "http:") return { request: http.request, agent: new http.Agent({ keepAlive: true, maxSockets: 1 }) };
    const [https, tls] = await Promise.all([import("node:https"), import("node:tls")]);
    const trusted = ca === undefined ? {} : { ca: [...tls.rootCertificates, ca] };
    return { request: https.request, agent: new https.Agent({ keepAlive: true, maxSockets: 1, ...trusted }) };
  };
  return {
    open,
    async of(protocol) {
      const known = agents.get(protocol);
      if (known !== undefined) return known;
      const made = await make(protocol);
      agents.set(protocol, made);
      open.push(made.agent);
      return made;
    },
  };
}

export function closeConnections(connections: Connections | undefined): void {
  for (const agent of connections?.open.splice(0) ?? []) agent.destroy();
}
