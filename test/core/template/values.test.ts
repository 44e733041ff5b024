import { describe, expect, it } from 'vitest'
import { readJson } from '../../../lib/core/webhook-context.ts'
import { kindOf, rendered } from './cast.ts'

describe('printing', () => {
  it.each([
    ['{{ true }} {{ none }} {{ 1.0 }}', 'True None 1.0'],
    ['{{ 1e16 }} {{ 0.00001 }} {{ 1e15 }} {{ 0.0001 }}', '1e+16 1e-05 1000000000000000.0 0.0001'],
    ['{{ -0.0 }} {{ 1e999 }}', '-0.0 inf'],
    ['{{ ["it\'s", \'say "x"\', "a\\nb"] }}', `["it's", 'say "x"', 'a\\nb']`],
    ['{{ [none, (1,), {}, {"a": 1.0}] }}', "[None, (1,), {}, {'a': 1.0}]"],
    ['{{ ["\u2028", "\u00a0", "é", "😀"] }}', "['\\u2028', '\\xa0', 'é', '😀']"],
    ['{{ range(3) }} {{ {"a": 1}.items() }}', "range(0, 3) dict_items([('a', 1)])"],
  ])('%s', (text, expected) => {
    expect(rendered(text)).toBe(expected)
  })
})

describe('operators', () => {
  it.each([
    ['{{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }}', '3 -4 2 3.5'],
    ['{{ 2 ** 3 ** 2 }} {{ -2 ** 2 }} {{ 2 ** -1 }}', '64 4 0.5'],
    ['{{ 10 ** 20 + 1 }} {{ 9007199254740993 * 3 }}', '100000000000000000001 27021597764222979'],
    ['{{ -3|abs }} {{ 1 + 2|abs }} {{ 2 ~ 3 * 2 }}', '3 3 26'],
    ['{{ 1 < 2 < 3 }} {{ 1 == 1.0 == true }} {{ "a" in "abc" }}', 'True True True'],
    ['{{ "a" * 3 }} {{ [1] + [2] }} {{ "%05.1f|%s" % (2.25, "x") }}', 'aaa [1, 2] 002.2|x'],
    ['{{ "x" if false }}|{{ none or 5 }}|{{ 0 and 1 }}', '|5|0'],
    ['{{ {1: "a", true: "b", 1.0: "c"} }}', "{1: 'c'}"],
  ])('%s', (text, expected) => {
    expect(rendered(text)).toBe(expected)
  })

  it.each([
    ['{{ 1 + "a" }}', 'type'],
    ['{{ 1 < "a" }}', 'type'],
    ['{{ 1 % 0 }}', 'zero-division'],
    ['{{ 10.0 ** 400 }}', 'overflow'],
    ['{{ x + 1 }}', 'undefined'],
  ])('%s fails as %s', (text, kind) => {
    expect(kindOf(() => rendered(text))).toBe(kind)
  })
})

describe('access', () => {
  const context = {
    d: { items: 'key', _id: 'x', constructor: 'own' },
    l: [1, 2, 3],
    s: 'a😀b',
    n: null,
  }

  it.each([
    ['{{ d["items"] }} {{ d._id }} {{ d.constructor }}', 'key x own'],
    ['{{ d.items()|length }} {{ d.get("no", 5) }}', '3 5'],
    ['[{{ d.toString }}{{ l.length }}{{ s.length }}{{ d.__proto__ }}]', '[]'],
    ['{{ l[0] }}{{ l.1 }}{{ l[-1] }}{{ l[9] }}{{ l[::-1] }}', '123[3, 2, 1]'],
    ['{{ s|length }} {{ s[1] }} {{ s[::-1] }}', '3 😀 b😀a'],
    ['[{{ n.x.y }}] {{ n|default("d") }} {{ no.such.name|default("d") }}', '[] None d'],
    ['[{{ s.__class__.__mro__ }}]', '[]'],
  ])('%s', (text, expected) => {
    expect(rendered(text, context)).toBe(expected)
  })
})

describe('a context as it was sent', () => {
  it('keeps integers of any size, floats apart from integers, and the order of keys', () => {
    const body = readJson('{"b": 12345678901234567890, "1": 1.0, "0": -0.0, "a": 1e3}')

    expect(rendered('{{ body }}', { body })).toBe(
      "{'b': 12345678901234567890, '1': 1.0, '0': -0.0, 'a': 1000.0}",
    )
  })

  it('numbers of plain JSON are floats only when they have a fraction', () => {
    expect(rendered('{{ x }} {{ y }}', { x: 2, y: 2.5 })).toBe('2 2.5')
  })
})
