// Fields of forms: each with its label, and the editor with numbered lines.
import type { Child } from 'hono/jsx'

interface FieldProps {
  /** Of the control within. */
  id: string
  label: string
  hint?: Child
  children: Child
  /** Further attributes. */
  [attribute: `data-${string}`]: string
}

export const Field = ({ id, label, hint, children, ...attributes }: FieldProps) => (
  <div class="field" {...attributes}>
    <label for={id}>{label}</label>
    {children}
    {hint && <span class="hint">{hint}</span>}
  </div>
)

interface EditorProps {
  /** And its name in the form. */
  id: string
  label: string
  rows: number
  text: string
  /** Further attributes, such as those that htmx reads. */
  [attribute: `hx-${string}`]: string
}

/** A text of many lines, numbered; the script keeps the numbers. */
export const Editor = ({ id, label, rows, text, ...attributes }: EditorProps) => (
  <div class="editor" id={`${id}-editor`}>
    <div class="gutter" aria-hidden="true" />
    <textarea id={id} name={id} rows={rows} spellcheck={false} aria-label={label} {...attributes}>
      {text}
    </textarea>
  </div>
)
