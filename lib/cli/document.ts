// A YAML or JSON file that remembers where everything in it stands, so that whatever is wrong can
// be told with file, line and the path of the key.
import { type Document, isNode, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { CommandError } from './errors.ts'
import { ALIASES_MAX } from './input.ts'

export type Path = (string | number)[]

export interface SourceDocument {
  /** As the person named it. */
  path: string
  /** Its value, anchors and merge keys resolved. */
  value: unknown
  /** A fault with the place of what it is about. */
  fault(path: Path, message: string, fix?: string): CommandError
}

/**
 * Reads YAML 1.2 (so JSON, too) with merge keys.
 * @throws CommandError for what is no YAML, for a key said twice and for too many aliases
 */
export function readDocument(path: string, text: string): SourceDocument {
  const lines = new LineCounter()
  const document = parseDocument(text, { merge: true, uniqueKeys: true, lineCounter: lines })
  const [error] = document.errors
  if (error) {
    const [first = ''] = error.message.split('\n')
    const said = first.replace(/ at line \d+, column \d+:?$/, '')
    throw new CommandError(`${path}:${error.linePos?.[0].line ?? 1}: ${said}`, { exitCode: 2 })
  }
  return {
    path,
    value: plain(document, path),
    fault(place, message, fix) {
      const { line } = lines.linePos(offsetOf(document, place))
      const where = pathText(place)
      const text = `${path}:${line}: ${where === '' ? '' : `${where}: `}${message}`
      return new CommandError(text, { exitCode: 2, ...(fix !== undefined && { fix }) })
    },
  }
}

function plain(document: Document, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX })
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error // yaml's error for aliases
    throw new CommandError(`${path}: ${error.message}`, { exitCode: 2 })
  }
}

/** `deployments[0].triggers[1].within`. */
export const pathText = (path: Path): string =>
  path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`))
    .join('')

/** Where the deepest part of the path stands that is written there: an absent key is its owner's. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return node.range[0]
  }
  return 0
}

/** The value as the schema reads it. @throws CommandError with the first fault and its place */
export function checked<T>(source: SourceDocument, value: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  if (!issue) throw parsed.error
  const { path, message } = deepest(issue)
  throw source.fault(path, message)
}

/** Of a union, the fault of the alternative that came furthest; of an unknown key, the key. */
function deepest(issue: z.core.$ZodIssue): { path: Path; message: string } {
  const path = issue.path as Path
  if (issue.code === 'unrecognized_keys') {
    return { path: [...path, issue.keys[0] ?? ''], message: 'is no key that is known here' }
  }
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) {
    return { path, message: `is missing; it should be of type ${issue.expected}` }
  }
  if (issue.code !== 'invalid_union') return { path, message: issue.message }
  const inner = issue.errors
    .map((issues) => issues[0])
    .filter((one) => one !== undefined)
    .map(deepest)
    .sort((a, b) => b.path.length - a.path.length)[0]
  if (!inner || inner.path.length === 0) return { path, message: issue.message }
  return { path: [...path, ...inner.path], message: inner.message }
}
