// The parser's place in the tokens, and its limits on nesting.
import type { Expr } from './ast.ts'
import { SYNTAX_DEPTH_MAX } from './budget.ts'
import { TemplateError } from './errors.ts'
import type { Token, TokenKind } from './lexer.ts'

/** Distributes Omit over the union, so that a node can be written without its depth. */
type Bare<T> = T extends unknown ? Omit<T, 'depth'> : never

/** Tokens with a cursor. Failing throws a TemplateError that knows its `offset`; the parser adds line and column. */
export class TokenStream {
  readonly #tokens: readonly Token[]
  /** Tags whose end is still to come, for the message about a missing one. */
  readonly openBlocks: string[] = []
  readonly blocks = new Set<string>()
  index = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get token(): Token {
    return this.#tokens[this.index] ?? { kind: 'eof', text: '', at: 0 }
  }

  /** The next token, consumed. */
  next(): Token {
    const token = this.token
    this.index++
    return token
  }

  fail(message: string, at = this.token.at): never {
    throw Object.assign(new TemplateError('syntax', message), { offset: at })
  }

  is(kind: TokenKind, text?: string, ahead = 0): boolean {
    const token = this.#tokens[this.index + ahead]
    return token?.kind === kind && (text === undefined || token.text === text)
  }

  /** Consume the token if it is this one. */
  skip(kind: TokenKind, text?: string): boolean {
    if (!this.is(kind, text)) return false
    this.index++
    return true
  }

  expect(kind: TokenKind, text?: string): Token {
    if (this.is(kind, text)) return this.next()
    const { kind: found, text: got } = this.token
    const wanted = text ?? (kind === 'end' ? 'end of print statement' : kind)
    if (found === 'eof') this.fail(`unexpected end of template, expected '${wanted}'.`)
    return this.fail(`expected token '${wanted}', got '${got || found}'`)
  }

  /** Make an expression one deeper than its deepest part. */
  node(bare: Bare<Expr>, ...parts: (Expr | null)[]): Expr {
    const depth = 1 + Math.max(0, ...parts.map((part) => part?.depth ?? 0))
    if (depth > SYNTAX_DEPTH_MAX) this.#tooDeep()
    return { ...bare, depth } as Expr
  }

  #tooDeep(): never {
    throw Object.assign(new TemplateError('budget', 'nested too deeply', 'nesting'), {
      offset: this.token.at,
    })
  }

  /** Parse something that nests, within the limit of nesting. */
  nested<T>(parse: () => T): T {
    if (++this.#depth > SYNTAX_DEPTH_MAX) this.#tooDeep()
    const result = parse()
    this.#depth--
    return result
  }
}
