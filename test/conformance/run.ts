// npm run conformance -- [--verbose] FILE…   Runs vectors files, wherever they lie, through the production core. The kind of a
// file is its name up to the first `-`; each kind is a module of ./kinds. A kind without a module fails: it is never skipped.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

/** What became of one case. `refused`: the template language says no by name, which counts as skipped. */
export type Outcome =
  | { name: string; verdict: 'passed' }
  | { name: string; verdict: 'refused'; detail: string }
  | { name: string; verdict: 'failed'; detail: string; answer?: unknown }

/** A kind's runner: the parsed vectors file in, one outcome per case out, in the file's order. */
export type Kind = (file: never) => Outcome[] | Promise<Outcome[]>

/** Cases we mean to answer otherwise: our answer, which is checked, and why. */
type Differences = Record<string, Record<string, { answer: unknown; reason: string }>>

const HERE = import.meta.dirname
const differences: Differences = JSON.parse(readFileSync(join(HERE, 'differences.json'), 'utf8'))

async function runFile(path: string): Promise<Outcome[]> {
  const kind = basename(path).split('-')[0] ?? ''
  const module = join(HERE, 'kinds', `${kind}.ts`)
  if (!existsSync(module)) {
    return [{ name: path, verdict: 'failed', detail: `no runner for the kind "${kind}" yet` }]
  }
  const { run }: { run: Kind } = await import(module)
  const outcomes = await run(JSON.parse(readFileSync(path, 'utf8')) as never)
  return outcomes.map((outcome) => allowDifference(kind, outcome))
}

function allowDifference(kind: string, outcome: Outcome): Outcome {
  const listed = differences[kind]?.[outcome.name]
  if (!listed || outcome.verdict !== 'failed') return outcome
  return isDeepStrictEqual(JSON.parse(JSON.stringify(outcome.answer ?? null)), listed.answer)
    ? { name: outcome.name, verdict: 'passed' }
    : { ...outcome, detail: `listed as a difference, but the answer is another: ${outcome.detail}` }
}

const args = process.argv.slice(2)
const named = args.filter((arg) => !arg.startsWith('--'))
const vectors = join(HERE, 'vectors')
const files = named.length > 0 ? named : readdirSync(vectors).map((name) => join(vectors, name))
const count = { passed: 0, failed: 0, refused: 0 }
for (const file of files) {
  const outcomes = await runFile(file)
  const here = { passed: 0, failed: 0, refused: 0 }
  for (const outcome of outcomes) {
    here[outcome.verdict] += 1
    count[outcome.verdict] += 1
    if (outcome.verdict === 'failed') console.log(`FAIL ${outcome.name}: ${outcome.detail}`)
    if (outcome.verdict === 'refused' && args.includes('--verbose')) {
      console.log(`refused ${outcome.name}: ${outcome.detail}`)
    }
  }
  console.log(
    `${basename(file)}: ${here.passed} passed, ${here.failed} failed, ${here.refused} skipped`,
  )
}
const skipped = count.refused > 0 ? `, ${count.refused} skipped` : ''
console.log(`${count.passed} passed, ${count.failed} failed${skipped}`)
process.exitCode = count.failed > 0 ? 1 : 0
