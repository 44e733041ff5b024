#!/usr/bin/env bash
# Plans the project, tests its webhooks, and tells of both: in the job's summary, and in one comment on the pull request, which each run
# writes anew. Fails when the plan cannot be made or a webhook's test fails. Needs curl and node, which runners have.
set -euo pipefail

read -ra tripline <<<"${TRIPLINE:-npx --yes tripline}"
file=()
[ -n "${PROJECT_FILE:-}" ] && file=(--file "$PROJECT_FILE")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"${tripline[@]}" plan ${file[@]+"${file[@]}"} --json --no-backtest >"$work/plan.json"
"${tripline[@]}" plan ${file[@]+"${file[@]}"} --markdown >"$work/comment.md"

tested=0
if [ -n "${WEBHOOK_TEST:-}" ]; then
  read -ra arguments <<<"$WEBHOOK_TEST"
  "${tripline[@]}" webhook test "${arguments[@]}" >"$work/test.txt" 2>&1 || tested=$?
  verdict=$([ "$tested" -eq 0 ] && echo passed || echo failed)
  { printf '\n**webhook test %s**\n\n```\n' "$verdict"; tail -n 40 "$work/test.txt"; printf '```\n'; } >>"$work/comment.md"
fi

cat "$work/comment.md"
[ -n "${GITHUB_STEP_SUMMARY:-}" ] && cat "$work/comment.md" >>"$GITHUB_STEP_SUMMARY"
if [ -n "${GITHUB_OUTPUT:-}" ]; then
  node -e 'const { changes } = JSON.parse(require("fs").readFileSync(process.argv[1])); console.log(`changes=${changes.length}`)' \
    "$work/plan.json" >>"$GITHUB_OUTPUT"
fi

# github METHOD PATH [BODY-FILE]: asks the API of the repository.
github() {
  curl --fail --silent --show-error --request "$1" ${3:+--data @"$3"} \
    --header "authorization: Bearer $GITHUB_TOKEN" --header 'accept: application/vnd.github+json' \
    "${GITHUB_API_URL:-https://api.github.com}/repos/$GITHUB_REPOSITORY/$2"
}

if [ -n "${PULL_REQUEST:-}" ] && [ -n "${GITHUB_TOKEN:-}" ]; then
  node -e 'console.log(JSON.stringify({ body: require("fs").readFileSync(process.argv[1], "utf8") }))' \
    "$work/comment.md" >"$work/comment.json"
  github GET "issues/$PULL_REQUEST/comments?per_page=100" >"$work/comments.json"
  earlier=$(node -e 'const all = JSON.parse(require("fs").readFileSync(process.argv[1])); console.log(all.find(({ body }) => body.startsWith("<!-- tripline plan -->"))?.id ?? "")' \
    "$work/comments.json")
  if [ -n "$earlier" ]; then
    github PATCH "issues/comments/$earlier" "$work/comment.json" >/dev/null
  else
    github POST "issues/$PULL_REQUEST/comments" "$work/comment.json" >/dev/null
  fi
fi
exit "$tested"
