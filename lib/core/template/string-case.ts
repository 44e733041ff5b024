// The case of letters by Unicode's rules, as Python's `str` has them.

/** Letters whose title case is no upper case. */
const DIGRAPHS: Readonly<Record<string, string>> = {
  Ǆ: 'ǅ',
  ǆ: 'ǅ',
  ǅ: 'ǅ',
  Ǉ: 'ǈ',
  ǈ: 'ǈ',
  ǉ: 'ǈ',
  Ǌ: 'ǋ',
  ǋ: 'ǋ',
  ǌ: 'ǋ',
  Ǳ: 'ǲ',
  ǲ: 'ǲ',
  ǳ: 'ǲ',
  ŉ: 'ʼN',
}

const titleCase = (char: string): string => {
  const [first = '', ...rest] = char.toUpperCase()
  return DIGRAPHS[char] ?? first + rest.join('').toLowerCase()
}

/** First letter in title case, the rest in lower case. */
export function capitalize(self: string): string {
  const [first = ''] = self
  return titleCase(first) + self.toLowerCase().slice(first.toLowerCase().length)
}

const CASED = /[\p{Lowercase}\p{Uppercase}\p{Lt}]/u

const CASED_WORD = /[\p{Lowercase}\p{Uppercase}\p{Lt}]+/gu

/** Python's `title`: every word in title case. */
export const title = (self: string): string => self.replace(CASED_WORD, capitalize)

/** Python's `istitle`. */
export function isTitle(self: string): boolean {
  let inside = false
  let any = false
  for (const char of self) {
    const upper = /[\p{Uppercase}\p{Lt}]/u.test(char)
    if (upper ? inside : /\p{Lowercase}/u.test(char) && !inside) return false
    inside = CASED.test(char)
    any ||= inside
  }
  return any
}

/** Python's `swapcase`. */
export const swapCase = (self: string): string =>
  self.replace(/\p{Uppercase}+|\p{Lowercase}+/gu, (letters) =>
    /^\p{Uppercase}/u.test(letters) ? letters.toLowerCase() : letters.toUpperCase(),
  )
