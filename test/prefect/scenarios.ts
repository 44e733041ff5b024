// What was recorded of Prefect's client, by what was done: each of these begins where nothing is known but what it reads.

const DEPLOYMENT_SCHEDULE = ['create', 'ls', 'pause', 'resume', 'delete', 'clear'].map(
  (command) => `g_dep_sched_${command}`,
)

const VARIABLE = ['set', 'set2', 'set_conflict', 'get', 'inspect', 'ls', 'unset'].map(
  (command) => `g_var_${command}`,
)

const FLOW_RUN_ENDS = ['ls', 'cancel', 'cancel_done', 'delete', 'delete_missing'].map(
  (command) => `g_fr_${command}`,
)

/** Names, and the recordings that follow one another. */
export const SCENARIOS: [string, string[]][] = [
  ['an event', ['a_emit']],
  ['a flow run by hand', ['b_simple']],
  ['a hook that emits an event, and a served flow that it triggers', ['b_hook', 'c_serve']],
  ['a work pool', ['e_pool']],
  ['variable', VARIABLE],
  ['every move between states', ['m_battery']],
  ['with a password', ['n_auth']],
  ['with a key', ['n_key']],
  ['prefect deploy', ['f_deploy']],
  ['an idle worker', ['f_worker']],
  ['a worker with a run', ['f_worker2']],
  ['automation create', ['g_auto_create', 'g_auto_create2']],
  ['automation ls', ['g_auto_ls']],
  ['automation inspect', ['g_auto_inspect', 'g_auto_inspect_yaml', 'g_auto_inspect_id']],
  ['automation pause and resume', ['g_auto_pause', 'g_auto_resume']],
  ['automation update', ['g_auto_update']],
  ['automation delete', ['g_auto_delete', 'g_auto_delete_missing']],
  ['event stream', ['g_event_stream']],
  ['deployment ls', ['g_dep_ls']],
  ['deployment inspect', ['g_dep_inspect']],
  ['deployment run', ['g_dep_run', 'g_dep_run_in']],
  ['deployment schedule', DEPLOYMENT_SCHEDULE],
  ['deployment delete', ['g_dep_delete']],
  ['flow-run ls, inspect and logs', ['g_fr_ls', 'g_fr_inspect', 'g_fr_logs']],
  ['flow-run cancel and delete', FLOW_RUN_ENDS],
  ['work-pool', ['g_wp_inspect', 'g_wp_pause', 'g_wp_resume', 'g_wp_preview']],
  ['task-run ls', ['f_worker2', 'g_taskrun_ls']],
  ['flow ls', ['g_flow_ls']],
]
