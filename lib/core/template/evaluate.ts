// The evaluator: walks the tree with a chain of scopes. Names are looked up when they are read, so a macro sees the variables
// around its definition as they are when it is called, never its caller's.
import { attribute, item, slice } from './access.ts'
import type { Argument, Expr, Macro, Statement, Target } from './ast.ts'
import { type Budget, Meter } from './budget.ts'
import { fail, TemplateError } from './errors.ts'
import { filters } from './filters.ts'
import { printf } from './format.ts'
import { globals } from './globals.ts'
import { loopModel } from './loop.ts'
import { asMarkupOf, escapeText } from './markup.ts'
import { arithmetic, compare, negate } from './operators.ts'
import { blocksIn, type SyntaxTree } from './parser.ts'
import { str } from './print.ts'
import { applyEntry, iterate, listOf, type Run } from './run.ts'
import { bind, signature } from './signature.ts'
import { tests } from './tests.ts'
import {
  type Args,
  Callable,
  Dict,
  dictEntries,
  dictGet,
  isDict,
  isFloat,
  isInt,
  isMarkup,
  isModel,
  isString,
  isTrue,
  model,
  Namespace,
  type Piece,
  Str,
  Tuple,
  textOf,
  typeName,
  Undefined,
  type Value,
} from './values.ts'
import { concat, piecesOf, templateText, weave, withOrigin } from './weave.ts'

/** Variables of one block; reading looks outwards, writing stays here. */
interface Scope {
  readonly values: Map<string, Value>
  readonly outer: Scope | null
}

const scopeIn = (outer: Scope | null): Scope => ({ values: new Map(), outer })

/** Where output goes: joined text, or pieces while a document is woven. */
type Sink = { text: string; pieces: Piece[] | null }

export interface RenderOptions extends Budget {
  /** Base of links into the console, for the filter `ui_url`. */
  uiUrl?: string
}

/** Run a tree over a context. The result is the text, and its pieces when `weaving`. Throws TemplateError. */
export function evaluate(
  tree: SyntaxTree,
  context: object,
  options: RenderOptions & { weaving?: boolean },
): { text: string; pieces: readonly Piece[] } {
  const evaluator = new Evaluator(tree, context, options)
  try {
    return evaluator.document()
  } catch (error) {
    if (error instanceof TemplateError) throw error.locate(tree.source, evaluator.at)
    // The budgets keep stack and texts small; should they ever not suffice, JavaScript's own limits are one more budget.
    if (error instanceof RangeError) throw new TemplateError('budget', error.message, 'engine')
    throw error
  }
}

/** Filters that are methods of their text in disguise, so that Markup stays Markup. */
const KEEP_MARKUP = new Set([
  'capitalize',
  'center',
  'indent',
  'lower',
  'reverse',
  'trim',
  'truncate',
  'upper',
])

class Evaluator implements Run {
  readonly meter: Meter
  readonly weaving: boolean
  readonly uiUrl: string
  /** Offset of what is being evaluated, for errors. */
  at = 0
  readonly #tree: SyntaxTree
  readonly #context: object
  readonly #top = scopeIn(null)
  #blocks: Map<string, Statement & { kind: 'block' }> | null = null

  constructor(tree: SyntaxTree, context: object, options: RenderOptions & { weaving?: boolean }) {
    this.meter = new Meter(options)
    this.weaving = options.weaving ?? false
    this.uiUrl = options.uiUrl ?? ''
    this.#tree = tree
    this.#context = context
  }

  document(): { text: string; pieces: readonly Piece[] } {
    const sink = this.#sink()
    this.#run(this.#tree.body, this.#top, sink, true)
    return { text: sink.text, pieces: sink.pieces ?? [] }
  }

  // ── what filters may ask ──

  filter(name: string, value: Value, args: Args): Value {
    if (!Object.hasOwn(filters, name)) fail('unknown-name', `No filter named '${name}'.`, name)
    const result = applyEntry(name, filters[name]!, value, args, this)
    const made = this.weaving
      ? withOrigin(result, value, [...args.positional, ...args.named.values()])
      : result
    return KEEP_MARKUP.has(name) ? asMarkupOf(value, made) : made
  }

  test(name: string, value: Value, args: Args): boolean {
    if (!Object.hasOwn(tests, name)) fail('unknown-name', `No test named '${name}'.`, name)
    return isTrue(applyEntry(name, tests[name]!, value, args, this))
  }

  item(of: Value, key: Value): Value {
    return item(of, key, this)
  }

  attribute(of: Value, name: string): Value {
    return attribute(of, name, this)
  }

  // ── output ──

