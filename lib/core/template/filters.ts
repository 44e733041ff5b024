// Every filter by name. What is not here is unknown; what is in REFUSED_FILTERS exists in Prefect and is left out by name.
import { humanizeFilters } from './filters/humanize.ts'
import { listFilters } from './filters/lists.ts'
import { numberFilters } from './filters/numbers.ts'
import { prefectFilters } from './filters/prefect.ts'
import { textFilters } from './filters/text.ts'
import type { Entry } from './run.ts'

/** All filters with their signatures: the tables of ./filters together. */
export const filters: Readonly<Record<string, Entry>> = {
  ...textFilters,
  ...listFilters,
  ...numberFilters,
  ...humanizeFilters,
  ...prefectFilters,
}

const NEEDS_CLOCK = 'it reads the clock; pass the moment in and use precisedelta or strftime'

/** Filters of Prefect's environment that we refuse when the template is saved, each with the reason. */
export const REFUSED_FILTERS: Readonly<Record<string, string>> = {
  random: 'rendering the same template twice must give the same text',
  pprint: 'its line breaking is for debugging; use tojson(indent=2)',
  urlize: 'what it takes for a link cannot be bounded in time',
  wordwrap: 'breaking lines is for the reader of the text',
  humanize_naturaltime: NEEDS_CLOCK,
  humanize_naturalday: NEEDS_CLOCK,
  humanize_naturaldate: NEEDS_CLOCK,
}
