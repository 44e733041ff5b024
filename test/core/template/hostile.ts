// What strangers send to break out of a string, a document or a template; the templates that have to hold, and what a document may
// then say.
import fc from 'fast-check'
import { expect } from 'vitest'
import { renderDocument } from '../../../lib/core/template/document.ts'
import { TemplateError } from '../../../lib/core/template/errors.ts'
import { parseTemplate, type Template } from '../../../lib/core/template/template.ts'

/** Texts that would break out of a string, a document or a template, and anything else. */
export const hostile = fc.oneof(
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

/** A field of a hostile body. */
export const hostileValue = fc.oneof(
  { weight: 4, arbitrary: hostile },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
)

/** Templates as the documentation and its readers write them; each names one event with two labels. */
export const TEMPLATES = [
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

/** Fails unless the document is JSON whose name, id and labels are the template's, or there is none. */
export function expectNotForged(template: Template, body: object): 'document' | 'refused' {
  let document: ReturnType<typeof renderDocument>
  try {
    document = renderDocument(template, { body })
  } catch (error) {
    expect(error).toBeInstanceOf(TemplateError)
    return 'refused'
  }
  const { event, resource, ...rest } = JSON.parse(document.text)
  expect(event).toBe('e')
  expect(Object.keys(resource)).toEqual(['prefect.resource.id', 'who'])
  expect(resource['prefect.resource.id']).toMatch(/^r\./)
  expect(Object.keys(rest).every((key) => key === 'payload')).toBe(true)
  return 'document'
}
