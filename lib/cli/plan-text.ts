// A plan in words: for people at a terminal, for programs, and for those who read a pull request.
import { painter, printable } from './output.ts'
import { firedText, type TriggerBacktest } from './plan-backtest.ts'
import type { Change } from './plan-change.ts'
import type { Session } from './session.ts'

/** A plan for programs, and for the server's console; `changes` is empty when there is nothing to do. */
export interface ShownPlan {
  changes: (Pick<Change, 'kind' | 'name' | 'action' | 'differences'> & {
    backtests?: TriggerBacktest[]
  })[]
  unchanged: number
}

export function shownPlan(all: Change[], backtests: TriggerBacktest[] = []): ShownPlan {
  const changes = due(all).map((change) => {
    const { kind, name, action, differences } = change
    const counts = backtestsOf(change, backtests)
    return { kind, name, action, differences, ...(counts.length > 0 && { backtests: counts }) }
  })
  return { changes, unchanged: all.length - changes.length }
}

export const planJson = (all: Change[], backtests: TriggerBacktest[] = []): string =>
  `${JSON.stringify(shownPlan(all, backtests), null, 2)}\n`

/** The changes for people: what is made, of what is changed each key before and after, and how often triggers would have fired. */
export function planText(
  changes: Change[],
  { terminal }: Pick<Session, 'terminal'>,
  backtests: TriggerBacktest[] = [],
): string {
  const paint = painter(terminal, terminal.stdout)
  const lines = due(changes).flatMap((change) => {
    const { kind, name, action, differences } = change
    const sign = action === 'create' ? paint.green('+') : paint.yellow('~')
    const keys = differences.map(
      ({ path, from, to }) => `    ${path}: ${paint.red(brief(from))} → ${paint.green(brief(to))}`,
    )
    return [
      `${sign} ${kind} ${paint.bold(name)}`,
      ...(action === 'create' ? [] : keys),
      ...firedLines(change, backtests).map((line) => `    ${line}`),
    ]
  })
  return `${lines.length === 0 ? '' : `${lines.join('\n')}\n\n`}${summary(changes)}\n`
}

/** The changes as a comment, with a line that finds it again when it is to be replaced. */
export function planMarkdown(changes: Change[], backtests: TriggerBacktest[]): string {
  const items = due(changes).flatMap((change) => {
    const { kind, name, action, differences } = change
    const keys = differences.map(
      ({ path, from, to }) => `  - \`${path}\`: ${codeOf(from)} → ${codeOf(to)}`,
    )
    return [
      `- **${action}** ${kind} \`${printable(name)}\``,
      ...firedLines(change, backtests).map((line) => `  - ${line}`),
      ...(action === 'create' ? [] : keys),
    ]
  })
  const body = items.length === 0 ? [] : [...items, '']
  return ['<!-- tripline plan -->', '### tripline plan', '', ...body, summary(changes), ''].join(
    '\n',
  )
}

const codeOf = (value: unknown): string => `\`${brief(value).replaceAll('`', "'")}\``

const due = (changes: Change[]): Change[] => changes.filter(({ action }) => action !== 'none')

const backtestsOf = ({ triggers }: Change, backtests: TriggerBacktest[]): TriggerBacktest[] =>
  backtests.filter(({ trigger }) => triggers.some(({ body }) => body.name === trigger))

/** One line for each trigger, and one for each warning; named where the change is not the trigger itself. */
const firedLines = (change: Change, backtests: TriggerBacktest[]): string[] =>
  backtestsOf(change, backtests).flatMap((one) => [
    change.kind === 'automation' ? firedText(one) : `${one.trigger} ${firedText(one)}`,
    ...one.warnings.map(({ path, message }) => `warning: ${path}: ${printable(message)}`),
  ])

/** How many there are of each kind, in a sentence. */
export function summary(changes: Change[]): string {
  const unchanged = changes.length - due(changes).length
  if (due(changes).length === 0) {
    return `Nothing to change: all ${unchanged} are as the project has them.`
  }
  const [create, update] = (['create', 'update'] as const).map(
    (wanted) => changes.filter(({ action }) => action === wanted).length,
  )
  return `${create} to create, ${update} to change, ${unchanged} unchanged.`
}

/** Characters of a value in a plan. */
const BRIEF_LENGTH_MAX = 60

function brief(value: unknown): string {
  const text = value === undefined ? '(none)' : printable(JSON.stringify(value))
  return text.length > BRIEF_LENGTH_MAX ? `${text.slice(0, BRIEF_LENGTH_MAX - 1)}…` : text
}

export const count = (amount: number, noun: string): string =>
  `${amount} ${noun}${amount === 1 ? '' : 's'}`
