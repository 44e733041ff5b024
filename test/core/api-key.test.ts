// Keys as texts, and what is thought of one that is shown.
import { describe, expect, it } from 'vitest'
import {
  type ApiKey,
  credentialOf,
  credentialOfToken,
  isUseNews,
  judge,
  KEY_SECRETS_MAX,
  keyAnswer,
  keyIdOf,
  keyText,
  permits,
  revoked,
  rotated,
  SCOPES,
  type Scope,
} from '../../lib/core/api-key.ts'
import { newKey } from '../../lib/core/api-key-schema.ts'
import { formatInstant, MICROS_PER_SECOND, parseInstant } from '../../lib/core/time.ts'

const ID = '0193a5c2-1111-7222-8333-444455556666'
const CHANCE = 'abcdefghijklmnopqrstuvwxyz_-0123'
const TEXT = keyText(ID, CHANCE)
const NOW = '2026-11-21T09:00:00.000000Z'
const START = parseInstant(NOW) ?? 0
const later = (seconds: number) => START + seconds * MICROS_PER_SECOND

const key = (over: Partial<ApiKey> = {}): ApiKey => ({
  ...newKey(
    { name: 'baker', scopes: ['write'], expires_at: null },
    { id: ID, workspace: 'w', text: TEXT, now: NOW, at: START },
  ),
  ...over,
})

describe('the text of a key', () => {
  it('names the key, so that one found lying about can be revoked', () => {
    expect(TEXT).toMatch(/^tl_0193a5c2111172228333444455556666_/)
    expect(keyIdOf(TEXT)).toBe(ID)
  })

  it.each([
    ['nothing', ''],
    ['another word', 'tripline'],
    ['one character changed', `${TEXT.slice(0, 40)}#${TEXT.slice(41)}`],
    ['two characters swapped', `${TEXT.slice(0, 40)}${TEXT[41]}${TEXT[40]}${TEXT.slice(42)}`],
    ['one character too few', TEXT.slice(0, -1)],
    ['something after it', `${TEXT}A`],
    ['a line after it', `${TEXT}\n`],
    ['capitals in its id', TEXT.replace('a5c2', 'A5C2')],
    ['the secret of Prefect Cloud', 'pnu_0123456789abcdef0123456789abcdef0123'],
  ])('is seen to be none without looking anywhere: %s', (_, text) => {
    expect(keyIdOf(text)).toBeNull()
  })
})

describe('a key that is shown', () => {
  it('is good', () => {
    expect(judge(key(), TEXT, START)).toBe('good')
  })

  it('is wrong with another secret', () => {
    expect(judge(key(), keyText(ID, CHANCE.replace('a', 'b')), START)).toBe('wrong')
  })

  it('expires at its moment, not before', () => {
    const ending = key({ expires_at: formatInstant(later(60)) })

    expect(judge(ending, TEXT, later(59))).toBe('good')
    expect(judge(ending, TEXT, later(60))).toBe('expired')
  })

  it('is revoked for ever, and is known even then', () => {
    const gone = revoked(key(), formatInstant(later(1)))

    expect(judge(gone, TEXT, later(2))).toBe('revoked')
    expect(revoked(gone, formatInstant(later(9)))).toBe(gone)
  })
})

describe('a rotated key', () => {
  const NEXT = keyText(ID, CHANCE.replace('a', 'b'))
  const rotate = (was: ApiKey, text: string, at: number, overlap: number) =>
    rotated(was, {
      text,
      now: formatInstant(later(at)),
      at: later(at),
      until: formatInstant(later(at + overlap)),
    })

  it('goes by both texts until the overlap ends, then by the new one', () => {
    const turned = rotate(key(), NEXT, 0, 60)

    const judged = [59, 60].map((at) =>
      [TEXT, NEXT].map((text) => judge(turned as ApiKey, text, later(at))),
    )
    expect(judged).toEqual([
      ['good', 'good'],
      ['expired', 'good'],
    ])
  })

  it('goes by the new text alone where no overlap is wanted', () => {
    const turned = rotate(key(), NEXT, 0, 0) as ApiKey

    expect(judge(turned, TEXT, START)).toBe('wrong')
    expect(judge(turned, NEXT, START)).toBe('good')
  })

  it('ends an old text no later for being rotated again', () => {
    const twice = rotate(rotate(key(), NEXT, 0, 60) as ApiKey, `${NEXT}x`, 1, 3_600) as ApiKey

    expect(judge(twice, TEXT, later(60))).toBe('expired')
    expect(judge(twice, NEXT, later(60))).toBe('good')
  })

  it('goes by no more texts than it may', () => {
    let turned: ApiKey | null = key()
    for (let i = 1; i < KEY_SECRETS_MAX; i += 1) turned = rotate(turned as ApiKey, `${i}`, i, 3_600)

    expect(turned?.secrets).toHaveLength(KEY_SECRETS_MAX)
    expect(rotate(turned as ApiKey, 'one more', 10, 3_600)).toBeNull()
    expect(rotate(turned as ApiKey, 'the only one', 10, 0)?.secrets).toHaveLength(1)
  })
})

describe('what a scope may do', () => {
  const TABLE: Record<Scope, Scope[]> = {
    ingest: ['ingest'],
    read: ['read'],
    write: ['ingest', 'read', 'write'],
    admin: ['ingest', 'read', 'write', 'admin'],
  }

  it.each(SCOPES)('%s', (scope) => {
    expect(SCOPES.filter((needed) => permits([scope], needed))).toEqual(TABLE[scope])
  })

  it('is nothing without one', () => {
    expect(SCOPES.filter((needed) => permits([], needed))).toEqual([])
  })
})

it('is shown without anything that it is compared with', () => {
  const shown = JSON.stringify(keyAnswer(key(), START))

  expect(shown).not.toContain(key().secrets[0]?.hash)
  expect(shown).not.toContain(CHANCE)
  expect(shown).toContain(TEXT.slice(-4))
})

it('is noted as used once an hour', () => {
  expect(isUseNews(key(), START)).toBe(true)
  const used = key({ last_used_at: NOW })
  expect([3_599, 3_600].map((at) => isUseNews(used, later(at)))).toEqual([false, true])
})

describe('a credential', () => {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

  it.each([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    [basic('tripline:abc'), 'abc'],
    [basic('anybody:abc'), 'abc'],
    [basic('abc:'), 'abc'],
    [basic('tripline:a:b'), 'a:b'],
    [basic(''), null],
    ['Bearer ', null],
    ['Bearer', null],
    ['Digest abc', null],
    ['abc', null],
    ['', null],
    [undefined, null],
  ])('of the header %s is %s', (header, credential) => {
    expect(credentialOf(header)).toBe(credential)
  })

  it.each([
    ['abc', 'abc'],
    ['tripline:abc', 'abc'],
    [null, null],
    ['', null],
    [7, null],
    [undefined, null],
  ])('of the frame’s token %s is %s', (token, credential) => {
    expect(credentialOfToken(token)).toBe(credential)
  })
})
