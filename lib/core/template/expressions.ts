// Expressions, by Jinja2's grammar. The surprises: unary minus binds tighter than filters, filters tighter than every binary
// operator, `**` is left-associative, and `~` sits between `+` and `*`.
import type { Argument, BinaryOperator, Comparison, Expr } from './ast.ts'
import { INTEGER_DIGITS_MAX } from './budget.ts'
import { fail } from './errors.ts'
import type { TokenStream } from './token-stream.ts'
import { Float, int } from './values.ts'

const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>='])

/** An expression, or several with commas: a tuple. */
export function parseTuple(s: TokenStream, withTernary = true): Expr {
  const at = s.token.at
  const items: Expr[] = []
  let several = false
  for (;;) {
    if (s.is('end') || s.is('operator', ')')) break
    items.push(withTernary ? parseExpression(s) : parseOr(s))
    if (!s.skip('operator', ',')) break
    several = true
  }
  const [only] = items
  if (only && !several) return only
  if (!only) {
    const got = s.token.text || 'end of template'
    s.fail(`Expected an expression, got '${got}'`)
  }
  return s.node({ kind: 'tuple', items, at }, ...items)
}

/** One expression, an inline if included. */
export function parseExpression(s: TokenStream): Expr {
  return s.nested(() => {
    let left = parseOr(s)
    while (s.is('name', 'if')) {
      const { at } = s.next()
      const test = parseOr(s)
      const otherwise = s.skip('name', 'else') ? parseExpression(s) : null
      left = s.node({ kind: 'ternary', test, whenTrue: left, otherwise, at }, left, test, otherwise)
    }
    return left
  })
}

function parseOr(s: TokenStream): Expr {
  let left = parseAnd(s)
  while (s.is('name', 'or')) {
    const { at } = s.next()
    const right = parseAnd(s)
    left = s.node({ kind: 'or', left, right, at }, left, right)
  }
  return left
}

function parseAnd(s: TokenStream): Expr {
  let left = parseNot(s)
  while (s.is('name', 'and')) {
    const { at } = s.next()
    const right = parseNot(s)
    left = s.node({ kind: 'and', left, right, at }, left, right)
  }
  return left
}

function parseNot(s: TokenStream): Expr {
  if (!s.is('name', 'not')) return parseCompare(s)
  return s.nested(() => {
    const { at } = s.next()
    const of = parseNot(s)
    return s.node({ kind: 'unary', operator: 'not', of, at }, of)
  })
}

function parseCompare(s: TokenStream): Expr {
  const first = parseSum(s)
  const rest: { operator: Comparison; value: Expr }[] = []
  const at = s.token.at
  for (;;) {
    const operator = comparisonOperator(s)
    if (!operator) break
    rest.push({ operator, value: parseSum(s) })
  }
  if (rest.length === 0) return first
  return s.node({ kind: 'compare', first, rest, at }, first, ...rest.map(({ value }) => value))
}

function comparisonOperator(s: TokenStream): Comparison | null {
  const { kind, text } = s.token
  if (kind === 'operator' && COMPARISONS.has(text)) return s.next().text as Comparison
  if (s.skip('name', 'in')) return 'in'
  if (!s.is('name', 'not') || !s.is('name', 'in', 1)) return null
  s.index += 2
  return 'not in'
}

function parseSum(s: TokenStream): Expr {
  return parseBinary(s, ['+', '-'], () => parseConcat(s))
}

function parseConcat(s: TokenStream): Expr {
  const at = s.token.at
  const items = [parseProduct(s)]
  while (s.skip('operator', '~')) items.push(parseProduct(s))
  const [only] = items
  if (only && items.length === 1) return only
  return s.node({ kind: 'concat', items, at }, ...items)
}

function parseProduct(s: TokenStream): Expr {
  return parseBinary(s, ['*', '/', '//', '%'], () =>
    parseBinary(s, ['**'], () => parseUnary(s, true)),
  )
}

function parseBinary(s: TokenStream, operators: readonly string[], operand: () => Expr): Expr {
  let left = operand()
  while (s.token.kind === 'operator' && operators.includes(s.token.text)) {
    const { text, at } = s.next()
    const right = operand()
    const operator = text as BinaryOperator
    left = s.node({ kind: 'binary', operator, left, right, at }, left, right)
  }
  return left
}

