// Prefect's own figures for the same load (3.8.8 on PostgreSQL 15, two busy cores, bench/load.cjs), for ratios when no Prefect
// server runs beside ours. Treat ±30 % as noise; `npm run bench -- --prefect URL` measures both in one run instead.

/** By figure: what load.cjs prints, reduced to the number that is compared. */
export const PREFECT: Record<string, number> = {
  'ingest 1/request conc 1: acked/s': 285,
  'ingest 1/request conc 16: acked/s': 393,
  'ingest 1/request conc 64: acked/s': 398,
  'ingest 100/request conc 1: readable/s': 894,
  'ingest 100/request conc 16: readable/s': 857,
  'ingest 100/request conc 64: readable/s': 665,
  'ingest: events lost': 2699,
  'e2e one at a time: ms p50': 189.9,
  'e2e burst of 1000: cleared s': 219,
  'ws 1 conns: readable/s': 691,
  'ws 4 conns: readable/s': 676,
  'feed load: stored/s': 693,
  'feed newest 50, no filter: ms p50': 16.4,
  'feed window of 1 h: ms p50': 8.5,
  'feed event prefix (1/20): ms p50': 37.3,
  'feed event exact (1/20): ms p50': 10.5,
  'feed resource id exact (100 events): ms p50': 46.8,
  'feed resource id prefix (1/10): ms p50': 43,
  'feed any_resource exact: ms p50': 12.1,
  'feed window 1 h + prefix + resource: ms p50': 13.4,
  'feed following pages: ms p50': 9.3,
  'ingest kept with 5000 automations: %': 36,
}
