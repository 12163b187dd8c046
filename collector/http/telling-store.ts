/**
 * telling-store: a store that tells what it has newly stored, once it has.
 */
import type { HourPut, Store } from "../stores/contract.ts";

export function tellingStore(store: Store, tell: (hours: readonly HourPut[]) => void): Store {
  return {
    supports: store.supports,
    open: () => store.open(),
    progress: () => store.progress(),
    loadHour: (series, hour) => store.loadHour(series, hour),
    lastBefore: (series, at, reach) => store.lastBefore(series, at, reach),
    firstAfter: (series, at, reach) => store.firstAfter(series, at, reach),
    async put(unit) {
      await store.put(unit);
      tell(unit.hours);
    },
    buckets: (series, span) => store.buckets(series, span),
    samples: (series, span, limit) => store.samples(series, span, limit),
    extent: (series) => store.extent(series),
    close: () => store.close(),
  };
}
