// What a request to a table costs, in DynamoDB's units: how a local process tells what its work would cost on AWS. An estimate: items
// are weighed as they are stored, and writes of indexes are counted for items that have their keys.
import { MICROS_PER_SECOND, type Micros } from './time.ts'

/** Dollars per million units on demand (us-east-1, November 2026); `infra/prices.ts` has the same, and a test compares them. */
export const USD_PER_MILLION_UNITS = { read: 0.125, write: 0.625 } as const

/** Bytes of one unit. */
const WRITE_BYTES = 1_024
const READ_BYTES = 4_096

/** Units of writing an item; each index that has it is written too. */
export const writeUnits = (bytes: number, indexes: number): number =>
  Math.max(1, Math.ceil(bytes / WRITE_BYTES)) + indexes

/** Units of reading so many bytes in one request: half of them where what was written a moment ago need not be seen. */
export const readUnits = (bytes: number, isConsistent: boolean): number =>
  Math.max(1, Math.ceil(bytes / READ_BYTES)) * (isConsistent ? 1 : 0.5)

/** Requests and units since a moment. */
export interface Spending {
  since: Micros
  requests: number
  readUnits: number
  writeUnits: number
}

/** What units cost in dollars. */
export const usdOf = ({ readUnits, writeUnits }: Spending): number =>
  (readUnits * USD_PER_MILLION_UNITS.read + writeUnits * USD_PER_MILLION_UNITS.write) / 1e6

/** Dollars a month if it went on like this; null while it has not gone on for long enough to tell. */
export function usdPerMonth(spending: Spending, now: Micros): number | null {
  const seconds = (now - spending.since) / MICROS_PER_SECOND
  return seconds < TELLING_SECONDS ? null : (usdOf(spending) / seconds) * MONTH_SECONDS
}

const TELLING_SECONDS = 600
const MONTH_SECONDS = 30 * 86_400
