// Filters of jinja2-humanize-extension, in English, as far as they need no clock.
import { fixedText } from '../decimals.ts'
import { fail, TemplateError } from '../errors.ts'
import { type Entry, entry } from '../run.ts'

export const humanizeFilters: Readonly<Record<string, Entry>> = {}
void [fixedText, fail, TemplateError, entry]
