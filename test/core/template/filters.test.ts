import { describe, expect, it } from 'vitest'
import { kindOf, rendered } from './cast.ts'

const people = [
  { name: 'Zoe', age: 31, tags: ['a'] },
  { name: 'adam', age: 25, tags: [] },
  { name: 'Bob', age: 31, tags: ['b', 'c'] },
]

describe('filters of text', () => {
  it.each([
    ['{{ "hello WORLD"|capitalize }} {{ "they\'re x"|title }}', "Hello world They're X"],
    ['{{ "a b c"|replace(" ", "-") }} {{ "ab"|replace("", ".") }}', 'a-b-c .a.b.'],
    ['{{ "x$&y"|replace("$&", "$1") }}', 'x$1y'],
    ['{{ "\t\u200b a \x1c"|trim }}|', '\u200b a|'],
    ['{{ "foo bar baz qux"|truncate(9) }} {{ "foobarbazqux"|truncate(6, true) }}', 'foo... foo...'],
    ['{{ "a\n\nb"|indent(2) }}', 'a\n\n  b'],
    [
      '{{ "<a>"|e }} {{ "<a>"|e|e }} {{ "<a>"|e|forceescape }}',
      '&lt;a&gt; &lt;a&gt; &amp;lt;a&amp;gt;',
    ],
    ['{{ "<p>a <b>b</b></p> &eacute;&amp;"|striptags }}', 'a b é&'],
    ['{{ "a b/ü"|urlencode }} {{ {"k": "a b/"}|urlencode }}', 'a%20b/%C3%BC k=a+b%2F'],
    ['{{ [1, none, "x"]|join("-") }} {{ "a b  c"|wordcount }}', '1-None-x 3'],
    ['{{ "%s=%d"|format("a", 5) }} {{ "{:>4}|{:,}".format("x", 1234567) }}', 'a=5    x|1,234,567'],
  ])('%s', (text, expected) => {
    expect(rendered(text)).toBe(expected)
  })
})

describe('tojson', () => {
  it.each([
    ['{{ {"b": 1, "a": [1.0, none, true]}|tojson }}', '{"a": [1.0, null, true], "b": 1}'],
    ['{{ "<é\'&>"|tojson }}', '"\\u003c\\u00e9\\u0027\\u0026\\u003e"'],
    ['{{ "😀\n\\\\"|tojson }}', '"\\ud83d\\ude00\\n\\\\"'],
    ['{{ {"a": []}|tojson(indent=2) }}', '{\n  "a": []\n}'],
    ['{{ {1: 2, 10: 3}|tojson }}', '{"1": 2, "10": 3}'],
  ])('%s', (text, expected) => {
    expect(rendered(text)).toBe(expected)
  })

  it('sorts keys by code point, where JavaScript would not', () => {
    const d = { '😀': 1, '\uffff': 2 }

    expect(rendered('{{ d|tojson }}', { d })).toBe('{"\\uffff": 2, "\\ud83d\\ude00": 1}')
  })
})

describe('filters of lists', () => {
  it.each([
    ['{{ people|map(attribute="name")|sort|join(",") }}', 'adam,Bob,Zoe'],
    ['{{ people|selectattr("age", "gt", 30)|map(attribute="name")|list }}', "['Zoe', 'Bob']"],
    [
      '{% for age, them in people|groupby("age") %}{{ age }}{{ them|length }} {% endfor %}',
      '251 312 ',
    ],
    ['{{ people|sum(attribute="age") }} {{ people|map(attribute="age")|max }}', '87 31'],
    ['{{ ["b", "A", "a"]|unique|list }} {{ [3, 1]|min }}', "['b', 'A'] 1"],
    [
      '{{ [1, 2, 3]|batch(2, 0)|list }} {{ [1, 2, 3]|slice(2)|list }}',
      '[[1, 2], [3, 0]] [[1, 2], [3]]',
    ],
    [
      '{{ {"b": 1, "a": 2}|dictsort }} {{ {"a": 1}|items|list }}',
      "[('a', 2), ('b', 1)] [('a', 1)]",
    ],
    ['{{ []|first }}{{ [none]|last }}', 'None'],
    ['{{ [1, 2, 3]|reject("odd")|list }} {{ "abc"|reverse }}', '[2] cba'],
  ])('%s', (text, expected) => {
    expect(rendered(text, { people })).toBe(expected)
  })

  it('what Python makes lazily fails only when it is walked', () => {
    expect(rendered('{{ [1]|map("nope") is iterable }}')).toBe('True')
    expect(kindOf(() => rendered('{{ [1]|map("nope")|list }}'))).toBe('unknown-name')
  })
})

describe('filters of numbers', () => {
  it.each([
    [
      '{{ 2.675|round(2) }} {{ 2.5|round }} {{ 15|round(-1) }} {{ 2.1|round(0, "ceil") }}',
      '2.67 2.0 20 3.0',
    ],
    ['{{ " 4_2 "|int }} {{ "0x1A"|int(base=16) }} {{ "x"|int(9) }} {{ "3.9"|int }}', '42 26 9 3'],
    ['{{ "1e3"|float }} {{ "x"|float }} {{ 123456789|filesizeformat }}', '1000.0 0.0 123.5 MB'],
    [
      '{{ 1234567|humanize_intcomma }} {{ 3000|humanize_naturalsize }} {{ 112|humanize_ordinal }}',
      '1,234,567 3.0 kB 112th',
    ],
    [
      '{{ 90|humanize_precisedelta }}; {{ 86400|humanize_naturaldelta }}',
      '1 minute and 30 seconds; a day',
    ],
    [
      '{{ 1200000|humanize_intword }} {{ 5|humanize_apnumber }} {{ 0.3|humanize_fractional }}',
      '1.2 million five 3/10',
    ],
  ])('%s', (text, expected) => {
    expect(rendered(text)).toBe(expected)
  })
})

describe('tests', () => {
  it.each([
    [
      '{{ 2 is even }}{{ 4 is divisibleby 2 }}{{ 1.0 is float }}{{ true is integer }}',
      'TrueTrueTrueFalse',
    ],
    [
      '{{ x is defined }}{{ none is none }}{{ "a" is string }}{{ {} is mapping }}',
      'FalseTrueTrueTrue',
    ],
    [
      '{{ 1 is in [1] }}{{ "upper" is filter }}{{ 3 is gt 2 }}{{ "a" is not upper }}',
      'TrueTrueTrueTrue',
    ],
  ])('%s', (text, expected) => {
    expect(rendered(text)).toBe(expected)
  })
})
