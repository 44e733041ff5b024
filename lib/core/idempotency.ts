// Runs with an idempotency key of their own: two firings whose keys read alike, within the window, make one run. The run's id
// derives from the key and a slot of time as long as the window, so that the usual condition on new ids decides; a firing that comes
// just after a slot's end finds the run of the slot before, if that is not older than the window.
import { NAMESPACE, uuidv5 } from './ids.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros } from './time.ts'

/** Days in which a key makes one run, unless the action says otherwise. */
export const IDEMPOTENCY_DAYS = 1
/** The longest window: a run that is older is somebody's past. */
export const IDEMPOTENCY_DAYS_MAX = 365

const MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND

/** Which run a key means. */
export interface KeyedRun {
  key: string
  /** The run to be made, or the one that was made in this slot. */
  id: string
  /** The run of the slot before, and the moment after which it must have been created to count. */
  before: { id: string; since: string }
}

/** Keys are of a deployment: automations that name one key for one deployment make one run. */
export function keyedRun(
  deploymentId: string,
  { key, days }: { key: string; days: number },
  firedAt: Micros,
): KeyedRun {
  const window = days * MICROS_PER_DAY
  const slot = Math.floor(firedAt / window)
  const idOf = (slot: number) =>
    uuidv5(`${deploymentId}/run/${days}/${slot}/${key}`, NAMESPACE.action)
  return {
    key,
    id: idOf(slot),
    before: { id: idOf(slot - 1), since: formatInstant(firedAt - window) },
  }
}
