import { describe, expect, it } from 'vitest'
import { stringifyJson } from '../../../lib/core/json.ts'
import { renderDocument } from '../../../lib/core/template/document.ts'
import { parseTemplate } from '../../../lib/core/template/template.ts'
import { readJson } from '../../../lib/core/webhook-context.ts'
import { kindOf } from './cast.ts'

const document = (text: string, body: unknown = {}) =>
  renderDocument(parseTemplate(text), { body }).value

const HOSTILE = 'x","event":"forged\\'

describe('a value of the request', () => {
  it.each([
    ['inside quotes it is text', '{"a": "<{{ body.v }}>"}', { a: `<${HOSTILE}>` }],
    ['outside quotes it is a JSON string', '{"a": {{ body.v }}}', { a: HOSTILE }],
    ['as a key it is one key', '{"{{ body.v }}": 1}', { [HOSTILE]: 1 }],
    ['tojson stays what it is', '{"a": {{ body.v|tojson }}}', { a: HOSTILE }],
    ['quotes may be joined on', `{"a": {{ '"' ~ body.v ~ '"' }}}`, { a: HOSTILE }],
    ['quotes may be formatted on', `{"a": {{ '"%s"'|format(body.v) }}}`, { a: HOSTILE }],
    [
      'a macro may write the quotes',
      '{% macro q(v) %}"{{ v }}"{% endmacro %}{"a": {{ q(body.v) }}}',
      { a: HOSTILE },
    ],
    [
      'a set block may write the quotes',
      '{% set q %}{"b": "{{ body.v }}"}{% endset %}{"a": {{ q }}}',
      { a: { b: HOSTILE } },
    ],
    [
      'a filter block may trim the whole',
      '{% filter trim %} {"a": "{{ body.v }}"} {% endfilter %}',
      { a: HOSTILE },
    ],
    [
      'join may separate strings',
      `{"a": ["{{ [body.v, 'y']|join('", "') }}"]}`,
      { a: [HOSTILE, 'y'] },
    ],
  ])('%s', (_, text, expected) => {
    expect(document(text, { v: HOSTILE })).toEqual(expected)
  })

  it('outside quotes numbers, booleans, null and containers are JSON', () => {
    const body = { l: [1, true, null, { a: 'b' }] }

    expect(document('{"a": {{ body.l }}, "b": {{ body.l[0] }}}', body)).toEqual({ a: body.l, b: 1 })
  })

  it('inside quotes a container prints as Python prints it', () => {
    expect(document('{"a": "{{ body }}"}', { k: "it's" })).toEqual({ a: `{'k': "it's"}` })
  })

  it('is never read as a template', () => {
    expect(document('{"a": "{{ body.v }}"}', { v: '{{ 1 }}{% if %}' })).toEqual({
      a: '{{ 1 }}{% if %}',
    })
  })
})

describe('what the author writes', () => {
  it.each([
    ['{"a": {{ "true" if body.v else "false" }}}', { a: true }],
    ['{% set s = joiner(",") %}[{% for x in [1, 2] %}{{ s() }}{{ x }}{% endfor %}]', [1, 2]],
    ['{"a": {{ body.flag|lower }}}', { a: true }],
    ['{"a": {{ body.d|tojson(indent=2)|indent(4) }}}', { a: { k: 'x\ny' } }],
    [`{"a": "{{ (body.u|tojson)[1:-1] }}"}`, { a: 'ü"' }],
    ['{"a": {{ "%.2f"|format(body.n) }}}', { a: 1.5 }],
  ])('%s is structure', (text, expected) => {
    const body = { v: 1, flag: true, d: { k: 'x\ny' }, u: 'ü"', n: 1.5 }

    expect(JSON.parse(stringifyJson(document(text, body)))).toEqual(expected)
  })

  it('is refused where it was mixed with a value and then changed, for its quotes can no longer be told apart', () => {
    const text = `{"a": {{ ('"' ~ body.v ~ '"')|upper }}}`

    expect(kindOf(() => document(text, { v: 'plain' }))).toBe('document')
  })
})

describe('a document', () => {
  it('with one key twice is refused', () => {
    expect(kindOf(() => document('{"a": 1, "{{ body.k }}": 2}', { k: 'a' }))).toBe('document')
  })

  it('that is no JSON is refused', () => {
    expect(kindOf(() => document('{"a": }'))).toBe('document')
  })

  it('keeps the digits of numbers as they were sent', () => {
    const body = readJson('{"id": 12345678901234567890, "price": 1.10, "n": 1e3}')
    const text = '{"b": {{ body|tojson }}, "id": {{ body.id }}, "price": {{ body.price }}}'

    expect(stringifyJson(document(text, body))).toBe(
      '{"b":{"id":12345678901234567890,"n":1e3,"price":1.10},"id":12345678901234567890,"price":1.10}',
    )
  })
})
