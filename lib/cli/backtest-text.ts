// A backtest on the screen: the counts, a bar for each span of time, the last firings and what they would have set off.
import type { BacktestResult } from '../core/backtest.ts'
import { painter, printable } from './output.ts'
import type { Terminal } from './terminal.ts'

/** What one automation came to. */
export type Backtested = { name: string } & BacktestResult

/** Characters of the longest bar. */
const BAR_LENGTH = 40
/** Characters of one sample's parameters. */
const PARAMETERS_LENGTH_MAX = 100

export function backtestText(
  result: Backtested,
  terminal: Pick<Terminal, 'env' | 'stdout'>,
): string {
  const paint = painter(terminal, terminal.stdout)
  const { name, since, until, events, firings, incomplete } = result
  const short = incomplete === null ? '' : `, and then ran out of ${incomplete}`
  return [
    `${paint.bold(name)}: ${minute(since)} to ${minute(until)}, ${events} events${short}`,
    '',
    `  ${countsText(firings)}`,
    `  ${fatesText(result)}`,
    ...barsOf(result),
    ...samplesOf(result),
    '',
  ].join('\n')
}

/** "14 firings, 3 before: 12 new, 1 gone" */
function countsText({ now, before, added, removed }: Backtested['firings']): string {
  const firings = `${now} firing${now === 1 ? '' : 's'}`
  if (before === null) return firings
  const changes = added + removed === 0 ? 'the same' : `${added} new, ${removed} gone`
  return `${firings}, ${before} before: ${changes}`
}

function fatesText({ fates }: Backtested): string {
  const entries = Object.entries(fates).map(([fate, count]) => `${fate} ${count}`)
  return entries.length === 0
    ? 'no event concerned it'
    : `what became of events: ${entries.join(', ')}`
}

function barsOf({ histogram }: Backtested): string[] {
  const most = Math.max(0, ...histogram.map(({ now }) => now))
  if (most === 0) return []
  const lines = histogram.map(({ start, now, before }) => {
    const bar = '█'.repeat(Math.ceil((now / most) * BAR_LENGTH))
    const was = before === 0 || before === now ? '' : ` (${before} before)`
    return now + before === 0 ? null : `  ${minute(start)}  ${bar} ${now}${was}`
  })
  return ['', ...lines.filter((line) => line !== null)]
}

function samplesOf({ samples }: Backtested): string[] {
  if (samples.length === 0) return []
  const lines = samples.flatMap(({ triggered, event, actions }) => [
    `  ${triggered.slice(0, 19).replace('T', ' ')}  ${event ? printable(`${event.event}  ${event.resource['prefect.resource.id']}`) : 'silence'}`,
    ...actions.map(({ type, parameters, fault }) =>
      `    ${type} ${fault === undefined ? brief(parameters) : `fails: ${printable(fault)}`}`.trimEnd(),
    ),
  ])
  return ['', '  The last firings:', ...lines]
}

function brief(parameters: Record<string, unknown> | undefined): string {
  const text = parameters === undefined ? '' : printable(JSON.stringify(parameters))
  return text.length > PARAMETERS_LENGTH_MAX ? `${text.slice(0, PARAMETERS_LENGTH_MAX - 1)}…` : text
}

const minute = (instant: string): string => instant.slice(0, 16).replace('T', ' ')
