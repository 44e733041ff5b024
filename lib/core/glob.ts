// Globs of names and label values, as Python's `fnmatch.fnmatchcase` reads them. Not compiled to regular expressions: several
// `*` make those backtrack, and both patterns and values come from strangers. Pieces between stars are found left to right,
// each once, so a match costs about the length of the value.

/** One place of a piece: a code point, any character (`?`), or a class (`[a-z]`). */
type Token = number | 'any' | CharacterClass

interface CharacterClass {
  negated: boolean
  points: number[]
  ranges: [from: number, to: number][]
}

/**
 * A parsed glob. The first three kinds are nearly all there are, and what an index can be built on; of the other two, the first
 * piece is bound to the start of the value, the last one to its end, and those between stand anywhere, in order.
 */
export type Glob =
  | { kind: 'any' }
  | { kind: 'exact'; text: string }
  | { kind: 'prefix'; text: string }
  | { kind: 'texts'; pieces: string[] }
  | { kind: 'tokens'; pieces: Token[][] }

/** A glob that may be turned round. */
export type Pattern = Glob & { negated: boolean }

/** Every text is a glob: what makes no sense as a class stands for itself, so nothing is thrown. */
export const parseGlob = (text: string): Glob => parse(text, false)

/** One leading `!` negates and is taken off; `!` alone is everything but the empty text. */
export const parsePattern = (text: string): Pattern =>
  text.startsWith('!') ? parse(text.slice(1), true) : parse(text, false)

