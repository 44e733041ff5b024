// HTML in and out: escaping as the filter `e` does it, and what `striptags` undoes.
import { SPACE } from './lexer.ts'
import { isMarkup, isString, type Piece, Str, Tuple, textOf, type Value } from './values.ts'

/** Escape the five characters that mean something in HTML. */
const escapeHtml = (text: string): string =>
  /[&<>'"]/.test(text)
    ? text
        .replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll('>', '&gt;')
        .replaceAll("'", '&#39;')
        .replaceAll('"', '&#34;')
    : text

/** A text escaped, its pieces each for themselves. */
export function escapeText(value: string | Str): Str {
  if (!(value instanceof Str) || !value.pieces) return new Str(escapeHtml(textOf(value)), true)
  const pieces = value.pieces.map((piece): Piece => {
    const escaped = escapeHtml(piece.text)
    return escaped === piece.text ? piece : { from: piece.from, text: escaped, value: escaped }
  })
  return new Str(pieces.map(({ text }) => text).join(''), true, pieces)
}

/** What an operation on Markup gives is Markup again, the parts of a split text too. */
export function asMarkupOf(of: Value, result: Value): Value {
  if (!isMarkup(of)) return result
  if (Array.isArray(result)) return result.map((item) => asMarkupOf(of, item))
  if (result instanceof Tuple) return new Tuple(result.items.map((item) => asMarkupOf(of, item)))
  if (typeof result === 'string') return new Str(result, true)
  return result instanceof Str ? new Str(result.text, true, result.pieces) : result
}

/** What is formatted into Markup: texts are escaped, those that are Markup already are not. */
export function escapedItems(values: Value): Value {
  if (values instanceof Tuple) return new Tuple(values.items.map(escapedItems))
  return isString(values) && !isMarkup(values) ? escapeText(values) : values
}

/** HTML 4's names of U+00A0 to U+00FF, in order; HTML 5 reads them without their semicolon too. */
const LATIN_1 =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para ' +
  'middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute ' +
  'Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml ' +
  'Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml ' +
  'eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml'

const LOOSE = new Map<string, string>([
  ...LATIN_1.split(' ').map((name, at) => [name, String.fromCharCode(0xa0 + at)] as const),
  ...['amp &', 'lt <', 'gt >', 'quot "', 'AMP &', 'LT <', 'GT >', 'QUOT "', 'COPY ©', 'REG ®'].map(
    (pair) => pair.split(' ') as [string, string],
  ),
])

/** Typographic names, which need their semicolon. HTML 5 has two thousand more; they stay as they are. */
const STRICT = new Map<string, string>([
  ...LOOSE,
  ...("apos ' hellip … mdash — ndash – lsquo ‘ rsquo ’ ldquo “ rdquo ” bull • euro € trade ™"
    .match(/\S+ \S+/g)
    ?.map((pair) => pair.split(' ') as [string, string]) ?? []),
])

/** Entities made characters again. */
export function unescapeHtml(text: string): string {
  return text.replace(
    /&(?:#(\d+);?|#[xX]([\da-fA-F]+);?|([A-Za-z]\w*)(;?))/g,
    (whole, ...groups: string[]) => {
      const [decimal, hex, name, end] = groups
      if (name === undefined)
        return character(decimal ? Number(decimal) : Number.parseInt(hex ?? '', 16))
      const exact = end === ';' ? STRICT.get(name) : LOOSE.get(name)
      if (exact !== undefined) return exact
      for (let length = name.length; length > 1; length--) {
        const found = LOOSE.get(name.slice(0, length))
        if (found !== undefined) return found + name.slice(length) + end
      }
      return whole
    },
  )
}

const character = (code: number): string =>
  code === 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)
    ? '\ufffd'
    : String.fromCodePoint(code)

/** Comments go first, then tags; an opener without an end stays. White space collapses, entities become characters. */
export function stripTags(text: string): string {
  const plain = without(without(text, '<!--', '-->'), '<', '>')
  const words = plain.split(new RegExp(`[${SPACE}]+`)).filter(Boolean)
  return unescapeHtml(words.join(' '))
}

function without(text: string, open: string, close: string): string {
  let kept = ''
  let from = 0
  for (;;) {
    const start = text.indexOf(open, from)
    const end = start < 0 ? -1 : text.indexOf(close, start)
    if (end < 0) return kept + text.slice(from)
    kept += text.slice(from, start)
    from = end + close.length
  }
}
