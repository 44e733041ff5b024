import { appendFileSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { appendLetter, fileLetters } from '../../lib/local/letters.ts'

function letters(handler: () => Promise<{ batchItemFailures?: { itemIdentifier: string }[] }>) {
  const path = join(mkdtempSync(join(tmpdir(), 'tripline-letters-')), 'letters.ndjson')
  const known = fileLetters(path, (name) =>
    name === 'act' ? async () => ({ batchItemFailures: [], ...(await handler()) }) : undefined,
  )
  const letter = (eventId: string) => ({
    at: `2026-11-21T09:00:0${eventId}.000Z`,
    consumer: 'act',
    eventId,
    error: 'no such thing',
    record: { eventID: eventId },
  })
  return { path, known, add: (eventId: string) => appendLetter(path, letter(eventId)) }
}

describe('dead letters', () => {
  it('are none before there is a file', async () => {
    const { known } = letters(async () => ({}))
    expect([await known.count(), await known.list(9)]).toEqual([0, []])
  })

  it('are listed newest first, and one is shown with its record', async () => {
    const { known, add } = letters(async () => ({}))
    add('1')
    add('2')
    const [newest] = await known.list(1)
    expect(newest).toMatchObject({ reader: 'act', error: 'no such thing' })
    expect(await known.get(newest?.id ?? '')).toMatchObject({ record: { eventID: '2' } })
    expect(await known.count()).toBe(2)
  })

  it('go once their reader has done them, and no other goes with them', async () => {
    const { known, add, path } = letters(async () => ({}))
    add('1')
    add('2')
    const [, oldest] = await known.list(2)
    expect(await known.retry(oldest?.id ?? '')).toEqual({ error: null })
    expect(readFileSync(path, 'utf8')).toMatch(/^[^\n]*"eventID":"2"[^\n]*\n$/)
  })

  it.each([
    ['throws', () => Promise.reject(new Error('still broken')), 'Error: still broken'],
    [
      'reports it',
      async () => ({ batchItemFailures: [{ itemIdentifier: '1' }] }),
      'the reader reported it as failed',
    ],
  ])('stay when the reader %s again', async (_, handler, error) => {
    const { known, add } = letters(handler)
    add('1')
    const [one] = await known.list(1)
    expect(await known.retry(one?.id ?? '')).toEqual({ error })
    expect(await known.count()).toBe(1)
  })

  it('that are not there are not found', async () => {
    const { known } = letters(async () => ({}))
    await expect(known.retry('x')).rejects.toMatchObject({ status: 404 })
  })

  it('that a full disk cut short hide none of the others', async () => {
    const { path, known, add } = letters(async () => ({}))
    add('1')
    appendFileSync(path, '{"at":"2026-11-21T09:00:02.000Z","cons')
    add('3')

    const [newest, oldest] = await known.list(9)
    expect(await known.get(newest?.id ?? '')).toMatchObject({ record: { eventID: '3' } })
    expect(await known.get(oldest?.id ?? '')).toMatchObject({ record: { eventID: '1' } })
    expect(await known.count()).toBe(2)
  })
})
