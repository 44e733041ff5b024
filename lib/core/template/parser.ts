// From tokens to a syntax tree, by Jinja2's grammar. The surprises: unary minus binds tighter than filters, filters tighter
// than every binary operator, `**` is left-associative, and `~` sits between `+` and `*`.
import type { Argument, BinaryOperator, Comparison, Expr, Macro, Statement, Target } from './ast.ts'
import { walk } from './ast.ts'
import { INTEGER_DIGITS_MAX, SYNTAX_DEPTH_MAX } from './budget.ts'
import { fail, refuse, TemplateError } from './errors.ts'
import { normalise, type Token, type TokenKind, tokenize } from './lexer.ts'
import { Float, int } from './values.ts'

export interface SyntaxTree {
  /** The text all offsets count in. */
  readonly source: string
  readonly body: readonly Statement[]
}

/** Distributes Omit over the union, so that a node can be written without the two fields every node has. */
type Bare<T> = T extends unknown ? Omit<T, 'depth'> : never

const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>='])
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
    return { source, body: new Parser(tokenize(source)).template() }
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

class Parser {
  readonly #tokens: readonly Token[]
  readonly #openBlocks: string[] = []
  readonly #blocks = new Set<string>()
  #index = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  template(): Statement[] {
    const body = this.#statements([])
    if (this.#token.kind !== 'eof') this.#fail(`unexpected '${this.#token.text}'`)
    return body
  }

