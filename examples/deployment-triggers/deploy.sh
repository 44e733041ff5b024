#!/bin/sh
# Triggers on the command line: as JSON, and from files. Each call replaces the triggers of the one before, and those of the file.
set -e

tripline deploy -f event.yaml -n my-deployment \
  --trigger '{
    "enabled": true,
    "match": {
      "prefect.resource.id": "prefect.flow-run.*"
    },
    "expect": ["prefect.flow-run.Completed"]
  }'

tripline deploy -f event.yaml -n my-deployment --trigger triggers.yaml
tripline deploy -f event.yaml -n my-deployment --trigger my_stuff/triggers.json
