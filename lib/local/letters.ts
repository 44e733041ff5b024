// Dead letters of a local process: records that a reader of the streams could not do, a line each in dead-letters.ndjson. What is tried
// again and done is taken out of the file.
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import type { DynamoDBRecord } from 'aws-lambda'
import { Refusal } from '../core/errors.ts'
import type { DeadLetters } from '../core/vitals.ts'
import type { StreamHandler } from '../store/stream.ts'
import { writeAtomically } from './data-dir.ts'

/** A line of the file. */
interface Letter {
  at: string
  consumer: string
  eventId: string | undefined
  error: string
  record: DynamoDBRecord
}

/** Adds a line. It begins with an end of line: the last one may have been cut short, by a full disk or a kill. */
export const appendLetter = (path: string, letter: Letter): void =>
  appendFileSync(path, `\n${JSON.stringify(letter)}\n`)

/** What a line holds: nothing when it is empty, or was cut short; that record then came again, and has a line of its own. */
function letterOf(line: string): Letter[] {
  try {
    return line === '' ? [] : [JSON.parse(line)]
  } catch {
    return []
  }
}

/** A letter's name: the same for the same line. */
const idOf = ({ consumer, eventId, at }: Letter): string =>
  createHash('sha256').update(`${consumer}/${eventId}/${at}`).digest('hex').slice(0, 32)

/** The letters of a file; `handlerOf` answers who a letter was meant for. */
export function fileLetters(
  path: string,
  handlerOf: (consumer: string) => StreamHandler | undefined,
): DeadLetters {
  const all = (): Letter[] =>
    existsSync(path) ? readFileSync(path, 'utf8').split('\n').flatMap(letterOf) : []
  const shown = (letter: Letter) => ({
    id: idOf(letter),
    at: letter.at,
    reader: letter.consumer,
    error: letter.error,
  })

  return {
    list: async (limit) => all().reverse().slice(0, limit).map(shown),
    count: async () => all().length,
    async get(id) {
      const letter = all().find((one) => idOf(one) === id)
      return letter ? { ...shown(letter), record: letter.record } : null
    },
    async retry(id) {
      const letter = all().find((one) => idOf(one) === id)
      const handler = letter && handlerOf(letter.consumer)
      if (!letter || !handler) throw new Refusal(404, 'Dead letter not found')
      const failed = await handler({ Records: [letter.record] }).then(
        ({ batchItemFailures }) =>
          (batchItemFailures ?? []).length > 0 ? 'the reader reported it as failed' : null,
        (error: unknown) => String(error),
      )
      if (failed !== null) return { error: failed }
      // Read anew: another letter may have come meanwhile.
      const rest = all().filter((one) => idOf(one) !== id)
      writeAtomically(path, rest.map((one) => `${JSON.stringify(one)}\n`).join(''))
      return { error: null }
    },
  }
}
