// From a template's text to its tree: the tags. Expressions are in expressions.ts.
import type { Expr, Macro, Statement, Target } from './ast.ts'
import { walk } from './ast.ts'
import { fail, refuse, TemplateError } from './errors.ts'
import { parseExpression, parseFilters, parseTuple } from './expressions.ts'
import { normalise, tokenize } from './lexer.ts'
import { TokenStream } from './token-stream.ts'

/** A parsed template. */
export interface SyntaxTree {
  /** The text all offsets count in. */
  readonly source: string
  readonly body: readonly Statement[]
}

const REFUSED_TAGS: Readonly<Record<string, string>> = {
  include: 'a template stands alone',
  import: 'a template stands alone',
  from: 'a template stands alone',
  extends: 'a template stands alone',
  autoescape: 'escaping is off; use the filter `e`',
}

/** Parse a template. Throws TemplateError of kind syntax, refused or budget, with its place. */
export function parse(text: string): SyntaxTree {
  const source = normalise(text)
  try {
    return { source, body: parseTemplateBody(new TokenStream(tokenize(source))) }
  } catch (error) {
    if (error instanceof TemplateError) {
      throw error.locate(source, 'offset' in error ? Number(error.offset) : 0)
    }
    throw error
  }
}

/** All `{% block %}`s of a template, outer ones first. */
export function blocksIn(body: readonly Statement[]): (Statement & { kind: 'block' })[] {
  const found: (Statement & { kind: 'block' })[] = []
  walk(body, (node) => {
    if (node.kind === 'block') found.push(node)
    return undefined
  })
  return found
}

function parseTemplateBody(s: TokenStream): Statement[] {
  const body = parseStatements(s, [])
  if (s.token.kind !== 'eof') s.fail(`unexpected '${s.token.text}'`)
  return body
}

function parseStatements(s: TokenStream, ends: readonly string[]): Statement[] {
  return s.nested(() => {
    const found: Statement[] = []
    for (;;) {
      const { kind, text, at } = s.token
      if (kind === 'eof') return ends.length === 0 ? found : failUnclosed(s, ends)
      if (kind === 'block' && ends.some((end) => s.is('name', end, 1))) {
        s.index++
        return found
      }
      s.index++
      if (kind === 'text') found.push({ kind: 'text', text, at })
      else if (kind === 'print') {
        found.push({ kind: 'print', value: parseTuple(s), at })
        s.expect('end', 'end of print statement')
      } else {
        found.push(...parseTag(s))
        endTag(s)
      }
    }
  })
}

function failUnclosed(s: TokenStream, ends: readonly string[]): never {
  const wanted = ends.map((end) => `'${end}'`).join(' or ')
  return s.fail(
    'Unexpected end of template. Jinja was looking for the following tags: ' +
      `${wanted}. The innermost block that needs to be closed is '${s.openBlocks.at(-1)}'.`,
  )
}

function endTag(s: TokenStream): void {
  s.expect('end', 'end of statement block')
}

/** The statements up to one of `ends`, whose name is consumed and returned. */
function parseBody(s: TokenStream, ends: readonly string[]): { body: Statement[]; end: string } {
  s.skip('operator', ':')
  endTag(s)
  const body = parseStatements(s, ends)
  return { body, end: s.next().text }
}

function parseTag(s: TokenStream): Statement[] {
  const { kind, text: name, at } = s.token
  if (kind !== 'name') s.fail('tag name expected')
  const refused = REFUSED_TAGS[name]
  if (refused !== undefined && Object.hasOwn(REFUSED_TAGS, name))
    refuse(`the tag '${name}'`, refused)
  s.index++
  s.openBlocks.push(name)
  const found = parseTagNamed(s, name, at)
  s.openBlocks.pop()
  return found
}

function parseTagNamed(s: TokenStream, name: string, at: number): Statement[] {
  switch (name) {
    case 'if':
      return [parseIf(s, at)]
    case 'for':
      return [parseFor(s, at)]
    case 'set':
      return [parseSet(s, at)]
    case 'with':
      return [parseWith(s, at)]
    case 'print':
      return parsePrint(s, at)
    case 'block':
      return [parseBlock(s, at)]
    case 'macro':
      return [{ kind: 'macro', macro: parseMacro(s, assignedName(s), 'endmacro'), at }]
    case 'call':
      return [parseCallBlock(s, at)]
    case 'filter': {
      const filter = parseFilters(s, null, true)
      if (!filter) return s.fail('expected a filter')
      return [{ kind: 'filter-block', filter, body: parseBody(s, ['endfilter']).body, at }]
    }
    default:
      return s.fail(`Encountered unknown tag '${name}'.`, at)
  }
}

function parsePrint(s: TokenStream, at: number): Statement[] {
  const found: Statement[] = []
  while (!s.is('end')) {
    if (found.length > 0) s.expect('operator', ',')
    found.push({ kind: 'print', value: parseExpression(s), at })
  }
  return found
}

function parseIf(s: TokenStream, at: number): Statement {
  const branches: { test: Expr; body: Statement[] }[] = []
  for (;;) {
    const test = parseTuple(s, false)
    const { body, end } = parseBody(s, ['elif', 'else', 'endif'])
    branches.push({ test, body })
    if (end === 'elif') continue
    const otherwise = end === 'else' ? parseBody(s, ['endif']).body : []
    return { kind: 'if', branches, otherwise, at }
  }
}

