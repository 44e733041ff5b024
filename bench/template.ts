// npx tsx bench/template.ts   What rendering costs, the parsing of the body excluded: a documented template over real deliveries of
// 92 KB, and `body|tojson` beside JSON.stringify of the same. Medians of rounds that alternate, so that whatever else the machine
// does falls on both sides alike; no wall limit, which a busy machine would reach.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderDocument } from '../lib/core/template/document.ts'
import { parseTemplate, render } from '../lib/core/template/template.ts'

const BODY_BYTES = 92 * 1024
const ROUNDS = 400

const examples = join(
  import.meta.dirname,
  '../node_modules/@octokit/webhooks-examples/api.github.com/index.json',
)

/** Real deliveries, as many as make the size. */
function realBody(): Record<string, unknown> {
  const kinds: { name: string; examples: object[] }[] = JSON.parse(readFileSync(examples, 'utf8'))
  const push = kinds.find(({ name }) => name === 'push')?.examples[0] ?? {}
  const others: object[] = []
  let bytes = JSON.stringify(push).length
  for (const example of kinds.flatMap((kind) => kind.examples)) {
    if (bytes >= BODY_BYTES) break
    others.push(example)
    bytes += JSON.stringify(example).length
  }
  return { ...push, others }
}

const median = (times: number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0

/** Medians in microseconds, of `work` in turn. */
function timed<K extends string>(work: Record<K, () => unknown>): Record<K, number> {
  const entries = Object.entries(work) as [K, () => unknown][]
  const times = new Map<K, number[]>(entries.map(([name]) => [name, []]))
  for (let round = 0; round < ROUNDS * 2; round += 1) {
    for (const [name, run] of entries) {
      const startedAt = performance.now()
      run()
      if (round >= ROUNDS) times.get(name)?.push((performance.now() - startedAt) * 1000)
    }
  }
  return Object.fromEntries(
    entries.map(([name]) => [name, median(times.get(name) ?? [])]),
  ) as Record<K, number>
}

const body = realBody()
const text = JSON.stringify(body)
const documented = parseTemplate(
  '{"event": "github.push", "resource": {"prefect.resource.id": "github.{{ body.repository.full_name }}", "ref": "{{ body.ref }}"}}',
)
const whole = parseTemplate('{{ body|tojson }}')

const costs = timed({
  documented: () => renderDocument(documented, { body }),
  tojson: () => render(whole, { body }),
  stringify: () => JSON.stringify(body),
})
console.log(`body: ${text.length} bytes`)
console.log(`documented template: ${costs.documented.toFixed(1)} µs (target 100)`)
console.log(
  `body|tojson: ${costs.tojson.toFixed(1)} µs, JSON.stringify ${costs.stringify.toFixed(1)} µs: × ${(costs.tojson / costs.stringify).toFixed(2)} (target 2)`,
)
