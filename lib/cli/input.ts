// What people give to commands: files, JSON on the line, key=value pairs. Each is read with errors
// that say which flag, and what would be right.
import { readFileSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import { usage } from './errors.ts'
import type { Terminal } from './terminal.ts'

/** Aliases that one document may expand to: a thousandfold is an attack, not a definition. */
export const ALIASES_MAX = 100

/** @throws CommandError when there is no such file */
export function readText({ cwd }: Pick<Terminal, 'cwd'>, path: string): string {
  try {
    return readFileSync(resolve(cwd, path), 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw usage(`there is no file ${path}`, `Looked in ${cwd}.`)
    if (code === 'EISDIR') throw usage(`${path} is a directory; name a file in it`)
    throw error
  }
}

/** The text itself, or with `@` before it, that of the file: as in curl. */
export const textOrFile = (terminal: Pick<Terminal, 'cwd'>, said: string): string =>
  said.startsWith('@') ? readText(terminal, said.slice(1)) : said

/**
 * The value in a file, JSON or YAML by its name.
 * @throws CommandError naming the file and the line
 */
export function readData(terminal: Pick<Terminal, 'cwd'>, path: string): unknown {
  const text = readText(terminal, path)
  if (extname(path) === '.json') return parseJson(text, path)
  const document = parseDocument(text, { merge: true, uniqueKeys: true })
  const [fault] = document.errors
  if (fault) throw usage(`${path}: ${fault.message.trimEnd()}`)
  return document.toJS({ maxAliasCount: ALIASES_MAX })
}

/** @throws CommandError naming the flag or file that it came from */
export function parseJson(text: string, from: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw usage(`${from} is no JSON: ${(error as Error).message}`)
  }
}

/** @throws CommandError when it is anything but a JSON object */
export function parseJsonObject(text: string, from: string): Record<string, unknown> {
  const value = parseJson(text, from)
  if (isObject(value)) return value
  throw usage(`${from} is no JSON object: ${text}`, `Try ${from} '{"key": "value"}'.`)
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Pairs as `-p name=value`: values are JSON where they can be read as such, else text. */
export function parsePairs(pairs: string[], flag: string): Record<string, unknown> {
  return Object.fromEntries(pairs.map((pair) => parsePair(pair, flag)))
}

function parsePair(pair: string, flag: string): [string, unknown] {
  const equals = pair.indexOf('=')
  if (equals < 1) throw usage(`${flag}: '${pair}' has no '='`, `Try ${flag} name=value.`)
  return [pair.slice(0, equals), jsonOrText(pair.slice(equals + 1))]
}

/** `3` is a number, `[1]` a list, `ada` a text. */
export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text // anything else is a text
  }
}
