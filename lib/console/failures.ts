// What went wrong and what works behind the pages, in words for people.
import type { WakeKey } from '../core/ports.ts'
import type { DeliveryCause } from '../core/webhook-failure.ts'

export const FAILURE_TITLES: Readonly<Record<DeliveryCause, string>> = {
  VERIFICATION_FAILED: 'Signature was wrong',
  UNPARSABLE_JSON: 'Body is no JSON',
  TEMPLATE_FAILED: 'Template failed',
  INVALID_EVENT: 'Template made no event',
  RESERVED_NAME: 'Name is reserved',
  NAME_NOT_ALLOWED: 'Name is not allowed',
  CAPTURED: 'A good call, captured',
}

const READERS: Readonly<Record<string, string>> = {
  evaluate: 'Triggers see events',
  publish: 'Events go to the feed',
  act: 'Firings are acted on',
  announce: 'Changes become events',
}

/** A reader of a stream by what it does. */
export const readerTitle = (name: string): string => READERS[name] ?? name

const WAKES: Readonly<Record<WakeKey['kind'], string>> = {
  'late-runs': 'Runs that may be late',
  schedules: 'Schedules',
  readiness: 'Pools and deployments that may fall silent',
  lease: 'Runs that may have crashed',
  launch: 'Runs to be launched',
  pause: 'Paused runs',
  bucket: 'Windows of triggers',
  held: 'Events that wait for another',
  delivery: 'Deliveries: notices and calls',
}

export const wakeTitle = (kind: WakeKey['kind']): string => WAKES[kind]
