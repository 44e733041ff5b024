import { describe, expect, it } from 'vitest'
import type { Event } from '../../lib/core/event.ts'
import { laterOf, toldTaskRun } from '../../lib/core/task-run-event.ts'

const TASK = '01a1fcee-2e36-7da2-b0c4-bef41de268f6'
const RUN = '28c4748f-abb8-446f-832f-fd6932f46958'

/** What the client says of the kneading of one loaf. */
function told(state: string, second: number, over: Partial<Event> = {}): Event {
  const at = `2026-11-21T09:00:0${second}.000000Z`
  return {
    id: `01a1fcee-2e36-7000-8000-00000000000${second}`,
    occurred: at,
    received: at,
    follows: null,
    event: `prefect.task-run.${state}`,
    resource: {
      'prefect.resource.id': `prefect.task-run.${TASK}`,
      'prefect.state-timestamp': at,
      'prefect.orchestration': 'client',
    },
    related: [
      { 'prefect.resource.id': `prefect.flow-run.${RUN}`, 'prefect.resource.role': 'flow-run' },
    ],
    payload: {
      validated_state: { type: state.toUpperCase(), name: state, message: '' },
      task_run: { name: 'knead-0', task_key: 'knead', dynamic_key: '0', run_count: second },
    },
    ...over,
  }
}

describe('a task run that an event tells of', () => {
  it('has the ids of its resource and its flow run, and the state of the event', () => {
    expect(toldTaskRun(told('Running', 2))).toMatchObject({
      id: TASK,
      flow_run_id: RUN,
      name: 'knead-0',
      run_count: 2,
      tags: [],
      state: {
        id: '01a1fcee-2e36-7000-8000-000000000002',
        type: 'RUNNING',
        timestamp: '2026-11-21T09:00:02.000000Z',
        state_details: { flow_run_id: RUN, task_run_id: TASK },
      },
    })
  })

  it.each<[string, Partial<Event>]>([
    [
      'is not orchestrated by the client',
      { resource: { 'prefect.resource.id': `prefect.task-run.${TASK}` } },
    ],
    ['is about something else', { event: 'prefect.flow-run.Running' }],
    ['has no payload', { payload: {} }],
    ['has a state that is none', { payload: { task_run: {}, validated_state: { type: 'BAKED' } } }],
  ])('is none when the event %s', (_, over) => {
    expect(toldTaskRun(told('Running', 2, over))).toBeNull()
  })

  it('is in its latest state in whatever order the events come, and keeps when it was created', () => {
    const states = [told('Pending', 1), told('Running', 2), told('Completed', 3)]
    const orders = [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 1, 0],
    ]
    for (const order of orders) {
      const tasks = order
        .map((i) => toldTaskRun(states[i] as Event))
        .filter((task) => task !== null)
      const last = tasks.reduce(laterOf)
      expect(last.state).toMatchObject({ type: 'COMPLETED' })
      expect(last.created).toBe(tasks[0]?.created)
    }
  })
})
