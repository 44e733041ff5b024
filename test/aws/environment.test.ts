import { describe, expect, it } from 'vitest'
import { READ_BY, readEnvironment } from '../../lib/aws/environment.ts'
import { VARIABLE } from '../../lib/names.ts'

const full = Object.fromEntries(Object.values(VARIABLE).map((name) => [name, '7']))

describe('a function’s environment', () => {
  it('is read into what its services need', () => {
    expect(
      readEnvironment('publish', {
        ...full,
        PUBLISH_PREFIXES: 'order., bread.',
        RETENTION_DAYS: '30',
      }),
    ).toMatchObject({ publishPrefixes: ['order.', 'bread.'], retentionDays: 30, bus: '7' })
  })

  it('may have no prefixes', () => {
    expect(readEnvironment('publish', { ...full, PUBLISH_PREFIXES: '' }).publishPrefixes).toEqual(
      [],
    )
  })

  it.each(Object.entries(READ_BY).flatMap(([name, read]) => read.map((v) => [name, VARIABLE[v]])))(
    'of %s fails by name without %s',
    (name, variable) => {
      const { [variable as string]: _, ...rest } = full

      expect(() => readEnvironment(name as keyof typeof READ_BY, rest)).toThrow(
        `environment of ${name}: ${variable} is missing`,
      )
    },
  )

  it.each(['', '0', '1.5', 'a week'])('has no retention of %j days', (days) => {
    expect(() => readEnvironment('receive', { ...full, RETENTION_DAYS: days })).toThrow(
      'RETENTION_DAYS',
    )
  })
})