function parse(text: string, negated: boolean): Pattern {
  const special = text.search(/[*?[]/)
  if (special < 0) return { kind: 'exact', text, negated }
  if (special === text.length - 1 && text[special] === '*') {
    return beginningWith(text.slice(0, special), negated)
  }
  const pieces = splitAtStars(text)
  if (!pieces.every(isText)) return { kind: 'tokens', pieces, negated }
  const texts = pieces.map((piece) => piece.map((point) => String.fromCodePoint(point)).join(''))
  const [first = '', ...rest] = texts
  if (rest.length === 0) return { kind: 'exact', text: first, negated }
  if (rest.length > 1 || rest[0] !== '') return { kind: 'texts', pieces: texts, negated }
  return beginningWith(first, negated)
}

const beginningWith = (text: string, negated: boolean): Pattern =>
  text === '' ? { kind: 'any', negated } : { kind: 'prefix', text, negated }

/** Whether a value passes; a negated pattern passes what its glob does not take. */
export const matchesPattern = (pattern: Pattern, value: string): boolean =>
  matchesGlob(pattern, value) !== pattern.negated

/** Case-sensitive; `*` and `?` stand for newlines too; `?` and classes take a whole code point. */
export function matchesGlob(glob: Glob, value: string): boolean {
  switch (glob.kind) {
    case 'any':
      return true
    case 'exact':
      return value === glob.text
    case 'prefix':
      return value.startsWith(glob.text)
    case 'texts':
      return inOrder(glob.pieces, value.length, {
        isAt: (piece, at) => value.startsWith(piece, at),
        find: (piece, from) => value.indexOf(piece, from),
      })
    case 'tokens': {
      const points = Array.from(value, pointOf)
      return inOrder(glob.pieces, points.length, {
        isAt: (piece, at) => piece.every((token, i) => accepts(token, points[at + i])),
        find: (piece, from) => findTokens(piece, points, from),
      })
    }
  }
}

const pointOf = (character: string): number => character.codePointAt(0) ?? 0

const isText = (piece: Token[]): piece is number[] =>
  piece.every((token) => typeof token === 'number')

interface Subject<Piece> {
  isAt(piece: Piece, at: number): boolean
  find(piece: Piece, from: number): number
}

/** Taking each middle piece at its first place is enough: any later place leaves less room for those that follow. */
function inOrder<Piece extends { length: number }>(
  pieces: Piece[],
  length: number,
  subject: Subject<Piece>,
): boolean {
  const first = pieces[0]
  const last = pieces[pieces.length - 1]
  if (first === undefined || last === undefined) return length === 0
  if (!subject.isAt(first, 0)) return false
  if (pieces.length === 1) return length === first.length
  const end = length - last.length
  let at = first.length
  if (end < at || !subject.isAt(last, end)) return false
  for (const piece of pieces.slice(1, -1)) {
    const found = subject.find(piece, at)
    if (found < 0 || found + piece.length > end) return false
    at = found + piece.length
  }
  return true
}

/**
 * The first place of a piece that has wildcards, by the shift-and method: bit i of `state` says that the piece's first i + 1
 * tokens have just been read. One pass over the value, 32 tokens at a time, however alike the value is to the piece.
 */
function findTokens(piece: Token[], points: number[], from: number): number {
  const words = Math.ceil(piece.length / 32)
  const state = new Int32Array(words)
  const masks = new Map<number, Int32Array>()
  const lastWord = words - 1
  const lastBit = 1 << ((piece.length - 1) % 32)
  for (let at = from; at < points.length; at++) {
    const point = points[at] ?? 0
    const mask = masks.get(point) ?? maskOf(piece, point, words)
    masks.set(point, mask)
    let carry = 1
    for (let word = 0; word < words; word++) {
      const before = state[word] ?? 0
      state[word] = ((before << 1) | carry) & (mask[word] ?? 0)
      carry = before >>> 31
    }
    if ((state[lastWord] ?? 0) & lastBit) return at + 1 - piece.length
  }
  return -1
}

function maskOf(piece: Token[], point: number, words: number): Int32Array {
  const mask = new Int32Array(words)
  piece.forEach((token, i) => {
    const word = i >> 5
    if (accepts(token, point)) mask[word] = (mask[word] ?? 0) | (1 << (i % 32))
  })
  return mask
}

function accepts(token: Token, point: number | undefined): boolean {
  if (point === undefined) return false
  if (typeof token === 'number') return token === point
  if (token === 'any') return true
  const inside =
    token.points.includes(point) || token.ranges.some(([from, to]) => from <= point && point <= to)
  return inside !== token.negated
}

/** The pieces between the stars; empty ones in the middle say nothing and are left out. */
function splitAtStars(text: string): Token[][] {
  const points = Array.from(text, pointOf)
  const pieces: Token[][] = []
  let piece: Token[] = []
  for (let at = 0; at < points.length; at++) {
    const point = points[at] ?? 0
    const end = point === OPEN ? endOfClass(points, at) : -1
    if (point === STAR) {
      if (piece.length > 0 || pieces.length === 0) pieces.push(piece)
      piece = []
    } else if (end >= 0) {
      piece.push(parseClass(points.slice(at + 1, end)))
      at = end
    } else piece.push(point === QUESTION ? 'any' : point)
  }
  return [...pieces, piece]
}

const STAR = pointOf('*')
const QUESTION = pointOf('?')
const BANG = pointOf('!')
const OPEN = pointOf('[')
const CLOSE = pointOf(']')
const HYPHEN = pointOf('-')

/** Where the class opened at `at` closes: a `]` in first place is a member. -1: it does not, and `[` is a plain character. */
function endOfClass(points: number[], at: number): number {
  const first = points[at + 1] === BANG ? at + 2 : at + 1
  return points.indexOf(CLOSE, points[first] === CLOSE ? first + 1 : first)
}

/**
 * A class's inside. A hyphen between two characters makes a range, unless its left side already ends one (`[a-c-e]` is a to c,
 * hyphen, e). A range that runs backwards is dropped with both its ends.
 */
function parseClass(inside: number[]): CharacterClass {
  const negated = inside[0] === BANG
  const members = negated ? inside.slice(1) : inside
  const parsed: CharacterClass = { negated, points: [], ranges: [] }
  for (let at = 0; at < members.length; ) {
    const from = members[at] ?? 0
    const to = members[at + 2]
    if (members[at + 1] === HYPHEN && to !== undefined) {
      if (from <= to) parsed.ranges.push([from, to])
      at += 3
    } else {
      parsed.points.push(from)
      at += 1
    }
  }
  return parsed
}
