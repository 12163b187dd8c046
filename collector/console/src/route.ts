/**
 * route: the place in the page, kept behind the `#` of its address: back, reload and a bookmark work.
 *
 * `#/series/greenhouse/air/temperature?tz=UTC&last=7d` = view, path and what was asked there.
 */
export const VIEWS = ["fleet", "series", "report"] as const;
export type ViewName = (typeof VIEWS)[number];

export interface Route {
  readonly view: ViewName;
  /** What stands behind the view: the id of a series, or nothing. */
  readonly path: string;
  readonly asked: Readonly<Record<string, string>>;
}

/** Anything else is the fleet. */
export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [name = "", ...rest] = path.split("/");
  const view = VIEWS.find((known) => known === name) ?? "fleet";
  return { view, path: rest.map(decoded).join("/"), asked: Object.fromEntries(new URLSearchParams(query)) };
}

/** Empty values are left out. */
export function hashOf({ view, path, asked }: Route): string {
  const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ""));
  const place = path === "" ? view : `${view}/${path.split("/").map(encodeURIComponent).join("/")}`;
  return query.size === 0 ? `#/${place}` : `#/${place}?${query}`;
}

/** A broken escape stands for itself. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
