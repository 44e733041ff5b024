import { describe, expect, it } from 'vitest'
import { parseJson } from '../../../lib/core/json.ts'
import {
  checkTemplate,
  ParameterError,
  renderParameters,
  renderText,
  validateParameters,
} from '../../../lib/core/template/parameters.ts'

const event = {
  id: '00000000-0000-4000-b000-000000000001',
  occurred: '2025-01-01T12:30:00.500000Z',
  event: 'oven.cold',
  resource: {
    'prefect.resource.id': 'oven.1',
    'prefect.resource.name': 'Big',
    'bakery.site': 'north',
  },
  related: [{ 'prefect.resource.id': 'shift.2', 'prefect.resource.role': 'shift' }],
  payload: parseJson(
    '{"n": 3, "f": 1.0, "list": [1, null], "text": "it\'s", "big": 12345678901234567890}',
  ),
  follows: null,
}
const context = { event, labels: { 'bakery.site': 'north' }, firing: { id: 'f' } }

describe('old parameters', () => {
  it('a string that is one expression keeps its type', () => {
    const parameters = {
      n: '{{ event.payload.n }}',
      l: ' {{ event.payload.list }} ',
      t: '{{ event.payload.text }}',
    }

    expect(renderParameters(parameters, context)).toEqual({ n: 3, l: [1, null], t: "it's" })
  })

  it('any other template gives text, and plain values stay', () => {
    const parameters = {
      t: 'n={{ event.payload.n }}',
      two: '{{ 1 }}{{ 2 }}',
      plain: 'x',
      n: 5,
      none: null,
    }

    expect(renderParameters(parameters, context)).toEqual({
      t: 'n=3',
      two: '12',
      plain: 'x',
      n: 5,
      none: null,
    })
  })

  it('an undefined single expression is an error that names the parameter', () => {
    expect(() => renderParameters({ deep: { a: '{{ nope }}' } }, context)).toThrow(
      expect.objectContaining({ name: 'ParameterError', type: 'InvalidJinja', path: 'deep.a' }),
    )
  })

  it('an integer beyond 2^53 keeps its digits', () => {
    const { big } = renderParameters({ big: '{{ event.payload.big }}' }, context)

    expect(big).toMatchObject({ text: '12345678901234567890' })
  })
})

describe('parameters with a kind', () => {
  const jinja = (template: unknown) => ({ __prefect_kind: 'jinja', template })

  it.each([
    ['jinja gives text', jinja('{{ event.payload.n }}'), '3'],
    ['json is parsed', { __prefect_kind: 'json', value: '{"a": [1, 2.5]}' }, { a: [1, 2.5] }],
    [
      'json of jinja is rendered, then parsed',
      { __prefect_kind: 'json', value: jinja('[{{ event.payload.n }}]') },
      [3],
    ],
    [
      'none gives its value',
      { __prefect_kind: 'none', value: { x: jinja('{{ 1 }}') } },
      { x: '1' },
    ],
    [
      'a variable is looked up and not rendered',
      { __prefect_kind: 'workspace_variable', variable_name: 'v' },
      '{{ 1 }}',
    ],
  ])('%s', (_, value, expected) => {
    expect(renderParameters({ a: value }, context, { variables: { v: '{{ 1 }}' } })).toEqual({
      a: expected,
    })
  })

  it('a variable that does not exist is an error', () => {
    const parameters = { a: { __prefect_kind: 'workspace_variable', variable_name: 'toString' } }

    expect(() => renderParameters(parameters, context)).toThrow(ParameterError)
  })
})

describe('saving parameters', () => {
  it('tells every fault with its path, those inside lists excepted', () => {
    const faults = validateParameters({
      a: '{{ x',
      b: { c: { __prefect_kind: 'json', value: ']' } },
      l: ['{{ y'],
      ok: '{{ event.event }}',
    })

    expect(faults).toEqual([
      "a: Invalid jinja: unexpected end of template, expected 'end of print statement'.",
      'b.c: Invalid JSON: Expecting value: line 1 column 1 (char 0)',
    ])
  })

  it('a templated field is told what is wrong with it, or nothing', () => {
    expect(checkTemplate('{{ event.event }}')).toBeNull()
    expect(checkTemplate('{% nosuch %}')).toBe("Encountered unknown tag 'nosuch'.")
  })
})

describe('what templates of actions may name', () => {
  it.each([
    ['{{ event.resource.id }} {{ event.resource.name }}', 'oven.1 Big'],
    ['{{ event.resource["bakery.site"] }} {{ event.resource.labels.bakery.site }}', 'north north'],
    ['{{ labels.bakery.site }} {{ labels.bakery.site == "north" }}', 'north False'],
    ['{{ event.resource_in_role.shift.id }} [{{ event.resource_in_role.baker.id }}]', 'shift.2 []'],
    ['{{ event.occurred }}', '2025-01-01 12:30:00.500000+00:00'],
    ['{{ event.occurred.strftime("%d/%m/%Y %H:%M") }}', '01/01/2025 12:30'],
    ['{{ event.payload.f }} {{ event.payload.list }}', '1.0 [1, None]'],
    [
      '{{ event|ui_url }}',
      'https://ui/events/event/2025-01-01/00000000-0000-4000-b000-000000000001',
    ],
    ['{{ event.resource|ui_resource_events_url }}', 'https://ui/events?resource=oven.1'],
    [
      '{{ "see /flow-run/0b4e1f0e-3c2e-4d7f-9f2f-3c1f0a1b2c3d"|flow_run_id }}',
      '0b4e1f0e-3c2e-4d7f-9f2f-3c1f0a1b2c3d',
    ],
  ])('%s', (text, expected) => {
    expect(renderText(text, context, { uiUrl: 'https://ui' })).toBe(expected)
  })
})
