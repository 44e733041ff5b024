// The syntax tree. Every node knows its offset in the normalised source (`at`); expressions also know their depth, so that the
// parser can refuse what the evaluator could not walk.

/** One argument of a call. */
export interface Argument {
  readonly name: string | null
  /** `*list` or `**dict` in a call. */
  readonly spread: '' | '*' | '**'
  readonly value: Expr
}

interface Node {
  readonly at: number
  readonly depth: number
}

/** Operators of two operands that calculate. */
export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**'
/** Operators of a comparison chain. */
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in'

/** An expression. */
export type Expr = Node &
  (
    | { readonly kind: 'const'; readonly value: unknown }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'list' | 'tuple' | 'concat'; readonly items: readonly Expr[] }
    | { readonly kind: 'dict'; readonly entries: readonly { key: Expr; value: Expr }[] }
    | { readonly kind: 'attribute'; readonly of: Expr; readonly name: string }
    | { readonly kind: 'item'; readonly of: Expr; readonly key: Expr }
    | {
        readonly kind: 'slice'
        readonly of: Expr
        readonly start: Expr | null
        readonly stop: Expr | null
        readonly step: Expr | null
      }
    | { readonly kind: 'call'; readonly of: Expr; readonly args: readonly Argument[] }
    | {
        /** `of` is null in `{% filter %}` and `{% set x | f %}`: the block's own text comes in. */
        readonly kind: 'filter'
        readonly of: Expr | null
        readonly name: string
        readonly args: readonly Argument[]
      }
    | {
        readonly kind: 'test'
        readonly of: Expr
        readonly name: string
        readonly args: readonly Argument[]
      }
    | { readonly kind: 'unary'; readonly operator: '-' | '+' | 'not'; readonly of: Expr }
    | {
        readonly kind: 'binary'
        readonly operator: BinaryOperator
        readonly left: Expr
        readonly right: Expr
      }
    | { readonly kind: 'and' | 'or'; readonly left: Expr; readonly right: Expr }
    | {
        readonly kind: 'compare'
        readonly first: Expr
        readonly rest: readonly { operator: Comparison; value: Expr }[]
      }
    | {
        readonly kind: 'ternary'
        readonly test: Expr
        readonly whenTrue: Expr
        readonly otherwise: Expr | null
      }
  )

/** What can be assigned to: a name, several at once, or an attribute of a namespace. */
export type Target = { readonly at: number } & (
  | { readonly kind: 'target-name'; readonly name: string }
  | { readonly kind: 'target-tuple'; readonly items: readonly Target[] }
  | { readonly kind: 'target-attribute'; readonly of: string; readonly name: string }
)

/** A macro, or the body of a `{% call %}`. */
export interface Macro {
  readonly name: string
  readonly params: readonly { readonly name: string; readonly value: Expr | null }[]
  readonly body: readonly Statement[]
  /** Whether the body mentions these names: only then does the macro take what has no parameter. */
  readonly takes: { readonly varargs: boolean; readonly kwargs: boolean; readonly caller: boolean }
}

/** A tag with what it encloses, or text. */
export type Statement = { readonly at: number } & (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly value: Expr }
  | {
      readonly kind: 'if'
      readonly branches: readonly { test: Expr; body: readonly Statement[] }[]
      readonly otherwise: readonly Statement[]
    }
  | {
      readonly kind: 'for'
      readonly target: Target
      readonly items: Expr
      readonly filter: Expr | null
      readonly recursive: boolean
      readonly body: readonly Statement[]
      readonly otherwise: readonly Statement[]
    }
  | { readonly kind: 'set'; readonly target: Target; readonly value: Expr }
  | {
      readonly kind: 'set-block'
      readonly target: Target
      readonly filter: Expr | null
      readonly body: readonly Statement[]
    }
  | {
      readonly kind: 'with'
      readonly bindings: readonly { target: Target; value: Expr }[]
      readonly body: readonly Statement[]
    }
  | { readonly kind: 'macro'; readonly macro: Macro }
  | { readonly kind: 'call-block'; readonly call: Expr; readonly macro: Macro }
  | { readonly kind: 'filter-block'; readonly filter: Expr; readonly body: readonly Statement[] }
  | {
      readonly kind: 'block'
      readonly name: string
      readonly scoped: boolean
      readonly body: readonly Statement[]
    }
)

/** Visit every node below (and including) `node`, parents first; a visitor returning false is not taken further down. */
export function walk(node: unknown, visit: (node: Expr | Statement) => boolean | undefined): void {
  if (Array.isArray(node)) {
    for (const item of node) walk(item, visit)
    return
  }
  if (typeof node !== 'object' || node === null) return
  if ('kind' in node && visit(node as Expr | Statement) === false) return
  for (const child of Object.values(node)) walk(child, visit)
}
