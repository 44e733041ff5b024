// Statements: blocks, loops, assignments, macros. Names are looked up when they are read, so a macro sees the variables around
// its definition as they are when it is called, never its caller's.
import type { Macro, Statement, Target } from './ast.ts'
import { callValue, compute, computeArgs } from './compute.ts'
import { fail } from './errors.ts'
import { type Evaluation, type Scope, Sink, scopeIn } from './evaluation.ts'
import { loopModel } from './loop.ts'
import { listOf } from './run.ts'
import { bind, signature } from './signature.ts'
import {
  type Args,
  Callable,
  isString,
  isTrue,
  Namespace,
  type Str,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts'

/** The output of some statements as a value. */
export function capture(e: Evaluation, body: readonly Statement[], scope: Scope): string | Str {
  const sink = new Sink(e, false)
  execute(e, body, scope, sink)
  return sink.value()
}

/** Run statements one after another. Throws TemplateError. */
export function execute(e: Evaluation, body: readonly Statement[], scope: Scope, sink: Sink): void {
  e.meter.enter()
  for (const statement of body) {
    e.meter.step()
    e.at = statement.at
    executeOne(e, statement, scope, sink)
  }
  e.meter.leave()
}

function executeOne(e: Evaluation, statement: Statement, scope: Scope, sink: Sink): void {
  switch (statement.kind) {
    case 'text':
      sink.write(statement.text)
      break
    case 'print':
      sink.print(compute(e, statement.value, scope))
      break
    case 'if': {
      const branch = statement.branches.find(({ test }) => isTrue(compute(e, test, scope)))
      execute(e, branch?.body ?? statement.otherwise, scope, sink)
      break
    }
    case 'for':
      executeFor(e, statement, compute(e, statement.items, scope), scope, sink, 0)
      break
    case 'set':
      assign(e, statement.target, compute(e, statement.value, scope), scope)
      break
    case 'set-block':
      assign(e, statement.target, filtered(e, statement, scope), scope)
      break
    case 'with':
      executeWith(e, statement, scope, sink)
      break
    case 'macro':
      scope.values.set(statement.macro.name, makeMacro(e, statement.macro, scope))
      break
    case 'call-block':
      sink.print(runCallBlock(e, statement, scope))
      break
    case 'filter-block': {
      const made = filtered(e, statement, scope)
      if (!isString(made)) fail('type', `expected str instance, ${typeName(made)} found`)
      sink.print(made)
      break
    }
    case 'block':
      execute(e, statement.body, scopeIn(statement.scoped ? scope : e.top), sink)
  }
}

/** The output of a block, filtered where the tag says so. */
function filtered(
  e: Evaluation,
  { body, filter }: Statement & { kind: 'set-block' | 'filter-block' },
  scope: Scope,
): Value {
  const text = capture(e, body, scopeIn(scope))
  return filter ? compute(e, filter, scope, text) : text
}

function executeWith(
  e: Evaluation,
  { bindings, body }: Statement & { kind: 'with' },
  scope: Scope,
  sink: Sink,
): void {
  const inner = scopeIn(scope)
  const values = bindings.map(({ value }) => compute(e, value, scope))
  bindings.forEach(({ target }, index) => {
    assign(e, target, values[index], inner)
  })
  execute(e, body, inner, sink)
}

function executeFor(
  e: Evaluation,
  statement: Statement & { kind: 'for' },
  over: Value,
  scope: Scope,
  sink: Sink,
  depth: number,
): void {
  const items = loopItems(e, statement, over, scope)
  if (items.length === 0) execute(e, statement.otherwise, scopeIn(scope), sink)
  const position = { index: 0 }
  const recurse = (inner: Value): Value => {
    if (!statement.recursive) fail('type', 'The loop must have the recursive marker.')
    const nested = new Sink(e, false)
    executeFor(e, statement, inner, scope, nested, depth + 1)
    return nested.value()
  }
  const loop = loopModel(items, position, depth, e.meter, recurse)
  for (const value of items) {
    const inner = scopeIn(scope)
    inner.values.set('loop', loop)
    assign(e, statement.target, value, inner)
    execute(e, statement.body, inner, sink)
    position.index++
  }
}

function loopItems(
  e: Evaluation,
  { items, filter, target }: Statement & { kind: 'for' },
  over: Value,
  scope: Scope,
): Value[] {
  e.at = items.at
  const all = listOf(over, e)
  if (!filter) return all
  const kept = all.filter((value) => {
    const inner = scopeIn(scope)
    assign(e, target, value, inner)
    return isTrue(compute(e, filter, inner))
  })
  return kept.map((value) => unpacked(e, target, value))
}

/** A filtered loop unpacks its items before its rounds: `loop.previtem` is a tuple then, whatever was sent. */
function unpacked(e: Evaluation, target: Target, value: Value): Value {
  if (target.kind !== 'target-tuple') return value
  const values = listOf(value, e)
  return new Tuple(target.items.map((inner, index) => unpacked(e, inner, values[index])))
}

function assign(e: Evaluation, target: Target, value: Value, scope: Scope): void {
  e.meter.step()
  switch (target.kind) {
    case 'target-name':
      scope.values.set(target.name, value)
      return
    case 'target-attribute': {
      const of = e.lookup(target.of, scope)
      if (!(of instanceof Namespace)) {
        fail('runtime', 'cannot assign attribute on non-namespace object')
      }
      ;(of as Namespace).values.set(target.name, value)
      return
    }
    case 'target-tuple': {
      const values = listOf(value, e)
      if (values.length !== target.items.length) {
        const [few, many] = [values.length, target.items.length]
        const which = few > many ? 'too many' : 'not enough'
        fail('value', `${which} values to unpack (expected ${many}, got ${few})`)
      }
      target.items.forEach((inner, index) => {
        assign(e, inner, values[index], scope)
      })
    }
  }
}

// ── macros ──

function makeMacro(e: Evaluation, macro: Macro, scope: Scope): Callable {
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
      const value = isGiven ? bound[index] : param.value ? compute(e, param.value, inner) : missing
      inner.values.set(param.name, value)
    })
    if (takes.varargs) inner.values.set('varargs', new Tuple(bound[params.length] as Value[]))
    if (takes.kwargs) inner.values.set('kwargs', bound.at(-1))
    return capture(e, body, inner)
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

function runCallBlock(
  e: Evaluation,
  { call, macro }: Statement & { kind: 'call-block' },
  scope: Scope,
): Value {
  if (call.kind !== 'call') return fail('syntax', 'expected call')
  const { positional, named } = computeArgs(e, call.args, scope)
  const caller = makeMacro(e, macro, scope)
  const callee = compute(e, call.of, scope)
  return callValue(callee, { positional, named: new Map([...named, ['caller', caller]]) })
}