  #sink(): Sink {
    return { text: '', pieces: this.weaving ? [] : null }
  }

  #write(sink: Sink, text: string, isOutput: boolean): void {
    if (isOutput) this.meter.output(text)
    else this.meter.chars(text.length)
    if (sink.pieces) sink.pieces.push({ from: 'template', text })
    else sink.text += text
  }

  #print(sink: Sink, value: Value, isOutput: boolean): void {
    if (!sink.pieces) {
      const text = str(value, this.meter)
      if (isOutput) this.meter.output(text)
      else this.meter.chars(text.length)
      sink.text += text
      return
    }
    for (const piece of piecesOf(value, this)) {
      this.meter.step()
      if (isOutput) this.meter.output(piece.text)
      else this.meter.chars(piece.text.length)
      sink.pieces.push(piece)
    }
  }

  /** The output of some statements as a value. */
  #capture(body: readonly Statement[], scope: Scope): string | Str {
    const sink = this.#sink()
    this.#run(body, scope, sink, false)
    return sink.pieces ? weave(sink.pieces) : sink.text
  }

  // ── statements ──

  #run(body: readonly Statement[], scope: Scope, sink: Sink, isOutput: boolean): void {
    this.meter.enter()
    for (const statement of body) {
      this.meter.step()
      this.at = statement.at
      this.#statement(statement, scope, sink, isOutput)
    }
    this.meter.leave()
  }

  #statement(statement: Statement, scope: Scope, sink: Sink, isOutput: boolean): void {
    switch (statement.kind) {
      case 'text':
        return this.#write(sink, statement.text, isOutput)
      case 'print':
        return this.#print(sink, this.#value(statement.value, scope), isOutput)
      case 'if': {
        const branch = statement.branches.find(({ test }) => isTrue(this.#value(test, scope)))
        return this.#run(branch?.body ?? statement.otherwise, scope, sink, isOutput)
      }
      case 'for':
        return this.#for(statement, this.#value(statement.items, scope), scope, sink, isOutput, 0)
      case 'set':
        return this.#assign(statement.target, this.#value(statement.value, scope), scope)
      case 'set-block': {
        const text = this.#capture(statement.body, scopeIn(scope))
        const value = statement.filter ? this.#value(statement.filter, scope, text) : text
        return this.#assign(statement.target, value, scope)
      }
      case 'with': {
        const inner = scopeIn(scope)
        const values = statement.bindings.map(({ value }) => this.#value(value, scope))
        statement.bindings.forEach(({ target }, index) => {
          this.#assign(target, values[index], inner)
        })
        return this.#run(statement.body, inner, sink, isOutput)
      }
      case 'macro': {
        const { macro } = statement
        scope.values.set(macro.name, this.#macro(macro, scope))
        return
      }
      case 'call-block':
        return this.#print(sink, this.#callBlock(statement, scope), isOutput)
      case 'filter-block': {
        const text = this.#capture(statement.body, scopeIn(scope))
        const made = this.#value(statement.filter, scope, text)
        if (!isString(made)) fail('type', `expected str instance, ${typeName(made)} found`)
        return this.#print(sink, made, isOutput)
      }
      case 'block':
        return this.#run(
          statement.body,
          scopeIn(statement.scoped ? scope : this.#top),
          sink,
          isOutput,
        )
    }
  }

  #for(
    statement: Statement & { kind: 'for' },
    over: Value,
    scope: Scope,
    sink: Sink,
    isOutput: boolean,
    depth: number,
  ): void {
    const items = this.#loopItems(statement, over, scope)
    if (items.length === 0) return this.#run(statement.otherwise, scopeIn(scope), sink, isOutput)
    const position = { index: 0 }
    const recurse = (inner: Value): Value => {
      if (!statement.recursive) fail('type', 'The loop must have the recursive marker.')
      const nested = this.#sink()
      this.#for(statement, inner, scope, nested, false, depth + 1)
      return nested.pieces ? weave(nested.pieces) : nested.text
    }
    const loop = loopModel(items, position, depth, this.meter, recurse)
    for (const value of items) {
      const inner = scopeIn(scope)
      inner.values.set('loop', loop)
      this.#assign(statement.target, value, inner)
      this.#run(statement.body, inner, sink, isOutput)
      position.index++
    }
  }

  #loopItems(
    { items, filter, target }: Statement & { kind: 'for' },
    over: Value,
    scope: Scope,
  ): Value[] {
    this.at = items.at
    const all = listOf(over, this)
    if (!filter) return all
    return all.filter((value) => {
      const inner = scopeIn(scope)
      this.#assign(target, value, inner)
      return isTrue(this.#value(filter, inner))
    })
  }

  #assign(target: Target, value: Value, scope: Scope): void {
    this.meter.step()
    switch (target.kind) {
      case 'target-name':
        scope.values.set(target.name, value)
        return
      case 'target-attribute': {
        const of = this.#lookup(target.of, scope)
        if (!(of instanceof Namespace)) {
          fail('runtime', 'cannot assign attribute on non-namespace object')
        }
        ;(of as Namespace).values.set(target.name, value)
        return
      }
      case 'target-tuple': {
        const values = listOf(value, this)
        if (values.length !== target.items.length) {
          const [few, many] = [values.length, target.items.length]
          const which = few > many ? 'too many' : 'not enough'
          fail('value', `${which} values to unpack (expected ${many}, got ${few})`)
        }
        target.items.forEach((inner, index) => {
          this.#assign(inner, values[index], scope)
        })
      }
    }
  }

  // ── macros ──

  #macro(macro: Macro, scope: Scope): Callable {
    const { name, params, body, takes } = macro
    const words = params.map((param) => param.name)
    const rest = `${takes.varargs ? ' *args' : ''}${takes.kwargs ? ' **kwargs' : ''}`
    const of = signature(words.map((word) => `${word}=null`).join(' ') + rest)
    const call = ({ positional, named }: Args): Value => {
      const inner = scopeIn(scope)
      const given = new Map(named)
      if (takes.caller) {
        inner.values.set('caller', given.get('caller') ?? new Undefined('No caller defined'))
        given.delete('caller')
      }
      const bound = bind(`macro '${name}'`, of, { positional, named: given })
      params.forEach((param, index) => {
        const isGiven = index < positional.length || given.has(param.name)
        const missing = new Undefined(`parameter '${param.name}' was not provided`)
        const value = isGiven
          ? bound[index]
          : param.value
            ? this.#value(param.value, inner)
            : missing
        inner.values.set(param.name, value)
      })
      if (takes.varargs) inner.values.set('varargs', new Tuple(bound[params.length] as Value[]))
      if (takes.kwargs) inner.values.set('kwargs', bound.at(-1))
      return this.#capture(body, inner)
    }
    return new Callable(
      name,
      call,
      new Map<string, Value>([
        ['name', name],
        ['arguments', new Tuple(words)],
        ['catch_kwargs', takes.kwargs],
        ['catch_varargs', takes.varargs],
        ['caller', takes.caller],
      ]),
    )
  }

  #callBlock({ call, macro }: Statement & { kind: 'call-block' }, scope: Scope): Value {
    if (call.kind !== 'call') return fail('syntax', 'expected call')
    const { positional, named } = this.#args(call.args, scope)
    const caller = this.#macro(macro, scope)
    const callee = this.#value(call.of, scope)
    return this.#call(callee, { positional, named: new Map([...named, ['caller', caller]]) })
  }

  // ── expressions ──

  /** `incoming` is the text of a block that a filter without a value applies to. */
  #value(expr: Expr, scope: Scope, incoming?: Value): Value {
    this.meter.step()
    this.meter.enter()
    const value = this.#evaluate(expr, scope, incoming)
    this.meter.leave()
    return value
  }

  #evaluate(expr: Expr, scope: Scope, incoming: Value): Value {
    switch (expr.kind) {
      case 'const':
        return this.weaving && typeof expr.value === 'string'
          ? templateText(expr.value)
          : expr.value
      case 'name':
        return this.#lookup(expr.name, scope)
      case 'list':
        return expr.items.map((part) => this.#value(part, scope))
      case 'tuple':
        return new Tuple(expr.items.map((part) => this.#value(part, scope)))
      case 'dict': {
        const made = new Dict()
        for (const { key, value } of expr.entries) {
          made.set(this.#value(key, scope), this.#value(value, scope))
        }
        return made
      }
      case 'concat':
        return concat(
          expr.items.map((part) => this.#value(part, scope)),
          this,
        )
      case 'attribute': {
        const of = this.#value(expr.of, scope)
        this.at = expr.at
        return attribute(of, expr.name, this)
      }
      case 'item':
        return item(this.#value(expr.of, scope), this.#value(expr.key, scope), this)
      case 'slice': {
        const of = this.#value(expr.of, scope)
        const bounds = [expr.start, expr.stop, expr.step]
        return slice(
          of,
          bounds.map((bound) => (bound ? this.#value(bound, scope) : null)),
          this,
        )
      }
      case 'call': {
        const of = this.#value(expr.of, scope)
        const args = this.#args(expr.args, scope)
        this.at = expr.at
        return this.#call(of, args)
      }
      case 'filter': {
        const value = expr.of ? this.#value(expr.of, scope, incoming) : incoming
        const args = this.#args(expr.args, scope)
        this.at = expr.at
        return this.filter(expr.name, value, args)
      }
      case 'test': {
        const value = this.#value(expr.of, scope)
        const args = this.#args(expr.args, scope)
        this.at = expr.at
        return this.test(expr.name, value, args)
      }
      case 'unary': {
        const value = this.#value(expr.of, scope)
        if (expr.operator === 'not') return !isTrue(value)
        this.at = expr.at
        return expr.operator === '-' ? negate(value) : positive(value)
      }
      case 'binary': {
        const left = this.#value(expr.left, scope)
        const right = this.#value(expr.right, scope)
        this.at = expr.at
        return this.#binary(expr, left, right)
      }
      case 'and': {
        const left = this.#value(expr.left, scope)
        return isTrue(left) ? this.#value(expr.right, scope) : left
      }
      case 'or': {
        const left = this.#value(expr.left, scope)
        return isTrue(left) ? left : this.#value(expr.right, scope)
      }
      case 'compare':
        return this.#compare(expr, scope)
      case 'ternary': {
        if (isTrue(this.#value(expr.test, scope))) return this.#value(expr.then, scope)
        if (expr.otherwise) return this.#value(expr.otherwise, scope)
        return new Undefined(
          'the inline if-expression evaluated to false and no else section was defined.',
        )
      }
    }
  }

  #compare({ first, rest }: Expr & { kind: 'compare' }, scope: Scope): boolean {
    let left = this.#value(first, scope)
    for (const { operator, value } of rest) {
      const right = this.#value(value, scope)
      if (!compare(operator, left, right, this.meter)) return false
      left = right
    }
    return true
  }

  #binary({ operator }: Expr & { kind: 'binary' }, left: Value, right: Value): Value {
    if (operator === '+' && isString(left) && isString(right)) return this.#joined(left, right)
    if (operator === '%' && isString(left)) {
      if (right instanceof Undefined) return fail('undefined', right.message)
      const made = printf(left, isMarkup(left) ? escapedItems(right) : right, this)
      return asMarkupOf(left, withOrigin(made, left, [right]))
    }
    const made = arithmetic(operator, left, right, this.meter)
    return this.weaving ? withOrigin(made, isString(left) ? left : right, [left, right]) : made
  }

  #joined(left: string | Str, right: string | Str): Value {
    const isEscaped = isMarkup(left) || isMarkup(right)
    if (!isEscaped) return concat([left, right], this)
    const parts = [left, right].map((part) => (isMarkup(part) ? part : escapeText(part)))
    const joined = concat(parts, this)
    return new Str(textOf(joined), true, joined instanceof Str ? joined.pieces : null)
  }

  #args(args: readonly Argument[], scope: Scope): Args {
    const positional: Value[] = []
    const named = new Map<string, Value>()
    for (const { name, spread, value } of args) {
      const found = this.#value(value, scope)
      if (spread === '*') positional.push(...iterate(found, this))
      else if (spread === '**') this.#spreadNamed(found, named)
      else if (name === null) positional.push(found)
      else named.set(name, found)
    }
    return { positional, named }
  }

  #spreadNamed(found: Value, named: Map<string, Value>): void {
    if (!isDict(found))
      return fail('type', `argument after ** must be a mapping, not ${typeName(found)}`)
    for (const [key, value] of dictEntries(found)) {
      if (!isString(key)) return fail('type', 'keywords must be strings')
      named.set(textOf(key), value)
    }
  }

  #call(callee: Value, args: Args): Value {
    if (callee instanceof Undefined) {
      return fail(callee.unsafe ? 'security' : 'undefined', callee.message)
    }
    if (callee instanceof Callable) return callee.call(args)
    if (isModel(callee) && callee.call) return callee.call(args)
    return fail('type', `'${typeName(callee)}' object is not callable`)
  }

  // ── names ──

  #lookup(name: string, scope: Scope): Value {
    for (let at: Scope | null = scope; at; at = at.outer) {
      const found = at.values.get(name)
      if (found !== undefined) return found
    }
    const found = dictGet(this.#context, name)
    if (found !== undefined) return found
    if (name === 'self') return this.#self()
    if (Object.hasOwn(globals, name)) return globals[name]!(this)
    return new Undefined(`'${name}' is undefined`)
  }

  /** `self.block()`: the blocks of this template, callable. */
  #self(): Value {
    this.#blocks ??= new Map(blocksIn(this.#tree.body).map((block) => [block.name, block]))
    const blocks = this.#blocks
    return model({
      type: 'TemplateReference',
      item: () => undefined,
      attribute: (name) => {
        const block = blocks.get(name)
        if (!block) return undefined
        return new Callable(name, () => this.#capture(block.body, scopeIn(this.#top)))
      },
    })
  }
}

/** What `%` puts into Markup, escaped. */
function escapedItems(values: Value): Value {
  if (values instanceof Tuple) return new Tuple(values.items.map(escapedItems))
  return isString(values) && !isMarkup(values) ? escapeText(values) : values
}

function positive(value: Value): Value {
  if (value instanceof Undefined) return fail('undefined', value.message)
  if (isFloat(value)) return value
  if (isInt(value)) return typeof value === 'boolean' ? Number(value) : value
  return fail('type', `bad operand type for unary +: '${typeName(value)}'`)
}
