import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Refusal } from '../../lib/core/errors.ts'
import { EVENT_BYTES_MAX, parseEvent, parseEvents } from '../../lib/core/event.ts'

const ID = '00000000-0000-4000-8000-000000000001'
const doughProofed = {
  id: ID,
  occurred: '2025-01-01T06:00:00Z',
  event: 'dough.proofed',
  resource: { 'prefect.resource.id': 'bakery.dough.1' },
}

const faultsOf = (body: unknown) => {
  try {
    parseEvents(body)
    return []
  } catch (error) {
    if (error instanceof Refusal) return error.faults.map(({ loc, type }) => [loc.join('.'), type])
    throw error
  }
}

describe('reading events', () => {
  it('fills in what may be left out, and drops what is unknown, `received` among it', () => {
    const sent = { ...doughProofed, received: '1999-01-01T00:00:00Z', mood: 'warm' }

    expect(parseEvents([sent])).toEqual([
      {
        ...doughProofed,
        occurred: '2025-01-01T06:00:00.000000Z',
        related: [],
        payload: {},
        follows: null,
      },
    ])
  })

  it.each([
    ['2025-01-01T06:00:00.123456Z', '2025-01-01T06:00:00.123456Z'],
    ['2025-01-01T08:00:00.1+02:00', '2025-01-01T06:00:00.100000Z'],
    ['2025-01-01 06:00:00', '2025-01-01T06:00:00.000000Z'],
    ['2025-01-01', '2025-01-01T00:00:00.000000Z'],
    [1735711200, '2025-01-01T06:00:00.000000Z'],
    [1735711200123, '2025-01-01T06:00:00.123000Z'],
    ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
  ])('occurred %j is kept as %s', (occurred, kept) => {
    expect(parseEvent({ ...doughProofed, occurred }).occurred).toBe(kept)
  })

  it.each([
    '2025-02-30T00:00:00.000000Z',
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+01:00',
    1e18,
    null,
    true,
  ])('occurred %j is refused', (occurred) => {
    expect(faultsOf([{ ...doughProofed, occurred }])).toEqual([['body.0.occurred', 'value_error']])
  })

  it('writes ids in lower case with dashes', () => {
    const id = '{0000ABCD-0000-4000-8000-000000000001}'

    expect(parseEvent({ ...doughProofed, id }).id).toBe('0000abcd-0000-4000-8000-000000000001')
  })

  it('reports every fault of every event', () => {
    const related = [{ 'prefect.resource.id': 'baker' }, 'x']

    expect(faultsOf([{}, doughProofed, { ...doughProofed, related, payload: [] }])).toEqual([
      ['body.0.occurred', 'missing'],
      ['body.0.event', 'missing'],
      ['body.0.id', 'missing'],
      ['body.0.resource', 'missing'],
      ['body.2.related.0', 'value_error'],
      ['body.2.related.1', 'dict_type'],
      ['body.2.payload', 'dict_type'],
    ])
  })

  it('refuses an event of more bytes than can be stored, and takes one of fewer', () => {
    const bytes = Buffer.byteLength(
      JSON.stringify(parseEvent({ ...doughProofed, payload: { a: '' } })),
    )
    const room = EVENT_BYTES_MAX - bytes

    expect(faultsOf([{ ...doughProofed, payload: { a: 'x'.repeat(room) } }])).toEqual([])
    expect(faultsOf([{ ...doughProofed, payload: { a: 'x'.repeat(room + 1) } }])).toEqual([
      ['body.0', 'value_error'],
    ])
  })

  it('refuses payloads that later steps could not recurse through', () => {
    const payload = JSON.parse(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)

    expect(faultsOf([{ ...doughProofed, payload }])).toEqual([['body.0.payload', 'value_error']])
  })

  it('keeps a `__proto__` key as plain data', () => {
    const sent = JSON.parse(
      `{"id":"${ID}","occurred":"2025-01-01","event":"e","resource":{"prefect.resource.id":"r","__proto__":"x"},"payload":{"__proto__":{"polluted":1}}}`,
    )

    const { resource, payload } = parseEvent(sent)

    expect(Object.keys(resource)).toContain('__proto__')
    expect(JSON.stringify(payload)).toBe('{"__proto__":{"polluted":1}}')
    expect('polluted' in {}).toBe(false)
  })

  it('answers anything with events or a refusal', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(() => faultsOf(value)).not.toThrow()
        expect(() =>
          faultsOf([{ ...doughProofed, resource: value, related: [value] }]),
        ).not.toThrow()
      }),
    )
  })
})
