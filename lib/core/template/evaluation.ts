// One rendering in progress: its account, its settings, its names, and where its output goes.
import { attribute, item } from './access.ts'
import { type Budget, Meter } from './budget.ts'
import { fail } from './errors.ts'
import { filters } from './filters.ts'
import { globals } from './globals.ts'
import { asMarkupOf } from './markup.ts'
import { str } from './print.ts'
import { applyEntry, type Run } from './run.ts'
import { tests } from './tests.ts'
import {
  type Args,
  dictGet,
  isTrue,
  type Piece,
  type Str,
  Undefined,
  type Value,
} from './values.ts'
import { piecesOf, weave, withOrigin } from './weave.ts'

/** What a caller may choose about one rendering. */
export interface RenderOptions extends Budget {
  /** Base of links into the console, for the filter `ui_url`. */
  uiUrl?: string
}

/** What this room chooses on top. */
export interface EvaluationOptions extends RenderOptions {
  /** Keep the origin of text, for a document. */
  weaving?: boolean
}

/** Variables of one block; reading looks outwards, writing stays here. */
export interface Scope {
  readonly values: Map<string, Value>
  readonly outer: Scope | null
}

/** A new block inside another. */
export const scopeIn = (outer: Scope | null): Scope => ({ values: new Map(), outer })

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

/** The state of one rendering, and what filters may ask of it. */
export class Evaluation implements Run {
  readonly meter: Meter
  readonly weaving: boolean
  readonly uiUrl: string
  /** Offset of what is being evaluated, for errors. */
  at = 0
  readonly top = scopeIn(null)
  readonly #context: object
  readonly #self: () => Value

  /** `self` makes what the template's own `self` names: its blocks. */
  constructor(context: object, options: EvaluationOptions, self: () => Value) {
    this.meter = new Meter(options)
    this.weaving = options.weaving ?? false
    this.uiUrl = options.uiUrl ?? ''
    this.#context = context
    this.#self = self
  }

  filter(name: string, value: Value, args: Args): Value {
    const found = Object.hasOwn(filters, name) ? filters[name] : undefined
    if (!found) return fail('unknown-name', `No filter named '${name}'.`, name)
    const result = applyEntry(name, found, value, args, this)
    const made = this.weaving
      ? withOrigin(result, value, [...args.positional, ...args.named.values()])
      : result
    return KEEP_MARKUP.has(name) ? asMarkupOf(value, made) : made
  }

  test(name: string, value: Value, args: Args): boolean {
    const found = Object.hasOwn(tests, name) ? tests[name] : undefined
    if (!found) return fail('unknown-name', `No test named '${name}'.`, name)
    return isTrue(applyEntry(name, found, value, args, this))
  }

  item(of: Value, key: Value): Value {
    return item(of, key, this)
  }

  attribute(of: Value, name: string): Value {
    return attribute(of, name, this)
  }

  /** A name's value: the innermost variable, then the context, then a global. */
  lookup(name: string, scope: Scope): Value {
    for (let at: Scope | null = scope; at; at = at.outer) {
      const found = at.values.get(name)
      if (found !== undefined) return found
    }
    const found = dictGet(this.#context, name)
    if (found !== undefined) return found
    if (name === 'self') return this.#self()
    const made = Object.hasOwn(globals, name) ? globals[name]?.(this) : undefined
    return made ?? new Undefined(`'${name}' is undefined`)
  }
}

/** Where output goes: joined text, or pieces while a document is woven. What is captured costs work instead of output. */
export class Sink {
  text = ''
  readonly pieces: Piece[] | null
  readonly #run: Run
  readonly #isOutput: boolean

  constructor(run: Run, isOutput: boolean) {
    this.pieces = run.weaving ? [] : null
    this.#run = run
    this.#isOutput = isOutput
  }

  /** Text of the template itself. */
  write(text: string): void {
    this.#charge(text)
    if (this.pieces) this.pieces.push({ from: 'template', text })
    else this.text += text
  }

  print(value: Value): void {
    if (!this.pieces) {
      const text = str(value, this.#run.meter)
      this.#charge(text)
      this.text += text
      return
    }
    for (const piece of piecesOf(value, this.#run)) {
      this.#run.meter.step()
      this.#charge(piece.text)
      this.pieces.push(piece)
    }
  }

  /** What was captured, as a value. */
  value(): string | Str {
    return this.pieces ? weave(this.pieces) : this.text
  }

  #charge(text: string): void {
    if (this.#isOutput) this.#run.meter.output(text)
    else this.#run.meter.chars(text.length)
  }
}