function parseUnary(s: TokenStream, withFilters: boolean): Expr {
  const { at, text } = s.token
  let found: Expr
  if (s.is('operator', '-') || s.is('operator', '+')) {
    found = s.nested(() => {
      s.index++
      const of = parseUnary(s, false)
      return s.node({ kind: 'unary', operator: text as '-' | '+', of, at }, of)
    })
  } else found = parsePrimary(s)
  found = parsePostfix(s, found)
  return withFilters ? parseFiltered(s, found) : found
}

function parsePrimary(s: TokenStream): Expr {
  const { kind, text, at } = s.next()
  switch (kind) {
    case 'name':
      return parseNameOrConstant(s, text, at)
    case 'string': {
      let value = text
      while (s.is('string')) value += s.next().text
      return s.node({ kind: 'const', value, at })
    }
    case 'integer':
      return s.node({ kind: 'const', value: integerLiteral(text), at })
    case 'float':
      return s.node({ kind: 'const', value: new Float(Number(text.replaceAll('_', ''))), at })
    case 'operator':
      if (text === '(') return parseParenthesised(s, at)
      if (text === '[') return parseList(s, at)
      if (text === '{') return parseDict(s, at)
  }
  if (kind === 'end') s.fail(`Expected an expression, got '${text}'`, at)
  return s.fail(`unexpected '${text || 'end of template'}'`, at)
}

function parseNameOrConstant(s: TokenStream, name: string, at: number): Expr {
  if (name === 'true' || name === 'True') return s.node({ kind: 'const', value: true, at })
  if (name === 'false' || name === 'False') return s.node({ kind: 'const', value: false, at })
  if (name === 'none' || name === 'None') return s.node({ kind: 'const', value: null, at })
  return s.node({ kind: 'name', name, at })
}

function parseParenthesised(s: TokenStream, at: number): Expr {
  if (s.skip('operator', ')')) return s.node({ kind: 'tuple', items: [], at })
  const inner = s.nested(() => parseTuple(s))
  s.expect('operator', ')')
  return inner
}

function parseList(s: TokenStream, at: number): Expr {
  const items: Expr[] = []
  s.nested(() => {
    while (!s.is('operator', ']')) {
      if (items.length > 0) s.expect('operator', ',')
      if (s.is('operator', ']')) break
      items.push(parseExpression(s))
    }
  })
  s.expect('operator', ']')
  return s.node({ kind: 'list', items, at }, ...items)
}

function parseDict(s: TokenStream, at: number): Expr {
  const entries: { key: Expr; value: Expr }[] = []
  s.nested(() => {
    while (!s.is('operator', '}')) {
      if (entries.length > 0) s.expect('operator', ',')
      if (s.is('operator', '}')) break
      const key = parseExpression(s)
      s.expect('operator', ':')
      entries.push({ key, value: parseExpression(s) })
    }
  })
  s.expect('operator', '}')
  return s.node({ kind: 'dict', entries, at }, ...entries.flatMap((e) => [e.key, e.value]))
}

function parsePostfix(s: TokenStream, start: Expr): Expr {
  let of = start
  for (;;) {
    const at = s.token.at
    if (s.skip('operator', '.')) of = parseDotted(s, of, at)
    else if (s.skip('operator', '[')) of = parseSubscript(s, of, at)
    else if (s.is('operator', '(')) of = parseCall(s, of, at)
    else return of
  }
}

function parseDotted(s: TokenStream, of: Expr, at: number): Expr {
  const { kind, text } = s.next()
  if (kind === 'name') return s.node({ kind: 'attribute', of, name: text, at }, of)
  if (kind !== 'integer') s.fail('expected name or number', at)
  const key = s.node({ kind: 'const', value: integerLiteral(text), at })
  return s.node({ kind: 'item', of, key, at }, of)
}

function parseSubscript(s: TokenStream, of: Expr, at: number): Expr {
  return s.nested(() => {
    const keys: Expr[] = []
    let found: Expr | null = null
    while (!s.is('operator', ']')) {
      if (keys.length > 0) s.expect('operator', ',')
      const start = s.is('operator', ':') ? null : parseExpression(s)
      if (s.is('operator', ':')) {
        found = parseSlice(s, of, start, at)
        break
      }
      if (start) keys.push(start)
    }
    s.expect('operator', ']')
    if (found) return found
    const [only] = keys
    const key =
      only && keys.length === 1 ? only : s.node({ kind: 'tuple', items: keys, at }, ...keys)
    return s.node({ kind: 'item', of, key, at }, of, key)
  })
}

