// Webhooks.
import { losesInJsonParse, parseJson } from './json.ts'
import { Float, int } from './template/values.ts'

/** Text as JSON for templates: integers of any size, floats as they were sent, keys in their order. Throws for other text. */
export function readJson(text: string): unknown {
  if (!losesInJsonParse(text)) {
    try {
      return JSON.parse(text)
    } catch {
      // Python's reader accepts a little more; the lossless one decides.
    }
  }
  return parseJson(text, { number: templateNumber, objects: 'map', constants: true })
}

function templateNumber(text: string): unknown {
  if (/^-?\d+$/.test(text)) return int(BigInt(text))
  const value = { NaN: Number.NaN, Infinity: Infinity, '-Infinity': -Infinity }[text]
  return new Float(value ?? Number(text), text)
}
