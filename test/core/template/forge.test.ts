// The promise of documents: whatever a stranger sends to a documented template, the event's name, ids and labels are its
// author's, and the text is JSON.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderDocument } from '../../../lib/core/template/document.ts'
import { parseTemplate } from '../../../lib/core/template/template.ts'
import { expectNotForged, hostile, hostileValue, TEMPLATES } from './hostile.ts'

describe('a hostile body', () => {
  it('never forges a name, an id or a label, and what comes out is JSON', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TEMPLATES), hostileValue, hostileValue, (template, a, b) => {
        expectNotForged(template, { a, b })
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
