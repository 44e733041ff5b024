import { describe, expect, it } from 'vitest'
import {
  OUTPUT_BYTES_MAX,
  SOURCE_CHARS_MAX,
  TOKENS_MAX,
} from '../../../lib/core/template/budget.ts'
import { kindOf, rendered } from './cast.ts'

describe('budgets', () => {
  it.each([
    [
      'loops in loops',
      '{% for a in range(99) %}{% for b in range(99) %}{% for c in range(99) %}{% endfor %}{% endfor %}{% endfor %}',
    ],
    ['a text repeated', '{{ "a" * 10 ** 9 }}'],
    ['a power of a power', '{{ (10 ** 1000) ** 1000 }}'],
    ['a wide column', '{{ "x"|center(10 ** 9) }}'],
    ['a wide directive', '{{ "%999999999d" % 1 }}'],
    ['a replacement everywhere', '{{ ("x" * 99999)|replace("", "y" * 99999)|length }}'],
    ['a macro that calls itself', '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}'],
    ['parentheses', `{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`],
    ['a chain of attributes', `{{ a${'.a'.repeat(20000)} }}`],
    ['a run of signs', `{{ ${'-'.repeat(20000)}1 }}`],
    ['a long template', 'x'.repeat(SOURCE_CHARS_MAX + 1)],
    ['a long list', `{{ [${'1,'.repeat(TOKENS_MAX / 2)}] }}`],
    [
      'thousands of zeros in groups',
      "{{ '{:0900000,}'.format(1)|length }}{{ '{:0900000,}'.format(1) * 9 }}",
    ],
    [
      'a key of tuples that share their parts',
      '{% set n = namespace(t=(1,)) %}{% for i in range(60) %}{% set n.t = (n.t, n.t) %}{% endfor %}{{ [n.t]|unique|list|length }}{{ {n.t: 1}|length }}',
    ],
    ['a long number', '{{ ("9" * 100000)|int }}'],
  ])('%s stops', (_, text) => {
    expect(kindOf(() => rendered(text))).toBe('budget')
  })

  it('output may reach its limit and not pass it', () => {
    const make = (count: number) => () => rendered('{{ "é" * n }}', { n: count })

    expect(Buffer.byteLength(make(OUTPUT_BYTES_MAX / 2)())).toBe(OUTPUT_BYTES_MAX)
    expect(kindOf(make(OUTPUT_BYTES_MAX / 2 + 1))).toBe('budget')
  })

  it('the wall clock is the caller’s, and stops a rendering when it has run out', () => {
    let now = 0
    const clock = { now: () => now++, wallMs: 3 }
    const text = '{% for a in range(99) %}{% for b in range(99) %}{% endfor %}{% endfor %}'

    expect(kindOf(() => rendered(text, {}, clock))).toBe('budget')
    expect(kindOf(() => rendered(text))).toBeNull()
  })
})
