// Budgets: what one rendering may cost. Every limit has a name and a reason, and everything that does much work in one step
// charges for it before it starts. Core reads no clock, so the caller brings one.
import { fail } from './errors.ts'

/** Characters of a template's text. Longer ones are data in disguise. */
export const SOURCE_CHARS_MAX = 64 * 1024
/** Tokens of a template's text, for parsing is not metered: so many take 20 ms. A template for one event has hundreds. */
export const TOKENS_MAX = 10_000
/** How deep expressions and blocks may nest in the text; the evaluator recurses as deep. */
export const SYNTAX_DEPTH_MAX = 100
/** Evaluator levels at one time, macros calling macros included: well inside a default JavaScript stack. */
const STACK_DEPTH_MAX = 600
/** How deep a value may nest when it is printed, compared or written as JSON. */
export const VALUE_DEPTH_MAX = 400
/** Expressions evaluated and items visited. A template for one event needs hundreds. */
export const STEPS_MAX = 100_000
/** Characters read or made by string operations: enough for some passes over the largest delivery. */
const WORK_CHARS_MAX = 6 * 1024 * 1024
/** Bytes of UTF-8 that may come out: an event of this size is already a misuse. */
export const OUTPUT_BYTES_MAX = 256 * 1024
/** Decimal digits of an integer: Python's own limit for printing one (sys.int_info.default_max_str_digits). */
export const INTEGER_DIGITS_MAX = 4300
/** The same limit in bits, for estimates made before a product or power is computed. */
export const INTEGER_BITS_MAX = 14_284
/** Items in a tuple that is a key, those of the tuples in it included: reading a key is not metered. */
export const KEY_SIZE_MAX = 1000
/** So many characters of a text in such a tuple count as an item. */
export const KEY_CHARS_PER_ITEM = 64
/** Elements of `range()`: Prefect's MAX_TEMPLATE_RANGE. */
export const RANGE_ITEMS_MAX = 100
/** Wall time of one rendering in milliseconds; the counts above stop nearly everything earlier. */
export const WALL_MS_MAX = 30
/** Steps between two looks at the clock. */
const STEPS_PER_LOOK = 64

/** What a caller may bring: a clock in milliseconds (none: no wall limit) and smaller limits than the defaults. */
export interface Budget {
  now?: () => number
  wallMs?: number
  steps?: number
  outputBytes?: number
}

/** One rendering's account. */
export class Meter {
  #steps = 0
  #chars = 0
  #output = 0
  #depth = 0
  #nextLook = STEPS_PER_LOOK
  readonly #stepsMax: number
  readonly #outputMax: number
  readonly #now: (() => number) | undefined
  readonly #deadline: number

  constructor(budget: Budget = {}) {
    this.#stepsMax = budget.steps ?? STEPS_MAX
    this.#outputMax = budget.outputBytes ?? OUTPUT_BYTES_MAX
    this.#now = budget.now
    this.#deadline = budget.now ? budget.now() + (budget.wallMs ?? WALL_MS_MAX) : 0
  }

  /** `count` expressions or items are about to be visited. */
  step(count = 1): void {
    this.#steps += count
    if (this.#steps > this.#stepsMax) fail('budget', 'too many steps', 'steps')
    if (this.#steps >= this.#nextLook) this.#look()
  }

  /** `count` characters are about to be read or made. */
  chars(count: number): void {
    this.#chars += count
    if (this.#chars > WORK_CHARS_MAX) fail('budget', 'too much text', 'text')
    if (count > 4096) this.#look()
  }

  /** `text` is about to come out. */
  output(text: string): void {
    this.#output += text.length
    // Bytes are counted only when the characters come near the limit: UTF-8 needs three at most for each.
    if (this.#output * 3 > this.#outputMax) this.#output += Buffer.byteLength(text) - text.length
    if (this.#output > this.#outputMax) fail('budget', 'too much output', 'output')
  }

  /** A search of one text in another, which may take the product of their lengths in the worst case. */
  search(textLength: number, patternLength: number): void {
    this.chars(textLength * (1 + Math.floor(patternLength / 16)))
  }

  /** Comparisons of a sort of `count` items. */
  sort(count: number): void {
    this.step(Math.ceil(count * Math.log2(count + 2)))
  }

  enter(): void {
    if (++this.#depth > STACK_DEPTH_MAX) fail('budget', 'nested too deeply', 'nesting')
  }

  leave(): void {
    this.#depth--
  }

  #look(): void {
    this.#nextLook = this.#steps + STEPS_PER_LOOK
    if (this.#now && this.#now() > this.#deadline) fail('budget', 'took too long', 'wall time')
  }
}
