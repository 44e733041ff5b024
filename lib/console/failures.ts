// What went wrong and what works behind the pages, in words for people.
import type { CountedFate } from '../core/fates.ts'
import type { WakeKey } from '../core/wake-key.ts'
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

interface ReaderWords {
  does: string
  /** Of a record that it could not do. */
  failed: string
}

const READERS: Readonly<Record<string, ReaderWords>> = {
  evaluate: { does: 'Triggers see events', failed: 'Triggers did not see an event' },
  publish: { does: 'Events go to the feed', failed: 'An event did not reach the feed' },
  act: { does: 'Firings are acted on', failed: 'A firing was not acted on' },
  announce: { does: 'Changes become events', failed: 'A change became no event' },
}

/** A reader of a stream by what it does. */
export const readerTitle = (name: string): string => READERS[name]?.does ?? name

/** A dead letter by what was not done. */
export const letterTitle = (reader: string): string => READERS[reader]?.failed ?? reader

/** An error's first line, and what is below it: where it came from, if that is known. */
export function errorParts(error: string): { message: string; trace: string } {
  const [message = '', ...trace] = error.split('\n')
  return { message, trace: trace.map((line) => line.trim()).join('\n') }
}

/** What became of events that a trigger wanted and that changed nothing there. */
export const FATE_WORDS: Readonly<Record<CountedFate, string>> = {
  late: 'They happened before the window began',
  held: 'They wait for the event that they follow',
  ignored: 'No window was open to count them',
}

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
