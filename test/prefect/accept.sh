#!/usr/bin/env bash
# The acceptance scripts with the real Prefect client, against a stack of our own on a free port. Needs python3.
# test/prefect/accept.sh [SCRIPT…]   default: every accept_*.py that is expected to pass
# With TRIPLINE_REQUIRE_KEYS=1 the stack demands keys, and the client shows the one that the start prints.
set -u
cd "$(dirname "$0")/../.."
venv=.venv
if ! "$venv/bin/python" -c 'import prefect' 2>/dev/null; then
  python3 -m venv "$venv" && "$venv/bin/pip" install -q 'prefect==3.8.8' || exit 1
fi
scripts=("$@")
[ ${#scripts[@]} -gt 0 ] || scripts=(accept_events accept_serve accept_automations accept_documented accept_timing)

data=$(mktemp -d)
node --import tsx lib/cli/main.ts start --port 0 --data-dir "$data/tripline" >"$data/log" 2>&1 &
stack=$!
trap 'kill $stack 2>/dev/null; wait $stack 2>/dev/null; rm -rf "$data"' EXIT
url=
for _ in $(seq 100); do
  url=$(grep -aoE 'http://127\.0\.0\.1:[0-9]+' "$data/log" | head -n 1)
  [ -n "$url" ] && break
  sleep 0.2
done
[ -n "$url" ] || { cat "$data/log"; echo "0 passed, 1 failed"; exit 1; }

if [ "${TRIPLINE_REQUIRE_KEYS:-0}" = 1 ]; then
  PREFECT_API_KEY=$(grep -aoE 'tl_[A-Za-z0-9_-]+' "$data/log" | head -n 1)
  [ -n "$PREFECT_API_KEY" ] || { cat "$data/log"; echo "0 passed, 1 failed"; exit 1; }
  export PREFECT_API_KEY PREFECT_API_AUTH_STRING="tripline:$PREFECT_API_KEY"
fi

passed=0
failed=0
for script in "${scripts[@]}"; do
  echo "== $script"
  PREFECT_API_URL="$url/api" "$venv/bin/python" "test/prefect/accept/$script.py" | tee "$data/out"
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$data/out" | tail -n 1)
  [ -n "$line" ] || line="0 passed, 1 failed"
  passed=$((passed + ${line%% passed*}))
  failed=$((failed + $(echo "$line" | sed -E 's/.*, ([0-9]+) failed/\1/')))
done
[ "$failed" -eq 0 ] || { echo "-- the stack's log"; tail -n 40 "$data/log"; }
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
