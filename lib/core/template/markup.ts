// Escaping for HTML, as the filter `e` does it.
import { Str, textOf } from './values.ts'

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&#39;',
  '"': '&#34;',
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>'"]/g, (c) => ENTITIES[c] ?? c)

/** A text escaped, its pieces each for themselves. */
export function escapeText(value: string | Str): Str {
  const pieces = value instanceof Str ? value.pieces : null
  const escaped = pieces?.map(({ from, text }) => ({
    from,
    text: escapeHtml(text),
    value: escapeHtml(text),
  }))
  return new Str(escapeHtml(textOf(value)), true, escaped ?? null)
}
