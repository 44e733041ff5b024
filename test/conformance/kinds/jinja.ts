// Jinja2 renderings recorded from Python. A failure must be a failure; its kind counts only where the vectors say it must.
import { TemplateError } from '../../../lib/core/template/errors.ts'
import { parseTemplate, render } from '../../../lib/core/template/template.ts'
import { readJson } from '../../../lib/core/webhook-context.ts'
import type { Outcome } from '../run.ts'

interface Case {
  id: string
  feature: string
  template: string
  context: string
  output?: string
  error?: true
  kind?: string
  async?: { output?: string; error?: true }
}

interface File {
  contexts: Record<string, string>
  cases: Case[]
}

/** Kinds every implementation must tell apart; the others are advisory. */
const BINDING = new Set(['syntax', 'unknown-name', 'security'])

export function run(file: File): Outcome[] {
  const contexts = new Map(
    Object.entries(file.contexts).map(([name, text]) => [name, readJson(text) as object]),
  )
  return file.cases.map((item) => {
    const name = `${item.id} ${item.feature}`
    const answer = rendered(item.template, contexts.get(item.context) ?? {})
    if (answer instanceof TemplateError && answer.kind === 'refused') {
      return { name, verdict: 'refused', detail: answer.message }
    }
    const wanted = [item, ...(item.async ? [item.async] : [])]
    return wanted.some((one) => agrees(answer, one, item.kind))
      ? { name, verdict: 'passed' }
      : { name, verdict: 'failed', detail: difference(item, answer) }
  })
}

function rendered(template: string, context: object): string | TemplateError {
  try {
    return render(parseTemplate(template), context)
  } catch (error) {
    if (error instanceof TemplateError) return error
    throw error
  }
}

function agrees(
  answer: string | TemplateError,
  wanted: { output?: string; error?: true },
  kind: string | undefined,
): boolean {
  if (!(answer instanceof TemplateError)) return answer === wanted.output
  if (!wanted.error) return false
  return kind === undefined || !BINDING.has(kind) || answer.kind === kind
}

function difference(item: Case, answer: string | TemplateError): string {
  const got = answer instanceof TemplateError ? `${answer.kind}: ${answer.message}` : answer
  return `${JSON.stringify(item.template)} gave ${JSON.stringify(got)}, not ${JSON.stringify(item.output ?? item.kind)}`
}
