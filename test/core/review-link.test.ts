// Links of reviews: what is signed comes back, and nothing else does.
import { describe, expect, it } from 'vitest'
import { REVIEW_VERBS, type ReviewLink, readLink, signLink } from '../../lib/core/review-link.ts'
import { afterOpening, OPENING } from './bakery.ts'

const KEY = 'flour, water, salt'

const link: ReviewLink = {
  verb: 'cancel',
  workspace: '00000000-0000-4000-8000-00000000000a',
  runId: '00000000-0000-4000-8000-0000000000f1',
  stateId: '00000000-0000-4000-8000-0000000000f2',
  expiresAt: afterOpening(7_200),
  postponeSeconds: 3_600,
}
const token = signLink(link, KEY)

describe('a link', () => {
  it.each(REVIEW_VERBS)('to %s says what it is for, in 104 characters of any address', (verb) => {
    const one = signLink({ ...link, verb }, KEY)

    expect(one).toMatch(/^[\w-]{104}$/)
    expect(readLink(one, KEY, OPENING)).toEqual({ ...link, verb })
  })

  it('is good until its run begins, and not at that moment', () => {
    expect(readLink(token, KEY, link.expiresAt - 1)).toEqual(link)
    expect(readLink(token, KEY, link.expiresAt)).toBeNull()
  })

  it('is nothing with any one bit changed', () => {
    const bytes = Buffer.from(token, 'base64url')
    const survivors = Array.from({ length: bytes.length * 8 }, (_, bit) => {
      const altered = Buffer.from(bytes)
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      return readLink(altered.toString('base64url'), KEY, OPENING)
    }).filter((read) => read !== null)

    expect(bytes).toHaveLength(78)
    expect(survivors).toEqual([])
  })

  it.each([
    ['of another key', signLink(link, 'flour, water, pepper')],
    ['of an empty key', signLink(link, '')],
    ['cut short', token.slice(0, -1)],
    ['with more behind it', `${token}A`],
    ['with an equals sign behind it', `${token}=`],
    ['with spaces in it', `${token.slice(0, 50)} ${token.slice(50)}`],
    ['in the other spelling of base64', `+${token.slice(1)}`],
    ['that is empty', ''],
    ['of zeros', 'A'.repeat(104)],
    ['that is no ASCII', 'é'.repeat(104)],
  ])('%s is none', (_, forged) => {
    expect(readLink(forged, KEY, OPENING)).toBeNull()
  })
})
