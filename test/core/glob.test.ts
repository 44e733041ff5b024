import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchesGlob, matchesPattern, parseGlob, parsePattern } from '../../lib/core/glob.ts'

describe('globs', () => {
  // Answers of Python's fnmatch.fnmatchcase.
  it.each([
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['**', 'a\nb', true],
    ['a*', 'a', true],
    ['*a', 'ba', true],
    ['a*a', 'a', false],
    ['a*b*c', 'a-b-c', true],
    ['a*bc*c', 'abc', false],
    ['a*b*b', 'ab', false],
    ['?', '😀', true],
    ['??', '😀', false],
    ['a?b', 'a\nb', true],
    ['a*?', 'a', false],
    ['*?b', 'ab', true],
    ['*[ab]?', 'xxaz', true],
    ['[ab]', 'b', true],
    ['[!ab]', 'b', false],
    ['[^ab]', '^', true],
    ['[^ab]', 'c', false],
    ['[a-c]', 'b', true],
    ['[c-a]', 'b', false],
    ['[c-a]', 'c', false],
    ['[!c-a]', 'b', true],
    ['[a-]', '-', true],
    ['[-a]', '-', true],
    ['[a-c-e]', '-', true],
    ['[a-c-e]', 'd', false],
    ['[]]', ']', true],
    ['[!]]', ']', false],
    ['[]-a]', '^', true],
    ['[', '[', true],
    ['[]', '[]', true],
    ['[!]', '[!]', true],
    ['a[b', 'a[b', true],
    ['\\*', '\\x', true],
    ['\\*', '*', false],
    ['[\\]', '\\', true],
    ['[*]', '*', true],
    ['[*]', 'a', false],
    ['A', 'a', false],
  ])('%j against %j is %s', (text, value, expected) => {
    expect(matchesGlob(parseGlob(text), value)).toBe(expected)
  })

  it.each([
    ['a', 'a', true],
    ['!a', 'a', false],
    ['!a', 'b', true],
    ['!', '', false],
    ['!', 'a', true],
    ['!!a', '!a', false],
    ['!!a', 'a', true],
  ])('the pattern %j against %j is %s', (text, value, expected) => {
    expect(matchesPattern(parsePattern(text), value)).toBe(expected)
  })

  it('agree with a matcher that tries everything', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '😀'), maxLength: 8 })
    const glob = fc.string({
      unit: fc.constantFrom('a', 'b', '*', '?', '[ab]', '[!a]'),
      maxLength: 6,
    })

    fc.assert(
      fc.property(glob, text, (pattern, value) => {
        expect(matchesGlob(parseGlob(pattern), value)).toBe(naively(pattern, [...value]))
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['texts between many stars', `${'*a'.repeat(500)}b`, 'a'.repeat(300_000)],
    ['classes between many stars', `${'*[ab]'.repeat(500)}c*`, 'a'.repeat(300_000)],
    ['one long piece with wildcards', `*${'a?'.repeat(500)}b*`, 'a'.repeat(300_000)],
    ['one long text', `*${'a'.repeat(1000)}b*`, 'a'.repeat(300_000)],
  ])('are read in one pass over a hostile value: %s', (_, pattern, value) => {
    const started = performance.now()

    expect(matchesGlob(parseGlob(pattern), value)).toBe(false)

    expect(performance.now() - started).toBeLessThan(2000)
  })
})

/** Backtracks without restraint; knows `[ab]` and `[!a]` by heart. */
function naively(pattern: string, value: string[]): boolean {
  const [first, ...rest] = value
  if (pattern === '') return value.length === 0
  if (pattern.startsWith('*')) {
    return naively(pattern.slice(1), value) || (value.length > 0 && naively(pattern, rest))
  }
  if (first === undefined) return false
  if (pattern.startsWith('?')) return naively(pattern.slice(1), rest)
  if (pattern.startsWith('[ab]')) return 'ab'.includes(first) && naively(pattern.slice(4), rest)
  if (pattern.startsWith('[!a]')) return first !== 'a' && naively(pattern.slice(4), rest)
  return pattern.startsWith(first) && naively(pattern.slice(first.length), rest)
}
