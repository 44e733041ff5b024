// The catalogue of worker types (Prefect: server/api/collections.py). The only type whose worker comes with Prefect itself is
// "process"; pools of other types are created with a template of the caller's.
import { notFound } from '../../core/errors.ts'
import { ok, type Route } from '../route.ts'

const text = (title: string, description: string) => ({ type: 'string', title, description })
const texts = (title: string, description: string) => ({
  type: 'object',
  title,
  description,
  additionalProperties: { type: 'string' },
})

/** What a process worker reads of its job: the names are its own (prefect.workers.process). */
const PROCESS_JOB = {
  job_configuration: {
    command: '{{ command }}',
    env: '{{ env }}',
    labels: '{{ labels }}',
    name: '{{ name }}',
    stream_output: '{{ stream_output }}',
    working_dir: '{{ working_dir }}',
  },
  variables: {
    type: 'object',
    properties: {
      name: text('Name', 'What the process is called.'),
      env: texts('Environment Variables', 'Set in the environment of the process.'),
      labels: texts('Labels', 'Kept with the process by the worker.'),
      command: text('Command', 'What is started; left empty, the worker finds it itself.'),
      stream_output: {
        type: 'boolean',
        title: 'Stream Output',
        description: 'Whether the worker passes on what the process prints.',
        default: true,
      },
      working_dir: {
        ...text('Working Directory', 'Where the process runs; a new directory when left empty.'),
        format: 'path',
      },
    },
  },
}

const WORKER_TYPES = {
  prefect: {
    process: {
      type: 'process',
      display_name: 'Process',
      description: 'Runs each flow run as a process on the machine of the worker.',
      documentation_url: 'https://docs.prefect.io/v3/api-ref/python/prefect-workers-process',
      install_command: 'pip install prefect',
      logo_url: null,
      is_beta: false,
      default_base_job_configuration: PROCESS_JOB,
    },
  },
}

export const collectionRoutes = (): Route[] => [
  {
    method: 'GET',
    path: '/collections/views/:view',
    summary: 'The catalogue of worker types, as aggregate-worker-metadata',
    handle(call) {
      const { view } = call.params
      if (view !== 'aggregate-worker-metadata') throw notFound(`View ${view}`)
      return ok(WORKER_TYPES)
    },
  },
  {
    method: 'GET',
    path: '/collections/work_pool_types',
    summary: 'The catalogue of worker types, as Prefect Cloud has it',
    handle: () => ok(WORKER_TYPES),
  },
]
