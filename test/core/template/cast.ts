// What template tests share: rendering a text in one call, and the kind of error it fails with.
import { TemplateError } from '../../../lib/core/template/errors.ts'
import { parseTemplate, type RenderOptions, render } from '../../../lib/core/template/template.ts'

export const rendered = (text: string, context: object = {}, options: RenderOptions = {}): string =>
  render(parseTemplate(text), context, options)

/** The kind of the TemplateError that `compute` throws, or null. */
export function kindOf(compute: () => unknown): string | null {
  try {
    compute()
    return null
  } catch (error) {
    if (error instanceof TemplateError) return error.kind
    throw error
  }
}
