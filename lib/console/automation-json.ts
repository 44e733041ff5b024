// An automation as the text that is edited: the whole of it, so that what the form has no field for stays as it was written.
import type { Automation } from '../core/automation.ts'
import { Refusal } from '../core/errors.ts'
import { indented, JsonError, parseJson, stringifyJson } from '../core/json.ts'

export const prettyJson = (value: unknown): string => indented(stringifyJson(value))

/** What can be edited of it: everything but what the store adds. */
export function editableJson({ id, created, updated, ...editable }: Automation): string {
  return prettyJson(editable)
}

/** @throws Refusal 422 when the text is no JSON */
export function parsedJson(text: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    throw new Refusal(422, `This is no JSON: ${error.message}`)
  }
}