function parseSlice(s: TokenStream, of: Expr, start: Expr | null, at: number): Expr {
  const part = () => {
    if (!s.skip('operator', ':')) return null
    return s.is('operator', ':') || s.is('operator', ']') ? null : parseExpression(s)
  }
  const stop = part()
  const step = part()
  return s.node({ kind: 'slice', of, start, stop, step, at }, of, start, stop, step)
}

function parseCall(s: TokenStream, of: Expr, at: number): Expr {
  const args = parseArgs(s)
  return s.node({ kind: 'call', of, args, at }, of, ...args.map(({ value }) => value))
}

/** The arguments of a call, brackets included. */
function parseArgs(s: TokenStream): Argument[] {
  return s.nested(() => {
    const args: Argument[] = []
    const seen = { named: false, spread: false }
    s.expect('operator', '(')
    while (!s.skip('operator', ')')) {
      if (args.length > 0) {
        s.expect('operator', ',')
        if (s.skip('operator', ')')) break
      }
      args.push(parseArg(s, seen))
    }
    return args
  })
}

/** `seen`: what came before, which decides what may follow. */
function parseArg(s: TokenStream, seen: { named: boolean; spread: boolean }): Argument {
  const isSpread = s.skip('operator', '**')
  if (!isSpread && seen.spread) s.fail('invalid syntax for function call expression')
  seen.spread ||= isSpread
  if (isSpread) return { name: null, spread: '**', value: parseExpression(s) }
  if (s.skip('operator', '*')) return { name: null, spread: '*', value: parseExpression(s) }
  if (s.is('name') && s.is('operator', '=', 1)) {
    seen.named = true
    const name = s.next().text
    s.index++
    return { name, spread: '', value: parseExpression(s) }
  }
  if (seen.named) s.fail('invalid syntax for function call expression')
  return { name: null, spread: '', value: parseExpression(s) }
}

function parseFiltered(s: TokenStream, start: Expr): Expr {
  let of = start
  for (;;) {
    if (s.is('operator', '|')) of = parseFilters(s, of, false) ?? of
    else if (s.is('name', 'is')) of = parseTest(s, of)
    else if (s.is('operator', '(')) of = parseCall(s, of, s.token.at)
    else return of
  }
}

/** `| name(args)` as often as it comes; in `{% filter name %}` the first bar is left out. */
export function parseFilters(s: TokenStream, of: Expr | null, bare: boolean): Expr | null {
  let found = of
  let first = bare
  while (first || s.skip('operator', '|')) {
    first = false
    const { at } = s.token
    const name = dottedName(s)
    const args = s.is('operator', '(') ? parseArgs(s) : []
    found = s.node(
      { kind: 'filter', of: found, name, args, at },
      found,
      ...args.map(({ value }) => value),
    )
  }
  return found
}

function parseTest(s: TokenStream, of: Expr): Expr {
  const { at } = s.next()
  const negated = s.skip('name', 'not')
  const name = dottedName(s)
  const args = parseTestArgs(s)
  const test = s.node({ kind: 'test', of, name, args, at }, of, ...args.map((a) => a.value))
  return negated ? s.node({ kind: 'unary', operator: 'not', of: test, at }, test) : test
}

function parseTestArgs(s: TokenStream): Argument[] {
  const { kind, text } = s.token
  if (s.is('operator', '(')) return parseArgs(s)
  const isOperand =
    kind === 'string' ||
    kind === 'integer' ||
    kind === 'float' ||
    (kind === 'operator' && '[{'.includes(text)) ||
    (kind === 'name' && !['else', 'or', 'and'].includes(text))
  if (s.is('name', 'is')) s.fail('You cannot chain multiple tests with is')
  if (!isOperand) return []
  return [{ name: null, spread: '', value: parsePostfix(s, parsePrimary(s)) }]
}

function dottedName(s: TokenStream): string {
  let name = s.expect('name').text
  while (s.skip('operator', '.')) name += `.${s.expect('name').text}`
  return name
}

function integerLiteral(text: string): number | bigint {
  const digits = text.replaceAll('_', '').toLowerCase()
  if (digits.length > INTEGER_DIGITS_MAX) fail('budget', 'an integer is too long', 'integer')
  return int(/^0+$/.test(digits) ? 0 : BigInt(digits))
}
