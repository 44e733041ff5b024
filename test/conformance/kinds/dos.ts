// Hostile templates: an error or a result, within the budgets. Errors other than ours are failures, and so is taking longer
// than the wall limit allows for.
import { OUTPUT_BYTES_MAX } from '../../../lib/core/template/budget.ts'
import { TemplateError } from '../../../lib/core/template/errors.ts'
import { parseTemplate, render } from '../../../lib/core/template/template.ts'
import type { Outcome } from '../run.ts'

interface Case {
  id: string
  note: string
  template?: string
  build?: [text: string, times: number][]
  context: unknown
}

/** What one rendering may take. Of a busy machine the best of some tries counts. */
const ELAPSED_MS_MAX = 50
const TRIES = 4

export function run(file: { cases: Case[] }): Outcome[] {
  return file.cases.map((item) => {
    const name = `${item.id} ${item.note}`
    const text = item.template ?? (item.build ?? []).map(([part, n]) => part.repeat(n)).join('')
    const context = built(item.context) as object
    let fault: string | null = null
    for (let tries = 0; tries < TRIES; tries += 1) {
      const startedAt = performance.now()
      fault = faultOf(text, context)
      const elapsedMs = performance.now() - startedAt
      if (fault !== null || elapsedMs <= ELAPSED_MS_MAX) break
      fault = `took ${Math.round(elapsedMs)} ms`
    }
    if (fault !== null) return { name, verdict: 'failed', detail: fault }
    return { name, verdict: 'passed' }
  })
}

function faultOf(text: string, context: object): string | null {
  try {
    const output = render(parseTemplate(text), context, { now: () => performance.now() })
    return Buffer.byteLength(output) > OUTPUT_BYTES_MAX ? `made ${output.length} characters` : null
  } catch (error) {
    return error instanceof TemplateError ? null : String(error)
  }
}

function built(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(built)
  if (typeof value !== 'object' || value === null) return value
  const {
    $repeat: repeat,
    $range: range,
    $end: end = '',
  } = value as {
    $repeat?: [string, number]
    $range?: [number, number]
    $end?: string
  }
  if (repeat) return repeat[0].repeat(repeat[1]) + end
  if (range) {
    const [from, to] = range
    const step = from < to ? 1 : -1
    return Array.from({ length: Math.abs(to - from) + 1 }, (_, index) => from + index * step)
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, built(item)]))
}