function parseFor(s: TokenStream, at: number): Statement {
  const target = parseTarget(s)
  s.expect('name', 'in')
  const items = parseTuple(s, false)
  const filter = s.skip('name', 'if') ? parseExpression(s) : null
  const recursive = s.skip('name', 'recursive')
  const { body, end } = parseBody(s, ['endfor', 'else'])
  const otherwise = end === 'else' ? parseBody(s, ['endfor']).body : []
  return { kind: 'for', target, items, filter, recursive, body, otherwise, at }
}

function parseSet(s: TokenStream, at: number): Statement {
  const target = parseTarget(s, true)
  if (s.skip('operator', '=')) return { kind: 'set', target, value: parseTuple(s), at }
  const filter = s.is('operator', '|') ? parseFilters(s, null, false) : null
  return { kind: 'set-block', target, filter, body: parseBody(s, ['endset']).body, at }
}

function parseWith(s: TokenStream, at: number): Statement {
  const bindings: { target: Target; value: Expr }[] = []
  while (!s.is('end')) {
    if (bindings.length > 0) s.expect('operator', ',')
    const target = parseTarget(s)
    s.expect('operator', '=')
    bindings.push({ target, value: parseExpression(s) })
  }
  return { kind: 'with', bindings, body: parseBody(s, ['endwith']).body, at }
}

function parseBlock(s: TokenStream, at: number): Statement {
  const name = s.expect('name').text
  const scoped = s.skip('name', 'scoped')
  s.skip('name', 'required')
  if (s.is('operator', '-')) s.fail('Block names may not contain hyphens')
  if (s.blocks.has(name)) fail('unknown-name', `block '${name}' defined twice`, name)
  s.blocks.add(name)
  const { body } = parseBody(s, ['endblock'])
  s.skip('name', name)
  return { kind: 'block', name, scoped, body, at }
}

function parseMacro(s: TokenStream, name: string, end: string): Macro {
  const params = s.is('operator', '(') || end === 'endmacro' ? parseParams(s) : []
  return parseMacroWith(s, name, params, end)
}

function parseMacroWith(s: TokenStream, name: string, params: Macro['params'], end: string): Macro {
  const { body } = parseBody(s, [end])
  const takes = { varargs: false, kwargs: false, caller: false }
  walk(body, (node) => {
    if (node.kind === 'name' && Object.hasOwn(takes, node.name)) {
      takes[node.name as keyof typeof takes] = true
    }
    return undefined
  })
  for (const param of params) {
    if (param.name === 'caller' && takes.caller && !param.value) {
      fail('unknown-name', "the argument 'caller' must be omitted or be given a default.", name)
    }
    if (Object.hasOwn(takes, param.name)) takes[param.name as keyof typeof takes] = false
  }
  return { name, params, body, takes }
}

function parseParams(s: TokenStream): Macro['params'] {
  const params: { name: string; value: Expr | null }[] = []
  const names = new Set<string>()
  s.expect('operator', '(')
  while (!s.skip('operator', ')')) {
    if (params.length > 0) s.expect('operator', ',')
    const name = assignedName(s)
    const value = s.skip('operator', '=') ? parseExpression(s) : null
    if (!value && params.at(-1)?.value) {
      s.fail('non-default argument follows default argument')
    }
    if (names.has(name)) s.fail(`duplicate argument '${name}'`)
    names.add(name)
    params.push({ name, value })
  }
  return params
}

function parseCallBlock(s: TokenStream, at: number): Statement {
  const params = s.is('operator', '(') ? parseParams(s) : []
  const call = parseExpression(s)
  if (call.kind !== 'call') s.fail('expected call', at)
  return { kind: 'call-block', call, macro: parseMacroWith(s, 'caller', params, 'endcall'), at }
}

function assignedName(s: TokenStream): string {
  const { text, at } = s.expect('name')
  if (/^(?:true|false|none|True|False|None)$/.test(text)) {
    s.fail(`can't assign to '${text}'`, at)
  }
  return text
}

/** Names to assign to. A comma may end them before a bracket or the tag's end only, never before `=` or `in`. */
function parseTarget(s: TokenStream, withNamespace = false): Target {
  const at = s.token.at
  const items: Target[] = []
  let several = false
  do {
    if (items.length > 0) several = true
    if (items.length > 0 && (s.is('operator', ')') || s.is('end'))) break
    items.push(parseOneTarget(s, withNamespace))
  } while (s.skip('operator', ','))
  const [only] = items
  return only && !several ? only : { kind: 'target-tuple', items, at }
}

function parseOneTarget(s: TokenStream, withNamespace: boolean): Target {
  const at = s.token.at
  if (s.skip('operator', '(')) {
    const inner = parseTarget(s)
    s.expect('operator', ')')
    return inner
  }
  const name = assignedName(s)
  if (!withNamespace || !s.skip('operator', '.')) return { kind: 'target-name', name, at }
  return { kind: 'target-attribute', of: name, name: s.expect('name').text, at }
}
