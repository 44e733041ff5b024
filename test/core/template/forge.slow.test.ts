// Ten thousand hostile bodies, each to every documented template.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { expectNotForged, hostileValue, TEMPLATES } from './hostile.ts'

const BODIES = 10_000

it(`of ${BODIES} hostile bodies none forges a name, an id or a label in any template`, () => {
  const outcomes = { document: 0, refused: 0 }

  fc.assert(
    fc.property(hostileValue, hostileValue, (a, b) => {
      for (const template of TEMPLATES) outcomes[expectNotForged(template, { a, b })] += 1
    }),
    { numRuns: BODIES },
  )

  expect(outcomes.document + outcomes.refused).toBe(BODIES * TEMPLATES.length)
  expect(outcomes.document).toBeGreaterThan(BODIES * TEMPLATES.length * 0.8)
})
