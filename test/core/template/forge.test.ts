// The promise of documents: whatever a stranger sends to a documented template, the event's name, ids and labels are its
// author's, and the text is JSON.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderDocument } from '../../../lib/core/template/document.ts'
import { TemplateError } from '../../../lib/core/template/errors.ts'
import { parseTemplate } from '../../../lib/core/template/template.ts'

/** Texts that would break out of a string, a document or a template, and anything else. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '"',
        '\\',
        '\\"',
        '",',
        '"}',
        '},',
        ':',
        '{',
        '[',
        ']',
        '{{',
        '}}',
        '{%',
        '%}',
        '{#',
        '\n',
        '\\u0022',
        '\ud800',
        '\u2028',
        "'",
        'event',
        '"event":"forged"',
        'prefect.resource.id',
        '"prefect.resource.id":"forged"',
        'x',
        ' ',
        '1',
        'null',
        '%s',
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
)

const value = fc.oneof(
  { weight: 4, arbitrary: hostile },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
)

/** Templates as the documentation and its readers write them; each names one event with two labels. */
const TEMPLATES = [
  '{"event": "e", "resource": {"prefect.resource.id": "r.{{ body.a }}", "who": "{{ body.b }}"}}',
  '{"event": "e", "resource": {"prefect.resource.id": "r.{{ body.a|default("none")|lower }}", "who": "{{ body.b|upper|trim }}"}}',
  '{"event": "e", "resource": {"prefect.resource.id": "r.{{ "x" ~ body.a }}", "who": "{{ body.b|e }}"}, "payload": {{ body|tojson }}}',
  '{"event": "e", "resource": {"prefect.resource.id": "r.{{ body.a|replace("\'", "") }}", "who": "{{ (body.b|string)[:5] }}"}}',
  '{"event": "e", "resource": {"prefect.resource.id": "r.{{ body.a|truncate(9) }}", "who": {{ body.b|string|tojson }}}}',
  '{"event": "e", "resource": {"prefect.resource.id": "r.{% if body.a %}{{ body.a }}{% endif %}", "who": {{ \'"\' ~ body.b ~ \'"\' }}}}',
  '{% set w %}{{ body.b }}{% endset %}{"event": "e", "resource": {"prefect.resource.id": "r.{{ body.a }}", "who": "{{ w }}"}}',
  '{% macro l(k, v) %}"{{ k }}": "{{ v }}"{% endmacro %}{"event": "e", "resource": {"prefect.resource.id": "r.{{ body.a }}", {{ l("who", body.b) }}}}',
  '{{ \'{"event": "e", "resource": {"prefect.resource.id": "r.%s", "who": "%s"}}\'|format(body.a, body.b) }}',
  '{"event": "e", "resource": {"prefect.resource.id": "r.{{ body.a }}", "who": "{{ (body.b|tojson)[1:-1] }}"}}',
  '{"event": "e", "resource": {"prefect.resource.id": "r.{{ body.a }}", "who": "{{ body.b }}"}, "payload": {"n": {{ body.b }}, "l": ["{{ [body.a, body.b]|join(\'", "\') }}"]}}',
].map((text) => parseTemplate(text))

describe('a hostile body', () => {
  it('never forges a name, an id or a label, and what comes out is JSON', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TEMPLATES), value, value, (template, a, b) => {
        let document: ReturnType<typeof renderDocument>
        try {
          document = renderDocument(template, { body: { a, b } })
        } catch (error) {
          expect(error).toBeInstanceOf(TemplateError)
          return
        }
        const { event, resource, ...rest } = JSON.parse(document.text)
        expect(event).toBe('e')
        expect(Object.keys(resource)).toEqual(['prefect.resource.id', 'who'])
        expect(resource['prefect.resource.id']).toMatch(/^r\./)
        expect(Object.keys(rest).every((key) => key === 'payload')).toBe(true)
      }),
      { numRuns: 1500 },
    )
  })

  it('inside quotes lands unchanged, whatever the text', () => {
    const template = parseTemplate('{"event": "{{ body.a }}", "{{ body.b }}": {{ body.a|tojson }}}')
    fc.assert(
      fc.property(hostile, hostile, (a, b) => {
        fc.pre(b !== 'event')
        const { value } = renderDocument(template, { body: { a, b } })
        expect(value).toEqual(
          Object.fromEntries([
            ['event', a],
            [b, a],
          ]),
        )
      }),
      { numRuns: 500 },
    )
  })
})
