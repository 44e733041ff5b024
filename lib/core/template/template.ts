// Templates as the rest of the product uses them: parse once, render often, check when saved.
import { type Expr, type Statement, walk } from './ast.ts'
import { fail, refuse, TemplateError } from './errors.ts'
import { evaluate } from './evaluate.ts'
import type { RenderOptions } from './evaluation.ts'
import { filters, REFUSED_FILTERS } from './filters.ts'
import { parse, type SyntaxTree } from './parser.ts'
import { tests } from './tests.ts'

export type { RenderOptions } from './evaluation.ts'

/** A parsed template. Reusable, and independent of any context. */
export interface Template {
  readonly tree: SyntaxTree
  /** A name that makes every rendering fail: an unknown filter or test outside of branches. */
  readonly unknown: TemplateError | null
}

/** Parsed templates kept: a Lambda serves some dozens of webhooks and automations while it is warm. */
const CACHED_TEMPLATES_MAX = 200
const cache = new Map<string, Template>()

/**
 * Parse a template's text; texts seen lately are not parsed again.
 * @throws TemplateError of kind syntax, budget, or refused for what we leave out
 */
export function parseTemplate(text: string): Template {
  const known = cache.get(text)
  if (known) {
    cache.delete(text)
    cache.set(text, known)
    return known
  }
  const tree = parse(text)
  refuseNames(tree)
  const template = { tree, unknown: unknownName(tree.body, tree.source) }
  cache.set(text, template)
  if (cache.size > CACHED_TEMPLATES_MAX) {
    for (const oldest of cache.keys()) {
      cache.delete(oldest)
      break
    }
  }
  return template
}

/**
 * Render a template over plain data: parsed JSON, Maps, and the models of models.ts. Nothing is copied beforehand.
 * @throws TemplateError
 */
export function render(template: Template, context: object, options: RenderOptions = {}): string {
  if (template.unknown) throw template.unknown
  return evaluate(template.tree, context, options).text
}

/** Prefect's `maybe_template`: a text without these is no template, and stays as it is, comments included. */
export const isTemplate = (text: string): boolean => text.includes('{{') || text.includes('{%')

/** Render a field that may be a template (Prefect's `render_user_template`). Throws TemplateError. */
export function renderText(text: string, context: object, options: RenderOptions = {}): string {
  return isTemplate(text) ? render(parseTemplate(text), context, options) : text
}

/** Loops of one template, and how deep they may nest (Prefect: MAX_LOOP_COUNT, MAX_NESTED_LOOP_DEPTH). */
const LOOPS_MAX = 10
/** Loops within loops, of one template. */
const LOOP_DEPTH_MAX = 2

/**
 * What Prefect checks when a template is saved: that it parses, and its loops. Unknown filters and names are found only when
 * it is rendered, as there. Throws TemplateError of kind syntax, limits, refused or budget.
 */
export function validateTemplate(text: string): void {
  const { tree } = parseTemplate(text)
  let count = 0
  walk(tree.body, (node) => {
    if (node.kind === 'for') count++
    return undefined
  })
  if (count > LOOPS_MAX) {
    fail(
      'limits',
      `Contains ${count} for loops. Templates can contain no more than ${LOOPS_MAX} for loops.`,
    )
  }
  const depth = loopDepth(tree.body)
  if (depth > LOOP_DEPTH_MAX) {
    fail(
      'limits',
      `Contains nested for loops at a depth of ${depth}. ` +
        `Templates can nest for loops no more than ${LOOP_DEPTH_MAX} loops deep.`,
    )
  }
}

function loopDepth(nodes: unknown): number {
  let deepest = 0
  walk(nodes, (node) => {
    if (node.kind !== 'for') return undefined
    deepest = Math.max(deepest, 1 + loopDepth([...node.body, ...node.otherwise]))
    return false
  })
  return deepest
}

function refuseNames(tree: SyntaxTree): void {
  walk(tree.body, (node) => {
    if (node.kind !== 'filter' || !Object.hasOwn(REFUSED_FILTERS, node.name)) return undefined
    try {
      refuse(`the filter '${node.name}'`, REFUSED_FILTERS[node.name] ?? '')
    } catch (error) {
      throw error instanceof TemplateError ? error.locate(tree.source, node.at) : error
    }
  })
}

/** Jinja2 compiles names of filters and tests, except in an `if` or an inline if: there they fail when reached. */
function unknownName(body: readonly Statement[], source: string): TemplateError | null {
  let found: TemplateError | null = null
  const note = (kind: 'filter' | 'test', name: string, at: number) => {
    const message = `No ${kind} named '${name}'.`
    found ??= new TemplateError('unknown-name', message, name).locate(source, at)
  }
  walk(body, (node: Expr | Statement) => {
    if (node.kind === 'if') {
      for (const part of [...node.branches.map((branch) => branch.body), node.otherwise]) {
        walkLoops(part)
      }
      return false
    }
    if (node.kind === 'ternary') return false
    if (node.kind === 'filter' && !Object.hasOwn(filters, node.name))
      note('filter', node.name, node.at)
    if (node.kind === 'test' && !Object.hasOwn(tests, node.name)) note('test', node.name, node.at)
    return undefined
  })
  /** What opens a scope of its own is compiled strictly again, even in a branch. */
  function walkLoops(part: readonly Statement[]): void {
    for (const statement of part) {
      if (!['for', 'macro', 'call-block', 'filter-block', 'with'].includes(statement.kind)) continue
      found ??= unknownName([statement], source)
    }
  }
  return found
}
