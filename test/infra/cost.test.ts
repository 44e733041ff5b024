// What docs/deploy.md says of costs is what the script found, and what the template holds.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { costTable, savedScenarios, totalOf } from '../../bench/cost.ts'
import { idleCost } from '../../infra/prices.ts'
import { COSTS } from '../../lib/cli/aws-deploy.ts'
import { deployed, resourcesOf } from './deployed.ts'

const deployment = deployed()
const docs = readFileSync(join(import.meta.dirname, '../../docs/deploy.md'), 'utf8')

it('a million events cost no more than their target, and the docs have the very table', () => {
  for (const scenario of savedScenarios()) {
    if (scenario.target !== null) expect(totalOf(scenario)).toBeLessThanOrEqual(scenario.target)
  }
  expect(docs).toContain(costTable(savedScenarios()))
})

it('a stack that nobody uses costs at most five dollars a month, item by item as the docs say', () => {
  const items = idleCost((type) => resourcesOf(deployment, type).length)
  const sum = items.reduce((all, [, usd]) => all + usd, 0)

  expect(sum).toBeLessThanOrEqual(5)
  expect(COSTS.idleUsd).toBe(sum.toFixed(2))
  for (const [item, usd] of items) expect(docs).toContain(`| ${item} | ${usd.toFixed(2)} |`)
  expect(docs).toContain(`| **sum** | **${sum.toFixed(2)}** |`)
})
