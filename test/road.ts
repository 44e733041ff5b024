// The whole road over tables in memory: records of the streams are delivered to the very handlers of entries.ts, as often and
// in such cuts as a test asks, until nothing moves any more.
import type { DynamoDBRecord } from 'aws-lambda'
import { act, announce, evaluate, publish } from '../lib/entries.ts'
import type { StreamHandler } from '../lib/store/stream.ts'
import { batchOf, type Fakes } from './fakes.ts'

export interface Delivery {
  /** How often each batch is delivered. @default 1 */
  times?: number
  /** Cuts a batch into several. @default one batch of all */
  cut?: (records: DynamoDBRecord[]) => DynamoDBRecord[][]
}

/** Rounds after which a road that still moves is going in circles. */
const ROUNDS_MAX = 100

export function road({ services, take }: Fakes) {
  const consumers: Record<'events' | 'objects', StreamHandler[]> = {
    events: [evaluate(services), publish(services)],
    objects: [act(services), announce(services)],
  }

  return async ({ times = 1, cut = (records) => [records] }: Delivery = {}): Promise<void> => {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      let hasMoved = false
      for (const table of ['events', 'objects'] as const) {
        const records = take(table)
        if (records.length === 0) continue
        hasMoved = true
        for (const batch of cut(records)) {
          for (const handler of consumers[table]) {
            for (let i = 0; i < times; i += 1) await handler(batchOf(batch))
          }
        }
      }
      if (!hasMoved) return
    }
    throw new Error(`still moving after ${ROUNDS_MAX} rounds`)
  }
}

/** Two halves, each of them in halves, down to single records: what bisecting a failed batch may come to. */
export const bisected = (records: DynamoDBRecord[]): DynamoDBRecord[][] => {
  if (records.length <= 1) return [records]
  const middle = records.length >> 1
  return [records, ...bisected(records.slice(0, middle)), ...bisected(records.slice(middle))]
}
