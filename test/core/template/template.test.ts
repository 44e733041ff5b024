import { describe, expect, it } from 'vitest'
import { TemplateError } from '../../../lib/core/template/errors.ts'
import {
  isTemplate,
  parseTemplate,
  renderText,
  validateTemplate,
} from '../../../lib/core/template/template.ts'
import { kindOf, rendered } from './cast.ts'

const loops = (count: number) => '{% for x in y %}{% endfor %}'.repeat(count)

describe('blocks', () => {
  it.each([
    ['{% if a %}yes{% elif b %}maybe{% else %}no{% endif %}', 'maybe'],
    ['{% for x in l %}{{ loop.index }}{{ x }}{{ "," if not loop.last }}{% endfor %}', '1a,2b,3c'],
    ['{% for x in [] %}x{% else %}none{% endfor %}', 'none'],
    [
      '{% for x in [3, 1] recursive %}{{ x }}{% if x > 2 %}{{ loop([1]) }}{% endif %}{% endfor %}',
      '311',
    ],
    ['{% for k, v in {"a": 1}.items() %}{{ k }}={{ v }}{% endfor %}', 'a=1'],
    ['{% with a = 5 %}{{ a }}{% endwith %}{{ a }}', '50'],
    ['{% filter upper %}x{{ b }}{% endfilter %}', 'X1'],
    ['{% set t %}[{{ b }}]{% endset %}{{ t }}{{ t|length }}', '[1]3'],
    ['{% raw %}{{ a }}{% endraw %}{# gone #}', '{{ a }}'],
    ['{% macro m(x, y=2) %}{{ x }}{{ y }}{% endmacro %}{{ m(1) }}{{ m(1, y=3) }}', '1213'],
    ['{% macro m() %}<{{ caller(1) }}>{% endmacro %}{% call(x) m() %}{{ x }}{% endcall %}', '<1>'],
    ['{% block a %}x{% endblock %}{{ self.a() }}', 'xx'],
  ])('%s', (text, expected) => {
    expect(rendered(text, { a: 0, b: 1, l: ['a', 'b', 'c'] })).toBe(expected)
  })
})

describe('scopes', () => {
  it('what a loop sets is gone after its round, what a namespace holds stays', () => {
    const text =
      '{% set n = 0 %}{% set ns = namespace(n=0) %}' +
      '{% for x in [1, 2] %}{% set n = n + x %}{% set ns.n = ns.n + x %}{% endfor %}{{ n }} {{ ns.n }}'

    expect(rendered(text)).toBe('0 3')
  })

  it('a macro sees the variables around it as they are when it is called, never its caller’s', () => {
    const text =
      '{% set g = 1 %}{% macro m() %}{{ g }}{{ x }}{% endmacro %}{% set g = 2 %}' +
      '{% for x in [9] %}{{ m() }}{% endfor %}'

    expect(rendered(text)).toBe('2')
  })
})

describe('white space', () => {
  it.each([
    ['a  {{- 1 -}}  b', 'a1b'],
    ['a\r\nb\n', 'a\nb'],
    ['line\n{% if true %}\nx\n{% endif %}\n', 'line\n\nx\n'],
    ['a {#- c -#} b', 'ab'],
    ['a {#-#} b', 'a b'],
  ])('%j', (text, expected) => {
    expect(rendered(text)).toBe(expected)
  })
})

describe('errors', () => {
  it('name the line and the column', () => {
    const fault = (text: string) => {
      try {
        rendered(text)
      } catch (error) {
        if (error instanceof TemplateError) return [error.kind, error.line, error.column]
      }
      return null
    }

    expect(fault('a\n{{ 1 + }}')).toEqual(['syntax', 2, 8])
    expect(fault('\n\n  {{ 1 / 0 }}')).toEqual(['zero-division', 3, 8])
  })

  it.each([
    ['{{ x', 'syntax'],
    ['{% nosuch %}', 'syntax'],
    ['{% if true %}', 'syntax'],
    ['{{ x|nope }}', 'unknown-name'],
    ['{{ nope() }}', 'undefined'],
    ['{{ [].append(1) }}', 'security'],
    ['{{ "".__class__() }}', 'security'],
    ['{{ range(101) }}', 'overflow'],
    ['{% include "x" %}', 'refused'],
    ['{% autoescape true %}{% endautoescape %}', 'refused'],
    ['{{ x|urlize }}', 'refused'],
  ])('%s is of kind %s', (text, kind) => {
    expect(kindOf(() => rendered(text))).toBe(kind)
  })

  it('an unknown filter in a branch fails only when it is reached', () => {
    expect(rendered('{% if false %}{{ 1|nope }}{% endif %}ok')).toBe('ok')
    expect(kindOf(() => rendered('{% if true %}{{ 1|nope }}{% endif %}'))).toBe('unknown-name')
  })
})

describe('saving a template', () => {
  it('allows ten loops and not eleven', () => {
    expect(kindOf(() => validateTemplate(loops(10)))).toBeNull()
    expect(kindOf(() => validateTemplate(loops(11)))).toBe('limits')
  })

  it('allows loops two deep and not three, blocks between them or not', () => {
    const nested = (inner: string) => `{% for x in y %}{% if x %}${inner}{% endif %}{% endfor %}`

    expect(kindOf(() => validateTemplate(nested(loops(1))))).toBeNull()
    expect(kindOf(() => validateTemplate(nested(nested(loops(1)))))).toBe('limits')
  })

  it('does not look for unknown names, as Prefect does not', () => {
    expect(kindOf(() => validateTemplate('{{ 1|nofilter }}'))).toBeNull()
  })
})

describe('a text without an expression', () => {
  it('is no template, and stays as it is, comments and last newline included', () => {
    expect(isTemplate('{# c #}')).toBe(false)
    expect(renderText('{# c #}\n', {})).toBe('{# c #}\n')
  })
})

it('a text parsed lately is not parsed again', () => {
  expect(parseTemplate('{{ again }}')).toBe(parseTemplate('{{ again }}'))
})
