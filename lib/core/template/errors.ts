// What can go wrong in a template, by kind. Kinds are those of Jinja2's and Python's exceptions, plus three of our own:
// `budget` (it would have cost too much), `refused` (a construct we leave out, by name) and `document` (no JSON came out).

/** What went wrong, as one word a caller can branch on. */
export type TemplateErrorKind =
  | 'syntax'
  | 'unknown-name'
  | 'limits'
  | 'security'
  | 'undefined'
  | 'type'
  | 'value'
  | 'key'
  | 'index'
  | 'attribute'
  | 'overflow'
  | 'zero-division'
  | 'runtime'
  | 'filter-argument'
  | 'budget'
  | 'refused'
  | 'document'

/** The exception Prefect's server would name for a kind; users know these names from its answers. */
export const PYTHON_NAME: Readonly<Record<TemplateErrorKind, string>> = {
  syntax: 'TemplateSyntaxError',
  'unknown-name': 'TemplateAssertionError',
  limits: 'TemplateSecurityError',
  security: 'SecurityError',
  undefined: 'UndefinedError',
  type: 'TypeError',
  value: 'ValueError',
  key: 'KeyError',
  index: 'IndexError',
  attribute: 'AttributeError',
  overflow: 'OverflowError',
  'zero-division': 'ZeroDivisionError',
  runtime: 'TemplateRuntimeError',
  'filter-argument': 'FilterArgumentError',
  budget: 'TemplateBudgetError',
  refused: 'TemplateRefusedError',
  document: 'TemplateDocumentError',
}

/**
 * The one error of this room. `line` and `column` count from one and are zero while unknown: the evaluator adds them, so that
 * filters need not know where they stand. `construct` names what failed (a filter, a tag, a budget) where there is a name.
 */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
  readonly kind: TemplateErrorKind
  readonly construct: string
  line = 0
  column = 0
  /** What had been made, where that is what is wrong: of kind `document` alone. */
  rendered: string | null = null

  constructor(kind: TemplateErrorKind, message: string, construct = '') {
    super(message)
    this.kind = kind
    this.construct = construct
  }

  /** Say where it happened, unless that is known already: the innermost place is the right one. */
  locate(source: string, offset: number): this {
    if (this.line > 0) return this
    const before = source.slice(0, offset)
    this.line = before.split('\n').length
    this.column = offset - before.lastIndexOf('\n')
    return this
  }
}

/** Throw from an expression: `return fail('type', …)`. */
export function fail(kind: TemplateErrorKind, message: string, construct = ''): never {
  throw new TemplateError(kind, message, construct)
}

/** A construct left out of this interpreter: refused when the template is saved, never done half. */
export function refuse(construct: string, why: string): never {
  throw new TemplateError('refused', `${construct} is not supported: ${why}`, construct)
}
