import { describe, expect, it } from 'vitest'
import { liveText, parseTextQuery, storedText } from '../../lib/core/text-search.ts'

describe('reading text queries', () => {
  it.each([
    ['', [], [], []],
    ['   ', [], [], []],
    ['oven cold', ['oven', 'cold'], [], []],
    ['Oven -cold !dark +dough', ['oven'], ['cold', 'dark'], ['dough']],
    ['- oven -', ['oven'], [], []],
    ['--oven', [], ['-oven'], []],
    ['flow-run', ['flow-run'], [], []],
    ['"out of flour" -"too hot"', ['out of flour'], ['too hot'], []],
    ['"unclosed phrase', ['unclosed phrase'], [], []],
    ['a"b c"d', ['a', 'b c', 'd'], [], []],
    ['"say \\"hi\\" \\\\ \\n"', ['say "hi" \\ \\n'], [], []],
    ['"ends in \\', ['ends in \\'], [], []],
    ['"" +""', [], [], []],
    ['a\u0085b\u001cc "\u001f" - \u0085-d', ['a', 'b', 'c'], ['d'], []],
    ['a\ufeffb', ['a\ufeffb'], [], []],
  ])('%j', (text, include, exclude, required) => {
    expect(parseTextQuery(text)).toEqual({ include, exclude, required })
  })
})

describe('what is searched', () => {
  const event = {
    id: '',
    occurred: '',
    received: '',
    follows: null,
    event: 'Oven.Cold',
    resource: { 'prefect.resource.id': 'oven.1' },
    related: [],
    payload: { note: 'a,b: "c"', degrees: [20, null] },
  }

  it('stored: the JSON that Python would write, blanks only between parts', () => {
    expect(
      storedText(event.event, JSON.stringify(event.resource), JSON.stringify(event.payload)),
    ).toBe(
      'oven.cold {"prefect.resource.id": "oven.1"} {"note": "a,b: \\"c\\"", "degrees": [20, null]}',
    )
  })

  it('live: values of labels without their names, the payload as Python prints it', () => {
    expect(liveText(event)).toBe(`oven.cold oven.1 {'note': 'a,b: "c"', 'degrees': [20, none]}`)
  })
})