  get #token(): Token {
    return this.#tokens[this.#index] ?? { kind: 'eof', text: '', at: 0 }
  }

  #next(): Token {
    const token = this.#token
    this.#index++
    return token
  }

  #fail(message: string, at = this.#token.at): never {
    throw Object.assign(new TemplateError('syntax', message), { offset: at })
  }

  #is(kind: TokenKind, text?: string, ahead = 0): boolean {
    const token = this.#tokens[this.#index + ahead]
    return token?.kind === kind && (text === undefined || token.text === text)
  }

  #skip(kind: TokenKind, text?: string): boolean {
    if (!this.#is(kind, text)) return false
    this.#index++
    return true
  }

  #expect(kind: TokenKind, text?: string): Token {
    if (this.#is(kind, text)) return this.#next()
    const { kind: found, text: got } = this.#token
    const wanted = text ?? (kind === 'end' ? 'end of print statement' : kind)
    if (found === 'eof') this.#fail(`unexpected end of template, expected '${wanted}'.`)
    return this.#fail(`expected token '${wanted}', got '${got || found}'`)
  }

  /** Make an expression one deeper than its deepest part. */
  #node(bare: Bare<Expr>, ...parts: (Expr | null)[]): Expr {
    const depth = 1 + Math.max(0, ...parts.map((part) => part?.depth ?? 0))
    if (depth > SYNTAX_DEPTH_MAX) this.#tooDeep()
    return { ...bare, depth } as Expr
  }

  #tooDeep(): never {
    throw Object.assign(new TemplateError('budget', 'nested too deeply', 'nesting'), {
      offset: this.#token.at,
    })
  }

  #nested<T>(parse: () => T): T {
    if (++this.#depth > SYNTAX_DEPTH_MAX) this.#tooDeep()
    const result = parse()
    this.#depth--
    return result
  }

  // ── statements ──

  #statements(ends: readonly string[]): Statement[] {
    return this.#nested(() => {
      const found: Statement[] = []
      for (;;) {
        const { kind, text, at } = this.#token
        if (kind === 'eof') return ends.length === 0 ? found : this.#unclosed(ends)
        if (kind === 'block' && ends.some((end) => this.#is('name', end, 1))) {
          this.#index++
          return found
        }
        this.#index++
        if (kind === 'text') found.push({ kind: 'text', text, at })
        else if (kind === 'print') {
          found.push({ kind: 'print', value: this.#tuple(), at })
          this.#expect('end', 'end of print statement')
        } else {
          found.push(...this.#tag())
          this.#endTag()
        }
      }
    })
  }

  #unclosed(ends: readonly string[]): never {
    const wanted = ends.map((end) => `'${end}'`).join(' or ')
    return this.#fail(
      'Unexpected end of template. Jinja was looking for the following tags: ' +
        `${wanted}. The innermost block that needs to be closed is '${this.#openBlocks.at(-1)}'.`,
    )
  }

  #endTag(): void {
    this.#expect('end', 'end of statement block')
  }

  /** The statements up to one of `ends`, whose name is consumed and returned. */
  #body(ends: readonly string[]): { body: Statement[]; end: string } {
    this.#skip('operator', ':')
    this.#endTag()
    const body = this.#statements(ends)
    return { body, end: this.#next().text }
  }

  #tag(): Statement[] {
    const { kind, text: name, at } = this.#token
    if (kind !== 'name') this.#fail('tag name expected')
    const refused = REFUSED_TAGS[name]
    if (refused !== undefined && Object.hasOwn(REFUSED_TAGS, name))
      refuse(`the tag '${name}'`, refused)
    this.#index++
    this.#openBlocks.push(name)
    const found = this.#tagNamed(name, at)
    this.#openBlocks.pop()
    return found
  }

  #tagNamed(name: string, at: number): Statement[] {
    switch (name) {
      case 'if':
        return [this.#if(at)]
      case 'for':
        return [this.#for(at)]
      case 'set':
        return [this.#set(at)]
      case 'with':
        return [this.#with(at)]
      case 'print':
        return this.#print(at)
      case 'block':
        return [this.#block(at)]
      case 'macro':
        return [{ kind: 'macro', macro: this.#macro(this.#assignedName(), 'endmacro'), at }]
      case 'call':
        return [this.#callBlock(at)]
      case 'filter': {
        const filter = this.#filters(null, true)
        if (!filter) return this.#fail('expected a filter')
        return [{ kind: 'filter-block', filter, body: this.#body(['endfilter']).body, at }]
      }
      default:
        return this.#fail(`Encountered unknown tag '${name}'.`, at)
    }
  }

  #print(at: number): Statement[] {
    const found: Statement[] = []
    while (!this.#is('end')) {
      if (found.length > 0) this.#expect('operator', ',')
      found.push({ kind: 'print', value: this.#expression(), at })
    }
    return found
  }

  #if(at: number): Statement {
    const branches: { test: Expr; body: Statement[] }[] = []
    for (;;) {
      const test = this.#tuple(false)
      const { body, end } = this.#body(['elif', 'else', 'endif'])
      branches.push({ test, body })
      if (end === 'elif') continue
      const otherwise = end === 'else' ? this.#body(['endif']).body : []
      return { kind: 'if', branches, otherwise, at }
    }
  }

  #for(at: number): Statement {
    const target = this.#target(['in'])
    this.#expect('name', 'in')
    const items = this.#tuple(false, ['recursive'])
    const filter = this.#skip('name', 'if') ? this.#expression() : null
    const recursive = this.#skip('name', 'recursive')
    const { body, end } = this.#body(['endfor', 'else'])
    const otherwise = end === 'else' ? this.#body(['endfor']).body : []
    return { kind: 'for', target, items, filter, recursive, body, otherwise, at }
  }

  #set(at: number): Statement {
    const target = this.#target(['='], true)
    if (this.#skip('operator', '=')) return { kind: 'set', target, value: this.#tuple(), at }
    const filter = this.#is('operator', '|') ? this.#filters(null, false) : null
    return { kind: 'set-block', target, filter, body: this.#body(['endset']).body, at }
  }

  #with(at: number): Statement {
    const bindings: { target: Target; value: Expr }[] = []
    while (!this.#is('end')) {
      if (bindings.length > 0) this.#expect('operator', ',')
      const target = this.#target(['='])
      this.#expect('operator', '=')
      bindings.push({ target, value: this.#expression() })
    }
    return { kind: 'with', bindings, body: this.#body(['endwith']).body, at }
  }

  #block(at: number): Statement {
    const name = this.#expect('name').text
    const scoped = this.#skip('name', 'scoped')
    this.#skip('name', 'required')
    if (this.#is('operator', '-')) this.#fail('Block names may not contain hyphens')
    if (this.#blocks.has(name)) fail('unknown-name', `block '${name}' defined twice`, name)
    this.#blocks.add(name)
    const { body } = this.#body(['endblock'])
    this.#skip('name', name)
    return { kind: 'block', name, scoped, body, at }
  }

  #macro(name: string, end: string): Macro {
    const params = this.#is('operator', '(') || end === 'endmacro' ? this.#params() : []
    return this.#macroWith(name, params, end)
  }

  #macroWith(name: string, params: Macro['params'], end: string): Macro {
    const { body } = this.#body([end])
    const takes = { varargs: false, kwargs: false, caller: false }
    walk(body, (node) => {
      if (node.kind === 'name' && Object.hasOwn(takes, node.name)) {
        takes[node.name as keyof typeof takes] = true
      }
      return undefined
    })
    for (const param of params) {
      if (Object.hasOwn(takes, param.name)) takes[param.name as keyof typeof takes] = false
    }
    return { name, params, body, takes }
  }

  #params(): Macro['params'] {
    const params: { name: string; value: Expr | null }[] = []
    this.#expect('operator', '(')
    while (!this.#skip('operator', ')')) {
      if (params.length > 0) this.#expect('operator', ',')
      const name = this.#assignedName()
      const value = this.#skip('operator', '=') ? this.#expression() : null
      if (!value && params.some((param) => param.value)) {
        this.#fail('non-default argument follows default argument')
      }
      if (params.some((param) => param.name === name)) this.#fail(`duplicate argument '${name}'`)
      params.push({ name, value })
    }
    return params
  }

  #callBlock(at: number): Statement {
    const params = this.#is('operator', '(') ? this.#params() : []
    const call = this.#expression()
    if (call.kind !== 'call') this.#fail('expected call', at)
    return { kind: 'call-block', call, macro: this.#macroWith('caller', params, 'endcall'), at }
  }

  #assignedName(): string {
    const { text, at } = this.#expect('name')
    if (/^(?:true|false|none|True|False|None)$/.test(text)) {
      this.#fail(`can't assign to '${text}'`, at)
    }
    return text
  }

  #target(ends: readonly string[], withNamespace = false): Target {
    const at = this.#token.at
    const items: Target[] = []
    let several = false
    do {
      if (items.length > 0) several = true
      if (ends.some((end) => this.#token.text === end) && items.length > 0) break
      items.push(this.#oneTarget(withNamespace))
    } while (this.#skip('operator', ','))
    const [only] = items
    return only && !several ? only : { kind: 'target-tuple', items, at }
  }

  #oneTarget(withNamespace: boolean): Target {
    const at = this.#token.at
    if (this.#skip('operator', '(')) {
      const inner = this.#target([')'])
      this.#expect('operator', ')')
      return inner
    }
    const name = this.#assignedName()
    if (!withNamespace || !this.#skip('operator', '.')) return { kind: 'target-name', name, at }
    return { kind: 'target-attribute', of: name, name: this.#expect('name').text, at }
  }

  // ── expressions, loosest first ──

  /** An expression, or several with commas: a tuple. */
  #tuple(withTernary = true, stops: readonly string[] = []): Expr {
    const at = this.#token.at
    const items: Expr[] = []
    let several = false
    for (;;) {
      if (this.#endsTuple(stops)) break
      items.push(withTernary ? this.#expression() : this.#or())
      if (!this.#skip('operator', ',')) break
      several = true
    }
    const [only] = items
    if (only && !several) return only
    if (!only) {
      const got = this.#token.text || 'end of template'
      this.#fail(`Expected an expression, got '${got}'`)
    }
    return this.#node({ kind: 'tuple', items, at }, ...items)
  }

  #endsTuple(stops: readonly string[]): boolean {
    if (this.#is('end') || this.#is('operator', ')')) return true
    return stops.some((stop) => this.#is('name', stop))
  }

  #expression(): Expr {
    return this.#nested(() => {
      let left = this.#or()
      while (this.#is('name', 'if')) {
        const { at } = this.#next()
        const test = this.#or()
        const otherwise = this.#skip('name', 'else') ? this.#expression() : null
        left = this.#node(
          { kind: 'ternary', test, then: left, otherwise, at },
          left,
          test,
          otherwise,
        )
      }
      return left
    })
  }

  #or(): Expr {
    let left = this.#and()
    while (this.#is('name', 'or')) {
      const { at } = this.#next()
      const right = this.#and()
      left = this.#node({ kind: 'or', left, right, at }, left, right)
    }
    return left
  }

  #and(): Expr {
    let left = this.#not()
    while (this.#is('name', 'and')) {
      const { at } = this.#next()
      const right = this.#not()
      left = this.#node({ kind: 'and', left, right, at }, left, right)
    }
    return left
  }

  #not(): Expr {
    if (!this.#is('name', 'not')) return this.#compare()
    return this.#nested(() => {
      const { at } = this.#next()
      const of = this.#not()
      return this.#node({ kind: 'unary', operator: 'not', of, at }, of)
    })
  }

  #compare(): Expr {
    const first = this.#sum()
    const rest: { operator: Comparison; value: Expr }[] = []
    const at = this.#token.at
    for (;;) {
      const operator = this.#comparison()
      if (!operator) break
      rest.push({ operator, value: this.#sum() })
    }
    if (rest.length === 0) return first
    return this.#node(
      { kind: 'compare', first, rest, at },
      first,
      ...rest.map(({ value }) => value),
    )
  }

  #comparison(): Comparison | null {
    const { kind, text } = this.#token
    if (kind === 'operator' && COMPARISONS.has(text)) return this.#next().text as Comparison
    if (this.#skip('name', 'in')) return 'in'
    if (!this.#is('name', 'not') || !this.#is('name', 'in', 1)) return null
    this.#index += 2
    return 'not in'
  }

  #sum(): Expr {
    return this.#binary(['+', '-'], () => this.#concat())
  }

  #concat(): Expr {
    const at = this.#token.at
    const items = [this.#product()]
    while (this.#skip('operator', '~')) items.push(this.#product())
    const [only] = items
    if (only && items.length === 1) return only
    return this.#node({ kind: 'concat', items, at }, ...items)
  }

  #product(): Expr {
    return this.#binary(['*', '/', '//', '%'], () => this.#binary(['**'], () => this.#unary(true)))
  }

  #binary(operators: readonly string[], operand: () => Expr): Expr {
    let left = operand()
    while (this.#token.kind === 'operator' && operators.includes(this.#token.text)) {
      const { text, at } = this.#next()
      const right = operand()
      const operator = text as BinaryOperator
      left = this.#node({ kind: 'binary', operator, left, right, at }, left, right)
    }
    return left
  }

  #unary(withFilters: boolean): Expr {
    const { at, text } = this.#token
    let found: Expr
    if (this.#is('operator', '-') || this.#is('operator', '+')) {
      found = this.#nested(() => {
        this.#index++
        const of = this.#unary(false)
        return this.#node({ kind: 'unary', operator: text as '-' | '+', of, at }, of)
      })
    } else found = this.#primary()
    found = this.#postfix(found)
    return withFilters ? this.#filtered(found) : found
  }

  #primary(): Expr {
    const { kind, text, at } = this.#next()
    switch (kind) {
      case 'name':
        return this.#nameOrConstant(text, at)
      case 'string': {
        let value = text
        while (this.#is('string')) value += this.#next().text
        return this.#node({ kind: 'const', value, at })
      }
      case 'integer':
        return this.#node({ kind: 'const', value: integerLiteral(text), at })
      case 'float':
        return this.#node({ kind: 'const', value: new Float(Number(text.replaceAll('_', ''))), at })
      case 'operator':
        if (text === '(') return this.#parenthesised(at)
        if (text === '[') return this.#list(at)
        if (text === '{') return this.#dict(at)
    }
    if (kind === 'end') this.#fail(`Expected an expression, got '${text}'`, at)
    return this.#fail(`unexpected '${text || 'end of template'}'`, at)
  }

  #nameOrConstant(name: string, at: number): Expr {
    if (name === 'true' || name === 'True') return this.#node({ kind: 'const', value: true, at })
    if (name === 'false' || name === 'False') return this.#node({ kind: 'const', value: false, at })
    if (name === 'none' || name === 'None') return this.#node({ kind: 'const', value: null, at })
    return this.#node({ kind: 'name', name, at })
  }

  #parenthesised(at: number): Expr {
    if (this.#skip('operator', ')')) return this.#node({ kind: 'tuple', items: [], at })
    const inner = this.#nested(() => this.#tuple())
    this.#expect('operator', ')')
    return inner
  }

  #list(at: number): Expr {
    const items: Expr[] = []
    this.#nested(() => {
      while (!this.#is('operator', ']')) {
        if (items.length > 0) this.#expect('operator', ',')
        if (this.#is('operator', ']')) break
        items.push(this.#expression())
      }
    })
    this.#expect('operator', ']')
    return this.#node({ kind: 'list', items, at }, ...items)
  }

  #dict(at: number): Expr {
    const entries: { key: Expr; value: Expr }[] = []
    this.#nested(() => {
      while (!this.#is('operator', '}')) {
        if (entries.length > 0) this.#expect('operator', ',')
        if (this.#is('operator', '}')) break
        const key = this.#expression()
        this.#expect('operator', ':')
        entries.push({ key, value: this.#expression() })
      }
    })
    this.#expect('operator', '}')
    return this.#node({ kind: 'dict', entries, at }, ...entries.flatMap((e) => [e.key, e.value]))
  }

  #postfix(start: Expr): Expr {
    let of = start
    for (;;) {
      const at = this.#token.at
      if (this.#skip('operator', '.')) of = this.#dotted(of, at)
      else if (this.#skip('operator', '[')) of = this.#subscript(of, at)
      else if (this.#is('operator', '(')) of = this.#call(of, at)
      else return of
    }
  }

  #dotted(of: Expr, at: number): Expr {
    const { kind, text } = this.#next()
    if (kind === 'name') return this.#node({ kind: 'attribute', of, name: text, at }, of)
    if (kind !== 'integer') this.#fail('expected name or number', at)
    const key = this.#node({ kind: 'const', value: integerLiteral(text), at })
    return this.#node({ kind: 'item', of, key, at }, of)
  }

  #subscript(of: Expr, at: number): Expr {
    return this.#nested(() => {
      const keys: Expr[] = []
      let found: Expr | null = null
      while (!this.#is('operator', ']')) {
        if (keys.length > 0) this.#expect('operator', ',')
        const start = this.#is('operator', ':') ? null : this.#expression()
        if (this.#is('operator', ':')) {
          found = this.#slice(of, start, at)
          break
        }
        if (start) keys.push(start)
      }
      this.#expect('operator', ']')
      if (found) return found
      const [only] = keys
      if (!only) return this.#fail('expected subscript expression', at)
      const key = keys.length === 1 ? only : this.#node({ kind: 'tuple', items: keys, at }, ...keys)
      return this.#node({ kind: 'item', of, key, at }, of, key)
    })
  }

  #slice(of: Expr, start: Expr | null, at: number): Expr {
    const part = () => {
      if (!this.#skip('operator', ':')) return null
      return this.#is('operator', ':') || this.#is('operator', ']') ? null : this.#expression()
    }
    const stop = part()
    const step = part()
    return this.#node({ kind: 'slice', of, start, stop, step, at }, of, start, stop, step)
  }

  #call(of: Expr, at: number): Expr {
    const args = this.#args()
    return this.#node({ kind: 'call', of, args, at }, of, ...args.map(({ value }) => value))
  }

  #args(): Argument[] {
    return this.#nested(() => {
      const args: Argument[] = []
      this.#expect('operator', '(')
      while (!this.#skip('operator', ')')) {
        if (args.length > 0) {
          this.#expect('operator', ',')
          if (this.#skip('operator', ')')) break
        }
        args.push(this.#arg(args))
      }
      return args
    })
  }

  #arg(before: readonly Argument[]): Argument {
    if (this.#skip('operator', '**')) return { name: null, spread: '**', value: this.#expression() }
    if (before.some(({ spread }) => spread === '**')) {
      this.#fail('invalid syntax for function call expression')
    }
    if (this.#skip('operator', '*')) return { name: null, spread: '*', value: this.#expression() }
    if (this.#is('name') && this.#is('operator', '=', 1)) {
      const name = this.#next().text
      this.#index++
      return { name, spread: '', value: this.#expression() }
    }
    if (before.some(({ name }) => name !== null)) {
      this.#fail('invalid syntax for function call expression')
    }
    return { name: null, spread: '', value: this.#expression() }
  }

  #filtered(start: Expr): Expr {
    let of = start
    for (;;) {
      if (this.#is('operator', '|')) of = this.#filters(of, false) ?? of
      else if (this.#is('name', 'is')) of = this.#test(of)
      else if (this.#is('operator', '(')) of = this.#call(of, this.#token.at)
      else return of
    }
  }

  /** `| name(args)` as often as it comes; in `{% filter name %}` the first bar is left out. */
  #filters(of: Expr | null, bare: boolean): Expr | null {
    let found = of
    let first = bare
    while (first || this.#skip('operator', '|')) {
      first = false
      const { at } = this.#token
      const name = this.#dottedName()
      const args = this.#is('operator', '(') ? this.#args() : []
      found = this.#node(
        { kind: 'filter', of: found, name, args, at },
        found,
        ...args.map(({ value }) => value),
      )
    }
    return found
  }

  #test(of: Expr): Expr {
    const { at } = this.#next()
    const negated = this.#skip('name', 'not')
    const name = this.#dottedName()
    const args = this.#testArgs()
    const test = this.#node({ kind: 'test', of, name, args, at }, of, ...args.map((a) => a.value))
    return negated ? this.#node({ kind: 'unary', operator: 'not', of: test, at }, test) : test
  }

  #testArgs(): Argument[] {
    const { kind, text } = this.#token
    if (this.#is('operator', '(')) return this.#args()
    const isOperand =
      kind === 'string' ||
      kind === 'integer' ||
      kind === 'float' ||
      (kind === 'operator' && '[{'.includes(text)) ||
      (kind === 'name' && !['else', 'or', 'and'].includes(text))
    if (this.#is('name', 'is')) this.#fail('You cannot chain multiple tests with is')
    if (!isOperand) return []
    return [{ name: null, spread: '', value: this.#postfix(this.#primary()) }]
  }

  #dottedName(): string {
    let name = this.#expect('name').text
    while (this.#skip('operator', '.')) name += `.${this.#expect('name').text}`
    return name
  }
}

function integerLiteral(text: string): number | bigint {
  const digits = text.replaceAll('_', '').toLowerCase()
  if (digits.length > INTEGER_DIGITS_MAX) fail('budget', 'an integer is too long', 'integer')
  return int(/^0+$/.test(digits) ? 0 : BigInt(digits))
}
