// JSON as people read it: indented, coloured by kind, numbers digit by digit as they were sent.
import type { Child } from 'hono/jsx'
import { indented, stringifyJson } from '../core/json.ts'
import { Copy } from './parts.tsx'

/** Characters that are coloured; a longer text is shown plain, and one longer still only in part. */
const COLOURED_MAX = 60_000
const SHOWN_MAX = 400_000

const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*)|\b(true|false|null)\b/g

/** A value with a button that copies all of it. */
export const Json = ({ id, value }: { id: string; value: unknown }) => {
  const text = indented(stringifyJson(value))
  return (
    <div class="code">
      <pre id={id} tabindex={0}>
        {text.length > COLOURED_MAX ? text.slice(0, SHOWN_MAX) : coloured(text)}
      </pre>
      <Copy of={`#${id}`} />
    </div>
  )
}

function coloured(text: string): Child[] {
  const parts: Child[] = []
  let at = 0
  for (const match of text.matchAll(TOKENS)) {
    const [whole, quoted, colon, number] = match
    parts.push(text.slice(at, match.index))
    const kind = quoted ? (colon ? 'key' : 'text') : number ? 'number' : 'word'
    parts.push(<span class={`j-${kind}`}>{quoted ?? whole}</span>, colon ?? '')
    at = match.index + whole.length
  }
  return [...parts, text.slice(at)]
}
